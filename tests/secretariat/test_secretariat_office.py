"""What all desks of the secretariat share."""

from office_cases import directory

from i247sim.secretariat.office import Office

SPAN = (60, 86_400)


def test_what_one_desk_plans_shifts_no_delay_of_another() -> None:
    """Delays are drawn from a stream for each purpose: a query more or less moves no publication."""
    calm, busy = Office(directory(), seed=5), Office(directory(), seed=5)
    for _ in range(3):
        busy.after("query", SPAN)
    assert busy.after("publish", SPAN) == calm.after("publish", SPAN)
    assert busy.after("publish", SPAN) == calm.after("publish", SPAN)


def test_every_delay_of_one_purpose_is_another_and_the_seed_decides() -> None:
    office, other = Office(directory(), seed=5), Office(directory(), seed=6)
    drawn = [office.after("publish", SPAN) for _ in range(5)]
    assert len(set(drawn)) == 5
    assert drawn != [other.after("publish", SPAN) for _ in range(5)]
    assert all(SPAN[0] <= one.total_seconds() <= SPAN[1] for one in drawn)

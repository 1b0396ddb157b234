"""The agenda: what happens when two things are due at one moment, whoever has planned them first."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i247sim.exercise.agenda import Agenda

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLANS = st.lists(st.tuples(st.sampled_from(["BR", "FR", "IPSG", "NO"]), st.integers(0, 3)), max_size=12)
"""Who plans something, and for how many minutes after noon."""


def after(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def happens(agenda: Agenda) -> list[object]:
    """All that is planned, in the order in which it is released."""
    return [agenda.pop().cause for _ in range(agenda.left())]


@given(PLANS, st.randoms(use_true_random=False))
def test_who_plans_first_decides_nothing(plans: list[tuple[str, int]], dice: Random) -> None:
    """Only each party's own order counts: between parties the order of planning is that of the network, by chance."""
    queues: dict[str, list[tuple[int, str]]] = {}
    for number, (party, minutes) in enumerate(plans):
        queues.setdefault(party, []).append((minutes, f"{party} {number}"))
    one, other = Agenda(), Agenda()
    for party, queue in queues.items():
        for minutes, cause in queue:
            one.plan(after(minutes), party, cause)
    while queues:
        party = dice.choice(sorted(queues))
        minutes, cause = queues[party].pop(0)
        other.plan(after(minutes), party, cause)
        queues = {party: queue for party, queue in queues.items() if queue}
    assert [due.cause for due in one.planned()] == [due.cause for due in other.planned()]
    assert happens(one) == happens(other)


def test_it_is_time_then_party_then_the_partys_own_order() -> None:
    agenda = Agenda()
    for party, minutes, cause in (("NO", 1, "c"), ("BR", 1, "a"), ("NO", 0, "first"), ("BR", 1, "b"), ("NO", 1, "d")):
        agenda.plan(after(minutes), party, cause)
    assert agenda.next() == agenda.planned()[0]
    assert happens(agenda) == ["first", "a", "b", "c", "d"]
    assert agenda.next() is None


def test_what_is_parked_waits_and_is_never_early() -> None:
    agenda = Agenda()
    agenda.plan(after(1), "BR", "before")
    agenda.plan(after(9), "BR", "long after")
    agenda.plan(after(2), "NO", "other")
    agenda.park("BR")
    agenda.park("BR")
    agenda.plan(after(3), "BR", "planned meanwhile")
    assert [due.cause for due in agenda.planned()] == ["other"]
    agenda.unpark("BR", after(5))
    found = [(due.cause, due.time) for due in agenda.planned()]
    assert found == [
        ("other", after(2)),
        ("before", after(5)),
        ("planned meanwhile", after(5)),
        ("long after", after(9)),
    ]


def test_what_is_dropped_is_the_earliest_of_its_kind() -> None:
    agenda = Agenda()
    for party, minutes, cause in (("BR", 3, "ring"), ("BR", 1, "ring"), ("BR", 2, "task")):
        agenda.plan(after(minutes), party, cause)
    assert agenda.drop("ring")
    assert [due.time for due in agenda.planned()] == [after(2), after(3)]
    assert not agenda.drop("nothing of the kind")
    assert agenda.drop_where(lambda cause: cause in ("ring", "task")) == 2
    assert agenda.left() == 0


def test_a_cause_is_taken_by_its_name_whenever_it_is_due() -> None:
    agenda = Agenda()
    for minutes in (4, 1, 3, 2):
        agenda.plan(after(minutes), "BR", f"in {minutes}")
    assert agenda.take("BR", 3).cause == "in 3"
    assert happens(agenda) == ["in 1", "in 2", "in 4"]
    with pytest.raises(AssertionError, match="nothing is planned for `BR` under number 3"):
        agenda.take("BR", 3)

"""A seat before an officer: while a person sits there the officer reads on, plans nothing, and sends nothing."""

from datetime import UTC, datetime, timedelta

from i247sim.exercise.seats import SeatChange, SeatCore, taken_by
from i247sim.node.actions import Action, Remark, Schedule
from i247sim.node.events import CauseDue, DirectoryTold, Event
from i247sim.vocabulary.directory import Directory

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Officer:
    """Plans something at every event, and says so."""

    def __init__(self) -> None:
        self.seen: list[Event] = []

    def handle(self, event: Event, now: datetime) -> list[Action]:
        self.seen.append(event)
        return [Schedule(timedelta(seconds=5), "answer"), Remark("read")]


def test_nobody_in_the_seat_is_the_officer_alone() -> None:
    core = SeatCore(Officer())
    assert core.handle(DirectoryTold(Directory()), NOW) == [Schedule(timedelta(seconds=5), "answer"), Remark("read")]
    assert len(core.handle(CauseDue("answer"), NOW)) == 2


def test_a_person_in_the_seat_silences_the_officer_who_reads_on() -> None:
    officer = Officer()
    core = SeatCore(officer)
    core.handle(CauseDue(SeatChange(True)), NOW)
    assert core.handle(DirectoryTold(Directory()), NOW) == [Remark("read")]
    assert len(officer.seen) == 1
    left = core.handle(CauseDue("answer"), NOW)
    assert [type(one) for one in left] == [Remark]
    assert len(officer.seen) == 1, "what was planned is not handed to the officer"
    core.handle(CauseDue(SeatChange(False)), NOW)
    assert len(core.handle(CauseDue("answer"), NOW)) == 2


def test_taken_seats_are_known() -> None:
    free, taken = SeatCore(Officer()), SeatCore(Officer(), True)
    assert taken_by({"FR": free, "BR": taken, "IPSG": Officer()}) == {"BR"}

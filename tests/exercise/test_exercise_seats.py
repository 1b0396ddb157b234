"""A seat before an officer: while a person sits there the officer reads on and sends nothing; given back, it goes on
with what is still open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from plain_headers import plain_header

from i247sim.bureau.core import BureauCore
from i247sim.bureau.desk import DutyDesk
from i247sim.bureau.profile import Atlas, NationalProfile, Office
from i247sim.bureau.room import Room
from i247sim.exercise.seats import HANDOVER, Left, SeatChange, SeatCore, taken_by
from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import CauseDue, MessageOpened, Wrote
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.duties import Duty
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Header, Purpose

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LAW = {"red_notice": "basis", "why": "law", "office": Office(opens=0, closes=24, weekend=())}
ATLAS = Atlas(NationalProfile.model_validate(LAW), {}, {})
DUTY = Duty.model_validate(
    {
        "when": {"kind": "INFO_REQUEST"},
        "send": "INFO_REPLY",
        "to": ["sender"],
        "after": (120, 120),
        "subject": "by duty",
    }
)
COME, GO = CauseDue(SeatChange(True)), CauseDue(SeatChange(False))


class Desk:
    """One seat, its officer, and the time: what is planned happens in its order."""

    def __init__(self, *duties: Duty, works: bool = True) -> None:
        desk = DutyDesk(Room("BR", 7, ATLAS)) if works else None
        self.seat = SeatCore(BureauCore("BR", duties, 7, desk=desk))
        self.now = NOW
        self.sent: list[Draft] = []
        self.remarks: list[str] = []
        self._plans: list[tuple[datetime, int, object]] = []
        self._count = 0

    def handle(self, event: CauseDue | MessageOpened | Wrote) -> list[Action]:
        actions = self.seat.handle(event, self.now)
        for action in actions:
            match action:
                case Send(draft=draft):
                    self.sent.append(draft)
                case Remark(text=text):
                    self.remarks.append(text)
                case Schedule(after=after, cause=cause):
                    self._count += 1
                    self._plans.append((self.now + after, self._count, cause))
        return actions

    def asked(self, name: int = 1, urgency: str = "normal") -> str:
        """France asks something; returns the reference of its question."""
        header = _request(name, urgency)
        self.handle(MessageOpened(header, Note(subject="Who knows?")))
        return header.own_ref

    def writes(self, kind: Kind, answers: str | None = None) -> None:
        """The person writes, or a script."""
        note = Note(subject="By hand")
        self.handle(Wrote(Draft(kind, Channel.DIRECT, Purpose.CASE, note, ("FR",), case_ref="C-1", your_ref=answers)))

    def until(self, hours: float) -> None:
        end = NOW + timedelta(hours=hours)
        while self._plans and min(self._plans)[0] <= end:
            self.now, number, cause = min(self._plans, key=lambda plan: plan[:2])
            self._plans = [plan for plan in self._plans if plan[1] != number]
            self.handle(CauseDue(cause))
        self.now = end

    def kinds(self) -> list[Kind]:
        return [draft.kind for draft in self.sent]


def _request(number: int, urgency: str) -> Header:
    reason = None if urgency == "normal" else "risk-to-life"
    return plain_header("FR", ("BR",), number=number, created=NOW, urgency=urgency, urgency_reason=reason)


def test_nobody_in_the_seat_is_the_officer_alone() -> None:
    desk = Desk(DUTY, works=False)
    desk.asked()
    desk.until(1)
    assert [draft.kind for draft in desk.sent] == [Kind.INFO_REPLY]


def test_a_person_in_the_seat_silences_the_officer_and_is_told_what_is_left_to_do() -> None:
    desk = Desk(DUTY, works=False)
    desk.asked()
    desk.handle(COME)
    desk.until(1)
    assert desk.sent == []
    assert desk.remarks[-1] == "left to the person at the desk: an answer to FR#1"
    assert desk.seat.left == (Left("an answer to FR#1", "FR-2026-000001"),)
    desk.writes(Kind.INFO_REPLY, "FR-2026-000001")
    assert desk.seat.left == ()


def test_given_back_the_officer_answers_what_is_still_unanswered_and_reads_first() -> None:
    desk = Desk(DUTY, works=False)
    desk.handle(COME)
    desk.asked(1)
    second = desk.asked(2)
    desk.until(1)
    desk.writes(Kind.INFO_REPLY, second)
    desk.handle(GO)
    assert desk.remarks[-1] == "the duty officer is at the desk again, and looks at what was left: 1"
    assert desk.sent == []
    desk.until(1 + HANDOVER / timedelta(hours=1))
    assert [draft.your_ref for draft in desk.sent] == ["FR-2026-000001"]


def test_what_the_person_has_answered_before_it_was_due_is_not_answered_again() -> None:
    desk = Desk(DUTY, works=False)
    desk.handle(COME)
    asked = desk.asked()
    desk.writes(Kind.INFO_REPLY, asked)
    desk.handle(GO)
    desk.until(1)
    assert desk.sent == []
    assert desk.remarks[-1] == "done by the person who sat at the desk: an answer to FR#1"


def test_an_acknowledgement_by_hand_is_no_answer_and_is_not_repeated() -> None:
    desk = Desk()
    desk.handle(COME)
    asked = desk.asked(urgency="urgent")
    desk.writes(Kind.ACK, asked)
    desk.until(24)
    desk.handle(GO)
    desk.until(48)
    assert desk.kinds() == [Kind.INFO_REPLY]


def test_a_desk_that_works_by_itself_takes_up_its_tasks_in_their_order() -> None:
    desk = Desk()
    desk.asked(urgency="urgent")
    desk.handle(COME)
    desk.until(24)
    assert desk.sent == []
    desk.handle(GO)
    desk.until(25)
    assert desk.kinds() == [Kind.ACK, Kind.INFO_REPLY]


def test_a_clock_that_the_person_has_started_goes_on_and_only_its_last_mark_is_acted_on() -> None:
    desk = Desk()
    desk.handle(COME)
    desk.writes(Kind.INFO_REQUEST)
    desk.until(24 * 30)
    assert "left to the person at the desk: answer, time for `reminder` (a question to FR, case C-1)" in desk.remarks
    assert desk.sent == []
    desk.handle(GO)
    desk.until(24 * 31)
    assert desk.kinds() == [Kind.ESCALATION]


def test_a_clock_that_was_stopped_while_the_person_sat_there_is_silent() -> None:
    desk = Desk()
    desk.writes(Kind.INFO_REQUEST)
    desk.handle(COME)
    reply = replace_kind(_request(1, "normal"))
    desk.handle(MessageOpened(reply, Note(subject="Here it is")))
    desk.until(24 * 30)
    assert not any("left to the person" in text for text in desk.remarks)
    desk.handle(GO)
    desk.until(24 * 31)
    assert desk.sent == []


def replace_kind(header: Header) -> Header:
    return header.model_copy(update={"kind": Kind.INFO_REPLY, "case_ref": "C-1"})


def test_taking_a_seat_that_is_taken_changes_nothing() -> None:
    desk = Desk()
    assert desk.handle(GO) == []
    desk.handle(COME)
    assert desk.handle(COME) == []


def test_taken_seats_are_known() -> None:
    free, taken = Desk().seat, Desk().seat
    taken.handle(COME, NOW)
    assert taken_by({"FR": free, "BR": taken, "IPSG": replace(free.officer)}) == {"BR"}

"""A seat that a person can take: in place of the simulated duty officer of one party, and back again during play.

Pure. While a person sits there the officer goes on reading, and its clocks run; what it would do when something falls
due is set aside, and the person is told. Given back, the officer takes up what is still open: not what the person has
answered, not what has settled itself, and of a clock that has come to several marks the last one.

Whatever the person does comes in as an inject (``Conductor.inject``), is recorded with the run, and happens again in a
replay; so does taking and leaving the seat (the verb ``seat``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.bureau.core import Answer, BureauCore, Plan
from i247sim.bureau.inquiries import Acknowledge
from i247sim.bureau.room import Ring, Task
from i247sim.exercise.transcript import logical_name
from i247sim.node.actions import Action, Core, Remark, Schedule
from i247sim.node.events import CauseDue, Event, Wrote
from i247sim.vocabulary.kinds import Kind

HANDOVER = timedelta(minutes=1)
"""An officer who comes back to the desk reads first."""


@dataclass(frozen=True)
class SeatChange:
    """A person takes the seat, or leaves it to the simulated officer again."""

    taken: bool


@dataclass(frozen=True)
class Left:
    """Something that the officer would have done by now, and that is left to the person at the desk."""

    text: str
    answers: str | None
    """The own reference of the message that it is about, if it answers one."""


@dataclass
class SeatCore:
    """A bureau's core with a seat before it: the officer's, unless a person has taken it."""

    officer: BureauCore
    taken: bool = False
    """Whether a person sits there now."""
    _aside: list[Plan] = field(default_factory=list)
    """What fell due while a person sat there, in order."""
    _by_hand: set[tuple[str, bool]] = field(default_factory=set)
    """References that were answered while a person sat there, each with whether only receipt was acknowledged."""

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now`` (``node.actions.Core``)."""
        match event:
            case CauseDue(cause=SeatChange(taken=taken)):
                return [] if taken == self.taken else self._take() if taken else self._give_back()
            case CauseDue(cause=Answer() | Task() | Ring() as plan) if self.taken:
                if not self._is_open(plan):
                    return []
                self._aside.append(plan)
                return [Remark(f"left to the person at the desk: {_said(plan)}")]
            case CauseDue(cause=Answer() | Task() as plan) if self._by_person(plan):
                return [Remark(f"done by the person who sat at the desk: {_said(plan)}")]
            case Wrote(draft=draft) if self.taken and draft.your_ref is not None:
                self._by_hand.add((draft.your_ref, draft.kind is Kind.ACK))
        return self.officer.handle(event, now)

    @property
    def left(self) -> tuple[Left, ...]:
        """What has fallen due and is still open, in order; of a clock, the last mark."""
        return tuple(Left(_said(one), None if isinstance(one, Ring) else _answers(one)) for one in self._still_open())

    def _take(self) -> list[Action]:
        self.taken = True
        return [Remark("a person sits at the desk")]

    def _give_back(self) -> list[Action]:
        self.taken = False
        left, self._aside = self._still_open(), []
        says = f", and looks at what was left: {len(left)}" if left else ""
        return [Remark(f"the duty officer is at the desk again{says}"), *(Schedule(HANDOVER, one) for one in left)]

    def _still_open(self) -> list[Plan]:
        last = {plan.number: plan for plan in self._aside if isinstance(plan, Ring)}
        marks = [one for one in self._aside if not isinstance(one, Ring) or one is last[one.number]]
        return [one for one in marks if self._is_open(one)]

    def _is_open(self, plan: Plan) -> bool:
        return self.officer.is_open(plan) and (isinstance(plan, Ring) or not self._by_person(plan))

    def _by_person(self, plan: Answer | Task) -> bool:
        """Whether the message that it would answer has been answered by hand."""
        answers = _answers(plan)
        acknowledges = isinstance(plan, Task) and isinstance(plan.cause, Acknowledge)
        wanted = {(answers, False), (answers, True)} if acknowledges else {(answers, False)}
        return not wanted.isdisjoint(self._by_hand)


def _answers(plan: Answer | Task) -> str | None:
    return plan.header.own_ref if isinstance(plan, Answer) else plan.answers


def _said(plan: Plan) -> str:
    match plan:
        case Answer(header=header):
            return f"an answer to {logical_name(header.own_ref)}"
        case Ring():
            return f"{plan.clock}, time for `{plan.mark}` ({plan.about})"
        case Task(answers=answers):
            what = {"Acknowledge": "acknowledge", "Reply": "answer", "Return": "return", "Ask": "ask the owner about"}
            about = logical_name(answers) if answers else "a matter of this desk"
            return f"{what.get(type(plan.cause).__name__, 'act on')} {about}"


def taken_by(cast: Mapping[str, Core]) -> frozenset[str]:
    """Parties at whose desk a person sits."""
    return frozenset(party for party, core in cast.items() if isinstance(core, SeatCore) and core.taken)

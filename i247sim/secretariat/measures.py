"""The desk for measures (RPD Art. 131): every measure has a day on which it is looked at again.

Supervision ends by itself on that day, at most three months after it began; what is longer or harsher is for the
Executive Committee, in an exercise the instructor. The hub tells every measure to all, with reason and day.
"""

from dataclasses import dataclass, field
from datetime import datetime

from i247sim.node.actions import Action, Declare, Remark, Schedule
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.office import Office
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.statements import MeasureSet
from i247sim.vocabulary.times import TICK


@dataclass(frozen=True)
class LookAgain:
    """The day of review of a measure has come."""

    measure: MeasureSet


@dataclass
class MeasureDesk:
    """Follows the measures in force."""

    office: Office
    newest: dict[str, MeasureSet] = field(default_factory=dict)
    causes = (LookAgain,)

    def told(self, measure: MeasureSet, now: datetime) -> list[Action]:
        """A measure is in force from now on."""
        self.office.states[measure.party] = measure.state
        self.newest[measure.party] = measure
        if measure.review_on is None or measure.state is State.ACTIVE:
            return []
        return [Schedule(max(measure.review_on - now, TICK), LookAgain(measure))]

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Nothing: measures are no messages."""
        return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Nothing."""
        return []

    def due(self, cause: LookAgain, now: datetime) -> list[Action]:
        """Look at a measure again, if it is still the newest on its party."""
        measure = cause.measure
        if self.newest.get(measure.party) != measure:
            return []
        if measure.state is not State.SUPERVISED:
            return [Remark(f"the measure `{measure.state}` on {measure.party} is due for review by a person")]
        over = MeasureSet(party=measure.party, state=State.MONITORED, reason="the time of the supervision is over")
        return [Remark(f"the supervision of {measure.party} ends"), Declare(FrameType.MEASURE, over)]

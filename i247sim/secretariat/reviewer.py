"""The reviewing task force (``NDTF``), a party with keys of its own: decides on requests for notices."""

from dataclasses import dataclass
from datetime import datetime

from i247sim.node.actions import Action, Decide, Schedule
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold
from i247sim.secretariat.review import missing_from
from i247sim.vocabulary.contents import Notice
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.duties import delay
from i247sim.vocabulary.messages import Header


@dataclass(frozen=True)
class Review:
    """A request waits to be decided on."""

    header: Header
    notice: Notice


@dataclass
class ReviewerCore:
    """``NDTF``: decides on requests for notices after a seeded while. ``publish`` is the scenario's will for those
    that are complete; ``code`` is its reason when it is not to publish."""

    party: str
    seed: int
    after: tuple[int, int]
    publish: bool = True
    code: Code | None = None
    _count: int = 0

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``."""
        match event:
            case MessageOpened(content=Notice() as notice, header=header):
                self._count += 1
                after = delay(self.seed, self.party, "review", self._count, self.after)
                return [Schedule(after, Review(header, notice))]
            case MessageOpened() | MessageUnreadable() | StatementTold() | DirectoryTold():
                return []
            case CauseDue(cause=Review() as review):
                missing = missing_from(review.notice)
                publish = self.publish and not missing
                code = None if publish else (Code.DATA if missing else self.code)
                return [Decide(review.header, review.notice, publish, code, missing)]
            case _:
                raise AssertionError(f"not a cause of the reviewer: {event!r:.80}")

"""What a party's core can ask its shell to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from i247sim.node.events import Event
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.contents import Notice
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.messages import Header


@dataclass(frozen=True)
class Send:
    """Seal this and send it."""

    draft: Draft


@dataclass(frozen=True)
class Declare:
    """Say this in clear to the hub, signed and numbered: a restriction, an acceptance, a measure."""

    type: FrameType
    payload: Word


@dataclass(frozen=True)
class Decide:
    """The reviewer's decision on a request: a signed frame with a salted commitment, and the answer as a message."""

    request: Header
    notice: Notice
    publish: bool
    code: Code | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Reseal:
    """Seal a message anew for one addressee that could not open it, under a new id and to its newest key."""

    id: str
    party: str


@dataclass(frozen=True)
class Schedule:
    """Wake the core with ``cause`` after this much simulated time (at least one tick)."""

    after: timedelta
    cause: Any


@dataclass(frozen=True)
class Remark:
    """A line for the exercise's journal; no plaintext of others."""

    text: str


Action = Send | Declare | Decide | Reseal | Schedule | Remark


class Core(Protocol):
    """What a party decides. No I/O, clock, randomness or asyncio behind it."""

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``."""

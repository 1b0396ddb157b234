"""What a party's core can ask its shell to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from i247sim.node.events import Event
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.contents import Notice, NoticeVerdict
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.frames import FrameType, NoticeDecision
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Header, NoticeRef, Purpose
from i247sim.vocabulary.parties import SECRETARIAT


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

    def statement(self, name: str, commitment: str) -> NoticeDecision:
        """What goes into the log, called ``name`` (hex digest). ``commitment``: to the notice (``contents.commit``)."""
        return NoticeDecision(
            decision=name,
            request=self.request.id,
            requester=self.request.sender,
            type=self.notice.type,
            publish=self.publish,
            code=self.code,
            commitment=commitment,
        )

    def answer(self, name: str, salt: str) -> Draft:
        """The message to secretariat and requester, with the ``salt`` (hex) that opens the commitment."""
        verdict = NoticeVerdict(
            request=self.request.own_ref,
            publish=self.publish,
            code=self.code,
            missing=self.missing,
            notice=self.notice if self.publish else None,
        )
        updated = self.request.notice.id if self.request.notice else None
        return Draft(
            kind=Kind.NOTICE_DECISION,
            channel=Channel.ADMIN,
            purpose=Purpose.COMPLIANCE,
            content=verdict,
            to=tuple(dict.fromkeys((SECRETARIAT, self.request.sender))),
            classification=self.request.classification,
            notice=NoticeRef(type=self.notice.type, id=updated, decision=name),
            your_ref=self.request.own_ref,
            salt=salt,
        )


@dataclass(frozen=True)
class Reseal:
    """Seal a message anew for one addressee that could not open it, under a new id and to its newest key."""

    id: str
    party: str


@dataclass(frozen=True)
class Schedule:
    """Wake the core with ``cause`` after this much simulated time (at least one tick)."""

    after: timedelta
    cause: object


@dataclass(frozen=True)
class Remark:
    """A line for the exercise's journal; no plaintext of others."""

    text: str


@dataclass(frozen=True)
class Appeal:
    """Tell whoever runs the exercise that somebody does not answer: outside the network, by no message."""

    silent: str
    """The party that has not answered."""
    asked: Kind
    """What it was asked with."""
    since: datetime


Action = Send | Declare | Decide | Reseal | Schedule | Remark | Appeal


class Core(Protocol):
    """What a party decides. No I/O, clock, randomness or asyncio behind it."""

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``."""

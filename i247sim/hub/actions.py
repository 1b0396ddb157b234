"""What the hub can ask its shell to do. All of one batch is committed in one transaction before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from i247sim.security.envelope import Envelope
from i247sim.vocabulary.entries import Entry
from i247sim.vocabulary.frames import NoteKind, OutcomeUpdate, ReceiptItem


@dataclass(frozen=True)
class Record:
    """Append this entry to the log."""

    entry: Entry


@dataclass(frozen=True)
class Keep:
    """Keep a message's full copy until all its addressees are settled."""

    envelope: Envelope


@dataclass(frozen=True)
class Drop:
    """Everybody is settled: the wire is needed no more."""

    id: str


@dataclass(frozen=True)
class Archive:
    """These messages were forgotten: keep their ids, and who was handed a copy (``HubState.earlier``)."""

    handed: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Item:
    """One numbered item of the hub's stream to a party; the shell signs its note when it sends."""

    kind: NoteKind
    message: str | None = None
    """Message id (delivery)."""
    decision: int | None = None
    """Log index of the decision (delivery)."""
    directory: int = 0
    updates: tuple[OutcomeUpdate, ...] = ()
    sources: tuple[int, ...] = ()
    """Log indices of frame entries whose frames are attached."""


@dataclass(frozen=True)
class Put:
    """Add (or, for a void, replace) an item of a party's stream, durably, then send it."""

    party: str
    number: int
    item: Item


@dataclass(frozen=True)
class Forget:
    """These numbers of the party's stream are confirmed, or for nobody any more."""

    party: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """A receipt for the party."""

    party: str
    item: ReceiptItem


@dataclass(frozen=True)
class Welcome:
    """Answer a hello, or ask for what is missing: the hub has the party's numbers up to ``received``."""

    party: str
    received: int


@dataclass(frozen=True)
class Resend:
    """Send the party's unconfirmed items again, in order."""

    party: str


@dataclass(frozen=True)
class Cosigned:
    """A party's cosignature came in: keep it beside the log."""

    party: str
    frame: bytes
    checkpoint: str


Action = Record | Keep | Drop | Archive | Put | Forget | Answer | Welcome | Resend | Cosigned

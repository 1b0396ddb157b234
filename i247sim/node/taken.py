"""What an item from the hub comes to, once it was checked: one of the values of ``Taken``."""

from dataclasses import dataclass

from i247sim.security.envelope import Envelope
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.frames import NoteKind, OutcomeUpdate, ReceiptItem
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Body, Header
from i247sim.vocabulary.statements import Bars, MeasureSet


@dataclass(frozen=True)
class Welcomed:
    """The hub answers a hello, or (``call``) has restarted and wants one."""

    call: bool
    session: str | None = None
    """The epoch of the hello that this answers, if any."""


@dataclass(frozen=True)
class Receipted:
    """Receipts came."""

    items: tuple[ReceiptItem, ...]


@dataclass(frozen=True)
class MessageTaken:
    """A message passed every check and was opened."""

    number: int
    header: Header
    body: Body
    content: Content
    envelope: Envelope
    """The slim copy as it came."""


@dataclass(frozen=True)
class MessageRejected:
    """A copy came in its turn and is refused: the hub is told the code, the log here keeps the reason."""

    number: int
    id: str
    code: Code
    reason: str
    copy: bytes
    header: Header | None = None
    """Only where the sender's signature over it holds: then it is what the sender said."""


@dataclass(frozen=True)
class OutcomesTold:
    """What became of messages that this party sent."""

    number: int
    updates: tuple[OutcomeUpdate, ...]


@dataclass(frozen=True)
class StatementTaken:
    """A measure of the secretariat or, for the secretariat, an owner's restriction: its author's signature holds."""

    number: int
    author: str
    payload: MeasureSet | Bars
    wire: bytes


@dataclass(frozen=True)
class CheckpointShown:
    """A newer checkpoint whose consistency was checked: cosign it."""

    number: int
    text: str


@dataclass(frozen=True)
class NumberTaken:
    """Something without further consequence had its turn: a directory change, a void."""

    number: int
    kind: NoteKind


@dataclass(frozen=True)
class Duplicate:
    """Had its turn before: confirm again."""

    number: int


@dataclass(frozen=True)
class Gap:
    """Numbers are missing; ask for them."""

    expected: int
    got: int


@dataclass(frozen=True)
class TooSoon:
    """Sent before this session's welcome: the hub had not heard this party's hello, and so not checked again what it
    hands over. It will come again."""

    number: int


@dataclass(frozen=True)
class Refused:
    """Not believed, and nothing of it has any effect."""

    code: Code
    reason: str


@dataclass(frozen=True)
class Several:
    """What several copies under one signature came to, in order, up to the first that could not have its turn."""

    taken: tuple["Taken", ...]


Taken = (
    Welcomed
    | Receipted
    | MessageTaken
    | MessageRejected
    | OutcomesTold
    | StatementTaken
    | CheckpointShown
    | NumberTaken
    | Duplicate
    | Gap
    | TooSoon
    | Several
    | Refused
)

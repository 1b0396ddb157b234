"""Clear frames: what is said without sealing because the hub takes part (format ``i247c1``).

``Frame`` is the signed envelope; ``PAYLOADS`` gives the model of each type's payload. Numbered frames
(``NUMBERED``) count like sealed messages in the sender's stream and get a receipt.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.directory import DirectoryDelta
from i247sim.vocabulary.messages import Digest, KeyId, MessageId, NoticeType, RunId
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.statements import Bars, MeasureSet
from i247sim.vocabulary.times import SimTime

CheckpointText = Annotated[str, StringConstraints(max_length=2000)]
"""A signed note as in C2SP tlog-checkpoint."""


class FrameType(StrEnum):
    """What a frame says. Each type has its own signing domain."""

    # party to hub
    HELLO = "hello"
    BYE = "bye"
    ACK = "ack"
    RESTRICTION = "restriction"
    ACCEPTANCE = "acceptance"
    MEASURE = "measure"
    NOTICE_DECISION = "notice-decision"
    RELEASE = "release"
    COSIGN = "cosign"
    # hub to party
    WELCOME = "welcome"
    RECEIPT = "receipt"
    NOTE = "note"
    DELIVERIES = "deliveries"
    # authority
    DIRECTORY = "directory"
    # control
    CONTROL = "control"
    ATTESTATION = "attestation"
    MANIFEST = "manifest"


NUMBERED = frozenset(
    {
        FrameType.RESTRICTION,
        FrameType.ACCEPTANCE,
        FrameType.MEASURE,
        FrameType.NOTICE_DECISION,
        FrameType.RELEASE,
    }
)
"""Frames of a party that change something: counted, kept in its outbox, answered by a receipt."""


class Frame(Word):
    """A clear frame as signed. ``key`` says which of the author's keys; the key itself is looked up, never taken."""

    v: Literal[1] = 1
    type: FrameType
    run: RunId
    sender: PartyId = Field(alias="from")
    to: PartyId
    key: KeyId
    counter: Annotated[int, Field(ge=0, strict=True)]
    """Numbered frames: the number in the sender's stream. Notes: the number in the recipient's stream. Else 0."""
    time: SimTime
    payload: dict[str, Any]


class Hello(Word):
    """A party begins: then the hub sends all after ``received``, and the party all that is unreceipted."""

    epoch: MessageId
    """New for every start of the party's process."""
    sent: Annotated[int, Field(ge=0, strict=True)]
    """The party's newest counter."""
    received: Annotated[int, Field(ge=0, strict=True)]
    """The newest number of the hub's stream that the party has stored."""
    directory: Annotated[int, Field(ge=0, strict=True)]


class Welcome(Word):
    """The hub's answer to ``hello``, and its call after a start of its own (then ``to`` each party)."""

    epoch: MessageId
    received: Annotated[int, Field(ge=0, strict=True)]
    """The newest counter of the party that the hub has committed: the party resends what is above."""
    session: MessageId | None = None
    """The epoch of the hello that it answers: one kept from an earlier session opens nothing."""
    call: bool = False
    """Whether the hub has (re)started and asks for a ``hello``."""


class Bye(Word):
    """The party leaves. Also its last will, made when it connects, so it only says whose session ends."""

    epoch: MessageId


class AckItem(Word):
    """What became of one message at its addressee."""

    id: MessageId
    status: Literal[Outcome.DELIVERED, Outcome.OPENED, Outcome.REJECTED]
    code: Code | None = None


class Ack(Word):
    """The addressee's signed acknowledgement: everything in the hub's stream up to ``upto`` is stored."""

    upto: Annotated[int, Field(ge=0, strict=True)]
    items: Annotated[tuple[AckItem, ...], Field(max_length=1024)] = ()


class NoticeDecision(Word):
    """The reviewer's decision on one request, with a salted commitment to the exact content."""

    decision: Digest
    """SHA-256 over request id, commitment and outcome: names this decision."""
    request: MessageId
    requester: PartyId
    type: NoticeType
    publish: bool
    code: Code | None = None
    """Why not (``R-…`` or ``E-DATA``), when ``publish`` is false."""
    commitment: Digest
    """``contents.commit(salt, content)``."""


class Release(Word):
    """The secretariat has looked at what is held (of a supervised sender, or Silver): it goes out, or it does not."""

    message: MessageId
    release: bool
    code: Code | None = None
    """Why not (``R-…`` or ``E-DATA``), when ``release`` is false."""


class ReceiptLine(Word):
    """Per addressee: accepted (``queued``), refused, held or withheld, with a coarse code."""

    party: PartyId
    outcome: Outcome
    code: Code | None = None


class ReceiptItem(Word):
    """The hub's answer to one numbered thing. ``wire`` is the SHA-256 of the bytes as received."""

    wire: Digest
    id: MessageId | None = None
    """The message, when it could be read and was signed by its sender."""
    counter: Annotated[int, Field(ge=0, strict=True)]
    code: Code | None = None
    """The reason why the whole was refused; ``None`` when per addressee."""
    detail: Annotated[str, Field(max_length=120)] = ""
    """A limit or a field's name; never content, never another party's facts."""
    lines: tuple[ReceiptLine, ...] = ()


class Receipt(Word):
    """The hub's receipts, many under one signature."""

    items: Annotated[tuple[ReceiptItem, ...], Field(max_length=1024)]


class NoteKind(StrEnum):
    """What an item of the hub's stream to a party is."""

    DELIVERY = "delivery"
    """A slim copy of a sealed message follows the note."""
    OUTCOME = "outcome"
    """What became of a message that the party sent (with the addressee's own signed ack, when there is one)."""
    DIRECTORY = "directory"
    """A directory change, with the cards and certificates it names."""
    STATEMENT = "statement"
    """A measure for all, or a restriction for the secretariat alone, its author's signed frame attached."""
    CHECKPOINT = "checkpoint"
    """A newer checkpoint with a proof of consistency: cosign it."""
    VOID = "void"
    """This number will stay empty: what stood there is withheld."""


class OutcomeUpdate(Word):
    """A changed outcome of a message that the party sent."""

    id: MessageId
    party: PartyId
    outcome: Outcome
    code: Code | None = None


class Note(Word):
    """The hub's signed delivery note: one for each item of its stream to a party. ``Frame.counter`` numbers it."""

    kind: NoteKind
    message: MessageId | None = None
    decision: Annotated[int, Field(ge=0)] | None = None
    """Index of the log entry with the decision (delivery)."""
    directory: Annotated[int, Field(ge=0)]
    """The directory number under which the hub decided; the recipient judges under that one."""
    checkpoint: CheckpointText | None = None
    attached: Digest
    """SHA-256 of the bytes that follow the note (of nothing, if nothing follows)."""
    outcomes: Annotated[tuple[OutcomeUpdate, ...], Field(max_length=1024)] = ()
    """What became of messages that the reader sent (outcome)."""
    proof: Annotated[tuple[Digest, ...], Field(max_length=128)] = ()
    """Consistency proof from ``old_size`` (checkpoint)."""
    old_size: Annotated[int, Field(ge=0)] | None = None


MAX_DELIVERIES = 16
"""How many delivery notes stand under one signature: as much as a party handles in one turn."""


class Deliveries(Word):
    """The hub's delivery notes for copies with consecutive numbers, many under one signature; each is attached to its
    note by ``Note.attached``. ``Frame.counter`` numbers the first; the checkpoint stands in the last alone."""

    notes: Annotated[tuple[Note, ...], Field(min_length=2, max_length=MAX_DELIVERIES)]


class Cosign(Word):
    """A party has checked the consistency of this checkpoint with all it saw before."""

    checkpoint: CheckpointText


class DirectoryChange(Word):
    """What the authority signs, with everything named by hash attached beside the frame."""

    delta: DirectoryDelta


class ControlEntry(Word):
    """Something exercise control did (a fault, an inject, a phase), for the log."""

    what: Annotated[str, Field(max_length=40)]
    target: Annotated[str, Field(max_length=80)] = ""
    note: Annotated[str, Field(max_length=200)] = ""


MAX_SHOWN = 16
"""How many checkpoints an attestation holds."""


class AttestationLine(Word):
    """Whether a party could open one message of those it holds, as tried with its keys."""

    id: MessageId
    opened: bool


class Attestation(Word):
    """A party's signed statement about what it can open of what it holds. An assertion, and labelled as such."""

    lines: tuple[AttestationLine, ...]
    shown: Annotated[tuple[CheckpointText, ...], Field(max_length=MAX_SHOWN)] = ()
    """Checkpoints of the log that the hub showed it while the log grew: a rewritten log contradicts one of them."""


class ManifestFile(Word):
    """One file of a run folder."""

    path: Annotated[str, Field(max_length=200)]
    sha256: Digest
    size: Annotated[int, Field(ge=0)]


class Manifest(Word):
    """Every file of a run folder; an unlisted or changed one fails."""

    files: tuple[ManifestFile, ...]
    checkpoint: CheckpointText


PAYLOADS: dict[FrameType, type[Word]] = {
    FrameType.HELLO: Hello,
    FrameType.BYE: Bye,
    FrameType.ACK: Ack,
    FrameType.RESTRICTION: Bars,
    FrameType.ACCEPTANCE: Bars,
    FrameType.MEASURE: MeasureSet,
    FrameType.NOTICE_DECISION: NoticeDecision,
    FrameType.RELEASE: Release,
    FrameType.COSIGN: Cosign,
    FrameType.WELCOME: Welcome,
    FrameType.RECEIPT: Receipt,
    FrameType.NOTE: Note,
    FrameType.DELIVERIES: Deliveries,
    FrameType.DIRECTORY: DirectoryChange,
    FrameType.CONTROL: ControlEntry,
    FrameType.ATTESTATION: Attestation,
    FrameType.MANIFEST: Manifest,
}

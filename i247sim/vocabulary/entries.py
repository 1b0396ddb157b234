"""What the log states: one frozen model per kind of entry, written as canonical JSON.

No plaintext, no personal data, no key. The hub's whole state is the fold of these entries
(``hub.state``): a restart replays them, and ``verify`` decides every decision again along the way.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from i247sim.vocabulary.codec import Word, canonical, decode_json
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import FormatError
from i247sim.vocabulary.limits import MAX_FRAME_BYTES
from i247sim.vocabulary.messages import Digest, MessageId, RunId
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.times import SimTime

Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class OpenedEntry(Word):
    """The first entry: what this log is about and under which rules it decides."""

    type: Literal["opened"] = "opened"
    time: SimTime
    run: RunId
    root: Digest
    """SHA-256 of the authority's root certificate (DER)."""
    hub: Digest
    """SHA-256 of the hub's signing certificate (DER)."""
    rules: Digest
    """SHA-256 of the rulebook."""


class SignedParts(Word):
    """Everything of a sealed message that its signature covers, without stanzas and body themselves."""

    header: str
    """The exact header text as signed."""
    hub_part: str
    """The exact text of the hub part."""
    salt: Digest
    stanzas: tuple[Digest, ...]
    body: Digest
    signatures: tuple[Base64, ...]


class MessageEntry(Word):
    """A message that was well-formed, signed by its sender, fresh and in order: it will be decided."""

    type: Literal["message"] = "message"
    time: SimTime
    id: MessageId
    sender: PartyId
    counter: Annotated[int, Field(ge=1)]
    wire: Digest
    size: Annotated[int, Field(ge=0)]
    signed: SignedParts


class RefusalEntry(Word):
    """Something that was refused as a whole (steps 1 to 3), or an alarm. Signed parts are kept as evidence."""

    type: Literal["refusal"] = "refusal"
    time: SimTime
    topic: PartyId
    """Whose topic it came on."""
    wire: Digest
    size: Annotated[int, Field(ge=0)]
    code: Code
    detail: Annotated[str, Field(max_length=120)] = ""
    alarm: bool = False
    id: MessageId | None = None
    counter: Annotated[int, Field(ge=1)] | None = None
    """The sender's number that this refusal used up: only when the sender is authenticated and in order."""
    signed: SignedParts | None = None


class DecisionEntry(Word):
    """What the rules said of one (message, addressee) pair, or said anew at hand-over."""

    type: Literal["decision"] = "decision"
    time: SimTime
    id: MessageId
    party: PartyId
    outcome: Outcome
    code: Code | None = None
    rules: tuple[str, ...] = ()
    directory: Annotated[int, Field(ge=0)]
    statements: Digest
    """SHA-256 of all restrictions, acceptances and measures then in force."""


class HandoverEntry(Word):
    """A copy goes to a party's topic as number ``number`` of its stream."""

    type: Literal["handover"] = "handover"
    time: SimTime
    id: MessageId
    party: PartyId
    number: Annotated[int, Field(ge=1)]


class FrameEntry(Word):
    """A signed clear frame that changed something: directory, restriction, acceptance, measure,
    notice decision, acknowledgement, control. The bytes are the evidence."""

    type: Literal["frame"] = "frame"
    time: SimTime
    frame: Base64
    """The whole ``i247c1`` wire."""
    attached: tuple[Base64, ...] = ()
    """Cards and certificates that a directory change names by hash."""


Entry = OpenedEntry | MessageEntry | RefusalEntry | DecisionEntry | HandoverEntry | FrameEntry
_ADAPTER: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="type")])


def to_bytes(entry: Entry) -> bytes:
    """The canonical bytes of an entry: what the Merkle tree hashes."""
    return canonical(entry)


def from_bytes(data: bytes) -> Entry:
    """Strictly read an entry; raises ``FormatError``."""
    value = decode_json(data, 4 * MAX_FRAME_BYTES)
    try:
        return _ADAPTER.validate_python(value)
    except ValueError as error:
        raise FormatError(f"not a log entry: {str(error)[:160]}") from None

"""A message: the clear signed header, the part only the hub sees, and the sealed body.

The header is all that hub and rules may read. It holds **no free text** and no digest of the
plaintext. ``docs/wire.md`` has the table of fields, kept in step by a test.
"""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.kinds import CHANNEL_OF, Channel, Kind
from i247sim.vocabulary.limits import MAX_ADDRESSEES, MAX_WIRE_BYTES
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.times import SimTime

RunId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
MessageId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""128 random bits in hex, drawn by the sender's shell from the system."""
KeyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""The first 64 bits of the SHA-256 of a public key, in hex."""
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in hex."""
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,9}(-[a-z0-9]{1,24}){0,3}-[0-9]{4}-[0-9]{6}$")]
"""A bureau's own reference: party, year of the exercise clock, running number (``FR-2026-000012``)."""
_REFERENCE_OF = re.compile(r"-[0-9]{4}-[0-9]{6}")
"""What follows the sender's id in its own reference."""
CaseReference = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,31}$")]
RecordId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,5}-[0-9]{4,8}$")]
"""A record in a database of the secretariat: ``NOM-000017``, ``SLTD-000003``."""
NoticeId = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}/[0-9]{1,6}$")]
"""The public shape of a notice number: year and running number."""
Language = Literal["ar", "en", "es", "fr"]


class Suite(StrEnum):
    """A fixed set of algorithms. The header names it; there is no negotiation."""

    V1 = "i247-1"
    """HPKE with ML-KEM-768 + X25519, AES-256-GCM in Cobblestone-256, Ed25519."""
    V2 = "i247-2"
    """The same, and ML-DSA-65 beside Ed25519: both must verify."""


class NoticeType(StrEnum):
    """Notices by colour. None of them is an arrest warrant."""

    RED = "red"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    BLACK = "black"
    PURPLE = "purple"
    ORANGE = "orange"
    UN_SPECIAL = "un-special"
    SILVER = "silver"
    ART = "stolen-art"


class NoticeReason(StrEnum):
    """Why a notice changes its state: a closed list, since a header holds no free text."""

    PURPOSE_MET = "purpose-met"
    """The person was found, or the matter is settled (Art. 81)."""
    ABANDONED = "abandoned"
    """The requester no longer pursues it."""
    INVALID = "no-longer-valid"
    """The warrant is lifted, or the conditions are no longer met."""
    CORRECTION = "correction"
    """Data were wrong or are newer now."""
    UNDER_EXAMINATION = "under-examination"
    """Blocked while its compliance is examined (Art. 129)."""
    ARTICLE_2 = "article-2"
    ARTICLE_3 = "article-3"
    REFUGEE = "refugee"
    """Never says which country has given protection."""
    NO_STEPS = "no-steps-taken"
    """The person was located, and the requester did nothing without good reason (Art. 81)."""
    EXTRADITION_REFUSED = "extradition-refused"
    """An addendum: a country has refused. That alone ends no notice."""
    EXPIRED = "expired"
    """Five years are over and nobody asked to keep it (Arts 49 and 50)."""
    COMMISSION = "ccf-decision"
    """The Commission for the Control of Files has decided."""
    BY_REQUEST = "by-request"
    """For reasons that the requester keeps to itself."""


class Purpose(StrEnum):
    """The closed list of purposes (RPD Art. 10)."""

    WANTED = "wanted-person"
    LOCATE = "locate"
    CASE = "case-support"
    WARN = "warn"
    IDENTIFY = "identify"
    FORENSIC = "forensic"
    SECURITY_CHECK = "security-check"
    BORDER = "border-management"
    ANALYSIS = "threat-analysis"
    COMPLIANCE = "compliance"
    """Exercise rule: running the network itself (decisions on notices, measures, questions of compliance)."""


class Classification(StrEnum):
    """Confidentiality levels, lowest first (RPD Art. 112; ``official-use`` is FOR OFFICIAL USE ONLY)."""

    OFFICIAL_USE = "official-use"
    RESTRICTED = "restricted"
    CONFIDENTIAL = "confidential"

    @property
    def level(self) -> int:
        """0, 1 or 2: to be compared with a clearance."""
        return list(Classification).index(self)


def least_suite(channel: Channel, classification: Classification) -> Suite:
    """The least suite that the rules ask for (rule ``CLASS-SUITE``): two signatures for what must hold for decades."""
    lasting = channel is Channel.NOTICE or classification is Classification.CONFIDENTIAL
    return Suite.V2 if lasting else Suite.V1


class Handling(StrEnum):
    """What a reader may do with it, in the manner of Europol's handling codes."""

    H0 = "H0"
    NOT_IN_COURT = "H1"
    NOT_ONWARD = "H2"
    OTHER = "H3"
    REVIEW_PENDING = "review-pending"
    MAY_TELL = "may-tell"
    """Of a missing person who was found: those who search may be told where. A minor, or an adult who was asked."""
    PLACE_WITHHELD = "place-withheld"
    """The same, and the place is not told: an adult who does not agree."""


def check_marks(handling: tuple[Handling, ...]) -> None:
    """Raise ``ValueError`` for marks that contradict each other."""
    if {Handling.MAY_TELL, Handling.PLACE_WITHHELD} <= set(handling):
        raise ValueError("`may-tell` and `place-withheld` say the opposite of each other; expected at most one of them")


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0. Not a classification: both are carried."""

    RED = "TLP:RED"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    AMBER = "TLP:AMBER"
    GREEN = "TLP:GREEN"
    CLEAR = "TLP:CLEAR"


class Urgency(StrEnum):
    """How fast an answer is wanted. Urgent needs a reason."""

    NORMAL = "normal"
    URGENT = "urgent"
    VERY_URGENT = "very-urgent"


class UrgencyReason(StrEnum):
    """Why it is urgent: a closed list, since a header holds no free text."""

    PERSON_HELD = "person-held"
    RISK_TO_LIFE = "risk-to-life"
    FLIGHT_RISK = "flight-risk"
    EVIDENCE_LOSS = "evidence-loss"
    DEADLINE = "treaty-deadline"
    THREAT = "imminent-threat"


class Database(StrEnum):
    """Databases at the secretariat."""

    NOMINAL = "nominal"
    """Persons."""
    SLTD = "sltd"
    """Stolen, lost, revoked and invalid travel documents, without personal data."""
    SAD = "sad"
    """Stolen administrative documents."""
    TDAWN = "tdawn"
    """Valid travel documents of persons in notices; made from notices alone."""
    SMV = "smv"
    """Stolen vehicles and parts."""
    VESSELS = "vessels"
    FIREARMS = "firearms"
    ART = "art"
    DNA = "dna"
    FINGERPRINTS = "fingerprints"
    FACES = "faces"
    BORDER = "border"
    """The composite query of a border: SLTD, TDAWN and nominal at once. Holds nothing itself."""


class Operation(StrEnum):
    """What is done with a database."""

    QUERY = "query"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


OfficerId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,16}$")]
"""Opaque, and asserted by the officer's own bureau alone."""
Approvals = Annotated[tuple[OfficerId, ...], Field(max_length=4)]
"""Officers who have approved an exception, as their bureau says."""


class Addressee(Word):
    """One sealed addressee: stanza *i* belongs to addressee *i*."""

    party: PartyId
    key: KeyId
    """Which of the party's KEM keys the stanza was sealed to."""


class AudienceMember(Word):
    """One party of a notice's audience. Without ``key`` it is named but has no stanza: barred from the start."""

    party: PartyId
    key: KeyId | None = None


class NoticeRef(Word):
    """Which notice a message is about."""

    type: NoticeType
    id: NoticeId | None = None
    """Its number; absent as long as it has none."""
    decision: Digest | None = None
    """The reviewer's decision that a publication rests on (``frames.NoticeDecision.decision``)."""
    reason: NoticeReason | None = None
    """Why it changes its state."""


class QuotedRecord(Word):
    """A record of another owner (or one's own) that the body quotes."""

    owner: PartyId
    record: RecordId


class Header(Word):
    """What stands in clear on every sealed message, signed. See ``docs/wire.md`` for who reads what."""

    v: Literal[1] = 1
    suite: Suite
    run: RunId
    simulation: Literal[True] = True
    id: MessageId
    sender: PartyId = Field(alias="from")
    on_behalf_of: PartyId | None = None
    signing_key: KeyId
    to: Annotated[tuple[Addressee, ...], Field(min_length=1, max_length=MAX_ADDRESSEES)] | None = None
    audience: Literal["members"] | None = None
    channel: Channel
    kind: Kind
    notice: NoticeRef | None = None
    database: Database | None = None
    operation: Operation | None = None
    purpose: Purpose
    classification: Classification = Classification.OFFICIAL_USE
    handling: tuple[Handling, ...] = ()
    tlp: Tlp | None = None
    grading: Annotated[str, StringConstraints(pattern=r"^[A-FX][1-6]$")] | None = None
    urgency: Urgency = Urgency.NORMAL
    urgency_reason: UrgencyReason | None = None
    lang: Language = "en"
    case_ref: CaseReference | None = None
    own_ref: Reference
    your_ref: Reference | None = None
    in_reply_to: MessageId | None = None
    supersedes: MessageId | None = None
    quoted: Annotated[tuple[QuotedRecord, ...], Field(max_length=32)] = ()
    consent_ref: Reference | None = None
    officer: OfficerId | None = None
    approvals: Approvals = ()
    created: SimTime
    reply_by: SimTime | None = None
    expires: SimTime
    padded_size: Annotated[int, Field(ge=1, le=MAX_WIRE_BYTES, strict=True)]
    """Bytes of the body after padding, before sealing."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.to is None) == (self.audience is None):
            raise ValueError("exactly one of `to` and `audience`")
        if self.to is not None and len(self.to) > 1 and len({one.party for one in self.to}) != len(self.to):
            raise ValueError("an addressee is named twice")
        if self.channel not in CHANNEL_OF[self.kind]:
            raise ValueError(f"{self.kind} does not travel on channel {self.channel}")
        if (self.database is None) != (self.operation is None):
            raise ValueError("`database` and `operation` go together")
        if (self.urgency is Urgency.NORMAL) != (self.urgency_reason is None):
            raise ValueError("an urgent message, and only that, has an urgency reason")
        check_marks(self.handling)
        if self.expires <= self.created:
            raise ValueError("`expires` is not after `created`")
        if not _REFERENCE_OF.fullmatch(self.own_ref.removeprefix(self.sender)):
            raise ValueError("`own_ref` is not the sender's: its id, the year, a number")
        return self


class HubPart(Word):
    """What only the hub sees: digested into the signed header hash, dropped from slim copies."""

    counter: Annotated[int, Field(ge=1, strict=True)]
    """The sender's running number over everything it sends to the hub that needs a receipt."""
    receipted: Annotated[int, Field(ge=0, strict=True)]
    """Up to which counter the sender has seen receipts. A resend at or below it is a replay."""
    audience: Annotated[tuple[AudienceMember, ...], Field(max_length=MAX_ADDRESSEES)] = ()
    """The parties of a notice, in stanza order; those without ``key`` have no stanza."""


class Proofs(Word):
    """What a body carries beside its content; not part of the content's digest."""

    checkpoint: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """The sender's newest log checkpoint (signed note text), so that readers compare what the hub shows each."""
    salt: Digest | None = None
    """Opens the commitment of a reviewer's decision (NOTICE_DECISION, NOTICE_PUBLISHED)."""


class Body(Word):
    """The sealed part. ``content`` is one of ``contents``, by the header's kind."""

    content: dict[str, Any]
    proofs: Proofs = Proofs()

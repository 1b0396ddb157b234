"""The content of sealed bodies, by kind of message. Everything is fictional and says so.

Contents name other messages by reference (``FR-2026-000012``), never by id, and hold no random
value, so that the same exercise has the same contents every time (``digest``).
"""

import hashlib
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, ValidationError

from i247sim.vocabulary.codec import Word, canonical
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.errors import FormatError
from i247sim.vocabulary.messages import (
    CaseReference,
    Database,
    Kind,
    Language,
    NoticeId,
    NoticeType,
    Operation,
    RecordId,
    Reference,
)
from i247sim.vocabulary.parties import PartyId

EXERCISE_MARK: Final = "EXERCISE EXERCISE EXERCISE"
Line = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Text = Annotated[str, StringConstraints(max_length=200_000)]
PartialDate = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]
"""A date of which at least the year is known."""
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
DocumentNumber = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{5,14}$")]


class Content(Word):
    """Base: every content carries the exercise mark."""

    exercise: Literal["EXERCISE EXERCISE EXERCISE"] = EXERCISE_MARK


class Note(Content):
    """Free text between bureaus: requests, replies, case messages, diffusions, broadcasts."""

    subject: Line
    text: Text = ""


class Document(Word):
    """An identity or travel document."""

    number: DocumentNumber
    country: CountryCode
    type: Literal["passport", "identity-card", "residence-permit", "other"] = "passport"


class Person(Word):
    """Identifiers of a fictional person, as far as a Red Notice needs them."""

    family_name: Line
    forename: Line
    sex: Literal["F", "M", "X", "U"]
    born: PartialDate
    nationalities: tuple[CountryCode, ...] = ()
    documents: tuple[Document, ...] = ()
    description: Text | None = None
    photo: bool = False
    """Whether a good photograph is on file (the exercise carries no pictures)."""
    fingerprints: bool = False
    dna: bool = False


class Judicial(Word):
    """The judicial basis of a Red Notice (RPD Art. 83)."""

    facts: Text
    """Short, clear facts with time and place."""
    charge: Line
    law: Line
    warrant: Line
    """Reference of the arrest warrant or court decision."""
    issued_by: Line
    max_penalty_months: Annotated[int, Field(ge=0, le=1200)] | None = None
    """Threshold for prosecution: 24."""
    sentence_left_months: Annotated[int, Field(ge=0, le=1200)] | None = None
    """Threshold for a sentence: 6."""


class Translation(Word):
    """The same words in another language."""

    subject: Line
    text: Text = ""


Translations = dict[Language, Translation]
"""By language; the organisation works in Arabic, English, French and Spanish."""


class Notice(Content):
    """A notice as requested and as published: a request for cooperation, never an arrest warrant."""

    type: NoticeType
    subject: Line
    person: Person | None = None
    judicial: Judicial | None = None
    text: Text = ""
    translations: Translations | None = None
    """Subject and text in other languages: a notice is published in all four."""
    extradition_sought: bool = False
    """The assurance of Art. 84 (Red)."""


class NoticePublication(Content):
    """A published notice. ``notice`` is byte for byte what the reviewer committed to."""

    id: NoticeId
    requester: PartyId
    notice: Notice
    record: RecordId | None = None
    """The record in the nominal database that the notice made; none, if it is about nobody."""


class NoticeVerdict(Content):
    """The reviewer's answer to a request, to requester and secretariat."""

    request: Reference
    publish: bool
    code: Code | None = None
    missing: tuple[str, ...] = ()
    """Everything that is missing, not only the first."""
    notice: Notice | None = None
    """What was committed to, when ``publish``."""


class TravelDocument(Word):
    """An SLTD record: no personal data of the holder."""

    document: Document
    fraud: Literal["stolen-blank", "stolen", "lost", "revoked", "invalid"]
    stolen_on: PartialDate | None = None
    owner_ref: Line | None = None


class RecordEntry(Content):
    """An owner enters, changes or deletes a record of its own."""

    database: Database
    operation: Literal[Operation.CREATE, Operation.UPDATE, Operation.DELETE]
    record: RecordId | None = None
    person: Person | None = None
    document: TravelDocument | None = None
    summary: Line | None = None


class Query(Content):
    """A query. Only the fields that are needed."""

    database: Database
    family_name: Line | None = None
    forename: Line | None = None
    born: PartialDate | None = None
    document: Document | None = None


class Finding(StrEnum):
    """The result of a query. A restriction and an absence both say ``NO_RECORD``."""

    NO_RECORD = "NO_RECORD"
    CANDIDATES = "CANDIDATES"
    HIT = "HIT"


class Hit(Word):
    """One matching record, as far as the querier may see it."""

    database: Database
    record: RecordId
    owner: PartyId
    matched: tuple[str, ...]
    """Names of the fields that matched."""
    summary: Line
    instruction: Line


class QueryResult(Content):
    """The answer to a query or to an entry."""

    finding: Finding
    hits: tuple[Hit, ...] = ()
    code: Code | None = None
    """Why an entry was refused."""
    record: RecordId | None = None
    """The record that an entry made or changed."""


class HitReport(Content):
    """To querying bureau and owner: a record was hit. Silent to the querier when restricted."""

    record: RecordId
    database: Database
    owner: PartyId
    querier: PartyId
    query: Reference
    """The querier's reference of the query."""
    instruction: Line = "do not act before the owner has confirmed"


class Confirmation(Content):
    """Between bureaus about a hit: request, confirmation, denial, arrest, papers."""

    record: RecordId
    subject: Line
    text: Text = ""
    case: CaseReference | None = None


CONTENTS: dict[Kind, type[Content]] = {
    Kind.INFO_REQUEST: Note,
    Kind.INFO_REPLY: Note,
    Kind.HIT_NOTICE: HitReport,
    Kind.RESTRICTED_HIT: HitReport,
    Kind.HIT_CONFIRM_REQUEST: Confirmation,
    Kind.HIT_CONFIRM: Confirmation,
    Kind.HIT_DENY: Confirmation,
    Kind.ARREST_NOTIFY: Confirmation,
    Kind.LOCATED_NOTIFY: Confirmation,
    Kind.DOC_TRANSFER: Confirmation,
    Kind.NOTICE_REQUEST: Notice,
    Kind.NOTICE_QUERY: Note,
    Kind.NOTICE_DECISION: NoticeVerdict,
    Kind.NOTICE_PUBLISHED: NoticePublication,
    Kind.NOTICE_WITHDRAW: Note,
    Kind.NOTICE_CANCEL: Note,
    Kind.DIFFUSION: Note,
    Kind.DIFFUSION_CANCEL: Note,
    Kind.DB_RECORD: RecordEntry,
    Kind.DB_UPDATE: RecordEntry,
    Kind.DB_DELETE: RecordEntry,
    Kind.DB_QUERY: Query,
    Kind.DB_RESULT: QueryResult,
    Kind.CONSENT_REQUEST: Note,
    Kind.CONSENT_REPLY: Note,
    Kind.COMPLIANCE_QUERY: Note,
    Kind.BROADCAST: Note,
}


def read(kind: Kind, value: object) -> Content:
    """The content of a message of ``kind`` from JSON types; raises ``FormatError``."""
    try:
        return CONTENTS[kind].model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise FormatError(f"content of {kind}: `{place:.60}`: {first['msg']:.100}") from None


def digest(content: Content) -> str:
    """SHA-256 (hex) of the canonical content: the plaintext's name in a transcript."""
    return hashlib.sha256(canonical(content)).hexdigest()


def commit(salt: str, content: Content) -> str:
    """The reviewer's commitment: SHA-256 (hex) over a domain, the salt (64 hex) and the canonical content."""
    return hashlib.sha256(b"i247/v1/commit\0" + bytes.fromhex(salt) + canonical(content)).hexdigest()

"""The content of sealed bodies, by kind of message. Everything is fictional and says so.

Contents name other messages by reference (``FR-2026-000012``), never by id, and hold no random
value, so that the same exercise has the same contents every time (``digest``).
"""

import hashlib
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from i247sim.vocabulary.casefacts import (
    Artwork,
    Assessment,
    Asset,
    Body,
    Judicial,
    MissingReport,
    ModusOperandi,
    Sanction,
)
from i247sim.vocabulary.codec import Word, canonical
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.errors import FormatError
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import (
    CaseReference,
    Handling,
    Header,
    Language,
    NoticeId,
    NoticeType,
    RecordId,
    Reference,
)
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.queries import HitReport, Query, QueryResult, RecordEntry
from i247sim.vocabulary.records import CountryCode, Date, Line, Person, Spoken, Text
from i247sim.vocabulary.statements import Whom
from i247sim.vocabulary.times import SimTime


class Note(Content):
    """Free text between bureaus: requests, replies, case messages, diffusions, broadcasts."""

    subject: Line
    text: Text = ""


class Translation(Word):
    """The same words in another language."""

    subject: Line
    text: Text = ""


Translations = dict[Language, Translation]
"""By language; the organisation works in Arabic, English, French and Spanish."""


class DiffusionForm(StrEnum):
    """The six forms of a diffusion (RPD Art. 98), and that of the Silver pilot."""

    ARREST = "arrest"
    """Arrest, detain or restrict movement."""
    LOCATE = "locate"
    INFORMATION = "information"
    """Obtain further information."""
    IDENTIFY = "identify"
    WARN = "warn"
    """Warn about criminal activity."""
    INFORM = "inform"
    """Inform about a modus operandi, an object, a device."""
    ASSETS = "assets"
    """Locate, identify or watch assets: a Silver diffusion, among members of the pilot."""


class Notice(Content):
    """A notice as requested and as published: a request for cooperation, never an arrest warrant.

    What a colour needs of all this is ``secretariat.review``'s to say.
    """

    type: NoticeType
    subject: Line
    person: Person | None = None
    judicial: Judicial | None = None
    text: Text = ""
    lang: Language | None = None
    """The language of subject, text and every other free text; absent: English."""
    translations: Translations | None = None
    """Subject and text in other languages; what is not there is published as it is, and labelled so."""
    extradition_sought: bool = False
    """The assurance of Art. 84 (Red): extradition will be sought, and the authority behind the warrant is competent."""
    seeks: Line | None = None
    """What one wants to know (Blue)."""
    assessment: Assessment | None = None
    missing: MissingReport | None = None
    body: Body | None = None
    modus: ModusOperandi | None = None
    artwork: Artwork | None = None
    sanction: Sanction | None = None
    assets: tuple[Asset, ...] | None = None
    circulation: Annotated[tuple[Whom, ...], Field(min_length=1, max_length=256)] | None = None
    """Parties and groups it is meant for; absent: all. Who is barred is never told here."""
    until: Date | None = None
    """When it ends unless it is renewed; absent, and at most: five years after its publication (Art. 49)."""
    public: bool | None = None
    """Whether an extract for the public is asked for."""


class Wording(Word):
    """A published notice's words in one language: fixed phrases in it, free text as it was written."""

    title: Line
    purpose: Line
    """What the colour means."""
    caution: Line
    """What it does not mean."""
    subject: Line
    text: Text
    free_text: Language
    """The language that ``subject`` and ``text`` are in."""
    label: Line | None = None
    """Says so, where that is another one."""


class PublicExtract(Word):
    """What the public may see of a notice, in the shape of the real public service. No case data, no third persons."""

    entity_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{1,6}$")]
    name: Line | None = None
    forename: Line | None = None
    date_of_birth: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(/[0-9]{2}){0,2}$")] | None = None
    sex_id: Literal["F", "M", "X", "U"] | None = None
    nationalities: tuple[CountryCode, ...] = ()
    place_of_birth: Line | None = None
    country_of_birth_id: CountryCode | None = None
    languages_spoken_ids: tuple[Spoken, ...] | None = None
    distinguishing_marks: Text | None = None
    charge: Line | None = None
    issuing_country_id: Line | None = None
    text: Text | None = None
    """For notices about nobody: what everybody should look out for."""


class NoticePublication(Content):
    """A published notice, or its update. ``notice`` is byte for byte what the reviewer committed to."""

    id: NoticeId
    requester: PartyId
    notice: Notice
    record: RecordId | None = None
    """The record in the nominal database that the notice made; none, if it is about nobody."""
    wordings: dict[Language, Wording] | None = None
    """In the four languages of the organisation."""
    extract: PublicExtract | None = None
    """What is shown to the public, if the requester asked for it and the colour allows it."""


class NoticeVerdict(Content):
    """The reviewer's answer to a request, to requester and secretariat."""

    request: Reference
    publish: bool
    code: Code | None = None
    missing: tuple[str, ...] = ()
    """Everything that is missing, not only the first."""
    notice: Notice | None = None
    """What was committed to, when ``publish``."""


class Diffusion(Note):
    """A bureau's own circular. What it is for follows from ``form``, or from the purpose where that is absent."""

    form: DiffusionForm | None = None
    person: Person | None = None
    judicial: Judicial | None = None
    assets: tuple[Asset, ...] | None = None


class RefugeeStatus(Content):
    """A member tells the secretariat that it protects somebody, or no longer (resolution of 2017). For nobody else."""

    person: Person
    feared: CountryCode
    """The country of feared persecution."""
    granted: bool


Wants = Literal["access", "correction", "deletion", "revision"]
"""What a person may ask of the Commission; a revision is of an earlier decision (CCF Statute Arts 33 and 42)."""


class FileRequest(Content):
    """A person's request to the Commission for the Control of Files, as the Commission passes it on (RPD Art. 18)."""

    wants: Wants
    subject: Line
    """Whom it is about (fictional)."""
    notice: NoticeId | None = None
    record: RecordId | None = None
    grounds: Text = ""
    """For a revision: the new facts."""
    block: bool = True
    """Whether the data are blocked while it is examined (Art. 129)."""

    @model_validator(mode="after")
    def _on_new_facts(self) -> Self:
        if self.wants == "revision" and not self.grounds:
            raise ValueError("a revision is asked for on new facts (CCF Statute Art. 42); name them as `grounds`")
        return self


class FileDecision(Content):
    """What the Commission has found. It binds the organisation."""

    request: Reference
    finding: Literal["admissible", "inadmissible", "compliant", "addendum", "delete", "disclose", "not-disclosed"]
    text: Text = ""


class FileReport(Content):
    """The secretariat to the Commission: what the files hold, or what was carried out."""

    request: Reference
    wants: Wants | None = None
    """What the request wants: the Commission's time depends on it. In the first report alone."""
    subject: Line
    text: Text = ""
    earlier: Line | None = None
    """For a revision: what was found of an earlier request about the same; none, if nothing was decided."""
    certificate: bool = False
    """That no notice or diffusion about the person exists (CCF Statute Art. 36)."""


class Confirmation(Content):
    """Between bureaus about a hit: request, confirmation, denial, arrest, papers."""

    record: RecordId
    subject: Line
    text: Text = ""
    case: CaseReference | None = None
    instrument: Line | None = None
    """The treaty under which somebody was arrested provisionally."""
    papers_due: SimTime | None = None
    """When the papers must be there."""
    release_on: SimTime | None = None
    """When the person is released, if they are not."""
    place: Line | None = None
    """Where somebody or something was found. Of a missing adult only with her consent (mark `may-tell`)."""


def tells_what_is_withheld(header: Header, content: Content) -> bool:
    """Whether a message says where somebody is, and in its header that this is withheld. Whoever opens it rejects it;
    what stands in its text instead, no machine sees."""
    told = isinstance(content, Confirmation) and content.place is not None
    return told and Handling.PLACE_WITHHELD in header.handling


class Escalation(Content):
    """To the command centre: a party has not answered within twice the time it had."""

    silent: PartyId
    asked: Kind
    since: SimTime
    record: RecordId | None = None
    """The record that it was asked about, if it was one."""


CONTENTS: dict[Kind, type[Content]] = {
    Kind.INFO_REQUEST: Note,
    Kind.INFO_REPLY: Note,
    Kind.CD_REQUEST: Note,
    Kind.STOP_PAYMENT: Note,
    Kind.IOC_REPORT: Note,
    Kind.THREAT_ALERT: Note,
    Kind.SECURITY_INCIDENT: Note,
    Kind.ACK: Note,
    Kind.REMINDER: Note,
    Kind.ESCALATION: Escalation,
    Kind.HIT_NOTICE: HitReport,
    Kind.RESTRICTED_HIT: HitReport,
    Kind.DELAYED_HIT: HitReport,
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
    Kind.NOTICE_UPDATE: NoticePublication,
    Kind.NOTICE_ADDENDUM: Note,
    Kind.NOTICE_SUSPEND: Note,
    Kind.NOTICE_RESUME: Note,
    Kind.NOTICE_RENEW: Note,
    Kind.NOTICE_REMINDER: Note,
    Kind.NOTICE_WITHDRAW: Note,
    Kind.NOTICE_CANCEL: Note,
    Kind.DIFFUSION: Diffusion,
    Kind.DIFFUSION_CLEARED: Note,
    Kind.DIFFUSION_CANCEL: Note,
    Kind.DB_RECORD: RecordEntry,
    Kind.DB_UPDATE: RecordEntry,
    Kind.DB_DELETE: RecordEntry,
    Kind.DB_QUERY: Query,
    Kind.DB_RESULT: QueryResult,
    Kind.CONSENT_REQUEST: Note,
    Kind.CONSENT_REPLY: Note,
    Kind.THREAT_RELEASE: Note,
    Kind.COMPLAINT: Note,
    Kind.COMPLIANCE_QUERY: Note,
    Kind.COMPLIANCE_REPLY: Note,
    Kind.REFUGEE_STATUS: RefugeeStatus,
    Kind.CCF_REQUEST: FileRequest,
    Kind.CCF_DECISION: FileDecision,
    Kind.CCF_REPORT: FileReport,
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

"""The verb ``send``: a message that a scenario, an instructor or a person at a desk has a party write.

Which keys go with which kind of message stands in one table; what a kind may hold at all is ``vocabulary.contents``.
"""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from i247sim.exercise.acts import Act, Difficulty, Layer, Theme
from i247sim.exercise.durations import Duration
from i247sim.exercise.naming import MessageRef
from i247sim.vocabulary import contents, queries
from i247sim.vocabulary.casefacts import Asset, Judicial
from i247sim.vocabulary.contents import Confirmation, Diffusion, DiffusionForm, FileRequest, Note, Notice, RefugeeStatus
from i247sim.vocabulary.drafts import DEFAULT_LIFE, Draft
from i247sim.vocabulary.kinds import CHANNEL_OF, Channel, Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import (
    Approvals,
    CaseReference,
    Classification,
    Database,
    Handling,
    Language,
    NoticeRef,
    NoticeType,
    OfficerId,
    Operation,
    Purpose,
    QuotedRecord,
    RecordId,
    Suite,
    Tlp,
    Urgency,
    UrgencyReason,
    check_marks,
)
from i247sim.vocabulary.parties import REVIEWER, SECRETARIAT, PartyId
from i247sim.vocabulary.queries import Query, RecordEntry
from i247sim.vocabulary.records import Line, Particulars, Person, Text
from i247sim.vocabulary.statements import Whom
from i247sim.vocabulary.times import TICK


class Entry(Particulars):
    """A record that an owner enters, changes or deletes; the kind of the message says which of the three."""

    database: Database
    id: RecordId | None = None
    """Which record is changed or deleted; a new one gets its id from the secretariat."""


_OPERATION = {Kind.DB_RECORD: Operation.CREATE, Kind.DB_UPDATE: Operation.UPDATE, Kind.DB_DELETE: Operation.DELETE}
_CONTENT_KEYS: dict[type[Content], tuple[str, tuple[str, ...]]] = {
    Note: ("subject", ("text",)),
    Confirmation: ("subject", ("text", "about", "place")),
    Diffusion: ("subject", ("text", "form", "person", "judicial", "assets")),
    Notice: ("notice", ()),
    Query: ("query", ()),
    RecordEntry: ("record", ()),
    FileRequest: ("file", ()),
    RefugeeStatus: ("refugee", ()),
}
"""For each content a scenario can write: the key it must have, and those it may have beside it."""
_PRESCRIBED: dict[Kind, tuple[str, ...]] = {
    Kind.NOTICE_REQUEST: (SECRETARIAT, REVIEWER),
    Kind.NOTICE_WITHDRAW: (SECRETARIAT,),
    Kind.NOTICE_SUSPEND: (SECRETARIAT,),
    Kind.NOTICE_RESUME: (SECRETARIAT,),
    Kind.NOTICE_RENEW: (SECRETARIAT,),
    Kind.COMPLAINT: (SECRETARIAT,),
    Kind.COMPLIANCE_QUERY: (SECRETARIAT,),
    Kind.COMPLIANCE_REPLY: (SECRETARIAT,),
    Kind.SECURITY_INCIDENT: (SECRETARIAT,),
    Kind.REFUGEE_STATUS: (SECRETARIAT, REVIEWER),
    Kind.CCF_REQUEST: (SECRETARIAT,),
    Kind.DB_QUERY: (SECRETARIAT,),
    Kind.DB_RECORD: (SECRETARIAT,),
    Kind.DB_UPDATE: (SECRETARIAT,),
    Kind.DB_DELETE: (SECRETARIAT,),
}
"""To whom a message goes if the scenario does not say: the addressees that the rules prescribe."""

_WHOLE = ("notice", "query", "record", "file", "refugee")
"""Keys that hold a whole content."""
_ABOUT_A_NOTICE = tuple(kind for kind in Kind if kind.startswith("NOTICE_"))
SENDABLE = tuple(kind for kind in Kind if contents.CONTENTS[kind] in _CONTENT_KEYS)
"""The kinds a scenario can send. The others are the secretariat's and the reviewer's own answers."""
CONTENT_KEYS = tuple(dict.fromkeys(key for needed, allowed in _CONTENT_KEYS.values() for key in (needed, *allowed)))
"""All keys of ``Send`` that say what a message holds. Which of them go with a kind: ``content_keys``."""


def content_keys(kind: Kind) -> tuple[str, ...]:
    """The keys of ``Send`` that go with ``kind`` (one of ``SENDABLE``), the one that it must have first."""
    needed, allowed = _CONTENT_KEYS[contents.CONTENTS[kind]]
    return needed, *allowed


def prescribed(kind: Kind) -> tuple[str, ...]:
    """To whom a message of ``kind`` goes if nobody says; empty where somebody must."""
    return _PRESCRIBED.get(kind, ())


class Send(Act):
    """A party sends one message. Its content is given by keys that go with the kind:

    ``subject`` and ``text`` (most kinds), with ``about`` (a record) for answers to a hit; ``notice`` for a
    request; ``query`` for a query; ``record`` for entries of an owner.
    """

    sender: PartyId = Field(alias="from")
    """Who writes."""
    kind: Kind
    """What kind of message it is."""
    to: Annotated[tuple[Whom, ...], Field(max_length=256)] = ()
    """Parties or groups. May be left out where the rules prescribe it (queries, records, notice requests).
    A diffusion must name `IPSG` itself: leaving it out is a mistake that the hub shows."""
    channel: Channel | None = None
    """Absent: the channel that the kind uses."""
    purpose: Purpose
    """What it is for."""
    classification: Classification = Classification.OFFICIAL_USE
    """How far it may go."""
    suite: Suite | None = None
    """Absent: the least that channel and classification ask for. `i247-1` for a notice is refused: a thing to show."""
    urgency: Urgency = Urgency.NORMAL
    """How urgent its writer says it is."""
    urgency_reason: UrgencyReason | None = None
    """Why; with an urgent message, and only then."""
    tlp: Tlp | None = None
    """How far the reader may pass it on (Traffic Light Protocol)."""
    handling: tuple[Handling, ...] = ()
    """Marks for the reader."""
    grading: Annotated[str, StringConstraints(pattern=r"^[A-FX][1-6]$")] | None = None
    """How good source and information are, like `B2`."""
    lang: Language = "en"
    """The language of its words."""
    on_behalf_of: PartyId | None = None
    """For whom it is sent, if not for the writer."""
    answers: MessageRef | None = None
    """The message this one answers."""
    case: CaseReference | None = None
    """A reference to the case."""
    quotes: Annotated[tuple[QuotedRecord, ...], Field(max_length=32)] = ()
    """Records whose content the text repeats: their owners' restrictions count."""
    consent: MessageRef | None = None
    """The owner's reply that consents to passing its data on, or (for a release in an emergency) the question to it."""
    officer: OfficerId | None = None
    """Who writes at the desk: an opaque id, which the owner of a record is told with who has looked at it."""
    approvals: Approvals = ()
    """Officers who have approved a release in an emergency: opaque ids."""
    reply_within: Duration | None = None
    """Until when an answer is wanted."""
    life: Duration = DEFAULT_LIFE
    """How long the message may wait for its addressees."""

    subject: Line | None = None
    """What it is about, in a line."""
    text: Text = ""
    """Its words."""
    about: RecordId | None = None
    """The record that an answer about a hit is about."""
    place: Line | None = None
    """Where somebody or something was found. Of a missing adult only with her consent (mark `may-tell`)."""
    form: DiffusionForm | None = None
    """What a diffusion is for; absent: it follows from the purpose."""
    person: Person | None = None
    """Whom a diffusion is about, in fields."""
    judicial: Judicial | None = None
    """The judicial basis of a diffusion for arrest, or the offence behind the assets of a Silver one."""
    assets: tuple[Asset, ...] | None = None
    """What a Silver diffusion looks for, each with its link to the person and the offence."""
    notice: Notice | None = None
    """The notice that is asked for."""
    file: FileRequest | None = None
    """What a person asks the Commission for the Control of Files for."""
    refugee: RefugeeStatus | None = None
    """Whom the sender protects, and from which country."""
    notice_ref: NoticeRef | None = None
    """Which notice the message is about: its type and number, and why its state shall change."""
    query: Query | None = None
    """What is looked for."""
    record: Entry | None = None
    """The record that is entered, changed or deleted."""

    example = "from: BR, kind: INFO_REQUEST, to: [FR], purpose: case-support, subject: a question"
    title = "A message"
    teaches = (
        "Any message that a bureau can write, from any simulated party: a question, an answer, a warning, a request "
        "for a notice, a query. It is sealed, signed, decided on and logged like every other. Say beforehand who will "
        "be able to read it and who will not, and compare."
    )
    detector = "The rules, for every addressee; the matrix shows what became of it at each."
    layer = Layer.RULE
    theme = Theme.PEOPLE
    difficulty = Difficulty.EASY
    stays_because = "what was read cannot be unread; send a correction or a cancellation"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        content = contents.CONTENTS[self.kind]
        if content not in _CONTENT_KEYS:
            raise ValueError(
                f"`{self.kind}` is an answer that the secretariat or the reviewer sends by itself; expected one of "
                + ", ".join(SENDABLE)
            )
        needed, allowed = _CONTENT_KEYS[content]
        if content is Confirmation and self.about is None:
            raise ValueError(f"`{self.kind}` needs `about`: the record it is about, like `NOM-000001`")
        if getattr(self, needed) is None:
            raise ValueError(f"`{self.kind}` needs `{needed}`")
        for key in ("subject", "text", "about", "place", "form", "person", "judicial", "assets", *_WHOLE):
            if getattr(self, key) not in (None, "") and key != needed and key not in allowed:
                raise ValueError(f"`{key}` does not go with `{self.kind}`; expected `{needed}`")
        if self.channel is not None and self.channel not in CHANNEL_OF[self.kind]:
            raise ValueError(f"`{self.kind}` does not travel on channel `{self.channel}`")
        if self.notice_ref is not None and self.kind not in _ABOUT_A_NOTICE:
            raise ValueError(f"`notice_ref` does not go with `{self.kind}`; it is for {', '.join(_ABOUT_A_NOTICE)}")
        if self.notice_ref is None and self.kind in _ABOUT_A_NOTICE and self.kind is not Kind.NOTICE_REQUEST:
            raise ValueError(f"`{self.kind}` needs `notice_ref`: type and number, like `{{type: red, id: 2026/1}}`")
        if not self.to and self.kind not in _PRESCRIBED:
            raise ValueError("`to` is missing or empty; expected a list of parties or groups, like `[BR, NO]`")
        if (self.urgency is Urgency.NORMAL) != (self.urgency_reason is None):
            raise ValueError("an urgent message, and only that, has an `urgency_reason`")
        check_marks(self.handling)
        if self.life < TICK:
            raise ValueError("`life` is nothing; expected a duration like `10d`")
        if self.record is not None and (self.record.id is None) != (self.kind is Kind.DB_RECORD):
            raise ValueError("a new record has no `id` (the secretariat gives one); a changed or deleted one needs it")
        return self

    def content(self) -> Content:
        """What will be sealed."""
        match contents.CONTENTS[self.kind]:
            case contents.Notice:
                assert self.notice is not None
                return self.notice
            case contents.FileRequest:
                assert self.file is not None
                return self.file
            case contents.RefugeeStatus:
                assert self.refugee is not None
                return self.refugee
            case queries.Query:
                assert self.query is not None
                return self.query
            case queries.RecordEntry:
                assert self.record is not None
                return RecordEntry(
                    database=self.record.database,
                    operation=_OPERATION[self.kind],
                    record=self.record.id,
                    **{name: getattr(self.record, name) for name in Particulars.model_fields},
                )
            case contents.Confirmation:
                assert self.subject is not None
                assert self.about is not None
                return Confirmation(
                    record=self.about, subject=self.subject, text=self.text, case=self.case, place=self.place
                )
            case contents.Diffusion:
                assert self.subject is not None
                facts = {name: getattr(self, name) for name in ("form", "person", "judicial", "assets")}
                return Diffusion(subject=self.subject, text=self.text, **facts)
            case _:
                assert self.subject is not None
                return Note(subject=self.subject, text=self.text)

    def _notice_ref(self) -> NoticeRef | None:
        """Which notice the header names: that of ``notice_ref``, with the type that is asked for.

        A diffusion that looks for assets always says that it is a Silver one: a bureau's form does that.
        """
        if self.form is DiffusionForm.ASSETS:
            return NoticeRef(type=NoticeType.SILVER)
        if self.notice is None:
            return self.notice_ref
        if self.notice_ref is None:
            return NoticeRef(type=self.notice.type)
        return self.notice_ref.model_copy(update={"type": self.notice.type})

    def _handling(self) -> tuple[Handling, ...]:
        """Its marks. A diffusion for arrest always says that its review is pending: a bureau's form does that."""
        wanted = self.kind is Kind.DIFFUSION and self.purpose is Purpose.WANTED
        if not wanted or Handling.REVIEW_PENDING in self.handling:
            return self.handling
        return (*self.handling, Handling.REVIEW_PENDING)

    def addressees(self) -> tuple[str, ...]:
        """``to`` as written, or what the rules prescribe where it was left out. Groups are not expanded."""
        return self.to or tuple(one for one in _PRESCRIBED.get(self.kind, ()) if one != self.sender)

    def draft(self, to: tuple[str, ...], label: str | None = None) -> Draft:
        """The message as a core would ask for it, to the parties ``to`` (groups expanded).

        ``your_ref`` and ``in_reply_to`` are left open: whoever sends it knows the references of ``answers``.
        """
        database, operation = None, None
        if self.query is not None:
            database, operation = self.query.database, Operation.QUERY
        elif self.record is not None:
            database, operation = self.record.database, _OPERATION[self.kind]
        return Draft(
            kind=self.kind,
            channel=self.channel or CHANNEL_OF[self.kind][0],
            purpose=self.purpose,
            content=self.content(),
            to=to,
            classification=self.classification,
            suite=self.suite,
            handling=self._handling(),
            tlp=self.tlp,
            grading=self.grading,
            notice=self._notice_ref(),
            database=database,
            operation=operation,
            urgency=self.urgency,
            urgency_reason=self.urgency_reason,
            lang=self.lang,
            on_behalf_of=self.on_behalf_of,
            case_ref=self.case,
            quoted=self.quotes,
            officer=self.officer,
            approvals=self.approvals,
            reply_within=self.reply_within,
            life=self.life,
            label=label,
        )

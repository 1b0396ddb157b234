"""The timeline of a scenario: steps with a time and exactly one verb each.

The verb's key is its tag: ``send:``, ``restrict:``, ``measure:`` ... A new verb is a new class (``orders``,
``faults``, ``attacks``), a new field in ``Step`` and a new name in ``Verb``. What a step refers to (parties, labels) is
checked by the loader; what a verb means is the conductor's.
"""

from datetime import timedelta
from functools import cache
from typing import Annotated, Self, get_args

from pydantic import Field, StringConstraints, model_validator

from i247sim.exercise.acts import Act, Difficulty, Layer, Theme
from i247sim.exercise.attacks import (
    CaptureBroker,
    CaptureHub,
    Compromise,
    FreeBroker,
    FreeHub,
    Replay,
    RogueBureau,
    RogueClient,
    Spoof,
    Tamper,
)
from i247sim.exercise.choice import one_of, the_only
from i247sim.exercise.claims import Expectation
from i247sim.exercise.durations import Duration, Offset
from i247sim.exercise.faults import (
    Bounce,
    Crash,
    Cut,
    CutPower,
    Delay,
    Duplicate,
    FillDisk,
    Flood,
    FreeDisk,
    Hold,
    Lose,
    Partition,
    Release,
    Reorder,
    Repair,
    Restore,
    Skew,
    Slow,
    Start,
    Stop,
)
from i247sim.exercise.happenings import Condition
from i247sim.exercise.looking import Look
from i247sim.exercise.naming import Label, MessageRef, Sentence
from i247sim.exercise.orders import Accept, Declare, Measure, Restrict, Revoke, Rotate
from i247sim.exercise.rulings import Rule
from i247sim.exercise.staging import Seat, Skip
from i247sim.vocabulary import contents
from i247sim.vocabulary.casefacts import Asset
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.contents import (
    Confirmation,
    Content,
    Diffusion,
    DiffusionForm,
    FileRequest,
    Line,
    Note,
    Notice,
    Query,
    RecordEntry,
    RefugeeStatus,
)
from i247sim.vocabulary.drafts import DEFAULT_LIFE, Draft
from i247sim.vocabulary.messages import (
    CHANNEL_OF,
    Approvals,
    CaseReference,
    Channel,
    Classification,
    Database,
    Handling,
    Kind,
    Language,
    NoticeRef,
    NoticeType,
    Operation,
    Purpose,
    QuotedRecord,
    RecordId,
    Suite,
    Tlp,
    Urgency,
    UrgencyReason,
)
from i247sim.vocabulary.parties import AUTHORITY, CONTROL, REVIEWER, SECRETARIAT, PartyId
from i247sim.vocabulary.records import Particulars
from i247sim.vocabulary.statements import Whom
from i247sim.vocabulary.times import TICK

__all__ = (
    "Accept",
    "Bounce",
    "CaptureBroker",
    "CaptureHub",
    "Compromise",
    "Crash",
    "Cut",
    "CutPower",
    "Declare",
    "Delay",
    "Duplicate",
    "FillDisk",
    "Flood",
    "FreeBroker",
    "FreeDisk",
    "FreeHub",
    "Hold",
    "Label",
    "Look",
    "Lose",
    "Measure",
    "MessageRef",
    "Partition",
    "Release",
    "Reorder",
    "Repair",
    "Replay",
    "Restore",
    "Restrict",
    "Revoke",
    "RogueBureau",
    "RogueClient",
    "Rotate",
    "Rule",
    "Seat",
    "Sentence",
    "Skew",
    "Skip",
    "Slow",
    "Spoof",
    "Start",
    "Stop",
    "Tamper",
)
"""The other verbs have files of their own; whoever reads timelines finds them here."""


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
    approvals: Approvals = ()
    """Officers who have approved a release in an emergency: opaque ids."""
    reply_within: Duration | None = None
    """Until when an answer is wanted."""
    life: Duration = DEFAULT_LIFE
    """How long the message may wait for its addressees."""

    subject: Line | None = None
    """What it is about, in a line."""
    text: contents.Text = ""
    """Its words."""
    about: RecordId | None = None
    """The record that an answer about a hit is about."""
    place: Line | None = None
    """Where somebody or something was found. Of a missing adult only with her consent (mark `may-tell`)."""
    form: DiffusionForm | None = None
    """What a diffusion is for; absent: it follows from the purpose."""
    person: contents.Person | None = None
    """Whom a diffusion is about, in fields."""
    judicial: contents.Judicial | None = None
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
            case contents.Query:
                assert self.query is not None
                return self.query
            case contents.RecordEntry:
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
            approvals=self.approvals,
            reply_within=self.reply_within,
            life=self.life,
            label=label,
        )


Verb = (
    Send
    | Restrict
    | Accept
    | Measure
    | Revoke
    | Rotate
    | Cut
    | Slow
    | Restore
    | Hold
    | Release
    | Partition
    | Repair
    | Lose
    | Duplicate
    | Reorder
    | Delay
    | Crash
    | Bounce
    | Stop
    | Start
    | CutPower
    | FillDisk
    | FreeDisk
    | Skew
    | Flood
    | Replay
    | Tamper
    | Spoof
    | Compromise
    | RogueBureau
    | RogueClient
    | CaptureBroker
    | FreeBroker
    | CaptureHub
    | FreeHub
    | Rule
    | Look
    | Seat
    | Skip
)


class Step(Word):
    """One step: when, what it is called, what it teaches, and exactly one verb."""

    at: Offset | None = None
    """Its time. Exactly one of ``at`` and ``after``."""
    after: Condition | None = None
    """What it waits for; what never happens, never starts it."""
    label: Label | None = None
    note: Sentence | None = None
    send: Send | None = None
    restrict: Restrict | None = None
    accept: Accept | None = None
    measure: Measure | None = None
    revoke: Revoke | None = None
    rotate: Rotate | None = None
    cut: Cut | None = None
    slow: Slow | None = None
    restore: Restore | None = None
    hold: Hold | None = None
    release: Release | None = None
    partition: Partition | None = None
    repair: Repair | None = None
    lose: Lose | None = None
    duplicate: Duplicate | None = None
    reorder: Reorder | None = None
    delay: Delay | None = None
    crash: Crash | None = None
    bounce: Bounce | None = None
    stop: Stop | None = None
    start: Start | None = None
    cut_power: CutPower | None = None
    fill_disk: FillDisk | None = None
    free_disk: FreeDisk | None = None
    skew: Skew | None = None
    flood: Flood | None = None
    replay: Replay | None = None
    tamper: Tamper | None = None
    spoof: Spoof | None = None
    compromise: Compromise | None = None
    rogue_bureau: RogueBureau | None = None
    rogue_client: RogueClient | None = None
    capture_broker: CaptureBroker | None = None
    free_broker: FreeBroker | None = None
    capture_hub: CaptureHub | None = None
    free_hub: FreeHub | None = None
    rule: Rule | None = None
    look: Look | None = None
    seat: Seat | None = None
    skip: Skip | None = None
    expect: Expectation | None = None
    """What should be seen of it, and by when; only of what is injected live: a scenario has a section for it."""

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        one_of(self, VERBS, "a step has exactly one verb", several="make one step of each")
        if (self.at is None) == (self.after is None):
            raise ValueError("a step has exactly one of `at` (its time) and `after` (what it waits for)")
        return self

    @property
    def offset(self) -> timedelta:
        """``at`` of a step that has a time of its own. Not for one that waits: give that a time first (``timed``)."""
        assert self.at is not None, "a step that waits has no time yet"
        return self.at

    def timed(self, at: timedelta) -> "Step":
        """The same step, due at ``at``."""
        return self.model_copy(update={"at": at, "after": None})

    @classmethod
    def of(cls, verb: Act, at: timedelta) -> Self:
        """A step that does ``verb`` at ``at``."""
        key = next(key for key, model in verbs().items() if type(verb) is model)
        return cls.model_validate({"at": at, key: verb})

    @property
    def actor(self) -> str:
        """Who carries it out: a party, the authority, or exercise control."""
        match self.verb:
            case (
                Send(sender=party)
                | Restrict(party=party)
                | Accept(party=party)
                | Flood(party=party)
                | Seat(party=party)
                | Look(party=party)
            ):
                return party
            case Measure():
                return SECRETARIAT
            case Rule() as rule:
                return rule.party
            case Revoke() | Rotate():
                return AUTHORITY
            case _:
                return CONTROL

    @property
    def verb(self) -> Verb:
        """What the step does: to be told apart with ``match``."""
        found: Verb = the_only(self, VERBS)
        return found


VERBS = tuple(name for name in Step.model_fields if name not in ("at", "after", "label", "note", "expect"))
"""The verbs' keys, in the order of the classes."""


@cache
def verbs() -> dict[str, type[Act]]:
    """Key to class of every verb, in the order of ``VERBS``."""
    return {name: get_args(Step.model_fields[name].annotation)[0] for name in VERBS}

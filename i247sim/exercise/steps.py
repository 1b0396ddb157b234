"""The timeline of a scenario: steps with a time and exactly one verb each.

The verb's key is its tag: ``send:``, ``restrict:``, ``measure:`` ... A new verb is a new class here, a new
field in ``Step`` and a new name in ``Verb``. What a step refers to (parties, labels) is checked by the
loader; what a verb means is the director's.
"""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from i247sim.exercise.durations import Duration, Offset
from i247sim.vocabulary import contents
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.contents import Confirmation, Content, Line, Note, Notice, Query, RecordEntry
from i247sim.vocabulary.drafts import DEFAULT_LIFE, Draft
from i247sim.vocabulary.messages import (
    CHANNEL_OF,
    CaseReference,
    Channel,
    Classification,
    Database,
    Handling,
    Kind,
    Language,
    NoticeRef,
    Operation,
    Purpose,
    QuotedRecord,
    RecordId,
    Suite,
    Tlp,
    Urgency,
    UrgencyReason,
)
from i247sim.vocabulary.parties import AUTHORITY, CONTROL, REVIEWER, SECRETARIAT, PartyId, State, is_party_id
from i247sim.vocabulary.statements import Bar, Whom
from i247sim.vocabulary.times import TICK

Label = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""The author's own name for a step: small letters, digits and hyphens."""
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=1000)]

_LABEL = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def _message_ref(text: str) -> str:
    if _LABEL.fullmatch(text):
        return text
    sender, mark, number = text.partition("#")
    if mark and is_party_id(sender) and re.fullmatch(r"[1-9][0-9]{0,5}", number):
        return text
    sender, *rest = text.split(":")
    if (
        is_party_id(sender)
        and 1 <= len(rest) <= 2
        and rest[0] in list(Kind)
        and (len(rest) == 1 or re.fullmatch(r"[1-9][0-9]{0,5}", rest[1]))
    ):
        return text
    raise ValueError(
        f"`{text:.60}` names no message: expected the label of a step, `FR#3` (the third message of FR),"
        " `IPSG:NOTICE_PUBLISHED` (the first of that kind) or `IPSG:NOTICE_PUBLISHED:2`"
    )


MessageRef = Annotated[str, AfterValidator(_message_ref)]
"""A message by label (``request``), by sender and number (``FR#3``), or by sender and kind
(``IPSG:NOTICE_PUBLISHED``, ``IPSG:NOTICE_PUBLISHED:2``)."""


class Entry(Word):
    """A record that an owner enters, changes or deletes; the kind of the message says which of the three."""

    database: Database
    id: RecordId | None = None
    """Which record is changed or deleted; a new one gets its id from the secretariat."""
    person: contents.Person | None = None
    document: contents.TravelDocument | None = None
    summary: Line | None = None


_OPERATION = {Kind.DB_RECORD: Operation.CREATE, Kind.DB_UPDATE: Operation.UPDATE, Kind.DB_DELETE: Operation.DELETE}
_CONTENT_KEYS: dict[type[Content], tuple[str, tuple[str, ...]]] = {
    Note: ("subject", ("text",)),
    Confirmation: ("subject", ("text", "about")),
    Notice: ("notice", ()),
    Query: ("query", ()),
    RecordEntry: ("record", ()),
}
"""For each content a scenario can write: the key it must have, and those it may have beside it."""
_PRESCRIBED: dict[Kind, tuple[str, ...]] = {
    Kind.NOTICE_REQUEST: (SECRETARIAT, REVIEWER),
    Kind.DB_QUERY: (SECRETARIAT,),
    Kind.DB_RECORD: (SECRETARIAT,),
    Kind.DB_UPDATE: (SECRETARIAT,),
    Kind.DB_DELETE: (SECRETARIAT,),
}
"""To whom a message goes if the scenario does not say: the addressees that the rules prescribe."""

SENDABLE = tuple(kind for kind in Kind if contents.CONTENTS[kind] in _CONTENT_KEYS)
"""The kinds a scenario can send. The others are the secretariat's and the reviewer's own answers."""


class Send(Word):
    """A party sends one message. Its content is given by keys that go with the kind:

    ``subject`` and ``text`` (most kinds), with ``about`` (a record) for answers to a hit; ``notice`` for a
    request; ``query`` for a query; ``record`` for entries of an owner.
    """

    sender: PartyId = Field(alias="from")
    kind: Kind
    to: Annotated[tuple[Whom, ...], Field(max_length=256)] = ()
    """Parties or groups. May be left out where the rules prescribe it (queries, records, notice requests).
    A diffusion must name `IPSG` itself: leaving it out is a mistake that the hub shows."""
    channel: Channel | None = None
    """Absent: the channel that the kind uses."""
    purpose: Purpose
    classification: Classification = Classification.OFFICIAL_USE
    suite: Suite | None = None
    """Absent: the least that channel and classification ask for. `i247-1` for a notice is refused: a thing to show."""
    urgency: Urgency = Urgency.NORMAL
    urgency_reason: UrgencyReason | None = None
    tlp: Tlp | None = None
    handling: tuple[Handling, ...] = ()
    grading: Annotated[str, StringConstraints(pattern=r"^[A-FX][1-6]$")] | None = None
    lang: Language = "en"
    on_behalf_of: PartyId | None = None
    answers: MessageRef | None = None
    """The message this one answers."""
    case: CaseReference | None = None
    quotes: Annotated[tuple[QuotedRecord, ...], Field(max_length=32)] = ()
    """Records whose content the text repeats: their owners' restrictions count."""
    reply_within: Duration | None = None
    life: Duration = DEFAULT_LIFE
    """How long the message may wait for its addressees."""

    subject: Line | None = None
    text: contents.Text = ""
    about: RecordId | None = None
    notice: Notice | None = None
    query: Query | None = None
    record: Entry | None = None

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
        for key in ("subject", "text", "about", "notice", "query", "record"):
            if getattr(self, key) not in (None, "") and key != needed and key not in allowed:
                raise ValueError(f"`{key}` does not go with `{self.kind}`; expected `{needed}`")
        if self.channel is not None and self.channel not in CHANNEL_OF[self.kind]:
            raise ValueError(f"`{self.kind}` does not travel on channel `{self.channel}`")
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
            case contents.Query:
                assert self.query is not None
                return self.query
            case contents.RecordEntry:
                assert self.record is not None
                return RecordEntry(
                    database=self.record.database,
                    operation=_OPERATION[self.kind],
                    record=self.record.id,
                    person=self.record.person,
                    document=self.record.document,
                    summary=self.record.summary,
                )
            case contents.Confirmation:
                assert self.subject is not None
                assert self.about is not None
                return Confirmation(record=self.about, subject=self.subject, text=self.text, case=self.case)
            case _:
                assert self.subject is not None
                return Note(subject=self.subject, text=self.text)

    def addressees(self) -> tuple[str, ...]:
        """``to`` as written, or what the rules prescribe where it was left out. Groups are not expanded."""
        return self.to or _PRESCRIBED.get(self.kind, ())

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
            handling=self.handling,
            tlp=self.tlp,
            grading=self.grading,
            notice=NoticeRef(type=self.notice.type) if self.notice is not None else None,
            database=database,
            operation=operation,
            urgency=self.urgency,
            urgency_reason=self.urgency_reason,
            lang=self.lang,
            on_behalf_of=self.on_behalf_of,
            case_ref=self.case,
            quoted=self.quotes,
            reply_within=self.reply_within,
            life=self.life,
            label=label,
        )


class Declare(Word):
    """A party declares its bars anew; the list replaces what it had declared before (``[]`` lifts all)."""

    party: PartyId
    bars: Annotated[tuple[Bar, ...], Field(max_length=256)]


class Restrict(Declare):
    """An owner says who may not have its data (RPD Art. 58)."""


class Accept(Declare):
    """A receiver says what it does not accept."""


class Measure(Word):
    """The secretariat sets the state of a bureau (RPD Art. 131); ``active`` lifts."""

    party: PartyId
    state: State
    reason: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")] = ""


class Revoke(Word):
    """The authority revokes a party: its certificate and key cards are no longer good."""

    party: PartyId
    reason: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")] = ""


class Cut(Word):
    """The link of a party fails. A later ``restore`` must follow, or the author says that it ``stays`` cut."""

    party: PartyId
    stays: bool = False


class Restore(Word):
    """The link of a party is whole again: neither cut nor slow."""

    party: PartyId


class Rotate(Word):
    """A party gets a new decryption key. The old one is good for ``grace`` more, then it is deleted for ever."""

    party: PartyId
    grace: Duration = timedelta()


class Slow(Word):
    """The link of a party becomes slow: what goes to it or comes from it takes ``by`` longer, until ``restore``."""

    party: PartyId
    by: Duration


class Stop(Word):
    """The broker or the hub fails. A later ``start`` must follow."""

    what: Literal["broker", "hub"]


class Start(Word):
    """Broker or hub is back."""

    what: Literal["broker", "hub"]


class Replay(Word):
    """An intruder on the sender's line sends a message once more, exactly as it was."""

    message: MessageRef


class Tamper(Word):
    """An intruder on the sender's line sends a message once more, with one bit changed."""

    message: MessageRef
    part: Literal["header", "stanza", "body", "signature"] = "body"


class Spoof(Word):
    """A bureau gone bad writes in another's name: on its own topic, and on the other's."""

    by: PartyId
    claims: PartyId
    to: PartyId
    subject: Line = "exercise: forged"


Verb = (
    Send | Restrict | Accept | Measure | Revoke | Rotate | Cut | Slow | Restore | Stop | Start | Replay | Tamper | Spoof
)


class SentWhen(Word):
    """A message was sent, whatever became of it."""

    message: MessageRef


class OpenedWhen(Word):
    """A party has opened a message."""

    message: MessageRef
    party: PartyId


class RefusedWhen(Word):
    """The hub refused a message to a party, for it alone or as a whole."""

    message: MessageRef
    party: PartyId


class Happening(Word):
    """Something that may happen in a run: exactly one of these. ``conditions.happened`` says whether and when."""

    sent: SentWhen | None = None
    opened: OpenedWhen | None = None
    refused: RefusedWhen | None = None

    @model_validator(mode="after")
    def _one_happening(self) -> Self:
        found = [name for name in HAPPENINGS if getattr(self, name) is not None]
        if len(found) != 1:
            said = " and ".join(f"`{name}`" for name in found) or "none"
            raise ValueError(f"one thing happens, found {said}; expected one of {', '.join(HAPPENINGS)}")
        return self

    @property
    def what(self) -> SentWhen | OpenedWhen | RefusedWhen:
        """What happens: to be told apart with ``match``."""
        found = self.sent or self.opened or self.refused
        assert found is not None, "one of them is there"
        return found


HAPPENINGS = tuple(Happening.model_fields)
"""The keys of what can happen."""


class Condition(Happening):
    """When something has happened, and a while after that."""

    wait: Duration = timedelta()
    """How long after it; at least a second passes in any case."""


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
    stop: Stop | None = None
    start: Start | None = None
    replay: Replay | None = None
    tamper: Tamper | None = None
    spoof: Spoof | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        found = [name for name in VERBS if getattr(self, name) is not None]
        if len(found) != 1:
            said = " and ".join(f"`{name}`" for name in found) or "none"
            raise ValueError(f"a step has exactly one verb, found {said}; expected one of {', '.join(VERBS)}")
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

    @property
    def actor(self) -> str:
        """Who carries it out: a party, the authority, or exercise control."""
        match self.verb:
            case Send(sender=party) | Restrict(party=party) | Accept(party=party):
                return party
            case Measure():
                return SECRETARIAT
            case Revoke() | Rotate():
                return AUTHORITY
            case _:
                return CONTROL

    @property
    def verb(self) -> Verb:
        """What the step does: to be told apart with ``match``."""
        found: Verb = next(verb for name in VERBS if (verb := getattr(self, name)) is not None)
        return found


VERBS = tuple(name for name in Step.model_fields if name not in ("at", "after", "label", "note"))
"""The verbs' keys, in the order of the classes."""

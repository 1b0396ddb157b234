"""The secretariat and its reviewer: ``handle(event, now) -> actions``.

The secretariat (``IPSG``) answers queries and entries, tells owners of hits, and publishes what the reviewer
(``NDTF``, a party with keys of its own) has decided. It never answers at once: every answer is planned a
little later. What it may show is decided here; what may travel, by the hub.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.node.actions import Action, Decide, Remark, Schedule, Send
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold
from i247sim.policy.statements import barred
from i247sim.secretariat.databases import Databases, Record
from i247sim.secretariat.review import missing_from
from i247sim.vocabulary.contents import (
    Content,
    Finding,
    HitReport,
    Note,
    Notice,
    NoticePublication,
    NoticeVerdict,
    Query,
    QueryResult,
    RecordEntry,
)
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.duties import delay
from i247sim.vocabulary.messages import (
    Channel,
    Classification,
    Database,
    Header,
    Kind,
    NoticeRef,
    NoticeType,
    Operation,
    Purpose,
    QuotedRecord,
    Urgency,
    UrgencyReason,
)
from i247sim.vocabulary.parties import SECRETARIAT, Role
from i247sim.vocabulary.statements import Bars

ANSWER_AFTER = (2, 2)
"""Seconds until a query or an entry is answered. Always the same, so that time does not tell a hit from a miss."""
CANCEL_AFTER = (30, 60)
"""Seconds until a diffusion that cannot be checked is cancelled."""
PUBLISH_AFTER = (60, 300)
"""Seconds between the reviewer's decision and publication."""


PURPOSE_OF = {
    NoticeType.RED: Purpose.WANTED,
    NoticeType.BLUE: Purpose.LOCATE,
    NoticeType.GREEN: Purpose.WARN,
    NoticeType.YELLOW: Purpose.IDENTIFY,
    NoticeType.BLACK: Purpose.IDENTIFY,
    NoticeType.PURPLE: Purpose.WARN,
    NoticeType.ORANGE: Purpose.WARN,
    NoticeType.UN_SPECIAL: Purpose.WARN,
    NoticeType.SILVER: Purpose.LOCATE,
    NoticeType.ART: Purpose.LOCATE,
}
"""What a notice of a type is published for (RPD Arts 82 to 96 and 10)."""
AUDIENCE = (Role.BUREAU, Role.SUB_BUREAU)
"""Whom a notice is for: all bureaus and sub-bureaus, less those its requester bars."""


@dataclass(frozen=True)
class CancelDiffusion:
    """A diffusion whose copy for the secretariat does not open."""

    header: Header
    code: Code


@dataclass(frozen=True)
class AnswerQuery:
    """A query waits for its answer."""

    header: Header
    query: Query


@dataclass(frozen=True)
class AnswerEntry:
    """An entry waits to be made and answered."""

    header: Header
    entry: RecordEntry


@dataclass(frozen=True)
class Publish:
    """A notice that the reviewer has decided on waits for publication."""

    verdict: NoticeVerdict
    requester: str
    type: NoticeType
    decision: str
    salt: str
    classification: Classification
    purpose: Purpose


@dataclass
class SecretariatCore:
    """``IPSG``. Keeps what owners have restricted, as the hub tells it, and honours it before the hub does."""

    directory: Directory
    seed: int
    databases: Databases = field(default_factory=Databases)
    _restrictions: dict[str, Bars] = field(default_factory=dict)
    _notices: int = 0
    _count: int = 0

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``."""
        match event:
            case MessageOpened():
                return self._plan(event)
            case MessageUnreadable(header=header) if header.kind is Kind.DIFFUSION:
                return [Schedule(self._after("cancel", CANCEL_AFTER), CancelDiffusion(header, event.code))]
            case MessageUnreadable():
                return []
            case CauseDue(cause=CancelDiffusion() as cause):
                return self._cancel(cause)
            case StatementTold(payload=Bars() as bars):
                self._restrictions[event.author] = bars
                return []
            case StatementTold():
                return []
            case DirectoryTold():
                self.directory = event.directory
                return []
            case CauseDue(cause=AnswerQuery() as cause):
                return self._answer_query(cause)
            case CauseDue(cause=AnswerEntry() as cause):
                return self._answer_entry(cause)
            case CauseDue(cause=Publish() as cause):
                return self._publish(cause, now)
            case _:
                raise AssertionError(f"not a cause of the secretariat: {event!r:.80}")

    def _plan(self, event: MessageOpened) -> list[Action]:
        header = event.header
        match event.content:
            case Query() as query:
                return [Schedule(self._after("query", ANSWER_AFTER), AnswerQuery(header, query))]
            case RecordEntry() as entry:
                return [Schedule(self._after("entry", ANSWER_AFTER), AnswerEntry(header, entry))]
            case NoticeVerdict(publish=True) as verdict:
                return self._plan_publication(header, verdict, event.salt)
            case _:
                return []

    def _plan_publication(self, header: Header, verdict: NoticeVerdict, salt: str | None) -> list[Action]:
        notice = header.notice
        if notice is None or notice.decision is None or verdict.notice is None or salt is None:
            return [Remark("a decision to publish without decision, content or salt was not carried out")]
        cause = Publish(
            verdict,
            verdict.request.rsplit("-", 2)[0],
            notice.type,
            notice.decision,
            salt,
            header.classification,
            PURPOSE_OF[notice.type],
        )
        return [Schedule(self._after("publish", PUBLISH_AFTER), cause)]

    def _after(self, purpose: str, after: tuple[int, int]) -> timedelta:
        self._count += 1
        return delay(self.seed, SECRETARIAT, purpose, self._count, after)

    # --- notices

    def _publish(self, cause: Publish, now: datetime) -> list[Action]:
        notice = cause.verdict.notice
        assert notice is not None, "planned only with its content"
        self._notices += 1
        number = f"{now.year}/{self._notices}"
        made: str | None = None
        if notice.person is not None:
            made = f"NOM-{900_000 + self._notices}"
            summary = f"{cause.type} notice {number} of {cause.requester}: {notice.subject}"[:400]
            record = Record(made, cause.requester, Database.NOMINAL, notice.person, summary=summary, noticed=True)
            self.databases.load([record])
        # A notice about nobody made no record; it quotes its own entry in the register of notices. In either case
        # the quotation names the requester, whose restrictions hold for what is published on its behalf.
        quoted = made or f"NTC-{self._notices:06d}"
        audience = tuple(entry.party for entry in self.directory.with_role(*AUDIENCE))
        left_out = frozenset(
            party
            for party in audience
            if self._bars(cause.requester, party, Channel.NOTICE, Kind.NOTICE_PUBLISHED, cause.purpose, quoted)
        )
        return [
            Send(
                Draft(
                    kind=Kind.NOTICE_PUBLISHED,
                    channel=Channel.NOTICE,
                    purpose=cause.purpose,
                    content=NoticePublication(id=number, requester=cause.requester, notice=notice, record=made),
                    audience=audience,
                    barred=left_out,
                    classification=cause.classification,
                    notice=NoticeRef(type=cause.type, id=number, decision=cause.decision),
                    your_ref=cause.verdict.request,
                    quoted=(QuotedRecord(owner=cause.requester, record=quoted),),
                    salt=cause.salt,
                )
            )
        ]

    def _cancel(self, cause: CancelDiffusion) -> list[Action]:
        """A diffusion that the secretariat cannot check: all its addressees, and its sender, are told to drop it."""
        header = cause.header
        told = [one.party for one in header.to or () if one.party != SECRETARIAT]
        note = Note(
            subject=f"diffusion {header.own_ref} is cancelled",
            text=f"The secretariat cannot read its copy ({cause.code}), so nobody has checked it. Delete it.",
        )
        return [
            Remark(
                f"incident: the copy of diffusion {header.own_ref} for the secretariat does not open ({cause.code})"
            ),
            Send(
                Draft(
                    kind=Kind.DIFFUSION_CANCEL,
                    channel=Channel.DIFFUSION,
                    purpose=header.purpose,
                    content=note,
                    to=tuple(dict.fromkeys((*told, header.sender))),
                    classification=header.classification,
                    your_ref=header.own_ref,
                    in_reply_to=header.id,
                )
            ),
        ]

    # --- databases

    def _answer_query(self, cause: AnswerQuery) -> list[Action]:
        header, query = cause.header, cause.query
        matches = self.databases.search(query)
        open_ = [match for match in matches if not self._hidden(match.record, header)]
        finding = Finding.NO_RECORD
        if open_:
            exact = len(open_) == 1 and ("document" in open_[0].fields or len(open_[0].fields) == 3)
            finding = Finding.HIT if exact else Finding.CANDIDATES
        result = QueryResult(finding=finding, hits=tuple(match.hit() for match in open_))
        # A hit quotes records; the quotation is declared only towards the owners, in the notices below: a header
        # that showed it would tell a hit from a miss to everybody who sees headers.
        actions: list[Action] = [Send(self._reply(header, Kind.DB_RESULT, Channel.QUERY, result, Operation.QUERY))]
        for match in matches:
            if match not in open_:
                actions.append(self._report(header, match.record, Kind.RESTRICTED_HIT, (match.record.owner,)))
            elif finding is Finding.HIT and match.record.owner != header.sender:
                bureau = self._bureau(header.sender)
                to = tuple(dict.fromkeys((match.record.owner, bureau)))
                actions.append(self._report(header, match.record, Kind.HIT_NOTICE, to))
        return actions

    def _report(self, header: Header, record: Record, kind: Kind, to: tuple[str, ...]) -> Action:
        report = HitReport(
            record=record.id,
            database=record.database,
            owner=record.owner,
            querier=self._bureau(header.sender),
            query=header.own_ref,
        )
        return Send(
            Draft(
                kind=kind,
                channel=Channel.ADMIN,
                purpose=header.purpose,
                content=report,
                to=to,
                classification=header.classification,
                urgency=Urgency.URGENT,
                urgency_reason=UrgencyReason.FLIGHT_RISK,
                quoted=(QuotedRecord(owner=record.owner, record=record.id),),
            )
        )

    def _hidden(self, record: Record, header: Header) -> bool:
        """Whether the record's owner bars the querier: from queries, or from notices if a notice made the record."""
        if record.owner == header.sender:
            return False
        channels = [(Channel.QUERY, Kind.DB_RESULT)]
        if record.noticed:
            channels.append((Channel.NOTICE, Kind.NOTICE_PUBLISHED))
        return any(
            self._bars(record.owner, header.sender, channel, kind, header.purpose, record.id)
            for channel, kind in channels
        )

    def _bars(self, owner: str, reader: str, channel: Channel, kind: Kind, purpose: Purpose, record: str) -> bool:
        """Whether ``owner`` or one of its parents bars ``reader``: the same question that the hub's rules ask."""
        return barred(self.directory, self._restrictions, owner, reader, channel, kind, purpose, record)

    def _bureau(self, party: str) -> str:
        """The bureau that answers for a querier: itself, or the first of its parents that is one."""
        for entry in self.directory.lineage(party):
            if entry.role in (Role.BUREAU, Role.INTERNATIONAL):
                return entry.party
        return party

    def _answer_entry(self, cause: AnswerEntry) -> list[Action]:
        header = cause.header
        entered = self.databases.enter(header.sender, cause.entry)
        result = QueryResult(finding=Finding.NO_RECORD, code=entered.code, record=entered.record)
        return [Send(self._reply(header, Kind.DB_RESULT, Channel.QUERY, result, cause.entry.operation))]

    def _reply(self, header: Header, kind: Kind, channel: Channel, content: Content, operation: Operation) -> Draft:
        return Draft(
            kind=kind,
            channel=channel,
            purpose=header.purpose,
            content=content,
            to=(header.sender,),
            classification=header.classification,
            database=header.database,
            operation=operation if header.database else None,
            case_ref=header.case_ref,
            your_ref=header.own_ref,
            in_reply_to=header.id,
        )


@dataclass(frozen=True)
class Review:
    """A request waits to be decided on."""

    header: Header
    notice: Notice


@dataclass
class ReviewerCore:
    """``NDTF``: decides on requests for notices after a seeded while. ``publish`` is the scenario's will for those
    that are complete; ``code`` is its reason when it is not to publish."""

    party: str
    seed: int
    after: tuple[int, int]
    publish: bool = True
    code: Code | None = None
    _count: int = 0

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``."""
        match event:
            case MessageOpened(content=Notice() as notice, header=header):
                self._count += 1
                after = delay(self.seed, self.party, "review", self._count, self.after)
                return [Schedule(after, Review(header, notice))]
            case MessageOpened() | MessageUnreadable() | StatementTold() | DirectoryTold():
                return []
            case CauseDue(cause=Review() as review):
                missing = missing_from(review.notice)
                publish = self.publish and not missing
                code = None if publish else (Code.DATA if missing else self.code)
                return [Decide(review.header, review.notice, publish, code, missing)]
            case _:
                raise AssertionError(f"not a cause of the reviewer: {event!r:.80}")

"""The desk for queries and entries: it answers, and tells owners of hits. Who may see what was found is decided here.

It never answers at once, and always after the same time: time must not tell a hit from a miss.
"""

from dataclasses import dataclass
from datetime import datetime

from i247sim.node.actions import Action, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.databases import Databases, Record
from i247sim.secretariat.office import Office, reply
from i247sim.vocabulary.contents import Finding, HitReport, Query, QueryResult, RecordEntry
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.messages import Channel, Header, Kind, Operation, QuotedRecord, Urgency, UrgencyReason

ANSWER_AFTER = (2, 2)
"""Seconds until a query or an entry is answered. Always the same, so that time does not tell a hit from a miss."""


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


@dataclass
class QueryDesk:
    """Answers queries and entries from ``databases``."""

    office: Office
    databases: Databases
    causes = (AnswerQuery, AnswerEntry)

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Plan the answer."""
        match event.content:
            case Query() as query:
                return [Schedule(self.office.after("query", ANSWER_AFTER), AnswerQuery(event.header, query))]
            case RecordEntry() as entry:
                return [Schedule(self.office.after("entry", ANSWER_AFTER), AnswerEntry(event.header, entry))]
            case _:
                return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Its sender has the rejection."""
        return []

    def due(self, cause: AnswerQuery | AnswerEntry, now: datetime) -> list[Action]:
        """Answer."""
        match cause:
            case AnswerQuery():
                return self._answer_query(cause)
            case AnswerEntry():
                return self._answer_entry(cause)

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
        actions: list[Action] = [Send(reply(header, Kind.DB_RESULT, Channel.QUERY, result, Operation.QUERY))]
        for match in matches:
            if match not in open_:
                actions.append(self._report(header, match.record, Kind.RESTRICTED_HIT, (match.record.owner,)))
            elif finding is Finding.HIT and match.record.owner != header.sender:
                bureau = self.office.bureau(header.sender)
                to = tuple(dict.fromkeys((match.record.owner, bureau)))
                actions.append(self._report(header, match.record, Kind.HIT_NOTICE, to))
        return actions

    def _report(self, header: Header, record: Record, kind: Kind, to: tuple[str, ...]) -> Action:
        report = HitReport(
            record=record.id,
            database=record.database,
            owner=record.owner,
            querier=self.office.bureau(header.sender),
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
            self.office.bars(record.owner, header.sender, channel, kind, header.purpose, record.id)
            for channel, kind in channels
        )

    def _answer_entry(self, cause: AnswerEntry) -> list[Action]:
        header = cause.header
        entered = self.databases.enter(header.sender, cause.entry)
        result = QueryResult(finding=Finding.NO_RECORD, code=entered.code, record=entered.record)
        return [Send(reply(header, Kind.DB_RESULT, Channel.QUERY, result, cause.entry.operation))]

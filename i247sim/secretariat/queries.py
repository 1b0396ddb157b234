"""The desk for queries: it answers in two steps, and tells owners of hits. Who may see what was found is decided here.

It never answers at once, always after the same time, and answers to searches are of one size: neither time nor size
tells a hit from a miss. What an owner has barred, and what is classified above the query, is answered like what is
not there; its owner alone is told (``RESTRICTED_HIT``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.copies import copy_for
from i247sim.secretariat.databases import Databases, Record
from i247sim.secretariat.hits import MOST_SHOWN, Match, finding_of, search, whole_of, would_find
from i247sim.secretariat.office import Office, reply
from i247sim.secretariat.register import Asked, Register, RegisteredHit
from i247sim.secretariat.wellformed import wrong_with_search
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.contents import Confirmation
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Database, Header, Operation, QuotedRecord, Urgency, UrgencyReason
from i247sim.vocabulary.parties import Role
from i247sim.vocabulary.queries import Answered, Finding, HitReport, Look, Query, QueryResult
from i247sim.vocabulary.records import Search

ANSWER_AFTER = (2, 2)
"""Seconds until a query is answered. Always the same, so that time does not tell a hit from a miss."""
FULL_BYTES = 3_600
"""Answers to a search are filled up to this: as long as one with ``MOST_SHOWN`` hits."""
SHOWN_IN_BATCH = 2
FULL_BYTES_IN_BATCH = 1_100
"""The same for each search of a batch, of whose hits so many are shown."""


@dataclass(frozen=True)
class AnswerQuery:
    """A query waits for its answer."""

    header: Header
    query: Query


@dataclass
class QueryDesk:
    """Answers queries from ``databases``, and keeps the registers."""

    office: Office
    databases: Databases
    register: Register = field(default_factory=Register)
    causes = (AnswerQuery,)

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Plan the answer."""
        match event.content:
            case Query() as query:
                return [Schedule(self.office.after("query", ANSWER_AFTER), AnswerQuery(event.header, query))]
            case Confirmation(record=record):
                before = self.register.follow(event.header.kind, record)
                return self._let_go(event.header, record) if before == "arrested" else []
            case _:
                return []

    def _let_go(self, header: Header, record: str) -> list[Action]:
        """Who was arrested is free again: did the requester take no steps (RPD Art. 81)? A person looks at that."""
        known = self.databases.records.get(record)
        if header.kind is not Kind.LOCATED_NOTIFY or known is None or not known.noticed:
            return []
        what = f"{header.sender} has let go of {record} after an arrest"
        return [Remark(f"{what}: if {known.owner} took no steps, does its notice stand? A person decides (Art. 81)")]

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Its sender has the rejection."""
        return []

    def due(self, cause: AnswerQuery, now: datetime) -> list[Action]:
        """Answer."""
        header, query = cause.header, cause.query
        problems = self._wrong(header, query)
        if problems:
            result = QueryResult(finding=Finding.REFUSED, code=Code.DATA, problems=problems, as_of=now)
            return [self._answer(header, result)]
        if query.looks:
            return [self._answer(header, self._tell_looks(header, query, now))]
        if query.copy_:
            copy = copy_for(self.office, self.databases, header, query.database, now)
            return [self._answer(header, QueryResult(finding=Finding.DONE, as_of=now, copy_=copy))]
        if query.record is not None:
            return self._show_whole(header, query, now)
        if query.batch is not None:
            return self._answer_batch(header, query, query.batch, now)
        open_, reports = self._find(header, query.database, query, now, MOST_SHOWN)
        result = self._result(query.database, open_, now)
        if self._is_partner(header.sender):
            result = QueryResult(finding=Finding.REFER if open_ else Finding.OK, as_of=now)
        # A hit quotes records; the quotation is declared only towards the owners, in the reports: a header that
        # showed it would tell a hit from a miss to everybody who sees headers.
        return [self._answer(header, _filled(result, FULL_BYTES)), *reports]

    def arrived(self, records: Sequence[Record], now: datetime) -> list[Action]:
        """Records are new: whoever asked for them before, and found nothing, is told now (``DELAYED_HIT``)."""
        actions: list[Action] = []
        new = {record.id for record in records}
        for asked in self.register.open_questions(now) if records else ():
            for record in records:
                known = record.id in asked.shown or (record.part_of in asked.shown)
                match = None if known else would_find(asked.database, asked.search, record)
                if match is None or not match.sure or record.owner == self.office.bureau(asked.header.sender):
                    continue
                hidden = self._hidden(record, asked.header)
                self._note(record, asked.header, now, shown=not hidden, asked=asked.search)
                if record.part_of in new and would_find(asked.database, asked.search, self._with(record)) is not None:
                    continue  # told with its person
                kind = Kind.RESTRICTED_HIT if hidden else Kind.DELAYED_HIT
                actions += self._report(asked.header, record, kind, now)
        return actions

    def _with(self, part: Record) -> Record:
        """The record that ``part`` was made with."""
        return self.databases.records[part.subject]

    # --- what is asked

    def _wrong(self, header: Header, query: Query) -> tuple[str, ...]:
        """Everything that is wrong with a query."""
        asked = query.asked()
        ways = [name for name in ("record", "batch", "copy_") if getattr(query, name) is not None]
        if self._is_partner(header.sender) and (ways or set(asked) != {"document"}):
            return ("a partner asks by number and country of a document, and by nothing else",)
        if query.looks and query.record is None:
            return ("`looks` needs `record`: which record was looked at",)
        if len(ways) > 1 or (ways and asked):
            said = " and ".join(f"`{name.rstrip('_')}`" for name in (*ways, *asked))
            return (f"a query asks for one thing, found {said}",)
        if header.database is not query.database:
            return (f"the header says database `{header.database}`, the query `{query.database}`",)
        if query.record is not None or query.copy_ or query.batch is not None:
            return ()  # each of a batch is answered for itself
        return wrong_with_search(query.database, query)

    def _find(
        self, header: Header, database: Database, asked: Search, now: datetime, most: int
    ) -> tuple[list[Match], list[Action]]:
        """The matches that the querier may see, all of them, and the reports to owners. Notes who looked."""
        found = search(self.databases, database, asked, now.date())
        open_ = [match for match in found if not self._hidden(match.record, header)]
        reports: list[Action] = []
        shown = {match.record.id for match in open_[:most]}
        ids = frozenset(match.record.id for match in found)
        for match in found:
            seen = match.record.id in shown
            if seen or match not in open_:
                self._note(match.record, header, now, shown=seen, asked=asked)
            if match.record.part_of in ids:
                continue  # a listed document beside its person: one hit
            if match not in open_:
                reports += self._report(header, match.record, Kind.RESTRICTED_HIT, now)
            elif match.sure and match.record.owner != header.sender:
                reports += self._report(header, match.record, Kind.HIT_NOTICE, now)
        search_only = Search(**{name: getattr(asked, name) for name in asked.asked()})
        self.register.asked.append(Asked(now, header, database, search_only, ids))
        return open_, reports

    def _result(self, database: Database, open_: list[Match], now: datetime) -> QueryResult:
        finding = finding_of(database, open_)
        if finding is Finding.INCONCLUSIVE:
            return QueryResult(finding=finding, as_of=now)
        more = max(0, len(open_) - MOST_SHOWN) or None
        hits = tuple(match.hit() for match in open_[:MOST_SHOWN])
        return QueryResult(finding=finding, hits=hits, as_of=now, more=more)

    def _answer_batch(self, header: Header, query: Query, batch: Sequence[Search], now: datetime) -> list[Action]:
        answers: list[Answered] = []
        reports: list[Action] = []
        for one in batch:
            problems = wrong_with_search(query.database, one)
            if problems:
                answers.append(Answered(finding=Finding.REFUSED, problems=problems))
                continue
            open_, told = self._find(header, query.database, one, now, SHOWN_IN_BATCH)
            hits = tuple(match.hit() for match in open_[:SHOWN_IN_BATCH])
            answers.append(Answered(finding=finding_of(query.database, open_), hits=hits))
            reports += told
        best = next((one for one in _BEST_FIRST if any(answer.finding is one for answer in answers)), Finding.NO_RECORD)
        result = QueryResult(finding=best, batch=tuple(answers), as_of=now)
        return [self._answer(header, _filled(result, len(batch) * FULL_BYTES_IN_BATCH)), *reports]

    def _show_whole(self, header: Header, query: Query, now: datetime) -> list[Action]:
        """The second step: the whole of one record."""
        nothing = QueryResult(finding=Finding.NO_RECORD, as_of=now)
        record = self.databases.get(query.record or "", now.date())
        if record is None or (record.database is not query.database and query.database is not Database.BORDER):
            return [self._answer(header, _filled(nothing, FULL_BYTES))]
        hidden = self._hidden(record, header)
        self._note(record, header, now, shown=not hidden)
        if hidden:
            report = self._report(header, record, Kind.RESTRICTED_HIT, now)
            return [self._answer(header, _filled(nothing, FULL_BYTES)), *report]
        found = Match(record, 100, ("record",), True)
        result = QueryResult(finding=Finding.HIT, hits=(found.hit(),), as_of=now, whole=whole_of(record))
        return [self._answer(header, _filled(result, FULL_BYTES))]

    def _tell_looks(self, header: Header, query: Query, now: datetime) -> QueryResult:
        """Who has looked, for the owner alone; to everybody else there is no such record."""
        record = self.databases.get(query.record or "", now.date())
        line = [entry.party for entry in self.office.directory.lineage(header.sender)]
        if record is None or record.owner not in (header.sender, *line):
            return QueryResult(finding=Finding.NO_RECORD, as_of=now)
        return QueryResult(
            finding=Finding.DONE, record=record.id, as_of=now, looks=self.register.looks(record.id)[-_MOST_LOOKS:]
        )

    # --- who sees what

    def _hidden(self, record: Record, header: Header) -> bool:
        """Whether the querier may not see it: its owner bars it (from queries, or from notices if a notice made the
        record), or it is classified above the query, at whose level the answer travels."""
        if record.owner == header.sender:
            return False
        if record.classification.level > header.classification.level:
            return True
        channels = [(Channel.QUERY, Kind.DB_RESULT)]
        if record.noticed:
            channels.append((Channel.NOTICE, Kind.NOTICE_PUBLISHED))
        return any(
            self.office.bars(record.owner, header.sender, channel, kind, header.purpose, id_)
            for channel, kind in channels
            for id_ in (record.id, record.part_of)
            if id_ is not None
        )

    def _is_partner(self, party: str) -> bool:
        entry = self.office.directory.entries.get(party)
        return entry is not None and entry.role is Role.PARTNER

    def _note(self, record: Record, header: Header, now: datetime, *, shown: bool, asked: Search | None = None) -> None:
        """For the owner: somebody was shown its record. ``asked``: what was searched for; none, for the whole of it."""
        if record.owner == header.sender:
            return
        look = Look(
            time=now,
            querier=header.sender,
            query=header.own_ref,
            purpose=header.purpose,
            shown=shown,
            whole=asked is None,
            asked=asked.words() if asked is not None else None,
            case=header.case_ref,
            officer=header.officer,
        )
        self.register.looked(record.id, look)

    # --- what is said

    def _answer(self, header: Header, result: QueryResult) -> Action:
        return Send(reply(header, Kind.DB_RESULT, Channel.QUERY, result, Operation.QUERY))

    def _report(self, header: Header, record: Record, kind: Kind, now: datetime) -> list[Action]:
        """To the owner; of a hit that is not restricted also to the bureau that answers for the querier."""
        bureau = self.office.bureau(header.sender)
        self.register.hits.append(RegisteredHit(now, kind, record.subject, record.owner, bureau, header.own_ref))
        # A file has records of countries that take no part: nobody is there to be told, nor to have barred anybody.
        there = self.office.directory.enrolled(record.owner)
        to = [record.owner] if there else []
        if kind is not Kind.RESTRICTED_HIT and not self._is_partner(bureau):
            to.append(bureau)
        if not to:
            return []
        report = HitReport(
            record=record.subject,
            database=record.database,
            owner=record.owner,
            querier=bureau,
            query=header.own_ref,
        )
        draft = Draft(
            kind=kind,
            channel=Channel.ADMIN,
            purpose=header.purpose,
            content=report,
            to=tuple(dict.fromkeys(to)),
            classification=header.classification,
            urgency=Urgency.URGENT,
            urgency_reason=UrgencyReason.FLIGHT_RISK,
            quoted=(QuotedRecord(owner=record.owner, record=record.subject),) if there else (),
        )
        return [Send(draft)]


_BEST_FIRST = (Finding.HIT, Finding.CANDIDATES, Finding.INCONCLUSIVE, Finding.NO_RECORD, Finding.REFUSED)
_MOST_LOOKS = 200


def _filled(result: QueryResult, size: int) -> QueryResult:
    """``result`` with blanks up to ``size`` bytes; longer ones stay as they are."""
    missing = size - len(canonical(result.model_copy(update={"fill": ""})))
    return result.model_copy(update={"fill": " " * missing}) if missing > 0 else result

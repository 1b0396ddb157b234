"""The desk for records: owners enter, change, delete and renew; and every record has an end (RPD Arts 46, 49, 50).

Before its review date an owner is reminded; if it says nothing, the record is deleted. Dates that are farther away
than an exercise lasts are not waited for: they count when the record is looked up.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.databases import Databases, Record
from i247sim.secretariat.office import Office, reply
from i247sim.secretariat.queries import ANSWER_AFTER
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Header, Purpose, QuotedRecord
from i247sim.vocabulary.parties import Role
from i247sim.vocabulary.queries import Finding, QueryResult, RecordEntry
from i247sim.vocabulary.times import TICK

REMIND_BEFORE = timedelta(days=14)
"""So long before the review date the owner is asked (exercise rule)."""
WAITED_FOR = timedelta(days=60)
"""Review dates farther away than this are not waited for: an exercise would go on until then."""


@dataclass(frozen=True)
class AnswerEntry:
    """An entry waits to be made and answered."""

    header: Header
    entry: RecordEntry


@dataclass(frozen=True)
class Remind:
    """The review date of a record is near."""

    record: str
    review_on: str


@dataclass(frozen=True)
class Expire:
    """The review date of a record has come."""

    record: str
    review_on: str


@dataclass
class EntryDesk:
    """Makes what owners enter, and ends what they do not renew."""

    office: Office
    databases: Databases
    causes = (AnswerEntry, Remind, Expire)

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Plan the entry."""
        match event.content:
            case RecordEntry() as entry:
                return [Schedule(self.office.after("entry", ANSWER_AFTER), AnswerEntry(event.header, entry))]
            case _:
                return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Its sender has the rejection."""
        return []

    def due(self, cause: AnswerEntry | Remind | Expire, now: datetime) -> list[Action]:
        """Enter and answer, remind, or delete."""
        match cause:
            case AnswerEntry(header=header, entry=entry):
                return self._enter(header, entry, now)
            case Remind(record=id_, review_on=review_on):
                record = self._unchanged(id_, review_on)
                return [] if record is None else [Send(_reminder(record))]
            case Expire(record=id_, review_on=review_on):
                if self._unchanged(id_, review_on) is None:
                    return []
                self.databases.remove(id_)
                return [Remark(f"the record {id_} was not renewed by {review_on} and is deleted")]

    def _enter(self, header: Header, entry: RecordEntry, now: datetime) -> list[Action]:
        line = [one.party for one in self.office.directory.lineage(header.sender)]
        entered = self.databases.enter(self._owner(header.sender), line, entry, now.date())
        result = QueryResult(
            finding=Finding.REFUSED if entered.code else Finding.DONE,
            code=entered.code,
            problems=entered.problems or None,
            record=entered.record,
            as_of=now,
        )
        actions: list[Action] = [Send(reply(header, Kind.DB_RESULT, Channel.QUERY, result, entry.operation))]
        record = self.databases.records.get(entered.record or "")
        return actions if record is None else [*actions, *plan_review(record, now)]

    def _owner(self, party: str) -> str:
        """Who owns what ``party`` enters: a national entity enters for its bureau (RPD Art. 21)."""
        for entry in self.office.directory.lineage(party):
            if entry.role in (Role.BUREAU, Role.SUB_BUREAU, Role.INTERNATIONAL):
                return entry.party
        return party

    def _unchanged(self, id_: str, review_on: str) -> Record | None:
        """The record, if it is there and was not renewed in the meantime."""
        record = self.databases.records.get(id_)
        return record if record is not None and record.review_on == review_on else None


def plan_review(record: Record, now: datetime) -> list[Action]:
    """What is to be done about the end of a record, if that is near enough to be waited for."""
    return [Schedule(at - now, cause) for at, cause in review_causes(record, now)]


def review_causes(record: Record, now: datetime) -> list[tuple[datetime, Remind | Expire]]:
    """(Time, cause) of reminder and end of ``record``, in order; nothing, if its review is far away."""
    if record.review_on is None:
        return []
    end = datetime.combine(date.fromisoformat(record.review_on), datetime.min.time(), UTC)
    if end > now + WAITED_FOR:
        return []
    end = max(end, now + 2 * TICK)
    remind = max(end - REMIND_BEFORE, now + TICK)
    return [(remind, Remind(record.id, record.review_on)), (end, Expire(record.id, record.review_on))]


def _reminder(record: Record) -> Draft:
    note = Note(
        subject=f"record {record.id} ends on {record.review_on}",
        text="Renew it with a new review date if it is still needed and correct. Without an answer it is deleted.",
    )
    return Draft(
        kind=Kind.COMPLIANCE_QUERY,
        channel=Channel.ADMIN,
        purpose=Purpose.COMPLIANCE,
        content=note,
        to=(record.owner,),
        classification=record.classification,
        quoted=(QuotedRecord(owner=record.owner, record=record.id),),
    )

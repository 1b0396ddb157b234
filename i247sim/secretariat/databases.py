"""Records that bureaus own and the secretariat keeps, in eleven databases; only owners change theirs.

What the exercise enters is kept here (``records``), and is the fold of what the secretariat has handled. A large set
that was there before comes from a read-only file behind ``Holdings``: never written, so that the same file and the
same events give the same answers. Who may see what was found is not decided here but in ``queries``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from i247sim.secretariat.matching import name_keys
from i247sim.secretariat.wellformed import last_review, wrong_with_record
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.messages import Classification, Database, Operation
from i247sim.vocabulary.parties import country_of
from i247sim.vocabulary.queries import RecordEntry
from i247sim.vocabulary.record_ids import PREFIX_OF
from i247sim.vocabulary.records import (
    Data,
    ListedDocument,
    Person,
    TravelDocument,
    marks,
)

FIRST_OF_NOTICES = 900_000
"""From this number on are records that notices made; those of a file are above 10,000,000."""
COMPOSITE = (Database.SLTD, Database.TDAWN, Database.NOMINAL)
"""What a border asks at once, in this order."""


@dataclass(frozen=True)
class Record:
    """One record. ``data`` is of the database's class."""

    id: str
    owner: str
    database: Database
    data: Data
    summary: str = ""
    noticed: bool = False
    """Whether a notice made it."""
    classification: Classification = Classification.OFFICIAL_USE
    created_on: str | None = None
    review_on: str | None = None
    """The day on which it is deleted unless its owner renews it; ``None``: not within this exercise."""
    action: str | None = None
    """What the owner asks of whoever finds it."""
    part_of: str | None = None
    """The record it was made with and goes with: a listed document's person."""

    @property
    def subject(self) -> str:
        """The record that bureaus speak of: of a listed document, its person."""
        return self.part_of or self.id

    def over(self, today: date) -> bool:
        """Whether its time is over: it is then as good as deleted (RPD Art. 50: silence means deletion)."""
        return self.review_on is not None and self.review_on <= today.isoformat()


class Holdings(Protocol):
    """Records that were there before the exercise: a read-only index. Its answers never change."""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what it holds."""

    def record(self, id_: str) -> Record | None:
        """The record with this id."""

    def marked(self, database: Database, mark: str) -> Sequence[Record]:
        """Records with this exact mark (``records.marks``), in order of id."""

    def sounding(self, keys: Sequence[int], born: str | None) -> Sequence[Record]:
        """Persons filed under some of these ``matching.name_keys``, those with most keys in common first; at most
        some hundred. ``born`` puts those of that year before others."""


@dataclass(frozen=True)
class Entered:
    """The result of an entry: the record's id, or the code of a refusal and everything that is wrong."""

    record: str | None
    code: Code | None = None
    problems: tuple[str, ...] = ()


@dataclass
class Databases:
    """All records by id."""

    holdings: Holdings | None = None
    records: dict[str, Record] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    """Records of the file that were deleted or changed."""
    _marked: dict[tuple[Database, str], dict[str, None]] = field(default_factory=dict)
    _last: dict[Database, int] = field(default_factory=dict)
    _new: list[Record] = field(default_factory=list)

    # --- reading

    def get(self, id_: str, today: date) -> Record | None:
        """The record with this id, unless its time is over."""
        record = self.records.get(id_)
        if record is None and self.holdings is not None and id_ not in self.gone:
            record = self.holdings.record(id_)
        return None if record is None or record.over(today) else record

    def marked(self, database: Database, mark: str, today: date) -> list[Record]:
        """Records with this exact mark, in order of id."""
        found = [self.records[id_] for id_ in self._marked.get((database, mark), ())]
        if self.holdings is not None:
            found += [record for record in self.holdings.marked(database, mark) if record.id not in self.gone]
        return sorted((record for record in found if not record.over(today)), key=lambda record: record.id)

    def persons(self, names: Sequence[str], born: str | None, today: date) -> Iterator[Record]:
        """Persons who may bear one of ``names``: all of the exercise's own, and of the file those that sound alike."""
        yield from self.all_of(Database.NOMINAL, today)
        if self.holdings is not None:
            for record in self.holdings.sounding(name_keys(*names), born):
                if record.id not in self.gone and not record.over(today):
                    yield record

    def all_of(self, database: Database, today: date) -> Iterator[Record]:
        """The exercise's own records of a database, in the order in which they were made."""
        for record in list(self.records.values()):
            if record.database is database and not record.over(today):
                yield record

    # --- writing

    def load(self, records: Iterable[Record]) -> None:
        """Put records in as they are: those of the beginning, and those that a notice makes."""
        for record in records:
            self._put(record)

    def remove(self, id_: str) -> None:
        """Take a record out, with what was made with it. Nothing happens if it is not there."""
        for part in [record for record in self.records.values() if record.part_of == id_]:
            self.remove(part.id)
        record = self.records.pop(id_, None)
        if record is None:
            self.gone.add(id_)
            return
        for _, mark in marks(record.data):
            self._marked[record.database, mark].pop(id_, None)

    def take_new(self) -> list[Record]:
        """The records that were made or changed since this was asked last."""
        new, self._new = self._new, []
        return new

    def enter(self, owner: str, line: Sequence[str], entry: RecordEntry, today: date) -> Entered:
        """``owner`` creates, changes or deletes a record of its own. Nothing changes on a refusal.

        ``line``: who has a say in the records of others, the sender and those above it.
        """
        known: Record | None = None
        if entry.operation is not Operation.CREATE:
            known = self.get(entry.record or "", today)
            mine = known is not None and (known.owner == owner or known.owner in line)
            if known is None or not mine or known.database is not entry.database or known.part_of is not None:
                # Somebody else's record and no record at all are answered alike.
                return Entered(None, Code.RIGHTS, ("this is no record of yours in that database",))
        if entry.operation is Operation.DELETE:
            assert known is not None
            self.remove(known.id)
            return Entered(known.id)
        problems = wrong_with_record(entry.database, entry, today)
        if problems:
            return Entered(None, Code.DATA, problems)
        data = entry.data
        assert data is not None, "a record without data is ill-formed"
        holder = known.owner if known is not None else owner
        if isinstance(data, TravelDocument) and data.document.country != country_of(holder):
            return Entered(None, Code.RIGHTS, (f"only the issuing country `{data.document.country}` may enter this",))
        if isinstance(data, ListedDocument):
            return Entered(None, Code.RIGHTS, ("documents are listed from notices alone",))
        if known is None:
            number = self._last.get(entry.database, 0) + 1
            fresh = self._made(f"{PREFIX_OF[entry.database]}-{number:06d}", holder, entry, data, today)
        else:
            fresh = replace(
                self._made(known.id, holder, entry, data, today), noticed=known.noticed, created_on=known.created_on
            )
            self.remove(known.id)
        self._put(fresh)
        return Entered(fresh.id)

    def numbered(self) -> dict[str, int]:
        """How the ids of each database begin (`NOM`), to the number that it gave an owner's entry last."""
        return {PREFIX_OF[database]: number for database, number in self._last.items()}

    def _made(self, id_: str, owner: str, entry: RecordEntry, data: Data, today: date) -> Record:
        database = entry.database
        return Record(
            id_,
            owner,
            database,
            data,
            entry.summary or "",
            classification=entry.classification or Classification.OFFICIAL_USE,
            created_on=today.isoformat(),
            review_on=entry.review_on or last_review(database, today).isoformat(),
            action=entry.action,
        )

    def _put(self, record: Record) -> None:
        self.records[record.id] = record
        for _, mark in marks(record.data):
            self._marked.setdefault((record.database, mark), {})[record.id] = None
        self._new.append(record)
        if record.noticed:
            self._list_documents(record)
        number = int(record.id.rpartition("-")[2])
        # Records of notices and of a file have numbers of their own: an owner's next entry must not run into them.
        if number < FIRST_OF_NOTICES:
            self._last[record.database] = max(self._last.get(record.database, 0), number)

    def _list_documents(self, record: Record) -> None:
        """TDAWN: the valid documents of a person in a notice are listed, under the notice's owner."""
        if not isinstance(record.data, Person):
            return
        for number, document in enumerate(record.data.documents, 1):
            listed = Record(
                f"{PREFIX_OF[Database.TDAWN]}-{record.id.rpartition('-')[2]}{number:02d}",
                record.owner,
                Database.TDAWN,
                ListedDocument(document=document, person=record.id),
                record.summary,
                noticed=True,
                classification=record.classification,
                created_on=record.created_on,
                review_on=record.review_on,
                action=record.action,
                part_of=record.id,
            )
            self.records[listed.id] = listed
            for _, mark in marks(listed.data):
                self._marked.setdefault((Database.TDAWN, mark), {})[listed.id] = None
            self._new.append(listed)

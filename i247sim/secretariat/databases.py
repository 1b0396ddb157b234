"""Records that bureaus own and the secretariat keeps: travel documents (SLTD) and persons (nominal).

Only owners change their records, and only the issuing country may enter a travel document. Who may see what was
found is not decided here but in ``core``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from i247sim.vocabulary.contents import Document, Hit, Person, Query, RecordEntry, TravelDocument
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.messages import Database, Operation

_PREFIX = {Database.NOMINAL: "NOM", Database.SLTD: "SLTD"}
_INSTRUCTION = {
    Database.NOMINAL: "do not act before the owner has confirmed; a notice is no arrest warrant",
    Database.SLTD: "examine the document, do not act before the issuing bureau has confirmed",
}


@dataclass(frozen=True)
class Record:
    """One record. Exactly one of ``person`` and ``document`` is set, by ``database``."""

    id: str
    owner: str
    database: Database
    person: Person | None = None
    document: TravelDocument | None = None
    summary: str = ""
    noticed: bool = False
    """Whether a notice made it."""


@dataclass(frozen=True)
class Match:
    """A record that a query found, and by which fields."""

    record: Record
    fields: tuple[str, ...]

    def hit(self) -> Hit:
        """What the querier is shown."""
        return Hit(
            database=self.record.database,
            record=self.record.id,
            owner=self.record.owner,
            matched=self.fields,
            summary=self.record.summary or "no summary",
            instruction=_INSTRUCTION[self.record.database],
        )


@dataclass(frozen=True)
class Entered:
    """The result of an entry: the record's id, or the code of a refusal."""

    record: str | None
    code: Code | None


@dataclass
class Databases:
    """All records by id."""

    records: dict[str, Record] = field(default_factory=dict)
    _last: dict[Database, int] = field(default_factory=dict)

    def load(self, records: Iterable[Record]) -> None:
        """Records that are there when the exercise begins."""
        for record in records:
            self._put(record)

    def _put(self, record: Record) -> None:
        self.records[record.id] = record
        if record.noticed:
            # Records of notices have numbers of their own (``core``): an owner's next entry must not run into them.
            return
        number = int(record.id.rpartition("-")[2])
        self._last[record.database] = max(self._last.get(record.database, 0), number)

    def enter(self, owner: str, entry: RecordEntry) -> Entered:
        """An owner creates, changes or deletes a record of its own. Nothing changes on a refusal."""
        if entry.operation is Operation.CREATE:
            return self._create(owner, entry)
        known = self.records.get(entry.record or "")
        if known is None or known.owner != owner or known.database is not entry.database:
            # Somebody else's record and no record at all are answered alike.
            return Entered(None, Code.RIGHTS)
        if entry.operation is Operation.DELETE:
            del self.records[known.id]
            return Entered(known.id, None)
        fresh = self._made(known.id, owner, entry)
        if fresh is None:
            return Entered(None, Code.DATA)
        self._put(fresh)
        return Entered(known.id, None)

    def _create(self, owner: str, entry: RecordEntry) -> Entered:
        number = self._last.get(entry.database, 0) + 1
        fresh = self._made(f"{_PREFIX[entry.database]}-{number:06d}", owner, entry)
        if fresh is None:
            return Entered(None, Code.DATA)
        if fresh.document is not None and fresh.document.document.country != owner[:2]:
            return Entered(None, Code.RIGHTS)
        self._put(fresh)
        return Entered(fresh.id, None)

    def _made(self, id_: str, owner: str, entry: RecordEntry) -> Record | None:
        """The record of an entry, or ``None`` if its minimum data are not there."""
        person = entry.person if entry.database is Database.NOMINAL else None
        document = entry.document if entry.database is Database.SLTD else None
        if person is None and document is None:
            return None
        return Record(id_, owner, entry.database, person, document, entry.summary or "")

    def search(self, query: Query) -> list[Match]:
        """Records that match exactly, in order of id. Not found does not mean clean."""
        found: list[Match] = []
        for id_ in sorted(self.records):
            record = self.records[id_]
            fields = _matching(record, query) if record.database is query.database else ()
            if fields:
                found.append(Match(record, fields))
        return found


def _matching(record: Record, query: Query) -> tuple[str, ...]:
    """The fields by which ``record`` answers ``query``: a document, or name and birth together."""
    if record.document is not None:
        return ("document",) if _same(record.document.document, query.document) else ()
    person = record.person
    assert person is not None, "a record has a person or a document"
    if query.document is not None:
        return ("document",) if any(_same(one, query.document) for one in person.documents) else ()
    if query.family_name is None or query.family_name.casefold() != person.family_name.casefold():
        return ()
    fields = ["family_name"]
    for name, asked, held in (
        ("forename", query.forename, person.forename),
        ("born", query.born, person.born),
    ):
        if asked is None:
            continue
        if asked.casefold() != held.casefold():
            return ()
        fields.append(name)
    return tuple(fields)


def _same(held: Document, asked: Document | None) -> bool:
    return asked is not None and (held.number, held.country) == (asked.number, asked.country)

"""A file of pre-filled records (SQLite), made once by ``generator`` and only read afterwards.

Travel documents (SLTD) by exact mark, persons (nominal) by document or by the sound of their names. Nothing in it
changes during an exercise: what owners change is kept by the exercise itself (``secretariat.databases``). All
invented; ids are above ten million, document numbers begin with ``EX``, and every summary says so.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from i247sim.audit.log import DAMAGED, open_database
from i247sim.secretariat.databases import Record
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.records import Document, Person, TravelDocument, marks

FORMAT = "i247sim records 1"
FIRST_ID = 10_000_001
"""Ids of the file's records begin here: an exercise never gives such a high number itself."""
MOST_SOUNDING = 50
"""So many persons that sound alike are looked at closely."""
_YEAR_COUNTS = 3
"""How many common keys the same year of birth is worth, when those to look at are chosen."""
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE sltd (
    id INTEGER PRIMARY KEY, country TEXT NOT NULL, number TEXT NOT NULL, type TEXT NOT NULL, fraud TEXT NOT NULL,
    stolen_on TEXT NOT NULL, review_on TEXT NOT NULL
) STRICT;
CREATE TABLE nominal (
    id INTEGER PRIMARY KEY, owner TEXT NOT NULL, person TEXT NOT NULL, summary TEXT NOT NULL, review_on TEXT NOT NULL
) STRICT;
CREATE TABLE nominal_mark (mark TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (mark, id)) STRICT, WITHOUT ROWID;
CREATE TABLE sound (
    key INTEGER NOT NULL, id INTEGER NOT NULL, year INTEGER NOT NULL, PRIMARY KEY (key, id)
) STRICT, WITHOUT ROWID;
"""
_Row = TypeVar("_Row", bound=tuple[Any, ...])
_INDEX = "CREATE INDEX sltd_mark ON sltd (number, country)"


@dataclass(frozen=True)
class About:
    """What a file says of itself."""

    sltd: int
    nominal: int
    seed: int
    digest: str
    """SHA-256 (hex) of all rows in order: the same seed and numbers give the same records."""


TravelRow = tuple[int, str, str, str, str, str, str]
"""Id, country, number, type, fraud, stolen on, review on."""
PersonRow = tuple[int, str, str, str, str]
"""Id, owner, person (canonical JSON), summary, review on."""


def _tables(database: sqlite3.Connection) -> set[tuple[str, str]]:
    """Name and definition of everything in a database that has one."""
    found = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
    return set(database.execute(found))


@cache
def _expected_tables() -> set[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.executescript(f"{_SCHEMA};{_INDEX}")
        return _tables(database)


class RecordFile:
    """An open record file: ``secretariat.databases.Holdings``."""

    def __init__(self, path: Path) -> None:
        """Open for reading. Raises ``InputError`` if it is not such a file."""
        self._path = path
        if not path.is_file():
            raise InputError(f"`{path}` is no record file: there is none; `i247sim records generate` makes one")
        try:
            # Nothing writes to it any more, so it needs no locks: many exercises may read it at once.
            self._db = open_database(path, read_only=True)
            if _tables(self._db) != _expected_tables():
                # In a file of a stranger, what is called a table can be a question without end.
                raise ValueError("its tables are not those of one")
            meta = dict(self._db.execute("SELECT key, value FROM meta"))
            self.about = About(int(meta["sltd"]), int(meta["nominal"]), int(meta["seed"]), meta["digest"])
        except (*DAMAGED, InputError, KeyError, ValueError) as error:
            raise InputError(f"`{path}` is no record file: {error}") from error
        if meta.get("format") != FORMAT:
            raise InputError(f"`{path}` has another format: expected `{FORMAT}`, found `{meta.get('format')}`")

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what it holds, as it says."""
        return self.about.digest

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # --- look-ups

    def record(self, id_: str) -> Record | None:
        """The record with this id (``SLTD-10000001``)."""
        prefix, _, number = id_.partition("-")
        if prefix == "SLTD":
            found = self._travel_documents("SELECT * FROM sltd WHERE id = ?", (int(number),))
        elif prefix == "NOM":
            found = self._people("SELECT * FROM nominal WHERE id = ?", (int(number),))
        else:
            found = []
        return found[0] if found else None

    def marked(self, database: Database, mark: str) -> list[Record]:
        """Records with this exact mark, in order of id."""
        country, _, number = mark.partition(":")
        if database is Database.SLTD:
            query = "SELECT * FROM sltd WHERE number = ? AND country = ? ORDER BY id"
            return self._travel_documents(query, (number, country))
        if database is Database.NOMINAL:
            query = "SELECT nominal.* FROM nominal_mark JOIN nominal USING (id) WHERE mark = ? ORDER BY id"
            return self._people(query, (mark,))
        return []

    def sounding(self, keys: Sequence[int], born: str | None) -> list[Record]:
        """Persons filed under some of ``keys``, best first, at most ``MOST_SOUNDING``."""
        if not keys:
            return []
        year = int(born[:4]) if born else 0
        query = (
            "SELECT nominal.* FROM (SELECT id, count(*) + ? * (year = ?) AS common FROM sound"  # noqa: S608 - only placeholders are put in
            f" WHERE key IN ({','.join('?' * len(keys))}) GROUP BY id ORDER BY common DESC, id LIMIT ?)"
            " JOIN nominal USING (id) ORDER BY common DESC, id"
        )
        return self._people(query, (_YEAR_COUNTS, year, *keys, MOST_SOUNDING))

    def _travel_documents(self, query: str, values: tuple[Any, ...]) -> list[Record]:
        with self._reading():
            return [_travel_document(row) for row in self._db.execute(query, values)]

    def _people(self, query: str, values: tuple[Any, ...]) -> list[Record]:
        with self._reading():
            return [_person(row) for row in self._db.execute(query, values)]

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Raises ``InputError`` where the file is damaged."""
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            raise InputError(f"the record file `{self._path}` is damaged: {str(error).splitlines()[0]}") from error

    # --- the whole

    def travel_documents(self) -> Iterator[TravelRow]:
        """All rows of SLTD in order of id. Raises ``InputError`` where the file is damaged."""
        with self._reading():
            yield from self._db.execute("SELECT * FROM sltd ORDER BY id")

    def persons(self) -> Iterator[PersonRow]:
        """All rows of nominal in order of id. Raises ``InputError`` where the file is damaged."""
        with self._reading():
            yield from self._db.execute("SELECT * FROM nominal ORDER BY id")


class RecordFileWriter:
    """Makes a record file. Rows come in order of id, travel documents first."""

    def __init__(self, path: Path) -> None:
        """Begin a new file. Raises ``InputError`` if it is there already or cannot be made."""
        if path.exists():
            raise InputError(f"`{path}` exists already; name another file")
        self._path = path
        self._digest = hashlib.sha256(FORMAT.encode())
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            # A file that is not finished is thrown away: no journal, no waiting for the disk.
            self._db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
            self._db.execute("BEGIN")
        except sqlite3.Error as error:
            with contextlib.suppress(OSError):
                path.unlink()
            raise InputError(f"`{path}` cannot be written: {error}") from error

    def travel_documents(self, rows: Iterable[TravelRow]) -> None:
        """Add rows of SLTD."""
        self._db.executemany("INSERT INTO sltd VALUES (?, ?, ?, ?, ?, ?, ?)", self._hashed(rows))

    def persons(self, rows: Iterable[tuple[PersonRow, Person, Sequence[int]]]) -> None:
        """Add rows of nominal, each with the person and the keys of its names."""
        filed: list[tuple[int, int, int]] = []
        marked: list[tuple[str, int]] = []

        def each() -> Iterator[PersonRow]:
            for row, person, keys in rows:
                year = int(person.born[:4])
                filed.extend((key, row[0], year) for key in keys)
                marked.extend((mark, row[0]) for _, mark in marks(person))
                yield row

        self._db.executemany("INSERT INTO nominal VALUES (?, ?, ?, ?, ?)", self._hashed(each()))
        # In order of their keys: a tree that grows at its end only.
        self._db.executemany("INSERT OR IGNORE INTO sound VALUES (?, ?, ?)", sorted(filed))
        self._db.executemany("INSERT OR IGNORE INTO nominal_mark VALUES (?, ?)", sorted(marked))

    def finish(self, sltd: int, nominal: int, seed: int) -> About:
        """Index and close. Returns what the file says of itself."""
        about = About(sltd, nominal, seed, self._digest.hexdigest())
        self._db.execute(_INDEX)
        meta = {"format": FORMAT, "sltd": sltd, "nominal": nominal, "seed": seed, "digest": about.digest}
        meta["notice"] = "exercise: every person and document in this file is invented"
        self._db.executemany("INSERT INTO meta VALUES (?, ?)", [(key, str(value)) for key, value in meta.items()])
        self._db.execute("COMMIT")
        self._db.execute("ANALYZE")
        self._db.close()
        return about

    def discard(self) -> None:
        """Throw an unfinished file away."""
        self._db.close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _hashed(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        for row in rows:
            self._digest.update(repr(row).encode())
            yield row


def digest_of(file: RecordFile) -> str:
    """The digest of what the file really holds, computed anew."""
    digest = hashlib.sha256(FORMAT.encode())
    for rows in (file.travel_documents(), file.persons()):
        for row in rows:
            digest.update(repr(row).encode())
    return digest.hexdigest()


def _travel_document(row: TravelRow) -> Record:
    id_, country, number, type_, fraud, stolen_on, review_on = row
    document = Document.model_validate({"number": number, "country": country, "type": type_})
    data = TravelDocument.model_validate({"document": document, "fraud": fraud, "stolen_on": stolen_on})
    summary = f"EXERCISE: {fraud} {type_}, reported {stolen_on}"
    return Record(f"SLTD-{id_}", country, Database.SLTD, data, summary, review_on=review_on)


def _person(row: PersonRow) -> Record:
    id_, owner, person, summary, review_on = row
    data = Person.model_validate_json(person)
    return Record(f"NOM-{id_}", owner, Database.NOMINAL, data, summary, review_on=review_on)

"""The mailbox, outbox and journal of one process, for all the parties in it, in one SQLite file.

Writes of one turn of the event loop are committed together (``flush``): what a party publishes or
acknowledges is on disk first. After a kill the same file tells everything that is needed to go on.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from i247sim.audit.durable import WriteAhead
from i247sim.security.copies import whole
from i247sim.vocabulary import codec
from i247sim.vocabulary.errors import InputError, NetworkFailed

# What holds whole messages has rowids: without them SQLite puts most of a long row on pages of its own.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    party TEXT NOT NULL, counter INTEGER NOT NULL, digest TEXT NOT NULL, id TEXT, wire BLOB NOT NULL,
    receipted INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (party, counter)
) STRICT;
CREATE TABLE IF NOT EXISTS sent (
    party TEXT NOT NULL, ordinal INTEGER NOT NULL, id TEXT, facts TEXT NOT NULL, PRIMARY KEY (party, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (
    party TEXT NOT NULL, id TEXT NOT NULL, header TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (party, id)
) STRICT;
CREATE TABLE IF NOT EXISTS inbox (
    party TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, ref TEXT, status TEXT NOT NULL, code TEXT,
    time TEXT NOT NULL, body BLOB, own BLOB NOT NULL, shared BLOB, PRIMARY KEY (party, number)
) STRICT;
CREATE TABLE IF NOT EXISTS shared (digest BLOB PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE VIEW IF NOT EXISTS received AS SELECT
    inbox.party, inbox.number, inbox.id, inbox.ref, inbox.status, inbox.code, inbox.time, inbox.body,
    whole(inbox.own, shared.data) AS copy FROM inbox LEFT JOIN shared ON shared.digest = inbox.shared;
CREATE INDEX IF NOT EXISTS inbox_id ON inbox (id, party);
CREATE INDEX IF NOT EXISTS inbox_ref ON inbox (ref, party);
CREATE TABLE IF NOT EXISTS standing (
    party TEXT PRIMARY KEY, received INTEGER NOT NULL, newest TEXT, checked TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS directory (
    number INTEGER PRIMARY KEY, time TEXT NOT NULL, frame BLOB NOT NULL, attached TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS happened (
    seq INTEGER PRIMARY KEY, party TEXT NOT NULL, time TEXT NOT NULL, what TEXT NOT NULL, number INTEGER NOT NULL,
    wire BLOB
) STRICT;
CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT;
"""


_MOST_SHARED = 256


@dataclass(frozen=True)
class Happened:
    """One event that a core has handled.

    ``what`` is ``cause`` (``number``: the cause's), ``message`` or ``unreadable`` (its number in the mailbox),
    ``statement`` (``wire``: the signed frame), ``directory`` (its number), ``reseal`` (``wire``: id and party). And two
    plans of exercise control: ``pulse`` (to let the party's slow link through) and ``awaited`` (a waiting step's
    ``number`` is due at the time in ``wire``).
    """

    party: str
    time: str
    what: str
    number: int
    wire: bytes | None = None


class Store:
    """One process's mailbox file. For one event loop; one writer."""

    def __init__(self, path: Path | None) -> None:
        """``path`` of the file, made if missing; ``None`` keeps all in memory (throw-away networks)."""
        try:
            self._db = sqlite3.connect(path if path is not None else ":memory:", isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._write_ahead = WriteAhead(path)
            self._write_ahead.prepare(self._db)
            self._db.create_function("whole", 2, _whole, deterministic=True)
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise InputError(f"the mailbox `{path}` cannot be opened: {error}") from error
        self._waiting: asyncio.Future[None] | None = None
        self._flushing: asyncio.Task[None] | None = None
        self.closed = False
        """Whether it has been closed: nothing can be read any more."""
        self._gathered: dict[str, list[tuple[Any, ...]]] = {}
        self._shared: dict[bytes, None] = {}
        """Digests of what was shared last."""
        self._failure: str | None = None
        """What the disk has refused, once it has."""

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        """Write, inside the transaction that the next ``flush`` commits.

        Raises ``NetworkFailed`` if the disk refuses, as every method here does from then on.
        """
        with self._writing():
            self._write_gathered()
            self._begin()
            self._db.execute(statement, values)

    def insert(self, statement: str, values: tuple[Any, ...]) -> None:
        """Like ``execute``, where the order among different statements does not matter: gathered, and written together
        before anything else or at the flush.
        """
        self._gathered.setdefault(statement, []).append(values)

    def share(self, digest: bytes, data: bytes) -> None:
        """Keep, once for all parties, what the copies of one message have in common (``inbox.shared``)."""
        if digest in self._shared:
            return
        if len(self._shared) >= _MOST_SHARED:
            del self._shared[next(iter(self._shared))]
        self._shared[digest] = None
        self.insert("INSERT OR IGNORE INTO shared (digest, data) VALUES (?, ?)", (digest, data))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """After one refusal nothing more is written: SQLite may have undone what others wrote before it."""
        if self._failure is not None:
            raise NetworkFailed(self._failure)
        try:
            yield
        except sqlite3.Error as error:
            self._failure = f"the mailbox cannot be written: {error}"
            raise NetworkFailed(self._failure) from error

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")

    def _write_gathered(self) -> None:
        if self._gathered:
            self._begin()
            for statement, rows in self._gathered.items():
                self._db.executemany(statement, rows)
            self._gathered.clear()

    def rows(self, query: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Read; sees what is written and not yet flushed."""
        with self._writing():
            self._write_gathered()
            return iter(self._db.execute(query, values).fetchall())

    def row(self, query: str, values: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or ``None``."""
        with self._writing():
            self._write_gathered()
            found: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
            return found

    def flushed_row(self, query: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Like ``row``, without what ``insert`` has gathered: cheap, for what must be older than that."""
        with self._writing():
            found: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
            return found

    async def flush(self) -> None:
        """Return once everything written so far is on disk; what gathers while the disk is busy shares one commit.

        Raises ``NetworkFailed`` if the disk refuses: nothing of it may then be published.
        """
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_future()
            if self._flushing is None:
                self._flushing = asyncio.ensure_future(self._flush_all())
        await asyncio.shield(self._waiting)

    async def _flush_all(self) -> None:
        while self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            try:
                self._write_out()
                await self._sync()
            except NetworkFailed as error:
                waiting.set_exception(error)
            else:
                waiting.set_result(None)
        self._flushing = None

    async def _sync(self) -> None:
        try:
            await self._write_ahead.sync()
        except OSError as error:
            self._failure = f"the mailbox cannot be written: {error}"
            raise NetworkFailed(self._failure) from error

    def _write_out(self) -> None:
        with self._writing():
            self._write_gathered()
            if self._db.in_transaction:
                self._db.execute("COMMIT")

    def happened(self, event: Happened) -> None:
        """Remember that a core has handled an event: a resumed process replays these in order."""
        self.insert(
            "INSERT INTO happened (party, time, what, number, wire) VALUES (?, ?, ?, ?, ?)",
            (event.party, event.time, event.what, event.number, event.wire),
        )

    def all_happened(self) -> Iterator[Happened]:
        """Every event that a core has handled, in order."""
        for row in self.rows("SELECT party, time, what, number, wire FROM happened ORDER BY seq"):
            yield Happened(*row)

    def journal(self, line: dict[str, Any]) -> None:
        """Append one line to the exercise's journal."""
        self.insert("INSERT INTO journal (line) VALUES (?)", (codec.line(line),))

    def journal_lines(self) -> Iterator[str]:
        """The journal so far, one JSON text per line."""
        for (line,) in self.rows("SELECT line FROM journal ORDER BY seq"):
            yield line

    def close(self) -> None:
        """Commit what is written and close. Raises ``NetworkFailed`` if the disk refuses; it is closed all the same."""
        if self._flushing is not None:
            self._flushing.cancel()
        self.closed = True
        try:
            self._write_out()
        finally:
            self._write_ahead.close()
            self._db.close()


def _whole(own: bytes, shared: bytes | None) -> bytes:
    """The copy that a row of the inbox stands for."""
    return own if shared is None else whole(shared, own)

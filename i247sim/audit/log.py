"""The log's tables in the hub's SQLite database, and the tree that follows them, of which the newest part is in memory.

The hub keeps other tables in the same database and writes them in the same transaction: ``Log``
joins it. The tree grows only after the commit, so whatever is proven or signed is written already. How durable a
commit is is the connection's affair: SQLite's ``synchronous = FULL``, unless its owner syncs itself (``durable``).

Triggers refuse changes and deletions. They stop mistakes, not an owner of the file: that needs the
checkpoints that others hold (``verify``).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from i247sim.audit.checkpoint import (
    Checkpoint,
    NoteSigner,
    NoteVerifier,
    open_checkpoint,
    open_cosignature,
    sign_checkpoint,
)
from i247sim.audit.tree import HASH_BYTES, Tree, leaf_hash
from i247sim.vocabulary.errors import EvidenceError, InputError

TABLES: Final = {
    "log_entry": "CREATE TABLE log_entry (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, data BLOB NOT NULL) STRICT",
    "log_checkpoint": "CREATE TABLE log_checkpoint (size INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
    "log_cosignature": "CREATE TABLE log_cosignature (size INTEGER NOT NULL, party TEXT NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (size, party)) STRICT",
}
"""The log's tables by name, exactly as SQLite keeps their definition."""

# `INSERT OR REPLACE` deletes without firing the delete trigger, so insertion has triggers of its own.
_TRIGGERS: Final = (
    *(
        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table}"
        " BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER log_entry_insert BEFORE INSERT ON log_entry"
    " WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM log_entry)"
    " BEGIN SELECT RAISE(ABORT, 'the log is append-only: not the next index'); END",
    "CREATE TRIGGER log_checkpoint_insert BEFORE INSERT ON log_checkpoint"
    " WHEN EXISTS (SELECT 1 FROM log_checkpoint WHERE size = NEW.size)"
    " BEGIN SELECT RAISE(ABORT, 'the log is append-only: a second checkpoint of one size'); END",
    "CREATE TRIGGER log_cosignature_insert BEFORE INSERT ON log_cosignature"
    " WHEN EXISTS (SELECT 1 FROM log_cosignature WHERE size = NEW.size AND party = NEW.party)"
    " BEGIN SELECT RAISE(ABORT, 'the log is append-only: a second cosignature'); END",
)
DAMAGED: Final = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged or crafted file can raise: SQLite may quote its bytes in an error that is no UTF-8."""
_MAX_VALUE_BYTES = 16 * 1024 * 1024


def open_database(path: Path, read_only: bool = False) -> sqlite3.Connection:
    """Open (or create) a database file for a log and whatever else its owner keeps beside it.

    The connection commits only where told (``isolation_level=None``: begin with ``BEGIN IMMEDIATE``
    or ``Log.transaction``) and belongs to the thread that opened it. ``read_only`` is for a database that nobody
    has open (``close_database``): nothing is locked or written, and values beyond 16 MiB are refused, since the
    file may come from anybody. Raises ``InputError`` if it cannot be opened.
    """
    try:
        if read_only:
            # `immutable` keeps SQLite from making a -shm file beside the evidence.
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
            connection.isolation_level = None
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        else:
            connection = sqlite3.connect(path, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
    except DAMAGED as error:
        raise InputError(f"the database `{path}` cannot be opened: {error}") from error
    return connection


def close_database(connection: sqlite3.Connection) -> None:
    """Close a database so that everything is in its one file, without ``-wal`` and ``-shm`` beside it."""
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()


def read_entries(connection: sqlite3.Connection) -> Iterator[tuple[int, bytes]]:
    """All entries as (index, bytes), in order, none left out.

    Raises ``EvidenceError`` where that cannot be: in a file of a stranger, what is called a table can be a question
    without end, and rows can come round again. Holds no entry against its hash.
    """
    check_tables(connection)
    yield from _read_entries(connection, 0, None)


def _read_entries(connection: sqlite3.Connection, start: int, stop: int | None) -> Iterator[tuple[int, bytes]]:
    end = -1 if stop is None else max(0, stop - start)
    rows = connection.execute("SELECT idx, data FROM log_entry WHERE idx >= ? ORDER BY idx LIMIT ?", (start, end))
    with closing(rows):
        for expected, (index, data) in enumerate(rows, start):
            if index != expected or not isinstance(data, bytes):
                raise EvidenceError(f"entry `{expected}` of the log is missing or no entry")
            yield index, data


def check_tables(connection: sqlite3.Connection) -> None:
    """Raises ``EvidenceError`` unless the log's tables are those that a log makes: no view, no computed column."""
    found = dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE name IN (?, ?, ?)", tuple(TABLES)))
    for name, definition in TABLES.items():
        if found.get(name) != definition:
            raise EvidenceError(f"the log's table `{name}` is missing or not the one that the log makes")


class Log:
    """The evidence log in one database connection. One writer per database file.

    Opening makes the tables where they are missing, rebuilds the tree from the stored leaf hashes
    and holds it against the newest checkpoint; ``EvidenceError`` if they do not agree. (That entries
    match their leaf hashes is ``verify``'s business.)
    """

    def __init__(self, connection: sqlite3.Connection, key: NoteVerifier) -> None:
        """``connection`` as from ``open_database``, outside a transaction; ``key`` is the one that signs this log."""
        self._connection = connection
        self._key = key
        self._pending: list[bytes] = []
        _create(connection)
        check_tables(connection)
        self._tree = Tree(stored=self._leaves)
        self._follow()
        self._newest = self._stored_newest()

    @property
    def tree(self) -> Tree:
        """The tree over everything that is committed. Read it; only the log adds to it."""
        return self._tree

    @property
    def size(self) -> int:
        """How many entries are committed."""
        return self._tree.size

    @property
    def newest_checkpoint(self) -> str | None:
        """The text of the newest checkpoint that this log has signed, if any."""
        return self._newest[1] if self._newest else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One durable transaction, for the log's tables and all others: commits at the end, or nothing happens.

        Any exception inside, or while committing (a full disk: ``sqlite3.OperationalError``), rolls all
        back and goes on to the caller; tree and tables agree afterwards.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after some errors, such as a full disk.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self.rolled_back()
            raise
        self.committed()

    def append(self, entries: Sequence[bytes]) -> int:
        """Write entries inside the open transaction and return the index of the first.

        Raises ``sqlite3.Error`` if the database refuses; then roll back. The tree does not know these entries
        before ``committed``.
        """
        assert self._connection.in_transaction, "entries are appended inside a transaction"
        first = self._tree.size + len(self._pending)
        leaves = [leaf_hash(data) for data in entries]
        self._connection.executemany(
            "INSERT INTO log_entry (idx, leaf, data) VALUES (?, ?, ?)",
            zip(range(first, first + len(leaves)), leaves, entries, strict=True),
        )
        self._pending += leaves
        return first

    def committed(self) -> None:
        """The caller's transaction is committed: the tree takes what was appended. (``transaction`` calls this.)"""
        assert not self._connection.in_transaction, "the transaction is still open"
        for leaf in self._pending:
            self._tree.append(leaf)
        self._pending.clear()

    def rolled_back(self) -> None:
        """The caller's transaction came to nothing: what was appended is forgotten. (``transaction`` calls this.)

        After a failed commit the table decides what is true, and the tree follows it.
        """
        assert not self._connection.in_transaction, "the transaction is still open"
        self._pending.clear()
        self._follow()
        self._newest = self._stored_newest()

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Entries ``start`` to before ``stop`` (or the end) as (index, bytes), in order."""
        return _read_entries(self._connection, start, stop)

    def checkpoint(self, signer: NoteSigner) -> str:
        """Sign and store a checkpoint over everything committed; the newest text again if nothing was added since.

        Joins an open transaction, but states only what was committed before it: also after a
        rollback the text stays true. Raises ``EvidenceError`` rather than contradict an older checkpoint.
        """
        if self._newest:
            check_prefix(self._tree, self._newest[0])
            if self._newest[0].size == self._tree.size:
                return self._newest[1]
        size, root = self._tree.size, self._tree.root()
        text = sign_checkpoint(size, root, signer)
        self._connection.execute("INSERT INTO log_checkpoint (size, text) VALUES (?, ?)", (size, text))
        self._newest = (Checkpoint(signer.name, size, root), text)
        return text

    def checkpoints(self) -> Iterator[str]:
        """The stored checkpoint texts, smallest size first."""
        for (text,) in self._connection.execute("SELECT text FROM log_checkpoint ORDER BY size"):
            yield text

    def store_cosignature(self, party: str, text: str, witness: NoteVerifier) -> Checkpoint:
        """Check and keep a checkpoint that ``party`` cosigned (``checkpoint.cosign``); a second time changes nothing.

        Raises ``FormatError`` or ``EvidenceError`` if it is not a checkpoint of this log with a
        cosignature of ``witness``. Commits by itself outside a transaction.
        """
        self._own(text)
        checkpoint, _ = open_cosignature(text, self._key, witness)
        self._connection.execute(
            "INSERT INTO log_cosignature (size, party, text) SELECT :size, :party, :text"
            " WHERE NOT EXISTS (SELECT 1 FROM log_cosignature WHERE size = :size AND party = :party)",
            {"size": checkpoint.size, "party": party, "text": text},
        )
        return checkpoint

    def _leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The stored leaf hashes from an index to before another."""
        query = "SELECT leaf FROM log_entry WHERE idx >= ? AND idx < ? ORDER BY idx"
        for (leaf,) in self._connection.execute(query, (start, stop)):
            yield leaf

    def _follow(self) -> None:
        """Take into the tree what the table has beyond it."""
        rows = self._connection.execute(
            "SELECT idx, leaf FROM log_entry WHERE idx >= ? ORDER BY idx", (self._tree.size,)
        )
        for index, leaf in rows:
            if index != self._tree.size or len(leaf) != HASH_BYTES:
                raise EvidenceError(f"the log's entry `{self._tree.size}` is missing or damaged")
            self._tree.append(leaf)

    def _stored_newest(self) -> tuple[Checkpoint, str] | None:
        row = self._connection.execute("SELECT text FROM log_checkpoint ORDER BY size DESC LIMIT 1").fetchone()
        return (self._own(row[0]), row[0]) if row else None

    def _own(self, text: str) -> Checkpoint:
        """The checkpoint in ``text``, checked against key and tree."""
        checkpoint = open_checkpoint(text, self._key)
        check_prefix(self._tree, checkpoint)
        return checkpoint


def check_prefix(tree: Tree, checkpoint: Checkpoint) -> None:
    """Check that ``checkpoint`` is true of ``tree``; raises ``EvidenceError`` that says what contradicts."""
    if checkpoint.size > tree.size:
        raise EvidenceError(f"the log has `{tree.size}` entries, and a checkpoint was signed over `{checkpoint.size}`")
    if tree.root(checkpoint.size) != checkpoint.root:
        raise EvidenceError(f"the first `{checkpoint.size}` entries are not those of the signed checkpoint")


def _create(connection: sqlite3.Connection) -> None:
    found = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'log_entry'").fetchone()
    if found[0]:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in (*TABLES.values(), *_TRIGGERS):
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise

"""The check that a stranger makes of a log afterwards: everything is computed anew, nothing is believed.

Order of the checks; the first that fails is named:

1. The database has exactly the log's tables.
2. Entries are numbered without a gap, and every stored leaf hash is that of its entry.
3. Every stored checkpoint is signed by the log and true of the first entries it speaks of.
4. Checkpoints held elsewhere are true as well (found so: entry and leaf hash edited, the end cut off).
5. Every cosignature is of a known witness and on a true checkpoint.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from i247sim.audit.checkpoint import (
    MAX_CHECKPOINT_CHARS,
    Checkpoint,
    NoteVerifier,
    open_checkpoint,
    open_cosignature,
)
from i247sim.audit.log import DAMAGED, check_prefix, check_tables, open_database
from i247sim.audit.tree import Tree, leaf_hash
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError


@dataclass(frozen=True)
class Cosigned:
    """The largest checkpoint that a party cosigned: its size, and when (simulated time, UTC)."""

    party: str
    size: int
    at: datetime


@dataclass(frozen=True)
class LogSummary:
    """What a log that passed consists of."""

    tree: Tree
    """The tree over all entries, for proofs and roots of any size."""
    checkpoints: tuple[Checkpoint, ...]
    """The stored checkpoints, smallest first."""
    newest: str | None
    """The text of the newest stored checkpoint."""
    cosigned: tuple[Cosigned, ...]
    """One per party that cosigned, by party."""

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.tree.size

    @property
    def unsigned(self) -> int:
        """How many entries at the end no stored checkpoint covers: these rest on nothing but the file."""
        return self.size - (self.checkpoints[-1].size if self.checkpoints else 0)


def verify_log(
    database: Path | sqlite3.Connection,
    key: NoteVerifier,
    witnesses: Callable[[str], Sequence[NoteVerifier]] = lambda party: (),
    held: Iterable[Checkpoint] = (),
) -> LogSummary:
    """Check a whole log and say what is in it.

    ``database`` is a closed file or a connection to read from, ``key`` the one that signs this log.
    ``witnesses`` gives, for a party's id, every key it ever cosigned with (none: unknown party).
    ``held`` are checkpoints of this log from elsewhere, their signatures checked already. Raises ``EvidenceError``
    with the first thing that is wrong. Does not read what entries say.
    """
    if not isinstance(database, Path):
        return _verify(database, key, witnesses, held)
    try:
        connection = open_database(database, read_only=True)
    except InputError as error:
        raise EvidenceError(str(error)) from error
    with closing(connection):
        return _verify(connection, key, witnesses, held)


def _verify(
    connection: sqlite3.Connection,
    key: NoteVerifier,
    witnesses: Callable[[str], Sequence[NoteVerifier]],
    held: Iterable[Checkpoint],
) -> LogSummary:
    try:
        check_tables(connection)
        tree = _check_entries(connection)
        stored = _check_checkpoints(connection, key, tree)
        for checkpoint in held:
            _check_true(tree, checkpoint, [one for one, _ in stored])
        cosigned = _check_cosignatures(connection, key, witnesses, tree)
    except DAMAGED as error:
        raise EvidenceError(f"the log's database is damaged: {error}") from error
    return LogSummary(
        tree=tree,
        checkpoints=tuple(checkpoint for checkpoint, _ in stored),
        newest=stored[-1][1] if stored else None,
        cosigned=cosigned,
    )


def _check_entries(connection: sqlite3.Connection) -> Tree:
    tree = Tree()
    for index, leaf, data in connection.execute("SELECT idx, leaf, data FROM log_entry ORDER BY idx"):
        if index != tree.size:
            raise EvidenceError(f"entry `{tree.size}` of the log is missing, entry `{index}` follows")
        # A damaged file can hold other types than its tables allow.
        if not isinstance(data, bytes) or leaf_hash(data) != leaf:
            raise EvidenceError(f"entry `{index}` of the log does not match its leaf hash")
        tree.append(leaf)
    return tree


def _check_checkpoints(connection: sqlite3.Connection, key: NoteVerifier, tree: Tree) -> list[tuple[Checkpoint, str]]:
    found: list[tuple[Checkpoint, str]] = []
    for size, text in connection.execute("SELECT size, text FROM log_checkpoint ORDER BY size"):
        try:
            checkpoint = open_checkpoint(_bounded(text), key)
        except (FormatError, EvidenceError) as error:
            raise EvidenceError(f"stored checkpoint `{size}`: {error}") from error
        # A crafted file can repeat its rows without end: each must be larger than the one before.
        if checkpoint.size != size or (found and size <= found[-1][0].size):
            raise EvidenceError(f"stored checkpoint `{size}` is out of order or speaks of size `{checkpoint.size}`")
        _check_true(tree, checkpoint, [one for one, _ in found[-1:]])
        found.append((checkpoint, text))
    return found


def _check_true(tree: Tree, checkpoint: Checkpoint, true: Iterable[Checkpoint]) -> None:
    """As ``check_prefix``, naming the part of the log that must have changed, as far as ``true`` ones narrow it."""
    try:
        check_prefix(tree, checkpoint)
    except EvidenceError as error:
        if checkpoint.size > tree.size:
            raise
        first = max((one.size for one in true if one.size < checkpoint.size), default=0)
        raise EvidenceError(
            f"{error}: an entry from `{first}` to `{checkpoint.size - 1}` was changed after it was signed"
        ) from error


def _check_cosignatures(
    connection: sqlite3.Connection,
    key: NoteVerifier,
    witnesses: Callable[[str], Sequence[NoteVerifier]],
    tree: Tree,
) -> tuple[Cosigned, ...]:
    largest: dict[str, Cosigned] = {}
    last = (-1, "")
    for size, party, text in connection.execute("SELECT size, party, text FROM log_cosignature ORDER BY size, party"):
        if not isinstance(party, str) or (size, party) <= last:
            raise EvidenceError(f"the stored cosignatures on checkpoint `{size}` are out of order")
        last = (size, party)
        try:
            checkpoint, at = _open_cosignature(_bounded(text), key, witnesses(party))
        except (FormatError, EvidenceError) as error:
            raise EvidenceError(f"the cosignature of `{party:.60}` on checkpoint `{size}`: {error}") from error
        if checkpoint.size != size:
            raise EvidenceError(f"the cosignature of `{party:.60}` on `{size}` speaks of size `{checkpoint.size}`")
        _check_true(tree, checkpoint, ())
        largest[party] = Cosigned(party, size, at)
    return tuple(largest[party] for party in sorted(largest))


def _open_cosignature(text: str, key: NoteVerifier, keys: Sequence[NoteVerifier]) -> tuple[Checkpoint, datetime]:
    """Under the first of a party's keys that holds."""
    failure = EvidenceError("no key of this party is known")
    for witness in keys:
        try:
            return open_cosignature(text, key, witness)
        except EvidenceError as error:
            failure = error
    raise failure


def _bounded(text: object) -> str:
    if not isinstance(text, str) or len(text) > MAX_CHECKPOINT_CHARS:
        raise FormatError(f"not a text of at most {MAX_CHECKPOINT_CHARS} characters")
    return text

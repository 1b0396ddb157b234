"""The log's tables: append-only, all or nothing, and a tree that follows the commit whatever happens."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from audit_keys import HUB, OSLO, PARIS, RUN, make_key

from i247sim.audit.checkpoint import NoteVerifier, cosign, log_name, open_checkpoint, read_checkpoint, sign_checkpoint
from i247sim.audit.log import Log, close_database, open_database
from i247sim.audit.tree import EMPTY_ROOT, Tree, leaf_hash, verify_consistency
from i247sim.audit.verify import verify_log
from i247sim.vocabulary.errors import EvidenceError, InputError

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
FORGED = sign_checkpoint(4, bytes(32), make_key(log_name(RUN))[0])


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = open_database(tmp_path / "log.db")
    yield opened
    opened.close()


@pytest.fixture
def log(connection: sqlite3.Connection) -> Log:
    return Log(connection, HUB[1])


def batch(count: int, first: int = 0) -> list[bytes]:
    return [f"entry {n}".encode() for n in range(first, first + count)]


def agree(log: Log) -> bool:
    """Whether the tree in memory is the tree of what the table holds."""
    data = [data for _, data in log.entries()]
    return (log.size, log.tree.root()) == (len(data), Tree(map(leaf_hash, data)).root())


def test_entries_come_back_in_order_and_are_proven(log: Log) -> None:
    with log.transaction():
        assert log.append(batch(3)) == 0
        assert log.append(batch(4, 3)) == 3
    assert list(log.entries()) == list(enumerate(batch(7)))
    assert list(log.entries(2, 5)) == list(enumerate(batch(7)))[2:5]
    assert list(log.entries(5)) == list(enumerate(batch(7)))[5:]
    assert list(log.entries(5, 2)) == list(log.entries(9)) == []
    assert log.tree.root() == Tree(map(leaf_hash, batch(7))).root()


def test_the_tree_does_not_lead_the_commit(log: Log) -> None:
    with log.transaction():
        log.append(batch(3))
        assert (log.size, log.tree.root()) == (0, EMPTY_ROOT)
    assert log.size == 3


def test_the_database_is_durable_and_waits_for_the_disk(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_an_exception_in_the_transaction_leaves_nothing(log: Log) -> None:
    with log.transaction():
        log.append(batch(2))
    with pytest.raises(KeyboardInterrupt), log.transaction():  # noqa: PT012 - the transaction is what fails
        log.append(batch(5, 2))
        raise KeyboardInterrupt
    assert log.size == 2
    with log.transaction():
        assert log.append(batch(1, 2)) == 2
    assert agree(log)


def test_the_log_shares_a_transaction_with_other_tables(log: Log, connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE mailbox (text TEXT)")
    with pytest.raises(ZeroDivisionError), log.transaction():  # noqa: PT012 - the transaction is what fails
        connection.execute("INSERT INTO mailbox VALUES ('lost')")
        log.append(batch(1))
        1 / 0  # noqa: B018 - the crash
    with log.transaction():
        connection.execute("INSERT INTO mailbox VALUES ('kept')")
        log.append(batch(1))
    assert connection.execute("SELECT text FROM mailbox").fetchall() == [("kept",)]
    assert agree(log)


def test_a_caller_with_a_transaction_of_its_own(log: Log, connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    log.append(batch(2))
    connection.execute("COMMIT")
    log.committed()
    connection.execute("BEGIN IMMEDIATE")
    log.append(batch(2, 2))
    connection.execute("ROLLBACK")
    log.rolled_back()
    assert log.size == 2
    assert agree(log)


def test_a_commit_that_happened_although_it_failed_is_followed(log: Log, connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    log.append(batch(2))
    connection.execute("COMMIT")
    log.rolled_back()
    assert log.size == 2
    assert agree(log)


def test_a_full_disk_stops_the_log_and_it_recovers(log: Log, connection: sqlite3.Connection) -> None:
    with log.transaction():
        log.append(batch(10))
    text = log.checkpoint(HUB[0])
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(sqlite3.OperationalError, match="full"), log.transaction():
        log.append([b"x" * 1000] * 100)
    assert log.size == 10
    assert agree(log)
    assert log.newest_checkpoint == text
    connection.execute("PRAGMA max_page_count = 1000000")
    with log.transaction():
        assert log.append([b"x" * 1000] * 100) == 10
    assert agree(log)
    verify_log(connection, HUB[1])


def test_a_full_disk_at_a_checkpoint_signs_nothing_that_is_kept(log: Log, connection: sqlite3.Connection) -> None:
    with log.transaction():
        log.append(batch(1))
    connection.execute("CREATE TABLE filler (data BLOB)")
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"), log.transaction():  # noqa: PT012 - the transaction is what fails
        log.checkpoint(HUB[0])
        connection.execute("INSERT INTO filler VALUES (zeroblob(100000))")
    assert log.newest_checkpoint is None
    connection.execute("PRAGMA max_page_count = 1000000")
    text = log.checkpoint(HUB[0])
    assert list(log.checkpoints()) == [text]


@pytest.mark.parametrize("table", ["log_entry", "log_checkpoint", "log_cosignature"])
@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE {} SET rowid = 7", id="update"),
        pytest.param("DELETE FROM {}", id="delete"),
        pytest.param("INSERT OR REPLACE INTO {} SELECT * FROM {} LIMIT 1", id="replace"),
        pytest.param("INSERT OR IGNORE INTO {} SELECT * FROM {} LIMIT 1", id="insert again"),
    ],
)
def test_the_tables_refuse_changes(log: Log, connection: sqlite3.Connection, table: str, statement: str) -> None:
    with log.transaction():
        log.append(batch(3))
    log.store_cosignature("FR", cosign(log.checkpoint(HUB[0]), PARIS[0], NOON), PARIS[1])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement.replace("{}", table))


def test_an_entry_out_of_order_is_refused(log: Log, connection: sqlite3.Connection) -> None:
    for index in (-1, 1, 7, None):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("INSERT INTO log_entry VALUES (?, zeroblob(32), x'00')", (index,))


def test_reopening_rebuilds_the_same_tree(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "log.db")
    log = Log(connection, HUB[1])
    for n in range(50):
        with log.transaction():
            log.append(batch(n % 7, log.size))
    root, text = log.tree.root(), log.checkpoint(HUB[0])
    connection.close()
    again = Log(open_database(tmp_path / "log.db"), HUB[1])
    assert again.tree.root() == root
    assert again.newest_checkpoint == text
    assert agree(again)


def test_checkpoints_continue_each_other(log: Log) -> None:
    texts = []
    for n in range(5):
        with log.transaction():
            log.append(batch(n + 1, log.size))
        texts.append(log.checkpoint(HUB[0]))
        assert log.checkpoint(HUB[0]) == texts[-1]
    assert list(log.checkpoints()) == texts
    opened = [open_checkpoint(text, HUB[1]) for text in texts]
    for old, new in pairwise(opened):
        verify_consistency(old.size, old.root, new.size, new.root, log.tree.consistency(old.size, new.size))


def test_nothing_is_signed_that_contradicts_what_was_signed_before(log: Log) -> None:
    with log.transaction():
        log.append(batch(3))
    text = log.checkpoint(HUB[0])
    log._newest = (replace(read_checkpoint(text), root=bytes(32)), text)
    with log.transaction():
        log.append(batch(1, 3))
    with pytest.raises(EvidenceError, match="not those of the signed checkpoint"):
        log.checkpoint(HUB[0])


def test_a_checkpoint_speaks_only_of_what_is_committed(log: Log) -> None:
    with log.transaction():
        log.append(batch(2))
    with pytest.raises(ZeroDivisionError), log.transaction():  # noqa: PT012 - the transaction is what fails
        log.append(batch(3, 2))
        text = log.checkpoint(HUB[0])
        1 / 0  # noqa: B018 - the crash
    assert open_checkpoint(text, HUB[1]).size == 2
    assert list(log.checkpoints()) == []
    assert open_checkpoint(log.checkpoint(HUB[0]), HUB[1]) == open_checkpoint(text, HUB[1])
    assert len(list(log.checkpoints())) == 1


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        pytest.param(["UPDATE log_entry SET leaf = zeroblob(32) WHERE idx = 1"], "first `4` entries", id="leaf edited"),
        pytest.param(["DELETE FROM log_entry WHERE idx = 3"], "has `3` entries", id="end cut off"),
        pytest.param(["DELETE FROM log_entry WHERE idx = 1"], "entry `1` is missing", id="hole"),
        pytest.param(["UPDATE log_entry SET leaf = x'00' WHERE idx = 2"], "entry `2` is missing", id="leaf cut"),
        pytest.param([f"UPDATE log_checkpoint SET text = '{FORGED}'"], "no signature", id="forged"),
    ],
)
def test_a_log_that_contradicts_its_checkpoint_does_not_open(
    log: Log, connection: sqlite3.Connection, statements: list[str], problem: str
) -> None:
    with log.transaction():
        log.append(batch(4))
    log.checkpoint(HUB[0])
    drop_triggers(connection)
    for statement in statements:
        connection.execute(statement)
    with pytest.raises(EvidenceError, match=problem):
        Log(connection, HUB[1])


def test_a_log_of_another_key_does_not_open(log: Log, connection: sqlite3.Connection) -> None:
    log.checkpoint(HUB[0])
    with pytest.raises(EvidenceError):
        Log(connection, make_key(log_name(RUN))[1])


def test_cosignatures_are_checked_and_kept_once(log: Log, connection: sqlite3.Connection) -> None:
    with log.transaction():
        log.append(batch(4))
    cosigned = cosign(log.checkpoint(HUB[0]), PARIS[0], NOON)
    assert log.store_cosignature("FR", cosigned, PARIS[1]).size == 4
    assert log.store_cosignature("FR", cosigned, PARIS[1]).size == 4
    assert connection.execute("SELECT party, size FROM log_cosignature").fetchall() == [("FR", 4)]
    with pytest.raises(EvidenceError, match="no signature"):
        log.store_cosignature("NO", cosigned, OSLO[1])
    foreign = cosign(sign_checkpoint(4, EMPTY_ROOT, HUB[0]), PARIS[0], NOON)
    with pytest.raises(EvidenceError, match="first `4` entries"):
        log.store_cosignature("FR", foreign, PARIS[1])
    ahead = cosign(sign_checkpoint(5, EMPTY_ROOT, HUB[0]), PARIS[0], NOON)
    with pytest.raises(EvidenceError, match="has `4` entries"):
        log.store_cosignature("FR", ahead, PARIS[1])


def test_a_closed_database_is_one_file_and_reading_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "a folder with ? and #" / "log.db"
    path.parent.mkdir()
    connection = open_database(path)
    log = Log(connection, HUB[1])
    with log.transaction():
        log.append(batch(5))
    close_database(connection)
    assert os.listdir(path.parent) == ["log.db"]
    assert path.read_bytes()[18:20] == b"\1\1", "the file's format needs no journal beside it"
    reader = open_database(path, read_only=True)
    assert len(list(reader.execute("SELECT * FROM log_entry"))) == 5
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("CREATE TABLE more (x)")
    assert os.listdir(path.parent) == ["log.db"]


def test_reading_leaves_no_trace_beside_a_database_that_was_not_closed_well(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "log.db")
    Log(connection, HUB[1])
    connection.close()
    reader = open_database(tmp_path / "log.db", read_only=True)
    assert reader.execute("SELECT count(*) FROM log_entry").fetchone() == (0,)
    assert os.listdir(tmp_path) == ["log.db"]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, read_only: bool) -> None:
    (tmp_path / "log.db").write_bytes(b"not a database, " * 100)
    with pytest.raises(InputError, match=r"log\.db"):
        open_database(tmp_path / "log.db", read_only)
    with pytest.raises(InputError, match="missing"):
        open_database(tmp_path / "missing" / "log.db", read_only)


# A child process that logs batches of 20, says each signed checkpoint on standard output, and may kill itself.
WRITER = """
import os, signal, sys
sys.path.insert(0, sys.argv[3])
from hashlib import sha256
from pathlib import Path
from i247sim.audit.checkpoint import NoteSigner, NoteVerifier
from i247sim.audit.log import Log, open_database

name, moment = "i247sim/0123456789ab/hub", sys.argv[2]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Deadly(list):
    rounds = 0
    def __iter__(self):
        self.rounds += 1
        for n, one in enumerate(super().__iter__()):
            if self.rounds == 2 and n == 13:
                die()
            yield one

def sign(message):
    return sha256(message).digest() * 2

def verify(signature, message):
    assert signature == sign(message)

log = Log(open_database(Path(sys.argv[1])), NoteVerifier(name, bytes(32), verify))
while True:
    last = log.size >= 60 and moment != "any"
    entries = [f"entry {n}".encode() for n in range(log.size, log.size + 20)]
    if last and moment == "checkpoint":
        with log.transaction():
            log.checkpoint(NoteSigner(name, bytes(32), sign))
            die()
    with log.transaction():
        log.append(Deadly(entries) if last and moment == "batch" else entries)
        if last and moment == "commit":
            die()
    if last and moment == "receipt":
        die()
    print(log.checkpoint(NoteSigner(name, bytes(32), sign)), end="\\0", flush=True)
"""


def reopened_after(tmp_path: Path, output: bytes) -> Log:
    """Open what a killed writer left, and hold it against every checkpoint that it said."""

    def verify(signature: bytes, message: bytes) -> None:
        assert signature == sha256(message).digest() * 2

    key = NoteVerifier("i247sim/0123456789ab/hub", bytes(32), verify)
    connection = open_database(tmp_path / "log.db")
    log = Log(connection, key)
    assert agree(log)
    said = [open_checkpoint(text, key) for text in output.decode().split("\0")[:-1]]
    assert said
    verify_log(connection, key, held=said)
    assert [data for _, data in log.entries()] == batch(log.size)
    assert log.size % 20 == 0, "a batch is there as a whole or not at all"
    with log.transaction():
        assert log.append(batch(1, log.size)) == log.size
    return log


@pytest.mark.parametrize(
    ("moment", "size"),
    [("batch", 60), ("commit", 60), ("receipt", 80), ("checkpoint", 60)],
    ids=str,
)
def test_a_kill_leaves_whole_batches_and_no_contradicted_checkpoint(tmp_path: Path, moment: str, size: int) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "log.db"), moment, str(Path(__file__).parents[2])]
    child = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=False)
    assert child.returncode == -signal.SIGKILL
    assert reopened_after(tmp_path, child.stdout).size == size + 1


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_kill_at_any_moment(tmp_path: Path, after: int) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "log.db"), "any", str(Path(__file__).parents[2])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout
        output = b""
        while output.count(b"\0") < after:
            output += os.read(child.stdout.fileno(), 65536)
        child.kill()
        output += child.stdout.read()
    reopened_after(tmp_path, output)


def drop_triggers(connection: sqlite3.Connection) -> None:
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")

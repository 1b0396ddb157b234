"""A stranger's check of a log: what an owner of the file changes is found, and named."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import pytest
from audit_keys import HUB, OSLO, PARIS, RUN, make_key

from i247sim.audit.checkpoint import Checkpoint, cosign, log_name, open_checkpoint, sign_checkpoint
from i247sim.audit.log import Log, close_database, open_database
from i247sim.audit.tree import Tree, leaf_hash
from i247sim.audit.verify import Cosigned, verify_log
from i247sim.vocabulary.errors import EvidenceError

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
WITNESSES = {"FR": [make_key("i247sim/0123456789ab/FR")[1], PARIS[1]], "NO": [OSLO[1]]}


def witnesses(party: str) -> list:  # type: ignore[type-arg] # of NoteVerifier
    return WITNESSES.get(party, [])


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 30 entries, checkpoints at 10 and 20 and 25, cosigned by FR at 10 and 20 and by NO at 20."""
    path = tmp_path_factory.mktemp("closed") / "log.db"
    connection = open_database(path)
    log = Log(connection, HUB[1])
    for size in (10, 20, 25, 30):
        with log.transaction():
            log.append([f"entry {n}".encode() for n in range(log.size, size)])
        if size < 30:
            text = log.checkpoint(HUB[0])
        if size <= 20:
            log.store_cosignature("FR", cosign(text, PARIS[0], NOON), PARIS[1])
        if size == 20:
            log.store_cosignature("NO", cosign(text, OSLO[0], NOON), OSLO[1])
    close_database(connection)
    return path


@pytest.fixture
def edited(closed: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the log on which an owner of the file ran SQL, with the triggers dropped."""

    def edit(*statements: str | tuple[str, tuple[object, ...]]) -> Path:
        path = tmp_path / "log.db"
        shutil.copy(closed, path)
        connection = sqlite3.connect(path, isolation_level=None)
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(*((statement,) if isinstance(statement, str) else statement))
        connection.close()
        return path

    return edit


def held(size: int) -> Checkpoint:
    return Checkpoint(log_name(RUN), size, Tree(leaf_hash(f"entry {n}".encode()) for n in range(size)).root())


def test_a_true_log_passes_with_a_summary(closed: Path) -> None:
    summary = verify_log(closed, HUB[1], witnesses, held=[held(7), held(30)])
    assert (summary.size, summary.unsigned) == (30, 5)
    assert summary.tree.root() == held(30).root
    assert summary.checkpoints == (held(10), held(20), held(25))
    assert summary.newest
    assert open_checkpoint(summary.newest, HUB[1]) == held(25)
    assert summary.cosigned == (Cosigned("FR", 20, NOON), Cosigned("NO", 20, NOON))


def test_an_empty_log_passes(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "log.db")
    Log(connection, HUB[1])
    summary = verify_log(connection, HUB[1])
    assert (summary.size, summary.unsigned, summary.checkpoints, summary.newest) == (0, 0, (), None)


def rewrite(index: int) -> tuple[tuple[str, tuple[object, ...]], ...]:
    """An entry and its leaf hash, so that the table agrees with itself."""
    return (("UPDATE log_entry SET data = ?, leaf = ? WHERE idx = ?", (b"rewritten", leaf_hash(b"rewritten"), index)),)


FORGED_ROOT = sign_checkpoint(20, bytes(32), make_key(log_name(RUN))[0])


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        pytest.param(
            ["UPDATE log_entry SET data = x'00' WHERE idx = 17"], "entry `17` .*does not match", id="entry edited"
        ),
        pytest.param(
            ["UPDATE log_entry SET leaf = zeroblob(32) WHERE idx = 3"], "entry `3` .*does not match", id="leaf edited"
        ),
        pytest.param(rewrite(4), "`10` entries .*from `0` to `9`", id="entry and leaf rewritten early"),
        pytest.param(rewrite(17), "`20` entries .*from `10` to `19`", id="entry and leaf rewritten late"),
        pytest.param(["DELETE FROM log_entry WHERE idx = 12"], "`12` of the log is missing", id="entry removed"),
        pytest.param(["DELETE FROM log_entry WHERE idx = 0"], "`0` of the log is missing", id="first entry removed"),
        pytest.param(
            ["DELETE FROM log_entry WHERE idx >= 22"],
            "has `22` entries, .*over `25`",
            id="end cut off before checkpoint",
        ),
        pytest.param(["UPDATE log_checkpoint SET text = ''"], "stored checkpoint `10`", id="checkpoint emptied"),
        pytest.param(
            [("UPDATE log_checkpoint SET text = ? WHERE size = 20", (FORGED_ROOT,))],
            "stored checkpoint `20`: .*no signature",
            id="checkpoint of another key",
        ),
        pytest.param(
            ["UPDATE log_checkpoint SET size = 21 WHERE size = 20"], "`21` is out of order", id="checkpoint moved"
        ),
        pytest.param(["UPDATE log_cosignature SET party = 'NO' WHERE size = 10"], "of `NO` on .*`10`", id="other name"),
        pytest.param(["UPDATE log_cosignature SET party = 'BR' WHERE size = 10"], "no key of this", id="unknown name"),
        pytest.param(
            ["UPDATE log_cosignature SET size = 11 WHERE size = 10"], "speaks of size `10`", id="cosigned moved"
        ),
        pytest.param(
            ["UPDATE log_cosignature SET text = (SELECT text FROM log_checkpoint WHERE size = 10) WHERE size = 10"],
            "no signature of `i247sim/0123456789ab/FR`",
            id="cosignature removed from its text",
        ),
        pytest.param(["DROP TABLE log_entry"], "table `log_entry`", id="table missing"),
        pytest.param(
            [
                "ALTER TABLE log_entry RENAME TO real_entry",
                "CREATE VIEW log_entry AS SELECT idx, leaf, data FROM real_entry",
            ],
            "table `log_entry`",
            id="a view instead of the table",
        ),
        pytest.param(
            [("UPDATE log_entry SET data = zeroblob(?) WHERE idx = 5", (17 * 1024 * 1024,))],
            "damaged: .*too big",
            id="an entry beyond all sizes",
        ),
    ],
)
def test_what_an_owner_of_the_file_changes_is_found(
    edited: Callable[..., Path], statements: list[str], problem: str
) -> None:
    with pytest.raises(EvidenceError, match=problem):
        verify_log(edited(*statements), HUB[1], witnesses)


def test_a_log_cut_together_with_its_checkpoints_is_found_with_one_held_elsewhere(
    edited: Callable[..., Path],
) -> None:
    path = edited(
        "DELETE FROM log_entry WHERE idx >= 10",
        "DELETE FROM log_checkpoint WHERE size > 10",
        "DELETE FROM log_cosignature WHERE size > 10",
    )
    assert verify_log(path, HUB[1], witnesses).size == 10
    with pytest.raises(EvidenceError, match=r"has `10` entries, .*over `20`"):
        verify_log(path, HUB[1], witnesses, held=[held(20)])


def test_a_log_signed_anew_after_a_change_is_found_with_a_checkpoint_held_elsewhere(
    edited: Callable[..., Path],
) -> None:
    path = edited(*rewrite(17), "DELETE FROM log_checkpoint WHERE size > 10", "DELETE FROM log_cosignature")
    connection = open_database(path)
    Log(connection, HUB[1]).checkpoint(HUB[0])
    close_database(connection)
    assert verify_log(path, HUB[1], witnesses).unsigned == 0
    with pytest.raises(EvidenceError, match=r"from `10` to `19` was changed"):
        verify_log(path, HUB[1], witnesses, held=[held(20)])


@pytest.mark.parametrize("step", [97, 1009, 4001])
def test_a_damaged_file_is_evidence_against_itself_and_never_a_crash(closed: Path, tmp_path: Path, step: int) -> None:
    whole = closed.read_bytes()
    path = tmp_path / "log.db"
    untouched = 0
    for place in range(0, len(whole), step):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            verify_log(path, HUB[1], witnesses)
            untouched += 1
        except EvidenceError:
            pass
    # Most of a small database is free space and triggers; something must have been hit all the same.
    assert untouched < len(range(0, len(whole), step))


class RoundAgain:
    """A database whose rows of one table come again and again, as a loop in its pages makes them."""

    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        self.connection, self.table = connection, table

    def execute(self, query: str, *values: object) -> Iterable[tuple[object, ...]]:
        rows = self.connection.execute(query, *values)
        return islice(cycle(rows), 1000) if f"FROM {self.table}" in query else rows


def test_what_a_party_cosigned_of_another_log_convicts_this_one(edited: Callable[..., Path]) -> None:
    """The hub has signed two logs; of the one that it hides only a cosignature is left."""
    other = cosign(sign_checkpoint(15, bytes(32), HUB[0]), PARIS[0], NOON)
    path = edited(("INSERT INTO log_cosignature (size, party, text) VALUES (15, 'FR', ?)", (other,)))
    with pytest.raises(EvidenceError, match="not those of the signed checkpoint"):
        verify_log(path, HUB[1], witnesses)


@pytest.mark.parametrize("table", ["log_entry", "log_checkpoint", "log_cosignature"])
def test_rows_that_come_round_again_are_noticed_at_the_first(closed: Path, table: str) -> None:
    with (
        open_database(closed, read_only=True) as connection,
        pytest.raises(EvidenceError, match=r"out of order|missing"),
    ):
        verify_log(RoundAgain(connection, table), HUB[1], witnesses)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"SQLite format 3\0" + bytes(84), id="only a head"),
        pytest.param(b"hello" * 1000, id="something else"),
    ],
)
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "log.db").write_bytes(data)
    with pytest.raises(EvidenceError):
        verify_log(tmp_path / "log.db", HUB[1])


def test_a_missing_file_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be opened"):
        verify_log(tmp_path / "log.db", HUB[1])
    assert not (tmp_path / "log.db").exists()

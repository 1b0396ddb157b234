"""The write-ahead log: synced on demand, copied into the database when it is long, and never inside a commit."""

import sqlite3
import threading
from pathlib import Path

import pytest

from i247sim.audit.durable import WriteAhead

_MEBIBYTE = 1024 * 1024


def opened(path: Path) -> tuple[sqlite3.Connection, WriteAhead]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    write_ahead = WriteAhead(path)
    write_ahead.prepare(connection)
    connection.execute("CREATE TABLE IF NOT EXISTS thing (data BLOB NOT NULL)")
    return connection, write_ahead


def write_mebibytes(connection: sqlite3.Connection, count: int) -> None:
    for _ in range(count):
        connection.execute("INSERT INTO thing VALUES (zeroblob(?))", (_MEBIBYTE,))


async def test_a_long_log_is_copied_by_sync_and_begins_anew(tmp_path: Path) -> None:
    connection, write_ahead = opened(tmp_path / "some.db")
    log = tmp_path / "some.db-wal"
    sizes = []
    for _ in range(8):
        write_mebibytes(connection, 3)
        await write_ahead.sync()
        sizes.append(log.stat().st_size)
    assert max(sizes) < 10 * _MEBIBYTE, "24 MiB were written"
    assert (tmp_path / "some.db").stat().st_size > 15 * _MEBIBYTE
    assert connection.execute("SELECT count(*) FROM thing").fetchone() == (24,)
    write_ahead.close()
    connection.close()


def test_no_commit_copies_the_log(tmp_path: Path) -> None:
    connection, write_ahead = opened(tmp_path / "some.db")
    write_mebibytes(connection, 12)
    assert (tmp_path / "some.db").stat().st_size < _MEBIBYTE
    assert (tmp_path / "some.db-wal").stat().st_size > 12 * _MEBIBYTE
    write_ahead.close()
    connection.close()


async def test_what_was_only_synced_is_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    connection, write_ahead = opened(path)
    write_mebibytes(connection, 6)
    await write_ahead.sync()
    write_mebibytes(connection, 1)
    copy = tmp_path / "copy.db"
    for end in ("", "-wal"):  # what a kill leaves
        copy.with_name(copy.name + end).write_bytes(path.with_name(path.name + end).read_bytes())
    again, _ = opened(copy)
    assert again.execute("SELECT count(*) FROM thing").fetchone() == (7,)
    again.close()
    write_ahead.close()
    connection.close()


async def test_a_disk_that_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection, write_ahead = opened(tmp_path / "some.db")

    def refuse(file: int) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("i247sim.audit.durable._sync", refuse)
    with pytest.raises(OSError, match="no space left"):
        await write_ahead.sync()
    write_ahead.close()
    connection.close()


@pytest.mark.parametrize(
    ("takes", "works", "beside"),
    [(0.0001, 0.9, 1), (0.001, 0.9, 4), (0.001, 0.1, 1), (0.003, 0.1, 4)],
    ids=["a quick disk", "a slow disk and a busy thread", "a slow disk and an idle thread", "a very slow disk"],
)
async def test_a_slow_disk_is_waited_for_in_a_thread_unless_there_is_nothing_else_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, takes: float, works: float, beside: int
) -> None:
    connection, write_ahead = opened(tmp_path / "some.db")
    in_thread: list[bool] = []
    now = 0.0

    def sync(file: int) -> None:
        nonlocal now
        now += takes
        in_thread.append(threading.current_thread() is not threading.main_thread())

    monkeypatch.setattr("i247sim.audit.durable._sync", sync)
    monkeypatch.setattr("i247sim.audit.durable.time.perf_counter", lambda: now)
    monkeypatch.setattr("i247sim.audit.durable.time.thread_time", lambda: now * works)
    for _ in range(4):
        now += 1.0
        await write_ahead.sync()
    monkeypatch.undo()
    assert len(in_thread) == 4
    assert sum(in_thread) == beside, "the first is always tried in a thread"
    write_ahead.close()
    connection.close()


async def test_in_memory_there_is_nothing_to_sync() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    write_ahead = WriteAhead(None)
    write_ahead.prepare(connection)
    await write_ahead.sync()
    write_ahead.close()
    connection.close()

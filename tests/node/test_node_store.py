"""The mailbox file: what shares a turn shares a commit, and what was committed is there again."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from i247sim.node.store import Happened, Store
from i247sim.vocabulary.errors import InputError, NetworkFailed


def lines_on_disk(path: Path) -> int:
    with sqlite3.connect(path) as other:
        return int(other.execute("SELECT count(*) FROM journal").fetchone()[0])


async def test_nothing_is_on_disk_before_the_flush_and_everything_after(tmp_path: Path) -> None:
    store = Store(tmp_path / "node.db")
    store.journal({"n": 1})
    assert lines_on_disk(tmp_path / "node.db") == 0
    assert list(store.journal_lines()) == ['{"n":1}'], "whoever writes reads its own words"
    await store.flush()
    assert lines_on_disk(tmp_path / "node.db") == 1


async def test_writers_of_one_turn_share_a_commit(tmp_path: Path) -> None:
    store = Store(tmp_path / "node.db")
    statements: list[str] = []
    store._db.set_trace_callback(statements.append)

    async def write(number: int) -> None:
        store.journal({"n": number})
        await store.flush()

    await asyncio.gather(*(write(number) for number in range(20)))
    assert statements.count("COMMIT") == 1
    assert lines_on_disk(tmp_path / "node.db") == 20


async def test_what_was_committed_is_there_again_and_what_was_not_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    store = Store(path)
    events = [Happened("FR", "2026-03-02T08:00:00Z", "cause", 1), Happened("BR", "2026-03-02T08:00:01Z", "message", 2)]
    for event in events:
        store.happened(event)
    await store.flush()
    store.happened(Happened("BR", "2026-03-02T08:00:02Z", "message", 3))
    store._db.rollback()  # what a kill does
    store._db.close()
    assert list(Store(path).all_happened()) == events


def test_closing_commits(tmp_path: Path) -> None:
    store = Store(tmp_path / "node.db")
    store.journal({"n": 1})
    store.close()
    assert lines_on_disk(tmp_path / "node.db") == 1


async def test_a_disk_that_refuses_is_said_to_everybody_who_waits(tmp_path: Path) -> None:
    store = Store(tmp_path / "node.db")
    store.journal({"n": 1})
    store._db.close()  # any error of the database does
    results = await asyncio.gather(store.flush(), store.flush(), return_exceptions=True)
    assert [type(one) for one in results] == [NetworkFailed, NetworkFailed]


async def test_after_a_full_disk_nothing_is_called_written_that_sqlite_may_have_undone(tmp_path: Path) -> None:
    store = Store(tmp_path / "node.db")
    store.journal({"n": 1})
    await store.flush()
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    store.journal({"n": 2})
    with pytest.raises(NetworkFailed, match="the mailbox cannot be written: database or disk is full"):
        store.execute("INSERT INTO journal (line) VALUES (?)", ("x" * 100_000,))
    store._db.execute("PRAGMA max_page_count = 100000")  # there is room again, too late
    with pytest.raises(NetworkFailed):
        await store.flush()
    with pytest.raises(NetworkFailed):
        store.close()
    assert lines_on_disk(tmp_path / "node.db") == 1


def test_a_file_that_is_no_mailbox_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(InputError, match=r"node\.db"):
        Store(path)

"""A party remembers every message it has read or written, and keeps but the newest in memory."""

import json
from pathlib import Path

import pytest

from i247sim.node import known
from i247sim.node.known import Known
from i247sim.node.store import Store

NEWEST = 100
MANY = 3 * NEWEST


@pytest.fixture(autouse=True)
def _small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_NEWEST", NEWEST)


def written(store: Store, memory: Known, number: int) -> None:
    """``BR`` has written its message ``number``, and read that of ``FR``."""
    own, others = f"BR-2026-{number:06d}", f"FR-2026-{number:06d}"
    store.insert(
        "INSERT INTO sent (party, ordinal, id, facts) VALUES (?, ?, ?, ?)",
        ("BR", number, f"own{number}", json.dumps({"ref": own})),
    )
    store.insert(
        "INSERT INTO kept (party, id, header, body) VALUES (?, ?, ?, ?)",
        ("BR", f"own{number}", json.dumps({"own_ref": own}), b""),
    )
    store.insert(
        "INSERT INTO inbox (party, number, id, ref, status, time, own) VALUES (?, ?, ?, ?, 'opened', '', ?)",
        ("BR", number, f"read{number}", others, b""),
    )
    memory.wrote(own, f"own{number}")
    memory.read(others, f"read{number}")
    memory.add(f"read{number}")


async def a_long_day(path: Path) -> tuple[Store, Known]:
    store = Store(path)
    memory = Known("BR", store)
    for number in range(1, MANY + 1):
        written(store, memory, number)
    await store.flush()
    return store, memory


async def test_the_oldest_is_known_as_the_newest_is(tmp_path: Path) -> None:
    store, memory = await a_long_day(tmp_path / "node.db")
    for one in (memory, Known("BR", store)):
        for number in (1, MANY):
            assert f"read{number}" in one
            assert one.id_of(f"FR-2026-{number:06d}") == f"read{number}"
            assert one.id_of(f"BR-2026-{number:06d}") == f"own{number}"
            assert one.reference_of(f"own{number}") == f"BR-2026-{number:06d}"


async def test_nothing_is_known_that_was_neither_read_nor_written(tmp_path: Path) -> None:
    store, memory = await a_long_day(tmp_path / "node.db")
    assert "own1" not in memory, "a message of its own was not read"
    assert memory.reference_of("read1") is None
    for reference in ("FR-2026-999999", "BR-2026-999999", "BR-2027-000001", "BR-2026-", "nonsense", ""):
        assert memory.id_of(reference) is None
    stranger = Known("FR", store)
    assert "read1" not in stranger
    assert stranger.id_of("FR-2026-000001") is None


def test_what_was_rejected_was_not_read(tmp_path: Path) -> None:
    store = Store(tmp_path / "node.db")
    store.insert(
        "INSERT INTO inbox (party, number, id, status, code, time, own) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ("BR", 1, "x", "rejected", "E-KEY", "", b""),
    )
    store.close()
    store = Store(tmp_path / "node.db")
    assert "x" not in Known("BR", store), "its id is still free for a message that holds"


async def test_memory_does_not_grow_with_the_day(tmp_path: Path) -> None:
    _, memory = await a_long_day(tmp_path / "node.db")
    assert {len(memory._read), len(memory._own)} == {NEWEST}
    assert len(memory._ids) == known._NEWEST

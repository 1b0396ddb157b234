"""A party that reads, and one on its line."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from node_world import Reader
from party_line import Line


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    line = Line(tmp_path / "node.db")
    await line.begin()
    yield line
    await line.end()

"""The network under load that everything is measured on."""

import asyncio
import tempfile
from pathlib import Path

import pytest

from i247sim.exercise.assembly import Network
from i247sim.exercise.bench import _Work
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.medium import Medium
from i247sim.exercise.rig import Rig, draft
from i247sim.security import envelope as sealed
from i247sim.vocabulary.errors import InputError


async def test_a_load_that_is_refused_says_so_instead_of_waiting_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "MAX_FANOUT_BYTES", 4000)
    async with Rig(2, Medium.MEMORY) as rig:
        with pytest.raises(InputError, match="the limit of 4000"):
            await rig.closed_loop(draft(tuple(rig.readers), 2048), 1, 0.1)


async def test_what_is_measured_as_cryptography_is_what_a_message_needs() -> None:
    """Both go to the end: what does not verify or open raises."""
    async with Rig(2, Medium.MEMORY) as rig:
        work = _Work(rig, draft(tuple(rig.readers), 2048))
        work.bare()
        work.once()


@pytest.mark.parametrize("when", ["starts", "begins"])
async def test_who_gives_up_before_a_rig_works_leaves_no_keys_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    async def give_up(_self: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(*((Network, "start", give_up) if when == "starts" else (Conductor, "begin", give_up)))
    with pytest.raises(asyncio.CancelledError):
        async with Rig(1, Medium.MEMORY):
            pass
    assert list(tmp_path.iterdir()) == []

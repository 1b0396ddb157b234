"""Whatever a run has opened is closed, also when it is stopped while it closes."""

import asyncio
import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise import enrolment
from i247sim.exercise.breaking import Breaking, Quiet
from i247sim.exercise.hubs import LocalHub
from i247sim.exercise.medium import Medium
from i247sim.exercise.session import Options, Session, Watch
from i247sim.vocabulary.errors import InputError

STORY = """
title: One letter
aim: to be stopped
participants: {bureaus: [FR, BR]}
timeline:
- {at: T+1m, send: {from: FR, kind: INFO_REQUEST, to: [BR], purpose: case-support, subject: one}}
"""


@pytest.mark.parametrize("twice", [False, True], ids=["once", "and again at once"])
async def test_who_is_cancelled_while_it_closes_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, twice: bool
) -> None:
    file = tmp_path / "letter.yaml"
    file.write_text(STORY, encoding="utf-8")
    stopping = asyncio.Event()
    stop = LocalHub.stop

    async def slowly(hub: LocalHub) -> None:
        stopping.set()
        try:
            await asyncio.sleep(3600)
        finally:
            await stop(hub)

    monkeypatch.setattr(LocalHub, "stop", slowly)
    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch())
    session.patience = HURRIED
    run = asyncio.create_task(session.run())
    await stopping.wait()
    run.cancel()
    if twice:
        await asyncio.sleep(0)
        run.cancel()
    while not run.done():
        # Whatever is stopped again on the way out sleeps again.
        await asyncio.wait({run}, timeout=0.2)
        run.cancel()
    assert run.cancelled()
    assert session._store.closed
    assert session.network is not None
    assert not session.network.broker.is_alive
    assert not any(node._reader or node._worker for node in session.network.nodes.values())


async def test_a_hub_that_dies_again_as_soon_as_it_was_started_again_is_started_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "letter.yaml"
    file.write_text(STORY, encoding="utf-8")
    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch())
    session.patience = HURRIED
    ask, again, deaths = LocalHub.ask, Breaking.again, 0

    async def die() -> None:
        nonlocal deaths
        deaths += 1
        assert session.network is not None
        hub = session.network.hub
        assert isinstance(hub, LocalHub)
        assert hub._task is not None
        hub._task.cancel()
        await asyncio.wait({hub._task})

    async def dying(hub: LocalHub, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if not deaths and name == "quiet":
            await die()
        return await ask(hub, name, arguments)

    async def dying_again(breaking: Breaking, quiet: Quiet) -> None:
        await again(breaking, quiet)
        if deaths == 1:
            await die()

    monkeypatch.setattr(LocalHub, "ask", dying)
    monkeypatch.setattr(Breaking, "again", dying_again)
    finished = await session.run()
    assert deaths == 2
    assert finished.passed


def test_a_disk_that_is_full_at_the_very_beginning_leaves_no_half_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "letter.yaml"
    file.write_text(STORY, encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(enrolment, "save", full)
    with pytest.raises(InputError, match="run` cannot be written: no space left on device"):
        Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch())
    assert not (tmp_path / "run").exists(), "it would be in the way of the next try"


LOSSY = """
title: Half of everything is lost
aim: to come to its end all the same
participants: {bureaus: [FR, BR]}
timeline:
- {at: T+0s, lose: {party: BR, share: 50}}
- {at: T+1m, send: {from: BR, kind: INFO_REQUEST, to: [FR], purpose: case-support, subject: one}}
- {at: T+2m, send: {from: FR, kind: INFO_REQUEST, to: [BR], purpose: case-support, subject: two}}
- {at: T+3m, send: {from: FR, kind: INFO_REQUEST, to: [BR], purpose: case-support, subject: three}}
- {at: T+4m, restore: {party: BR}}
"""


async def test_where_packets_are_lost_on_purpose_nobody_waits_for_a_resend_that_waits_longer_each_time(
    tmp_path: Path,
) -> None:
    file = tmp_path / "lossy.yaml"
    file.write_text(LOSSY, encoding="utf-8")
    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch())
    # As if hub and parties had waited for long already: nothing is sent again by itself any more.
    session.patience = replace(HURRIED, first_resend=3600.0, last_resend=3600.0, stall=2.0)
    finished = await session.run()
    assert finished.passed
    assert finished.completeness.delivered == 3

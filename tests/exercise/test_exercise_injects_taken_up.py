"""A run that dies while something is broken or captured is taken up, and tells the same story."""

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise.assembly import Medium
from i247sim.exercise.session import Finished, Options, Session, Watch
from i247sim.vocabulary.entries import Entry

HERE = Path(__file__).parent


def played(scenario: Path, out: Path) -> Finished:
    session = Session.create(Options(scenario, medium=Medium.MEMORY, out=out), Watch())
    session.patience = HURRIED
    return asyncio.run(session.run())


class _Killed(Exception):
    pass


def killed_and_taken_up(scenario: Path, out: Path, at: str) -> Finished:
    """The run breaks off at the first quiet moment at simulated time ``at`` or later, and is taken up."""

    def line(said: dict[str, Any]) -> None:
        reached.append(said["time"])

    def entries(_: list[Entry]) -> None:
        if reached and reached[-1] >= at:
            raise _Killed

    reached: list[str] = []
    session = Session.create(Options(scenario, medium=Medium.MEMORY, out=out), Watch(line, entries))
    session.patience = HURRIED
    with pytest.raises(_Killed):
        asyncio.run(session.run())
    again = Session.resume(out, Watch())
    again.patience = HURRIED
    return asyncio.run(again.run(again=True))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Finished]:
    """The whole story of a scenario, played once."""
    folder = tmp_path_factory.mktemp("whole")
    return cache(lambda name: played(HERE / f"{name}.yaml", folder / name))


@pytest.mark.parametrize(
    ("name", "at"),
    [
        pytest.param("broken", "2026-03-02T08:02:00Z", marks=pytest.mark.deep, id="while packets are lost"),
        pytest.param("broken", "2026-03-02T09:01:00Z", marks=pytest.mark.deep, id="while traffic is held"),
        pytest.param("broken", "2026-03-02T10:01:00Z", id="while two are not heard"),
        pytest.param("broken", "2026-03-02T12:01:00Z", marks=pytest.mark.deep, id="while one does not hear"),
        pytest.param("broken", "2026-03-02T13:01:00Z", id="while a computer is down"),
        pytest.param("broken", "2026-03-02T14:01:00Z", marks=pytest.mark.deep, id="after a computer has started again"),
        pytest.param("broken", "2026-03-02T16:01:00Z", marks=pytest.mark.deep, id="while the disk is full"),
        pytest.param("broken", "2026-03-02T17:01:00Z", marks=pytest.mark.deep, id="while a clock is wrong"),
        pytest.param("attacks", "2026-03-02T08:45:00Z", marks=pytest.mark.deep, id="after a key was stolen"),
        pytest.param("attacks", "2026-03-02T10:01:00Z", marks=pytest.mark.deep, id="while the broker is captured"),
        pytest.param("attacks", "2026-03-02T12:01:00Z", marks=pytest.mark.deep, id="while the hub alters copies"),
        pytest.param("attacks", "2026-03-02T18:01:00Z", marks=pytest.mark.deep, id="while the hub skips a rule"),
    ],
)
def test_a_run_that_dies_tells_the_same_story(
    name: str, at: str, told: Callable[[str], Finished], tmp_path: Path
) -> None:
    finished = killed_and_taken_up(HERE / f"{name}.yaml", tmp_path / "run", at)
    whole = told(name)
    assert finished.transcript.canonical_text().splitlines() == whole.transcript.canonical_text().splitlines()
    assert finished.completeness.lost == 0

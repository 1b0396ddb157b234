"""A run that dies while something is broken or captured is taken up, and tells the same story."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.drafting import make_step
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
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


LIVE = (
    {"send": {"from": "NO", "kind": "INFO_REQUEST", "to": ["BR"], "purpose": "case-support", "subject": "before"}},
    {
        "after": {"opened": {"message": "question", "party": "BR"}, "wait": "5m"},
        "send": {"from": "FR", "kind": "INFO_REQUEST", "to": ["BR"], "purpose": "case-support", "subject": "waited"},
    },
    {"send": {"from": "FR", "kind": "INFO_REQUEST", "to": ["BR"], "purpose": "case-support", "subject": "behind"}},
)


def injected_live(out: Path, inject_at: int, killed_at: int | None) -> list[str]:
    """The console's story with three live injects at one quiet moment; killed and taken up later, or not at all."""

    def begun(conductor: Conductor) -> None:
        playing.append(conductor)

    def entries(_: list[Entry]) -> None:
        if not playing:
            return  # everything is only being set up
        conductor = playing[0]
        seconds = (conductor.site.now - conductor.scenario.start).total_seconds()
        if seconds >= inject_at and not conductor.timeline.came_in and not conductor.live:
            at = conductor.clock - conductor.scenario.start + timedelta(seconds=5)
            for value in LIVE:
                conductor.inject(make_step(value, conductor.scenario, None if "after" in value else at))
        if killed_at is not None and seconds >= killed_at and conductor.timeline.came_in:
            raise _Killed

    playing: list[Conductor] = []
    options = Options(HERE.parent / "console" / "story.yaml", medium=Medium.MEMORY, out=out)
    session = Session.create(options, Watch(entries=entries, begun=begun))
    session.patience = HURRIED
    if killed_at is None:
        return asyncio.run(session.run()).transcript.canonical_text().splitlines()
    with pytest.raises(_Killed):
        asyncio.run(session.run())
    again = Session.resume(out, Watch())
    again.patience = HURRIED
    return asyncio.run(again.run(again=True)).transcript.canonical_text().splitlines()


@pytest.mark.parametrize(
    ("inject_at", "killed_at"),
    [
        pytest.param(1, 60, marks=pytest.mark.deep, id="before what is waited for has happened"),
        pytest.param(200, 201, id="what was waited for had happened already"),
        pytest.param(200, 370, marks=pytest.mark.deep, id="after the step that waited"),
        pytest.param(1, 7200, marks=pytest.mark.deep, id="long after"),
    ],
)
def test_live_steps_that_wait_for_something_are_taken_up(inject_at: int, killed_at: int, tmp_path: Path) -> None:
    whole = injected_live(tmp_path / "whole", inject_at, None)
    assert injected_live(tmp_path / "run", inject_at, killed_at) == whole


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

"""A rehearsal says beforehand what a run will do: the same transcript, line by line."""

import asyncio
from pathlib import Path

import pytest

from i247sim.exercise.catalogue import files, folder
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium
from i247sim.exercise.rehearsal import Rehearsed, rehearse
from i247sim.exercise.report import Finished
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.session import Options, Session, Watch
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook

HERE = Path(__file__).parent
STORIES = {path.stem: path for path in files()}
ALWAYS = {
    *(path.stem for path in files() if path.parent == folder()),
    "extradition",
    "asleep",
    "withdrawn",
    "life-of-a-notice",
} - {"world-alert"}
"""The tour, and cases with desks, clocks, local copies and the whole life of a notice; the other cases are deep."""


def rehearsed(scenario: Scenario) -> Rehearsed:
    return rehearse(scenario, Engine(Rulebook.load(scenario.rules)))


def played(path: Path, out: Path, seed: int | None = None) -> Finished:
    session = Session.create(Options(path, seed=seed, medium=Medium.MEMORY, out=out), Watch())
    return asyncio.run(session.run())


def lines(text: str) -> list[str]:
    return text.splitlines()


@pytest.mark.parametrize(
    ("path", "seed"),
    [
        *(
            pytest.param(path, None, id=name, marks=() if name in ALWAYS else pytest.mark.deep)
            for name, path in STORIES.items()
        ),
        pytest.param(STORIES["red-notice"], 99, id="red-notice with another seed"),
        pytest.param(HERE / "injects.yaml", None, id="injects"),
        pytest.param(HERE / "waits.yaml", None, id="waits"),
        pytest.param(HERE / "waits.yaml", 12, id="waits with another seed"),
    ],
)
def test_a_rehearsal_and_a_run_have_the_same_transcript(path: Path, seed: int | None, tmp_path: Path) -> None:
    finished = played(path, tmp_path / "run", seed)
    scenario = load(path)
    if seed is not None:
        scenario = scenario.model_copy(update={"seed": seed})
    expected = rehearsed(scenario).transcript
    assert lines(finished.transcript.canonical_text()) == lines(expected.canonical_text())
    assert finished.faults == []
    assert [result.expectation.says for result in finished.results if not result.passed] == []

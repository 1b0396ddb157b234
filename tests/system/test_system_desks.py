"""Desks, tasks that sleep and clocks that run outlive a kill: the same transcript, the same case file."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from forked import player

from i247sim.exercise.catalogue import find


def told(done: "subprocess.CompletedProcess[str]") -> tuple[Any, ...]:
    report = json.loads(done.stdout)
    return report["transcript"], report["case_file"], report["passed"]


@pytest.fixture(scope="module")
def smooth(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    found = told(player("play", find("asleep"), tmp_path_factory.mktemp("smooth") / "run", "memory"))
    assert found[2]
    return found


@pytest.mark.parametrize(
    "at", [pytest.param(at, marks=() if at == 60 else pytest.mark.deep) for at in (20, 40, 60, 70, 80, 90)]
)
def test_a_clock_that_runs_and_an_officer_who_sleeps_outlive_a_kill(
    smooth: tuple[Any, ...], tmp_path: Path, at: int
) -> None:
    folder = tmp_path / "run"
    killed = player("play", find("asleep"), folder, "memory", "mailbox-after", at)
    assert killed.returncode == -signal.SIGKILL, "it was killed, and not over before"
    assert told(player("resume", folder)) == smooth

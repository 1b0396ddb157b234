"""A scenario of a few messages, a finished run of it, and the command as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import FAILING, SCENARIO, Call, Said, Start

from i247sim.cli.main import status


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """A scenario whose one expectation holds."""
    path = tmp_path / "letters.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """The same with an expectation that does not hold."""
    path = tmp_path / "failing.yaml"
    path.write_text(FAILING, encoding="utf-8")
    return path


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command line in this process, in an empty folder, 80 columns wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: object) -> Said:
        capsys.readouterr()
        try:
            code = status([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """``i247sim`` as a process of its own, in a session of its own, so that a signal can go to all of it."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: object, **options: object) -> "subprocess.Popen[str]":
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-m", "i247sim", *map(str, words)],
            cwd=tmp_path,
            text=True,
            encoding="utf-8",
            env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
            start_new_session=True,
            **pipes,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A finished run of ``who-can-read``: its folder and its evidence code. Not to be changed: copy it."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    words = ["run", "who-can-read", "--in-process", "--json", "--out", str(folder)]
    done = subprocess.run([sys.executable, "-m", "i247sim", *words], capture_output=True, text=True, check=True)
    return folder, json.loads(done.stdout)["evidence_code"]

"""Whatever goes wrong is one line and an exit status."""

import signal
import sqlite3
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from command_line import Call

from i247sim.cli.app import app
from i247sim.cli.exits import DEBUG, Stopped
from i247sim.vocabulary.errors import EvidenceError, InputError, NetworkFailed, TrustError


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run"], "`i247sim scenarios` lists them"),
        (["run", "red-notise"], "did you mean `red-notice`?"),
        (["run", "no/such.yaml"], "no scenario `no/such.yaml`"),
        (["run", "red-notice", "--pace", "fast"], "`--pace` is `fast`; expected `max`"),
        (["run", "red-notice", "--pace", "0"], "`--pace` is `0`; expected `max`"),
        (["run", "red-notice", "--pace", "nan"], "`--pace` is `nan`; expected `max`"),
        (["run", "red-notice", "--port", "70000"], "`--port`"),
        (
            ["run", "red-notice", "--seed", "-1"],
            "`-1` is no seed; expected a whole number from 0 to 9223372036854775807",
        ),
        (["storm", "--rate", "x"], "`--rate`: expected a number; see `i247sim storm --help`"),
        (["run", "red-notice", "more"], "`more` is more than the command takes"),
        (["run", "red-notice", "--fork-at", "T+1h"], "`--fork-at` goes with `--replay RUN`"),
        (["run", "red-notice", "--bogus"], "no such option: --bogus"),
        (["run", "red-notice", "--in-process", "--port", "4000"], "leave out `--port`"),
        (["run", "red-notice", "--out", "/proc/no/run"], "`/proc/no/run` cannot be made"),
        (["run", "red-notice", "--out", "."], "`.` exists already"),
        (["run", "--resume", "nowhere"], "`nowhere` does not exist"),
        (["run", "--resume", "."], "`.` has no unfinished run"),
        (["run", "red-notice", "--resume", ".", "--seed", "3"], "leave out `SCENARIO`, `--seed`"),
        (["verify", "nowhere"], "`nowhere` does not exist"),
        (["explain", "nowhere", "warning", "NO"], "`nowhere` does not exist"),
        (["verify", "."], "`.` is not a run folder: it has no `run.json`"),
        (["explain", ".", "warning", "NO"], "`.` is not a run folder"),
        (["notices", "."], "`.` is not a run folder"),
        (["query", ".", "--hits"], "`.` is not a run folder"),
        (["query", ".", "--name", "x", "--born", "1.2.80"], "`--born` is `1.2.80`; expected a date like"),
        (["query", ".", "--document", "pt:1"], "`--document` is `pt:1`; expected country and number"),
        (["diff", ".", "."], "`.` is not a run folder"),
        (["run", "--replay", "."], "`.` is not a run folder"),
        (["control", ".", "stauts"], "`stauts` is no order; did you mean `status`?"),
        (["explain", "nowhere"], "missing argument `MESSAGE`; see `i247sim explain --help`"),
        (["hub", "no.json"], "`no.json` cannot be read: no such file or directory"),
        (["hub", "/dev/zero"], "`/dev/zero` cannot be read: not a plain file"),
        (["storm", "--again", "/dev/zero"], "`/dev/zero` cannot be read: not a plain file"),
        (["storm", "--again", "/dev/null"], "`/dev/null` cannot be read: not a plain file"),
        (["check", "."], "no scenario `.`"),
        (["storm", "--rate", "5"], "`--rate` goes with `--soak TIME`; leave out `--rate`"),
        (["storm", "--kills", "2", "--runs", "3", "--jobs", "2"], "leave out `--runs`, `--jobs`"),
        (["storm", "--again", "case.yaml", "--soak", "5m"], "leave out `--soak`"),
        (["storm", "--soak", "5m", "--seed", "3"], "leave out `--seed`"),
        (["bench", "--console", "--qos", "0"], "leave out `--qos`"),
        (["bench", "--minutes", "5"], "go with `--console`"),
        (["console", ".", "--pace", "60", "--keep-keys"], "leave out `--pace`, `--keep-keys`"),
        (["inject", "--about"], "requires an argument; see `i247sim inject --help`"),
        (["inject", "--about", "cut", "--list"], "`--about` injects nothing; leave out `--list`"),
        (["inject", "--list", "--in", "5m"], "`--list` injects nothing; leave out `--in`"),
        (["query", ".", "--looks", "x"], "`x` is no record; expected an id like `NOM-000001`"),
        (["query", ".", "--record", "NOM-1"], "`--record`: expected a record id like"),
        (["query", ".", "--name", ""], "`--name`: expected at least 1 character"),
        (["new", ""], "`` is no name for an exercise"),
        (["new", ".yaml"], "`.yaml` is no name for an exercise"),
        (["frobnicate"], "no such command `frobnicate`"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_status_2(call: Call, words: list[str], says: str) -> None:
    said = call(*words)
    assert said.status == 2
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("error: ")
    assert says in line


def test_what_is_wrong_with_the_file_of_a_storm_stands_under_its_name(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").touch()
    said = call("storm", "--again", "empty.yaml")
    assert (said.status, said.err) == (2, "error: empty.yaml:1: the file is empty; expected a scenario\n")


def test_a_folder_of_ones_own_that_has_a_folder_work_is_no_run_that_is_not_finished(call: Call) -> None:
    Path("work").mkdir()
    assert call("verify", ".").err == "error: `.` is not a run folder: it has no `run.json`\n"


def test_every_mistake_of_a_scenario_has_its_line_and_its_place(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("title: x\naim: y\nparticipants: {bureaus: [QQ]}\ntimelin: []\n")
    said = call("run", "bad.yaml")
    assert said.status == 2
    assert [line.split(": ")[:2] for line in said.err.splitlines()] == [
        ["error", "bad.yaml:1"],
        ["error", "bad.yaml:3"],
        ["error", "bad.yaml:4"],
    ]


def test_yaml_that_is_none_is_one_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("title: [\n")
    said = call("run", "bad.yaml")
    assert (said.status, len(said.err.splitlines())) == (2, 1)
    assert "bad.yaml:" in said.err


def test_without_words_the_help_is_shown(call: Call) -> None:
    said = call()
    assert said.status == 2
    assert "i247sim scenarios" in said.out
    assert "error" not in said.err


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (InputError("the input"), 2, "error: the input"),
        (TrustError("the certificate is expired"), 2, "error: the certificate is expired"),
        (EvidenceError("the evidence"), 1, "error: the evidence"),
        (NetworkFailed("the network"), 3, "error: the network"),
        (Stopped(signal.SIGTERM, "stopped at T+00:01:00"), 143, "stopped at T+00:01:00"),
        (
            OSError(28, "No space left on device", "log.db"),
            3,
            "error: `log.db` cannot be read or written: no space left",
        ),
        (sqlite3.OperationalError("database or disk is full"), 3, "error: a database of the run cannot be used"),
        (InputError("an escape \x1b[31m"), 2, "error: an escape ?[31m"),
        (
            ZeroDivisionError("a bug\nwith lines"),
            70,
            "error: a mistake in i247sim itself: ZeroDivisionError: a bug; set",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_trouble_has_its_status_and_one_line(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, line: str
) -> None:
    def trouble() -> int:
        raise error

    monkeypatch.delenv(DEBUG, raising=False)
    monkeypatch.setattr("i247sim.cli.scenarios.show", trouble)
    said = call("scenarios")
    assert said.status == status
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith(line)


def test_whoever_looks_for_a_bug_gets_the_traceback(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def trouble() -> int:
        raise ZeroDivisionError("a bug")

    monkeypatch.setenv(DEBUG, "1")
    monkeypatch.setattr("i247sim.cli.scenarios.show", trouble)
    said = call("scenarios")
    assert said.status == 70
    assert "Traceback" in said.err
    assert "in trouble" in said.err


COMMANDS = [one.callback.__name__ for one in app.registered_commands if one.callback]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_that_says_what_it_takes_in_whole_lines(call: Call, command: str) -> None:
    said = call(command, "--help")
    assert said.status == 0
    assert f"Usage: i247sim {command}" in said.out
    prose = said.out.split("╭")[0].splitlines()
    for line, after in pairwise(row.strip() for row in prose):
        columns = "  " in line or "  " in after
        assert columns or not line or not after or len(f" {line} {after.split()[0]}") > 78, f"`{line}` ends early"


def test_the_help_says_that_it_is_an_exercise_and_how_to_begin(call: Call) -> None:
    said = call("--help")
    assert said.status == 0
    assert "fictional" in said.out
    assert "i247sim run who-can-read" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_the_version_is_the_packages(call: Call) -> None:
    from i247sim import __version__

    assert call("--version").out == f"i247sim {__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    """``--help`` answers at once: what a command needs is loaded when it runs."""
    code = (
        "import sys, i247sim.cli.app; print([m for m in ('cryptography', 'pydantic', 'cedarpy') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_a_program_without_output_streams_still_runs() -> None:
    code = "import sys; sys.stdout = sys.stderr = None; from i247sim.cli.main import main; main(['scenarios'])"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ctrl_c_before_anything_runs_is_said(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("i247sim.cli.scenarios.show", interrupted)
    said = call("scenarios")
    assert (said.status, said.out, said.err) == (130, "", "interrupted\n")

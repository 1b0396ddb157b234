"""``run``: what is shown, where it goes, how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Call, Start

from i247sim.exercise.scenario import NOTICE
from i247sim.exercise.steering import Steering


def test_a_run_that_passes_shows_matrix_expectations_and_evidence(call: Call, letters: Path) -> None:
    said = call("run", letters, "--in-process", "--out", "here")
    assert said.status == 0
    lines = said.out.splitlines()
    assert NOTICE in lines
    assert "T+00:00:00 FR#1 INFO_REQUEST letter  ↑   ✓   ⊘1*" in lines
    assert "  1 E-RESTRICT: the owner of the data has barred this addressee" in lines
    assert "Expectations: 1 of 1 met" in lines
    assert any(line.startswith("run folder") and line.endswith("here") for line in lines)
    assert lines[-1].startswith("PASSED")
    # The command to copy is not broken into lines.
    assert [line for line in lines if len(line) > 80 and "verify" not in line] == []
    assert not [line for line in lines if line != line.rstrip()]


def test_seed_and_configuration_are_shown_before_the_story(call: Call, letters: Path) -> None:
    said = call("run", letters, "--in-process", "--out", "here", "--seed", "41")
    assert "seed        41" in said.err
    assert "broker      none, all in one process" in said.err
    assert "run folder  here" in said.err
    assert NOTICE in said.err
    assert said.err.index("seed") < said.err.index("T+00:00:00")


def test_events_are_told_on_standard_error_with_who_got_what_and_why(call: Call, letters: Path) -> None:
    said = call("run", letters, "--in-process")
    told = said.err[said.err.index("T-00:01:00") :]
    assert told.splitlines() == [
        "T-00:01:00     FR bars NO",
        "",
        "               A letter with two readers, one of them barred.",
        "T+00:00:00     FR#1 INFO_REQUEST `letter`",
        "                 ✓ read by BR",
        "                 ⊘ refused to NO: E-RESTRICT (RESTRICT-OWN)",
        "T+01:00:00     BR#1 INFO_REPLY to FR#1  ✓ read by FR",
    ]


def test_an_expectation_that_fails_is_status_1_with_what_was_found(call: Call, failing: Path) -> None:
    said = call("run", failing, "--in-process")
    assert said.status == 1
    assert "✕ NO   Norway reads it too\n       FR#1 (letter, INFO_REQUEST) was refused at NO" in said.out
    assert said.out.splitlines()[-1] == "FAILED  1 of 2 expectations not met"


@pytest.mark.parametrize(("name", "status", "passed"), [("letters", 0, True), ("failing", 1, False)])
def test_json_is_one_document_and_the_story_stays_on_standard_error(
    call: Call, request: pytest.FixtureRequest, name: str, status: int, passed: bool
) -> None:
    said = call("run", request.getfixturevalue(name), "--in-process", "--json", "--out", "here")
    assert said.status == status
    report = json.loads(said.out)
    assert (report["passed"], report["notice"]) == (passed, NOTICE)
    assert report == json.loads(Path("here/report.json").read_text(encoding="utf-8"))
    assert "T+00:00:00" in said.err


def test_a_terminal_with_ascii_only_gets_letters(letters: Path) -> None:
    environment = {**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "ascii"}
    words = [sys.executable, "-m", "i247sim", "run", str(letters), "--in-process"]
    process = subprocess.run(words, cwd=letters.parent, env=environment, capture_output=True, check=False)
    assert process.returncode == 0
    assert process.stdout.isascii()
    assert b"^   +   x1*" in process.stdout
    assert b"+ read by BR" in process.stderr
    assert b"\\u" not in process.stdout + process.stderr


def test_the_embedded_broker_carries_the_same_story(start: Start, call: Call, letters: Path) -> None:
    out, err = start("run", letters, "--out", "embedded", "--json").communicate(timeout=60)
    memory = call("run", letters, "--in-process", "--json")
    assert json.loads(out)["transcript"] == json.loads(memory.out)["transcript"]
    assert err[err.index("T-00:01:00") :] == memory.err[memory.err.index("T-00:01:00") :]


@pytest.mark.parametrize(
    ("options", "kill"),
    [([], os.killpg), (["--in-process"], os.kill)],
    ids=["with-children-to-the-group", "in-process-to-it-alone"],
)
def test_ctrl_c_stops_says_where_it_stands_and_the_run_can_go_on(
    start: Start, letters: Path, options: list[str], kill: Callable[[int, int], None]
) -> None:
    process = start("run", letters, "--pace", "60", "--out", "here", *options)
    _wait_for(process, "T+00:00:00")
    kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "stopped at T+00:00:00; to go on: i247sim run --resume here"
    assert "Traceback" not in err

    process = start("run", "--resume", "here", "--json")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["passed"]
    assert "T+01:00:00     BR#1 INFO_REPLY" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_other_signals_stop_alike(start: Start, letters: Path, number: signal.Signals) -> None:
    process = start("run", letters, "--in-process", "--pace", "60", "--out", "here")
    _wait_for(process, "T+00:00:00")
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert "to go on: i247sim run --resume here" in err


def test_a_port_that_is_taken_is_said_in_one_line(start: Start, letters: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start("run", letters, "--port", port)
        out, err = process.communicate(timeout=60)
    assert process.returncode in (2, 3)
    assert out == ""
    assert f"port `{port}`" in err.splitlines()[-1]
    assert "Traceback" not in err


def test_when_the_reader_of_the_result_has_gone_the_run_is_complete_all_the_same(start: Start, letters: Path) -> None:
    process = start("run", letters, "--in-process", "--out", "here")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=60)
    assert process.returncode == 141
    assert "Traceback" not in err
    assert "Exception" not in err
    assert (letters.parent / "here" / "MANIFEST").is_file()


def test_when_nobody_watches_any_more_the_run_goes_on(start: Start, letters: Path) -> None:
    process = start("run", letters, "--in-process", "--pace", "7200", "--out", "here")
    _wait_for(process, "T+00:00:00")
    assert process.stderr is not None
    process.stderr.close()
    process.stderr = None
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.splitlines()[-1].startswith("PASSED")


def test_a_full_disk_under_the_output_is_one_line(start: Start, letters: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = start("run", letters, "--in-process", stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert err.splitlines()[-1] == "error: the output or a file cannot be read or written: no space left on device"


def test_no_text_of_a_scenario_turns_the_direction_of_what_stands_around_it(call: Call, tmp_path: Path) -> None:
    turned = r"""title: "A ti\u202Etle"
aim: "to \u202E and fro"
participants: {bureaus: [FR, BR]}
timeline: [{at: T+1h, note: "no\u2067te", measure: {party: FR, state: active}}]
expect: [{says: "it \u202Eholds", count: {kind: INFO_REQUEST, exactly: 0}}]
"""
    (tmp_path / "turned.yaml").write_text(turned, encoding="utf-8")
    for words in (("run", "turned.yaml", "--in-process"), ("scenarios", "turned.yaml")):
        said = call(*words)
        assert said.status == 0, said.err
        assert "A ti?tle" in said.out + said.err
        assert not {"\u202e", "\u2067"} & {*said.out, *said.err}


def _wait_for(process: "subprocess.Popen[str]", text: str) -> None:
    """Read standard error up to the line with ``text``."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"`{text}` never came")


def test_what_the_computer_refuses_in_the_middle_is_told_with_the_way_to_go_on(
    call: Call, letters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Steering, "__init__", full)
        said = call("run", letters, "--in-process", "--out", "here")
    assert said.status == 3
    assert said.err.splitlines()[-1] == (
        "error: the output or a file cannot be read or written: no space left on device; "
        "to go on: i247sim run --resume here"
    )
    assert call("run", "--resume", "here").out.splitlines()[-1].startswith("PASSED")

"""A running exercise steered from another terminal, replayed, forked, compared: commands as a person types them."""

import asyncio
import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from command_line import Call, Start

from i247sim.cli import settle
from i247sim.cli.exits import BAD_INPUT, FAILED

TROUBLED = "cut: {party: BR, stays: true}"


def wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path.name} never came")


def test_a_paused_exercise_is_steered_and_what_was_injected_happens_again(
    call: Call, start: Start, letters: Path, tmp_path: Path
) -> None:
    out = tmp_path / "class"
    process = start("run", letters, "--in-process", "--paused", "--pace", "100000", "--out", out, "--json")
    wait_for(out / "work" / "steering.json")

    where = call("control", out, "status")
    assert where.status == 0
    assert where.out.startswith("status: T+0s")
    assert "paused" in where.out

    assert call("inject", out, TROUBLED).out.startswith("injected: ")
    assert re.match(r"step 1: T\+.*paused", call("control", out, "step", 1).out)
    assert "paused" in call("control", out, "pace", "x50000").out

    for words, said in (
        (("inject", out, "frobnicate: {party: FR}"), "frobnicate"),
        (("inject", out, "cut: {party: XX}"), "XX"),
        (("inject", out, "send: {from: FR}"), "add it\nerror: inject:1: `purpose` is missing"),
        (("inject", out), "inject what?"),
        (("inject", out, "cut: {party: BR}", "--in", "soon"), "--in"),
        (("control", out, "dance"), "dance"),
        (("control", out, "pace", "fast"), "fast"),
        (("control", out, "until", "tomorrow"), "tomorrow"),
        (("control", out, "until", "T+0s"), "`T+0s` is over: the clock stands at T+"),
        (("verify", out), "is not finished"),
        (("explain", out, "letter", "BR"), "is not finished"),
        (("control", out, "step", "0"), "0"),
    ):
        refused = call(*words)
        assert (refused.status, refused.out) == (BAD_INPUT, ""), words
        assert refused.err.startswith("error: ")
        assert said in refused.err
        assert "Traceback" not in refused.err

    again = call("run", "--resume", out)
    assert again.status == BAD_INPUT
    assert again.err.endswith(f"is running already; where it stands: i247sim control {out} status\n")

    call("control", out, "pace", "max")
    call("control", out, "resume")
    said, _ = process.communicate(timeout=60)
    report = json.loads(said)
    assert process.returncode == 0, "the letter was there before the line was cut; the answer is not"
    assert report["completeness"]["lost"] == 0

    gone = call("control", out, "status")
    assert (gone.status, gone.err) == (BAD_INPUT, f"error: no exercise is running in `{out}`\n")

    again = call("run", "--replay", out, "--in-process", "--out", tmp_path / "again", "--json")
    assert json.loads(again.out)["transcript"] == report["transcript"]
    same = call("diff", out, tmp_path / "again")
    assert same.status == 0

    plain = call("run", letters, "--in-process", "--out", tmp_path / "plain", "--json")
    assert plain.status == 0
    other = call("diff", out, tmp_path / "plain")
    assert other.status == FAILED
    assert "BR" in other.out
    assert json.loads(call("diff", out, tmp_path / "plain", "--json").out)


def test_step_and_until_answer_when_they_are_done_and_ctrl_c_ends_only_the_waiting(
    call: Call, start: Start, letters: Path, tmp_path: Path
) -> None:
    out = tmp_path / "class"
    process = start("run", letters, "--in-process", "--paused", "--out", out, "--json")
    wait_for(out / "work" / "steering.json")

    before = json.loads(call("control", out, "status", "--json").out)
    after = json.loads(call("control", out, "step", 2, "--json").out)
    assert (after["released"] - before["released"], after["left"], after["busy"]) == (2, 0, False)

    assert call("control", out, "until", "T+30m").out.startswith("until T+30m: T+30m ")
    assert "paused" in call("control", out, "status").out, "an answer means that it is there"

    call("control", out, "pace", "1")
    waiting = start("control", out, "until", "T+59m")
    assert waiting.stderr is not None
    assert waiting.stderr.readline() == "waiting for `until T+59m`\n"
    waiting.send_signal(signal.SIGINT)
    said, complaint = waiting.communicate(timeout=30)
    assert (waiting.returncode, said) == (130, "")
    assert complaint == "no longer waiting for `until T+59m`; the exercise goes on with it\n"
    going = json.loads(call("control", out, "status", "--json").out)
    assert (going["paused"], going["until"]) == (False, "T+59m")

    call("control", out, "pace", "max")
    everything = call("control", out, "step", 1000)
    assert "0 planned\nnothing is planned any more" in everything.out
    assert "there is no next event" in call("control", out, "step").err

    ended = call("control", out, "until", "T+500h")
    assert (ended.status, ended.out) == (BAD_INPUT, "")
    assert "`until T+500h` came to nothing more: the exercise is over, or was stopped" in ended.err
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_what_somebody_else_pauses_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = iter(
        [
            {"left": 0, "until": "T+1h", "paused": False, "busy": True},
            {"left": 0, "until": "T+1h", "paused": False, "busy": False},
            {"left": 0, "until": "T+1h", "paused": True, "busy": True},
            {"left": 0, "until": "T+1h", "paused": True, "busy": False},
        ]
    )

    async def order(folder: Path, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return next(said)

    monkeypatch.setattr(settle, "order", order)
    status = asyncio.run(settle.settled(tmp_path, "until", {"offset": "T+1h"}, "until T+1h"))
    assert (status["paused"], status["busy"], list(said)) == (True, False, [])


def test_a_fork_leaves_the_recorded_injects_at_its_time(
    call: Call, start: Start, letters: Path, tmp_path: Path
) -> None:
    out = tmp_path / "class"
    process = start("run", letters, "--in-process", "--paused", "--out", out, "--json")
    wait_for(out / "work" / "steering.json")
    call("inject", out, "measure: {party: KE, state: monitored, reason: exercise}", "--in", "2h")
    call("control", out, "resume")
    process.communicate(timeout=60)
    forked = call(
        "run", "--replay", out, "--fork-at", "T+30m", "--pace", "max", "--in-process", "--out", tmp_path / "f", "--json"
    )
    plain = call("run", letters, "--in-process", "--out", tmp_path / "plain", "--json")
    assert json.loads(forked.out)["transcript"] == json.loads(plain.out)["transcript"]
    assert call("run", "--replay", tmp_path / "nowhere").status == BAD_INPUT
    assert call("run", letters, "--fork-at", "T+1h").status == BAD_INPUT

"""Kill -9 at any point of an hour in which everything fails once: taken up, it is the same hour."""

import asyncio
import base64
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from forked import player

from i247sim.audit.log import open_database, read_entries
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import report as report_of
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.verify import verify
from i247sim.security import frames as clear
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.entries import FrameEntry, RefusalEntry, from_bytes
from i247sim.vocabulary.frames import ControlEntry

HERE = Path(__file__).parent
STORY = HERE / "all-that-fails.yaml"


@dataclass(frozen=True)
class Evidence:
    """What must not depend on kills."""

    report: dict[str, Any]
    """What became of every message, and what was noticed; without what differs from run to run."""
    noted: list[tuple[str, str, str]]
    """What exercise control did, as the log has it."""
    refused: list[tuple[str, str, str]]
    """What the hub refused as a whole: the intruders."""
    told: list[dict[str, str]]
    """What exercise control did, as the journal has it."""


def evidence(report: dict[str, Any], folder: Path) -> Evidence:
    database = open_database(folder / "log.db", read_only=True)
    entries = [from_bytes(data) for _, data in read_entries(database)]
    database.close()
    said = [clear.parse(base64.b64decode(entry.frame)) for entry in entries if isinstance(entry, FrameEntry)]
    journal = [json.loads(line) for line in (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    own = ("run", "evidence_code", "folder", "log", "access", "defence")
    return Evidence(
        {key: value for key, value in report.items() if key not in own}
        | {"cosigned": report["log"]["cosigned_by"]}
        | {"defence": without_real_time(report["defence"])}
        | {"access": [{k: v for k, v in cell.items() if k not in ("decision", "handed")} for cell in report["access"]]},
        [
            (str(one.frame.time), one.payload.what, one.payload.target)
            for one in said
            if isinstance(one.payload, ControlEntry)
        ],
        [
            (str(entry.time), entry.topic, entry.code)
            for entry in entries
            # Whether the last will of a party that was just revoked still reaches the hub is the broker's affair.
            if isinstance(entry, RefusalEntry) and entry.code is not Code.KEY
        ],
        [
            {key: value for key, value in line.items() if key != "real"}
            for line in journal
            if line["event"] == "control" and line["what"] != "restart"
        ],
    )


def without_real_time(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How long it took somebody to notice is no part of the story."""
    own = "after_real_seconds"
    return [
        trial | {"met": [{key: value for key, value in one.items() if key != own} for one in trial["met"]]}
        for trial in trials
    ]


def played(done: "subprocess.CompletedProcess[str]", folder: Path) -> Evidence:
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert verify(folder, report["evidence_code"]).origin_proven
    assert not (folder / "work").exists()
    return evidence(report, folder)


@pytest.fixture(scope="module")
def smooth(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = tmp_path_factory.mktemp("smooth") / "run"
    found = played(player("play", STORY, folder, "memory"), folder)
    assert found.report["passed"]
    assert found.report["completeness"]["lost"] == 0
    assert {what for _, what, _ in found.noted} >= {"cut", "slow", "rotate", "retire-key", "stop", "replay", "spoof"}
    assert len(found.refused) == 3
    return found


def killed_and_taken_up(folder: Path, *points: tuple[str, int], medium: str = "memory") -> Evidence | None:
    """Play, dying at every point in turn, and take up again. ``None``: a point was never reached."""
    begin: tuple[object, ...] = ("play", STORY, folder, medium)
    for point in points:
        done = player(*begin, *point)
        begin = ("resume", folder)
        if done.returncode == 0:
            return None
        assert done.returncode == -signal.SIGKILL, done.stderr
    return played(player(*begin), folder)


POINTS = [
    [("mailbox-after", 70)],
    [("line", 20), ("mailbox-before", 20), ("log-after", 20)],
]


@pytest.mark.parametrize("points", POINTS, ids=lambda points: ", ".join(f"{kind} {n}" for kind, n in points))
def test_a_killed_run_that_is_taken_up_leaves_the_same_evidence(
    smooth: Evidence, tmp_path: Path, points: list[tuple[str, int]]
) -> None:
    assert killed_and_taken_up(tmp_path / "run", *points) == smooth


def test_live_injects_find_their_place_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stand in line with what the same parties' officers have planned for themselves."""
    letter = {"from": "JP", "kind": "INFO_REQUEST", "to": ["KE"], "purpose": "case-support", "subject": "By the way"}
    injects = [(after, {"at": "T+0s", "send": letter}) for after in range(3, 12)]
    monkeypatch.setenv("PLAYER_INJECTS", json.dumps(injects))
    smooth = played(player("play", STORY, tmp_path / "smooth", "memory"), tmp_path / "smooth")
    assert smooth.report["completeness"]["sent"] > 18
    assert killed_and_taken_up(tmp_path / "run", ("mailbox-after", 44)) == smooth


@pytest.mark.deep
@pytest.mark.parametrize("kind", ["line", "mailbox-before", "mailbox-after", "log-before", "log-after"])
def test_at_whatever_point_a_run_is_killed(smooth: Evidence, tmp_path: Path, kind: str) -> None:
    at = 1
    while (found := killed_and_taken_up(tmp_path / f"run-{at}", (kind, at))) is not None:
        assert found == smooth, f"{kind} {at}"
        at += 4
    assert at > 40


# --- while the run folder is made, and while it is closed


@pytest.mark.parametrize("at", [25])
def test_a_run_that_is_killed_before_it_began_says_that_there_is_nothing_to_take_up(tmp_path: Path, at: int) -> None:
    folder = tmp_path / "run"
    assert player("play", STORY, folder, "memory", "setup", at).returncode == -signal.SIGKILL
    done = player("resume", folder)
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)
    assert "has no unfinished run" in done.stderr


def closed_after_kill(folder: Path, at: int, smooth: Evidence) -> bool:
    """Whether the run was killed when it touched the disk for the ``at``th time in closing."""
    if player("play", STORY, folder, "memory", "close", at).returncode == 0:
        return False
    again = player("resume", folder)
    if again.returncode == 0:
        assert played(again, folder) == smooth
    else:
        # The manifest was in its place: nothing is left to do but to clear up.
        assert "is finished" in again.stderr
        assert evidence(json.loads((folder / "report.json").read_text(encoding="utf-8")), folder) == smooth
        assert verify(folder)
        assert not (folder / "work").exists()
    return True


@pytest.mark.parametrize("at", [37])
def test_a_run_that_is_killed_while_it_closes_is_closed_all_the_same(smooth: Evidence, tmp_path: Path, at: int) -> None:
    assert closed_after_kill(tmp_path / "run", at, smooth)


@pytest.mark.deep
def test_at_whatever_point_of_its_closing_a_run_is_killed(smooth: Evidence, tmp_path: Path) -> None:
    at = 1
    while closed_after_kill(tmp_path / f"run-{at}", at, smooth):
        at += 3
    assert at > 50


# --- the hub's process, around its commits


def hub_dies(folder: Path, when: str, number: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Evidence, bool]:
    """A run whose hub process dies around a commit; and whether it came to that."""
    once = folder.with_suffix(".once")
    path = [str(HERE / "dying"), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.setenv("DIE_AT", f"{when} {number}")
    monkeypatch.setenv("DIE_ONCE", str(once))
    session = Session.create(Options(STORY, medium=Medium.EMBEDDED, out=folder), Watch())
    outcome = asyncio.run(session.run())
    assert verify(folder, outcome.code).origin_proven
    return evidence(json.loads(json.dumps(report_of(outcome), default=str)), folder), once.exists()


@pytest.mark.parametrize(("when", "number"), [("after", 3), ("before", 45)])
def test_a_hub_that_dies_around_a_commit_is_started_again_and_nothing_changes(
    smooth: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, number: int
) -> None:
    found, died = hub_dies(tmp_path / "run", when, number, monkeypatch)
    assert died
    assert found == smooth


@pytest.mark.deep
@pytest.mark.parametrize("when", ["before", "after"])
def test_around_whatever_commit_the_hub_dies(
    smooth: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    number, died = 1, True
    while died:
        found, died = hub_dies(tmp_path / f"run-{number}", when, number, monkeypatch)
        assert found == smooth, f"{when} {number}"
        number += 4
    assert number > 40

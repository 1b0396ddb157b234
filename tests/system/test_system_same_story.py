"""Whole runs of the shipped scenarios: the same story over every medium, at every pace, and through every kill -9."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import i247sim
from i247sim.exercise.assembly import Network
from i247sim.exercise.catalogue import find
from i247sim.exercise.enrolment import hub_keys
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.verify import verify
from i247sim.security.keyfiles import load_identity, load_workspace_key
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.errors import TrustError

STORIES = ["red-notice", "who-can-read"]


def play(name: str, out: Path, medium: Medium, watch: Watch | None = None, pace: float | None = None) -> Finished:
    session = Session.create(Options(find(name), medium=medium, out=out, pace=pace), watch or Watch())
    return asyncio.run(session.run())


def check_whole(finished: Finished, smooth: Finished) -> None:
    """As without trouble: the same story, nothing lost, nothing shown twice, and the folder proves it."""
    assert finished.transcript.digest() == smooth.transcript.digest()
    assert finished.passed
    assert finished.completeness.lost == 0
    for row in finished.transcript.messages():
        opened = [one.party for one in row.reached if one.outcome is Outcome.OPENED]
        assert len(opened) == len(set(opened)), f"{row.name} was shown twice"
    assert verify(finished.folder, finished.code).origin_proven


@pytest.fixture(scope="module", params=STORIES)
def smooth(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Finished]:
    name = str(request.param)
    return name, play(name, tmp_path_factory.mktemp(name) / "run", Medium.MEMORY)


def test_over_the_embedded_broker_and_at_a_pace_the_story_is_the_same(
    smooth: tuple[str, Finished], tmp_path: Path
) -> None:
    name, finished = smooth
    check_whole(play(name, tmp_path / "embedded", Medium.EMBEDDED), finished)
    check_whole(play(name, tmp_path / "paced", Medium.MEMORY, pace=40_000.0), finished)


@pytest.mark.parametrize("at", [6])
@pytest.mark.parametrize("victim", ["hub", "broker"])
def test_a_killed_hub_or_broker_is_started_again_and_nothing_changes(
    smooth: tuple[str, Finished], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, victim: str, at: int
) -> None:
    name, finished = smooth
    networks: list[Network] = []
    started = Network.start

    async def remember(self: Network) -> None:
        await started(self)
        networks.append(self)

    monkeypatch.setattr(Network, "start", remember)
    opened = 0

    def kill_at(line: dict[str, Any]) -> None:
        nonlocal opened
        if line["event"] == "opened":
            opened += 1
            if opened == at:
                part: Any = networks[0].hub if victim == "hub" else networks[0].broker
                os.kill(part.pid, signal.SIGKILL)

    check_whole(play(name, tmp_path / "run", Medium.EMBEDDED, Watch(line=kill_at)), finished)
    assert opened >= at


@pytest.mark.parametrize("causes", [9])
def test_a_killed_exercise_leaves_no_process_and_is_taken_up_where_it_stood(
    smooth: tuple[str, Finished], tmp_path: Path, causes: int
) -> None:
    name, finished = smooth
    out = tmp_path / "run"
    command = [sys.executable, "-m", "i247sim", "run", name, "--out", str(out), "--pace", "6000"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: happened(out) >= causes)
    process.kill()
    process.wait()
    wait_until(lambda: not mentioned(out))
    resumed = subprocess.run(
        [sys.executable, "-m", "i247sim", "run", "--resume", str(out), "--json"],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert resumed.returncode == 0, resumed.stderr.decode()
    report = json.loads(resumed.stdout)
    assert report["transcript"] == finished.transcript.digest()
    assert report["completeness"]["lost"] == 0
    assert verify(out, report["evidence_code"]).origin_proven
    assert not mentioned(out)


def happened(out: Path) -> int:
    """How many causes the run has released so far."""
    try:
        with sqlite3.connect(f"{(out / 'work' / 'node.db').as_uri()}?mode=ro", uri=True) as database:
            return int(database.execute("SELECT count(*) FROM happened WHERE what = 'cause'").fetchone()[0])
    except sqlite3.Error:
        return 0


def mentioned(folder: Path) -> list[int]:
    """Processes whose command line names ``folder``."""
    if Path("/proc/self/cmdline").exists():  # a small Linux has no `ps`
        return [int(file.parent.name) for file in Path("/proc").glob("[0-9]*/cmdline") if f"{folder}/" in _text(file)]
    listed = subprocess.run(["ps", "axo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines()[1:] if f"{folder}/" in line]


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:  # it has ended meanwhile
        return ""


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.01)


def test_nothing_that_hub_and_broker_ever_held_shows_a_body_or_opens_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is on disk for them at every quiet moment's end, and what they leave, against all bodies and keys."""
    held: list[bytes] = []
    bodies: list[str] = []
    seeds: list[bytes] = []
    out = tmp_path / "run"
    work = out / "work"
    stopped = Network.stop

    async def look(self: Network) -> None:
        if not held and (work / "hub").exists():
            file, sealed_with = hub_keys(work)
            key = load_workspace_key(sealed_with)
            assert load_identity(file, key).kem == (), "the hub holds a decryption key"
            for other in (work / "keys").glob("*.key"):
                with pytest.raises(TrustError):
                    load_identity(other, key)
            seeds.extend(kem.secret() for node in self.nodes.values() for kem in node.identity.kem)
            held.extend(path.read_bytes() for path in sorted((work / "hub").iterdir()))
            broker: Any = self.broker
            held.extend(path.read_bytes() for path in broker._folder.rglob("*") if path.is_file())
            held.extend(memory_of(pid) for pid in (broker.pid, getattr(self.hub, "pid", 0)))
            opened = sqlite3.connect(work / "node.db")
            bodies.extend(json.loads(body)["content"] for (body,) in opened.execute("SELECT body FROM kept"))
            opened.close()
        await stopped(self)

    monkeypatch.setattr(Network, "stop", look)
    finished = play("red-notice", out, Medium.EMBEDDED)
    assert finished.passed
    held += [path.read_bytes() for path in (out / "log.db", out / "journal.jsonl", out / "report.json")]
    # References, record numbers and times stand in clear headers too, and are no secret.
    found = {word for content in bodies for word in texts(content) if len(word) >= 8 and "EXERCISE" not in word}
    # And every process of the package knows the package's own words.
    package = "".join(path.read_text(encoding="utf-8") for path in Path(i247sim.__file__).parent.rglob("*.py"))
    words = {word for word in found if not re.fullmatch(r"[A-Za-z-]+-[0-9-]+|[0-9TZ:-]+", word) and word not in package}
    assert len(words) > 12
    assert len(seeds) >= 9
    assert any(b"NOTICE_PUBLISHED" in data for data in held), "the search itself would find what is there"
    for data in held:
        assert not [word for word in words if word.encode() in data]
        assert not [seed for seed in seeds if seed in data]


def texts(value: object) -> list[str]:
    """Every text of a body's content."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for one in value.values() for text in texts(one)]
        case list():
            return [text for one in value for text in texts(one)]
        case _:
            return []


def memory_of(pid: int) -> bytes:
    """The writable memory of another process, where the system lets us look; else nothing."""
    found = bytearray()
    try:
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
            for line in maps:
                span, rights = line.split()[:2]
                begin, end = (int(part, 16) for part in span.split("-"))
                if rights.startswith("rw") and end - begin < 256 * 1024 * 1024:
                    try:
                        memory.seek(begin)
                        found += memory.read(end - begin)
                    except (OSError, ValueError, OverflowError):
                        continue
    except OSError:
        return b""
    return bytes(found)

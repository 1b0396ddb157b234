"""What goes wrong around a run: every trouble ends in one line that names it, or in the same story after all."""

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from i247sim.clock.patience import USUAL
from i247sim.exercise import enrolment
from i247sim.exercise.assembly import Network
from i247sim.exercise.enrolment import hub_keys
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.verify import verify
from i247sim.transport import embedded
from i247sim.vocabulary.errors import InputError, NetworkFailed

PATIENCE_SECONDS = 60
STORY = """
title: Two letters
aim: Something short, to go wrong. All persons, documents and cases are fictional.
participants:
  bureaus: [FR, BR, NO]
officers:
  BR:
    - {when: {kind: INFO_REQUEST}, send: INFO_REPLY, to: [sender], after: 5m..9m, subject: A fictional answer}
timeline:
  - at: T+0s
    send: {from: FR, kind: INFO_REQUEST, purpose: case-support, to: [BR, NO], subject: A fictional letter}
  - at: T+1h
    send: {from: NO, kind: INFO_REQUEST, purpose: case-support, to: [BR], subject: A fictional question}
  - at: T+3h
    send: {from: NO, kind: INFO_REQUEST, purpose: case-support, to: [FR], subject: A fictional second question}
"""


class Play:
    """One run with a hand in it: ``act`` is called with the network when a message is opened for the second time."""

    def __init__(self, folder: Path, act: Callable[[Network], None], medium: Medium = Medium.EMBEDDED) -> None:
        story = folder / "two-letters.yaml"
        story.write_text(STORY, encoding="utf-8")
        self.out = folder / "run"
        self.troubles: list[str] = []
        self._act = act
        self._opened = 0
        watch = Watch(line=self._line, trouble=self.troubles.append)
        self.session = Session.create(Options(story, medium=medium, out=self.out), watch)

    def _line(self, line: dict[str, Any]) -> None:
        if line["event"] == "opened":
            self._opened += 1
            if self._opened == 2:
                self._act(self.session._conductor.network)

    def run(self) -> Finished:
        return asyncio.run(self.session.run())

    def fails(self) -> str:
        """The one line with which the run fails; it can be taken up then, and comes to its end."""
        with pytest.raises(NetworkFailed) as failed:
            self.run()
        assert "\n" not in str(failed.value)
        return str(failed.value)

    def ends_well_when_taken_up(self) -> None:
        finished = asyncio.run(Session.resume(self.out, Watch()).run(again=True))
        assert finished.completeness.lost == 0
        assert finished.completeness.delivered == 6
        assert verify(self.out, finished.code).origin_proven


def kill(part: Any) -> None:
    os.kill(part.pid, signal.SIGKILL)


def test_a_broker_that_cannot_be_started_again_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(network: Network) -> None:
        monkeypatch.setattr(embedded, "_server_program", lambda: "/no/such/nats-server")
        kill(network.broker)

    play = Play(tmp_path, lose)
    assert play.fails() == (
        "the broker died and could not be started again: `/no/such/nats-server` could not be started: "
        "no such file or directory"
    )
    monkeypatch.undo()
    play.ends_well_when_taken_up()


def test_a_broker_whose_port_somebody_else_takes_is_named(tmp_path: Path) -> None:
    with socket.socket() as usurper:

        def usurp(network: Network) -> None:
            usurper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            kill(network.broker)
            port = network.broker.endpoint.port  # type: ignore[attr-defined]
            while True:
                with contextlib.suppress(OSError):
                    usurper.bind(("127.0.0.1", port))
                    # Not listening, so that who connects is refused at once; nor sharing the port with anybody.
                    usurper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
                    return

        said = Play(tmp_path, usurp).fails()
    assert "the broker died and could not be started again: the broker cannot listen on port `" in said


def test_a_fixed_port_that_is_taken_is_bad_input_before_anything_happens(tmp_path: Path) -> None:
    story = tmp_path / "two-letters.yaml"
    story.write_text(STORY, encoding="utf-8")
    with socket.socket() as usurper:
        usurper.bind(("127.0.0.1", 0))
        usurper.listen()
        port = usurper.getsockname()[1]
        session = Session.create(Options(story, port=port, out=tmp_path / "run"), Watch())
        with pytest.raises(InputError, match=f"the broker cannot listen on port `{port}`: address already in use"):
            asyncio.run(session.run())


def test_a_hub_that_cannot_open_its_log_again_is_named(tmp_path: Path) -> None:
    def lose(network: Network) -> None:
        kill(network.hub)
        log = network.work / "hub" / "hub.db"
        log.rename(log.with_name("hub.bak"))
        log.mkdir()

    play = Play(tmp_path, lose)
    said = play.fails()
    assert said.startswith("the hub died and could not be started again: the hub ended while starting: the database `")
    assert said.endswith("cannot be opened: unable to open database file")


def test_certificates_out_of_date_are_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def enrol(scenario: Any, run: str, made: datetime, **more: Any) -> Any:
        return enrolled(scenario, run, made - timedelta(days=31), **more)

    enrolled = enrolment.enrol
    monkeypatch.setattr(enrolment, "enrol", enrol)
    play = Play(tmp_path, lambda network: None)
    said = play.fails()
    assert said.startswith("the certificates of run `")
    assert "this computer's clock says" in said


# --- a full disk


def allow_files_of(pid: int, limit: int) -> None:
    """From now on the process can write no file beyond ``limit`` bytes; below 0: any file again."""
    soft = resource.RLIM_INFINITY if limit < 0 else limit
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))


linux = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process's files")


@linux
def test_a_hub_whose_log_cannot_grow_delivers_nothing_says_so_and_goes_on_when_it_can(tmp_path: Path) -> None:
    hub: list[int] = []
    handed: list[int] = []
    unblocked: list[int] = []

    def fill(network: Network) -> None:
        hub.append(network.hub.pid)  # type: ignore[attr-defined]
        allow_files_of(hub[0], 4096)

    play = Play(tmp_path, fill)
    tell = play.troubles.append

    def hear(text: str) -> None:
        tell(text)
        if "cannot be written" in text:
            handed.append(play._opened)
            asyncio.get_running_loop().call_later(1.0, free)

    def free() -> None:
        unblocked.append(play._opened)
        allow_files_of(hub[0], -1)

    play.session._watch.trouble = hear
    finished = play.run()
    assert [text.split(":")[0] for text in play.troubles] == [
        "the log cannot be written, nothing is delivered",
        "the log is written again",
    ]
    assert handed == unblocked, "something was delivered although the log could not be written"
    assert finished.completeness.delivered == 6
    assert finished.completeness.lost == 0
    assert verify(play.out, finished.code).origin_proven


@linux
def test_a_hub_whose_log_stays_full_ends_the_run_by_its_name(tmp_path: Path) -> None:
    play = Play(tmp_path, lambda network: allow_files_of(network.hub.pid, 4096))  # type: ignore[attr-defined]
    play.session.patience = replace(USUAL, stall=1.5)
    said = play.fails()
    assert said.startswith("no progress for 2 seconds: the log cannot be written, nothing is delivered: ")
    assert len(play.troubles) == 1
    play.ends_well_when_taken_up()


@linux
def test_an_exercise_whose_disk_is_full_stops_with_one_line_and_goes_on_when_taken_up(tmp_path: Path) -> None:
    story, out = tmp_path / "two-letters.yaml", tmp_path / "run"
    story.write_text(STORY, encoding="utf-8")
    command = [sys.executable, "-m", "i247sim", "run"]
    running = subprocess.Popen(
        [*command, str(story), "--pace", "3600", "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: happened(out) >= 2)
    allow_files_of(running.pid, 4096)
    said, talk = running.communicate(timeout=PATIENCE_SECONDS)
    assert (running.returncode, said) == (3, "")
    assert "Traceback" not in talk
    assert "the mailbox cannot be written" in talk.splitlines()[-1]
    resumed = subprocess.run([*command, "--resume", str(out), "--json"], capture_output=True, text=True, check=False)
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["completeness"]["delivered"] == 6


def test_a_killed_exercise_leaves_no_folders_of_its_processes_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="t") as short:  # pytest's own names are too long for a socket
        folder = Path(short)
        (folder / "tmp").mkdir()
        monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
        story = folder / "two-letters.yaml"
        story.write_text(STORY, encoding="utf-8")
        out = folder / "run"
        command = [sys.executable, "-m", "i247sim", "run", str(story), "--pace", "3600", "--out", str(out)]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: happened(out) >= 2)
        assert len(list((folder / "tmp").iterdir())) == 3
        running.kill()
        running.wait()
        # What it had itself, the place where it took orders, nobody can clear away before it is taken up.
        wait_until(lambda: [path.name[:11] for path in (folder / "tmp").iterdir()] == ["i247-steer-"])
        subprocess.run([sys.executable, "-m", "i247sim", "run", "--resume", str(out)], capture_output=True, check=True)
        assert list((folder / "tmp").iterdir()) == []


def happened(out: Path) -> int:
    """How many causes the run has released so far."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{(out / 'work' / 'node.db').as_uri()}?mode=ro", uri=True)
        ) as database:
            return int(database.execute("SELECT count(*) FROM happened WHERE what = 'cause'").fetchone()[0])
    except sqlite3.Error:
        return 0


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.01)


# --- what others on the same computer could see


def test_nobody_else_can_look_into_a_run_and_no_secret_is_where_others_look(tmp_path: Path) -> None:
    """Modes of files; and no private key in arguments, environments, journal or report."""
    seen: list[bytes] = []
    modes: dict[str, int] = {}
    secrets: list[bytes] = []

    def look(network: Network) -> None:
        for path in (network.work, *network.work.rglob("*")):
            modes[path.relative_to(network.work.parent).as_posix()] = path.stat().st_mode & 0o777
        for folder in (network.broker._folder, network.hub._socket_folder):  # type: ignore[attr-defined]
            modes[str(folder)] = folder.stat().st_mode & 0o777
            for path in folder.iterdir():
                if path.name in ("key.pem", "control"):
                    modes[str(path)] = path.stat().st_mode & 0o777
        for node in network.nodes.values():
            secrets.extend((node.identity.tls_key, *(kem.secret() for kem in node.identity.kem)))
        secrets.extend(path.read_bytes() for path in (network.work / "workspace.key", hub_keys(network.work)[1]))
        for pid in (network.hub.pid, network.broker.pid):  # type: ignore[attr-defined]
            for name in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    seen.append(Path(f"/proc/{pid}/{name}").read_bytes())

    play = Play(tmp_path, look)
    play.run()
    assert modes["work"] == 0o700
    keys = [name for name in modes if name.endswith((".key", ".box", "key.pem", "/control"))]
    assert len(keys) > 8
    assert {modes[name] for name in keys} == {0o600}
    assert {mode for name, mode in modes.items() if name.startswith("/") and name not in keys} == {0o700}
    seen += [path.read_bytes() for path in play.out.rglob("*") if path.is_file()]
    assert len(secrets) > 8
    for data in seen:
        for secret in secrets:
            for form in (secret, secret.hex().encode(), json.dumps(secret.decode("latin-1")).encode()):
                assert form not in data

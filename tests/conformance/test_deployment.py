"""`docker-compose.yml`: its form, and every service's command run as a plain process on loopback."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from operator_of_brokers import free_port, program_of

from i247sim.transport.configure import BrokerKind

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PATIENCE_SECONDS = 60


def mounts(service: str) -> dict[str, str]:
    """Target in the container to volume."""
    pairs = (one.split(":") for one in SERVICES[service]["volumes"])
    return {target: volume for volume, target in pairs}


def test_there_are_broker_hub_and_exercise_and_who_makes_their_keys():
    assert list(SERVICES) == ["keys", "broker", "hub", "exercise"]
    assert set(COMPOSE) == {"x-i247sim", "services", "volumes", "networks"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_named_volumes_only_and_no_rights_that_it_does_not_need(service: str):
    one = SERVICES[service]
    assert one["image"] in ("i247sim", "nats:2.12-alpine")
    assert one.get("build") == ("." if one["image"] == "i247sim" else None)
    assert set(mounts(service).values()) <= set(COMPOSE["volumes"])
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["init"] is True
    assert not {"ports", "privileged", "network_mode", "environment", "env_file", "pid"} & set(one)
    assert set(one.get("depends_on", {})) <= set(SERVICES)
    assert all(isinstance(word, str) for word in one["command"])


def test_nothing_is_reached_from_outside():
    assert COMPOSE["networks"] == {"default": {"internal": True}}
    assert all(options is None for options in COMPOSE["volumes"].values())


def test_only_the_exercise_sees_the_key_that_issues_all_others():
    assert [name for name in SERVICES if "keys" in mounts(name).values()] == ["keys", "exercise"]
    assert set(mounts("broker").values()) == {"broker"}
    assert set(mounts("hub").values()) == {"hub"}


def test_everybody_who_shares_a_volume_runs_as_the_same_user():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "USER 10001:10001" in dockerfile
    assert SERVICES["broker"]["user"] == "10001:10001"
    for service in ("keys", "hub", "exercise"):
        assert all(target in dockerfile for target in mounts(service))


class Host:
    """A machine without containers: volumes are folders, names of services are names of loopback."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = str(free_port())
        self._places = {target: volume for name in SERVICES for target, volume in mounts(name).items()}
        self._running: list[subprocess.Popen[bytes]] = []
        for volume in COMPOSE["volumes"]:
            (folder / volume).mkdir(mode=0o700)
        (folder / "keys" / "broker").symlink_to(folder / "broker")

    def argv(self, service: str) -> list[str]:
        program, *words = (self._word(word) for word in SERVICES[service]["command"])
        if "--host" in words:
            words[words.index("--host") + 1] = "localhost"
        if program == "i247sim":
            return [sys.executable, "-m", "i247sim", *words]
        assert program == "nats-server"
        return [program_of(BrokerKind.NATS), *words]

    def _word(self, word: str) -> str:
        for target in sorted(self._places, key=len, reverse=True):
            if word == target or word.startswith(target + "/"):
                return str(self._folder / self._places[target]) + word.removeprefix(target)
        return word.replace("//broker:", "//localhost:").replace("8883", self._port)

    def run(self, service: str) -> "subprocess.CompletedProcess[str]":
        # In the image's working folder the volume of run folders is mounted as `runs`, and so it is here.
        return subprocess.run(
            self.argv(service),
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            env=_ENV,
        )

    def start(self, service: str) -> None:
        with (self._folder / f"{service}.log").open("wb") as log:
            argv = self.argv(service)
            self._running.append(subprocess.Popen(argv, cwd=self._folder, stdout=log, stderr=log, env=_ENV))

    def said(self, service: str) -> str:
        return (self._folder / f"{service}.log").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        for process in self._running:
            process.send_signal(signal.SIGTERM)
        for process in self._running:
            process.wait(PATIENCE_SECONDS)


_ENV = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}


@pytest.fixture
def host() -> Iterator[Host]:
    folder = Path(tempfile.mkdtemp(prefix="i247-"))  # short: a socket's name must be
    one = Host(folder)
    yield one
    one.stop()
    shutil.rmtree(folder)


def test_the_commands_of_all_services_together_play_an_exercise_and_another_one(host: Host):
    made = host.run("keys")
    assert made.returncode == 0, made.stderr
    assert host.run("keys").returncode == 0, "a second `up` finds everything there"
    host.start("broker")
    host.start("hub")
    for _ in range(2):
        played = host.run("exercise")
        assert played.returncode == 0, played.stderr + host.said("hub") + host.said("broker")
        assert "PASSED" in played.stdout
        assert "waiting for the hub" in played.stderr
    assert host.said("hub") == ""

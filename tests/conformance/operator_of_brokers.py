"""Plays the person who runs an external broker: starts it from the generated files, reloads it, reads its log."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from i247sim.exercise.broker_folder import BrokerFolder
from i247sim.transport.configure import MOSQUITTO_FILE, NATS_FILE, BrokerKind
from i247sim.transport.embedded import _server_program
from i247sim.transport.external import ExternalBroker
from i247sim.transport.port import Endpoint, Rights
from i247sim.transport.supervise import Child, spawn

_DENIED = re.compile(r"(Publish|Subscription) Violation|Denied PUBLISH")
_RELOADED = re.compile(r"Reloaded server configuration|Reloading config")
_PATIENCE_SECONDS = 20.0


def program_of(kind: BrokerKind) -> str:
    """The broker's program; the test is skipped, with the reason, where there is none."""
    if kind is BrokerKind.NATS:
        return _server_program()
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("`mosquitto` is not installed")
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Operator:
    """One broker somebody else runs, on loopback. Its folder goes away with ``close``."""

    def __init__(self, kind: BrokerKind, parties: Iterable[str], folder: Path | None = None) -> None:
        self.kind = kind
        self._program = program_of(kind)
        self._scratch = Path(tempfile.mkdtemp(prefix="i247-operator-"))
        self.endpoint = Endpoint("localhost", free_port())
        self.folder = BrokerFolder.create(
            folder or self._scratch / "keys",
            kind,
            ["localhost", "127.0.0.1"],
            self.endpoint.port,
            parties,
            datetime.now(UTC),
        )
        name = NATS_FILE if kind is BrokerKind.NATS else MOSQUITTO_FILE
        self.configuration = self.folder.path / "broker" / name
        """What the program is started with."""
        self.violations = 0
        self.told: list[str] = []
        self._asked = False
        self._child: Child | None = None
        self._reloaded = asyncio.Event()

    async def start(self) -> None:
        self._child = await spawn(self._command(), on_line=self._take_line)

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop()
            self._child = None

    async def close(self) -> None:
        await self.stop()
        shutil.rmtree(self._scratch)

    async def reload(self) -> None:
        """Do what the folder's advice says, if it said anything since the last time."""
        if self._child is None or not self._asked:
            return
        self._asked = False
        self._reloaded.clear()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await self._has_done_its_work()
            self._child.send(signal.SIGHUP)
            await self._reloaded.wait()
            await self._has_done_its_work()

    async def _has_done_its_work(self) -> None:
        """`mosquitto` listens before it knows what to do with a SIGHUP; and it says that it begins to read, and loses
        the next SIGHUP if that comes before it has read."""
        reader, writer = await asyncio.open_connection(self.endpoint.host, self.endpoint.port)
        writer.write(b"this is no TLS, so you will hang up once you have time for it")
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    def tell(self, text: str) -> None:
        self.told.append(text)
        self._asked = True

    @property
    def last_lines(self) -> list[str]:
        return [] if self._child is None else list(self._child.last_lines)

    def _command(self) -> list[str]:
        configuration = self.configuration
        if self.kind is BrokerKind.NATS:
            return [self._program, "--config", str(configuration)]
        if os.geteuid() == 0:
            # As root it would take another user's rights, who cannot read what a test has made.
            own = self._scratch / "as-root.conf"
            own.write_text(configuration.read_text(encoding="utf-8") + "user root\n", encoding="utf-8")
            configuration = own
        return [self._program, "-v", "-c", str(configuration)]  # -v: it tells of what it denies

    def _take_line(self, line: str) -> None:
        if _DENIED.search(line):
            self.violations += 1
        if _RELOADED.search(line):
            self._reloaded.set()


class OperatedBroker(ExternalBroker):
    """The adapter with its operator, who does at once what it asks for."""

    def __init__(self, operator: Operator, serials: Callable[[frozenset[str]], list[int]], qos: int = 0) -> None:
        self._operator = operator
        self._serials = serials
        super().__init__(
            operator.endpoint, operator.folder.rights, self._write_files, operator.tell, qos=qos, timeout_seconds=5
        )

    @property
    def violations(self) -> int:
        return self._operator.violations

    async def start(self) -> None:
        await self._operator.start()
        await super().start()

    async def stop(self) -> None:
        await self._operator.stop()

    async def permit(self, party: str, rights: Rights) -> None:
        # `nats-server` leaves a subscription alive whose right has gone; out and in again it loses it.
        await self.revoke(party)
        await super().permit(party, rights)
        await self._operator.reload()

    async def revoke(self, party: str) -> None:
        await super().revoke(party)
        await self._operator.reload()

    def _write_files(self, rights: Mapping[str, Rights], revoked: frozenset[str]) -> str | None:
        folder = self._operator.folder
        changed = folder.write_rights(rights, self._serials(revoked), datetime.now(UTC))
        return folder.how_to_reload if changed else None

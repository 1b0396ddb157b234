"""Three ``nats-server`` on loopback that make one broker, for a test to kill and start one at a time."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from i247sim.exercise.broker_folder import BrokerFolder
from i247sim.security.certificates import subject
from i247sim.transport.configure import BrokerKind, Cluster, Listening, nats_configuration
from i247sim.transport.embedded import _server_program
from i247sim.transport.supervise import Child, spawn


class ThreeServers:
    """Use as ``async with``."""

    def __init__(self, parties: Iterable[str], ports: list[int]) -> None:
        """``ports``: six free ones, three for parties and three for the servers among themselves."""
        self.scratch = Path(tempfile.mkdtemp(prefix="i247-cluster-"))
        self.ports = ports[:3]
        self.folder = BrokerFolder.create(
            self.scratch / "keys", BrokerKind.NATS, ["localhost"], ports[0], parties, datetime.now(UTC)
        )
        files = self.folder.path / "broker"
        for number in range(3):
            others = [f"127.0.0.1:{port}" for port in ports[3:] if port != ports[3 + number]]
            cluster = Cluster(f"i247-{number}", "127.0.0.1", ports[3 + number], tuple(others))
            text = nats_configuration(
                Listening("127.0.0.1", ports[number], str(files)),
                self.folder.rights,
                lambda party: subject(party).rfc4514_string(),
                cluster=cluster,
            )
            (files / f"server-{number}.conf").write_text(text, encoding="utf-8")
        self.children: list[Child | None] = [None, None, None]
        self.kills = 0

    @property
    def url(self) -> str:
        return "mqtts://" + ",".join(f"localhost:{port}" for port in self.ports)

    async def __aenter__(self) -> "ThreeServers":
        for number in range(3):
            await self.start(number)
        for number in range(3):
            await self.listens(number)
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in self.children:
            if child is not None:
                await child.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    async def start(self, number: int) -> None:
        file = self.folder.path / "broker" / f"server-{number}.conf"
        self.children[number] = await spawn([_server_program(), "--config", str(file)])

    async def kill(self, number: int) -> None:
        child = self.children[number]
        assert child is not None
        child.send(signal.SIGKILL)
        await child.wait()
        self.children[number] = None
        self.kills += 1

    async def listens(self, number: int) -> None:
        """Wait until it takes connections: it does once it has found the others."""
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("localhost", self.ports[number])
                except OSError:
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    return

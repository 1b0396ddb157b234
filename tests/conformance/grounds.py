"""What the conformance suite stands on: one ``Ground`` per transport.

To put another broker under the suite (Mosquitto, a NATS cluster): write a ground and add it to ``GROUNDS``.
"""

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable

from local_authority import LocalAuthority, dn_of

from i247sim.transport.embedded import EmbeddedBroker
from i247sim.transport.memory import MemoryBroker
from i247sim.transport.mqtt import MqttLink
from i247sim.transport.port import Broker, Credentials, Endpoint, Link, LinkClosed, LinkEvent, LinkUp, Will
from i247sim.transport.tls import client_context
from i247sim.transport.topics import rights_for

RUN = "0123456789ab"
PARTIES = ("HUB", "FR", "DE", "BR")
PATIENCE_SECONDS = 20.0


class Ground(ABC):
    """A broker that knows ``PARTIES``, and the links that a test has made on it."""

    broker: Broker

    def __init__(self) -> None:
        self._links: list[Link] = []

    async def start(self) -> None:
        await self.broker.start()

    async def stop(self) -> None:
        for link in self._links:
            await link.close()
        await self.broker.stop()

    @abstractmethod
    def credentials(self, party: str, client_id: str | None = None) -> Credentials: ...

    @abstractmethod
    def link(self, credentials: Credentials, topics: tuple[str, ...], will: Will | None = None) -> Link:
        """A link that ``tear`` can break."""

    @abstractmethod
    async def tear(self, party: str) -> None:
        """Break the party's connection without a goodbye; it may come back at once."""

    async def join(
        self, party: str, topics: tuple[str, ...] | None = None, will: Will | None = None, client_id: str | None = None
    ) -> Link:
        """A link that is up, subscribed to what the party has a right to unless told otherwise."""
        subscribed = rights_for(party, RUN).subscribe if topics is None else topics
        link = self.link(self.credentials(party, client_id), subscribed, will)
        self._links.append(link)
        await link.start()
        await until_up(link)
        return link


class MemoryGround(Ground):
    def __init__(self) -> None:
        super().__init__()
        self.broker = self.memory = MemoryBroker({party: rights_for(party, RUN) for party in PARTIES})

    def credentials(self, party: str, client_id: str | None = None) -> Credentials:
        return Credentials(party, client_id or secrets.token_hex(16))

    def link(self, credentials: Credentials, topics: tuple[str, ...], will: Will | None = None) -> Link:
        return self.broker.link(credentials, topics, will)

    async def tear(self, party: str) -> None:
        self.memory.drop(party)


class EmbeddedGround(Ground):
    def __init__(self, qos: int = 0) -> None:
        super().__init__()
        self.authority = LocalAuthority()
        self._qos = qos
        self._cables: dict[str, Cable] = {}
        self.broker = self.embedded = EmbeddedBroker(
            self.authority.broker(),
            {party: rights_for(party, RUN) for party in PARTIES},
            dn_of,
            qos=qos,
            timeout_seconds=5,
        )

    async def start(self) -> None:
        await super().start()
        for party in PARTIES:
            self._cables[party] = Cable(self.embedded.endpoint)
            await self._cables[party].lay()

    async def stop(self) -> None:
        await super().stop()
        for cable in self._cables.values():
            await cable.remove()

    def credentials(self, party: str, client_id: str | None = None) -> Credentials:
        return Credentials(party, client_id or secrets.token_hex(16), client_context(self.authority.party(party)))

    def link(self, credentials: Credentials, topics: tuple[str, ...], will: Will | None = None) -> Link:
        cable = self._cables[credentials.party]
        return MqttLink(cable.endpoint, credentials, topics, will, qos=self._qos, timeout_seconds=5)

    async def tear(self, party: str) -> None:
        self._cables[party].tear()


class Cable:
    """Carries bytes between a port of its own and the broker's, and can be torn."""

    def __init__(self, to: Endpoint) -> None:
        self._to = to
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self._carrying: set[asyncio.Task[None]] = set()

    async def lay(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)

    @property
    def endpoint(self) -> Endpoint:
        assert self._server is not None
        return Endpoint("127.0.0.1", self._server.sockets[0].getsockname()[1])

    def tear(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def remove(self) -> None:
        assert self._server is not None
        self._server.close()
        self.tear()
        if self._carrying:
            await asyncio.wait(self._carrying)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)
        try:
            far_reader, far_writer = await asyncio.open_connection(self._to.host, self._to.port)
        except OSError:
            writer.transport.abort()
            return
        self._writers += [writer, far_writer]
        await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


GROUNDS: dict[str, Callable[[], Ground]] = {
    "memory": MemoryGround,
    "embedded": EmbeddedGround,
    "embedded-qos1": lambda: EmbeddedGround(qos=1),
}


async def following(link: Link) -> LinkEvent:
    """The next event, or a failed test."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await link.next()


async def until_up(link: Link) -> list[LinkEvent]:
    """Read up to the next ``LinkUp``; what came before it."""
    before: list[LinkEvent] = []
    while not isinstance(event := await following(link), LinkUp):
        before.append(event)
    return before


async def rest_of(link: Link) -> list[LinkEvent]:
    """What is left to read on a closed link."""
    events: list[LinkEvent] = []
    try:
        while True:
            events.append(await following(link))
    except LinkClosed:
        return events

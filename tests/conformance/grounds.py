"""What the conformance suite stands on: one ``Ground`` per transport.

To put another broker under the suite: write a ground and add it to ``GROUNDS``.
"""

import asyncio
import contextlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from local_authority import LocalAuthority, dn_of, link_tls
from operator_of_brokers import OperatedBroker, Operator

from i247sim.security.keys import Identity
from i247sim.security.revocation import serial_of
from i247sim.security.tls import client_context
from i247sim.transport.configure import BrokerKind
from i247sim.transport.embedded import EmbeddedBroker
from i247sim.transport.memory import MemoryBroker
from i247sim.transport.mqtt import MqttLink
from i247sim.transport.port import (
    MAX_PAYLOAD_BYTES,
    Broker,
    Credentials,
    Endpoint,
    Link,
    LinkClosed,
    LinkDown,
    LinkEvent,
    LinkLost,
    LinkUp,
    Will,
)
from i247sim.transport.topics import out_topic, rights_for
from i247sim.vocabulary.parties import Role

RUN = "0123456789ab"
PARTIES = ("HUB", "FR", "DE", "BR")
PATIENCE_SECONDS = 20.0


class Ground(ABC):
    """A broker that knows ``PARTIES``, and the links that a test has made on it."""

    broker: Broker
    refuses_subscriptions = True
    """Whether a subscription without right is refused; else it is granted, and brings nothing."""
    cuts_sessions = True
    """Whether a party's live session ends when its rights change; else it stays, and has no more than the new ones."""

    def __init__(self) -> None:
        self._links: list[Link] = []

    async def start(self) -> None:
        await self.broker.start()

    async def stop(self) -> None:
        await self.hang_up()
        await self.broker.stop()

    async def hang_up(self) -> None:
        """Close all links that were made by ``join``."""
        for link in self._links:
            await link.close()
        self._links.clear()

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


class MqttGround(Ground):
    """A broker behind a socket: every party has a cable of its own to it."""

    def __init__(self, qos: int) -> None:
        super().__init__()
        self._qos = qos
        self._cables: dict[str, Cable] = {}

    @property
    @abstractmethod
    def endpoint(self) -> Endpoint: ...

    async def start(self) -> None:
        await super().start()
        for party in PARTIES:
            self._cables[party] = Cable(self.endpoint)
            await self._cables[party].lay()

    async def stop(self) -> None:
        await super().stop()
        for cable in self._cables.values():
            await cable.remove()

    def link(self, credentials: Credentials, topics: tuple[str, ...], will: Will | None = None) -> Link:
        cable = self._cables[credentials.party]
        return MqttLink(cable.endpoint, credentials, topics, will, qos=self._qos, timeout_seconds=5)

    async def tear(self, party: str) -> None:
        self._cables[party].tear()


async def require_the_limit(ground: MqttGround) -> None:
    """Who sends more than a link would is cut, its message goes nowhere, and its next one arrives."""
    hub = await ground.join("HUB")
    rude = MqttLink(ground.endpoint, ground.credentials("FR"), (), limit_bytes=2 * MAX_PAYLOAD_BYTES, timeout_seconds=5)
    await rude.start()
    await until_up(rude)
    with contextlib.suppress(LinkLost):
        await rude.publish(out_topic(RUN, "FR"), bytes(MAX_PAYLOAD_BYTES + 128 * 1024))
    assert isinstance(await following(rude), LinkDown)
    await until_up(rude)
    await rude.publish(out_topic(RUN, "FR"), b"marker")
    assert (await following(hub)).payload == b"marker"
    await rude.close()


class EmbeddedGround(MqttGround):
    def __init__(self, qos: int = 0) -> None:
        super().__init__(qos)
        self.authority = LocalAuthority()
        self.broker = self.embedded = EmbeddedBroker(
            self.authority.broker(),
            {party: rights_for(party, RUN) for party in PARTIES},
            dn_of,
            qos=qos,
            timeout_seconds=5,
        )

    @property
    def endpoint(self) -> Endpoint:
        return self.embedded.endpoint

    def credentials(self, party: str, client_id: str | None = None) -> Credentials:
        return Credentials(party, client_id or secrets.token_hex(16), link_tls(self.authority.party(party)))


class ExternalGround(MqttGround):
    """A broker that is configured by `i247sim broker` and run by somebody else, whom `Operator` plays."""

    def __init__(self, kind: BrokerKind, qos: int = 0) -> None:
        super().__init__(qos)
        self.refuses_subscriptions = self.cuts_sessions = kind is BrokerKind.NATS
        self.operator = Operator(kind, PARTIES)
        self._authority = self.operator.folder.authority_for(RUN, PARTIES, datetime.now(UTC))
        self._identities: dict[str, Identity] = {}
        self.broker = OperatedBroker(self.operator, self._serials, qos)

    @property
    def endpoint(self) -> Endpoint:
        return self.operator.endpoint

    async def stop(self) -> None:
        await super().stop()
        await self.operator.close()

    def identity(self, party: str) -> Identity:
        if party not in self._identities:
            day = datetime(2026, 3, 2, tzinfo=UTC)
            self._identities[party] = self._authority.issue(
                party, Role.BUREAU, day, day + timedelta(days=1), mldsa=False
            )
        return self._identities[party]

    def credentials(self, party: str, client_id: str | None = None) -> Credentials:
        context = client_context(self.operator.folder.root, self.identity(party))
        return Credentials(party, client_id or secrets.token_hex(16), context)

    def _serials(self, parties: frozenset[str]) -> list[int]:
        return [serial_of(self.identity(party).tls_cert) for party in parties]


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
    "nats": lambda: ExternalGround(BrokerKind.NATS, qos=1),
    "mosquitto": lambda: ExternalGround(BrokerKind.MOSQUITTO),
    "mosquitto-qos1": lambda: ExternalGround(BrokerKind.MOSQUITTO, qos=1),
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

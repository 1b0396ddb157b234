"""Build and run the network of one exercise: broker, hub, nodes. The only place that picks adapters."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from i247sim.exercise.cast import cores
from i247sim.exercise.enrolment import Enrolled, hub_keys
from i247sim.exercise.hub_apart import ApartHub
from i247sim.exercise.hubs import ChildHub, Hub, LocalHub
from i247sim.exercise.medium import Medium, require_possible
from i247sim.exercise.outside import Outside, keeps_apart, require_sound
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import Step
from i247sim.hub.decide import Limits
from i247sim.hub.process import HubConfiguration
from i247sim.node.actions import Core
from i247sim.node.shell import Node
from i247sim.node.site import Site
from i247sim.policy.rulebook import Rulebook
from i247sim.secretariat.databases import Holdings
from i247sim.security import frames as clear
from i247sim.security.authority import Authority
from i247sim.security.certificates import subject
from i247sim.security.keys import Identity
from i247sim.security.tls import client_context, root_pem, stranger_context
from i247sim.security.trust import Trust
from i247sim.transport.embedded import EmbeddedBroker, ServerTls
from i247sim.transport.external import ExternalBroker
from i247sim.transport.memory import MemoryBroker
from i247sim.transport.port import Broker, Credentials, Link, LinkClosed, LinkDown, LinkUp, NotPermitted, Will
from i247sim.transport.topics import every_out, in_topic, out_topic, rights_for
from i247sim.vocabulary.codec import base64_text
from i247sim.vocabulary.frames import Bye, Frame, FrameType
from i247sim.vocabulary.parties import CONTROL, HUB, Role

_PROBE_SECONDS = 5.0
_MQTT_CONNECT = bytes.fromhex("100c00044d5154540402003c0000")
"""An MQTT 3.1.1 CONNECT without a client id."""


@dataclass(frozen=True)
class Wiring:
    """How the network is built. ``port`` fixes the embedded broker's port; ``qos`` is 0 or 1."""

    medium: Medium = Medium.EMBEDDED
    port: int | None = None
    qos: int = 0
    limits: Limits = field(default_factory=Limits)
    over: Callable[[Link], Link] = lambda link: link
    """What stands between a party and its link (``transport.faults``); not before a hub in a process of its own."""
    outside: Outside | None = None
    """The external broker, with ``Medium.EXTERNAL``."""
    hub_apart: Path | None = None
    """Somebody else starts the hub, which shares this folder with us; not with ``Medium.MEMORY``."""
    holdings: Holdings | None = None
    """Records of a file, besides those of the scenario."""


class Network:
    """The parts of one network. ``start`` once; ``broker`` and ``hub`` also alone, after a crash."""

    broker: Broker
    trust: Trust
    """What everybody is enrolled with. After ``start``."""

    def __init__(
        self,
        scenario: Scenario,
        enrolled: Enrolled,
        work: Path,
        site: Site,
        wiring: Wiring,
        trouble: Callable[[str], None],
    ) -> None:
        """Nothing runs before ``start``. ``work``: the run's work folder. ``trouble`` gets lines for a person.

        Raises ``InputError`` if the scenario's own rules do not hold.
        """
        self._scenario = scenario
        self._enrolled = enrolled
        self.work = work
        """The run's work folder."""
        self._site = site
        self._wiring = wiring
        self._trouble = trouble
        self.rulebook = Rulebook.load(scenario.rules)
        self.parties = [party for party in enrolled.identities if party not in (HUB, CONTROL)]
        """Everybody with a node here, in order of enrolment."""
        self.nodes: dict[str, Node] = {}
        self.cast: dict[str, Core] = {}
        """Everybody's core; after ``start``, for looking at."""
        self.broker = self._new_broker()
        self._hub: Hub | None = None

    @property
    def hub(self) -> Hub:
        """After ``start``: where the broker listens is known only then."""
        assert self._hub is not None, "the network was started"
        return self._hub

    async def start(self) -> None:
        """Start broker and hub, and make the nodes, parked until they ``connect``. Raises ``NetworkFailed``."""
        # The directory is checked while others start: its certificates take a while, in a world of 196.
        checking = asyncio.get_running_loop().run_in_executor(None, self._enrolled.trust, self._site.now)
        await self.broker.start()
        if self._wiring.outside is not None:
            await require_sound(self._bare_link, self._enrolled.run, self._wiring.outside.endpoint)
        self._hub = self._new_hub()
        # A hub that is a process of its own comes up while the parties' links are made here.
        hub = asyncio.ensure_future(self._hub.start())
        try:
            self.trust = await checking
            await self._make_nodes()
        finally:
            await hub

    async def _make_nodes(self) -> None:
        self.cast = cores(self._scenario, self.trust.directory, self._wiring.holdings)
        for party in self.parties:
            await asyncio.sleep(0)
            link, epoch = self.link(party)
            identity = self._enrolled.identities[party]
            self.nodes[party] = Node(identity, self.trust, self.cast[party], link, self._site, epoch)
            self.nodes[party].parked = True

    async def connect(self, party: str) -> None:
        """Let a party's node connect, over a new link unless it has one that was never used."""
        node = self.nodes[party]
        if node.fresh:
            node.parked = False
            await node.start()
        else:
            await node.restore(*self.link(party))

    async def stop(self) -> None:
        """Stop everything. Idempotent, and also good after a failure half-way through ``start``."""
        async with contextlib.AsyncExitStack() as stack:  # in reverse, and each also if another's stopping is cancelled
            stack.push_async_callback(self.broker.stop)
            if self._hub is not None:
                stack.push_async_callback(self._hub.stop)
            await asyncio.gather(*(node.close() for node in self.nodes.values()), return_exceptions=True)

    def boot(self, party: str) -> Node:
        """A new computer for ``party``, whose old one has crashed: it has what is in the store, and no line yet."""
        core = cores(self._scenario, self.trust.directory, self._wiring.holdings)[party]
        link, epoch = self.link(party)
        node = Node(self._enrolled.identities[party], self.trust, core, link, self._site, epoch)
        self.nodes[party] = node
        return node

    def link(self, party: str) -> tuple[Link, str]:
        """A new link of ``party``, not started, and the epoch that its last will names."""
        run, epoch = self._enrolled.run, os.urandom(16).hex()
        will = Will(out_topic(run, party), _bye(self._enrolled.identities[party], epoch, self._site))
        return self._wiring.over(self.broker.link(self._credentials(party), (in_topic(run, party),), will)), epoch

    async def probe(self, party: str) -> bool:
        """Whether the broker refuses ``party``, with its own certificate, what is handed to others."""
        if self._wiring.outside is not None:
            return await keeps_apart(self._bare_link, party)
        topic = f"i247/{self._enrolled.run}/in/+"
        link = self.broker.link(self._credentials(party), (topic,), None)
        await link.start()
        try:
            while not isinstance(await asyncio.wait_for(link.next(), _PROBE_SECONDS), LinkUp):
                pass
        except NotPermitted:
            return True
        except (TimeoutError, LinkClosed):
            # Not let in at all, as a revoked party is.
            return True
        finally:
            await link.close()
        return False

    @property
    def limits(self) -> Limits:
        """What one sender may do."""
        return self._wiring.limits

    async def knock(self, tls: ssl.SSLContext) -> str:
        """Why the broker does not let in somebody who shows ``tls``; empty if it does. Not with the memory broker."""
        assert isinstance(self.broker, EmbeddedBroker | ExternalBroker), "`require_possible` has seen to it"
        place = self.broker.endpoint
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                reader, writer = await asyncio.open_connection(place.host, place.port, ssl=tls)
                writer.write(_MQTT_CONNECT)  # in TLS 1.3 a client learns of a refusal when it first reads
                answer = await reader.read(4)
                writer.close()
        except (OSError, TimeoutError) as error:
            said = getattr(error, "reason", None) or str(error) or "no answer"
            return f"no connection: {said.lower().replace('_', ' ')}"
        return "" if answer else "no connection: the broker hung up"

    async def try_as(self, party: str, topics: tuple[str, ...]) -> str:
        """Why the broker does not let ``party``, with its own certificate, listen to ``topics``; empty if it does."""
        if self._wiring.outside is not None:
            # Some brokers grant a subscription without right, and deliver nothing (``outside``).
            return "what is for others is not delivered" if await keeps_apart(self._bare_link, party) else ""
        link = self._bare_link(party, topics)
        await link.start()
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                match await link.next():
                    case LinkDown(reason=reason):
                        return f"no connection: {reason}"
                    case _:
                        return ""
        except NotPermitted:
            return "no right to listen there"
        except (TimeoutError, LinkClosed):
            return "no answer"
        finally:
            await link.close()

    def strangers_tls(self, foreign: bool) -> ssl.SSLContext:
        """What somebody shows who has no certificate, or (``foreign``) one that another authority has issued."""
        root = self._enrolled.authority.root
        if not foreign:
            return stranger_context(root)
        now = datetime.now(UTC).replace(microsecond=0)
        authority = Authority.create("0" * 12, now - timedelta(minutes=5), 2)
        return client_context(root, authority.issue("FR", Role.BUREAU, now, now + timedelta(days=1)))

    @property
    def hub_database(self) -> Path:
        """The hub's database file. After ``start``."""
        return self.hub.database if isinstance(self.hub, ApartHub) else self.work / "hub" / "hub.db"

    def discard(self) -> None:
        """Remove what lies outside of the work folder. The run is closed, or never began."""
        if isinstance(self._hub, ApartHub):
            self._hub.discard()

    def require_possible(self, step: Step) -> None:
        """Raise ``InputError`` for a step that this network cannot carry out."""
        require_possible(step, self._wiring.medium)

    def _bare_link(self, party: str, topics: tuple[str, ...]) -> Link:
        return self.broker.link(self._credentials(party), topics, None)

    def _credentials(self, party: str) -> Credentials:
        tls = None
        if self._wiring.medium is not Medium.MEMORY:
            tls = client_context(self._enrolled.authority.root, self._enrolled.identities[party])
        # A fresh secret every time: whoever knew a client id could throw its session off (MQTT 3.1.1, 3.1.4).
        return Credentials(party, os.urandom(16).hex(), tls)

    def _new_broker(self) -> Broker:
        rights = {party: rights_for(party, self._enrolled.run) for party in (HUB, *self.parties)}
        if self._wiring.medium is Medium.MEMORY:
            return MemoryBroker(rights)
        if self._wiring.outside is not None:
            return self._wiring.outside.broker(self._enrolled.identities, self._wiring.qos, self._trouble)
        key, chain = self._enrolled.authority.server_tls(["127.0.0.1", "localhost"])
        return EmbeddedBroker(
            ServerTls(root_pem(self._enrolled.authority.root), chain, key),
            rights,
            lambda party: subject(party).rfc4514_string(),
            port=self._wiring.port,
            qos=self._wiring.qos,
        )

    def _new_hub(self) -> Hub:
        folder = self.work / "hub"
        folder.mkdir(mode=0o700, exist_ok=True)
        database = folder / "hub.db"
        root = self._enrolled.authority.root
        if isinstance(self.broker, EmbeddedBroker | ExternalBroker):
            key_file, sealed_with = hub_keys(self.work)
            configuration = HubConfiguration(
                identity=str(key_file),
                workspace_key=str(sealed_with),
                root=base64_text(root),
                database=str(database),
                host=self.broker.endpoint.host,
                port=self.broker.endpoint.port,
                others=tuple((one.host, one.port) for one in self.broker.endpoint.others),
                qos=self._wiring.qos,
                control="",
                rules=self._scenario.rules,
                messages_per_minute=self._wiring.limits.messages_per_minute,
            )
            if self._wiring.hub_apart is not None:
                identity = self._enrolled.identities[HUB]
                return ApartHub(configuration, identity, self._wiring.hub_apart, self._trouble)
            return ChildHub(configuration, folder, self._trouble)
        return LocalHub(
            self._enrolled.identities[HUB],
            root,
            database,
            self.rulebook,
            lambda: self._wiring.over(self.broker.link(self._credentials(HUB), (every_out(self._enrolled.run),), None)),
            self._wiring.limits,
            self._trouble,
            self._site.patience,
        )


def _bye(identity: Identity, epoch: str, site: Site) -> bytes:
    frame = Frame(
        type=FrameType.BYE,
        run=identity.run,
        sender=identity.party,
        to=HUB,
        key=identity.signing.id,
        counter=0,
        time=site.now,
        payload=Bye(epoch=epoch).model_dump(mode="json"),
    )
    return clear.sign(frame, identity.signing)

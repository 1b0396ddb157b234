"""One party over the memory broker, opposite a hub that the test plays."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from node_world import NOON, RUN, Reader

from i247sim.clock.patience import Patience
from i247sim.node.actions import Action
from i247sim.node.events import Event, MessageOpened
from i247sim.node.shell import Node
from i247sim.node.site import Site
from i247sim.node.store import Store
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.transport.memory import MemoryBroker
from i247sim.transport.port import Arrived, Credentials
from i247sim.transport.topics import every_out, in_topic, rights_for
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.frames import FrameType, Receipt, ReceiptItem, Welcome
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Purpose

DRAFT = Draft(
    kind=Kind.INFO_REQUEST, channel=Channel.DIRECT, purpose=Purpose.CASE, content=Note(subject="s"), to=("FR",)
)

PATIENCE = Patience(first_resend=0.01, last_resend=0.01, calm=0.001)


class Noting:
    """A core that does nothing but remember what it was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def handle(self, event: Event, now: datetime) -> list[Action]:
        if isinstance(event, MessageOpened):
            self.shown.append(event.header.id)
        return []


class Line:
    """The party ``BR`` on its broker, and this test in the hub's place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.words = Reader("BR")
        self.broker = MemoryBroker({party: rights_for(party, RUN) for party in ("HUB", "BR")})
        self.hub = self.broker.link(Credentials("HUB", "0" * 32), (every_out(RUN),))
        self.heard: list[bytes] = []
        self.core = Noting()
        self.epoch = 0

    async def begin(self) -> None:
        await self.broker.start()
        await self.hub.start()
        self.listening = asyncio.create_task(self._listen())
        await self.boot()

    async def _listen(self) -> None:
        while True:
            event = await self.hub.next()
            if isinstance(event, Arrived):
                self.heard.append(event.payload)

    async def boot(self) -> None:
        """Start the party's process: a new mailbox handle on the same file."""
        self.epoch += 1
        self.store = Store(self.path)
        self.site = Site(RUN, NOON, self.store, lambda *plan: None, patience=PATIENCE)
        link = self.broker.link(Credentials("BR", f"{self.epoch:032x}"), (in_topic(RUN, "BR"),))
        trust = Reader("BR").trust
        self.node = Node(self.words.ids["BR"], trust, self.core, link, self.site, f"{self.epoch:032x}")
        await self.node.start()
        await self.welcome()

    async def kill(self) -> None:
        """What was not committed is lost, nobody is told."""
        await self.node.cut()
        await self.node.close()
        self.store.close()

    async def end(self) -> None:
        self.listening.cancel()
        await self.node.close()
        self.store.close()

    async def say(self, wire: bytes) -> None:
        await self.hub.publish(in_topic(RUN, "BR"), wire)

    async def welcome(self, received: int = 0, session: str = "") -> None:
        welcome = Welcome(epoch="e" * 32, received=received, session=session or f"{self.epoch:032x}")
        await self.say(self.words.frame(FrameType.WELCOME, welcome))

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for a thing; the limit is for a test that fails."""
        async with asyncio.timeout(10):
            while not true():
                await self.node.tick()
                await asyncio.sleep(0.002)

    def frames(self, kind: type) -> list:
        parsed = [clear.parse(one) for one in self.heard if one.startswith(clear.MAGIC)]
        return [one.payload for one in parsed if isinstance(one.payload, kind)]

    def messages(self) -> list[bytes]:
        return [one for one in self.heard if one.startswith(sealed.MAGIC)]


def receipt(line: Line, wire: bytes, counter: int) -> bytes:
    envelope = sealed.parse(wire)
    item = ReceiptItem(wire=sha256(wire).hexdigest(), id=envelope.header.id, counter=counter)
    return line.words.frame(FrameType.RECEIPT, Receipt(items=(item,)))

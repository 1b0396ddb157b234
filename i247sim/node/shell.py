"""The asyncio shell of one party: one loop that receives, lets the core decide, commits, then sends.

What was received is on disk before it is acknowledged, and what was written before it is sent. Whatever has gathered
while the last turn was under way is handled in one turn and shares one commit and one acknowledgement.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from i247sim.node.actions import Core, Declare, Send
from i247sim.node.clerk import Clerk, Turn
from i247sim.node.known import Known
from i247sim.node.line import Line
from i247sim.node.outbox import Outbox
from i247sim.node.reception import Reception
from i247sim.node.site import Site
from i247sim.node.store import Happened
from i247sim.node.writer import Writer
from i247sim.security.keys import Identity
from i247sim.security.trust import Trust
from i247sim.transport.port import Arrived, Link, LinkClosed
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.frames import Ack, FrameType

_BATCH = 16
"""How much is handled in one turn: while it is on its way to the disk and the hub, the next is made."""
_TURN_SECONDS = 0.02
"""A turn that has lasted so long takes nothing more: all parties of a process share its event loop."""


class _Released(NamedTuple):
    """A cause whose time has come."""

    cause: object
    number: int
    handled: "asyncio.Future[None]"
    """Set for who waits for it."""


class Node:
    """One party on the network."""

    def __init__(self, identity: Identity, trust: Trust, core: Core, link: Link, site: Site, epoch: str) -> None:
        """``trust`` as enrolled; what the mailbox file already holds of this party is taken up again.

        ``epoch``: see ``Line``.
        """
        self.party = identity.party
        self.identity = identity
        self.parked = False
        """Whether nobody may wait for this party: its link is cut."""
        self.fresh = True
        """Whether its link was never used."""
        known, outbox = Known(self.party, site.store), Outbox(self.party, site.store)
        self.reception = Reception(identity, trust, seen=known)
        """What the party knows of the hub; for reading."""
        self._writer = Writer(identity, self.reception, outbox, known, site)
        self.line = Line(link, epoch, outbox, self._writer, self.reception, site)
        """Its end of the line to the hub."""
        self._clerk = Clerk(identity, core, self.reception, known, self._writer, self.line, site)
        self._site = site
        self._waiting: deque[bytes | _Released] = deque()
        """What has come and is not handled yet: items of the hub, and causes."""
        self._wake = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._busy = False

    # --- life

    async def start(self) -> None:
        """Connect and go on by itself. Returns at once; see ``owing``."""
        self._begun()
        self.fresh = False
        self._reader = asyncio.create_task(self._read())
        await self.line.link.start()

    def _begun(self) -> "asyncio.Task[None]":
        """The task that does the work; begun, if it was not."""
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
            # Should it come to a sudden end, nobody waits for more of it; `failure` then tells why.
            self._worker.add_done_callback(lambda _: _tell(self._waiting))
        return self._worker

    def owing(self) -> int:
        """How much this party still has to do, or to get a receipt for; at least 1 until the hub has welcomed it."""
        return len(self._waiting) + self.line.to_send + self._busy + (not self.reception.welcomed)

    @property
    def working(self) -> bool:
        """Whether it is in the middle of something that needs nobody else."""
        return self._busy or bool(self._waiting)

    async def cut(self) -> None:
        """The link fails: nothing goes out or comes in until ``restore``. What is written waits. Idempotent."""
        self.parked = True
        self.fresh = False
        self.line.down()
        await _ended(self._reader)
        self._reader = None
        await self.line.link.close()
        causes = [one for one in self._waiting if isinstance(one, _Released)]
        self._waiting.clear()
        self._waiting.extend(causes)

    async def crash(self) -> None:
        """Stop where it stands, without a goodbye. What is in the store is left for who comes after. Idempotent."""
        await self.cut()
        await _ended(self._worker)
        self._worker = None

    async def restore(self, link: Link, epoch: str) -> None:
        """The link is back: a new one, with a new epoch."""
        self.line.renew(link, epoch)
        self.parked = False
        await self.start()

    async def close(self) -> None:
        """Say goodbye and stop. Idempotent."""
        try:
            await self.line.say_bye()
        finally:  # nobody goes on working here, even if the closing is cancelled
            self.line.down()
            tasks = (self._reader, self._worker)
            self._reader = self._worker = None
            await _ended(*tasks)
            await self.line.link.close()

    def failure(self) -> BaseException | None:
        """Why this party has stopped working, if it has: a bug, a disk that refuses, a broker that does."""
        for task in (self._reader, self._worker):
            if task is not None and task.done() and not task.cancelled() and task.exception() is not None:
                return task.exception()
        return None

    def sign(self, type_: FrameType, payload: Word) -> bytes:
        """A frame signed by this party, for the run folder and not for the network."""
        return self._writer.sign(type_, payload)

    def renew(self, identity: Identity) -> None:
        """From now on these keys: a newer one was added, or an old one deleted."""
        self.identity = self.reception.identity = identity
        self._clerk.renew(identity)
        self._writer.renew(identity)

    async def misbehave(self, action: Send | Declare) -> None:
        """Say this, numbered and signed, although no officer has asked for it: the party has gone bad."""
        if isinstance(action, Send):
            wires = self._writer.seal(action.draft)
        else:
            wires = [self._writer.declare(action.type, action.payload)]
        await self._site.store.flush()
        for wire in wires:
            await self.line.publish(wire)

    # --- causes

    async def release(self, cause: object, number: int) -> None:
        """The time of a cause has come. Returns when the core has handled it and what follows is on disk and sent,
        or when this party works no more (``failure``).

        ``number`` names the cause for a replay.
        """
        # Where its link was never there: it works all the same, and what it writes waits.
        if self._begun().done():
            return
        handled = asyncio.get_running_loop().create_future()
        self._waiting.append(_Released(cause, number, handled))
        self._wake.set()
        await handled

    def replay(self, happened: Happened, cause: object = None, planned: bool = False) -> None:
        """What its core handled before a kill, once more: see ``Clerk.replay``."""
        self._clerk.replay(happened, cause, planned)

    # --- the loop

    async def tick(self) -> None:
        """Call a few times a second of real time: sends again what has waited too long."""
        if not self._busy:
            await self.line.tick()

    async def _read(self) -> None:
        """Take events off the link; never waits for anything else, so that the link is never held up."""
        while True:
            try:
                event = await self.line.link.next()
            except LinkClosed:
                return
            if isinstance(event, Arrived):
                self._waiting.append(event.payload)
                self._wake.set()
            else:
                await self.line.turned(event)
            self._site.stirred.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._busy = True
            await self._turn()
            while self._waiting:
                await asyncio.sleep(0)  # whatever the last turn came to: now the others
                await self._turn()
            self._busy = False
            self._site.stirred.set()

    async def _turn(self) -> None:
        """Check, open, decide; then one commit; then acknowledge and send."""
        turn, released = Turn(), list[_Released]()
        try:
            for one in self._next():
                if isinstance(one, _Released):
                    released.append(one)
                    self._clerk.release(one.cause, one.number, turn)
                else:
                    self._clerk.take(one, turn)
            self._clerk.file(turn)
            # A receipt alone promises nothing to anybody: lost with a crash, the hub gives it again.
            if released or turn.confirm:
                await self._site.store.flush()
            if turn.cosign is not None:
                # Before the acknowledgement: once the hub has that, it owes us nothing, and nobody waits for more.
                await self.line.publish(self._writer.cosign(turn.cosign))
            if turn.confirm:
                ack = Ack(upto=self.reception.received, items=tuple(turn.acks))
                await self.line.publish(self._writer.sign(FrameType.ACK, ack))
            await self.line.send(turn.outgoing)
        finally:
            _tell(released)

    def _next(self) -> Iterator[bytes | _Released]:
        """What one turn handles, in the order in which it came; at least one thing, as long as there is one."""
        clock = asyncio.get_running_loop().time
        until = clock() + _TURN_SECONDS
        for _ in range(min(_BATCH, len(self._waiting))):
            yield self._waiting.popleft()
            if clock() > until:
                return


def _tell(waiting: Iterable[bytes | _Released]) -> None:
    """Tell who waits for these causes that there is nothing more to wait for."""
    for one in waiting:
        if isinstance(one, _Released) and not one.handled.done():
            one.handled.set_result(None)


async def _ended(*tasks: "asyncio.Task[None] | None") -> None:
    begun = [task for task in tasks if task is not None]
    for task in begun:
        task.cancel()
    await asyncio.gather(*begun, return_exceptions=True)  # what one broke on was reported by `failure`

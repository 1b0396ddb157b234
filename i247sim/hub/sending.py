"""What the hub says to the parties: answers, what it hands over, and both again until a party has confirmed them.

Everything rests on a transaction that is on disk already. What is lost on the way is sent again, in order.
"""

import asyncio
import contextlib
from datetime import datetime

from i247sim.clock.patience import Patience
from i247sim.hub.actions import Action, Answer, Forget, Item, Keep, Put, Resend, Welcome
from i247sim.hub.captured import Lie
from i247sim.hub.core import HubCore
from i247sim.hub.database import HubDatabase
from i247sim.hub.notes import Notes, receipts
from i247sim.hub.resending import Resending
from i247sim.security import frames as clear
from i247sim.security.keys import Identity
from i247sim.transport.port import Link, LinkLost
from i247sim.transport.topics import in_topic
from i247sim.vocabulary import frames
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.frames import Frame, FrameType, NoteKind
from i247sim.vocabulary.parties import HUB

_RESEND_ITEMS = 64
"""How many items of one stream are sent again at a time."""


class Sending:
    """The hub's mouth. ``now`` is simulated time everywhere."""

    def __init__(
        self, identity: Identity, link: Link, epoch: str, core: HubCore, database: HubDatabase, patience: Patience
    ) -> None:
        self.lie: Lie | None = None
        """What it says instead while it is captured: a drill."""
        self._identity = identity
        self._link = link
        self._epoch = epoch
        self._core = core
        self._database = database
        self._notes = Notes(database)
        self._resending = Resending(patience)
        self._checkpoint: str | None = database.log.newest_checkpoint

    @property
    def kept(self) -> list[str]:
        """The ids of the newest messages (``Notes.kept``)."""
        return self._notes.kept

    async def carry_out(self, actions: list[Action], now: datetime) -> None:
        """What was committed: answer, then hand over."""
        answers: dict[str, list[frames.ReceiptItem]] = {}
        welcomed: set[str] = set()
        for action in actions:
            match action:
                case Keep():
                    self._notes.keep(action.envelope)
                case Answer():
                    answers.setdefault(action.party, []).append(action.item)
                case Welcome():
                    if action.party not in welcomed:
                        welcomed.add(action.party)
                        session = self._core.online.get(action.party)
                        welcome = frames.Welcome(epoch=self._epoch, received=action.received, session=session)
                        await self._say(action.party, FrameType.WELCOME, welcome, now)
                case _:
                    pass
        if any(isinstance(action, Put) and action.item.kind is NoteKind.CHECKPOINT for action in actions):
            # To be cosigned is the newest of all, not the one before this batch.
            self._database.checkpoint()
        self._checkpoint = self._database.log.newest_checkpoint
        for party, items in answers.items():
            for receipt in receipts(items):
                await self._say(party, FrameType.RECEIPT, receipt, now)
        new: dict[str, list[tuple[int, Item]]] = {}
        for action in actions:
            match action:
                case Put():
                    new.setdefault(action.party, []).append((action.number, action.item))
                case Forget():
                    await self._send(action.party, new.pop(action.party, []), now)
                    await self._confirmed(action.party, now)
                case Resend():
                    await self._send(action.party, new.pop(action.party, []), now)
                    await self._resend(action.party, _RESEND_ITEMS, now)
                case _:
                    pass
        for party, its_own in new.items():
            await self._send(party, its_own, now)

    async def call(self, party: str, now: datetime) -> None:
        """Ask for a hello."""
        if self._core.state.directory.enrolled(party):
            received = self._core.state.counters.get(party, 0)
            welcome = frames.Welcome(epoch=self._epoch, received=received, call=True)
            await self._say(party, FrameType.WELCOME, welcome, now)

    async def say_again(self, now: datetime, busy: bool) -> None:
        """What has waited too long to be confirmed. ``busy``: see ``Resending.due``."""
        for party in self._resending.due(self._core.waiting(), asyncio.get_running_loop().time(), busy):
            if party in self._core.online:
                # One is enough to hear whether the rest is missing: the party says how far it has come.
                await self._resend(party, 1, now)
            else:
                # It may be there and not know that we have restarted: the call may have been lost.
                await self.call(party, now)

    # --- frames

    async def _say(self, party: str, type_: FrameType, payload: Word, now: datetime) -> None:
        await self._publish(party, self._signed(party, type_, payload, 0, now))

    def _signed(self, party: str, type_: FrameType, payload: Word, counter: int, now: datetime) -> bytes:
        frame = Frame(
            type=type_,
            run=self._identity.run,
            sender=HUB,
            to=party,
            key=self._identity.signing.id,
            counter=counter,
            time=now,
            payload=payload.plain(),
        )
        return clear.sign(frame, self._identity.signing)

    async def _publish(self, party: str, data: bytes) -> None:
        with contextlib.suppress(LinkLost):
            await self._link.publish(in_topic(self._identity.run, party), data)

    # --- the streams

    async def _send(self, party: str, items: list[tuple[int, Item]], now: datetime) -> None:
        """These items of the party's stream, in order; copies that stand side by side go under one signature."""
        if party not in self._core.online:
            return
        lied_to = self.lie is not None and self.lie.party == party
        for run in [[one] for one in items] if lied_to else list(self._notes.runs(items)):
            # While the others went out, these may have been confirmed.
            left = [one for one in run if one[0] in self._core.streams[party].items]
            if not left:
                continue
            self._resending.sent(party, asyncio.get_running_loop().time())
            if len(left) == 1:
                await self._send_item(party, *left[0], now)
            else:
                await self._send_copies(party, left[0][0], [item for _, item in left], now)

    async def _send_copies(self, party: str, first: int, items: list[Item], now: datetime) -> None:
        copies = [copy for item in items for copy in self._notes.attached(self._core.state, party, item)]
        deliveries = self._notes.deliveries(party, items, copies, self._checkpoint)
        signed = self._signed(party, FrameType.DELIVERIES, deliveries, first, now)
        await self._publish(party, clear.pack(signed, *copies))

    async def _send_item(self, party: str, number: int, item: Item, now: datetime) -> None:
        attached, checkpoint = self._notes.attached(self._core.state, party, item), self._checkpoint
        if self.lie is not None and self.lie.party == party:
            number, attached, checkpoint = self.lie.instead(
                number, item.kind, attached, checkpoint, self._identity, self._core.state.directory, now
            )
        note = self._notes.note(party, item, attached, checkpoint)
        await self._publish(party, clear.pack(self._signed(party, FrameType.NOTE, note, number, now), *attached))

    async def _confirmed(self, party: str, now: datetime) -> None:
        stream = self._core.streams.get(party)
        oldest = next(iter(stream.items), None) if stream is not None else None
        if self._resending.confirmed(party, oldest, asyncio.get_running_loop().time()):
            await self._resend(party, _RESEND_ITEMS, now)

    async def _resend(self, party: str, most: int, now: datetime) -> None:
        """The oldest ``most`` of what the party has not confirmed, in order."""
        stream = self._core.streams.get(party)
        if stream is None or not stream.items:
            return
        numbers = list(stream.items)
        self._resending.sends_again(party, numbers[:most][-1], numbers[-1])
        await self._send(party, [(number, stream.items[number]) for number in numbers[:most]], now)

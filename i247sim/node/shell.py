"""The asyncio shell of one party: one loop that receives, lets the core decide, commits, then sends.

Reliability rests here and in the hub, not on the broker: what was sent is kept and sent again, in order,
until its signed receipt is there; what was received is on disk before it is acknowledged. Whatever has gathered
while the last turn was under way is handled in one turn and shares one commit and one acknowledgement.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from i247sim.audit.checkpoint import NoteSigner, cosign, witness_name
from i247sim.node.actions import Action, Core, Decide, Declare, Remark, Reseal, Schedule, Send
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold, Wrote
from i247sim.node.known import Known
from i247sim.node.mailbox import Mailbox
from i247sim.node.outbox import Outbox
from i247sim.node.reception import (
    CheckpointShown,
    Duplicate,
    Gap,
    MessageRejected,
    MessageTaken,
    NumberTaken,
    OutcomesTold,
    Receipted,
    Reception,
    Refused,
    StatementTaken,
    TooSoon,
    Welcomed,
)
from i247sim.node.site import Site
from i247sim.node.store import Happened
from i247sim.node.writer import Writer
from i247sim.security.cards import parse_card
from i247sim.security.keys import Identity
from i247sim.security.trust import Trust
from i247sim.transport.port import Arrived, Link, LinkClosed, LinkDown, LinkLost, LinkUp
from i247sim.transport.topics import out_topic
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.frames import (
    Ack,
    AckItem,
    Bye,
    Cosign,
    FrameType,
    Hello,
    NoteKind,
    OutcomeUpdate,
    ReceiptItem,
)
from i247sim.vocabulary.times import TICK, from_text

_BATCH = 16
"""How much is handled in one turn: while it is on its way to the disk and the hub, the next is made."""
_TURN_SECONDS = 0.02
"""A turn that has lasted so long takes nothing more: all parties of a process share its event loop."""
_RESENT = 256
"""How much is sent again at a time."""
_FOR_THE_HUB_TO_REFUSE = frozenset({Code.ADDR, Code.RIGHTS, Code.REPLAY, Code.REVIEW})
"""Codes of a genuine message that no hub which keeps to the rules hands over."""


_Released = tuple[Any, int, "asyncio.Future[None]"]
"""A cause, its number, and who waits for it to be handled."""


@dataclass
class _Turn:
    """What one turn of the loop has gathered, to be sent once it is on disk."""

    outgoing: list[bytes] = field(default_factory=list)
    acks: list[AckItem] = field(default_factory=list)
    confirm: bool = False
    cosign: str | None = None
    """A checkpoint to be cosigned."""
    hello: bool = False
    resend: bool = False


class Node:
    """One party on the network."""

    def __init__(self, identity: Identity, trust: Trust, core: Core, link: Link, site: Site, epoch: str) -> None:
        """``trust`` as enrolled; what the mailbox file already holds of this party is taken up again.

        ``epoch`` is 32 hex digits, new for every start; the link's last will is a ``bye`` that names it.
        """
        self.party = identity.party
        self.identity = identity
        self.parked = False
        """Whether nobody may wait for this party: its link is cut."""
        self.deaf = False
        """Whether nothing comes in on its line: then it is never welcomed, and says unasked what it has to say."""
        self.mute = False
        """Whether nothing but its hellos goes out: then they alone can tell the hub what was lost on the way here."""
        self.fresh = True
        """Whether its link was never used."""
        self.offline = ""
        """Why its link is down, as far as that is known; empty while it is up."""
        self._known = Known(self.party, site.store)
        self.reception = Reception(identity, trust, seen=self._known)
        """What the party knows of the hub; for reading."""
        self._core = core
        self._link = link
        self._epoch = epoch
        self._site = site
        self._patience = site.patience
        self._mailbox = Mailbox(self.party, site.store)
        self._outbox = Outbox(self.party, site.store)
        self._writer = Writer(identity, self.reception, self._outbox, self._known, site)
        self._mailbox.take_up(self.reception)
        self._arrivals: deque[bytes] = deque()
        self._causes: deque[_Released] = deque()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._busy = False
        self._up = False
        self._hello_at = self._sent_at = float("-inf")
        self._hello_owed = False
        """Whether a hello was asked for so soon after the last that it waits."""
        self._resend_after = self._patience.first_resend
        self._worker: asyncio.Task[None] | None = None
        self._last_refused = ""
        self._let: int | None = None
        """Up to which number it may send; everything, if ``None``."""
        self._own_cards = {identity.card_hash, parse_card(identity.card).card.previous}

    # --- life

    async def start(self) -> None:
        """Connect and go on by itself. Returns at once; see ``owing``."""
        self._begun()
        self.fresh = False
        self._tasks = [asyncio.create_task(self._read())]
        await self._link.start()

    def _begun(self) -> "asyncio.Task[None]":
        """The task that does the work; begun, if it was not."""
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
            # Should it come to a sudden end, nobody waits for more of it; `failure` then tells why.
            self._worker.add_done_callback(lambda _: _tell(self._causes))
        return self._worker

    def owing(self) -> int:
        """How much this party still has to do, or to get a receipt for; at least 1 until the hub has welcomed it."""
        undone = len(self._arrivals) + len(self._causes) + self._to_send
        return undone + self._busy + (not self.reception.welcomed)

    @property
    def working(self) -> bool:
        """Whether it is in the middle of something that needs nobody else."""
        return self._busy or bool(self._causes)

    @property
    def sent(self) -> int:
        """The newest number that this party has given to something it sent."""
        return self._outbox.counter

    @property
    def unsent(self) -> int:
        """How much has no receipt yet."""
        return len(self._outbox)

    def hold_back(self) -> None:
        """Send nothing of what has no receipt, and wait for no receipts, until ``next_portion``."""
        self._let = self._outbox.receipted

    async def next_portion(self) -> bool:
        """After ``hold_back``: send the next of what has waited, up to the next statement (``Outbox.portion``).

        ``False`` once nothing is held back any more: then it sends as usual.
        """
        assert self._let is not None, "it was held back"
        upto = self._outbox.portion(self._let)
        if upto == self._let:
            self._let = None
            return False
        self._let = upto
        if self.reception.welcomed:
            await self._resend()
        return True

    @property
    def _to_send(self) -> int:
        """How much has no receipt yet, and may go out."""
        return len(self._outbox) if self._let is None else self._outbox.waiting(self._let)

    async def cut(self) -> None:
        """The link fails: nothing goes out or comes in until ``restore``. What is written waits. Idempotent."""
        self.parked = True
        self.fresh = False
        self._up = self.reception.welcomed = False
        await _ended(self._tasks)
        self._tasks = []
        await self._link.close()
        self._arrivals.clear()

    async def crash(self) -> None:
        """Stop where it stands, without a goodbye. What is in the store is left for who comes after. Idempotent."""
        await self.cut()
        await _ended([self._worker] if self._worker else [])
        self._worker = None

    async def restore(self, link: Link, epoch: str) -> None:
        """The link is back: a new one, with a new epoch."""
        self._link, self._epoch = link, epoch
        self.parked = False
        await self.start()

    async def close(self) -> None:
        """Say goodbye and stop. Idempotent."""
        try:
            if self._up:
                await self._publish(self._writer.sign(FrameType.BYE, Bye(epoch=self._epoch)))
        finally:  # nobody goes on working here, even if the closing is cancelled
            self._up = self.reception.welcomed = False
            tasks = [*self._tasks, *([self._worker] if self._worker else [])]
            self._tasks, self._worker = [], None
            await _ended(tasks)
            await self._link.close()

    def failure(self) -> BaseException | None:
        """Why this party has stopped working, if it has: a bug, a disk that refuses, a broker that does."""
        for task in (*self._tasks, *([self._worker] if self._worker else [])):
            if task.done() and not task.cancelled() and task.exception() is not None:
                return task.exception()
        return None

    def sign(self, type_: FrameType, payload: Word) -> bytes:
        """A frame signed by this party, for the run folder and not for the network."""
        return self._writer.sign(type_, payload)

    def renew(self, identity: Identity) -> None:
        """From now on these keys: a newer one was added, or an old one deleted."""
        self._own_cards.add(identity.card_hash)
        self.identity = self.reception.identity = identity
        self._writer.renew(identity)

    async def intrude(self, wires: list[tuple[str, bytes]]) -> None:
        """Exercise control as an intruder on this party's line: publish (topic, bytes) that nobody here wrote.

        The hello behind it comes after it at the hub, so its welcome tells that the hub has seen it all.
        """
        for topic, wire in wires:
            with contextlib.suppress(LinkLost, LinkClosed):
                await self._link.publish(topic, wire)
        self.reception.welcomed = False
        self._hello_at = float("-inf")
        await self._say_hello()

    async def misbehave(self, action: Send | Declare) -> None:
        """Say this, numbered and signed, although no officer has asked for it: the party has gone bad."""
        if isinstance(action, Send):
            wires = self._writer.seal(action.draft)
        else:
            wires = [self._writer.declare(action.type, action.payload)]
        await self._site.store.flush()
        for wire in wires:
            await self._publish(wire)

    # --- causes

    async def release(self, cause: Any, number: int) -> None:
        """The time of a cause has come. Returns when the core has handled it and what follows is on disk and sent,
        or when this party works no more (``failure``).

        ``number`` names the cause for a replay.
        """
        # Where its link was never there: it works all the same, and what it writes waits.
        if self._begun().done():
            return
        done = asyncio.get_running_loop().create_future()
        self._causes.append((cause, number, done))
        self._wake.set()
        await done

    def replay(self, happened: Happened, cause: Any = None, planned: bool = False) -> None:
        """Let the core handle again what it handled before a kill. Only its plans count: all else is on disk.

        ``cause`` is the cause of that number, where a cause is what happened. ``planned``: its plans are known
        already, and only the core has to remember.
        """
        if happened.what == "reseal":
            if not planned:
                self._site.schedule(self.party, TICK, self._mailbox.reseal(happened))
            return
        if happened.what == "cause":
            causes = cause if isinstance(cause, tuple) else (cause,)
            events: list[Event] = [
                Wrote(one.draft) if isinstance(one, Send) else CauseDue(one)
                for one in causes
                if isinstance(one, Send) or not isinstance(one, Action)
            ]
        else:
            events = [self._mailbox.event(happened, self.reception)]
        for event in events:
            for action in self._core.handle(event, from_text(happened.time)):
                if isinstance(action, Schedule) and not planned:
                    self._site.schedule(self.party, action.after, action.cause)

    # --- the loop

    async def _read(self) -> None:
        """Take events off the link; never waits for anything else, so that the link is never held up."""
        while True:
            try:
                event = await self._link.next()
            except LinkClosed:
                return
            match event:
                case LinkUp():
                    self._up, self.reception.welcomed = True, False
                    self.offline = ""
                    self._hello_at = float("-inf")
                    await self._say_hello()
                case LinkDown(reason=reason):
                    self._up = self.reception.welcomed = False
                    self.offline = reason
                case Arrived():
                    self._arrivals.append(event.payload)
                    self._wake.set()
            self._site.stirred.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._busy = True
            await self._turn()
            while self._arrivals or self._causes:
                await asyncio.sleep(0)  # whatever the last turn came to: now the others
                await self._turn()
            self._busy = False
            self._site.stirred.set()

    async def _turn(self) -> None:
        """Check, open, decide; then one commit; then acknowledge and send."""
        released = [self._causes.popleft() for _ in range(min(len(self._causes), _BATCH))]
        try:
            await self._handle_all(released)
        finally:
            _tell(released)

    async def _handle_all(self, released: list[_Released]) -> None:
        turn = _Turn()
        before = self.reception.received
        clock = asyncio.get_running_loop().time
        until = clock() + _TURN_SECONDS
        for _ in range(_BATCH):
            if not self._arrivals or clock() > until:
                break
            self._take(self._arrivals.popleft(), turn)
        for cause, number, _ in released:
            self._mailbox.released(number, self._site.now)
            self._handle(CauseDue(cause), turn)
        moved = self.reception.received != before
        if moved:
            self._mailbox.standing(self.reception)
        for alarm in self.reception.alarms:
            # A proof is worth keeping: two signatures of the hub convict it before anybody.
            self._site.journal("alarm", self.party, text=alarm.text, **({"proof": alarm.proof} if alarm.proof else {}))
        self.reception.alarms.clear()
        if released or moved or turn.acks or turn.outgoing or turn.confirm or turn.cosign is not None:
            await self._site.store.flush()
        # A receipt alone promises nothing to anybody: lost with a crash, the hub gives it again.
        if turn.cosign is not None:
            # Before the acknowledgement: once the hub has that, it owes us nothing, and nobody waits for more.
            cosign = Cosign(checkpoint=self._cosigned(turn.cosign))
            await self._publish(self._writer.sign(FrameType.COSIGN, cosign))
        if turn.acks or moved or turn.confirm:
            ack = Ack(upto=self.reception.received, items=tuple(turn.acks))
            await self._publish(self._writer.sign(FrameType.ACK, ack))
        await self._carry_out(turn)

    async def _carry_out(self, turn: _Turn) -> None:
        now = asyncio.get_running_loop().time()
        if turn.hello:
            await self._say_hello()
        if turn.resend and now - self._sent_at > self._patience.calm:
            await self._resend()
        elif turn.outgoing and self._let is None:
            self._sent_at = now
            for wire in turn.outgoing:
                await self._publish(wire)

    def _handle(self, event: Event, turn: _Turn) -> None:
        """Let the core decide, and carry it out up to the point of publishing."""
        if isinstance(event, CauseDue) and isinstance(event.cause, Action):
            actions: list[Action] = [event.cause]
            if isinstance(event.cause, Send):
                actions += self._core.handle(Wrote(event.cause.draft), self._site.now)
        elif isinstance(event, CauseDue) and isinstance(event.cause, tuple):
            actions = []
            for one in event.cause:
                actions += [one, *self._core.handle(Wrote(one.draft), self._site.now)]
        else:
            actions = self._core.handle(event, self._site.now)
        for action in actions:
            match action:
                case Send():
                    turn.outgoing += self._writer.seal(action.draft)
                case Declare():
                    turn.outgoing.append(self._writer.declare(action.type, action.payload))
                    self._site.journal("declared", self.party, type=action.type)
                case Decide():
                    turn.outgoing += self._writer.decide(action)
                case Reseal():
                    turn.outgoing += self._writer.reseal(action)
                case Schedule():
                    self._site.schedule(self.party, action.after, action.cause)
                case Remark():
                    self._site.journal("remark", self.party, text=action.text)

    def _take(self, data: bytes, turn: _Turn) -> None:
        now = self._site.now
        taken = self.reception.take(data, self._site.clock(self.party))
        match taken:
            case Welcomed(call=False, session=session) if session == self._epoch:
                self.reception.welcomed = True
                turn.resend |= self._to_send > 0
            case Welcomed():
                # The hub has restarted, or does not know of this session; or the broker has kept a welcome of an
                # earlier one, and with it copies that the hub would take back now.
                self.reception.welcomed &= not taken.call
                turn.hello |= taken.call or not self.reception.welcomed
                turn.resend |= not taken.call and self.reception.welcomed and self._to_send > 0
            case Receipted():
                for item in taken.items:
                    self._receipt(item)
            case MessageTaken():
                header = taken.header
                self._known.read(header.own_ref, header.id)
                self._mailbox.taken(taken, now)
                turn.acks.append(AckItem(id=header.id, status=Outcome.OPENED))
                self._site.journal("opened", self.party, ref=header.own_ref, kind=header.kind, sender=header.sender)
                self._handle(MessageOpened(header, taken.content, taken.body.proofs.salt), turn)
            case MessageRejected():
                self._mailbox.rejected(taken, now)
                turn.acks.append(AckItem(id=taken.id, status=Outcome.REJECTED, code=taken.code))
                # What the hub had to refuse, and handed over: either it was taken over, or somebody stands between.
                more = {"alarm": True} if taken.header is None or taken.code in _FOR_THE_HUB_TO_REFUSE else {}
                self._site.journal("rejected", self.party, id=taken.id, code=taken.code, text=taken.reason, **more)
                if taken.header is not None:
                    self._handle(MessageUnreadable(taken.header, taken.code), turn)
            case OutcomesTold():
                for update in taken.updates:
                    self._outcome(update)
            case StatementTaken():
                self._mailbox.told(taken, now)
                self._handle(StatementTold(taken.author, taken.payload), turn)
            case CheckpointShown():
                turn.cosign = taken.text
            case NumberTaken(kind=NoteKind.DIRECTORY):
                directory = self.reception.trust.directory
                self._mailbox.moved(data, directory.number, now)
                self._watch_own_card(directory)
                self._handle(DirectoryTold(directory), turn)
            case NumberTaken():
                pass
            case Duplicate():
                turn.confirm = True
                turn.acks += self._mailbox.acknowledged(taken.number)
                if self.reception.checked is not None:
                    # What got lost with the acknowledgement may have been a cosignature.
                    turn.cosign = self.reception.checked[1]
            case Gap():
                turn.hello = True
                self._site.journal("gap", self.party, expected=taken.expected, got=taken.got)
            case TooSoon():
                pass
            case Refused() if taken.reason != self._last_refused:
                # Whoever says it again and again says no more by that.
                self._last_refused = taken.reason
                self._site.journal("alarm", self.party, code=taken.code, text=taken.reason)
            case Refused():
                pass

    def _watch_own_card(self, directory: Directory) -> None:
        """Every party watches its own name in the directory: a key that somebody else put there would read along.

        A directory of before may still name a card of before: the hub was away while keys were renewed.
        """
        entry = directory.entries.get(self.party)
        if entry is None or entry.card not in self._own_cards:
            self._site.journal(
                "alarm", self.party, text="the directory names a key card of this party that is not its own"
            )

    def _receipt(self, item: ReceiptItem) -> None:
        outgoing = self._outbox.answered(item.wire)
        if outgoing is None:
            if item.code is None and not self._outbox.wrote(item.wire):
                text = "a receipt for a message that this party never wrote: somebody else signs with its key"
                self._site.journal("alarm", self.party, text=text)
            return
        self._resend_after = self._patience.first_resend
        self._site.journal(
            "receipt",
            self.party,
            ref=None if outgoing.id is None else self._known.reference_of(outgoing.id),
            code=item.code,
            detail=item.detail,
            lines=[line.plain() for line in item.lines],
        )
        for line in item.lines:
            if outgoing.id is not None and line.code is Code.KEY:
                self._plan_reseal(outgoing.id, line.party)

    def _outcome(self, update: OutcomeUpdate) -> None:
        self._site.journal(
            "outcome",
            self.party,
            ref=self._known.reference_of(update.id),
            about=update.party,
            outcome=update.outcome,
            code=update.code,
        )
        if update.code is Code.KEY and update.outcome in (Outcome.REJECTED, Outcome.WITHHELD):
            self._plan_reseal(update.id, update.party)

    def _plan_reseal(self, id_: str, party: str) -> None:
        """The key it was sealed to is gone: seal it anew, once this is known to be so and not at once."""
        reseal = Reseal(id_, party)
        self._mailbox.planned(reseal, self._site.now)
        self._site.schedule(self.party, TICK, reseal)

    def _cosigned(self, text: str) -> str:
        key = self.identity.signing
        return cosign(text, NoteSigner(witness_name(self._site.run, self.party), key.public, key.sign), self._site.now)

    # --- sending

    async def _publish(self, wire: bytes) -> None:
        if not self._up:
            return
        try:
            await self._link.publish(out_topic(self._site.run, self.party), wire)
        except (LinkLost, LinkClosed):
            self._up = self.reception.welcomed = False

    async def _say_hello(self) -> None:
        now = asyncio.get_running_loop().time()
        self._hello_owed = now - self._hello_at < self._patience.calm
        if self._hello_owed:
            return
        self._hello_at = now
        hello = Hello(
            epoch=self._epoch,
            sent=self._outbox.counter,
            received=self.reception.received,
            directory=self.reception.trust.directory.number,
        )
        await self._publish(self._writer.sign(FrameType.HELLO, hello))

    async def _resend(self) -> None:
        """The oldest without a receipt, in order. The hub answers what it knows with the stored receipt."""
        self._sent_at = asyncio.get_running_loop().time()
        upto = self._outbox.counter if self._let is None else self._let
        for wire in self._outbox.oldest(_RESENT, upto):
            await self._publish(wire)

    async def tick(self) -> None:
        """Call a few times a second of real time: sends again what has waited too long."""
        now = asyncio.get_running_loop().time()
        if not self._up or self._busy:
            return
        if self.mute or not (self.reception.welcomed or self.deaf):
            # Who was called right after its hello has learnt that this one was lost.
            if now - self._hello_at > (self._patience.calm if self._hello_owed else self._patience.first_resend):
                await self._say_hello()
        elif self._to_send and now - self._sent_at > self._resend_after:
            self._resend_after = min(2 * self._resend_after, self._patience.last_resend)
            await self._resend()


def _tell(released: Iterable[_Released]) -> None:
    """Tell who waits for these causes that there is nothing more to wait for."""
    for _, _, done in released:
        if not done.done():
            done.set_result(None)


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        # What a task broke on was reported by `failure`.
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task

"""The hub's asyncio shell: takes what arrives, lets the core decide, commits, then answers and hands over.

Nothing is sent before the transaction that it rests on is on disk; how it is sent is ``sending``'s. Simulated time
comes from exercise control, through ``command``, and nothing is handled before it and a directory are known.
"""

import asyncio
import base64
import contextlib
import hashlib
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any

from i247sim.clock.patience import USUAL, Patience
from i247sim.hub import captured
from i247sim.hub.actions import Action, Cosigned, Record
from i247sim.hub.core import HubCore
from i247sim.hub.database import HubDatabase
from i247sim.hub.decide import Limits
from i247sim.hub.events import (
    Arrived,
    BatchEnded,
    CheckpointWanted,
    ControlNoted,
    DirectoryIssued,
    Event,
    TimePassed,
)
from i247sim.hub.log_keys import witness
from i247sim.hub.queue import FairQueue
from i247sim.hub.sending import Sending
from i247sim.hub.state import HubState
from i247sim.policy.engine import Engine
from i247sim.security import frames as clear
from i247sim.security.keys import Identity
from i247sim.security.trust import Trust
from i247sim.transport import port
from i247sim.transport.topics import parse
from i247sim.vocabulary.entries import OpenedEntry
from i247sim.vocabulary.errors import FormatError, I247Error, InputError, NetworkFailed
from i247sim.vocabulary.frames import DirectoryChange
from i247sim.vocabulary.times import from_text

_BATCH = 256
_DISK_RETRY_SECONDS = 0.5


class HubService:
    """The exchange at work. ``run`` it as a task; talk to it through ``command``."""

    def __init__(
        self,
        identity: Identity,
        root: bytes,
        database: HubDatabase,
        engine: Engine,
        link: port.Link,
        epoch: str,
        limits: Limits,
        trouble: Callable[[str], None] = lambda text: None,
        patience: Patience = USUAL,
    ) -> None:
        """``identity`` has signing and TLS keys only. ``root``: the authority's root certificate (DER).

        ``trouble`` is told in one line what keeps the hub from working (a full disk). Raises ``InputError`` for an
        identity that could open anything.
        """
        if identity.kem:
            raise InputError("the hub's identity holds a decryption key; expected keys for signing and TLS only")
        self._identity = identity
        self._root = root
        self._database = database
        self._engine = engine
        self._link = link
        self._trouble = trouble
        self._patience = patience
        self._now: datetime | None = None
        self._queue = FairQueue()
        self._wake = asyncio.Event()
        self._blocked = ""
        """What keeps the hub from deciding, in a line for a person."""
        self._closed = False
        """Whether the last checkpoint is signed."""
        self._idle = asyncio.Event()
        self._turn = asyncio.Lock()
        self._up = asyncio.Event()
        self._heard = float("-inf")
        """When something came in last."""
        self._core = HubCore(self._logged(), engine, limits, database.streams())
        self._sending = Sending(identity, link, epoch, self._core, database, patience)

    def _logged(self) -> HubState:
        """The state as the log tells it."""
        state = HubState(Trust.anchor(self._root, self._identity.run), earlier=self._database.earlier)
        for entry in self._database.entries():
            state.apply(entry)
        return state

    # --- life

    async def run(self) -> None:
        """Work until cancelled. Raises ``NetworkFailed`` if a part of it cannot go on."""
        await self._link.start()
        tasks = [asyncio.create_task(one) for one in (self._read(), self._work(), self._tick())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._link.close()

    async def _read(self) -> None:
        while True:
            try:
                event = await self._link.next()
            except port.LinkClosed:
                return
            match event:
                case port.LinkUp():
                    self._up.set()
                    # Whoever waited for us, or missed our restart, says hello and begins anew.
                    await self._call_all()
                case port.LinkDown():
                    self._up.clear()
                case port.Arrived():
                    self._heard = asyncio.get_running_loop().time()
                    with contextlib.suppress(FormatError):
                        # A topic that is no party's only a broker can make up: it must not be able to end the hub so.
                        self._put(Arrived(parse(event.topic).party, event.payload))

    def _put(self, event: Arrived) -> None:
        if self._closed:
            return
        self._queue.put(event)
        self._idle.clear()
        self._wake.set()

    @property
    def _ready(self) -> bool:
        """Whether simulated time and a directory are known."""
        return self._now is not None and self._core.state.directory.number > 0

    async def _call_all(self) -> None:
        if self._now is None:
            return
        for party in list(self._core.state.directory.entries):
            await self._sending.call(party, self._now)

    async def _begin(self) -> None:
        """Time and the first directory are known: take what has come in so far, and call the others."""
        assert self._now is not None
        for party in list(self._core.state.directory.entries):
            if party not in self._queue:
                await self._sending.call(party, self._now)
        self._wake.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue and self._ready:
                async with self._turn:
                    batch: list[Event] = list(self._queue.take(_BATCH))
                    await self._carry_out(await self._decide(batch))
                await asyncio.sleep(0)
            self._idle.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._patience.first_resend / 2)
            if self._turn.locked() or self._now is None:
                continue
            since_heard = asyncio.get_running_loop().time() - self._heard
            busy = bool(self._queue) or since_heard < self._patience.first_resend
            await self._sending.say_again(self._now, busy)

    # --- decide and commit

    async def _decide(self, batch: list[Event]) -> list[Action]:
        """Handle a batch and commit what follows from it; returns what is then to be sent.

        An error of our own is never half a decision: the core is loaded anew from the log, and what caused
        it is refused. A disk that refuses stops everything until it takes writes again.
        """
        handle = self._handle
        while True:
            try:
                actions = handle(batch)
                await self._database.sync()
                if self._blocked:
                    self._blocked = ""
                    self._trouble("the log is written again")
                return actions
            except (sqlite3.Error, OSError) as error:
                if not self._blocked:
                    self._blocked = f"the log cannot be written, nothing is delivered: {error}"
                    self._trouble(self._blocked)
                self._reload()
                await asyncio.sleep(_DISK_RETRY_SECONDS)
            except Exception as error:
                if handle == self._give_up:
                    raise
                self._trouble(f"something could not be decided and is refused: {type(error).__name__}")
                self._reload()
                if len(batch) > 1:
                    return [action for event in batch for action in await self._decide([event])]
                handle = self._give_up

    def _handle(self, batch: list[Event]) -> list[Action]:
        assert self._now is not None
        actions: list[Action] = []
        for event in batch:
            actions += self._core.handle(event, self._now)
        actions += self._core.handle(BatchEnded(), self._now)
        for action in actions:
            if isinstance(action, Cosigned):
                # Before the acknowledgement that follows it: without one it comes again, if we die in between.
                self._take_cosignature(action)
        self._database.commit(actions)
        return actions

    def _give_up(self, batch: list[Event]) -> list[Action]:
        """Refuse what could not be decided, and commit that."""
        assert self._now is not None
        arrived = [event for event in batch if isinstance(event, Arrived)]
        actions = [action for event in arrived for action in self._core.give_up(event, self._now)]
        self._database.commit(actions)
        return actions

    def _reload(self) -> None:
        self._core.reset(self._logged(), self._database.streams())

    async def _carry_out(self, actions: list[Action]) -> None:
        assert self._now is not None
        await self._sending.carry_out(actions, self._now)

    def _capture(self, does: str, party: str) -> None:
        """From now on captured, or (``does`` empty) free again."""
        self._sending.lie = captured.Lie(does, party) if does else None
        lenient = captured.Lenient(self._engine.rulebook, party) if does == "skip-rule" else None
        self._core.engine = lenient or self._engine

    def _take_cosignature(self, action: Cosigned) -> None:
        signed = clear.parse(action.frame)
        assert self._now is not None
        signer = self._core.state.trust.signer(action.party, signed.frame.key, self._now)
        key = witness(self._identity.run, action.party, signer.ed25519)
        if not self._database.cosigned(action.party, action.checkpoint, key):
            self._trouble(f"a cosignature of `{action.party}` does not hold")

    # --- exercise control

    async def command(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do what exercise control asks; raises ``I247Error`` if it cannot be done.

        ``now`` {time}: simulated time moves on. ``open`` {rules}: begin the log. ``directory`` {frame, attached}
        and ``control`` {frame}, base64. ``checkpoint``: show it to everybody online. ``quiet`` {parked, above, half}:
        wait for quiet, and tell entries from index ``above`` on, and how far the parties in ``half`` are.
        ``capture`` {does, party} and ``lie-now``: a captured hub (``captured.Lie``). ``disk`` {full, time}: it takes no
        writes any more, or does again. ``final``: sign the last checkpoint, and take nothing more.
        """
        match name:
            case "now":
                await self._move_to(from_text(arguments["time"]))
            case "open":
                self._open(arguments["rules"])
                return {"directory": self._core.state.directory.number}
            case "directory":
                attached = tuple(base64.b64decode(one) for one in arguments["attached"])
                await self._direct(DirectoryIssued(base64.b64decode(arguments["frame"]), attached))
            case "control":
                await self._do(ControlNoted(base64.b64decode(arguments["frame"])))
            case "capture":
                self._capture(arguments["does"], arguments["party"])
            case "lie-now":
                await self._lie_now()
            case "checkpoint":
                await self._do(CheckpointWanted())
            case "quiet":
                return await self._quiet(arguments["parked"], arguments["above"], arguments.get("half", []))
            case "disk" if arguments["full"]:
                self._database.full = True
                self._trouble("the disk is full, nothing is delivered")
            case "disk":
                self._set(from_text(arguments["time"]))
                self._database.full = False
                self._trouble("the disk has room again")
            case "final":
                return {"checkpoint": await self._end()}
            case _:
                raise NetworkFailed(f"the hub does not know the command `{name}`")
        return {"size": self._database.log.size}

    def _set(self, now: datetime) -> bool:
        """Set the clock, but never back behind the log: an exercise that was killed between two causes begins again at
        the earlier one. Returns whether the time was known before."""
        known = self._now is not None
        self._now = max(now, self._core.state.time or now)
        return known

    async def _move_to(self, now: datetime) -> None:
        """Simulated time moves on; the first time, everybody is called."""
        moved = self._set(now)
        if moved:
            await self._do(TimePassed())
        else:
            await self._call_all()
            self._wake.set()

    async def _direct(self, issued: DirectoryIssued) -> None:
        if self._in_force(issued):
            return
        ready = self._ready
        await self._do(issued)
        if not ready:
            await self._begin()

    async def _end(self) -> str:
        """The last checkpoint. What came after it would stand in the log under none: it is not taken any more."""
        self._closed = True
        self._queue.clear()
        async with self._turn:
            return self._database.checkpoint()

    async def _lie_now(self) -> None:
        """A captured hub makes an occasion for the lie that needs one: a checkpoint to be shown, or something opened
        long ago to be handed over once more."""
        lie = self._sending.lie
        if lie is not None and lie.does == "rewrite-log":
            await self._do(CheckpointWanted())
        if lie is None or lie.does != "replay":
            return
        async with self._turn:
            put = captured.once_more(self._core, lie.party, self._sending.kept)
            if put is not None:
                self._database.commit([put])
                await self._database.sync()
                await self._carry_out([put])

    def _in_force(self, issued: DirectoryIssued) -> bool:
        """Whether exercise control asks again because the answer was lost: then it was committed before."""
        payload = clear.parse(issued.frame).payload
        return isinstance(payload, DirectoryChange) and payload.delta.number <= self._core.state.directory.number

    async def _do(self, event: Event) -> None:
        """Handle one event now, ahead of what waits; an error of its own goes back to who asked."""
        async with self._turn:
            try:
                actions = self._handle([event])
                await self._database.sync()
            except Exception as error:
                # Whatever it is: the core may be half way, the log is not.
                self._reload()
                known = isinstance(error, I247Error | sqlite3.Error)
                raise NetworkFailed(f"the hub refused: {error if known else type(error).__name__}") from error
            await self._carry_out(actions)

    def _open(self, rules: str) -> None:
        """The log's first entry, unless it is there already."""
        if self._core.state.opened is not None:
            if self._core.state.opened.rules != rules:
                raise NetworkFailed("the log was begun under other rules")
            return
        assert self._now is not None
        entry = OpenedEntry(
            time=self._now,
            run=self._identity.run,
            root=_digest(self._root),
            hub=_digest(self._identity.signing_cert),
            rules=rules,
        )
        self._core.state.apply(entry)
        self._database.commit([Record(entry)])

    async def _quiet(self, parked: list[str], above: int, half: list[str]) -> dict[str, Any]:
        deadline = asyncio.get_running_loop().time() + self._patience.quiet
        while True:
            owed = self._core.waiting()
            waiting = {party: count for party, count in owed.items() if party not in parked}
            busy = self._turn.locked() or bool(self._queue) or not self._up.is_set()
            if not waiting and not busy:
                break
            remaining = deadline - asyncio.get_running_loop().time()
            if remaining <= 0:
                up = self._up.is_set()
                return {"idle": False, "waiting": waiting, "up": up, "blocked": self._blocked, "entries": []}
            self._idle.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(remaining, 0.05)):
                    await self._idle.wait()
        entries = [data.decode() for _, data in self._database.log.entries(above)]
        numbers = {party: [self._core.state.counters.get(party, 0), self._last(party)] for party in half}
        return {
            "idle": True,
            "waiting": {},
            "up": True,
            "entries": entries,
            "parked": sorted(owed),
            "numbers": numbers,
        }

    def _last(self, party: str) -> int:
        """The newest number that was given to something for the party."""
        stream = self._core.streams.get(party)
        return stream.last if stream is not None else 0


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

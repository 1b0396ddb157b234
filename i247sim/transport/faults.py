"""A link that misbehaves on purpose: wraps any link, for drills and tests.

Two things act together. A *decision function* gives each message its fate from (party, direction, running
number) alone, so that the same seed gives the same faults whatever the pace. And an instructor's words act on
the whole link: ``hold`` keeps back everything until ``release``; ``cut`` makes both ends believe that the
connection is gone, until ``restore``. Faults lie between us and the broker: nobody else is touched.
"""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from i247sim.transport.inbox import Inbox
from i247sim.transport.port import (
    Arrived,
    Link,
    LinkClosed,
    LinkDown,
    LinkEvent,
    LinkLost,
    LinkUp,
    check_size,
)
from i247sim.transport.topics import Direction


class Fate(StrEnum):
    """What becomes of one message."""

    PASS = "pass"  # noqa: S105 - no password
    DROP = "drop"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    """Kept until the next ``release``."""
    REORDER = "reorder"
    """Goes after the next message of its direction, or at the next ``release``."""


Decide = Callable[[str, Direction, int], Fate]
"""(party, ``out`` or ``in``, how many of this party and direction came before) -> fate. Must be pure."""


Overhear = Callable[[Direction, str, bytes], None]
"""(direction, topic, payload) of one message."""


def undisturbed(party: str, direction: Direction, number: int) -> Fate:
    """The decision function that lets everything pass."""
    return Fate.PASS


def seeded(seed: int, *, drop: float = 0.0, duplicate: float = 0.0, delay: float = 0.0, reorder: float = 0.0) -> Decide:
    """Faults at random with these shares (0 to 1, together at most 1), the same for the same seed."""
    shares = ((Fate.DROP, drop), (Fate.DUPLICATE, duplicate), (Fate.DELAY, delay), (Fate.REORDER, reorder))
    assert min(share for _, share in shares) >= 0, "a share is not below nothing"
    assert sum(share for _, share in shares) <= 1, "shares of one"

    def decide(party: str, direction: Direction, number: int) -> Fate:
        digest = hashlib.sha256(f"{seed}/{party}/{direction}/{number}".encode()).digest()
        point = int.from_bytes(digest[:8]) / 2**64
        for fate, share in shares:
            if point < share:
                return fate
            point -= share
        return Fate.PASS

    return decide


class _Lane:
    """One direction: counts messages and keeps those that wait. Pure."""

    def __init__(self, party: str, direction: Direction, decide: Decide) -> None:
        self.decide = decide
        self.holding = False
        self._party = party
        self._direction = direction
        self._number = 0
        self._delayed: list[Arrived] = []
        self._overtaken: list[Arrived] = []

    def take(self, message: Arrived) -> list[Arrived]:
        """What goes on now, in order, because ``message`` came."""
        fate = self.decide(self._party, self._direction, self._number)
        self._number += 1
        if self.holding:
            # The fate still counts, so that holding does not shift the fates of later messages.
            self._delayed += {Fate.DROP: [], Fate.DUPLICATE: [message, message]}.get(fate, [message])
            return []
        if fate is Fate.DROP:
            return []
        if fate is Fate.DELAY:
            self._delayed.append(message)
            return []
        if fate is Fate.REORDER:
            self._overtaken.append(message)
            return []
        waiting, self._overtaken = self._overtaken, []
        return [message, *([message] if fate is Fate.DUPLICATE else []), *waiting]

    @property
    def keeps(self) -> bool:
        """Whether something is kept back."""
        return bool(self._delayed or self._overtaken)

    def release(self) -> list[Arrived]:
        """Everything kept back, in order of coming within each kind. Holding ends."""
        self.holding = False
        kept, self._delayed, self._overtaken = self._overtaken + self._delayed, [], []
        return kept

    def forget(self) -> None:
        """What was kept back is lost."""
        self._delayed, self._overtaken = [], []


class FaultyLink:
    """See ``port.Link``. Takes over ``link``, which must not be used besides."""

    def __init__(self, link: Link, decide: Decide = undisturbed, overhear: Overhear = lambda *_: None) -> None:
        """``overhear`` is told of everything that comes, before its fate is decided."""
        self._link = link
        self._overhear = overhear
        self._out = _Lane(link.party, "out", decide)
        self._in = _Lane(link.party, "in", decide)
        self._inbox = Inbox()
        self._pump: asyncio.Task[None] | None = None
        self._is_cut = False
        self._is_up = False
        """What the wrapped link has told; what our reader believes is ``is_up``."""

    @property
    def party(self) -> str:
        return self._link.party

    @property
    def is_up(self) -> bool:
        return self._is_up and not self._is_cut

    @property
    def dropped(self) -> int:
        return self._link.dropped + self._inbox.dropped

    @property
    def decide(self) -> Decide:
        """The decision function in force; may be replaced at any time, numbers go on."""
        return self._out.decide

    @decide.setter
    def decide(self, decide: Decide) -> None:
        self._out.decide = self._in.decide = decide

    async def start(self) -> None:
        assert self._pump is None, "a link is started once"
        await self._link.start()
        self._pump = asyncio.create_task(self._take_events())

    async def publish(self, topic: str, payload: bytes) -> None:
        check_size(payload)
        if not self.is_up:
            raise LinkLost("not connected to the broker")
        self._overhear("out", topic, payload)
        for message in self._out.take(Arrived(topic, bytes(payload))):
            await self._link.publish(message.topic, message.payload)

    async def next(self) -> LinkEvent:
        return await self._inbox.next()

    async def close(self) -> None:
        await self._link.close()
        if self._pump is not None:
            await asyncio.wait({self._pump})
        self._inbox.end()

    def hold(self) -> None:
        """Keep back everything, both ways, until ``release``."""
        self._out.holding = self._in.holding = True

    @property
    def keeps(self) -> bool:
        """Whether something is kept back, either way."""
        return self._in.keeps or self._out.keeps

    async def release(self) -> None:
        """Let go, in order, of everything kept back. What cannot be sent because the link is down is lost."""
        for message in self._in.release():
            self._inbox.put(message)
        with suppress(LinkLost, LinkClosed):
            for message in self._out.release():
                await self._link.publish(message.topic, message.payload)

    def cut(self, reason: str = "the line was cut") -> None:
        """As if the cable were out: we see ``LinkDown``, and what comes meanwhile or was kept back is lost.

        The broker's side is not told, so no last will goes out.
        """
        if self._is_cut:
            return
        self._out.forget()
        self._in.forget()
        if self._is_up:
            self._inbox.put(LinkDown(reason))
        self._is_cut = True

    def restore(self) -> None:
        """End ``cut``."""
        if not self._is_cut:
            return
        self._is_cut = False
        if self._is_up:
            self._inbox.put(LinkUp())

    async def _take_events(self) -> None:
        while True:
            try:
                event = await self._link.next()
            except Exception as end:  # whatever ends the wrapped link ends this one
                self._is_up = False
                self._inbox.end(end)
                return
            if isinstance(event, Arrived):
                if not self._is_cut:
                    self._overhear("in", event.topic, event.payload)
                    for message in self._in.take(event):
                        self._inbox.put(message)
                continue
            self._is_up = isinstance(event, LinkUp)
            if not self._is_cut:
                self._inbox.put(event)

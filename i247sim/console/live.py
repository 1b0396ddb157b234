"""Frames to viewers: one queue of eight for each, and a pulse that makes frames for everybody of one kind at once.

A viewer that does not keep up loses its oldest frames and catches up by the totals in the next one; nobody waits
for it. Frames are made at most ``RATE`` times a second, and one every second even if nothing moves.
"""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from i247sim.console.frames import Gathered, Moment, clock, packed, seat_frame
from i247sim.exercise.picture import Glance, Phase, Wire
from i247sim.exercise.port import Change, ExercisePort, Role, Who
from i247sim.vocabulary.errors import TrustError

QUEUE = 8
"""Frames that wait for one viewer at most."""
RATE = 8.0
"""Frames a second at most."""
_HEARTBEAT = 1.0
_SOON = timedelta(hours=24)
"""A person at a desk is told so long before a key ends."""


@dataclass(eq=False)
class Viewer:
    """One open page."""

    who: Who
    session: object = None
    """The session that it belongs to: they end together."""
    dropped: int = 0
    """Frames that it was too slow for."""
    _frames: deque[str] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _code: int | None = None

    def put(self, text: str) -> None:
        """A frame for it; a full queue loses its oldest."""
        if len(self._frames) >= QUEUE:
            self._frames.popleft()
            self.dropped += 1
        self._frames.append(text)
        self._wake.set()

    def close(self, code: int) -> None:
        """Its socket is to close with this code, whatever still waits."""
        self._code = code
        self._wake.set()

    async def next(self) -> str | int:
        """The next frame, or the code to close with."""
        while True:
            if self._code is not None:
                return self._code
            if self._frames:
                return self._frames.popleft()
            self._wake.clear()
            await self._wake.wait()


def moment_of(glance: Glance, more: int = 0) -> Moment:
    """What frames say of the exercise as a whole. ``more``: how often the console itself has had news."""
    rev = glance.rev + more
    return Moment(glance.start, glance.now, glance.phase, glance.pace, glance.counts, glance.alarms, glance.faults, rev)


def keys_ending(port: ExercisePort, party: str) -> list[datetime]:
    """When decryption keys of ``party`` will be no good any more, if that is soon."""
    now = port.glance().now
    try:
        card = port.seen().state.trust.card(party)
    except TrustError:
        return []
    return [key.not_after for key in card.kem if now < key.not_after <= now + _SOON]


def bands(glance: Glance, wire: Wire, ending: Sequence[datetime]) -> list[dict[str, str]]:
    """Messages from exercise control for the person at a desk. ``ending``: see ``keys_ending``."""
    found = []
    if glance.phase in (Phase.PAUSED, Phase.NOT_STARTED):
        text = "The exercise is paused." if glance.phase is Phase.PAUSED else "The exercise has not begun."
        found.append({"kind": "info", "text": f"{text} What you send goes out when the clock goes on."})
    if glance.phase is Phase.ENDED:
        found.append({"kind": "info", "text": "The exercise has ended."})
    if wire.state == "revoked":
        found.append({"kind": "warn", "text": "The certificates of this bureau are revoked: it is out of the network."})
    elif wire.state == "slow":
        found.append({"kind": "warn", "text": "The link is slow: messages come and go late."})
    elif not wire.looks_up:
        found.append({"kind": "warn", "text": "The link is down. What you send waits for it."})
    for end in ending:
        text = f"An encryption key of ours ends at {clock(end - glance.start)}; what is sealed to it is locked then."
        found.append({"kind": "warn", "text": text})
    return found


class Live:
    """All viewers of one exercise. ``run`` it beside the exercise; ``join`` and ``leave`` as pages come and go."""

    def __init__(self, port: ExercisePort, clock: Callable[[], float] | None = None) -> None:
        """``clock``: seconds that only grow; absent: the event loop's."""
        self._port = port
        self._clock = clock
        self.viewers: list[Viewer] = []
        seen = port.seen()
        self._gathered = Gathered(seen.letters, seen.logged, seen.standing, port.glance().start)
        self._mail: dict[str, tuple[int, int]] = {}
        self._seq = 0
        self._stirred = asyncio.Event()
        self._stale = frozenset[str]()
        self._before: tuple[object, ...] = ()
        self._news = 0

    def join(self, who: Who, session: object = None) -> Viewer:
        """A new page. Its first frame says where everything stands."""
        viewer = Viewer(who, session)
        glance = self._port.glance()
        if who.role is Role.SEAT and who.party is not None:
            self._seq += 1
            viewer.put(self._seat_text(who.party, glance))
        else:
            full, wall = Gathered.still(
                moment_of(glance, self._news), {party: wire.state for party, wire in glance.wires.items()}
            )
            viewer.put(packed(wall if who.role is Role.OBSERVER else full))
        self.viewers.append(viewer)
        return viewer

    @property
    def seq(self) -> int:
        """The number of the newest frame."""
        return self._gathered.seq

    def leave(self, viewer: Viewer) -> None:
        """The page is gone."""
        if viewer in self.viewers:
            self.viewers.remove(viewer)

    def dismiss(self, who: Who, code: int) -> None:
        """Close all sockets of ``who``."""
        for viewer in [one for one in self.viewers if one.who == who]:
            viewer.close(code)

    def dismiss_all(self, code: int) -> None:
        """Close all sockets."""
        for viewer in list(self.viewers):
            viewer.close(code)

    async def run(self) -> None:
        """Make frames until the exercise ends, or this is cancelled."""
        listening = asyncio.create_task(self._listen())
        try:
            while not listening.done():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_HEARTBEAT):
                        await self._stirred.wait()
                self._stirred.clear()
                self.pulse()
                await asyncio.sleep(1 / RATE)
            listening.result()
        finally:
            listening.cancel()

    async def _listen(self) -> None:
        async for change in self._port.subscribe():
            self.take(change)

    def take(self, change: Change) -> None:
        """Something has changed; the next pulse tells."""
        self._gathered.add(change)
        self._stale |= change.told
        self._stirred.set()

    def stir(self) -> None:
        """Pages would look different now, although nothing has happened in the exercise."""
        self._news += 1
        self._stirred.set()

    def pulse(self) -> None:
        """One frame for everybody."""
        glance = self._port.glance()
        full, wall = self._gathered.frames(moment_of(glance, self._news))
        texts: dict[Role, str] = {}
        seats: dict[str, str] = {}
        for party in self._stale:
            self._mail.pop(party, None)
        self._stale = frozenset()
        self._seq += 1
        for viewer in self.viewers:
            role, own = viewer.who.role, viewer.who.party
            if role is Role.SEAT and own is not None:
                if own not in seats:
                    seats[own] = self._seat_text(own, glance)
                viewer.put(seats[own])
                continue
            kind = Role.OBSERVER if role is Role.OBSERVER else Role.INSTRUCTOR
            if kind not in texts:
                texts[kind] = packed(wall if kind is Role.OBSERVER else full)
            viewer.put(texts[kind])

    def _seat_text(self, party: str, glance: Glance) -> str:
        if party not in self._mail:
            self._mail[party] = mail_counts(self._port.seen().own.get(party, ()))
        new, receipts = self._mail[party]
        wire = glance.wires.get(party, Wire())
        said = bands(glance, wire, keys_ending(self._port, party))
        frame = seat_frame(self._seq, moment_of(glance), wire, new, receipts, said)
        return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def mail_counts(lines: Any) -> tuple[int, int]:
    """How many messages have come to a party, and how many lines it was told of its own, by its journal."""
    new = sum(line["event"] in ("opened", "rejected") for line in lines)
    told = sum(len(line["lines"]) or 1 for line in lines if line["event"] == "receipt")
    return new, told + sum(line["event"] in ("outcome", "unsendable") for line in lines)

"""Measure the console: invented traffic at a steady rate, viewers in a process of their own, real sockets between.

What is measured is the way from a change in the exercise to a frame in a viewer's hands; no page is drawn.
"""

import asyncio
import contextlib
import json
import resource
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from i247sim.console.app import application
from i247sim.console.house import House
from i247sim.console.serve import listen, place_of, serving
from i247sim.console.sessions import Sessions
from i247sim.exercise.access import Sign
from i247sim.exercise.catalogue import find
from i247sim.exercise.loader import load
from i247sim.exercise.observe import Sent
from i247sim.exercise.picture import Desk, Glance, Phase, Picture, Shown
from i247sim.exercise.port import Answer, Change, ExercisePort, NotAllowed, Role, Who
from i247sim.exercise.resident import resident_mib
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.seen import Moved, Seen, totals
from i247sim.hub.state import HubState
from i247sim.security.authority import Authority
from i247sim.security.trust import Trust

_RUN = "0" * 12
_TURN = 0.02
"""Seconds between two changes."""
_SIGNS = (Sign.READ, Sign.READ, Sign.READ, Sign.REFUSED, Sign.QUEUED, Sign.REJECTED)
_KEPT = 2_000
"""Messages that an invented exercise remembers."""


@dataclass(frozen=True)
class Measured:
    """What came of it."""

    viewers: int
    rate: float
    """Messages per second."""
    seconds: float
    frames: int
    """Frames that all viewers got."""
    dropped: int
    """Frames that some viewer was too slow for."""
    lateness_ms: Mapping[str, float]
    """From the making of a frame until a viewer has it: p50, p99, max."""
    largest_bytes: int
    cpu_per_viewer: float
    """Hundredths of one core, less what the same traffic costs without viewers."""
    grown_mib: float
    """By how much the process has grown from the middle of the measurement to its end."""


class InventedPort:
    """Traffic out of nothing, for measuring what shows it. It has no pictures and takes no commands."""

    live = True

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._start = datetime(2026, 3, 2, 8, tzinfo=UTC)
        authority = Authority.create(_RUN, datetime.now(UTC))
        self._seen = Seen(HubState(Trust.anchor(authority.root, _RUN)))
        self._parties = list(load(find("world-alert")).participants.bureaus)
        self._number = 0
        self._began = time.monotonic()

    def _change(self) -> Change:
        """As many messages as are due by now."""
        due = int((time.monotonic() - self._began) * self._rate)
        moved: list[Moved] = []
        fresh: list[str] = []
        parties, letters = self._parties, self._seen.letters
        while self._number < due:
            self._number += 1
            number = self._number
            sender, first = parties[number % len(parties)], parties[(number * 7 + 3) % len(parties)]
            to = [first, parties[(number * 13 + 5) % len(parties)]]
            facts = {
                "ref": f"{sender}-2026-{number % 999_999 + 1:06d}",
                "kind": "INFO_REQUEST",
                "channel": "direct",
                "to": to,
                "classification": "restricted",
                "time": "2026-03-02T08:00:00Z",
            }
            id_ = f"{number:032x}"
            letters[id_] = Sent(sender, id_, facts)
            fresh.append(id_)
            if len(letters) > _KEPT:
                del letters[next(iter(letters))]
            for party in to:
                sign = _SIGNS[(number + len(party)) % len(_SIGNS)]
                self._seen.counts[sign] += 1
                moved.append(Moved(id_, party, sign, None))
        return Change(tuple(moved), tuple(fresh))

    def glance(self) -> Glance:
        now = self._start + timedelta(seconds=int(time.monotonic() - self._began))
        counts = totals(self._seen.counts)
        return Glance(_RUN, "invented", self._start, now, Phase.RUNNING, 1.0, counts, 0, (), {}, self._number)

    def seen(self) -> Seen:
        return self._seen

    async def subscribe(self) -> AsyncIterator[Change]:
        while True:
            await asyncio.sleep(_TURN)
            yield self._change()

    def picture(self, who: Who, at: timedelta | None = None) -> Picture:
        raise NotAllowed("nothing is pictured here")

    def desk(self, who: Who) -> Desk:
        raise NotAllowed("there are no desks here")

    def own_lines(self, who: Who) -> Sequence[Mapping[str, Any]]:
        return ()

    def checkpoints(self) -> Sequence[Shown]:
        return ()

    def export(self, who: Who) -> Sequence[tuple[str, bytes]]:
        return ()

    async def command(self, who: Who, name: str, arguments: Mapping[str, Any]) -> Answer:
        raise NotAllowed("nothing can be done here")


@dataclass(frozen=True)
class Watched:
    """What viewers got while they were there, and what this process did meanwhile."""

    frames: int
    dropped: int
    late_ms: Sequence[float]
    """From the making of each frame until a viewer had it, sorted."""
    largest_bytes: int
    cpu: float
    """The share of one core that this process used."""
    grown_mib: float
    """By how much this process grew in the second half."""

    def lateness(self) -> dict[str, float]:
        """p50, p99 and max, in milliseconds."""
        late = self.late_ms
        return {"p50": _share(late, 0.5), "p99": _share(late, 0.99), "max": late[-1] if late else 0.0}


async def measure(viewers: int = 10, rate: float = 500.0, seconds: float = 20.0) -> Measured:
    """Show ``rate`` messages a second to ``viewers`` for ``seconds``."""
    idle = await _cpu_without_viewers(rate, min(seconds, 5.0))
    async with opened(InventedPort(rate), load(find("red-notice")), _RUN) as (house, listening):
        found = await watched(house, listening, viewers, seconds)
    return Measured(
        viewers,
        rate,
        seconds,
        found.frames,
        found.dropped,
        found.lateness(),
        found.largest_bytes,
        100 * (found.cpu - idle) / viewers,
        found.grown_mib,
    )


@contextlib.asynccontextmanager
async def opened(port: ExercisePort, scenario: Scenario, run: str) -> AsyncIterator[tuple[House, socket.socket]]:
    """A console of ``port`` on this machine, making frames and being served."""
    listening = listen("127.0.0.1", None)
    house = House(port, scenario, place_of("127.0.0.1", listening, False, run), Sessions())
    async with serving(application(house), listening, None):
        frames = asyncio.create_task(house.live.run())
        try:
            yield house, listening
        finally:
            frames.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await frames


async def watched(house: House, listening: socket.socket, viewers: int, seconds: float) -> Watched:
    """Let ``viewers`` look for ``seconds``, from a process of their own."""
    made: dict[int, float] = {}
    pulse = house.live.pulse

    def timed() -> None:
        made[house.live.seq + 1] = time.monotonic()
        pulse()

    house.live.pulse = timed  # type: ignore[method-assign]
    cookies = [house.sessions.begin(Who(Role.INSTRUCTOR), time.monotonic())[0] for _ in range(viewers)]
    address = f"127.0.0.1:{listening.getsockname()[1]}"
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "i247sim.console.viewers",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    order = {"address": address, "cookie": house.place.cookie, "cookies": cookies, "seconds": seconds}
    talk = asyncio.create_task(child.communicate(json.dumps(order).encode()))
    try:
        while len(house.live.viewers) < viewers and not talk.done():  # noqa: ASYNC110 - no event for a bench alone
            await asyncio.sleep(0.02)
        began, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(seconds / 2)
        middle = _held()
        await asyncio.sleep(seconds / 2)
        used = (time.process_time() - cpu) / (time.monotonic() - began)
        grown = _held() - middle
        dropped = sum(one.dropped for one in house.live.viewers)
        said, _ = await talk
    finally:
        talk.cancel()
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    got = json.loads(said)
    late = sorted(1000 * (at - made[seq]) for seq, at in got["arrived"] if seq in made)
    return Watched(len(got["arrived"]), dropped, late, got["largest"], used, grown)


async def _cpu_without_viewers(rate: float, seconds: float) -> float:
    """The share of a core that the same traffic costs when nobody looks."""
    house = House(
        InventedPort(rate),
        load(find("red-notice")),
        place_of("localhost", listen("127.0.0.1", None), False, _RUN),
        Sessions(),
    )
    frames = asyncio.create_task(house.live.run())
    cpu, began = time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    share = (time.process_time() - cpu) / (time.monotonic() - began)
    frames.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await frames
    return share


def _share(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def _held() -> float:
    """What the process holds in memory now (Linux), else the most it ever held."""
    with contextlib.suppress(OSError):
        return resident_mib()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

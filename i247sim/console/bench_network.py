"""Measure the console before the real network at full rate: broker, hub and bureaus as ``run`` has them, and viewers.

The network takes all the time that it can get, so what the viewers cost is told by how much slower it is with them.
"""

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from i247sim.console.bench import opened, watched
from i247sim.exercise.attached import AttachedPort
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.vocabulary.errors import NetworkFailed

_BUREAUS = (
    *("FR", "DE", "IT", "ES", "PT", "BE", "NL", "AT", "PL", "SE"),
    *("NO", "FI", "DK", "IE", "GR", "CZ", "HU", "RO", "BG", "HR"),
)
_BURST = 25
"""At least so many messages one bureau sends at once; then the network comes to rest, and the console hears of them."""
_MINUTES = 10
_BLOCK = 40
"""Floods side by side, each of ten minutes: two for each bureau, far below its quota."""
_FASTEST = 1_000
"""Messages a second that there must be enough for."""
_MOST_FLOODS = 700
"""A scenario has its bounds: for longer there are more messages in each burst."""
_SETTLE_SECONDS = 2.0


@dataclass(frozen=True)
class MeasuredNetwork:
    """What came of it."""

    viewers: int
    seconds: float
    rate_alone: float
    """Messages a second through the network when nobody looks."""
    rate: float
    """The same with the viewers."""
    frames: int
    dropped: int
    lateness_ms: Mapping[str, float]
    largest_bytes: int
    cost_per_viewer: float
    """By how many hundredths the network is slower for each viewer. On a machine with others on it, mostly noise."""
    grown_mib: float
    """By how much the process grew in the second half: with the exercise's own records of every message."""
    grown_bytes_a_message: float
    """The same for each message of that half."""


async def measure_network(viewers: int = 10, seconds: float = 20.0) -> MeasuredNetwork:
    """Show the real network at full rate to ``viewers`` for ``seconds``.

    Raises ``NetworkFailed`` if the network breaks off, or is through with everything before the time is over.
    """
    with tempfile.TemporaryDirectory(prefix="i247sim-bench-") as folder:
        async with (
            _under_way(Path(folder), seconds) as (port, playing),
            opened(port, port.conductor.scenario, port.conductor.enrolled.run) as (house, listening),
        ):
            await asyncio.sleep(_SETTLE_SECONDS)
            alone = await _rate(port, max(2.0, min(seconds, 10.0)))
            before, began = _messages(port), time.monotonic()
            found = await watched(house, listening, viewers, seconds)
            after, lasted = _messages(port), time.monotonic() - began
            if playing.done():
                playing.result()
                raise NetworkFailed("the traffic was over before the time was; measure for a shorter time")
    rate = (after - before) / lasted
    return MeasuredNetwork(
        viewers,
        seconds,
        alone,
        rate,
        found.frames,
        found.dropped,
        found.lateness(),
        found.largest_bytes,
        100 * (1 - rate / alone) / viewers,
        found.grown_mib,
        found.grown_mib * 2**20 / max(1.0, rate * seconds / 2),
    )


@contextlib.asynccontextmanager
async def _under_way(folder: Path, seconds: float) -> AsyncIterator[tuple[AttachedPort, asyncio.Task[Finished]]]:
    """The traffic over the embedded broker, as fast as the network is quiet, with a port to it."""
    begun: asyncio.Future[Conductor] = asyncio.get_running_loop().create_future()
    file = folder / "traffic.json"
    file.write_text(json.dumps(_traffic(seconds)), encoding="utf-8")
    session = Session.create(Options(file, medium=Medium.EMBEDDED, out=folder / "run"), Watch(begun=begun.set_result))
    playing = asyncio.create_task(session.run())
    both: list[asyncio.Future[Any]] = [begun, playing]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not begun.done():
            await playing  # it could not begin: say why
        yield AttachedPort(begun.result(), "traffic"), playing
    finally:
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing


def _traffic(seconds: float) -> dict[str, Any]:
    """Floods enough for all the time, one after the other, each to the bureau beside."""
    wanted = (seconds + 3 * _SETTLE_SECONDS + 10) * _FASTEST
    burst = max(_BURST, int(wanted / (_MOST_FLOODS * _MINUTES)) + 1)
    floods = min(_MOST_FLOODS, max(_BLOCK, int(wanted / (burst * _MINUTES)) + 1))
    timeline = []
    for number in range(floods):
        block, place = divmod(number, _BLOCK)
        sender = place % len(_BUREAUS)
        at = 60 + block * _MINUTES * 60 + place
        flood = {"party": _BUREAUS[sender], "to": _BUREAUS[(sender + 1 + block) % len(_BUREAUS)], "rate": burst}
        if flood["party"] == flood["to"]:
            flood["to"] = _BUREAUS[(sender + 2) % len(_BUREAUS)]
        timeline.append({"at": f"T+{at}s", "flood": {**flood, "lasts": f"{_MINUTES}m"}})
    return {
        "title": "As much traffic as there can be",
        "aim": "to measure what shows it",
        "participants": {"bureaus": list(_BUREAUS)},
        "timeline": timeline,
    }


async def _rate(port: AttachedPort, seconds: float) -> float:
    before, began = _messages(port), time.monotonic()
    await asyncio.sleep(seconds)
    return (_messages(port) - before) / (time.monotonic() - began)


def _messages(port: AttachedPort) -> int:
    """How many messages have been logged so far."""
    return len(port.seen().logged)

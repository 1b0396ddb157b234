"""Hold a network under a steady load for a long time, and watch memory and open files of its three processes.

Real broker, real hub process, real sealing: some bureaus write to each other in turn at a fixed rate, whatever
happens. Exercise time moves with real time, and messages live shortly, so that whatever may be forgotten is.
"""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from i247sim.exercise.hubs import ChildHub
from i247sim.exercise.resident import resident_mib
from i247sim.exercise.rig import SENDER, Rig, draft
from i247sim.node.actions import Send
from i247sim.transport.embedded import EmbeddedBroker
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.times import to_text

_PROC = Path("/proc/self/fd")
_BUREAUS = 10
_BODY_BYTES = 2048
_LIFE = timedelta(seconds=30)
"""How long a message lives: what is older is forgotten, by the hub too."""
_SAMPLES = 60
"""How many samples a soak takes."""
_NOISE_MIB = 8.0
"""By how much the memory of a process goes up and down without meaning anything."""
WARM_MESSAGES = 40_000
"""After so many everything that the processes remember is full; all of it is bounded."""
_LOST_SECONDS = 60.0
"""So long after the life of the last message is over, whatever nobody has said anything about is lost."""
_BEHIND_SECONDS = 5.0
"""When more is under way than belongs to so long a time, no more is sent: the rate is more than this machine does."""


@dataclass(frozen=True)
class Sample:
    """One look. Memory is resident, in MiB, and descriptors are counted, per process."""

    seconds: float
    sent: int
    opened: int
    memory: dict[str, float]
    descriptors: dict[str, int]


@dataclass
class Soak:
    """What a soak has found."""

    rate: float
    seconds: float
    samples: list[Sample] = field(default_factory=list)
    sent: int = 0
    opened: int = 0
    expired: int = 0
    """Not read within their life of half a minute: the machine did not keep up."""
    lost: int = 0
    """Neither opened nor expired."""
    entries: int = 0
    """Of the log, at the end."""
    log_bytes: int = 0
    """The hub's database on disk, at the end."""
    held_back: int = 0
    """How many messages were not sent because the machine did not keep up."""

    @property
    def kept_up(self) -> bool:
        """Whether the rate was held: all but one message in a hundred were sent when they should, and read in time."""
        return self.held_back + self.expired <= 0.01 * self.rate * self.seconds

    @property
    def long_enough(self) -> bool:
        """Whether its first quarter had filled all that is remembered, so that growth means something."""
        return self.sent >= 4 * WARM_MESSAGES

    @property
    def steady(self) -> bool:
        """Whether neither the memory nor the open files of any process grew."""
        return not any(self.leaked().values()) and all(grown <= _NOISE_MIB for grown in self.growth().values())

    def growth(self) -> dict[str, float]:
        """MiB per process from the second quarter of the soak to the last, by the means of each."""
        quarter = max(1, len(self.samples) // 4)
        before, after = self.samples[quarter : 2 * quarter] or self.samples[:1], self.samples[-quarter:]
        return {
            name: _mean([one.memory[name] for one in after]) - _mean([one.memory[name] for one in before])
            for name in self.samples[-1].memory
        }

    def leaked(self) -> dict[str, int]:
        """Descriptors per process at the end above the most of the first half: lines that were lost come back."""
        half = self.samples[: len(self.samples) // 2 + 1]
        last = self.samples[-1].descriptors
        return {name: max(0, count - max(one.descriptors[name] for one in half)) for name, count in last.items()}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def run(seconds: float, rate: float, heard: Callable[[Sample], None]) -> Soak:
    """Send ``rate`` messages a second for ``seconds``; ``heard`` is told every sample.

    Raises ``InputError`` where there is no ``/proc``, and ``NetworkFailed``.
    """
    if not _PROC.is_dir():
        raise InputError("memory and descriptors are read from `/proc`, which this system does not have")
    return asyncio.run(_soaked(seconds, rate, heard))


async def _soaked(seconds: float, rate: float, heard: Callable[[Sample], None]) -> Soak:
    async with _SoakRig() as rig:
        return await rig.soak(seconds, rate, heard)


class _SoakRig(Rig):
    """A rig in which everybody writes."""

    def __init__(self) -> None:
        super().__init__(_BUREAUS - 1)
        self.sent = self.opened = self.expired = 0
        self.oldest: dict[str, float] = {}
        """Unread messages by reference, oldest first, and when they were sent."""

    def _news(self, line: dict[str, Any]) -> None:
        if line["event"] == "sent":
            self.sent += 1
            self.oldest[line["ref"]] = time.monotonic()
        elif line["event"] == "opened":
            self.opened += self.oldest.pop(line["ref"], None) is not None
        elif line.get("code") == Code.TIME and line["event"] in ("outcome", "receipt"):
            # Its life was over at its reader, at the hub, or before the hub took it.
            self.expired += self.oldest.pop(line["ref"], None) is not None

    async def soak(self, seconds: float, rate: float, heard: Callable[[Sample], None]) -> Soak:
        found = Soak(rate, seconds)
        parties = [SENDER, *self.readers]
        drafts = [
            replace(draft((parties[(at + 1) % len(parties)],), _BODY_BYTES), life=_LIFE) for at in range(len(parties))
        ]
        began = time.monotonic()
        start, looked, number = self.site.now, 0, 0
        while (passed := time.monotonic() - began) < seconds:
            await self._move_to(start + timedelta(seconds=int(passed)))
            if passed >= looked * seconds / _SAMPLES:
                looked += 1
                found.samples.append(self.sample(passed))
                heard(found.samples[-1])
            under_way = len(self.oldest) + len(self._loads)
            late = under_way > rate * _BEHIND_SECONDS
            while not late and number < rate * passed:
                self._write(parties[number % len(parties)], drafts[number % len(parties)], number)
                number += 1
            if late:
                # What was not sent meanwhile is not made up for.
                due = max(number, int(rate * passed))
                found.held_back += due - number
                number = due
            for node in self.network.nodes.values():
                await node.tick()
            await asyncio.sleep(0.02)
        ended = time.monotonic()
        while (self.oldest or self._loads) and time.monotonic() - ended < _LIFE.total_seconds() + _LOST_SECONDS:
            await self._step()
            await self._move_to(start + timedelta(seconds=int(time.monotonic() - began)))
        found.samples.append(self.sample(time.monotonic() - began))
        heard(found.samples[-1])
        found.sent, found.opened, found.expired = self.sent, self.opened, self.expired
        found.lost = self.sent - self.opened - self.expired
        answer = await self.network.hub.ask("now", {"time": to_text(self.site.now)})
        found.entries = answer["size"]
        found.log_bytes = self.network.hub_database.stat().st_size
        return found

    async def _move_to(self, now: datetime) -> None:
        if now != self.site.now:
            self.site.now = now
            await self.network.hub.ask("now", {"time": to_text(now)})

    def _write(self, party: str, what: Draft, number: int) -> None:
        release = self.network.nodes[party].release(Send(what), number + 1)
        task = asyncio.ensure_future(release)
        self._loads.add(task)
        task.add_done_callback(self._loads.discard)

    def sample(self, seconds: float) -> Sample:
        hub, broker = self.network.hub, self.network.broker
        assert isinstance(hub, ChildHub), "a soak is over the embedded broker"
        assert isinstance(broker, EmbeddedBroker), "a soak is over the embedded broker"
        pids = {"exercise": os.getpid(), "hub": hub.pid, "broker": broker.pid}
        memory = {name: resident_mib(pid) for name, pid in pids.items()}
        descriptors = {name: len(list(Path(f"/proc/{pid}/fd").iterdir())) for name, pid in pids.items()}
        return Sample(seconds, self.sent, self.opened, memory, descriptors)

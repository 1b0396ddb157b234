"""A network under load, for measuring: a synthetic scenario, real broker, real hub process, real sealing."""

import asyncio
import sys
import time
from collections import deque
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from i247sim.clock.pace import Pace
from i247sim.exercise import enrolment
from i247sim.exercise.agenda import Agenda
from i247sim.exercise.assembly import Network, Wiring
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.enrolment import SETUP
from i247sim.exercise.keeping import open_store
from i247sim.exercise.loader import loads
from i247sim.exercise.medium import Medium
from i247sim.exercise.scenario import Scenario
from i247sim.hub.decide import Limits
from i247sim.node.actions import Send
from i247sim.node.site import Site
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Purpose
from i247sim.vocabulary.parties import members

SENDER = "FR"
_RUN = "0123456789ab"


def load_scenario(bureaus: list[str]) -> Scenario:
    """A scenario with these bureaus and nothing to do."""
    text = (
        f"title: Load\naim: measure\nparticipants: {{bureaus: [{', '.join(bureaus)}]}}\n"
        f"timeline:\n- at: T+1h\n  measure: {{party: {bureaus[0]}, state: active}}\n"
    )
    return loads(text.encode())


def readers(count: int) -> list[str]:
    """The first ``count`` members that are not the sender."""
    return [party for party in members() if party != SENDER][:count]


def draft(to: tuple[str, ...], size: int) -> Draft:
    """A direct message with a body of about ``size`` bytes."""
    text = "EXERCISE load " * (max(0, size - 200) // 14)
    return Draft(Kind.INFO_REQUEST, Channel.DIRECT, Purpose.CASE, Note(subject="load", text=text), to=to)


class Rig:
    """One network under load. Use as ``async with``."""

    def __init__(self, bureaus: int, medium: Medium = Medium.EMBEDDED, qos: int = 0) -> None:
        """``bureaus`` besides the sender."""
        self.readers = readers(bureaus)
        self._scenario = load_scenario([SENDER, *self.readers])
        self._wiring = Wiring(medium, qos=qos, limits=Limits(10**9))
        self._opened: dict[str, int] = {}
        self._began: dict[str, float] = {}
        self._wanted = 0
        self._number = 0
        self.latencies: deque[float] = deque()
        """Seconds from draft to the last reader's opening, in order of completion."""
        self.done = 0
        """Messages that every reader has opened."""
        self._progress = asyncio.Event()
        self._loads: set[asyncio.Task[None]] = set()
        self._refused = ""

    async def __aenter__(self) -> Self:
        # Whatever ends it, Ctrl-C while it starts included: what was begun is ended, in turn, and the keys go away.
        async with AsyncExitStack() as begun:
            work = Path(begun.enter_context(TemporaryDirectory(prefix="i247-bench-", ignore_cleanup_errors=True)))
            enrolled = enrolment.enrol(self._scenario, _RUN, datetime.now(UTC))
            enrolment.save(enrolled, work)
            site = Site(_RUN, self._scenario.start - SETUP, open_store(work / "node.db"), _no_plan, self._news)
            begun.callback(site.store.close)
            self.site = site
            self.network = Network(self._scenario, enrolled, work, site, self._wiring, _complain)
            begun.push_async_callback(self.network.stop)
            await self.network.start()
            self.conductor = Conductor(self._scenario, enrolled, self.network, site, Agenda(), Pace(None))
            await self.conductor.begin()
            self._begun = begun.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._loads:
            task.cancel()
        await self._begun.aclose()

    def _news(self, line: dict[str, Any]) -> None:
        if line["event"] == "sent":
            self._began[line["ref"]] = self._released.popleft()
        elif line["event"] == "unsendable" or (line["event"] == "receipt" and line["code"] is not None):
            # Nobody will ever open it, and whoever waits for that waits for ever.
            self._refused = f"the load itself is refused: {line['code']} {line['detail']}"
            self._progress.set()
        elif line["event"] == "opened":
            reference = line["ref"]
            count = self._opened.get(reference, 0) + 1
            self._opened[reference] = count
            if count == self._wanted:
                self.done += 1
                self.latencies.append(time.perf_counter() - self._began.pop(reference))
                del self._opened[reference]
                self._progress.set()

    def _send(self, what: Draft) -> None:
        self._number += 1
        self._released.append(time.perf_counter())
        release = self.network.nodes[SENDER].release(Send(what), self._number)
        task = asyncio.ensure_future(release)
        self._loads.add(task)
        task.add_done_callback(self._loads.discard)

    async def closed_loop(self, what: Draft, window: int, seconds: float) -> float:
        """Messages per second, opened by every reader, with ``window`` under way at any time."""
        self._begin(what)
        began = time.perf_counter()
        sent = 0
        while time.perf_counter() - began < seconds:
            while sent - self.done < window:
                self._send(what)
                sent += 1
            await self._step()
        done, took = self.done, time.perf_counter() - began
        while self.done < sent:
            await self._step()
        await self.conductor.quiet()
        return done / took

    async def open_loop(self, what: Draft, rate: float, seconds: float) -> list[float]:
        """Latencies in seconds, sorted, when a message is sent every 1/``rate`` seconds whatever happens."""
        self._begin(what)
        began = time.perf_counter()
        total = max(1, int(rate * seconds))
        for index in range(total):
            due = began + index / rate
            if (left := due - time.perf_counter()) > 0:
                await asyncio.sleep(left)
            self._send(what)
        while self.done < total:
            await self._step()
        await self.conductor.quiet()
        return sorted(self.latencies)

    def _begin(self, what: Draft) -> None:
        self._wanted = len(what.to)
        self.done = 0
        self.latencies.clear()
        self._released: deque[float] = deque()

    async def _step(self) -> None:
        """Wait for a message to be done, a little. Raises ``InputError`` if one never will."""
        if self._refused:
            raise InputError(self._refused)
        self._progress.clear()
        try:
            async with asyncio.timeout(0.25):
                await self._progress.wait()
        except TimeoutError:
            for node in self.network.nodes.values():
                await node.tick()


def _no_plan(party: str, after: object, cause: object) -> None:
    raise AssertionError(f"`{party}` plans {cause!r:.40} after {after}: nobody has duties under load")


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")

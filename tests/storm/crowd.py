"""A network in which everybody writes at will, as fast as it goes, and nobody's clock moves."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from i247sim.exercise.assembly import Wiring
from i247sim.exercise.medium import Medium
from i247sim.exercise.rig import Rig, draft
from i247sim.hub.decide import Limits
from i247sim.node.actions import Send
from i247sim.transport.port import Arrived, Link, LinkEvent
from i247sim.vocabulary.entries import DecisionEntry, MessageEntry


class Crowd(Rig):
    """Use as ``async with``."""

    def __init__(
        self,
        bureaus: int,
        medium: Medium = Medium.MEMORY,
        per_minute: int = 10**9,
        over: Callable[[Link], Link] = lambda link: link,
    ) -> None:
        super().__init__(bureaus, medium)
        self._wiring = Wiring(medium, limits=Limits(per_minute), over=over)
        self.opened: list[tuple[str, str]] = []
        """(party, reference), in order."""
        self.sent: dict[str, int] = {}

    def _news(self, line: dict[str, Any]) -> None:
        if line["event"] == "opened":
            self.opened.append((line["party"], line["ref"]))
        elif line["event"] == "sent":
            self.sent[line["party"]] = self.sent.get(line["party"], 0) + 1

    def write(self, party: str, *to: str, size: int = 300) -> "asyncio.Task[None]":
        """A message; the task ends when it is on its way."""
        self._number += 1
        release = self.network.nodes[party].release(Send(replace(draft(to, size))), self._number)
        task = asyncio.ensure_future(release)
        self._loads.add(task)
        task.add_done_callback(self._loads.discard)
        return task

    async def rest(self) -> None:
        """Everything that was asked for is written, taken and confirmed; the log is known."""
        await asyncio.gather(*self._loads)
        await self.conductor.quiet()

    def order(self) -> list[str]:
        """The senders of all messages, in the order in which the hub took them."""
        return [entry.sender for entry in self.conductor.entries if isinstance(entry, MessageEntry)]

    def codes(self, sender: str) -> dict[str, int]:
        """How often the hub said what about the messages of a sender."""
        own = {one.id for one in self.conductor.entries if isinstance(one, MessageEntry) and one.sender == sender}
        found: dict[str, int] = {}
        for one in self.conductor.entries:
            if isinstance(one, DecisionEntry) and one.id in own:
                word = str(one.code or one.outcome)
                found[word] = found.get(word, 0) + 1
        return found


class Crawling:
    """A party's link that is read at a crawl: a packet for every permit, and no other. See ``port.Link``."""

    def __init__(self, link: Link, permits: asyncio.Semaphore) -> None:
        self._link = link
        self._permits = permits
        self.came = 0
        """How many packets were read."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)

    async def next(self) -> LinkEvent:
        event = await self._link.next()
        if isinstance(event, Arrived):
            await self._permits.acquire()
            self.came += 1
        return event

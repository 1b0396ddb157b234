"""Let the network come to rest: wait until nobody owes anything that can make progress, and name what blocks.

Meanwhile broker and hub are looked after: what has died is started again, and everybody comes in again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from i247sim.exercise import observe
from i247sim.exercise.assembly import Network
from i247sim.exercise.breaking import Breaking
from i247sim.exercise.broken import Broken
from i247sim.exercise.observe import Way
from i247sim.node.shell import Node
from i247sim.node.site import Site
from i247sim.vocabulary.entries import Entry, from_bytes
from i247sim.vocabulary.errors import I247Error, NetworkFailed
from i247sim.vocabulary.parties import CONTROL

_ASKED_AGAIN = 3
_LUCK = 6
"""So much longer may it take where packets are lost on purpose: up to 80 in a hundred, each way."""


class Rest:
    """The quiet moments of an exercise, and what the hub's log says at each of them."""

    def __init__(
        self,
        network: Network,
        site: Site,
        broken: Broken,
        seed: int,
        inform_hub: Callable[[], Awaitable[None]],
        heard: Callable[[list[Entry]], None],
        look_around: Callable[[list[str]], None],
    ) -> None:
        """``seed``: see ``Breaking``. ``inform_hub`` tells a hub that was started again what it does not have yet.

        At every quiet moment ``heard`` is told of new log entries, and then ``look_around`` for whom something waits
        at the hub that nobody waits for.
        """
        self.network = network
        """What is to come to rest."""
        self.site = site
        self.broken = broken
        """What of it does not work, on purpose."""
        self.breaking = Breaking(network, site, broken, seed, self.ask)
        self.entries: list[Entry] = []
        """The hub's log, as far as it was told."""
        self.ways: dict[str, Way] = {}
        """What it says of every message."""
        self._inform_hub = inform_hub
        self._heard = heard
        self._look_around = look_around
        self._restarts = 0

    async def quiet(self) -> None:
        """Wait until nobody owes anything that can make progress, and take in the new log entries.

        Raises ``NetworkFailed`` that names what blocks, if nothing moves for ``Patience.stall``.
        """
        if self.broken.stopped:
            await self._at_rest()
            return
        loop = asyncio.get_running_loop()
        last: object = None
        looked, stood = loop.time(), 0.0
        while True:
            self._fail_with_nodes()
            owing = self._owing()
            waiting: dict[str, int] = {}
            late: list[str] = []
            if not owing:
                answer = await self._ask_patiently()
                waiting = answer["waiting"]
                if answer["idle"]:
                    late = self.breaking.behind(answer["numbers"])
                    waiting |= dict.fromkeys(late, 1)
                if answer["idle"] and not self._owing() and not late:
                    self._take(answer["entries"])
                    self._restarts = 0
                    self._look_around(answer["parked"])
                    return
                if not answer["idle"] and not answer["up"]:
                    waiting["broker"] = 1
                    await self._revive()
            now = loop.time()
            # A long time between two looks is this computer's (it slept, or was busy), and nobody's fault.
            looked, stood = now, stood + min(now - looked, 2 * self.site.patience.quiet)
            if (owing, waiting) != last:
                last, stood = (owing, waiting), 0.0
            elif stood > self._stall:
                raise NetworkFailed(self._stalled(owing, waiting, await self._ask_patiently()))
            if owing or late:
                await self._stir()
            else:
                await self.breaking.nudge()
                await self._ask_for_what_is_lost()

    async def ask(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Ask the hub; if it has died in the middle, start it again and ask again (every command may be repeated).

        Raises ``NetworkFailed``.
        """
        while True:
            try:
                return await self.network.hub.ask(name, arguments)
            except NetworkFailed:
                if self.network.hub.is_alive and not await self._died_soon():
                    raise
                if "hub" in self.broken.stopped:
                    raise
                await self._revive()  # and again, should it have died once more meanwhile
                if name != "now":
                    await self._inform_hub()

    async def _at_rest(self) -> None:
        """Without broker or hub nothing can make progress; wait only until nobody is at work."""
        while any(node.working for node in self.network.nodes.values()):
            self._fail_with_nodes()
            await asyncio.sleep(0)
        await self.site.store.flush()

    async def _stir(self) -> None:
        """Wait for a sign of life, a little, and let everybody send again what has waited too long."""
        self.site.stirred.clear()
        # Not `wait_for`: in Python 3.11 it can swallow a cancellation that comes together with its result.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.site.patience.tick):
                await self.site.stirred.wait()
            return
        await self.breaking.nudge()
        for party, node in self.network.nodes.items():
            if not node.parked or self.broken.half(party):
                await node.tick()
        await self._revive()

    async def _ask_for_what_is_lost(self) -> None:
        """The hub waits for answers: where packets are lost on purpose, parties do not wait for it to send again."""
        for _ in range(_ASKED_AGAIN if self._lossy() else 0):
            for node in self._lossy():
                await node.tick()
            await asyncio.sleep(self.site.patience.calm)

    def _lossy(self) -> list[Node]:
        """Parties that are waited for, and on whose lines packets are lost on purpose."""
        return [node for node in self.network.nodes.values() if node.line.lossy and not node.parked]

    @property
    def _stall(self) -> float:
        """Without any progress for so many seconds a run is given up."""
        return self.site.patience.stall * (_LUCK if self._lossy() else 1)

    def _owing(self) -> dict[str, int]:
        nodes = self.network.nodes.items()
        return {party: owed for party, node in nodes if not node.parked and (owed := node.owing())}

    def _fail_with_nodes(self) -> None:
        for party, node in self.network.nodes.items():
            failure = node.failure()
            if failure is not None:
                if isinstance(failure, NetworkFailed):
                    raise failure
                raise NetworkFailed(f"the node of `{party}` broke: {type(failure).__name__}: {failure}") from failure

    def _stalled(self, owing: dict[str, int], waiting: dict[str, int], hub: dict[str, Any]) -> str:
        parts = [hub["blocked"]] if hub.get("blocked") else []
        down = {party: why for party in owing if (why := self.network.nodes[party].line.offline)}
        parts += [f"`{party}` is not connected: {why}" for party, why in sorted(down.items())[:2]]
        parts += [f"`{party}` waits for {owed}" for party, owed in sorted(owing.items()) if party not in down][:5]
        parts += [f"the hub waits for `{party}` ({count})" for party, count in sorted(waiting.items())[:5]]
        return f"no progress for {self._stall:.0f} seconds: {'; '.join(parts)}"

    def _take(self, lines: list[str]) -> None:
        fresh = [from_bytes(line.encode()) for line in lines]
        observe.follow(self.ways, fresh, len(self.entries))
        self.entries += fresh
        if fresh:
            self._heard(fresh)

    async def _ask_patiently(self) -> dict[str, Any]:
        half = [party for party in self.broken.away if self.broken.half(party)]
        above = len(self.entries)
        answer = await self.ask("quiet", {"parked": self._parked(), "above": above, "half": half})
        # Had the hub died, it was started again in between, and all came to rest: some entries are taken in already.
        answer["entries"] = answer["entries"][len(self.entries) - above :]
        return answer

    def _parked(self) -> list[str]:
        return sorted({*self.broken.away, *(party for party, node in self.network.nodes.items() if node.parked)})

    async def _died_soon(self) -> bool:
        """Whether the hub turns out to be dead: its line breaks a moment before its end is known."""
        for _ in range(20):
            await asyncio.sleep(0.05)
            if not self.network.hub.is_alive:
                return True
        return False

    async def _revive(self) -> None:
        """Start broker and hub again if they have died, but not what the exercise has stopped.

        Raises ``NetworkFailed`` if they keep dying.
        """
        broker, hub = self.network.broker, self.network.hub
        broker_died = not (broker.is_alive or "broker" in self.broken.stopped)
        hub_died = not (hub.is_alive or "hub" in self.broken.stopped)
        if not (broker_died or hub_died):
            return
        self._restarts += 1
        if self._restarts > self.site.patience.restarts:
            dead = "the broker" if broker_died else "the hub"
            raise NetworkFailed(f"{dead} died {self._restarts} times in a row and is not started again")
        if broker_died:
            await _again("the broker", broker.start())
            self.site.journal("control", CONTROL, what="restart", target="broker")
            await self.breaking.again(self.quiet)
        if hub_died:
            await hub.stop()
            await _again("the hub", hub.start())
            self.site.journal("control", CONTROL, what="restart", target="hub")
            await self._inform_hub()
            await self.breaking.again(self.quiet)


async def _again(dead: str, start: Awaitable[None]) -> None:
    try:
        await start
    except I247Error as error:
        # Whatever it is called at the first start, here the network has failed.
        raise NetworkFailed(f"{dead} died and could not be started again: {error}") from error

"""Faults in the network under a story, drawn from a seed. All of them heal: what happens must be the same.

``Sky`` stands between every party and its link. Nothing here reads a clock; what comes when depends on how many
messages have passed.
"""

import asyncio
import contextlib
import hashlib
import json
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from i247sim.transport.faults import FaultyLink, seeded
from i247sim.transport.port import Link, LinkClosed, LinkEvent, LinkLost
from i247sim.vocabulary.errors import InputError, NetworkFailed
from i247sim.vocabulary.parties import HUB

_SHARES = ("drop", "duplicate", "reorder", "delay", "echo")
_TIMES = ("hub_dies", "broker_dies", "stops")
_HOLD_SECONDS = 0.01
"""At most so long is something delayed that nothing else overtakes or pushes on."""
_REMEMBERED = 20
"""How many wires of a link an intruder knows."""


@dataclass(frozen=True)
class Weather:
    """What goes wrong. Shares (0 to 1) are of all messages on a link, in both directions."""

    seed: int = 0
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    echo: float = 0.0
    """After a message of the party, an intruder on its line repeats an old one."""
    hub_dies: tuple[int, ...] = ()
    """How many messages the hub sends until it dies in the middle of sending; one number per life."""
    broker_dies: tuple[int, ...] = ()
    """How many messages pass between two ends of the broker."""
    stops: tuple[int, ...] = ()
    """After how many journal lines the exercise itself is stopped, and taken up again from its files."""

    def text(self) -> str:
        """One line of JSON with what is not usual; ``read`` is the inverse."""
        return json.dumps({key: value for key, value in asdict(self).items() if value})

    def calmer(self) -> "list[Weather]":
        """The same with one kind of trouble less; one trouble less in a row of them."""
        found = [self._with(name, 0.0) for name in _SHARES if getattr(self, name)]
        for name in _TIMES:
            times = getattr(self, name)
            if times:
                found.append(self._with(name, ()))
            if len(times) > 1:
                found += [self._with(name, times[:at] + times[at + 1 :]) for at in range(len(times))]
        return found

    def _with(self, name: str, value: object) -> "Weather":
        return Weather(**{**asdict(self), name: value})


CALM = Weather()


def read(text: str) -> Weather:
    """``Weather.text`` as weather. Raises ``InputError``."""
    try:
        value = json.loads(text)
        known = {**asdict(CALM), **value}
        if set(known) != set(asdict(CALM)):
            raise ValueError("unknown key")
        drop, duplicate, reorder, delay, echo = (float(known[name]) for name in _SHARES)
        if min(drop, duplicate, reorder, delay, echo) < 0 or drop + duplicate + reorder + delay > 1 or echo > 1:
            raise ValueError("shares are between 0 and 1")
        hub, broker, stops = (tuple(int(one) for one in known[name]) for name in _TIMES)
        if any(one < 1 for one in (*hub, *broker, *stops)):
            raise ValueError("a number below 1")
        return Weather(int(known["seed"]), drop, duplicate, reorder, delay, echo, hub, broker, stops)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"`{text:.80}` is no weather of a storm: {error}") from error


def draw(seed: int) -> Weather:
    """The weather of ``seed``: a little or much of everything; never nothing at all."""
    chance = random.Random(f"weather/{seed}")  # noqa: S311 - no secret

    def times(share: float, most: int, low: int, high: int) -> tuple[int, ...]:
        count = chance.randint(1, most) if chance.random() < share else 0
        return tuple(chance.randint(low, high) for _ in range(count))

    return Weather(
        seed=seed,
        drop=chance.choice((0.02, 0.05, 0.2)),
        duplicate=chance.choice((0.0, 0.1, 0.3)),
        reorder=chance.choice((0.0, 0.1)),
        delay=chance.choice((0.0, 0.1)),
        echo=chance.choice((0.0, 0.0, 0.05)),
        hub_dies=times(0.5, 3, 1, 120),
        broker_dies=times(0.4, 3, 10, 300),
        stops=times(0.4, 2, 5, 120),
    )


class Sky:
    """One weather at work. ``over`` is for ``Wiring.over``, ``line`` for the journal; ``blow`` runs beside it all."""

    def __init__(self, weather: Weather) -> None:
        """``stop_broker`` is to be set before anything passes."""
        self.stop_broker: Callable[[], Awaitable[None]]
        self._weather = weather
        self._decide = seeded(
            weather.seed, drop=weather.drop, duplicate=weather.duplicate, delay=weather.delay, reorder=weather.reorder
        )
        self._links: list[FaultyLink] = []
        self._hub_dies = list(weather.hub_dies)
        self._broker_dies = list(weather.broker_dies)
        self._stops = list(weather.stops)
        self._passed = self._lines = 0
        self._stop = asyncio.Event()

    def over(self, link: Link) -> Link:
        """The link under this sky."""
        if self._weather == CALM:
            return link
        faulty = FaultyLink(link, self._decide)
        self._links.append(faulty)
        lives = self._hub_dies.pop(0) if link.party == HUB and self._hub_dies else None
        return _StormyLink(faulty, self._weather, lives, self._pass_one)

    async def blow(self) -> None:
        """For ever: let go now and then of what was delayed."""
        while True:
            await asyncio.sleep(_HOLD_SECONDS)
            for link in self._links:
                if link.keeps:
                    await link.release()

    def line(self, line: dict[str, Any]) -> None:
        """A journal line was written."""
        self._lines += 1
        if self._stops and self._lines >= self._stops[0]:
            self._lines = 0
            self._stops.pop(0)
            self._stop.set()

    async def stopped(self) -> None:
        """Return when it is time to stop the exercise."""
        await self._stop.wait()
        self._stop.clear()

    async def _pass_one(self) -> None:
        self._passed += 1
        if self._broker_dies and self._passed >= self._broker_dies[0]:
            self._passed = 0
            self._broker_dies.pop(0)
            await self.stop_broker()


class _StormyLink:
    """See ``port.Link``: a link whose process may die, and on which an intruder repeats what he heard."""

    def __init__(
        self, link: FaultyLink, weather: Weather, lives: int | None, pass_one: Callable[[], Awaitable[None]]
    ) -> None:
        self._link = link
        self._weather = weather
        self._lives = lives
        self._pass_one = pass_one
        self._dead = asyncio.Event()
        self._number = 0
        self._heard: deque[tuple[str, bytes]] = deque(maxlen=_REMEMBERED)

    @property
    def party(self) -> str:
        return self._link.party

    @property
    def is_up(self) -> bool:
        return self._link.is_up

    @property
    def dropped(self) -> int:
        return self._link.dropped

    async def start(self) -> None:
        await self._link.start()

    async def close(self) -> None:
        await self._link.close()

    async def publish(self, topic: str, payload: bytes) -> None:
        if self._lives is not None:
            self._lives -= 1
            if self._lives < 0:
                self._dead.set()
                raise NetworkFailed("the hub was killed")
        await self._pass_one()
        await self._link.publish(topic, payload)
        if self._weather.echo:
            await self._echo(topic, payload)

    async def next(self) -> LinkEvent:
        if self._lives is None:
            return await self._link.next()
        event, dead = asyncio.ensure_future(self._link.next()), asyncio.ensure_future(self._dead.wait())
        try:
            await asyncio.wait((event, dead), return_when=asyncio.FIRST_COMPLETED)
            if dead.done():
                raise NetworkFailed("the hub was killed")
            return event.result()
        finally:
            dead.cancel()
            if not event.done():
                event.cancel()
                await asyncio.gather(event, return_exceptions=True)

    async def _echo(self, topic: str, payload: bytes) -> None:
        self._heard.append((topic, payload))
        self._number += 1
        drawn = hashlib.sha256(f"echo/{self._weather.seed}/{self.party}/{self._number}".encode()).digest()
        if int.from_bytes(drawn[:8]) / 2**64 < self._weather.echo:
            old = self._heard[drawn[8] % len(self._heard)]
            with contextlib.suppress(LinkLost, LinkClosed):
                await self._link.publish(*old)

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i247sim.transport.faults import Decide, Fate, FaultyLink, seeded, undisturbed
from i247sim.transport.memory import MemoryBroker, MemoryLink
from i247sim.transport.port import Arrived, Credentials, LinkClosed, LinkDown, LinkEvent, LinkLost, LinkUp, TooLarge
from i247sim.transport.topics import in_topic, out_topic, rights_for

RUN = "0123456789ab"
OUT, IN = out_topic(RUN, "FR"), in_topic(RUN, "FR")


class Pair:
    """A hub with a good link, a bureau with a bad one."""

    def __init__(self, hub: MemoryLink, fr: FaultyLink, broker: MemoryBroker) -> None:
        self.hub, self.fr, self.broker = hub, fr, broker

    async def hub_reads(self, count: int) -> list[bytes]:
        return [event.payload for event in [await self.hub.next() for _ in range(count)] if isinstance(event, Arrived)]

    async def rest_of(self, link: MemoryLink | FaultyLink) -> list[LinkEvent]:
        await link.close()
        events: list[LinkEvent] = []
        while True:
            try:
                events.append(await link.next())
            except LinkClosed:
                return events


@pytest.fixture
def a_pair() -> Callable[[Decide], "object"]:
    async def make(decide: Decide = undisturbed) -> Pair:
        broker = MemoryBroker({party: rights_for(party, RUN) for party in ("HUB", "FR")})
        await broker.start()
        hub = broker.link(Credentials("HUB", "a"), rights_for("HUB", RUN).subscribe)
        fr = FaultyLink(broker.link(Credentials("FR", "b"), (IN,)), decide)
        await hub.start()
        await fr.start()
        assert await hub.next() == await fr.next() == LinkUp()
        return Pair(hub, fr, broker)

    return make


def fates(*listed: Fate) -> Decide:
    return lambda party, direction, number: listed[number] if number < len(listed) else Fate.PASS


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        pytest.param([], [b"0", b"1", b"2"], id="pass"),
        pytest.param([Fate.PASS, Fate.DROP], [b"0", b"2"], id="drop"),
        pytest.param([Fate.DUPLICATE], [b"0", b"0", b"1", b"2"], id="duplicate"),
        pytest.param([Fate.REORDER], [b"1", b"0", b"2"], id="reorder"),
        pytest.param([Fate.DELAY], [b"1", b"2", b"0"], id="delay until release"),
        pytest.param([Fate.PASS, Fate.PASS, Fate.REORDER], [b"0", b"1", b"2"], id="overtaken by nothing until release"),
    ],
)
async def test_each_fate_both_ways(a_pair, listed, expected):
    pair = await a_pair(fates(*listed))
    for number in range(3):
        await pair.fr.publish(OUT, b"%d" % number)
        await pair.hub.publish(IN, b"%d" % number)
    await _settle()
    await pair.fr.release()
    assert [event.payload for event in await pair.rest_of(pair.fr)] == expected
    assert [event.payload for event in await pair.rest_of(pair.hub)] == expected


async def test_held_messages_come_in_order_after_release(a_pair):
    pair = await a_pair()
    pair.fr.hold()
    for number in range(5):
        await pair.fr.publish(OUT, b"%d" % number)
        await pair.hub.publish(IN, b"%d" % number)
    await _settle()
    await pair.fr.release()
    await pair.fr.publish(OUT, b"5")
    assert await pair.hub_reads(6) == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert [event.payload for event in await pair.rest_of(pair.fr)] == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_cut_link_is_down_for_its_reader_and_its_writer_until_restored(a_pair):
    pair = await a_pair()
    pair.fr.cut()
    pair.fr.cut()
    await pair.hub.publish(IN, b"lost")
    with pytest.raises(LinkLost):
        await pair.fr.publish(OUT, b"not sent")
    await _settle()
    pair.fr.restore()
    await pair.hub.publish(IN, b"back")
    await _settle()
    assert await pair.rest_of(pair.fr) == [LinkDown("the line was cut"), LinkUp(), Arrived(IN, b"back")]
    assert await pair.rest_of(pair.hub) == []


async def test_a_broker_that_stops_during_a_cut_is_told_once(a_pair):
    pair = await a_pair()
    pair.fr.cut()
    await pair.broker.stop()
    await _settle()
    pair.fr.restore()
    await pair.broker.start()
    await _settle()
    assert await pair.rest_of(pair.fr) == [LinkDown("the line was cut"), LinkUp()]


async def test_limits_hold_through_a_faulty_link_too(a_pair):
    pair = await a_pair(fates(Fate.DROP))
    with pytest.raises(TooLarge, match="above the limit of 6291456 bytes"):
        await pair.fr.publish(OUT, bytes(6 * 1024 * 1024 + 1))


@given(st.integers(), st.sampled_from(["FR", "DE"]), st.sampled_from(["out", "in"]), st.integers(0, 10_000))
def test_the_same_seed_gives_the_same_fate(seed, party, direction, number):
    shares = {"drop": 0.2, "duplicate": 0.2, "delay": 0.2, "reorder": 0.2}
    assert seeded(seed, **shares)(party, direction, number) is seeded(seed, **shares)(party, direction, number)


def test_shares_are_kept_roughly():
    decide = seeded(7, drop=1 / 3)
    assert 250 < sum(decide("FR", "out", number) is Fate.DROP for number in range(900)) < 350
    assert all(seeded(7)("FR", "out", number) is Fate.PASS for number in range(100))


async def _settle() -> None:
    """Let the wrapper's own task take what the memory broker has already put before it."""
    for _ in range(20):
        await asyncio.sleep(0)

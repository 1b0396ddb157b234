"""One that floods the network, one that is slow, one that is away: nobody else notices."""

import asyncio

import pytest
from crowd import Crawling, Crowd

from i247sim.exercise.medium import Medium
from i247sim.exercise.resident import resident_mib
from i247sim.exercise.rig import SENDER, readers
from i247sim.transport.port import Link


async def test_a_flood_is_cut_off_at_the_quota_and_the_others_messages_flow_on() -> None:
    async with Crowd(4, per_minute=100) as crowd:
        one, two, three, four = crowd.readers
        for _ in range(400):
            crowd.write(SENDER, one)
        for _ in range(3):
            crowd.write(two, three)
            crowd.write(three, four)
        await crowd.rest()
        order = crowd.order()
        assert len(order) == 406
        assert max(at for at, sender in enumerate(order) if sender != SENDER) < 100, "they waited for the flood"
        assert crowd.codes(SENDER) == {"queued": 100, "E-RATE": 300}
        assert crowd.codes(two) == crowd.codes(three) == {"queued": 3}
        assert len(crowd.opened) == len(set(crowd.opened)) == 106
        assert not await waiting(crowd)


async def test_who_is_away_keeps_nobody_waiting_and_misses_nothing() -> None:
    async with Crowd(3) as crowd:
        away, here, other = crowd.readers
        await crowd.network.nodes[away].cut()
        crowd.conductor.away[away] = "cut"
        for _ in range(60):
            crowd.write(SENDER, away, here)
            crowd.write(other, here)
        await crowd.rest()
        assert [party for party, _ in crowd.opened] == [here] * 120
        del crowd.conductor.away[away]
        await crowd.network.connect(away)
        await crowd.rest()
        assert len([one for one in crowd.opened if one[0] == away]) == 60
        assert not await waiting(crowd)


async def test_who_reads_at_a_crawl_slows_nobody_and_gets_everything_in_the_end() -> None:
    permits = asyncio.Semaphore(1000)
    links: list[Crawling] = []

    def over(link: Link) -> Link:
        if link.party == readers(1)[0]:
            links.append(Crawling(link, permits))
            return links[-1]  # type: ignore[return-value]
        return link

    async with Crowd(3, over=over) as crowd:
        slow, here, other = crowd.readers
        while not permits.locked():
            await permits.acquire()
        for _ in range(30):
            crowd.write(SENDER, slow, here)
            crowd.write(other, here)
            crowd.write(here, other)
        read = links[-1].came
        # One packet for it whenever the others have read ten messages: it can never be what they wait for.
        while (done := sum(party != slow for party, _ in crowd.opened)) < 90:
            if done // 10 > links[-1].came - read and permits.locked():
                permits.release()
            await asyncio.sleep(0.01)
            for node in crowd.network.nodes.values():
                await node.tick()
        assert links[-1].came - read <= 9
        assert sum(party == slow for party, _ in crowd.opened) <= 9 * 16, "packets are bundles"
        for _ in range(100_000):
            permits.release()
        await crowd.rest()
        assert len(crowd.opened) == len(set(crowd.opened)) == 30 * 4
        assert links[-1].came - read < 200, "what waited was not sent again and again"
        assert not await waiting(crowd)


@pytest.mark.deep
async def test_a_socket_that_nobody_drains_slows_nobody_and_fills_no_memory() -> None:
    async with Crowd(9, Medium.EMBEDDED) as crowd:
        slow, *others = crowd.readers
        client = crowd.network.nodes[slow].line.link._client._client  # type: ignore[attr-defined]
        asyncio.get_running_loop().remove_reader(client.socket().fileno())
        crowd.conductor.away[slow] = "not read"
        for _ in range(1000):
            crowd.write(SENDER, slow, others[0], size=2000)
        for index, party in enumerate(others):
            for _ in range(100):
                crowd.write(party, others[(index + 1) % len(others)])
        await crowd.rest()
        assert sum(party != slow for party, _ in crowd.opened) == 1000 + 100 * len(others)
        assert all(crowd.codes(party) == {"queued": 100} for party in others)
        for process in (crowd.network.hub, crowd.network.broker):
            assert resident_mib(process.pid) < 300  # type: ignore[union-attr]
        await crowd.network.nodes[slow].cut()
        del crowd.conductor.away[slow]
        await crowd.network.connect(slow)
        await crowd.rest()
        assert len(crowd.opened) == len(set(crowd.opened)) == 2000 + 100 * len(others)
        assert not await waiting(crowd)


@pytest.mark.deep
async def test_196_bureaus_and_a_flood_by_one_of_them() -> None:
    async with Crowd(195, Medium.EMBEDDED, per_minute=600) as crowd:
        others = crowd.readers
        flood = [crowd.write(SENDER, others[0]) for _ in range(3000)]
        for index, party in enumerate(others):
            crowd.write(party, others[(index + 1) % len(others)])
        await crowd.rest()
        assert all(task.done() for task in flood)
        order = crowd.order()
        last = max(at for at, sender in enumerate(order) if sender != SENDER)
        assert last < len(order) - 1000, f"the others were done at {last} of {len(order)}"
        assert crowd.codes(SENDER) == {"queued": 600, "E-RATE": 2400}
        assert all(crowd.codes(party) == {"queued": 1} for party in others)
        assert len(crowd.opened) == len(set(crowd.opened)) == 600 + 195
        assert not await waiting(crowd)
        assert resident_mib(crowd.network.hub.pid) < 300  # type: ignore[attr-defined]


async def waiting(crowd: Crowd) -> dict[str, int]:
    """What the hub still owes anybody."""
    answer = await crowd.network.hub.ask("quiet", {"parked": [], "above": 0})
    found: dict[str, int] = answer["waiting"]
    return found

"""One that floods the network, one that is slow, one that is away: nobody else notices."""

from pathlib import Path

import pytest
from crowd import Crowd

from i247sim.exercise.assembly import Medium
from i247sim.exercise.rig import SENDER


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


def resident_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmRSS"))

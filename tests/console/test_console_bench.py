"""What the console is measured with."""

from collections import Counter

import pytest

from i247sim.console import bench_network
from i247sim.console.bench_network import measure_network
from i247sim.exercise.loader import loads
from i247sim.vocabulary.codec import canonical


@pytest.mark.parametrize("seconds", [5.0, 600.0], ids=["a moment", "ten minutes"])
def test_the_traffic_is_a_scenario_in_which_no_sender_reaches_its_quota(seconds: float) -> None:
    scenario = loads(canonical(bench_network._traffic(seconds)), "traffic.json")
    sent: Counter[tuple[str, int]] = Counter()
    for step in scenario.timeline:
        assert step.flood is not None
        begin = int(step.offset.total_seconds() // 60)
        for minute in range(begin, begin + step.flood.minutes):
            sent[step.flood.party, minute] += step.flood.rate
    assert max(sent.values()) <= 300, "half the hub's quota"


@pytest.mark.deep
async def test_the_console_is_measured_before_the_real_network() -> None:
    found = await measure_network(viewers=2, seconds=2.0)
    assert found.rate > 0
    assert found.frames > 0
    assert found.largest_bytes <= 4096

"""What the whole world takes on a laptop."""

import sys

import pytest

from i247sim.exercise.bench_world import world

pytestmark = pytest.mark.deep


@pytest.mark.skipif(sys.platform != "linux", reason="memory of other processes is read from /proc")
async def test_196_bureaus_fit_into_300_mib_with_hub_and_broker() -> None:
    found = await world()
    shares = {name: value for name, value in found.items() if name.endswith(" MiB")}
    assert min(shares.values()) > 0, shares
    assert sum(shares.values()) < 300, shares

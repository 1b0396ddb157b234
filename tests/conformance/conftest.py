from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from grounds import GROUNDS, EmbeddedGround, Ground

DEEP = {"mosquitto-qos1"}
"""Grounds for longer campaigns only: slow, and each of their two halves is tested with another one."""


PARAMS = [pytest.param(name, marks=pytest.mark.deep if name in DEEP else ()) for name in GROUNDS]


@pytest.fixture(params=PARAMS)
async def ground(request: pytest.FixtureRequest) -> AsyncIterator[Ground]:
    one = GROUNDS[request.param]()
    await one.start()
    yield one
    await one.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=PARAMS)
async def lasting_ground(request: pytest.FixtureRequest) -> AsyncIterator[Ground]:
    one = GROUNDS[request.param]()
    await one.start()
    yield one
    await one.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def shared_ground(lasting_ground: Ground) -> AsyncIterator[Ground]:
    """For tests that leave the broker as it was: it is started once for all of them (``loop_scope="module"``)."""
    yield lasting_ground
    await lasting_ground.hang_up()


@pytest.fixture
async def embedded() -> AsyncIterator[EmbeddedGround]:
    one = EmbeddedGround()
    await one.start()
    yield one
    await one.stop()

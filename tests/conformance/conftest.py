from collections.abc import AsyncIterator

import pytest
from grounds import GROUNDS, EmbeddedGround, Ground

DEEP = {"mosquitto-qos1"}
"""Grounds for longer campaigns only: slow, and each of their two halves is tested with another one."""


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.deep if name in DEEP else ()) for name in GROUNDS])
async def ground(request: pytest.FixtureRequest) -> AsyncIterator[Ground]:
    one = GROUNDS[request.param]()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def embedded() -> AsyncIterator[EmbeddedGround]:
    one = EmbeddedGround()
    await one.start()
    yield one
    await one.stop()

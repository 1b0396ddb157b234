from collections.abc import AsyncIterator

import pytest
from grounds import GROUNDS, EmbeddedGround, Ground


@pytest.fixture(params=list(GROUNDS))
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

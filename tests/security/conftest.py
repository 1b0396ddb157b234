import pytest
from sealed_world import World


@pytest.fixture(scope="session")
def world() -> World:
    return World()

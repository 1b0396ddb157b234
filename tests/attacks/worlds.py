"""The small worlds of other tests, for attacks: a hub, a reader, sealed messages."""

import sys
from pathlib import Path

for _folder in ("hub", "node", "security"):
    sys.path.append(str(Path(__file__).parents[1] / _folder))

import hub_world  # noqa: E402
import node_world  # noqa: E402
from hub_world import Batch, HubWorld  # noqa: E402
from node_world import Reader  # noqa: E402
from party_line import Line  # noqa: E402
from sealed_world import World  # noqa: E402

from i247sim.security.authority import Authority  # noqa: E402

__all__ = ("Authority", "Batch", "HubWorld", "Line", "Reader", "World", "authority_of_tests", "hub_world")


def authority_of_tests(world: str) -> Authority:
    """The authority of a world: what somebody has who has broken into it."""
    return {"hub": hub_world, "node": node_world}[world].enrolled().authority

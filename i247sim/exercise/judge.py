"""A run judges its own hub: the log is taken in as ``verify`` does it, every signature, and every decision made again.

It is done while the log grows, in the moments when the hub is at work and this process would wait for it.
"""

import asyncio
from collections.abc import Sequence

from i247sim.exercise.verify import Replay
from i247sim.hub.decide import Limits
from i247sim.hub.state import HubState
from i247sim.policy.rulebook import Rulebook
from i247sim.security.trust import Trust
from i247sim.vocabulary.entries import Entry
from i247sim.vocabulary.errors import EvidenceError

_AT_A_TIME = 16
"""How many entries are taken in before somebody else has a turn."""


class Judge:
    """Of one log, from its first entry on."""

    def __init__(self, root: bytes, run: str, rulebook: Rulebook, limits: Limits) -> None:
        """``root``: the authority's root certificate (DER). ``limits``: what one sender may do."""
        self.why = ""
        """Why the log does not hold; empty as long as it does. Nothing behind that entry is looked at."""
        self._replay = Replay.begin(Trust.anchor(root, run), rulebook, limits)

    @property
    def state(self) -> HubState:
        """The fold of what was taken in."""
        return self._replay.state

    async def catch_up(self, entries: Sequence[Entry]) -> None:
        """Take in what is new. ``entries``: the whole log, as far as it is known; it must not grow meanwhile."""
        for number, entry in enumerate(entries[self._replay.index :]):
            if self.why:
                return
            if number % _AT_A_TIME == 0:
                await asyncio.sleep(0)
            try:
                self._replay.take(entry)
            except EvidenceError as error:
                self.why = str(error)

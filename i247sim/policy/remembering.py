"""An engine that remembers: a decision is a pure function of world and facts, and traffic repeats itself.

Only for worlds that are never changed in place (the hub makes a new one at every change).
"""

from collections.abc import Sequence

import cedarpy

from i247sim.policy.engine import Engine
from i247sim.policy.facts import MessageFacts, World
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Verdict

_REMEMBERED = 4096


class RememberingEngine(Engine):
    """Decides like ``Engine``; the same question about the same world is answered from memory.

    A message's id is no fact that a rule may look at, and facts that differ in it alone are equal.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        super().__init__(rulebook)
        self._world: World | None = None
        self._looked: tuple[World, MessageFacts, cedarpy.Entities] | None = None
        self._known: dict[tuple[MessageFacts, tuple[str, ...] | None], dict[str, Verdict]] = {}

    def decide_message(self, world: World, facts: MessageFacts) -> Verdict:
        """See ``Engine``."""
        key = (facts, None)
        known = self._recalled(world).get(key)
        if known is None:
            known = self._known[key] = {facts.sender: super().decide_message(world, facts)}
        return known[facts.sender]

    def decide_addressees(self, world: World, facts: MessageFacts, parties: Sequence[str]) -> dict[str, Verdict]:
        """See ``Engine``."""
        key = (facts, tuple(parties))
        known = self._recalled(world).get(key)
        if known is None:
            known = self._known[key] = super().decide_addressees(world, facts, parties)
        return dict(known)

    def _entities(self, world: World, facts: MessageFacts) -> cedarpy.Entities:
        """See ``Engine``: the same message in the same world, first as a whole and then for its addressees."""
        looked = self._looked
        if looked is None or looked[0] is not world or looked[1] is not facts:
            looked = self._looked = world, facts, super()._entities(world, facts)
        return looked[2]

    def _recalled(self, world: World) -> dict[tuple[MessageFacts, tuple[str, ...] | None], dict[str, Verdict]]:
        if world is not self._world or len(self._known) >= _REMEMBERED:
            self._world = world
            self._known.clear()
        return self._known

"""An engine that remembers: a decision is a pure function of world and facts, and traffic repeats itself.

Only for worlds that are never changed in place (the hub makes a new one at every change).
"""

from collections.abc import Sequence
from dataclasses import replace

from i247sim.policy.engine import Engine
from i247sim.policy.facts import MessageFacts, World
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Verdict

_REMEMBERED = 4096


class RememberingEngine(Engine):
    """Decides like ``Engine``; the same question about the same world is answered from memory.

    A message's id is no fact that a rule may look at, so it is left out of the question.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        super().__init__(rulebook)
        self._world: World | None = None
        self._known: dict[tuple[MessageFacts, tuple[str, ...] | None], dict[str, Verdict]] = {}

    def decide_message(self, world: World, facts: MessageFacts) -> Verdict:
        """See ``Engine``."""
        known, key = self._recall(world, facts, None)
        if known is None:
            known = self._known[key] = {facts.sender: super().decide_message(world, facts)}
        return known[facts.sender]

    def decide_addressees(self, world: World, facts: MessageFacts, parties: Sequence[str]) -> dict[str, Verdict]:
        """See ``Engine``."""
        known, key = self._recall(world, facts, tuple(parties))
        if known is None:
            known = self._known[key] = super().decide_addressees(world, facts, parties)
        return dict(known)

    def _recall(
        self, world: World, facts: MessageFacts, parties: tuple[str, ...] | None
    ) -> tuple[dict[str, Verdict] | None, tuple[MessageFacts, tuple[str, ...] | None]]:
        if world is not self._world or len(self._known) >= _REMEMBERED:
            self._world = world
            self._known.clear()
        key = (replace(facts, id=""), parties)
        return self._known.get(key), key

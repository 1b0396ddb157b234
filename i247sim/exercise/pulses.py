"""Slow links: what waits at either end of one is let through in pulses, so that everything takes as long as it should.

Between two pulses the link is cut, and nobody waits for its party.
"""

from dataclasses import dataclass

from i247sim.exercise.agenda import Agenda
from i247sim.exercise.rest import Rest
from i247sim.node.store import Happened
from i247sim.vocabulary.parties import CONTROL
from i247sim.vocabulary.times import TICK, to_text


@dataclass(frozen=True)
class Pulse:
    """A slow link lets through what has waited."""

    party: str


class Pulses:
    """Which pulses are planned, and what one is."""

    def __init__(self, rest: Rest, agenda: Agenda) -> None:
        self._rest = rest
        self._agenda = agenda
        self.planned: set[str] = set()
        """Parties for whose link a pulse is planned, or under way."""

    def look_for_need(self, waiting: list[str]) -> None:
        """Plan one wherever something waits: at the hub for one of ``waiting``, or at the party itself."""
        for party in sorted(self._rest.broken.slow):
            if party not in self.planned and (party in waiting or self._rest.network.nodes[party].line.unsent):
                site = self._rest.site
                site.store.happened(Happened(party, to_text(site.now), "pulse", 0))
                self.plan(party)

    def plan(self, party: str) -> None:
        """Let through what waits on the party's slow link, after its time."""
        self.planned.add(party)
        after = max(self._rest.broken.slow[party], TICK)
        self._agenda.plan(self._rest.site.now + after, CONTROL, Pulse(party))

    async def let_through(self, party: str) -> None:
        """Let the link be whole for a moment, and come to rest; unless it is not slow any more, or leads nowhere."""
        broken, breaking = self._rest.broken, self._rest.breaking
        if party not in broken.slow or broken.stopped:
            return
        why = broken.away.pop(party)
        await breaking.settle(self._rest.quiet)
        await self._rest.quiet()
        broken.away[party] = why
        await breaking.settle(self._rest.quiet)

"""A seat that a person can take: in place of the simulated duty officer of one party, and back again during play.

Pure. While a person sits there the officer goes on reading and plans nothing, and what it had planned is left to the
person. Whatever the person does comes in as an inject (``Conductor.inject``), is recorded with the run, and happens
again in a replay; so does taking and leaving the seat (the verb ``seat``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from i247sim.node.actions import Action, Core, Remark
from i247sim.node.events import CauseDue, Event


@dataclass(frozen=True)
class SeatChange:
    """A person takes the seat, or leaves it to the simulated officer again."""

    taken: bool


@dataclass
class SeatCore:
    """A bureau's core with a seat before it: the officer's, unless a person has taken it."""

    officer: Core
    taken: bool = False
    """Whether a person sits there now."""

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now`` (``node.actions.Core``)."""
        if isinstance(event, CauseDue):
            if isinstance(event.cause, SeatChange):
                self.taken = event.cause.taken
                return [Remark("a person sits at the desk" if self.taken else "the duty officer is at the desk again")]
            if self.taken:
                return [Remark("what the duty officer had planned is left to the person at the desk")]
        actions = self.officer.handle(event, now)
        return [one for one in actions if isinstance(one, Remark)] if self.taken else actions


def taken_by(cast: Mapping[str, Core]) -> frozenset[str]:
    """Parties at whose desk a person sits."""
    return frozenset(party for party, core in cast.items() if isinstance(core, SeatCore) and core.taken)

"""What all parties of one process share: simulated time, the mailbox file, and where news goes."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from i247sim.clock.patience import USUAL, Patience
from i247sim.node.store import Store
from i247sim.vocabulary.times import to_text

_SIGHTINGS = frozenset({"control", "met", "gap", "rejected", "alarm", "logged"})
"""Events whose lines say besides when they were written in reality: after how long somebody noticed something."""


@dataclass
class Site:
    """One process's parties share this."""

    run: str
    now: datetime
    """Simulated time. Only exercise control moves it, and only when nothing is going on."""
    store: Store
    schedule: Callable[[str, timedelta, object], None]
    """(party, after, cause): called for every ``Schedule``, in a fixed order, also in a replay."""
    news: Callable[[dict[str, Any]], None] = lambda line: None
    """Every journal line as it is written."""
    skews: dict[str, timedelta] = field(default_factory=dict)
    """Parties whose clocks are wrong, and how far they are ahead."""
    patience: Patience = USUAL
    """How long to wait before something is sent again."""
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a party has done something: whoever waits for quiet looks again."""

    def clock(self, party: str) -> datetime:
        """What the clock on that party's wall says."""
        return self.now + self.skews.get(party, timedelta())

    def journal(self, event: str, party: str, **facts: Any) -> None:
        """Write a journal line at the present simulated time.

        Some have ``real`` too: seconds on this computer's own clock, from nowhere in particular; no transcript has it.
        """
        line = {"time": to_text(self.now), "event": event, "party": party, **facts}
        if event in _SIGHTINGS:
            line["real"] = round(time.monotonic(), 3)
        self.store.journal(line)
        self.news(line)

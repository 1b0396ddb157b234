"""When what a party has not confirmed is sent again. Pure: all times are seconds of one clock that only goes on."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from i247sim.clock.patience import Patience

_BUSY_RESENDS = 4
"""How many of its longest waits the hub waits for one party, as long as it hears from others."""


@dataclass
class _Pace:
    """When a party's stream was last sent to, and how long to wait before sending again."""

    at: float
    after: float
    since: float | None = None
    """Since when something waits to be confirmed."""
    again: int = 0
    """The newest number that was sent again meanwhile; 0 for none."""
    behind: int = 0
    """Up to which number things had been sent when something was sent again: if that was lost, so were they."""


class Resending:
    """Knows of every party with an unfinished stream when to send again, and learns how long an answer takes."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._paces: dict[str, _Pace] = {}
        self.round_trip = 0.0
        """Seconds that a party takes to confirm, smoothed over all."""

    def sent(self, party: str, now: float) -> None:
        """Something was sent to the party."""
        pace = self._pace(party, 0.0)
        pace.at = now
        pace.since = pace.since or now

    def sends_again(self, party: str, upto: int, newest: int) -> None:
        """Numbers up to ``upto`` are about to be sent again; ``newest`` was the last to be sent at all."""
        pace = self._pace(party, 0.0)
        pace.again, pace.behind = upto, newest

    def confirmed(self, party: str, oldest: int | None, now: float) -> bool:
        """The party has confirmed something; ``oldest`` is the lowest number that it has not.

        Learns how long that takes now, so that load is not met with resends. Says whether to send again at once.
        """
        pace = self._pace(party, now)
        if pace.since is not None and not pace.again:
            # What was sent again tells how much gets lost and not how long it takes: if that counted, every loss would
            # make the next wait longer, without end (Karn and Partridge 1987).
            self.round_trip += 0.2 * (now - pace.since - self.round_trip)
            pace.after = self._wait
        pace.since, pace.at = now if oldest is not None else None, now
        if oldest is None or oldest > pace.behind:
            pace.again = 0
            return False
        # What was sent again had been lost, and so has been what was sent right behind it.
        return 0 < pace.again < oldest

    def due(self, waiting: Collection[str], now: float, busy: bool) -> Iterator[str]:
        """Of those who have not confirmed everything, whoever has been silent for too long; each waits longer next.

        ``busy``: while parties are still answering, the silent ones are more likely slow than deaf; and one that misses
        something in the middle says so by itself.
        """
        for party in [one for one in self._paces if one not in waiting]:
            del self._paces[party]
        least = _BUSY_RESENDS * self._patience.last_resend if busy else 0.0
        for party in waiting:
            pace = self._pace(party, now)
            if now - pace.at > max(pace.after, least):
                pace.at, pace.after = now, max(pace.after, min(2 * pace.after, self._patience.last_resend))
                yield party

    @property
    def _wait(self) -> float:
        """Seconds after which silence means a loss, as long as nothing was sent again."""
        return max(self._patience.first_resend, 4 * self.round_trip)

    def _pace(self, party: str, at: float) -> _Pace:
        """The party's; a new one was last sent to ``at`` that time."""
        pace = self._paces.get(party)
        if pace is None:
            pace = self._paces[party] = _Pace(at, self._wait)
        return pace

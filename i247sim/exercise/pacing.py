"""When the next cause may be released: by the pace, and by what a person has ordered besides.

Nothing here decides what happens. Simulated time itself moves only when a cause is released; what a person sees goes on
in between.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from i247sim.clock.pace import Pace
from i247sim.exercise.agenda import Agenda, Due
from i247sim.node.site import Site


class Pacing:
    """The wait between two causes of one exercise."""

    def __init__(self, pace: Pace, start: datetime, site: Site, agenda: Agenda) -> None:
        """``start``: from when on people count. The time before, in which everything is set up, passes at once."""
        self.steps_allowed = 0
        """How many causes may be released whatever the pace says."""
        self.run_until: datetime | None = None
        """Where to pause."""
        self.hurry_until: datetime | None = None
        """Up to here without waiting, whatever the pace says."""
        self.passed = 0.0
        """Simulated seconds since the last cause that the pace has let pass."""
        self._pace = pace
        self._start = start
        self._site = site
        self._agenda = agenda

    @property
    def clock(self) -> datetime:
        """Simulated time as a person sees it: between two causes it goes on with the pace, and never past the next.

        On a busy computer the wait for a cause may last longer than it should; the clock must not go back then.
        """
        shown, due = self._shown_from + timedelta(seconds=int(self.passed + self._pace.under_way)), self._agenda.next()
        return shown if due is None else max(self._shown_from, min(shown, due.time))

    @property
    def _shown_from(self) -> datetime:
        return max(self._site.now, self._start)

    # --- orders

    def step(self, count: int) -> None:
        """Pause, but let so many causes happen first."""
        self._pace.pause()
        self.steps_allowed += count
        self._pace.nudge()

    def run_to(self, moment: datetime) -> None:
        """Go on, and pause there."""
        self.run_until = moment
        self._pace.resume()

    def run_out(self) -> None:
        """Go on to the end without waiting."""
        self.run_until = None  # an earlier order to stop somewhere on the way
        self._pace.set(None)
        self._pace.resume()

    # --- the conductor asks

    async def allows(self, due: Due, came_in: Sequence[object]) -> bool:
        """Wait until ``due`` may happen; ``False`` if something came in between and all must be looked at anew.

        ``came_in``: what is to be planned before anything else happens.
        """
        if self.hurry_until is not None and due.time <= self.hurry_until:
            return True
        if self.steps_allowed:
            self.steps_allowed -= 1
            return True
        until = due.time if self.run_until is None else min(due.time, self.run_until)
        left = (until - self._shown_from).total_seconds() - self.passed
        passed = await self._pace.wait(left)
        self.passed += passed
        if passed >= left and until < due.time and until == self.run_until:
            # There it is, and nothing is due there: the clock stands at the moment that was asked for.
            self.run_until = None
            self._pace.pause()
        return passed >= left and until == due.time and not self._pace.paused and not came_in

    def has_released(self) -> None:
        """A cause was taken: what has passed is in its time now."""
        self.passed = 0.0

    def has_rested(self) -> None:
        """All that follows from a cause has happened: pause, if that was ordered for this moment."""
        if self.run_until is not None and self._site.now >= self.run_until:
            self.run_until = None
            self._pace.pause()

"""How long to wait, in real time, before simulated time may move on.

At pace ``max`` it moves as soon as the network is quiet. At pace ×N, N simulated seconds take one real second;
waiting can be paused and resumed. Nothing here decides what happens, only when the next thing may.
"""

import asyncio
from datetime import datetime


class Pace:
    """Real time against simulated time. For one event loop."""

    def __init__(self, factor: float | None) -> None:
        """``factor``: simulated seconds per real second (above 0), or ``None`` for ``max``."""
        assert factor is None or factor > 0, "a pace is above zero"
        self._factor = factor
        self._running = asyncio.Event()
        self._running.set()
        self._changed = asyncio.Event()

    @property
    def factor(self) -> float | None:
        """Simulated seconds per real second, or ``None`` for ``max``."""
        return self._factor

    @property
    def paused(self) -> bool:
        """Whether simulated time stands still."""
        return not self._running.is_set()

    def set(self, factor: float | None) -> None:
        """From now on this pace; a wait that is under way goes on at it."""
        assert factor is None or factor > 0, "a pace is above zero"
        self._factor = factor
        self._changed.set()

    def pause(self) -> None:
        """Let simulated time stand still; what is under way comes to its end."""
        self._running.clear()
        self._changed.set()

    def resume(self) -> None:
        """Let simulated time go on."""
        self._running.set()

    async def pass_from(self, now: datetime, until: datetime) -> None:
        """Return when simulated time may move from ``now`` to ``until``."""
        loop = asyncio.get_running_loop()
        left = (until - now).total_seconds()
        while True:
            await self._running.wait()
            self._changed.clear()
            if self._factor is None or left <= 0:
                return
            factor, began = self._factor, loop.time()
            try:
                await asyncio.wait_for(self._changed.wait(), left / factor)
            except TimeoutError:
                return
            left -= (loop.time() - began) * factor

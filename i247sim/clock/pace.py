"""How long to wait, in real time, before simulated time may move on.

At pace ``max`` it moves as soon as the network is quiet. At pace ×N, N simulated seconds take one real second.
Nothing here decides what happens, only when the next thing may.
"""

import asyncio


def parse_pace(text: str) -> float | None:
    """``max`` as ``None``; ``60``, ``x60`` and ``0.5`` as simulated seconds per real second.

    Raises ``ValueError`` on every other form, below 0.001 and above 1,000,000.
    """
    if text == "max":
        return None
    try:
        factor = float(text.lstrip("xX×"))
    except ValueError:
        factor = 0.0
    if not 0.001 <= factor <= 1_000_000:  # nor is anything that is no number
        raise ValueError("expected `max`, or simulated seconds per real second from 0.001 to 1000000, like `60`")
    return factor


class Pace:
    """Real time against simulated time. For one event loop."""

    def __init__(self, factor: float | None) -> None:
        """``factor``: simulated seconds per real second (above 0), or ``None`` for ``max``."""
        assert factor is None or factor > 0, "a pace is above zero"
        self._factor = factor
        self._paused = False
        self._nudged = asyncio.Event()
        self._waiting: tuple[float, float] | None = None
        """When the present wait has begun, on the event loop's clock, and its factor."""

    @property
    def factor(self) -> float | None:
        """Simulated seconds per real second, or ``None`` for ``max``."""
        return self._factor

    @property
    def paused(self) -> bool:
        """Whether simulated time stands still."""
        return self._paused

    @property
    def under_way(self) -> float:
        """Simulated seconds that the present wait has let pass so far."""
        if self._waiting is None:
            return 0.0
        began, factor = self._waiting
        return (asyncio.get_running_loop().time() - began) * factor

    def set(self, factor: float | None) -> None:
        """From now on this pace."""
        assert factor is None or factor > 0, "a pace is above zero"
        self._factor = factor
        self.nudge()

    def pause(self) -> None:
        """Let simulated time stand still; what is under way comes to its end."""
        self._paused = True
        self.nudge()

    def resume(self) -> None:
        """Let simulated time go on."""
        self._paused = False
        self.nudge()

    def nudge(self) -> None:
        """Let whoever waits look again."""
        self._nudged.set()

    async def nudged(self) -> None:
        """Wait for somebody to steer, however long."""
        self._nudged.clear()
        await self._nudged.wait()

    async def wait(self, seconds: float) -> float:
        """Wait for up to ``seconds`` of simulated time, or until nudged; returns how many have passed.

        Returns at once at pace ``max``, with all of them; a pause lasts until it is nudged.
        """
        loop = asyncio.get_running_loop()
        self._nudged.clear()
        if self._paused:
            await self._nudged.wait()
            return 0.0
        if self._factor is None or seconds <= 0:
            return seconds
        factor, began = self._factor, loop.time()
        self._waiting = (began, factor)
        try:
            # Not `wait_for`: in Python 3.11 it can swallow a cancellation that comes together with its result.
            async with asyncio.timeout(seconds / factor):
                await self._nudged.wait()
        except TimeoutError:
            return seconds
        finally:
            self._waiting = None
        return min(seconds, (loop.time() - began) * factor)

"""The forecast of the exercise that the console shows: made beside it, and again whenever the plan has changed."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from typing import Any

from i247sim.exercise import forecast
from i247sim.exercise.forecast import Forecast
from i247sim.exercise.picture import Picture, Progress

_PATIENCE_SECONDS = 120.0
_LONGEST_LINE = 16 * 2**20


class Foresight:
    """Keeps the newest forecast. ``told`` is called when there is another; ``trouble`` when there can be none."""

    def __init__(self, told: Callable[[], None], trouble: Callable[[str], None]) -> None:
        self.newest: Forecast | None = None
        self.failed = False
        """Whether the newest plan could not be rehearsed."""
        self._told, self._trouble = told, trouble
        self._plan: tuple[str, ...] | None = None
        """The injects that ``newest`` knows, or the forecast that is being made."""
        self._task: asyncio.Task[None] | None = None

    @property
    def at_work(self) -> bool:
        """Whether a forecast is being made."""
        return self._task is not None

    def look(self, picture: Picture) -> None:
        """Have a forecast made of the plan as it stands in ``picture``, unless there is one. One at a time."""
        live = [one for one in picture.plan if one.key.startswith("live/") and one.progress is not Progress.SKIPPED]
        plan = tuple(one.key for one in live)
        if self._task is None and plan != self._plan:
            self._plan = plan
            order = forecast.order(picture.scenario, [one.step for one in live])
            self._task = asyncio.create_task(self._make(json.dumps(order)))

    async def close(self) -> None:
        """Nobody asks any more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _make(self, order: str) -> None:
        try:
            self.newest = forecast.from_json(await _rehearsed(order))
            self.failed = False
        except (OSError, ValueError, TimeoutError) as error:
            self.newest, self.failed = None, True
            self._trouble(f"the rest of the exercise cannot be rehearsed: {error or type(error).__name__}")
        finally:
            self._task = None
        self._told()


async def _rehearsed(order: str) -> bytes:
    """One line of a process of its own, which ends with us."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "i247sim.exercise.forecast"), stdin=pipe, stdout=pipe, stderr=pipe, limit=_LONGEST_LINE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            child.stdin.write(order.encode() + b"\n")
            found = await child.stdout.readline()
        if not found:
            said = (await child.stderr.read()).decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise ValueError(said or "the rehearsal broke off")
        return found
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def sentence(foresight: Foresight, picture: Picture) -> dict[str, Any]:
    """What the timeline says of the end: ``s`` (seconds, or nothing), ``text``, and ``sure``."""
    found, people = foresight.newest, len(picture.taken)
    if found is None:
        text = "cannot be rehearsed" if foresight.failed else "being rehearsed …"
        return {"s": None, "sure": False, "text": text}
    if not found.ended:
        return {"s": None, "sure": False, "text": "no end in sight: desks answer each other without end"}
    otherwise, so_far = found.differences(picture.sent, picture.now), len(picture.sent)
    doubts = [f"{otherwise} of {so_far} messages came otherwise than rehearsed"] if otherwise else []
    doubts += (
        [f"people sit at {people} desk{'s' if people != 1 else ''}, and nobody knows what they do"] if people else []
    )
    doubts += ["the plan has changed, being rehearsed again …"] if foresight.at_work else []
    same = "all messages so far came as rehearsed" if so_far else "as rehearsed"
    text = f"unsure: {'; '.join(doubts)}" if doubts else f"sure: {same}"
    return {"s": int(found.ends.total_seconds()), "sure": not doubts, "text": text}

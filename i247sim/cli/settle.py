"""Orders to a running exercise that take their time: give them, and wait until they are done."""

import asyncio
import time
from pathlib import Path
from typing import Any

from i247sim.cli.screen import talk
from i247sim.exercise.steering import NotRunning, order
from i247sim.vocabulary.errors import InputError

_LOOKS_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5)
"""How long until the next look: most orders are done at once, some wait for hours."""
_SILENT_SECONDS = 1.0
"""After that it says what it waits for."""


async def settled(folder: Path, what: str, arguments: dict[str, Any], did: str) -> dict[str, Any]:
    """Give the order ``step`` or ``until`` to the exercise in ``folder``; where it stands when that is done.

    Also done is what somebody else has paused. ``did``: the order in words. Raises ``InputError``, also when the
    exercise ends before, and ``NetworkFailed``.
    """
    status = await order(folder, what, arguments)
    screen, began, waits, told = talk(), time.monotonic(), list(_LOOKS_SECONDS), False
    with screen.status("", spinner="line") as line:
        line.stop()
        while not _is_settled(what, status):
            if time.monotonic() - began > _SILENT_SECONDS:
                if screen.is_terminal:
                    line.update(f"{did}: {status['offset']} so far; Ctrl-C ends the waiting, not the exercise")
                    line.start()
                elif not told:
                    screen.print(f"waiting for `{did}`", soft_wrap=True)
                told = True
            await asyncio.sleep(waits.pop(0) if len(waits) > 1 else waits[0])
            try:
                status = await order(folder, "status", {})
            except NotRunning as error:
                raise InputError(f"`{did}` came to nothing more: the exercise is over, or was stopped") from error
    return status


def _is_settled(what: str, status: dict[str, Any]) -> bool:
    """Whether nothing of the order is left, and what it has begun is at its end."""
    left = status["left"] > 0 if what == "step" else status["until"] is not None and not status["paused"]
    return not left and not (status["paused"] and status["busy"])

"""``i247sim inject`` and ``i247sim control``: orders to an exercise that runs in another terminal."""

import asyncio
from pathlib import Path
from typing import Any

from i247sim.cli.screen import results
from i247sim.exercise.durations import parse_duration
from i247sim.exercise.steering import order
from i247sim.vocabulary.errors import InputError


def inject(folder: Path, step: str, wait: str) -> int:
    """Inject one verb into the exercise in ``folder``, ``wait`` from now."""
    try:
        seconds = int(parse_duration(wait).total_seconds())
    except ValueError as error:
        raise InputError(f"`--in`: {error}") from error
    return _show(asyncio.run(order(folder, "inject", {"step": step, "wait": seconds})), "injected")


def control(folder: Path, what: str, value: str | None) -> int:
    """Give one of the other orders."""
    arguments: dict[str, Any] = {}
    match what:
        case "step":
            arguments["count"] = _count(value)
        case "pace":
            arguments["factor"] = None if value == "max" else _factor(value)
        case "until":
            if value is None:
                raise InputError("until when? for example: until T+2h")
            arguments["offset"] = value
        case _ if value is not None:
            raise InputError(f"`{what}` takes no value; leave out `{value}`")
    return _show(asyncio.run(order(folder, what, arguments)), what)


def _count(value: str | None) -> int:
    if value is None:
        return 1
    if not value.isdecimal() or not 1 <= int(value) <= 10_000:
        raise InputError(f"`{value}` is no number of steps; expected 1 to 10000")
    return int(value)


def _factor(value: str | None) -> float:
    try:
        factor = float((value or "").lstrip("xX×"))
    except ValueError:
        factor = 0.0
    if not 0.1 <= factor <= 1_000_000:
        raise InputError(f"the pace is `{value}`; expected `max`, or simulated seconds per real second from 0.1 on")
    return factor


def _show(status: dict[str, Any], did: str) -> int:
    pace = "max" if status["pace"] is None else f"×{status['pace']:g}"
    state = "paused" if status["paused"] else f"running at {pace}"
    results().out(f"{did}: {status['offset']} ({status['time']}), {state}, {status['planned']} planned")
    if status["next"]:
        results().out(f"next at {status['next']}")
    for party, why in sorted(status["away"].items()):
        results().out(f"{party} is {why}")
    for what in status["stopped"]:
        results().out(f"the {what} is stopped")
    return 0

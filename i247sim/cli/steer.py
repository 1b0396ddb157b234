"""``i247sim inject`` and ``i247sim control``: orders to an exercise that runs in another terminal."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.text import Text

from i247sim.cli.screen import document, hang, results
from i247sim.cli.settle import settled
from i247sim.cli.stopping import run_until_stopped
from i247sim.exercise import injects, shelf
from i247sim.exercise.acts import Theme
from i247sim.exercise.choice import cure
from i247sim.exercise.durations import parse_duration
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.injects import Inject, Parameter
from i247sim.exercise.loader import load
from i247sim.exercise.prepared import Prepared
from i247sim.exercise.steering import MOST_STEPS, order
from i247sim.vocabulary.errors import InputError

_ORDERS = ("status", "pause", "resume", "step", "pace", "until")


def list_(folder: Path | None, as_json: bool) -> int:
    """Every verb, by theme."""
    screen = results()
    ready = _shelf(folder)
    if as_json:
        said = {name: one.plain() for name, one in ready.items()}
        document({"verbs": [_plain(one) for one in injects.catalogue()], "shelf": said})
        return 0
    for theme in Theme:
        screen.print(Text(theme.value, "bold"))
        for one in injects.catalogue():
            if one.theme is theme:
                hang(screen, f"  {one.verb}", one.title, indent=18)
        screen.print()
    screen.print(Text("shelf", "bold"))
    for name, prepared in ready.items():
        hang(screen, f"  {name}", prepared.title, indent=26)
    screen.print()
    hang(screen, "", "What one of them does and teaches, and who notices it: `i247sim inject --about NAME`.")
    return 0


def _shelf(folder: Path | None) -> dict[str, Prepared]:
    """What stands on the shelf: of the run in ``folder``, and what comes with the package."""
    ready = {} if folder is None else dict(load(RunFolder.open(folder).scenario).shelf)
    return ready | {name: shelf.own(name) for name in shelf.shipped() if name not in ready}


def about(name: str, as_json: bool) -> int:
    """Everything about one verb, or one inject that comes with the package."""
    screen = results()
    if name in shelf.shipped():
        return _about_prepared(name, shelf.own(name), as_json)
    one = injects.find(name)
    if as_json:
        document(_plain(one))
        return 0
    screen.print(Text.assemble((one.verb, "bold"), f"  {one.title}  ", (f"{one.theme}, {one.difficulty}", "dim")))
    hang(screen, "  ", one.does)
    screen.print()
    hang(screen, "  written     ", one.example)
    for parameter in one.parameters:
        hang(screen, f"  {parameter.name}", _described(parameter), indent=20)
    screen.print()
    for word, text in (
        ("teaches", one.teaches),
        ("noticed by", f"{one.detector} ({one.layer})"),
        ("undone by", f"`{one.inverse}`" if one.inverse else f"nothing: {one.stays_because}"),
    ):
        hang(screen, f"  {word:<12}", text)
    return 0


def _about_prepared(name: str, one: Prepared, as_json: bool) -> int:
    screen = results()
    if as_json:
        document(one.plain())
        return 0
    screen.print(Text.assemble((name, "bold"), f"  {one.title}  ", (f"{one.theme}, {one.difficulty}", "dim")))
    for word, text in (("teaches", one.teaches), ("expected", one.expected), ("rule", one.rule)):
        if text:
            hang(screen, f"  {word:<12}", text)
    for number, step in enumerate(one.steps):
        hang(screen, f"  {'' if number else 'steps':<12}", shelf.described(step))
    hang(screen, "  taken with  ", f"i247sim inject RUN --shelf {name}")
    return 0


def take(folder: Path, name: str, wait: str, as_json: bool) -> int:
    """Take a prepared inject from the shelf of the exercise in ``folder``, ``wait`` from now."""
    arguments = {"name": name, "wait": _seconds(wait)}
    return _show(asyncio.run(order(folder, "shelf", arguments)), "injected", as_json)


def _described(parameter: Parameter) -> str:
    kind = parameter.unit or parameter.type
    if parameter.choices:
        kind = "one of " + ", ".join(parameter.choices)
    left_out = "" if parameter.required else f"; may be left out{_usual(parameter.default)}"
    return f"{parameter.title} ({kind}{left_out})".strip()


def _usual(default: str | None) -> str:
    return f", is then `{default}`" if default else ""


def _plain(one: Inject) -> dict[str, Any]:
    return asdict(one)


def inject(folder: Path, step: str | None, wait: str, as_json: bool) -> int:
    """Inject one verb into the exercise in ``folder``, ``wait`` from now."""
    if step is None:
        raise InputError("inject what? expected one verb, such as `cut: {party: AR}`; `inject --list` lists all")
    arguments = {"step": step, "wait": _seconds(wait)}
    return _show(asyncio.run(order(folder, "inject", arguments)), "injected", as_json)


def _seconds(wait: str) -> int:
    try:
        return int(parse_duration(wait).total_seconds())
    except ValueError as error:
        raise InputError(f"`--in`: {error}") from error


def control(folder: Path, what: str, value: str | None, as_json: bool) -> int:
    """Give one of the other orders; ``step`` and ``until`` answer when they are done.

    Raises ``InputError``, ``NetworkFailed``, ``Stopped``.
    """
    arguments: dict[str, Any] = {}
    match what:
        case "step":
            arguments["count"] = _count(value)
        case "pace":
            if value is None:
                raise InputError("how fast? for example: pace 60")
            arguments["factor"] = value
        case "until":
            if value is None:
                raise InputError("until when? for example: until T+2h")
            arguments["offset"] = value
        case _ if what not in _ORDERS:
            raise InputError(f"`{what}` is no order{cure(what, _ORDERS)}")
        case _ if value is not None:
            raise InputError(f"`{what}` takes no value; leave out `{value}`")
    if what not in ("step", "until"):
        return _show(asyncio.run(order(folder, what, arguments)), what, as_json)
    did = f"{what} {value or 1}"
    goes_on = f"no longer waiting for `{did}`; the exercise goes on with it"
    status = run_until_stopped(settled(folder, what, arguments, did), lambda: goes_on, lambda: None, lambda _: None)
    short = what == "until" and status["until"] is not None
    return _show(status, f"{did}, paused on the way" if short else did, as_json)


def _count(value: str | None) -> int:
    if value is None:
        return 1
    if not value.isdecimal() or len(value) > 5 or not 1 <= int(value) <= MOST_STEPS:
        raise InputError(f"`{value:.40}` is no number of steps; expected 1 to {MOST_STEPS}")
    return int(value)


def _show(status: dict[str, Any], did: str, as_json: bool) -> int:
    if as_json:
        document(status)
        return 0
    pace = "max" if status["pace"] is None else f"×{status['pace']:g}"
    state = "paused" if status["paused"] else f"running at {pace}"
    results().out(f"{did}: {status['offset']} ({status['time']}), {state}, {status['planned']} planned")
    if status["next"]:
        results().out(f"next at {status['next_offset']} ({status['next']})")
    else:
        results().out("nothing is planned any more")
    for party, why in sorted(status["away"].items()):
        results().out(f"{party} is {why}")
    for what in status["stopped"]:
        results().out(f"the {what} is stopped")
    for step in status.get("taken", ()):
        hang(results(), "  ", step)
    return 0

"""``i247sim notices``: the book of notices, diffusions, complaints and petitions of a run, finished or under way."""

import asyncio
from pathlib import Path
from typing import Any

from rich.text import Text

from i247sim.audit.log import DAMAGED
from i247sim.cli.screen import document, hang, printable, results
from i247sim.cli.signs import clocked
from i247sim.exercise import reading
from i247sim.exercise.aftermath import databases_after
from i247sim.exercise.durations import format_clock
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.loader import load
from i247sim.exercise.lookup import extracts
from i247sim.exercise.notice_book import Family, book
from i247sim.exercise.scenario import NOTICE
from i247sim.exercise.steering import is_running, order
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError
from i247sim.vocabulary.times import from_text, to_text

_INDENT = 14


def show(folder: Path, name: str | None, public: bool, as_json: bool) -> int:
    """Print the book, one matter with its history, or what the public is shown.

    Raises ``InputError``, ``EvidenceError``, ``NetworkFailed``.
    """
    if public and name is not None:
        raise InputError("`--public` shows all that the public is shown; leave out the name")
    told = _told(folder, public)
    if public:
        return _show_public(told["public"], as_json)
    told.pop("public", None)
    if name is not None:
        wanted = [one for one in told["matters"] if one["name"] == name]
        if not wanted:
            known = ", ".join(one["name"] for one in told["matters"]) or "none"
            raise InputError(f"no matter `{name}` in this run; there are {known}")
        told = {**told, "matters": wanted}
    if as_json:
        document(told)
        return 0
    _print(told)
    return 0


def _show_public(found: list[dict[str, Any]], as_json: bool) -> int:
    screen = results()
    if as_json:
        document({"notices": found})
        return 0
    screen.print(Text(NOTICE, "italic"))
    for one in found:
        screen.print()
        for key, value in one.items():
            shown = ", ".join(value) if isinstance(value, list) else str(value)
            if shown:
                hang(screen, key, printable(shown), _INDENT + 8)
    if not found:
        screen.print("the public is shown nothing: no published notice asks for an extract")
    return 0


def _told(folder: Path, public: bool) -> dict[str, Any]:
    """Start of the exercise and matters, as JSON types; what the public is shown, if that is asked for."""
    if is_running(folder):
        return asyncio.run(order(folder, "notices", {}))
    run = RunFolder.finished(folder)
    try:
        entries = list(reading.log_entries(run))
        start = load(run.scenario).start
        found = book(entries, reading.journal_lines(run, len(entries)))
    except (FormatError, KeyError, TypeError, ValueError, *DAMAGED) as error:
        raise EvidenceError(f"`{folder}` is damaged: {error}") from error
    told: dict[str, Any] = {"start": to_text(start), "matters": [one.plain() for one in found]}
    # The folder holds no contents: they are written once more by the same cores.
    return told | {"public": extracts(databases_after(folder))} if public else told


def _print(told: dict[str, Any]) -> None:
    screen = results()
    screen.print(Text(NOTICE, "italic"))
    start = from_text(told["start"])
    for family in Family:
        matters = [one for one in told["matters"] if one["family"] == family]
        if not matters:
            continue
        screen.print()
        screen.print(Text(f"{family.capitalize()}s", "bold"))
        for one in matters:
            about = " ".join(part for part in (one["owner"], one["type"]) if part)
            reason = f" ({printable(one['reason'])})" if one["reason"] else ""
            hang(screen, Text(one["name"], "bold"), Text(f"{about}: {one['state']}{reason}"), _INDENT)
            for page in one["history"]:
                offset = format_clock(from_text(page["time"]) - start)
                by = f"{page['message']}" if "message" in page else page["by"]
                hang(screen, f"  {offset}", f"{by} {printable(clocked(page['what'], start))}", _INDENT + 4)
    if not told["matters"]:
        screen.print("no request, notice, diffusion, complaint or petition so far")

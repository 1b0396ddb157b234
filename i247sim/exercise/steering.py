"""Steering a running exercise from outside: injects, pause, step, pace. One Unix socket, for its owner alone.

The socket's place stands in ``work/steering.json`` of the run folder while the exercise runs.
"""

import contextlib
import json
import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from shlex import quote
from typing import Any

from pydantic import ValidationError

from i247sim.clock.pace import parse_pace
from i247sim.exercise import reading
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.durations import MAX_DURATION, format_offset, parse_offset
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.loader import load_step
from i247sim.exercise.lookup import Place, answer, extracts, registers
from i247sim.exercise.notice_book import book
from i247sim.exercise.shelf import described
from i247sim.transport.control import AnsweringServer, NobodyThere, ask_once
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError
from i247sim.vocabulary.parties import SECRETARIAT
from i247sim.vocabulary.queries import Query
from i247sim.vocabulary.times import TICK, to_text

FILE = "steering.json"
MOST_STEPS = 10_000
"""At once."""
_PREFIX = "i247-steer-"


class NotRunning(InputError):
    """No exercise takes orders there."""


class Steering:
    """Takes orders for one conductor while it plays."""

    def __init__(self, conductor: Conductor, work: Path) -> None:
        self._conductor = conductor
        self._file = work / FILE
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))  # made with mode 0700; a socket's name must be short
        self._server = AnsweringServer(self._folder / "steer", self.command)

    async def start(self) -> None:
        """Listen, and leave word where; what a killed predecessor left is cleared away."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            left = Path(json.loads(self._file.read_text(encoding="utf-8"))["socket"]).parent
            if left.name.startswith(_PREFIX) and left.parent == self._folder.parent:
                shutil.rmtree(left)
        await self._server.start()
        self._file.write_text(json.dumps({"socket": str(self._folder / "steer")}), encoding="utf-8")

    async def close(self) -> None:
        """Hang up."""
        await self._server.close()
        self._file.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def command(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order and say where the exercise stands. Raises ``InputError``.

        ``inject`` {step, wait}: one verb as YAML or JSON text, ``wait`` seconds from now. ``shelf`` {name, wait}: the
        answer names its steps as they are cast (``taken``).
        ``pause``, ``resume``, ``step`` {count}, ``pace`` {factor}, ``until`` {offset}, ``status``. The answer comes
        at once, also where something has only begun: then it says so (``left``, ``until``, ``busy``).
        ``query`` {viewer, query, record}: what the databases hold (``lookup``), instead of where it stands.
        ``notices``: the book (``notice_book``).
        """
        conductor, pace = self._conductor, self._conductor.pace
        match name:
            case "inject":
                at = conductor.clock - conductor.scenario.start + max(_wait(arguments), TICK)
                conductor.inject(load_step(_text(arguments, "step"), conductor.scenario, max(at, timedelta())))
            case "shelf":
                taken = conductor.take(_text(arguments, "name"), _wait(arguments))
                return self._status() | {"taken": [described(step) for step in taken]}
            case "pause":
                pace.pause()
            case "resume":
                pace.resume()
            case "step":
                if conductor.idle:
                    raise InputError("nothing is planned any more: there is no next event")
                count = _whole(arguments, "count", 1, MOST_STEPS)
                conductor.pacing.step(count)
            case "pace":
                try:
                    pace.set(parse_pace(_text(arguments, "factor")))
                except ValueError as error:
                    raise InputError(f"`{arguments['factor']}` is no pace; {error}") from error
            case "until":
                self._run_to(_text(arguments, "offset"))
            case "status":
                pass
            case "query":
                return self._look(arguments)
            case "notices":
                return self._notices()
            case _:
                known = "inject, pause, resume, step, pace, until, status, query or notices"
                raise InputError(f"`{name}` is no order; expected {known}")
        return self._status()

    def _run_to(self, text: str) -> None:
        conductor = self._conductor
        try:
            moment = conductor.scenario.start + parse_offset(text)
        except ValueError as error:
            raise InputError(f"`{text}`: {error}") from error
        if moment <= conductor.clock:
            reached = format_offset(conductor.clock - conductor.scenario.start)
            raise InputError(f"`{text}` is over: the clock stands at {reached}")
        conductor.pacing.run_to(moment)

    def _notices(self) -> dict[str, Any]:
        conductor = self._conductor
        found = book(conductor.entries, map(json.loads, conductor.site.store.journal_lines()))
        place = Place.of(conductor.network.cast[SECRETARIAT], conductor.clock)
        return {
            "start": to_text(conductor.scenario.start),
            "matters": [one.plain() for one in found],
            "public": extracts(place),
        }

    def _look(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """A look into the databases as they stand, which changes nothing and is no part of the story."""
        conductor = self._conductor
        place = Place.of(conductor.network.cast[SECRETARIAT], conductor.clock)
        if arguments.get("query") is None:
            return registers(place, _optional(arguments, "record"))
        try:
            query = Query.model_validate(arguments["query"])
        except ValidationError as error:
            raise InputError(f"that is no query: {error.errors()[0]['msg']}") from error
        return answer(place, _optional(arguments, "viewer"), query).plain()

    def _status(self) -> dict[str, Any]:
        conductor, pace, scenario = self._conductor, self._conductor.pace, self._conductor.scenario
        # An inject counts from the moment when it is given, though it is planned only between two causes.
        given = [scenario.start + step.at for step in conductor.live if step.at is not None]
        due = conductor.agenda.next()
        times = [] if conductor.idle else [*given, *([due.time] if due is not None else [])]
        following = min(times, default=None)
        offset, until = conductor.clock - scenario.start, conductor.pacing.run_until
        return {
            "offset": _since_start(offset),
            "time": to_text(conductor.clock),
            "paused": pace.paused,
            "pace": pace.factor,
            "released": conductor.released,
            "left": conductor.pacing.steps_allowed,
            "until": None if until is None else _since_start(until - scenario.start),
            "busy": conductor.busy,
            "planned": 0 if following is None else conductor.agenda.left() + len(given),
            "next": None if following is None else to_text(following),
            "next_offset": None if following is None else _since_start(following - scenario.start),
            "away": dict(conductor.away),
            "stopped": sorted(conductor.stopped),
        }


def _text(arguments: dict[str, Any], name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str):
        raise InputError(f"expected `{name}` as text")
    return value


def _optional(arguments: dict[str, Any], name: str) -> str | None:
    return None if arguments.get(name) is None else _text(arguments, name)


def _whole(arguments: dict[str, Any], name: str, least: int, most: int) -> int:
    value = arguments.get(name)
    if type(value) is not int or not least <= value <= most:
        raise InputError(f"expected `{name}` as a number from {least} to {most}")
    return value


def _wait(arguments: dict[str, Any]) -> timedelta:
    return timedelta(seconds=_whole(arguments, "wait", 0, int(MAX_DURATION.total_seconds())))


def is_running(run_folder: Path) -> bool:
    """Whether an exercise runs in ``run_folder`` and takes orders; ``False`` if none is under way there.

    Raises ``InputError`` for one that was stopped or killed.
    """
    work = RunFolder(run_folder).work
    if (work / FILE).exists():
        return True
    if work.exists():
        raise InputError(
            f"`{run_folder}` is neither finished nor running; to go on: i247sim run --resume {quote(str(run_folder))}"
        )
    return False


async def order(run_folder: Path, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Give an order to the exercise that runs in ``run_folder``; returns where it stands.

    Raises ``InputError`` (``NotRunning``) if none runs there or the order is wrong, ``NetworkFailed`` if it does not
    answer.
    """
    socket = _socket(run_folder)
    try:
        return await ask_once(socket, name, arguments)
    except NobodyThere as error:
        raise NotRunning(f"no exercise is running in `{run_folder}`: it was stopped or killed") from error


def _socket(run_folder: Path) -> Path:
    """Where the exercise in ``run_folder`` takes orders.

    The folder may be anybody's: what it says is read with a bound, and a socket of somebody else is none of ours.
    Raises ``InputError``.
    """
    try:
        folder = RunFolder.open(run_folder)
        found = reading.settings(folder, folder.work / FILE)
        socket = Path(str(found["socket"]))
        ours = not socket.exists() or socket.stat().st_uid == os.getuid()
    except (OSError, ValueError, KeyError, EvidenceError, FormatError) as error:
        raise NotRunning(f"no exercise is running in `{run_folder}`") from error
    if not ours:
        raise InputError(f"`{socket}` belongs to somebody else: an exercise of yours is not behind it")
    return socket


def _since_start(offset: timedelta) -> str:
    """As an offset on the exercise clock; what lies before the start counts as the start."""
    return format_offset(max(offset, timedelta()))

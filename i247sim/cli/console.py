"""``i247sim console``: an exercise in the browser, from its beginning or after its end."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shlex import quote
from typing import Any

from rich.console import Console
from rich.text import Text

from i247sim.cli.pace import read_pace
from i247sim.cli.screen import hang, printable, results, talk
from i247sim.cli.stopping import run_until_stopped
from i247sim.cli.watch import Watcher
from i247sim.console.app import application
from i247sim.console.house import House
from i247sim.console.serve import is_loopback, listen, place_of, serving
from i247sim.console.sessions import Sessions
from i247sim.exercise import catalogue
from i247sim.exercise.attached import AttachedPort, hold_open
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.finished import FinishedPort
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium
from i247sim.exercise.port import Role, Who
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session
from i247sim.security.tls import browser_context, root_pem
from i247sim.vocabulary.errors import I247Error, InputError
from i247sim.vocabulary.parties import FIXED

ENDED = 4410
"""A socket's close code: the exercise has ended, and its pages go on from the finished folder."""
CLOSED = 4411
"""A socket's close code: the exercise has ended, and its console with it."""


@dataclass(frozen=True)
class Desk:
    """How the console is reached, and who gets a token at the start."""

    host: str = "127.0.0.1"
    port: int | None = None
    seats: tuple[str, ...] = ()
    others: bool = True
    """Whether evaluator and wall get tokens too."""


def open_console(
    what: str, desk: Desk, pace: str, seed: int | None, out: Path | None, in_process: bool, keep_keys: bool
) -> int:
    """Open the exercise that ``what`` names: a scenario, or the folder of a finished run.

    Raises ``InputError``, ``NetworkFailed``, ``EvidenceError``, ``Stopped``.
    """
    folder = Path(what)
    if folder.is_dir():
        return _run(_show(FinishedPort(folder), desk))
    medium = Medium.MEMORY if in_process else Medium.EMBEDDED
    options = Options(catalogue.find(what), seed, read_pace(pace), medium, out=out, keep_keys=keep_keys, paused=True)
    known = [party for party in load(options.scenario).parties() if party not in FIXED]
    for seat in desk.seats:
        if seat not in known:
            raise InputError(f"`--seat {seat}`: there is no such desk; there are {', '.join(known)}")
    listening = listen(desk.host, desk.port)
    try:
        watcher = Watcher(talk())
        session = Session.create(options, watcher.watch)
        watcher.announce(session)
        return _run(conduct(session, watcher, desk, listening), session)
    finally:
        listening.close()


def _run(work: Coroutine[None, None, int], session: Session | None = None) -> int:
    def last_words() -> str:
        if session is not None and session.folder.unfinished.is_file():
            return f"the console is closed; to go on: i247sim run --resume {quote(str(session.folder.path))} --console"
        return "the console is closed"

    return run_until_stopped(work, last_words, lambda: None, lambda _: None)


async def conduct(session: Session, watcher: Watcher, desk: Desk, listening: socket.socket) -> int:
    """Play the exercise with the console open; afterwards show its folder until somebody stops it."""
    screen = results()
    async with _opened(session, watcher, desk, listening, screen, again=False, for_people=True) as (house, playing):
        finished = await playing
        house.attach(FinishedPort(session.folder.path))
        house.live.dismiss_all(ENDED)
        _over(screen, finished)
        await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def run_beside(session: Session, watcher: Watcher, again: bool) -> Finished:
    """Run the exercise as ``run`` does, with the console open as long as it lasts. Raises as ``Session.run``."""
    desk = Desk(others=False)
    listening = listen(desk.host, desk.port)
    try:
        async with _opened(session, watcher, desk, listening, talk(), again, for_people=False) as (house, playing):
            finished = await playing
            house.live.dismiss_all(CLOSED)
            return finished
    finally:
        listening.close()


@contextlib.asynccontextmanager
async def _opened(
    session: Session,
    watcher: Watcher,
    desk: Desk,
    listening: socket.socket,
    screen: Console,
    again: bool,
    for_people: bool,
) -> AsyncIterator[tuple[House, asyncio.Task[Finished]]]:
    """The exercise under way, and its console open. ``for_people``: it does not end by itself."""
    begun: asyncio.Future[AttachedPort] = asyncio.get_running_loop().create_future()

    def prepare(conductor: Conductor) -> None:
        if for_people:
            hold_open(conductor)
        begun.set_result(AttachedPort(conductor, session.settings["scenario"]))

    watcher.watch.begun = prepare
    playing = asyncio.create_task(session.run(again))
    try:
        both: list[asyncio.Future[Any]] = [begun, playing]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not begun.done():
            await playing  # it could not begin: say why
        port = begun.result()
        authority = port.conductor.enrolled.authority
        tls = None if is_loopback(desk.host) else browser_context(*authority.server_tls([desk.host]))
        place = place_of(desk.host, listening, tls is not None, session.settings["run"])
        house = House(port, session.scenario, place, Sessions())
        house.trouble = watcher.watch.trouble
        async with serving(application(house), listening, tls):
            _announce(screen, house, desk, port.conductor, session.folder.path)
            frames = asyncio.create_task(house.live.run())
            playing.add_done_callback(lambda _: port.end())
            try:
                yield house, playing
            finally:
                frames.cancel()
                await house.foresight.close()
                with contextlib.suppress(asyncio.CancelledError, I247Error):
                    await frames
    finally:
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError, I247Error):
            await playing


async def _show(port: FinishedPort, desk: Desk) -> int:
    """Show a finished run until somebody stops it."""
    if not is_loopback(desk.host):
        raise InputError(
            "a finished run has no keys any more, so it is shown on this machine alone; leave out `--bind`"
        )
    listening = listen(desk.host, desk.port)
    run = port.glance().run
    house = House(port, port.scenario, place_of(desk.host, listening, False, run), Sessions())
    house.trouble = lambda text: talk().print(Text(printable(text)), soft_wrap=True)
    screen = results()
    async with serving(application(house), listening, None):
        _tokens(screen, house, desk, f"finished run {run}, read-only")
        await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


def _announce(screen: Console, house: House, desk: Desk, conductor: Conductor, folder: Path) -> None:
    paused = conductor.pace.paused
    _tokens(screen, house, desk, "paused at T+0; start the clock in the browser" if paused else "running")
    if house.place.tls:
        root = conductor.enrolled.authority.root
        file = folder / "work" / "console-root.pem"
        file.write_bytes(root_pem(root))
        marks = sha256(root).digest().hex(":").upper()
        hang(
            screen, Text("trust", "dim"), f"give every trainee's browser this authority, for this exercise: {file}", 12
        )
        hang(screen, Text("", "dim"), f"its SHA-256 fingerprint, to be compared on import: {marks}", 12)


def _tokens(screen: Console, house: House, desk: Desk, state: str) -> None:
    scheme = "https" if house.place.tls else "http"
    name = f"[{desk.host}]" if ":" in desk.host else desk.host
    host = next((one for one in house.place.hosts if one.startswith(f"{name}:")), sorted(house.place.hosts)[0])
    hang(screen, Text("console", "bold"), f"{scheme}://{host}/  ({state})", 12)
    hang(screen, Text("instructor", "dim"), house.admit(Who(Role.INSTRUCTOR)), 12)
    if desk.others:
        hang(screen, Text("evaluator", "dim"), house.admit(Who(Role.EVALUATOR)), 12)
        hang(screen, Text("wall", "dim"), house.admit(Who(Role.OBSERVER)), 12)
    for seat in desk.seats:
        hang(screen, Text(f"seat {seat}", "dim"), house.admit(Who(Role.SEAT, seat)), 12)
    screen.print(Text("Tokens are shown this once and typed into the form, never into an address. Ctrl-C ends.", "dim"))


def _over(screen: Console, finished: Finished) -> None:
    met = sum(result.passed for result in finished.results)
    verdict = "passed" if finished.passed else "NOT passed"
    text = f"ended, {verdict}: {met} of {len(finished.results)} expectations met"
    hang(screen, Text("exercise", "bold"), text, 12)
    hang(screen, Text("code", "dim"), finished.code, 12)
    hang(screen, Text("folder", "dim"), str(finished.folder), 12)
    screen.print(Text("The console goes on showing it, read-only, until Ctrl-C.", "dim"))

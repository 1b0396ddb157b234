"""``i247sim run``: conduct an exercise from a scenario to its closed run folder, or take up one that was stopped."""

import asyncio
import json
import os
import signal
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from shlex import quote

from i247sim.cli import summary
from i247sim.cli.exits import DEBUG, FAILED, Stopped
from i247sim.cli.pace import read_pace
from i247sim.cli.screen import results, talk
from i247sim.cli.signs import clock
from i247sim.cli.watch import Watcher
from i247sim.exercise import catalogue
from i247sim.exercise.assembly import Medium
from i247sim.exercise.durations import parse_offset
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.report import Finished, report
from i247sim.exercise.session import Options, Session
from i247sim.exercise.settings import read_injects, records_of, require_records
from i247sim.vocabulary.errors import InputError, NetworkFailed

_GRACE_SECONDS = 3.0
"""How long a stopped run may tidy up before it is told again."""


@dataclass(frozen=True)
class Again:
    """A finished run that is to happen again, and up to where."""

    folder: Path
    fork_at: str | None


@dataclass(frozen=True)
class Elsewhere:
    """What of the network somebody else runs."""

    broker: str | None = None
    keys: Path | None = None
    hub: Path | None = None

    def apply(self, options: Options) -> Options:
        """``options`` with it. Raises ``InputError`` for what does not go together."""
        if self == Elsewhere():
            return options
        if options.medium is Medium.MEMORY:
            raise InputError("with `--in-process` there is no broker; leave out `--broker`, `--keys` and `--hub-apart`")
        if (self.broker is None) != (self.keys is None):
            raise InputError("`--broker` goes with `--keys DIR`, the folder that `i247sim broker` made for it")
        if self.broker is None:
            return replace(options, hub_apart=self.hub)
        if options.port is not None:
            raise InputError("the port of an external broker stands in its address; leave out `--port`")
        return replace(options, medium=Medium.EXTERNAL, broker=self.broker, keys=self.keys, hub_apart=self.hub)


@dataclass(frozen=True)
class Pack:
    """A surprise pack, as it was asked for."""

    level: str | None
    theme: str | None
    seed: int | None

    def apply(self, options: Options) -> Options:
        """``options`` with it. Raises ``InputError``."""
        from i247sim.cli.surprise import surprised

        if self.level is None:
            raise InputError("`--theme` and `--surprise-seed` go with `--surprise easy|medium|hard`")
        return surprised(options, self.level, self.theme, self.seed)


def begin(
    scenario: str | None,
    pace: str,
    seed: int | None,
    out: Path | None,
    in_process: bool,
    port: int | None,
    qos: int,
    keep_keys: bool,
    as_json: bool,
    again: Again | None = None,
    paused: bool = False,
    elsewhere: Elsewhere = Elsewhere(),
    records: Path | None = None,
    console: bool = False,
    pack: Pack | None = None,
) -> int:
    """Run ``scenario`` (a name or a path), or ``again`` one that is finished.

    Raises ``InputError``, ``NetworkFailed``, ``Stopped``.
    """
    if again is None and scenario is None:
        raise InputError("which scenario? `i247sim scenarios` lists them")
    if in_process and (port is not None or qos):
        raise InputError("with `--in-process` there is no broker; leave out `--port` and `--qos`")
    medium = Medium.MEMORY if in_process else Medium.EMBEDDED
    factor = read_pace(pace)
    if again is None:
        assert scenario is not None
        options = Options(catalogue.find(scenario), seed, factor, medium, port, qos, out, keep_keys, paused=paused)
    else:
        if scenario is not None or seed is not None:
            raise InputError("`--replay` takes scenario and seed from the run; leave them out")
        options = _again(again, Options(Path(), seed, factor, medium, port, qos, out, keep_keys, paused=paused))
    if again is not None:
        require_records(records_of(again.folder), records)
    options = replace(elsewhere.apply(options), records=records)
    if pack is not None:
        if again is not None:
            raise InputError("a replay has the surprises that the run had; leave out `--surprise`")
        options = pack.apply(options)
    watcher = Watcher(talk())
    return _conduct(Session.create(options, watcher.watch), watcher, False, as_json, console)


def _again(again: Again, options: Options) -> Options:
    """``options`` with scenario, seed and injects of the run that is to happen again."""
    name, seed, injects = read_injects(again.folder)
    hurry: timedelta | None = None
    if again.fork_at is not None:
        try:
            hurry = parse_offset(again.fork_at)
        except ValueError as error:
            raise InputError(f"`--fork-at`: {error}") from error
        injects = tuple((after, step) for after, step in injects if step.at is None or step.at <= hurry)
    scenario = RunFolder.open(again.folder).scenario
    return replace(options, scenario=scenario, name=name, seed=seed, injects=injects, hurry=hurry)


def go_on(folder: Path, pace: str, fixed: list[str], as_json: bool, console: bool = False) -> int:
    """Take up the run in ``folder``. ``fixed``: options that were given and cannot change any more.

    Raises ``InputError``, ``NetworkFailed``, ``Stopped``.
    """
    if fixed:
        raise InputError(f"a run goes on as it began; leave out {', '.join(f'`{one}`' for one in fixed)}")
    factor = read_pace(pace)
    watcher = Watcher(talk())
    session = Session.resume(folder, watcher.watch)
    session.pace.set(factor)
    return _conduct(session, watcher, True, as_json, console)


def _conduct(session: Session, watcher: Watcher, again: bool, as_json: bool, console: bool) -> int:
    watcher.announce(session)
    stopped: list[signal.Signals] = []
    try:
        with watcher:
            finished = asyncio.run(_until_stopped(session, again, watcher, stopped, console))
    except (KeyboardInterrupt, asyncio.CancelledError):
        number = stopped[0] if stopped else signal.SIGINT
        raise Stopped(number, f"stopped at {clock(watcher.reached)}{_how_to_go_on(session.folder.path)}") from None
    except (InputError, NetworkFailed) as error:
        # Bad input is found here as well: a port that is taken.
        raise type(error)(f"{error}{_how_to_go_on(session.folder.path)}") from error
    screen = results()
    if as_json:
        screen.out(json.dumps(report(finished), indent=1, ensure_ascii=False))
    else:
        summary.show(screen, finished)
    return 0 if finished.passed else FAILED


async def _until_stopped(
    session: Session, again: bool, watcher: Watcher, stopped: list[signal.Signals], console: bool
) -> Finished:
    """Run; Ctrl-C, SIGTERM and a closed terminal stop it in order: a second time at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def stop(number: signal.Signals) -> None:
        stopped.append(number)
        watcher.hush()
        task.cancel()
        # A cancellation can be swallowed (`asyncio.wait_for` of Python 3.11 does, when both come together).
        loop.call_later(_GRACE_SECONDS, stop, number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
    if DEBUG not in os.environ:
        # A connection that broke while nobody waited for it any more is no news, and no traceback.
        loop.set_exception_handler(lambda _, context: watcher.watch.trouble(str(context["message"])))
    try:
        if console:
            from i247sim.cli.console import run_beside  # only here is the web needed

            return await run_beside(session, watcher, again)
        return await session.run(again)
    finally:
        watcher.hush()


def _how_to_go_on(folder: Path) -> str:
    if RunFolder(folder).unfinished.is_file():
        return f"; to go on: i247sim run --resume {quote(str(folder))}"
    return f"; the run folder is `{folder}`" if folder.exists() else ""

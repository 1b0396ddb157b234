"""``i247sim run``: conduct an exercise from a scenario to its closed run folder, or take up one that was stopped."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from shlex import quote

from i247sim.cli import summary
from i247sim.cli.exits import FAILED, failing_world
from i247sim.cli.pace import read_pace
from i247sim.cli.screen import document, results, talk
from i247sim.cli.stopping import run_until_stopped
from i247sim.cli.watch import Watcher
from i247sim.exercise import catalogue
from i247sim.exercise.durations import format_clock, parse_offset
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished, report
from i247sim.exercise.session import Options, RunningAlready, Session
from i247sim.exercise.settings import read_injects, records_of, require_records
from i247sim.vocabulary.errors import InputError, NetworkFailed


@dataclass(frozen=True)
class Again:
    """A finished run that is to happen again, and up to where."""

    folder: Path
    fork_at: str | None

    def apply(self, options: Options) -> Options:
        """``options`` with scenario, seed and injects of that run. Raises ``InputError``."""
        name, seed, injects = read_injects(self.folder)
        hurry: timedelta | None = None
        if self.fork_at is not None:
            try:
                hurry = parse_offset(self.fork_at)
            except ValueError as error:
                raise InputError(f"`--fork-at` is `{self.fork_at}`; {error}") from error
            injects = tuple((after, step) for after, step in injects if step.at is None or step.at <= hurry)
        scenario = RunFolder.open(self.folder).scenario
        return replace(options, scenario=scenario, name=name, seed=seed, injects=injects, hurry=hurry)


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


@dataclass(frozen=True)
class Wanted:
    """A run, as it was asked for on the command line: ``scenario`` (a name or a path), or ``again`` one that is
    finished."""

    scenario: str | None
    pace: str
    seed: int | None
    out: Path | None
    in_process: bool
    port: int | None
    qos: int
    keep_keys: bool
    paused: bool
    records: Path | None
    again: Again | None
    elsewhere: Elsewhere
    pack: Pack | None

    def options(self) -> Options:
        """The same for a session. Raises ``InputError`` for what does not go together."""
        if self.again is None and self.scenario is None:
            raise InputError("which scenario? `i247sim scenarios` lists them")
        if self.in_process and (self.port is not None or self.qos):
            raise InputError("with `--in-process` there is no broker; leave out `--port` and `--qos`")
        factor = read_pace(self.pace)
        if self.again is not None and (self.scenario is not None or self.seed is not None):
            raise InputError("`--replay` takes scenario and seed from the run; leave them out")
        plain = Options(
            catalogue.find(self.scenario) if self.scenario is not None else Path(),
            self.seed,
            factor,
            Medium.MEMORY if self.in_process else Medium.EMBEDDED,
            self.port,
            self.qos,
            self.out,
            self.keep_keys,
            paused=self.paused,
        )
        if self.again is not None:
            plain = self.again.apply(plain)
            require_records(records_of(self.again.folder), self.records)
        options = replace(self.elsewhere.apply(plain), records=self.records)
        if self.pack is None:
            return options
        if self.again is not None:
            raise InputError("a replay has the surprises that the run had; leave out `--surprise`")
        return self.pack.apply(options)


def begin(wanted: Wanted, as_json: bool, console: bool) -> int:
    """Run it from its beginning to its end. Raises ``InputError``, ``NetworkFailed``, ``Stopped``."""
    options = wanted.options()
    watcher = Watcher(talk())
    return _conduct(Session.create(options, watcher.watch), watcher, False, as_json, console)


def go_on(folder: Path, pace: str, as_json: bool, console: bool = False) -> int:
    """Take up the run in ``folder``. Raises ``InputError``, ``NetworkFailed``, ``Stopped``."""
    factor = read_pace(pace)
    watcher = Watcher(talk())
    session = Session.resume(folder, watcher.watch)
    session.pace.set(factor)
    return _conduct(session, watcher, True, as_json, console)


def _conduct(session: Session, watcher: Watcher, again: bool, as_json: bool, console: bool) -> int:
    watcher.announce(session)
    folder = session.folder.path
    try:
        with watcher:
            finished = run_until_stopped(
                _played(session, again, watcher, console),
                lambda: f"stopped at {format_clock(watcher.reached)}{_how_to_go_on(folder)}",
                watcher.hush,
                watcher.watch.trouble,
            )
    except RunningAlready:
        raise
    except (InputError, NetworkFailed) as error:
        # Bad input is found here as well: a port that is taken.
        raise type(error)(f"{error}{_how_to_go_on(folder)}") from error
    except (OSError, sqlite3.Error) as error:
        raise NetworkFailed(f"{failing_world(error)}{_how_to_go_on(folder)}") from error
    screen = results()
    if as_json:
        document(report(finished))
    else:
        summary.show(screen, finished)
    return 0 if finished.passed else FAILED


async def _played(session: Session, again: bool, watcher: Watcher, console: bool) -> Finished:
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

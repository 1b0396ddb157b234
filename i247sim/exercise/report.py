"""The result of a run: as a value, and as the data that ``report.json`` and ``run --json`` hold."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from i247sim.exercise import observe
from i247sim.exercise.access import Cell, Completeness, Sign
from i247sim.exercise.case_file import CaseLine, case_file, remarks
from i247sim.exercise.claims import Expectation
from i247sim.exercise.conditions import Passed, milestones
from i247sim.exercise.expectations import Result, evaluate
from i247sim.exercise.observe import Sent
from i247sim.exercise.scenario import NOTICE, Scenario
from i247sim.exercise.scoreboard import Trial, as_data, scoreboard
from i247sim.exercise.transcript import Transcript
from i247sim.policy.rulebook import Rule
from i247sim.vocabulary.entries import Entry
from i247sim.vocabulary.times import to_text


@dataclass(frozen=True, repr=False)
class Witnessed:
    """What only the run itself could see; afterwards its report tells it."""

    run: str
    name: str
    """The scenario's."""
    seed: int
    folder: Path
    cells: list[Cell]
    parties: list[str]
    probes: dict[str, bool]
    """Party to whether the broker kept from it what is handed to others: refused, or granted and delivered nothing."""
    mended: list[str]
    """What was still broken when everything else was over, and was mended then."""
    left: list[str]
    """What is still broken, on purpose or for good."""
    code: str
    """The evidence code."""
    cosigned: int
    """How many parties have cosigned the last checkpoint."""
    broken: str
    """Why the hub's log does not hold; empty if it does."""


@dataclass(frozen=True, repr=False)
class Finished(Witnessed):
    """A finished run: everything that the report says. What is added here follows from its journal and log.

    Without a ``repr``: it would be as long as the run, and asyncio's ``run`` makes one of what it returns.
    """

    scenario: Scenario
    results: list[Result]
    milestones: list[Passed]
    transcript: Transcript
    completeness: Completeness
    alarms: list[str]
    entries: int
    """How many entries the log has."""
    trials: list[Trial]
    """What adversaries tried, and who met it."""
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


def judged(
    witnessed: Witnessed,
    scenario: Scenario,
    live: list[Expectation],
    sent: list[Sent],
    entries: list[Entry],
    journal: list[dict[str, Any]],
    rules: Mapping[str, Rule],
) -> Finished:
    """The run, judged by its journal and its log: at its end, and whenever somebody looks again.

    ``live``: what is expected beside the scenario's own expectations. ``rules``: those in force, by id.
    """
    transcript = observe.transcript(sent, entries, observe.appeals(journal))
    return Finished(
        **vars(witnessed),
        scenario=scenario,
        results=evaluate(scenario, transcript, live),
        milestones=milestones(scenario.milestones, sent, observe.ways(entries)),
        transcript=transcript,
        completeness=Completeness.of(witnessed.cells),
        alarms=[
            f"{line['time']} {line['party']}: {line['text']}"
            for line in journal
            if line["event"] == "alarm" or line.get("alarm")
        ],
        entries=len(entries),
        trials=scoreboard(journal, entries),
        case_file=case_file(transcript, remarks(journal), rules),
    )


def told_control(transcript: Transcript) -> list[dict[str, str]]:
    """What desks told exercise control, for ``report.json``."""
    return [
        {
            "time": to_text(row.time),
            "from": row.party,
            "silent": row.silent,
            "asked": row.asked,
            "since": to_text(row.since),
        }
        for row in transcript.appeals()
    ]


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
        "access": [cell.plain() for cell in outcome.cells if cell.sign is not Sign.NOT_ADDRESSED or cell.alarm],
        "probes": outcome.probes,
        "defence": as_data(outcome.trials),
        "appeals": told_control(outcome.transcript),
        "alarms": outcome.alarms,
        "faults_mended_at_the_end": outcome.mended,
        "faults_left": outcome.left,
        "log": {"entries": outcome.entries, "cosigned_by": outcome.cosigned},
        "evidence_code": outcome.code,
        "folder": str(outcome.folder),
    }

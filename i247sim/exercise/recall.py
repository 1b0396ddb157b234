"""The result of a finished run once more, from its folder: what ``run`` said at its end.

What was judged then is judged again from journal and log; what only the run itself could see (what the broker refused,
what keys opened, what was mended) is its report's word. The folder is verified first, so the two agree.
"""

from pathlib import Path
from typing import Any

from i247sim.audit.log import DAMAGED
from i247sim.exercise import reading
from i247sim.exercise.access import Cell, Sign
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.loader import load
from i247sim.exercise.report import Finished, Witnessed, judged
from i247sim.exercise.settings import read_injects
from i247sim.exercise.verify import verify
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import EvidenceError, FormatError


def recall(path: Path) -> Finished:
    """The result of the finished run in ``path``, which may come from anybody.

    Raises ``InputError`` if it is no folder of a finished run, ``EvidenceError`` with the first thing that is wrong
    with it. Where a hub was captured, that the log does not hold is part of the result.
    """
    folder = RunFolder.finished(path)
    folder.check_manifest(lambda signed: None)
    wrong = _wrong(path)
    try:
        found = _recall(folder, str(wrong or ""))
    except (FormatError, KeyError, TypeError, AttributeError, ValueError, *DAMAGED) as error:
        raise EvidenceError(f"`{path}` is damaged: {error}; check it with `i247sim verify`") from error
    if wrong is not None and not any(trial.verb == "capture_hub" for trial in found.trials):
        raise wrong
    return found


def _wrong(path: Path) -> EvidenceError | None:
    try:
        verify(path)
    except EvidenceError as error:
        return error
    return None


def _recall(folder: RunFolder, broken: str) -> Finished:
    scenario = load(folder.scenario)
    name, seed, injected = read_injects(folder.path)
    entries = list(reading.log_entries(folder))
    told = reading.report(folder, len(entries))
    journal = list(reading.journal_lines(folder, len(entries)))
    sent = reading.journal(folder, len(entries))
    # A live inject that was left out again has no expectation any more.
    still = [one["says"] for one in told["expectations"][len(scenario.expect) :]]
    live = [step.expect for _, step in injected if step.expect is not None and step.expect.says in still]
    witnessed = Witnessed(
        run=told["run"],
        name=name,
        seed=seed,
        folder=folder.path,
        cells=_cells(told, [one.name for one in sent]),
        parties=told["parties"],
        probes=told["probes"],
        mended=told["faults_mended_at_the_end"],
        left=told["faults_left"],
        code=told["evidence_code"],
        cosigned=told["log"]["cosigned_by"],
        broken=broken,
    )
    return judged(witnessed, scenario, live, sent, entries, journal, reading.rules(folder).rules)


def _cells(told: dict[str, Any], messages: list[str]) -> list[Cell]:
    """The matrix in full: the report has no line for who was not addressed."""
    stated = {(one["message"], one["party"]): _cell(one) for one in told["access"]}
    pairs = [(name, party) for name in messages for party in told["parties"]]
    return [stated.get(pair) or Cell(*pair, Sign.NOT_ADDRESSED) for pair in pairs]


def _cell(plain: dict[str, Any]) -> Cell:
    """The inverse of ``Cell.plain``."""
    words = {"sign": Sign(plain["sign"]), "rules": tuple(plain.get("rules", ()))}
    words |= {key: kind(plain[key]) for key, kind in (("code", Code), ("acknowledged", Outcome)) if key in plain}
    return Cell(**plain | words)

"""What a finished run has left in the secretariat's databases: found by rehearsing it, live injects included.

The folder holds no contents of messages, so they are written once more by the same cores; the rehearsal's transcript
must then be the run's, line by line, and if it is not (a person wrote at a desk), that is said.
"""

from pathlib import Path

from i247sim.audit.log import DAMAGED
from i247sim.exercise import reading
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.loader import load
from i247sim.exercise.lookup import Place
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.settings import read_injects, records_of, require_records
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError
from i247sim.vocabulary.parties import SECRETARIAT


def databases_after(path: Path, records: Path | None = None) -> Place:
    """The databases as the finished run in ``path`` left them. ``records``: the record file that it had.

    Raises ``InputError``.
    """
    folder = RunFolder.finished(path)
    _, seed, injected = read_injects(path)
    holdings = require_records(records_of(path), records)
    scenario = load(folder.scenario)
    timeline = (*scenario.timeline, *(step for _, step in injected))
    scenario = scenario.model_copy(update={"seed": seed, "timeline": timeline})
    played = rehearse(scenario, Engine(Rulebook.load(scenario.rules)), holdings)
    try:
        told = reading.report(folder, sum(1 for _ in reading.log_entries(folder)))["transcript"]
    except (EvidenceError, FormatError, KeyError, *DAMAGED) as error:
        raise InputError(f"`{path}` is not the folder of a finished run: {error}") from error
    return Place.of(played.cast[SECRETARIAT], played.time, played.transcript.digest() == told)

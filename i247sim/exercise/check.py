"""Everything that is wrong with a scenario file: mistakes of form and reference, and what a rehearsal finds."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from i247sim.exercise.analysis import Weight, flaws
from i247sim.exercise.loader import locate
from i247sim.exercise.record_file import RecordFile
from i247sim.exercise.strict_yaml import Problem, Problems


@dataclass(frozen=True)
class Checked:
    """What was found, each in order of line."""

    file: str
    errors: tuple[Problem, ...]
    """The scenario cannot be run, or will not do what it says."""
    warnings: tuple[Problem, ...]
    """It will, but something in it is probably not meant."""


def check(path: Path, records: Path | None = None) -> Checked:
    """Look at the scenario in the file ``path``: read it, then rehearse it.

    ``records``: the file of records that it is to be played with. Raises ``InputError`` for a file that cannot be read.
    A file with mistakes is not rehearsed.
    """
    try:
        located = locate(path)
    except Problems as problems:
        return Checked(problems.file, problems.problems, ())
    with contextlib.ExitStack() as stack:
        holdings = None if records is None else stack.enter_context(contextlib.closing(RecordFile(records)))
        found = [(flaw.weight, located.problem(flaw.place, flaw.text)) for flaw in flaws(located.scenario, holdings)]
    return Checked(
        str(path),
        tuple(sorted(problem for weight, problem in found if weight is Weight.ERROR)),
        tuple(sorted(problem for weight, problem in found if weight is Weight.WARNING)),
    )

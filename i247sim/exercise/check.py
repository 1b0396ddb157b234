"""Everything that is wrong with a scenario file: mistakes of form and reference, and what a rehearsal finds."""

from dataclasses import dataclass
from pathlib import Path

from i247sim.exercise.analysis import Weight, flaws
from i247sim.exercise.loader import locate
from i247sim.exercise.strict_yaml import Problem, Problems


@dataclass(frozen=True)
class Checked:
    """What was found, each in order of line."""

    file: str
    errors: tuple[Problem, ...]
    """The scenario cannot be run, or will not do what it says."""
    warnings: tuple[Problem, ...]
    """It will, but something in it is probably not meant."""


def check(path: Path) -> Checked:
    """Look at the scenario in the file ``path``: read it, then rehearse it.

    Raises ``InputError`` for a file that cannot be read. A file with mistakes is not rehearsed.
    """
    try:
        located = locate(path)
    except Problems as problems:
        return Checked(problems.file, problems.problems, ())
    found = [(flaw.weight, located.problem(flaw.place, flaw.text)) for flaw in flaws(located.scenario)]
    return Checked(
        str(path),
        tuple(sorted(problem for weight, problem in found if weight is Weight.ERROR)),
        tuple(sorted(problem for weight, problem in found if weight is Weight.WARNING)),
    )

"""``i247sim report``: what ``run`` said at its end, once more."""

from pathlib import Path

from i247sim.cli import summary
from i247sim.cli.screen import document, results
from i247sim.exercise.recall import recall
from i247sim.exercise.report import report


def show(folder: Path, as_json: bool) -> int:
    """Print the result of the finished run in ``folder``. Raises ``InputError``, ``EvidenceError``."""
    finished = recall(folder)
    screen = results()
    if as_json:
        document(report(finished))
    else:
        summary.show(screen, finished)
    return 0

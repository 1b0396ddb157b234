"""``i247sim report``: what ``run`` said at its end, once more."""

import json
from pathlib import Path

from i247sim.cli import summary
from i247sim.cli.screen import results
from i247sim.exercise.recall import recall
from i247sim.exercise.report import report


def show(folder: Path, as_json: bool) -> int:
    """Print the result of the finished run in ``folder``. Raises ``InputError``, ``EvidenceError``."""
    finished = recall(folder)
    screen = results()
    if as_json:
        screen.out(json.dumps(report(finished), indent=1, ensure_ascii=False))
    else:
        summary.show(screen, finished)
    return 0

"""``i247sim verify``: check a run folder, one's own or a stranger's."""

from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from i247sim.cli.screen import document, hang, printable, results, talk
from i247sim.exercise.scenario import NOTICE
from i247sim.exercise.verify import verify

_NAME_WIDTH = 14


def check(folder: Path, expect: str | None, as_json: bool) -> int:
    """Check ``folder`` and say what was found good. Raises ``EvidenceError`` with the first thing that is wrong."""
    watching = talk()
    found = verify(folder, expect, lambda step: watching.print(Text(f"checking {step}", "dim")))
    screen = results()
    if as_json:
        document(asdict(found))
        return 0
    verdict = "consistent; origin proven" if found.origin_proven else "consistent; origin not proven"
    screen.print(Text(verdict, "bold green" if found.origin_proven else "bold"))
    screen.print(Text(NOTICE, "italic"))
    screen.print()
    counts = asdict(found.completeness)
    parts = [f"{count} {name}" for name, count in counts.items() if name != "sent" and count]
    facts = {
        "run": f"{found.run}, scenario {found.scenario}",
        "log": f"{found.entries} entries, {found.checkpoints} checkpoints, the last cosigned by {found.cosigned_by}",
        "decisions": f"{found.decisions} on {found.messages} messages, every one decided again with the same answer",
        "completeness": f"{counts['sent']} copies sent = {' + '.join(parts) or 0}; {counts['lost']} lost",
        "transcript": found.transcript,
        "code": found.code,
    }
    for name, value in facts.items():
        hang(screen, Text(name, "dim"), printable(value), _NAME_WIDTH)
    screen.print()
    if found.origin_proven:
        hang(screen, "", "The code is the one you gave: this is the folder of that run, and nothing in it was changed.")
    else:
        text = (
            "Whoever made this folder could have made all of it up. With the code that the run printed, written down "
        )
        hang(screen, "", text + "then, `--expect CODE` proves that it is that run.")
    return 0

"""``i247sim records``: files of invented records."""

import time
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from i247sim.cli.exits import FAILED
from i247sim.cli.screen import results, talk
from i247sim.exercise.generator import generate
from i247sim.exercise.record_file import About, RecordFile, digest_of


def make(path: Path, sltd: int, nominal: int, seed: int) -> int:
    """Make a file with so many travel documents and persons. Raises ``InputError``."""
    screen, began = talk(), time.monotonic()
    columns = (TextColumn("{task.description:<18}"), BarColumn(30), TextColumn("{task.completed:,}"))
    with Progress(*columns, TimeElapsedColumn(), console=screen, transient=True) as progress:
        tasks = {
            "sltd": progress.add_task("travel documents", total=sltd),
            "nominal": progress.add_task("persons", total=nominal),
        }
        about = generate(path, sltd, nominal, seed, lambda what, done: progress.update(tasks[what], completed=done))
    screen.print(f"made in {time.monotonic() - began:.0f} s, {path.stat().st_size / 1e6:,.0f} MB")
    _show(path, about)
    return 0


def check(path: Path) -> int:
    """Compare what a file holds with what it says. Raises ``InputError``."""
    file = RecordFile(path)
    found = digest_of(file)
    _show(path, file.about)
    if found != file.digest:
        results().out(f"NOT what it says: the records have the digest {found}")
        return FAILED
    results().out("as it says: every record was read and hashed")
    return 0


def _show(path: Path, about: About) -> None:
    screen = results()
    screen.out(f"{path}: {about.sltd:,} travel documents, {about.nominal:,} persons, all invented; seed {about.seed}")
    screen.out(f"digest {about.digest}")

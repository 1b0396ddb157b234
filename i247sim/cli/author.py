"""``i247sim new``, ``check`` and ``schema``: for those who write scenarios."""

import json
from dataclasses import asdict
from pathlib import Path
from shlex import quote

from rich.text import Text

from i247sim.cli.exits import BAD_INPUT
from i247sim.cli.screen import ascii_only, document, printable, results
from i247sim.exercise import catalogue
from i247sim.exercise.check import check
from i247sim.exercise.schema import scenario_schema
from i247sim.exercise.starter import write_starter


def look(name_or_path: str, records: Path | None, as_json: bool) -> int:
    """Say everything that is wrong with a scenario; ``BAD_INPUT`` if it has errors. Raises ``InputError``.

    ``records``: the file of records that it is to be played with.
    """
    found = check(catalogue.find(name_or_path), records)
    screen = results()
    if as_json:
        document(asdict(found))
    else:
        said = [("error", one) for one in found.errors] + [("warning", one) for one in found.warnings]
        for weight, one in sorted(said, key=lambda pair: pair[1]):
            place = f"{printable(found.file)}:{one.line}: "
            style = "bold red" if weight == "error" else "yellow"
            screen.print(Text.assemble(place, (f"{weight}: ", style), printable(one.text)), soft_wrap=True)
        counts = f"{_many(len(found.errors), 'error')}, {_many(len(found.warnings), 'warning')}"
        screen.print(Text(counts if said else "nothing wrong: it was rehearsed, and goes as it expects"))
    return BAD_INPUT if found.errors else 0


def begin(name: str) -> int:
    """Write a starter, and say what to do next. Raises ``InputError``."""
    path = write_starter(name)
    screen = results()
    screen.print(Text(f"{path}: written; next: i247sim check {quote(str(path))}"), soft_wrap=True)
    return 0


def schema() -> int:
    """The JSON Schema of a scenario file."""
    screen = results()
    screen.out(json.dumps(scenario_schema(), indent=1, ensure_ascii=ascii_only(screen)))
    return 0


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"

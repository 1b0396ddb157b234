"""Commands for those who write exercises: their options."""

from pathlib import Path
from typing import Annotated

import typer

from i247sim.cli.options import Json


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="What it is called; NAME.yaml.")],
) -> int:
    """Write a commented scenario to begin with. It runs as it is."""
    from i247sim.cli.author import begin

    return begin(name)


def check(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO", show_default=False, help="A file of your own, or a shipped scenario's name."
        ),
    ],
    records: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="The file that `run --records` is to fill it from."),
    ] = None,
    json: Json = False,
) -> int:
    """Say what is wrong with a scenario, each with its line and cure, and run nothing.

    Mistakes of form and reference first; then it is rehearsed, to find expectations
    that will not be met or cannot fail, messages that nobody receives, and rules that
    are never exercised. Exit status 2 if there are errors, 0 if there are warnings only.
    """
    from i247sim.cli.author import look

    return look(scenario, records, json)


def schema() -> int:
    """Print a JSON Schema of the scenario language, for editors."""
    from i247sim.cli.author import schema as show

    return show()


def records_generate(
    out: Annotated[Path, typer.Option(metavar="FILE", show_default=False, help="The file to make.")],
    sltd: Annotated[int, typer.Option(min=0, max=5_000_000, metavar="N", help="Travel documents.")] = 1_000_000,
    nominal: Annotated[int, typer.Option(min=0, max=5_000_000, metavar="N", help="Persons.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, metavar="N", help="Same seed, same records.")] = 1,
) -> int:
    """Fill a file with invented travel documents and persons, for `run --records FILE`.

    Names in some thirty languages and their scripts; document numbers begin with EX, and
    every record says EXERCISE.
    """
    from i247sim.cli.records import make
    from i247sim.cli.stopping import clearing_away

    with clearing_away():
        return make(out, sltd, nominal, seed)


def records_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="A record file.")],
) -> int:
    """Say what a record file holds, and whether it is what it says. Exit status 1 if not."""
    from i247sim.cli.records import check as look_at

    return look_at(file)

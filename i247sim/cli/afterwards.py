"""Commands that look at a run, most of them once it is over: their options."""

from pathlib import Path
from typing import Annotated

import typer

from i247sim.cli.options import Json, RunFolder


def query(
    folder: RunFolder,
    viewer: Annotated[
        str | None,
        typer.Option("--as", metavar="PARTY", show_default=False, help="Answer as this party would be answered."),
    ] = None,
    database: Annotated[
        str | None, typer.Option("--in", metavar="DATABASE", show_default=False, help="Else as the question suggests.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", show_default=False, help="A person: `Fictus, Exemplar`.")
    ] = None,
    born: Annotated[
        str | None, typer.Option(metavar="DATE", show_default=False, help="With `--name`: `1984-05-17`, or the year.")
    ] = None,
    document: Annotated[
        str | None, typer.Option(metavar="CC:NUMBER", show_default=False, help="A document: `PT:EXP0000017`.")
    ] = None,
    vin: Annotated[str | None, typer.Option(metavar="VIN", show_default=False, help="A vehicle.")] = None,
    plate: Annotated[str | None, typer.Option(metavar="PLATE", show_default=False, help="A vehicle.")] = None,
    serial: Annotated[str | None, typer.Option(metavar="NUMBER", show_default=False, help="A firearm.")] = None,
    title: Annotated[str | None, typer.Option(metavar="TITLE", show_default=False, help="A work of art.")] = None,
    record: Annotated[
        str | None, typer.Option(metavar="ID", show_default=False, help="The whole of a record: `NOM-000001`.")
    ] = None,
    looks: Annotated[
        str | None, typer.Option(metavar="ID", show_default=False, help="Who has looked at a record.")
    ] = None,
    hits: Annotated[bool, typer.Option("--hits", help="The register of hits.")] = False,
    records: Annotated[
        Path | None, typer.Option(metavar="FILE", show_default=False, help="The record file, if the run had one.")
    ] = None,
    json: Json = False,
) -> int:
    """Look into a run's databases as they stand at its end, or now while it runs.

    A look from outside: nobody is told, and nothing of it is in the story. With
    `--as`, restrictions hold: what a party may not see is answered as if it were not
    there. A query of the story is a `send` of kind DB_QUERY: `i247sim inject`.
    """
    from i247sim.cli.query import Question, show

    asked = Question(database, name, born, document, vin, plate, serial, title, record, looks, hits)
    return show(folder, viewer, asked, records, json)


def notices(
    folder: RunFolder,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", show_default=False, help="One alone: `2026/1`, `FR#2`. Else all."),
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="What the public is shown of published notices.")] = False,
    json: Json = False,
) -> int:
    """Every notice, diffusion, complaint and petition of a run: state, history and reason.

    Works on a finished run and on one under way. Read off the log: contents are not in it.
    """
    from i247sim.cli.notices import show

    return show(folder, name, public, json)


def diff(
    first: RunFolder,
    second: Annotated[Path, typer.Argument(metavar="RUN", show_default=False, help="Another run folder.")],
    json: Json = False,
) -> int:
    """Compare what happened in two runs: the first difference, then all of them.

    Exit status 0 if their transcripts are the same, 1 if not.
    """
    from i247sim.cli.diff import show

    return show(first, second, json)


def report(folder: RunFolder, json: Json = False) -> int:
    """Show once more what a run said at its end: case file, access matrix, expectations, evidence.

    The folder is verified first. Exit status 1 if it does not hold.
    """
    from i247sim.cli.report import show

    return show(folder, json)


def explain(
    folder: RunFolder,
    message: Annotated[
        str,
        typer.Argument(
            metavar="MESSAGE", show_default=False, help="Its label, or a name like `FR#3` or `IPSG:NOTICE_PUBLISHED`."
        ),
    ],
    party: Annotated[str, typer.Argument(metavar="PARTY", show_default=False, help="A party's id, like `NO`.")],
    viewer: Annotated[
        str, typer.Option("--as", metavar="PARTY", help="Show what this party may know, and no more.")
    ] = "CONTROL",
    json: Json = False,
) -> int:
    """Explain why a party could, or could not, read a message.

    Three layers, each from another source: the rule that decided, what the broker
    carried, and what the party's own key opens.
    """
    from i247sim.cli.explain import show

    return show(folder, message, party, viewer, json)


def verify(
    folder: RunFolder,
    expect: Annotated[
        str | None, typer.Option(metavar="CODE", show_default=False, help="The evidence code that the run printed.")
    ] = None,
    json: Json = False,
) -> int:
    """Check a run folder: signatures, log, every decision anew, completeness.

    Needs nothing but the folder. The first thing that is wrong is named.
    """
    from i247sim.cli.verify import check

    return check(folder, expect, json)

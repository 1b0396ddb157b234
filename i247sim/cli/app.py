"""Which commands there are, in the order of the help, and what stands above and below them."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from i247sim.cli import afterwards, exercising, for_authors, for_deployments, for_engineers

UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""What typer raises for words that it does not understand; it has no public name in all versions."""

_FOR_AUTHORS, _FOR_ENGINEERS, _FOR_DEPLOYMENTS = "For authors", "For engineers", "For deployments"

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 passed, 1 an expectation failed or evidence does not hold, 2 bad input, "
    "3 the network failed, 130 stopped with Ctrl-C.",
)


def _version(asked: bool) -> None:
    if asked:
        from i247sim import __version__

        typer.echo(f"i247sim {__version__}")
        raise typer.Exit


@app.callback()
def _i247sim(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """A police network of the I-24/7 kind on one laptop, for exercises. All data are
    fictional.

    Bureaus sign and encrypt; a hub that cannot read decides who may receive what;
    and after a run you see, for every message and every party, who could read it,
    who could not, and which rule or which lock decided that.

    [bold]Begin here[/bold]

    i247sim scenarios                   what can be exercised
    i247sim run who-can-read            one message meets six answers
    i247sim explain RUN warning NO      why Norway could not read it
    i247sim verify RUN --expect CODE    check a run folder, also a stranger's
    """


records = typer.Typer(no_args_is_help=True, help="Make and check files of invented records.")
records.command("generate")(for_authors.records_generate)
records.command("check")(for_authors.records_check)
app.add_typer(records, name="records", rich_help_panel=_FOR_AUTHORS)
app.command()(exercising.scenarios)
app.command(rich_help_panel=_FOR_AUTHORS)(for_authors.new)
app.command(rich_help_panel=_FOR_AUTHORS)(for_authors.check)
app.command(rich_help_panel=_FOR_AUTHORS)(for_authors.schema)
app.command()(exercising.run)
app.command()(exercising.console)
app.command()(exercising.inject)
app.command()(exercising.control)
app.command(rich_help_panel=_FOR_ENGINEERS)(for_engineers.bench)
app.command(rich_help_panel=_FOR_ENGINEERS)(for_engineers.storm)
app.command()(afterwards.report)
app.command()(afterwards.query)
app.command()(afterwards.notices)
app.command()(afterwards.diff)
app.command()(afterwards.explain)
app.command()(afterwards.verify)
app.command(rich_help_panel=_FOR_DEPLOYMENTS, short_help="The hub as a process of its own.")(for_deployments.hub)
app.command(rich_help_panel=_FOR_DEPLOYMENTS, short_help="Everything for a broker that somebody else runs.")(
    for_deployments.broker
)


def _flowing(command: Callable[..., Any] | None) -> str:
    """What a command's docstring says, a line for each paragraph, so that a terminal of any width breaks it well.

    Left as they are: lines of columns, which have a gap.
    """
    paragraphs = inspect.cleandoc(getattr(command, "__doc__", None) or "").split("\n\n")
    return "\n\n".join(one if "  " in one else one.replace("\n", " ") for one in paragraphs)


for _one in (app.registered_callback, *app.registered_commands, *records.registered_commands):
    if _one is not None:
        _one.help = _flowing(_one.callback)

"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from i247sim.vocabulary.errors import InputError

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output instead of text.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", show_default=False, help="A run folder, as `run` made it.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", show_default=False, help="The run folder to make; else `runs/SCENARIO-ID`."),
]
KeepKeys = Annotated[
    bool, typer.Option("--keep-keys", help="Keep all private keys in a folder `DIR-keys` beside the run folder.")
]


def only(context: typer.Context, why: str, *free: str) -> None:
    """Raise ``InputError``, beginning with ``why``, if other parameters were written than those called ``free``."""
    left = [
        f"`{one.opts[0] if one.param_type_name == 'option' else one.metavar}`"
        for one in context.command.params
        if one.name not in free and _is_given(context, str(one.name))
    ]
    if left:
        raise InputError(f"{why}; leave out {', '.join(left)}")


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether somebody wrote it on the command line, or in the environment."""
    source = context.get_parameter_source(name)
    return source is not None and source.name in ("COMMANDLINE", "ENVIRONMENT")

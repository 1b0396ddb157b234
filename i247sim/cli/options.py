"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output instead of text.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", show_default=False, help="A run folder, as `run` made it.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", show_default=False, help="The run folder to make; else `runs/SCENARIO-ID`."),
]
KeepKeys = Annotated[
    bool, typer.Option("--keep-keys", help="Keep all private keys in a folder `DIR-keys` beside the run folder.")
]

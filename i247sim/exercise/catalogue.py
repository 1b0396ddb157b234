"""Which scenarios come with the package, and how one is found by name from any folder."""

import difflib
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from pathlib import Path

from i247sim.exercise.loader import load
from i247sim.vocabulary.errors import InputError


@dataclass(frozen=True)
class Shipped:
    """One scenario of the catalogue. ``lasts``: until the last thing that it names by time."""

    name: str
    title: str
    aim: str
    lasts: timedelta
    path: Path


def folder() -> Path:
    """Where the shipped scenarios are: in the installed package, else beside it in a checkout."""
    package = resources.files("i247sim")
    for place in (package / "scenarios", package / ".." / "scenarios"):
        if isinstance(place, Path) and place.is_dir():
            return place.resolve()
    raise InputError("the shipped scenarios are missing; expected the folder `scenarios` in or beside the package")


def find(name_or_path: str) -> Path:
    """The file of a shipped scenario (``red-notice``), or of one's own (a path).

    Raises ``InputError`` that lists near names. Does not read the file.
    """
    names = {path.stem: path for path in sorted(folder().glob("*.yaml"))}
    if name_or_path in names:
        return names[name_or_path]
    own = Path(name_or_path)
    try:
        if own.is_file():
            return own
    except (OSError, ValueError):
        # A name with a null character or of a forbidden length is simply not there.
        pass
    close = difflib.get_close_matches(own.stem[:60], list(names), n=1, cutoff=0.5)
    cure = f"did you mean `{close[0]}`?" if close else f"expected a file or one of {', '.join(names)}"
    raise InputError(f"no scenario `{name_or_path:.200}`; {cure}")


def shipped() -> list[Shipped]:
    """All shipped scenarios in order of name; raises ``loader.Problems`` if one of them has mistakes."""
    found = []
    for path in sorted(folder().glob("*.yaml")):
        scenario = load(path)
        found.append(Shipped(path.stem, scenario.title, scenario.aim, scenario.lasts(), path))
    return found

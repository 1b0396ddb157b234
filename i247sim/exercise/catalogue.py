"""Which scenarios come with the package, and how one is found by name from any folder.

A scenario lies in the scenarios' folder itself, or in the folder of its family. Names are unique over all families.
"""

from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from pathlib import Path

from i247sim.exercise.choice import cure
from i247sim.exercise.loader import load
from i247sim.vocabulary.errors import InputError

_LISTED = 12
"""Of more names, an error lists only those of the tour."""
DATA = ("injects", "profiles")
"""Folders beside those of the families that hold no scenarios, but what scenarios use."""


@dataclass(frozen=True)
class Shipped:
    """One scenario of the catalogue. ``lasts``: until the last thing that it names by time."""

    name: str
    family: str
    """The folder of its family; empty for the tour: scenarios that stand alone."""
    title: str
    aim: str
    lasts: timedelta
    path: Path


def folder() -> Path:
    """Where the shipped scenarios are: in the package, else beside it in a checkout. Raises ``InputError``."""
    package = resources.files("i247sim")
    for place in (package / "scenarios", package / ".." / "scenarios"):
        if isinstance(place, Path) and place.is_dir():
            return place.resolve()
    raise InputError("the shipped scenarios are missing; expected the folder `scenarios` in or beside the package")


def files() -> list[Path]:
    """The files of all shipped scenarios: the tour first, then family by family, each in order of name."""
    top = folder()
    found = [path for path in top.rglob("*.yaml") if path.relative_to(top).parts[0] not in DATA]
    return sorted(found, key=lambda path: (path.parent != top, path))


def find(name_or_path: str) -> Path:
    """The file of a shipped scenario (``red-notice``), or of one's own (a path).

    Raises ``InputError`` that lists near names. Does not read the file.
    """
    names = {path.stem: path for path in files()}
    if name_or_path in names:
        return names[name_or_path]
    own = Path(name_or_path)
    try:
        if own.is_file():
            return own
    except (OSError, ValueError):
        # A name with a null character or of a forbidden length is simply not there.
        pass
    near = names if len(names) <= _LISTED else [name for name, path in names.items() if path.parent == folder()]
    more = "" if near is names else "; `i247sim scenarios` lists all"
    end = cure(own.stem, names, f"expected a file or one of {', '.join(near)}{more}")
    raise InputError(f"no scenario `{name_or_path:.200}`{end}")


def shipped() -> list[Shipped]:
    """All shipped scenarios in the order of ``files``; raises ``strict_yaml.Problems`` if one of them has mistakes."""
    found = []
    for path in files():
        scenario = load(path)
        family = "" if path.parent == folder() else path.parent.name
        found.append(Shipped(path.stem, family, scenario.title, scenario.aim, scenario.lasts(), path))
    return found

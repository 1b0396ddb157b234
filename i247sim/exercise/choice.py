"""A mapping of a scenario that has exactly one of several keys, and the cure for a word that nobody knows."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel


def the_only(model: BaseModel, keys: Iterable[str]) -> Any:
    """The value of the one of ``keys`` that is there. Not for a model whose validator has not asked ``one_of``."""
    return next(found for key in keys if (found := getattr(model, key)) is not None)


def one_of(model: BaseModel, keys: Sequence[str], rule: str, several: str = "") -> None:
    """Raises ``ValueError`` unless exactly one of ``keys`` is there: the ``rule``, what was found, and the cure.

    ``several``: the cure where there are more than one; absent: the list of keys.
    """
    found = [key for key in keys if getattr(model, key) is not None]
    if len(found) != 1:
        said = " and ".join(f"`{key}`" for key in found) or "none"
        cure = several if several and found else f"expected one of {', '.join(keys)}"
        raise ValueError(f"{rule}, found {said}; {cure}")


def cure(word: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """The end of a message about a ``word`` that is not ``known``: what was perhaps meant, or else ``otherwise``
    (absent: all that was expected; empty if that is nothing).
    """
    names = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word[:60].lower(), list(names), n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{names[close[0]]}`?"
    if otherwise is None:
        otherwise = f"expected one of {', '.join(names.values())}" if names else ""
    return otherwise and f"; {otherwise}"

"""Fields of a seat's forms into which a person writes several things: documents, measures, assets, and the numbers of a
profile or a template. Pure."""

import re
from collections.abc import Callable
from typing import Any

HELP = {
    "documents": "Number and country, several with commas between them: EXR0000017 FR, EXR0000018 FR.",
    "measures": "Several with commas between them: assets-freeze, travel-ban, arms-embargo.",
    "assets": "One a line: its kind; what it is; how it is tied to the offence. Kinds: real-estate, vehicle, account, "
    "company, vessel, valuables, other.",
    "loci": "Each locus with its two numbers, and commas between: D1S1 12 13, D2S1 9.3 10.",
    "features": "The numbers of the template, with commas between: 8, 16, 24, and so on.",
}
"""How each of them is written."""
_DOCUMENT = re.compile(r"(\S+)(?:\s+([A-Za-z]{2}))?(?:\s+(\S.*))?")
"""Its number, its country, and perhaps what it is."""


def _documents(text: str) -> list[dict[str, str]]:
    found = [_DOCUMENT.fullmatch(part.strip()) for part in text.split(",") if part.strip()]
    named = [(one[1], (one[2] or "").upper(), one[3]) for one in found if one]
    return [_keys(("number", "country", "type"), one) for one in named]


def _measures(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _assets(text: str) -> list[dict[str, str]]:
    lines = [line.split(";") for line in text.splitlines() if line.strip()]
    return [_keys(("kind", "description", "link"), [part.strip() for part in line]) for line in lines]


def _loci(text: str) -> dict[str, list[str]]:
    return {locus: alleles for locus, *alleles in (part.split() for part in text.split(",") if part.strip())}


def _features(text: str) -> list[int | str]:
    return [int(one) if one.isascii() and one.isdecimal() and len(one) < 4 else one for one in _measures(text)]


def _keys(names: tuple[str, ...], parts: Any) -> dict[str, str]:
    """What was written under its names; what was not is left out, and the model says that it is needed."""
    return {name: part for name, part in zip(names, parts, strict=False) if part}


_READ: dict[str, Callable[[str], Any]] = {
    "documents": _documents,
    "measures": _measures,
    "assets": _assets,
    "loci": _loci,
    "features": _features,
}


def listed(value: dict[str, Any]) -> dict[str, Any]:
    """``value`` (JSON types) with a list wherever such a text stands, at any depth."""
    found: dict[str, Any] = {}
    for name, one in value.items():
        if isinstance(one, dict):
            found[name] = listed(one)
        else:
            found[name] = _READ[name](one) if name in _READ and isinstance(one, str) else one
    return found

"""How fast an exercise runs, as it is written on the command line."""

import math

from i247sim.vocabulary.errors import InputError


def read_pace(text: str) -> float | None:
    """``max`` as ``None``; ``60``, ``x60`` and ``0.5`` as simulated seconds per real second."""
    if text == "max":
        return None
    try:
        factor = float(text.lstrip("xX×"))
    except ValueError:
        factor = 0.0
    if not (math.isfinite(factor) and 0.001 <= factor <= 1_000_000):
        raise InputError(f"`--pace` is `{text}`; expected `max`, or simulated seconds per real second, like `60`")
    return factor

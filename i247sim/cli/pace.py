"""How fast an exercise runs, as it is written on the command line."""

from i247sim.clock.pace import parse_pace
from i247sim.vocabulary.errors import InputError


def read_pace(text: str) -> float | None:
    """The value of ``--pace`` (see ``parse_pace``). Raises ``InputError``."""
    try:
        return parse_pace(text)
    except ValueError as error:
        raise InputError(f"`--pace` is `{text}`; {error}") from error

"""How reviews go where no person sits: the will of the exercise. Pure."""

from dataclasses import dataclass
from typing import Literal

from i247sim.vocabulary.decisions import Code


@dataclass(frozen=True)
class Reviewing:
    """What happens with requests, diffusions and held messages that nobody rules on."""

    after: tuple[int, int] = (20 * 60, 40 * 60)
    """Seconds until a review is done."""
    publish: bool = True
    """Whether what is complete and not flagged is published, or cleared."""
    code: Code | None = None
    """Why not, where not."""
    flagged: Literal["wait", "publish", "refuse", "ask"] = "wait"
    """What happens with what is flagged: by default it waits for a person."""
    incomplete: Literal["refuse", "ask"] = "refuse"
    """Whether a request that lacks something is refused, or its requester asked for it."""
    held: Literal["wait", "release", "refuse"] = "wait"
    """What happens with what a supervised bureau sends."""
    silver_before: int = 0
    """How many Silver Notices of the pilot were published before the exercise."""


BY_DEFAULT = Reviewing()

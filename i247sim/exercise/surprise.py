"""Surprise packs: a few injects of the shelf, drawn by a seed for one scenario, that the class does not know of.

Pure but for reading the shelf: the same scenario, seed, difficulty and theme give the same pack. What is drawn has been
rehearsed: every step of it happens, and what it sends can be sent.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from i247sim.exercise import shelf
from i247sim.exercise.acts import Difficulty, Theme
from i247sim.exercise.medium import Medium, require_possible
from i247sim.exercise.prepared import Prepared
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import Step
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.errors import InputError

HOW_MANY = {Difficulty.EASY: 2, Difficulty.MEDIUM: 3, Difficulty.HARD: 5}
"""How many injects a pack has."""
_UP_TO = {level: tuple(Difficulty)[: number + 1] for number, level in enumerate(Difficulty)}
_EARLIEST, _LATEST = 0.1, 0.8
"""Between these parts of the scenario's length a surprise begins."""
_SHORTEST = timedelta(hours=1)
"""A scenario that names less time is taken to last so long."""
_OF_ITS_STORY = ("NOM-", "SLTD-", "2026/")
"""An inject that speaks of a record or a notice by number needs the story that it comes in."""


@dataclass(frozen=True)
class Surprise:
    """One inject of a pack."""

    name: str
    prepared: Prepared
    """As it is cast here."""
    steps: tuple[Step, ...]
    """Its steps, on the exercise clock."""
    at: timedelta
    """When it begins."""


def pack(
    scenario: Scenario, difficulty: Difficulty, theme: Theme | None, seed: int, medium: Medium
) -> tuple[Surprise, ...]:
    """A pack for ``scenario``, in order of time. Raises ``InputError`` if nothing fits."""
    names = [
        name
        for name in shelf.shipped()
        if (one := shelf.own(name)).difficulty in _UP_TO[difficulty]
        and theme in (None, one.theme)
        and not any(mark in one.model_dump_json() for mark in _OF_ITS_STORY)
    ]
    drawn = _Draw(f"{seed}/{scenario.title}/{difficulty}/{theme}")
    engine = Engine(Rulebook.load(scenario.rules))
    length = max(scenario.lasts(), _SHORTEST)
    found: list[Surprise] = []
    for name in drawn.shuffled(names):
        if len(found) == HOW_MANY[difficulty]:
            break
        part = _EARLIEST + (_LATEST - _EARLIEST) * drawn.share()
        at = timedelta(seconds=int(length.total_seconds() * part))
        fits = _fitting(scenario, name, drawn.shuffled(scenario.participants.bureaus), at, len(found) + 1, medium)
        if fits is not None and _happens(scenario, [*found, fits], engine):
            found.append(fits)
    if not found:
        raise InputError(f"no surprise fits `{scenario.title}`; choose another theme, or a harder one")
    return tuple(sorted(found, key=lambda one: one.at))


def _fitting(
    scenario: Scenario, name: str, bureaus: Sequence[str], at: timedelta, number: int, medium: Medium
) -> Surprise | None:
    try:
        cast = shelf.on_shelf(scenario, name, bureaus)
        steps = shelf.steps(cast, scenario, at, f"-s{number}")
        for step in steps:
            require_possible(step, medium)
    except InputError:
        return None
    return Surprise(name, cast, tuple(steps), at)


def _happens(scenario: Scenario, pack_: Sequence[Surprise], engine: Engine) -> bool:
    """Whether everything in the pack takes place, and what it sends can be sealed and leaves its house."""
    added = [step for one in pack_ for step in one.steps]
    first = len(scenario.timeline)
    whole = scenario.model_copy(update={"timeline": (*scenario.timeline, *added)})
    rehearsed = rehearse(whole, engine)
    numbers = range(first, first + len(added))
    if not rehearsed.ended or not rehearsed.begun.issuperset(numbers):
        return False
    sent = [rehearsed.steps[number] for number in numbers if number in rehearsed.steps]
    undecided = [one for one in sent if one.id is not None and one.id not in rehearsed.ways]
    return not undecided


class _Draw:
    """Numbers from a seed; no security rests on them."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def share(self) -> float:
        """At least 0, less than 1."""
        self._count += 1
        return int.from_bytes(hashlib.sha256(f"{self._seed}/{self._count}".encode()).digest()[:8]) / 2**64

    def shuffled(self, values: Sequence[str]) -> list[str]:
        """The values in another order."""
        return [value for _, value in sorted((self.share(), value) for value in values)]

"""``i247sim run --surprise``: a pack of injects that only the instructor is told of."""

from dataclasses import replace
from secrets import randbelow
from typing import TypeVar

from i247sim.cli.screen import hang, talk
from i247sim.exercise import shelf
from i247sim.exercise.acts import Difficulty, Theme
from i247sim.exercise.loader import load
from i247sim.exercise.session import Options
from i247sim.exercise.surprise import pack
from i247sim.vocabulary.errors import InputError

K = TypeVar("K", Difficulty, Theme)


def surprised(options: Options, level: str, theme: str | None, seed: int | None) -> Options:
    """``options`` with a pack; announced on standard error. Raises ``InputError``."""
    difficulty = _one_of("--surprise", level, tuple(Difficulty))
    about = None if theme is None else _one_of("--theme", theme, tuple(Theme))
    drawn = randbelow(10**6) if seed is None else seed
    scenario = load(options.scenario)
    screen = talk()
    hang(screen, "", f"For the instructor alone: a surprise pack, {level}, with `--surprise-seed {drawn}`.")
    injects = list(options.injects)
    for one in pack(scenario, difficulty, about, drawn, options.medium):
        hang(
            screen, f"  {shelf.described(one.steps[0]).split()[0]:<14}", f"{one.name}: {one.prepared.title}", indent=16
        )
        injects += [(0, step) for step in one.steps]
    return replace(options, injects=tuple(injects))


def _one_of(option: str, value: str, known: tuple[K, ...]) -> K:
    for one in known:
        if one.value == value:
            return one
    raise InputError(f"`{option}` is `{value}`; expected one of {', '.join(known)}")

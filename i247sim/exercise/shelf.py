"""The shelf: prepared injects of a scenario, and those that come with the package and fit every scenario.

A shipped inject is a small scenario of its own in the folder ``injects``: a story to try it on, the inject on its shelf
under the name of the file, and what is to be expected. It is cast anew for the scenario that it is taken into: bureaus
that take part there as well stay, the others are played by those of the scenario, in order. It needs no record that is
there before: what it is about, it enters itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from i247sim.exercise import catalogue
from i247sim.exercise.choice import cure
from i247sim.exercise.durations import format_offset
from i247sim.exercise.loader import load
from i247sim.exercise.naming import Where
from i247sim.exercise.prepared import Prepared
from i247sim.exercise.references import mistakes
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import Step
from i247sim.vocabulary.errors import InputError

FOLDER = "injects"


@cache
def shipped() -> dict[str, Path]:
    """Name to file of every inject that comes with the package."""
    return {path.stem: path for path in sorted((catalogue.folder() / FOLDER).glob("*.yaml"))}


@cache
def story(name: str) -> Scenario:
    """The small scenario that a shipped inject comes in. Raises ``InputError`` for another name."""
    found = shipped()
    if name not in found:
        raise InputError(_unknown(name, list(found)))
    return load(found[name])


def own(name: str) -> Prepared:
    """A shipped inject as it stands in its own story. Raises ``InputError``."""
    return story(name).shelf[name]


@dataclass(frozen=True)
class Moment:
    """Where an exercise stands when something is taken from the shelf."""

    now: datetime
    numbered: Mapping[str, int]
    """``Databases.numbered``, of the secretariat."""


def on_shelf(scenario: Scenario, name: str, bureaus: Sequence[str] = (), moment: Moment | None = None) -> Prepared:
    """The inject of that name for ``scenario``: its own, else a shipped one, cast anew. Raises ``InputError``.

    ``bureaus``: who plays, in this order, the bureaus of a shipped one; else those of the scenario. ``moment``: for one
    that is taken now; without it, it is as at the beginning of an exercise without records.
    """
    if name in scenario.shelf:
        return scenario.shelf[name]
    if name not in shipped():
        raise InputError(_unknown(name, [*scenario.shelf, *shipped()]))
    its = story(name)
    wanted, given = its.participants.bureaus, list(bureaus or scenario.participants.bureaus)
    kept = [] if bureaus else [one for one in wanted if one in given]
    free = [one for one in given if one not in kept]
    missing = [one for one in wanted if one not in kept]
    if len(missing) > len(free):
        raise InputError(f"`{name}` needs {len(wanted)} bureaus; `{scenario.title}` has {len(given)}")
    cast = its.shelf[name].recast(dict(zip(missing, free, strict=False)), "")
    return cast if moment is None else cast.moved((moment.now - its.start).days, moment.numbered)


def steps(prepared: Prepared, scenario: Scenario, at: timedelta, suffix: str = "") -> list[Step]:
    """The steps of ``prepared`` as live injects, from ``at`` on. Raises ``InputError`` for what ``scenario`` lacks.

    ``suffix`` goes behind its labels: letters, digits and hyphens.
    """
    fresh = prepared.recast({}, suffix).steps if suffix else prepared.steps
    timed = [step if step.at is None else step.timed(at + step.at) for step in fresh]
    number = len(scenario.timeline)
    whole = scenario.model_copy(update={"timeline": (*scenario.timeline, *timed)})
    for place, said in mistakes(whole, Where(partial=True)):
        if place[0] == "timeline" and int(place[1]) >= number:
            raise InputError(f"`{prepared.title}` does not fit here: {said}")
    return timed


def described(step: Step) -> str:
    """A step in a line: when, and what."""
    verb = next(key for key, value in step.model_dump(exclude_none=True).items() if isinstance(value, dict))
    when = format_offset(step.at) if step.at is not None else "later"
    return f"{when} {verb} {step.verb.target}".rstrip()


def _unknown(name: str, known: Sequence[str]) -> str:
    return f"nothing on the shelf is called `{name:.60}`{cure(name, known)}"

"""The shelf: prepared injects of a scenario, and those that come with the package and fit every scenario.

A shipped inject is a small scenario of its own in the folder ``injects``: a story to try it on, the inject on its shelf
under the name of the file, and what is to be expected. It is cast anew for the scenario that it is taken into: bureaus
that take part there as well stay, the others are played by those of the scenario, in order. Whom an owner has barred
plays whom the inject bars, and nobody else if there are others; who must not be cleared for something is played by
somebody who is not: else another rule would answer than the one that the inject is about. It needs no record that is
there before: what it is about, it enters itself. And it lifts no bar: what it has an owner bar stands beside what that
owner had barred.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from i247sim.exercise import catalogue
from i247sim.exercise.choice import cure
from i247sim.exercise.durations import format_offset
from i247sim.exercise.injects import key_of
from i247sim.exercise.loader import load
from i247sim.exercise.naming import Where
from i247sim.exercise.orders import Measure, Restrict
from i247sim.exercise.prepared import Prepared
from i247sim.exercise.references import mistakes
from i247sim.exercise.rulings import Rule
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.sending import Send
from i247sim.exercise.steps import Step
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.parties import SECRETARIAT, groups_of
from i247sim.vocabulary.statements import Bar

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
    barred: Mapping[str, tuple[Bar, ...]]
    """What owners have declared, by owner."""


def on_shelf(scenario: Scenario, name: str, bureaus: Sequence[str] = (), moment: Moment | None = None) -> Prepared:
    """The inject of that name for ``scenario``: its own, else a shipped one, cast anew. Raises ``InputError``.

    ``bureaus``: who plays the bureaus of a shipped one, as far as they fit in this order; else those of the scenario.
    ``moment``: for one that is taken now; without it, it is as at the beginning of an exercise without records.
    """
    barred = scenario.restrictions if moment is None else moment.barred
    if name in scenario.shelf:
        return scenario.shelf[name]
    if name not in shipped():
        raise InputError(_unknown(name, [*scenario.shelf, *shipped()]))
    its = story(name)
    wanted = its.participants.bureaus
    if len(wanted) > (has := len(bureaus or scenario.participants.bureaus)):
        raise InputError(f"`{name}` needs {len(wanted)} bureaus; `{scenario.title}` has {has}")
    cast = its.shelf[name].recast(_players(name, scenario, bureaus, barred), "").beside(barred)
    return cast if moment is None else cast.moved((moment.now - its.start).days, moment.numbered)


def _players(
    name: str, scenario: Scenario, bureaus: Sequence[str], barred: Mapping[str, Sequence[Bar]]
) -> dict[str, str]:
    """Who of ``scenario``, or of ``bureaus``, plays whom of a shipped inject's story. Raises ``InputError``."""
    its, parties = story(name), scenario.parties()
    wanted, level = its.participants.bureaus, its.participants.clearances
    named = _named(barred.values())
    barred_there = _named(step.restrict.bars for step in its.shelf[name].steps if step.restrict)
    free = list(bureaus or scenario.participants.bureaus)
    players: dict[str, str] = {}
    for role in sorted(wanted, key=lambda one: one not in level):
        fit = [one for one in free if role not in level or parties[one].clearance == level[role]]
        if not fit:
            raise InputError(f"`{name}` needs a bureau cleared for `{level[role]}` and no higher; none is free")
        alike = [one for one in fit if (role in barred_there) != named.isdisjoint((one, *groups_of(one)))] or fit
        if not bureaus:  # who takes part in the story as well plays itself, and nobody else
            alike = [role] if role in alike else [one for one in alike if one not in wanted] or alike
        players[role] = alike[0]
        free.remove(alike[0])
    return players


def _named(declared: Iterable[Sequence[Bar]]) -> frozenset[str]:
    """Parties and groups that somebody bars."""
    return frozenset(bar.whom for bars in declared for bar in bars)


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
    """A step in a line: when, who, and what."""
    when = format_offset(step.at) if step.at is not None else "later"
    match step.verb:
        case Send(sender=sender, kind=kind, to=to):
            return f"{when} {sender} sends {kind}{' to ' if to else ''}{', '.join(to)}"
        case Measure(party=party, state=state):
            return f"{when} {SECRETARIAT} sets {party} to {state}"
        case Restrict(party=party, bars=bars):
            return f"{when} {party} bars {', '.join(bar.whom for bar in bars) or 'nobody'}"
        case Rule(word=word, message=message, notice=notice):
            return f"{when} a person decides: {word} {message or notice}"
        case verb:
            remark = f" ({verb.remark})" if verb.remark else ""
            return f"{when} {key_of(verb)} {verb.target}".rstrip() + remark


def _unknown(name: str, known: Sequence[str]) -> str:
    return f"nothing on the shelf is called `{name:.60}`{cure(name, known)}"

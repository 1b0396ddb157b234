"""Reading a scenario file: YAML (``strict_yaml``), models, references. Every mistake at once, each with its line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from i247sim.exercise.choice import cure
from i247sim.exercise.durations import format_offset
from i247sim.exercise.expected import expected
from i247sim.exercise.naming import Place, Where
from i247sim.exercise.references import mistakes
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import Step
from i247sim.exercise.strict_yaml import MAX_FILE_BYTES, MAX_PROBLEMS, Document, Problem, Problems, read
from i247sim.policy.lint import lint
from i247sim.security.files import open_plain
from i247sim.vocabulary.errors import InputError


@dataclass(frozen=True)
class Located:
    """A scenario without mistakes, and where in its file everything stands."""

    scenario: Scenario
    _document: Document

    def problem(self, place: Place, text: str) -> Problem:
        """``text`` about what stands at ``place``: keys and positions from the top."""
        return self._document.problem(place, text)


def load(path: Path) -> Scenario:
    """The scenario in the file ``path``.

    Raises ``Problems`` (all mistakes at once), or ``InputError`` for a file that cannot be read.
    """
    return locate(path).scenario


def locate(path: Path) -> Located:
    """The same, with the places of everything: to say more about it later."""
    try:
        with open_plain(path) as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {str(error.strerror).lower()}; expected a scenario file") from None
    return _locate(data, str(path))


def loads(data: bytes, name: str = "scenario") -> Scenario:
    """The scenario in ``data``, called ``name`` in messages; raises ``Problems``."""
    return _locate(data, name).scenario


@lru_cache(maxsize=2)
def _locate(data: bytes, name: str) -> Located:
    # Remembered, since a scenario is read again wherever it is played again.
    document = read(data, name)
    found = list(document.problems)
    scenario, kept = _validate(document, found)
    if scenario is not None:
        found += [document.problem(where, text) for where, text in islice(mistakes(scenario, kept), MAX_PROBLEMS)]
        found += [document.problem(kept.place("rules", number), text) for number, text in _of_rules(scenario.rules)]
    if found:
        raise Problems(name, found[:MAX_PROBLEMS])
    assert scenario is not None
    return Located(scenario, document)


_ONE_VERB = Problem(1, 1, "expected one verb, such as `cut: {party: AR}`")


def load_step(text: str, scenario: Scenario, at: timedelta) -> Step:
    """A step as somebody types it while ``scenario`` runs: YAML or JSON with one verb, such as ``cut: {party: AR}``.

    ``at`` is its offset. Raises ``Problems``; what it refers to is checked, but not whether it makes sense by now.
    """
    if not text.strip():
        raise Problems("inject", [_ONE_VERB])
    document = read(text.encode("utf-8", "replace"), "inject")
    if document.problems or not isinstance(document.value, dict):
        raise Problems("inject", list(document.problems) or [_ONE_VERB])
    for key in ("at", "after"):
        if key in document.value:
            said = f"`{key}` is no part of an inject, which comes at once or, with `--in 30m`, later; leave it out"
            raise Problems("inject", [document.problem((key,), said)])
    try:
        step = Step.model_validate({**document.value, "at": format_offset(at)})
    except ValidationError as error:
        raise Problems("inject", _explain(document, error, _schema(Step))) from None
    number = len(scenario.timeline)
    whole = scenario.model_copy(update={"timeline": (*scenario.timeline, step)})
    wrong = [
        document.problem(tuple(place[2:]), said)
        for place, said in mistakes(whole, Where(partial=True))
        if place[:2] == ("timeline", number)
    ]
    if wrong:
        raise Problems("inject", wrong)
    return step


def _validate(document: Document, found: list[Problem]) -> tuple[Scenario | None, Where]:
    """The scenario, or as much of it as is right, so that its references can be checked all the same.

    Parts with mistakes are reported and left out for that check: a step, an expectation, a record, an entry
    of a mapping. What refers to them must not be reported a second time, so their labels stay known.
    """
    value = document.value
    if not isinstance(value, dict):
        found.append(Problem(*document.place(()), "not a scenario; expected keys such as `title`, `participants`"))
        return None, Where()
    try:
        return Scenario.model_validate(value), Where()
    except ValidationError as error:
        found += _explain(document, error, _schema(Scenario))
        broken = [tuple(one["loc"]) for one in error.errors(include_url=False)]
    rest, where = _without(value, broken)
    try:
        return Scenario.model_validate(rest), where
    except ValidationError:
        return None, where


def _of_rules(rules: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """What the lint of the rules says, with the number of the text that it is about."""
    for text in lint(rules) if rules else ():
        place = re.match(r"text (\d+)", text)
        yield (int(place[1]) - 1 if place else 0), text


def _without(value: Mapping[str, Any], broken: Sequence[Place]) -> tuple[dict[str, Any], Where]:
    rest = {key: part for key, part in value.items() if (key,) not in broken}
    rest.setdefault("title", "unknown")
    rest.setdefault("aim", "unknown")
    if isinstance(rest.get("participants"), dict):
        rest["participants"] = _pruned(rest["participants"], [path[1:] for path in broken if path[0] == "participants"])
    numbers: dict[str, tuple[int, ...]] = {}
    for section, part in list(rest.items()):
        hit = {path[1] for path in broken if len(path) > 1 and path[0] == section}
        if isinstance(part, list) and section != "participants":
            numbers[section] = tuple(number for number in range(len(part)) if number not in hit)
            rest[section] = [part[number] for number in numbers[section]]
        elif isinstance(part, dict) and section not in ("participants", "review"):
            rest[section] = {key: one for key, one in part.items() if key not in hit}
        elif hit and section != "participants":
            del rest[section]
    timeline = value.get("timeline")
    steps = timeline if isinstance(timeline, list) else []
    lost = set(range(len(steps))) - set(numbers.get("timeline", ()))
    labels = tuple(
        (number, step["label"])
        for number, step in enumerate(steps)
        if number in lost and isinstance(step, dict) and isinstance(step.get("label"), str)
    )
    rest.setdefault("timeline", [])
    return rest, Where(numbers, labels, partial=True)


def _pruned(value: dict[str, Any], broken: Sequence[Place]) -> dict[str, Any]:
    """``value`` without the keys that have a mistake: of an entity, that one key."""
    kept: dict[str, Any] = {}
    for key, part in value.items():
        inner = [path[1:] for path in broken if path and path[0] == key]
        if isinstance(part, dict) and inner and all(inner):
            kept[key] = _pruned(part, inner)
        elif not inner:
            kept[key] = part
    return kept


def _explain(document: Document, error: ValidationError, schema: dict[str, Any]) -> list[Problem]:
    """Each mistake that pydantic found in words, and those of one value together. ``schema``: what is read."""
    said: dict[Place, list[str]] = {}
    for one in islice(error.errors(include_url=False), MAX_PROBLEMS):
        path = _known(document, one)
        if document.spoiled.intersection(path[:length] for length in range(len(path) + 1)):
            continue
        said.setdefault(path, [])
        text = _words(schema, one, path)
        if text not in said[path]:
            said[path].append(text)
    return [document.problem(path, "; or: ".join(texts)) for path, texts in said.items()]


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """What the model says of itself: a sixth of a second to make, and the same for every file."""
    return model.model_json_schema()


def _known(document: Document, error: ErrorDetails) -> Place:
    """The path of an error as far as the file has it: pydantic adds names of alternatives and of missing keys."""
    loc = tuple(error["loc"])
    if error["type"] == "missing":
        return loc
    while loc and loc not in document.places:
        loc = loc[:-1]
    return loc


def _words(schema: dict[str, Any], error: ErrorDetails, path: Place) -> str:
    name = ".".join(str(part) for part in path) or "the scenario"
    given = error["input"]
    shown = f" is `{given:.60}`" if isinstance(given, str) else ""
    match error["type"]:
        case "missing":
            owner = ".".join(str(part) for part in path[:-1]) or "the scenario"
            return f"`{path[-1]}` is missing in {owner}; add it"
        case "extra_forbidden":
            keys = _keys(schema, path[:-1])
            return f"`{path[-1]}` is not a key here" + cure(str(path[-1]), keys)
        case "value_error":
            text = expected(error)
            if not path:
                return text
            return f"`{name}`{shown}; {text}" if text.startswith("expected") else f"`{name}`: {text}"
        case "string_type":
            return f"`{name}` is a list or has keys; expected one text"
        case _:
            return f"`{name}`{shown}; {expected(error)}"


def _keys(schema: dict[str, Any], path: Place) -> list[str]:
    """The keys that a mapping at ``path`` may have, from the model's own schema."""
    nodes = [schema]
    for part in path:
        nodes = [step for node in nodes for step in _descend(schema, node, part)]
    return [key for node in nodes for one in _alternatives(schema, node) for key in one.get("properties", {})]


def _alternatives(schema: dict[str, Any], node: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in node:
        return _alternatives(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[1]])
    return [one for part in node.get("anyOf", ()) for one in _alternatives(schema, part)] or [node]


def _descend(schema: dict[str, Any], node: dict[str, Any], part: str | int) -> Iterator[dict[str, Any]]:
    for one in _alternatives(schema, node):
        if isinstance(part, int):
            inner = one.get("items")
        else:
            inner = one.get("properties", {}).get(part, one.get("additionalProperties"))
        if isinstance(inner, dict):
            yield inner

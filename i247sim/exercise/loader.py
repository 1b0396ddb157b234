"""Reading a scenario file: strict YAML, every mistake at once with its line, references checked.

YAML is read without its traps: every scalar is text (Norway stays ``NO``), and there are no aliases, anchors,
tags, merge keys or second documents. Size, depth and number of values are bounded before anything is built.
"""

import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from i247sim.exercise.choice import cure
from i247sim.exercise.durations import format_offset
from i247sim.exercise.expected import expected
from i247sim.exercise.references import Place, Where, mistakes
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import Step
from i247sim.policy.lint import lint
from i247sim.vocabulary.errors import InputError

MAX_FILE_BYTES = 256 * 1024
"""A scenario of all 196 members with a hundred steps has a tenth of this."""
MAX_DEPTH = 12
MAX_VALUES = 10_000
"""Scalars, lists and mappings together."""
MAX_PROBLEMS = 100
"""After that many, reading more would help nobody."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and lone surrogates, which YAML can smuggle in as escapes."""

_QUICK: type[Any] | None = getattr(yaml, "CSafeLoader", None)
"""The parser of libyaml, eighteen times as fast, where PyYAML was built with it. It reads what has no mistake; in what
words a mistake is told is left to the other parser, so that they are the same everywhere."""
_DISPUTED = re.compile(r"[?\t\r\x85\u2028\u2029\ufeff]")
"""Where the two do not agree on what is YAML or in which column it stands: there the other one reads alone."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: its place (from 1), and what is wrong, what was expected, how to cure it."""

    line: int
    column: int
    text: str


class Problems(InputError):
    """All mistakes of one file, in order of line. The text is one ``file:line: ...`` per mistake."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(f"{file}:{one.line}: {one.text}" for one in self.problems))


@dataclass(frozen=True)
class Located:
    """A scenario without mistakes, and where in its file everything stands."""

    scenario: Scenario
    _document: "_Document"

    def problem(self, place: Place, text: str) -> Problem:
        """``text`` about what stands at ``place``: keys and positions from the top."""
        return _problem(self._document, place, text)


def load(path: Path) -> Scenario:
    """The scenario in the file ``path``.

    Raises ``Problems`` (all mistakes at once), or ``InputError`` for a file that cannot be read.
    """
    return locate(path).scenario


def locate(path: Path) -> Located:
    """The same, with the places of everything: to say more about it later."""
    try:
        # Before opening: to open a named pipe would wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"`{path}` is not a file; expected a scenario file")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {error.strerror}; expected a scenario file") from None
    return _locate(data, str(path))


def loads(data: bytes, name: str = "scenario") -> Scenario:
    """The scenario in ``data``, called ``name`` in messages; raises ``Problems``."""
    return _locate(data, name).scenario


@lru_cache(maxsize=2)
def _locate(data: bytes, name: str) -> Located:
    # Remembered, since a scenario is read again wherever it is played again.
    document = _read(data, name)
    found = list(document.problems)
    scenario, kept = _validate(document, found)
    if scenario is not None:
        found += [_problem(document, where, text) for where, text in islice(mistakes(scenario, kept), MAX_PROBLEMS)]
        found += [_problem(document, kept.place("rules", number), text) for number, text in _of_rules(scenario.rules)]
    if found:
        raise Problems(name, found[:MAX_PROBLEMS])
    assert scenario is not None
    return Located(scenario, document)


def read_values(path: Path) -> Any:
    """Text, lists and mappings in a YAML file that is no scenario, read as strictly as one. Raises ``Problems``."""
    document = _read(path.read_bytes(), str(path))
    if document.problems:
        raise Problems(str(path), document.problems)
    return document.value


def load_step(text: str, scenario: Scenario, at: timedelta) -> Step:
    """A step as somebody types it while ``scenario`` runs: YAML or JSON with one verb, such as ``cut: {party: AR}``.

    ``at`` is its offset. Raises ``Problems``; what it refers to is checked, but not whether it makes sense by now.
    """
    document = _read(text.encode("utf-8", "replace"), "inject")
    if document.problems or not isinstance(document.value, dict):
        found = list(document.problems) or [Problem(1, 1, "expected one verb, such as `cut: {party: AR}`")]
        raise Problems("inject", found)
    try:
        step = Step.model_validate({**document.value, "at": format_offset(at)})
    except ValidationError as error:
        raise Problems("inject", _explain(document, error, _schema(Step))) from None
    number = len(scenario.timeline)
    whole = scenario.model_copy(update={"timeline": (*scenario.timeline, step)})
    wrong = [
        _problem(document, tuple(place[2:]), said)
        for place, said in mistakes(whole, Where(partial=True))
        if place[:2] == ("timeline", number)
    ]
    if wrong:
        raise Problems("inject", wrong)
    return step


def read_yaml(text: str) -> Any:
    """A value as somebody types it, strictly read: text, lists and mappings. Raises ``Problems``."""
    document = _read(text.encode("utf-8", "replace"), "text")
    if document.problems:
        raise Problems("text", list(document.problems))
    return document.value


# --- YAML ---------------------------------------------------------------------------------------------------


@dataclass
class _Document:
    """A file as read: text, lists and mappings, with the line and column of each."""

    value: Any = None
    places: dict[Place, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    spoiled: set[Place] = field(default_factory=set)
    """Values that already have a problem as YAML: what a model says of them would only repeat it."""

    def place(self, path: Place) -> tuple[int, int]:
        """Line and column of the value at ``path``, or of the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))


class _Stop(Exception):
    """Nothing more can be read."""


def _read(data: bytes, name: str) -> _Document:
    document = _Document()

    def stop(line: int, text: str) -> Problems:
        return Problems(name, [*document.problems, Problem(line, 1, text)])

    if len(data) > MAX_FILE_BYTES:
        raise stop(1, f"the file is larger than the limit of {MAX_FILE_BYTES} bytes; split the scenario")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise stop(line, "not UTF-8 text; expected a YAML file in UTF-8; save it again in that encoding") from None
    quick = _read_quickly(text)
    if quick is not None:
        return quick
    try:
        _Composer(document, yaml.SafeLoader).compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        said = " ".join(part for part in (error.context, error.problem) if part)
        within = "close every bracket, and put a text with `,`, `:` or `?` in quotes"
        cure = within if "while parsing a flow" in said else "check indentation, colons and quotes"
        raise stop(line, f"not YAML: {said}; {cure}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise stop(line, f"a character that no text file has (code {error.character}); remove it") from None
    except (ValueError, OverflowError):
        # PyYAML makes characters from escapes such as backslash-UFFFFFFFF without looking at them first.
        line = max((place[0] for place in document.places.values()), default=1)
        raise stop(line, "here or just below, an escape that is no character; remove it") from None
    except _Stop:
        raise Problems(name, document.problems) from None
    return document


def _read_quickly(text: str) -> _Document | None:
    """What ``_read`` makes of a text without mistakes; ``None`` if it has some, or may have."""
    if _QUICK is None or _DISPUTED.search(text):
        return None
    document = _Document()
    try:
        _Composer(document, _QUICK).compose(text)
    except (yaml.YAMLError, ValueError, OverflowError, _Stop):
        return None
    return None if document.problems else document


class _Composer:
    """Builds plain values from YAML events, and stops before anything grows beyond its bound."""

    def __init__(self, document: _Document, parser: type[Any]) -> None:
        self.document = document
        self.parser = parser
        self.values = 0

    def compose(self, text: str) -> None:
        """Reads the one document in ``text``."""
        events: Iterator[yaml.Event] = yaml.parse(text, Loader=self.parser)
        documents = 0
        for event in events:
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self.stop(event, "a second document begins; expected one scenario in one file")
                    if event.version or event.tags:
                        self.problem(event, "a `%` directive; expected plain YAML; remove the line")
                case yaml.StreamStartEvent() | yaml.StreamEndEvent() | yaml.DocumentEndEvent():
                    pass
                case _:
                    self.document.places[()] = _mark(event)
                    self.document.value = self.build(event, events, (), 1)
        if not documents:
            self.document.problems.append(Problem(1, 1, "the file is empty; expected a scenario"))
            raise _Stop

    def build(self, event: yaml.Event, events: Iterator[yaml.Event], path: Place, depth: int) -> Any:
        """The value that begins with ``event``."""
        self.values += 1
        if self.values > MAX_VALUES:
            self.stop(event, f"more than {MAX_VALUES} values; split the scenario")
        if depth > MAX_DEPTH:
            self.stop(event, f"nested deeper than {MAX_DEPTH} levels; no scenario needs that")
        if isinstance(event, yaml.AliasEvent):
            self.document.spoiled.add(path)
            self.problem(event, f"an alias (`*{event.anchor}`); expected the value itself; write it out")
            return ""
        assert isinstance(event, yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent), event
        if event.anchor is not None:
            self.problem(event, f"an anchor (`&{event.anchor:.40}`); expected plain values; remove it")
        if event.tag is not None:
            self.problem(event, f"a tag (`{event.tag:.60}`); expected plain values; remove it")
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, path, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, path, depth)
        if unprintable := _UNPRINTABLE.search(event.value):
            self.document.spoiled.add(path)
            self.problem(event, f"a character that no text has (code {ord(unprintable[0])}); remove it")
            return ""
        return event.value

    def sequence(self, events: Iterator[yaml.Event], path: Place, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            here = (*path, len(items))
            self.document.places[here] = _mark(event)
            items.append(self.build(event, events, here, depth + 1))
        return items

    def mapping(self, events: Iterator[yaml.Event], path: Place, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.build(event, events, (*path, "?"), depth + 1)
            if not isinstance(key, str):
                self.stop(event, "a key that is itself a list or mapping; expected a word")
            value_event = next(events)
            here = (*path, key)
            if key == "<<":
                self.document.spoiled.add(path)
                self.problem(event, "a merge key (`<<`); expected the values themselves; write them out")
            elif key in found:
                first = self.document.places[here][0]
                self.problem(event, f"`{_line(key)}` stands twice (first in line {first}); remove one")
            else:
                self.document.places[here] = _mark(event)
            value = self.build(value_event, events, here, depth + 1)
            if isinstance(value_event, yaml.ScalarEvent) and not value and not value_event.style:
                self.document.spoiled.add(here)
                self.problem(event, f"`{_line(key)}` has no value; write one, or remove the key")
            if key not in found and key != "<<":
                found[key] = value
        return found

    def problem(self, event: yaml.Event, text: str) -> None:
        self.document.problems.append(Problem(*_mark(event), text))
        if len(self.document.problems) >= MAX_PROBLEMS:
            raise _Stop

    def stop(self, event: yaml.Event, text: str) -> None:
        self.problem(event, text)
        raise _Stop


def _line(text: str) -> str:
    """The user's own text within a message: short, and on one line."""
    return " ".join(text[:60].split())


def _mark(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None, "the parser marks every event"
    return (mark.line + 1, mark.column + 1)


# --- the models ---------------------------------------------------------------------------------------------


def _validate(document: _Document, found: list[Problem]) -> tuple[Scenario | None, Where]:
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


def _explain(document: _Document, error: ValidationError, schema: dict[str, Any]) -> list[Problem]:
    """Each mistake that pydantic found in words, and those of one value together. ``schema``: what is read."""
    said: dict[Place, list[str]] = {}
    for one in islice(error.errors(include_url=False), MAX_PROBLEMS):
        path = _known(document, one)
        if document.spoiled.intersection(path[:length] for length in range(len(path) + 1)):
            continue
        said.setdefault(path, [])
        text = _words(document, schema, one, path)
        if text not in said[path]:
            said[path].append(text)
    return [_problem(document, path, "; or: ".join(texts)) for path, texts in said.items()]


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """What the model says of itself: a sixth of a second to make, and the same for every file."""
    return model.model_json_schema()


def _problem(document: _Document, path: Place, text: str) -> Problem:
    # One line per problem, whatever the file's own values are.
    return Problem(*document.place(path), " ".join(text.split()))


def _known(document: _Document, error: ErrorDetails) -> Place:
    """The path of an error as far as the file has it: pydantic adds names of alternatives and of missing keys."""
    loc = tuple(error["loc"])
    if error["type"] == "missing":
        return loc
    while loc and loc not in document.places:
        loc = loc[:-1]
    return loc


def _words(document: _Document, schema: dict[str, Any], error: ErrorDetails, path: Place) -> str:
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

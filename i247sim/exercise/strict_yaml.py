"""Strict YAML: text, lists and mappings with the place of each, and every mistake at once.

YAML is read without its traps: every scalar is text (Norway stays ``NO``), and there are no aliases, anchors,
tags, merge keys or second documents. Size, depth and number of values are bounded before anything is built.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from i247sim.exercise.naming import Place
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


def read_values(path: Path) -> Any:
    """Text, lists and mappings in a YAML file that is no scenario, read as strictly as one. Raises ``Problems``."""
    document = read(path.read_bytes(), str(path))
    if document.problems:
        raise Problems(str(path), document.problems)
    return document.value


def read_yaml(text: str) -> Any:
    """A value as somebody types it, strictly read: text, lists and mappings. Raises ``Problems``."""
    document = read(text.encode("utf-8", "replace"), "text")
    if document.problems:
        raise Problems("text", list(document.problems))
    return document.value


@dataclass
class Document:
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

    def problem(self, path: Place, text: str) -> Problem:
        """``text`` about what stands at ``path``: one line, whatever the file's own values are."""
        return Problem(*self.place(path), " ".join(text.split()))


class _Stop(Exception):
    """Nothing more can be read."""


def read(data: bytes, name: str) -> Document:
    """The one document in ``data``, called ``name`` in messages, and in its ``problems`` what is wrong with it.

    Raises ``Problems`` where nothing more can be read.
    """
    document = Document()

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
        if "'\\t'" in said:
            cure = "indent with blanks: YAML takes no tabs there"
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


def _read_quickly(text: str) -> Document | None:
    """What ``_read`` makes of a text without mistakes; ``None`` if it has some, or may have."""
    if _QUICK is None or _DISPUTED.search(text):
        return None
    document = Document()
    try:
        _Composer(document, _QUICK).compose(text)
    except (yaml.YAMLError, ValueError, OverflowError, _Stop):
        return None
    return None if document.problems else document


class _Composer:
    """Builds plain values from YAML events, and stops before anything grows beyond its bound."""

    def __init__(self, document: Document, parser: type[Any]) -> None:
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

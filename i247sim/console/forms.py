"""Forms made from the engine's own models, and what somebody typed read back into what the models take. Pure.

A field's name is the path of what it fills: ``p.to``, ``p.notice.person.forename``. What is left empty is left out,
so that the model's own default holds. Nothing is judged here: the models do that, and their mistakes come back by
the same path (``errors_by_field``).
"""

import inspect
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from i247sim.console.plain import number_of
from i247sim.exercise.durations import format_duration, parse_duration
from i247sim.exercise.naming import message_ref
from i247sim.exercise.schema import sentences
from i247sim.vocabulary.kinds import in_words
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.statements import Whom

_PARTY = get_args(PartyId)[1].func
_WHOM = get_args(Whom)[1].func
_LONG = 1000
"""A text that may be longer than this gets an area and not a line."""
_DEEPEST = 3


@dataclass(frozen=True)
class Lists:
    """What fields can suggest."""

    parties: Sequence[tuple[str, str]] = ()
    """(Id, name)."""
    groups: Sequence[str] = ()
    messages: Sequence[tuple[str, str]] = ()
    """(Name, what it is)."""


@dataclass(frozen=True)
class Field:
    """One field of a form (contract: ``field``)."""

    name: str
    title: str
    type: str
    value: Any = None
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    unit: str | None = None
    help: str | None = None
    error: str | None = None
    default: Any = None
    """What holds if nothing is typed."""

    def plain(self) -> dict[str, Any]:
        """As the templates take it."""
        return {
            "name": self.name,
            "title": self.title,
            "type": self.type,
            "value": self.value,
            "choices": [{"value": value, "title": title} for value, title in self.choices],
            "required": self.required,
            "unit": self.unit,
            "help": self.help,
            "error": self.error,
        }


@dataclass(frozen=True)
class Shape:
    """How a model is drawn. ``only`` and ``without`` choose among its keys; ``choices`` narrows some."""

    only: Sequence[str] | None = None
    without: Sequence[str] = ()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


def fields_of(
    model: type[BaseModel], prefix: str, lists: Lists, values: Mapping[str, Any], shape: Shape = Shape(), depth: int = 0
) -> list[Field]:
    """The fields of ``model`` in its order; models inside it come as fields of their own. ``values`` by field name."""
    said = sentences(model)
    found: list[Field] = []
    for name, info in model.model_fields.items():
        key = info.alias or name
        if key in shape.without or (shape.only is not None and key not in shape.only):
            continue
        path = f"{prefix}{key}"
        inner = _model(info.annotation)
        if inner is not None and depth < _DEEPEST:
            found += fields_of(inner, f"{path}.", lists, values, Shape(without=("exercise",)), depth + 1)
            continue
        made = _field(info, path, key, said.get(name, ""), lists, shape.choices.get(key, ()))
        if made is not None:
            known = values.get(path, made.value)
            required = made.required and depth == 0
            found.append(replace(made, value=known, required=required, default=made.value))
    return found


def _field(info: FieldInfo, path: str, key: str, help_: str, lists: Lists, choices: Sequence[str]) -> Field | None:
    kinds = _kinds(info)
    title = key.replace("_", " ").capitalize()
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    required = info.is_required()
    enum = next((one for one in (*kinds, *_inner(kinds)) if inspect.isclass(one) and issubclass(one, StrEnum)), None)
    literal = next((one for one in kinds if get_origin(one) is Literal), None)
    many = any(get_origin(one) in (tuple, list) for one in kinds)
    made_by = {getattr(one, "func", None) for one in _metadata(info)}
    value: Any = None if default in (None, (), {}) else default
    type_, options = "text", tuple[tuple[str, str], ...]()
    parties = tuple(lists.parties)
    if choices:
        type_, options = "choice", tuple((one, _word(one)) for one in choices)
        value = None if value is None else str(value)
    elif made_by & {_PARTY, _WHOM} or (many and _inner_made_by(kinds) & {_PARTY, _WHOM}):
        type_ = "parties" if many else "party"
        groups = (
            tuple((one, f"all of {one}") for one in lists.groups) if _WHOM in made_by | _inner_made_by(kinds) else ()
        )
        options = (*parties, *groups)
    elif parse_duration in made_by:
        type_, value = "duration", None if default is None else format_duration(default)
        help_ = f"{help_} Like 90s, 30m, 1h30m.".strip()
    elif message_ref in made_by:
        type_, options = "message", tuple(lists.messages)
    elif enum is not None and many:
        type_, options = "choices", tuple((str(one), _word(str(one))) for one in enum)
    elif enum is not None:
        type_, options = "choice", tuple((str(one), _word(str(one))) for one in enum)
        value = None if value is None else str(value)
    elif literal is not None and many:
        type_, options = "choices", tuple((str(one), _word(str(one))) for one in get_args(literal))
    elif literal is not None:
        type_, options = "choice", tuple((str(one), _word(str(one))) for one in get_args(literal))
    elif bool in kinds:
        type_, required = "bool", False
        value = "yes" if default else None
    elif int in kinds or float in kinds:
        type_ = "number"
    elif many and str in _inner(kinds):
        help_ = f"{help_} Several with commas between.".strip()
    elif many or dict in {get_origin(one) for one in kinds}:
        # A list of things with keys of their own is written as in a timeline.
        type_, help_ = "yaml", f"{help_} As in a timeline, like `[{{…}}]`.".strip()
        value = None
    elif _longest(info) > _LONG:
        type_ = "area"
    return Field(path, title, type_, value, options, required, None, help_.replace("``", "`") or None)


def _word(text: str) -> str:
    return in_words(text) if text.isupper() and len(text) > 1 else text


def _kinds(info: FieldInfo) -> list[Any]:
    """The alternatives of an annotation, ``None`` and ``Annotated`` taken away."""
    return list(_alternatives(info.annotation))


def _alternatives(annotation: Any) -> Iterable[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        for one in get_args(annotation):
            if one is not type(None):
                yield from _alternatives(one)
    elif hasattr(annotation, "__metadata__"):
        yield from _alternatives(get_args(annotation)[0])
    else:
        yield annotation


def _inner(kinds: Iterable[Any]) -> list[Any]:
    return [
        two for one in kinds if get_origin(one) in (tuple, list) for arg in get_args(one) for two in _alternatives(arg)
    ]


def _inner_made_by(kinds: Iterable[Any]) -> set[Any]:
    return {
        getattr(meta, "func", None)
        for one in kinds
        if get_origin(one) in (tuple, list)
        for arg in get_args(one)
        for meta in getattr(arg, "__metadata__", ())
    }


def _metadata(info: FieldInfo) -> Iterable[Any]:
    yield from info.metadata
    for part in get_args(info.annotation):
        yield from getattr(part, "__metadata__", ())


def _model(annotation: Any) -> type[BaseModel] | None:
    found = list(_alternatives(annotation))
    if len(found) == 1 and inspect.isclass(found[0]) and issubclass(found[0], BaseModel):
        return found[0]
    return None


def _longest(info: FieldInfo) -> int:
    lengths = [getattr(one, "max_length", None) for one in _metadata(info)]
    return max((one for one in lengths if one), default=0)


# --- reading back


def read(typed: Mapping[str, Sequence[str]], prefix: str, fields: Sequence[Field]) -> dict[str, Any]:
    """What was typed into ``fields`` as JSON types, by the paths of their names; what is empty is left out."""
    found: dict[str, Any] = {}
    for one in fields:
        if not one.name.startswith(prefix):
            continue
        value = _value(one, [text for text in typed.get(one.name, ()) if text.strip()])
        if value is None:
            continue
        *way, last = one.name.removeprefix(prefix).split(".")
        if way and _is_default(one, value) and not _others(typed, prefix, way, fields):
            continue  # a part of which nothing was filled in is not there
        place = found
        for name in way:
            place = place.setdefault(name, {})
        place[last] = value
    return found


def _is_default(one: Field, value: Any) -> bool:
    return value is False or value == one.default


def _others(typed: Mapping[str, Sequence[str]], prefix: str, way: Sequence[str], fields: Sequence[Field]) -> bool:
    """Whether something was filled in, in the part that ``way`` leads to, that does not stand there by itself."""
    part = f"{prefix}{'.'.join(way)}."
    for one in fields:
        if one.name.startswith(part):
            value = _value(one, [text for text in typed.get(one.name, ()) if text.strip()])
            if value is not None and not _is_default(one, value):
                return True
    return False


def missing(fields: Iterable[Field], typed: Mapping[str, Sequence[str]]) -> list[str]:
    """Names of the fields that must be filled in, and into which nothing was typed."""
    return [one.name for one in fields if one.required and not any(text.strip() for text in typed.get(one.name, ()))]


def _value(one: Field, texts: list[str]) -> Any:
    if one.type == "bool":
        return bool(texts) and texts[-1].lower() not in ("no", "false", "off")
    if not texts:
        return None
    text = texts[-1].strip() if one.type != "area" else texts[-1].replace("\r\n", "\n")
    if one.type in ("party", "parties"):
        named = [id_ for part in texts for id_ in _parties(part, one.choices)]
        return named if one.type == "parties" else " ".join(named)
    if (one.help or "").endswith("commas between."):
        return [word for part in texts for word in part.replace(",", " ").split()]
    if one.type == "choices":
        return texts
    if one.type == "number":
        number = number_of(text.removeprefix("-"))
        return text if number is None else -number if text.startswith("-") else number
    return text


def _parties(text: str, known: Iterable[tuple[str, str]]) -> list[str]:
    """Parties with commas or blanks between, each by its id or its name; what nobody knows stays as it was typed."""
    ids = {word.casefold(): id_ for id_, name in known for word in (name, id_)}
    found: list[str] = []
    for part in text.split(","):
        whole = ids.get(part.strip().casefold())
        found += [whole] if whole else [ids.get(word.casefold(), word) for word in part.split()]
    return found


def errors_by_field(errors: Iterable[tuple[tuple[str | int, ...], str]], prefix: str) -> dict[str, str]:
    """(Path, text) as the models say it, by the name of the field; what is about no field stands under ``""``."""
    found: dict[str, str] = {}
    for place, text in errors:
        words = [str(part) for part in place if not isinstance(part, int)]
        name = f"{prefix}{'.'.join(words)}" if words else ""
        found.setdefault(name, text)
    return found


def with_errors(fields: Iterable[Field], errors: Mapping[str, str]) -> list[Field]:
    """The fields, each with its error."""
    return [replace(one, error=errors.get(one.name)) for one in fields]

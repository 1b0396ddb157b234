"""Forms made from the engine's own models, and what somebody typed read back into what the models take. Pure.

A field's name is the path of what it fills: ``p.to``, ``p.notice.person.forename``. What is left empty is left out,
so that the model's own default holds. Nothing is judged here: the models do that, and their mistakes come back by
the same path (``errors_by_field``).
"""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from i247sim.console.asking import Lists, alternatives, ask
from i247sim.console.plain import number_of
from i247sim.exercise.schema import sentences

_DEEPEST = 3


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
        asked = ask(info, lists, shape.choices.get(key, ()))
        usual = asked.shown(None if info.is_required() else info.get_default(call_default_factory=True))
        help_ = " ".join(filter(None, (said.get(name, ""), asked.hint))).replace("``", "`")
        found.append(
            Field(
                path,
                key.replace("_", " ").capitalize(),
                asked.type,
                values.get(path, usual),
                asked.choices,
                required=info.is_required() and asked.type != "bool" and depth == 0,
                unit=asked.unit,
                help=help_ or None,
                default=usual,
            )
        )
    return found


def _model(annotation: Any) -> type[BaseModel] | None:
    found = list(alternatives(annotation))
    if len(found) == 1 and inspect.isclass(found[0]) and issubclass(found[0], BaseModel):
        return found[0]
    return None


# --- reading back


def kept_form(kept: object) -> tuple[Mapping[str, Sequence[str]], dict[str, str]]:
    """What was typed into a form that did not hold, and its mistakes, as ``Session.forms`` keeps them."""
    return (kept["typed"], kept["errors"]) if isinstance(kept, dict) else ({}, {})


def note_field(title: str, kept: object) -> Field:
    """The field of a note; with what was typed, if it was too long."""
    typed, errors = kept_form(kept)
    return Field("text", title, "area", (typed.get("text") or [""])[-1], required=True, error=errors.get("text"))


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

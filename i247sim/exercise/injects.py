"""Every verb of a timeline as data: what it is called, its parameters, what it teaches, who notices, what undoes it.

Made from the models in ``steps``, so that timeline, command line, Python, console and documentation never differ.
A form can be drawn from ``Parameter``; what it gives goes, as YAML or JSON, through ``loader.load_step``.
"""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, get_args

from pydantic.fields import FieldInfo

from i247sim.exercise.acts import Act, Before, Difficulty, Layer, Theme
from i247sim.exercise.choice import cure
from i247sim.exercise.durations import format_duration, parse_duration, parse_shift
from i247sim.exercise.naming import message_ref
from i247sim.exercise.schema import sentences
from i247sim.exercise.sending import SENDABLE, Send
from i247sim.exercise.steps import Verb, verbs
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.parties import PartyId


@dataclass(frozen=True)
class Parameter:
    """One key of a verb."""

    name: str
    """As it is written."""
    title: str
    """What it is, in a sentence."""
    type: str
    """``party``, ``parties``, ``message``, ``duration``, ``shift``, ``number``, ``yes-no``, ``choice``, ``text``,
    ``list``, or ``keys`` for what has keys of its own."""
    unit: str = ""
    """How it is written, where that needs saying; for a number, of what."""
    choices: tuple[str, ...] = ()
    """All it may be, for a choice."""
    required: bool = True
    default: str | None = None
    """As it would be written; ``None`` if there is none."""

    @property
    def example(self) -> str:
        """Something that it may be."""
        return self.choices[0] if self.choices else _EXAMPLES.get(self.type, "…")


@dataclass(frozen=True)
class Inject:
    """One verb."""

    verb: str
    """Its key in a timeline."""
    title: str
    does: str
    """What happens, in a sentence or two."""
    teaches: str
    detector: str
    layer: Layer
    adversary: bool
    inverse: str
    """Key of the verb that undoes it; empty if none does."""
    stays_because: str
    """Why none does."""
    theme: Theme
    difficulty: Difficulty
    parameters: tuple[Parameter, ...]
    example: str
    """How it is written, with what must be there: it can be injected as it stands where those parties take part."""


_PARTY = get_args(PartyId)[1].func
"""By this a field is known to hold a party."""
_EXAMPLES = {
    "party": "BR",
    "parties": "[BR, NO]",
    "message": "FR#1",
    "duration": "30m",
    "shift": "-1h",
    "number": "20",
    "list": "[]",
}


@cache
def catalogue() -> tuple[Inject, ...]:
    """Every verb, in the order of the timeline's keys."""
    return tuple(_inject(key, model) for key, model in verbs().items())


def find(verb: str) -> Inject:
    """The verb of that key; raises ``InputError`` that names near ones."""
    found = {one.verb: one for one in catalogue()}
    if verb in found:
        return found[verb]
    raise InputError(f"`{verb:.60}` is no verb{cure(verb, found)}")


def key_of(verb: Act) -> str:
    """The key under which ``verb`` stands in a step."""
    return next(key for key, model in verbs().items() if type(verb) is model)


def inverse(verb: Verb, before: Before) -> tuple[Act, ...]:
    """What undoes ``verb``, given what held before it; empty if nothing (``Inject.stays_because``)."""
    return verb.undone(before)


def _inject(key: str, model: type[Act]) -> Inject:
    parameters = tuple(_parameters(model))
    required = ", ".join(f"{one.name}: {one.example}" for one in parameters if one.required)
    return Inject(
        verb=key,
        title=model.title,
        does=" ".join((inspect.getdoc(model) or "").split()).replace("``", "`"),
        teaches=model.teaches,
        detector=model.detector,
        layer=model.layer,
        adversary=model.adversary,
        inverse=model.inverse,
        stays_because=model.stays_because,
        theme=model.theme,
        difficulty=model.difficulty,
        parameters=parameters,
        example=f"{key}: {{{model.example or required}}}",
    )


def _parameters(model: type[Act]) -> Iterator[Parameter]:
    said = sentences(model)
    properties = model.model_json_schema(by_alias=True)
    defined = properties.get("$defs", {})
    for name, field in model.model_fields.items():
        key = field.alias or name
        type_, unit, choices = _kind(field, _resolved(properties["properties"][key], defined))
        if model is Send and key == "kind":
            choices = SENDABLE  # the others are answers that come by themselves
        default = None if field.is_required() else _written(field.get_default(call_default_factory=True), type_)
        yield Parameter(key, said.get(name, ""), type_, unit, choices, field.is_required(), default)


def _resolved(schema: dict[str, Any], defined: dict[str, Any]) -> dict[str, Any]:
    """What a property's schema says once references and the alternative `null` are taken away."""
    options = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(options) == 1:
        return _resolved(options[0], defined)
    if options:
        return {"type": "machine"}  # the one choice of this kind: a machine in the middle, or a party
    if "$ref" in schema:
        return _resolved(defined[schema["$ref"].rpartition("/")[2]], defined)
    return schema


def _kind(field: FieldInfo, schema: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    """Type, unit and choices of a field."""
    made_by = {getattr(one, "func", None) for one in _metadata(field)}
    choices = tuple(str(one) for one in schema.get("enum", (schema["const"],) if "const" in schema else ()))
    match schema.get("type"):
        case _ if choices:
            return "choice", "", choices
        case "machine":
            return "party", "or `broker`, or `hub`", ()
        case _ if parse_duration in made_by:
            return "duration", "like `90s`, `30m`, `1h30m`", ()
        case _ if parse_shift in made_by:
            return "shift", "like `+10m`, `-1h`, `0s`", ()
        case _ if message_ref in made_by:
            return "message", "a label, `FR#3`, or `IPSG:NOTICE_PUBLISHED`", ()
        case "boolean":
            return "yes-no", "", ("yes", "no")
        case "integer":
            bounds = [str(schema[one]) for one in ("minimum", "maximum") if one in schema]
            said = (field.json_schema_extra or {}) if not callable(field.json_schema_extra) else {}
            of = str(said.get("unit", ""))
            return "number", " ".join(part for part in (" to ".join(bounds), of) if part), ()
        case "array" if _PARTY in made_by or _of_parties(field):
            return "parties", "", ()
        case "array":
            return "list", "", ()
        case "object":
            return "keys", "", ()
        case _ if _PARTY in made_by:
            return "party", "", ()
        case _:
            return "text", "", ()


def _metadata(field: FieldInfo) -> Iterator[object]:
    """What stands beside the type, also inside of `… | None`."""
    yield from field.metadata
    for part in get_args(field.annotation):
        yield from getattr(part, "__metadata__", ())


def _of_parties(field: FieldInfo) -> bool:
    return any(
        getattr(one, "func", None) is _PARTY
        for part in get_args(field.annotation)
        for one in getattr(part, "__metadata__", ())
    )


def _written(value: object, type_: str) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "yes" if value else "no"
        case tuple():
            return "[]" if not value else str(list(value))
        case timedelta() if type_ == "duration":
            return format_duration(value)
        case _:
            return str(value)

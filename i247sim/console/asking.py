"""How a form asks for a value: the type of field, and what can be chosen, by the value's own annotation. Pure."""

import inspect
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from i247sim.exercise.durations import format_duration, parse_duration
from i247sim.exercise.naming import message_ref
from i247sim.vocabulary.kinds import in_words
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.statements import Whom

_PARTY = get_args(PartyId)[1].func
_WHOM = get_args(Whom)[1].func
_LONG = 1000
"""A text that may be longer than this gets an area and not a line."""
Choices = tuple[tuple[str, str], ...]
"""(Value, title)."""


@dataclass(frozen=True)
class Lists:
    """What fields can suggest."""

    parties: Sequence[tuple[str, str]] = ()
    """(Id, name)."""
    groups: Sequence[str] = ()
    messages: Sequence[tuple[str, str]] = ()
    """(Name, what it is)."""


@dataclass(frozen=True)
class Asked:
    """One way to ask (``type``: as ``parts.html`` draws it)."""

    type: str
    choices: Choices = ()
    hint: str = ""
    """How to write it; empty if that goes without saying."""
    unit: str | None = None

    def shown(self, default: Any) -> Any:
        """What stands in the field at first; nothing, if the model has no default or an empty one."""
        if self.type == "bool":
            return "yes" if default else None
        if default in (None, (), {}) or self.type == "yaml":
            return None
        if self.type == "duration":
            return format_duration(default)
        return str(default) if self.type == "choice" else default


def ask(info: FieldInfo, lists: Lists, choices: Sequence[str]) -> Asked:
    """How to ask for a field of a model. ``choices``: nothing else may be chosen, if there are any."""
    kinds, made_by = list(alternatives(info.annotation)), _made_by(_metadata(info))
    within = [two for arg in _items(kinds) for two in alternatives(arg)]
    many = any(get_origin(one) in (tuple, list) for one in kinds)
    if choices:
        return Asked("choice", _titled(choices))
    named = made_by | _made_by(meta for arg in _items(kinds) for meta in getattr(arg, "__metadata__", ()))
    if named & {_PARTY, _WHOM}:
        groups = lists.groups if _WHOM in named else ()
        return Asked("parties" if many else "party", (*lists.parties, *((one, f"all of {one}") for one in groups)))
    if parse_duration in made_by:
        return Asked("duration", hint="Like 90s, 30m, 1h30m.")
    if message_ref in made_by:
        return Asked("message", tuple(lists.messages))
    closed = _closed((*kinds, *within))
    if closed is not None:
        return Asked("choices" if many else "choice", _titled(closed))
    if bool in kinds:
        return Asked("bool")
    if int in kinds or float in kinds:
        extra = info.json_schema_extra
        return Asked("number", unit=str(extra["unit"]) if isinstance(extra, dict) and "unit" in extra else None)
    if many and str in within:
        return Asked("text", hint="Several with commas between.")
    if many or dict in {get_origin(one) for one in kinds}:
        # A list of things with keys of their own is written as in a timeline.
        return Asked("yaml", hint="As in a timeline, like `[{…}]`.")
    return Asked("area" if _longest(info) > _LONG else "text")


def alternatives(annotation: Any) -> Iterable[Any]:
    """The alternatives of an annotation, ``None`` and ``Annotated`` taken away."""
    if get_origin(annotation) in (Union, types.UnionType):
        for one in get_args(annotation):
            if one is not type(None):
                yield from alternatives(one)
    elif hasattr(annotation, "__metadata__"):
        yield from alternatives(get_args(annotation)[0])
    else:
        yield annotation


def _closed(kinds: Iterable[Any]) -> list[str] | None:
    """The values of the first closed list among ``kinds``."""
    for one in kinds:
        if inspect.isclass(one) and issubclass(one, StrEnum):
            return list(one)
    for one in kinds:
        if get_origin(one) is Literal:
            return [str(value) for value in get_args(one)]
    return None


def _titled(values: Iterable[str]) -> Choices:
    return tuple((str(one), _word(str(one))) for one in values)


def _word(text: str) -> str:
    return in_words(text) if text.isupper() and len(text) > 1 else text


def _items(kinds: Iterable[Any]) -> list[Any]:
    """What lists among ``kinds`` are lists of."""
    return [arg for one in kinds if get_origin(one) in (tuple, list) for arg in get_args(one)]


def _made_by(metadata: Iterable[Any]) -> set[Any]:
    """The functions that check a value and make something of it."""
    return {getattr(one, "func", None) for one in metadata}


def _metadata(info: FieldInfo) -> Iterable[Any]:
    yield from info.metadata
    for part in get_args(info.annotation):
        yield from getattr(part, "__metadata__", ())


def _longest(info: FieldInfo) -> int:
    lengths = [getattr(one, "max_length", None) for one in _metadata(info)]
    return max((one for one in lengths if one), default=0)

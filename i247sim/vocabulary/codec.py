"""The single way to turn words into JSON bytes and back.

Reading is strict (RFC 8259 section 4 leaves duplicate names open; here they are refused): one
value, UTF-8, no duplicate names, no NaN or infinity, no number longer than 18 digits, no lone
surrogates, bounded depth and size. Writing is canonical: sorted names, no blanks, UTF-8.

What was written canonically is read fast: a quick parser's value, written again, gives the same bytes only if
nothing in them was ambiguous. Everything else goes the strict way, which is what decides.
"""

import base64
import json
import re
from typing import Any, NoReturn, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from i247sim.vocabulary.errors import FormatError

MAX_DEPTH = 16
"""How deeply objects and lists may be nested; our own formats need six."""


class Word(BaseModel):
    """Base of all values that travel: frozen, unknown fields refused, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)

    def plain(self) -> dict[str, Any]:
        """As JSON types, under the names that travel. What is ``None`` is left out: absent and null are one thing."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


M = TypeVar("M", bound=Word)


def canonical(value: Any) -> bytes:
    """``value`` (JSON types, or a ``Word``) as canonical JSON: sorted names, no blanks, UTF-8.

    A ``Word`` is written as it is ``plain``.
    """
    if isinstance(value, Word):
        value = value.plain()
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Numbers beyond 64 bits, keys that are no text: the library's own encoder knows them, or says what is wrong.
        return _ENCODER.encode(value).encode("utf-8")


def base64_text(data: bytes) -> str:
    """``data`` as a field of type ``entries.Base64`` holds it (RFC 4648, section 4)."""
    return base64.b64encode(data).decode()


def line(value: Any) -> str:
    """``value`` (JSON types, enumerations) as JSON on one line, its names in the order given: for journals."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False)


def decode(model: type[M], data: bytes, max_bytes: int) -> M:
    """Strictly read ``data`` as one ``model``; raises ``FormatError``, whatever the bytes are."""
    value = decode_json(data, max_bytes)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise FormatError(f"`{place:.60}`: {first['msg']:.120}") from None


def decode_json(data: bytes, max_bytes: int) -> Any:
    """Strictly read ``data`` as one JSON value of at most ``max_bytes``; raises ``FormatError``."""
    if len(data) > max_bytes:
        raise FormatError(f"{len(data)} bytes, more than the limit of {max_bytes}")
    _check_depth(data)
    try:
        value = orjson.loads(data)
        # Strict integers: beyond 53 bits the strict way decides.
        if orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER) == data:
            return value
    except (orjson.JSONDecodeError, TypeError):
        pass
    try:
        text = data.decode("utf-8")
        value = _DECODER.decode(text)
        # `\ud800` passes the parser as a lone surrogate that no UTF-8 can carry on.
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise FormatError(f"not strict JSON: {str(error)[:120]}") from None
    return value


_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def _check_depth(data: bytes) -> None:
    """Bound the nesting before the parser recurses. Counts brackets outside of strings."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    # Without a backslash no quotation mark stands within a string: every second piece is outside.
    outside = _STRING.sub(b"", data) if b"\\" in data else b"".join(data.split(b'"')[::2])
    depth = 0
    for bracket in _BRACKET.findall(outside):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise FormatError(f"nested deeper than {MAX_DEPTH}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _bounded_int(text: str) -> int:
    if len(text) > 18:
        raise ValueError("a number has more than 18 digits")
    return int(text)


def _bounded_float(text: str) -> float:
    if len(text) > 32:
        raise ValueError("a number has more than 32 characters")
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is out of range")
    return value


# Made once: the library's functions make a new one at every call that asks for anything special.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_bounded_int, parse_float=_bounded_float
)

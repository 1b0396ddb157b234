"""How a scenario writes time: durations (``1h30m``), spans (``3m..8m``) and offsets (``T+2h30m``).

One grammar for all three: whole numbers with a unit, largest unit first, each unit at most once
(``d``, ``h``, ``m``, ``s``). A number without unit is refused: nobody should have to guess it.
"""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

MAX_DURATION = timedelta(days=366)
"""No exercise needs more; it also keeps every moment within the calendar."""

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_FORM = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,40}}){unit})?" for unit in _UNITS))
_DURATION_PATTERN = r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$"
_SPAN_PATTERN = _DURATION_PATTERN[:-1] + r"(\.\." + _DURATION_PATTERN[1:-1] + r")?$"


def parse_duration(text: object) -> timedelta:
    """``1h30m`` as a ``timedelta``; raises ``ValueError`` on every other form and beyond ``MAX_DURATION``."""
    if isinstance(text, timedelta):
        return text
    found = _FORM.fullmatch(text) if isinstance(text, str) and text.isascii() else None
    if not found or not text:
        raise ValueError("expected a duration with units, like `30m`, `1h30m` or `3d`")
    seconds = sum(int(found[unit] or 0) * size for unit, size in _UNITS.items())
    if seconds > MAX_DURATION.total_seconds():
        raise ValueError(f"expected a duration of at most {MAX_DURATION.days}d")
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """The shortest text that ``parse_duration`` reads back: ``1h30m``. Zero is ``0s``."""
    left = int(duration.total_seconds())
    parts = []
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_shift(text: object) -> timedelta:
    """``+1h30m``, ``-20m`` or ``0s`` as a ``timedelta`` with its sign; raises ``ValueError`` on every other form."""
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str):
        raise ValueError("expected a shift like `+10m`, `-1h` or `0s`")
    sign = -1 if text.startswith("-") else 1
    return sign * parse_duration(text[1:] if text[:1] in ("+", "-") else text)


def format_shift(shift: timedelta) -> str:
    """The inverse of ``parse_shift``, in its shortest form."""
    return "-" * (shift < timedelta()) + format_duration(abs(shift))


def parse_offset(text: object) -> timedelta:
    """``T+2h30m`` as the time since the exercise began; raises ``ValueError`` on every other form."""
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or not text.startswith("T+"):
        raise ValueError("expected an offset on the exercise clock, like `T+0s`, `T+30m` or `T+1d2h`")
    return parse_duration(text[2:])


def format_offset(offset: timedelta) -> str:
    """The inverse of ``parse_offset``, in its shortest form."""
    return "T+" + format_duration(offset)


def format_clock(offset: timedelta) -> str:
    """A moment on the exercise clock: ``T+00:08:14``, ``T+1d 02:00:00``; before the start ``T-00:01:00``."""
    seconds = int(offset.total_seconds())
    minutes, second = divmod(abs(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    day = f"{days}d " if days else ""
    return f"T{'-' if seconds < 0 else '+'}{day}{hour:02}:{minute:02}:{second:02}"


def parse_span(text: object) -> tuple[int, int]:
    """``3m..8m`` (or ``5m``, which is ``5m..5m``) as shortest and longest delay in seconds. Raises ``ValueError``."""
    if isinstance(text, tuple | list) and len(text) == 2:
        return (text[0], text[1])
    if not isinstance(text, str):
        raise ValueError("expected a span like `3m..8m`, or one duration")
    low, dots, high = text.partition("..")
    try:
        span = (_seconds(low), _seconds(high if dots else low))
    except ValueError:
        raise ValueError("expected a span of durations like `3m..8m`, or one duration like `5m`") from None
    if span[0] > span[1]:
        raise ValueError("expected the shorter delay before the longer one, like `3m..8m`")
    if span[0] < 1:
        raise ValueError("expected a delay of at least `1s`")
    return span


def format_span(span: tuple[int, int]) -> str:
    """The inverse of ``parse_span``."""
    low, high = (format_duration(timedelta(seconds=seconds)) for seconds in span)
    return low if low == high else f"{low}..{high}"


def _seconds(text: str) -> int:
    return int(parse_duration(text).total_seconds())


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _DURATION_PATTERN}),
]
"""A pydantic field that reads ``1h30m``."""
Shift = Annotated[
    timedelta,
    BeforeValidator(parse_shift),
    PlainSerializer(format_shift, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[+-]?" + _DURATION_PATTERN[1:]}),
]
"""A pydantic field that reads ``-1h30m``: how far a clock is ahead, or (with a minus) behind."""
Offset = Annotated[
    timedelta,
    BeforeValidator(parse_offset),
    PlainSerializer(format_offset, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^T\+" + _DURATION_PATTERN[1:]}),
]
"""A pydantic field that reads ``T+1h30m``: time since the start of the exercise."""
Span = Annotated[
    tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]],
    BeforeValidator(parse_span),
    PlainSerializer(format_span, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _SPAN_PATTERN}),
]
"""A pydantic field that reads ``3m..8m`` into seconds, as ``vocabulary.duties.delay`` wants them."""

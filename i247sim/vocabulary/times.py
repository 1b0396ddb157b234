"""Simulated time as text and back: UTC, whole seconds, always with ``Z``."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from i247sim.vocabulary.errors import FormatError

TICK = timedelta(seconds=1)
"""The smallest step of simulated time. A business message caused by another one is at least one tick later."""

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@lru_cache(maxsize=1024)
def to_text(moment: datetime) -> str:
    """``2026-03-02T08:00:00Z``. ``moment`` must be aware; fractions of a second are a bug."""
    utc = moment.astimezone(UTC)
    assert utc.microsecond == 0, "simulated time has whole seconds"
    return utc.replace(tzinfo=None).isoformat() + "Z"


def from_text(text: object) -> datetime:
    """The inverse of ``to_text``; raises ``FormatError`` on every other form, lower case or offset included."""
    if not isinstance(text, str):
        raise FormatError(f"`{text!s:.40}` is not a time like `2026-03-02T08:00:00Z`")
    return _read(text)


@lru_cache(maxsize=1024)
def _read(text: str) -> datetime:
    if not _FORM.fullmatch(text):
        raise FormatError(f"`{text:.40}` is not a time like `2026-03-02T08:00:00Z`")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise FormatError(f"`{text}` is not a time that exists") from error


def _validate(value: object) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None or value.microsecond:
            raise ValueError("a simulated time is aware and has whole seconds")
        return value.astimezone(UTC)
    try:
        return from_text(value)
    except FormatError as error:
        raise ValueError(str(error)) from error


SimTime = Annotated[datetime, BeforeValidator(_validate), PlainSerializer(to_text, return_type=str)]
"""A pydantic field that holds simulated time: an aware ``datetime`` inside, text with ``Z`` on the wire."""


def in_words(taken: timedelta) -> str:
    """A span as people say it: ``3 d 4 h 12 min``, whole seconds where it is less than a minute."""
    days, rest = divmod(int(taken.total_seconds()), 86_400)
    hours, seconds = divmod(rest, 3600)
    parts = [f"{count} {name}" for count, name in ((days, "d"), (hours, "h"), (seconds // 60, "min")) if count]
    return " ".join(parts) or f"{seconds} s"

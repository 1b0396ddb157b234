"""Durations, spans and offsets: one grammar, read and written without loss."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i247sim.exercise.durations import (
    format_duration,
    format_offset,
    format_span,
    parse_duration,
    parse_offset,
    parse_span,
)

seconds = st.integers(min_value=0, max_value=366 * 86_400)


@given(seconds)
def test_every_duration_is_read_back_as_written(count: int) -> None:
    duration = timedelta(seconds=count)
    assert parse_duration(format_duration(duration)) == duration
    assert parse_offset(format_offset(duration)) == duration


@given(st.tuples(seconds, seconds).map(sorted))
def test_every_span_is_read_back_as_written(pair: list[int]) -> None:
    span = (max(pair[0], 1), max(pair[1], 1))
    assert parse_span(format_span(span)) == span


@given(st.text(alphabet="0123456789dhms.T+- ", max_size=12))
def test_whatever_is_read_is_written_in_one_canonical_way(text: str) -> None:
    try:
        duration = parse_duration(text)
    except ValueError:
        return
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("3d", timedelta(days=3)),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("0s", timedelta()),
    ],
)
def test_read_a_duration(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    ["", "30", "m", "30 m", "1m1h", "1h1h", "-5m", "+5m", "1.5h", "5min", "367d", "99999999d", "٣m", "5M", None, 5],
    ids=repr,
)
def test_refuse_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["30m", "T30m", "T+", "t+30m", "T+30", "T-30m", "T+00:30", None], ids=repr)
def test_refuse_what_is_no_offset(text: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_offset(text)


@pytest.mark.parametrize("text", ["3..8m", "8m..3m", "..8m", "3m..", "3m...8m", "0s..5m", "3m-8m", None], ids=repr)
def test_refuse_what_is_no_span(text: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_span(text)


def test_one_duration_is_a_span_of_that_length() -> None:
    assert parse_span("5m") == (300, 300)
    assert format_span((300, 300)) == "5m"

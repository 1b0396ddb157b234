"""When somebody is at a desk, and how long an answer may take."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from i247sim.bureau import clocks
from i247sim.bureau.clocks import is_open, until_open, wait
from i247sim.bureau.profile import Atlas, Instrument, NationalProfile, Office, RedNotice
from i247sim.vocabulary.messages import Urgency

FRIDAY = datetime(2026, 3, 6, 12, tzinfo=UTC)
NINE_TO_FIVE = Office(opens=9, closes=17, utc=0, night_desk=False)


@pytest.mark.parametrize(
    ("office", "hours", "until"),
    [
        pytest.param(NINE_TO_FIVE, 0, 0, id="at noon it is open"),
        pytest.param(NINE_TO_FIVE, 5, 64, id="on Friday at five it closes until Monday"),
        pytest.param(NINE_TO_FIVE, -4, 1, id="at eight it opens in an hour"),
        pytest.param(NINE_TO_FIVE, 24, 45, id="on Saturday it is closed"),
        pytest.param(NINE_TO_FIVE.model_copy(update={"weekend": ("fri", "sat")}), 0, 45, id="another weekend"),
        pytest.param(NINE_TO_FIVE.model_copy(update={"utc": -5.0}), 0, 2, id="five hours behind it is seven"),
        pytest.param(NINE_TO_FIVE.model_copy(update={"utc": 5.5}), 0, 63.5, id="half an hour counts"),
    ],
)
def test_an_office_keeps_its_own_hours(office: Office, hours: int, until: float) -> None:
    now = FRIDAY + timedelta(hours=hours)
    assert until_open(office, now) == timedelta(hours=until)
    assert is_open(office, now) == (until == 0)
    assert is_open(office, now + until_open(office, now))


@pytest.mark.parametrize(
    ("urgency", "night_desk", "waits"),
    [
        (Urgency.NORMAL, True, True),
        (Urgency.URGENT, True, False),
        (Urgency.VERY_URGENT, True, False),
        (Urgency.VERY_URGENT, False, True),
    ],
)
def test_only_a_night_desk_takes_up_what_is_urgent_at_every_hour(
    urgency: Urgency, night_desk: bool, waits: bool
) -> None:
    office = NINE_TO_FIVE.model_copy(update={"night_desk": night_desk})
    assert bool(wait(office, FRIDAY + timedelta(hours=12), urgency)) == waits


@pytest.mark.parametrize("table", [clocks.ACKNOWLEDGE, clocks.FIRST_REPLY, clocks.HIT_CONFIRMATION])
def test_what_is_more_urgent_has_less_time(table: dict[Urgency, timedelta]) -> None:
    assert table[Urgency.VERY_URGENT] < table[Urgency.URGENT] < table[Urgency.NORMAL]


def test_an_office_that_never_opens_is_refused() -> None:
    with pytest.raises(ValidationError):
        Office(opens=17, closes=9)
    with pytest.raises(ValidationError):
        Office(weekend=("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


def test_a_treaty_is_in_force_between_those_whom_it_binds_both() -> None:
    def country(*instruments: str) -> NationalProfile:
        return NationalProfile(red_notice=RedNotice.BASIS, why="exercise", instruments=instruments)

    day = timedelta(days=1)
    one = Instrument(name="one", papers=18 * day, longest=40 * day, warn=15 * day)
    two = Instrument(name="two", papers=20 * day, longest=20 * day, warn=15 * day)
    book = Atlas(country(), {"AA": country("two", "one"), "BB": country("one"), "CC": country("one", "two")})
    book.instruments.update(one=one, two=two)
    assert book.treaty("AA", "BB") == book.treaty("BB", "AA") == one
    assert (book.treaty("AA", "CC"), book.treaty("CC", "AA")) == (two, one)
    assert book.treaty("AA", "ZZ") is None


def test_a_treaty_warns_before_its_time_is_over() -> None:
    day = timedelta(days=1)
    with pytest.raises(ValidationError):
        Instrument(name="late", papers=18 * day, longest=40 * day, warn=19 * day)

"""Tokens, sessions and the growing delay, as plain values."""

import pytest

from i247sim.console.plain import shown
from i247sim.console.sessions import DOUBLE_CLICK_SECONDS, SESSION_SECONDS, Delay, Flash, Sessions, Tokens
from i247sim.exercise.port import Role, Who

FR, BR = Who(Role.SEAT, "FR"), Who(Role.SEAT, "BR")


def test_a_token_has_128_bits_is_typed_as_one_likes_and_is_kept_as_a_hash() -> None:
    tokens = Tokens()
    token = tokens.issue(FR)
    assert len(token.replace("-", "")) == 26
    assert tokens.check(token) == FR
    assert tokens.check(token.lower().replace("-", " ")) == FR
    assert tokens.check(token[:-1]) is None
    assert tokens.check("") is None
    assert token not in repr(tokens) + str(tokens._known)


def test_a_seats_new_token_ends_the_old_one_and_others_stay() -> None:
    tokens = Tokens()
    first, other = tokens.issue(FR), tokens.issue(BR)
    second = tokens.issue(FR)
    assert tokens.check(first) is None
    assert tokens.check(second) == FR
    assert tokens.check(other) == BR
    tokens.withdraw(BR)
    assert not tokens.has(BR)


def test_a_session_lives_by_being_used_and_ends_for_good() -> None:
    sessions = Sessions()
    cookie, session = sessions.begin(FR, 0.0)
    assert sessions.find(cookie, SESSION_SECONDS) is session
    assert sessions.find(cookie, 2 * SESSION_SECONDS) is session
    assert sessions.find(cookie, 3 * SESSION_SECONDS + 1) is None
    assert sessions.find(cookie, 3 * SESSION_SECONDS + 2) is None
    assert session.closed
    assert cookie not in repr(sessions)
    assert session.csrf not in repr(session)


def test_suspending_closes_every_session_of_that_seat_and_of_no_other() -> None:
    sessions = Sessions()
    first, mine = sessions.begin(FR, 0.0)
    sessions.begin(FR, 0.0)
    other, theirs = sessions.begin(BR, 0.0)
    assert sessions.suspend(FR) == 2
    assert mine.closed
    assert sessions.find(first, 1.0) is None
    assert sessions.find(other, 1.0) is theirs


def test_the_delay_grows_with_every_failure_and_is_forgiven_after_a_while() -> None:
    delay = Delay()
    assert delay.wait("a", 0.0) == 0
    waits = []
    now = 0.0
    for _ in range(9):
        delay.failed("a", now)
        waits.append(delay.wait("a", now))
        now += waits[-1]
    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert delay.wait("b", 0.0) == 0, "one address does not hold up another"
    assert delay.wait("a", now + 1000) == 0
    delay.failed("a", now + 1000)
    assert delay.wait("a", now + 1000) == 0.5, "what was long ago is forgotten"
    now += 1000
    delay.passed("a")
    delay.failed("a", now)
    assert delay.wait("a", now) == 0.5


def test_addresses_without_end_fill_no_memory() -> None:
    delay = Delay()
    for number in range(5000):
        delay.failed(str(number), 0.0)
    assert len(delay._failures) <= 1000


def test_a_session_keeps_the_newest_few_words() -> None:
    _, session = Sessions().begin(FR, 0.0)
    for number in range(9):
        session.say(Flash("ok", str(number)))
    assert [one.text for one in session.flashes] == ["4", "5", "6", "7", "8"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain, ünïcode, العربية, 日本語\n\ttab", "plain, ünïcode, العربية, 日本語\n\ttab"),
        ("a\u202egnp.exe", "a‹U+202E›gnp.exe"),
        ("a\u200bb\u2066c\x00d\x1b[31m", "a‹U+200B›b‹U+2066›c‹U+0000›d‹U+001B›[31m"),
        ("\U000e0041\ufeff\u00ad", "‹U+E0041›‹U+FEFF›‹U+00AD›"),
        ("Vie\u0302\u0323t Z" + "\u0336\u0300" * 40 + "o", "Vie\u0302\u0323t Z" + "\u0336\u0300" * 2 + "‹…›o"),
    ],
)
def test_what_hides_or_turns_other_characters_is_spelled_out(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_the_same_form_a_moment_later_is_a_double_click_and_later_still_it_is_meant() -> None:
    _, session = Sessions().begin(FR, 0.0)
    typed = {"party": ["BR"]}
    assert not session.repeats("cut", typed, 0.0)
    assert session.repeats("cut", typed, 1.9)
    assert not session.repeats("cut", typed, 1.9 + DOUBLE_CLICK_SECONDS)
    assert not session.repeats("cut", {"party": ["DE"]}, 4.0)
    assert not session.repeats("restore", {"party": ["DE"]}, 4.0)

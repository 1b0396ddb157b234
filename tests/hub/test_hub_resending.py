"""When the hub sends again: nobody is pressed who answers, nobody is forgotten who does not."""

import pytest

from i247sim.clock.patience import Patience
from i247sim.hub.resending import Resending

PATIENCE = Patience(first_resend=1.0, last_resend=4.0)


def due(resending: Resending, now: float, busy: bool = False) -> list[str]:
    return list(resending.due({"BR": 1}, now, busy))


def test_who_is_silent_is_sent_to_again_and_each_time_later() -> None:
    resending = Resending(PATIENCE)
    resending.sent("BR", 10.0)
    assert [now for now in range(10, 30) if due(resending, float(now))] == [12, 15, 20, 25]


def test_while_others_answer_silence_counts_for_less() -> None:
    resending = Resending(PATIENCE)
    resending.sent("BR", 10.0)
    assert not due(resending, 26.0, busy=True)
    assert due(resending, 26.5, busy=True)


def test_who_has_nothing_to_confirm_is_forgotten() -> None:
    resending = Resending(PATIENCE)
    resending.sent("BR", 10.0)
    assert not list(resending.due({}, 100.0, False))
    assert not due(resending, 101.0), "known anew from here on"
    assert due(resending, 102.5)


def test_a_slow_party_is_given_the_time_that_it_takes() -> None:
    resending = Resending(PATIENCE)
    for number in range(40):
        resending.sent("BR", 10.0 * number)
        resending.confirmed("BR", None, 10.0 * number + 2)
    assert resending.round_trip == pytest.approx(2.0, abs=0.01)
    resending.sent("BR", 1000.0)
    assert not due(resending, 1007.0)
    assert due(resending, 1008.5)


def test_what_was_sent_again_teaches_nothing() -> None:
    resending = Resending(PATIENCE)
    resending.sent("BR", 0.0)
    resending.sends_again("BR", 1, 3)
    assert not resending.confirmed("BR", 1, 50.0)
    assert resending.round_trip == 0.0


def test_a_loss_in_the_middle_takes_along_what_was_sent_behind_it() -> None:
    resending = Resending(PATIENCE)
    resending.sent("BR", 0.0)
    resending.sends_again("BR", 1, 9)
    assert resending.confirmed("BR", 2, 1.0), "1 was missing, and so is what came behind it"
    assert not resending.confirmed("BR", 10, 2.0), "all that had been sent then is there"
    assert not resending.confirmed("BR", 11, 3.0)

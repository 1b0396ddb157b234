"""A signal lets a command clear away behind itself."""

import os
import signal

import pytest

from i247sim.cli.stopping import clearing_away


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_what_is_inside_as_an_exception_and_is_as_before_afterwards(
    number: signal.Signals, status: int
) -> None:
    before = signal.getsignal(number)
    signal.signal(number, signal.SIG_DFL)
    with pytest.raises(SystemExit) as ended, clearing_away():
        os.kill(os.getpid(), number)
    assert ended.value.code == status
    assert signal.getsignal(number) is signal.SIG_DFL
    signal.signal(number, before)


def test_who_was_started_to_outlive_its_terminal_does() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with clearing_away():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)

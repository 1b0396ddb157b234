"""Exit statuses, the one way to end that is neither a result nor an error, and the words for a failing computer."""

import signal
import sqlite3

FAILED = 1
"""An expectation failed, or evidence does not hold."""
BAD_INPUT = 2
NETWORK_FAILED = 3
BUG = 70
"""``EX_SOFTWARE`` of sysexits.h: never to be taken for a failed expectation."""
PIPE_CLOSED = 141
"""128 + SIGPIPE, as the shell shows it for every program whose reader went away."""
DEBUG = "I247SIM_DEBUG"
"""Set in the environment: errors show their traceback."""


class Stopped(Exception):
    """A signal ended the command. The text says where things stand."""

    def __init__(self, number: signal.Signals, text: str) -> None:
        super().__init__(text)
        self.number = number


def failing_world(error: OSError | sqlite3.Error) -> str:
    """What the computer refuses, in one line: a full disk, a file without rights."""
    if isinstance(error, sqlite3.Error):
        return f"a database of the run cannot be used: {error}"
    where = f"`{error.filename}`" if error.filename else "the output or a file"
    return f"{where} cannot be read or written: " + (error.strerror or str(error) or type(error).__name__).lower()

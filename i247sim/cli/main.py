"""The entry: hand the words to their command, and turn whatever goes wrong into one line and an exit status.

0 done and passed; 1 an expectation failed or evidence does not hold; 2 bad input; 3 the network failed;
70 a bug of this program; 128 + n stopped by signal n (130: Ctrl-C); 141 the reader of the output went away.
"""

import gc
import os
import re
import signal
import sqlite3
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from i247sim.cli.exits import BAD_INPUT, BUG, DEBUG, FAILED, NETWORK_FAILED, Stopped, failing_world
from i247sim.vocabulary.errors import EvidenceError, I247Error, NetworkFailed

_INTERRUPTED: Final = 128 + signal.SIGINT


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit. ``argv``: without the program's name, else ``sys.argv``."""
    # Hardly anything here refers to itself in a circle: looking for it at Python's usual rate takes 5 % of the time.
    gc.set_threshold(50_000, 20, 50)
    try:
        code = status(argv)
    except KeyboardInterrupt:
        code = _INTERRUPTED  # once more, while the last words were written
    sys.exit(code)


def status(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status. ``--help`` and a closed pipe may also raise ``SystemExit``."""
    # A program may be started without them (`>&-`); these stay open as long as it runs, so nothing closes them.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A file name or a journal may hold what this terminal cannot show: better ugly than a crash.
            stream.reconfigure(errors="backslashreplace")
    try:
        # Not at the top, so that a Ctrl-C while it loads ends here as well.
        from i247sim.cli.app import UsageError, app

        try:
            code = app(args=None if argv is None else list(argv), prog_name="i247sim", standalone_mode=False)
        except UsageError as error:
            return _complain(_usage(error, argv), BAD_INPUT)
        if code == _INTERRUPTED:
            # typer has caught the Ctrl-C, and says nothing.
            return _complain("interrupted", _INTERRUPTED)
        return code if isinstance(code, int) else 0
    except KeyboardInterrupt:
        return _complain("interrupted", _INTERRUPTED)
    except Stopped as stopped:
        return _complain(str(stopped), 128 + stopped.number)
    except EvidenceError as error:
        return _complain(str(error), FAILED)
    except NetworkFailed as error:
        return _complain(str(error), NETWORK_FAILED)
    except I247Error as error:
        # A scenario, an option, a folder; a key or certificate that does not hold.
        return _complain(str(error), BAD_INPUT)
    except (OSError, sqlite3.Error) as error:
        return _complain(failing_world(error), NETWORK_FAILED)
    except Exception as error:
        hint = "" if DEBUG in os.environ else f"; set {DEBUG}=1 to see where, and report it"
        return _complain(f"a mistake in i247sim itself: {type(error).__name__}: {_first_line(error)}{hint}", BUG)


def _complain(text: str, code: int) -> int:
    """One line on standard error (a scenario's mistakes: one each). Never fails: there may be no reader."""
    try:
        if DEBUG in os.environ:
            traceback.print_exc()
        for line in text.splitlines():
            shown = "".join(char if char.isprintable() else "?" for char in line)
            sys.stderr.write(f"error: {shown}\n" if code < 128 else f"{shown}\n")
        sys.stderr.flush()
    except OSError:
        pass
    return code


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:200]


_PLAINER: Final = (
    (r"^Invalid value for '(.*?)': Input should be greater than or equal to (\S+)", r"'\1': expected at least \2"),
    (r"^Invalid value for '(.*?)': Input should be less than or equal to (\S+)", r"'\1': expected at most \2"),
    (r"^Invalid value for '(.*?)': Input should be a valid integer.*", r"'\1': expected a whole number"),
    (r"^Invalid value for '(.*?)': Input should be a valid number.*", r"'\1': expected a number"),
    (r"^Invalid value: ", ""),
    (r"^Got unexpected extra arguments?(?:\(s\))? \((.*)\)", r"'\1' is more than the command takes"),
    (r" \(Possible options: (.*)\)", r"; did you mean one of \1?"),
)
"""What typer and pydantic say, and the same in our words. A text that is not here is passed on as it is."""


def _usage(error: Exception, argv: Sequence[str] | None) -> str:
    """What typer found wrong, in our style; nothing if it has shown the help instead."""
    text = str(getattr(error, "format_message", error.__str__)()).rstrip(".")
    for theirs, ours in _PLAINER:
        text = re.sub(theirs, ours, text)
    # An option at the end that lacks its value comes without the command that it belongs to.
    first = next(iter(sys.argv[1:] if argv is None else argv), "")
    command = getattr(getattr(error, "ctx", None), "command_path", f"i247sim {first}")
    return f"{text[:1].lower()}{text[1:]}; see `{command} --help`".replace("'", "`") if text else ""

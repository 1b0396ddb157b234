"""The two outputs: results for whoever uses them, talk for whoever watches."""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, NoReturn, TextIO, cast

from rich.console import Console
from rich.text import Text

from i247sim.cli.exits import PIPE_CLOSED

_GLYPHS = "✓⊘◷‖✕·↑†⊖○→×"


class _Results(Console):
    def on_broken_pipe(self) -> NoReturn:
        # The interpreter flushes once more on its way out: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(PIPE_CLOSED)


class _Patient:
    """Standard error that may go away: a run does not end because nobody watches it any more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream
        self.encoding = stream.encoding

    def write(self, text: str) -> int:
        try:
            if self._stream is not None:
                self._stream.write(text)
        except OSError:
            self._give_up()
        return len(text)

    def flush(self) -> None:
        try:
            if self._stream is not None:
                self._stream.flush()
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        self._stream = None
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        return sys.stderr.fileno()


def results() -> Console:
    """Standard output. When its reader goes away, the program ends with status 141."""
    return _Results(file=sys.stdout, highlight=False, markup=False, emoji=False)


def document(found: Mapping[str, Any]) -> None:
    """Print ``--json``: one document that begins with its ``format`` and with a notice that nothing in it is real.

    Letters beyond ASCII stand as they are where the output can show them, else in JSON's own escapes.
    """
    from i247sim.exercise.scenario import NOTICE

    screen = results()
    whole = {"format": 1, "notice": NOTICE, **found}
    screen.out(json.dumps(whole, indent=1, ensure_ascii=ascii_only(screen)))


def talk() -> Console:
    """Standard error. When its reader goes away, it falls silent."""
    return Console(file=cast(TextIO, _Patient(sys.stderr)), highlight=False, markup=False, emoji=False)


def ascii_only(screen: Console) -> bool:
    """Whether this output cannot show the signs and arrows."""
    try:
        _GLYPHS.encode(screen.encoding)
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def printable(text: str) -> str:
    """Text of foreign origin without characters that mean something to a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def hang(screen: Console, left: str | Text, text: str | Text, indent: int | None = None) -> None:
    """Print ``left``, and ``text`` wrapped to the right of it, without blanks at the ends of lines.

    ``indent`` (else the width of ``left``) is where ``text`` begins. What would mean something to a terminal in a plain
    ``text`` is not printed.
    """
    first = Text(left) if isinstance(left, str) else left.copy()
    body = Text("\n".join(map(printable, text.split("\n")))) if isinstance(text, str) else text
    column = first.cell_len if indent is None else indent
    first.pad_right(column - first.cell_len)
    # A sliver beside a wide margin would be worse than a line that is too long.
    for line in body.wrap(screen, max(screen.width - column, 20)):
        line.rstrip()
        first.append_text(line)
        first.rstrip()
        screen.print(first, soft_wrap=True)
        first = Text(" " * column)

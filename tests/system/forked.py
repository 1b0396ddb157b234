"""``player.py`` without loading the package anew each time: every player is a fork of one process that has loaded it.

A player is a process of its own all the same, and dies like one. As a script this is that one process; it ends when
the tests do, since nobody writes to it any more.
"""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path


def player(*argv: object) -> "subprocess.CompletedProcess[str]":
    """Run ``player.py`` with these words to its end. The environment is the caller's, as it is now."""
    words = [str(word) for word in argv]
    stable = _stable()
    assert stable.stdin is not None
    assert stable.stdout is not None
    with tempfile.TemporaryDirectory() as scratch:
        order = {"words": words, "environment": dict(os.environ), "scratch": scratch}
        stable.stdin.write(json.dumps(order) + "\n")
        stable.stdin.flush()
        status = int(stable.stdout.readline())
        out, err = ((Path(scratch) / name).read_text(encoding="utf-8") for name in ("out", "err"))
    return subprocess.CompletedProcess(words, status, out, err)


@cache
def _stable() -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _serve() -> None:
    """One line of JSON in, one exit status out."""
    from player import play

    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
            try:
                status = play(order["words"])
            except BaseException:
                traceback.print_exc()
                status = 1
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        _, ended = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(ended), flush=True)


def _become(order: dict[str, object]) -> None:
    """In the child: the caller's environment, and files of its own in place of what the stable is spoken to through."""
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[call-overload]
    sources = [(os.devnull, os.O_RDONLY)]
    sources += [(f"{order['scratch']}/{name}", os.O_WRONLY | os.O_CREAT) for name in ("out", "err")]
    for number, (path, how) in enumerate(sources):
        file = os.open(path, how)
        os.dup2(file, number)
        os.close(file)


if __name__ == "__main__":
    _serve()

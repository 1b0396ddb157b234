"""Run commands under limits, each in a process of its own that has loaded everything beforehand.

``python limited.py CALLS`` with CALLS a JSON file of ``[name, [word, ...]]``: prints one JSON line per call with its
exit status, what it said, its processor seconds and its largest resident size in MiB. A call that needs more than
``CPU_SECONDS``, ``ADDRESS_MIB`` beyond what was loaded, or ``WALL_SECONDS`` (it waits for something) is killed.
"""

import contextlib
import io
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

CPU_SECONDS = 2
"""Whole seconds are all that a process can be limited to; what is measured is in the line."""
ADDRESS_MIB = 300
WALL_SECONDS = 20
LOOK = "look"
"""No command, but the part of `console RUN` that reads."""


def call(words: list[str]) -> dict[str, Any]:
    """One call in a child of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(words, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status, used = os.wait4(child, 0)
    found = json.loads(said) if said else {"status": -1, "out": "", "err": ""}
    if os.WIFSIGNALED(status):
        found["status"] = -os.WTERMSIG(status)
    mib = used.ru_maxrss / 1024 if sys.platform != "darwin" else used.ru_maxrss / 1024**2
    return {**found, "seconds": round(found.get("seconds", used.ru_utime + used.ru_stime), 2), "mib": round(mib)}


def _child(words: list[str], writing: int) -> None:
    from i247sim.cli.main import status

    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        most = pages * resource.getpagesize() + ADDRESS_MIB * 1024**2
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + CPU_SECONDS, resource.RLIM_INFINITY))
    signal.alarm(WALL_SECONDS)
    out, err = io.StringIO(), io.StringIO()
    begun = time.process_time()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = look(Path(words[1])) if words[0] == LOOK else status(words)
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException as error:
        code = 99
        err.write(f"{type(error).__name__}: {error}")
    seconds = time.process_time() - begun
    found = {"status": code, "out": out.getvalue()[-4000:], "err": err.getvalue()[-4000:], "seconds": seconds}
    os.write(writing, json.dumps(found).encode())
    os._exit(0)


def look(folder: Path) -> int:
    """What `console RUN` does with a finished run before, and whenever, it shows a page of it. Exit statuses alike."""
    from i247sim.exercise.finished import FinishedPort
    from i247sim.exercise.port import Role, Who
    from i247sim.vocabulary.errors import EvidenceError, I247Error

    try:
        picture = FinishedPort(folder).picture(Who(Role.INSTRUCTOR))
        shown = len(picture.cells()), len(picture.transcript().rows), picture.completeness(), len(picture.plan)
        print("shown:", *shown)
    except I247Error as error:
        print(f"error: {error}", file=sys.stderr)
        return 1 if isinstance(error, EvidenceError) else 2
    return 0


def main() -> None:
    """What the module's head says."""
    import i247sim.exercise.finished
    import i247sim.exercise.inspect
    import i247sim.exercise.session
    import i247sim.exercise.verify  # noqa: F401
    from i247sim.cli import app  # noqa: F401

    os.environ["COLUMNS"] = "80"
    for name, words in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        print(json.dumps({"name": name, **call(words)}), flush=True)


if __name__ == "__main__":
    main()

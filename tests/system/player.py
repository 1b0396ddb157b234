"""A run as a process of its own, which may be told to die by kill -9 at a certain point.

``player.py play SCENARIO FOLDER MEDIUM [POINT N]`` and ``player.py resume FOLDER [POINT N]``. Prints the report
as one JSON document. ``POINT`` is

* ``line``: the Nth journal line, before it is on disk;
* ``mailbox-before``, ``mailbox-after``: around the Nth commit of the parties' mailbox;
* ``log-before``, ``log-after``: around the Nth commit of the hub's log (on the medium ``memory``);
* ``setup``, ``close``: the Nth time that this process opens, makes, renames or removes a file of the run then.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from i247sim.exercise.medium import Medium
from i247sim.exercise.report import report
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.steps import Step
from i247sim.hub.database import HubDatabase
from i247sim.node.store import Store
from i247sim.vocabulary.errors import I247Error

INJECTS = "PLAYER_INJECTS"
"""Environment variable: live injects of an earlier run, as JSON list of [after how many causes, step]."""
_TOUCHES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "sqlite3.connect"}


class Death:
    """Counts, and kills this process when its number is up."""

    def __init__(self, at: int | None) -> None:
        self.left = at

    def tick(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def watch_disk(folder: Path, death: Death) -> None:
    """Count every touch of ``folder`` from now on (audit events, PEP 578: they come before the deed)."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _TOUCHES and arguments and isinstance(arguments[0], str | os.PathLike):
            # `rmtree` removes by name within an open folder (second argument, -1 for none).
            within = event in ("os.remove", "os.rmdir") and arguments[1] != -1
            if within or os.fspath(arguments[0]).startswith(str(folder)):
                death.tick()

    sys.addaudithook(hook)


def watch_commits(owner: type, method: str, when: str, death: Death) -> None:
    """Count the calls of a method that commits."""
    commit = getattr(owner, method)

    def counted(*arguments: Any) -> Any:
        if when == "before":
            death.tick()
        result = commit(*arguments)
        if when == "after":
            death.tick()
        return result

    setattr(owner, method, counted)


def main(argv: list[str]) -> None:
    what, *rest = argv
    count = 3 if what == "play" else 1
    own, point = rest[:count], rest[count:]
    kind, death = (point[0], Death(int(point[1]))) if point else ("", Death(None))
    watch = Watch(trouble=lambda text: print(text, file=sys.stderr, flush=True))
    if kind == "line":
        watch.line = lambda line: death.tick()
    if kind.startswith("mailbox-"):
        watch_commits(Store, "_write_out", kind.removeprefix("mailbox-"), death)
    if kind.startswith("log-"):
        watch_commits(HubDatabase, "commit", kind.removeprefix("log-"), death)
    folder = Path(own[1] if what == "play" else own[0])
    if kind == "setup":
        watch_disk(folder, death)
    if what == "play":
        injects = tuple(
            (int(after), Step.model_validate(step)) for after, step in json.loads(os.environ.get(INJECTS, "[]"))
        )
        session = Session.create(Options(Path(own[0]), out=folder, medium=Medium(own[2]), injects=injects), watch)
    else:
        session = Session.resume(folder, watch)
    if kind == "close":
        close = session._close

        async def closing(network: Any) -> Any:
            watch_disk(folder, death)
            return await close(network)

        session._close = closing  # type: ignore[method-assign]
    outcome = asyncio.run(session.run(again=what == "resume"))
    print(json.dumps(report(outcome)))


def play(argv: list[str]) -> int:
    """The same, with an exit status."""
    try:
        main(argv)
    except I247Error as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(play(sys.argv[1:]))

"""Loaded by every Python process of a run that has this folder on its path: kills the hub once, around a commit.

``DIE_AT`` says when, ``before 7`` or ``after 7``: around the hub's 7th commit. ``DIE_ONCE`` names a file that is
made when it dies: whoever finds it there lives on.
"""

import itertools
import os
import signal
from pathlib import Path
from typing import Any

if "DIE_AT" in os.environ and not Path(os.environ["DIE_ONCE"]).exists():
    from i247sim.hub.database import HubDatabase

    when, number = os.environ["DIE_AT"].split()
    count = itertools.count(1)
    commit = HubDatabase.commit

    def _dying(*arguments: Any, **named: Any) -> Any:
        last = next(count) == int(number)
        if last and when == "before":
            _die()
        result = commit(*arguments, **named)
        if last:
            _die()
        return result

    def _die() -> None:
        Path(os.environ["DIE_ONCE"]).touch()
        os.kill(os.getpid(), signal.SIGKILL)

    HubDatabase.commit = _dying  # type: ignore[method-assign]

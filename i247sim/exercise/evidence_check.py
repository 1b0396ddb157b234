"""The evidence of an exercise that is still under way: the hub's log as it stands on disk, read anew."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from i247sim.audit.checkpoint import read_checkpoint
from i247sim.audit.log import DAMAGED, open_database, read_entries
from i247sim.audit.verify import verify_log
from i247sim.exercise.picture import Shown
from i247sim.exercise.verify import Replay, log_verifiers
from i247sim.hub.decide import Limits
from i247sim.policy.rulebook import Rulebook
from i247sim.security.trust import Trust
from i247sim.vocabulary.entries import from_bytes
from i247sim.vocabulary.errors import EvidenceError, FormatError, TrustError

_SHOWN = 50
"""Checkpoints that a page lists."""


def read_checkpoints(path: Path, closed: bool = False) -> list[Shown]:
    """The newest checkpoints in the log at ``path``, newest first. Checks nothing. ``closed``: nobody writes to it."""
    with open_database(path, read_only=True) if closed else _reading(path) as database:
        query = "SELECT size, text FROM log_checkpoint ORDER BY size DESC LIMIT ?"
        return [
            Shown(
                size,
                read_checkpoint(text).root.hex(),
                tuple(
                    party
                    for (party,) in database.execute(
                        "SELECT party FROM log_cosignature WHERE size = ? ORDER BY party", (size,)
                    )
                ),
            )
            for size, text in database.execute(query, (_SHOWN,)).fetchall()
        ]


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A reader of its own, on one state of the whole: another process may be writing."""
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.isolation_level = None
        database.execute("BEGIN")
        yield database


async def check_now(path: Path, anchor: Trust, rulebook: Rulebook, limits: Limits) -> tuple[bool, list[str]]:
    """Whether the log at ``path`` holds, and what was found, line by line. The exercise goes on meanwhile."""
    return await asyncio.to_thread(_check, path, anchor, rulebook, limits)


def _check(path: Path, anchor: Trust, rulebook: Rulebook, limits: Limits) -> tuple[bool, list[str]]:
    try:
        with _reading(path) as database:
            replay = Replay.begin(anchor, rulebook, limits)
            for _, data in read_entries(database):
                replay.take(from_bytes(data))
            summary = verify_log(database, *log_verifiers(replay.state.trust))
    except (EvidenceError, FormatError, TrustError) as error:
        return False, [str(error)]
    except DAMAGED as error:
        return False, [f"the log is damaged: {error}"]
    newest = summary.checkpoints[-1].size if summary.checkpoints else 0
    return True, [
        f"{replay.index} entries under their hashes, each signature good",
        f"{replay.decisions} decisions decided again, {replay.messages} messages",
        f"{len(summary.checkpoints)} checkpoints, the newest over {newest} entries; "
        f"{summary.unsigned} entries since then are under none yet",
        f"{len(summary.cosigned)} parties have cosigned",
    ]

"""Check the evidence of an exercise that is still under way: the hub's log as it stands on disk, read anew."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

from i247sim.audit.log import DAMAGED, read_entries
from i247sim.audit.verify import verify_log
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.verify import Replay, log_verifiers
from i247sim.hub.decide import Limits
from i247sim.hub.state import HubState
from i247sim.policy.remembering import RememberingEngine
from i247sim.policy.rulebook import Rulebook
from i247sim.security.trust import Trust
from i247sim.vocabulary.entries import from_bytes
from i247sim.vocabulary.errors import EvidenceError, FormatError, TrustError


async def check_now(conductor: Conductor) -> tuple[bool, list[str]]:
    """Whether the log holds, and what was found, line by line. The exercise goes on meanwhile."""
    anchor = Trust.anchor(conductor.enrolled.authority.root, conductor.enrolled.run)
    network = conductor.network
    limits = network.limits
    return await asyncio.to_thread(_check, network.hub_database, anchor, network.rulebook, limits)


def _check(path: Path, anchor: Trust, rulebook: Rulebook, limits: Limits) -> tuple[bool, list[str]]:
    try:
        # Another process writes to it: a reader of its own, on one state of the whole.
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.isolation_level = None
            database.execute("BEGIN")
            replay = Replay(HubState(anchor), RememberingEngine(rulebook), limits)
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

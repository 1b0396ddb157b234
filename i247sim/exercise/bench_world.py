"""196 bureaus up and welcomed: how long that takes, and how much memory. Measured in a process of its own, since what
was measured before it would count as its memory.

Run as ``python -m i247sim.exercise.bench_world``; says one line of JSON.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from i247sim.exercise.resident import resident_mib
from i247sim.exercise.rig import Rig
from i247sim.transport.supervise import spawn
from i247sim.vocabulary.errors import NetworkFailed

_BUREAUS = 195
"""Besides the sender."""


async def world() -> dict[str, float]:
    """``seconds`` from keys that are still to be made until everybody is connected and welcomed, and the MiB resident
    at that moment in the exercise, the hub, the broker and the keepers of both (0 where the system does not tell).

    Raises ``NetworkFailed`` if the measuring process does.
    """
    lines: list[str] = []
    child = await spawn([sys.executable, "-m", "i247sim.exercise.bench_world"], on_line=lines.append)
    try:
        status = await child.wait()
    finally:
        await child.stop()
    if status or not lines:
        raise NetworkFailed(f"a world could not be measured: {(lines or ['without a word'])[-1]}")
    found: dict[str, float] = json.loads(lines[-1])
    return found


async def _measure() -> dict[str, float]:
    began = time.perf_counter()
    async with Rig(_BUREAUS) as rig:
        seconds = time.perf_counter() - began
        processes = {
            "exercise": ["self"],
            "hub": [str(getattr(rig.network.hub, "pid", 0))],
            "broker": [str(getattr(rig.network.broker, "pid", 0))],
            "keepers": _children(),
        }
        memory = {f"{name} MiB": sum(map(_held, pids)) for name, pids in processes.items()}
    return {"seconds": seconds, **memory}


def _children() -> list[str]:
    """The process ids of our own children: between us and a child of use stands its keeper."""
    return [pid for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()]


def _held(pid: str) -> float:
    try:
        return resident_mib(pid)
    except OSError:
        return 0.0


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_measure())) + "\n")

"""Let one scenario happen in this process, under a weather, as ``i247sim run --in-process`` does: from a file to a
closed run folder.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from i247sim.clock.patience import HURRIED
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.storm.weather import Sky, Weather

_FAST = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, mode 0700
_AGAIN_SECONDS = 3.0
"""A cancellation can be swallowed: so long until it is said again."""


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that goes away: in memory where the system has such a place, as no power is cut here."""
    there_already = Path(tempfile.gettempdir()).is_relative_to(_FAST)
    base = _FAST if _FAST.is_dir() and not there_already else None
    folder = Path(tempfile.mkdtemp(prefix="i247-storm-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def play(file: Path, weather: Weather, out: Path) -> Finished:
    """Conduct the scenario in ``file`` to its end, under ``weather``; the run folder is ``out``.

    Raises ``InputError`` for a file with mistakes, ``NetworkFailed`` when the network does not come through.
    """
    sky = Sky(weather)
    watch = Watch(line=sky.line)
    session = Session.create(Options(file, medium=Medium.MEMORY, out=out), watch)
    finished = await _until_stopped(session, sky, again=False)
    while finished is None:
        finished = await _until_stopped(Session.resume(out, watch), sky, again=True)
    return finished


async def _until_stopped(session: Session, sky: Sky, again: bool) -> Finished | None:
    """Run; ``None`` if the weather stopped it on the way, as Ctrl-C does."""

    async def stop_broker() -> None:
        if session.network is not None:
            await session.network.broker.stop()

    sky.stop_broker = stop_broker
    session.patience, session.over = HURRIED, sky.over
    tasks = [asyncio.create_task(one) for one in (session.run(again), sky.blow(), sky.stopped())]
    run, _, stopped = tasks
    try:
        await asyncio.wait({run, stopped}, return_when=asyncio.FIRST_COMPLETED)
        while not run.done():
            run.cancel()
            await asyncio.wait({run}, timeout=_AGAIN_SECONDS)
        return None if run.cancelled() else cast(Finished, run.result())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""Thousands of cases, in several processes, and a short file for each that fails."""

import gc
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from types import FrameType

from i247sim.exercise.storm import weather
from i247sim.exercise.storm.checks import Problem
from i247sim.exercise.storm.judge import Case, Outcome, judge
from i247sim.exercise.storm.play import workplace
from i247sim.exercise.storm.shrink import shrink
from i247sim.vocabulary.errors import InputError, NetworkFailed

_SHRINK_SECONDS = 60.0
_ENDLESS_SECONDS = 120.0
"""A run takes about one second; one that takes so long goes round in circles."""
_MAX_SHRUNK = 5
"""So many failures are made short; what fails more often is likely the same again."""


@dataclass
class Storm:
    """A campaign as far as it has come."""

    runs: int = 0
    failed: list[Outcome] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """Over all runs: message copies by what became of them, log entries, and the faults drawn."""
    seconds: float = 0.0
    files: list[Path] = field(default_factory=list)
    """The shortened cases."""


def run(seed: int, runs: int, jobs: int, out: Path, heard: Callable[[Storm], None]) -> Storm:
    """Judge the cases of the seeds from ``seed`` on; ``heard`` is told after each. Files of failures go to ``out``.

    Raises ``NetworkFailed`` if a worker process dies. Ctrl-C ends the workers and is raised again.
    """
    storm, began = Storm(), time.monotonic()
    for outcome in _outcomes(range(seed, seed + runs), jobs):
        storm.runs += 1
        storm.counts.update(outcome.counts)
        storm.counts.update(_faults(outcome.seed))
        storm.seconds = time.monotonic() - began
        if outcome.problems:
            storm.failed.append(outcome)
            if len(storm.files) < _MAX_SHRUNK:
                storm.files.append(_write(outcome, out))
        heard(storm)
    return storm


def _faults(seed: int) -> dict[str, int]:
    drawn = weather.draw(seed)
    return {
        "hub deaths": len(drawn.hub_dies),
        "broker deaths": len(drawn.broker_dies),
        "exercise stops": len(drawn.stops),
    }


def _outcomes(seeds: range, jobs: int) -> Iterator[Outcome]:
    if jobs == 1:
        yield from map(_judged, seeds)
        return
    with workplace() as folder:
        yield from _shared(seeds, jobs, folder)


def _shared(seeds: range, jobs: int, folder: Path) -> Iterator[Outcome]:
    """The outcomes, worked out by so many processes that make everything below ``folder``."""
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin_work, (folder,))
    try:
        left = iter(seeds)
        under_way: set[Future[Outcome]] = set()
        while True:
            while len(under_way) < 2 * jobs and (seed := next(left, None)) is not None:
                under_way.add(pool.submit(_judged, seed))
            if not under_way:
                return
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()
    except BrokenPipeError as error:
        raise NetworkFailed("a process of the storm has died") from error
    finally:
        # What is half done is of no use to anybody; before Python 3.14 a pool has no word of its own to end it.
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


def _begin_work(folder: Path) -> None:
    """In a worker: leave Ctrl-C to the parent, and end when it does, however that dies. All files go to ``folder``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = str(folder)
    # What is imported stays; a run leaves little behind, so there is little to look for (5 % of the time otherwise).
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker has a parent"

    def watch() -> None:
        wait_for([parent.sentinel])
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class _EndlessError(BaseException):
    """Not an ``Exception``: what goes round in circles may well catch those."""


def _judged(seed: int) -> Outcome:
    return _within(_ENDLESS_SECONDS, Case.of(seed), seed)


def _within(seconds: float, case: Case, seed: int = 0) -> Outcome:
    """What comes of the case; one that does not end is a failure like others. For the main thread of a process."""

    def endless(_number: int, _frame: FrameType | None) -> None:
        raise _EndlessError

    before = signal.signal(signal.SIGALRM, endless)
    # Again and again: calm and storm are two, and each may go round.
    signal.setitimer(signal.ITIMER_REAL, seconds, min(seconds, 5.0))
    try:
        return judge(case.text(), case.weather, seed)
    except _EndlessError:
        return Outcome(seed, (Problem("endless", f"has not come to its end after {seconds:.0f} seconds"),), {})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _write(outcome: Outcome, out: Path) -> Path:
    """Make the case of a failure short and write it down."""
    kind, until = outcome.problems[0].kind, time.monotonic() + _SHRINK_SECONDS

    def fails(case: Case) -> bool:
        try:
            left = until - time.monotonic()
            return left > 0 and any(one.kind == kind for one in _within(min(left, _SHRINK_SECONDS / 6), case).problems)
        except InputError:
            return False

    case = shrink(Case.of(outcome.seed), fails)
    file = out / f"storm-{outcome.seed}.yaml"
    says = (f"Seed {outcome.seed} of a storm, made short. It ends with", f"  {outcome.problems[0]!s:.300}", "")
    try:
        out.mkdir(parents=True, exist_ok=True)
        file.write_text(case.text((*says, f"Again: i247sim storm --again {file.name}")), encoding="utf-8")
    except OSError as error:
        raise InputError(f"`{file}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    return file

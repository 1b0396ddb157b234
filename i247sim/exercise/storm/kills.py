"""Real processes and ``kill -9``: runs over the embedded broker, whose hub, broker and exercise are killed at random.

A run is what a user starts (``i247sim run``), in a process of its own. Which of its processes dies when is drawn from
a seed, but real time decides what it was doing: this storm is not repeatable, its checks are the same. For systems
with ``/proc``.
"""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from i247sim.exercise.folder import RunFolder
from i247sim.exercise.storm import story
from i247sim.exercise.storm.checks import Problem, differences, problems, transcript_of
from i247sim.exercise.storm.play import play, workplace
from i247sim.exercise.storm.weather import CALM
from i247sim.vocabulary.errors import EvidenceError, InputError, NetworkFailed

_LENGTH = 30
"""Acts in a story: long enough for several deaths."""
_PAUSE_SECONDS = (0.2, 3.0)
"""Real time from the start or from one death to the next."""
_VICTIMS = {"hub": 4, "broker": 4, "exercise": 2}
"""Who dies how often. With the exercise die all bureaus, and hub and broker end with it."""
_RUN_SECONDS = 300.0
_LOOK_SECONDS = 0.05
_END_LOOKS = 300
"""How often to look whether hub and broker have noticed that their exercise is dead: for 15 seconds."""


@dataclass
class Kills:
    """A campaign as far as it has come."""

    runs: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    """Who was killed how often."""
    resumed: int = 0
    """How often a dead exercise was taken up again from its files."""
    copies: Counter[str] = field(default_factory=Counter)
    """Message copies by what became of them, over all runs."""
    failed: list[tuple[int, Problem]] = field(default_factory=list)
    """Seed and problem."""

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return sum(self.killed.values())


def run(kills: int, seed: int, heard: Callable[[Kills], None]) -> Kills:
    """Kill ``kills`` processes, over as many runs as that takes; ``heard`` is told after each run.

    Raises ``InputError`` where there is no ``/proc``.
    """
    if not Path("/proc/self/task").is_dir():
        raise InputError("processes are found through `/proc`, which this system does not have")
    found = Kills()
    while found.kills < kills:
        with workplace() as folder:
            asyncio.run(_Run(seed + found.runs, folder, found, kills).play())
        found.runs += 1
        heard(found)
    return found


@dataclass
class _Run:
    """One story, played over and over by processes that die, until one of them comes to its end."""

    seed: int
    work: Path
    found: Kills
    most: int
    """How many kills the campaign wants in all."""

    def __post_init__(self) -> None:
        self.random = random.Random(f"kills/{self.seed}")  # noqa: S311 - no secret
        self.scenario = self.work / "story.yaml"
        self.out = self.work / "run"

    async def play(self) -> None:
        self.scenario.write_text(story.draw(self.seed, _LENGTH).text(), encoding="utf-8")
        calm = await play(self.scenario, CALM, self.work / "calm")
        try:
            report = await self._to_the_end()
        except (NetworkFailed, EvidenceError) as error:
            self.found.failed.append((self.seed, Problem("stopped", str(error))))
            return
        self.found.copies.update(report["completeness"])
        wrong = [*problems(self.out), *differences(calm.transcript, transcript_of(self.out))]
        self.found.failed += [(self.seed, one) for one in wrong]

    async def _to_the_end(self) -> dict[str, Any]:
        """The report of the process that came through."""
        words = [str(self.scenario), "--out", str(self.out)]
        while True:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "i247sim", "run", *words, "--json"),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={**os.environ, "COLUMNS": "200"},
            )
            killer = asyncio.create_task(self._kill_now_and_then(process.pid))
            try:
                async with asyncio.timeout(_RUN_SECONDS):
                    out, said = await process.communicate()
            except TimeoutError:
                process.kill()
                await process.communicate()
                raise NetworkFailed(f"a run did not end within {_RUN_SECONDS:.0f} seconds") from None
            finally:
                killer.cancel()
                with suppress(asyncio.CancelledError):
                    await killer
            if process.returncode in (0, 1) and out:
                report: dict[str, Any] = json.loads(out)
                return report
            last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
            if process.returncode not in (-signal.SIGKILL, 3):
                raise NetworkFailed(f"exit status {process.returncode}: {' '.join(last)}")
            if (self.out / "MANIFEST").exists():
                # Killed between closing the folder and printing its report.
                with suppress(FileNotFoundError):
                    finished: dict[str, Any] = json.loads((self.out / "report.json").read_text("utf-8"))
                    return finished
            if RunFolder(self.out).unfinished.exists():
                self.found.resumed += 1
                words = ["--resume", str(self.out)]
            else:
                # It died before it had begun: there is nothing to take up.
                self.out = self.work / f"run-{self.found.kills}"
                words = [str(self.scenario), "--out", str(self.out)]

    async def _kill_now_and_then(self, exercise: int) -> None:
        while self.found.kills < self.most:
            if not (self.out / "work" / "node.db").exists() or len(_family(exercise)) < len(_VICTIMS) - 1:
                # Not before there is something to lose; a death in setting up only means to begin again.
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            await asyncio.sleep(self.random.uniform(*_PAUSE_SECONDS))
            victim = self.random.choices(list(_VICTIMS), list(_VICTIMS.values()))[0]
            family = _family(exercise)
            pid = exercise if victim == "exercise" else family.get(victim)
            if pid is None:
                continue
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.found.killed[victim] += 1
            if victim == "exercise":
                await _ended(family)
                return


async def _ended(family: dict[str, int]) -> None:
    """Wait until none of them is left. Raises ``NetworkFailed``: no process may survive its exercise."""
    for _ in range(_END_LOOKS):
        if not any(_runs(pid) for pid in family.values()):
            return
        await asyncio.sleep(_LOOK_SECONDS)
    raise NetworkFailed(f"{' and '.join(family)} did not end with the exercise")


def _runs(pid: int) -> bool:
    """Whether that process is there, and more than a name that nobody has asked about yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _family(exercise: int) -> dict[str, int]:
    """``hub`` and ``broker`` to their process ids, as far as they run under that exercise."""
    found: dict[str, int] = {}
    left = [exercise]
    while left:
        pid = left.pop()
        with suppress(OSError):
            left += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            if Path(words[0]).name == "nats-server":
                found["broker"] = pid
            elif words[1:4] == ["-m", "i247sim", "hub"]:
                found["hub"] = pid
    return found

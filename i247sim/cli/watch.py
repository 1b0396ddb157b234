"""What is on standard error while a run goes on: its configuration, its story, and how far the clock has come."""

import time
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from i247sim.cli.narrate import Narrator, Told
from i247sim.cli.screen import ascii_only, hang, printable
from i247sim.exercise.durations import format_clock, format_duration
from i247sim.exercise.scenario import NOTICE, Scenario
from i247sim.exercise.session import Session, Watch
from i247sim.vocabulary.entries import Entry

_CLOCK_WIDTH = 15
_NAME_WIDTH = 12


class Watcher:
    """Shows one run. Its ``watch`` goes to the session; ``with`` it, the progress bar is there (on a terminal)."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._narrator: Narrator | None = None
        self._progress: Progress | None = None
        self._factor: float | None = None
        self._heard = time.monotonic()
        self._hushed = False
        self.watch = Watch(self._line, self._entries, self._trouble)

    def announce(self, session: Session) -> None:
        """Print what is about to run: title, aim, seed, effective configuration."""
        scenario, state = session.scenario, session.settings
        self._narrator = Narrator(scenario, ascii_only(self._screen))
        self._factor = session.pace.factor
        screen = self._screen
        screen.print(Text(printable(scenario.title), "bold"))
        screen.print(Text(NOTICE, "italic"))
        hang(screen, "", scenario.aim)
        screen.print()
        for name, value in _configuration(session.folder.path, scenario, state, self._factor).items():
            hang(screen, Text(name, "dim"), value, _NAME_WIDTH)
        screen.print()

    def __enter__(self) -> Self:
        if self._narrator is not None and self._screen.is_terminal and not self._screen.is_dumb_terminal:
            until = self._narrator.scenario.lasts().total_seconds()
            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(None),
                _Clock(self),
                console=self._screen,
                transient=True,
                refresh_per_second=5,
                expand=True,
            )
            self._progress.add_task("exercise", total=max(until, 1.0))
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._narrator is not None:
            self._tell(self._narrator.rest())
        if self._progress is not None:
            self._progress.stop()

    def hush(self) -> None:
        """Say no more of the network's complaints: it is being stopped."""
        self._hushed = True

    @property
    def reached(self) -> timedelta:
        """How far the exercise clock is known to have come."""
        return timedelta() if self._narrator is None else self._narrator.now - self._narrator.scenario.start

    @property
    def shown(self) -> timedelta:
        """Where the exercise clock stands now: while a paced run waits, it goes on."""
        if self._factor is None:
            return self.reached
        return self.reached + timedelta(seconds=(time.monotonic() - self._heard) * self._factor)

    # --- what the session tells

    def _line(self, line: dict[str, Any]) -> None:
        if self._narrator is not None:
            self._tell(self._narrator.line(line))
            self._heard = time.monotonic()

    def _entries(self, entries: list[Entry]) -> None:
        if self._narrator is not None:
            self._tell(self._narrator.entries(entries))
            self._heard = time.monotonic()

    def _trouble(self, text: str) -> None:
        if not self._hushed:
            self._screen.print(Text(f"network: {printable(text)}", "dim"), soft_wrap=True)

    def _tell(self, lines: Iterable[Told]) -> None:
        for told in lines:
            if told.offset is None:
                self._screen.print()
                hang(self._screen, "", told.text, _CLOCK_WIDTH)
            else:
                hang(self._screen, Text(format_clock(told.offset), "dim"), told.text, _CLOCK_WIDTH)


class _Clock(ProgressColumn):
    """The exercise clock and its planned end; moves the bar along as well."""

    max_refresh = None

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self._watcher = watcher

    def render(self, task: Task) -> Text:
        shown = min(self._watcher.shown.total_seconds(), max(task.total or 0, self._watcher.reached.total_seconds()))
        task.total = max(task.total or 0, shown)
        task.completed = max(shown, 0)
        return Text(f"{format_clock(timedelta(seconds=shown))} of {format_clock(timedelta(seconds=task.total))}")


def _configuration(folder: object, scenario: Scenario, state: dict[str, Any], factor: float | None) -> dict[str, str]:
    broker = {
        "memory": "none, all in one process",
        "embedded": "its own, on this machine, mutual TLS",
        "external": f"somebody else's, {state.get('broker')}, mutual TLS",
    }[state["medium"]]
    port = f", port {state['port']}" if state["port"] else ""
    quality = "" if state["medium"] == "memory" else f", QoS {state['qos']}"
    parties = [party for party in scenario.parties() if party != "HUB"]
    few = 12
    named = ", ".join(parties[:few]) + (f" and {len(parties) - few} more" if len(parties) > few else "")
    lasts, begins = format_duration(scenario.lasts()), f"{scenario.start:%Y-%m-%d %H:%M} UTC"
    return {
        "scenario": f"{state['scenario']}, script of {lasts} and what follows from it, starts {begins}",
        "seed": str(state["seed"]),
        "pace": "max: no waiting" if factor is None else f"{factor:g} simulated seconds per second",
        "broker": f"{broker}{port}{quality}",
        "parties": f"{len(parties)}: {named}",
        "run": state["run"],
        "run folder": str(folder),
        **({"keys": "kept beside the run folder"} if state["keep_keys"] else {}),
    }

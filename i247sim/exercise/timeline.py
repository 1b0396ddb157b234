"""Every step of an exercise, the scenario's and those that came in live: planned, waiting for something, or left out.

A step that is carried out stands in the agenda, as one cause or several (``flood.unfolded``). Pure.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from i247sim.exercise.agenda import Agenda
from i247sim.exercise.claims import Expectation
from i247sim.exercise.conditions import due_time
from i247sim.exercise.flood import belongs, unfolded
from i247sim.exercise.observe import Sent, Way
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import Step

_NAME = re.compile(r"(timeline|live)/([1-9][0-9]{0,5})")


class Timeline:
    """The steps. They are named ``timeline/3`` (the third in the file) and ``live/1`` (the first that came in)."""

    def __init__(self, scenario: Scenario, agenda: Agenda) -> None:
        self.came_in: list[Step] = []
        """Live steps, in order."""
        self.skipped: set[str] = set()
        """Names of the steps that were left out."""
        self._scenario = scenario
        self._agenda = agenda
        self._of_scenario = scenario.waiting()
        self._begun: set[int] = set()
        """Numbers of the waiting steps that are planned or left out."""
        self._awaited: dict[int, datetime] = {}
        """``id`` of a step that waited, to when it is or was due."""

    def plan(self) -> None:
        """Plan the scenario's steps that have a time."""
        for step in self._scenario.steps():
            self._plan(self._scenario.start + step.offset, step)

    def take_in(self, step: Step) -> None:
        """Plan a live step, or let it wait for what it waits for."""
        self.came_in.append(step)
        if step.after is None:
            self._plan(self._scenario.start + step.offset, step)

    def _plan(self, time: datetime, step: Step) -> None:
        for due, cause in unfolded(time, step):
            self._agenda.plan(due, step.actor, cause)

    # --- what waits

    @property
    def waiting(self) -> list[Step]:
        """The steps that wait or have waited: the scenario's, then live ones, in an order that only grows."""
        return [*self._of_scenario, *(step for step in self.came_in if step.after is not None)]

    @property
    def waits(self) -> bool:
        """Whether a step waits for something now."""
        return len(self._begun) < len(self.waiting)

    def over(self, sent: Iterable[Sent], ways: Mapping[str, Way]) -> list[tuple[int, datetime]]:
        """Number among those that wait, and time, of every step for which what it waits for has happened by now.

        ``sent``, ``ways``: as for ``conditions.due_time``. The time may be past.
        """
        found = []
        for number, step in enumerate(self.waiting):
            if number in self._begun or step.after is None:
                continue
            time = due_time(step.after, sent, ways)
            if time is not None:
                found.append((number, time))
        return found

    def begin(self, number: int, time: datetime) -> None:
        """Plan a step that has waited, for ``time``."""
        self._begun.add(number)
        step = self.waiting[number]
        self._awaited[id(step)] = time
        self._plan(time, step)

    def due_at(self, step: Step) -> datetime | None:
        """When a step is or was due; ``None`` as long as it waits for something."""
        if step.after is not None:
            return self._awaited.get(id(step))
        return self._scenario.start + step.offset

    # --- by name

    def all(self) -> list[tuple[str, Step]]:
        """Every step with its name: the scenario's, then live ones."""
        parts = (("timeline", self._scenario.timeline), ("live", self.came_in))
        return [(f"{where}/{number}", step) for where, steps in parts for number, step in enumerate(steps, 1)]

    def named(self, name: str) -> Step | None:
        """The step called ``timeline/3`` or ``live/1``; ``None`` if there is none."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        steps, number = self._scenario.timeline if found[1] == "timeline" else self.came_in, int(found[2])
        return steps[number - 1] if number <= len(steps) else None

    def expected(self) -> dict[str, Expectation]:
        """What was expected of live injects, by the name of the step. What was left out, nobody expects any more."""
        named = {f"live/{number}": step.expect for number, step in enumerate(self.came_in, 1)}
        return {name: one for name, one in named.items() if one is not None and name not in self.skipped}

    def due_of(self, step: Step) -> datetime | None:
        """When a step, or what is left of it, is planned for; ``None`` if it is not planned (any more, or yet)."""
        return next((due.time for due in self._agenda.planned() if belongs(due.cause, step)), None)

    def is_to_come(self, name: str) -> bool:
        """Whether the step of this name is still to come: planned, or waiting for something."""
        step = self.named(name)
        if step is None or name in self.skipped:
            return False
        return bool(self._still_waiting(step)) or self.due_of(step) is not None

    def skip(self, name: str) -> None:
        """Leave a step out, if it is still to come; of one that takes a while, what is left of it."""
        step = self.named(name)
        if step is None:
            return
        waiting = self._still_waiting(step)
        self._begun.update(waiting)
        if self._agenda.drop_where(lambda cause: belongs(cause, step)) or waiting:
            self.skipped.add(name)

    def _still_waiting(self, step: Step) -> list[int]:
        return [number for number, one in enumerate(self.waiting) if one is step and number not in self._begun]

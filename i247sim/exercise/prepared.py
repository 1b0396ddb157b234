"""Injects that stand ready off the timeline: what an instructor may take from the shelf while an exercise runs."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field

from i247sim.exercise.acts import Difficulty, Theme
from i247sim.exercise.naming import Label, Sentence
from i247sim.exercise.steps import Step
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.records import Line
from i247sim.vocabulary.statements import Bar

_RECORD = re.compile(r"([A-Z]+)-([0-9]{6})")
_LABELS = ("label", "message", "answers", "consent", "step")
"""Keys under which a label may stand."""


class Prepared(Word):
    """One prepared inject: one or more steps, timed from the moment when it is taken from the shelf."""

    title: Line
    """What it is called."""
    teaches: Sentence | None = None
    """One paragraph for the instructor: what a class should see and discuss."""
    expected: Sentence | None = None
    """How a good class acts."""
    rule: Sentence | None = None
    """The article or rule that it is about."""
    theme: Theme = Theme.PEOPLE
    difficulty: Difficulty = Difficulty.EASY
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=50)]
    """What happens. `at: T+0s` is the moment when it is taken; labels are for the steps of this inject."""

    def labels(self) -> tuple[Label, ...]:
        """The labels of its steps."""
        return tuple(step.label for step in self.steps if step.label)

    def recast(self, parties: Mapping[str, str], suffix: str) -> "Prepared":
        """The same with other parties, and with ``suffix`` behind its labels, so that it can be taken twice."""
        labels = {label: f"{label[: 40 - len(suffix)]}{suffix}" for label in self.labels()}
        steps = [_replaced(step.plain(), "", parties, labels) for step in self.steps]
        return self.model_copy(update={"steps": tuple(Step.model_validate(one) for one in steps)})

    def beside(self, barred: Mapping[str, tuple[Bar, ...]]) -> "Prepared":
        """The same, but what an owner bars stands beside what it has ``barred``, as each declaration is a whole."""
        steps = tuple(
            step
            if step.restrict is None
            else step.model_copy(update={"restrict": step.restrict.beside(barred.get(step.restrict.party, ()))})
            for step in self.steps
        )
        return self.model_copy(update={"steps": steps})

    def moved(self, days: int, numbered: Mapping[str, int]) -> "Prepared":
        """The same for a later day, and for databases in which there are records already.

        Its review dates are ``days`` later; the records that its own steps enter, from `NOM-000001` on, stand behind
        those that ``numbered`` counts (beginning of the id to number).
        """
        steps = [_moved(step.plain(), "", timedelta(days=days), numbered) for step in self.steps]
        return self.model_copy(update={"steps": tuple(Step.model_validate(one) for one in steps)})

    def lasts(self) -> timedelta:
        """The last offset of its steps."""
        return max((step.at for step in self.steps if step.at is not None), default=timedelta())


def _replaced(value: Any, key: str, parties: Mapping[str, str], labels: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {name: _replaced(one, name, parties, labels) for name, one in value.items()}
        case list():
            return [_replaced(one, key, parties, labels) for one in value]
        case str() if key in _LABELS and value in labels:
            return labels[value]
        case str() if value in parties:
            return parties[value]
        case str() if key in _LABELS:
            for mark in "#:":
                sender, found, rest = value.partition(mark)
                if found and sender in parties:
                    return f"{parties[sender]}{mark}{rest}"
            return value
        case _:
            return value


def _moved(value: Any, key: str, later: timedelta, numbered: Mapping[str, int]) -> Any:
    match value:
        case dict():
            return {name: _moved(one, name, later, numbered) for name, one in value.items()}
        case list():
            return [_moved(one, key, later, numbered) for one in value]
        case str() if key == "review_on":
            return (date.fromisoformat(value) + later).isoformat()
        case str() if found := _RECORD.fullmatch(value):
            return f"{found[1]}-{int(found[2]) + numbered.get(found[1], 0):06d}"
        case _:
            return value

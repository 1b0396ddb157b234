"""A step as somebody makes it in a form: read strictly, and every mistake at the field that has it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from i247sim.exercise.durations import format_offset
from i247sim.exercise.expected import expected
from i247sim.exercise.naming import Place, Where
from i247sim.exercise.references import mistakes
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import Step
from i247sim.vocabulary.errors import InputError


class Wrong(InputError):
    """A form does not hold. ``errors``: (path of the field, what is wrong), at least one."""

    def __init__(self, errors: list[tuple[Place, str]]) -> None:
        super().__init__("; ".join(f"`{'.'.join(map(str, place)) or 'step'}`: {said}" for place, said in errors))
        self.errors = errors


def make_step(value: Mapping[str, Any], scenario: Scenario, at: timedelta | None) -> Step:
    """A step with one verb from JSON types, due at ``at``; ``None``: ``value`` itself says what it waits for.

    Raises ``Wrong``. What it refers to is checked against ``scenario``; not whether it makes sense by now.
    """
    whole = dict(value) if at is None else {**value, "at": format_offset(at)}
    try:
        step = Step.model_validate(whole)
    except ValidationError as error:
        raise Wrong([(tuple(one["loc"]), _said(one)) for one in error.errors(include_url=False)]) from None
    number = len(scenario.timeline)
    found = [
        (tuple(place[2:]), said)
        for place, said in mistakes(
            scenario.model_copy(update={"timeline": (*scenario.timeline, step)}), Where(partial=True)
        )
        if place[:2] == ("timeline", number)
    ]
    if found:
        raise Wrong(found)
    return step


def _said(error: ErrorDetails) -> str:
    """What was expected, and what was found where that is a word."""
    text, given = expected(error), error["input"]
    found = isinstance(given, str) and error["type"] in ("enum", "literal_error", "string_pattern_mismatch")
    return f"`{given:.60}`: {text}" if found else text

"""The stories: nothing in them is there for nothing. Without any one of its parts, something that is expected fails."""

from collections.abc import Iterator
from typing import Any

import pytest

from i247sim.exercise.catalogue import find
from i247sim.exercise.expectations import evaluate
from i247sim.exercise.loader import load
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.scenario import Scenario
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook

FOR_THE_READER = {
    "trafficking-ring": {"clearance SE", "clearance GR"},  # what a sender is cleared for; what is usual, said aloud
    "world-alert": {"step 11"},  # a replay, which is to change nothing
}


def parts(scenario: Scenario) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name of each part, and the scenario's fields without it."""
    for section in ("restrictions", "acceptances", "measures", "officers"):
        held = getattr(scenario, section)
        for party in held:
            yield f"{section} {party}", {section: {one: said for one, said in held.items() if one != party}}
    for number, record in enumerate(scenario.records):
        yield f"record {record.id}", {"records": scenario.records[:number] + scenario.records[number + 1 :]}
    cleared = scenario.participants.clearances
    for party in cleared:
        left = {one: level for one, level in cleared.items() if one != party}
        yield f"clearance {party}", {"participants": scenario.participants.model_copy(update={"clearances": left})}
    for number in range(len(scenario.timeline)):
        left_steps = scenario.timeline[:number] + scenario.timeline[number + 1 :]
        yield f"step {number + 1}", {"timeline": left_steps}


@pytest.mark.parametrize(
    "name", ["stolen-passport", "trafficking-ring", pytest.param("world-alert", marks=pytest.mark.deep)]
)
def test_without_any_one_of_its_parts_something_that_is_expected_fails(name: str) -> None:
    scenario = load(find(name))
    engine = Engine(Rulebook.load(scenario.rules))
    needless = set()
    for part, update in parts(scenario):
        without = scenario.model_copy(update=update)
        if all(one.passed for one in evaluate(without, rehearse(without, engine).transcript)):
            needless.add(part)
    assert needless == FOR_THE_READER.get(name, set())

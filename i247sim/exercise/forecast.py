"""How an exercise under way will go on, and when it ends: a rehearsal of its scenario with all that was injected.

``python -m i247sim.exercise.forecast`` rehearses in a process of its own, told on standard input (one line of JSON),
and says on standard output what came of it; so whoever asks is not held up. It ends when its input is closed.
"""

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from i247sim.exercise.observe import Sent
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import Step
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.times import to_text

Message = tuple[str, str, str]
"""When, name and kind of one message."""


@dataclass(frozen=True)
class Forecast:
    """What a rehearsal came to."""

    ends: timedelta
    """The offset of the last thing that happens."""
    ended: bool
    """Whether it comes to an end at all: desks can answer each other for ever."""
    messages: tuple[Message, ...]

    def differences(self, sent: Sequence[Sent], now: datetime) -> int:
        """How many messages came otherwise than rehearsed, or not at all. What is due this moment may still come."""
        real, rehearsed = Counter((one.facts["time"], one.name, one.facts["kind"]) for one in sent), self.messages
        missing = Counter(one for one in rehearsed if one[0] < to_text(now)) - real
        return max((real - Counter(rehearsed)).total(), missing.total())


def order(scenario: Scenario, live: Sequence[Step]) -> dict[str, Any]:
    """What to rehearse, as JSON types: the scenario, with what was injected into its timeline."""
    whole = scenario.model_copy(update={"timeline": (*scenario.timeline, *live)})
    return whole.plain()


def forecast(scenario: Scenario) -> Forecast:
    """Rehearse ``scenario`` from beginning to end. What people will do at their desks is not in it."""
    found = rehearse(scenario, Engine(Rulebook.load(scenario.rules)))
    messages = tuple((one.facts["time"], one.name, str(one.facts["kind"])) for one in found.sent)
    return Forecast(found.time - scenario.start, found.ended, messages)


def as_json(found: Forecast) -> str:
    """A forecast in one line; ``from_json`` reads it."""
    return json.dumps([found.ends.total_seconds(), found.ended, found.messages])


def from_json(text: bytes) -> Forecast:
    """A forecast from its line. Raises ``ValueError``."""
    ends, ended, messages = json.loads(text)
    return Forecast(timedelta(seconds=ends), ended, tuple((time, name, kind) for time, name, kind in messages))


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    os.nice(10)  # the exercise comes first
    asked = Scenario.model_validate(json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_input, daemon=True).start()
    print(as_json(forecast(asked)), flush=True)
    os._exit(0)  # the thread still reads

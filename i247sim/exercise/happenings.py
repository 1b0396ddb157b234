"""What may happen in a run, as a scenario names it: for steps that wait, and for milestones. Models only.

``conditions`` says whether and when something has happened.
"""

from datetime import timedelta
from typing import Self

from pydantic import model_validator

from i247sim.exercise.choice import one_of, the_only
from i247sim.exercise.durations import Duration
from i247sim.exercise.naming import MessageRef
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.parties import PartyId


class SentWhen(Word):
    """A message was sent, whatever became of it."""

    message: MessageRef


class OpenedWhen(Word):
    """A party has opened a message."""

    message: MessageRef
    party: PartyId


class RefusedWhen(Word):
    """The hub refused a message to a party, for it alone or as a whole."""

    message: MessageRef
    party: PartyId


class Happening(Word):
    """Something that may happen in a run: exactly one of these. ``conditions.happened`` says whether and when."""

    sent: SentWhen | None = None
    opened: OpenedWhen | None = None
    refused: RefusedWhen | None = None

    @model_validator(mode="after")
    def _one_happening(self) -> Self:
        one_of(self, HAPPENINGS, "one thing happens")
        return self

    @property
    def what(self) -> SentWhen | OpenedWhen | RefusedWhen:
        """What happens: to be told apart with ``match``."""
        found: SentWhen | OpenedWhen | RefusedWhen = the_only(self, HAPPENINGS)
        return found


HAPPENINGS = tuple(Happening.model_fields)
"""The keys of what can happen."""


class Condition(Happening):
    """When something has happened, and a while after that."""

    wait: Duration = timedelta()
    """How long after it; at least a second passes in any case."""

"""A flood as causes: one burst of messages for every minute that it lasts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from i247sim.exercise.machines import Flood
from i247sim.exercise.steps import Step
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Purpose


@dataclass(frozen=True)
class Burst:
    """What a flooding bureau sends in one minute, all at once."""

    flood: Flood
    minute: int

    def drafts(self) -> list[Draft]:
        """Its messages: fictional, short, and all alike."""
        note = Note(subject="EXERCISE flood", text="sent by a script gone wild")
        one = Draft(Kind.INFO_REQUEST, Channel.DIRECT, Purpose.CASE, note, to=(self.flood.to,))
        return [one] * self.flood.rate


def belongs(cause: object, step: Step) -> bool:
    """Whether ``cause`` is ``step``, or one of the causes that this very step was unfolded into."""
    return cause is step or (isinstance(cause, Burst) and cause.flood is step.verb)


def unfolded(time: datetime, step: Step) -> Iterator[tuple[datetime, Step | Burst]]:
    """The causes that ``step``, due at ``time``, is made of, each with its time."""
    if isinstance(step.verb, Flood):
        for minute in range(step.verb.minutes):
            yield time + minute * timedelta(minutes=1), Burst(step.verb, minute)
    else:
        yield time, step

"""Whether and when something that a scenario speaks of has happened: for steps that wait, and for milestones.

Pure: what was sent and what the log says of it go in. Ask again at every quiet moment; an answer, once there,
stays the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from i247sim.exercise.claims import Milestone
from i247sim.exercise.happenings import Condition, Happening, OpenedWhen, RefusedWhen, SentWhen
from i247sim.exercise.observe import Sent, Way
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.times import TICK, from_text


@dataclass(frozen=True)
class Passed:
    """A milestone, and when it was reached."""

    milestone: Milestone
    reached: datetime | None
    """``None``: it was not."""


def named(sent: Iterable[Sent], reference: str) -> Sent | None:
    """The message that a scenario calls ``reference``: a label, ``FR#3``, or ``IPSG:NOTICE_PUBLISHED:2``.

    ``None`` if there is none so far. The same message that ``Transcript.named`` finds.
    """
    if ":" in reference:
        sender, kind, *nth = reference.split(":")
        found = sorted(
            (one for one in sent if one.party == sender and one.facts["kind"] == kind),
            key=lambda one: (one.facts["time"], int(one.name.rpartition("#")[2])),
        )
        place = int(nth[0]) - 1 if nth else 0
        return found[place] if place < len(found) else None
    if "#" in reference:
        return next((one for one in sent if one.name == reference), None)
    return next((one for one in sent if one.facts.get("label") == reference), None)


def happened(happening: Happening, sent: Iterable[Sent], ways: Mapping[str, Way]) -> datetime | None:
    """When it happened, on the exercise clock; ``None`` if it has not, so far. ``ways`` by message id."""
    what = happening.what
    message = named(sent, what.message)
    if message is None:
        return None
    way = ways.get(message.id or "", Way())
    began = from_text(message.facts["time"])
    match what:
        case SentWhen():
            return began
        case OpenedWhen(party=party):
            opened = (time for _, time, outcome, _ in way.acknowledged.get(party, ()) if outcome is Outcome.OPENED)
            return next(opened, None)
        case RefusedWhen(party=party):
            if party not in message.facts["to"]:
                return None
            if way.code is not None or message.facts.get("code") is not None:
                return began
            made = (entry for _, entry in way.decisions.get(party, ()))
            return next((entry.time for entry in made if entry.outcome is Outcome.REFUSED), None)


def due_time(condition: Condition, sent: Iterable[Sent], ways: Mapping[str, Way]) -> datetime | None:
    """When a step that waits for ``condition`` is due: its wait, and at least a tick, after it happened.

    ``None`` if it has not happened. Not earlier than now only if it is asked at every quiet moment.
    """
    time = happened(condition, sent, ways)
    return None if time is None else time + max(condition.wait, TICK)


def milestones(wanted: Sequence[Milestone], sent: Sequence[Sent], ways: Mapping[str, Way]) -> list[Passed]:
    """One answer per milestone, in their order."""
    return [Passed(one, happened(one.when, sent, ways)) for one in wanted]

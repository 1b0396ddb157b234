"""What waits for an answer at a desk, and since when. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from i247sim.exercise.picture import Picture
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.kinds import ASKING, Kind
from i247sim.vocabulary.times import from_text

WANT_AN_ANSWER = frozenset({*ASKING, Kind.HIT_CONFIRM_REQUEST})
"""Kinds that somebody waits for an answer to, whether they say by when or not."""


@dataclass(frozen=True)
class Waiting:
    """A message that a party has opened, that wants an answer, and that the party has not answered."""

    message: str
    opened: datetime
    due: datetime | None
    """By when the sender wants it."""


def waiting(picture: Picture) -> Mapping[str, Sequence[Waiting]]:
    """Party to what waits at its desk, in order of sending. An acknowledgement of receipt is no answer."""
    answered = {
        (one.party, one.facts["answers"])
        for one in picture.sent
        if "answers" in one.facts and one.facts["kind"] != Kind.ACK and from_text(one.facts["time"]) <= picture.now
    }
    found: dict[str, list[Waiting]] = {}
    for sent in picture.sent:
        logged, way = picture.seen.logged.get(sent.id or ""), picture.seen.ways.get(sent.id or "")
        due = None if logged is None else logged.header.reply_by
        if way is None or (due is None and sent.facts["kind"] not in WANT_AN_ANSWER):
            continue
        for party, lines in way.acknowledged.items():
            opened = next((time for _, time, outcome, _ in lines if outcome is Outcome.OPENED), None)
            if opened is not None and (party, sent.facts["ref"]) not in answered:
                found.setdefault(party, []).append(Waiting(sent.name, opened, due))
    return found


def lag(items: Sequence[Waiting], now: datetime) -> timedelta:
    """For how long the oldest of them has waited."""
    return max((now - one.opened for one in items), default=timedelta())


def overdue(items: Sequence[Waiting], now: datetime) -> int:
    """How many of them should have been answered by now."""
    return sum(one.due is not None and one.due < now for one in items)

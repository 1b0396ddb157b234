"""The registers of queries and hits: who asked for what, who was shown which record, and what became of hits. Pure.

Kept for the whole exercise (RPD Arts 106 and 126). An owner may ask who has looked at its record (Art. 67).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Database, Header
from i247sim.vocabulary.queries import Look
from i247sim.vocabulary.records import Search

REMEMBERED = timedelta(days=30)
"""So long after a query a new record is still told to whoever asked (exercise rule)."""


@dataclass(frozen=True)
class Asked:
    """One search of one query, as it was answered."""

    time: datetime
    header: Header
    database: Database
    search: Search
    shown: frozenset[str]
    """The records that it has found, shown or hidden."""


@dataclass(frozen=True)
class RegisteredHit:
    """One hit. ``state`` is ``open`` until a message of the bureaus, with a copy to the secretariat, says more."""

    time: datetime
    kind: Kind
    record: str
    owner: str
    querier: str
    query: str
    """The querier's reference."""
    state: str = "open"


_STATE_AFTER = {
    Kind.HIT_CONFIRM_REQUEST: "asked",
    Kind.HIT_CONFIRM: "confirmed",
    Kind.HIT_DENY: "false",
    Kind.ARREST_NOTIFY: "arrested",
    Kind.LOCATED_NOTIFY: "located",
}


@dataclass
class Register:
    """What was asked and what was hit, in order of time."""

    asked: list[Asked] = field(default_factory=list)
    hits: list[RegisteredHit] = field(default_factory=list)
    _looks: dict[str, list[Look]] = field(default_factory=dict)

    def looked(self, record: str, look: Look) -> None:
        """Somebody was shown a record, or would have been."""
        self._looks.setdefault(record, []).append(look)

    def looks(self, record: str) -> tuple[Look, ...]:
        """Who has looked at a record, in order of time."""
        return tuple(self._looks.get(record, ()))

    def open_questions(self, now: datetime) -> list[Asked]:
        """The searches that a new record is still compared with; older ones are forgotten here."""
        self.asked = [one for one in self.asked if one.time + REMEMBERED > now]
        return list(self.asked)

    def follow(self, kind: Kind, record: str) -> str | None:
        """The bureaus write about a hit: the newest one on this record that is not closed moves on. Its state before;
        ``None`` if there is none, or the message says nothing of it."""
        state = _STATE_AFTER.get(kind)
        for place in range(len(self.hits) - 1, -1, -1):
            hit = self.hits[place]
            if state is not None and hit.record == record and hit.kind is not Kind.RESTRICTED_HIT:
                self.hits[place] = replace(hit, state=state)
                return hit.state
        return None

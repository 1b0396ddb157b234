"""What an owner bars, what a receiver does not accept, and measures: data in a closed vocabulary.

A statement says *whom* (a party or a group) and *what* (channel, kind, purpose, record, each optional:
absent means any). The rules in ``policy`` stay fixed; these are the facts they look at.
"""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Purpose, RecordId
from i247sim.vocabulary.parties import REGIONS, PartyId, State, is_party_id
from i247sim.vocabulary.times import SimTime


def _whom(text: str) -> str:
    if text == "members" or text in REGIONS or is_party_id(text):
        return text
    raise ValueError(f"`{text:.40}` is neither a party nor a group ({', '.join(('members', *REGIONS))})")


Whom = Annotated[str, AfterValidator(_whom)]
"""A party id or a group id. What holds for a parent holds for its children."""


class Scope(Word):
    """What a bar is about. Every field that is set must match; none set means everything."""

    channel: Channel | None = None
    kind: Kind | None = None
    purpose: Purpose | None = None
    record: RecordId | None = None
    """One record of the owner; matches messages that quote it."""

    def matches(self, channel: Channel, kind: Kind, purpose: Purpose, records: Iterable[str] = ()) -> bool:
        """Whether a message with these facts, quoting these records of the statement's owner, is in scope."""
        return (
            self.channel in (None, channel)
            and self.kind in (None, kind)
            and self.purpose in (None, purpose)
            and (self.record is None or self.record in set(records))
        )


class Bar(Word):
    """One line of a restriction (owner bars a reader) or of an acceptance (receiver bars a sender)."""

    whom: Whom
    scope: Scope = Scope()


class Bars(Word):
    """All bars of one party in one direction. A new statement replaces the whole list of its author."""

    bars: Annotated[tuple[Bar, ...], Field(max_length=256)] = ()


class MeasureSet(Word):
    """The secretariat's statement on one bureau (RPD Art. 131). ``ACTIVE`` lifts."""

    party: PartyId
    state: State
    reason: Annotated[str, Field(max_length=200)] = ""
    """For the log and the journal; a fictional sentence."""
    review_on: SimTime | None = None
    """When it is looked at again; a supervision ends then."""

    @model_validator(mode="after")
    def _no_markup(self) -> Self:
        if any(ord(char) < 32 for char in self.reason):
            raise ValueError("a reason is one line of text")
        return self

"""What a country's desk works by: its law on Red Notices, its treaties, what it shares, its hours and its pace.

Facts only, and all of them invented; ``exercise.profiles`` reads them, ``desk`` acts by them.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.messages import Language, Purpose, Urgency
from i247sim.vocabulary.records import Line
from i247sim.vocabulary.statements import Bar

Span = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]
"""Shortest and longest delay in seconds."""
Hour = Annotated[int, Field(ge=0, le=24)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of ``datetime.weekday``."""


class RedNotice(StrEnum):
    """What a Red Notice alone is worth in a country's law (RPD Art. 87)."""

    BASIS = "basis"
    """A valid basis for provisional arrest."""
    REQUEST_FIRST = "request-first"
    """The person is watched; arrested only when the requesting country asks for it under a treaty."""
    LOCATE_ONLY = "locate-only"
    """The person is located, and the requesting country is told; nothing more."""


class Instrument(Word):
    """A treaty on extradition, as far as its clock goes."""

    name: Line
    papers: timedelta
    """Within this time after a provisional arrest the papers must be there."""
    longest: timedelta
    """Nobody is kept beyond this without them."""
    warn: timedelta
    """When the holder reminds the requesting country."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not timedelta(0) < self.warn <= self.papers <= self.longest:
            raise ValueError("expected `warn` before `papers`, and that not after `longest`")
        return self


class Office(Word):
    """When people sit at the desk, by the country's own clock."""

    opens: Hour = 8
    closes: Hour = 18
    weekend: tuple[Day, ...] = ("sat", "sun")
    utc: Annotated[float, Field(ge=-12, le=14, multiple_of=0.25)] = 0.0
    """Hours ahead of UTC. No summer time: one clock for a whole exercise."""
    night_desk: bool = True
    """Whether somebody is there for urgent matters at every hour."""

    @model_validator(mode="after")
    def _open(self) -> Self:
        if self.opens >= self.closes or len(set(self.weekend)) > 6:
            raise ValueError("an office opens before it closes, on at least one day")
        return self


class NationalProfile(Word):
    """One country's profile. Invented: no statement about the law or practice of any country."""

    red_notice: RedNotice
    why: Line
    """The reason in its (invented) law, as its desk writes it."""
    instruments: tuple[str, ...] = ()
    """Ids of the treaties that bind it; one that two countries share is in force between them."""
    waits: Literal["papers", "longest"] = "papers"
    """Until which of a treaty's two days it keeps somebody without papers."""
    shares: tuple[Purpose, ...] = tuple(Purpose)
    """For which purposes it answers requests for information."""
    declines: tuple[Bar, ...] = ()
    """What it does not accept, and from whom, when the exercise begins (rule ``ACCEPT``)."""
    languages: tuple[Language, ...] = ("en", "fr", "es", "ar")
    """In which languages it works."""
    office: Office = Office()
    very_urgent: Span = (4 * 60, 9 * 60)
    urgent: Span = (20 * 60, 50 * 60)
    normal: Span = (4 * 3600, 30 * 3600)
    """How long an answer takes once somebody is at the desk, by urgency."""
    papers: Span = (6 * 86_400, 12 * 86_400)
    """How long its courts take to put extradition papers together."""
    court: Span = (15 * 86_400, 30 * 86_400)
    """How long they take to decide on somebody else's."""

    def pace(self, urgency: Urgency) -> tuple[int, int]:
        """The span of an answer to something so urgent, in seconds."""
        return {Urgency.VERY_URGENT: self.very_urgent, Urgency.URGENT: self.urgent, Urgency.NORMAL: self.normal}[
            urgency
        ]


@dataclass(frozen=True)
class Atlas:
    """All countries' profiles. ``default`` is for those that have none of their own."""

    default: NationalProfile
    countries: dict[str, NationalProfile] = field(default_factory=dict)
    instruments: dict[str, Instrument] = field(default_factory=dict)

    def of(self, party: str) -> NationalProfile:
        """The profile that ``party`` works by."""
        return self.countries.get(party, self.default)

    def treaty(self, one: str, other: str) -> Instrument | None:
        """The first instrument of ``one`` that binds ``other`` too; ``None``: there is none in force between them."""
        theirs = self.of(other).instruments
        return next((self.instruments[name] for name in self.of(one).instruments if name in theirs), None)

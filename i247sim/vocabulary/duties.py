"""How a simulated duty officer answers: simple rules of the scenario, each with a seeded delay.

``delay`` is a pure function of (seed, party, purpose, count): no generator with state, so one party's
traffic never shifts another party's delays.
"""

import hashlib
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.contents import Translations
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import (
    CaseReference,
    Classification,
    Handling,
    Language,
    NoticeType,
    Purpose,
    Urgency,
    UrgencyReason,
    check_marks,
)
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.times import TICK

Seconds = Annotated[int, Field(ge=1, le=90 * 24 * 3600)]

Recipient = Literal["sender", "owner", "querier", "parent", "secretariat"]
"""Whom an answer goes to: the sender of the message, the owner or the querier of the record it is about,
the officer's own parent bureau, or the secretariat."""


class When(Word):
    """Which opened messages a duty is about: all that is set must match."""

    kind: Kind
    sender: PartyId | None = Field(default=None, alias="from")
    notice: NoticeType | None = None


class Duty(Word):
    """When such a message is opened, send this after a while."""

    when: When
    send: Kind
    to: tuple[Recipient | PartyId, ...] = ("sender",)
    after: tuple[Seconds, Seconds]
    """The delay in simulated seconds is drawn between these two, both included."""
    subject: Annotated[str, Field(min_length=1, max_length=400)] | None = None
    text: Annotated[str, Field(max_length=20_000)] = ""
    lang: Language = "en"
    """The language of ``subject`` and ``text``."""
    translations: Translations | None = None
    """The same in other languages: an officer writes in the first of its bureau's languages that is there."""
    purpose: Purpose | None = None
    """Absent: the purpose of the message that is answered."""
    classification: Classification | None = None
    """Absent: that of the message that is answered."""
    urgency: Urgency = Urgency.NORMAL
    urgency_reason: UrgencyReason | None = None
    case_ref: CaseReference | None = None
    handling: tuple[Handling, ...] = ()
    """Marks for the reader."""
    once: bool = False
    """Only for the first such message."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.after[0] > self.after[1]:
            raise ValueError("`after` goes from the shorter to the longer delay")
        check_marks(self.handling)
        return self


def delay(seed: int, party: str, purpose: str, count: int, after: tuple[int, int]) -> timedelta:
    """A delay between ``after[0]`` and ``after[1]`` seconds (both included), at least one tick, never random."""
    low, high = after
    drawn = hashlib.sha256(f"i247/v1/delay\0{seed}\0{party}\0{purpose}\0{count}".encode()).digest()
    seconds = low + int.from_bytes(drawn[:8], "big") % (high - low + 1)
    return max(timedelta(seconds=seconds), TICK)

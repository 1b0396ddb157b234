"""What a scenario expects of its run: each claim has a sentence and exactly one kind of assertion.

Every claim can fail, and one about a message that never was, fails. ``expectations.evaluate`` decides.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from i247sim.exercise.choice import one_of, the_only
from i247sim.exercise.durations import Offset, format_duration, parse_duration
from i247sim.exercise.happenings import Happening
from i247sim.exercise.naming import MessageRef, Sentence
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import RecordId
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.queries import Finding


class Access(StrEnum):
    """How one message stands at one party. All but the last two are ``decisions.Outcome`` by name."""

    OPENED = "opened"
    DELIVERED = "delivered"
    """Stored or opened there."""
    REFUSED = "refused"
    """By the hub, for this party or as a whole."""
    REJECTED = "rejected"
    WITHHELD = "withheld"
    HELD = "held"
    QUEUED = "queued"
    EXPIRED = "expired"
    NOT_ADDRESSED = "not-addressed"
    """The message does not name the party."""
    NOT_OPENED = "not-opened"
    """Addressed or not, with whatever reason: the party has not opened it."""


class AccessClaim(Word):
    """Whether a party could have a message, and if not, why."""

    message: MessageRef
    party: PartyId
    is_: Access = Field(alias="is")
    code: Code | None = None
    """The reason; only for refused, rejected, withheld and held."""

    @model_validator(mode="after")
    def _code_where_one_can_be(self) -> Self:
        if self.code is not None and self.is_ not in (
            Access.REFUSED,
            Access.REJECTED,
            Access.WITHHELD,
            Access.HELD,
        ):
            raise ValueError(
                f"`code` does not go with `is: {self.is_}`; expected it with refused, rejected, withheld or held"
            )
        return self


NEVER = "never"


def _within(value: object) -> timedelta | None:
    return None if value is None or value == NEVER else parse_duration(value)


Within = Annotated[
    timedelta | None,
    BeforeValidator(_within),
    PlainSerializer(lambda value: NEVER if value is None else format_duration(value), return_type=str),
    WithJsonSchema({"type": "string"}),
]
"""A duration, or ``never`` (inside: ``None``): then there must be no such answer at all."""


class AnswerClaim(Word):
    """A party answers a message in time, or never does."""

    message: MessageRef
    sender: PartyId = Field(alias="from")
    kind: Kind
    within: Within
    """Counted from the message; by its end the answer must have been sent, and
    the hub must let it go to the one who asked (or to somebody, where it is sent to others only)."""


class FindingClaim(Word):
    """What a query found, as the querier was told."""

    message: MessageRef
    is_: Finding = Field(alias="is")
    record: RecordId | None = None
    """One record that must be among the hits shown."""


class CountClaim(Word):
    """How many messages of a kind there were, sent by one party or by all."""

    kind: Kind
    sender: PartyId | None = Field(default=None, alias="from")
    to: PartyId | None = None
    exactly: Annotated[int, Field(ge=0)] | None = None
    at_least: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if (self.exactly is None) == (self.at_least is None):
            raise ValueError("expected exactly one of `exactly` and `at_least`")
        return self


class RefusedClaim(Word):
    """The hub refused a whole message: all its addressees, with one code."""

    message: MessageRef
    code: Code


class AppealClaim(Word):
    """A desk tells whoever runs the exercise that somebody does not answer, after reminders and the centre's call."""

    sender: PartyId = Field(alias="from")
    silent: PartyId


Claim = AccessClaim | AnswerClaim | FindingClaim | CountClaim | RefusedClaim | AppealClaim


class Expectation(Word):
    """A sentence that a trainee can read, and one claim that a program can check."""

    says: Sentence
    by: Offset | None = None
    """Judged at this time; absent: at the end of the run."""
    access: AccessClaim | None = None
    answer: AnswerClaim | None = None
    finding: FindingClaim | None = None
    count: CountClaim | None = None
    refused: RefusedClaim | None = None
    appeal: AppealClaim | None = None

    @model_validator(mode="after")
    def _one_claim(self) -> Self:
        one_of(self, CLAIMS, "an expectation has exactly one claim")
        return self

    @property
    def claim(self) -> Claim:
        """What is claimed: to be told apart with ``match``."""
        found: Claim = the_only(self, CLAIMS)
        return found


CLAIMS = tuple(name for name in Expectation.model_fields if name not in ("says", "by"))
"""The claims' keys."""


class Milestone(Word):
    """A sentence about how far the exercise has come, and what must have happened for it. It never fails."""

    says: Sentence
    when: Happening

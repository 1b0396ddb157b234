"""Verbs of those who have a say: owners, receivers, the secretariat, the authority."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from i247sim.exercise.acts import Act, Before, Difficulty, Layer, Theme
from i247sim.exercise.durations import Duration
from i247sim.vocabulary.parties import PartyId, State
from i247sim.vocabulary.statements import Bar, MeasureSet
from i247sim.vocabulary.times import TICK

Reason = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class Declare(Act):
    """A party declares its bars anew; the list replaces what it had declared before (``[]`` lifts all)."""

    party: PartyId
    """Whose declaration it is."""
    bars: Annotated[tuple[Bar, ...], Field(max_length=256)]
    """Whom it bars, and from what."""

    def beside(self, declared: tuple[Bar, ...]) -> Self:
        """With what was declared before, and not in its place."""
        return self.model_copy(update={"bars": tuple(dict.fromkeys((*declared, *self.bars)))})

    def earlier(self, declared: Mapping[str, tuple[Bar, ...]]) -> "tuple[Act, ...]":
        """The same declaration as it stood before."""
        return (type(self)(party=self.party, bars=declared.get(self.party, ())),)


class Restrict(Declare):
    """An owner says who may not have its data (RPD Art. 58). It replaces what was declared; ``[]`` lifts all."""

    example = "party: BR, bars: [{whom: NO}]"
    title = "An owner bars somebody from its data"
    teaches = (
        "Data belong to the bureau that supplied them, and the owner decides who may see them (RPD Art. 58). From the "
        "moment of the declaration the barred bureau gets nothing of the owner's, what waits for it is withheld, and "
        "it cannot tell a bar from an absence. Ask the class who can see that a bar exists, and who must not."
    )
    detector = "The hub refuses with E-RESTRICT by the owner's own signed declaration; queries say `no record`."
    layer = Layer.RULE
    theme = Theme.PEOPLE
    inverse = "restrict"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return self.earlier(before.restrictions)


class Accept(Declare):
    """A receiver says what it does not accept. It replaces what was declared; ``[]`` lifts all."""

    example = "party: BR, bars: [{whom: NO}]"
    title = "A receiver declines a kind of traffic"
    teaches = (
        "A bureau is not bound to take everything: it may decline kinds, channels or purposes from some or all. The "
        "sender is told a coarse code and must find another way, or respect it. What runs the network cannot be "
        "declined. Discuss what a bureau loses that declines too much."
    )
    detector = "The hub refuses with E-ACCEPT by the receiver's own signed declaration."
    layer = Layer.RULE
    theme = Theme.PEOPLE
    inverse = "accept"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return self.earlier(before.acceptances)


SUPERVISED_FOR = timedelta(days=92)
"""The secretariat supervises for at most three months (RPD Art. 131)."""


def check_review(state: State, review_in: timedelta | None) -> None:
    """Raise ``ValueError`` if a measure is not looked at again when it must be."""
    if review_in is not None and (review_in < TICK or state is State.ACTIVE):
        raise ValueError("`review_in` is a time after the measure; what is lifted has none")
    if review_in is not None and state is State.SUPERVISED and review_in > SUPERVISED_FOR:
        raise ValueError(f"a supervision lasts at most three months; expected `{SUPERVISED_FOR.days}d` or less")


class Measure(Act):
    """The secretariat sets the state of a bureau (RPD Art. 131); ``active`` lifts."""

    party: PartyId
    """The bureau."""
    state: State
    """What it may still do."""
    reason: Reason = ""
    """For the log, and for everybody who is told."""
    review_in: Duration | None = None
    """When it is looked at again; a supervision, at most three months long, ends then."""

    example = "party: BR, state: supervised"
    title = "The secretariat takes a measure against a bureau"
    teaches = (
        "A bureau that breaks the rules can be corrected, supervised or suspended (RPD Art. 131), step by step and for "
        "a stated reason. Everybody is told, since others must judge what they get from it. Messages "
        "between bureaus go on under every measure but disconnection. Watch what is held, what is refused, and what "
        "still passes."
    )
    detector = "The hub refuses or holds what the measure covers (E-STATE); every party gets the signed measure."
    layer = Layer.SUPERVISION
    theme = Theme.PEOPLE
    difficulty = Difficulty.MEDIUM
    inverse = "measure"

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        check_review(self.state, self.review_in)
        return self

    def said(self, now: datetime) -> MeasureSet:
        """What the secretariat states at ``now``."""
        review_on = now + self.review_in if self.review_in is not None else None
        return MeasureSet(party=self.party, state=self.state, reason=self.reason, review_on=review_on)

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Measure(party=self.party, state=before.states.get(self.party, State.ACTIVE)),)


class Revoke(Act):
    """The authority revokes a party: its certificate and key cards are no longer good."""

    party: PartyId
    """Who is revoked; everybody under it as well."""
    reason: Reason = ""
    """For the log."""

    @property
    def remark(self) -> str:
        return self.reason

    title = "A party is revoked"
    says = "{} loses its certificates"
    teaches = (
        "Revocation is the answer to a key in wrong hands: the directory says so, the broker cuts the live session, "
        "the hub withholds what waits, and every bureau refuses what the key signs from then on. It hits the honest "
        "owner of the key as hard as the thief. Ask what must be in place before one dares to revoke: new keys, "
        "another way to reach the bureau, a look at past traffic."
    )
    detector = "Hub and recipients refuse the revoked key with E-KEY; the broker cuts the session at once."
    layer = Layer.SIGNATURE
    theme = Theme.PEOPLE
    difficulty = Difficulty.MEDIUM
    stays_because = "a revoked certificate stays revoked; the party needs new keys"


class Rotate(Act):
    """A party gets a new decryption key. The old one is good for ``grace`` more, then it is deleted for ever."""

    party: PartyId
    """Whose key is renewed."""
    grace: Duration = timedelta()
    """How long the old key is good for what is on its way."""

    title = "A decryption key is renewed"
    says = "{} gets a new decryption key"
    teaches = (
        "Keys are renewed so that a stolen one opens as little as possible: when the old one is deleted, what was "
        "sealed to it is closed for good, for the thief too. Messages still on their way to the old key are sealed "
        "anew by their sender, under a new id, and nothing is lost. Look for the second copy in the matrix."
    )
    detector = "The hub refuses retired keys with E-KEY, and the sender seals anew by itself."
    layer = Layer.RULE
    theme = Theme.PEOPLE
    stays_because = "a deleted key does not come back, and nothing is missing without it"

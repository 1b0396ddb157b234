"""Refusal codes, outcomes and verdicts: what the network answers, and why."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Why something was refused. The number is the hub's step (``hub.core``), first failure wins."""

    FORMAT = "E-FORMAT"
    """1: malformed, too large, unknown schema or suite."""
    SIGN = "E-SIGN"
    """2: signature, certificate or sender does not hold."""
    KEY = "E-KEY"
    """2: a key id is retired, unknown or revoked."""
    TIME = "E-TIME"
    """3: expired, from the future, or with a life beyond the maximum."""
    REPLAY = "E-REPLAY"
    """3: seen before with other bytes, or again after the receipt was confirmed. Always an alarm."""
    STATE = "E-STATE"
    """4: the sender's state does not permit this channel."""
    RIGHTS = "E-RIGHTS"
    """5: role or profile does not allow channel, kind, database or operation."""
    PURPOSE = "E-PURPOSE"
    """6: purpose does not go with the kind of message."""
    REVIEW = "E-REVIEW"
    """6: a publication without a matching, unused decision of the reviewer."""
    ADDR = "E-ADDR"
    """7: addressee unknown, not connected by right, or a prescribed addressee missing."""
    ACCEPT = "E-ACCEPT"
    """7: the addressee has declared that it does not accept this."""
    CLASS = "E-CLASS"
    """8: classification above the addressee's clearance, or suite below what the classification asks."""
    RESTRICT = "E-RESTRICT"
    """9: the owner of the data has barred this addressee (RPD Art. 58)."""
    CONSENT = "E-CONSENT"
    """9: others' data are passed on without their owner's consent, or against its conditions (RPD Art. 65); or of a
    missing person something is told without it being said that she was asked (Art. 90)."""
    DATA = "E-DATA"
    """10: minimum data missing (answered by the secretariat, which may read)."""
    ART2 = "R-ART2"
    """11: against Article 2 (human rights); decided by the reviewer."""
    ART3 = "R-ART3"
    """11: against Article 3 (political, military, religious, racial); decided by the reviewer."""
    REFUGEE = "R-REFUGEE"
    """11: refugee rule; decided by the reviewer."""
    RATE = "E-RATE"
    """12: over the quota."""
    POLICY = "E-POLICY"
    """The rules could not be evaluated without error: refused (Cedar alone would fail open)."""


class Outcome(StrEnum):
    """Where one (message, addressee) pair stands. Every pair ends in exactly one of these."""

    QUEUED = "queued"
    """Accepted, not handed over or not acknowledged yet."""
    DELIVERED = "delivered"
    """Acknowledged by the addressee as stored, not opened yet."""
    OPENED = "opened"
    """Acknowledged by the addressee as opened."""
    REFUSED = "refused"
    """Refused by the hub with a code."""
    HELD = "held"
    """Waiting for a release (supervised sender)."""
    WITHHELD = "withheld"
    """Accepted, but at hand-over no longer allowed."""
    EXPIRED = "expired"
    """Accepted, but its life ended before it could be handed over."""
    REJECTED = "rejected"
    """Received and refused by the addressee with a code."""


FINAL = frozenset(
    {Outcome.DELIVERED, Outcome.OPENED, Outcome.REFUSED, Outcome.WITHHELD, Outcome.EXPIRED, Outcome.REJECTED}
)
"""Outcomes that can no longer change, except ``DELIVERED`` into ``OPENED`` or ``REJECTED``."""


@dataclass(frozen=True)
class Verdict:
    """What the rules say about one message, or one (message, addressee) pair.

    ``outcome``: ``QUEUED`` (allowed), ``REFUSED`` or ``HELD``. ``rules``: ids of the rules that decided, in
    file order. ``code`` is ``None`` exactly when allowed. ``errors`` are for exercise control only.
    """

    outcome: Outcome
    code: Code | None
    rules: tuple[str, ...]
    errors: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the message may go on. ``HELD`` is not allowed."""
        return self.outcome is Outcome.QUEUED

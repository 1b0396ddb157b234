"""Refusal codes, outcomes and verdicts: what the network answers, and why."""

from collections.abc import Mapping
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


MEANINGS: Mapping[Code, str] = {
    Code.FORMAT: "malformed or too large",
    Code.SIGN: "signature or sender does not hold",
    Code.KEY: "a key is retired, unknown or revoked",
    Code.TIME: "expired, from the future, or meant to live too long",
    Code.REPLAY: "a message that was already there, sent again",
    Code.STATE: "a measure on the sender does not permit it",
    Code.RIGHTS: "the sender has no right to this",
    Code.PURPOSE: "the purpose does not go with the kind of message",
    Code.REVIEW: "no decision of the reviewer that it may rest on",
    Code.ADDR: "addressee unknown, not connected or revoked, or a prescribed one is missing",
    Code.ACCEPT: "the addressee does not accept this",
    Code.CLASS: "classified above the addressee's clearance, or with too weak a suite",
    Code.RESTRICT: "the owner of the data has barred this addressee",
    Code.CONSENT: "told without the consent of the data's owner or of the person found, or against its conditions",
    Code.DATA: "minimum data are missing",
    Code.ART2: "against Article 2 (human rights)",
    Code.ART3: "against Article 3 (political, military, religious, racial)",
    Code.REFUGEE: "the person is a refugee",
    Code.RATE: "over the quota",
    Code.POLICY: "the rules could not be evaluated; refused to be safe",
}
"""One short line per code. Who decided, and by which rule, is ``explain``'s business."""


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

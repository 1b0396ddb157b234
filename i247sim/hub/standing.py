"""What a header refers to, and whether it may: review, whose notice, consent, emergency. Pure; from headers alone.

The hub and a rehearsal keep one of these each. It learns (``establish``) from every header that somebody may receive,
and answers (``standing``) for a header that has just come. It looks at no content: a consent is a reply of the owner
that quotes its own record, and a refusal is one that quotes none; who is missing is whom a Yellow Notice quotes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.policy.facts import Consent, Emergency, Review, Standing
from i247sim.vocabulary.frames import NoticeDecision
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Handling, Header, NoticeType, Urgency, UrgencyReason
from i247sim.vocabulary.parties import SECRETARIAT
from i247sim.vocabulary.record_ids import subject_of

RESTING = (Kind.NOTICE_PUBLISHED, Kind.NOTICE_UPDATE)
"""Publications: each rests on a decision of the reviewer, and uses it up."""
MIN_APPROVALS = 2
OWNERS_TIME = {Urgency.VERY_URGENT: timedelta(minutes=30), Urgency.URGENT: timedelta(hours=4)}
"""What an owner has at least to answer before its restricted data are released in an emergency (exercise rule)."""


def rests_on(header: Header) -> str | None:
    """The reviewer's decision that a publication uses up; ``None`` for everything else."""
    return header.notice.decision if header.kind in RESTING and header.notice is not None else None


@dataclass
class Precedents:
    """What earlier headers have established."""

    decisions: dict[str, NoticeDecision] = field(default_factory=dict)
    """The reviewer's decisions by name."""
    used: dict[str, set[str]] = field(default_factory=dict)
    """Decision of the reviewer to the message that used it up, and those that superseded it for single readers."""
    updating: dict[str, str | None] = field(default_factory=dict)
    """Request for a notice (message id) to the number of the notice that it wants updated."""
    owners: dict[str, str] = field(default_factory=dict)
    """Number of a notice to the party at whose request it was published."""
    consents: dict[str, Header] = field(default_factory=dict)
    """Own reference of an owner's reply that consents, to its header."""
    questions: dict[str, tuple[Header, datetime]] = field(default_factory=dict)
    """Own reference of a request for consent, to its header and when the hub took it: nobody sets that clock back."""
    answers: dict[str, Header] = field(default_factory=dict)
    """Own reference of a request for consent, to the newest answer of the party that was asked."""
    missing: set[tuple[str, str]] = field(default_factory=set)
    """(Owner, record) of persons whom a Yellow Notice looks for, or has looked for: found or not, they have a say."""

    def establish(self, header: Header, now: datetime) -> None:
        """Learn from a header that somebody may receive at ``now``. Learning twice is learning once."""
        decision = rests_on(header)
        if decision is not None:
            self.used.setdefault(decision, set()).add(header.id)
            if header.notice is not None and header.notice.id is not None and decision in self.decisions:
                self.owners.setdefault(header.notice.id, self.decisions[decision].requester)
        match header.kind:
            case Kind.NOTICE_PUBLISHED if header.notice is not None and header.notice.type is NoticeType.YELLOW:
                self.missing |= {(one.owner, one.record) for one in header.quoted}
            case Kind.NOTICE_REQUEST:
                self.updating[header.id] = header.notice.id if header.notice else None
            case Kind.CONSENT_REQUEST:
                self.questions.setdefault(header.own_ref, (header, now))
            case Kind.CONSENT_REPLY:
                self._answer(header)
            case _:
                pass

    def _answer(self, header: Header) -> None:
        asked, _ = self.questions.get(header.your_ref or "", (None, None))
        if asked is not None and header.sender in {one.party for one in asked.to or ()}:
            self.answers[asked.own_ref] = header
        own = [one for one in header.quoted if one.owner == header.sender]
        if own:
            self.consents[header.own_ref] = header
        else:
            # Without a quotation it consents to nothing; it takes back what the same owner said in the same matter.
            taken_back = [
                reference
                for reference, earlier in self.consents.items()
                if earlier.sender == header.sender
                and (reference == header.consent_ref or (earlier.your_ref and earlier.your_ref == header.your_ref))
            ]
            for reference in taken_back:
                del self.consents[reference]

    def standing(self, header: Header, now: datetime, onward: Sequence[str], received: bool) -> Standing:
        """What holds for ``header`` at ``now``. ``onward``: owners whose data it passes on; ``received``: whether its
        sender was handed the message that it answers."""
        return Standing(
            review=self._review(header),
            notice_owner=self.owners.get(header.notice.id or "") if header.notice else None,
            consent=self._consent(header, now, onward),
            emergency=self._emergency(header, now),
            received=received,
            missing=any((one.owner, subject_of(one.record)) in self.missing for one in header.quoted),
        )

    def _review(self, header: Header) -> Review:
        if header.kind not in RESTING:
            return Review.NONE
        quoted = rests_on(header)
        if header.notice is None or quoted is None or quoted not in self.decisions:
            return Review.MISSING
        decision = self.decisions[quoted]
        updates = header.notice.id if header.kind is Kind.NOTICE_UPDATE else None
        if (
            not decision.publish
            or decision.type is not header.notice.type
            or self.updating.get(decision.request, updates) != updates
        ):
            return Review.FOREIGN
        if header.quoted and decision.requester not in {one.owner for one in header.quoted}:
            # Its restrictions count through the record that is quoted: somebody else's record would go around them.
            return Review.FOREIGN
        if used := self.used.get(quoted):
            return Review.VALID if header.id in used or header.supersedes in used else Review.USED
        return Review.VALID

    def _consent(self, header: Header, now: datetime, onward: Sequence[str]) -> Consent:
        if not onward:
            return Consent.NONE
        given = self.consents.get(header.consent_ref or "")
        if given is None or given.expires <= now:
            return Consent.MISSING
        passed = {(one.owner, one.record) for one in header.quoted if one.owner in onward}
        covered = {(one.owner, one.record) for one in given.quoted if one.owner == given.sender}
        if header.sender not in {one.party for one in given.to or ()} or not passed <= covered:
            return Consent.FOREIGN
        if header.purpose is not given.purpose:
            return Consent.PURPOSE
        if not set(given.handling) - {Handling.H0} <= set(header.handling):
            return Consent.CONDITIONS
        return Consent.VALID

    def _emergency(self, header: Header, now: datetime) -> Emergency:
        if header.kind is not Kind.THREAT_RELEASE:
            return Emergency.NONE
        asked, since = self.questions.get(header.consent_ref or "", (None, now))
        if asked is None or asked.sender != SECRETARIAT or asked.urgency_reason is not UrgencyReason.THREAT:
            return Emergency.UNASKED
        parties = {one.party for one in asked.to or ()}
        if not header.quoted or not set(header.quoted) <= {one for one in asked.quoted if one.owner in parties}:
            return Emergency.UNASKED
        if len(set(header.approvals)) < MIN_APPROVALS:
            return Emergency.ALONE
        answer = self.answers.get(asked.own_ref)
        if answer is None:
            due = max(asked.reply_by or now, since + OWNERS_TIME[asked.urgency])
            return Emergency.EARLY if asked.reply_by is None or now < due else Emergency.VALID
        agreed = {one for one in answer.quoted if one.owner == answer.sender}
        return Emergency.VALID if set(header.quoted) <= agreed else Emergency.REFUSED

"""The reviewing task force (``NDTF``), a party with keys of its own: decides on requests for notices, and updates.

What is missing is found by rule and listed whole. What ``screening`` flags is never decided by rule: it waits for a
person, unless the exercise has said beforehand what that person says. A person may also decide before the desk does.
The first check has a clock, by the urgency of the request.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.node.actions import Action, Decide, Remark, Schedule, Send
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold, Wrote
from i247sim.secretariat.office import Refugees, reply
from i247sim.secretariat.review import SILVER_CEILING, missing_from
from i247sim.secretariat.reviewing import BY_DEFAULT, Reviewing
from i247sim.secretariat.screening import flags, shown
from i247sim.vocabulary.contents import Note, Notice, RefugeeStatus
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.duties import delay
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Header, NoticeType, Urgency
from i247sim.vocabulary.rulings import Ruling
from i247sim.vocabulary.rulings import Word as Decided
from i247sim.vocabulary.times import in_words, to_text

FIRST_CHECK = {
    Urgency.VERY_URGENT: timedelta(hours=2),
    Urgency.URGENT: timedelta(hours=24),
    Urgency.NORMAL: timedelta(hours=24),
}
"""Until somebody has looked at a request for the first time: decided, asked, or found that a person must decide."""


@dataclass(frozen=True)
class Review:
    """A request waits to be decided on."""

    header: Header
    notice: Notice
    since: datetime


@dataclass
class ReviewerCore:
    """The task force. ``reviewing`` is the exercise's will for requests that nobody rules on."""

    party: str
    seed: int
    reviewing: Reviewing = BY_DEFAULT
    _open: dict[str, Review] = field(default_factory=dict)
    """Requests that are not decided, by their sender's own reference."""
    _refugees: Refugees = field(default_factory=Refugees)
    _checked: set[str] = field(default_factory=set)
    """Requests whose first check is done, by the same."""
    _count: int = 0
    _silver: int = 0
    """Silver Notices that were let pass in this exercise."""

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``."""
        match event:
            case MessageOpened(content=Notice() as notice, header=header):
                self._count += 1
                after = delay(self.seed, self.party, "review", self._count, self.reviewing.after)
                review = Review(header, notice, now)
                self._open[header.own_ref] = review
                by = to_text(now + FIRST_CHECK[header.urgency])
                return [Remark(f"clock started: first check of {header.own_ref}; due at {by}"), Schedule(after, review)]
            case MessageOpened(content=RefugeeStatus() as status):
                self._refugees.learn(status)
                return []
            case MessageOpened() | MessageUnreadable() | StatementTold() | DirectoryTold() | Wrote():
                return []
            case CauseDue(cause=Review() as review):
                opened = review.header.own_ref in self._open
                return [*self._check(review, now), *self._review(review)] if opened else []
            case CauseDue(cause=Ruling() as ruling):
                return self._rule(ruling, now)
            case _:
                raise AssertionError(f"not a cause of the reviewer: {event!r:.80}")

    def _review(self, review: Review) -> list[Action]:
        missing = missing_from(review.notice)
        if missing:
            return self._ask(review, missing) if self.reviewing.incomplete == "ask" else self._refuse(review, missing)
        if self._is_full(review):
            return self._turn_away(review)
        found = flags(review.notice, review.header.sender, self._refugees.keys)
        if not found:
            return self._decide(review, self.reviewing.publish, self.reviewing.code)
        match self.reviewing.flagged:
            case "wait":
                return [Remark(f"request {review.header.own_ref} waits for a person: {shown(found)}")]
            case "ask":
                return self._ask(review, tuple(f"{one.field}: {one.question}" for one in found))
            case verdict:
                return self._decide(review, verdict == "publish", self.reviewing.code or Code.ART3)

    def _check(self, review: Review, now: datetime) -> list[Action]:
        """Somebody looks at the request: the first time, its clock stops."""
        reference = review.header.own_ref
        if reference in self._checked:
            return []
        self._checked.add(reference)
        taken = now - review.since
        late = "; too late" if taken > FIRST_CHECK[review.header.urgency] else ""
        return [Remark(f"clock stopped: first check of {reference}, after {in_words(taken)}{late}")]

    def _rule(self, ruling: Ruling, now: datetime) -> list[Action]:
        """A person decides. What lacks minimum data is not published by a person either."""
        review = self._open.get(ruling.message or "")
        if review is None:
            return [Remark(f"no request {ruling.message} is open at this desk: nothing is done")]
        checked, missing = self._check(review, now), missing_from(review.notice)
        if ruling.word is Decided.ASK:
            return [*checked, *self._ask(review, (*missing, *([ruling.text] if ruling.text else [])))]
        if ruling.word is Decided.PUBLISH and missing:
            return [*checked, *self._refuse(review, missing)]
        if ruling.word is Decided.PUBLISH and self._is_full(review):
            return [*checked, *self._turn_away(review)]
        return [*checked, *self._decide(review, ruling.word is Decided.PUBLISH, ruling.code or Code.DATA)]

    def _ask(self, review: Review, questions: tuple[str, ...]) -> list[Action]:
        """Return it to its requester, who sends it anew; the request stays open for a ruling."""
        text = "\n".join(f"- {one}" for one in questions) or "- please explain the request"
        note = Note(subject=f"questions about {review.header.own_ref}", text=text)
        said = "one question is" if len(questions) < 2 else f"{len(questions)} questions are"
        return [
            Remark(f"request {review.header.own_ref} needs more information: {said} asked"),
            Send(reply(review.header, Kind.NOTICE_QUERY, Channel.ADMIN, note)),
        ]

    def _refuse(self, review: Review, missing: tuple[str, ...]) -> list[Action]:
        del self._open[review.header.own_ref]
        return [Decide(review.header, review.notice, False, Code.DATA, missing)]

    def _is_full(self, review: Review) -> bool:
        """Whether it asks for one more Silver Notice than the pilot has; an update is no more."""
        return _is_new_silver(review) and self.reviewing.silver_before + self._silver >= SILVER_CEILING

    def _turn_away(self, review: Review) -> list[Action]:
        del self._open[review.header.own_ref]
        why = f"room: the pilot has published its {SILVER_CEILING} Silver Notices"
        return [Decide(review.header, review.notice, False, Code.RATE, (why,))]

    def _decide(self, review: Review, publish: bool, code: Code | None) -> list[Action]:
        del self._open[review.header.own_ref]
        self._silver += publish and _is_new_silver(review)
        return [Decide(review.header, review.notice, publish, None if publish else code, ())]


def _is_new_silver(review: Review) -> bool:
    notice = review.header.notice
    return review.notice.type is NoticeType.SILVER and (notice is None or notice.id is None)

"""What does not wait for publication: a warning, and the search for a child at risk. Their clocks, pure.

From the request to its publication, or its refusal: two hours for an Orange Notice, one for a Yellow Notice about a
minor whose request says that there is a risk to life (exercise rules). A review may wait for a person, and a person's
decision has no limit: what is late is not published for that, but left to whoever runs the exercise.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.node.actions import Action, Appeal, Remark, Schedule
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.office import Office
from i247sim.vocabulary.contents import Notice, NoticeVerdict
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Header, NoticeType, UrgencyReason
from i247sim.vocabulary.parties import REVIEWER
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.records import surely_minor
from i247sim.vocabulary.times import in_words, to_text

WARNING_WITHIN = timedelta(hours=2)
"""From the request to the publication of an Orange Notice."""
CHILD_WITHIN = timedelta(hours=1)
"""The same of a Yellow Notice about a child at risk."""


@dataclass(frozen=True)
class Late:
    """The time to publish is over."""

    request: str


@dataclass
class PublicationLimits:
    """Watches over requests that do not wait, by their own references."""

    office: Office
    since: dict[str, datetime] = field(default_factory=dict)
    """Requests that were neither published nor refused so far."""
    causes = (Late,)

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """A request that does not wait starts its clock; a refusal stops it."""
        header = event.header
        match event.content:
            case Notice() as notice if header.kind is Kind.NOTICE_REQUEST:
                limit = limit_of(header, notice)
                if limit is None or Procedure.PUBLISH_IN_TIME in self.office.unheeded:
                    return []
                self.since[header.own_ref] = now
                remark = f"clock started: publication of {header.own_ref}; due at {to_text(now + limit)}"
                return [Remark(remark), Schedule(limit, Late(header.own_ref))]
            case NoticeVerdict(publish=False, request=request):
                return self.done(request, "refused", now)
            case _:
                return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Its sender has the rejection."""
        return []

    def due(self, cause: Late, now: datetime) -> list[Action]:
        """Nobody has decided in time: that is for a person."""
        since = self.since.get(cause.request)
        if since is None:
            return []
        late = Remark(f"the request {cause.request} should be published by now; it waits for {REVIEWER}")
        return [late, Appeal(REVIEWER, Kind.NOTICE_REQUEST, since)]

    def done(self, request: str, how: str, now: datetime) -> list[Action]:
        """A request was ``how``: published, or refused. Nothing, if it has no clock."""
        since = self.since.pop(request, None)
        return [] if since is None else [Remark(f"clock stopped: {request} is {how}, after {in_words(now - since)}")]


def limit_of(header: Header, notice: Notice) -> timedelta | None:
    """Until when a request is to be published; ``None``: it has no limit."""
    if notice.type is NoticeType.ORANGE:
        return WARNING_WITHIN
    person = notice.person
    minor = person is not None and surely_minor(person.born, header.created.year)
    at_risk = header.urgency_reason is UrgencyReason.RISK_TO_LIFE
    return CHILD_WITHIN if notice.type is NoticeType.YELLOW and minor and at_risk else None

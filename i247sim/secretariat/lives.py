"""The life of a published notice: states, who may move it where, and how long it lasts. Pure.

``PUBLISHED`` is updated and added to without leaving; ``SUSPENDED`` goes back or ends; ``WITHDRAWN`` (by its
requester), ``CANCELLED`` (by the secretariat) and ``EXPIRED`` are ends. Sources: RPD Arts 49 to 51 and 81.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from i247sim.vocabulary.contents import Notice
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Classification, NoticeReason, NoticeType, Purpose

LASTS = timedelta(days=5 * 365)
"""At most so long, unless renewed (Art. 49)."""
SUSPENDED_FOR = timedelta(days=182)
"""At most so long (six months)."""


class NoticeState(StrEnum):
    """Where a notice stands. Those before publication are a request's."""

    SUBMITTED = "submitted"
    INFO_NEEDED = "info-needed"
    REFUSED = "refused"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


OPEN = frozenset({NoticeState.PUBLISHED, NoticeState.SUSPENDED})
"""In these something may still change."""

_MOVES: dict[Kind, tuple[frozenset[NoticeState], NoticeState]] = {
    Kind.NOTICE_UPDATE: (frozenset({NoticeState.PUBLISHED}), NoticeState.PUBLISHED),
    Kind.NOTICE_ADDENDUM: (OPEN, NoticeState.PUBLISHED),
    Kind.NOTICE_RENEW: (OPEN, NoticeState.PUBLISHED),
    Kind.NOTICE_SUSPEND: (frozenset({NoticeState.PUBLISHED}), NoticeState.SUSPENDED),
    Kind.NOTICE_RESUME: (frozenset({NoticeState.SUSPENDED}), NoticeState.PUBLISHED),
    Kind.NOTICE_WITHDRAW: (OPEN, NoticeState.WITHDRAWN),
    Kind.NOTICE_CANCEL: (OPEN, NoticeState.CANCELLED),
}
"""Kind of message to the states in which it may come, and the one it leads to."""


def after(state: NoticeState, kind: Kind, reason: NoticeReason | None = None) -> NoticeState | None:
    """The state that a message of ``kind`` leads to; ``None`` if it cannot come now."""
    if kind not in _MOVES or state not in _MOVES[kind][0]:
        return None
    if kind in (Kind.NOTICE_ADDENDUM, Kind.NOTICE_RENEW):
        return state
    if kind is Kind.NOTICE_CANCEL and reason is NoticeReason.EXPIRED:
        return NoticeState.EXPIRED
    return _MOVES[kind][1]


@dataclass(frozen=True)
class Event:
    """One thing that happened to a notice."""

    time: datetime
    kind: Kind
    reason: NoticeReason | None = None


@dataclass
class NoticeFile:
    """A published notice as the secretariat keeps it."""

    id: str
    requester: str
    type: NoticeType
    notice: Notice
    purpose: Purpose
    classification: Classification
    quoted: str
    """The record that stands for it: of the person it is about, or its entry in the register."""
    expires: datetime
    record: str | None = None
    state: NoticeState = NoticeState.PUBLISHED
    by_checker: bool = False
    """Whether the secretariat has suspended it; then only the secretariat resumes it."""
    since: datetime | None = None
    """Since when it is suspended."""
    history: list[Event] = field(default_factory=list)

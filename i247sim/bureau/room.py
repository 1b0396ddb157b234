"""What all desks of one bureau share: its profile, its calendar, its clocks, and what it knows of notices. Pure.

A desk never answers at once. It plans a task; a task waits until somebody is there, and then takes its time, which is
drawn from the seed. A clock runs until it is stopped; whatever it does is said in the journal (``Remark``).
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from i247sim.bureau import clocks
from i247sim.bureau.profile import Atlas, NationalProfile
from i247sim.node.actions import Action, Remark, Schedule
from i247sim.vocabulary.contents import NoticePublication
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.duties import delay
from i247sim.vocabulary.kinds import CHANNEL_OF, Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Classification, Header, NoticeId, NoticeType, Urgency
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.record_ids import subject_of
from i247sim.vocabulary.times import in_words, to_text

SOON = (20, 45)
"""Seconds: what a person does with one hand."""


@dataclass(frozen=True)
class Task:
    """Something that somebody at a desk will do. ``cause`` says what, and belongs to one desk."""

    number: int
    cause: object
    urgency: Urgency
    answers: str | None = None
    """The own reference of the message that it answers, or acts on."""


@dataclass(frozen=True)
class Ring:
    """A clock has come to one of its marks."""

    number: int
    """Which run of the clock; a clock that was stopped does not ring."""
    clock: str
    about: Hashable
    mark: str


@dataclass(frozen=True)
class Known:
    """What a bureau knows of a published notice."""

    id: NoticeId
    type: NoticeType
    requester: str
    born: str | None = None
    """When the person whom it is about was born, as far as it says."""


@dataclass
class Room:
    """One bureau's room, for its desks (``desk``)."""

    party: str
    seed: int
    atlas: Atlas
    unheeded: frozenset[Procedure] = frozenset()
    agreeing: frozenset[str] = frozenset()
    """Records of missing adults who agree, when they are found and asked, that those who search hear where they are."""
    units: tuple[str, ...] = ()
    """One's own national units."""
    notices: dict[str, Known] = field(default_factory=dict)
    """Record to the notice that made it."""
    gone: dict[str, str] = field(default_factory=dict)
    """Record, or id of a notice, that stands no more, to what became of it."""
    _counts: Counter[str] = field(default_factory=Counter)
    _planned: int = 0
    _asleep: dict[int, Task] = field(default_factory=dict)
    """Tasks that wait for the morning."""
    _done: set[int] = field(default_factory=set)
    _running: dict[tuple[str, Hashable], tuple[int, datetime]] = field(default_factory=dict)
    """(Clock, what it is about) to its run, and when that began."""

    @property
    def profile(self) -> NationalProfile:
        """What the bureau works by."""
        return self.atlas.of(self.party)

    def heeds(self, procedure: Procedure) -> bool:
        """Whether a procedure is followed in this exercise."""
        return procedure not in self.unheeded

    # --- tasks

    def plan(
        self,
        cause: object,
        header: Header | None,
        now: datetime,
        urgency: Urgency,
        span: tuple[int, int] | None = None,
    ) -> list[Action]:
        """Do this when somebody is there and has had the time: ``span`` in seconds, or that of the urgency.

        ``header``: of the message that it answers or acts on; a person who answers it by hand has done it.
        """
        self._planned += 1
        task = Task(self._planned, cause, urgency, header.own_ref if header is not None else None)
        sleeps = clocks.wait(self.profile.office, now, urgency)
        actions: list[Action] = [Schedule(sleeps + self._takes(cause, span or self.profile.pace(urgency)), task)]
        if sleeps:
            self._asleep[task.number] = task
            until = to_text(now + sleeps)
            actions.append(Remark(f"nobody is at the desk for what is {urgency.replace('-', ' ')}; it opens {until}"))
        return actions

    def wake(self, now: datetime) -> list[Action]:
        """The officer is called out of bed: whatever waits for the morning is done now."""
        tasks, self._asleep = list(self._asleep.values()), {}
        actions: list[Action] = []
        for task in tasks:
            actions.append(Schedule(self._takes(task.cause, self.profile.very_urgent), task))
        if tasks:
            waiting = "a task that waits" if len(tasks) == 1 else f"{len(tasks)} tasks that wait"
            actions.append(Remark(f"the officer on call is woken for {waiting}"))
        return actions

    def begin(self, task: Task) -> bool:
        """Whether a task that is due is still to be done: once, although a woken officer has planned it twice."""
        self._asleep.pop(task.number, None)
        if task.number in self._done:
            return False
        self._done.add(task.number)
        return True

    def _takes(self, cause: object, span: tuple[int, int]) -> timedelta:
        purpose = f"desk/{type(cause).__name__}"
        self._counts[purpose] += 1
        return delay(self.seed, self.party, purpose, self._counts[purpose], span)

    def is_open(self, plan: Task | Ring) -> bool:
        """Whether a task was not begun yet, or the clock of a ring still runs."""
        return self.rings(plan) if isinstance(plan, Ring) else plan.number not in self._done

    # --- clocks

    def start(
        self, clock: str, about: Hashable, marks: Sequence[tuple[str, timedelta]], now: datetime, says: str
    ) -> list[Action]:
        """Start a clock, anew if it runs: it rings at every mark (name, time from now) until it is stopped."""
        self._planned += 1
        self._running[clock, about] = (self._planned, now)
        rings: list[Action] = [Schedule(after, Ring(self._planned, clock, about, mark)) for mark, after in marks]
        at = ", ".join(f"{mark} at {to_text(now + after)}" for mark, after in marks)
        return [*rings, Remark(f"clock started: {says}; else {at}")]

    def stop(self, clock: str, about: Hashable, now: datetime, says: str) -> list[Action]:
        """Stop a clock, if it runs."""
        found = self._running.pop((clock, about), None)
        if found is None:
            return []
        return [Remark(f"clock stopped: {says}, after {in_words(now - found[1])}")]

    def rings(self, ring: Ring) -> bool:
        """Whether the clock of ``ring`` still runs."""
        return self._running.get((ring.clock, ring.about), (0, None))[0] == ring.number

    # --- notices

    def learn(self, header: Header, content: object) -> None:
        """Take in what a message says of notices: published, or gone."""
        if isinstance(content, NoticePublication) and content.record is not None:
            notice = content.notice
            born = notice.person.born if notice.person is not None else None
            self.notices[content.record] = Known(content.id, notice.type, content.requester, born)
        if header.kind in GONE and header.notice is not None and header.notice.id is not None:
            self.gone[header.notice.id] = GONE[header.kind]

    def notice_of(self, record: str) -> Known | None:
        """The notice that made a record, or that lists the document that it is about."""
        return self.notices.get(subject_of(record))

    def why_gone(self, record: str) -> str | None:
        """What became of a record, or of the notice that made it; ``None`` if it stands as far as is known."""
        known = self.notice_of(record)
        return self.gone.get(record) or (self.gone.get(known.id) if known else None)


GONE = {Kind.NOTICE_WITHDRAW: "withdrawn", Kind.NOTICE_CANCEL: "cancelled"}
"""Messages that say that a notice stands no more."""


def draft(kind: Kind, header: Header | Draft, to: Sequence[str], content: Content, **more: Any) -> Draft:
    """A message of ``kind`` in the matter of ``header``, or of one's own draft: purpose, level, case, quoted records.

    ``more``: other fields of the draft, or other values.
    """
    fields: dict[str, Any] = {
        "purpose": header.purpose,
        "classification": Classification(header.classification),
        "case_ref": header.case_ref,
        "quoted": header.quoted,
    }
    return Draft(kind=kind, channel=CHANNEL_OF[kind][0], content=content, to=tuple(dict.fromkeys(to)), **fields | more)


def answering(header: Header | Draft) -> dict[str, Any]:
    """The fields of a draft that answers ``header``; none, where one has written first."""
    if isinstance(header, Draft):
        return {}
    return {"your_ref": header.own_ref, "in_reply_to": header.id}

"""A simulated duty officer: answers opened messages by the scenario's duties, and else by its desk's procedures.

Pure. An officer never answers at once: it plans the answer (``Schedule``), and sends when that is due. Delays
come from a stream of its own per (seed, party, duty), so nobody else's traffic shifts them.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from i247sim.bureau.desk import DutyDesk
from i247sim.bureau.local_copy import Base, Copies, LookUp
from i247sim.bureau.room import Ring, Task
from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import (
    CauseDue,
    DirectoryTold,
    Event,
    MessageOpened,
    MessageUnreadable,
    StatementTold,
    Wrote,
)
from i247sim.vocabulary.contents import CONTENTS, Confirmation, Note, NoticePublication
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.duties import Duty, delay
from i247sim.vocabulary.kinds import CHANNEL_OF, Channel
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Header, Language, QuotedRecord
from i247sim.vocabulary.parties import SECRETARIAT, members
from i247sim.vocabulary.queries import HitReport, LocalCopy, QueryResult


@dataclass(frozen=True)
class Answer:
    """A planned answer: by which duty, to which message."""

    duty: int
    header: Header
    content: Content


Plan = Answer | Task | Ring
"""What an officer has planned by itself. Whatever else falls due is the scenario's, and happens whoever sits there."""


@dataclass
class BureauCore:
    """The officer of one party. ``parent`` is its bureau, for entities and sub-bureaus. Without ``desk`` it does
    only what the scenario's duties say."""

    party: str
    duties: tuple[Duty, ...]
    seed: int
    parent: str | None = None
    desk: DutyDesk | None = None
    base: Base | None = None
    """The pre-filled records that local copies may refer to."""
    _counts: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.copies = Copies(self.party, self.parent, self.base)

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``."""
        match event:
            case CauseDue(cause=LookUp() as asked):
                return self._told(self.copies.look(asked, now), now)
            case MessageOpened(content=QueryResult(copy_=LocalCopy() as copy)):
                return self.copies.keep(copy)
            case MessageOpened():
                planned = self._plan(event)
                return planned if self.desk is None else [*planned, *self.desk.opened(event, now, bool(planned))]
            case CauseDue(cause=Answer() as answer):
                draft = self._draft(answer)
                if not draft.to:
                    return [Remark(f"duty {answer.duty + 1} has nobody to write to about {answer.header.own_ref}")]
                return self._told([Send(draft)], now)
            case CauseDue(cause=Task() | Ring() as cause) if self.desk is not None:
                return self._told(self.desk.due(cause, now), now)
            case Wrote(draft=draft):
                return [] if self.desk is None else self.desk.wrote(draft, now)
            case MessageUnreadable() | StatementTold() | DirectoryTold():
                return []
            case _:
                raise AssertionError(f"not a cause of a bureau: {event!r:.80}")

    def is_open(self, plan: Plan) -> bool:
        """Whether something planned is still to be done, as far as this officer knows."""
        return isinstance(plan, Answer) or (self.desk is not None and self.desk.room.is_open(plan))

    def _told(self, actions: list[Action], now: datetime) -> list[Action]:
        """``actions``, and what the desk does because of what is sent with them."""
        if self.desk is None:
            return actions
        sent = [action.draft for action in actions if isinstance(action, Send)]
        return [*actions, *(more for draft in sent for more in self.desk.wrote(draft, now))]

    def _plan(self, event: MessageOpened) -> list[Action]:
        planned: list[Action] = []
        for index, duty in enumerate(self.duties):
            if not _is_about(duty, event):
                continue
            self._counts[index] += 1
            if duty.once and self._counts[index] > 1:
                continue
            after = delay(self.seed, self.party, f"duty/{index}", self._counts[index], duty.after)
            planned.append(Schedule(after, Answer(index, event.header, event.content)))
        return planned

    def _draft(self, answer: Answer) -> Draft:
        duty, header, content = self.duties[answer.duty], answer.header, answer.content
        record, owner, querier = _subject_of(header, content)
        people = {
            "sender": header.sender,
            "owner": owner,
            "querier": querier,
            "parent": self.parent,
            "secretariat": SECRETARIAT,
        }
        named = [people.get(one, one) for one in duty.to]
        to = dict.fromkeys(party for party in named if party is not None and party != self.party)
        lang, subject, text = self._words(duty)
        subject = subject or f"re {header.own_ref}"
        body: Content
        if CONTENTS[duty.send] is Confirmation:
            body = Confirmation(record=record or "NOM-0000", subject=subject, text=text, case=duty.case_ref)
        else:
            body = Note(subject=subject, text=text)
        return Draft(
            kind=duty.send,
            channel=CHANNEL_OF[duty.send][0],
            purpose=duty.purpose or header.purpose,
            content=body,
            to=tuple(to),
            classification=duty.classification or header.classification,
            handling=duty.handling,
            urgency=duty.urgency,
            urgency_reason=duty.urgency_reason,
            lang=lang,
            case_ref=duty.case_ref or header.case_ref,
            your_ref=header.own_ref,
            in_reply_to=header.id,
            quoted=_quoted(header, record, owner, tuple(to)),
        )

    def _words(self, duty: Duty) -> tuple[Language, str | None, str]:
        """Language, subject and text: in the first of the bureau's languages for which the duty has words."""
        member = members().get(self.party) or members().get(self.parent or "")
        translations = duty.translations or {}
        for lang in member.languages if member else ():
            if lang == duty.lang:
                break
            for known, words in translations.items():
                if known == lang:
                    return known, words.subject, words.text
        return duty.lang, duty.subject, duty.text


def _is_about(duty: Duty, event: MessageOpened) -> bool:
    when, header = duty.when, event.header
    return (
        header.kind is when.kind
        and when.sender in (None, header.sender)
        and when.notice in (None, header.notice.type if header.notice else None)
    )


def _quoted(header: Header, record: str | None, owner: str | None, to: tuple[str, ...]) -> tuple[QuotedRecord, ...]:
    """The record that an answer is about; to the secretariat alone, the entry of a notice about nobody as well."""
    if record and owner:
        return (QuotedRecord(owner=owner, record=record),)
    return header.quoted if header.channel is Channel.NOTICE and to == (SECRETARIAT,) else ()


def _subject_of(header: Header, content: Content) -> tuple[str | None, str | None, str | None]:
    """The record a message is about, its owner and who asked for it, as far as the message says."""
    match content:
        case HitReport():
            return content.record, content.owner, content.querier
        case NoticePublication():
            return content.record, content.requester, None
        case QueryResult(hits=(hit, *_)):
            return hit.record, hit.owner, None
        case Confirmation():
            owner = next((one.owner for one in header.quoted if one.record == content.record), None)
            return content.record, owner, None
        case _:
            return None, None, None

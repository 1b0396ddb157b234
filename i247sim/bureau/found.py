"""A hit of one's own units on somebody else's record: how far it has come, and what one writes about it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from i247sim.bureau.room import answering, draft
from i247sim.node.actions import Send
from i247sim.vocabulary.contents import Confirmation, Escalation, Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Database, Handling, Header, QuotedRecord, Urgency, UrgencyReason
from i247sim.vocabulary.parties import SECRETARIAT
from i247sim.vocabulary.record_ids import PREFIX_OF, subject_of

HELD = {"urgency": Urgency.VERY_URGENT, "urgency_reason": UrgencyReason.PERSON_HELD}
"""How urgent it is while somebody is held."""


class Stage(StrEnum):
    """How far a hit has come."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    WATCHED = "watched"
    """No arrest on a Red Notice alone: a request under a treaty must come first."""
    ARRESTED = "arrested"
    IN_COURT = "in court"
    OVER = "over"


@dataclass
class Found:
    """One such hit."""

    record: str
    owner: str
    matter: Header | Draft
    """Where purpose, classification and case come from: the notice of the hit, or one's own question."""
    query: str | None = None
    """One's own unit's query, by its reference; none, where a local copy was looked into."""
    stage: Stage = Stage.ASKED
    asked: datetime | None = None
    """When the owner was asked."""
    answer: Header | None = None
    """The owner's newest word."""

    @property
    def is_person(self) -> bool:
        """Whether somebody was found, and not something."""
        return subject_of(self.record).startswith(f"{PREFIX_OF[Database.NOMINAL]}-")

    @property
    def quoted(self) -> tuple[QuotedRecord, ...]:
        """The record, as every message about it quotes it."""
        return (QuotedRecord(owner=self.owner, record=self.record),)

    def letter(
        self,
        kind: Kind,
        to: tuple[str, ...],
        subject: str,
        text: str,
        place: str | None = None,
        **more: StrEnum | tuple[Handling, ...],
    ) -> Send:
        """A message about the record, in answer to the owner's newest word, or to the notice of the hit."""
        header = self.answer or self.matter
        content = Confirmation(record=self.record, subject=subject, text=text, case=header.case_ref, place=place)
        return Send(draft(kind, header, to, content, quoted=self.quoted, **answering(header), **more))

    def located(self, subject: str, text: str, place: str | None = None, marks: tuple[Handling, ...] = ()) -> Send:
        """To owner and secretariat: what was found, and what one does about it."""
        to = (self.owner, SECRETARIAT)
        return self.letter(Kind.LOCATED_NOTIFY, to, subject, text, place, handling=marks)

    def reminder(self, to: tuple[str, ...], subject: str, urgent: dict[str, StrEnum]) -> Send:
        """That an answer is still missing."""
        header = self.answer or self.matter
        return Send(draft(Kind.REMINDER, header, to, Note(subject=subject), quoted=self.quoted, **urgent))

    def escalation(self, asked: Kind, since: datetime) -> Send:
        """To the command centre: the owner, ``asked`` for something at ``since``, has not answered."""
        content = Escalation(silent=self.owner, asked=asked, since=since, record=self.record)
        return Send(draft(Kind.ESCALATION, self.matter, (SECRETARIAT,), content, quoted=self.quoted, **HELD))

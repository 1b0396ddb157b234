"""The desk for requests: acknowledge, answer in time or say why not, and remind those who do not answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from i247sim.bureau import clocks
from i247sim.bureau.room import SOON, Ring, Room, answering, draft
from i247sim.node.actions import Action, Appeal, Remark, Send
from i247sim.node.events import MessageOpened
from i247sim.vocabulary.contents import Escalation, Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import ASKING, CHANNEL_OF, Kind
from i247sim.vocabulary.messages import Header, Language, NoticeType, Urgency, UrgencyReason
from i247sim.vocabulary.parties import REVIEWER, SECRETARIAT
from i247sim.vocabulary.procedures import Procedure

ANSWER = "answer"
"""The clock of this desk: an answer that one waits for."""
_LANGUAGES: Mapping[Language, str] = {"ar": "Arabic", "en": "English", "es": "Spanish", "fr": "French"}
_NOBODY_ANSWERS = (SECRETARIAT, REVIEWER)
"""Whom nobody here reminds: they remind. Nor one's own units, which have no desks of their own."""


@dataclass(frozen=True)
class Acknowledge:
    """A request is in somebody's hands."""

    header: Header


@dataclass(frozen=True)
class Reply:
    """A request waits for its answer."""

    header: Header


@dataclass(frozen=True)
class Return:
    """A request goes back, in a language that is not worked in here, or for a purpose that nothing is shared for."""

    header: Header
    why: str


@dataclass(frozen=True)
class Question:
    """A question that one has asked: to whom, and in which case. A clock's subject."""

    to: str
    case: str | None

    def __str__(self) -> str:
        return f"a question to {self.to}{f', case {self.case}' if self.case else ''}"


@dataclass
class InquiryDesk:
    """What a bureau does with requests for information, and about its own."""

    room: Room
    causes = (Acknowledge, Reply, Return)
    clocks = (ANSWER,)
    asked: dict[Question, Draft] = field(default_factory=dict)
    """Questions without an answer, each with what was asked."""

    def opened(self, event: MessageOpened, now: datetime, replaced: bool) -> list[Action]:
        """A message was opened. ``replaced``: the scenario says what is done with it; then only take note."""
        header = event.header
        question = Question(header.sender, header.case_ref)
        match header.kind:
            case kind if kind in ASKING and not header.quoted and not replaced:
                return self._request(header, now)
            case Kind.THREAT_ALERT if not replaced:
                return self._acknowledge(header, now)
            case Kind.NOTICE_PUBLISHED if not replaced and self._is_warning(header):
                return self._acknowledge(header, now, Urgency.URGENT)
            case Kind.ACK if question in self.asked and self.asked[question].kind is Kind.THREAT_ALERT:
                del self.asked[question]
                return self.room.stop(ANSWER, question, now, f"{header.sender} has the warning")
            case Kind.INFO_REPLY:
                self.asked.pop(question, None)
                return self.room.stop(ANSWER, question, now, f"{header.sender} has answered")
            case Kind.REMINDER if header.sender == SECRETARIAT:
                return self.room.wake(now)
            case _:
                return []

    def wrote(self, sent: Draft, now: datetime) -> list[Action]:
        """This bureau has asked somebody something, or warned: an answer is expected from each."""
        if sent.kind not in (*ASKING, Kind.THREAT_ALERT) or sent.quoted:
            return []
        limit = _limit(sent)
        actions: list[Action] = []
        for party in sent.to:
            if party in _NOBODY_ANSWERS or party in self.room.units:
                continue
            question = Question(party, sent.case_ref)
            self.asked[question] = sent
            marks = [
                ("reminder", limit),
                ("command centre", clocks.ESCALATION * limit),
                ("instructor", clocks.APPEAL * limit),
            ]
            actions += self.room.start(ANSWER, question, marks, now, f"{party} answers")
        return actions

    def due(self, cause: Acknowledge | Reply | Return, now: datetime) -> list[Action]:
        """Somebody at the desk does what was planned."""
        header = cause.header
        match cause:
            case Acknowledge():
                return [self._write(Kind.ACK, header, "In hand", "A person has read this; the answer follows.")]
            case Reply():
                subject = f"re {header.own_ref}"
                return [self._write(Kind.INFO_REPLY, header, subject, "Our files were searched. (Exercise.)")]
            case Return(why=why):
                remark = Remark(f"national profile: the request of {header.sender} is not answered: {why}")
                return [remark, self._write(Kind.INFO_REPLY, header, "Returned without an answer", why)]

    def rang(self, ring: Ring, now: datetime) -> list[Action]:
        """Nobody has answered."""
        assert isinstance(ring.about, Question), "this desk's clock is about questions"
        sent = self.asked[ring.about]
        silent = ring.about.to
        more: dict[str, Any] = {
            "purpose": sent.purpose,
            "classification": sent.classification,
            "case_ref": sent.case_ref,
            "urgency": Urgency.URGENT,
            "urgency_reason": sent.urgency_reason or UrgencyReason.EVIDENCE_LOSS,
        }
        if ring.mark == "reminder":
            if not self.room.heeds(Procedure.REMIND):
                return []
            note = Note(subject="We wait for your answer")
            return [Send(Draft(Kind.REMINDER, CHANNEL_OF[Kind.REMINDER][0], content=note, to=(silent,), **more))]
        if ring.mark == "instructor":
            since = now - clocks.APPEAL * _limit(sent)
            return [Appeal(silent, sent.kind, since)] if self.room.heeds(Procedure.APPEAL) else []
        if not self.room.heeds(Procedure.ESCALATE):
            return []
        since = now - clocks.ESCALATION * _limit(sent)
        content = Escalation(silent=silent, asked=sent.kind, since=since)
        channel = CHANNEL_OF[Kind.ESCALATION][0]
        return [Send(Draft(Kind.ESCALATION, channel, content=content, to=(SECRETARIAT,), **more))]

    def _request(self, header: Header, now: datetime) -> list[Action]:
        profile = self.room.profile
        if header.lang not in profile.languages and self.room.heeds(Procedure.LANGUAGE):
            ours = " or ".join(_LANGUAGES[one] for one in profile.languages)
            why = f"We work in {ours}; please send it again in a language of ours."
            return self.room.plan(Return(header, why), header, now, header.urgency, profile.urgent)
        if header.purpose not in profile.shares and self.room.heeds(Procedure.SHARES):
            why = f"Our law shares nothing for `{header.purpose}` through this channel. (Exercise.)"
            return self.room.plan(Return(header, why), header, now, header.urgency, profile.urgent)
        actions = [] if header.urgency is Urgency.NORMAL else self._acknowledge(header, now)
        if self.room.heeds(Procedure.ANSWER):
            actions += self.room.plan(Reply(header), header, now, header.urgency)
        return actions

    def _acknowledge(self, header: Header, now: datetime, urgency: Urgency | None = None) -> list[Action]:
        """In the time of its urgency; ``urgency``: how it is taken here, where its header does not say so."""
        if not self.room.heeds(Procedure.ACKNOWLEDGE):
            return []
        limit = int(clocks.ACKNOWLEDGE[header.urgency].total_seconds())
        return self.room.plan(Acknowledge(header), header, now, urgency or header.urgency, (SOON[0], limit))

    def _is_warning(self, header: Header) -> bool:
        """An Orange Notice of others."""
        orange = header.notice is not None and header.notice.type is NoticeType.ORANGE
        return orange and self.room.party not in {one.owner for one in header.quoted}

    def _write(self, kind: Kind, header: Header, subject: str, text: str) -> Action:
        return Send(draft(kind, header, (header.sender,), Note(subject=subject, text=text), **answering(header)))


def _limit(sent: Draft) -> timedelta:
    return sent.reply_within or clocks.first_answer(sent.kind, sent.urgency)

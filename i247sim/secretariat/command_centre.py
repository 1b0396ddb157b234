"""The command centre: calls desks that are silent, sets the priority of what comes in itself, and takes reports of
incidents. Pure."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.office import Office, reply
from i247sim.vocabulary.contents import Escalation, Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import ASKING, Channel, Kind
from i247sim.vocabulary.messages import Header, Urgency, UrgencyReason
from i247sim.vocabulary.procedures import Procedure

CALL_AFTER = (90, 300)
"""Seconds until the centre calls a desk that does not answer."""
REGRADE_AFTER = (60, 240)
"""Seconds until a sender is told that its priority was changed."""
VERY_URGENT_AN_HOUR = 3
"""So many very urgent requests of one sender in an hour are believed; the next ones are not. Exercise rule."""


@dataclass(frozen=True)
class Call:
    """A desk has not answered within twice its time."""

    header: Header
    escalation: Escalation


@dataclass(frozen=True)
class Regrade:
    """A sender marks too much as very urgent."""

    header: Header


@dataclass(frozen=True)
class TakeReport:
    """Somebody's keys, data or access may be in wrong hands."""

    header: Header


@dataclass
class CommandCentre:
    """Room on duty, day and night."""

    office: Office
    causes = (Call, Regrade, TakeReport)
    _urgent: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    """Sender to when its very urgent requests of the last hour came in."""

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """An escalation, or a request that calls itself very urgent."""
        header, content = event.header, event.content
        if isinstance(content, Escalation):
            if Procedure.CALL in self.office.unheeded:
                return []
            return [Schedule(self.office.after("call", CALL_AFTER), Call(header, content))]
        if header.kind is Kind.SECURITY_INCIDENT:
            return [Schedule(self.office.after("incident", CALL_AFTER), TakeReport(header))]
        if header.kind in ASKING and header.urgency is Urgency.VERY_URGENT:
            hour = [time for time in self._urgent[header.sender] if now - time < timedelta(hours=1)] + [now]
            self._urgent[header.sender] = hour
            if len(hour) > VERY_URGENT_AN_HOUR and Procedure.REGRADE not in self.office.unheeded:
                return [Schedule(self.office.after("regrade", REGRADE_AFTER), Regrade(header))]
        return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Nothing: somebody else's subject."""
        return []

    def due(self, cause: Call | Regrade | TakeReport, now: datetime) -> list[Action]:
        """The officer at the telephone has the time."""
        match cause:
            case Call():
                return self._call(cause.header, cause.escalation)
            case Regrade():
                return self._regrade(cause.header)
            case TakeReport(header=header):
                note = Note(subject="In hand", text="A person has read your report; what is to be done follows.")
                remark = f"{header.sender} reports an incident ({header.own_ref}); a person decides what follows"
                return [Remark(remark), Send(reply(header, Kind.ACK, Channel.DIRECT, note))]

    def _call(self, header: Header, escalation: Escalation) -> list[Action]:
        silent = escalation.silent
        if self.office.bars(header.sender, silent, Channel.DIRECT, escalation.asked, header.purpose, ""):
            # It hears nothing of who has barred it, so the question never came there; nor is it told that one waits.
            return [Remark(f"{silent} is not called: {header.sender} itself has barred it")]
        note = Note(
            subject=f"The command centre calls: {header.sender} waits for your answer",
            text=f"To a {escalation.asked}. Please have the officer on call look at it now.",
        )
        call = Draft(
            kind=Kind.REMINDER,
            channel=Channel.DIRECT,
            purpose=header.purpose,
            content=note,
            to=(silent,),
            classification=header.classification,
            urgency=Urgency.VERY_URGENT,
            urgency_reason=header.urgency_reason or UrgencyReason.PERSON_HELD,
            case_ref=header.case_ref,
            quoted=header.quoted,
        )
        return [Remark(f"the command centre calls {silent}, for which {header.sender} waits"), Send(call)]

    def _regrade(self, header: Header) -> list[Action]:
        note = Note(
            subject=f"{header.own_ref} is treated as normal",
            text=f"More than {VERY_URGENT_AN_HOUR} very urgent requests in an hour; please say which one is.",
        )
        remark = Remark(f"the command centre re-grades {header.own_ref} of {header.sender} from very urgent to normal")
        return [remark, Send(reply(header, Kind.INFO_REPLY, Channel.DIRECT, note))]

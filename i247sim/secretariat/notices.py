"""The desk for notices: publishes what the reviewer has decided."""

from dataclasses import dataclass
from datetime import datetime

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.databases import Databases, Record
from i247sim.secretariat.office import Office
from i247sim.vocabulary.contents import NoticePublication, NoticeVerdict
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.messages import (
    Channel,
    Classification,
    Database,
    Header,
    Kind,
    NoticeRef,
    NoticeType,
    Purpose,
    QuotedRecord,
)
from i247sim.vocabulary.parties import Role

PUBLISH_AFTER = (60, 300)
"""Seconds between the reviewer's decision and publication."""
PURPOSE_OF = {
    NoticeType.RED: Purpose.WANTED,
    NoticeType.BLUE: Purpose.LOCATE,
    NoticeType.GREEN: Purpose.WARN,
    NoticeType.YELLOW: Purpose.IDENTIFY,
    NoticeType.BLACK: Purpose.IDENTIFY,
    NoticeType.PURPLE: Purpose.WARN,
    NoticeType.ORANGE: Purpose.WARN,
    NoticeType.UN_SPECIAL: Purpose.WARN,
    NoticeType.SILVER: Purpose.LOCATE,
    NoticeType.ART: Purpose.LOCATE,
}
"""What a notice of a type is published for (RPD Arts 82 to 96 and 10)."""
AUDIENCE = (Role.BUREAU, Role.SUB_BUREAU)
"""Whom a notice is for: all bureaus and sub-bureaus, less those its requester bars."""


@dataclass(frozen=True)
class Publish:
    """A notice that the reviewer has decided on waits for publication."""

    verdict: NoticeVerdict
    requester: str
    type: NoticeType
    decision: str
    salt: str
    classification: Classification
    purpose: Purpose


@dataclass
class NoticeDesk:
    """Publishes notices, and has a record made of everybody a notice is about."""

    office: Office
    databases: Databases
    causes = (Publish,)
    _notices: int = 0

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Plan what a decision of the reviewer asks for."""
        match event.content:
            case NoticeVerdict(publish=True) as verdict:
                return self._plan_publication(event.header, verdict, event.salt)
            case _:
                return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Its sender has the rejection."""
        return []

    def due(self, cause: Publish, now: datetime) -> list[Action]:
        """Publish."""
        return self._publish(cause, now)

    def _plan_publication(self, header: Header, verdict: NoticeVerdict, salt: str | None) -> list[Action]:
        notice = header.notice
        if notice is None or notice.decision is None or verdict.notice is None or salt is None:
            return [Remark("a decision to publish without decision, content or salt was not carried out")]
        cause = Publish(
            verdict,
            verdict.request.rsplit("-", 2)[0],
            notice.type,
            notice.decision,
            salt,
            header.classification,
            PURPOSE_OF[notice.type],
        )
        return [Schedule(self.office.after("publish", PUBLISH_AFTER), cause)]

    def _publish(self, cause: Publish, now: datetime) -> list[Action]:
        notice = cause.verdict.notice
        assert notice is not None, "planned only with its content"
        self._notices += 1
        number = f"{now.year}/{self._notices}"
        made: str | None = None
        if notice.person is not None:
            made = f"NOM-{900_000 + self._notices}"
            summary = f"{cause.type} notice {number} of {cause.requester}: {notice.subject}"[:400]
            record = Record(made, cause.requester, Database.NOMINAL, notice.person, summary=summary, noticed=True)
            self.databases.load([record])
        # A notice about nobody made no record; it quotes its own entry in the register of notices. In either case
        # the quotation names the requester, whose restrictions hold for what is published on its behalf.
        quoted = made or f"NTC-{self._notices:06d}"
        audience = tuple(entry.party for entry in self.office.directory.with_role(*AUDIENCE))
        left_out = frozenset(
            party
            for party in audience
            if self.office.bars(cause.requester, party, Channel.NOTICE, Kind.NOTICE_PUBLISHED, cause.purpose, quoted)
        )
        return [
            Send(
                Draft(
                    kind=Kind.NOTICE_PUBLISHED,
                    channel=Channel.NOTICE,
                    purpose=cause.purpose,
                    content=NoticePublication(id=number, requester=cause.requester, notice=notice, record=made),
                    audience=audience,
                    barred=left_out,
                    classification=cause.classification,
                    notice=NoticeRef(type=cause.type, id=number, decision=cause.decision),
                    your_ref=cause.verdict.request,
                    quoted=(QuotedRecord(owner=cause.requester, record=quoted),),
                    salt=cause.salt,
                )
            )
        ]

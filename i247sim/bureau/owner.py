"""The desk for hits of others on one's own records: confirm what still stands, send papers, withdraw what is met.

Steps 9, 12 and 14 of a Red Notice's way, from the side of the country that asked for it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from i247sim.bureau.room import Ring, Room, answering, draft
from i247sim.node.actions import Action, Remark, Send
from i247sim.node.events import MessageOpened
from i247sim.vocabulary.contents import Confirmation, Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import (
    Database,
    Handling,
    Header,
    NoticeReason,
    NoticeRef,
    NoticeType,
    Operation,
    Purpose,
    QuotedRecord,
    Urgency,
    UrgencyReason,
)
from i247sim.vocabulary.parties import REVIEWER, SECRETARIAT
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.queries import RecordEntry
from i247sim.vocabulary.record_ids import PREFIX_OF

_DATABASES = {prefix: database for database, prefix in PREFIX_OF.items()}
_KEPT = (Database.NOMINAL, Database.TDAWN, Database.SLTD)
"""Not deleted when they are found: a notice is withdrawn, and a document that was seized stays reported."""


class Stage(StrEnum):
    """How far the matter has come on the owner's side."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    PAPERS_DUE = "papers due"
    PAPERS_SENT = "papers sent"
    OVER = "over"


@dataclass
class Matter:
    """One record of one's own that somebody else has hit."""

    record: str
    holder: str
    header: Header
    """The holder's newest message."""
    stage: Stage = Stage.ASKED


@dataclass(frozen=True)
class Confirm:
    """Somebody waits for a word on a record."""

    record: str
    holder: str


@dataclass(frozen=True)
class AskForArrest:
    """The holder needs a request under a treaty."""

    record: str
    holder: str


@dataclass(frozen=True)
class SendPapers:
    """The courts have had their time."""

    record: str
    holder: str


@dataclass(frozen=True)
class Settle:
    """The purpose is met."""

    record: str
    holder: str


@dataclass
class OwnerDesk:
    """What a bureau does about its own records."""

    room: Room
    causes = (Confirm, AskForArrest, SendPapers, Settle)
    clocks = ()
    matters: dict[tuple[str, str], Matter] = field(default_factory=dict)
    """By (record, holder)."""

    def opened(self, event: MessageOpened, now: datetime, replaced: bool) -> list[Action]:
        """A message was opened. ``replaced``: the scenario says what is done with it; then only take note."""
        header, content = event.header, event.content
        if isinstance(content, Confirmation):
            key = (content.record, header.sender)
            if header.kind is Kind.HIT_CONFIRM_REQUEST:
                if any(one.owner != self.room.party for one in header.quoted):
                    return []
                if key in self.matters and self.matters[key].stage is not Stage.OVER:
                    return []
                self.matters[key] = Matter(content.record, header.sender, header)
                return [] if replaced else self.room.plan(Confirm(*key), header, now, header.urgency)
            if key in self.matters:
                return self._told(self.matters[key], header, now, replaced)
        for quoted in header.quoted:
            matter = self.matters.get((quoted.record, header.sender))
            if matter is not None and not replaced:
                return self._asked(matter, header, now)
        return []

    def wrote(self, sent: Draft, now: datetime) -> list[Action]:
        """This bureau has written: what somebody else decided here counts like one's own."""
        content = sent.content
        if isinstance(content, RecordEntry) and content.operation is Operation.DELETE and content.record:
            self.room.gone[content.record] = "deleted"
        if sent.kind is Kind.NOTICE_WITHDRAW and sent.notice is not None and sent.notice.id is not None:
            self.room.gone[sent.notice.id] = "withdrawn"
        if isinstance(content, Confirmation):
            stage = {Kind.HIT_CONFIRM: Stage.CONFIRMED, Kind.DOC_TRANSFER: Stage.PAPERS_SENT}.get(sent.kind)
            for party in sent.to:
                matter = self.matters.get((content.record, party))
                if matter is not None and stage is not None:
                    matter.stage = stage
                elif matter is not None and sent.kind is Kind.HIT_DENY:
                    matter.stage = Stage.OVER
        return []

    def due(self, cause: Confirm | AskForArrest | SendPapers | Settle, now: datetime) -> list[Action]:
        """Somebody at the desk does what was planned."""
        matter = self.matters[cause.record, cause.holder]
        match cause:
            case Confirm() if matter.stage is Stage.ASKED:
                return self._confirm(matter)
            case AskForArrest() if matter.stage is Stage.CONFIRMED:
                return self._ask_for_arrest(matter)
            case SendPapers() if matter.stage is Stage.PAPERS_DUE:
                subject, text = "Advance copy of the extradition papers", "The originals follow by diplomatic channel."
                return [self._write(matter, Kind.DOC_TRANSFER, subject, text)]
            case Settle():
                return self._settle(matter)
            case _:
                return []

    def rang(self, ring: Ring, now: datetime) -> list[Action]:
        """This desk has no clocks of its own."""
        raise AssertionError(f"not a clock of the owner: {ring!r:.80}")

    # --- what comes in

    def _told(self, matter: Matter, header: Header, now: datetime, replaced: bool) -> list[Action]:
        matter.header = header
        match header.kind:
            case Kind.ARREST_NOTIFY:
                matter.stage = Stage.PAPERS_DUE
                cause = SendPapers(matter.record, matter.holder)
                return [] if replaced else self.room.plan(cause, header, now, Urgency.NORMAL, self.room.profile.papers)
            case Kind.LOCATED_NOTIFY:
                if matter.stage is Stage.PAPERS_DUE:
                    matter.stage = Stage.OVER
                    return [Remark(f"too late: {matter.holder} has let go, the papers on {matter.record} did not come")]
                if not self._is_found(matter):
                    matter.stage = Stage.OVER  # for the holder; the next hit is a new matter
                    return []
                withheld = Handling.PLACE_WITHHELD in header.handling
                said = f"{matter.record} is found and well; where is not told, as the person wishes"
                heard = [Remark(said)] if withheld else []
                return [*heard, *([] if replaced else self._plan_settling(matter, now))]
            case _:
                return []

    def _asked(self, matter: Matter, header: Header, now: datetime) -> list[Action]:
        """The holder writes about the record in plain words: a question under its law, or the end of the matter."""
        if header.kind is Kind.INFO_REQUEST and matter.stage is Stage.CONFIRMED:
            matter.header = header
            return self.room.plan(AskForArrest(matter.record, matter.holder), header, now, header.urgency)
        if header.kind is Kind.INFO_REPLY and matter.stage is Stage.PAPERS_SENT:
            matter.header = header
            return self._plan_settling(matter, now)
        return []

    def _plan_settling(self, matter: Matter, now: datetime) -> list[Action]:
        if not self.room.heeds(Procedure.WITHDRAW):
            return []
        settle = Settle(matter.record, matter.holder)
        return self.room.plan(settle, matter.header, now, Urgency.NORMAL, self.room.profile.urgent)

    def _is_found(self, matter: Matter) -> bool:
        """Whether what was looked for is found, now that it is located: a missing person, a stolen thing."""
        known = self.room.notice_of(matter.record)
        if known is not None:
            return known.type in (NoticeType.YELLOW, NoticeType.BLUE)
        return _database(matter.record) not in _KEPT

    # --- what goes out

    def _confirm(self, matter: Matter) -> list[Action]:
        gone = self.room.why_gone(matter.record)
        if gone is not None and self.room.heeds(Procedure.STILL_VALID):
            text = f"It was {gone}. Delete your copy, and please let go of whom or what you hold."
            return [
                Remark(f"not confirmed to {matter.holder}: {matter.record} was {gone}"),
                self._write(matter, Kind.HIT_DENY, f"Not confirmed: {matter.record} was {gone}", text, held=True),
            ]
        known = self.room.notice_of(matter.record)
        red = known is not None and known.type is NoticeType.RED
        text = "Extradition will be sought; the warrant is attached. (Exercise.)" if red else "It still stands."
        return [self._write(matter, Kind.HIT_CONFIRM, "Confirmed, identical and still valid", text, held=True)]

    def _ask_for_arrest(self, matter: Matter) -> list[Action]:
        treaty = self.room.atlas.treaty(self.room.party, matter.holder)
        under = treaty.name if treaty else "our treaty"
        note = Note(subject="We ask for provisional arrest", text=f"Under {under}; the papers will follow in its time.")
        header = matter.header
        reason = {"urgency": Urgency.VERY_URGENT, "urgency_reason": UrgencyReason.PERSON_HELD}
        quoted = self._quoted(matter)
        return [
            Send(draft(Kind.INFO_REPLY, header, (matter.holder,), note, quoted=quoted, **answering(header), **reason))
        ]

    def _settle(self, matter: Matter) -> list[Action]:
        """The notice is withdrawn, or the record deleted: what has served its purpose does not stay (RPD Art. 51)."""
        matter.stage = Stage.OVER
        if self.room.why_gone(matter.record) is not None:
            return []
        known = self.room.notice_of(matter.record)
        if known is not None:
            note = Note(subject=f"We withdraw notice {known.id}: its purpose is met", text="Please tell all bureaus.")
            ref = NoticeRef(type=known.type, id=known.id, reason=NoticeReason.PURPOSE_MET)
            to = (SECRETARIAT, REVIEWER)
            more = {"purpose": Purpose.COMPLIANCE, "notice": ref, "quoted": ()}
            return [Send(draft(Kind.NOTICE_WITHDRAW, matter.header, to, note, **more))]
        entry = RecordEntry(database=_database(matter.record), operation=Operation.DELETE, record=matter.record)
        more = {"database": entry.database, "operation": entry.operation, "quoted": ()}
        return [Send(draft(Kind.DB_DELETE, matter.header, (SECRETARIAT,), entry, **more))]

    def _write(self, matter: Matter, kind: Kind, subject: str, text: str, held: bool = False) -> Action:
        header = matter.header
        content = Confirmation(record=matter.record, subject=subject, text=text, case=header.case_ref)
        urgent = {"urgency": Urgency.VERY_URGENT, "urgency_reason": UrgencyReason.PERSON_HELD} if held else {}
        more = {"quoted": self._quoted(matter), **answering(header), **urgent}
        return Send(draft(kind, header, (matter.holder,), content, **more))

    def _quoted(self, matter: Matter) -> tuple[QuotedRecord, ...]:
        return (QuotedRecord(owner=self.room.party, record=matter.record),)


def _database(record: str) -> Database:
    return _DATABASES[record.partition("-")[0]]

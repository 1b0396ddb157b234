"""The desk for notices: publishes what the reviewer has decided, and keeps every notice through its life.

Nothing changes but by its requester's word, a person's ruling at this desk, or the end of its term; and whatever
changes is told to all who have the notice. Whoever the requester bars hears of neither.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.announcing import REQUESTS, advice, announcement, said
from i247sim.secretariat.databases import Databases, Record
from i247sim.secretariat.lives import LASTS, OPEN, SUSPENDED_FOR, Event, NoticeFile, NoticeState, after
from i247sim.secretariat.office import Office, reply
from i247sim.secretariat.publication_limits import PublicationLimits
from i247sim.secretariat.wording import extract, wordings
from i247sim.vocabulary.contents import Note, NoticePublication, NoticeVerdict, PublicExtract, RefugeeStatus
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Classification, Database, Header, NoticeReason, NoticeRef, NoticeType, Purpose
from i247sim.vocabulary.parties import country_of
from i247sim.vocabulary.rulings import Ruling
from i247sim.vocabulary.rulings import Word as Decided
from i247sim.vocabulary.times import TICK

PUBLISH_AFTER = (60, 300)
"""Seconds between the reviewer's decision and publication."""
CHANGE_AFTER = (60, 300)
"""Seconds until the requester's word about its notice is carried out."""
REMIND_BEFORE = timedelta(days=14)
"""So long before its end the requester is asked whether the notice is still needed (exercise rule)."""
WAITED_FOR = timedelta(days=60)
"""Ends farther away than this are not waited for: an exercise would go on until then."""

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
ACTION_OF = {
    NoticeType.RED: "locate; detain, arrest or restrict movement as your own law allows; tell the owner at once",
    NoticeType.BLUE: "collect the information asked for; do not alert the person",
    NoticeType.GREEN: "be warned; watch as your own law allows",
    NoticeType.YELLOW: "make safe and identify; ask an adult before telling anybody",
    NoticeType.UN_SPECIAL: "apply the sanctions; the notice asks for no arrest",
    NoticeType.SILVER: "give information on assets; no coercion in the pilot",
}
"""What whoever finds the record is asked to do."""
_KIND_OF_WORD = {
    Decided.CANCEL: Kind.NOTICE_CANCEL,
    Decided.SUSPEND: Kind.NOTICE_SUSPEND,
    Decided.RESUME: Kind.NOTICE_RESUME,
    Decided.ADDENDUM: Kind.NOTICE_ADDENDUM,
}


@dataclass(frozen=True)
class Publish:
    """A notice, or an update, that the reviewer has decided on waits for publication."""

    verdict: NoticeVerdict
    requester: str
    type: NoticeType
    number: str | None
    """Of the notice that is updated; ``None``: a new one."""
    decision: str
    salt: str
    classification: Classification
    purpose: Purpose


@dataclass(frozen=True)
class Change:
    """The requester's word about its notice waits to be carried out."""

    header: Header
    note: Note


@dataclass(frozen=True)
class Remind:
    """The end of a notice is near."""

    number: str
    expires: datetime


@dataclass(frozen=True)
class Expire:
    """The term of a notice is over."""

    number: str
    expires: datetime


@dataclass
class NoticeDesk:
    """Publishes notices, keeps them, and has a record made of everybody a notice is about."""

    office: Office
    databases: Databases
    limits: PublicationLimits
    files: dict[str, NoticeFile] = field(default_factory=dict)
    """Published notices by number."""
    causes = (Publish, Change, Remind, Expire)
    _set_aside: dict[str, Record] = field(default_factory=dict)
    """Records of suspended notices, by number of the notice."""

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Plan what a decision of the reviewer, or a requester, asks for."""
        match event.content:
            case NoticeVerdict(publish=True) as verdict:
                return self._plan_publication(event.header, verdict, event.salt)
            case Note() as note if event.header.kind in REQUESTS and event.header.channel is Channel.ADMIN:
                return [Schedule(self.office.after("change", CHANGE_AFTER), Change(event.header, note))]
            case RefugeeStatus() as status:
                return self._protect(status, now)
            case _:
                return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Its sender has the rejection."""
        return []

    def due(self, cause: Publish | Change | Remind | Expire, now: datetime) -> list[Action]:
        """Publish, change, remind, or end."""
        match cause:
            case Publish(number=None):
                return self._publish(cause, now)
            case Publish():
                return self._update(cause, now)
            case Change():
                return self._change(cause, now)
            case Remind(number=number, expires=expires):
                return self._remind(self.files[number]) if self._still(number, expires) else []
            case Expire(number=number, expires=expires):
                if not self._still(number, expires):
                    return []
                note = Note(subject=f"notice {number} has expired", text="Nobody asked to keep it. Delete it.")
                return self.move(number, Kind.NOTICE_CANCEL, NoticeReason.EXPIRED, note, now)

    def rule(self, ruling: Ruling, now: datetime) -> list[Action]:
        """A person at this desk decides about a published notice."""
        assert ruling.notice is not None, "a ruling about a message is another desk's"
        kind = _KIND_OF_WORD.get(ruling.word)
        if kind is None:
            return [Remark(f"`{ruling.word}` is no word about a published notice: nothing is done")]
        words = f"notice {ruling.notice}: {said(kind)}"
        note = Note(subject=words, text=ruling.text or advice(kind))
        reason = ruling.reason or (NoticeReason.UNDER_EXAMINATION if kind is Kind.NOTICE_SUSPEND else None)
        return self.move(ruling.notice, kind, reason, note, now, by_checker=True)

    # --- publication

    def _plan_publication(self, header: Header, verdict: NoticeVerdict, salt: str | None) -> list[Action]:
        notice = header.notice
        if notice is None or notice.decision is None or verdict.notice is None or salt is None:
            return [Remark("a decision to publish without decision, content or salt was not carried out")]
        cause = Publish(
            verdict,
            verdict.request.rsplit("-", 2)[0],
            notice.type,
            notice.id,
            notice.decision,
            salt,
            header.classification,
            PURPOSE_OF[notice.type],
        )
        return [Schedule(self.office.after("publish", PUBLISH_AFTER), cause)]

    def _publish(self, cause: Publish, now: datetime) -> list[Action]:
        notice = cause.verdict.notice
        assert notice is not None, "planned only with its content"
        count = len(self.files) + 1
        number = f"{now.year}/{count}"
        made = f"NOM-{900_000 + count}" if notice.person is not None else None
        # A notice about nobody made no record; it quotes its own entry in the register of notices. In either case
        # the quotation names the requester, whose restrictions hold for what is published on its behalf.
        file = NoticeFile(
            id=number,
            requester=cause.requester,
            type=cause.type,
            notice=notice,
            purpose=cause.purpose,
            classification=cause.classification,
            quoted=made or f"NTC-{count:06d}",
            expires=self._end(notice.until, now),
            record=made,
            history=[Event(now, Kind.NOTICE_PUBLISHED)],
        )
        self.files[number] = file
        self._record(file)
        publication = Send(self._publication(Kind.NOTICE_PUBLISHED, file, cause))
        in_time = self.limits.done(cause.verdict.request, "published", now)
        return [publication, *in_time, *self._plan_end(file, now)]

    def _update(self, cause: Publish, now: datetime) -> list[Action]:
        """What is published anew must be the requester's own, of the same colour, and still published."""
        file = self.files.get(cause.number or "")
        notice = cause.verdict.notice
        assert notice is not None, "planned only with its content"
        if file is None or file.requester != cause.requester or file.type is not cause.type:
            why = f"an update of notice {cause.number}, which {cause.requester} does not have, was dropped"
            return [Remark(why), *self.limits.done(cause.verdict.request, "dropped", now)]
        if after(file.state, Kind.NOTICE_UPDATE) is None:
            why = f"an update of notice {file.id}, which is {file.state}, was dropped"
            return [Remark(why), *self.limits.done(cause.verdict.request, "dropped", now)]
        file.notice, file.classification = notice, cause.classification
        file.history.append(Event(now, Kind.NOTICE_UPDATE, NoticeReason.CORRECTION))
        if file.record is not None:
            self.databases.remove(file.record)
        self._record(file)
        in_time = self.limits.done(cause.verdict.request, "published", now)
        return [Send(self._publication(Kind.NOTICE_UPDATE, file, cause)), *in_time]

    def _publication(self, kind: Kind, file: NoticeFile, cause: Publish) -> Draft:
        content = NoticePublication(
            id=file.id,
            requester=file.requester,
            notice=file.notice,
            record=file.record,
            wordings=wordings(file.notice),
            extract=extract(file.notice, file.id, file.requester),
        )
        reason = NoticeReason.CORRECTION if kind is Kind.NOTICE_UPDATE else None
        return announcement(
            self.office,
            kind,
            file,
            content,
            reason,
            decision=cause.decision,
            salt=cause.salt,
            your_ref=cause.verdict.request,
        )

    def _record(self, file: NoticeFile) -> None:
        person = file.notice.person
        if person is None or file.record is None:
            return
        summary = f"{file.type} notice {file.id} of {file.requester}: {file.notice.subject}"[:400]
        record = Record(
            file.record,
            file.requester,
            Database.NOMINAL,
            person,
            summary=summary,
            noticed=True,
            action=ACTION_OF.get(file.type),
        )
        self.databases.load([record])

    # --- life

    def _change(self, cause: Change, now: datetime) -> list[Action]:
        """The requester's word. What cannot be done is answered with what the notice is."""
        header = cause.header
        number = (header.notice.id if header.notice else None) or "?"
        file = self.files.get(number)
        mine = file is not None and file.requester in {
            one.party for one in self.office.directory.lineage(header.sender)
        }
        blocked = header.kind is Kind.NOTICE_RESUME and file is not None and file.by_checker
        if file is None or not mine or blocked or after(file.state, header.kind) is None:
            state = "unknown" if file is None or not mine else ("under examination" if blocked else str(file.state))
            text = f"It cannot be {REQUESTS[header.kind]}: it is {state}."
            return [Send(reply(header, Kind.NOTICE_QUERY, Channel.ADMIN, Note(subject=f"notice {number}", text=text)))]
        reason = header.notice.reason if header.notice else None
        if header.kind is Kind.NOTICE_RENEW:
            file.expires = self._end(None, now)
            file.history.append(Event(now, Kind.NOTICE_RENEW, reason))
            return [Remark(f"notice {number} is renewed until {file.expires:%Y-%m-%d}"), *self._plan_end(file, now)]
        note = Note(subject=f"notice {number}: {said(header.kind)}", text=cause.note.text or advice(header.kind))
        return self.move(number, header.kind, reason or NoticeReason.BY_REQUEST, note, now, your_ref=header.own_ref)

    def move(
        self,
        number: str,
        kind: Kind,
        reason: NoticeReason | None,
        note: Note,
        now: datetime,
        by_checker: bool = False,
        your_ref: str | None = None,
    ) -> list[Action]:
        """Move a notice to another state, and tell all who have it. A move that cannot be is remarked."""
        file = self.files.get(number)
        state = after(file.state, kind, reason) if file is not None else None
        if file is None or state is None:
            return [Remark(f"notice {number} is {file.state if file else 'unknown'}: {kind} was not carried out")]
        was = file.state
        if state is not was:
            file.state = state
            file.by_checker = by_checker and state is NoticeState.SUSPENDED
            file.since = now if state is NoticeState.SUSPENDED else None
        file.history.append(Event(now, kind, reason))
        self._follow(file, was)
        return [Send(announcement(self.office, kind, file, note, reason, your_ref=your_ref))]

    def _follow(self, file: NoticeFile, was: NoticeState) -> None:
        """The database follows the notice: what is suspended or over is not found any more (Art. 51)."""
        if file.record is None or file.state is was:
            return
        if file.state is NoticeState.PUBLISHED:
            self.databases.load([self._set_aside.pop(file.id)])
            return
        record = self.databases.records.get(file.record)
        if record is not None:
            self.databases.remove(file.record)
        if file.state is NoticeState.SUSPENDED and record is not None:
            self._set_aside[file.id] = record
        else:
            self._set_aside.pop(file.id, None)

    def end_long_suspensions(self, now: datetime) -> list[Action]:
        """Nothing stays suspended for more than six months: whoever has not resumed it has given it up.

        What the secretariat has suspended is not its requester's to resume, and waits for whoever examines it.
        """
        actions: list[Action] = []
        for file in list(self.files.values()):
            over = file.since is not None and now - file.since > SUSPENDED_FOR
            if file.state is NoticeState.SUSPENDED and over and not file.by_checker:
                note = Note(
                    subject=f"notice {file.id} is withdrawn", text="It was suspended for six months. Delete it."
                )
                actions += self.move(file.id, Kind.NOTICE_WITHDRAW, NoticeReason.ABANDONED, note, now)
        return actions

    def public(self) -> tuple[PublicExtract, ...]:
        """What the public is shown now: of every published notice that asked for it, in the order of publication."""
        shown = [file for file in self.files.values() if file.state is NoticeState.PUBLISHED]
        found = (extract(file.notice, file.id, file.requester) for file in shown)
        return tuple(one for one in found if one is not None)

    # --- its end

    def _end(self, until: str | None, now: datetime) -> datetime:
        longest = now + LASTS
        if until is None:
            return longest
        return min(longest, datetime.fromisoformat(until).replace(tzinfo=UTC))

    def _plan_end(self, file: NoticeFile, now: datetime) -> list[Action]:
        if file.expires > now + WAITED_FOR:
            return []
        remind = max(file.expires - REMIND_BEFORE - now, TICK)
        return [
            Schedule(remind, Remind(file.id, file.expires)),
            Schedule(max(file.expires - now, 2 * TICK), Expire(file.id, file.expires)),
        ]

    def _still(self, number: str, expires: datetime) -> bool:
        file = self.files[number]
        return file.state in OPEN and file.expires == expires

    def _remind(self, file: NoticeFile) -> list[Action]:
        note = Note(
            subject=f"notice {file.id} expires on {file.expires:%Y-%m-%d}",
            text="Renew it if it is still needed, and say why. Silence means that it is deleted.",
        )
        reminder = Draft(
            kind=Kind.NOTICE_REMINDER,
            channel=Channel.ADMIN,
            purpose=Purpose.COMPLIANCE,
            content=note,
            to=(file.requester,),
            classification=file.classification,
            notice=NoticeRef(type=file.type, id=file.id),
        )
        return [Send(reminder)]

    # --- refugees

    def _protect(self, status: RefugeeStatus, now: datetime) -> list[Action]:
        """A member confirms, or takes back, that somebody is protected: what the feared country asked for is deleted.

        Notices of other countries stay. Nobody is told who protects (resolution of 2017).
        """
        key = self.office.refugees.learn(status)
        if not status.granted:
            return [Remark("a protection was taken back: the country concerned may ask anew")]
        actions: list[Action] = []
        for file in list(self.files.values()):
            about = file.notice.person
            if about is None or file.state not in OPEN or country_of(file.requester) != status.feared:
                continue
            if (about.family_name.casefold(), about.born) == key[:2]:
                note = Note(
                    subject=f"notice {file.id} is cancelled", text="It does not comply with the rules. Delete it."
                )
                actions += self.move(file.id, Kind.NOTICE_CANCEL, NoticeReason.REFUGEE, note, now, by_checker=True)
        return actions

"""The desk for hits of one's own: ask the owner, then do what one's own law allows, and watch the treaty's clock.

Steps 8 to 13 of a Red Notice's way, from the side of the country where somebody was found.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.bureau import clocks
from i247sim.bureau.found import HELD, Found, Stage
from i247sim.bureau.profile import Instrument, RedNotice
from i247sim.bureau.room import Known, Ring, Room, answering, draft
from i247sim.node.actions import Action, Appeal, Remark, Send
from i247sim.node.events import MessageOpened
from i247sim.vocabulary.contents import Confirmation, Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Handling, Header, NoticeType, Purpose, Urgency, UrgencyReason
from i247sim.vocabulary.parties import SECRETARIAT
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.queries import HitReport
from i247sim.vocabulary.record_ids import subject_of
from i247sim.vocabulary.records import surely_minor

CONFIRMATION, REQUEST, PAPERS = "hit confirmation", "request for arrest", "extradition papers"
"""The clocks of this desk."""


@dataclass(frozen=True)
class Ask:
    """The owner is to be asked about a record."""

    record: str


@dataclass(frozen=True)
class Act:
    """The owner has confirmed: now one's own law decides."""

    record: str


@dataclass(frozen=True)
class AskFound:
    """A missing adult was found, and is to be asked whether those who search may be told where."""

    record: str


@dataclass(frozen=True)
class Arrest:
    """A request under a treaty has come: now somebody may be arrested."""

    record: str


@dataclass(frozen=True)
class Judge:
    """The papers are there; the court has had its time."""

    record: str


@dataclass
class HolderDesk:
    """What a bureau does with its own units' hits."""

    room: Room
    causes = (Ask, Act, AskFound, Arrest, Judge)
    clocks = (CONFIRMATION, REQUEST, PAPERS)
    found: dict[str, Found] = field(default_factory=dict)
    """Whom or what a record is about (``subject_of``), to the hit on it."""

    def opened(self, event: MessageOpened, now: datetime, replaced: bool) -> list[Action]:
        """A message was opened. ``replaced``: the scenario says what is done with it; then only take note."""
        header, content = event.header, event.content
        match content:
            case HitReport(record=record) if header.kind is not Kind.RESTRICTED_HIT:
                return self._hit(header, content, now, replaced)
            case Confirmation(record=record) if header.kind is Kind.HIT_CONFIRM_REQUEST:
                return self._told_by_unit(header, record, now, replaced)
            case Confirmation(record=record) if (found := self._of(record, header.sender)) is not None:
                return self._heard(found, header, now, replaced)
            case Note() if header.kind is Kind.INFO_REPLY:
                for quoted in header.quoted:
                    found = self._of(quoted.record, header.sender)
                    if found is not None and found.stage is Stage.WATCHED:
                        return self._requested(found, header, now, replaced)
        return []

    def wrote(self, sent: Draft, now: datetime) -> list[Action]:
        """This bureau has written: what somebody else decided here counts like one's own."""
        if not isinstance(sent.content, Confirmation):
            return []
        record = sent.content.record
        if subject_of(record) not in self.found:
            owner = _owner(sent, record)
            if sent.kind is not Kind.HIT_CONFIRM_REQUEST or owner is None or owner not in sent.to:
                return []
            # A hit in a local copy: nobody but this bureau knows of it.
            self.found[subject_of(record)] = Found(record, owner, sent)
        found = self.found[subject_of(record)]
        if sent.kind is Kind.HIT_CONFIRM_REQUEST and found.stage is Stage.ASKED:
            return self._expect_confirmation(found, sent.urgency, now)
        if sent.kind is Kind.ARREST_NOTIFY and found.stage is not Stage.ARRESTED:
            # Somebody here has decided it in place of this desk; the treaty's clock runs all the same.
            return self._arrested(found, self._treaty(found), now)
        if sent.kind is Kind.LOCATED_NOTIFY:
            found.stage = Stage.OVER
        return []

    def due(self, cause: Ask | Act | AskFound | Arrest | Judge, now: datetime) -> list[Action]:
        """Somebody at the desk does what was planned."""
        found = self.found[subject_of(cause.record)]
        match cause:
            case Ask() if found.asked is None:
                return self._ask(found)
            case Act() if found.stage is Stage.CONFIRMED:
                return self._act(found, now)
            case AskFound() if found.stage is Stage.CONFIRMED:
                return self._ask_found(found)
            case Arrest() if found.stage is Stage.WATCHED:
                return self._arrest(found, self._treaty(found), now)
            case Judge() if found.stage is Stage.IN_COURT:
                return self._judge(found)
            case _:
                return []

    def rang(self, ring: Ring, now: datetime) -> list[Action]:
        """A clock has come to a mark."""
        found = self.found[subject_of(str(ring.about))]
        owner = found.owner
        match ring.clock, ring.mark:
            case "hit confirmation", "reminder":
                if not self.room.heeds(Procedure.REMIND):
                    return []
                return [found.reminder((owner,), f"We wait for your confirmation of {found.record}", HELD)]
            case "hit confirmation", "command centre":
                if not self.room.heeds(Procedure.ESCALATE):
                    return []
                return [found.escalation(Kind.HIT_CONFIRM_REQUEST, found.asked or now)]
            case "hit confirmation", "instructor" if found.stage is Stage.ASKED:
                appeal = Appeal(owner, Kind.HIT_CONFIRM_REQUEST, found.asked or now)
                return [appeal] if self.room.heeds(Procedure.APPEAL) else []
            case "hit confirmation", "let go":
                found.stage = Stage.OVER
                return [found.located("Let go, nobody has confirmed", f"{owner} has not answered in time.")]
            case "request for arrest", "let go":
                found.stage = Stage.OVER
                text = f"{owner} has not asked for an arrest in time; the person was let go."
                return [found.located("Watched, and let go", text)]
            case "extradition papers", "warning":
                reason = {"urgency": Urgency.URGENT, "urgency_reason": UrgencyReason.DEADLINE}
                subject = f"The papers on {found.record} have not come; their time is nearly over"
                return [found.reminder((owner, SECRETARIAT), subject, reason)]
            case "extradition papers", "release":
                found.stage = Stage.OVER
                treaty = self._treaty(found)
                text = f"No papers in time ({treaty.name if treaty else 'no treaty'}). A new arrest is possible later."
                return [
                    Remark(f"released without papers: {found.record}, owner {owner}"),
                    found.located("Released, the papers did not come", text),
                ]
        return []

    # --- asking

    def _hit(self, header: Header, report: HitReport, now: datetime, replaced: bool) -> list[Action]:
        if report.querier != self.room.party or report.owner == self.room.party:
            return []
        return self._take_up(Found(report.record, report.owner, header, report.query), header, now, replaced)

    def _told_by_unit(self, header: Header, record: str, now: datetime, replaced: bool) -> list[Action]:
        """A unit of one's own has found somebody else's record in its local copy, and asks its bureau."""
        owner = _owner(header, record)
        if owner is None or owner == self.room.party:
            return []
        return self._take_up(Found(record, owner, header), header, now, replaced)

    def _take_up(self, found: Found, header: Header, now: datetime, replaced: bool) -> list[Action]:
        known = self.found.get(subject_of(found.record))
        if known is not None and known.stage is not Stage.OVER:
            return [Remark(f"a second hit on {found.record}; it is in hand already")]
        self.found[subject_of(found.record)] = found
        if replaced:
            return []
        if not self.room.heeds(Procedure.CONFIRM_FIRST):
            found.stage, found.answer = Stage.CONFIRMED, header
            return self.room.plan(Act(found.record), header, now, Urgency.VERY_URGENT, self.room.profile.urgent)
        return self.room.plan(Ask(found.record), header, now, Urgency.VERY_URGENT)

    def _ask(self, found: Found) -> list[Action]:
        known = self.room.notice_of(found.record)
        if known is not None and known.type is NoticeType.YELLOW:
            held = "Somebody was met who may be this person, and is free to go."
        else:
            held = f"We hold the {'person' if found.is_person else 'object'}."
        subject = f"Is this yours, and does {found.record} still stand?"
        query = f" Query {found.query}." if found.query else ""
        text = f"{held}{query} Particulars were taken and go with this. (Exercise.)"
        return [found.letter(Kind.HIT_CONFIRM_REQUEST, (found.owner,), subject, text, **HELD)]

    def _expect_confirmation(self, found: Found, urgency: Urgency, now: datetime) -> list[Action]:
        found.asked = now
        limit = clocks.HIT_CONFIRMATION[urgency]
        marks = [
            ("reminder", limit),
            ("command centre", clocks.ESCALATION * limit),
            ("instructor", clocks.APPEAL * limit),
            ("let go", clocks.LET_GO),
        ]
        says = f"{found.owner} confirms {found.record}"
        return self.room.start(CONFIRMATION, found.record, marks, now, says)

    # --- what the owner says

    def _heard(self, found: Found, header: Header, now: datetime, replaced: bool) -> list[Action]:
        record, owner = found.record, header.sender
        found.answer = header
        if header.kind in (Kind.HIT_CONFIRM, Kind.HIT_DENY):
            stopped = self.room.stop(CONFIRMATION, record, now, f"{owner} has answered on {record}")
            if header.kind is Kind.HIT_DENY:
                found.stage = Stage.OVER
                return [*stopped, Remark(f"let go: {owner} has not confirmed {record}")]
            found.stage = Stage.CONFIRMED
            return stopped if replaced else [*stopped, *self.room.plan(Act(record), header, now, Urgency.URGENT)]
        if header.kind is Kind.DOC_TRANSFER and found.stage is Stage.ARRESTED:
            found.stage = Stage.IN_COURT
            stopped = self.room.stop(PAPERS, record, now, f"the papers on {record} are here")
            if replaced:
                return stopped
            return [*stopped, *self.room.plan(Judge(record), header, now, Urgency.NORMAL, self.room.profile.court)]
        if header.kind is Kind.DOC_TRANSFER and found.stage is Stage.OVER:
            return [Remark(f"papers on {record} came too late: nobody is held for {owner} any more")]
        return []

    def _requested(self, found: Found, header: Header, now: datetime, replaced: bool) -> list[Action]:
        record = found.record
        found.answer = header
        stopped = self.room.stop(REQUEST, record, now, f"{header.sender} asks for an arrest on {record}")
        return stopped if replaced else [*stopped, *self.room.plan(Arrest(record), header, now, Urgency.URGENT)]

    # --- what one's own law says

    def _act(self, found: Found, now: datetime) -> list[Action]:
        profile = self.room.profile
        known = self.room.notice_of(found.record)
        if not found.is_person:
            found.stage = Stage.OVER
            return [found.located("Secured under our own law", "Please tell us who fetches it, and how.")]
        if known is not None and known.type is NoticeType.YELLOW:
            return self._found_missing(found, known, now)
        if (known.type if known else _guessed(found.matter)) is not NoticeType.RED:
            found.stage = Stage.OVER
            return [found.located("Found, and not detained", "No arrest is asked for. Particulars follow.")]
        treaty = self._treaty(found)
        law = profile.red_notice if self.room.heeds(Procedure.NATIONAL_LAW) else RedNotice.BASIS
        if law is RedNotice.LOCATE_ONLY:
            found.stage = Stage.OVER
            return [
                Remark(f"national profile: located and not arrested, {found.record} of {found.owner}: {profile.why}"),
                found.located("Located, not arrested", profile.why),
            ]
        if treaty is None and self.room.heeds(Procedure.TREATY):
            found.stage = Stage.OVER
            why = f"no treaty on extradition is in force between {self.room.party} and {found.owner} (exercise)"
            return [
                Remark(f"national profile: located and not arrested, {found.record} of {found.owner}: {why}"),
                found.located("Located, not arrested", f"We cannot act: {why}."),
            ]
        if law is RedNotice.REQUEST_FIRST:
            return self._watch(found, treaty, now)
        return self._arrest(found, treaty, now)

    def _found_missing(self, found: Found, known: Known, now: datetime) -> list[Action]:
        """A minor's place is told at once; an adult is asked first (Yellow Notices, Art. 90)."""
        if known.born is not None and surely_minor(known.born, now.year):
            return [self._tell_place(found, "In good hands; your nearest consulate was told.", Handling.MAY_TELL)]
        if not self.room.heeds(Procedure.ASK_FIRST):
            return [self._tell_place(found, "Please come soon.")]
        plan = self.room.plan(AskFound(found.record), found.answer, now, Urgency.URGENT)
        return [Remark(f"{found.record} is an adult: asked first whether {found.owner} may be told the place"), *plan]

    def _ask_found(self, found: Found) -> list[Action]:
        """What the person says is the exercise's will; who says nothing has not agreed."""
        if subject_of(found.record) in self.room.agreeing:
            told = self._tell_place(found, "Was asked, and agrees that you are told.", Handling.MAY_TELL)
            return [Remark(f"the person of {found.record} agrees: the place is told"), told]
        found.stage = Stage.OVER
        subject, text = "Found, and well", "Was asked, and does not wish that the place is told. Please respect it."
        told = found.located(subject, text, marks=(Handling.PLACE_WITHHELD,))
        return [Remark(f"the person of {found.record} does not agree: the place is withheld"), told]

    def _tell_place(self, found: Found, text: str, *marks: Handling) -> Action:
        found.stage = Stage.OVER
        place = f"with a police station of {self.room.party} (fictional)"
        return found.located("Found, and well", text, place, marks)

    def _treaty(self, found: Found) -> Instrument | None:
        return self.room.atlas.treaty(self.room.party, found.owner)

    def _watch(self, found: Found, treaty: Instrument | None, now: datetime) -> list[Action]:
        profile = self.room.profile
        assert found.answer is not None, "nobody acts before an answer"
        found.stage = Stage.WATCHED
        limit = clocks.FIRST_REPLY[Urgency.URGENT]
        says = f"{found.owner} asks for an arrest on {found.record}"
        under = treaty.name if treaty else "your law"
        note = Note(
            subject="Found and watched; please ask for provisional arrest",
            text=f"{profile.why} A request under {under} within {_days(limit)} is needed.",
        )
        ask = draft(
            Kind.INFO_REQUEST,
            found.answer,
            (found.owner,),
            note,
            quoted=found.quoted,
            **answering(found.answer),
            **HELD,
        )
        return [
            Remark(f"national profile: watched and not arrested yet, {found.record} of {found.owner}: {profile.why}"),
            Send(ask),
            *self.room.start(REQUEST, found.record, [("let go", limit)], now, says),
        ]

    def _arrest(self, found: Found, treaty: Instrument | None, now: datetime) -> list[Action]:
        days = "" if treaty is None else f" The papers must be here within {_days(treaty.papers)} ({treaty.name})."
        content = Confirmation(
            record=found.record,
            subject="Provisionally arrested under our own law",
            text=f"{self.room.profile.why}{days}",
            case=found.matter.case_ref,
            instrument=treaty.name if treaty else None,
            papers_due=now + treaty.papers if treaty else None,
            release_on=now + self._until(treaty) if treaty else None,
        )
        assert found.answer is not None, "nobody acts before an answer"
        notify = draft(
            Kind.ARREST_NOTIFY,
            found.answer,
            (found.owner, SECRETARIAT),
            content,
            quoted=found.quoted,
            **answering(found.answer),
        )
        why = Remark(f"national profile: provisional arrest, {found.record} of {found.owner}: {self.room.profile.why}")
        return [why, Send(notify), *self._arrested(found, treaty, now)]

    def _arrested(self, found: Found, treaty: Instrument | None, now: datetime) -> list[Action]:
        found.stage = Stage.ARRESTED
        if treaty is None or not self.room.heeds(Procedure.PAPERS_CLOCK):
            return []
        marks = [("warning", treaty.warn), ("release", self._until(treaty))]
        says = f"papers of {found.owner} on {found.record} ({treaty.name})"
        return self.room.start(PAPERS, found.record, marks, now, says)

    def _until(self, treaty: Instrument) -> timedelta:
        return treaty.longest if self.room.profile.waits == "longest" else treaty.papers

    def _judge(self, found: Found) -> list[Action]:
        found.stage = Stage.OVER
        assert found.answer is not None, "papers were sent"
        note = Note(
            subject="The court has granted extradition",
            text=f"In the matter of {found.record}. Handover is arranged between our services. (Exercise.)",
        )
        to = (found.owner, SECRETARIAT)
        quoted = found.quoted
        says = Remark(f"the court grants extradition on {found.record} to {found.owner}")
        return [says, Send(draft(Kind.INFO_REPLY, found.answer, to, note, quoted=quoted, **answering(found.answer)))]

    def _of(self, record: str, owner: str) -> Found | None:
        found = self.found.get(subject_of(record))
        return found if found is not None and found.owner == owner else None


def _owner(message: Header | Draft, record: str) -> str | None:
    """Whose record a message says that it is about."""
    return next((one.owner for one in message.quoted if one.record == record), None)


def _guessed(header: Header | Draft) -> NoticeType | None:
    """A record that no notice has made here: whoever looks for wanted persons takes it for one."""
    return NoticeType.RED if header.purpose is Purpose.WANTED else None


def _days(time: timedelta) -> str:
    return f"{time.days} days" if time.days > 1 else f"{int(time.total_seconds() // 3600)} hours"

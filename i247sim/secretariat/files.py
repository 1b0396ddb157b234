"""The desk for the Commission for the Control of Files: shows it the files, blocks, consults, and carries out.

The Commission decides (``commission``); its decisions bind. Data are blocked while a request is examined, the owner is
asked for its view before anything is decided, and a decision is carried out within a month (CCF Statute Arts 35 to 41).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.databases import Databases
from i247sim.secretariat.lives import OPEN, NoticeState
from i247sim.secretariat.notices import NoticeDesk
from i247sim.secretariat.office import Office, reply
from i247sim.vocabulary.contents import FileDecision, FileReport, FileRequest, Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Header, NoticeReason, Purpose
from i247sim.vocabulary.times import in_words, to_text

REPORT_AFTER = (3600, 2 * 86400)
"""Seconds until the Commission is shown what the files hold."""
CARRY_OUT_AFTER = (2 * 86400, 25 * 86400)
"""Seconds until a decision is carried out."""
CARRY_OUT_WITHIN = timedelta(days=30)
"""The most that this may take (Art. 41)."""
OBSERVE_WITHIN = timedelta(days=30)
"""How long the owner has for its view."""


@dataclass(frozen=True)
class Show:
    """A request waits for the report on the files."""

    request: str


@dataclass(frozen=True)
class CarryOut:
    """A decision waits to be carried out."""

    header: Header
    decision: FileDecision
    since: datetime


@dataclass
class Petition:
    """One request of a person, as this desk keeps it."""

    header: Header
    content: FileRequest
    owner: str | None = None
    """Who is asked for its view."""
    blocked: bool = False
    observed: bool = False
    decided: str | None = None
    """What the Commission has found; none, until it has."""


@dataclass
class FilesDesk:
    """Works for the Commission. Petitions by the Commission's own reference."""

    office: Office
    databases: Databases
    notices: NoticeDesk
    files: dict[str, Petition] = field(default_factory=dict)
    causes = (Show, CarryOut)

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Register a request, act on what the Commission decides, pass on the owner's view."""
        header = event.header
        match event.content:
            case FileRequest() as content:
                self.files[header.own_ref] = Petition(header, content)
                return [Schedule(self.office.after("files", REPORT_AFTER), Show(header.own_ref))]
            case FileDecision(finding="admissible") as decision:
                return self._examine(decision, now)
            case FileDecision() as decision:
                if decision.request in self.files:
                    self.files[decision.request].decided = decision.finding
                by = f"at most one month, until {to_text(now + CARRY_OUT_WITHIN)}"
                return [
                    Remark(f"clock started: the decision on {decision.request} is carried out; {by}"),
                    Schedule(self.office.after("carry-out", CARRY_OUT_AFTER), CarryOut(header, decision, now)),
                ]
            case Note() as note if header.kind is Kind.COMPLIANCE_REPLY:
                return self._observed(header, note)
            case _:
                return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Its sender has the rejection."""
        return []

    def due(self, cause: Show | CarryOut, now: datetime) -> list[Action]:
        """Show the files, or carry out."""
        match cause:
            case Show(request=request):
                petition = self.files[request]
                holdings = FileReport(
                    request=request,
                    wants=petition.content.wants,
                    subject="what the files hold",
                    text=self._holdings(petition),
                    earlier=self._earlier(petition) if petition.content.wants == "revision" else None,
                )
                return [Send(reply(petition.header, Kind.CCF_REPORT, Channel.ADMIN, holdings))]
            case CarryOut():
                return self._carry_out(cause, now)

    # --- steps

    def _holdings(self, petition: Petition) -> str:
        content = petition.content
        file = self.notices.files.get(content.notice or "")
        if file is not None:
            return f"notice {file.id} of {file.requester}: {file.type}, {file.state}"
        record = self.databases.get(content.record or "", petition.header.created.date())
        if record is not None:
            return f"record {record.id} of {record.owner} in {record.database}"
        return "the files hold nothing about this"

    def _earlier(self, petition: Petition) -> str | None:
        """What was decided last about the same notice or record."""
        about = (petition.content.notice, petition.content.record)
        same = [one for one in self.files.values() if (one.content.notice, one.content.record) == about]
        return next((one.decided for one in reversed(same) if one.decided not in (None, "inadmissible")), None)

    def _examine(self, decision: FileDecision, now: datetime) -> list[Action]:
        """The request is admissible: block, and ask the owner."""
        petition = self.files.get(decision.request)
        if petition is None:
            return [Remark(f"the Commission decided on {decision.request}, which this desk does not know")]
        content, actions = petition.content, list[Action]()
        file = self.notices.files.get(content.notice or "")
        record = self.databases.get(content.record or "", now.date())
        petition.owner = file.requester if file is not None else (record.owner if record is not None else None)
        if content.block and content.wants != "access" and file is not None and file.state is NoticeState.PUBLISHED:
            note = Note(subject=f"notice {file.id}: suspended", text="It is examined. Do not act on it.")
            reason = NoticeReason.UNDER_EXAMINATION
            actions += self.notices.move(file.id, Kind.NOTICE_SUSPEND, reason, note, now, by_checker=True)
            petition.blocked = True
        if petition.owner is not None:
            actions.append(Send(self._consult(petition)))
            by = f"within thirty days, until {to_text(now + OBSERVE_WITHIN)}"
            actions.append(Remark(f"clock started: the view of {petition.owner} on {decision.request}; {by}"))
        return actions

    def _consult(self, petition: Petition) -> Draft:
        assert petition.owner is not None, "nobody to consult"
        about = petition.content.notice or petition.content.record
        note = Note(
            subject=f"your view on {about}",
            text="The Commission for the Control of Files examines it. Send your observations, with reasons.",
        )
        return Draft(
            kind=Kind.COMPLIANCE_QUERY,
            channel=Channel.ADMIN,
            purpose=Purpose.COMPLIANCE,
            content=note,
            to=(petition.owner,),
            classification=petition.header.classification,
            reply_within=OBSERVE_WITHIN,
        )

    def _observed(self, header: Header, note: Note) -> list[Action]:
        for request, petition in self.files.items():
            if petition.owner == self.office.bureau(header.sender) and not petition.observed:
                petition.observed = True
                return [
                    Remark(f"clock stopped: the view of {petition.owner} on {request} is here"),
                    self._report(petition.header, request, f"observations of {petition.owner}", note.text),
                ]
        return []

    def _carry_out(self, cause: CarryOut, now: datetime) -> list[Action]:
        decision = cause.decision
        petition = self.files.get(decision.request)
        if petition is None:
            return [Remark(f"the Commission decided on {decision.request}, which this desk does not know")]
        actions: list[Action] = []
        number, record = petition.content.notice, petition.content.record
        file = self.notices.files.get(number or "")
        said = "nothing is to be done"
        match decision.finding:
            case "delete":
                said = "deleted"
                if file is not None and file.state in OPEN:
                    note = Note(subject=f"notice {file.id} is cancelled", text="It does not comply. Delete it.")
                    reason = NoticeReason.COMMISSION
                    actions += self.notices.move(file.id, Kind.NOTICE_CANCEL, reason, note, now, by_checker=True)
                if record is not None and self.databases.get(record, now.date()) is not None:
                    self.databases.remove(record)
            case "addendum" | "compliant" if file is not None:
                if decision.finding == "addendum":
                    said = "an addendum was published"
                    note = Note(subject=f"notice {file.id}: addendum", text=decision.text or "See your national files.")
                    reason = NoticeReason.COMMISSION
                    actions += self.notices.move(file.id, Kind.NOTICE_ADDENDUM, reason, note, now, by_checker=True)
                if petition.blocked and file.state is NoticeState.SUSPENDED:
                    note = Note(subject=f"notice {file.id}: published again", text="It complies with the rules.")
                    reason = NoticeReason.COMMISSION
                    actions += self.notices.move(file.id, Kind.NOTICE_RESUME, reason, note, now, by_checker=True)
            case "disclose":
                said = self._holdings(petition)
            case _:
                pass
        free = decision.finding == "delete" or (file is None and record is None)
        report = self._report(cause.header, decision.request, "carried out", said, certificate=free)
        done = f"the decision on {decision.request} is carried out, after {in_words(now - cause.since)}"
        return [*actions, report, Remark(f"clock stopped: {done}")]

    def _report(self, header: Header, request: str, subject: str, text: str, certificate: bool = False) -> Action:
        content = FileReport(request=request, subject=subject, text=text, certificate=certificate)
        return Send(reply(header, Kind.CCF_REPORT, Channel.ADMIN, content))

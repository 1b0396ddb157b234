"""The desk for diffusions: they have gone out already when they are checked here (RPD Arts 97 to 101).

About a wanted person a diffusion warns that its review is pending; then it is cleared, or cancelled, and all its
addressees are told. The hub holds what a supervised bureau sends, and every Silver diffusion (the pilot's are reviewed
before), for everybody but this desk, which releases or refuses it. Of a monitored bureau it looks at every diffusion. A
flag (``screening``) decides nothing: it makes a diffusion wait for a person's ruling.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from i247sim.node.actions import Action, Declare, Remark, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.office import Office
from i247sim.secretariat.review import missing_from_diffusion
from i247sim.secretariat.reviewing import BY_DEFAULT, Reviewing
from i247sim.secretariat.screening import flags, shown
from i247sim.vocabulary.contents import Diffusion, DiffusionForm, Note, Notice
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.frames import FrameType, Release
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Header, NoticeType, Purpose
from i247sim.vocabulary.parties import SECRETARIAT, State, country_of
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.rulings import Ruling
from i247sim.vocabulary.rulings import Word as Decided

CANCEL_AFTER = (30, 60)
"""Seconds until a diffusion that cannot be checked is cancelled."""
HELD_KINDS = (Kind.DIFFUSION, Kind.NOTICE_REQUEST)
"""What the hub holds of a supervised bureau (rule STATE-SUPERVISED)."""
FORM_OF = {
    Purpose.WANTED: DiffusionForm.ARREST,
    Purpose.LOCATE: DiffusionForm.LOCATE,
    Purpose.CASE: DiffusionForm.INFORMATION,
    Purpose.IDENTIFY: DiffusionForm.IDENTIFY,
    Purpose.WARN: DiffusionForm.WARN,
    Purpose.FORENSIC: DiffusionForm.INFORM,
    Purpose.ANALYSIS: DiffusionForm.INFORM,
}
"""The form of a diffusion that names none, by its purpose."""


_ALIKE = {DiffusionForm.ARREST: NoticeType.RED, DiffusionForm.ASSETS: NoticeType.SILVER}
"""The notice that a form resembles, for the screening; Blue for all others."""


_SUPERVISED = (State.SUPERVISED, State.RECORD_SUSPENDED, State.CONSULT_SUSPENDED, State.QUERY_SUSPENDED)


class DiffusionState(StrEnum):
    """Where a diffusion stands."""

    SENT = "sent"
    """Out, and not subject to review."""
    PENDING = "review-pending"
    CLEARED = "cleared"
    CANCELLED = "cancelled"
    HELD = "held"
    RELEASED = "released"
    REFUSED = "refused"


_OUT = (DiffusionState.SENT, DiffusionState.PENDING, DiffusionState.CLEARED, DiffusionState.RELEASED)


@dataclass(frozen=True)
class CancelDiffusion:
    """A diffusion whose copy for the secretariat does not open."""

    header: Header
    code: Code


@dataclass(frozen=True)
class ReviewDiffusion:
    """A diffusion that is out waits for its review."""

    reference: str


@dataclass(frozen=True)
class SpotCheck:
    """A diffusion of a monitored bureau, which is out and not subject to review, waits to be looked at."""

    reference: str


@dataclass(frozen=True)
class LookAtHeld:
    """What the hub holds of a supervised bureau waits to be released or refused."""

    reference: str


def is_silver(header: Header) -> bool:
    """Whether a diffusion says in its header that it is a Silver one: the hub goes by that, and reads no form."""
    return header.notice is not None and header.notice.type is NoticeType.SILVER


@dataclass
class Circular:
    """A diffusion, or another held message, as this desk keeps it."""

    header: Header
    content: Content
    state: DiffusionState


@dataclass
class DiffusionDesk:
    """Reviews what is out, releases what is held, cancels what does not comply."""

    office: Office
    reviewing: Reviewing = BY_DEFAULT
    files: dict[str, Circular] = field(default_factory=dict)
    """Diffusions, and held requests, by their sender's own reference."""
    causes = (CancelDiffusion, ReviewDiffusion, SpotCheck, LookAtHeld)

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Register a diffusion, and plan its review or its release."""
        header = event.header
        if header.kind is Kind.DIFFUSION_CANCEL:
            return self._recalled(header)
        if header.kind not in HELD_KINDS:
            return []
        author = header.on_behalf_of or header.sender
        supervised = self._under(author, *_SUPERVISED)
        if header.kind is not Kind.DIFFUSION and not supervised:
            return []
        held = supervised or is_silver(header)
        wanted = header.purpose is Purpose.WANTED or self._form(header, event.content) is DiffusionForm.ASSETS
        state = DiffusionState.HELD if held else (DiffusionState.PENDING if wanted else DiffusionState.SENT)
        self.files[header.own_ref] = Circular(header, event.content, state)
        if held:
            return [Schedule(self.office.after("held", self.reviewing.after), LookAtHeld(header.own_ref))]
        if wanted:
            return [Schedule(self.office.after("diffusion", self.reviewing.after), ReviewDiffusion(header.own_ref))]
        if self._under(author, State.MONITORED) and Procedure.SPOT_CHECK not in self.office.unheeded:
            return [Schedule(self.office.after("spot", self.reviewing.after), SpotCheck(header.own_ref))]
        return []

    def _recalled(self, header: Header) -> list[Action]:
        """Its own sender has recalled a diffusion (RPD Art. 101): nothing is reviewed any more."""
        file = self.files.get(header.your_ref or "")
        if file is None or file.state not in _OUT or file.header.sender != header.sender:
            return []
        file.state = DiffusionState.CANCELLED
        return [Remark(f"diffusion {file.header.own_ref} is recalled by its sender")]

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Plan to cancel a diffusion that does not open."""
        if event.header.kind is not Kind.DIFFUSION:
            return []
        return [Schedule(self.office.after("cancel", CANCEL_AFTER), CancelDiffusion(event.header, event.code))]

    def due(self, cause: CancelDiffusion | ReviewDiffusion | SpotCheck | LookAtHeld, now: datetime) -> list[Action]:
        """Cancel, review, or look at what is out or held."""
        match cause:
            case CancelDiffusion(header=header, code=code):
                text = f"The secretariat cannot read its copy ({code}), so nobody has checked it. Delete it."
                remark = f"incident: the copy of diffusion {header.own_ref} for the secretariat does not open ({code})"
                return [Remark(remark), Send(self._told(Kind.DIFFUSION_CANCEL, header, text))]
            case ReviewDiffusion(reference=reference):
                file = self.files[reference]
                return self._review(file) if file.state is DiffusionState.PENDING else []
            case SpotCheck(reference=reference):
                file = self.files[reference]
                return self._spot_check(file) if file.state is DiffusionState.SENT else []
            case LookAtHeld(reference=reference):
                file = self.files[reference]
                return self._look(file) if file.state is DiffusionState.HELD else []

    def rule(self, ruling: Ruling, now: datetime) -> list[Action]:
        """A person decides about a diffusion that waits, or about what is held."""
        file = self.files.get(ruling.message or "")
        if file is None:
            return [Remark(f"there is no diffusion {ruling.message} at this desk: nothing is done")]
        if file.state is DiffusionState.HELD and ruling.word in (Decided.RELEASE, Decided.STOP):
            return self._release(file, None if ruling.word is Decided.RELEASE else ruling.code or Code.STATE)
        if ruling.word is Decided.CANCEL and file.state in _OUT:
            return self._cancel(file, ruling.code, ruling.text)
        if ruling.word is Decided.CLEAR and file.state is DiffusionState.PENDING:
            return self._clear(file)
        return [Remark(f"diffusion {ruling.message} is {file.state}: `{ruling.word}` is not possible")]

    def protect(self, key: tuple[str, str, str]) -> list[Action]:
        """Cancel what the feared country has circulated about somebody who is protected. Says nothing of the reason."""
        actions: list[Action] = []
        for file in list(self.files.values()):
            person = file.content.person if isinstance(file.content, Diffusion) else None
            over = (DiffusionState.CANCELLED, DiffusionState.REFUSED, DiffusionState.HELD)
            if person is None or file.state in over or country_of(file.header.sender) != key[2]:
                continue
            if (person.family_name.casefold(), person.born) == key[:2]:
                actions += self._cancel(file, Code.REFUGEE, "It does not comply with the rules. Delete it.")
        return actions

    # --- review

    def _review(self, file: Circular) -> list[Action]:
        missing, found = self._problems(file)
        if missing:
            return self._cancel(file, Code.DATA, _lacking(missing))
        if found:
            verdict = self.reviewing.flagged
            if verdict == "wait":
                return [Remark(f"diffusion {file.header.own_ref} waits for a person: {found}")]
            return self._clear(file) if verdict == "publish" else self._cancel(file, self.reviewing.code, "")
        if self.reviewing.publish:
            return self._clear(file)
        return self._cancel(file, self.reviewing.code, "")

    def _spot_check(self, file: Circular) -> list[Action]:
        """What lacks something is cancelled; about what is flagged a person decides, and it is out meanwhile."""
        missing, found = self._problems(file)
        if missing:
            return self._cancel(file, Code.DATA, _lacking(missing))
        said = f"waits for a person: {found}" if found else "nothing against it"
        return [Remark(f"spot check of diffusion {file.header.own_ref}: {said}")]

    def _look(self, file: Circular) -> list[Action]:
        """Held, of a supervised bureau: nothing goes on by itself unless the exercise says so, and nothing flagged or
        incomplete at all. A Silver diffusion of any other: as in a review, which comes before for once."""
        missing, found = self._problems(file)
        how, header = self.reviewing, file.header
        will: str
        if self._under(header.on_behalf_of or header.sender, *_SUPERVISED):
            whose, code = "of a supervised bureau", Code.STATE
            will = "wait" if found else how.held
        else:
            whose, code = "a Silver diffusion", how.code or Code.DATA
            will = "refuse" if missing else how.flagged if found else "release" if how.publish else "refuse"
        if will == "wait":
            why = f" ({found})" if found else ""
            return [Remark(f"{header.own_ref}, {whose}, is held and waits for a person{why}")]
        if missing:
            text = _lacking(missing)
            return [
                Remark(f"{header.own_ref} is refused: {text[:1].lower()}{text[1:]}"),
                *self._release(file, Code.DATA),
                Send(self._told(Kind.DIFFUSION_CANCEL, header, f"{text}. Nobody else has it.", (header.sender,))),
            ]
        return self._release(file, None if will in ("release", "publish") else code)

    def _problems(self, file: Circular) -> tuple[tuple[str, ...], str]:
        """What is missing, and which places a person must look at."""
        content = file.content
        match content:
            case Diffusion():
                form = self._form(file.header, content)
                alike = Notice(
                    type=_ALIKE.get(form, NoticeType.BLUE),
                    subject=content.subject,
                    text=content.text,
                    person=content.person,
                    judicial=content.judicial,
                )
                missing = missing_from_diffusion(content, form)
                if is_silver(file.header) != (form is DiffusionForm.ASSETS):
                    missing = (*missing, "its form and its header must say the same: `assets`, and `silver`")
            case Notice():
                alike, missing = content, ()
            case _:
                return (), ""
        return missing, shown(flags(alike, file.header.sender, self.office.refugees.keys))

    def _form(self, header: Header, content: Content) -> DiffusionForm:
        said = content.form if isinstance(content, Diffusion) else None
        return said or FORM_OF.get(header.purpose, DiffusionForm.INFORMATION)

    def _under(self, party: str, *measures: State) -> bool:
        """Whether one of ``measures`` is in force against the party, or a parent of it."""
        states = self.office.states
        return any(states.get(entry.party, State.ACTIVE) in measures for entry in self.office.directory.lineage(party))

    # --- what follows

    def _release(self, file: Circular, code: Code | None) -> list[Action]:
        file.state = DiffusionState.RELEASED if code is None else DiffusionState.REFUSED
        release = Release(message=file.header.id, release=code is None, code=code)
        return [Declare(FrameType.RELEASE, release)]

    def _clear(self, file: Circular) -> list[Action]:
        file.state = DiffusionState.CLEARED
        text = "It was reviewed after it went out, and complies with the rules."
        return [Send(self._told(Kind.DIFFUSION_CLEARED, file.header, text))]

    def _cancel(self, file: Circular, code: Code | None, text: str) -> list[Action]:
        file.state = DiffusionState.CANCELLED
        text = (
            text or f"It does not comply with the rules ({code or Code.DATA}). Delete it, and do not use our channels."
        )
        return [
            Remark(f"diffusion {file.header.own_ref} is cancelled ({code or Code.DATA})"),
            Send(self._told(Kind.DIFFUSION_CANCEL, file.header, text)),
        ]

    def _told(self, kind: Kind, header: Header, text: str, to: tuple[str, ...] = ()) -> Draft:
        """A word about a diffusion, to its sender and to all its addressees but whom the sender bars; or ``to``."""
        told = to or [
            one.party for one in header.to or () if one.party != SECRETARIAT and not self._barred(header, one.party)
        ]
        said = "cancelled" if kind is Kind.DIFFUSION_CANCEL else "cleared"
        return Draft(
            kind=kind,
            channel=Channel.DIFFUSION,
            purpose=header.purpose,
            content=Note(subject=f"diffusion {header.own_ref} is {said}", text=text),
            to=tuple(dict.fromkeys((*told, header.sender))),
            classification=header.classification,
            your_ref=header.own_ref,
            in_reply_to=header.id,
        )

    def _barred(self, header: Header, party: str) -> bool:
        return self.office.bars(header.sender, party, Channel.DIFFUSION, header.kind, header.purpose, "")


def _lacking(missing: tuple[str, ...]) -> str:
    return "Minimum data are missing: " + "; ".join(missing)

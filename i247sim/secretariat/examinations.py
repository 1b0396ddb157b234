"""The desk for examinations (RPD Art. 128): a reader's complaint is the first that it learns of a direct message.

It asks the sender to explain, with a time limit. Whether the complaint is founded is a person's ruling; silence has
one consequence of its own, spot checks (exercise rule). It never sees the message itself unless a reader shows it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.node.actions import Action, Declare, Remark, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.corrections import CORRECT_WITHIN, CorrectionDesk
from i247sim.secretariat.office import Office, reply
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Header, Purpose
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.rulings import Ruling
from i247sim.vocabulary.rulings import Word as Decided
from i247sim.vocabulary.statements import MeasureSet

ASK_AFTER = (600, 1800)
"""Seconds until the sender of the message complained about is asked."""
ANSWER_WITHIN = timedelta(days=5)
"""How long it has to explain (exercise rule)."""


@dataclass(frozen=True)
class Ask:
    """The sender of a message that somebody complains about is to be asked."""

    complaint: str


@dataclass(frozen=True)
class Silent:
    """The time to explain is over."""

    complaint: str


@dataclass
class Examination:
    """One complaint, and what came of it."""

    header: Header
    """Of the complaint."""
    against: str
    """The bureau that answers for the message."""
    about: str
    """The message's own reference."""
    answered: bool = False
    closed: bool = False


@dataclass
class ExaminationDesk:
    """Keeps the examinations, by the complaint's own reference."""

    office: Office
    corrections: CorrectionDesk
    files: dict[str, Examination] = field(default_factory=dict)
    causes = (Ask, Silent)

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Open an examination, or take the explanation of whoever is examined."""
        header = event.header
        match header.kind:
            case Kind.COMPLAINT if header.your_ref is not None:
                against = self.office.bureau(header.your_ref.rsplit("-", 2)[0])
                self.files[header.own_ref] = Examination(header, against, header.your_ref)
                return [Schedule(self.office.after("examine", ASK_AFTER), Ask(header.own_ref))]
            case Kind.COMPLIANCE_REPLY:
                return self._explained(header)
            case _:
                return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Its sender has the rejection."""
        return []

    def due(self, cause: Ask | Silent, now: datetime) -> list[Action]:
        """Ask, or draw the consequence of silence."""
        file = self.files[cause.complaint]
        match cause:
            case Ask():
                return [*self._ask(file), Schedule(ANSWER_WITHIN, Silent(cause.complaint))]
            case Silent():
                return self._silence(file)

    def rule(self, ruling: Ruling, now: datetime) -> list[Action]:
        """A person says whether the complaint is founded. Both sides are told; a measure is a word of its own.

        What was found wrong is to be put right: whoever sent the message is asked for that, with a time limit.
        """
        file = self.files.get(ruling.message or "")
        if file is None or file.closed:
            return [Remark(f"no examination of complaint {ruling.message} is open: nothing is done")]
        file.closed = True
        said = "is well founded" if ruling.word is Decided.UPHOLD else "is not well founded"
        words = f"the complaint about {file.about} {said}"
        note = Note(subject=words, text=ruling.text)
        remark = Remark(f"examination of complaint {file.header.own_ref} closed: {words}")
        records = [one.record for one in file.header.quoted]
        asked = ruling.word is Decided.UPHOLD and self.corrections.ask(
            file.header.own_ref, file.about, file.against, records, now
        )
        if not asked:
            return [remark, Send(self._back(file, note)), Send(self._note(Kind.COMPLIANCE_REPLY, file, note))]
        text = f"{note.text} Please put it right within ten days, and say what you have done.".strip()
        told = self._note(Kind.COMPLIANCE_QUERY, file, Note(subject=words, text=text), CORRECT_WITHIN)
        return [remark, Send(self._back(file, note)), Send(told), *asked]

    def _ask(self, file: Examination) -> list[Action]:
        question = Note(
            subject=f"please explain your message {file.about}",
            text="A reader has complained about it. Say what it was for, and on which ground it was sent.",
        )
        received = Note(subject=f"your complaint about {file.about} is examined", text="You will hear of the outcome.")
        asked = self._note(Kind.COMPLIANCE_QUERY, file, question, ANSWER_WITHIN)
        return [
            Remark(f"examination of {file.about} opened, on complaint {file.header.own_ref}"),
            Send(asked),
            Send(self._back(file, received)),
        ]

    def _explained(self, header: Header) -> list[Action]:
        open_ = [one for one in self.files.values() if one.against == self.office.bureau(header.sender)]
        for file in open_:
            if not file.answered and not file.closed:
                file.answered = True
                return [Remark(f"examination of {file.about}: {file.against} has explained; a person decides")]
        return []

    def _silence(self, file: Examination) -> list[Action]:
        if file.answered or file.closed:
            return []
        remark = Remark(f"examination of {file.about}: {file.against} has not explained in time")
        if self.office.states.get(file.against, State.ACTIVE) is not State.ACTIVE:
            return [remark]
        measure = MeasureSet(party=file.against, state=State.MONITORED, reason="no answer in an examination (Art. 128)")
        return [remark, Declare(FrameType.MEASURE, measure)]

    def _back(self, file: Examination, note: Note) -> Draft:
        return reply(file.header, Kind.COMPLIANCE_REPLY, Channel.ADMIN, note)

    def _note(self, kind: Kind, file: Examination, note: Note, within: timedelta | None = None) -> Draft:
        """To whoever is examined."""
        return Draft(
            kind=kind,
            channel=Channel.ADMIN,
            purpose=Purpose.COMPLIANCE,
            content=note,
            to=(file.against,),
            classification=file.header.classification,
            reply_within=within,
        )

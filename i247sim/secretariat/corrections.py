"""The desk for corrections (RPD Art. 131): what an examination has found wrong is put right within ten days.

Where the complaint has quoted records, their owner changes or deletes them; else it says what it has done. When the
time is over the secretariat takes what is still there out of the files itself, and supervises the bureau. Exercise
rules: the ten days, and that supervision follows of itself; a person may lift it the same hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.node.actions import Action, Declare, Remark, Schedule
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.databases import Databases, Record
from i247sim.secretariat.lives import OPEN
from i247sim.secretariat.notices import NoticeDesk
from i247sim.secretariat.office import Office
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import NoticeReason
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.statements import MeasureSet
from i247sim.vocabulary.times import in_words, to_text

CORRECT_WITHIN = timedelta(days=10)
"""How long a bureau has to put right what was found wrong (exercise rule)."""
SUPERVISED_FOR = timedelta(days=90)
"""How long it is supervised if it has not: three months at most (Art. 131)."""


@dataclass(frozen=True)
class Overdue:
    """The time to correct is over."""

    complaint: str


@dataclass
class Correction:
    """What one bureau has to put right."""

    bureau: str
    about: str
    """The message that was complained about, by its own reference."""
    since: datetime
    wrong: tuple[Record, ...]
    """The records, as they were found wrong; none, where nothing is recorded."""


@dataclass
class CorrectionDesk:
    """Watches over corrections, by the complaint's own reference."""

    office: Office
    databases: Databases
    notices: NoticeDesk
    open: dict[str, Correction] = field(default_factory=dict)
    causes = (Overdue,)

    def ask(self, complaint: str, about: str, bureau: str, records: Sequence[str], now: datetime) -> list[Action]:
        """``bureau`` is to put right what ``about`` has done, and its own ``records`` among those quoted."""
        if Procedure.CORRECT in self.office.unheeded:
            return []
        known = (self.databases.get(one, now.date()) for one in records)
        wrong = tuple(one for one in known if one is not None and self.office.bureau(one.owner) == bureau)
        self.open[complaint] = Correction(bureau, about, now, wrong)
        what = ", ".join(one.id for one in wrong) or f"what was wrong about {about}"
        by = f"within ten days, until {to_text(now + CORRECT_WITHIN)}"
        return [
            Remark(f"clock started: {bureau} puts right {what}; {by}"),
            Schedule(CORRECT_WITHIN, Overdue(complaint)),
        ]

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Where nothing is recorded, the bureau's answer is what is waited for."""
        if event.header.kind is not Kind.COMPLIANCE_REPLY:
            return []
        answers = self.office.bureau(event.header.sender)
        complaint = next((key for key, one in self.open.items() if one.bureau == answers and not one.wrong), None)
        return [] if complaint is None else self._done(complaint, now)

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Its sender has the rejection."""
        return []

    def look(self, now: datetime) -> list[Action]:
        """After whatever has happened: is what was wrong changed, or gone?"""
        done = [key for key, one in self.open.items() if one.wrong and not self._still(one, now)]
        return [action for complaint in done for action in self._done(complaint, now)]

    def due(self, cause: Overdue, now: datetime) -> list[Action]:
        """Not put right in time: the secretariat does it itself, and supervises."""
        correction = self.open.pop(cause.complaint, None)
        if correction is None:
            return []
        bureau = correction.bureau
        actions: list[Action] = [Remark(f"{bureau} has not put right in time what was wrong about {correction.about}")]
        for record in self._still(correction, now):
            actions += self._take_out(record, now)
        if self.office.states.get(bureau, State.ACTIVE) in (State.ACTIVE, State.MONITORED):
            reason = "not put right in ten days what an examination has found wrong (Art. 131)"
            end = now + SUPERVISED_FOR
            measure = MeasureSet(party=bureau, state=State.SUPERVISED, reason=reason, review_on=end)
            actions.append(Declare(FrameType.MEASURE, measure))
        return actions

    def _done(self, complaint: str, now: datetime) -> list[Action]:
        done = self.open.pop(complaint)
        taken = in_words(now - done.since)
        return [Remark(f"clock stopped: {done.bureau} has put right what was wrong about {done.about}, after {taken}")]

    def _still(self, correction: Correction, now: datetime) -> list[Record]:
        """The records that stand as they were found wrong."""
        return [one for one in correction.wrong if self.databases.get(one.id, now.date()) == one]

    def _take_out(self, record: Record, now: datetime) -> list[Action]:
        file = next((one for one in self.notices.files.values() if one.record == record.id and one.state in OPEN), None)
        if file is not None:
            note = Note(subject=f"notice {file.id} is cancelled", text="It was wrong, and not corrected. Delete it.")
            reason = NoticeReason.CORRECTION
            return self.notices.move(file.id, Kind.NOTICE_CANCEL, reason, note, now, by_checker=True)
        self.databases.remove(record.id)
        return [Remark(f"the record {record.id} was wrong, and is deleted by the secretariat")]

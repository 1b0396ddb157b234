"""The desk for warnings: what an Orange Notice or another bureau warns of, one's own units hear within two hours. Pure.

A mark that forbids it is respected: ``H2`` (not passed on without permission) and ``TLP:RED`` (named readers only).
"""

from dataclasses import dataclass, field
from datetime import datetime

from i247sim.bureau import clocks
from i247sim.bureau.room import Ring, Room, answering, draft
from i247sim.node.actions import Action, Remark, Send
from i247sim.node.events import MessageOpened
from i247sim.vocabulary.contents import Note, NoticePublication
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Handling, Header, NoticeType, Tlp, Urgency, UrgencyReason
from i247sim.vocabulary.procedures import Procedure

ONWARD = "passing on"
"""The clock of this desk."""


@dataclass(frozen=True)
class PassOn:
    """A warning waits to be passed on to the units at home."""

    header: Header
    note: Note


@dataclass
class WarningDesk:
    """What a bureau does with a warning that it has read."""

    room: Room
    causes = (PassOn,)
    clocks = (ONWARD,)
    waiting: dict[str, Header] = field(default_factory=dict)
    """Warnings that the units do not have yet, by their senders' references."""

    def opened(self, event: MessageOpened, now: datetime, replaced: bool) -> list[Action]:
        """A message was opened. ``replaced``: the scenario says what is done with it; then only take note."""
        header = event.header
        note = _warning(header, event.content)
        if note is None or not self.room.units or header.sender in self.room.units:
            return []
        if not self.room.heeds(Procedure.ONWARD):
            return []
        if Handling.NOT_ONWARD in header.handling or header.tlp is Tlp.RED:
            return [Remark(f"the warning {header.own_ref} is not passed on: it says so itself")]
        self.waiting[header.own_ref] = header
        says = f"the units of {self.room.party} have the warning {header.own_ref}"
        started = self.room.start(ONWARD, header.own_ref, [("too late", clocks.ONWARD)], now, says)
        planned = [] if replaced else self.room.plan(PassOn(header, note), header, now, Urgency.URGENT)
        return [*started, *planned]

    def wrote(self, sent: Draft, now: datetime) -> list[Action]:
        """This bureau has written to its units: in a matter of which it was warned, they have the warning."""
        if not set(sent.to) & set(self.room.units):
            return []
        known = [ref for ref, one in self.waiting.items() if ref == sent.your_ref or _same_case(one, sent)]
        stopped: list[Action] = []
        for ref in known:
            del self.waiting[ref]
            stopped += self.room.stop(ONWARD, ref, now, f"the units have the warning {ref}")
        return stopped

    def due(self, cause: PassOn, now: datetime) -> list[Action]:
        """Somebody at the desk does it."""
        header = cause.header
        if header.own_ref not in self.waiting:
            return []
        more = {
            "urgency": Urgency.URGENT,
            "urgency_reason": UrgencyReason.THREAT,
            "handling": header.handling,
            "tlp": header.tlp,
            "lang": header.lang,
            **answering(header),
        }
        return [Send(draft(Kind.THREAT_ALERT, header, self.room.units, cause.note, **more))]

    def rang(self, ring: Ring, now: datetime) -> list[Action]:
        """Two hours are over."""
        return [Remark(f"the warning {ring.about} was not passed on within two hours")]


def _warning(header: Header, content: Content) -> Note | None:
    """What a message warns of; ``None``: it does not."""
    match content:
        case NoticePublication(notice=notice) if notice.type is NoticeType.ORANGE:
            return Note(subject=notice.subject, text=notice.text)
        case Note() if header.kind is Kind.THREAT_ALERT:
            return content
        case _:
            return None


def _same_case(warning: Header, sent: Draft) -> bool:
    return warning.case_ref is not None and warning.case_ref == sent.case_ref

"""A bureau's duty officer where no human sits: four desks in one room, each with its subject. Pure.

What a scenario lets an officer do (``vocabulary.duties``) takes the place of what a desk would do with that message;
the desks then only take note, so their clocks run all the same.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from i247sim.bureau.holder import HolderDesk
from i247sim.bureau.inquiries import InquiryDesk
from i247sim.bureau.owner import OwnerDesk
from i247sim.bureau.room import Ring, Room, Task
from i247sim.bureau.warnings import WarningDesk
from i247sim.node.actions import Action
from i247sim.node.events import MessageOpened
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Kind

SENDS = frozenset(
    {
        Kind.ACK,
        Kind.ARREST_NOTIFY,
        Kind.DB_DELETE,
        Kind.DOC_TRANSFER,
        Kind.ESCALATION,
        Kind.HIT_CONFIRM,
        Kind.HIT_CONFIRM_REQUEST,
        Kind.HIT_DENY,
        Kind.INFO_REPLY,
        Kind.INFO_REQUEST,
        Kind.LOCATED_NOTIFY,
        Kind.NOTICE_WITHDRAW,
        Kind.REMINDER,
        Kind.THREAT_ALERT,
    }
)
"""What a desk may send by itself."""


class Desk(Protocol):
    """One subject of the room's work."""

    @property
    def causes(self) -> tuple[type, ...]:
        """Classes of what it plans: ``due`` is called with these and no others."""

    @property
    def clocks(self) -> tuple[str, ...]:
        """Names of the clocks that it starts: ``rang`` is called with these and no others."""

    def opened(self, event: MessageOpened, now: datetime, replaced: bool) -> list[Action]:
        """A message was opened. ``replaced``: the scenario says what is done with it; then only take note."""

    def wrote(self, sent: Draft, now: datetime) -> list[Action]:
        """This bureau has written a message, by whomever."""

    def due(self, cause: Any, now: datetime) -> list[Action]:
        """The time of something that this desk has planned has come. ``cause`` is one of its own ``causes``."""

    def rang(self, ring: Ring, now: datetime) -> list[Action]:
        """A clock of this desk has come to a mark."""


@dataclass
class DutyDesk:
    """All desks of one room."""

    room: Room

    def __post_init__(self) -> None:
        room = self.room
        self._desks: tuple[Desk, ...] = (HolderDesk(room), OwnerDesk(room), InquiryDesk(room), WarningDesk(room))
        self._desk_of: dict[Any, Desk] = {one: desk for desk in self._desks for one in (*desk.causes, *desk.clocks)}

    def opened(self, event: MessageOpened, now: datetime, replaced: bool) -> list[Action]:
        """A message was opened at ``now``; ``replaced`` if the scenario has an answer of its own."""
        self.room.learn(event.header, event.content)
        return [action for desk in self._desks for action in desk.opened(event, now, replaced)]

    def wrote(self, sent: Draft, now: datetime) -> list[Action]:
        """The bureau has written ``sent``: this desk, a duty, a step of the scenario or a human seat."""
        return [action for desk in self._desks for action in desk.wrote(sent, now)]

    def due(self, cause: Task | Ring, now: datetime) -> list[Action]:
        """A task's time has come, or a clock's mark."""
        match cause:
            case Task():
                return self._desk_of[type(cause.cause)].due(cause.cause, now) if self.room.begin(cause) else []
            case Ring():
                return self._desk_of[cause.clock].rang(cause, now) if self.room.rings(cause) else []

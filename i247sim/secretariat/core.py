"""The secretariat (``IPSG``): ``handle(event, now) -> actions``. Which desk does what; the desks do the work.

It never answers at once: every answer is planned a little later. What it may show is decided here; what may
travel, by the hub.
"""

from dataclasses import dataclass, field
from datetime import datetime

from i247sim.node.actions import Action
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold
from i247sim.secretariat.databases import Databases
from i247sim.secretariat.diffusions import DiffusionDesk
from i247sim.secretariat.notices import NoticeDesk
from i247sim.secretariat.office import Desk, Office
from i247sim.secretariat.queries import QueryDesk
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.statements import Bars, MeasureSet


@dataclass
class SecretariatCore:
    """All desks over one office. Keeps what owners have restricted, as the hub tells it, and honours it before the
    hub does."""

    directory: Directory
    """The one that the exercise begins with; later ones are told."""
    seed: int
    databases: Databases = field(default_factory=Databases)

    def __post_init__(self) -> None:
        self.office = Office(self.directory, self.seed)
        self.notices = NoticeDesk(self.office, self.databases)
        self._desks: tuple[Desk, ...] = (
            QueryDesk(self.office, self.databases),
            self.notices,
            DiffusionDesk(self.office),
        )
        self._desk_of = {cause: desk for desk in self._desks for cause in desk.causes}

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``."""
        match event:
            case MessageOpened():
                return [action for desk in self._desks for action in desk.opened(event, now)]
            case MessageUnreadable():
                return [action for desk in self._desks for action in desk.unreadable(event, now)]
            case StatementTold(payload=Bars() as bars):
                self.office.restrictions[event.author] = bars
                return []
            case StatementTold(payload=MeasureSet() as measure):
                self.office.states[measure.party] = measure.state
                return []
            case DirectoryTold():
                self.office.directory = event.directory
                return []
            case CauseDue(cause=cause) if type(cause) in self._desk_of:
                return self._desk_of[type(cause)].due(cause, now)
            case _:
                raise AssertionError(f"not a cause of the secretariat: {event!r:.80}")

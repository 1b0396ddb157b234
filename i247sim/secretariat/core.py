"""The secretariat (``IPSG``): ``handle(event, now) -> actions``. Which desk does what; the desks do the work.

It never answers at once: every answer is planned a little later. What it may show is decided here; what may
travel, by the hub.
"""

from dataclasses import dataclass, field
from datetime import datetime

from i247sim.node.actions import Action
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold, Wrote
from i247sim.secretariat.acknowledgements import AcknowledgementDesk
from i247sim.secretariat.command_centre import CommandCentre
from i247sim.secretariat.corrections import CorrectionDesk
from i247sim.secretariat.databases import Databases
from i247sim.secretariat.diffusions import DiffusionDesk
from i247sim.secretariat.entries import EntryDesk
from i247sim.secretariat.examinations import ExaminationDesk
from i247sim.secretariat.files import FilesDesk
from i247sim.secretariat.measures import MeasureDesk
from i247sim.secretariat.notices import NoticeDesk
from i247sim.secretariat.office import Desk, Office
from i247sim.secretariat.publication_limits import PublicationLimits
from i247sim.secretariat.queries import QueryDesk
from i247sim.secretariat.reviewing import BY_DEFAULT, Reviewing
from i247sim.vocabulary.contents import RefugeeStatus
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.rulings import Ruling, Word
from i247sim.vocabulary.statements import Bars, MeasureSet


@dataclass
class SecretariatCore:
    """All desks over one office. Keeps what owners have restricted, as the hub tells it, and honours it before the
    hub does."""

    directory: Directory
    """The one that the exercise begins with; later ones are told."""
    seed: int
    databases: Databases = field(default_factory=Databases)
    unheeded: frozenset[Procedure] = frozenset()
    reviewing: Reviewing = BY_DEFAULT
    """What happens with diffusions and held messages that nobody rules on."""

    def __post_init__(self) -> None:
        self.office = Office(self.directory, self.seed, self.unheeded)
        limits = PublicationLimits(self.office)
        self.notices = NoticeDesk(self.office, self.databases, limits)
        self.queries = QueryDesk(self.office, self.databases)
        self.diffusions = DiffusionDesk(self.office, self.reviewing)
        self.acknowledgements = AcknowledgementDesk(self.office)
        self.corrections = CorrectionDesk(self.office, self.databases, self.notices)
        self.examinations = ExaminationDesk(self.office, self.corrections)
        self.measures = MeasureDesk(self.office)
        self.databases.take_new()  # what is there when the exercise begins is not new
        self._desks: tuple[Desk, ...] = (
            self.queries,
            EntryDesk(self.office, self.databases),
            self.notices,
            limits,
            self.acknowledgements,
            self.diffusions,
            self.examinations,
            self.corrections,
            self.measures,
            FilesDesk(self.office, self.databases, self.notices),
            CommandCentre(self.office),
        )
        self._desk_of: dict[type, Desk] = {cause: desk for desk in self._desks for cause in desk.causes}

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``. Whatever made a record, those who had asked for it are told."""
        actions = [*self.notices.end_long_suspensions(now), *self._handle(event, now)]
        match event:
            case MessageOpened(content=RefugeeStatus(granted=True, person=person, feared=country)):
                actions += self.diffusions.protect((person.family_name.casefold(), person.born, country))
        actions += self.acknowledgements.published(actions)
        return [*actions, *self.corrections.look(now), *self.queries.arrived(self.databases.take_new(), now)]

    def _handle(self, event: Event, now: datetime) -> list[Action]:
        match event:
            case MessageOpened():
                return [action for desk in self._desks for action in desk.opened(event, now)]
            case MessageUnreadable():
                return [action for desk in self._desks for action in desk.unreadable(event, now)]
            case StatementTold(payload=Bars() as bars):
                self.office.restrictions[event.author] = bars
                return []
            case StatementTold(payload=MeasureSet() as measure):
                return self.measures.told(measure, now)
            case CauseDue(cause=Ruling() as ruling):
                return self._rule(ruling, now)
            case DirectoryTold():
                self.office.directory = event.directory
                return []
            case Wrote():
                return []
            case CauseDue(cause=cause) if type(cause) in self._desk_of:
                return self._desk_of[type(cause)].due(cause, now)
            case _:
                raise AssertionError(f"not a cause of the secretariat: {event!r:.80}")

    def _rule(self, ruling: Ruling, now: datetime) -> list[Action]:
        """A person's word goes to the desk whose subject it is."""
        if ruling.notice is not None:
            return self.notices.rule(ruling, now)
        if ruling.word in (Word.UPHOLD, Word.DISMISS):
            return self.examinations.rule(ruling, now)
        return self.diffusions.rule(ruling, now)

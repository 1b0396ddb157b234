"""Who has acknowledged a warning: bureaus say so within half an hour of an Orange Notice (exercise rule). Pure.

An acknowledgement is a person's ``ACK`` or ``INFO_REPLY`` that quotes the notice's entry; that a machine has opened the
notice is not one. Nobody is reminded: the line in the journal is for whoever runs the exercise.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.office import Office
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import NoticeType
from i247sim.vocabulary.parties import Role

ACKNOWLEDGE_WITHIN = timedelta(minutes=30)
"""From the publication of a warning to its acknowledgement."""
_NAMED = 6


@dataclass(frozen=True)
class Count:
    """Half an hour after a warning: who has it in hand?"""

    record: str


@dataclass
class Warned:
    """Whom one warning went to."""

    notice: str
    bureaus: tuple[str, ...]
    """All but whoever asked for it, and those it was kept from."""
    acknowledged: set[str] = field(default_factory=set)


@dataclass
class AcknowledgementDesk:
    """Counts acknowledgements, by the entry that a notice quotes of itself."""

    office: Office
    open: dict[str, Warned] = field(default_factory=dict)
    causes = (Count,)

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Somebody has a warning in hand."""
        header = event.header
        if header.kind in (Kind.ACK, Kind.INFO_REPLY):
            for quoted in header.quoted:
                if quoted.record in self.open:
                    self.open[quoted.record].acknowledged.add(header.sender)
        return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Nothing."""
        return []

    def due(self, cause: Count, now: datetime) -> list[Action]:
        """Say who has acknowledged, and name some who have not."""
        warned = self.open.pop(cause.record)
        silent = [one for one in warned.bureaus if one not in warned.acknowledged]
        more = f" and {len(silent) - _NAMED} more" if len(silent) > _NAMED else ""
        not_by = f"; not by {', '.join(silent[:_NAMED])}{more}" if silent else ""
        count = f"{len(warned.bureaus) - len(silent)} of {len(warned.bureaus)}"
        return [Remark(f"warning {warned.notice} is acknowledged after half an hour by {count}{not_by}")]

    def published(self, actions: Iterable[Action]) -> list[Action]:
        """Wait for the acknowledgements of each warning among ``actions``."""
        drafts = [one.draft for one in actions if isinstance(one, Send)]
        return [plan for one in drafts for plan in self._wait(one)]

    def _wait(self, draft: Draft) -> list[Action]:
        notice = draft.notice
        if draft.kind is not Kind.NOTICE_PUBLISHED or notice is None or notice.type is not NoticeType.ORANGE:
            return []
        (quoted,) = draft.quoted
        entries = self.office.directory.entries
        readers = (one for one in draft.audience if one not in draft.barred and one != quoted.owner)
        bureaus = tuple(one for one in readers if entries[one].role is Role.BUREAU)
        self.open[quoted.record] = Warned(notice.id or "?", bureaus)
        return [Schedule(ACKNOWLEDGE_WITHIN, Count(quoted.record))]

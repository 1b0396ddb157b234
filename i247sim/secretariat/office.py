"""What all desks of the secretariat share: who takes part, what owners have restricted, and seeded delays. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from i247sim.node.actions import Action
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.policy.statements import barred
from i247sim.vocabulary.contents import RefugeeStatus
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.duties import delay
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Header, Operation, Purpose
from i247sim.vocabulary.parties import SECRETARIAT, Role, State
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.statements import Bars


@dataclass
class Refugees:
    """Who is protected, and from which country. Never by whom: what is not kept cannot be told (resolution of 2017)."""

    keys: set[tuple[str, str, str]] = field(default_factory=set)
    """(Family name in small letters, birth, country of feared persecution)."""

    def learn(self, status: RefugeeStatus) -> tuple[str, str, str]:
        """A member confirms that it protects somebody, or that it no longer does. The key of that person."""
        key = (status.person.family_name.casefold(), status.person.born, status.feared)
        if status.granted:
            self.keys.add(key)
        else:
            self.keys.discard(key)
        return key


@dataclass
class Office:
    """The secretariat's own knowledge, as the hub and the authority told it. Every desk has the same one."""

    directory: Directory
    seed: int
    unheeded: frozenset[Procedure] = frozenset()
    """Procedures that nobody follows in this exercise."""
    restrictions: dict[str, Bars] = field(default_factory=dict)
    """Owner to what it bars (RPD Art. 58), the newest statement of each."""
    refugees: Refugees = field(default_factory=Refugees)
    states: dict[str, State] = field(default_factory=dict)
    """Party to the measure in force against it; absent is ``ACTIVE``."""
    _planned: Counter[str] = field(default_factory=Counter)

    def after(self, purpose: str, span: tuple[int, int]) -> timedelta:
        """A seeded delay between ``span[0]`` and ``span[1]`` seconds: the next of those for this purpose."""
        self._planned[purpose] += 1
        return delay(self.seed, SECRETARIAT, purpose, self._planned[purpose], span)

    def bars(self, owner: str, reader: str, channel: Channel, kind: Kind, purpose: Purpose, record: str) -> bool:
        """Whether ``owner`` or one of its parents bars ``reader``: the same question that the hub's rules ask."""
        return barred(self.directory, self.restrictions, owner, reader, channel, kind, purpose, record)

    def bureau(self, party: str) -> str:
        """The bureau that answers for ``party``: itself, or the first of its parents that is one."""
        for entry in self.directory.lineage(party):
            if entry.role in (Role.BUREAU, Role.INTERNATIONAL):
                return entry.party
        return party

    def with_role(self, *roles: Role) -> Iterator[str]:
        """Enrolled parties that have one of ``roles``, in order of id."""
        return (entry.party for entry in self.directory.with_role(*roles))


def reply(header: Header, kind: Kind, channel: Channel, content: Content, operation: Operation | None = None) -> Draft:
    """An answer to ``header``'s sender, with its purpose, classification, case and references.

    ``operation``: what was done, where the message named a database.
    """
    return Draft(
        kind=kind,
        channel=channel,
        purpose=header.purpose,
        content=content,
        to=(header.sender,),
        classification=header.classification,
        database=header.database if operation else None,
        operation=operation if header.database else None,
        case_ref=header.case_ref,
        your_ref=header.own_ref,
        in_reply_to=header.id,
    )


class Desk(Protocol):
    """One subject of the secretariat's work. ``core`` asks every desk about every message, in a fixed order."""

    @property
    def causes(self) -> tuple[type, ...]:
        """Classes of the causes that it schedules: ``due`` is called with these and no others."""

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """A message was opened; nothing, if it is not this desk's subject."""

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """A message for the secretariat does not open; nothing, if it is not this desk's subject."""

    def due(self, cause: Any, now: datetime) -> list[Action]:
        """The time of something that this desk has scheduled has come. ``cause`` is one of its own ``causes``."""

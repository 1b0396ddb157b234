"""A copy of the databases that a party has taken along (MIND): searched by number where there is no line.

It answers from how things were when it was made, and says how old that is. What was deleted since then is still hit:
so nobody acts on it before the owner has confirmed. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from i247sim.node.actions import Action, Remark, Send
from i247sim.vocabulary.contents import Confirmation
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Database, Purpose, QuotedRecord, Urgency, UrgencyReason
from i247sim.vocabulary.queries import CopiedRecord, LocalCopy
from i247sim.vocabulary.records import Search, marks
from i247sim.vocabulary.times import to_text

_IN_FILE = {Database.BORDER: (Database.SLTD, Database.NOMINAL)}


class Held(Protocol):
    """A record as far as a copy knows it."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def owner(self) -> str:
        """Whose it is."""


class Base(Protocol):
    """The pre-filled records that a copy may refer to."""

    def marked(self, database: Database, mark: str) -> Sequence[Held]:
        """Records with this exact mark."""


@dataclass(frozen=True)
class LookUp:
    """Somebody on the spot looks for a document or a number. ``search`` has marks only."""

    database: Database
    search: Search


@dataclass
class Copies:
    """The copies of one party, the newest of each database. ``parent``: its bureau, for an entity."""

    party: str
    parent: str | None = None
    base: Base | None = None
    _copies: dict[Database, LocalCopy] = field(default_factory=dict)

    def keep(self, copy: LocalCopy) -> list[Action]:
        """A copy has come: it replaces the older one."""
        self._copies[copy.database] = copy
        many = f"{len(copy.marks)} entr{'y' if len(copy.marks) == 1 else 'ies'}"
        return [Remark(f"has a local copy of `{copy.database}` as of {to_text(copy.as_of)}: {many}")]

    def look(self, asked: LookUp, now: datetime) -> list[Action]:
        """Look, and if something is found ask who owns it: a bureau writes to the owner, an entity to its bureau."""
        copy = self._copies.get(asked.database)
        sought = ", ".join(mark for _, mark in marks(asked.search))
        if copy is None:
            return [Remark(f"looked for {sought}, but has no local copy of `{asked.database}`")]
        age = f"as of {to_text(copy.as_of)}, {_age(now - copy.as_of)} old"
        found = self._found(copy, asked)
        if found is None:
            said = f"local copy of `{copy.database}` ({age}): nothing on {sought}; not found does not mean clean"
            return [Remark(said)]
        said = f"local copy of `{copy.database}` ({age}): {sought} is {found.record} of {found.owner}"
        if found.owner == self.party:
            return [Remark(said)]
        return [Remark(f"{said}; unverified until the owner has confirmed"), Send(self._ask(found, sought, age))]

    def _found(self, copy: LocalCopy, asked: LookUp) -> CopiedRecord | None:
        for _, mark in marks(asked.search):
            if mark in copy.marks:
                return copy.marks[mark]
            if copy.file is None or self.base is None:
                continue
            for database in _IN_FILE.get(copy.database, (copy.database,)):
                for one in self.base.marked(database, mark):
                    if one.id not in copy.without and one.owner not in copy.barred:
                        return CopiedRecord(record=one.id, owner=one.owner)
        return None

    def _ask(self, found: CopiedRecord, sought: str, age: str) -> Draft:
        return Draft(
            kind=Kind.HIT_CONFIRM_REQUEST,
            channel=Channel.DIRECT,
            purpose=Purpose.BORDER,
            content=Confirmation(
                record=found.record,
                subject=f"hit on {found.record} in a local copy: is it still valid?",
                text=f"{sought} was found in our local copy, {age}. We do nothing before you have confirmed.",
            ),
            to=(self.parent or found.owner,),
            urgency=Urgency.URGENT,
            urgency_reason=UrgencyReason.PERSON_HELD,
            quoted=(QuotedRecord(owner=found.owner, record=found.record),),
        )


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    days, hours = minutes // (24 * 60), minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"

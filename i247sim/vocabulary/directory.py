"""The directory: who is enrolled, as what, under whom, with which card. A value that changes by numbered deltas.

Signatures are checked elsewhere (``security.trust``); this is only the meaning. What holds for a parent
holds for its children: ``lineage`` gives the chain.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field

from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.errors import FormatError
from i247sim.vocabulary.messages import Classification, Digest
from i247sim.vocabulary.parties import PartyId, Role, groups_of
from i247sim.vocabulary.times import SimTime

ProfileEntry = Annotated[str, Field(pattern=r"^[a-z]{2,12}:(query|create|update|delete)$")]
"""What a party may do with a database: ``sltd:query``."""


class Enrolment(StrEnum):
    """Whether a party takes part at all. Measures are something else (``parties.State``)."""

    ENROLLED = "enrolled"
    REVOKED = "revoked"


class PartyEntry(Word):
    """One party in the directory."""

    party: PartyId
    role: Role
    name: Annotated[str, Field(max_length=80)]
    parent: PartyId | None = None
    clearance: Classification = Classification.OFFICIAL_USE
    """The highest level the party may be sent."""
    profile: tuple[ProfileEntry, ...] = ()
    """Database rights; what is not listed is not allowed."""
    direct: bool = True
    """Whether it may write to foreign bureaus (entities usually may not)."""
    quota: Annotated[int, Field(ge=1, strict=True)] | None = None
    """How many messages it may send in an hour, as its bureau has set (RPD Art. 21); absent: only what all may."""
    enrolment: Enrolment = Enrolment.ENROLLED
    card: Digest
    """SHA-256 of the party's current key card."""
    certificate: Digest
    """SHA-256 of the party's current signing certificate (DER)."""


class DirectoryDelta(Word):
    """One numbered change, signed by the authority. Number 1 is the whole directory."""

    number: Annotated[int, Field(ge=1, strict=True)]
    issued: SimTime
    valid_until: SimTime
    """After this simulated time the directory is too old to trust: fail closed."""
    entries: tuple[PartyEntry, ...]
    """New or changed entries; a party is never removed, only revoked."""


@dataclass(frozen=True)
class Directory:
    """The directory at one number. ``Directory()`` is the empty one before number 1."""

    number: int = 0
    valid_until: datetime | None = None
    entries: Mapping[str, PartyEntry] = field(default_factory=dict)

    def apply(self, delta: DirectoryDelta) -> "Directory":
        """The next directory. Raises ``FormatError`` if ``delta`` is not the next number (no gap, no rollback)."""
        if delta.number != self.number + 1:
            raise FormatError(f"directory change {delta.number} does not follow {self.number}")
        changed = dict(self.entries)
        changed.update({entry.party: entry for entry in delta.entries})
        for entry in delta.entries:
            if entry.parent is not None and entry.parent not in changed:
                raise FormatError(f"the parent `{entry.parent}` of `{entry.party}` is not enrolled")
        return Directory(delta.number, delta.valid_until, changed)

    def fresh(self, now: datetime) -> bool:
        """Whether the directory may still be trusted at ``now``."""
        return self.valid_until is not None and now <= self.valid_until

    def lineage(self, party: str) -> Iterator[PartyEntry]:
        """The party's entry, then its parent's, and so on. Ends at an unknown party or a circle."""
        seen: set[str] = set()
        entry = self.entries.get(party)
        while entry is not None and entry.party not in seen:
            seen.add(entry.party)
            yield entry
            entry = self.entries.get(entry.parent) if entry.parent else None

    def enrolled(self, party: str) -> bool:
        """Whether the party and everybody above it are known and not revoked."""
        return party in self._enrolled

    @cached_property
    def _enrolled(self) -> frozenset[str]:
        return frozenset(
            party
            for party in self.entries
            if all(entry.enrolment is Enrolment.ENROLLED for entry in self.lineage(party))
        )

    def with_role(self, *roles: Role) -> list[PartyEntry]:
        """All enrolled parties of these roles, in order of id."""
        return [
            self.entries[party]
            for party in sorted(self.entries)
            if self.entries[party].role in roles and self.enrolled(party)
        ]

    def groups(self, party: str) -> tuple[str, ...]:
        """The groups (``members``, region) that the party or one of its parents belongs to."""
        found: list[str] = []
        for entry in self.lineage(party):
            found += [group for group in groups_of(entry.party) if group not in found]
        return tuple(found)

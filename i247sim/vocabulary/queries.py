"""What bureaus ask of the secretariat's databases and enter into them, and what is answered.

The shape of a record, and of a search for one, is in ``records``.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import (
    CaseReference,
    Classification,
    Database,
    Digest,
    OfficerId,
    Operation,
    Purpose,
    RecordId,
    Reference,
)
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.records import Date, Line, Particulars, Search
from i247sim.vocabulary.times import SimTime


class RecordEntry(Content, Particulars):
    """An owner enters, changes or deletes a record of its own."""

    database: Database
    operation: Literal[Operation.CREATE, Operation.UPDATE, Operation.DELETE]
    record: RecordId | None = None


class Query(Content, Search):
    """A query: a search (first step), a record by its id (second step), many searches at once, a copy to take along,
    or, for an owner, who looked at its record."""

    database: Database
    record: RecordId | None = None
    """The whole of this record."""
    batch: Annotated[tuple[Search, ...], Field(min_length=1, max_length=50)] | None = None
    """Many searches in one message; the answers come in the same order."""
    looks: bool | None = None
    """With ``record``: who has looked at it (RPD Art. 67). For its owner."""
    copy_: Annotated[bool | None, Field(alias="copy")] = None
    """A copy of what can be searched by number, to be used where there is no line (MIND)."""


class Finding(StrEnum):
    """The result of a query. A restriction and an absence both say ``NO_RECORD``."""

    NO_RECORD = "NO_RECORD"
    CANDIDATES = "CANDIDATES"
    HIT = "HIT"
    INCONCLUSIVE = "INCONCLUSIVE"
    """Of a search for a face: neither a candidate nor none."""
    OK = "OK"
    """To a partner: nothing to refer."""
    REFER = "REFER"
    """To a partner: refer the document to the police. Nothing else is said."""
    DONE = "DONE"
    """An entry was made, or a copy is enclosed."""
    REFUSED = "REFUSED"
    """Not taken: ``code`` and ``problems`` say why."""


class Hit(Word):
    """One matching record, as far as the querier may see it."""

    database: Database
    record: RecordId
    owner: PartyId
    matched: tuple[str, ...]
    """Names of the fields that matched; in brackets, how far."""
    score: Annotated[int, Field(ge=0, le=100)] = 100
    """How well it matches, in percent."""
    summary: Line
    instruction: Line
    classification: Classification = Classification.OFFICIAL_USE
    owner_ref: Line | None = None
    """The owner's own reference, to be quoted when writing to it."""


class WholeRecord(Particulars):
    """A record as its second query shows it."""

    created_on: Date | None = None


class Look(Word):
    """That somebody was shown a record, or would have been but for a restriction."""

    time: SimTime
    querier: PartyId
    """Bureau, entity or sub-bureau that asked."""
    query: Reference
    purpose: Purpose
    shown: bool
    whole: bool = False
    """Whether it was the whole record."""
    asked: Line | None = None
    """What was searched for, in words; absent where the whole record was asked for."""
    case: CaseReference | None = None
    """In which case; absent: in none that anybody has named."""
    officer: OfficerId | None = None
    """Who asked there, as the querier says."""


class Answered(Word):
    """The answer to one search of a batch."""

    finding: Finding
    hits: tuple[Hit, ...] = ()
    problems: tuple[Line, ...] | None = None


class CopiedRecord(Word):
    """One record in a local copy."""

    record: RecordId
    owner: PartyId


class LocalCopy(Word):
    """What a party takes along to search by number without a line (MIND): how it was at ``as_of``, and no later."""

    database: Database
    as_of: SimTime
    marks: dict[Line, CopiedRecord]
    """Comparable mark (``records.marks``) to what is known of it."""
    file: Digest | None = None
    """Besides, the pre-filled records of this file, which the holder has as well."""
    without: tuple[RecordId, ...] = ()
    """Records of the file that were deleted or changed by then."""
    barred: tuple[PartyId, ...] = ()
    """Owners whose records in the file are not for the holder."""


class QueryResult(Content):
    """The answer to a query or to an entry."""

    finding: Finding
    hits: tuple[Hit, ...] = ()
    code: Code | None = None
    """Why a query or an entry was not taken."""
    problems: tuple[Line, ...] | None = None
    """Everything that is wrong with it."""
    record: RecordId | None = None
    """The record that an entry made or changed."""
    as_of: SimTime | None = None
    """How the databases stood at this time."""
    more: Annotated[int | None, Field(ge=1)] = None
    """How many further candidates there are: ask more precisely."""
    whole: WholeRecord | None = None
    batch: tuple[Answered, ...] | None = None
    looks: tuple[Look, ...] | None = None
    copy_: Annotated[LocalCopy | None, Field(alias="copy")] = None
    fill: Annotated[str, StringConstraints(pattern=r"^ *$", max_length=60_000)] | None = None
    """Blanks: an answer that finds something is no longer than one that does not."""


class HitReport(Content):
    """To querying bureau and owner: a record was hit. Silent to the querier when restricted."""

    record: RecordId
    database: Database
    owner: PartyId
    querier: PartyId
    query: Reference
    """The querier's reference of the query."""
    instruction: Line = "do not act before the owner has confirmed"

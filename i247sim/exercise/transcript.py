"""What happened, in a form that is the same every time: the canonical transcript of a run, and its digest.

No ids, ciphertext, retries or log indices: messages have logical names (``FR#12`` is the message with FR's
own reference number 12), contents are named by their digests. Same scenario, seed and version: same digest,
at any pace and over any broker.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Channel, Kind, in_words
from i247sim.vocabulary.queries import Finding
from i247sim.vocabulary.times import to_text

REFERENCE = re.compile(r"[A-Z]{2,9}(?:-[a-z0-9]{1,24}){0,3}-[0-9]{4}-[0-9]{6}")
"""A bureau's own reference, wherever it stands in a text."""


def logical_name(own_ref: str) -> str:
    """``FR-2026-000012`` as ``FR#12``, ``FR-cdg-border-2026-000003`` as ``FR-cdg-border#3``."""
    party, _, number = own_ref.rsplit("-", 2)
    return f"{party}#{int(number)}"


def with_logical_names(text: str) -> str:
    """``text`` for people: every reference in it by its logical name."""
    return REFERENCE.sub(lambda found: logical_name(found[0]), text)


@dataclass(frozen=True)
class Decision:
    """What the hub said of one (message, addressee) pair: ``QUEUED`` (allowed), ``REFUSED``, ``HELD`` or,
    at hand-over, ``WITHHELD``."""

    party: str
    outcome: Outcome
    code: Code | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reached:
    """Where a (message, addressee) pair stood from ``time`` on."""

    party: str
    time: datetime
    outcome: Outcome
    code: Code | None = None


@dataclass(frozen=True)
class MessageRow:
    """One message. ``time`` is when the sender sent it, on the exercise clock."""

    time: datetime
    sender: str
    name: str
    """Logical name, such as ``FR#12``."""
    kind: Kind
    channel: Channel
    addressees: tuple[str, ...]
    """All parties named, barred ones of an audience included; any order (``Transcript`` sorts)."""
    plaintext: str
    """``contents.digest`` of the content."""
    code: Code | None = None
    """Why the hub refused the whole; then there are no decisions."""
    decisions: tuple[Decision, ...] = ()
    reached: tuple[Reached, ...] = ()
    """Every outcome of every pair with its time; the order for one party is the order in time."""
    answers: str | None = None
    """Logical name of the message that this one answers (from ``your_ref``)."""
    finding: Finding | None = None
    """What a ``DB_RESULT`` says; never travels in clear."""
    records: tuple[str, ...] = ()
    """The records a ``DB_RESULT`` shows as hits, or made."""
    label: str | None = None
    """The author's name for it in the scenario. Not part of the canonical text."""

    def outcome(self, party: str, by: datetime | None = None) -> Reached | None:
        """Where the pair stood at ``by`` (included), or at the end; ``None`` if nothing was known by then."""
        known = [one for one in self.reached if one.party == party and (by is None or one.time <= by)]
        return known[-1] if known else None


class StatementType(StrEnum):
    """What else the hub puts in force, besides messages."""

    RESTRICTION = "restriction"
    ACCEPTANCE = "acceptance"
    MEASURE = "measure"
    NOTICE_DECISION = "notice-decision"
    REVOCATION = "revocation"
    RELEASE = "release"


@dataclass(frozen=True)
class StatementRow:
    """A statement that came into force, or was refused."""

    time: datetime
    author: str
    type: StatementType
    target: str = ""
    """The party it is about (measure, revocation), or the logical name of a request (notice decision)."""
    statement: str = ""
    """What it says, in one canonical form: JSON text, or a word such as the state. No random values."""
    code: Code | None = None


@dataclass(frozen=True)
class AppealRow:
    """A desk told whoever runs the exercise that somebody does not answer (``node.actions.Appeal``)."""

    time: datetime
    party: str
    silent: str
    asked: Kind
    since: datetime

    @property
    def says(self) -> str:
        """The same in words, without the desk that says it."""
        asked = f"{in_words(self.asked)} of {to_text(self.since)}"
        return f"tells exercise control that {self.silent} has not answered its {asked}"


Row = MessageRow | StatementRow | AppealRow


@dataclass(frozen=True)
class Transcript:
    """The rows of a run in canonical order: by time, author, then the author's numbering."""

    rows: tuple[Row, ...] = field(default=())

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Transcript":
        """A transcript of ``rows`` in any order."""
        return cls(tuple(sorted(rows, key=_order)))

    def messages(self) -> tuple[MessageRow, ...]:
        """The messages alone, in canonical order."""
        return tuple(row for row in self.rows if isinstance(row, MessageRow))

    def appeals(self) -> tuple[AppealRow, ...]:
        """What exercise control was told, in canonical order."""
        return tuple(row for row in self.rows if isinstance(row, AppealRow))

    def never_asked(self, appeal: AppealRow) -> Reached | None:
        """Where the question stands that a desk says is not answered, if it never came to whoever is waited for."""
        for row in self.messages():
            if (row.sender, row.kind, row.time) == (appeal.party, appeal.asked, appeal.since):
                stands = row.outcome(appeal.silent)
                if stands is not None and stands.outcome not in (Outcome.DELIVERED, Outcome.OPENED):
                    return stands
        return None

    def named(self, reference: str) -> MessageRow | None:
        """The message that a scenario calls ``reference``: a label, ``FR#3``, ``IPSG:NOTICE_PUBLISHED`` (the first
        of that kind) or ``IPSG:NOTICE_PUBLISHED:2``; ``None`` if there was none."""
        messages = self.messages()
        if ":" in reference:
            sender, kind, *nth = reference.split(":")
            found = [row for row in messages if row.sender == sender and row.kind == kind]
            place = int(nth[0]) - 1 if nth else 0
            return found[place] if place < len(found) else None
        name = "name" if "#" in reference else "label"
        return next((row for row in messages if getattr(row, name) == reference), None)

    def canonical_text(self) -> str:
        """One line of canonical JSON per row, each with its line end."""
        return "".join(canonical(_plain(row)).decode() + "\n" for row in self.rows)

    def digest(self) -> str:
        """SHA-256 (hex) of the canonical text."""
        return hashlib.sha256(self.canonical_text().encode()).hexdigest()


def _order(row: Row) -> tuple[datetime, str, int, int, str]:
    match row:
        case MessageRow():
            return (row.time, row.sender, 1, int(row.name.rsplit("#", 1)[1]), "")
        case StatementRow():
            return (row.time, row.author, 0, 0, f"{row.type}\0{row.target}\0{row.statement}")
        case AppealRow():
            return (row.time, row.party, 2, 0, f"{row.silent}\0{row.asked}\0{to_text(row.since)}")


def _plain(row: Row) -> dict[str, object]:
    match row:
        case StatementRow():
            return {
                "time": to_text(row.time),
                "statement": row.type,
                "from": row.author,
                "target": row.target,
                "says": row.statement,
                "code": row.code,
            }
        case AppealRow():
            return {
                "time": to_text(row.time),
                "appeal": row.asked,
                "from": row.party,
                "silent": row.silent,
                "since": to_text(row.since),
            }
        case MessageRow():
            ends = {one.party: one for one in row.reached}
            return {
                "time": to_text(row.time),
                "from": row.sender,
                "name": row.name,
                "kind": row.kind,
                "channel": row.channel,
                "to": sorted(row.addressees),
                "plaintext": row.plaintext,
                "code": row.code,
                "answers": row.answers,
                "decisions": [
                    [one.party, one.outcome, one.code, list(one.rules)]
                    # Sorted by party only: a second decision on one pair stays behind the first.
                    for one in sorted(row.decisions, key=lambda one: one.party)
                ],
                "outcomes": [
                    [party, ends[party].outcome, ends[party].code, to_text(ends[party].time)] for party in sorted(ends)
                ],
            }

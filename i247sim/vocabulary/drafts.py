"""What a core asks to be sent, before any key or random number is involved."""

from dataclasses import dataclass
from datetime import timedelta

from i247sim.vocabulary.contents import Content
from i247sim.vocabulary.messages import (
    Channel,
    Classification,
    Database,
    Handling,
    Kind,
    NoticeRef,
    Operation,
    Purpose,
    QuotedRecord,
    Suite,
    Tlp,
    Urgency,
    UrgencyReason,
)

DEFAULT_LIFE = timedelta(days=10)
"""How long a message may wait for its addressees, if its author says nothing."""
MAX_LIFE = timedelta(days=90)
"""The longest life the hub accepts: so long must it remember ids."""


@dataclass(frozen=True)
class Draft:
    """One message to be sealed and sent by a shell.

    Exactly one of ``to`` (parties; groups already expanded) and ``audience`` (a notice: all parties named in
    the hub part) is set. Parties in ``barred`` are named in the audience without a stanza.
    """

    kind: Kind
    channel: Channel
    purpose: Purpose
    content: Content
    to: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    barred: frozenset[str] = frozenset()
    classification: Classification = Classification.OFFICIAL_USE
    suite: Suite | None = None
    """Absent: the least that channel and classification ask for."""
    handling: tuple[Handling, ...] = ()
    tlp: Tlp | None = None
    grading: str | None = None
    notice: NoticeRef | None = None
    database: Database | None = None
    operation: Operation | None = None
    urgency: Urgency = Urgency.NORMAL
    urgency_reason: UrgencyReason | None = None
    lang: str = "en"
    on_behalf_of: str | None = None
    case_ref: str | None = None
    your_ref: str | None = None
    """The own reference of the message that is answered."""
    in_reply_to: str | None = None
    """The id of the message that is answered."""
    quoted: tuple[QuotedRecord, ...] = ()
    consent_ref: str | None = None
    approvals: tuple[str, ...] = ()
    reply_within: timedelta | None = None
    life: timedelta = DEFAULT_LIFE
    salt: str | None = None
    """For the body's proofs; drawn by a shell from the system, never by a core."""
    label: str | None = None
    """The author's name for this message in a scenario; never travels."""

"""What a core asks to be sent, before any key or random number is involved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import (
    Addressee,
    AudienceMember,
    Classification,
    Database,
    Handling,
    Header,
    NoticeRef,
    Operation,
    Purpose,
    QuotedRecord,
    Suite,
    Tlp,
    Urgency,
    UrgencyReason,
    least_suite,
)

DEFAULT_LIFE = timedelta(days=10)
"""How long a message may wait for its addressees, if its author says nothing."""


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
    officer: str | None = None
    """Who writes at the sender's desk: an opaque id, asserted by the sender alone."""
    approvals: tuple[str, ...] = ()
    reply_within: timedelta | None = None
    life: timedelta = DEFAULT_LIFE
    salt: str | None = None
    """For the body's proofs; drawn by a shell from the system, never by a core."""
    label: str | None = None
    """The author's name for this message in a scenario; never travels."""

    def header(
        self,
        *,
        run: str,
        id_: str,
        sender: str,
        signing_key: str,
        keys: Mapping[str, str],
        own_ref: str,
        in_reply_to: str | None,
        created: datetime,
        padded_size: int,
    ) -> Header:
        """The header of this message, once ``sender`` has given it an id, a reference and a time.

        ``keys``: the id of the KEM key of every party in ``to``, which must all be there. ``in_reply_to``: the id of
        the message whose reference is ``your_ref``, if the sender knows it and the draft does not say. ``created``:
        UTC, by the sender's clock. ``padded_size``: bytes of the prepared body. The author's ``label``, ``barred`` and
        ``salt`` do not travel in it, and an audience stands in the hub part (``members``).
        Raises ``pydantic.ValidationError`` for what may not stand in a header together.
        """
        return Header(
            suite=self.suite or least_suite(self.channel, self.classification),
            run=run,
            id=id_,
            sender=sender,
            on_behalf_of=self.on_behalf_of,
            signing_key=signing_key,
            to=tuple(Addressee(party=party, key=keys[party]) for party in self.to) or None,
            audience="members" if self.audience else None,
            channel=self.channel,
            kind=self.kind,
            notice=self.notice,
            database=self.database,
            operation=self.operation,
            purpose=self.purpose,
            classification=self.classification,
            handling=self.handling,
            tlp=self.tlp,
            grading=self.grading,
            urgency=self.urgency,
            urgency_reason=self.urgency_reason,
            lang=self.lang,
            case_ref=self.case_ref,
            own_ref=own_ref,
            your_ref=self.your_ref,
            in_reply_to=self.in_reply_to or in_reply_to,
            quoted=self.quoted,
            consent_ref=self.consent_ref,
            officer=self.officer,
            approvals=self.approvals,
            created=created,
            reply_by=created + self.reply_within if self.reply_within else None,
            expires=created + self.life,
            padded_size=padded_size,
        )

    def members(self, keys: Mapping[str, str]) -> tuple[AudienceMember, ...]:
        """The audience as the hub part names it. ``keys`` as for ``header``; a party without one gets no stanza."""
        return tuple(AudienceMember(party=party, key=keys.get(party)) for party in self.audience)


def anew(
    old: Header, reader: str, key: str, *, id_: str, own_ref: str, created: datetime
) -> tuple[Header, tuple[AudienceMember, ...]]:
    """Header and audience of a message that is sent once more, to ``reader`` alone and its newest KEM ``key``.

    It supersedes the ``old`` one and lives as long as that one from ``created`` on (UTC, by the sender's clock).
    """
    header = old.model_copy(
        update={
            "id": id_,
            "own_ref": own_ref,
            "to": None if old.audience else (Addressee(party=reader, key=key),),
            "supersedes": old.id,
            "created": created,
            "expires": created + (old.expires - old.created),
        }
    )
    return header, (AudienceMember(party=reader, key=key),) if old.audience else ()

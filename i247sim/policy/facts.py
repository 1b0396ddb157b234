"""What a rule may look at: one message's declared facts, and the world it is decided in. Pure values."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import (
    Classification,
    Database,
    Handling,
    Header,
    HubPart,
    NoticeType,
    Operation,
    Purpose,
    Suite,
)
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.statements import Bars


class Review(StrEnum):
    """What the log says about the reviewer's decision that a publication quotes; found out by the hub."""

    NONE = "none"
    """Not a publication: no decision is asked for."""
    VALID = "valid"
    """It exists, says publish, is for this request and type, and was not used."""
    MISSING = "missing"
    """None is quoted, or the quoted one is not in the log."""
    FOREIGN = "foreign"
    """It is for another request or type, or it refuses."""
    USED = "used"
    """Another publication has used it."""


class Consent(StrEnum):
    """Whether the owners of what is passed on have consented (RPD Art. 65); found out by the hub from headers."""

    NONE = "none"
    """Nothing of others is quoted: no consent is asked for."""
    VALID = "valid"
    """The quoted reply of the owner consents, to this sender, for these records."""
    MISSING = "missing"
    """None is quoted, or no such reply is in the log, or it no longer holds."""
    FOREIGN = "foreign"
    """It is somebody else's, or about other records."""
    PURPOSE = "purpose"
    """It was given for another purpose (RPD Art. 64)."""
    CONDITIONS = "conditions"
    """The owner's marks on what a reader may do do not travel with the data."""


class Emergency(StrEnum):
    """Whether an urgent threat releases restricted data (RPD Art. 59); found out by the hub from headers."""

    NONE = "none"
    """Not such a release."""
    VALID = "valid"
    """The owner was asked, its short time is over without a refusal, or it agrees; two officers approve."""
    UNASKED = "unasked"
    """The owner was not asked about these records."""
    EARLY = "early"
    """The owner's time to answer is not over."""
    REFUSED = "refused"
    """The owner has refused."""
    ALONE = "alone"
    """Fewer than two officers have approved."""


@dataclass(frozen=True)
class Standing:
    """What the hub's log says about what a header refers to, as far as rules may know it. The default: nothing."""

    review: Review = Review.NONE
    notice_owner: str | None = None
    """At whose request the notice that the header names was published; ``None``: no such notice."""
    consent: Consent = Consent.NONE
    emergency: Emergency = Emergency.NONE
    received: bool = False
    """Whether the sender was handed the message that it answers."""
    missing: bool = False
    """Whether it quotes the record of a person whom a Yellow Notice looks for."""
    released: bool = False
    """Whether the secretariat has released it after it was held."""


NOTHING = Standing()


@dataclass(frozen=True)
class MessageFacts:
    """What sender and hub state about one message, as far as rules may read it. Never content.

    ``named``: all addressees in order. ``sealed_to``: those among them that have a stanza. ``audience``: whether
    they stand in the hub part (a notice) and not in the header. ``quoted``: (owner, record id) of every record
    that the header declares; the sender is also the owner of whatever it sends.
    """

    id: str = field(compare=False)
    """Only a name: no rule may look at it."""
    sender: str
    on_behalf_of: str | None
    channel: Channel
    kind: Kind
    purpose: Purpose
    notice_type: NoticeType | None
    database: Database | None
    operation: Operation | None
    classification: Classification
    suite: Suite
    named: tuple[str, ...]
    sealed_to: tuple[str, ...]
    audience: bool
    quoted: tuple[tuple[str, str], ...]
    review: Review
    handling: tuple[Handling, ...] = ()
    notice_named: bool = False
    """Whether the header names a notice by its number."""
    answers_own: bool = False
    """Whether the message that it answers is its sender's own, or of whom that acts for: a reference says whose."""
    onward: tuple[str, ...] = ()
    """Owners of quoted records who are neither the sender nor of its house: whose data are passed on."""
    standing: Standing = NOTHING

    def records_of(self, owner: str) -> tuple[str, ...]:
        """The records of ``owner`` that the message quotes."""
        return tuple(record for quoted_owner, record in self.quoted if quoted_owner == owner)


def passed_on(header: Header, directory: Directory) -> tuple[str, ...]:
    """Owners of the records that ``header`` quotes, less the sender's own house (parents and children). In order."""
    if not header.quoted:
        return ()
    acts_for = header.on_behalf_of or header.sender
    house = {one.party for one in directory.lineage(acts_for)} | {acts_for, header.sender}
    return tuple(
        dict.fromkeys(
            one.owner
            for one in header.quoted
            if one.owner not in house and acts_for not in {above.party for above in directory.lineage(one.owner)}
        )
    )


def facts_of(
    header: Header, hub_part: HubPart, standing: Standing = NOTHING, onward: tuple[str, ...] = ()
) -> MessageFacts:
    """The facts of a verified header and hub part. ``standing``: what the hub's log says; ``onward``: ``passed_on``.

    With ``to`` in the header the hub part's audience is not looked at: nobody without a place in the signed,
    visible list is an addressee then.
    """
    if header.to is not None:
        named = tuple(one.party for one in header.to)
        sealed_to = named
    else:
        named = tuple(one.party for one in hub_part.audience)
        sealed_to = tuple(one.party for one in hub_part.audience if one.key is not None)
    return MessageFacts(
        id=header.id,
        sender=header.sender,
        on_behalf_of=header.on_behalf_of,
        channel=header.channel,
        kind=header.kind,
        purpose=header.purpose,
        notice_type=header.notice.type if header.notice else None,
        database=header.database,
        operation=header.operation,
        classification=header.classification,
        suite=header.suite,
        named=named,
        sealed_to=sealed_to,
        audience=header.audience is not None,
        quoted=tuple((one.owner, one.record) for one in header.quoted),
        review=standing.review,
        handling=header.handling,
        notice_named=header.notice is not None and header.notice.id is not None,
        answers_own=header.your_ref is not None
        and header.your_ref.rsplit("-", 2)[0] in (header.sender, header.on_behalf_of),
        onward=onward,
        standing=standing,
    )


@dataclass(frozen=True)
class World:
    """What is in force when a decision is made: directory, measures, restrictions, acceptances.

    ``states``: party to its measure; absent is ``ACTIVE``. ``restrictions``: owner to the readers it bars.
    ``acceptances``: receiver to the senders it does not accept. All by party id.
    """

    directory: Directory
    states: Mapping[str, State] = field(default_factory=dict)
    restrictions: Mapping[str, Bars] = field(default_factory=dict)
    acceptances: Mapping[str, Bars] = field(default_factory=dict)

    def statements_digest(self) -> str:
        """SHA-256 (hex) over all statements in force; ``ACTIVE`` and empty lists count as not stated."""
        value = {
            "restrictions": _stated(self.restrictions),
            "acceptances": _stated(self.acceptances),
            "states": {party: str(state) for party, state in self.states.items() if state is not State.ACTIVE},
        }
        return hashlib.sha256(b"i247/v1/statements\0" + canonical(value)).hexdigest()


def _stated(statements: Mapping[str, Bars]) -> dict[str, object]:
    return {party: [bar.plain() for bar in bars.bars] for party, bars in statements.items() if bars.bars}

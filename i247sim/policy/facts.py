"""What a rule may look at: one message's declared facts, and the world it is decided in. Pure values."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.messages import (
    Channel,
    Classification,
    Database,
    Header,
    HubPart,
    Kind,
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


@dataclass(frozen=True)
class MessageFacts:
    """What sender and hub state about one message, as far as rules may read it. Never content.

    ``named``: all addressees in order. ``sealed_to``: those among them that have a stanza. ``audience``: whether
    they stand in the hub part (a notice) and not in the header. ``quoted``: (owner, record id) of every record
    that the header declares; the sender is also the owner of whatever it sends.
    """

    id: str
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

    def records_of(self, owner: str) -> tuple[str, ...]:
        """The records of ``owner`` that the message quotes."""
        return tuple(record for quoted_owner, record in self.quoted if quoted_owner == owner)


def facts_of(header: Header, hub_part: HubPart, review: Review) -> MessageFacts:
    """The facts of a verified header and hub part. ``review`` is what the hub's log says (``NONE`` if not asked).

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
        review=review,
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
    return {
        party: [bar.model_dump(mode="json", exclude_none=True) for bar in bars.bars]
        for party, bars in statements.items()
        if bars.bars
    }

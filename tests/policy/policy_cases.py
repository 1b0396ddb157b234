"""A small fictional world and messages in it, for the tests of the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import settings

from i247sim.policy.engine import Engine
from i247sim.policy.facts import Consent, Emergency, MessageFacts, Review, Standing, World
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Verdict
from i247sim.vocabulary.directory import Directory, Enrolment, PartyEntry
from i247sim.vocabulary.kinds import CHANNEL_OF, Channel, Kind
from i247sim.vocabulary.messages import (
    Classification,
    Database,
    Handling,
    NoticeType,
    Operation,
    Purpose,
    Suite,
    least_suite,
)
from i247sim.vocabulary.parties import Role, State
from i247sim.vocabulary.statements import Bar, Bars, Scope

FULL = tuple(f"{database}:{operation}" for database in Database for operation in Operation)
HIGH = Classification.CONFIDENTIAL
ENGINE = Engine(Rulebook.load())
QUICK = settings(max_examples=60, deadline=None)
"""For property tests: few examples by default, and no judgement of time on a shared machine."""


def entry(party: str, role: Role, parent: str | None = None, **more: Any) -> PartyEntry:
    fields = {"clearance": HIGH, "name": f"fictional {party}", "card": "0" * 64, "certificate": "0" * 64, **more}
    return PartyEntry(party=party, role=role, parent=parent, **fields)


PARTIES = (
    entry("IPSG", Role.SECRETARIAT),
    entry("NDTF", Role.REVIEWER),
    entry("HUB", Role.HUB),
    entry("CONTROL", Role.CONTROL),
    entry("AUTHORITY", Role.AUTHORITY),
    entry("UNSC", Role.INTERNATIONAL),
    entry("FR", Role.BUREAU, profile=FULL),
    entry("FR-cdg-border", Role.ENTITY, "FR", profile=("sltd:query",), direct=False),
    entry("FR-harbour", Role.ENTITY, "FR", profile=("sltd:query", "sltd:create"), direct=False),
    entry("DE", Role.BUREAU, profile=FULL),
    entry("DE-special", Role.ENTITY, "DE", profile=("nominal:query", "sltd:query"), direct=True),
    entry("BR", Role.BUREAU, profile=FULL, clearance=Classification.RESTRICTED),
    entry("GB", Role.BUREAU, profile=FULL),
    entry("GB-gibraltar", Role.SUB_BUREAU, "GB", profile=("nominal:query", "sltd:query")),
    entry("JP", Role.BUREAU, profile=(*FULL, "silver:create", "silver:query")),
    entry("CCF", Role.COMMISSION),
    entry("IT", Role.BUREAU, profile=FULL, enrolment=Enrolment.REVOKED),
    entry("IT-post", Role.ENTITY, "IT", profile=("sltd:query",), direct=False),
    entry("XP-airline", Role.PARTNER, profile=("sltd:query", "nominal:query"), clearance=Classification.OFFICIAL_USE),
)
DIRECTORY = Directory(number=1, entries={one.party: one for one in PARTIES})


def directory(*changed: PartyEntry) -> Directory:
    """The directory with some entries replaced or added."""
    return Directory(2, None, {**DIRECTORY.entries, **{one.party: one for one in changed}})


def bars(*whom: str, **scope: Any) -> Bars:
    """Bars against all of ``whom``, with one scope."""
    return Bars(bars=tuple(Bar(whom=one, scope=Scope(**scope)) for one in whom))


def world(
    states: Mapping[str, State] | None = None,
    restrictions: Mapping[str, Bars] | None = None,
    acceptances: Mapping[str, Bars] | None = None,
    directory: Directory = DIRECTORY,
) -> World:
    return World(directory, states or {}, restrictions or {}, acceptances or {})


CALM = world()

_PURPOSE = {
    Kind.COMPLIANCE_QUERY: Purpose.COMPLIANCE,
    Kind.NOTICE_REQUEST: Purpose.WANTED,
    Kind.NOTICE_PUBLISHED: Purpose.WANTED,
    Kind.DIFFUSION: Purpose.WANTED,
    Kind.DB_QUERY: Purpose.BORDER,
    Kind.DB_RESULT: Purpose.BORDER,
}
_OPERATION = {
    Kind.DB_QUERY: Operation.QUERY,
    Kind.DB_RECORD: Operation.CREATE,
    Kind.DB_UPDATE: Operation.UPDATE,
    Kind.DB_DELETE: Operation.DELETE,
}


def message(
    kind: Kind = Kind.INFO_REQUEST,
    sender: str = "FR",
    to: tuple[str, ...] = ("DE",),
    *,
    channel: Channel | None = None,
    purpose: Purpose | None = None,
    notice_type: NoticeType | None = None,
    database: Database | None = None,
    operation: Operation | None = None,
    classification: Classification = Classification.OFFICIAL_USE,
    sealed_to: tuple[str, ...] | None = None,
    audience: bool | None = None,
    quoted: tuple[tuple[str, str], ...] = (),
    review: Review | None = None,
    handling: tuple[Handling, ...] | None = None,
    notice_owner: str | None = None,
    notice_named: bool | None = None,
    consent: Consent | None = None,
    emergency: Emergency = Emergency.NONE,
    received: bool = False,
    missing: bool = False,
    released: bool = False,
    answers_own: bool | None = None,
    on_behalf_of: str | None = None,
    suite: Suite | None = None,
) -> MessageFacts:
    """A well-meant message; what is not said follows from the kind."""
    channel = channel or CHANNEL_OF[kind][0]
    published = kind in (Kind.NOTICE_PUBLISHED, Kind.NOTICE_UPDATE)
    review = review or (Review.VALID if published else Review.NONE)
    house = sender.split("-", maxsplit=1)[0]
    onward = tuple(dict.fromkeys(owner for owner, _ in quoted if not owner.startswith(house)))
    purpose = purpose or _PURPOSE.get(kind, Purpose.CASE)
    if handling is None:
        handling = (Handling.REVIEW_PENDING,) if kind is Kind.DIFFUSION and purpose is Purpose.WANTED else ()
    operation = operation or _OPERATION.get(kind)
    return MessageFacts(
        id="0123456789abcdef" * 2,
        sender=sender,
        on_behalf_of=on_behalf_of,
        channel=channel,
        kind=kind,
        purpose=purpose,
        notice_type=notice_type or (NoticeType.RED if published or kind is Kind.NOTICE_REQUEST else None),
        database=database or (Database.SLTD if operation else None),
        operation=operation,
        classification=classification,
        suite=suite or least_suite(channel, classification),
        named=to,
        sealed_to=to if sealed_to is None else sealed_to,
        audience=channel is Channel.NOTICE if audience is None else audience,
        quoted=quoted,
        review=review,
        handling=handling,
        notice_named=notice_owner is not None if notice_named is None else notice_named,
        answers_own=kind is Kind.DIFFUSION_CANCEL and sender != "IPSG" if answers_own is None else answers_own,
        onward=onward,
        standing=Standing(
            review=review,
            notice_owner=notice_owner,
            consent=consent or (Consent.VALID if onward else Consent.NONE),
            emergency=emergency,
            received=received,
            missing=missing,
            released=released,
        ),
    )


def published(to: tuple[str, ...] = ("FR", "DE", "BR"), **more: Any) -> MessageFacts:
    """A red notice that FR asked for, as the secretariat publishes it."""
    return message(Kind.NOTICE_PUBLISHED, "IPSG", to, **{"quoted": (("FR", "NOM-000017"),), **more})


def decide(world: World, facts: MessageFacts, party: str | None, engine: Engine = ENGINE) -> Verdict:
    """As the hub does: the whole message first, then (if that is allowed and asked for) one addressee."""
    whole = engine.decide_message(world, facts)
    if party is None or not whole.allowed:
        return whole
    return engine.decide_addressees(world, facts, (party,))[party]


@dataclass(frozen=True)
class Row:
    """One line of the decision table."""

    sentence: str
    facts: MessageFacts
    party: str | None
    """Whose copy is asked about; ``None``: the message as a whole."""
    expected: str
    """``allowed``, ``held`` or a code."""
    rules: tuple[str, ...]
    """Exactly the rules that decide; none: no rule permits it, or an unknown party."""
    world: World = CALM


def row(sentence: str, facts: MessageFacts, party: str | None, expected: str, rules: str, world: World = CALM) -> Row:
    return Row(sentence, facts, party, expected, tuple(rules.split()), world)

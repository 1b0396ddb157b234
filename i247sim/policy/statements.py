"""From what owners bar and receivers decline to the sets that the fixed rules look at.

The closed vocabulary (``vocabulary.statements``) is matched here; whether an addressee is in a barred party or
group is left to the rules, through the hierarchy (a party is in its parent, a member in its groups).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from i247sim.policy.facts import MessageFacts, World
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Purpose
from i247sim.vocabulary.parties import REGIONS
from i247sim.vocabulary.statements import Bar, Bars

GROUPS = ("members", *REGIONS)
"""All groups that a statement may name."""


@dataclass(frozen=True)
class Barred:
    """Whom a bar hits: the parties (with their children) and the groups."""

    parties: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def own_bars(world: World, facts: MessageFacts) -> Barred:
    """What the sender itself bars for this message: whatever a party sends is its own data too."""
    return _resolved(world.directory, facts.sender, _matching(world, facts, facts.sender))


def owners_bars(world: World, facts: MessageFacts) -> dict[str, Barred]:
    """What everybody else with a say bars for this message, by registrar: owners of quoted records, the party on
    whose behalf it is sent, and the parents of all of them (of the sender too)."""
    owners = [
        facts.sender,
        *([facts.on_behalf_of] if facts.on_behalf_of else []),
        *(owner for owner, _ in facts.quoted),
    ]
    found: dict[str, Barred] = {}
    for owner in owners:
        for entry in world.directory.lineage(owner):
            if entry.party == facts.sender or entry.party in found:
                continue
            barred = _resolved(world.directory, entry.party, _matching(world, facts, entry.party))
            if barred != Barred():
                found[entry.party] = barred
    return found


def declining(world: World, facts: MessageFacts) -> tuple[str, ...]:
    """The parties whose acceptance declines this message's sender, or whom it acts for. Sorted.

    A group never stands for one's own family: a bureau that declines `europe` still hears its own entities.
    """
    directory = world.directory
    authors = _line(directory, facts.on_behalf_of or facts.sender) | _line(directory, facts.sender)
    groups = {group for author in authors for group in directory.groups(author)}
    records = [record for _, record in facts.quoted]
    found = []
    for receiver in sorted(world.acceptances):
        above = _line(directory, receiver)
        family = receiver in authors or facts.sender in above
        for bar in world.acceptances[receiver].bars:
            if not bar.scope.matches(facts.channel, facts.kind, facts.purpose, records):
                continue
            hit = bar.whom in groups and not family if bar.whom in GROUPS else bar.whom in authors - above
            if hit:
                found.append(receiver)
                break
    return tuple(found)


def hits(directory: Directory, barred: Barred, party: str) -> bool:
    """Whether a bar hits ``party``, itself or through a parent or a group: what the rules find in the hierarchy."""
    return bool(_line(directory, party) & set(barred.parties) or set(directory.groups(party)) & set(barred.groups))


def barred(
    directory: Directory,
    restrictions: Mapping[str, Bars],
    owner: str,
    reader: str,
    channel: Channel,
    kind: Kind,
    purpose: Purpose,
    record: str | None = None,
) -> bool:
    """Whether ``owner`` or a parent of it bars ``reader`` from such a message that quotes ``record`` of the owner.

    For a sender that must apply owners' bars before it seals (the secretariat): the same answer that the rules
    give, except that whoever must check a message cannot be barred from that (``docs/rules.md``).
    """
    records = (record,) if record else ()
    for registrar in _upwards(directory, owner):
        stated = restrictions.get(registrar, Bars()).bars
        matching = (bar for bar in stated if bar.scope.matches(channel, kind, purpose, records))
        if hits(directory, _resolved(directory, registrar, matching), reader):
            return True
    return False


def _matching(world: World, facts: MessageFacts, registrar: str) -> Iterator[Bar]:
    """The bars of ``registrar`` in whose scope the message is. A bar on one record also covers records that the
    message quotes as owned by a child of the registrar."""
    records = [record for owner, record in facts.quoted if registrar in _upwards(world.directory, owner)]
    for bar in world.restrictions.get(registrar, Bars()).bars:
        if bar.scope.matches(facts.channel, facts.kind, facts.purpose, records):
            yield bar


def _resolved(directory: Directory, registrar: str, bars: Iterable[Bar]) -> Barred:
    """Parties and groups that the bars hit, without the registrar itself, in order of id.

    A bar that names the registrar, or somebody it stands under, has no effect: nobody bars itself or the bureau
    that answers for it (RPD Art. 21). A group that holds the registrar is spelt out without it.
    """
    above = _line(directory, registrar)
    parties: set[str] = set()
    groups: set[str] = set()
    for bar in bars:
        if bar.whom not in GROUPS:
            parties |= {bar.whom} - above
        elif bar.whom not in directory.groups(registrar):
            groups.add(bar.whom)
        else:
            in_group = {party for party in directory.entries if bar.whom in directory.groups(party)}
            parties |= {party for party in in_group if not above & _line(directory, party)}
    return Barred(tuple(sorted(parties)), tuple(sorted(groups)))


def _upwards(directory: Directory, party: str) -> tuple[str, ...]:
    """The party, its parent, and so on; the party alone if it is unknown."""
    return tuple(entry.party for entry in directory.lineage(party)) or (party,)


def _line(directory: Directory, party: str) -> frozenset[str]:
    return frozenset(_upwards(directory, party))

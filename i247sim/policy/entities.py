"""The world and a message in the form that the rules read (``rules/network.cedarschema``). Pure; no library.

Every entity is ``{"uid": {"type", "id"}, "attrs": {...}, "parents": [...]}``, Cedar's JSON form.
"""

from collections.abc import Iterable
from typing import Any

from i247sim.policy.facts import MessageFacts, World
from i247sim.policy.statements import GROUPS, Barred, declining, own_bars, owners_bars
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.parties import State

Entity = dict[str, Any]
"""One entity in Cedar's JSON form; the engine checks it against the schema."""

_LADDER = tuple(state for state in State if state is not State.CONSULT_SUSPENDED)


def parties(world: World) -> list[Entity]:
    """All groups and all parties of the directory."""
    groups: list[Entity] = [{"uid": {"type": "Group", "id": group}, "attrs": {}, "parents": []} for group in GROUPS]
    return [*groups, *(party(world, name) for name in world.directory.entries)]


def party(world: World, name: str) -> Entity:
    """One party of the directory, under the measures in force. It is *in* its parent and its groups."""
    entry = world.directory.entries[name]
    above = [{"type": "Party", "id": entry.parent}] if entry.parent else []
    attributes: dict[str, Any] = {
        "role": str(entry.role),
        "enrolled": world.directory.enrolled(name) and _has_whole_line(world.directory, name),
        "measures": measures(world, name),
        "clearance": entry.clearance.level,
        "profile": list(entry.profile),
        "direct": entry.direct,
    }
    if entry.parent:
        attributes["parent"] = _ref("Party", entry.parent)
    groups = [{"type": "Group", "id": group} for group in world.directory.groups(name)]
    return {"uid": {"type": "Party", "id": name}, "attrs": attributes, "parents": [*above, *groups]}


def _has_whole_line(directory: Directory, name: str) -> bool:
    """Whether every parent on the way up is in the directory (its own ``enrolled`` stops at an unknown one)."""
    return all(entry.parent is None or entry.parent in directory.entries for entry in directory.lineage(name))


def measures(world: World, *names: str) -> list[str]:
    """Every rung of the ladder that one of the parties or its parent has reached: a rung includes the milder ones.

    ``CONSULT_SUSPENDED`` stands beside the ladder: no queries, and yet the right to record.
    """
    reached = {
        rung
        for name in names
        for entry in world.directory.lineage(name)
        for rung in _reached(world.states.get(entry.party, State.ACTIVE))
    }
    return [str(state) for state in _LADDER if state in reached]


def _reached(state: State) -> tuple[State, ...]:
    if state is State.CONSULT_SUSPENDED:
        return (State.MONITORED, State.SUPERVISED, State.QUERY_SUSPENDED)
    return _LADDER[1 : _LADDER.index(state) + 1]


def message(world: World, facts: MessageFacts) -> Entity:
    """One message. Its sender, whom it acts for and the owners it quotes must be in the directory."""
    acts_for = facts.on_behalf_of or facts.sender
    # Parties that do not exist are refused one by one and left out here.
    known = [name for name in facts.named if name in world.directory.entries]
    sealed = [name for name in facts.sealed_to if name in world.directory.entries]
    owners = owners_bars(world, facts).values()
    theirs = Barred(
        tuple(name for barred in owners for name in barred.parties),
        tuple(group for barred in owners for group in barred.groups),
    )
    attributes: dict[str, Any] = {
        "sender": _ref("Party", facts.sender),
        "on_behalf_of": _ref("Party", acts_for),
        "measures": measures(world, facts.sender, acts_for),
        "channel": str(facts.channel),
        "kind": str(facts.kind),
        "purpose": str(facts.purpose),
        "notice_type": str(facts.notice_type or ""),
        "database": str(facts.database or ""),
        "operation": str(facts.operation or ""),
        "right": f"{facts.database}:{facts.operation}" if facts.database and facts.operation else "",
        "classification": facts.classification.level,
        "suite": str(facts.suite),
        "named": _refs("Party", known),
        "sealed": _refs("Party", sealed),
        "audience": facts.audience,
        "quoted": _refs("Party", [owner for owner, _ in facts.quoted]),
        "review": str(facts.review),
        "handling": [str(one) for one in facts.handling],
        "notice_named": facts.notice_named,
        "onward": _refs("Party", facts.onward),
        "consent": str(facts.standing.consent),
        "emergency": str(facts.standing.emergency),
        "received": facts.standing.received,
        "answers_own": facts.answers_own,
        "missing": facts.standing.missing,
        "released": facts.standing.released,
        "own_bars": _bars(own_bars(world, facts)),
        "owner_bars": _bars(theirs),
        "declined": _refs("Party", declining(world, facts)),
    }
    if facts.standing.notice_owner is not None and facts.standing.notice_owner in world.directory.entries:
        attributes["notice_owner"] = _ref("Party", facts.standing.notice_owner)
    return {"uid": {"type": "Message", "id": facts.id}, "attrs": attributes, "parents": []}


def _bars(barred: Barred) -> dict[str, Any]:
    return {"parties": _refs("Party", barred.parties), "groups": _refs("Group", barred.groups)}


def _refs(kind: str, names: Iterable[str]) -> list[Entity]:
    return [_ref(kind, name) for name in dict.fromkeys(names)]


def _ref(kind: str, name: str) -> Entity:
    return {"__entity": {"type": kind, "id": name}}

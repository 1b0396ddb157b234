"""Why: the rule, its source, the facts it looked at, the nearest rule that would have allowed it. To whom: below.

An explanation has an audience (``docs/rules.md``). In full it goes to exercise control; to the sender, as long as
the network's rules or its own bar decided; and to the party whose bar or acceptance decided, about that alone.
Everybody else gets a coarse code and one general sentence. ``E-ADDR`` for an addressee, a third party's bar and a
receiver's acceptance all look the same to the sender, byte for byte.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cedarpy

from i247sim.policy import entities
from i247sim.policy.engine import DEFAULT_STEP, Engine, Examined, about
from i247sim.policy.facts import MessageFacts, World
from i247sim.policy.rulebook import Condition, Question
from i247sim.policy.statements import declining, hits, owners_bars
from i247sim.vocabulary.decisions import Code, Outcome, Verdict
from i247sim.vocabulary.messages import Classification
from i247sim.vocabulary.parties import CONTROL, SECRETARIAT

COARSE = Code.ADDR
"""What a third party's bar and a receiver's acceptance are called to whoever may not know of them."""

GENERAL = {
    Code.ADDR: "not deliverable to this addressee: it is unknown, not connected, not a party for this kind of message, "
    "or somebody with a say in it does not allow it",
    Code.STATE: "a measure on the sender does not permit this",
    Code.RIGHTS: "the sender has no right to this",
    Code.PURPOSE: "the purpose does not go with the kind of message",
    Code.REVIEW: "there is no decision of the reviewer that this may rest on, or not yet",
    Code.CLASS: "the classification is above what the addressee is cleared for",
    Code.RESTRICT: "the owner of the data has barred this addressee",
    Code.ACCEPT: "the addressee does not accept this",
    Code.CONSENT: "the owner of the data, or the person who was found, has not consented to this, or not like this",
    Code.POLICY: "the rules could not be evaluated without error; refused to be safe",
}
"""One sentence per code that names nobody."""

_PRIVATE = ("resource.own_bars", "resource.owner_bars", "resource.declined")
"""Facts that are somebody's statement: never shown as such, see ``stated by``."""

_LEVELS = ("classification", "clearance")
"""Attributes that the rules compare as numbers, and people by their names."""

_WHAT = frozenset({"resource.kind", "resource.channel"})
"""What a permit is about; the rest is who, and under which conditions."""


_FAR = (1, 0, 0)
"""The rank of a permit about another kind of message, at least."""


@dataclass(frozen=True)
class NearMiss:
    """A permit that would have allowed it, but for the conditions that failed (none: a refusal overrode it)."""

    rule: str
    conditions: int
    failed: tuple[str, ...]
    """The conditions that do not hold, as Cedar text: each was evaluated alone."""
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """What one viewer is told about one (message, addressee) pair. Everything in it may be shown to the viewer."""

    audience: Literal["full", "coarse"]
    verdict: Verdict
    """Coarse: the coarse code, no rules, no errors."""
    sentences: tuple[str, ...]
    citations: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """(Name, value) of what the deciding rules looked at."""
    near_misses: tuple[NearMiss, ...] = ()


def coarse(verdict: Verdict, facts: MessageFacts, viewer: str) -> Code | None:
    """The code that ``viewer`` may be told, ``None`` if allowed. This is what stands in a receipt to the sender.

    ``E-RESTRICT`` is told to the sender when the bar is its own, to the secretariat for what it sends (it applies
    the owners' bars itself, and named the party without a stanza) and to exercise control; ``E-ACCEPT`` only to
    exercise control. For everybody else both are ``E-ADDR``. All other codes are the network's and are told as
    they are. An owner or receiver who looks at its own statement asks ``explain``.
    """
    if viewer == CONTROL or verdict.code not in (Code.RESTRICT, Code.ACCEPT):
        return verdict.code
    own = verdict.code is Code.RESTRICT and viewer == facts.sender
    return verdict.code if own and ("RESTRICT-OWN" in verdict.rules or viewer == SECRETARIAT) else COARSE


def explain(engine: Engine, world: World, facts: MessageFacts, party: str, viewer: str) -> Explanation:
    """Decide anew whether ``party`` may receive the message, and say why, as far as ``viewer`` may know.

    ``viewer``: ``CONTROL`` or a party id. Decides under ``world`` as given, so pass the one that was in force.
    Never raises for facts that the engine refuses (``E-POLICY``, without details for anybody but control).
    """
    examined = engine.examine(world, facts, party)
    question, verdict = examined.question, examined.verdict
    statements = _statements(world, facts, party, verdict)
    if viewer == CONTROL or _is_senders_to_know(facts, question, verdict, viewer):
        return _full(engine, world, facts, party, examined, [author for author, _ in statements])
    own = tuple(rule for author, rule in statements if author == viewer)
    if own:
        return _own_statement(engine, verdict, own, viewer)
    return _coarse(verdict, facts, viewer)


def _statements(world: World, facts: MessageFacts, party: str, verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """(Author, rule) of every party's statement that decided: owners who bar, receivers who do not accept."""
    found: list[tuple[str, str]] = []
    if "RESTRICT-OWN" in verdict.rules:
        found.append((facts.sender, "RESTRICT-OWN"))
    if "RESTRICT-OWNER" in verdict.rules:
        barring = owners_bars(world, facts).items()
        found += [(owner, "RESTRICT-OWNER") for owner, barred in barring if hits(world.directory, barred, party)]
    if "ACCEPT" in verdict.rules:
        line = {entry.party for entry in world.directory.lineage(party)}
        found += [(receiver, "ACCEPT") for receiver in declining(world, facts) if receiver in line]
    return tuple(found)


def _is_senders_to_know(facts: MessageFacts, question: Question, verdict: Verdict, viewer: str) -> bool:
    """Whether the viewer is the sender and nobody else's statement shows in the full reasons.

    An addressee's ``E-ADDR`` is kept coarse although it is the network's: were it told, its absence would tell.
    """
    if viewer != facts.sender or verdict.errors:
        return False
    if question == "send" or verdict.allowed:
        return True
    if verdict.code is Code.RESTRICT:
        return verdict.rules == ("RESTRICT-OWN",)
    return verdict.code not in (Code.ADDR, Code.ACCEPT)


def _coarse(verdict: Verdict, facts: MessageFacts, viewer: str) -> Explanation:
    code = coarse(verdict, facts, viewer)
    sentence = "accepted" if code is None else f"{code}: {GENERAL[code]}"
    if verdict.outcome is Outcome.HELD:
        sentence = f"{code}: held until the secretariat releases it"
    return Explanation("coarse", Verdict(verdict.outcome, code, ()), (sentence,))


def _own_statement(engine: Engine, verdict: Verdict, rules: tuple[str, ...], viewer: str) -> Explanation:
    """For the author of the bar or acceptance that decided: that rule, its source, and whose statement it is."""
    labels = [engine.rulebook.rules[rule] for rule in rules]
    return Explanation(
        "full",
        Verdict(verdict.outcome, verdict.code, rules),
        tuple(f"{rule.id} ({rule.cite}): {rule.explain}" for rule in labels),
        tuple(dict.fromkeys(rule.cite for rule in labels)),
        (("stated by", viewer),),
    )


def _full(
    engine: Engine,
    world: World,
    facts: MessageFacts,
    party: str,
    examined: Examined,
    authors: Sequence[str],
) -> Explanation:
    question, verdict = examined.question, examined.verdict
    subject = facts.sender if question == "send" else party
    labels = [engine.rulebook.rules[rule] for rule in verdict.rules]
    sentences = [f"{rule.id} ({rule.cite}): {rule.explain}" for rule in labels]
    sentences += verdict.errors
    if not sentences:
        sentences = [f"step {DEFAULT_STEP[question]}: no rule permits it"]
    if verdict.errors or examined.parsed is None:
        # The facts could not be read, or a rule failed on them: there is nothing to evaluate again.
        return Explanation("full", verdict, tuple(sentences))
    misses: tuple[NearMiss, ...] = ()
    if not verdict.allowed:
        misses = _near_misses(engine, facts, question, subject, examined.parsed)
    shown = _facts_read(engine, world, examined.message, subject, verdict.rules or tuple(miss.rule for miss in misses))
    return Explanation(
        "full",
        verdict,
        (*sentences, *(miss.sentence for miss in misses)),
        tuple(dict.fromkeys(rule.cite for rule in labels)),
        (*shown, *(("stated by", author) for author in authors)),
        misses,
    )


def _near_misses(
    engine: Engine, facts: MessageFacts, question: Question, subject: str, parsed: cedarpy.Entities
) -> tuple[NearMiss, ...]:
    """The permits for this kind and channel with the fewest failing conditions, of those the ones with the most
    that hold; in file order. Each condition is evaluated alone, so what is said to fail has failed.
    """
    # A permit that is about another kind of message in so many words is far off as long as there is one that is not.
    for part in (engine.rulebook.part(question, about(facts)), engine.rulebook.part(question)):
        met = engine.met(parsed, facts.id, question, subject, part)
        permits = {rule: engine.rulebook.conditions[rule] for rule in part.permits}
        failed = {
            rule: [number for number, condition in enumerate(conditions) if condition.id not in met]
            for rule, conditions in permits.items()
        }
        # A rule about another kind of message is far off, however much else holds.
        ranks = {
            rule: (
                sum(not _WHAT.isdisjoint(permits[rule][number].reads) for number in numbers),
                len(numbers),
                len(numbers) - len(permits[rule]),
            )
            for rule, numbers in failed.items()
        }
        nearest = min(ranks.values(), default=_FAR)
        if nearest < _FAR:
            break
    return tuple(_near_miss(rule, permits[rule], failed[rule]) for rule, rank in ranks.items() if rank == nearest)


def _near_miss(rule: str, conditions: tuple[Condition, ...], failed: list[int]) -> NearMiss:
    texts = tuple(conditions[number].text for number in failed)
    sentence = f"{rule} would allow it"
    if failed:
        places = " and ".join(f"{number + 1} of {len(conditions)}" for number in failed)
        sentence += f", but its condition {places} is not met: {'; '.join(f'`{text}`' for text in texts)}"
    return NearMiss(rule, len(conditions), texts, sentence)


def _facts_read(
    engine: Engine, world: World, message: Mapping[str, Any], subject: str, rules: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """What the rules looked at, with values. Statements of parties are left out: see ``stated by``."""
    found: dict[str, str] = {}
    for rule in rules:
        for condition in engine.rulebook.conditions[rule]:
            for path in condition.reads:
                if path.startswith(_PRIVATE):
                    continue
                root, *names = path.split(".")
                value = message if root == "resource" else _party(world, subject if root == "principal" else root)
                fact = _follow(world, value, names)
                level = path.endswith(_LEVELS) and isinstance(fact, int)
                found[path] = str(list(Classification)[fact]) if level else _shown(fact)
    return tuple(found.items())


def _party(world: World, name: str) -> dict[str, Any] | None:
    return entities.party(world, name)["attrs"] if name in world.directory.entries else None


def _follow(world: World, value: Any, names: Sequence[str]) -> Any:
    """The value at the end of a path of attributes; references to parties are followed."""
    for name in names:
        if isinstance(value, dict) and "__entity" in value:
            value = _party(world, value["__entity"]["id"])
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["__entity"]["id"]) if "__entity" in value else "…"
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)

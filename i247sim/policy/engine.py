"""Deciding: the only place where the rules are evaluated.

Cedar skips a rule that fails with an error, and so fails open; here **any** error, and any answer that is not a
plain yes or no, is a refusal (``E-POLICY``). Names are checked against the directory before Cedar is asked, for
it would answer for parties that do not exist.

Of the rules those are asked that can bear on the message (``Rulebook.part``); no other could permit or refuse it.

How a verdict comes about:

1. A party that the message names but the directory does not: ``E-ADDR``.
2. Rules that refuse: the lowest step gives the code (``Verdict.rules``: those of that step and code).
3. Rules that hold, and none refuses, and a permit covers it: ``HELD``.
4. No rule refuses, none permits: ``E-RIGHTS`` for the sender, ``E-ADDR`` for an addressee, without rule ids.
5. Otherwise allowed, ``Verdict.rules`` are the permits.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cedarpy

from i247sim.policy import entities
from i247sim.policy.facts import MessageFacts, World
from i247sim.policy.rulebook import About, Part, Question, Rulebook
from i247sim.vocabulary.decisions import Code, Outcome, Verdict
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.parties import State

DEFAULT_CODE: dict[Question, Code] = {"send": Code.RIGHTS, "receive": Code.ADDR}
"""What a refusal is called when nothing permits and nothing forbids."""
DEFAULT_STEP: dict[Question, int] = {"send": 5, "receive": 7}


Asked = tuple[Question, str]
"""A question and the party that it is about: the sender, or an addressee."""


@dataclass(frozen=True)
class _Base:
    """The parsed parties of one directory under one set of measures."""

    directory: Directory
    states: tuple[tuple[str, State], ...]
    entities: cedarpy.Entities


@dataclass(frozen=True)
class Examined:
    """One (message, addressee) pair, decided, and what was looked at: to ask more about the same. For explanations."""

    question: Question
    """The one that decided."""
    verdict: Verdict
    message: Mapping[str, Any]
    """The message's attributes, as the rules read them (``entities.message``); empty if the verdict has errors."""
    parsed: cedarpy.Entities | None
    """The same with all parties; ``None`` if the verdict has errors."""


class Engine:
    """Decides messages under one rulebook. Keeps the parsed directory, nothing else.

    ``world`` and ``facts`` are read only; a ``World`` must not be changed in place except for ``states``,
    ``restrictions`` and ``acceptances``, which are read anew at every call.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._base: _Base | None = None

    def decide_message(self, world: World, facts: MessageFacts) -> Verdict:
        """May the sender send this message at all (steps 4 to 8, as far as they are about the whole)?

        Never raises. Says nothing about a single addressee: ask ``decide_addressees`` next, if allowed.
        """
        unknown = self._unknown(world, facts)
        if unknown is not None:
            return unknown
        asked: Asked = ("send", facts.sender)
        return self._asked(world, facts, [asked])[asked]

    def decide_addressees(self, world: World, facts: MessageFacts, parties: Sequence[str]) -> dict[str, Verdict]:
        """May each of ``parties`` receive this message (steps 4 to 9, and that it can open it)?

        Asked at arrival for all that are named, and again at hand-over for one. One verdict for every party, in
        the order given. Never raises. Does not ask again whether the message as a whole may be sent.
        """
        unknown = self._unknown(world, facts)
        if unknown is not None:
            return dict.fromkeys(parties, unknown)
        known = [party for party in dict.fromkeys(parties) if party in world.directory.entries]
        decided = self._asked(world, facts, [("receive", party) for party in known]) if known else {}
        return {party: decided.get(("receive", party)) or _unknown_party(party) for party in parties}

    def examine(self, world: World, facts: MessageFacts, party: str) -> Examined:
        """What becomes of one (message, addressee) pair, which question decided it, and on what.

        The same as ``decide_message``, and ``decide_addressees`` if that allows it. Never raises.
        """
        unknown = self._unknown(world, facts)
        if unknown is not None:
            return Examined("send", unknown, {}, None)
        try:
            message = entities.message(world, facts)
            parsed = self._parsed(world, message)
        except Exception as error:  # see `_decide`
            return Examined("send", _undecided(error), {}, None)
        send: Asked = ("send", facts.sender)
        receive: Asked = ("receive", party)
        question: Question = "send"
        verdict = self._decide(parsed, facts, [send])[send]
        if verdict.allowed:
            question = "receive"
            known = party in world.directory.entries
            verdict = self._decide(parsed, facts, [receive])[receive] if known else _unknown_party(party)
        return Examined(question, verdict, message["attrs"], parsed)

    def met(self, parsed: cedarpy.Entities, message: str, question: Question, party: str, part: Part) -> frozenset[str]:
        """The ids of the conditions (``Condition.id``) of a part's permits that hold, each evaluated alone.

        For explanations. ``parsed``: as examined, with the message of the id ``message``. ``party``: the sender or an
        addressee. A condition that fails with an error does not hold.
        """
        request = _request(question, party, message)
        answer = cedarpy.is_authorized(request, part.alone, parsed, self.rulebook.schema)
        # All these policies permit, so the reasons of the answer are all that hold.
        return frozenset(answer.diagnostics.reasons)

    def _unknown(self, world: World, facts: MessageFacts) -> Verdict | None:
        """A refusal of the whole, if somebody it speaks of does not exist or an addressee is named twice."""
        speaks_of = [facts.sender, facts.on_behalf_of or facts.sender, *(owner for owner, _ in facts.quoted)]
        for party in speaks_of:
            if party not in world.directory.entries:
                return _unknown_party(party)
        if len(set(facts.named)) != len(facts.named):
            return Verdict(Outcome.REFUSED, Code.ADDR, (), ("an addressee is named twice",))
        return None

    def _asked(self, world: World, facts: MessageFacts, asked: Sequence[Asked]) -> dict[Asked, Verdict]:
        """One verdict per question about a known party; whatever goes wrong becomes a refusal."""
        try:
            parsed = self._entities(world, facts)
        except Exception as error:  # see `_decide`
            return dict.fromkeys(asked, _undecided(error))
        return self._decide(parsed, facts, asked)

    def _decide(self, parsed: cedarpy.Entities, facts: MessageFacts, asked: Sequence[Asked]) -> dict[Asked, Verdict]:
        """One verdict per question, all of one kind; whatever goes wrong becomes a refusal."""
        try:
            (question,) = {question for question, _ in asked}
            # A rule about the other question, or in so many words about other messages, would be looked at in vain.
            part = self.rulebook.part(question, about(facts))
            verdicts = self._ask(part.policies, facts, asked, parsed)
            held = [one for one in asked if verdicts[one].outcome is Outcome.HELD]
            if held:
                # Held is only what would go on after a release; so ask what the other rules say.
                for one, verdict in self._ask(part.without_holds, facts, held, parsed).items():
                    if not verdict.allowed:
                        verdicts[one] = verdict
            return verdicts
        except Exception as error:  # whatever the library raises, nothing may pass
            return dict.fromkeys(asked, _undecided(error))

    def _ask(
        self,
        policies: cedarpy.PolicySet,
        facts: MessageFacts,
        asked: Sequence[Asked],
        parsed: cedarpy.Entities,
    ) -> dict[Asked, Verdict]:
        requests = [_request(question, party, facts.id) for question, party in asked]
        answers = cedarpy.is_authorized_batch(requests, policies, parsed, self.rulebook.schema)
        return {one: self._verdict(one[0], answer) for one, answer in zip(asked, answers, strict=True)}

    def _verdict(self, question: Question, answer: cedarpy.AuthzResult) -> Verdict:
        errors = tuple(answer.diagnostics.errors)
        if errors or answer.decision is cedarpy.Decision.NoDecision:
            return Verdict(Outcome.REFUSED, Code.POLICY, (), errors or ("the rules gave no decision",))
        reasons = {self.rulebook.rule_of_policy[policy_id] for policy_id in answer.diagnostics.reasons}
        rules = [rule for rule in self.rulebook.rules.values() if rule.id in reasons]
        if answer.allowed and not (rules and all(rule.effect == "permit" for rule in rules)):
            return Verdict(Outcome.REFUSED, Code.POLICY, (), ("the rules allow it without a permit",))
        if answer.allowed:
            return Verdict(Outcome.QUEUED, None, tuple(rule.id for rule in rules))
        if not rules:
            return Verdict(Outcome.REFUSED, DEFAULT_CODE[question], ())
        refusing = [rule for rule in rules if rule.outcome is Outcome.REFUSED] or rules
        first = min(refusing, key=lambda rule: rule.step)
        deciding = [rule.id for rule in refusing if (rule.step, rule.code) == (first.step, first.code)]
        return Verdict(first.outcome, first.code, tuple(deciding))

    def _entities(self, world: World, facts: MessageFacts) -> cedarpy.Entities:
        """The parties and this message, checked against the schema."""
        return self._parsed(world, entities.message(world, facts))

    def _parsed(self, world: World, message: entities.Entity) -> cedarpy.Entities:
        """The parties (parsed once per directory and measures) and this message, checked against the schema."""
        # The states are copied into the key: a mapping changed in place must not leave a stale answer.
        states = tuple(sorted(world.states.items()))
        base = self._base
        if base is None or base.directory is not world.directory or base.states != states:
            parsed = _parties(json.dumps(entities.parties(world)), self.rulebook.schema)
            base = self._base = _Base(world.directory, states, parsed)
        return _with_message(base.entities, json.dumps([message]), self.rulebook.schema)


@lru_cache(maxsize=4)
def _parties(text: str, schema: cedarpy.Schema) -> cedarpy.Entities:
    """The parties alone, checked against the schema; remembered, as whoever checks a log comes by the same ones."""
    return cedarpy.Entities.from_json_str(text, schema)


@lru_cache(maxsize=32)
def _with_message(parties: cedarpy.Entities, text: str, schema: cedarpy.Schema) -> cedarpy.Entities:
    """The parties and one message, checked against the schema; remembered, as a message is asked about several times:
    as a whole, per addressee, at every hand-over, and by whoever checks the log.
    """
    return parties.with_added_json_str(text, schema)


def about(facts: MessageFacts) -> About:
    """What a message says it is."""
    return About(str(facts.channel), str(facts.kind))


def _undecided(error: Exception) -> Verdict:
    return Verdict(Outcome.REFUSED, Code.POLICY, (), (f"{type(error).__name__}: {error}",))


def _unknown_party(party: str) -> Verdict:
    return Verdict(Outcome.REFUSED, Code.ADDR, (), (f"`{party}` is not in the directory",))


def _request(question: Question, party: str, message: str) -> dict[str, Any]:
    return {
        "principal": {"type": "Party", "id": party},
        "action": {"type": "Action", "id": question},
        "resource": {"type": "Message", "id": message},
        "context": "{}",
    }

"""Only the rules that can bear on a message are asked about it: what comes of it is the same as with all of them."""

from collections.abc import Mapping
from copy import copy

import pytest
from hypothesis import given
from policy_cases import ENGINE, QUICK, Row
from policy_table import TABLE as NETWORK
from service_table import SERVICE
from test_policy_engine import FACTS, WORLDS

from i247sim.policy.engine import Engine
from i247sim.policy.explain import explain
from i247sim.policy.facts import MessageFacts, World
from i247sim.policy.rulebook import About, Part, Question, Rulebook, can_bear, rule_of
from i247sim.vocabulary.kinds import CHANNEL_OF, Channel, Kind
from i247sim.vocabulary.parties import CONTROL


class Whole(Rulebook):
    """The same rules, all of them asked about every message."""

    def part(self, question: Question, about: About | None = None) -> Part:
        return super().part(question)


def whole() -> Engine:
    book = copy(ENGINE.rulebook)
    book.__class__ = Whole
    book._parts = {}
    return Engine(book)


WHOLE = whole()


@given(WORLDS, FACTS)
@QUICK
def test_every_verdict_is_that_of_all_the_rules(under: World, facts: MessageFacts) -> None:
    assert ENGINE.decide_message(under, facts) == WHOLE.decide_message(under, facts)
    parties = tuple(under.directory.entries)
    assert ENGINE.decide_addressees(under, facts, parties) == WHOLE.decide_addressees(under, facts, parties)


@pytest.mark.parametrize("row", [*NETWORK, *SERVICE], ids=lambda row: row.sentence[:60])
def test_every_explanation_of_the_table_is_that_of_all_the_rules(row: Row) -> None:
    party = row.party or row.facts.named[0]
    explained = explain(ENGINE, row.world, row.facts, party, CONTROL)
    assert explained == explain(WHOLE, row.world, row.facts, party, CONTROL)


@given(WORLDS, FACTS)
@QUICK
def test_every_explanation_is_that_of_all_the_rules(under: World, facts: MessageFacts) -> None:
    explained = explain(ENGINE, under, facts, facts.named[0], CONTROL)
    assert explained == explain(WHOLE, under, facts, facts.named[0], CONTROL)


def bears(conditions: str, channel: Channel, kind: Kind) -> bool:
    text = f"""@id("EX") @step("9") @cite("exercise rule") @explain("one")
    permit (principal is Party, action == Action::"send", resource is Message) {conditions};"""
    packaged: Mapping[str, str] = dict(ENGINE.rulebook.texts)
    book = Rulebook([("one.cedar", text)], packaged["network.cedarschema"])
    assert rule_of(book.templates["EX"]).id == "EX"
    return can_bear(book.templates["EX"], About(str(channel), str(kind)))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ('when { resource.channel == "notice" }', False),
        ('when { resource.channel == "direct" }', True),
        ('when { ["ACK", "REMINDER"].contains(resource.kind) }', False),
        ('when { ["ACK", "INFO_REQUEST"].contains(resource.kind) }', True),
        ('unless { resource.channel == "direct" }', False),
        ('unless { resource.kind == "ACK" }', True),
        ('when { principal.enrolled } when { resource.kind == "ACK" }', False),
        ('when { resource.kind == "ACK" || principal.enrolled }', True),
        ('when { !(resource.kind == "INFO_REQUEST") }', True),
        ('when { resource.purpose == "notice" }', True),
        ('when { principal.role == "ACK" }', True),
        ("", True),
    ],
)
def test_a_rule_is_left_out_only_if_a_condition_of_its_own_says_another_channel_or_kind(
    conditions: str, expected: bool
) -> None:
    assert bears(conditions, Channel.DIRECT, Kind.INFO_REQUEST) is expected


@pytest.mark.parametrize("question", ["send", "receive"])
def test_most_rules_are_about_other_messages(question: Question) -> None:
    """Else there would be no point in it."""
    every = len(ENGINE.rulebook.part(question).policies.to_pst().static_policies)
    for kind in Kind:
        about = About(str(CHANNEL_OF[kind]), str(kind))
        assert len(ENGINE.rulebook.part(question, about).policies.to_pst().static_policies) < every * 0.8

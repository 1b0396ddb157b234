"""Why, and who is told: each audience sees its part and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_cases import CALM, DIRECTORY, ENGINE, QUICK, Row, bars, decide, message, published, world
from policy_table import TABLE
from test_policy_engine import FACTS, WORLDS

from i247sim.policy.engine import Engine
from i247sim.policy.explain import Explanation, coarse, explain
from i247sim.policy.facts import MessageFacts, World
from i247sim.policy.rulebook import Part, policy_set, single
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Classification, Database, Purpose
from i247sim.vocabulary.parties import State

QUOTING = message(sender="DE", to=("BR",), quoted=(("FR", "NOM-000017"), ("JP", "NOM-000018")))
BARRED = world(restrictions={"FR": bars("BR")})
DECLINED = world(acceptances={"BR": bars("DE")})


def told(under: World, facts: MessageFacts, viewer: str, party: str = "BR") -> Explanation:
    return explain(ENGINE, under, facts, party, viewer)


def text_of(explanation: Explanation) -> str:
    return repr(explanation)


# Audiences


def test_control_sees_rule_source_and_whose_bar_it_was() -> None:
    why = told(BARRED, QUOTING, "CONTROL")
    assert why.audience == "full"
    assert (why.verdict.code, why.verdict.rules) == (Code.RESTRICT, ("RESTRICT-OWNER",))
    assert why.sentences[0].startswith("RESTRICT-OWNER (RPD Art. 7, 58, 65): ")
    assert "RPD Art. 7, 58, 65" in why.citations
    assert ("stated by", "FR") in why.facts


def test_the_owner_sees_its_own_bar() -> None:
    why = told(BARRED, QUOTING, "FR")
    assert (why.audience, why.verdict.code, why.facts) == ("full", Code.RESTRICT, (("stated by", "FR"),))


def test_an_owner_does_not_see_another_owners_bar() -> None:
    both = world(restrictions={"FR": bars("BR"), "JP": bars("BR")})
    assert "JP" not in text_of(told(both, QUOTING, "FR"))
    assert told(BARRED, QUOTING, "JP").audience == "coarse"
    assert ("stated by", "FR") in told(both, QUOTING, "CONTROL").facts
    assert ("stated by", "JP") in told(both, QUOTING, "CONTROL").facts


@pytest.mark.parametrize("viewer", ["DE", "BR", "GB", "IPSG", "NDTF", "FR-harbour"])
def test_nobody_else_learns_of_an_owners_bar(viewer: str) -> None:
    why = told(BARRED, QUOTING, viewer)
    assert (why.audience, why.verdict.code, why.verdict.rules, why.facts) == ("coarse", Code.ADDR, (), ())
    assert "RESTRICT" not in text_of(why)
    assert "FR" not in text_of(why)


def test_a_sender_sees_its_own_bar_in_full() -> None:
    why = told(world(restrictions={"FR": bars("BR")}), message(to=("BR",)), "FR")
    assert (why.audience, why.verdict.code, why.verdict.rules) == ("full", Code.RESTRICT, ("RESTRICT-OWN",))


def test_a_sender_whose_bar_meets_anothers_sees_its_own_only() -> None:
    both = world(restrictions={"DE": bars("BR"), "FR": bars("BR")})
    why = told(both, QUOTING, "DE")
    assert (why.verdict.code, why.verdict.rules, why.facts) == (
        Code.RESTRICT,
        ("RESTRICT-OWN",),
        (("stated by", "DE"),),
    )
    assert "OWNER" not in text_of(why)
    assert coarse(decide(both, QUOTING, "BR"), QUOTING, "DE") is Code.RESTRICT


def test_an_entity_is_not_told_its_bureaus_bar() -> None:
    why = told(world(restrictions={"DE": bars("BR")}), message(sender="DE-special", to=("BR",)), "DE-special")
    assert (why.audience, why.verdict.code) == ("coarse", Code.ADDR)


def test_a_receiver_sees_its_acceptance_and_the_sender_does_not() -> None:
    assert told(DECLINED, QUOTING, "BR").verdict.code is Code.ACCEPT
    assert told(DECLINED, QUOTING, "DE").verdict.code is Code.ADDR
    assert "ACCEPT" not in text_of(told(DECLINED, QUOTING, "DE"))


def test_absence_bar_and_refusal_to_accept_look_the_same_to_the_sender() -> None:
    disconnected = world(states={"BR": State.DISCONNECTED})
    seen = {text_of(told(under, QUOTING, "DE")) for under in (BARRED, DECLINED, disconnected)}
    assert len(seen) == 1
    body = message(sender="DE", to=("UNSC",))
    assert text_of(told(CALM, body, "DE", "UNSC")) in seen
    assert text_of(told(CALM, message(sender="DE", to=("ZZ",)), "DE", "ZZ")) in seen


def test_the_secretariat_is_told_restrict_for_what_it_publishes() -> None:
    facts = published(sealed_to=("FR", "DE"))
    assert coarse(decide(BARRED, facts, "BR"), facts, "IPSG") is Code.RESTRICT
    assert told(BARRED, facts, "IPSG").verdict.code is Code.RESTRICT
    assert told(BARRED, facts, "DE").verdict.code is Code.ADDR


@pytest.mark.parametrize("viewer", ["FR", "CONTROL"])
def test_class_is_told_to_the_sender(viewer: str) -> None:
    facts = message(to=("BR",), classification=Classification.CONFIDENTIAL)
    why = told(CALM, facts, viewer)
    assert (why.audience, why.verdict.code) == ("full", Code.CLASS)
    assert ("principal.clearance", "restricted") in why.facts
    assert ("resource.classification", "confidential") in why.facts


def test_a_stranger_gets_a_code_and_one_sentence() -> None:
    why = told(CALM, message(to=("BR",), classification=Classification.CONFIDENTIAL), "JP")
    assert (why.audience, why.verdict.code, why.verdict.rules) == ("coarse", Code.CLASS, ())
    assert why.sentences == ("E-CLASS: the classification is above what the addressee is cleared for",)


def test_a_hold_is_told_as_a_hold() -> None:
    under = world(states={"FR": State.SUPERVISED})
    facts = message(Kind.DIFFUSION, to=("IPSG", "DE"))
    assert told(under, facts, "FR", "DE").verdict.rules == ("STATE-SUPERVISED",)
    assert told(under, facts, "DE", "DE").sentences == ("E-STATE: held until the secretariat releases it",)


def test_errors_are_for_control_only() -> None:
    facts = message(quoted=(("ZZ", "NOM-000001"),))
    assert "ZZ" in text_of(told(CALM, facts, "CONTROL", "DE"))
    assert told(CALM, facts, "FR", "DE").verdict == told(CALM, facts, "JP", "DE").verdict
    assert "ZZ" not in text_of(told(CALM, facts, "FR", "DE"))


@given(WORLDS, FACTS, st.sampled_from([party for party in DIRECTORY.entries if party != "CONTROL"]))
@QUICK
def test_no_party_ever_sees_anothers_statement(under: World, facts: MessageFacts, viewer: str) -> None:
    for party in facts.named:
        why = explain(ENGINE, under, facts, party, viewer)
        stated = {author for name, author in why.facts if name == "stated by"}
        assert stated <= {viewer}
        seen = text_of(why)
        if viewer not in stated or viewer == facts.sender:
            assert "RESTRICT-OWNER" not in seen
        if viewer not in stated:
            assert "(ACCEPT" not in seen
            assert "'ACCEPT'" not in seen
        if viewer != "IPSG" and why.verdict.code is Code.RESTRICT:
            assert viewer in stated or why.verdict.rules == ("RESTRICT-OWN",)
        assert why.verdict.errors == ()


@given(WORLDS, FACTS)
@QUICK
def test_what_the_receipt_says_and_what_the_sender_is_told_agree(under: World, facts: MessageFacts) -> None:
    for party in facts.named:
        verdict = decide(under, facts, party)
        assert explain(ENGINE, under, facts, party, facts.sender).verdict.code == coarse(verdict, facts, facts.sender)
        assert explain(ENGINE, under, facts, party, "CONTROL").verdict == verdict


# Near misses


def test_name_the_nearest_permit_and_the_condition_that_failed() -> None:
    facts = message(Kind.DB_QUERY, "FR-cdg-border", ("IPSG",), database=Database.NOMINAL)
    why = told(CALM, facts, "FR-cdg-border", "IPSG")
    assert why.verdict.code is Code.RIGHTS
    assert why.sentences[0] == "step 5: no rule permits it"
    (nearest,) = why.near_misses
    assert (nearest.rule, nearest.conditions) == ("SEND-QUERY", 4)
    assert nearest.failed == (
        "when { principal.profile.contains(resource.right) }",
        "when { resource.on_behalf_of.profile.contains(resource.right) }",
    )
    assert "condition 3 of 4 and 4 of 4 is not met" in why.sentences[1]
    assert ("principal.profile", "sltd:query") in why.facts
    assert ("resource.right", "nominal:query") in why.facts


def test_one_failing_condition_is_nearer_than_two() -> None:
    facts = message(Kind.DB_QUERY, to=("IPSG",), database=Database.NOMINAL, on_behalf_of="FR-cdg-border")
    (nearest,) = told(CALM, facts, "FR", "IPSG").near_misses
    assert nearest.failed == ("when { resource.on_behalf_of.profile.contains(resource.right) }",)


def test_a_refusal_by_rule_names_the_permit_that_it_overrides() -> None:
    facts = message(to=("BR",), classification=Classification.CONFIDENTIAL)
    (nearest,) = told(CALM, facts, "FR").near_misses
    assert (nearest.rule, nearest.failed, nearest.sentence) == ("RECV-DIRECT", (), "RECV-DIRECT would allow it")


def test_what_is_allowed_has_no_near_miss() -> None:
    why = told(CALM, message(to=("BR",)), "FR")
    assert (why.verdict.outcome, why.verdict.rules, why.near_misses) == (Outcome.QUEUED, ("RECV-DIRECT",), ())


def test_a_near_miss_is_true() -> None:
    """Make the failed condition hold, and the permit that was named allows it."""
    refused = message(Kind.INFO_REQUEST, sender="UNSC", to=("FR",), purpose=Purpose.CASE)
    nearest = [miss.rule for miss in told(CALM, refused, "CONTROL", "FR").near_misses]
    assert "RECV-DIRECT" in nearest
    mended = message(Kind.INFO_REQUEST, sender="DE", to=("FR",), purpose=Purpose.CASE)
    assert decide(CALM, mended, "FR").rules == ("RECV-DIRECT",)


@pytest.mark.parametrize("row", [row for row in TABLE if row.expected != "allowed"], ids=lambda row: row.sentence[:60])
def test_every_refusal_of_the_table_is_explained_to_control(row: Row) -> None:
    party = row.party or row.facts.named[0]
    why = explain(ENGINE, row.world, row.facts, party, "CONTROL")
    assert why.verdict == decide(row.world, row.facts, party)
    assert why.sentences
    assert all(sentence.strip() for sentence in why.sentences)
    for rule in why.verdict.rules:
        assert any(sentence.startswith(rule) for sentence in why.sentences)
    if not why.verdict.errors:
        assert why.near_misses
        held = {miss.rule: ENGINE.rulebook.conditions[miss.rule] for miss in why.near_misses}
        for miss in why.near_misses:
            subject = row.facts.sender if ENGINE.rulebook.rules[miss.rule].question == "send" else party
            failed = [one.text for one in held[miss.rule] if not _holds_alone(row, miss.rule, one.id, subject)]
            assert tuple(failed) == miss.failed


def _holds_alone(row: Row, rule: str, condition: str, subject: str) -> bool:
    """Whether one condition holds, with no other policy beside it: what an explanation says must be true alone."""
    engine, labels = Engine(ENGINE.rulebook), ENGINE.rulebook.rules[rule]
    only = Part({rule: labels}, {rule: ENGINE.rulebook.templates[rule]})
    only.__dict__["alone"] = policy_set(
        [one for one in single(rule, ENGINE.rulebook.templates[rule]) if one.id == condition]
    )
    parsed = engine._entities(row.world, row.facts)
    return condition in engine.met(parsed, row.facts.id, labels.question, subject, only)

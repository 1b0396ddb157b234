"""Errors refuse, nothing passes without a permit, more bars never allow more."""

from dataclasses import fields, replace

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_cases import CALM, DIRECTORY, ENGINE, QUICK, bars, decide, directory, entry, message, published, world
from policy_table import TABLE as NETWORK
from service_table import SERVICE

from i247sim.policy import entities
from i247sim.policy.engine import Engine
from i247sim.policy.facts import MessageFacts, Review, Standing, World
from i247sim.policy.rulebook import Rulebook, packaged
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.kinds import CHANNEL_OF, Channel, Kind
from i247sim.vocabulary.messages import Classification, Database, NoticeType, Operation, Purpose, Suite
from i247sim.vocabulary.parties import REGIONS, Role, State
from i247sim.vocabulary.statements import Bar, Bars, Scope

TABLE = [*NETWORK, *SERVICE]

# Errors


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("own_bars", None), ("classification", "low"), ("named", [{"__entity": {"type": "Bureau", "id": "DE"}}])],
    ids=["missing-attribute", "wrong-type", "unknown-entity-type"],
)
def test_refuse_a_message_that_does_not_fit_the_schema(
    monkeypatch: pytest.MonkeyPatch, attribute: str, value: object
) -> None:
    whole = entities.message

    def changed(world: World, facts: MessageFacts) -> entities.Entity:
        found = whole(world, facts)
        if value is None:
            del found["attrs"][attribute]
        else:
            found["attrs"][attribute] = value
        return found

    monkeypatch.setattr(entities, "message", changed)
    verdict = Engine(ENGINE.rulebook).decide_message(CALM, message())
    assert (verdict.outcome, verdict.code) == (Outcome.REFUSED, Code.POLICY)
    assert verdict.errors


def test_refuse_when_a_rule_fails_with_an_error_although_another_permits() -> None:
    overflow = """@id("EX-OVERFLOW") @step("9") @code("E-RESTRICT") @cite("exercise rule") @explain("fails")
    forbid (principal is Party, action == Action::"receive", resource is Message)
    when { principal.clearance + 9223372036854775807 > 0 };"""
    engine = Engine(Rulebook.load([overflow]))
    answer = cedarpy.is_authorized(
        {"principal": 'Party::"DE"', "action": 'Action::"receive"', "resource": f'Message::"{message().id}"'},
        engine.rulebook.part("receive").policies,
        engine._entities(CALM, message()),
        engine.rulebook.schema,
    )
    assert answer.allowed, "cedar alone fails open, which is why the engine looks at the errors"
    verdict = engine.decide_addressees(CALM, message(), ("DE",))["DE"]
    assert (verdict.outcome, verdict.code, verdict.rules) == (Outcome.REFUSED, Code.POLICY, ())
    assert verdict.errors


def test_a_refusal_names_no_rule_that_would_only_hold() -> None:
    """The measure against a disconnected bureau includes supervision: both rules stand at one step, with one code."""
    disconnected = world(states={"FR": State.DISCONNECTED})
    verdict = ENGINE.decide_addressees(disconnected, message(Kind.DIFFUSION, to=("IPSG", "DE")), ("DE",))["DE"]
    assert (verdict.outcome, verdict.rules) == (Outcome.REFUSED, ("STATE-DISCONNECTED-LEG",))


@pytest.mark.parametrize(
    "answer",
    [
        {"decision": "NoDecision", "diagnostics": {"errors": [], "reason": []}},
        {"decision": "Allow", "diagnostics": {"errors": ["something"], "reason": ["policy6"]}},
        {"decision": "Allow", "diagnostics": {"errors": [], "reason": ["policy9999"]}},
        {"decision": "Allow", "diagnostics": {"errors": [], "reason": []}},
    ],
    ids=["no-decision", "allowed-with-error", "by-a-rule-not-in-the-book", "by-no-rule"],
)
def test_refuse_an_answer_that_is_not_a_plain_yes(monkeypatch: pytest.MonkeyPatch, answer: dict[str, object]) -> None:
    monkeypatch.setattr(cedarpy, "is_authorized_batch", lambda *_: [cedarpy.AuthzResult(answer)])
    verdict = ENGINE.decide_message(CALM, message())
    assert (verdict.outcome, verdict.code) == (Outcome.REFUSED, Code.POLICY)


def test_refuse_when_the_library_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(cedarpy, "is_authorized_batch", fail)
    verdicts = ENGINE.decide_addressees(CALM, message(to=("DE", "BR")), ("DE", "BR", "ZZ"))
    assert [verdicts[party].code for party in ("DE", "BR", "ZZ")] == [Code.POLICY, Code.POLICY, Code.ADDR]


def test_refuse_everything_when_parties_are_each_others_parents() -> None:
    circle = directory(entry("FR", Role.BUREAU, "DE"), entry("DE", Role.BUREAU, "FR"))
    assert ENGINE.decide_message(world(directory=circle), message()).code is Code.POLICY


def test_refuse_everything_under_an_empty_directory() -> None:
    assert ENGINE.decide_message(World(Directory()), message()).code is Code.ADDR
    assert ENGINE.decide_addressees(World(Directory()), message(), ("DE",))["DE"].code is Code.ADDR


def test_a_fifth_addressee_is_refused_alone() -> None:
    facts = message(to=("DE", "JP", "GB", "BR", "ZZ"), sealed_to=("DE", "JP", "GB", "BR"))
    verdicts = ENGINE.decide_addressees(CALM, facts, facts.named)
    assert list(verdicts) == list(facts.named)
    assert [verdicts[party].allowed for party in facts.named] == [True, True, True, True, False]


# What changes is seen


def test_a_measure_changed_in_place_counts_at_once() -> None:
    states: dict[str, State] = {}
    under, facts = World(DIRECTORY, states), message(Kind.DB_QUERY, to=("IPSG",))
    assert ENGINE.decide_message(under, facts).allowed
    states["FR"] = State.QUERY_SUSPENDED
    assert ENGINE.decide_message(under, facts).code is Code.STATE


def test_a_restriction_changed_in_place_counts_at_once() -> None:
    restrictions: dict[str, Bars] = {}
    under, facts = World(DIRECTORY, {}, restrictions), message()
    assert decide(under, facts, "DE").allowed
    restrictions["FR"] = bars("DE")
    assert decide(under, facts, "DE").code is Code.RESTRICT


def test_a_new_directory_counts_at_once() -> None:
    assert decide(CALM, message(), "DE").allowed
    lower = directory(entry("DE", Role.INTERNATIONAL))
    assert decide(world(directory=lower), message(), "DE").code is Code.ADDR


# A scenario's own rules


FORENSIC = """@id("EX-NO-FORENSIC") @step("6") @code("E-PURPOSE") @cite("exercise rule") @explain("not today")
forbid (principal is Party, action == Action::"send", resource is Message) when { resource.purpose == "forensic" };"""


def test_a_scenario_forbids_more() -> None:
    engine = Engine(Rulebook.load([FORENSIC]))
    facts = message(purpose=Purpose.FORENSIC)
    assert ENGINE.decide_message(CALM, facts).allowed
    verdict = engine.decide_message(CALM, facts)
    assert (verdict.code, verdict.rules) == (Code.PURPOSE, ("EX-NO-FORENSIC",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("permit(", "do not parse"),
        (FORENSIC.replace("EX-NO-FORENSIC", "ACCEPT"), "`ACCEPT` is taken"),
        (FORENSIC.replace("resource.purpose", "resource.reason"), "`reason`"),
        (FORENSIC.replace('@step("6")', ""), "lacks `@step`"),
        (FORENSIC.replace('@step("6")', '@step("six")'), "expected a number"),
        (FORENSIC.replace("E-PURPOSE", "E-NOTHING"), "E-NOTHING"),
        (FORENSIC.replace('@id("EX-NO-FORENSIC")', '@id("EX-A") @outcome("queued")'), "`@outcome`"),
        (FORENSIC.replace('action == Action::"send"', "action"), "expected `action =="),
        ("forbid (principal == ?principal, action, resource);", "template"),
    ],
    ids=["syntax", "taken-id", "unknown-attribute", "no-step", "bad-step", "bad-code", "bad-outcome", "any-action",
         "template"],
)  # fmt: skip
def test_a_book_with_a_wrong_rule_does_not_open(text: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        Rulebook.load([text])


def test_the_hash_names_the_rules() -> None:
    texts, schema = packaged()
    assert Rulebook.load().sha256 == ENGINE.rulebook.sha256
    assert Rulebook.load([FORENSIC]).sha256 != ENGINE.rulebook.sha256
    changed = [(name, text.replace("never a reason", "no reason")) for name, text in texts]
    assert Rulebook(changed, schema).sha256 != ENGINE.rulebook.sha256
    assert Rulebook(texts, schema + "\n").sha256 != ENGINE.rulebook.sha256


@pytest.mark.parametrize("rule", list(ENGINE.rulebook.rules))
def test_a_rule_taken_out_changes_what_it_alone_decides(rule: str) -> None:
    texts, schema = packaged()
    without = [
        (name, "\n\n".join(part for part in text.split("\n\n") if f'@id("{rule}")' not in part)) for name, text in texts
    ]
    engine = Engine(Rulebook(without, schema))
    assert len(engine.rulebook.rules) == len(ENGINE.rulebook.rules) - 1
    rows = [row for row in TABLE if row.rules == (rule,)]
    assert any(
        (new := decide(row.world, row.facts, row.party, engine)) != decide(row.world, row.facts, row.party)
        and rule not in new.rules
        for row in rows
    )


# Properties


PARTIES = st.sampled_from([*DIRECTORY.entries, "ZZ"])
WHOM = st.sampled_from([*DIRECTORY.entries, "members", *REGIONS])
RECORDS = st.sampled_from(["NOM-000017", "SLTD-000003"])
SCOPES = st.builds(
    Scope,
    channel=st.none() | st.sampled_from(Channel),
    kind=st.none() | st.sampled_from(Kind),
    purpose=st.none() | st.sampled_from(Purpose),
    record=st.none() | RECORDS,
)
STATEMENTS = st.dictionaries(
    st.sampled_from(list(DIRECTORY.entries)),
    st.builds(Bars, bars=st.lists(st.builds(Bar, whom=WHOM, scope=SCOPES | st.just(Scope())), max_size=2).map(tuple)),
    max_size=3,
)
STATES = st.dictionaries(st.sampled_from(list(DIRECTORY.entries)), st.sampled_from(State), max_size=2)


@st.composite
def any_facts(draw: st.DrawFn) -> MessageFacts:
    """Any facts that a header can state, sensible or not."""
    kind = draw(st.sampled_from(Kind))
    named = draw(st.lists(PARTIES, min_size=1, max_size=4, unique=True))
    operation = draw(st.none() | st.sampled_from(Operation))
    return MessageFacts(
        id="00" * 16,
        sender=draw(PARTIES),
        on_behalf_of=draw(st.none() | PARTIES),
        channel=draw(st.sampled_from(CHANNEL_OF[kind])),
        kind=kind,
        purpose=draw(st.sampled_from(Purpose)),
        notice_type=draw(st.none() | st.sampled_from(NoticeType)),
        database=draw(st.sampled_from(Database)) if operation else None,
        operation=operation,
        classification=draw(st.sampled_from(Classification)),
        suite=draw(st.sampled_from(Suite)),
        named=tuple(named),
        sealed_to=tuple(party for party in named if draw(st.booleans()) or draw(st.booleans())),
        audience=draw(st.booleans()),
        quoted=tuple(draw(st.lists(st.tuples(PARTIES, RECORDS), max_size=2))),
        review=draw(st.sampled_from(Review)),
    )


LIKELY = st.sampled_from([row.facts for row in TABLE])
"""Messages of the table: most of them would be allowed, so that a bar has something to stop."""
FACTS = any_facts() | LIKELY
WORLDS = st.builds(world, STATES, STATEMENTS, STATEMENTS)


@given(WORLDS, FACTS)
@QUICK
def test_nothing_is_allowed_without_a_permit_and_nothing_refused_without_a_code(
    under: World, facts: MessageFacts
) -> None:
    rules = ENGINE.rulebook.rules
    verdicts = [ENGINE.decide_message(under, facts), *ENGINE.decide_addressees(under, facts, facts.named).values()]
    for verdict in verdicts:
        assert verdict.allowed == (verdict.code is None)
        assert verdict.outcome in (Outcome.QUEUED, Outcome.HELD, Outcome.REFUSED)
        assert verdict.code is not Code.POLICY
        if verdict.allowed:
            assert verdict.rules
            assert all(rules[rule].effect == "permit" for rule in verdict.rules)
        else:
            assert all(rules[rule].effect == "forbid" and rules[rule].code is verdict.code for rule in verdict.rules)


@given(WORLDS, FACTS, st.sampled_from(list(DIRECTORY.entries)), st.builds(Bar, whom=WHOM, scope=SCOPES), st.booleans())
@QUICK
def test_one_more_statement_never_allows_more(
    before: World, facts: MessageFacts, author: str, bar: Bar, restricts: bool
) -> None:
    stated = before.restrictions if restricts else before.acceptances
    more = {**stated, author: Bars(bars=(*stated.get(author, Bars()).bars, bar))}
    after = replace(before, restrictions=more) if restricts else replace(before, acceptances=more)
    assert ENGINE.decide_message(after, facts) == ENGINE.decide_message(before, facts)
    was, now = (ENGINE.decide_addressees(one, facts, facts.named) for one in (before, after))
    assert all(was[party].allowed for party in facts.named if now[party].allowed)


@given(WORLDS, FACTS, st.sampled_from(list(DIRECTORY.entries)))
@QUICK
def test_a_harsher_measure_never_allows_more(before: World, facts: MessageFacts, party: str) -> None:
    ladder = [state for state in State if state is not State.CONSULT_SUSPENDED]
    if before.states.get(party) is State.CONSULT_SUSPENDED:
        return  # beside the ladder
    was = ladder.index(before.states.get(party, State.ACTIVE))
    allowed = ENGINE.decide_message(before, facts).allowed
    found = ENGINE.decide_addressees(before, facts, facts.named)
    for harsher in ladder[was + 1 :]:
        after = replace(before, states={**before.states, party: harsher})
        if not ENGINE.decide_message(after, facts).allowed:
            continue
        assert allowed, "as a whole it was refused before"
        now = ENGINE.decide_addressees(after, facts, facts.named)
        assert all(found[name].allowed for name in facts.named if now[name].allowed)


@given(st.data(), WORLDS, FACTS)
@QUICK
def test_one_more_forbid_never_allows_more(data: st.DataObject, under: World, facts: MessageFacts) -> None:
    engine = data.draw(st.sampled_from(_STRICTER))
    for party in facts.named:
        assert decide(under, facts, party).allowed or not decide(under, facts, party, engine).allowed


_STRICTER = [
    Engine(Rulebook.load([FORENSIC])),
    Engine(Rulebook.load([FORENSIC.replace('"send"', '"receive"').replace('resource.purpose == "forensic"',
                                                                          'principal.role == "bureau"')])),
]  # fmt: skip
_CHECKS = (Channel.DIFFUSION, Channel.QUERY, Channel.RECORD)
_CHECKED = (Kind.NOTICE_REQUEST, Kind.COMPLIANCE_QUERY, Kind.COMPLIANCE_REPLY, Kind.COMPLAINT)


@given(WORLDS, FACTS, st.data())
@QUICK
def test_who_is_barred_is_always_refused(before: World, facts: MessageFacts, data: st.DataObject) -> None:
    """Whatever else is true: but for those who must check it, the owner itself and those it stands under."""
    party = data.draw(st.sampled_from(facts.named))
    owner = data.draw(st.sampled_from([facts.sender, *(owner for owner, _ in facts.quoted)]))
    after = replace(before, restrictions={**before.restrictions, owner: bars(party)})
    checks = facts.channel in _CHECKS or facts.kind in _CHECKED
    if checks and party in ("IPSG", "NDTF"):
        return
    if party in {owner, *(entry.party for entry in DIRECTORY.lineage(owner))}:
        return
    for child in [name for name in facts.named if party in {one.party for one in DIRECTORY.lineage(name)}]:
        assert not ENGINE.decide_addressees(after, facts, (child,))[child].allowed


@given(WORLDS, any_facts())
@QUICK
def test_the_digest_names_the_statements(under: World, facts: MessageFacts) -> None:
    same = World(under.directory, dict(reversed(under.states.items())), under.restrictions, under.acceptances)
    assert same.statements_digest() == under.statements_digest()
    idle = replace(
        under, states={"JP": State.ACTIVE, **under.states}, restrictions={"JP": Bars(), **under.restrictions}
    )
    assert idle.statements_digest() == under.statements_digest()
    barred = replace(under, restrictions={**under.restrictions, "JP": bars("DE", "BR", "FR")})
    assert barred.statements_digest() != under.statements_digest()


def test_every_fact_reaches_the_rules() -> None:
    """A fact that no rule can see would be decided on by nobody."""
    attributes = entities.message(CALM, published(notice_owner="FR"))["attrs"]
    elsewhere = {"id": "uid", "sealed_to": "sealed"}
    named = [one.name for one in (*fields(MessageFacts), *fields(Standing)) if one.name != "standing"]
    assert [one for one in named if elsewhere.get(one, one) not in {*attributes, "uid"}] == []

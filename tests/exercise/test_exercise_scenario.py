"""The scenario's models: who takes part, how messages become drafts, in which order steps come."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from i247sim.exercise.faults import Cut
from i247sim.exercise.loader import loads
from i247sim.exercise.scenario import ALL_RIGHTS, Scenario
from i247sim.exercise.sending import SENDABLE, Send
from i247sim.exercise.steps import Step
from i247sim.exercise.strict_yaml import Problems
from i247sim.vocabulary.contents import Confirmation, Note, Notice
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Classification, Database, Operation
from i247sim.vocabulary.parties import Role, members
from i247sim.vocabulary.queries import Query, RecordEntry

WORLD = """\
title: A small world
aim: to be looked at
participants:
  bureaus: [FR, "NO", GB, BR]
  sub_bureaus:
    GB-gibraltar: {parent: GB, name: Gibraltar}
  entities:
    FR-cdg-border: {parent: FR, name: Border post, profile: [sltd:query]}
    FR-unit: {parent: FR, name: A special unit, direct: yes}
  partners:
    XP-airline: {name: Fictional Air}
  clearances: {BR: confidential, NO: official-use}
timeline:
  - at: T+2h
    label: third
    cut: {party: NO, stays: yes}
  - at: T+0s
    label: first
    send: {from: FR, kind: DIFFUSION, to: [IPSG, europe, BR, NO], purpose: warn, subject: Look out}
  - at: T+0s
    label: second
    send: {from: BR, kind: DB_QUERY, purpose: border-management, query: {database: nominal, family_name: Fictus}}
expect:
  - says: nothing
    by: T+1d
    count: {kind: DIFFUSION, exactly: 1}
"""


@pytest.fixture(scope="module")
def world() -> Scenario:
    return loads(WORLD.encode())


def test_everybody_has_role_parent_clearance_and_rights(world: Scenario) -> None:
    parties = world.parties()
    assert list(parties) == [
        "HUB", "IPSG", "NDTF", "FR", "NO", "GB", "BR", "GB-gibraltar", "FR-cdg-border", "FR-unit", "XP-airline",
    ]  # fmt: skip
    assert {id_: party.role for id_, party in parties.items()} == {
        "HUB": Role.HUB,
        "IPSG": Role.SECRETARIAT,
        "NDTF": Role.REVIEWER,
        "FR": Role.BUREAU,
        "NO": Role.BUREAU,
        "GB": Role.BUREAU,
        "BR": Role.BUREAU,
        "GB-gibraltar": Role.SUB_BUREAU,
        "FR-cdg-border": Role.ENTITY,
        "FR-unit": Role.ENTITY,
        "XP-airline": Role.PARTNER,
    }
    assert parties["NO"].name == "Norway"
    assert parties["NO"].clearance is Classification.OFFICIAL_USE
    assert parties["FR"].clearance is Classification.RESTRICTED
    assert parties["BR"].clearance is Classification.CONFIDENTIAL
    assert parties["XP-airline"].clearance is Classification.OFFICIAL_USE
    assert parties["FR"].profile == ALL_RIGHTS
    assert parties["FR-cdg-border"].profile == ("sltd:query",)
    assert parties["FR-cdg-border"].parent == "FR"
    assert (parties["FR-cdg-border"].direct, parties["FR-unit"].direct, parties["FR"].direct) == (False, True, True)


def test_groups_stand_for_the_bureaus_that_take_part_without_the_sender_and_without_repetition(world: Scenario) -> None:
    assert world.expand(("IPSG", "europe", "BR", "NO"), "FR") == ("IPSG", "NO", "GB", "BR")
    assert world.expand(("members",), "BR") == ("FR", "NO", "GB")
    assert world.expand(("africa",), "FR") == ()


def test_steps_come_by_time_and_those_of_one_time_in_the_order_of_the_file(world: Scenario) -> None:
    assert [step.label for step in world.steps()] == ["first", "second", "third"]
    assert isinstance(world.steps()[2].verb, Cut)


def test_a_scenario_lasts_until_the_last_time_it_names(world: Scenario) -> None:
    assert world.lasts() == timedelta(days=1)


def test_a_send_becomes_a_draft_with_everything_the_header_needs(world: Scenario) -> None:
    step = world.steps()[1]
    assert isinstance(step.verb, Send)
    draft = world.draft(step.verb, step.label)
    assert draft.kind is Kind.DB_QUERY
    assert draft.channel is Channel.QUERY
    assert (draft.database, draft.operation) == (Database.NOMINAL, Operation.QUERY)
    assert draft.to == ("IPSG",)
    assert draft.label == "second"
    assert draft.content == Query(database=Database.NOMINAL, family_name="Fictus")


PERSON = {"family_name": "Fictus", "forename": "Exemplar", "sex": "M", "born": "1984"}


@pytest.mark.parametrize(
    ("more", "content"),
    [
        ({"kind": "INFO_REQUEST", "subject": "s"}, Note),
        ({"kind": "HIT_DENY", "subject": "s", "about": "NOM-0001"}, Confirmation),
        ({"kind": "NOTICE_REQUEST", "notice": {"type": "red", "subject": "s"}}, Notice),
        ({"kind": "DB_QUERY", "query": {"database": "sltd"}}, Query),
        ({"kind": "DB_RECORD", "record": {"database": "nominal", "person": PERSON}}, RecordEntry),
        ({"kind": "DB_UPDATE", "record": {"database": "nominal", "id": "NOM-0001", "person": PERSON}}, RecordEntry),
        ({"kind": "DB_DELETE", "record": {"database": "nominal", "id": "NOM-0001"}}, RecordEntry),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else "",
)
def test_each_content_is_written_in_its_own_words(more: dict[str, object], content: type) -> None:
    send = Send.model_validate({"from": "FR", "to": ["BR"], "purpose": "case-support", **more})
    assert type(send.content()) is content
    draft = send.draft(("BR",))
    assert (draft.database is None) == (content not in (Query, RecordEntry))
    if isinstance(draft.content, RecordEntry):
        assert draft.operation is draft.content.operation


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in SENDABLE])
def test_what_the_secretariat_sends_by_itself_is_no_step(kind: Kind) -> None:
    with pytest.raises(ValidationError, match="sends by itself"):
        Send.model_validate({"from": "IPSG", "to": ["FR"], "kind": kind, "purpose": "warn", "subject": "s"})


def test_a_scenario_is_read_back_from_what_it_says(world: Scenario) -> None:
    assert Scenario.model_validate(world.model_dump(by_alias=True)) == world
    assert Scenario.model_validate_json(world.model_dump_json(by_alias=True, exclude_none=True)) == world


def test_a_step_cannot_be_changed(world: Scenario) -> None:
    step: Step = world.timeline[0]
    with pytest.raises(ValidationError):
        step.at = timedelta()


SMALL = "title: t\naim: a\nparticipants: {%s}\ntimeline: [{at: T+0s, measure: {party: FR, state: active}}]\n"


def test_all_stands_for_the_196_members() -> None:
    scenario = loads((SMALL % "bureaus: all").encode())
    assert scenario.participants.bureaus == tuple(members())
    assert len(scenario.participants.bureaus) == 196
    assert len(scenario.expand(("members",), "FR")) == 195


@pytest.mark.parametrize("word", ["every", "ALL", "members"])
def test_another_word_for_all_is_refused(word: str) -> None:
    with pytest.raises(Problems):
        loads((SMALL % f"bureaus: {word}").encode())


def test_a_bureau_has_its_own_duties_else_its_regions_else_those_of_all() -> None:
    duties = "".join(
        f"  {key}: [{{when: {{kind: INFO_REQUEST}}, send: INFO_REPLY, after: 3m, subject: {key}}}]\n"
        for key in ("members", "europe", "FR", "FR-unit")
    )
    who = "bureaus: [FR, SE, BR], entities: {FR-unit: {parent: FR, name: u}, SE-unit: {parent: SE, name: u}}"
    scenario = loads((SMALL % who + "officers:\n" + duties).encode())
    found = {party: [duty.subject for duty in scenario.duties(party)] for party in scenario.parties()}
    assert found == {
        "HUB": [], "IPSG": [], "NDTF": [],
        "FR": ["FR"], "SE": ["europe"], "BR": ["members"], "FR-unit": ["FR-unit"], "SE-unit": [],
    }  # fmt: skip


def test_steps_that_wait_stand_apart_from_those_with_a_time() -> None:
    text = SMALL % "bureaus: [FR, BR]" + "  \n"
    text = text.replace("}}]\n", "}}, {after: {sent: {message: FR#1}, wait: 3h}, cut: {party: BR, stays: yes}}]\n", 1)
    scenario = loads(text.encode())
    assert [isinstance(step.verb, Cut) for step in scenario.steps()] == [False]
    assert [isinstance(step.verb, Cut) for step in scenario.waiting()] == [True]
    assert scenario.lasts() == timedelta()

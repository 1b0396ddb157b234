"""Forms are drawn from the engine's models, and what is typed comes back as the models take it."""

import pytest
from rig import STORY

from i247sim.console.asking import Lists
from i247sim.console.forms import Field, Shape, errors_by_field, fields_of, missing, read, with_errors
from i247sim.exercise.drafting import Wrong, make_step
from i247sim.exercise.injects import catalogue
from i247sim.exercise.loader import load
from i247sim.exercise.sending import Send
from i247sim.exercise.steps import verbs
from i247sim.vocabulary.contents import Notice
from i247sim.vocabulary.statements import Bar

LISTS = Lists([("FR", "France"), ("BR", "Brazil")], ("members",), [("FR#1", "a message")])


@pytest.mark.parametrize("verb", [one.verb for one in catalogue()])
def test_every_verb_has_a_form_with_all_its_parameters(verb: str) -> None:
    fields = fields_of(verbs()[verb], "p.", LISTS, {})
    names = {one.name.removeprefix("p.").split(".")[0] for one in fields}
    wanted = next(one for one in catalogue() if one.verb == verb)
    assert names == {one.name for one in wanted.parameters}
    required = {one.name for one in wanted.parameters if one.required and one.type != "keys"}
    assert {one.name.removeprefix("p.") for one in fields if one.required} <= required
    assert all(one.title and one.type for one in fields)


def test_parties_come_with_suggestions_and_groups_where_they_may_stand() -> None:
    fields = {one.name: one for one in fields_of(Send, "", LISTS, {})}
    assert fields["from"].type == "party"
    assert fields["to"].type == "parties"
    assert ("members", "all of members") in fields["to"].choices
    assert ("members", "all of members") not in fields["from"].choices
    assert fields["answers"].type == "message"
    assert fields["reply_within"].type == "duration"
    assert fields["classification"].value == "official-use"


def test_a_number_says_of_what_it_is_and_a_closed_list_what_it_may_hold() -> None:
    fields = {one.name: one for name in ("lose", "flood", "send") for one in fields_of(verbs()[name], "", LISTS, {})}
    assert (fields["share"].type, fields["share"].unit) == ("number", "percent")
    assert (fields["rate"].unit, fields["rate"].value) == ("messages a minute", 700)
    measures = fields["notice.sanction.measures"]
    assert (measures.type, measures.choices[1]) == ("choices", ("travel-ban", "travel-ban"))


def test_a_part_that_nobody_filled_in_is_not_there() -> None:
    fields = fields_of(Notice, "notice.", LISTS, {}, Shape(without=("exercise",)))
    typed = {
        "notice.type": ["red"],
        "notice.subject": ["Fictus"],
        "notice.person.family_name": [""],
        "notice.judicial.facts": ["  "],
    }
    found = read(typed, "notice.", fields)
    assert found["type"] == "red"
    assert "person" not in found
    assert "judicial" not in found
    typed["notice.person.family_name"] = ["Fictus"]
    assert read(typed, "notice.", fields)["person"]["family_name"] == "Fictus"


def test_what_is_typed_becomes_what_a_step_takes() -> None:
    fields = fields_of(
        Send, "p.", LISTS, {}, Shape(only=("from", "to", "kind", "purpose", "subject", "text", "handling"))
    )
    typed = {
        "p.from": [" FR "],
        "p.to": ["BR, NO"],
        "p.kind": ["INFO_REQUEST"],
        "p.purpose": ["case-support"],
        "p.subject": ["Hello"],
        "p.text": ["one\r\ntwo"],
        "p.handling": ["H1", "H2"],
    }
    value = read(typed, "p.", fields)
    assert value["to"] == ["BR", "NO"]
    assert value["text"] == "one\ntwo"
    step = make_step({"send": value}, load(STORY), None if False else load(STORY).lasts())
    assert step.send is not None
    assert [str(one) for one in step.send.handling] == ["H1", "H2"]


def test_mistakes_come_back_to_their_fields() -> None:
    scenario = load(STORY)
    with pytest.raises(Wrong) as caught:
        make_step({"send": {"from": "XX", "to": ["BR"], "kind": "INFO_REQUEST", "purpose": "case-support",
                            "subject": "x"}}, scenario, scenario.lasts())  # fmt: skip
    places = [tuple(place)[1:] for place, _ in caught.value.errors]
    errors = errors_by_field([(place, "wrong") for place in places], "p.")
    assert errors == {"p.from": "wrong"}
    fields = with_errors(fields_of(Send, "p.", LISTS, {}), errors)
    assert [one.name for one in fields if one.error] == ["p.from"]


def test_what_is_needed_and_empty_is_named_at_once() -> None:
    fields = fields_of(Bar, "", LISTS, {})
    assert missing(fields, {"whom": [" "]}) == ["whom"]
    assert missing(fields, {"whom": ["NO"]}) == []
    assert read({"whom": ["NO"], "scope.channel": [""]}, "", fields) == {"whom": "NO"}
    both = read({"whom": ["NO"], "scope.channel": ["direct"]}, "", fields)
    assert both == {"whom": "NO", "scope": {"channel": "direct"}}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("FR, BR", ["FR", "BR"], id="ids"),
        pytest.param("fr br", ["FR", "BR"], id="small letters"),
        pytest.param("France, Cabo Verde", ["FR", "CV"], id="names, one of two words"),
        pytest.param("cabo verde", ["CV"], id="a name in small letters"),
        pytest.param("europe, FR", ["europe", "FR"], id="a region"),
        pytest.param("Atlantis, FR", ["Atlantis", "FR"], id="what nobody knows stays, to be named as a mistake"),
    ],
)
def test_parties_are_typed_by_id_name_or_region(typed: str, expected: list[str]) -> None:
    known = (("FR", "France"), ("BR", "Brazil"), ("CV", "Cabo Verde"), ("europe", "all of europe"))
    field = Field("p.to", "To", "parties", choices=known)
    assert read({"p.to": [typed]}, "p.", [field]) == {"to": expected}


def test_one_party_is_typed_by_its_name_too() -> None:
    field = Field("p.from", "From", "party", choices=(("CV", "Cabo Verde"),))
    assert read({"p.from": ["Cabo Verde"]}, "p.", [field]) == {"from": "CV"}
    assert read({"p.from": ["New Atlantis"]}, "p.", [field]) == {"from": "New Atlantis"}

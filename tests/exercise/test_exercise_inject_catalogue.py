"""Every verb as data: complete, in step with the models, with the documentation, and with what undoes it."""

from datetime import timedelta
from pathlib import Path

import pytest

from i247sim.exercise import injects
from i247sim.exercise.acts import Theme
from i247sim.exercise.catalogue import find
from i247sim.exercise.injects import Inject
from i247sim.exercise.loader import load, load_step
from i247sim.exercise.steps import VERBS, verbs
from i247sim.vocabulary.errors import InputError

ALL = injects.catalogue()
RED_NOTICE = load(find("red-notice"))
TYPES = ("party", "parties", "message", "duration", "shift", "number", "yes-no", "choice", "text", "list", "keys")


def test_the_catalogue_has_every_verb_of_a_timeline_in_its_order() -> None:
    assert tuple(one.verb for one in ALL) == VERBS


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.verb)
def test_every_verb_says_what_it_does_teaches_and_who_notices(one: Inject) -> None:
    assert one.title[0].isupper()
    assert one.does.endswith(".")
    assert 150 < len(one.teaches) < 700, "one paragraph"
    assert one.detector.endswith(".")
    assert not one.adversary or one.theme is Theme.ATTACKS


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.verb)
def test_every_verb_is_undone_by_another_or_says_why_not(one: Inject) -> None:
    assert bool(one.inverse) != bool(one.stays_because)
    assert not one.inverse or one.inverse in verbs()


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.verb)
def test_every_parameter_has_a_sentence_a_type_and_what_it_is_if_left_out(one: Inject) -> None:
    model = verbs()[one.verb]
    assert [parameter.name for parameter in one.parameters] == [
        field.alias or name for name, field in model.model_fields.items()
    ]
    for parameter in one.parameters:
        assert parameter.title.endswith("."), parameter.name
        assert parameter.type in TYPES
        assert bool(parameter.choices) == (parameter.type in ("choice", "yes-no"))
        assert not (parameter.required and parameter.default)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.verb)
def test_the_documentation_has_a_line_for_every_verb_and_names_all_its_parameters(one: Inject) -> None:
    text = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|") and f"`{one.verb}`" in line.split("|")[1]]
    assert lines, f"no line for `{one.verb}` in docs/scenarios.md"
    if one.verb != "send":  # which has a section of its own
        for parameter in one.parameters:
            assert any(f"`{parameter.name}`" in line for line in lines), parameter.name


def test_an_unknown_verb_is_refused_with_a_near_one() -> None:
    with pytest.raises(InputError, match="`tampr` is no verb; did you mean `tamper`"):
        injects.find("tampr")


def test_parameters_are_typed_as_their_models_are() -> None:
    found = {(one.verb, parameter.name): parameter for one in ALL for parameter in one.parameters}
    assert found["cut", "party"].type == "party"
    assert (found["cut", "stays"].type, found["cut", "stays"].default) == ("yes-no", "no")
    assert (found["slow", "by"].type, found["slow", "by"].unit) == ("duration", "like `90s`, `30m`, `1h30m`")
    assert found["replay", "message"].type == "message"
    assert found["tamper", "part"].choices == ("header", "stanza", "body", "signature")
    assert found["send", "from"].type == "party"
    assert "NOTICE_PUBLISHED" not in found["send", "kind"].choices


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.verb)
def test_what_is_shown_as_written_can_be_injected_as_it_stands(one: Inject) -> None:
    step = load_step(one.example, RED_NOTICE, timedelta(hours=1))
    assert injects.key_of(step.verb) == one.verb

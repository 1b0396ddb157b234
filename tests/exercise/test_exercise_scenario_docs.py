"""The page for authors is kept in step: its examples load, and no key of the language is missing from it."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from i247sim.exercise import claims, country, faults, happenings, orders, scenario, sending, steps, strict_yaml
from i247sim.exercise.durations import MAX_DURATION
from i247sim.exercise.loader import loads
from i247sim.exercise.strict_yaml import Problems

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[0])
def test_every_example_of_the_page_loads(example: str) -> None:
    assert loads(example.encode()).timeline


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize(
    "model",
    [
        scenario.Scenario,
        scenario.Briefing,
        country.Change,
        scenario.Participants,
        scenario.Entity,
        scenario.SubBureau,
        scenario.Partner,
        scenario.StartMeasure,
        scenario.Record,
        scenario.OfficerDuty,
        scenario.Review,
        steps.Step,
        happenings.Condition,
        happenings.OpenedWhen,
        sending.Send,
        sending.Entry,
        orders.Declare,
        orders.Measure,
        orders.Revoke,
        faults.Cut,
        faults.Restore,
        claims.Expectation,
        claims.AccessClaim,
        claims.AnswerClaim,
        claims.FindingClaim,
        claims.CountClaim,
        claims.RefusedClaim,
        claims.AppealClaim,
        claims.Milestone,
    ],
    ids=lambda model: model.__name__,
)
def test_every_key_of_the_language_is_on_the_page(model: type[BaseModel]) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()


@pytest.mark.parametrize("word", [*claims.Access, *steps.VERBS, *happenings.HAPPENINGS, *claims.CLAIMS])
def test_every_verb_claim_and_outcome_is_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_the_messages_shown_are_those_of_the_loader() -> None:
    first = EXAMPLES[0].replace("kind: INFO_REQUEST\n", "kind: INFO_REQEST\n").replace("whom: NO", "whom: DE")
    with pytest.raises(Problems) as caught:
        loads(first.encode(), "mine.yaml")
    assert f"```text\n{caught.value}\n```" in PAGE


def test_the_limits_shown_are_those_of_the_loader() -> None:
    assert (
        f"{strict_yaml.MAX_FILE_BYTES // 1024} KiB, {strict_yaml.MAX_DEPTH} levels, {strict_yaml.MAX_VALUES:,} values"
        in PAGE
    )
    assert f"`{MAX_DURATION.days}d`" in PAGE

"""The page on rules says what the rules say."""

from pathlib import Path

from policy_cases import ENGINE

from i247sim.policy.lint import STEP_OF_CODE, lint
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.parties import State

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def table() -> str:
    lines = ["| Step | Rule | Asked | Answer | Source | What it says |", "|---|---|---|---|---|---|"]
    for rule in ENGINE.rulebook.rules.values():
        answer = "permit" if rule.code is None else f"`{rule.code}`"
        if rule.outcome is Outcome.HELD:
            answer += " *held*"
        lines.append(f"| {rule.step} | `{rule.id}` | {rule.question} | {answer} | {rule.cite} | {rule.explain} |")
    return "\n".join(lines)


def test_the_table_of_rules_is_the_rules() -> None:
    found = PAGE.read_text(encoding="utf-8").split("<!-- rules -->\n")[1].split("\n<!-- /rules -->")[0]
    assert found == table()


def test_the_page_names_every_state_and_every_code_of_a_scenarios_rules() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [state for state in State if state is not State.ACTIVE and f"| {state} |" not in text] == []
    assert [code for code, step in STEP_OF_CODE.items() if f"`{code}` {step}" not in text] == []


def test_the_example_of_a_scenarios_rule_passes_the_lint() -> None:
    example = PAGE.read_text(encoding="utf-8").split("```cedar\n")[1].split("```")[0]
    assert lint([example]) == []

"""The glossary: one meaning for each term, in order, and every closed list whole."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Channel
from i247sim.vocabulary.messages import (
    Classification,
    Database,
    Handling,
    NoticeType,
    Operation,
    Purpose,
    Tlp,
    Urgency,
    UrgencyReason,
)
from i247sim.vocabulary.parties import Role, State

PAGE = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
TERMS = re.findall(r"^\*\*([^*]+)\*\*: (.+)$", PAGE, re.MULTILINE)
LISTS: dict[str, type[StrEnum]] = {
    "channel": Channel,
    "notice": NoticeType,
    "purpose": Purpose,
    "classification": Classification,
    "handling": Handling,
    "TLP": Tlp,
    "urgency": Urgency,
    "urgency reason": UrgencyReason,
    "database": Database,
    "operation": Operation,
    "role": Role,
    "state": State,
    "outcome": Outcome,
    "code": Code,
}


def test_every_term_has_one_meaning_and_its_place() -> None:
    names = [name for name, _ in TERMS]
    assert len(names) > 90
    assert names == sorted(set(names), key=str.lower)
    assert all(meaning.rstrip().endswith((".", ")")) for _, meaning in TERMS)


@pytest.mark.parametrize("title", LISTS)
def test_a_closed_list_is_whole(title: str) -> None:
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {title} |")]
    assert line == f"| {title} | {', '.join(f'`{one.value}`' for one in LISTS[title])} |"


@pytest.mark.parametrize("one", [*State, *Outcome, *Classification, *Urgency])
def test_states_outcomes_levels_and_urgencies_are_explained(one: StrEnum) -> None:
    assert any(one.value in meaning for _, meaning in TERMS)

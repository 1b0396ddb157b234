"""The page on notices names every colour, every code, every word that decides, and every clock as it is."""

from datetime import timedelta
from pathlib import Path

import pytest

from i247sim.bureau import clocks
from i247sim.secretariat.acknowledgements import ACKNOWLEDGE_WITHIN
from i247sim.secretariat.corrections import CORRECT_WITHIN
from i247sim.secretariat.diffusions import DiffusionState
from i247sim.secretariat.examinations import ANSWER_WITHIN
from i247sim.secretariat.files import OBSERVE_WITHIN
from i247sim.secretariat.lives import NoticeState
from i247sim.secretariat.publication_limits import CHILD_WITHIN, WARNING_WITHIN
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import NoticeType

PAGE = (Path(__file__).parents[2] / "docs" / "notices.md").read_text(encoding="utf-8")


def test_every_colour_has_its_line() -> None:
    assert [one for one in NoticeType if f"| `{one}` |" not in PAGE] == []


def test_every_code_has_cause_and_cure() -> None:
    lines = [line.split("|") for line in PAGE.splitlines() if line.startswith(("| `E-", "| `R-"))]
    assert [line[1].strip(" `") for line in lines] != []
    assert {line[1].strip(" `") for line in lines} == set(Code)
    assert all(len(line) == 5 and line[2].strip() and line[3].strip() for line in lines)


def test_every_state_of_a_notice_is_drawn() -> None:
    assert [one for one in NoticeState if one not in PAGE] == []
    assert DiffusionState.HELD in PAGE


@pytest.mark.parametrize(
    ("clock", "limit"),
    [
        ("publication of a warning", WARNING_WITHIN),
        ("publication for a child at risk", CHILD_WITHIN),
        ("onward distribution", clocks.ONWARD),
        ("acknowledgement of a warning", clocks.SUBJECT[Kind.THREAT_ALERT]),
        ("acknowledgement of an Orange Notice", ACKNOWLEDGE_WITHIN),
        ("explanation", ANSWER_WITHIN),
        ("correction", CORRECT_WITHIN),
        ("the owner's view", OBSERVE_WITHIN),
    ],
)
def test_the_clocks_shown_are_those_of_the_desks(clock: str, limit: timedelta) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {clock} |")]
    number, unit = row.split("|")[4].split()
    units = {"h": timedelta(hours=1), "min": timedelta(minutes=1), "days": timedelta(days=1)}
    assert int(number) * units[unit] == limit

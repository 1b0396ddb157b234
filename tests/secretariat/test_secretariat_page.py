"""The page on notices names every colour, every code, every word that decides."""

from pathlib import Path

from i247sim.secretariat.diffusions import DiffusionState
from i247sim.secretariat.lives import NoticeState
from i247sim.vocabulary.decisions import Code
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

"""The page of the cases names every case, every procedure and every limit as they are."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from i247sim.bureau import clocks
from i247sim.exercise.catalogue import files
from i247sim.secretariat.reviewer import FIRST_CHECK
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Urgency
from i247sim.vocabulary.procedures import HABITS, Procedure

PAGE = (Path(__file__).parents[2] / "docs" / "cases.md").read_text(encoding="utf-8")


def test_every_shipped_case_is_on_the_page_and_no_other() -> None:
    table = PAGE.split("| Family |")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z-]+)`", table)) == {path.stem for path in files()}


def test_the_clocks_of_single_subjects_are_those_of_the_desks() -> None:
    units = {"min": timedelta(minutes=1), "h": timedelta(hours=1)}
    said = re.findall(r"`([A-Z_]+)`[^|]*\| ([0-9]+) (min|h) \|", PAGE.split("## Clocks")[1])
    assert {Kind(kind): int(number) * units[unit] for kind, number, unit in said} == clocks.SUBJECT


@pytest.mark.parametrize("procedure", list(Procedure))
def test_every_procedure_is_explained(procedure: Procedure) -> None:
    assert f"| `{procedure}` | {HABITS[procedure].explain} | {HABITS[procedure].cite} |" in PAGE


@pytest.mark.parametrize(
    ("row", "limits"),
    [
        ("acknowledgement by a person", clocks.ACKNOWLEDGE),
        ("first reply to a request", clocks.FIRST_REPLY),
        ("hit confirmation", clocks.HIT_CONFIRMATION),
        ("first check of a request for a notice", FIRST_CHECK),
    ],
)
def test_the_limits_are_those_of_the_desks(row: str, limits: dict[Urgency, timedelta]) -> None:
    units = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {row} ")]
    said = [cell.split() for cell in line.split("|")[2:5]]
    assert [int(number) * units[unit] for number, unit in said] == [limits[urgency] for urgency in reversed(Urgency)]

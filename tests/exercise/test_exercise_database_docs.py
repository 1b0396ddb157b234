"""The page about the databases is kept in step: its example is played, and nothing that can be asked is missing."""

import re
from pathlib import Path

import pytest

from i247sim.exercise.analysis import Weight, flaws
from i247sim.exercise.loader import loads
from i247sim.secretariat.wellformed import SEARCHED_BY
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.queries import Finding, Query
from i247sim.vocabulary.record_ids import PREFIX_OF
from i247sim.vocabulary.records import KEY_OF

PAGE = (Path(__file__).parents[2] / "docs" / "databases.md").read_text(encoding="utf-8")


def test_the_example_goes_as_it_expects():
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert [flaw.text for flaw in flaws(loads(example.encode())) if flaw.weight is Weight.ERROR] == []


@pytest.mark.parametrize("database", Database)
def test_every_database_has_a_line(database):
    (line,) = re.findall(rf"^\| `{database}` \|.*$", PAGE, re.MULTILINE)
    if database is not Database.BORDER:
        assert f"`{KEY_OF[database]}`" in line
        assert f"`{PREFIX_OF[database]}-…`" in line
        for field in set(SEARCHED_BY[database]) - {"family_name", "forename", "born", "sex", "document"}:
            assert f"`{field}`" in line


def test_every_finding_and_every_way_of_asking_is_explained():
    ways = {field.alias or name for name, field in Query.model_fields.items()} & {"record", "batch", "looks", "copy"}
    assert len(ways) == 4
    assert all(f"`{one}" in PAGE for one in (*Finding, *ways))

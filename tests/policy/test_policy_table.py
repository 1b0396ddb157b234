"""The decision table, row by row, and that every rule decides somewhere in it."""

import pytest
from policy_cases import ENGINE, Row, decide
from policy_table import TABLE as NETWORK
from service_table import SERVICE

from i247sim.vocabulary.decisions import Outcome

TABLE = [*NETWORK, *SERVICE]


@pytest.mark.parametrize("row", TABLE, ids=[row.sentence.replace(" ", "-") for row in TABLE])
def test_decide_as_the_table_says(row: Row) -> None:
    verdict = decide(row.world, row.facts, row.party)
    shown = {Outcome.QUEUED: "allowed", Outcome.HELD: "held"}.get(verdict.outcome) or str(verdict.code)
    assert (shown, verdict.rules) == (row.expected, row.rules)


def test_every_rule_decides_at_least_once() -> None:
    deciding = {rule for row in TABLE for rule in row.rules}
    assert set(ENGINE.rulebook.rules) - deciding == set()


def test_the_table_has_no_line_twice() -> None:
    assert len({row.sentence for row in TABLE}) == len(TABLE) >= 60

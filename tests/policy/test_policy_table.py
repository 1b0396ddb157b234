"""The decision table, row by row, and that every rule decides somewhere in it."""

import pytest
from policy_cases import ENGINE, Row, decide
from policy_table import TABLE as NETWORK
from service_table import SERVICE

from i247sim.policy.engine import Engine
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


FOR_THEIR_SENTENCE = {
    "STATE-REVOKED",
    "RIGHTS-NOTICE-REQUEST",
    "RIGHTS-COMMISSION",
    "RIGHTS-PUBLISH",
    "RIGHTS-DECISION",
    "RIGHTS-SECRETARIAT",
    "ADDR-NAMED",
    "ADDR-SYSTEM",
}
"""Forbids of what nothing permits, or what another forbid catches: without them the answer is no all the same."""


@pytest.mark.deep
@pytest.mark.parametrize("rule", ENGINE.rulebook.rules)
def test_without_a_rule_something_is_decided_otherwise(rule: str) -> None:
    without = Engine(ENGINE.rulebook.without(rule))
    otherwise = [
        row
        for row in TABLE
        if rule in row.rules
        and decide(row.world, row.facts, row.party, without).allowed != decide(row.world, row.facts, row.party).allowed
    ]
    assert (otherwise == []) == (rule in FOR_THEIR_SENTENCE)


def test_the_table_has_no_line_twice() -> None:
    assert len({row.sentence for row in TABLE}) == len(TABLE) >= 60

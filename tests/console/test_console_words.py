"""What pages say in words: evidence, faults, entries of the log."""

from datetime import UTC, datetime

import pytest

from i247sim.console.pages.words import because, broken_word, told
from i247sim.exercise.injects import catalogue
from i247sim.exercise.picture import Wire
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import MEANINGS, Code

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("evidence", "shown"),
    [
        pytest.param(
            "FR#2 (INFO_REQUEST) was opened at BR, 2026-03-03T09:00:05Z",
            "FR#2 (info request) was opened at BR, T+1d 01:00:05",
            id="a time and a kind",
        ),
        pytest.param(
            "there was no message `IPSG:NOTICE_PUBLISHED` until 2026-03-02T07:59:00Z",
            "there was no message `IPSG:NOTICE_PUBLISHED` until T-00:01:00",
            id="a name of the scenario's stays",
        ),
        pytest.param(
            "told by IPSG#1 (DB_RESULT): NO_RECORD", "told by IPSG#1 (database result): no record", id="answer"
        ),
        pytest.param("2 times DIFFUSION to KE", "2 times diffusion to KE", id="a kind of one word, and a party"),
        pytest.param(
            "no CD_REQUEST from BR", "no controlled delivery request from BR", id="a kind that is spelled out"
        ),
        pytest.param("refused with E-RESTRICT by RESTRICT-OWN", "refused with E-RESTRICT by RESTRICT-OWN", id="a rule"),
    ],
)
def test_evidence_is_told_by_the_exercise_clock_and_in_words(evidence: str, shown: str) -> None:
    assert told(evidence, START) == shown


def test_whatever_can_be_broken_has_a_word_for_it() -> None:
    broken = [one.verb for one in catalogue() if one.inverse and one.theme in ("faults", "attacks")]
    assert {"cut", "hold", "capture_hub"} <= set(broken)
    assert [verb for verb in broken if verb != "slow" and broken_word(verb) == verb.replace("_", " ")] == []


def test_a_desk_is_not_told_that_its_traffic_is_held_back_and_what_is_slow_goes_out() -> None:
    assert [state for state in ("up", "held", "slow", "cut", "down") if Wire(state).looks_up] == ["up", "held", "slow"]


def test_a_refusal_is_told_by_the_sentence_of_its_rule_and_without_one_by_its_code() -> None:
    rulebook = Rulebook.load()
    assert because(rulebook, ("RESTRICT-OWN",), Code.RESTRICT) == (
        "The sender itself has barred this addressee from what it sends"
    )
    assert because(rulebook, ("hub-quota",), Code.RATE) == MEANINGS[Code.RATE]

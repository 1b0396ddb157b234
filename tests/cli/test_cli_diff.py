"""``diff``: what two runs did differently, row by row; two rows that differ never read the same."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from i247sim.cli.diff import line
from i247sim.exercise.transcript import (
    AppealRow,
    Decision,
    MessageRow,
    Reached,
    Row,
    StatementRow,
    StatementType,
    Transcript,
)
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Channel, Kind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
MESSAGE = MessageRow(
    NOON,
    "FR",
    "FR#2",
    Kind.INFO_REQUEST,
    Channel.DIRECT,
    ("BR", "NO"),
    "0123456789abcdef" * 4,
    decisions=(
        Decision("BR", Outcome.QUEUED, None, ("RECV-DIRECT",)),
        Decision("NO", Outcome.REFUSED, Code.ADDR, ("A",)),
    ),
    reached=(Reached("BR", NOON, Outcome.OPENED), Reached("NO", NOON, Outcome.REFUSED, Code.ADDR)),
)
BARS = StatementRow(
    NOON, "FR", StatementType.RESTRICTION, "", '{"bars":[' + '{"scope":{},"whom":"NO"},' * 4 + '{"whom":"BR"}]}'
)
APPEAL = AppealRow(NOON, "PT", "ST", Kind.INFO_REQUEST, NOON - timedelta(hours=4))


def told(row: Row, other: Row | None) -> str:
    first, second = (None if one is None else json.loads(Transcript((one,)).canonical_text()) for one in (row, other))
    assert first is not None
    return line(first, second)


@pytest.mark.parametrize(
    ("row", "changed", "said"),
    [
        pytest.param(MESSAGE, replace(MESSAGE, time=LATER), "2026-03-02T12:01:00Z FR#2", id="one time"),
        pytest.param(
            MESSAGE, replace(MESSAGE, plaintext="f" * 64), "; content ffffffffffff…", id="one word of the content"
        ),
        pytest.param(MESSAGE, replace(MESSAGE, addressees=("BR", "IS", "NO")), "to BR, IS, NO", id="one addressee"),
        pytest.param(MESSAGE, replace(MESSAGE, channel=Channel.ADMIN), "; channel admin", id="channel"),
        pytest.param(MESSAGE, replace(MESSAGE, answers="NO#1"), "; answers NO#1", id="what it answers"),
        pytest.param(
            MESSAGE,
            replace(MESSAGE, decisions=(MESSAGE.decisions[0], Decision("NO", Outcome.REFUSED, Code.ADDR, ("B",)))),
            "; NO by B",
            id="one rule",
        ),
        pytest.param(
            MESSAGE,
            replace(MESSAGE, code=Code.RIGHTS, decisions=(), reached=()),
            ": refused E-RIGHTS",
            id="refused as a whole",
        ),
        pytest.param(
            BARS,
            replace(BARS, statement=BARS.statement.replace("BR", "JP")),
            "whom NO; whom JP",
            id="the end of a long statement",
        ),
        pytest.param(
            BARS,
            replace(BARS, statement=BARS.statement.replace('"scope":{},', "", 1)),
            '{"bars":[{"whom":"NO"},',
            id="a statement that reads the same",
        ),
        pytest.param(BARS, replace(BARS, code=Code.RIGHTS), ": refused E-RIGHTS", id="a statement that was refused"),
        pytest.param(
            APPEAL, replace(APPEAL, time=LATER), "12:01:00Z PT tells exercise control that ST", id="an appeal"
        ),
        pytest.param(
            APPEAL, replace(APPEAL, since=NOON), "of 2026-03-02T12:00:00Z", id="an appeal about another silence"
        ),
        pytest.param(APPEAL, replace(APPEAL, asked=Kind.REMINDER), "REMINDER", id="an appeal about another question"),
    ],
)
def test_two_rows_that_differ_do_not_read_the_same(row: Row, changed: Row, said: str) -> None:
    assert told(row, changed) != told(changed, row)
    assert said in told(changed, row)


def test_what_is_the_same_in_both_runs_takes_no_room() -> None:
    assert told(MESSAGE, MESSAGE) == told(MESSAGE, None)
    assert "content" not in told(MESSAGE, replace(MESSAGE, time=LATER))
    assert len(told(BARS, None)) < 100

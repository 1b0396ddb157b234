"""The access proof: rule, broker and key held against each other; where they contradict, it is an alarm."""

from datetime import UTC, datetime

import pytest

from i247sim.exercise import access
from i247sim.exercise.access import Sign
from i247sim.exercise.observe import Sent, Way
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.entries import DecisionEntry, HandoverEntry

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ID = "ab" * 16
SENT = Sent("FR", ID, {"ref": "FR-2026-000001", "to": ["BR"]})


def way(*outcomes: Outcome, handed: bool = False, said: Outcome | None = None) -> Way:
    found = Way()
    found.decisions["BR"] = [
        (index, DecisionEntry(time=NOON, id=ID, party="BR", outcome=one, directory=1, statements="0" * 64))
        for index, one in enumerate(outcomes)
    ]
    if handed:
        found.handed["BR"] = (8, HandoverEntry(time=NOON, id=ID, party="BR", number=1))
    if said is not None:
        found.acknowledged["BR"] = [(9, NOON, said, None)]
    return found


@pytest.mark.parametrize(
    ("told", "opens", "sign", "alarm"),
    [
        pytest.param(way(Outcome.QUEUED), None, Sign.QUEUED, "", id="waits"),
        pytest.param(way(Outcome.QUEUED, handed=True, said=Outcome.OPENED), True, Sign.READ, "", id="read"),
        pytest.param(way(Outcome.QUEUED, handed=True), True, Sign.QUEUED, "", id="on its way, and there already"),
        pytest.param(way(Outcome.REFUSED), None, Sign.REFUSED, "", id="refused"),
        pytest.param(
            way(Outcome.REFUSED), False, Sign.REFUSED, "holds a copy that no decision allowed", id="refused, and held"
        ),
        pytest.param(
            way(Outcome.QUEUED, Outcome.WITHHELD),
            True,
            Sign.WITHHELD,
            "holds a copy that was never handed over",
            id="withheld, and held all the same",
        ),
        pytest.param(
            way(Outcome.QUEUED, Outcome.WITHHELD, handed=True), True, Sign.WITHHELD, "", id="withheld on its way"
        ),
        pytest.param(
            way(Outcome.QUEUED, handed=True),
            False,
            Sign.QUEUED,
            "was allowed and handed a copy, and cannot open it",
            id="handed over, and shut",
        ),
        pytest.param(
            way(Outcome.QUEUED, handed=True, said=Outcome.OPENED), False, Sign.READ, "", id="opened, the key gone since"
        ),
    ],
)
def test_what_a_cell_says(told: Way, opens: bool | None, sign: Sign, alarm: str) -> None:
    held = {} if opens is None else {("BR", ID): opens}
    _, cell = access.cells([SENT], {ID: told}, ("FR", "BR"), held, ())
    assert (cell.sign, cell.alarm) == (sign, alarm)


def test_what_a_captured_hub_could_leak_is_shown_and_is_no_alarm() -> None:
    (cell,) = access.cells([SENT], {ID: way(Outcome.REFUSED)}, ("BR",), {}, [("BR", ID)])
    assert (cell.exposed, cell.alarm) == (True, "")

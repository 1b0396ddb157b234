"""Quotas: everybody's in a minute, and a national unit's own in an hour."""

from datetime import UTC, datetime, timedelta

import pytest
from hub_world import HubWorld

from i247sim.hub.decide import Limits, too_many
from i247sim.vocabulary.decisions import Code, Outcome

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def every(minutes: float, count: int) -> list[datetime]:
    """So many messages, so many minutes apart, the newest at noon."""
    return [NOON - timedelta(minutes=minutes * number) for number in reversed(range(count))]


@pytest.mark.parametrize(
    ("times", "limit", "own", "over"),
    [
        pytest.param(every(0, 3), 3, None, False, id="three in a minute of three"),
        pytest.param(every(0, 4), 3, None, True, id="four in a minute of three"),
        pytest.param(every(0.5, 6), 3, None, False, id="six in three minutes"),
        pytest.param(every(10, 6), 3, 5, True, id="six in an hour of five"),
        pytest.param(every(10, 5), 3, 5, False, id="five in an hour of five"),
        pytest.param(every(15, 8), 3, 5, False, id="eight in two hours"),
        pytest.param(every(0, 4), 3, 100, True, id="an own quota does not lift the one of all"),
    ],
)
def test_what_is_over_a_quota(times: list[datetime], limit: int, own: int | None, over: bool) -> None:
    assert too_many(times, NOON, Limits(limit), own) is over


def test_an_own_quota_counts_what_came_long_before_the_last_minute() -> None:
    world = HubWorld()
    entry = world.state.directory.entries["FR"].model_copy(update={"quota": 2})
    world._change(entry)
    codes = []
    for minutes in (0, 10, 20, 45):
        codes.append(world.send("FR", ("BR",)).verdicts["BR"][1])
        world.later(minutes=minutes)
    assert codes == [None, None, Code.RATE, Code.RATE]
    world.later(hours=1)
    assert world.send("FR", ("BR",)).verdicts["BR"] == (Outcome.QUEUED, None)

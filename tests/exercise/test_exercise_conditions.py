"""What steps wait for and milestones speak of: whether it has happened, when, and when the step is then due."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from i247sim.exercise.claims import Milestone
from i247sim.exercise.conditions import due_time, happened, milestones, named
from i247sim.exercise.happenings import Condition, Happening
from i247sim.exercise.observe import Sent, Way
from i247sim.exercise.steps import Step
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.entries import DecisionEntry
from i247sim.vocabulary.times import to_text

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def message(name: str, minutes: int, kind: str = "INFO_REQUEST", to: tuple[str, ...] = ("BR",), **facts: str) -> Sent:
    party, _, number = name.partition("#")
    ref = f"{party}-2026-{int(number):06d}"
    return Sent(party, name, {"time": to_text(at(minutes)), "ref": ref, "kind": kind, "to": list(to), **facts})


def decision(outcome: Outcome, minutes: int, code: Code | None = None) -> tuple[int, DecisionEntry]:
    entry = DecisionEntry(
        time=at(minutes), id="0" * 32, party="BR", outcome=outcome, code=code, directory=1, statements="0" * 64
    )
    return (minutes, entry)


SENT = [
    message("FR#10", 50, kind="INFO_REPLY"),
    message("FR#1", 0, to=("BR", "NO"), label="ask"),
    message("FR#2", 10, kind="INFO_REPLY", label="local", code="E-ADDR"),
    message("FR#9", 50, kind="INFO_REPLY", label="whole"),
]
WAYS = {
    "FR#1": Way(
        decisions={
            "NO": [decision(Outcome.REFUSED, 1, Code.RESTRICT)],
            "BR": [decision(Outcome.QUEUED, 1), decision(Outcome.WITHHELD, 40, Code.ADDR)],
        },
        acknowledged={"BR": [(7, at(5), Outcome.DELIVERED, None), (8, at(6), Outcome.OPENED, None)]},
    ),
    "FR#9": Way(code=Code.TIME),
}


@pytest.mark.parametrize(
    ("happening", "time"),
    [
        ({"sent": {"message": "ask"}}, at(0)),
        ({"sent": {"message": "FR#2"}}, at(10)),
        ({"sent": {"message": "FR:INFO_REPLY:2"}}, at(50)),
        ({"sent": {"message": "FR:INFO_REPLY:4"}}, None),
        ({"sent": {"message": "BR:INFO_REPLY"}}, None),
        ({"opened": {"message": "ask", "party": "BR"}}, at(6)),
        ({"opened": {"message": "ask", "party": "NO"}}, None),
        ({"opened": {"message": "FR#9", "party": "BR"}}, None),
        ({"refused": {"message": "ask", "party": "NO"}}, at(1)),
        ({"refused": {"message": "ask", "party": "BR"}}, None),
        ({"refused": {"message": "whole", "party": "BR"}}, at(50)),
        ({"refused": {"message": "local", "party": "BR"}}, at(10)),
        ({"refused": {"message": "whole", "party": "NO"}}, None),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_what_has_happened_has_a_time(happening: dict[str, object], time: datetime | None) -> None:
    assert happened(Happening.model_validate(happening), SENT, WAYS) == time


def test_a_kind_is_counted_in_order_of_time_and_number() -> None:
    found = [named(SENT, f"FR:INFO_REPLY:{number}") for number in (1, 2, 3)]
    assert [one.name for one in found if one] == ["FR#2", "FR#9", "FR#10"]


@pytest.mark.parametrize(
    ("wait", "later"),
    [("30m", timedelta(minutes=30)), ("1s", timedelta(seconds=1)), ("0s", timedelta(seconds=1))],
)
def test_a_step_is_due_after_its_wait_and_never_at_once(wait: str, later: timedelta) -> None:
    condition = Condition.model_validate({"opened": {"message": "ask", "party": "BR"}, "wait": wait})
    assert due_time(condition, SENT, WAYS) == at(6) + later
    assert due_time(condition, SENT, {}) is None


def test_milestones_say_when_they_were_reached_or_that_they_were_not() -> None:
    wanted = [
        Milestone.model_validate({"says": "asked", "when": {"sent": {"message": "ask"}}}),
        Milestone.model_validate({"says": "read", "when": {"opened": {"message": "ask", "party": "NO"}}}),
    ]
    assert [(one.milestone.says, one.reached) for one in milestones(wanted, SENT, WAYS)] == [
        ("asked", at(0)),
        ("read", None),
    ]


def test_a_step_that_waits_gets_its_time_later() -> None:
    step = Step.model_validate({"after": {"sent": {"message": "ask"}}, "label": "x", "cut": {"party": "FR"}})
    timed = step.timed(timedelta(hours=1))
    assert (timed.offset, timed.after, timed.label, timed.verb) == (timedelta(hours=1), None, "x", step.verb)
    assert Step.model_validate(timed.model_dump(by_alias=True)) == timed


@pytest.mark.parametrize("value", [{}, {"sent": {"message": "a"}, "refused": {"message": "a", "party": "FR"}}])
def test_one_thing_happens(value: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="one thing happens"):
        Happening.model_validate(value)

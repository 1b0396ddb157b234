"""What the journal says is broken is what is broken."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from i247sim.exercise.acts import Act
from i247sim.exercise.broken import Broken
from i247sim.exercise.damage import Damage, damage
from i247sim.exercise.injects import key_of
from i247sim.exercise.loader import load_step, loads
from i247sim.vocabulary.times import to_text

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
STORY = """
title: Damage
aim: fictional
participants: {bureaus: [FR, DE]}
timeline:
- {at: T+9h, label: one, send: {from: FR, kind: INFO_REQUEST, to: [DE], purpose: case-support, subject: one}}
"""
FAULTS = [
    *(f"{verb}: {{party: {party}}}" for verb in ("cut", "restore", "hold", "release") for party in ("FR", "DE")),
    *(f"{verb}: {{party: {party}}}" for verb in ("crash", "bounce", "revoke") for party in ("FR", "DE")),
    *(f"{verb}: {{message: one}}" for verb in ("hold", "release")),
    *(f"{verb}: {{parties: [{parties}]}}" for verb in ("partition", "repair") for parties in ("FR", "FR, DE")),
    *(f"{verb}: {{party: FR, share: 20}}" for verb in ("lose", "duplicate", "reorder", "delay")),
    *(f"{verb}: {{what: {what}}}" for verb in ("stop", "start") for what in ("broker", "hub")),
    *(f"{verb}: {{what: FR}}" for verb in ("cut_power", "start")),
    *("cut_power: {what: hub}", "fill_disk: {}", "free_disk: {}", "slow: {party: FR, by: 10m}"),
    *("skew: {party: FR, by: 1h}", "skew: {party: FR, by: 0s}", "measure: {party: FR, state: supervised}"),
    *("capture_broker: {does: drop, share: 10}", "free_broker: {}", "capture_hub: {does: reorder, party: DE}"),
    *("free_hub: {}", "restrict: {party: FR, bars: [{whom: DE}]}", "rotate: {party: FR}"),
]
VERBS = {text: load_step(text, loads(STORY.encode()), timedelta(hours=1)).verb for text in FAULTS}


def line(verb: Act, minute: int) -> dict[str, Any]:
    """What exercise control notes of it."""
    time = to_text(START + timedelta(minutes=minute))
    return {
        "event": "control",
        "time": time,
        "party": "CONTROL",
        "what": key_of(verb),
        "target": verb.target,
        "note": verb.remark,
    }


@given(st.lists(st.sampled_from(FAULTS), max_size=12))
@example(["stop: {what: hub}", "fill_disk: {}"])
def test_the_journal_says_the_same_as_the_verbs_themselves(texts: list[str]) -> None:
    broken, lines = Broken(), []
    for minute, text in enumerate(texts):
        broken.apply(VERBS[text], lambda party: [party])
        lines.append(line(VERBS[text], minute))
    said = {(one.what, one.target) for one in damage(lines) if one.until is None}
    assert said == {(key_of(one.verb), one.verb.target) for one in broken.left()}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(
            ["stop: {what: hub}", "fill_disk: {}", "free_disk: {}", "start: {what: hub}"],
            [("stop", 0, 3)],
            id="at rest",
        ),
        pytest.param(["cut: {party: FR}", "restore: {party: FR}"], [("cut", 0, 1)], id="mended"),
        pytest.param(["hold: {party: FR}", "restore: {party: FR}"], [("hold", 0, 1)], id="whatever it was"),
        pytest.param(
            ["slow: {party: FR, by: 10m}", "cut: {party: FR}"], [("slow", 0, 1), ("cut", 1, None)], id="worse"
        ),
        pytest.param(
            ["partition: {parties: [FR, DE]}", "restore: {party: FR}"], [("partition", 0, None)], id="half of it"
        ),
        pytest.param(["skew: {party: FR, by: 1h}", "skew: {party: FR, by: 0s}"], [("skew", 0, 1)], id="set right"),
        pytest.param(["measure: {party: FR, state: supervised}"], [], id="a measure breaks nothing"),
        pytest.param(["revoke: {party: FR}", "restore: {party: FR}"], [("revoke", 0, None)], id="for good"),
    ],
)
def test_damage_has_its_begin_and_its_end(texts: list[str], expected: list[tuple[str, int, int | None]]) -> None:
    def minute(time: datetime | None) -> int | None:
        return None if time is None else int((time - START).total_seconds() // 60)

    found = damage(line(VERBS[text], number) for number, text in enumerate(texts))
    assert [(one.what, minute(one.since), minute(one.until)) for one in found] == expected


def test_what_is_about_several_names_each() -> None:
    both, mended = VERBS["partition: {parties: [FR, DE]}"], VERBS["restore: {party: FR}"]
    assert damage([line(both, 0)]) == [Damage("partition", "FR, DE", START, "both ways", ("FR", "DE"))]
    (one,) = damage([line(both, 0), line(mended, 1)])
    assert (one.left, one.until) == (("DE",), None)

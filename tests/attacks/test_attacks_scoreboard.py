"""Every verb of an adversary in one exercise: the board says who met it, and of what got through, what."""

import asyncio
import json
from pathlib import Path

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise.injects import catalogue
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.scoreboard import Trial
from i247sim.exercise.session import Options, Session, Watch

SCENARIO = Path(__file__).with_name("every-attack.yaml")
HUB, NO, BROKER = "HUB", "NO", "broker"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    out = tmp_path_factory.mktemp("every-attack") / "run"
    session = Session.create(Options(SCENARIO, medium=Medium.MEMORY, out=out), Watch())
    session.patience = HURRIED
    return asyncio.run(session.run())


def trial(finished: Finished, verb: str, way: str) -> Trial:
    (found,) = [one for one in finished.trials if one.verb == verb and one.remark.split(",")[0] == way]
    return found


def test_every_verb_of_an_adversary_is_played(finished: Finished) -> None:
    assert {one.verb for one in finished.trials} == {one.verb for one in catalogue() if one.adversary}


def test_of_what_the_hub_stops_the_real_time_is_known_too(finished: Finished) -> None:
    known = [met.real for trial in finished.trials for met in trial.met if (met.by, met.layer) == (HUB, "signature")]
    assert len(known) >= 2
    assert None not in known


@pytest.mark.parametrize(
    ("verb", "way", "layer", "by"),
    [
        ("replay", "", "replay", HUB),
        ("tamper", "", "signature", HUB),
        ("spoof", "", "signature", HUB),
        ("spoof", "", "broker rights", BROKER),
        ("rogue_bureau", "measure", "rule", HUB),
        ("rogue_bureau", "publish", "rule", HUB),
        ("rogue_bureau", "acknowledge", "rule", HUB),
        ("rogue_bureau", "same-id", "replay", HUB),
        ("rogue_client", "others-topics", "broker rights", BROKER),
        ("rogue_client", "wildcards", "broker rights", BROKER),
        ("capture_broker", "drop 30 of 100 packets", "replay", "everybody"),
        ("capture_hub", "skip-rule", "evidence log", "verify"),
        ("capture_hub", "alter", "second check at the recipient", NO),
        ("capture_hub", "replay", "second check at the recipient", NO),
        ("capture_hub", "reorder", "second check at the recipient", NO),
        ("capture_hub", "rewrite-log", "witness", NO),
        ("capture_hub", "fork-log", "witness", NO),
        ("capture_hub", "swap-key", "second check at the recipient", NO),
        ("compromise", "", "witness", "DE"),
    ],
)
def test_it_is_met_by_whom_it_should_be(finished: Finished, verb: str, way: str, layer: str, by: str) -> None:
    met = [(str(one.layer), one.by) for one in trial(finished, verb, way).met]
    assert (layer, by) in met, met


def test_what_got_through_is_what_only_a_stolen_key_or_a_captured_hub_can_do(finished: Finished) -> None:
    through = [(one.verb, one.remark) for one in finished.trials if one.through]
    assert through == [("capture_hub", "skip-rule, NO"), ("compromise", "")]


def test_nobody_is_credited_for_an_attack_that_did_not_take_place(finished: Finished) -> None:
    journal = [json.loads(line) for line in (finished.folder / "journal.jsonl").read_text("utf-8").splitlines()]
    assert [one["target"] for one in journal if one.get("what") == "nothing to capture"] == ["FR#99"]
    assert len([one for one in finished.trials if one.verb == "replay"]) == 1


def test_nothing_is_lost_whatever_they_tried(finished: Finished) -> None:
    assert finished.completeness.lost == 0
    assert finished.broken, "a log with a decision that the rules do not give does not hold"

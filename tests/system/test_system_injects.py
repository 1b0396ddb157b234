"""Injects that need real processes and a real broker: kill -9, strangers at TLS, a full disk in another process."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from i247sim.exercise.acts import Layer
from i247sim.exercise.loader import load
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.verify import verify
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Code, Outcome

SCENARIO = Path(__file__).with_name("power-and-strangers.yaml")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    out = tmp_path_factory.mktemp("power") / "run"
    return asyncio.run(Session.create(Options(SCENARIO, out=out), Watch()).run())


@pytest.mark.parametrize(
    ("label", "minutes"),
    [("before", 0), ("no-broker", 1), ("no-hub", 1), ("no-room", 1), ("no-reader", 1), ("unheard", 4)],
)
def test_what_was_written_meanwhile_is_read_when_it_is_over(played: Finished, label: str, minutes: int) -> None:
    row = played.transcript.named(label)
    assert row is not None
    end = row.outcome("DE")
    assert end is not None
    assert (end.outcome, end.time - row.time) == (Outcome.OPENED, timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("number", "layer", "says"),
    [
        (0, Layer.TLS, "no connection"),
        (1, Layer.TLS, "no connection"),
        (2, Layer.BROKER, "no right"),
        (3, Layer.BROKER, "no right"),
    ],
    ids=["no certificate", "foreign authority", "another's topic", "wildcards"],
)
def test_a_stranger_does_not_get_in(played: Finished, number: int, layer: Layer, says: str) -> None:
    met = played.trials[number].met
    assert [(one.layer, one.by) for one in met] == [(layer, "broker")]
    assert says in met[0].text


def test_a_captured_hub_in_another_process_is_noticed_by_the_reader(played: Finished) -> None:
    row = played.transcript.named("altered")
    assert row is not None
    end = row.outcome("BR")
    assert end is not None
    assert (end.outcome, end.code) == (Outcome.REJECTED, Code.SIGN)


def test_nothing_is_lost_and_the_evidence_holds(played: Finished) -> None:
    assert played.faults == []
    assert played.left == []
    assert verify(played.folder, played.code).transcript == played.transcript.digest()


def test_the_story_is_the_rehearsed_one(played: Finished) -> None:
    scenario = load(SCENARIO)
    expected = rehearse(scenario, Engine(Rulebook.load(scenario.rules))).transcript
    assert played.transcript.canonical_text().splitlines() == expected.canonical_text().splitlines()

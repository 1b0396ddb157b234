"""Every attack of a timeline, played over the memory broker: who meets it, and what gets through."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise.acts import Layer
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.report import Finished
from i247sim.exercise.scoreboard import Trial
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.verify import verify
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import EvidenceError, InputError

SCENARIO = Path(__file__).with_name("attacks.yaml")
Played = tuple[Finished, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    journal: list[dict[str, Any]] = []
    out = tmp_path_factory.mktemp("attacks") / "run"
    session = Session.create(Options(SCENARIO, medium=Medium.MEMORY, out=out), Watch(journal.append))
    session.patience = HURRIED
    return asyncio.run(session.run()), journal


def trial(played: Played, number: int) -> Trial:
    return played[0].trials[number]


@pytest.mark.parametrize(
    ("number", "verb", "layer", "by", "says"),
    [
        pytest.param(0, "rogue_bureau", Layer.RULE, "HUB", "E-RIGHTS", id="a bureau takes a measure"),
        pytest.param(1, "rogue_bureau", Layer.RULE, "HUB", "E-R", id="a bureau publishes without review"),
        pytest.param(
            2, "rogue_bureau", Layer.RULE, "HUB", "never handed over", id="it acknowledges what it was not given"
        ),
        pytest.param(3, "rogue_bureau", Layer.REPLAY, "HUB", "E-REPLAY", id="it says two things under one id"),
        pytest.param(
            4, "rogue_client", Layer.BROKER, "broker", "no right to listen", id="it listens to another's topic"
        ),
        pytest.param(5, "rogue_client", Layer.BROKER, "broker", "no right to listen", id="it listens to everything"),
        pytest.param(6, "compromise", Layer.WITNESS, "FR", "never wrote", id="a thief writes with a stolen key"),
        pytest.param(7, "capture_broker", Layer.REPLAY, "everybody", "number", id="the broker drops"),
        pytest.param(
            8, "capture_broker", Layer.REPLAY, "HUB", "nothing counts twice", id="the broker plays old packets again"
        ),
        pytest.param(10, "capture_hub", Layer.SECOND_CHECK, "BR", "E-SIGN", id="the hub alters a copy"),
        pytest.param(11, "capture_hub", Layer.SECOND_CHECK, "BR", "E-REPLAY", id="the hub hands over an old copy"),
        pytest.param(13, "capture_hub", Layer.WITNESS, "BR", "contradicts", id="the hub rewrites its log"),
        pytest.param(14, "capture_hub", Layer.WITNESS, "BR", "forked", id="the hub forks its log"),
        pytest.param(15, "capture_hub", Layer.SECOND_CHECK, "BR", "E-SIGN", id="the hub swaps a key"),
        pytest.param(16, "capture_hub", Layer.LOG, "verify", "does not hold", id="the hub skips a rule"),
    ],
)
def test_every_attack_is_met(played: Played, number: int, verb: str, layer: Layer, by: str, says: str) -> None:
    one = trial(played, number)
    assert one.verb == verb
    assert [met for met in one.met if met.layer is layer and met.by == by and says in met.text], one.met


def test_a_broker_that_only_reads_is_noticed_by_nobody_and_learns_no_word(played: Played) -> None:
    assert trial(played, 9).met == ()
    said = [line["text"] for line in played[1] if line["event"] == "remark" and "captured broker" in line["text"]]
    assert "who sent them, and no word" in said[2]


def test_a_copy_out_of_turn_is_noticed_as_a_gap_and_read_in_its_turn(played: Played) -> None:
    finished, journal = played
    gaps = [line for line in journal if line["event"] == "gap" and line["party"] == "BR"]
    assert any(line["time"] == "2026-03-02T14:01:00Z" for line in gaps)
    row = finished.transcript.named("out-of-turn")
    assert row is not None
    end = row.outcome("BR")
    assert end is not None
    assert end.outcome is Outcome.OPENED


def test_a_stolen_key_gets_one_message_through_and_the_owners_next_number_is_taken(played: Played) -> None:
    finished, _ = played
    assert trial(played, 6).through == ("a message in the name of FR, signed with its key, reached DE: opened",)
    after, on = finished.transcript.named("after-theft"), finished.transcript.named("and-on")
    assert after is not None
    assert on is not None
    assert after.code is Code.REPLAY
    end = on.outcome("BR")
    assert end is not None
    assert end.outcome is Outcome.OPENED


def test_what_nobody_has_ended_is_ended_and_named(played: Played) -> None:
    assert played[0].mended == ["the hub is captured"]
    assert played[0].left == []


def test_nothing_is_lost(played: Played) -> None:
    assert played[0].completeness.lost == 0


def test_the_evidence_of_a_hub_that_skipped_a_rule_does_not_hold(played: Played) -> None:
    with pytest.raises(EvidenceError, match="log entry"):
        verify(played[0].folder, played[0].code)


def test_a_rehearsal_knows_it_all_beforehand(played: Played) -> None:
    scenario = load(SCENARIO)
    expected = rehearse(scenario, Engine(Rulebook.load(scenario.rules))).transcript
    assert played[0].transcript.canonical_text().splitlines() == expected.canonical_text().splitlines()


@pytest.mark.parametrize("does", ["no-certificate", "foreign-authority"])
def test_without_tls_nobody_can_be_turned_away_for_want_of_a_certificate(tmp_path: Path, does: str) -> None:
    file = tmp_path / "stranger.yaml"
    file.write_text(
        "title: Stranger\naim: tls\nparticipants: {bureaus: [FR, DE]}\ntimeline:\n"
        f"- {{at: T+1m, rogue_client: {{party: FR, does: {does}}}}}\n"
    )
    with pytest.raises(InputError, match=f"`rogue_client` with `does: {does}` needs a broker with TLS"):
        Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch())

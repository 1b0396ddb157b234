"""Every inject verb of a timeline, played over the memory broker: what it does, who notices, and that it passes."""

import asyncio
from pathlib import Path

import pytest

from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.verify import verify
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.entries import Entry, RefusalEntry

SCENARIO = Path(__file__).with_name("injects.yaml")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, list[Entry]]:
    entries: list[Entry] = []
    out = tmp_path_factory.mktemp("injects") / "run"
    session = Session.create(Options(SCENARIO, medium=Medium.MEMORY, out=out), Watch(entries=entries.extend))
    return asyncio.run(session.run()), entries


def _refusals(entries: list[Entry]) -> list[tuple[str, Code, bool]]:
    return [(one.topic, one.code, one.alarm) for one in entries if isinstance(one, RefusalEntry)]


def test_nothing_is_lost_and_no_access_proof_is_an_alarm(played: tuple[Finished, list[Entry]]) -> None:
    finished, _ = played
    assert finished.faults == []
    assert finished.completeness.lost == 0
    assert finished.completeness.queued == 0


def test_replay_tampering_and_forgery_are_refused_each_by_its_step(played: tuple[Finished, list[Entry]]) -> None:
    _, entries = played
    assert _refusals(entries) == [
        ("FR", Code.REPLAY, True),
        ("FR", Code.SIGN, False),
        ("BR", Code.SIGN, False),
    ]


def test_what_goes_over_a_slow_link_comes_later_by_its_delay(played: tuple[Finished, list[Entry]]) -> None:
    finished, _ = played
    row = finished.transcript.named("two")
    assert row is not None
    at_brazil = row.outcome("BR")
    assert at_brazil is not None
    assert (at_brazil.outcome, (at_brazil.time - row.time).total_seconds()) == (Outcome.OPENED, 20 * 60)


@pytest.mark.parametrize("label", ["nobroker", "nohub"])
def test_what_was_written_while_broker_or_hub_was_down_is_read_afterwards(
    played: tuple[Finished, list[Entry]], label: str
) -> None:
    finished, _ = played
    row = finished.transcript.named(label)
    assert row is not None
    for party in ("DE", "BR"):
        reached = row.outcome(party)
        assert reached is not None
        assert reached.outcome is Outcome.OPENED
        assert reached.time > row.time


def test_a_message_sealed_to_a_deleted_key_is_sealed_anew_and_read(played: tuple[Finished, list[Entry]]) -> None:
    finished, _ = played
    old = finished.transcript.named("oldkey")
    assert old is not None
    first = old.outcome("DE")
    assert first is not None
    assert (first.outcome, first.code) == (Outcome.WITHHELD, Code.KEY)
    again = finished.transcript.named("FR#6")
    assert again is not None
    assert again.plaintext == old.plaintext
    second = again.outcome("DE")
    assert second is not None
    assert second.outcome is Outcome.OPENED


def test_the_folder_of_such_a_run_verifies(played: tuple[Finished, list[Entry]]) -> None:
    finished, _ = played
    verified = verify(finished.folder, finished.code)
    assert verified.origin_proven
    assert verified.transcript == finished.transcript.digest()


def test_the_report_says_who_met_every_attack(played: tuple[Finished, list[Entry]]) -> None:
    finished, _ = played
    assert [(trial.verb, [(str(met.layer), met.by) for met in trial.met]) for trial in finished.trials] == [
        ("replay", [("replay", "HUB")]),
        ("tamper", [("signature", "HUB")]),
        ("spoof", [("signature", "HUB"), ("broker rights", "broker")]),
    ]
    assert all(not trial.through for trial in finished.trials)

"""A captured hub may refuse service; everything else it tries is noticed by somebody, and the run says by whom."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from captured_hub import CAPTURED, Reorders

from i247sim.clock.patience import HURRIED
from i247sim.exercise import hubs
from i247sim.exercise.assembly import Medium
from i247sim.exercise.session import Finished, Options, Session, Watch
from i247sim.exercise.verify import verify
from i247sim.hub.service import HubService
from i247sim.vocabulary.errors import EvidenceError, NetworkFailed

SCENARIO = Path(__file__).with_name("captured.yaml")


@dataclass
class Played:
    """A run under such a hub: how it ended, its journal, and what `verify` says of what it left behind."""

    finished: Finished | None
    failure: str
    journal: list[dict[str, Any]]
    evidence: str

    def said(self, party: str, *events: str) -> list[str]:
        return [line["text"] for line in self.journal if line["party"] == party and line["event"] in events]


def play(folder: Path, hub: type[HubService], monkeypatch: pytest.MonkeyPatch) -> Played:
    monkeypatch.setattr(hubs, "HubService", hub)
    journal: list[dict[str, Any]] = []
    session = Session.create(Options(SCENARIO, medium=Medium.MEMORY, out=folder), Watch(line=journal.append))
    session.patience = HURRIED
    try:
        finished = asyncio.run(session.run())
    except NetworkFailed as error:
        return Played(None, str(error), journal, "")
    try:
        verify(folder, finished.code)
    except EvidenceError as error:
        return Played(finished, "", journal, str(error))
    return Played(finished, "", journal, "")


def test_an_honest_hub_raises_no_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the alarms below would prove nothing."""
    played = play(tmp_path / "run", HubService, monkeypatch)
    assert played.finished is not None
    assert (played.finished.faults, played.finished.alarms, played.evidence) == ([], [], "")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("SkipsARule", "the decision for `NO` says queued (RECV-DIRECT); decided again: refused (E-RESTRICT"),
        ("HandsOverWithoutADecision", "a copy for `NO` that no decision allowed"),
        ("Reorders", "number 4 of `FR` after its number 5"),
    ],
)
def test_what_it_decides_otherwise_is_decided_again(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exercise control takes in the log when the run closes, and so does whoever verifies the folder."""
    Reorders.held.clear()
    played = play(tmp_path / "run", CAPTURED[name], monkeypatch)
    assert played.finished is not None
    assert why in played.evidence
    assert not played.finished.passed
    assert any(why in text for text in played.said("CONTROL", "alarm"))
    assert any("the hub's log does not hold" in fault for fault in played.finished.faults)


def test_a_copy_that_no_decision_allowed_is_an_alarm_of_the_access_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = play(tmp_path / "run", CAPTURED["HandsOverWithoutADecision"], monkeypatch)
    assert played.finished is not None
    assert "NO FR#1: holds a copy that no decision allowed" in played.finished.faults


@pytest.mark.parametrize(
    ("name", "why"), [("Alters", "signature does not verify"), ("Replays", "this id came before under another number")]
)
def test_what_it_hands_over_otherwise_the_reader_refuses(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second check: with the sender's signature, and with the reader's own memory."""
    played = play(tmp_path / "run", CAPTURED[name], monkeypatch)
    assert played.finished is not None
    assert any(why in text for text in played.said("BR", "rejected"))
    assert any("BR" in alarm and why in alarm for alarm in played.finished.alarms)
    opened = [line["ref"] for line in played.journal if line["event"] == "opened" and line["party"] == "BR"]
    assert len(opened) == len(set(opened)) == (0 if name == "Alters" else 4)


def test_a_rewritten_log_is_not_the_one_that_the_parties_were_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = play(tmp_path / "run", CAPTURED["RewritesTheLog"], monkeypatch)
    assert played.finished is not None
    for party in ("FR", "BR"):
        assert any("another log than the one in the end" in text for text in played.said(party, "alarm"))
    assert played.evidence


def test_a_rewriting_that_decides_rightly_is_noticed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in the new log is wrong in itself: only the copies that others hold tell."""
    name = "RewritesTheLog"
    monkeypatch.setattr(CAPTURED[name], "old", b'"size":')
    monkeypatch.setattr(CAPTURED[name], "new", b'"size":1')
    played = play(tmp_path / "run", CAPTURED[name], monkeypatch)
    assert played.finished is not None
    assert played.finished.broken == ""
    assert "another log: the first" in played.evidence


def test_a_forked_log_is_proven_by_two_signatures_of_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """BR is shown another log; what it writes to FR carries the proof."""
    played = play(tmp_path / "run", CAPTURED["ForksTheLog"], monkeypatch)
    assert played.finished is not None
    forks = [line for line in played.journal if line["event"] == "alarm" and "was forked" in line["text"]]
    assert {line["party"] for line in forks} == {"FR"}
    one, other = forks[0]["proof"]
    assert one.split("\n")[:2] == other.split("\n")[:2]
    assert one.split("\n")[2] != other.split("\n")[2]
    assert "another log" in played.evidence


def test_a_swapped_key_is_believed_by_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory is the authority's word: the hub cannot change it, only keep it back; then nothing goes on."""
    played = play(tmp_path / "run", CAPTURED["SwapsAKey"], monkeypatch)
    assert "no progress" in played.failure
    for party in ("FR", "BR", "NO", "IPSG"):
        assert played.said(party, "alarm") == played.said(party, "alarm")[:1]
        assert "named by the directory change and not attached" in played.said(party, "alarm")[0]


def test_a_message_that_it_says_it_took_and_dropped_is_lost_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = play(tmp_path / "run", CAPTURED["SaysOkAndDropsIt"], monkeypatch)
    assert played.finished is not None
    assert played.finished.completeness.lost > 0
    assert not played.finished.passed
    assert "the log knows nothing of it: lost" in played.evidence


def test_the_journal_of_a_closed_run_holds_what_was_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played = play(tmp_path / "run", CAPTURED["Replays"], monkeypatch)
    lines = [json.loads(line) for line in (tmp_path / "run" / "journal.jsonl").read_text().splitlines()]
    assert [line for line in lines if line.get("alarm")] == [line for line in played.journal if line.get("alarm")]

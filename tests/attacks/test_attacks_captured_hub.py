"""A captured hub may refuse service; everything else it tries is noticed by somebody, and the run says by whom."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from captured_hub import CAPTURED

from i247sim.clock.patience import HURRIED
from i247sim.exercise import hubs
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
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


Play = Callable[..., Played]


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Each hub once: by name, or the honest one; with more attributes set than it has."""
    known: dict[str, Played] = {}

    def played(name: str = "", **changes: object) -> Played:
        key = f"{name} {changes}"
        if key not in known:
            with pytest.MonkeyPatch.context() as patched:
                hub = CAPTURED.get(name, HubService)
                for attribute, value in changes.items():
                    patched.setattr(hub, attribute, value)
                patched.setattr(hubs, "HubService", hub)
                known[key] = _played(tmp_path_factory.mktemp("captured") / "run")
        return known[key]

    return played


def _played(folder: Path) -> Played:
    journal: list[dict[str, Any]] = []
    session = Session.create(Options(SCENARIO, medium=Medium.MEMORY, out=folder), Watch(line=journal.append))
    session.patience = replace(HURRIED, stall=1.0)
    try:
        finished = asyncio.run(session.run())
    except NetworkFailed as error:
        return Played(None, str(error), journal, "")
    try:
        verify(folder, finished.code)
    except EvidenceError as error:
        return Played(finished, "", journal, str(error))
    return Played(finished, "", journal, "")


def test_an_honest_hub_raises_no_alarm(play: Play) -> None:
    """Otherwise the alarms below would prove nothing."""
    played = play()
    assert played.finished is not None
    assert (played.finished.faults, played.finished.alarms, played.evidence) == ([], [], "")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("SkipsARule", "the decision for `NO` says queued (RECV-DIRECT); decided again: refused (E-RESTRICT"),
        ("HandsOverWithoutADecision", "a copy for `NO` that no decision allowed"),
        ("Reorders", "number 5 of `FR` after its number 3"),
    ],
)
def test_what_it_decides_otherwise_is_decided_again(name: str, why: str, play: Play) -> None:
    """Exercise control takes in the log when the run closes, and so does whoever verifies the folder."""
    played = play(name)
    assert played.finished is not None
    assert why in played.evidence
    assert not played.finished.passed
    assert any(why in text for text in played.said("CONTROL", "alarm"))
    assert any("the hub's log does not hold" in fault for fault in played.finished.faults)


def test_a_copy_that_no_decision_allowed_is_an_alarm_of_the_access_proof(play: Play) -> None:
    played = play("HandsOverWithoutADecision")
    assert played.finished is not None
    assert "NO FR#1: holds a copy that no decision allowed" in played.finished.faults


@pytest.mark.parametrize(
    ("name", "why"), [("Alters", "signature does not verify"), ("Replays", "this id came before under another number")]
)
def test_what_it_hands_over_otherwise_the_reader_refuses(name: str, why: str, play: Play) -> None:
    """The second check: with the sender's signature, and with the reader's own memory."""
    played = play(name)
    assert played.finished is not None
    assert any(why in text for text in played.said("BR", "rejected"))
    assert any("BR" in alarm and why in alarm for alarm in played.finished.alarms)
    opened = [line["ref"] for line in played.journal if line["event"] == "opened" and line["party"] == "BR"]
    assert len(opened) == len(set(opened)) == (0 if name == "Alters" else 4)


def test_a_rewritten_log_is_not_the_one_that_the_parties_were_shown(play: Play) -> None:
    played = play("RewritesTheLog")
    assert played.finished is not None
    for party in ("FR", "BR"):
        assert any("another log than the one in the end" in text for text in played.said(party, "alarm"))
    assert played.evidence


def test_a_rewriting_that_decides_rightly_is_noticed_all_the_same(play: Play) -> None:
    """Nothing in the new log is wrong in itself: only the copies that others hold tell."""
    played = play("RewritesTheLog", old=b'"size":', new=b'"size":1')
    assert played.finished is not None
    assert played.finished.broken == ""
    assert "another log: the first" in played.evidence


def test_a_forked_log_is_proven_by_two_signatures_of_the_hub(play: Play) -> None:
    """BR is shown another log; what it writes to FR carries the proof."""
    played = play("ForksTheLog")
    assert played.finished is not None
    forks = [line for line in played.journal if line["event"] == "alarm" and "was forked" in line["text"]]
    assert {line["party"] for line in forks} == {"FR"}
    one, other = forks[0]["proof"]
    assert one.split("\n")[:2] == other.split("\n")[:2]
    assert one.split("\n")[2] != other.split("\n")[2]
    assert "another log" in played.evidence


def test_a_swapped_key_is_believed_by_nobody(play: Play) -> None:
    """The directory is the authority's word: the hub cannot change it, only keep it back; then nothing goes on."""
    played = play("SwapsAKey")
    assert "no progress" in played.failure
    for party in ("FR", "BR", "NO", "IPSG"):
        assert played.said(party, "alarm") == played.said(party, "alarm")[:1]
        assert "named by the directory change and not attached" in played.said(party, "alarm")[0]


def test_a_message_that_it_says_it_took_and_dropped_is_lost_and_counted(play: Play) -> None:
    played = play("SaysOkAndDropsIt")
    assert played.finished is not None
    assert played.finished.completeness.lost > 0
    assert not played.finished.passed
    assert "the log knows nothing of it: lost" in played.evidence


def test_a_bar_that_it_says_it_took_and_dropped_is_noticed_by_its_receipt(play: Play) -> None:
    """All that the log says is right: that there was a bar only the receipt tells, which its owner has kept."""
    played = play("DropsABar")
    assert played.finished is not None
    why = "`FR` has a receipt for a statement of which the log knows nothing: dropped"
    assert played.finished.broken == why
    assert not played.finished.passed
    assert why in played.evidence


@pytest.mark.parametrize("whole", [False, True], ids=["of the addressees", "of the whole"])
def test_what_it_tells_a_sender_is_held_against_the_log(play: Play, whole: bool) -> None:
    """Nothing else is wrong: the copies have gone out, and were read."""
    played = play("TellsTheSenderOtherwise", whole=whole)
    assert played.finished is not None
    why = "` what the log does not say"
    assert played.finished.broken.endswith(why)
    assert not played.finished.passed
    assert why in played.evidence


def test_the_journal_of_a_closed_run_holds_what_was_noticed(play: Play) -> None:
    played = play("Replays")
    assert played.finished is not None
    lines = [json.loads(line) for line in (played.finished.folder / "journal.jsonl").read_text().splitlines()]
    assert [line for line in lines if line.get("alarm")] == [line for line in played.journal if line.get("alarm")]

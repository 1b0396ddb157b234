"""Every fault of a timeline, played over the memory broker: what it does, who notices, and that it passes."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise.loader import load, load_step
from i247sim.exercise.medium import Medium
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.verify import verify
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import InputError

SCENARIO = Path(__file__).with_name("broken.yaml")
Played = tuple[Finished, list[dict[str, Any]], list[str]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    journal: list[dict[str, Any]] = []
    trouble: list[str] = []
    out = tmp_path_factory.mktemp("broken") / "run"
    watch = Watch(journal.append, trouble=trouble.append)
    session = Session.create(Options(SCENARIO, medium=Medium.MEMORY, out=out), watch)
    session.patience = HURRIED
    return asyncio.run(session.run()), journal, trouble


def opened_after(finished: Finished, label: str, party: str) -> timedelta:
    """How long after it was sent the party's word that it has opened it came."""
    row = finished.transcript.named(label)
    assert row is not None
    end = row.outcome(party)
    assert end is not None
    assert end.outcome is Outcome.OPENED
    return end.time - row.time


def test_nothing_is_lost_and_no_access_proof_is_an_alarm(played: Played) -> None:
    finished, _, _ = played
    assert finished.faults == []
    assert (finished.completeness.lost, finished.completeness.queued) == (0, 0)


@pytest.mark.parametrize(
    ("label", "party", "minutes"),
    [
        ("rough", "DE", 0),
        ("rough", "BR", 0),
        ("rough", "NO", 0),
        ("held", "DE", 9),
        ("held-too", "BR", 8),
        ("heard", "DE", 59),
        ("heard", "BR", 0),
        ("unheard", "DE", 0),
        ("to-the-crashed", "DE", 29),
        ("bounced", "BR", 0),
        ("dark", "NO", 9),
        ("full", "DE", 29),
        ("on-time", "FR", 0),
    ],
)
def test_everything_is_read_as_soon_as_the_fault_lets_it_through(
    played: Played, label: str, party: str, minutes: int
) -> None:
    assert opened_after(played[0], label, party) == timedelta(minutes=minutes)


def test_who_hears_and_is_not_heard_reads_at_once_and_is_believed_later(played: Played) -> None:
    finished, journal, _ = played
    heard = finished.transcript.named("heard")
    assert heard is not None
    read = [line["time"] for line in journal if line["event"] == "opened" and line["party"] == "DE"]
    assert read.count("2026-03-02T10:01:00Z") == 1
    answer = next(row for row in finished.transcript.messages() if row.answers == heard.name and row.sender == "DE")
    assert answer.time < heard.time + timedelta(minutes=11), "its officer answers while nobody hears it"
    assert opened_after(finished, answer.name, "FR") > timedelta(minutes=40)


def test_what_a_crashed_bureau_was_to_do_is_done_when_its_computer_is_up_again(played: Played) -> None:
    finished, _, _ = played
    row = finished.transcript.named("by-the-crashed")
    assert row is not None
    assert row.time - finished.scenario.start == timedelta(hours=5, minutes=30, seconds=1)
    assert row.sender == "DE"


def test_a_message_from_the_future_is_refused_with_e_time(played: Played) -> None:
    row = played[0].transcript.named("early")
    assert row is not None
    assert row.code is Code.TIME


def test_a_reader_whose_clock_is_days_ahead_rejects_what_is_over_by_it(played: Played) -> None:
    row = played[0].transcript.named("late")
    assert row is not None
    end = row.outcome("BR")
    assert end is not None
    assert (end.outcome, end.code) == (Outcome.REJECTED, Code.KEY), "even its directory is too old by then"


def test_a_hub_with_a_full_disk_says_so(played: Played) -> None:
    _, _, trouble = played
    assert trouble == ["the disk is full, nothing is delivered", "the disk has room again"]


def test_what_nobody_has_mended_is_mended_at_the_end_and_named(played: Played) -> None:
    finished, _, _ = played
    assert finished.mended == [
        "the line of NO is held",
        "the line of FR may delay packets",
        "the line of NO may reorder packets",
        "the computer of DE is down",
    ]
    assert finished.left == []
    for party in ("DE", "NO"):
        opened_after(finished, "last", party)


def test_such_a_run_verifies(played: Played) -> None:
    finished, _, _ = played
    assert verify(finished.folder, finished.code).transcript == finished.transcript.digest()


def test_a_rehearsal_knows_it_all_beforehand(played: Played) -> None:
    scenario = load(SCENARIO)
    expected = rehearse(scenario, Engine(Rulebook.load(scenario.rules))).transcript
    assert played[0].transcript.canonical_text().splitlines() == expected.canonical_text().splitlines()


@pytest.mark.parametrize("what", ["broker", "hub"])
def test_a_process_that_is_not_there_cannot_be_killed(tmp_path: Path, what: str) -> None:
    file = tmp_path / "dark.yaml"
    file.write_text(
        "title: Dark\naim: power\nparticipants: {bureaus: [FR, DE]}\ntimeline:\n"
        f"- {{at: T+1m, cut_power: {{what: {what}}}}}\n- {{at: T+2m, start: {{what: {what}}}}}\n"
    )
    with pytest.raises(InputError, match=f"`cut_power` of the {what} kills its process, and in-process there is none"):
        Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch())


def test_a_replay_is_refused_where_its_injects_are_not_possible(tmp_path: Path) -> None:
    file = tmp_path / "light.yaml"
    file.write_text(
        "title: Light\naim: power\nparticipants: {bureaus: [FR, DE]}\n"
        "timeline: [{at: T+1m, restrict: {party: FR, bars: []}}]\n"
    )
    step = load_step("cut_power: {what: hub}", load(file), timedelta(minutes=1))
    with pytest.raises(InputError, match="in-process there is none"):
        Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run", injects=((0, step),)), Watch())


def test_a_disk_that_fills_while_the_hub_is_down_stops_nothing_and_is_told(tmp_path: Path) -> None:
    file = tmp_path / "down.yaml"
    send = "send: {from: FR, kind: INFO_REQUEST, to: [DE], purpose: case-support, subject: still there}"
    file.write_text(
        "title: Down\naim: two faults at once\nparticipants: {bureaus: [FR, DE]}\ntimeline:\n"
        "- {at: T+1m, stop: {what: hub}}\n- {at: T+2m, fill_disk: {}}\n- {at: T+3m, free_disk: {}}\n"
        f"- {{at: T+4m, start: {{what: hub}}}}\n- {{at: T+5m, label: after, {send}}}\n"
    )
    said: list[str] = []

    def heard(line: dict[str, Any]) -> None:
        said.append(f"{line['what']}: {line['note']}" if line["event"] == "control" else "")

    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch(heard))
    row = asyncio.run(session.run()).transcript.named("after")
    assert row is not None
    end = row.outcome("DE")
    assert end is not None
    assert end.outcome is Outcome.OPENED
    assert "fill_disk: nothing changes: the hub does not work anyway" in said
    assert "free_disk: nothing changes: the hub's disk is not full" in said
    assert "start: " in said

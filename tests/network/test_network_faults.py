"""What a run must never do (design, section 11), on rough networks: loss, repetition, disorder, sudden ends."""

import random
from collections import Counter
from pathlib import Path

import pytest
from rough_network import ENTITY, SMOOTH, Remains, Roughness, play, story

from i247sim.exercise.faults import Cut, Restore
from i247sim.exercise.orders import Restrict, Revoke
from i247sim.exercise.sending import Send
from i247sim.exercise.steps import Step
from i247sim.vocabulary.decisions import FINAL, Outcome
from i247sim.vocabulary.entries import DecisionEntry, HandoverEntry, MessageEntry
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Purpose
from i247sim.vocabulary.statements import Bar


def rough(seed: int) -> Roughness:
    """Everything at once, in shares drawn from the seed."""
    draw = random.Random(f"rough/{seed}")
    return Roughness(
        seed=seed + 1,
        drop=draw.choice((0, 0.05, 0.2)),
        duplicate=draw.choice((0, 0.1, 0.3)),
        reorder=draw.choice((0, 0.1)),
        delay=draw.choice((0, 0.1)),
        lives=tuple(draw.randint(1, 60) for _ in range(draw.randint(0, 3))),
        broker=draw.random() < 0.4,
    )


def check(remains: Remains) -> None:
    """Section 11, as far as a log and the mailboxes can show it."""
    decided: dict[tuple[str, str], Outcome] = {}
    permitted: set[tuple[str, str]] = set()
    handed: Counter[tuple[str, str]] = Counter()
    messages: set[str] = set()
    for entry in remains.entries:
        match entry:
            case MessageEntry():
                assert entry.id not in messages, "a message is decided once"
                messages.add(entry.id)
            case DecisionEntry():
                decided[entry.id, entry.party] = entry.outcome
                if entry.outcome is Outcome.QUEUED:
                    permitted.add((entry.id, entry.party))
            case HandoverEntry():
                assert decided[entry.id, entry.party] is Outcome.QUEUED, "handed over without a decision"
                handed[entry.id, entry.party] += 1
    assert set(handed.values()) <= {1}, "handed over twice"
    opened = [(id_, party) for party, _, id_, status in remains.inbox if status == "opened"]
    assert len(opened) == len(set(opened)), "shown twice"
    assert set(opened) <= permitted, "shown to somebody not decided for"
    assert set(opened) <= set(handed)
    assert not [line for line in remains.journal if line["event"] == "rejected"]
    assert not [line for line in remains.journal if line["event"] == "alarm"]
    for carried, party, outcome in remains.state.pairs():
        assert (carried.id, party) in decided, "a pair without a decision"
        assert (outcome is Outcome.OPENED) == ((carried.id, party) in set(opened)), "told otherwise than it is"
        assert outcome in FINAL | {Outcome.QUEUED, Outcome.HELD}
    _numbers_are_whole(remains)


def _numbers_are_whole(remains: Remains) -> None:
    for party in {party for party, _, _, _ in remains.inbox}:
        numbers = [number for one, number, _, _ in remains.inbox if one == party]
        assert numbers == sorted(set(numbers))


async def same_as_smooth(seed: int, roughness: Roughness, tmp_path: Path) -> None:
    scenario = story(seed)
    smooth = await play(scenario, SMOOTH, tmp_path / "smooth")
    check(smooth)
    bumpy = await play(scenario, roughness, tmp_path / "rough")
    check(bumpy)
    assert bumpy.transcript.canonical_text() == smooth.transcript.canonical_text()
    assert bumpy.replied == smooth.replied


@pytest.mark.parametrize("seed", range(4))
async def test_a_rough_network_changes_nothing_that_is_decided_or_shown(seed: int, tmp_path: Path) -> None:
    await same_as_smooth(seed, rough(seed), tmp_path)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 400))
async def test_many_rough_networks_change_nothing_either(seed: int, tmp_path: Path) -> None:
    await same_as_smooth(seed, rough(seed), tmp_path)


@pytest.mark.parametrize("lives", [1, 15, 29])
async def test_a_hub_killed_while_it_sends_loses_nothing(lives: int, tmp_path: Path) -> None:
    await same_as_smooth(3, Roughness(1, lives=(lives,)), tmp_path)


async def test_a_revoked_bureau_takes_its_entities_along_and_nobody_waits_for_them(tmp_path: Path) -> None:
    """Their children lose their standing too; a hub that dies afterwards must not wait for their hello."""
    steps = (
        Step(at="T+1m", send=_note("FR", "BR")),
        Step(at="T+2m", revoke=Revoke(party="FR")),
        Step(at="T+3m", send=_note("BR", "DE")),
        Step(at="T+4m", send=_note("DE", "BR")),
    )
    scenario = story(0).model_copy(update={"timeline": steps, "officers": {}})
    for lives in ((), (40,), (60,), (70,)):
        remains = await play(scenario, Roughness(1, lives=lives), tmp_path / str(lives))
        check(remains)
        assert not remains.state.directory.enrolled(ENTITY)


async def test_a_line_that_is_mended_lets_nobody_in_again_who_was_revoked_meanwhile(tmp_path: Path) -> None:
    steps = (
        Step(at="T+1m", cut=Cut(party="FR", stays=True)),
        Step(at="T+2m", send=_note("BR", "FR")),
        Step(at="T+3m", revoke=Revoke(party="FR")),
        Step(at="T+4m", restore=Restore(party="FR")),
        Step(at="T+5m", send=_note("BR", "DE")),
    )
    remains = await play(story(0).model_copy(update={"timeline": steps, "officers": {}}), SMOOTH, tmp_path)
    check(remains)
    outcomes = {(party, outcome) for _, party, outcome in remains.state.pairs()}
    assert outcomes == {("FR", Outcome.WITHHELD), ("DE", Outcome.OPENED)}


async def test_what_was_barred_while_its_reader_was_cut_off_is_withheld_even_if_the_hub_did_not_notice(
    tmp_path: Path,
) -> None:
    """The hub keeps sending to a reader that it believes to be there; its hello may come late or be lost."""
    steps = (
        Step(at="T+1m", cut=Cut(party="DE", stays=True)),
        Step(at="T+2m", send=_note("FR", "DE")),
        Step(at="T+3m", restrict=Restrict(party="FR", bars=(Bar(whom="DE"),))),
        Step(at="T+4m", restore=Restore(party="DE")),
    )
    scenario = story(0).model_copy(update={"timeline": steps, "officers": {}})
    for seed in range(6):
        remains = await play(scenario, Roughness(seed, drop=0.3), tmp_path / str(seed))
        check(remains)
        assert [outcome for _, _, outcome in remains.state.pairs()] == [Outcome.WITHHELD]


def _note(sender: str, to: str) -> Send:
    return Send(sender=sender, kind=Kind.INFO_REQUEST, to=(to,), purpose=Purpose.CASE, subject="s")

"""What an intruder does happens, whatever the network does meanwhile: the story must not depend on a lost packet."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise.attacks import Replay, Tamper
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.scoreboard import fooled
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.steps import Step
from i247sim.exercise.verify import verify
from i247sim.transport.faults import Fate, FaultyLink
from i247sim.transport.topics import Direction
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.errors import InputError

STORY = """
title: A thief
aim: to be heard
participants: {bureaus: [FR, BR]}
timeline:
- {at: T+1m, send: {from: FR, kind: INFO_REQUEST, to: [BR], purpose: case-support, subject: one}}
- {at: T+2m, compromise: {party: FR, to: BR, subject: from a thief}}
- {at: T+3m, send: {from: FR, kind: INFO_REQUEST, to: [BR], purpose: case-support, subject: two}}
"""


def played(folder: Path, fate: Fate, how_often: int) -> Finished:
    """The story, in which the first packets on the line after the thief has begun have this fate."""
    file = folder / "thief.yaml"
    file.write_text(STORY, encoding="utf-8")
    left = 0

    def heard(line: dict[str, Any]) -> None:
        nonlocal left
        if line["event"] == "control" and line.get("what") == "compromise":
            left = how_often

    def decide(party: str, direction: Direction, number: int) -> Fate:
        nonlocal left
        if left and party == "FR" and direction == "out":
            left -= 1
            return fate
        return Fate.PASS

    session = Session.create(Options(file, medium=Medium.MEMORY, out=folder / "run"), Watch(heard))
    session.over = lambda link: FaultyLink(link, decide)
    session.patience = HURRIED
    return asyncio.run(session.run())


@pytest.mark.parametrize(
    ("fate", "how_often"),
    [
        pytest.param(Fate.DROP, 1, id="it is lost"),
        pytest.param(Fate.DROP, 2, id="it is lost, and the hello behind it"),
        pytest.param(Fate.DELAY, 1, id="it is late"),
    ],
)
def test_a_thiefs_message_takes_the_owners_number_whatever_the_line_does(
    tmp_path: Path, fate: Fate, how_often: int
) -> None:
    finished = played(tmp_path, fate, how_often)
    assert [row.code for row in finished.transcript.messages()] == [None, Code.REPLAY]
    assert [trial.verb for trial in finished.trials] == ["compromise"]
    assert verify(finished.folder, finished.code).origin_proven


@pytest.mark.parametrize(
    ("fault", "attack", "because"),
    [
        pytest.param(
            "crash: {party: FR}",
            "compromise: {party: FR, to: BR}",
            "the line of FR was down",
            id="stolen key, computer",
        ),
        pytest.param(
            "cut: {party: FR, stays: true}", "replay: {message: 'FR#1'}", "the line of FR was down", id="replay, line"
        ),
        pytest.param(
            "stop: {what: broker}",
            "spoof: {by: FR, claims: BR, to: IPSG}}\n- {at: T+4m, start: {what: broker}",
            "the broker did not work",
            id="spoof, broker",
        ),
    ],
)
def test_of_an_attack_over_a_line_that_is_down_the_board_says_that_nothing_came_of_it(
    tmp_path: Path, fault: str, attack: str, because: str
) -> None:
    file = tmp_path / "down.yaml"
    first = "\n".join(STORY.splitlines()[:6])
    file.write_text(f"{first}\n- {{at: T+2m, {fault}}}\n- {{at: T+3m, {attack}}}\n", encoding="utf-8")
    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch())
    session.patience = HURRIED
    (trial,) = asyncio.run(session.run()).trials
    assert because in trial.fruitless
    assert (trial.met, trial.through, fooled([trial])) == ((), (), [])


def test_live_nothing_can_be_sent_again_that_was_not_sent(tmp_path: Path) -> None:
    file = tmp_path / "thief.yaml"
    file.write_text(STORY, encoding="utf-8")
    refused: list[str] = []

    def begun(conductor: Conductor) -> None:
        for attack in (Replay(message="FR#1"), Tamper(message="FR#7")):
            with pytest.raises(InputError) as error:
                conductor.inject(Step.of(attack, timedelta(seconds=1)))
            refused.append(str(error.value))
        conductor.inject(Step.of(Replay(message="FR#1"), timedelta(minutes=1, seconds=30)))

    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch(begun=begun))
    session.patience = HURRIED
    trials = asyncio.run(session.run()).trials
    assert refused == [f"`FR#{number}` was not sent so far; there is nothing to send again" for number in (1, 7)]
    assert [trial.verb for trial in trials] == ["replay", "compromise"]

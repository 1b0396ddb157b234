"""What an intruder does happens, whatever the network does meanwhile: the story must not depend on a lost packet."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.transport.faults import Fate, FaultyLink
from i247sim.transport.topics import Direction
from i247sim.vocabulary.decisions import Code

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

"""One message is held back on its way: what others say goes on, what its sender says waits behind it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.faults import Hold
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.session import Finished, Options, Session, Watch
from i247sim.exercise.steps import Step
from i247sim.exercise.transcript import MessageRow
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.errors import InputError

STORY = """
title: One letter is late
aim: to see what waits
participants: {bureaus: [FR, BR, NO]}
timeline:
- {at: T+1m, hold: {message: late}}
- {at: T+2m, send: {from: FR, kind: INFO_REQUEST, to: [BR], purpose: case-support, subject: before}}
- {at: T+3m, label: late, send: {from: FR, kind: INFO_REQUEST, to: [BR, NO], purpose: case-support, subject: late}}
- {at: T+4m, send: {from: FR, kind: INFO_REQUEST, to: [NO], purpose: case-support, subject: behind}}
- {at: T+5m, send: {from: NO, kind: INFO_REQUEST, to: [FR, BR], purpose: case-support, subject: others}}
- {at: T+6m, restrict: {party: FR, bars: [{whom: NO}]}}
RELEASE
"""


def played(folder: Path, release: str) -> Finished:
    file = folder / "late.yaml"
    file.write_text(STORY.replace("RELEASE", release), encoding="utf-8")
    session = Session.create(Options(file, medium=Medium.MEMORY, out=folder / "run"), Watch())
    session.patience = HURRIED
    return asyncio.run(session.run())


def opened(row: MessageRow, party: str) -> tuple[Outcome, int]:
    """What became of a copy, and at which minute."""
    reached = row.outcome(party)
    assert reached is not None
    return reached.outcome, reached.time.minute


@pytest.mark.parametrize(
    ("release", "minute"),
    [
        pytest.param("- {at: T+10m, release: {message: late}}", 10, id="let go by name"),
        pytest.param("- {at: T+10m, release: {party: FR}}", 10, id="let go with its sender"),
        pytest.param("", 6, id="let go in the end"),
    ],
)
def test_a_held_message_and_what_is_behind_it_come_when_it_is_let_go(tmp_path: Path, release: str, minute: int) -> None:
    finished = played(tmp_path, release)
    rows = {(row.sender, row.name): row for row in finished.transcript.messages()}
    before, late, behind = (rows["FR", f"FR#{number}"] for number in (1, 2, 3))
    assert opened(before, "BR") == (Outcome.OPENED, 2)
    assert [opened(late, party) for party in ("BR", "NO")] == [(Outcome.OPENED, minute)] * 2
    assert opened(behind, "NO") == (Outcome.OPENED, minute), "its sender's words stay in their order"
    assert opened(rows["NO", "NO#1"], "BR") == (Outcome.OPENED, 5), "nobody else waits"
    assert finished.completeness.lost == 0
    assert finished.left == []
    assert finished.mended == ([] if release else ["the line of FR is held"])
    scenario = load(tmp_path / "late.yaml")
    assert rehearse(scenario, Engine(Rulebook.load())).transcript.canonical_text().splitlines() == (
        finished.transcript.canonical_text().splitlines()
    )


def test_live_a_message_can_be_held_as_long_as_it_is_to_come(tmp_path: Path) -> None:
    file = tmp_path / "late.yaml"
    lines = STORY.replace("RELEASE", "").splitlines()
    file.write_text("\n".join(line for line in lines if "hold" not in line), encoding="utf-8")
    step = Step.of(Hold(message="late"), timedelta(minutes=9))
    conductors: list[Conductor] = []
    refused: list[str] = []

    def begun(conductor: Conductor) -> None:
        conductors.append(conductor)
        conductor.inject(Step.of(Hold(message="late"), timedelta(minutes=1)))

    def heard(line: dict[str, Any]) -> None:
        if line["event"] == "sent" and line.get("label") == "late":
            with pytest.raises(InputError) as error:
                conductors[0].inject(step)
            refused.append(str(error.value))

    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch(heard, begun=begun))
    session.patience = HURRIED
    finished = asyncio.run(session.run())
    assert refused == ["`late` is sent already, or left out; only what is to come can be held"]
    assert finished.mended == ["the line of FR is held"]

"""Half a line after an outage: the half that is whole carries what has waited, and nobody waits for the other."""

import asyncio
from pathlib import Path

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.session import Options, Session, Watch
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.transport.faults import FaultyLink, seeded
from i247sim.transport.port import Link
from i247sim.vocabulary.decisions import Outcome

STORY = """
title: Half a line
aim: to be heard, or to hear
participants: {bureaus: [FR, BR]}
officers: {FR: [{when: {kind: INFO_REQUEST}, send: INFO_REPLY, after: 1m..2m, subject: Nothing known}]}
timeline:
- {at: T+1m, FAULT}
- {at: T+2m, send: {from: FR, kind: INFO_REPLY, purpose: case-support, to: [BR], subject: From half a line}}
- {at: T+2m, send: {from: BR, kind: INFO_REQUEST, purpose: case-support, to: [FR], subject: To half a line}}
- {at: T+3m, partition: {parties: [FR], way: WAY}}
- {at: T+4m, MENDED}
- {at: T+30m, repair: {parties: [FR]}}
"""


@pytest.mark.parametrize("lost", [0.0, 0.3], ids=["on a good line", "on a bad one"])
@pytest.mark.parametrize(
    ("fault", "mended", "way", "heard_at"),
    [
        pytest.param(
            "stop: {what: broker}", "start: {what: broker}", "in", 4, id="heard after an outage of the broker"
        ),
        pytest.param("stop: {what: hub}", "start: {what: hub}", "out", 30, id="hearing after an outage of the hub"),
        pytest.param("cut: {party: FR}", "accept: {party: BR, bars: []}", "in", 3, id="heard after a cut"),
    ],
)
def test_what_has_waited_goes_through_the_half_that_is_whole(
    tmp_path: Path, fault: str, mended: str, way: str, heard_at: int, lost: float
) -> None:
    file = tmp_path / "half.yaml"
    story = STORY.replace("FAULT", fault).replace("MENDED", mended).replace("WAY", way)
    file.write_text(story, encoding="utf-8")

    def over(link: Link) -> Link:
        return FaultyLink(link, seeded(1, drop=lost))

    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch())
    session.patience, session.over = HURRIED, over
    finished = asyncio.run(session.run())
    rows = {row.name: row for row in finished.transcript.messages()}
    reached = rows["FR#1"].outcome("BR")
    assert reached is not None
    assert (reached.outcome, reached.time.minute) == (Outcome.OPENED, heard_at)
    assert finished.completeness.lost == 0
    rehearsed = rehearse(load(file), Engine(Rulebook.load())).transcript
    assert rehearsed.canonical_text().splitlines() == finished.transcript.canonical_text().splitlines()

"""Keys that are renewed more than once: each old one is there as long as others may seal to it."""

import asyncio
from pathlib import Path

from i247sim.clock.patience import HURRIED
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.session import Options, Session, Watch
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Outcome

STORY = """
title: Two renewals
aim: to keep a key for its own grace time, and not for another's
participants: {bureaus: [CA, FR]}
timeline:
- {at: T+1m, rotate: {party: CA, grace: 5m}}
- {at: T+2m, cut: {party: FR}}
- {at: T+3m, rotate: {party: CA, grace: 1d}}
- {at: T+4m, send: {from: FR, kind: INFO_REQUEST, to: [CA], purpose: case-support, subject: to the key in between}}
- {at: T+10m, restore: {party: FR}}
"""


def test_the_end_of_one_keys_grace_does_not_take_the_next_ones_away(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(STORY, encoding="utf-8")
    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch())
    session.patience = HURRIED
    finished = asyncio.run(session.run())
    (row,) = finished.transcript.messages()
    reached = row.outcome("CA")
    assert reached is not None
    assert reached.outcome is Outcome.OPENED
    rehearsed = rehearse(load(file), Engine(Rulebook.load())).transcript
    assert rehearsed.canonical_text() == finished.transcript.canonical_text()

"""A flood by one bureau: what is above its quota is refused, and everybody else's messages flow."""

import asyncio
from pathlib import Path

from i247sim.clock.patience import HURRIED
from i247sim.exercise.medium import Medium
from i247sim.exercise.session import Options, Session, Watch
from i247sim.vocabulary.decisions import Code, Outcome

STORY = """
title: A flood
aim: one bureau sends far too much
participants: {bureaus: [FR, DE, BR]}
timeline:
- at: T+1m
  flood: {party: BR, to: DE, rate: 30, lasts: 2m}
- at: T+1m30s
  label: meanwhile
  send: {from: FR, kind: INFO_REQUEST, to: [DE], purpose: case-support, subject: one}
- at: T+10m
  label: afterwards
  send: {from: BR, kind: INFO_REQUEST, to: [DE], purpose: case-support, subject: two}
"""
QUOTA = 20


def test_what_is_above_the_quota_is_refused_and_nobody_else_is_slowed_down(tmp_path: Path) -> None:
    file = tmp_path / "flood.yaml"
    file.write_text(STORY)
    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch())
    session.patience = HURRIED
    session.settings["messages_per_minute"] = QUOTA
    finished = asyncio.run(session.run())
    flood = [row for row in finished.transcript.messages() if row.sender == "BR" and row.label is None]
    codes = [end.code for row in flood if (end := row.outcome("DE"))]
    assert len(flood) == 60
    assert codes.count(None) == 2 * QUOTA, "each minute anew"
    assert codes.count(Code.RATE) == 60 - 2 * QUOTA
    for label in ("meanwhile", "afterwards"):
        row = finished.transcript.named(label)
        assert row is not None
        end = row.outcome("DE")
        assert end is not None
        assert (end.outcome, end.time) == (Outcome.OPENED, row.time)
    assert finished.faults == []

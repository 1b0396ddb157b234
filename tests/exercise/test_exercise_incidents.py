"""Whole exercises in which a party misbehaves: who notices, and what follows."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from i247sim.exercise.medium import Medium
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.verify import verify
from i247sim.node import writer
from i247sim.security import sealing
from i247sim.security.keys import Identity, KemKey, KemPublic
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Header, HubPart

SCENARIO = """
title: A diffusion that nobody can check
aim: the secretariat's copy is garbage
participants: {bureaus: [FR, DE]}
timeline:
- at: T+1m
  label: unchecked
  send: {from: FR, kind: DIFFUSION, to: [IPSG, DE], purpose: warn, subject: fictional}
"""


def test_a_diffusion_whose_copy_for_the_secretariat_does_not_open_is_cancelled_to_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FR seals the secretariat's copy to a key that is not the secretariat's, under that key's name."""

    def spoilt(
        header: Header, hub_part: HubPart, prepared: bytes, recipients: Sequence[KemPublic], identity: Identity
    ) -> bytes:
        if header.kind is Kind.DIFFUSION:
            recipients = [KemPublic(recipients[0].id, KemKey.generate().public), *recipients[1:]]
        return sealing.seal(header, hub_part, prepared, recipients, identity)

    monkeypatch.setattr(writer, "seal", spoilt)
    file = tmp_path / "spoilt.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    journal: list[dict[str, Any]] = []
    session = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "run"), Watch(line=journal.append))
    finished = asyncio.run(session.run())
    row = finished.transcript.named("unchecked")
    assert row is not None
    ends = {party: row.outcome(party) for party in ("IPSG", "DE")}
    assert {party: (end.outcome, end.code) for party, end in ends.items() if end} == {
        "IPSG": (Outcome.REJECTED, Code.SIGN),
        "DE": (Outcome.OPENED, None),
    }
    cancel = finished.transcript.named("IPSG:DIFFUSION_CANCEL")
    assert cancel is not None
    assert (cancel.answers, sorted(cancel.addressees)) == (row.name, ["DE", "FR"])
    assert all(end.outcome is Outcome.OPENED for party in ("DE", "FR") if (end := cancel.outcome(party)))
    assert any(line["event"] == "remark" and "incident" in line["text"] for line in journal)
    assert verify(finished.folder).messages == 2

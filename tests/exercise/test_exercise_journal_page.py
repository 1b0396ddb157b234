"""docs/journal.md: what is written into a journal stands there, and nothing else does."""

import ast
import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

from i247sim.exercise.medium import Medium
from i247sim.exercise.session import Options, Session, Watch
from i247sim.node.site import _SIGHTINGS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "journal.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:3] for line in PAGE.splitlines() if line.startswith("| `")]
FIELDS = {event.strip(" `"): dict(re.findall(r"`([a-z_]+)`(\??)", fields)) for event, fields in ROWS}
"""Event to its fields; what may be left out has a question mark."""
STORY = """\
title: A small story
aim: nothing
participants: {bureaus: [FR, NO, BR]}
restrictions: {FR: [{whom: BR}]}
timeline:
  - {at: T+0s, label: ask, send: {from: FR, kind: INFO_REQUEST, to: [NO, BR], purpose: case-support, subject: eh}}
  - {at: T+1m, rotate: {party: NO, grace: 1m}}
  - {at: T+2m, tamper: {message: ask, part: body}}
"""


def written() -> Iterator[tuple[str, set[str]]]:
    """Every event that the package writes, with the fields that are named where it does."""
    for path in (ROOT / "i247sim").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if ".journal(" in text else ():
            match node:
                case ast.Call(func=ast.Attribute(attr="journal"), args=[ast.Constant(value=str(event)), *_]):
                    yield event, {one.arg for one in node.keywords if one.arg is not None}


def test_every_event_and_field_that_is_written_has_its_place() -> None:
    found: dict[str, set[str]] = {}
    for event, fields in written():
        found.setdefault(event, set()).update(fields)
    assert set(found) == set(FIELDS)
    assert {event: fields - set(FIELDS[event]) for event, fields in found.items() if fields - set(FIELDS[event])} == {}


def test_a_journal_is_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(STORY)
    options = Options(tmp_path / "small.yaml", medium=Medium.MEMORY, out=tmp_path / "run")
    asyncio.run(Session.create(options, Watch()).run())
    lines = [json.loads(line) for line in (tmp_path / "run" / "journal.jsonl").read_text().splitlines()]
    assert {line["event"] for line in lines} >= {
        "sent",
        "declared",
        "receipt",
        "opened",
        "outcome",
        "control",
        "logged",
    }
    for line in lines:
        fields = set(line) - {"time", "event", "party", "real"}
        known = FIELDS[line["event"]]
        assert fields <= set(known), line
        assert {one for one, optional in known.items() if not optional} <= fields, line
        assert ("real" in line) == (line["event"] in _SIGHTINGS)
    assert all(f"`{event}`" in PAGE.split("| Event |")[0] for event in _SIGHTINGS)

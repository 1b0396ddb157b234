"""Log entries and steps in words. Pure."""

import base64
import json
from typing import Any

from i247sim.exercise.picture import Picture
from i247sim.exercise.steps import Step
from i247sim.security import frames as clear
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.entries import (
    DecisionEntry,
    Entry,
    FrameEntry,
    HandoverEntry,
    MessageEntry,
    OpenedEntry,
    RefusalEntry,
)

_LONG = ("signed", "frame", "attached")


def entry_sentence(entry: Entry, picture: Picture) -> str:
    """One sentence: what an entry of the log states."""
    match entry:
        case OpenedEntry():
            return f"the log of run {entry.run} is opened"
        case MessageEntry():
            return f"{_name(picture, entry.id)} of {entry.sender} is taken on, {entry.size:,} bytes"
        case RefusalEntry():
            alarm = "ALARM: " if entry.alarm else ""
            return f"{alarm}refused on the topic of {entry.topic} with {entry.code}: {entry.detail}"
        case DecisionEntry():
            word = "allowed" if entry.outcome is Outcome.QUEUED else str(entry.outcome)
            because = f" with {entry.code}" if entry.code else ""
            rules = f" by {', '.join(entry.rules)}" if entry.rules else ""
            return f"{_name(picture, entry.id)} to {entry.party}: {word}{because}{rules}"
        case HandoverEntry():
            return f"{_name(picture, entry.id)} is handed to {entry.party} as number {entry.number}"
        case FrameEntry():
            signed = clear.parse(base64.b64decode(entry.frame))
            return f"{signed.frame.type} of {signed.frame.sender}"


def _name(picture: Picture, id_: str) -> str:
    sent = picture.seen.letters.get(id_)
    return sent.name if sent else id_[:12]


def entry_fields(entry: Entry) -> list[list[str]]:
    """All that an entry holds, by name."""
    if isinstance(entry, FrameEntry):
        signed = clear.parse(base64.b64decode(entry.frame))
        frame = signed.frame.plain()
        return [[name, _short(value)] for name, value in frame.items()]
    plain = entry.plain()
    found = [[name, _short(value)] for name, value in plain.items() if name not in ("type", *_LONG)]
    if isinstance(entry, MessageEntry):
        found.append(["header", entry.signed.header])
    return found


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 600 else f"{text[:600]} … ({len(text):,} characters)"


def step_yaml(step: Step, verb_only: bool = False) -> str:
    """A step as it would stand in a timeline; ``verb_only``: without its time, label and note."""
    left_out = {"at", "after", "label", "note"} if verb_only else set()
    plain = step.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=left_out)
    return "\n".join(_lines(plain, 0))


def _lines(value: dict[str, Any], depth: int) -> list[str]:
    found = []
    for name, one in value.items():
        pad = "  " * depth
        if isinstance(one, dict) and one:
            found += [f"{pad}{name}:", *_lines(one, depth + 1)]
        elif one not in ([], {}, ""):
            found.append(f"{pad}{name}: {_scalar(one)}")
    return found


def _scalar(value: Any) -> str:
    """JSON is YAML; plain words need no quotes."""
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.replace("-", "").replace("_", "").isalnum() and not value[:1].isdigit():
        return value if value.lower() not in ("yes", "no", "on", "off", "true", "false", "null") else text
    return text

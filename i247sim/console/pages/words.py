"""Log entries, steps, faults and evidence in words. Pure."""

import base64
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from i247sim.console.frames import clock
from i247sim.exercise.picture import Picture
from i247sim.exercise.steps import Step
from i247sim.policy.rulebook import Rulebook
from i247sim.security import frames as clear
from i247sim.vocabulary.decisions import MEANINGS, Code, Outcome
from i247sim.vocabulary.entries import (
    DecisionEntry,
    Entry,
    FrameEntry,
    HandoverEntry,
    MessageEntry,
    OpenedEntry,
    RefusalEntry,
)
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.kinds import Kind, in_words

_LONG = ("signed", "frame", "attached")
_FRAMES = {FrameType.ACK: "acknowledgement", FrameType.COSIGN: "cosignature"}
"""Types of clear frames whose names are short for a longer word."""
_BROKEN = {
    "cut": "cut off",
    "hold": "held back",
    "partition": "cut off together",
    "lose": "loses packets",
    "duplicate": "doubles packets",
    "reorder": "mixes up packets",
    "delay": "packets come late",
    "crash": "crashed",
    "stop": "stopped",
    "cut_power": "without power",
    "fill_disk": "disk full",
    "skew": "wrong clock",
    "revoke": "revoked",
    "capture_broker": "captured",
    "capture_hub": "captured",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NAME = re.compile(rf"\b(?:[A-Z]+(?:_[A-Z]+)+|{'|'.join(sorted(Kind, key=len, reverse=True))})\b")


def broken_word(what: str) -> str:
    """What a verb that breaks something has made of its target."""
    return _BROKEN.get(what, what.replace("_", " "))


def because(rulebook: Rulebook, rules: Sequence[str], code: Code) -> str:
    """Why somebody got nothing: the sentence of the rule that decided; without one, what the code means."""
    found = next((rulebook.rules[name] for name in rules if name in rulebook.rules), None)
    return found.explain.removesuffix(".") if found else MEANINGS[code]


def told(evidence: str, start: datetime) -> str:
    """Evidence of an expectation as it stands on a page: times as offsets on the exercise clock, kinds as words.

    What stands in backticks is a name of the scenario's, and stays.
    """
    parts = _TIME.sub(lambda found: clock(datetime.fromisoformat(found.group()) - start), evidence).split("`")
    return "`".join(part if number % 2 else _NAME.sub(_word, part) for number, part in enumerate(parts))


def _word(found: re.Match[str]) -> str:
    return in_words(found.group())


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
            frame = signed.frame
            if frame.type is FrameType.CONTROL:
                return f"exercise control: {frame.payload['what']} {frame.payload.get('target', '')}".strip()
            return f"{_FRAMES.get(frame.type, frame.type.replace('-', ' '))} of {frame.sender}"


def _name(picture: Picture, id_: str) -> str:
    sent = picture.seen.letters.get(id_)
    return sent.name if sent else id_[:12]


def entry_fields(entry: Entry) -> list[list[str]]:
    """All that an entry holds besides its type and time, by name. What has parts of its own is JSON over many lines."""
    if isinstance(entry, FrameEntry):
        plain = clear.parse(base64.b64decode(entry.frame)).frame.plain()
    else:
        plain = {name: value for name, value in entry.plain().items() if name not in _LONG}
        if isinstance(entry, MessageEntry):
            plain["header"] = json.loads(entry.signed.header)
    return [[name, _short(value)] for name, value in plain.items() if name not in ("type", "time")]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return text if len(text) <= 2000 else f"{text[:2000]} … ({len(text):,} characters)"


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

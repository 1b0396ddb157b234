"""What a run must never do (the design's last section), as far as a closed run folder can show it.

``verify`` comes first: signatures, hashes, every decision decided again, completeness. What follows asks the same
log and journal again, in other words and without the code that made them; and at the end the story itself.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from i247sim.exercise import reading
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.transcript import MessageRow, StatementRow, StatementType, Transcript
from i247sim.exercise.verify import verify
from i247sim.security import frames as clear
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.entries import (
    DecisionEntry,
    Entry,
    FrameEntry,
    HandoverEntry,
    MessageEntry,
    RefusalEntry,
)
from i247sim.vocabulary.errors import EvidenceError
from i247sim.vocabulary.frames import NUMBERED, Ack, ControlEntry, Frame


@dataclass(frozen=True)
class Problem:
    """Something that must never be."""

    kind: str
    """One word: what a shorter story must show too, to be the same problem."""
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def problems(path: Path, code: str | None = None) -> list[Problem]:
    """What is wrong with the closed run folder at ``path``; nothing, if all is well. ``code``: its evidence code."""
    folder = RunFolder.open(path)
    report = json.loads(folder.report.read_text(encoding="utf-8"))
    found = [Problem("fault", one) for one in report["faults"]]
    try:
        verify(path, code or report["evidence_code"])
    except EvidenceError as error:
        found.append(Problem("verify", str(error)))
    entries = list(reading.log_entries(folder))
    journal = list(reading.journal_lines(folder, len(entries)))
    return [*found, *_Books(entries, journal).problems(), *_against_the_story(transcript_of(path))]


def transcript_of(path: Path) -> Transcript:
    """The transcript of the closed run folder at ``path``."""
    folder = RunFolder.open(path)
    return reading.transcript(folder, list(reading.log_entries(folder)))


def differences(one: Transcript, other: Transcript) -> list[Problem]:
    """Where two transcripts that must be the same are not: the first line of each."""
    if one.digest() == other.digest():
        return []
    lines, others = one.canonical_text().splitlines(), other.canonical_text().splitlines()
    for first, second in zip(lines, others, strict=False):
        if first != second:
            return [Problem("transcript", f"calm: {first:.300} stormy: {second:.300}")]
    return [Problem("transcript", f"{len(lines)} rows in the calm, {len(others)} in the storm")]


@dataclass
class _Books:
    """Log and journal, held against each other."""

    entries: Sequence[Entry]
    journal: Sequence[dict[str, Any]]
    decided: dict[tuple[str, str], list[Outcome]] = field(default_factory=dict)
    """(message, party) to what was decided, in order."""
    handed: Counter[tuple[str, str]] = field(default_factory=Counter)
    opened: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What parties have said, signed, that they opened."""
    carried: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)
    numbered: Counter[str] = field(default_factory=Counter)
    """Sender to how many of its numbers the log accounts for."""
    controlled: Counter[tuple[str, str]] = field(default_factory=Counter)

    def problems(self) -> Iterator[Problem]:
        for entry in self.entries:
            yield from self.take(entry)
        yield from self.shown()
        yield from self.every_action_is_logged()

    def take(self, entry: Entry) -> Iterator[Problem]:
        match entry:
            case MessageEntry():
                self.carried[entry.id] += 1
                self.numbered[entry.sender] += 1
                if self.carried[entry.id] > 1:
                    yield Problem("twice", f"message {entry.id} was decided twice")
            case RefusalEntry():
                self.numbered[entry.topic] += entry.counter is not None
                if entry.id is not None:
                    self.refused.add(entry.id)
            case DecisionEntry():
                self.decided.setdefault((entry.id, entry.party), []).append(entry.outcome)
            case HandoverEntry():
                pair = entry.id, entry.party
                self.handed[pair] += 1
                if self.handed[pair] > 1:
                    yield Problem("twice", f"{entry.id} was handed to {entry.party} twice")
                if self.decided.get(pair, [None])[-1] is not Outcome.QUEUED:
                    yield Problem("undecided", f"{entry.id} was handed to {entry.party} without a decision for it")
            case FrameEntry():
                signed = clear.parse(base64.b64decode(entry.frame))
                self.frame(signed.frame, signed.payload)
            case _:
                pass

    def frame(self, frame: Frame, payload: object) -> None:
        match payload:
            case Ack():
                for item in payload.items:
                    if item.status is Outcome.OPENED:
                        self.opened[item.id, frame.sender] += 1
            case ControlEntry():
                self.controlled[payload.what, payload.target] += 1
            case _ if frame.type in NUMBERED:
                self.numbered[frame.sender] += 1

    def shown(self) -> Iterator[Problem]:
        """Nobody was shown anything twice, or anything that no decision allowed."""
        ids = {line["ref"]: line["id"] for line in self.journal if line["event"] == "sent"}
        shown = Counter(
            (ids.get(line["ref"], "?"), line["party"]) for line in self.journal if line["event"] == "opened"
        )
        for (id_, party), times in shown.items():
            if times > 1:
                yield Problem("twice", f"{party} was shown {id_} {times} times")
            if Outcome.QUEUED not in self.decided.get((id_, party), ()):
                yield Problem("undecided", f"{party} was shown {id_}, and no decision allowed it")
            if not self.handed[id_, party]:
                yield Problem("unlogged", f"{party} was shown {id_}, and no hand-over is in the log")
        for pair in self.opened:
            if pair not in shown:
                yield Problem("untrue", f"{pair[1]} says that it opened {pair[0]}, and never showed it")
        for line in self.journal:
            if line["event"] == "alarm" or (line["event"] == "rejected" and line["code"] != Code.KEY):
                yield Problem("alarm", f"{line['party']} at {line['time']}: {line.get('text', line.get('code'))}")

    def every_action_is_logged(self) -> Iterator[Problem]:
        """What was answered is in the log; so is everything that exercise control did."""
        receipts = Counter(line["party"] for line in self.journal if line["event"] == "receipt")
        for party, count in receipts.items():
            if count > self.numbered[party]:
                yield Problem("unlogged", f"{party} has {count} receipts for {self.numbered[party]} entries in the log")
        answered = {line["ref"] for line in self.journal if line["event"] == "receipt"}
        for line in self.journal:
            known = line["event"] != "sent" or line["id"] in self.carried or line["id"] in self.refused
            if not known and line["ref"] in answered:
                yield Problem("unlogged", f"{line['ref']} has a receipt, and the log knows nothing of it")
        for id_ in self.carried:
            if not any(id_ == one for one, _ in self.decided):
                yield Problem("undecided", f"{id_} was accepted, and nothing was decided for anybody")
        done = Counter(
            (line["what"], line["target"])
            for line in self.journal
            if line["event"] == "control" and line["what"] not in ("restart", "nothing to capture")
        )
        for what, count in (done - self.controlled).items():
            yield Problem("unlogged", f"exercise control did {' '.join(what)} {count} times more than the log has it")


def _against_the_story(transcript: Transcript) -> Iterator[Problem]:
    """What the rules come to, asked without them: who bars a party entirely is not read by it, who is revoked reads
    nothing. Only where the statement was long in force, so that no order within one moment matters."""
    statements = [row for row in transcript.rows if isinstance(row, StatementRow) and row.code is None]
    for row in transcript.messages():
        sent = row.time
        for reached in row.reached:
            if reached.outcome is not Outcome.OPENED:
                continue
            if _barred(statements, row, reached.party, sent, reached.time):
                yield Problem("barred", f"{reached.party} read {row.name}, and {row.sender} had barred it before")
            gone = [
                one.time for one in statements if (one.type, one.target) == (StatementType.REVOCATION, reached.party)
            ]
            if gone and min(gone) < reached.time:
                yield Problem("barred", f"{reached.party} read {row.name} after it was revoked")


def _barred(statements: Sequence[StatementRow], row: MessageRow, party: str, since: datetime, until: datetime) -> bool:
    own = [one for one in statements if one.type is StatementType.RESTRICTION and one.author == row.sender]
    if any(since <= one.time <= until for one in own):
        return False
    before = [one for one in own if one.time < since]
    if not before:
        return False
    bars = json.loads(max(before, key=lambda one: one.time).statement).get("bars", [])
    return any(bar["whom"] == party and not bar.get("scope") for bar in bars)

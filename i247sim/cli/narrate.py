"""An exercise as a story: one line per event, in the words of an instructor.

What happens between two quiet moments is told together, so a message and its fate at every addressee make one line,
and the same scenario and seed tell the same story however fast the network was. Pure: journal lines and log entries
in, lines out.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rich.text import Text

from i247sim.cli.screen import printable
from i247sim.cli.signs import LOOKS, clocked, sign_of
from i247sim.exercise.access import Sign
from i247sim.exercise.observe import appeals
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import verbs
from i247sim.exercise.transcript import logical_name, with_logical_names
from i247sim.security import frames as clear
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.entries import DecisionEntry, Entry, FrameEntry, MessageEntry, RefusalEntry, SignedParts
from i247sim.vocabulary.frames import Ack, ControlEntry, FrameType, NoticeDecision
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.statements import Bar, Bars, MeasureSet
from i247sim.vocabulary.times import from_text

_SHOWN = 8
"""Parties that one line names; of more, the first six."""
_CONTROL_SAYS = {
    "retire-key": "{} deletes its old decryption key for ever",
    "restart": "the {} died and was started again",
    "nothing to capture": "the intruder has nothing to send: {} was not sent so far",
} | {key: verb.says for key, verb in verbs().items() if verb.says}


@dataclass(frozen=True)
class Told:
    """One line of the story. ``offset``: on the exercise clock; ``None`` for what is no event but a comment."""

    offset: timedelta | None
    text: Text


@dataclass
class _Message:
    """What is known of a message; no plaintext."""

    name: str
    kind: str
    remark: str = ""


@dataclass
class _Fate:
    """What became of a message since the last quiet moment."""

    time: datetime
    signs: dict[str, tuple[Sign, Code | None, tuple[str, ...]]] = field(default_factory=dict)
    whole: str = ""
    """Why it was refused as a whole, or never left."""


@dataclass
class Narrator:
    """Tells one run. ``line`` and ``entries`` in any order; they and ``rest`` return what there is to tell."""

    scenario: Scenario
    ascii_only: bool = False
    now: datetime = field(init=False)
    """The newest simulated time heard of."""
    _messages: dict[str, _Message] = field(default_factory=dict)
    _fates: dict[str, _Fate] = field(default_factory=dict)
    _others: list[tuple[datetime, Text]] = field(default_factory=list)
    _done: list[tuple[str, str]] = field(default_factory=list)
    """What exercise control did and the journal told; the log will say it again."""
    _noted: int = 0

    def __post_init__(self) -> None:
        self.now = self.scenario.start
        self._notes = [(self.scenario.start + step.offset, step.note) for step in self.scenario.steps() if step.note]

    # --- in

    def line(self, line: dict[str, Any]) -> list[Told]:
        """Take in a journal line. Usually there is nothing to tell before the log says what came of it."""
        time, party = from_text(line["time"]), line["party"]
        told = self.rest() if time > self.now else []
        self.now = max(self.now, time)
        match line["event"]:
            case "sent":
                self._messages[line["id"]] = _described(line)
                self._fates.setdefault(line["id"], _Fate(time))
            case "unsendable":
                message = _described(line)
                self._messages[message.name] = message
                self._fates[message.name] = _Fate(time, whole=f"never left {party}: {line['code']}, {line['detail']}")
            case "alarm":
                self._other(time, f"ALARM at {party}: {line['text']}", LOOKS[Sign.LOST].style)
            case "gap":
                text = f"{party} misses something: number {line['expected']} was due, {line['got']} came; it asks again"
                self._other(time, text, LOOKS[Sign.QUEUED].style)
            case "control":
                self._done.append((line["what"], line["target"]))
                self._control(time, line["what"], line["target"], line.get("note", ""))
                # While the hub is stopped there is no log to wait for.
                told += self.rest()
            case "remark":
                self._other(time, f"{party}: {with_logical_names(line['text'])}")
            case "appeal":
                (row,) = appeals([line])
                self._other(time, f"{party} {row.says}", LOOKS[Sign.LOST].style)
            case _:
                # Receipts, openings and outcomes: the log's entries say the same with rules and codes.
                pass
        return told

    def entries(self, entries: Iterable[Entry]) -> list[Told]:
        """Take in the log entries of a quiet moment; the story since the last one."""
        for entry in entries:
            self.now = max(self.now, entry.time)
            self._entry(entry)
        return self.rest()

    def rest(self) -> list[Told]:
        """What was taken in and not told yet, in order of time."""
        found = [*self._others, *((fate.time, self._fate(id_, fate)) for id_, fate in self._fates.items())]
        self._others, self._fates = [], {}
        told: list[Told] = []
        for time, text in sorted(found, key=lambda one: one[0]):
            while self._noted < len(self._notes) and self._notes[self._noted][0] <= time:
                told.append(Told(None, Text(printable(self._notes[self._noted][1]), "italic")))
                self._noted += 1
            told.append(Told(time - self.scenario.start, text))
        return told

    def _entry(self, entry: Entry) -> None:
        match entry:
            case MessageEntry():
                self._learn(entry.id, entry.signed)
            case DecisionEntry(outcome=outcome):
                self._of(entry.id, entry.time).signs[entry.party] = (sign_of(outcome), entry.code, entry.rules)
            case RefusalEntry(alarm=True):
                self._other(
                    entry.time, f"ALARM at the hub: {entry.code} from {entry.topic}, {entry.detail}", "bold red"
                )
            case RefusalEntry(id=str() as id_):
                self._learn(id_, entry.signed)
                self._of(id_, entry.time).whole = f"refused by the hub: {entry.code}, {entry.detail}".rstrip(", ")
            case RefusalEntry():
                self._other(entry.time, f"the hub refuses what {entry.topic} sent: {entry.code}, {entry.detail}", "red")
            case FrameEntry():
                signed = clear.parse(base64.b64decode(entry.frame))
                self._frame(entry.time, signed.frame.sender, signed.frame.type, signed.payload)
            case _:
                pass

    def _frame(self, time: datetime, author: str, type_: FrameType, payload: object) -> None:
        match payload:
            case Ack(items=items):
                for item in items:
                    before = self._of(item.id, time).signs.get(author, (None, None, ()))
                    self._of(item.id, time).signs[author] = (sign_of(item.status), item.code, before[2])
            case Bars(bars=bars) if type_ is FrameType.RESTRICTION:
                said = f"bars {'; '.join(map(_bar, bars))}" if bars else "bars nobody any more"
                self._other(time, f"{author} {said}")
            case Bars(bars=bars):
                said = f"does not accept {'; '.join(map(_bar, bars))}" if bars else "accepts everything again"
                self._other(time, f"{author} {said}")
            case MeasureSet(state=State.ACTIVE):
                self._other(time, f"{author} lifts the measures on {payload.party}")
            case MeasureSet():
                reason = f": {payload.reason}" if payload.reason else ""
                self._other(time, f"{author} sets {payload.party} to {payload.state}{reason}")
            case NoticeDecision():
                said = "to publish" if payload.publish else f"to refuse with {payload.code}"
                known = self._messages.get(payload.request)
                self._other(time, f"{author} decides {said} {known.name if known else payload.request[:8]}")
            case ControlEntry(what=what, target=target, note=note):
                if (what, target) in self._done:
                    self._done.remove((what, target))
                else:
                    self._control(time, what, target, note)
            case _:
                pass

    def _control(self, time: datetime, what: str, target: str, note: str) -> None:
        said = _CONTROL_SAYS[what].format(target) if what in _CONTROL_SAYS else f"{what} {target}"
        self._other(time, f"{said}: {note}" if note else said, "bold")

    def _learn(self, id_: str, signed: SignedParts | None) -> None:
        """Name and kind from the header that the hub saw: after a resume there is no journal line."""
        if id_ in self._messages or signed is None:
            return
        header = json.loads(signed.header)
        self._messages[id_] = _Message(logical_name(header["own_ref"]), header["kind"])

    def _of(self, id_: str, time: datetime) -> _Fate:
        return self._fates.setdefault(id_, _Fate(time))

    def _other(self, time: datetime, text: str, style: str = "") -> None:
        self._others.append((time, Text(printable(clocked(text, self.scenario.start)), style)))

    # --- out

    def _fate(self, id_: str, fate: _Fate) -> Text:
        message = self._messages.get(id_, _Message(id_[:8], "message"))
        text = Text.assemble((message.name, "bold"), f" {message.kind}", (message.remark, "dim"))
        parts: list[Text] = []
        if fate.whole:
            look = LOOKS[Sign.REFUSED]
            parts.append(Text(f"{look.mark(self.ascii_only)} {printable(fate.whole)}", look.style))
        if not parts and not fate.signs:
            look = LOOKS[Sign.QUEUED]
            parts.append(Text(f"{look.mark(self.ascii_only)} sent, and not decided yet", look.style))
        groups: dict[tuple[Sign, Code | None, tuple[str, ...]], list[str]] = {}
        for party, (sign, code, rules) in fate.signs.items():
            # Which rule allowed it is the same for nearly everybody, and nobody asks.
            groups.setdefault((sign, code, rules if code else ()), []).append(party)
        for (sign, code, rules), parties in groups.items():
            look = LOOKS[sign]
            because = f": {code}" if code else ""
            because += f" ({', '.join(rules)})" if rules else ""
            part = Text.assemble((f"{look.mark(self.ascii_only)} {look.verb} ", look.style), some(parties), because)
            parts.append(part)
        between = "  " if len(parts) == 1 else "\n  "
        for part in parts:
            text.append(between).append_text(part)
        return text


def some(parties: Sequence[str]) -> str:
    """Parties in one line; of many, the first and how many more."""
    if len(parties) <= _SHOWN:
        return ", ".join(parties)
    return f"{', '.join(parties[: _SHOWN - 2])} and {len(parties) - _SHOWN + 2} more"


def _described(line: dict[str, Any]) -> _Message:
    remark = f" `{line['label']}`" if "label" in line else ""
    if "finding" in line:
        remark += f" {line['finding']}"
    if "records" in line:
        remark += f" {', '.join(line['records'])}"
    if "answers" in line:
        remark += f" to {logical_name(line['answers'])}"
    if line.get("supersedes"):
        remark += f" instead of {logical_name(line['supersedes'])}"
    return _Message(logical_name(line["ref"]), line["kind"], remark)


def _bar(bar: Bar) -> str:
    scope = bar.scope.plain()
    return bar.whom + (f" ({', '.join(f'{name} {value}' for name, value in scope.items())})" if scope else "")

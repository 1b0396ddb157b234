"""What exercise control has seen so far: the fold of the journal and the hub's log, for whoever looks on.

Pure. The same fold serves an exercise under way (fed as things happen) and a finished run's folder (fed up to a
moment). Nothing here holds plaintext: journal and log have none.
"""

import base64
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from i247sim.exercise import observe
from i247sim.exercise.access import SIGN_OF, Sign
from i247sim.exercise.observe import Sent, Way
from i247sim.exercise.transcript import logical_name
from i247sim.hub.state import HubState
from i247sim.policy.facts import MessageFacts
from i247sim.security import frames as clear
from i247sim.security.trust import Trust
from i247sim.vocabulary.codec import decode
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.entries import DecisionEntry, Entry, FrameEntry, HandoverEntry, MessageEntry, RefusalEntry
from i247sim.vocabulary.frames import Ack
from i247sim.vocabulary.limits import MAX_HEADER_BYTES
from i247sim.vocabulary.messages import Header
from i247sim.vocabulary.times import from_text


@dataclass(frozen=True)
class Logged:
    """A message as the hub logged it."""

    index: int
    time: datetime
    header: Header
    facts: MessageFacts | None
    """What the rules looked at; ``None`` where the whole was refused before any rule was asked."""


@dataclass(frozen=True)
class Moved:
    """A (message, addressee) pair stands somewhere else now."""

    message: str
    """The message's id; for one that never left its sender, its logical name."""
    party: str
    sign: Sign
    code: Code | None


@dataclass
class Seen:
    """Feed it with ``line`` and ``log``, in the order in which things happened; read the rest."""

    state: HubState
    """The hub's state after the newest entry."""
    entries: list[Entry] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    """The journal."""
    ways: dict[str, Way] = field(default_factory=dict)
    logged: dict[str, Logged] = field(default_factory=dict)
    """By message id."""
    letters: dict[str, Sent] = field(default_factory=dict)
    """Every message, in the order of writing; by id, one that never left by its logical name."""
    standing: dict[tuple[str, str], tuple[Sign, Code | None]] = field(default_factory=dict)
    """(Message, party) to where the pair stands."""
    counts: dict[Sign, int] = field(default_factory=lambda: dict.fromkeys(Sign, 0))
    """Pairs by sign."""
    alarms: int = 0
    refused: deque[tuple[int, RefusalEntry]] = field(default_factory=lambda: deque(maxlen=500))
    """The newest refusals of whole messages and alarms at the hub, with their log index."""
    acted: dict[str, datetime] = field(default_factory=dict)
    """Party to its last sign of life."""
    controls: list[dict[str, Any]] = field(default_factory=list)
    """The journal lines of what exercise control did."""
    own: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Party to its own journal lines."""
    _receipted: set[str] = field(default_factory=set)
    _moved: dict[tuple[str, str], None] = field(default_factory=dict)
    _fresh: list[str] = field(default_factory=list)

    @classmethod
    def nothing(cls, trust: Trust) -> "Seen":
        """Before the first event; ``trust`` is the run's anchor."""
        return cls(HubState(trust))

    def line(self, line: dict[str, Any]) -> None:
        """One journal line."""
        self.lines.append(line)
        event, party = line["event"], line["party"]
        self.own.setdefault(party, []).append(line)
        if event == "control":
            self.controls.append(line)
        if event in ("opened", "sent", "rejected", "declared"):
            self.acted[party] = from_text(line["time"])
        match event:
            case "sent":
                self.letters[line["id"]] = Sent(party, line["id"], line, False)
                self._fresh.append(line["id"])
                for one in line["to"]:
                    self._stand(line["id"], one, Sign.QUEUED, None)
            case "unsendable":
                name = logical_name(line["ref"])
                self.letters[name] = Sent(party, None, line)
                self._fresh.append(name)
                for one in line["to"]:
                    self._stand(name, one, Sign.REFUSED, Code(line["code"]))
            case "receipt" if line["ref"] is not None:
                self._receipted.add(line["ref"])
            case "alarm":
                self.alarms += 1
            case _:
                pass

    def log(self, entries: Iterable[Entry]) -> None:
        """New entries of the log, in order."""
        fresh = list(entries)
        first = len(self.entries)
        observe.follow(self.ways, fresh, first)
        touched: dict[tuple[str, str], None] = {}
        for index, entry in enumerate(fresh, first):
            self.state.apply(entry)
            match entry:
                case MessageEntry():
                    carried = self.state.messages[entry.id]
                    self.logged[entry.id] = Logged(index, entry.time, carried.header, carried.facts)
                case DecisionEntry() | HandoverEntry():
                    touched[entry.id, entry.party] = None
                case RefusalEntry():
                    self._refusal(index, entry, touched)
                case FrameEntry():
                    signed = clear.parse(base64.b64decode(entry.frame))
                    if isinstance(signed.payload, Ack):
                        touched.update(((item.id, signed.frame.sender), None) for item in signed.payload.items)
                case _:
                    pass
        self.entries += fresh
        for id_, party in touched:
            sign, code = standing(self.ways.get(id_, Way()), party)
            self._stand(id_, party, sign, code)

    def _refusal(self, index: int, entry: RefusalEntry, touched: dict[tuple[str, str], None]) -> None:
        self.refused.append((index, entry))
        self.alarms += entry.alarm
        if entry.id is None or entry.signed is None or entry.alarm:
            return
        header = decode(Header, entry.signed.header.encode(), MAX_HEADER_BYTES)
        self.logged.setdefault(entry.id, Logged(index, entry.time, header, None))
        touched.update(((entry.id, one.party), None) for one in header.to or ())

    def _stand(self, message: str, party: str, sign: Sign, code: Code | None) -> None:
        before = self.standing.get((message, party))
        if before == (sign, code):
            return
        if before is not None:
            self.counts[before[0]] -= 1
        self.counts[sign] += 1
        self.standing[message, party] = (sign, code)
        self._moved[message, party] = None

    def moved(self) -> list[Moved]:
        """What has moved since this was last asked."""
        found = [Moved(message, party, *self.standing[message, party]) for message, party in self._moved]
        self._moved.clear()
        return found

    def fresh(self) -> tuple[str, ...]:
        """Messages that were written since this was last asked, in order."""
        found = tuple(self._fresh)
        self._fresh.clear()
        return found

    def sent(self) -> list[Sent]:
        """Every message, in order of time, party and reference (as ``keeping.read_sent``)."""
        found = [
            one if one.receipted or one.facts["ref"] not in self._receipted else Sent(one.party, one.id, one.facts)
            for one in self.letters.values()
        ]
        return sorted(found, key=lambda one: (one.facts["time"], one.party, one.facts["ref"]))


def standing(way: Way, party: str) -> tuple[Sign, Code | None]:
    """Where one pair stands, by what the log says of its message."""
    made = way.decisions.get(party, [])
    acknowledged = way.acknowledged.get(party, [])
    if acknowledged and (not made or acknowledged[-1][0] > made[-1][0]):
        _, _, outcome, code = acknowledged[-1]
        return SIGN_OF[outcome], code
    if made:
        return SIGN_OF[made[-1][1].outcome], made[-1][1].code
    if way.code is not None:
        return Sign.REFUSED, way.code
    return Sign.QUEUED, None


def totals(counts: Mapping[Sign, int]) -> dict[str, int]:
    """Counts of pairs in the words of the pages: sent, read, locked, refused, lost, queued, held."""
    found = {"sent": 0, "read": 0, "locked": 0, "refused": 0, "lost": 0, "queued": 0, "held": 0}
    for sign, number in counts.items():
        word = WORDS[sign]
        if word in found and word != "sent":
            found[word] += number
            found["sent"] += number
    return found


WORDS: dict[Sign, str] = {
    Sign.SENT: "sent",
    Sign.READ: "read",
    Sign.STORED: "read",
    Sign.REFUSED: "refused",
    Sign.WITHHELD: "lost",
    Sign.REJECTED: "locked",
    Sign.EXPIRED: "lost",
    Sign.HELD: "held",
    Sign.QUEUED: "queued",
    Sign.LOST: "lost",
    Sign.NOT_ADDRESSED: "none",
}
"""The signs of the access matrix in the words of the pages; ``lost`` is what was accepted and did not arrive."""

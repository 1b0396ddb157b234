"""From changes to frames: small, bounded pictures of the moment for each kind of viewer. Pure.

A frame says what is new since the last one, never more than fits: ``msgs`` (at most 12) and ``arcs`` (at most 24),
``skip`` how many messages were left out. What a viewer has missed it catches up with by the totals in the next one.
Header fields only: nobody's subject and nobody's text is ever in a frame.

===========  ==========================================================================================
``seq``      counts up from 1 for each stream
``time``     the exercise clock, ISO 8601; ``clock`` the same as ``T+01:02:03``, ``s`` in seconds
``n``        messages since the last frame; ``skip`` of them are not among ``msgs``
``msgs``     newest first, see ``msg``
``late``     ``{key, sign, code}`` of messages told earlier that have moved since (at most 12)
``arcs``     ``[from, to, sign]``
``counts``   all pairs so far: sent, read, locked, refused, lost, queued, held
``phase``    not-started, running, paused, waiting, ended; ``pace``: ``1``, ``60``, ``max`` …
``faults``   ``[{party, what}]`` of what is broken now (at most 12); ``alarms`` how many there were
``links``    party to its link's state, where it changed
===========  ==========================================================================================
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from i247sim.console.plain import shown
from i247sim.exercise.access import Sign
from i247sim.exercise.damage import Damage
from i247sim.exercise.durations import format_clock
from i247sim.exercise.observe import Sent
from i247sim.exercise.picture import Phase, Wire
from i247sim.exercise.port import Change
from i247sim.exercise.seen import WORDS, Logged, Moved
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.times import to_text

MAX_MSGS = 12
MAX_LATE = 12
MAX_ARCS = 24
MAX_FAULTS = 12
MAX_LINKS = 40
MAX_BYTES = 4096
"""The largest frame, as JSON in UTF-8."""
FEED_ROWS = 60
"""How many messages a feed keeps."""
_MOST_NAMED = 6
"""Addressees that one message's line names."""

LETTERS = {
    "red": "R",
    "blue": "B",
    "green": "G",
    "yellow": "Y",
    "black": "K",
    "purple": "P",
    "orange": "O",
    "un-special": "U",
    "silver": "S",
    "stolen-art": "A",
}
_ORDER = ("refused", "locked", "lost", "held", "queued", "read", "sent", "none")
"""Signs, the worst first: what one sign for a whole message is."""


clock = format_clock
"""The exercise clock as every page shows it."""


def pace_name(factor: float | None) -> str:
    """``max`` or a number."""
    return "max" if factor is None else f"{factor:g}"


def key_of(name: str) -> str:
    """``FR#3`` as it stands in addresses: ``FR.3``."""
    return name.replace("#", ".")


def name_of(key: str) -> str:
    """The inverse of ``key_of``."""
    party, _, number = key.rpartition(".")
    return f"{party}#{number}"


def letter(kind: str, channel: str, notice: str | None) -> str:
    """One letter for a kind of message: a notice's colour, D, ? or M."""
    if notice is not None:
        return LETTERS.get(notice, "N")
    if channel == Channel.DIFFUSION:
        return "D"
    return "?" if kind in (Kind.DB_QUERY, Kind.DB_RESULT) or channel == Channel.QUERY else "M"


def worst(signs: Iterable[str]) -> str:
    """The sign that a whole message gets: that of its worst addressee."""
    found = set(signs)
    return next((sign for sign in _ORDER if sign in found), "none")


def msg(sent: Sent, logged: Logged | None, start: datetime, sign: str, code: str | None) -> dict[str, Any]:
    """One message in a feed or list: header fields alone."""
    facts = sent.facts
    header = logged.header if logged else None
    time = datetime.fromisoformat(facts["time"])
    notice = str(header.notice.type) if header and header.notice else None
    to = list(facts["to"])
    return {
        "key": key_of(sent.name),
        "name": sent.name,
        "at": clock(time - start),
        "s": int((time - start).total_seconds()),
        "kind": str(facts["kind"]),
        "letter": letter(facts["kind"], facts["channel"], notice),
        "notice": notice,
        "channel": str(facts["channel"]),
        "from": sent.party,
        "to": to[:_MOST_NAMED],
        "more": max(0, len(to) - _MOST_NAMED),
        "classification": str(facts["classification"]),
        "case": shown(header.case_ref) if header and header.case_ref else None,
        "code": code,
        "sign": sign,
    }


@dataclass(frozen=True)
class Moment:
    """What every frame says of the exercise as a whole."""

    start: datetime
    now: datetime
    phase: Phase
    pace: float | None
    counts: Mapping[str, int]
    alarms: int
    faults: Sequence[Damage]
    rev: int = 0
    """Grows whenever something happened: pages that show more than a frame says look again."""

    def common(self, seq: int) -> dict[str, Any]:
        """The fields that each kind of frame begins with."""
        since = max(self.now - self.start, timedelta())  # what holds at the start is set up a minute before
        return {
            "seq": seq,
            "time": to_text(self.now),
            "clock": clock(since),
            "s": int(since.total_seconds()),
            "phase": str(self.phase),
            "pace": pace_name(self.pace),
            "rev": self.rev,
        }


@dataclass
class Gathered:
    """What has moved since the last frame. ``add`` changes, then ``frame`` takes it all."""

    letters: Mapping[str, Sent]
    logged: Mapping[str, Logged]
    standing: Mapping[tuple[str, str], tuple[Sign, Code | None]]
    """(Message, party) to where the pair stands now (``Seen.standing``)."""
    start: datetime
    seq: int = 0
    _moved: dict[tuple[str, str], Moved] = field(default_factory=dict)
    _new: dict[str, None] = field(default_factory=dict)
    _links: dict[str, str] = field(default_factory=dict)
    _events: list[dict[str, str]] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Take in a change."""
        for one in change.moved:
            self._moved[one.message, one.party] = one
        self._new.update(dict.fromkeys(change.fresh))
        for party, wire in change.wires.items():
            self._links[party] = wire.state

    @property
    def empty(self) -> bool:
        """Whether nothing has moved."""
        return not (self._moved or self._links)

    def frames(self, moment: Moment) -> tuple[dict[str, Any], dict[str, Any]]:
        """The next frame for exercise control, and that for the wall; what was gathered is taken."""
        self.seq += 1
        by_message: dict[str, list[Moved]] = {}
        for one in self._moved.values():
            by_message.setdefault(one.message, []).append(one)
        newest = [id_ for id_ in reversed(self._new) if id_ in self.letters]
        msgs = [self._msg(id_) for id_ in newest[:MAX_MSGS]]
        moved_on = [id_ for id_ in reversed(by_message) if id_ in self.letters and id_ not in self._new]
        late = [
            {"key": one["key"], "sign": one["sign"], "code": one["code"]} for one in map(self._msg, moved_on[:MAX_LATE])
        ]
        arcs, open_arcs = self._arcs(by_message)
        common = moment.common(self.seq)
        links = dict(list(self._links.items())[:MAX_LINKS])
        faults = [{"party": one.target, "what": one.what} for one in moment.faults[:MAX_FAULTS]]
        full = {
            **common,
            "n": len(newest),
            "skip": max(0, len(newest) - MAX_MSGS),
            "msgs": msgs,
            "late": late,
            "arcs": arcs,
            "counts": dict(moment.counts),
            "alarms": moment.alarms,
            "faults": faults,
            "links": links,
        }
        wall = {
            **common,
            "n": len(newest),
            "skip": 0,
            "msgs": [],
            "late": [],
            "arcs": open_arcs,
            "counts": wall_counts(moment.counts),
            "alarms": 0,
            "faults": [],
            "links": {party: wall_link(state) for party, state in links.items()},
        }
        self._moved.clear()
        self._new.clear()
        self._links = dict(list(self._links.items())[MAX_LINKS:])
        return full, wall

    @staticmethod
    def still(moment: Moment, links: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The first frame of a page, for exercise control and for the wall: nothing new, and every link that is not
        as it should be."""
        alone = Gathered({}, {}, {}, moment.start)
        alone._links = dict(links)
        return alone.frames(moment)

    def _msg(self, id_: str) -> dict[str, Any]:
        sent = self.letters[id_]
        stands = [self.standing[id_, party] for party in sent.facts["to"] if (id_, party) in self.standing]
        sign = worst(WORDS[one] for one, _ in stands)
        code = next((str(code) for one, code in stands if code is not None and WORDS[one] == sign), None)
        return msg(sent, self.logged.get(id_), self.start, sign, code)

    def _arcs(self, by_message: Mapping[str, Sequence[Moved]]) -> tuple[list[list[str]], list[list[str]]]:
        """Arcs for exercise control, and those that a wall may show; the newest messages first, one addressee each
        before the second of any."""
        full: dict[tuple[str, str, str], None] = {}
        wall: dict[tuple[str, str, str], None] = {}
        for id_, moved in reversed(list(by_message.items())):
            sent = self.letters.get(id_)
            if sent is None:
                continue
            for one in moved:
                word = WORDS[one.sign]
                full[sent.party, one.party, word] = None
                if word == "read" and sent.facts["kind"] != Kind.RESTRICTED_HIT:
                    wall[sent.party, one.party, word] = None
        return [list(one) for one in list(full)[:MAX_ARCS]], [list(one) for one in list(wall)[:MAX_ARCS]]


def packed(frame: Mapping[str, Any]) -> str:
    """A frame as JSON of at most ``MAX_BYTES``: what does not fit is left out, oldest messages first."""
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    over = len(text.encode()) - MAX_BYTES
    if over <= 0:
        return text
    over += 8  # `skip` may get longer
    msgs, arcs, skip = list(frame["msgs"]), list(frame["arcs"]), frame["skip"]
    while over > 0 and (len(msgs) > 1 or arcs):
        gone = msgs.pop() if len(msgs) > 1 else arcs.pop()
        skip += isinstance(gone, dict)
        over -= len(json.dumps(gone, ensure_ascii=False, separators=(",", ":")).encode())
    return json.dumps({**frame, "msgs": msgs, "arcs": arcs, "skip": skip}, ensure_ascii=False, separators=(",", ":"))


def wall_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Totals that a trainee may see: how much there is and how much has arrived, not why the rest has not."""
    waiting = counts["sent"] - counts["read"]
    return {"sent": counts["sent"], "read": counts["read"], "locked": 0, "refused": 0, "lost": 0, "held": 0} | {
        "queued": max(0, waiting)
    }


def wall_link(state: str) -> str:
    """A link as a wall shows it: there or not, and not why."""
    return "up" if state in ("up", "slow", "held") else "down"


def seat_frame(
    seq: int, moment: Moment, wire: Wire, new: int, receipts: int, bands: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """What one seat is told: the clock, its own link, and how much it has received and been told."""
    return {
        **moment.common(seq),
        "link": "up" if wire.looks_up else "cut",
        "new": new,
        "receipts": receipts,
        "bands": [{"kind": one["kind"], "text": shown(one["text"])[:200]} for one in bands[:4]],
    }

"""What adversaries tried in a run, which layer met it, after how long, and what got through. Pure.

Read off two things that every run leaves behind: exercise control's notes of what it did, in the log and in the
journal, and what hub and parties said from then on. An attack that is over at once is met in the same moment (a fork of
the log may come out later, until exercise control's next note); one that lasts has until it is undone, or the end.
Nothing is credited to a layer because it should have noticed: where nobody said anything, the table says so.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from i247sim.exercise.acts import Layer
from i247sim.exercise.durations import format_duration
from i247sim.exercise.steps import verbs
from i247sim.security import frames as clear
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.entries import DecisionEntry, Entry, FrameEntry, HandoverEntry, MessageEntry, RefusalEntry
from i247sim.vocabulary.frames import Ack, ControlEntry
from i247sim.vocabulary.parties import HUB
from i247sim.vocabulary.times import from_text

_LAYER_OF_CODE: Final = {
    Code.REPLAY: Layer.REPLAY,
    Code.TIME: Layer.REPLAY,
    Code.SIGN: Layer.SIGNATURE,
    Code.KEY: Layer.SIGNATURE,
    Code.FORMAT: Layer.SIGNATURE,
}
"""By which of its checks the hub refused something whole. Everything else is a rule."""


@dataclass(frozen=True)
class Sighting:
    """Somebody stopped or noticed something."""

    layer: Layer
    by: str
    """A party, ``HUB``, or ``broker``."""
    text: str
    after: timedelta
    """Simulated time since the attack began; nothing for what is met at once."""
    times: int = 1
    """How often."""
    real: float | None = None
    """Seconds of real time from the attack to this, as exercise control saw them; ``None`` where nobody can know."""

    @property
    def delay(self) -> str:
        """How long it took, in words: on the exercise clock, and in real time; empty for what is met at once."""
        spans = [format_duration(self.after)] if self.after else []
        spans += [f"{self.real:.1f} s of real time"] if self.real is not None else []
        return ", ".join(spans)


@dataclass(frozen=True)
class Trial:
    """One attack."""

    verb: str
    title: str
    target: str
    """Whose line, name or key it was about."""
    remark: str
    """Which of its ways, where there are several."""
    time: datetime
    met: tuple[Sighting, ...]
    """In the order of time; each layer and party once."""
    through: tuple[str, ...]
    """What reached somebody, in words; empty if nothing did."""
    fruitless: str = ""
    """Why it came to nothing by itself, in words; empty where there was something to notice."""

    @property
    def noticed(self) -> bool:
        """Whether anybody said anything, or nobody could."""
        return bool(self.met or self.fruitless)


@dataclass(frozen=True)
class _Note:
    """Exercise control says what it does."""

    place: int
    """Its index in the log, or its line in the journal."""
    what: str
    target: str
    time: datetime
    remark: str = ""
    real: float | None = None
    """When, in seconds on the clock of the journal's ``real``."""


def scoreboard(journal: Sequence[Mapping[str, Any]], entries: Sequence[Entry]) -> list[Trial]:
    """Every attack of a run, in order. ``journal``: its lines; ``entries``: the log. Raises ``FormatError``."""
    attacks = {key: verb for key, verb in verbs().items() if verb.adversary}
    in_log, in_journal = list(_logged(entries)), list(_journalled(journal))
    sent = {line["id"] for line in journal if line["event"] == "sent"}
    senders = {entry.id: entry.sender for entry in entries if isinstance(entry, MessageEntry)}
    found = []
    credited: set[tuple[Layer, str]] = set()
    for number, note in enumerate(in_log):
        verb = attacks.get(note.what)
        if verb is None:
            continue
        until = _end(in_log, number, verb.inverse)
        window = range(note.place + 1, until.place if until else len(entries))
        same = [one for one in in_journal if (one.what, one.target, one.time) == (note.what, note.target, note.time)]
        said: Iterable[Mapping[str, Any]] = ()
        if same:
            end = _end(in_journal, in_journal.index(same[0]), verb.inverse)
            said = journal[same[0].place + 1 : end.place if end else len(journal)]
        fruitless = next((str(one["text"]) for one in said if one["event"] == "fruitless"), "")
        if fruitless:
            found.append(Trial(note.what, verb.title, note.target, note.remark, note.time, (), (), fruitless))
            continue
        lasts = bool(verb.inverse)
        began = same[0].real if same else None
        known = _Known(journal, began)
        sightings = [*_by_hub(note, entries, window, senders, lasts, known), *_by_others(note, said, lasts, known)]
        if not sightings and note.what == "replay":
            text = "answered with the receipt of the first time; nobody was given it again"
            sightings.append(Sighting(Layer.REPLAY, HUB, text, timedelta()))
        if note.what == "spoof" and all(_topic(entries[index]) in ("", note.target) for index in window):
            text = "what was published on the other's topic never came to the hub"
            sightings.append(Sighting(Layer.BROKER, "broker", text, timedelta()))
        if lasts:
            sightings += _in_the_end(note, journal, window, known)
        met = tuple(one for one in _together(sightings) if (one.layer, one.text) not in credited)
        # What is wrong with a log stays wrong: it is found again and again, and speaks of the first lie only.
        credited |= {(one.layer, one.text) for one in met if one.layer is Layer.LOG}
        through = [*_through(entries, window, sent), *_against_the_rules(met)]
        found.append(Trial(note.what, verb.title, note.target, note.remark, note.time, met, tuple(through)))
    return found


def says_no(entry: Entry) -> bool:
    """Whether the hub stops something with this entry: what a journal must say the real time of."""
    stops = (Outcome.REFUSED, Outcome.HELD, Outcome.WITHHELD)
    return isinstance(entry, RefusalEntry) or (isinstance(entry, DecisionEntry) and entry.outcome in stops)


def as_data(trials: Iterable[Trial]) -> list[dict[str, Any]]:
    """The same for ``report.json``."""
    return [
        {
            "verb": one.verb,
            "title": one.title,
            "target": one.target,
            "remark": one.remark,
            "time": one.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "met": [
                {
                    "layer": str(sighting.layer),
                    "by": sighting.by,
                    "text": sighting.text,
                    "after_seconds": int(sighting.after.total_seconds()),
                    "times": sighting.times,
                }
                | ({} if sighting.real is None else {"after_real_seconds": round(sighting.real, 3)})
                for sighting in one.met
            ],
            "through": list(one.through),
        }
        | ({"fruitless": one.fruitless} if one.fruitless else {})
        for one in trials
    ]


def _logged(entries: Sequence[Entry]) -> Iterator[_Note]:
    for index, entry in enumerate(entries):
        if isinstance(entry, FrameEntry):
            payload = clear.parse(base64.b64decode(entry.frame)).payload
            if isinstance(payload, ControlEntry):
                yield _Note(index, payload.what, payload.target, entry.time, payload.note)


def _journalled(journal: Sequence[Mapping[str, Any]]) -> Iterator[_Note]:
    for place, line in enumerate(journal):
        if line["event"] == "control":
            yield _Note(place, line["what"], line.get("target", ""), from_text(line["time"]), real=_real(line))


def _real(line: Mapping[str, Any]) -> float | None:
    real = line.get("real")
    return float(real) if isinstance(real, int | float) else None


class _Known:
    """When, in real seconds since an attack began, exercise control knew of something."""

    def __init__(self, journal: Sequence[Mapping[str, Any]], began: float | None) -> None:
        """``began`` is on the clock of the journal's ``real``; ``None``: nobody knows."""
        self._began = began
        self._logged = [
            (line["size"], real)
            for line in journal
            if line["event"] == "logged" and isinstance(line.get("size"), int) and (real := _real(line)) is not None
        ]

    def entry(self, index: int) -> float | None:
        """The log's entry ``index``."""
        return self._since(next((real for size, real in self._logged if size > index), None))

    def line(self, line: Mapping[str, Any]) -> float | None:
        """A line of the journal."""
        return self._since(_real(line))

    def _since(self, real: float | None) -> float | None:
        # A clock that began anew (the computer did) tells nothing.
        return None if real is None or self._began is None or real < self._began else real - self._began


def _end(notes: Sequence[_Note], number: int, inverse: str) -> _Note | None:
    """Where the attack of note ``number`` is over: at the next note, or where it is undone if it lasts."""
    rest = notes[number + 1 :]
    if not inverse:
        return rest[0] if rest else None
    return next((one for one in rest if one.what == inverse and one.target == notes[number].target), None)


def _by_hub(
    note: _Note, entries: Sequence[Entry], window: range, senders: Mapping[str, str], lasts: bool, known: _Known
) -> Iterator[Sighting]:
    if note.what == "capture_hub":
        return  # in an adversary's hands it is no witness against itself: what it refuses, it refuses for other reasons
    anybody = note.target not in senders.values()  # the target is no party: what it touches, it touches for all
    for index in window:
        entry = entries[index]
        if not lasts and entry.time != note.time:
            return
        match entry:
            case RefusalEntry() if not lasts or anybody or entry.topic == note.target:
                layer = _LAYER_OF_CODE.get(entry.code, Layer.RULE)
                alarm = ", with an alarm" if entry.alarm else ""
                text = f"refused with {entry.code} ({entry.detail}){alarm}"
                yield Sighting(layer, HUB, text, entry.time - note.time, real=known.entry(index))
            case DecisionEntry(outcome=Outcome.REFUSED | Outcome.HELD | Outcome.WITHHELD) if (
                senders.get(entry.id) == note.target
            ):
                because = ", ".join(entry.rules) or "its own checks"
                text = f"{entry.outcome} to {entry.party} with {entry.code} by {because}"
                yield Sighting(Layer.RULE, HUB, text, entry.time - note.time, real=known.entry(index))
            case _:
                pass


def _by_others(note: _Note, said: Iterable[Mapping[str, Any]], lasts: bool, known: _Known) -> Iterator[Sighting]:
    for line in said:
        time = from_text(line["time"])
        after = time - note.time
        now = lasts or time == note.time
        match line:
            case {"event": "met"} if now:
                # What only the one who plays the adversary can know: that he was not let in, and who turned him away.
                yield Sighting(Layer(line["layer"]), str(line["by"]), str(line["text"]), after, real=known.line(line))
            case {"event": "gap"} if lasts:
                text = f"copies came out of turn: number {line['got']} where {line['expected']} was due"
                yield Sighting(Layer.SECOND_CHECK, line["party"], text, after, real=known.line(line))
            case {"event": "rejected", "code": code} if now:
                layer = Layer.COMMITMENT if code == Code.REVIEW else Layer.SECOND_CHECK
                yield Sighting(
                    layer, line["party"], f"rejected with {code}: {line['text']}", after, real=known.line(line)
                )
            case {"event": "alarm", "code": code} if now:
                yield Sighting(
                    Layer.SECOND_CHECK,
                    line["party"],
                    f"did not believe it, {code}: {line['text']}",
                    after,
                    real=known.line(line),
                )
            case {"event": "alarm", "layer": "log"}:
                yield Sighting(Layer.LOG, line["party"], str(line["text"]), after, real=known.line(line))
            case {"event": "alarm"} if "code" not in line:
                yield Sighting(Layer.WITNESS, line["party"], str(line["text"]), after, real=known.line(line))
            case _:
                pass


def _in_the_end(note: _Note, journal: Sequence[Mapping[str, Any]], window: range, known: _Known) -> Iterator[Sighting]:
    """What parties were shown of the log in that time, and what the log in the end contradicts."""
    for line in journal:
        match line:
            case {"event": "alarm", "proof": [str() as shown, _]} if window.start <= _size(shown) <= window.stop:
                after = from_text(line["time"]) - note.time
                yield Sighting(Layer.WITNESS, line["party"], str(line["text"]), after, real=known.line(line))
            case _:
                pass


def _size(checkpoint: str) -> int:
    lines = checkpoint.split("\n")
    return int(lines[1]) if len(lines) > 1 and lines[1].isdecimal() and len(lines[1]) < 18 else 0


def _against_the_rules(met: Iterable[Sighting]) -> Iterator[str]:
    for one in met:
        if one.layer is Layer.LOG and "says queued" in one.text and "decided again: refused" in one.text:
            yield f"a copy that the rules refuse: {one.text}"


def _topic(entry: Entry) -> str:
    return entry.topic if isinstance(entry, RefusalEntry) else ""


def by_thieves(entries: Sequence[Entry]) -> set[str]:
    """Ids of messages in the name of a party whose key exercise control, in the log, says was stolen at that moment."""
    stolen = {(note.target, note.time) for note in _logged(entries) if note.what == "compromise"}
    return {one.id for one in entries if isinstance(one, MessageEntry) and (one.sender, one.time) in stolen}


def _through(entries: Sequence[Entry], window: range, sent: set[str | None]) -> Iterator[str]:
    """Messages that no party says it sent, and that were handed to somebody; and who opened them."""
    handed: dict[tuple[str, str], str] = {}
    senders: dict[str, str] = {}
    for index in window:
        match entries[index]:
            case MessageEntry(id=id_, sender=sender) if id_ not in sent:
                senders[id_] = sender
            case HandoverEntry(id=id_, party=party) if id_ in senders:
                handed[id_, party] = "handed over"
            case FrameEntry(frame=frame):
                signed = clear.parse(base64.b64decode(frame))
                if isinstance(signed.payload, Ack):
                    for item in signed.payload.items:
                        if (item.id, signed.frame.sender) in handed:
                            handed[item.id, signed.frame.sender] = str(item.status)
            case _:
                pass
    for (id_, party), became in handed.items():
        yield f"a message in the name of {senders[id_]}, signed with its key, reached {party}: {became}"


def _together(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """What one party says at one layer, as one: the first of it, and how often."""
    first: dict[tuple[Layer, str], Sighting] = {}
    for one in sightings:
        known = first.get((one.layer, one.by))
        times = one.times + (known.times if known else 0)
        kept = known or one
        first[one.layer, one.by] = replace(kept, times=times)
    return tuple(sorted(first.values(), key=lambda one: one.after))


def fooled(trials: Iterable[Trial]) -> list[Trial]:
    """The attacks that nobody noticed."""
    return [one for one in trials if not one.noticed]

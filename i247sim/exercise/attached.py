"""The port to an exercise that is under way in this process: what it shows, and who listens.

What commands do is in ``commands``. Everything that is shown comes from the fold of journal and log (``seen``), from
the conductor's own state, and, for a desk, from that party's mailbox.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from i247sim.exercise.agenda import Due
from i247sim.exercise.commands import carry_out
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.damage import damage
from i247sim.exercise.evidence_check import read_checkpoints
from i247sim.exercise.flood import Burst
from i247sim.exercise.keeping import injects
from i247sim.exercise.machines import Flood
from i247sim.exercise.mail import received, written
from i247sim.exercise.picture import Desk, Glance, Phase, Picture, Planned, Progress, Shown, Wire
from i247sim.exercise.port import Answer, BetweenTwo, Change, NotAllowed, Role, Who, allow
from i247sim.exercise.seats import SeatCore, taken_by
from i247sim.exercise.seen import Moved, Seen, totals
from i247sim.exercise.sending import Send
from i247sim.exercise.settings import plain_injects
from i247sim.exercise.staging import Seat
from i247sim.exercise.steps import Step
from i247sim.security.trust import Trust
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.entries import Entry, to_bytes
from i247sim.vocabulary.parties import CONTROL
from i247sim.vocabulary.statements import Bars
from i247sim.vocabulary.times import TICK

_MAIL = frozenset({"opened", "rejected", "receipt", "outcome", "unsendable", "note", "mark", "command"})
"""Journal events after which a desk looks different."""


def hold_open(conductor: Conductor) -> None:
    """Prepare an exercise for people, before it plays: what holds at the start comes into force although the clock
    stands still, and nothing ends by itself."""
    conductor.held_open = True
    if conductor.pacing.hurry_until is None:
        conductor.pacing.hurry_until = conductor.scenario.start - TICK


class AttachedPort:
    """An exercise under way. Make it once the conductor has begun; it hears everything from then on."""

    def __init__(self, conductor: Conductor, name: str) -> None:
        """``name``: the scenario's. What has happened so far is read from the mailbox file and the log."""
        self.live = True
        self.conductor = conductor
        self.name = name
        self._seen = Seen.nothing(Trust.anchor(conductor.enrolled.authority.root, conductor.enrolled.run))
        for line in conductor.site.store.journal_lines():
            self._seen.line(_read(line))
        self._seen.log(conductor.entries)
        self._seen.moved(), self._seen.fresh()
        self._wires = self._wires_now()
        self._listeners: list[Listener] = []
        self._told: set[str] = set()
        self._heard, self._news = conductor.heard, conductor.site.news
        conductor.heard = self._hear
        conductor.site.news = self._line

    # --- hearing

    def _line(self, line: dict[str, Any]) -> None:
        self._news(line)
        self._seen.line(line)
        if line["event"] in _MAIL:
            self._told.add(line["party"])

    def _hear(self, entries: list[Entry]) -> None:
        self._heard(entries)
        self._seen.log(entries)
        self.changed()

    def changed(self) -> None:
        """Tell all listeners what has changed since the last time."""
        wires = self._wires_now()
        other = {party: wire for party, wire in wires.items() if self._wires.get(party, Wire()) != wire}
        other.update((party, Wire()) for party in self._wires if party not in wires)
        self._wires = wires
        change = Change(tuple(self._seen.moved()), self._seen.fresh(), other, frozenset(self._told))
        self._told.clear()
        for listener in self._listeners:
            listener.tell(change)

    async def subscribe(self) -> AsyncIterator[Change]:
        """See ``ExercisePort``."""
        listener = Listener()
        self._listeners.append(listener)
        try:
            while (change := await listener.next()) is not None:
                yield change
        finally:
            self._listeners.remove(listener)

    def end(self) -> None:
        """The exercise is over: all listeners come to their end."""
        self.live = False
        self.conductor.heard, self.conductor.site.news = self._heard, self._news
        for listener in self._listeners:
            listener.tell(None)

    # --- looking

    def seen(self) -> Seen:
        """See ``ExercisePort``."""
        return self._seen

    def glance(self) -> Glance:
        """See ``ExercisePort``."""
        conductor = self.conductor
        return Glance(
            run=conductor.enrolled.run,
            title=conductor.scenario.title,
            start=conductor.scenario.start,
            now=conductor.clock,
            phase=self.phase(),
            pace=conductor.pace.factor,
            counts=totals(self._seen.counts),
            alarms=self._seen.alarms,
            faults=tuple(one for one in damage(self._seen.controls) if one.until is None),
            wires=self._wires,
            rev=conductor.released,
        )

    def export(self, who: Who) -> Sequence[tuple[str, bytes]]:
        """See ``ExercisePort``: what the run folder will have of journal, scenario and injects."""
        if who.role not in (Role.INSTRUCTOR, Role.EVALUATOR):
            raise NotAllowed("only exercise control takes the evidence away")
        injected = plain_injects(injects(self.conductor.site.store))
        journal = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self._seen.lines)
        log = "".join(to_bytes(entry).decode() + "\n" for entry in self._seen.entries)
        return [
            ("scenario.json", self.conductor.scenario.model_dump_json(by_alias=True, exclude_none=True).encode()),
            ("injects.json", json.dumps({"injects": injected}, ensure_ascii=False).encode()),
            ("journal.jsonl", journal.encode()),
            ("log.jsonl", log.encode()),
        ]

    def checkpoints(self) -> Sequence[Shown]:
        """See ``ExercisePort``."""
        return read_checkpoints(self.conductor.network.hub_database)

    def picture(self, who: Who, at: timedelta | None = None) -> Picture:
        """See ``ExercisePort``; an exercise under way is seen as it is now, whatever ``at`` says."""
        if who.role is Role.SEAT:
            raise NotAllowed("a seat sees what its bureau has received, and no more")
        self._require_open()
        conductor, scenario = self.conductor, self.conductor.scenario
        following = conductor.agenda.next()
        plan = self._plan()
        named = [one.time for one in plan if one.time is not None]
        named += [scenario.start + one.by for one in conductor.timeline.expected().values() if one.by is not None]
        return Picture(
            run=conductor.enrolled.run,
            name=self.name,
            scenario=scenario,
            seed=scenario.seed,
            live=True,
            phase=self.phase(),
            now=conductor.clock,
            pace=conductor.pace.factor,
            upcoming=None if following is None or conductor.idle else following.time,
            ends=max([scenario.start + scenario.lasts(), conductor.clock, *named]),
            seen=self._seen,
            sent=self._seen.sent(),
            rulebook=conductor.network.rulebook,
            wires=self._wires_now(),
            plan=plan,
            taken=self.taken(),
            opens=self._opens(),
            exposed=self._exposed(),
        )

    def phase(self) -> Phase:
        """How the exercise stands."""
        conductor = self.conductor
        if not self.live:
            return Phase.ENDED
        if not conductor.pace.paused:
            return Phase.WAITING if conductor.idle else Phase.RUNNING
        return Phase.NOT_STARTED if conductor.clock <= conductor.scenario.start else Phase.PAUSED

    def taken(self) -> frozenset[str]:
        """Parties at whose desk a person sits, or will as soon as the clock goes on."""
        conductor = self.conductor
        found = set(taken_by(conductor.network.cast))
        for due in conductor.agenda.planned():
            if due.time > conductor.clock + 2 * TICK:
                break
            if isinstance(due.cause, Step) and isinstance(due.cause.verb, Seat):
                (found.add if due.cause.verb.taken else found.discard)(due.cause.verb.party)
        return frozenset(found)

    def desk(self, who: Who) -> Desk:
        """See ``ExercisePort``."""
        if who.party is None:
            raise NotAllowed("only a seat has a desk")
        self._require_open()
        return self._desk(who.party)

    def _require_open(self) -> None:
        """Between its last event and its finished folder an exercise can be seen by nobody, for a moment."""
        if self.conductor.site.store.closed:
            raise BetweenTwo("the exercise is being closed; look again in a moment")

    def own_lines(self, who: Who) -> Sequence[Mapping[str, Any]]:
        """See ``ExercisePort``."""
        if who.party is None:
            raise NotAllowed("only a seat has a journal of its own")
        return self._seen.own.get(who.party, [])

    def _desk(self, party: str) -> Desk:
        conductor = self.conductor
        core = conductor.network.cast.get(party)
        store, lines, state = conductor.site.store, self._seen.own.get(party, []), self._seen.state
        return Desk(
            party=party,
            scenario=conductor.scenario,
            phase=self.phase(),
            now=conductor.clock,
            pace=conductor.pace.factor,
            wire=self._wires_now().get(party, Wire()),
            taken=party in self.taken(),
            directory=conductor.network.nodes[party].reception.trust.directory,
            received=received(store, party),
            written=written(store, party, lines),
            restriction=state.restrictions.get(party, Bars()),
            lines=tuple(lines),
            rulebook=conductor.network.rulebook,
            left=core.left if isinstance(core, SeatCore) else (),
            waiting=tuple(self._waiting(party)),
        )

    def _waiting(self, party: str) -> Iterator[Send]:
        """What the party sends as soon as the clock goes on, if it stands still."""
        conductor = self.conductor
        if not conductor.pace.paused:
            return
        soon = [due.cause for due in conductor.agenda.planned() if due.time <= conductor.clock + 2 * TICK]
        for step in (*soon, *conductor.live):
            if isinstance(step, Step) and step.send is not None and step.send.sender == party:
                yield step.send

    def _wires_now(self) -> dict[str, Wire]:
        conductor = self.conductor
        found = {}
        for party, node in conductor.network.nodes.items():
            why = conductor.away.get(party, "")
            state = _STATES.get(why, why) or ("stopped" if conductor.stopped else "down" if node.line.offline else "up")
            unsent = node.line.unsent
            if state != "up" or unsent:
                found[party] = Wire(state, why or node.line.offline, unsent)
        return found

    def _plan(self) -> tuple[Planned, ...]:
        conductor = self.conductor
        due: dict[int, list[Due]] = {}
        for one in conductor.agenda.planned():
            due.setdefault(id(one.cause.flood if isinstance(one.cause, Burst) else one.cause), []).append(one)
        return tuple(self._planned(name, step, due) for name, step in conductor.timeline.all())

    def _planned(self, key: str, step: Step, due: Mapping[int, Sequence[Due]]) -> Planned:
        """``due``: ``id`` of a step, or of a flood, to what is still to come of it."""
        timeline = self.conductor.timeline
        if key in timeline.skipped:
            return Planned(key, step, None, Progress.SKIPPED)
        began = timeline.due_at(step)
        if began is None:
            return Planned(key, step, None, Progress.WAITING)
        if isinstance(step.verb, Flood):
            whole = step.verb.minutes
            begun = whole - len(due.get(id(step.verb), ()))
            if begun:
                progress = Progress.RUNNING if begun < whole else Progress.DONE
                return Planned(key, step, began, progress, (begun, whole))
        left = due.get(id(step)) or due.get(id(step.verb))
        return Planned(key, step, left[0].time, Progress.LATER) if left else Planned(key, step, began, Progress.DONE)

    def _opens(self) -> dict[tuple[str, str], bool]:
        rows = self.conductor.site.store.rows("SELECT party, id, status FROM inbox")
        return {(party, id_): status == Outcome.OPENED for party, id_, status in rows}

    def _exposed(self) -> frozenset[tuple[str, str]]:
        """Stanzas in full wires for a key that its party holds. That it opens is tried at the end (and by ``try``)."""
        held = {party: {key.id for key in node.identity.kem} for party, node in self.conductor.network.nodes.items()}
        return frozenset(
            (one.party, id_)
            for id_, logged in self._seen.logged.items()
            for one in logged.header.to or ()
            if one.key in held.get(one.party, ())
        )

    # --- acting

    async def command(self, who: Who, name: str, arguments: Mapping[str, Any]) -> Answer:
        """See ``ExercisePort``."""
        allow(who, name, self.live)
        answer = await carry_out(self.conductor, self._seen, who, name, arguments)
        shown = {key: value for key, value in arguments.items() if key in _SHOWN and isinstance(value, str | int)}
        self.conductor.site.journal("command", who.party or CONTROL, by=str(who), what=name, told=shown)
        self.changed()
        await self.conductor.site.store.flush()  # whoever is told that it is done is right, whatever is killed now
        return answer


_STATES = {"cut off": "cut", "crashed": "down"}
"""Why nobody waits for a party, as the state of its link."""
_SHOWN = ("party", "message", "count", "factor", "offset", "step", "expectation", "rating", "name")
"""Arguments that stand in the journal; the words of a message do not (``injects.json`` has them, to replay them)."""


class Listener:
    """Changes that one listener has not taken yet, as one."""

    def __init__(self) -> None:
        self._waiting: Change | None = None
        self._over = False
        self._wake = asyncio.Event()

    def tell(self, change: Change | None) -> None:
        """A change; ``None``: there will be no more."""
        if change is None:
            self._over = True
        else:
            self._waiting = change if self._waiting is None else merged(self._waiting, change)
        self._wake.set()

    async def next(self) -> Change | None:
        """What has changed since it was last asked; ``None`` at the end."""
        while self._waiting is None and not self._over:
            self._wake.clear()
            await self._wake.wait()
        change, self._waiting = self._waiting, None
        return change


def merged(first: Change, second: Change) -> Change:
    """Two changes as one: of what moved twice, the later place."""
    moved: dict[tuple[str, str], Moved] = {(one.message, one.party): one for one in first.moved}
    moved.update(((one.message, one.party), one) for one in second.moved)
    return Change(
        tuple(moved.values()),
        first.fresh + second.fresh,
        {**first.wires, **second.wires},
        first.told | second.told,
    )


def _read(text: str) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(text)
    return line

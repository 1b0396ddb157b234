"""Conduct an exercise: release what is due, one cause at a time, and let the network come to rest in between.

Simulated time is logical: it stands still while anything is going on, so what happens does not depend on how
fast it happens. *Quiet* means that no party and not the hub owes anybody anything that can make progress; what is
owed to a party that is cut off is set aside. If nothing moves for a while, that is named and the run stops.
"""

import asyncio
import base64
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from i247sim.clock.pace import Pace
from i247sim.exercise import enrolment, intruder, observe
from i247sim.exercise.agenda import Agenda, Due
from i247sim.exercise.assembly import Network
from i247sim.exercise.cast import first_causes
from i247sim.exercise.conditions import due_time
from i247sim.exercise.durations import format_offset
from i247sim.exercise.enrolment import DIRECTORY_AGE, SETUP, DirectoryIssue, Enrolled
from i247sim.exercise.hubs import base64_text
from i247sim.exercise.observe import Sent, Way
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.seats import SeatChange
from i247sim.exercise.steps import (
    Accept,
    Cut,
    Measure,
    Replay,
    Restore,
    Restrict,
    Revoke,
    Rotate,
    Rule,
    Seat,
    Send,
    Skip,
    Slow,
    Spoof,
    Start,
    Step,
    Stop,
    Tamper,
)
from i247sim.exercise.transcript import logical_name
from i247sim.node import actions
from i247sim.node.site import Site
from i247sim.node.store import Happened, Store
from i247sim.security import frames as clear
from i247sim.security.keys import Identity
from i247sim.security.trust import Trust
from i247sim.transport.topics import out_topic
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.entries import Entry, FrameEntry, RefusalEntry, from_bytes
from i247sim.vocabulary.errors import I247Error, NetworkFailed
from i247sim.vocabulary.frames import ControlEntry, Frame, FrameType
from i247sim.vocabulary.parties import AUTHORITY, CONTROL, HUB, SECRETARIAT
from i247sim.vocabulary.statements import Bars
from i247sim.vocabulary.times import TICK, from_text, to_text


@dataclass(frozen=True)
class Reissue:
    """The authority issues a directory without changes, before the one in force grows too old."""


@dataclass(frozen=True)
class Retire:
    """The grace time of a party's old decryption keys is over: they are deleted."""

    party: str


@dataclass(frozen=True)
class Pulse:
    """A slow link lets through what has waited."""

    party: str


@dataclass
class Conductor:
    """One exercise under way. ``plan`` or ``take_up``, then ``play``."""

    scenario: Scenario
    enrolled: Enrolled
    network: Network
    site: Site
    agenda: Agenda
    pace: Pace
    heard: Callable[[list[Entry]], None] = lambda entries: None
    """Told of new log entries at every quiet moment."""
    entries: list[Entry] = field(default_factory=list)
    """The hub's log, as far as it was told."""
    ways: dict[str, Way] = field(default_factory=dict)
    """What it says of every message."""
    away: dict[str, str] = field(default_factory=dict)
    """Parties nobody waits for, and why: ``cut``, ``slow`` or ``revoked``."""
    stopped: set[str] = field(default_factory=set)
    """``broker`` and ``hub``, while they are stopped on purpose."""
    slow: dict[str, timedelta] = field(default_factory=dict)
    """Slow links, and how much longer everything takes on them."""
    pulses: set[str] = field(default_factory=set)
    """Slow links for which a pulse is planned."""
    begun: set[int] = field(default_factory=set)
    """Which of the scenario's waiting steps are planned, what they wait for having happened."""
    released: int = 0
    """How many causes were released so far."""
    passed: float = 0.0
    """Simulated seconds since the last cause that the pace has let pass."""
    steps_allowed: int = 0
    """How many causes may be released whatever the pace says."""
    run_until: datetime | None = None
    """Where to pause."""
    hurry_until: datetime | None = None
    """Up to here without waiting, whatever the pace says."""
    live: list[Step] = field(default_factory=list)
    """Injects that have come in and are not planned yet."""
    recorded: list[tuple[int, Step]] = field(default_factory=list)
    """Injects of an earlier run, each with the number of causes after which it came in."""
    held_open: bool = False
    """Whether it goes on after everything that is planned: people sit at desks, or are about to."""
    came_in: list[Step] = field(default_factory=list)
    """Live injects that were planned, in order."""
    skipped: set[str] = field(default_factory=set)
    """Names of the steps that were left out."""
    awaited: dict[int, datetime] = field(default_factory=dict)
    """``id`` of a step that waited, to when it is or was due."""
    _scenarios_waiting: tuple[Step, ...] = ()
    _restarts: int = 0
    _said: int = 0
    """Up to which of exercise control's notes the hub was told since this process has begun."""
    _unfinished: Due | None = None
    """After a kill: a cause of exercise control that may not have run to its end."""
    _trust: Trust | None = None

    # --- before

    def plan(self) -> None:
        """Plan what holds at the start, and the scenario's timeline."""
        begin, start = self.scenario.start - SETUP, self.scenario.start
        for party, bars in sorted(self.scenario.restrictions.items()):
            self.agenda.plan(begin, party, actions.Declare(FrameType.RESTRICTION, Bars(bars=bars)))
        for party, bars in sorted(self.scenario.acceptances.items()):
            self.agenda.plan(begin, party, actions.Declare(FrameType.ACCEPTANCE, Bars(bars=bars)))
        for party, measure in sorted(self.scenario.measures.items()):
            self.agenda.plan(begin, SECRETARIAT, actions.Declare(FrameType.MEASURE, measure.said(party, begin)))
        self._scenarios_waiting = self.scenario.waiting()
        for step in self.scenario.steps():
            self.agenda.plan(start + step.offset, step.actor, step)
        for time, party, cause in first_causes(self.scenario):
            self.agenda.plan(time, party, cause)
        self.agenda.plan(begin + DIRECTORY_AGE / 2, AUTHORITY, Reissue())

    def schedule(self, party: str, after: timedelta, cause: Any) -> None:
        """A core's plan (``Site.schedule``)."""
        self.agenda.plan(self.site.now + max(after, TICK), party, cause)

    def take_up(self) -> None:
        """Replay what happened before a kill: cores and agenda are then where they were."""
        injected = injects(self.site.store)
        for happened in list(self.site.store.all_happened()):
            self.site.now = from_text(happened.time)
            if happened.what == "pulse":
                self._plan_pulse(happened.party)
                continue
            if happened.what == "awaited":
                assert happened.wire is not None
                self._plan_awaited(happened.number, from_text(happened.wire.decode()))
                continue
            if happened.what != "cause":
                self.network.nodes[happened.party].replay(happened)
                continue
            # Injects come in between two causes: after all that the earlier one has led to.
            while injected and injected[0][0] <= self.released:
                _, step = injected.pop(0)
                self._take_in(step)
            self.released += 1
            due = self.agenda.take(happened.party, happened.number)
            self._unfinished = due if self._is_control(due) else None
            if self._is_control(due):
                self._remember(due)
            else:
                self.network.nodes[happened.party].replay(happened, self._party_cause(due))
        for _, step in injected:
            self._take_in(step)

    # --- play

    async def begin(self) -> None:
        """Open the log, connect everybody, come to rest."""
        await self._inform_hub()
        for party, why in self.away.items():
            if why == "revoked":
                await self.network.broker.revoke(party)
        for what in sorted(self.stopped):
            await self._stop(what)  # before anybody connects: nothing may go on that was standing still
        if not self.stopped:
            await self._connect()
        await self.quiet()
        if self._unfinished is not None:
            await self._complete(self._unfinished)
            await self.quiet()

    async def play(self) -> None:
        """Release everything that is planned, in order, until nothing is left and nobody holds the exercise open."""
        while True:
            self._plan_injects()
            due = self.agenda.next()
            if due is None or self.idle:
                if not self.pace.paused and not self.held_open:
                    return
                if due is None or self.pace.paused or self.pace.factor is None:
                    await self.pace.nudged()
                    continue
            if await self._may_release(due):
                await self.step()
                self._stop_where_told()

    async def _may_release(self, due: Due) -> bool:
        """Wait until ``due`` may happen; ``False`` if something came in between and all must be looked at anew."""
        if self.hurry_until is not None and due.time <= self.hurry_until:
            return True
        if self.steps_allowed:
            self.steps_allowed -= 1
            return True
        if self.run_until is not None and due.time > self.run_until:
            self.run_until = None
            self.pace.pause()
        left = (due.time - self.site.now).total_seconds() - self.passed
        passed = await self.pace.wait(left)
        self.passed += passed
        return passed >= left and not self.pace.paused and not self.live

    def _stop_where_told(self) -> None:
        self.passed = 0.0
        if self.run_until is not None and self.site.now >= self.run_until:
            self.run_until = None
            self.pace.pause()

    async def step(self) -> Due:
        """Release what is due first, and come to rest. There must be something."""
        due = self.agenda.pop()
        self.released += 1
        await self._move_to(due.time)
        await self._release(due)
        await self.quiet()
        return due

    # --- live injects

    @property
    def clock(self) -> datetime:
        """Simulated time as a person sees it: between two causes it goes on with the pace."""
        return self.site.now + timedelta(seconds=int(self.passed + self.pace.under_way))

    @property
    def idle(self) -> bool:
        """Whether nothing is planned any more but the renewal of the directory."""
        due = self.agenda.next()
        return not self.recorded and not self.live and (due is None or self._only_reissues(due))

    def inject(self, step: Step) -> None:
        """Plan a step that is not in the scenario; it is recorded, and happens again in a replay.

        Its time must not be before ``clock``; it is planned between two causes, wherever the conductor stands.
        Raises ``InputError`` if this network cannot carry it out.
        """
        self.network.require_possible(step)
        self.live.append(step)
        self.pace.nudge()

    def _plan_injects(self) -> None:
        """Plan what was recorded for this point of a replay, and what has come in live."""
        while self.recorded and self.recorded[0][0] <= self.released:
            self._plan_inject(*self.recorded.pop(0))
        while self.live:
            self._plan_inject(self.released, self.live.pop(0))

    def _plan_inject(self, after: int, step: Step) -> None:
        if step.after is None:
            time = max(self.scenario.start + step.offset, self.site.now + TICK)
            step = step.timed(time - self.scenario.start)
        self.site.store.execute(
            "INSERT INTO injected (after, step) VALUES (?, ?)",
            (after, json.dumps(step.model_dump(mode="json", by_alias=True, exclude_none=True))),
        )
        when = "waits" if step.at is None else format_offset(step.at)
        self.site.journal("inject", CONTROL, after=after, at=when, what=_verb_name(step))
        self._take_in(step)
        self._look_for_awaited()

    def _take_in(self, step: Step) -> None:
        """Plan a live step, or let it wait for what it waits for."""
        self.came_in.append(step)
        if step.after is None:
            self.agenda.plan(self.scenario.start + step.offset, step.actor, step)

    async def finish(self) -> str:
        """Show everybody the last checkpoint to cosign; returns its text."""
        await self._ask("checkpoint", {})
        await self.quiet()
        answer = await self._ask("final", {})
        text: str = answer["checkpoint"]
        return text

    def _only_reissues(self, due: Due) -> bool:
        """Whether nothing but the renewal of the directory is left: then the exercise is over."""
        return isinstance(due.cause, Reissue) and self.agenda.left() == 1

    async def _move_to(self, time: datetime) -> None:
        if time != self.site.now:
            self.site.now = time
            if "hub" not in self.stopped:
                await self._ask("now", {"time": to_text(time)})

    async def _release(self, due: Due) -> None:
        if self._is_control(due):
            self.site.store.happened(Happened(due.party, to_text(due.time), "cause", due.number))
            self._remember(due)
            self._note(due.cause)
            await self._control(due)
            await self._tell_notes()
        else:
            await self.network.nodes[due.party].release(self._party_cause(due), due.number)

    def _is_control(self, due: Due) -> bool:
        """Whether exercise control carries it out, and not a party."""
        return due.party in (CONTROL, AUTHORITY)

    def _party_cause(self, due: Due) -> Any:
        """A timeline step as the action that its party carries out; a core's own cause as it is."""
        if not isinstance(due.cause, Step):
            return due.cause
        match due.cause.verb:
            case Send() as send:
                draft = self.scenario.draft(send, due.cause.label)
                answered = self._reference(send.answers) if send.answers else None
                consent = self._reference(send.consent) if send.consent else None
                return actions.Send(replace(draft, your_ref=answered, consent_ref=consent))
            case Restrict() as declared:
                return actions.Declare(FrameType.RESTRICTION, Bars(bars=declared.bars))
            case Accept() as declared:
                return actions.Declare(FrameType.ACCEPTANCE, Bars(bars=declared.bars))
            case Measure() as measure:
                return actions.Declare(FrameType.MEASURE, measure.said(self.site.now))
            case Rule() as rule:
                return rule.ruling(self._reference(rule.message) if rule.message else None)
            case Seat() as seat:
                return SeatChange(seat.taken)
            case verb:
                raise AssertionError(f"not a party's step: {verb!r:.60}")

    def _reference(self, wanted: str) -> str | None:
        """The own reference of the message that a scenario names: by label, ``FR#3`` or ``IPSG:KIND:2``."""
        sent = [(party, json.loads(facts)) for party, facts in self.site.store.rows("SELECT party, facts FROM sent")]
        if ":" in wanted:
            sender, kind, *nth = wanted.split(":")
            found = sorted(facts["ref"] for party, facts in sent if party == sender and facts["kind"] == kind)
            place = int(nth[0]) - 1 if nth else 0
            return found[place] if place < len(found) else None
        for _, facts in sent:
            if wanted in (facts.get("label"), logical_name(facts["ref"])):
                reference: str = facts["ref"]
                return reference
        return None

    # --- what exercise control does itself

    def _remember(self, due: Due) -> None:
        """What a cause of exercise control changes in the conductor itself: also when it is only replayed."""
        match due.cause:
            case Reissue():
                self._plan_reissue()
            case Step(verb=Cut(party=party) | Slow(party=party)) if self.away.get(party) == "revoked":
                pass
            case Step(verb=Cut(party=party)):
                self.away[party] = "cut"
            case Step(verb=Slow(party=party, by=by)):
                self.away[party], self.slow[party] = "slow", by
            case Step(verb=Restore(party=party)) if self.away.get(party) != "revoked":
                self.away.pop(party, None)
                self.slow.pop(party, None)
            case Step(verb=Revoke(party=party)):
                for one in self._family(party):
                    self.away[one] = "revoked"
                    self.slow.pop(one, None)
            case Step(verb=Rotate(party=party, grace=grace)):
                self.agenda.plan(self.site.now + max(grace, TICK), AUTHORITY, Retire(party))
            case Step(verb=Stop(what=what)):
                self.stopped.add(what)
            case Step(verb=Start(what=what)):
                self.stopped.discard(what)
            case Step(verb=Skip(step=name)):
                self._skip(name)
            case Pulse(party):
                self.pulses.discard(party)
            case _:
                pass

    async def _control(self, due: Due) -> None:
        """Carry it out. What it changes on disk is written before the first ``await``: all of it, or it comes again."""
        nodes = self.network.nodes
        match due.cause:
            case Reissue():
                self._issue(enrolment.next_directory(self.enrolled.authority, self.trust, (), self.site.now))
                await self._inform_hub()
            case Step(verb=Revoke(party=party)):
                entry = enrolment.revoked(self.trust, party)
                self._issue(enrolment.next_directory(self.enrolled.authority, self.trust, (entry,), self.site.now))
                await self._inform_hub()
                for one in self._family(party):
                    await self.network.broker.revoke(one)
                    await nodes[one].cut()
            case Step(verb=Rotate(party=party, grace=grace)):
                await self._rotate(party, grace)
            case Retire(party):
                self._renew(party, replace(nodes[party].identity, kem=nodes[party].identity.kem[-1:]))
            case Step(verb=Cut(party=party) | Slow(party=party)):
                await nodes[party].cut()
            case Step(verb=Restore(party=party)):
                # A line that was mended lets nobody in again who was revoked meanwhile, and leads nowhere while
                # broker or hub stand still.
                if party not in self.away and not self.stopped:
                    await nodes[party].restore(*self.network.link(party))
            case Pulse(party):
                if party in self.slow and not self.stopped:
                    await self._pulse(party)
            case Step(verb=Stop(what=what)):
                await self._tell_notes()
                await self._stop(what)
            case Step(verb=Start(what=what)):
                await self._start(what)
            case Step(verb=Skip()):
                pass  # `_remember` has left it out
            case Step(verb=Replay() | Tamper() | Spoof() as verb):
                await self._tell_notes()
                await self._intrude(verb)
            case cause:
                raise AssertionError(f"not a cause of exercise control: {cause!r:.60}")

    async def _complete(self, due: Due) -> None:
        """Bring to its end what a kill may have cut off: that which no file and no log entry brings back by itself."""
        match due.cause:
            case Pulse(party) if party in self.slow and not self.stopped:
                await self._pulse(party)
            case Step(verb=Replay() | Tamper() | Spoof() as verb) if not self._noticed(verb):
                await self._intrude(verb)
            case _:
                pass

    def _noticed(self, verb: Replay | Tamper | Spoof) -> bool:
        """Whether the hub has refused, since exercise control's last note, what came on the intruder's line."""
        party = self._intruder(verb)
        for entry in reversed(self.entries):
            if isinstance(entry, RefusalEntry) and entry.topic == party:
                return True
            if isinstance(entry, FrameEntry) and clear.parse(base64.b64decode(entry.frame)).frame.sender == CONTROL:
                return False
        return False

    def _family(self, party: str) -> list[str]:
        """The party and everybody under it: what holds for a parent holds for its children."""
        directory = self.trust.directory
        return [one for one in self.network.parties if party in {entry.party for entry in directory.lineage(one)}]

    async def _rotate(self, party: str, grace: timedelta) -> None:
        """A new decryption key for ``party``; the old one stays on its card, and with it, for the grace time."""
        now = self.site.now
        fresh = enrolment.rotated(self.enrolled.authority, self.network.nodes[party].identity, now, now + grace)
        self._renew(party, fresh)
        entry = enrolment.renewed(self.trust, fresh)
        issue = enrolment.next_directory(self.enrolled.authority, self.trust, (entry,), now, (fresh.card,))
        self._issue(issue)
        await self._inform_hub()

    def _renew(self, party: str, identity: Identity) -> None:
        enrolment.save_keys(identity, self.network.work)
        self.enrolled.identities[party] = identity
        self.network.nodes[party].renew(identity)

    async def _pulse(self, party: str) -> None:
        """Let the slow link be whole for a moment, and come to rest."""
        why = self.away.pop(party)
        await self.network.nodes[party].restore(*self.network.link(party))
        await self.quiet()
        self.away[party] = why
        await self.network.nodes[party].cut()

    async def _stop(self, what: str) -> None:
        for node in self.network.nodes.values():
            await node.cut()
        if what == "broker":
            await self.network.broker.stop()
        else:
            await self.network.hub.stop()

    async def _start(self, what: str) -> None:
        if what == "broker":
            await self.network.broker.start()
        else:
            await self.network.hub.start()
        if "hub" not in self.stopped:
            await self._inform_hub()
        if not self.stopped:
            await self._connect()

    async def _connect(self) -> None:
        """Let everybody in. Who has something to send comes last, in order and one at a time: what the hub takes
        first, and so what others answer first, must not depend on who is faster.
        """
        present = [party for party in self.network.nodes if party not in self.away]
        late = [party for party in present if self.network.nodes[party].unsent]
        for party in present:
            if party not in late:
                await self.network.connect(party)
        for party in late:
            await self.quiet()
            await self.network.connect(party)

    async def _intrude(self, verb: Replay | Tamper | Spoof) -> None:
        """Play the intruder, and wait until the hub has seen what came of it."""
        party = self._intruder(verb)
        match verb:
            case Replay(message=message):
                _, wire = self._captured(message)
                wires = [(out_topic(self.site.run, party), wire)]
            case Tamper(message=message, part=part):
                _, wire = self._captured(message)
                wires = [(out_topic(self.site.run, party), intruder.flipped(wire, part))]
            case Spoof():
                wire = intruder.forged(self.network.nodes[party].identity, self.trust, verb, self.site.now)
                # On its own topic, where the hub must notice, and on the other's, where the broker must.
                wires = [(out_topic(self.site.run, name), wire) for name in (verb.by, verb.claims)]
        if wires[0][1]:
            await self.network.nodes[party].intrude(wires)

    def _intruder(self, verb: Replay | Tamper | Spoof) -> str:
        """The party on whose line the intruder sits."""
        return verb.by if isinstance(verb, Spoof) else self._captured(verb.message)[0]

    def _captured(self, message: str) -> tuple[str, bytes]:
        """Sender and wire of a message that was sent; no wire, if it was not."""
        reference = self._reference(message)
        for party, id_, facts in self.site.store.rows("SELECT party, id, facts FROM sent"):
            if json.loads(facts)["ref"] == reference and id_ is not None:
                row = self.site.store.row("SELECT wire FROM outbox WHERE id = ?", (id_,))
                assert row is not None, "what was sent stays in the outbox"
                return party, row[0]
        self.site.journal("control", CONTROL, what="nothing to capture", target=message)
        return SECRETARIAT, b""

    def _plan_reissue(self) -> None:
        self.agenda.plan(self.site.now + DIRECTORY_AGE / 2, AUTHORITY, Reissue())

    @property
    def trust(self) -> Trust:
        """What holds after every directory change issued so far."""
        if self._trust is None:
            self._trust = self.enrolled.trust(self.scenario.start - SETUP)
            for number, time, text in self._issued():
                if number > 1:
                    issue = DirectoryIssue.from_json(text)
                    self._trust = self._trust.advance(issue.frame, issue.attached, from_text(time))
        return self._trust

    def _issued(self) -> list[tuple[int, str, str]]:
        rows = self.site.store.rows("SELECT number, time, issue FROM issued ORDER BY number")
        return [(number, time, issue) for number, time, issue in rows]

    def _issue(self, issue: DirectoryIssue) -> None:
        self._trust = self.trust.advance(issue.frame, issue.attached, self.site.now)
        self.site.store.execute(
            "INSERT INTO issued (number, time, issue) VALUES (?, ?, ?)",
            (self._trust.directory.number, to_text(self.site.now), issue.to_json()),
        )

    async def _inform_hub(self) -> None:
        """Tell the hub the time, the rules, and every directory change and note it does not have yet."""
        await self.site.store.flush()
        if "hub" in self.stopped:
            return
        await self._ask("now", {"time": to_text(self.site.now)})
        answer = await self._ask("open", {"rules": self.network.rulebook.sha256})
        known = answer["directory"]
        issues = [(1, self.enrolled.first), *((n, DirectoryIssue.from_json(text)) for n, _, text in self._issued())]
        for number, issue in issues:
            if number > known:
                attached = [base64_text(one) for one in issue.attached]
                await self._ask("directory", {"frame": base64_text(issue.frame), "attached": attached})

        await self._tell_notes()

    def _note(self, cause: Any) -> None:
        """Exercise control states what it does: in the journal and, signed, on disk for the log (``_tell_notes``)."""
        match cause:
            case Step(verb=Revoke(party=target, reason=reason)):
                what, note = "revoke", reason
            case Retire(target):
                what, note = "retire-key", ""
            case Step(verb=Slow(party=target, by=by)):
                what, note = "slow", f"by {by}"
            case Step(verb=Replay() | Tamper() | Spoof() as verb):
                what, target, note = _verb_name(cause), self._intruder(verb), ""
            case Step(verb=Skip(step=target)):
                what, note = "skip", ""
            case Step(verb=Cut(party=target) | Restore(party=target) | Rotate(party=target)):
                what, note = _verb_name(cause), ""
            case Step(verb=Stop(what=target) | Start(what=target)):
                what, note = _verb_name(cause), ""
            case _:
                return
        self.site.journal("control", CONTROL, what=what, target=target, note=note)
        frame = self.sign(FrameType.CONTROL, ControlEntry(what=what, target=target, note=note[:200]))
        self.site.store.execute("INSERT INTO noted (frame) VALUES (?)", (frame,))

    async def _tell_notes(self) -> None:
        """Have the hub log every note that it was not told yet; one that it has already, it does not log again."""
        await self.site.store.flush()
        if "hub" in self.stopped:
            return
        rows = self.site.store.rows("SELECT number, frame FROM noted WHERE number > ? ORDER BY number", (self._said,))
        for number, frame in rows:
            await self._ask("control", {"frame": base64_text(frame)})
            self._said = number

    def sign(self, type_: FrameType, payload: Word) -> bytes:
        """A frame signed by exercise control."""
        identity = self.enrolled.identities[CONTROL]
        frame = Frame(
            type=type_,
            run=identity.run,
            sender=CONTROL,
            to=HUB,
            key=identity.signing.id,
            counter=self.released,  # so that two notes never are the same bytes
            time=self.site.now,
            payload=payload.model_dump(mode="json", by_alias=True, exclude_none=True),
        )
        return clear.sign(frame, identity.signing)

    # --- quiet

    async def quiet(self) -> None:
        """Wait until nobody owes anything that can make progress, and take in the new log entries.

        Raises ``NetworkFailed`` that names what blocks, if nothing moves for ``Patience.stall``.
        """
        if self.stopped:
            await self._at_rest()
            return
        loop = asyncio.get_running_loop()
        last: object = None
        moved = loop.time()
        while True:
            self._fail_with_nodes()
            owing = self._owing()
            waiting: dict[str, int] = {}
            if not owing:
                answer = await self._ask_patiently()
                waiting = answer["waiting"]
                if answer["idle"] and not self._owing():
                    self._take(answer["entries"])
                    self._restarts = 0
                    self._plan_pulses(answer["parked"])
                    self._look_for_awaited()
                    return
                if not answer["idle"] and not answer["up"]:
                    waiting["broker"] = 1
                    await self._revive()
            now = loop.time()
            if (owing, waiting) != last:
                last, moved = (owing, waiting), now
            elif now - moved > self.site.patience.stall:
                raise NetworkFailed(self._stalled(owing, waiting, await self._ask_patiently()))
            if owing:
                await self._stir()

    async def _at_rest(self) -> None:
        """Without broker or hub nothing can make progress; wait only until nobody is at work."""
        while any(node.working for node in self.network.nodes.values()):
            self._fail_with_nodes()
            await asyncio.sleep(0)
        await self.site.store.flush()

    def _plan_pulses(self, waiting: list[str]) -> None:
        """Where something waits on a slow link, let it through after its time."""
        for party in sorted(self.slow):
            if party not in self.pulses and (party in waiting or self.network.nodes[party].unsent):
                self.site.store.happened(Happened(party, to_text(self.site.now), "pulse", 0))
                self._plan_pulse(party)

    def _look_for_awaited(self) -> None:
        """Plan the steps of the timeline for which what they wait for has happened by now."""
        waiting = self._waiting()
        if len(self.begun) == len(waiting):
            return
        sent = read_sent(self.site.store)
        for number, step in enumerate(waiting):
            if number in self.begun or step.after is None:
                continue
            time = due_time(step.after, sent, self.ways)
            if time is not None:
                time = max(time, self.site.now + TICK)
                now, word = to_text(self.site.now), to_text(time).encode()
                self.site.store.happened(Happened(CONTROL, now, "awaited", number, word))
                self._plan_awaited(number, time)

    def _plan_awaited(self, number: int, time: datetime) -> None:
        self.begun.add(number)
        step = self._waiting()[number]
        self.awaited[id(step)] = time
        self.agenda.plan(time, step.actor, step)

    def _waiting(self) -> list[Step]:
        """The steps that wait: the scenario's, then live ones, in an order that only grows."""
        return [*self._scenarios_waiting, *(step for step in self.came_in if step.after is not None)]

    def awaited_at(self, step: Step) -> datetime | None:
        """When a step that waits is or was due; ``None`` as long as it waits."""
        return self.awaited.get(id(step))

    def named(self, name: str) -> Step | None:
        """The step called ``timeline/3`` or ``live/1``; ``None`` if there is none."""
        where, _, number = name.partition("/")
        steps = self.scenario.timeline if where == "timeline" else self.came_in
        return steps[int(number) - 1] if 0 < int(number) <= len(steps) else None

    def due_of(self, step: Step) -> datetime | None:
        """When a step is planned for; ``None`` if it is not planned (any more, or yet)."""
        return next((due.time for due in self.agenda.planned() if due.cause is step), None)

    def is_to_come(self, name: str) -> bool:
        """Whether the step of this name is still to come: planned, or waiting for something."""
        step = self.named(name)
        if step is None or name in self.skipped:
            return False
        waiting = any(one is step and number not in self.begun for number, one in enumerate(self._waiting()))
        return waiting or self.due_of(step) is not None

    def _skip(self, name: str) -> None:
        """Leave a step out, if it is still to come."""
        step = self.named(name)
        if step is None:
            return
        waiting = [number for number, one in enumerate(self._waiting()) if one is step and number not in self.begun]
        self.begun.update(waiting)
        if self.agenda.drop(step) or waiting:
            self.skipped.add(name)

    def _plan_pulse(self, party: str) -> None:
        self.pulses.add(party)
        self.agenda.plan(self.site.now + max(self.slow[party], TICK), CONTROL, Pulse(party))

    async def _stir(self) -> None:
        """Wait for a sign of life, a little, and let everybody send again what has waited too long."""
        self.site.stirred.clear()
        # Not `wait_for`: in Python 3.11 it can swallow a cancellation that comes together with its result.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.site.patience.tick):
                await self.site.stirred.wait()
            return
        for node in self.network.nodes.values():
            if not node.parked:
                await node.tick()
        await self._revive()

    def _owing(self) -> dict[str, int]:
        return {party: owed for party, node in self.network.nodes.items() if not node.parked and (owed := node.owing())}

    def _fail_with_nodes(self) -> None:
        for party, node in self.network.nodes.items():
            failure = node.failure()
            if failure is not None:
                if isinstance(failure, NetworkFailed):
                    raise failure
                raise NetworkFailed(f"the node of `{party}` broke: {type(failure).__name__}: {failure}") from failure

    def _stalled(self, owing: dict[str, int], waiting: dict[str, int], hub: dict[str, Any]) -> str:
        parts = [hub["blocked"]] if hub.get("blocked") else []
        down = {party: why for party in owing if (why := self.network.nodes[party].offline)}
        parts += [f"`{party}` is not connected: {why}" for party, why in sorted(down.items())[:2]]
        parts += [f"`{party}` waits for {owed}" for party, owed in sorted(owing.items()) if party not in down][:5]
        parts += [f"the hub waits for `{party}` ({count})" for party, count in sorted(waiting.items())[:5]]
        return f"no progress for {self.site.patience.stall:.0f} seconds: {'; '.join(parts)}"

    def _take(self, lines: list[str]) -> None:
        fresh = [from_bytes(line.encode()) for line in lines]
        observe.follow(self.ways, fresh, len(self.entries))
        self.entries += fresh
        if fresh:
            self.heard(fresh)

    async def _ask_patiently(self) -> dict[str, Any]:
        arguments = {"parked": self._parked(), "above": len(self.entries)}
        return await self._ask("quiet", arguments)

    def _parked(self) -> list[str]:
        return sorted({*self.away, *(party for party, node in self.network.nodes.items() if node.parked)})

    async def _ask(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Ask the hub; if it has died in the middle, start it again and ask again (every command may be repeated)."""
        while True:
            try:
                return await self.network.hub.ask(name, arguments)
            except NetworkFailed:
                if self.network.hub.is_alive and not await self._died_soon():
                    raise
                await self._revive()
                if name != "now":
                    await self._inform_hub()

    async def _died_soon(self) -> bool:
        """Whether the hub turns out to be dead: its line breaks a moment before its end is known."""
        for _ in range(20):
            await asyncio.sleep(0.05)
            if not self.network.hub.is_alive:
                return True
        return False

    async def _revive(self) -> None:
        """Start broker and hub again if they have died. Raises ``NetworkFailed`` if they keep dying."""
        broker, hub = self.network.broker, self.network.hub
        if (broker.is_alive and hub.is_alive) or self.stopped:
            return
        self._restarts += 1
        if self._restarts > self.site.patience.restarts:
            dead = "the broker" if not broker.is_alive else "the hub"
            raise NetworkFailed(f"{dead} died {self._restarts} times in a row and is not started again")
        if not broker.is_alive:
            self.site.journal("control", CONTROL, what="restart", target="broker")
            await _again("the broker", broker.start())
        if not hub.is_alive:
            self.site.journal("control", CONTROL, what="restart", target="hub")
            await hub.stop()
            await _again("the hub", hub.start())
            await self._inform_hub()


async def _again(dead: str, start: Awaitable[None]) -> None:
    try:
        await start
    except I247Error as error:
        # Whatever it is called at the first start, here the network has failed.
        raise NetworkFailed(f"{dead} died and could not be started again: {error}") from error


def _verb_name(step: Step) -> str:
    return type(step.verb).__name__.lower()


def read_sent(store: Store) -> list[Sent]:
    """Everything that the parties of a process sent, in order of time, party and reference."""
    waiting = {id_ for (id_,) in store.rows("SELECT id FROM outbox WHERE NOT receipted")}
    rows = store.rows("SELECT party, id, facts FROM sent ORDER BY party, ordinal")
    found = [Sent(party, id_, json.loads(facts), id_ not in waiting) for party, id_, facts in rows]
    return sorted(found, key=lambda one: (one.facts["time"], one.party, one.facts["ref"]))


def injects(store: Store) -> list[tuple[int, Step]]:
    """What was injected live, in order: after how many causes, and the step."""
    rows = store.rows("SELECT after, step FROM injected ORDER BY number")
    return [(after, Step.model_validate(json.loads(text))) for after, text in rows]


def open_store(path: Path | None) -> Store:
    """The process's mailbox file, with exercise control's own tables: what it issued, injected and noted."""
    store = Store(path)
    store.execute("CREATE TABLE IF NOT EXISTS noted (number INTEGER PRIMARY KEY, frame BLOB NOT NULL)")
    store.execute("CREATE TABLE IF NOT EXISTS injected (number INTEGER PRIMARY KEY, after INTEGER, step TEXT NOT NULL)")
    store.execute(
        "CREATE TABLE IF NOT EXISTS issued (number INTEGER PRIMARY KEY, time TEXT NOT NULL, issue TEXT NOT NULL)"
    )
    return store

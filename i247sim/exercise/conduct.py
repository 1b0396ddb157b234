"""Conduct an exercise: release what is due, one cause at a time, and let the network come to rest in between.

Simulated time is logical: it stands still while anything is going on, so what happens does not depend on how
fast it happens. *Quiet* means that no party and not the hub owes anybody anything that can make progress; what is
owed to a party that is cut off is set aside. If nothing moves for a while, that is named and the run stops.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from i247sim.clock.pace import Pace
from i247sim.exercise import shelf
from i247sim.exercise.agenda import Agenda, Due
from i247sim.exercise.assembly import Network
from i247sim.exercise.attacks import Replay, RogueBureau, Tamper
from i247sim.exercise.broken import Broken
from i247sim.exercise.captures import Captures
from i247sim.exercise.cast import first_causes, first_statements
from i247sim.exercise.causes import Causes
from i247sim.exercise.control import Control, Reissue
from i247sim.exercise.durations import format_offset
from i247sim.exercise.enrolment import DIRECTORY_AGE, SETUP, Enrolled
from i247sim.exercise.faults import Hold
from i247sim.exercise.injects import key_of
from i247sim.exercise.intrusions import Intrusions
from i247sim.exercise.issuing import Issuing
from i247sim.exercise.judge import Judge
from i247sim.exercise.keeping import injects, keep_inject, read_sent
from i247sim.exercise.lookup import Place
from i247sim.exercise.pacing import Pacing
from i247sim.exercise.pulses import Pulse, Pulses
from i247sim.exercise.rest import Rest
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.scoreboard import says_no
from i247sim.exercise.steps import Step
from i247sim.exercise.timeline import Timeline
from i247sim.node.site import Site
from i247sim.node.store import Happened
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.entries import Entry
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.parties import AUTHORITY, CONTROL, SECRETARIAT
from i247sim.vocabulary.times import TICK, from_text, to_text


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
    broken: Broken = field(default_factory=Broken)
    """What is broken."""
    mended: list[str] = field(default_factory=list)
    """What was still broken when everything else was over, and was mended then."""
    released: int = 0
    """How many causes were released so far."""
    busy: bool = False
    """Whether a cause is being handled at this moment."""
    live: list[Step] = field(default_factory=list)
    """Injects that have come in and are not planned yet."""
    recorded: list[tuple[int, Step]] = field(default_factory=list)
    """Injects of an earlier run, each with the number of causes after which it came in."""
    held_open: bool = False
    """Whether it goes on after everything that is planned: people sit at desks, or are about to."""
    _unfinished: Due | None = None
    """After a kill: a cause of exercise control that may not have run to its end."""
    _done: dict[tuple[str, int], object] = field(default_factory=dict)
    """(Party, number) to every cause that a party has handled: a computer that starts again remembers by them."""

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.scenario, self.agenda)
        self.pacing = Pacing(self.pace, self.scenario.start, self.site, self.agenda)
        begin = self.scenario.start - SETUP
        seed, network, site = self.scenario.seed, self.network, self.site
        self.rest = Rest(network, site, self.broken, seed, self._inform_hub, self._hear, self._look_around)
        self.breaking = self.rest.breaking
        self.judge = Judge(self.enrolled.authority.root, site.run, network.rulebook, network.limits)
        self.issuing = Issuing(self.enrolled, self.network, self.site, begin, self.rest.ask)
        self.causes = Causes(self.scenario, site)
        self.intrusions = Intrusions(network, site, self.issuing, self.causes.reference)
        self.pulses = Pulses(self.rest, self.agenda)
        self.control = Control(
            self.rest,
            self.agenda,
            self.timeline,
            self.pulses,
            self.issuing,
            Captures(self.rest, self.issuing),
            self.intrusions,
            self._happened,
        )

    @property
    def away(self) -> dict[str, str]:
        """Parties nobody waits for, and why."""
        return self.broken.away

    @property
    def stopped(self) -> set[str]:
        """``broker`` and ``hub``, while they do not work on purpose."""
        return set(self.broken.stopped)

    @property
    def entries(self) -> list[Entry]:
        """The hub's log, as far as it was told."""
        return self.rest.entries

    async def quiet(self) -> None:
        """Come to rest (``Rest.quiet``)."""
        await self.rest.quiet()

    # --- before

    def plan(self) -> None:
        """Plan what holds at the start, and the scenario's timeline."""
        begin = self.scenario.start - SETUP
        for party, statement in first_statements(self.scenario, begin):
            self.agenda.plan(begin, party, statement)
        self.timeline.plan()
        for time, party, cause in first_causes(self.scenario):
            self.agenda.plan(time, party, cause)
        self.agenda.plan(begin + DIRECTORY_AGE / 2, AUTHORITY, Reissue())

    def schedule(self, party: str, after: timedelta, cause: object) -> None:
        """A core's plan (``Site.schedule``)."""
        self.agenda.plan(self.site.now + max(after, TICK), party, cause)

    def take_up(self) -> None:
        """Replay what happened before a kill: cores and agenda are then where they were."""
        injected = injects(self.site.store)
        for happened in list(self.site.store.all_happened()):
            self.site.now = from_text(happened.time)
            if happened.what == "pulse":
                self.pulses.plan(happened.party)
                continue
            if happened.what == "awaited":
                assert happened.wire is not None
                # A live step whose wait was over at once: it came in before what follows from it.
                while happened.number >= len(self.timeline.waiting):
                    self.timeline.take_in(injected.pop(0)[1])
                self.timeline.begin(happened.number, from_text(happened.wire.decode()))
                continue
            if happened.what != "cause":
                self.network.nodes[happened.party].replay(happened)
                continue
            # Injects come in between two causes: after all that the earlier one has led to.
            while injected and injected[0][0] <= self.released:
                _, step = injected.pop(0)
                self.timeline.take_in(step)
            self.released += 1
            due = self.agenda.take(happened.party, happened.number)
            self._unfinished = due if self._is_control(due) else None
            if self._is_control(due):
                self.control.remember(due)
            else:
                self._begins_to_hold(due)
                self._done[happened.party, happened.number] = cause = self.causes.of(due)
                self.network.nodes[happened.party].replay(happened, cause)
        for _, step in injected:
            self.timeline.take_in(step)

    # --- play

    async def begin(self) -> None:
        """Open the log, connect everybody, come to rest."""
        if self._unfinished is not None and isinstance(self._unfinished.cause, Pulse):
            self.pulses.planned.add(self._unfinished.cause.party)  # it is under way: no other is planned for what waits
        if self.released or self.stopped:
            # Whatever was issued before the kill, the hub has before anybody is there.
            await self.control.inform_hub()
            await self.breaking.begin(self.quiet)
        else:
            await asyncio.gather(self._inform_hub(), self.breaking.begin(self.quiet))
        await self.quiet()
        if self._unfinished is not None:
            await self.control.complete(self._unfinished)
            await self.quiet()

    async def play(self) -> None:
        """Release everything that is planned, in order, until nothing is left and nobody holds the exercise open."""
        while True:
            if self._plan_injects():
                await self.site.store.flush()  # the clock may stand still for long, and nothing else would
            due = self.agenda.next()
            if due is None or self.idle:
                if not self.pace.paused and not self.held_open:
                    if self._mend():
                        continue
                    return
                self.pacing.steps_allowed = 0  # what was meant for this story is not for an inject that comes later
                nowhere = self.pace.factor is None and self.pacing.run_until is None
                if due is None or self.pace.paused or nowhere:
                    await self.pace.nudged()
                    continue
            if await self.pacing.allows(due, self.live):
                await self.step()
                self.pacing.has_rested()

    def _mend(self) -> bool:
        """Plan what mends the faults that nobody has mended; ``False`` if there is nothing to mend."""
        mending = self.broken.mending()
        self.mended += [one.says for one in self.broken.left() if not one.meant]
        for verb in mending:
            self._plan_inject(self.released, Step.of(verb, self.site.now + TICK - self.scenario.start))
        return bool(mending)

    async def step(self) -> Due:
        """Release what is due first, and come to rest. There must be something."""
        due = self.agenda.pop()
        self.released += 1
        self.pacing.has_released()
        self.busy = True
        await self._move_to(due.time)
        await self._release(due)
        await self.judge.catch_up(self.entries)  # while the hub is at work
        await self.quiet()
        self.busy = False
        return due

    # --- live injects

    @property
    def clock(self) -> datetime:
        """Simulated time as a person sees it (``Pacing.clock``)."""
        return self.pacing.clock

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
        self._require_to_come(step)
        self.live.append(step)
        self.pace.nudge()

    def _require_to_come(self, step: Step) -> None:
        """Raises ``InputError`` if ``step`` holds back a message that is not to come (any more), or misuses one that
        is not there: now, and not only once something else has happened."""
        soon = step.at is not None and self.scenario.start + step.at <= self.clock + TICK
        match step.verb:
            case Replay(message=message) | Tamper(message=message):
                if soon and not self.intrusions.was_sent(message):
                    raise InputError(f"`{message}` was not sent so far; there is nothing to send again")
            case RogueBureau(message=str() as message):
                if soon and not self.intrusions.was_sent(message):
                    raise InputError(f"`{message}` was not sent so far; name a message that was")
            case _:
                pass
        if not isinstance(step.verb, Hold) or step.verb.message is None:
            return
        labels = {
            one.label
            for number, one in enumerate(self.scenario.timeline, 1)
            if one.send is not None and self.timeline.is_to_come(f"timeline/{number}")
        }
        if step.verb.message not in labels:
            raise InputError(f"`{step.verb.message}` is sent already, or left out; only what is to come can be held")

    def take(self, name: str, wait: timedelta = TICK) -> list[Step]:
        """Inject what stands on the shelf under ``name``, ``wait`` from now. Raises ``InputError``."""
        at = self.clock - self.scenario.start + max(wait, TICK)
        count = len(self.timeline.came_in) + len(self.live)
        place = Place.of(self.network.cast[SECRETARIAT], self.clock)
        barred = {owner: declared.bars for owner, declared in place.core.office.restrictions.items()}
        moment = shelf.Moment(self.clock, place.core.databases.numbered(), barred)
        prepared = shelf.on_shelf(self.scenario, name, moment=moment)
        found = shelf.steps(prepared, self.scenario, max(at, timedelta()), f"-{count + 1}")
        for step in found:
            self.network.require_possible(step)
        self.live += found
        self.pace.nudge()
        return found

    def _plan_injects(self) -> bool:
        """Plan what was recorded for this point of a replay, and what has come in live; whether there was anything."""
        before = len(self.timeline.came_in)
        while self.recorded and self.recorded[0][0] <= self.released:
            self._plan_inject(*self.recorded.pop(0))
        while self.live:
            self._plan_inject(self.released, self.live.pop(0))
        return len(self.timeline.came_in) > before

    def _plan_inject(self, after: int, step: Step) -> None:
        if step.after is None:
            time = max(self.scenario.start + step.offset, self.site.now + TICK)
            step = step.timed(time - self.scenario.start)
        keep_inject(self.site.store, after, step)
        when = "waits" if step.at is None else format_offset(step.at)
        self.site.journal("inject", CONTROL, after=after, at=when, what=key_of(step.verb))
        self.timeline.take_in(step)
        self._look_for_awaited()

    async def finish(self) -> str:
        """Show everybody the last checkpoint to cosign; returns its text."""
        await self.rest.ask("checkpoint", {})
        await self.quiet()
        answer = await self.rest.ask("final", {})
        text: str = answer["checkpoint"]
        return text

    def _only_reissues(self, due: Due) -> bool:
        """Whether nothing but the renewal of the directory is left: then the exercise is over."""
        return isinstance(due.cause, Reissue) and self.agenda.left() == 1

    async def _move_to(self, time: datetime) -> None:
        if time != self.site.now:
            self.site.now = time
            if "hub" not in self.stopped:
                await self.rest.ask("now", {"time": to_text(time)})

    async def _release(self, due: Due) -> None:
        if self._is_control(due):
            self.site.store.happened(Happened(due.party, to_text(due.time), "cause", due.number))
            await self.control.reckon(due.cause)
            moot = self.control.moot(due.cause)
            self.control.remember(due)
            self.control.note(due.cause, self.released, moot)
            await self.control.carry_out(due)
            if "hub" not in self.stopped:
                await self.issuing.tell_notes()
        else:
            if self._begins_to_hold(due):
                await self.breaking.settle(self.quiet)
                await self.quiet()
            self._done[due.party, due.number] = cause = self.causes.of(due)
            await self.network.nodes[due.party].release(cause, due.number)

    def _begins_to_hold(self, due: Due) -> bool:
        """Whether ``due`` sends a message that is to be held back, and everything behind it."""
        return isinstance(due.cause, Step) and self.broken.begins_to_hold(due.cause.label, due.party)

    def _is_control(self, due: Due) -> bool:
        """Whether exercise control carries it out, and not a party."""
        return due.party in (CONTROL, AUTHORITY)

    def sign(self, type_: FrameType, payload: Word) -> bytes:
        """A frame signed by exercise control."""
        return self.issuing.sign(type_, payload, self.released)

    def _happened(self, party: str) -> list[tuple[Happened, object]]:
        """What the party's core has handled so far, in order, each with its cause."""
        of_control = ("pulse", "awaited")
        return [
            (one, self._done.get((party, one.number)) if one.what == "cause" else None)
            for one in self.site.store.all_happened()
            if one.party == party and one.what not in of_control
        ]

    async def _inform_hub(self) -> None:
        await self.control.inform_hub()

    # --- what waits

    def _hear(self, fresh: list[Entry]) -> None:
        if any(says_no(entry) for entry in fresh):
            self.site.journal("logged", CONTROL, size=len(self.entries))  # when that was known, in reality
        self.heard(fresh)  # whoever looks on may come and go

    def _look_around(self, waiting: list[str]) -> None:
        """At every quiet moment: what waits on slow links, and what steps have waited for."""
        self.pulses.look_for_need(waiting)
        self._look_for_awaited()

    def _look_for_awaited(self) -> None:
        """Plan the steps of the timeline for which what they wait for has happened by now."""
        if not self.timeline.waits:
            return
        for number, wanted in self.timeline.over(read_sent(self.site.store), self.rest.ways):
            time = max(wanted, self.site.now + TICK)
            now, word = to_text(self.site.now), to_text(time).encode()
            self.site.store.happened(Happened(CONTROL, now, "awaited", number, word))
            self.timeline.begin(number, time)

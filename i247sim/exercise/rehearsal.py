"""A rehearsal: the whole exercise in memory and in a moment: the same parties, rules and officers, and no network.

What it keeps of the network is who is reached when (``rehearsed_links``): cut, slow and restored links, a stopped
broker or hub. What it keeps of the hub is what it decides (``rehearsed_hub``): rules, quotas, keys that grow old. What
it leaves out are keys, bytes and signatures; what an intruder does that is refused changes nothing here. Its transcript
is that of a real run, line by line, so an author learns before the class what will happen.

Pure: a scenario and an engine in, what happened out.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from i247sim.bureau.core import Answer
from i247sim.exercise import observe
from i247sim.exercise.acts import Act
from i247sim.exercise.agenda import Agenda, Due
from i247sim.exercise.attacks import Compromise, RogueBureau
from i247sim.exercise.broken import Broken
from i247sim.exercise.cast import cores, first_causes, first_statements
from i247sim.exercise.conditions import due_time, named
from i247sim.exercise.enrolment import DIRECTORY_AGE, SETUP
from i247sim.exercise.flood import Burst, belongs, unfolded
from i247sim.exercise.intruder import unreviewed
from i247sim.exercise.looking import Look
from i247sim.exercise.observe import Sent, Way
from i247sim.exercise.orders import Accept, Measure, Restrict, Revoke, Rotate
from i247sim.exercise.rehearsed_hub import RehearsedHub
from i247sim.exercise.rehearsed_links import RehearsedLinks
from i247sim.exercise.rulings import Rule
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.seats import SeatChange
from i247sim.exercise.sending import Send
from i247sim.exercise.staging import Seat, Skip
from i247sim.exercise.steps import Step
from i247sim.exercise.transcript import AppealRow, Transcript
from i247sim.node import actions
from i247sim.node.actions import Action, Core
from i247sim.node.events import (
    CauseDue,
    Event,
    Wrote,
)
from i247sim.policy.engine import Engine
from i247sim.secretariat.databases import Holdings
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.parties import AUTHORITY, CONTROL, SECRETARIAT
from i247sim.vocabulary.statements import Bars
from i247sim.vocabulary.times import TICK

_SALT = "0" * 64
MAX_MESSAGES = 5_000
"""After so many a rehearsal is broken off."""


@dataclass(frozen=True)
class Rehearsed:
    """What happened in a rehearsal."""

    transcript: Transcript
    sent: tuple[Sent, ...]
    """Every message, in the order in which it was written."""
    ways: Mapping[str, Way]
    steps: Mapping[int, Sent]
    """Number of a step in the file that sends, to the message that it sent."""
    begun: frozenset[int]
    """Numbers of the steps in the file that were carried out."""
    moot: Mapping[int, str]
    """Number of a step in the file that hit nobody or decided nothing, to why."""
    duties: frozenset[tuple[str, int]]
    """(Party, number of the duty) of those that led to an answer."""
    speechless: frozenset[tuple[str, int]]
    """(Party, number of the duty) of those that once had nobody to answer to."""
    away: Mapping[str, str]
    """Parties whose link is not whole at the end, and why."""
    remarks: tuple[tuple[datetime, str, str], ...]
    """(Time, party, text) of what desks said to themselves, in order: clocks, reasons."""
    ended: bool
    """Whether it came to an end, and not to ``MAX_MESSAGES``: officers can answer each other for ever."""
    cast: Mapping[str, Core]
    """What everybody knows at the end."""
    time: datetime
    """When that was."""


def rehearse(scenario: Scenario, engine: Engine, holdings: Holdings | None = None) -> Rehearsed:
    """Play ``scenario`` from beginning to end. ``engine`` has the network's rules and the scenario's.

    ``holdings``: records of a file, besides those of the scenario.
    """
    return _Rehearsal(scenario, engine, holdings).play()


@dataclass(frozen=True)
class _Reissue:
    """As in a run: the directory is renewed, which gives everybody another moment to look at the clock."""


@dataclass(frozen=True)
class _Retire:
    """A party's old keys are gone."""


@dataclass(frozen=True)
class _Pulse:
    """A slow link lets through what has waited."""

    party: str


class _Rehearsal:
    def __init__(self, scenario: Scenario, engine: Engine, holdings: Holdings | None) -> None:
        self.scenario = scenario
        begin = scenario.start - SETUP
        self.agenda = Agenda()
        self.broken = Broken()
        self.hub = RehearsedHub(scenario, engine, self.broken, begin)
        self.letters = self.hub.letters
        self.cores = cores(scenario, self.hub.issue.directory, holdings)
        self.links = RehearsedLinks(self.hub, self.broken, self.cores, begin, self._handle, self._plan_reseal)
        self.pulses: set[str] = set()
        """Parties on slow links of whom it is planned when something gets through."""
        # what came of it
        self.steps: dict[int, Sent] = {}
        self.begun: set[int] = set()
        self.moot: dict[int, str] = {}
        self.awaited: set[int] = set()
        self.duties: set[tuple[str, int]] = set()
        self.speechless: set[tuple[str, int]] = set()
        self.remarks: list[tuple[datetime, str, str]] = []
        self.appeals: list[AppealRow] = []

    # --- time

    @property
    def now(self) -> datetime:
        return self.links.now

    def play(self) -> Rehearsed:
        self._plan()
        while len(self.letters.sent) < MAX_MESSAGES:
            due = self.agenda.next()
            if due is None or self._is_over(due):
                if not self._mend():
                    break
                continue
            self.agenda.pop()
            if due.time != self.now:
                self.links.advance(due.time)
            self._release(due)
            self._look_around()
        rows = [observe.message_row(one, self.hub.ways.get(one.id or "", Way())) for one in self.letters.sent]
        return Rehearsed(
            Transcript.of([*rows, *self.hub.statements, *self.appeals]),
            tuple(self.letters.sent),
            self.hub.ways,
            self.steps,
            frozenset(self.begun),
            self.moot,
            frozenset(self.duties),
            frozenset(self.speechless),
            self.broken.away,
            tuple(self.remarks),
            len(self.letters.sent) < MAX_MESSAGES,
            self.cores,
            self.now,
        )

    def _mend(self) -> bool:
        """As in a run: when everything else is over, what was not meant to stay broken is mended."""
        mending = self.broken.mending()
        for verb in mending:
            step = Step.of(verb, self.now + TICK - self.scenario.start)
            self.agenda.plan(self.now + TICK, step.actor, (None, step))
        return bool(mending)

    def _plan_step(self, time: datetime, number: int, step: Step) -> None:
        for due, cause in unfolded(time, step):
            self.agenda.plan(due, step.actor, (number, step) if cause is step else cause)
            self.begun |= set() if cause is step else {number}

    def _plan(self) -> None:
        begin, scenario = self.now, self.scenario
        for party, statement in first_statements(scenario, begin):
            self.agenda.plan(begin, party, statement)
        numbers = [number for number, step in enumerate(scenario.timeline) if step.at is not None]
        for number in sorted(numbers, key=lambda number: scenario.timeline[number].offset):
            step = scenario.timeline[number]
            self._plan_step(scenario.start + step.offset, number, step)
        for time, party, cause in first_causes(scenario):
            self.agenda.plan(time, party, cause)
        self.agenda.plan(begin + DIRECTORY_AGE / 2, AUTHORITY, _Reissue())

    def _is_over(self, due: Due) -> bool:
        return isinstance(due.cause, _Reissue) and self.agenda.left() == 1

    def _look_around(self) -> None:
        """At every quiet moment: what waits on slow links, and what steps have waited for."""
        if self.broken.stopped:
            return
        slow = self.broken.slow
        for party in sorted(slow):
            if party not in self.pulses and self.links.waits(party):
                self.pulses.add(party)
                self.agenda.plan(self.now + max(slow[party], TICK), CONTROL, _Pulse(party))
        for number, step in enumerate(self.scenario.timeline):
            if step.after is None or number in self.awaited:
                continue
            time = due_time(step.after, self.letters.sent, self.hub.ways)
            if time is not None:
                self.awaited.add(number)
                self._plan_step(max(time, self.now + TICK), number, step)

    # --- causes

    def _release(self, due: Due) -> None:
        match due.cause:
            case _Reissue():
                self.hub.renew(self.now)
                self.links.pass_on_directory()
                self.agenda.plan(self.now + DIRECTORY_AGE / 2, AUTHORITY, _Reissue())
            case _Retire():
                pass
            case _Pulse(party):
                self.pulses.discard(party)
                if party in self.broken.slow and not self.broken.stopped:
                    self.links.let_through(party)
            case (int() | None as number, Step() as step):
                if number is not None:
                    self.begun.add(number)
                self._step(number, step)
            case Burst() as burst:
                for draft in burst.drafts():
                    self._handle(due.party, Wrote(draft))
                    self.links.send(due.party, draft)
            case actions.Declare() as said:
                self.links.say(due.party, said.type, said.payload)
            case actions.Reseal() as reseal:
                self.links.reseal(due.party, reseal)
            case cause:
                self._handle(due.party, CauseDue(cause))

    def _step(self, number: int | None, step: Step) -> None:
        if number is not None and (why := self.broken.moot(step.verb)):
            self.moot[number] = why
        match step.verb:
            case Send() as send:
                draft = self.scenario.draft(send, step.label)
                answered = named(self.letters.sent, send.answers) if send.answers else None
                if answered is not None:
                    draft = replace(draft, your_ref=answered.facts["ref"])
                consent = named(self.letters.sent, send.consent) if send.consent else None
                if consent is not None:
                    draft = replace(draft, consent_ref=consent.facts["ref"])
                if self.broken.begins_to_hold(step.label, send.sender):
                    self.links.reconnect()
                self._handle(send.sender, Wrote(draft))
                written = self.links.send(send.sender, draft)
                if number is not None:
                    self.steps[number] = written
            case Restrict(party=party, bars=bars):
                self.links.say(party, FrameType.RESTRICTION, Bars(bars=bars))
            case Accept(party=party, bars=bars):
                self.links.say(party, FrameType.ACCEPTANCE, Bars(bars=bars))
            case Measure() as measure:
                self.links.say(SECRETARIAT, FrameType.MEASURE, measure.said(self.now))
            case Rule() as rule:
                message = named(self.letters.sent, rule.message) if rule.message else None
                came = self._handle(rule.party, CauseDue(rule.ruling(message.facts["ref"] if message else None)))
                said = [one.text for one in came if isinstance(one, actions.Remark)]
                if number is not None and len(said) == len(came):
                    self.moot[number] = "; ".join(said) or "nothing is decided"
            case Look(party=party) as look:
                self._handle(party, CauseDue(look.cause))
            case Revoke(party=party):
                self.hub.revoke(party, self.now)
                self.links.pass_on_directory()
                self._break(step.verb)
            case Rotate(party=party, grace=grace):
                self.agenda.plan(self.now + max(grace, TICK), AUTHORITY, _Retire())
                self.hub.rotate(party, self.now + grace, self.now)
                self.links.pass_on_directory()
            case Seat(party=party, taken=taken):
                self._handle(party, CauseDue(SeatChange(taken)))
            case Skip(step=name):
                self._skip(name)
            case Compromise(party=party, to=to, subject=subject):
                self.links.steal(party, to, subject)
            case RogueBureau(party=party, does="publish"):
                self.links.send(party, unreviewed(party))
            case verb:
                # What any other intruder sends is refused, and answers nobody; the rest breaks something or mends it.
                self._break(verb)

    def _break(self, verb: Act) -> None:
        """Take in a fault or what mends it, and connect who is reached again."""
        self.broken.apply(verb, self._family)
        for party in self.cores:
            if party in self.broken.crashed:
                self.agenda.park(party)
            else:
                self.agenda.unpark(party, self.now + TICK)
        self.links.reconnect()

    def _family(self, party: str) -> list[str]:
        directory = self.hub.issue.directory
        return [one for one in self.cores if party in {above.party for above in directory.lineage(one)}]

    def _skip(self, name: str) -> None:
        where, _, number = name.partition("/")
        if where == "timeline" and int(number) <= len(self.scenario.timeline):
            index = int(number) - 1
            step = self.scenario.timeline[index]
            self.agenda.drop_where(lambda cause: cause == (index, step) or belongs(cause, step))
            self.awaited.add(index)

    def _handle(self, party: str, event: Event) -> list[Action]:
        found = self.cores[party].handle(event, self.now)
        if isinstance(event, CauseDue) and isinstance(event.cause, Answer):
            (self.duties if found and isinstance(found[0], actions.Send) else self.speechless).add(
                (party, event.cause.duty)
            )
        for action in found:
            match action:
                case actions.Send(draft=draft):
                    self.links.send(party, draft)
                case actions.Declare() as said:
                    self.links.say(party, said.type, said.payload)
                case actions.Decide() as decided:
                    self._announce(party, decided)
                case actions.Schedule(after=after, cause=cause):
                    self.agenda.plan(self.now + max(after, TICK), party, cause)
                case actions.Remark(text=text):
                    self.remarks.append((self.now, party, text))
                case actions.Appeal(silent=silent, asked=asked, since=since):
                    self.appeals.append(AppealRow(self.now, party, silent, asked, since))
                case _:
                    pass
        return found

    def _plan_reseal(self, party: str, reseal: actions.Reseal) -> None:
        self.agenda.plan(self.now + TICK, party, reseal)

    def _announce(self, party: str, decided: actions.Decide) -> None:
        name = hashlib.sha256(f"{decided.request.id} {decided.publish}".encode()).hexdigest()
        self.links.say(party, FrameType.NOTICE_DECISION, (name, decided))
        self.links.send(party, decided.answer(name, _SALT))

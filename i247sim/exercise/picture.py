"""An exercise at one moment, as exercise control knows it, and a desk as the person at it knows it. Pure values.

``Picture`` is for instructor and evaluator; what others may see of it is taken out by whoever shows it to them.
``Desk`` is what one party has received, sent and been told: nothing of anybody else's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from i247sim.exercise import access, observe
from i247sim.exercise.access import Cell, Completeness, Sign
from i247sim.exercise.claims import Expectation
from i247sim.exercise.conditions import due_time
from i247sim.exercise.damage import Damage, damage
from i247sim.exercise.expectations import Result, evaluate
from i247sim.exercise.machines import Flood
from i247sim.exercise.observe import Sent
from i247sim.exercise.scenario import Party, Scenario
from i247sim.exercise.scoreboard import Trial, scoreboard
from i247sim.exercise.seats import Left
from i247sim.exercise.seen import Seen
from i247sim.exercise.sending import Send
from i247sim.exercise.steps import Step, verbs
from i247sim.exercise.transcript import AppealRow, Transcript
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.errors import TrustError
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Header
from i247sim.vocabulary.parties import HUB
from i247sim.vocabulary.statements import Bars
from i247sim.vocabulary.times import from_text


class Phase(StrEnum):
    """How an exercise stands."""

    NOT_STARTED = "not-started"
    """Paused at its beginning, and nothing has been released."""
    RUNNING = "running"
    PAUSED = "paused"
    WAITING = "waiting"
    """Nothing is planned any more; it is held open for people."""
    ENDED = "ended"


class Progress(StrEnum):
    """How far a step has come."""

    DONE = "done"
    RUNNING = "running"
    """It takes a while, and has begun."""
    LATER = "later"
    WAITING = "waiting"
    """It waits for something to happen."""
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Planned:
    """A step of the timeline, or one that was injected."""

    key: str
    """``timeline/3`` or ``live/1``."""
    step: Step
    time: datetime | None
    """When it was or will be carried out; ``None``: that is not known."""
    progress: Progress
    minutes: tuple[int, int] | None = None
    """Of what takes a while: how many minutes of how many have begun."""


@dataclass(frozen=True)
class Wire:
    """The link of one party."""

    state: str = "up"
    """``up``, ``cut``, ``held``, ``slow``, ``revoked``, ``stopped`` (broker or hub is), or ``down``."""
    why: str = ""
    unsent: int = 0
    """How much it has written that the hub has not receipted."""

    @property
    def looks_up(self) -> bool:
        """Whether what a desk sends goes out, as far as it can see: a slow link is late, and who holds traffic back
        does not say so."""
        return self.state in ("up", "held", "slow")


@dataclass(frozen=True)
class Rating:
    """What an instructor or evaluator thinks of how an expectation was met."""

    grade: str
    """``P`` performed, ``S`` with some challenges, ``M`` with major ones, ``U`` unable to be performed."""
    note: str
    by: str
    time: datetime


@dataclass(frozen=True)
class Glance:
    """The exercise in a few numbers: cheap to ask for, many times a second."""

    run: str
    title: str
    start: datetime
    now: datetime
    phase: Phase
    pace: float | None
    counts: Mapping[str, int]
    """``seen.totals``."""
    alarms: int
    faults: tuple[Damage, ...]
    """What is broken now."""
    wires: Mapping[str, Wire]
    rev: int
    """Grows whenever something happened."""


@dataclass(frozen=True)
class Picture:
    """Everything that exercise control knows at one moment. No plaintext."""

    run: str
    name: str
    """The scenario's name."""
    scenario: Scenario
    seed: int
    live: bool
    """Whether the exercise can still be acted on."""
    phase: Phase
    now: datetime
    pace: float | None
    upcoming: datetime | None
    """When the next thing is due."""
    ends: datetime
    """The last moment that is planned, or that has been."""
    seen: Seen
    sent: Sequence[Sent]
    rulebook: Rulebook
    wires: Mapping[str, Wire]
    """Only links that are not as they should be, or that have something waiting."""
    plan: Sequence[Planned]
    taken: frozenset[str]
    """Parties at whose desk a person sits."""
    opens: Mapping[tuple[str, str], bool]
    """(Party, message id) to whether its keys open the copy it holds."""
    exposed: frozenset[tuple[str, str]]
    """(Party, message id) of full wires that hold a stanza for a key of a party that was given no copy."""
    probes: Mapping[str, bool] = field(default_factory=dict)
    report: Mapping[str, Any] | None = None
    """The report of a finished run."""
    code: str | None = None
    """The evidence code of a finished run."""

    @property
    def start(self) -> datetime:
        """``T+0s``."""
        return self.scenario.start

    @property
    def offset(self) -> timedelta:
        """How far the clock has come; never below zero."""
        return max(self.now - self.start, timedelta())

    @cached_property
    def known(self) -> Mapping[str, Party]:
        """Everybody in the exercise by id."""
        return self.scenario.parties()

    @cached_property
    def queued(self) -> Mapping[str, int]:
        """Party to how many copies for it wait on their way, or are held."""
        return Counter(
            party for (_, party), (sign, _) in self.seen.standing.items() if sign in (Sign.QUEUED, Sign.HELD)
        )

    def parties(self) -> list[str]:
        """Everybody who can have a message, in the scenario's order."""
        return [party for party in self.known if party != HUB]

    def keys_of(self, party: str) -> list[tuple[str, str, datetime, datetime]]:
        """(Id, state, from, until) of the decryption keys on the party's card in force, oldest first."""
        try:
            card = self.seen.state.trust.card(party)
        except TrustError:
            return []
        return [
            (one.id, "current" if one.valid(self.now) else "over", one.not_before, one.not_after) for one in card.kem
        ]

    def cells(self, sent: Sequence[Sent] | None = None) -> list[Cell]:
        """The access matrix of all messages, or of ``sent``."""
        shown = self.sent if sent is None else sent
        return access.cells(shown, self.seen.ways, self.parties(), self.opens, self.exposed)

    def completeness(self) -> Completeness:
        """Where all pairs stand."""
        return Completeness.of(self.cells())

    def transcript(self) -> Transcript:
        """What has happened so far."""
        return observe.transcript(self.sent, self.seen.entries, self.appeals)

    @cached_property
    def appeals(self) -> Sequence[AppealRow]:
        """What desks have told exercise control, in order of time."""
        return observe.appeals(self.seen.lines)

    def unanswered(self) -> list[AppealRow]:
        """Those of them since which the silent party has written nothing to whoever waits for it."""
        return [
            row
            for row in self.appeals
            if not any(
                one.party == row.silent and row.party in one.facts["to"] and from_text(one.facts["time"]) >= row.time
                for one in self.sent
            )
        ]

    @cached_property
    def damage(self) -> Sequence[Damage]:
        """What was broken on purpose, in order of time; ``until`` is set for what is whole again."""
        return damage(self.seen.controls)

    def held_back(self) -> frozenset[str]:
        """Labels of messages that are held back on their way, or will be as soon as they are sent."""
        held = (one.target for one in self.damage if one.what == "hold" and one.until is None)
        return frozenset(held) - frozenset(self.known)

    def trials(self) -> list[Trial]:
        """What adversaries have tried so far, and who met it. Raises ``FormatError``, ``KeyError`` and ``ValueError``
        for a journal that no exercise of ours has written."""
        attacks = {name for name, verb in verbs().items() if verb.adversary}
        if all(line["what"] not in attacks for line in self.seen.controls):
            return []  # to look for them takes every frame of the log apart
        return scoreboard(self.seen.lines, self.seen.entries)

    def expected(self) -> dict[str, Expectation]:
        """What was expected of live injects, by the name of the step."""
        return {
            one.key: one.step.expect
            for one in self.plan
            if one.key.startswith("live/") and one.step.expect is not None and one.progress is not Progress.SKIPPED
        }

    def results(self) -> dict[str, Result]:
        """How everything that is expected stands: number in the scenario (from 0), or name of a live step, to that."""
        live = self.expected()
        keys = [*(str(number) for number in range(len(self.scenario.expect))), *live]
        return dict(zip(keys, evaluate(self.scenario, self.transcript(), list(live.values())), strict=True))

    def ratings(self) -> dict[str, Rating]:
        """Number of an expectation in the scenario, or name of its live step, to its newest rating."""
        return {
            str(line["expectation"]): Rating(line["rating"], line["note"], line["by"], from_text(line["time"]))
            for line in self.seen.lines
            if line["event"] == "rating"
        }

    def notes(self) -> list[tuple[datetime, str, str]]:
        """(Time, who, text) of the notes that instructor and evaluators have written."""
        return [
            (from_text(line["time"]), line["by"], line["text"])
            for line in self.seen.lines
            if line["event"] == "note" and line["party"] == "CONTROL"
        ]


def marks(lines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of the journal's ``lines``, those by which people at desks have marked a message and not taken the mark off."""
    newest = {(line["party"], line["id"]): line for line in lines if line["event"] == "mark"}
    return [line for line in newest.values() if line["on"]]


def plan_of(
    scenario: Scenario, live: Sequence[Step], seen: Seen, sent: Sequence[Sent], now: datetime
) -> tuple[Planned, ...]:
    """How the steps of a finished run stood at ``now``: from what had happened by then."""
    skipped = {step.skip.step for step in live if step.skip is not None}
    found: list[Planned] = []
    named = [(f"timeline/{number}", step) for number, step in enumerate(scenario.timeline, 1)]
    named += [(f"live/{number}", step) for number, step in enumerate(live, 1)]
    for key, step in named:
        if step.after is not None:
            time = due_time(step.after, sent, seen.ways)
        else:
            time = scenario.start + step.offset
        if key in skipped:
            progress = Progress.SKIPPED
        elif time is None:
            progress = Progress.WAITING
        else:
            progress = Progress.DONE if time <= now else Progress.LATER
        minutes = None
        if progress is Progress.DONE and isinstance(step.verb, Flood) and time is not None:
            begun = min(step.verb.minutes, (now - time) // timedelta(minutes=1) + 1)
            minutes = (begun, step.verb.minutes)
            progress = Progress.RUNNING if begun < step.verb.minutes else progress
        found.append(Planned(key, step, time, progress, minutes))
    return tuple(found)


@dataclass(frozen=True)
class Shown:
    """One checkpoint of the log."""

    size: int
    root: str
    """In hex."""
    cosigned: tuple[str, ...]
    """The parties that have cosigned it."""


@dataclass(frozen=True)
class Received:
    """Something in a party's mailbox."""

    number: int
    """The hub's number: its place in the order of arrival. Not for showing: a gap would tell something."""
    id: str
    time: datetime
    status: Outcome
    """``OPENED`` or ``REJECTED`` (it cannot be read)."""
    code: Code | None
    header: Header | None
    """``None``: not even that could be believed."""
    content: Content | None


@dataclass(frozen=True)
class Told:
    """One line of a receipt, or later news, as the sender was told."""

    time: datetime
    party: str
    outcome: Outcome
    code: Code | None


@dataclass(frozen=True)
class Written:
    """A message that a party sent."""

    sent: Sent
    header: Header | None
    """``None``: it could not be sealed and never left."""
    content: Content | None
    told: tuple[Told, ...]
    code: Code | None
    """Why the whole was refused, as the sender was told."""
    receipted: bool


@dataclass(frozen=True)
class Desk:
    """What the person at one party's desk may know."""

    party: str
    scenario: Scenario
    """For the names of things: title, start. Whoever shows a desk shows no timeline of it."""
    phase: Phase
    now: datetime
    pace: float | None
    wire: Wire
    taken: bool
    directory: Directory
    """As this party has it."""
    received: tuple[Received, ...]
    written: tuple[Written, ...]
    restriction: Bars
    """Whom it bars from its data."""
    lines: tuple[Mapping[str, Any], ...]
    """Its own journal: notes, acts, alarms."""
    rulebook: Rulebook
    left: tuple[Left, ...] = ()
    """What the simulated officer would have done by now, were it there."""
    waiting: tuple[Send, ...] = ()
    """What was written here and goes out when the clock goes on."""

    @cached_property
    def marked(self) -> frozenset[str]:
        """Ids of the messages in its inbox that the person here has marked."""
        return frozenset(str(line["id"]) for line in marks(self.lines))

"""What exercise control and the authority do themselves: carry out their steps, keep what these change, say so.

Whatever a step changes on disk is written before the first ``await``: after a kill all of it is there, or it comes
again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from i247sim.exercise.agenda import Agenda, Due
from i247sim.exercise.attacks import (
    CaptureBroker,
    CaptureHub,
    Compromise,
    FreeBroker,
    FreeHub,
    Replay,
    RogueBureau,
    RogueClient,
    Spoof,
    Tamper,
)
from i247sim.exercise.captures import Captures
from i247sim.exercise.enrolment import DIRECTORY_AGE
from i247sim.exercise.injects import key_of
from i247sim.exercise.intrusions import Intrusions, OnLine
from i247sim.exercise.issuing import Issuing
from i247sim.exercise.machines import FreeDisk, Start
from i247sim.exercise.orders import Revoke, Rotate
from i247sim.exercise.pulses import Pulse, Pulses
from i247sim.exercise.rest import Rest
from i247sim.exercise.staging import Skip
from i247sim.exercise.steps import Step
from i247sim.exercise.timeline import Timeline
from i247sim.node.store import Happened
from i247sim.vocabulary.parties import AUTHORITY, CONTROL
from i247sim.vocabulary.times import TICK

_INTRUDERS_TRIES = 3

Done = Callable[[str], list[tuple[Happened, object]]]
"""What a party's core has handled so far, in order, each with its cause."""


@dataclass(frozen=True)
class Reissue:
    """The authority issues a directory without changes, before the one in force grows too old."""


@dataclass(frozen=True)
class Retire:
    """The grace time of a party's old decryption keys is over: they are deleted."""

    party: str


class Control:
    """The hand of exercise control. ``Conductor`` says when."""

    def __init__(
        self,
        rest: Rest,
        agenda: Agenda,
        timeline: Timeline,
        pulses: Pulses,
        issuing: Issuing,
        captures: Captures,
        intrusions: Intrusions,
        done: Done,
    ) -> None:
        """``done``: for a computer that starts again, and remembers by it."""
        self._rest = rest
        self._network = rest.network
        self._site = rest.site
        self._broken = rest.broken
        self._agenda = agenda
        self._timeline = timeline
        self._pulses = pulses
        self._issuing = issuing
        self._captures = captures
        self._intrusions = intrusions
        self._done = done

    def remember(self, due: Due) -> None:
        """What a cause of exercise control changes in the exercise itself: also when it is only replayed."""
        match due.cause:
            case Reissue():
                self._plan_reissue()
            case Pulse(party):
                self._pulses.planned.discard(party)
            case Step(verb=Rotate(party=party, grace=grace)):
                self._agenda.plan(self._site.now + max(grace, TICK), AUTHORITY, Retire(party))
            case Step(verb=Skip(step=name)):
                self._timeline.skip(name)
            case Step(verb=verb):
                self._broken.apply(verb, self._issuing.family)
                self._park_crashed()
            case _:
                pass

    def _park_crashed(self) -> None:
        """What is planned for a computer that is down waits until it is up again."""
        for party in self._network.parties:
            if party in self._broken.crashed:
                self._agenda.park(party)
            else:
                self._agenda.unpark(party, self._site.now + TICK)

    async def carry_out(self, due: Due) -> None:
        """Carry it out. What it changes on disk is written before the first ``await``: all of it, or it comes again."""
        match due.cause:
            case Reissue():
                self._issuing.reissue()
                await self.inform_hub()
            case Retire(party):
                self._issuing.retire(party)
            case Pulse(party):
                await self._pulses.let_through(party)
            case Step(verb=Rotate(party=party, grace=grace)):
                self._issuing.rotate(party, grace)
                await self.inform_hub()
            case Step(verb=Skip()):
                pass  # `remember` has left it out
            case Step(verb=Replay() | Tamper() | Spoof() | Compromise() | RogueBureau() as verb):
                await self.inform_hub()
                await self._intrude(verb)
            case Step(verb=RogueClient() as verb):
                await self._intrusions.stranger(verb)
            case Step(verb=CaptureBroker() | CaptureHub() as verb):
                if "hub" not in self._broken.stopped:
                    await self._captures.begin(verb)
                await self._rest.breaking.settle(self._rest.quiet)
            case Step(verb=FreeHub()):
                if "hub" not in self._broken.stopped:
                    await self._captures.tell_hub(None)
            case Step(verb=verb):
                family: list[str] = []
                if isinstance(verb, Revoke):
                    family = self._issuing.family(verb.party)
                    self._issuing.revoke(verb.party)
                    await self.inform_hub()
                await self._rest.breaking.carry_out(verb, family, self._done)
                if isinstance(verb, Start | FreeDisk):
                    await self.inform_hub()
                await self._rest.breaking.settle(self._rest.quiet)
            case cause:
                raise AssertionError(f"not a cause of exercise control: {cause!r:.60}")

    async def reckon(self, cause: object) -> None:
        """Before broker or hub is free again: what came of its capture."""
        if isinstance(cause, Step) and isinstance(cause.verb, FreeBroker | FreeHub) and not self._broken.stopped:
            captured = self._broken.captured.get(cause.verb.target)
            if captured is not None:
                await self._captures.reckon(captured)

    async def complete(self, due: Due) -> None:
        """Bring to its end what a kill may have cut off: that which no file and no log entry brings back by itself."""
        match due.cause:
            case Pulse(party):
                self._pulses.planned.discard(party)
                await self._pulses.let_through(party)
            case Step(verb=Replay() | Tamper() | Spoof() | Compromise() | RogueBureau() as verb):
                if not self._intrusions.noticed(verb, self._rest.entries):
                    await self._intrude(verb)
            case _:
                pass

    async def _intrude(self, verb: OnLine) -> None:
        """Let the intruder say it again if the hub has not noticed: it has no outbox, and a broker or hub that dies, or
        a line that is lost, must not decide what happens. (Some things leave nothing in the log; they harm nobody.)"""
        for _ in range(_INTRUDERS_TRIES):
            await self._intrusions.on_line(verb)
            line = self._intrusions.line(verb)
            if line is None or self._broken.stopped or self._network.nodes[line].parked:
                return
            await self._rest.breaking.nudge()
            await self._rest.quiet()
            if self._intrusions.noticed(verb, self._rest.entries):
                return

    def _plan_reissue(self) -> None:
        self._agenda.plan(self._site.now + DIRECTORY_AGE / 2, AUTHORITY, Reissue())

    async def inform_hub(self) -> None:
        """Tell the hub, if it works, all that it does not have yet."""
        if "hub" not in self._broken.stopped:
            await self._issuing.inform()
            if "hub" in self._broken.captured:
                await self._captures.tell_hub(self._broken.captured["hub"])
        else:
            await self._site.store.flush()

    def moot(self, cause: object) -> str:
        """Why a step would change nothing as things stand, in words; empty if it may change something."""
        match cause:
            case Step(verb=Skip(step=name)):
                return "" if self._timeline.is_to_come(name) else "it is over, left out or not there"
            case Step(verb=verb):
                return self._broken.moot(verb)
            case _:
                return ""

    def note(self, cause: object, released: int, moot: str = "") -> None:
        """Exercise control states what it does (``Issuing.note``), and if that changes nothing (``moot``), why."""
        match cause:
            case Retire(target):
                self._issuing.note("retire-key", target, "", released)
            case Step(verb=Replay() | Tamper() as verb):
                if line := self._intrusions.line(verb):
                    self._issuing.note(key_of(verb), line, "", released)
                else:
                    self._site.journal("control", CONTROL, what="nothing to capture", target=verb.message)
                    return
            case Step(verb=verb):
                remark = "; ".join(one for one in (verb.remark, moot and f"nothing changes: {moot}") if one)
                self._issuing.note(key_of(verb), verb.target, remark, released)
            case _:
                pass
        if isinstance(cause, Step) and isinstance(cause.verb, OnLine):
            line = self._intrusions.line(cause.verb)
            if line is not None and (self._broken.stopped or not self._broken.speaks(line)):
                self._site.journal("fruitless", CONTROL, text=self._why_down(line))

    def _why_down(self, line: str) -> str:
        """In words: why nothing from the party's line reaches the hub."""
        if self._broken.stopped:
            return f"the {' and the '.join(sorted(self._broken.stopped))} did not work at that time"
        return f"the line of {line} was down at that time ({self._broken.away[line]})"

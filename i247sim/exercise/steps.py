"""The timeline of a scenario: steps with a time and exactly one verb each.

The verb's key is its tag: ``send:``, ``restrict:``, ``measure:`` ... A new verb is a new class (in ``sending``,
``orders``, ``faults``, ``machines``, ``attacks`` or a file of its own), a new field in ``Step`` and a new name in
``Verb``. What a step refers to (parties, labels) is checked by the loader; what a verb means is the conductor's.
"""

from datetime import timedelta
from functools import cache
from typing import Self, get_args

from pydantic import model_validator

from i247sim.exercise.acts import Act
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
from i247sim.exercise.choice import one_of, the_only
from i247sim.exercise.claims import Expectation
from i247sim.exercise.durations import Offset
from i247sim.exercise.faults import (
    Cut,
    Delay,
    Duplicate,
    Hold,
    Lose,
    Partition,
    Release,
    Reorder,
    Repair,
    Restore,
    Slow,
)
from i247sim.exercise.happenings import Condition
from i247sim.exercise.looking import Look
from i247sim.exercise.machines import Bounce, Crash, CutPower, FillDisk, Flood, FreeDisk, Skew, Start, Stop
from i247sim.exercise.naming import Label, Sentence
from i247sim.exercise.orders import Accept, Measure, Restrict, Revoke, Rotate
from i247sim.exercise.rulings import Rule
from i247sim.exercise.sending import Send
from i247sim.exercise.staging import Seat, Skip
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.parties import AUTHORITY, CONTROL, SECRETARIAT

Verb = (
    Send
    | Restrict
    | Accept
    | Measure
    | Revoke
    | Rotate
    | Cut
    | Slow
    | Restore
    | Hold
    | Release
    | Partition
    | Repair
    | Lose
    | Duplicate
    | Reorder
    | Delay
    | Crash
    | Bounce
    | Stop
    | Start
    | CutPower
    | FillDisk
    | FreeDisk
    | Skew
    | Flood
    | Replay
    | Tamper
    | Spoof
    | Compromise
    | RogueBureau
    | RogueClient
    | CaptureBroker
    | FreeBroker
    | CaptureHub
    | FreeHub
    | Rule
    | Look
    | Seat
    | Skip
)


class Step(Word):
    """One step: when, what it is called, what it teaches, and exactly one verb."""

    at: Offset | None = None
    """Its time. Exactly one of ``at`` and ``after``."""
    after: Condition | None = None
    """What it waits for; what never happens, never starts it."""
    label: Label | None = None
    note: Sentence | None = None
    send: Send | None = None
    restrict: Restrict | None = None
    accept: Accept | None = None
    measure: Measure | None = None
    revoke: Revoke | None = None
    rotate: Rotate | None = None
    cut: Cut | None = None
    slow: Slow | None = None
    restore: Restore | None = None
    hold: Hold | None = None
    release: Release | None = None
    partition: Partition | None = None
    repair: Repair | None = None
    lose: Lose | None = None
    duplicate: Duplicate | None = None
    reorder: Reorder | None = None
    delay: Delay | None = None
    crash: Crash | None = None
    bounce: Bounce | None = None
    stop: Stop | None = None
    start: Start | None = None
    cut_power: CutPower | None = None
    fill_disk: FillDisk | None = None
    free_disk: FreeDisk | None = None
    skew: Skew | None = None
    flood: Flood | None = None
    replay: Replay | None = None
    tamper: Tamper | None = None
    spoof: Spoof | None = None
    compromise: Compromise | None = None
    rogue_bureau: RogueBureau | None = None
    rogue_client: RogueClient | None = None
    capture_broker: CaptureBroker | None = None
    free_broker: FreeBroker | None = None
    capture_hub: CaptureHub | None = None
    free_hub: FreeHub | None = None
    rule: Rule | None = None
    look: Look | None = None
    seat: Seat | None = None
    skip: Skip | None = None
    expect: Expectation | None = None
    """What should be seen of it, and by when; only of what is injected live: a scenario has a section for it."""

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        one_of(self, VERBS, "a step has exactly one verb", several="make one step of each")
        if (self.at is None) == (self.after is None):
            raise ValueError("a step has exactly one of `at` (its time) and `after` (what it waits for)")
        return self

    @property
    def offset(self) -> timedelta:
        """``at`` of a step that has a time of its own. Not for one that waits: give that a time first (``timed``)."""
        assert self.at is not None, "a step that waits has no time yet"
        return self.at

    def timed(self, at: timedelta) -> "Step":
        """The same step, due at ``at``."""
        return self.model_copy(update={"at": at, "after": None})

    @classmethod
    def of(cls, verb: Act, at: timedelta) -> Self:
        """A step that does ``verb`` at ``at``."""
        key = next(key for key, model in verbs().items() if type(verb) is model)
        return cls.model_validate({"at": at, key: verb})

    @property
    def actor(self) -> str:
        """Who carries it out: a party, the authority, or exercise control."""
        match self.verb:
            case (
                Send(sender=party)
                | Restrict(party=party)
                | Accept(party=party)
                | Flood(party=party)
                | Seat(party=party)
                | Look(party=party)
            ):
                return party
            case Measure():
                return SECRETARIAT
            case Rule() as rule:
                return rule.party
            case Revoke() | Rotate():
                return AUTHORITY
            case _:
                return CONTROL

    @property
    def verb(self) -> Verb:
        """What the step does: to be told apart with ``match``."""
        found: Verb = the_only(self, VERBS)
        return found


VERBS = tuple(name for name in Step.model_fields if name not in ("at", "after", "label", "note", "expect"))
"""The verbs' keys, in the order of the classes."""


@cache
def verbs() -> dict[str, type[Act]]:
    """Key to class of every verb, in the order of ``VERBS``."""
    return {name: get_args(Step.model_fields[name].annotation)[0] for name in VERBS}

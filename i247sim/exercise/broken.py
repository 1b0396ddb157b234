"""What is broken at the moment, and by whom it could be told. Pure: verbs in, the state of all lines and machines out.

Conductor and rehearsal keep one each and let every verb act on it, so that both mean the same by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from i247sim.exercise.acts import Act, Before
from i247sim.exercise.attacks import CaptureBroker, CaptureHub, FreeBroker, FreeHub
from i247sim.exercise.faults import Cut, Disturbed, Hold, Partition, Release, Repair, Restore, Slow
from i247sim.exercise.machines import Bounce, Crash, CutPower, FillDisk, FreeDisk, Skew, Start, Stop
from i247sim.exercise.orders import Revoke

MACHINES = ("broker", "hub")
_LINE_SAYS: dict[type[Act], str] = {Cut: "cut", Slow: "slow", Hold: "held", Partition: "cut off"}


@dataclass(frozen=True)
class Left:
    """A fault that was not mended."""

    verb: Act
    """What made it."""
    says: str
    """In words, for the report."""
    meant: bool
    """Whether the author said that it stays, or nothing can mend it."""


@dataclass
class Broken:
    """Everything that is broken. Changes through ``apply`` only, apart from ``away``, which a pulse lifts."""

    away: dict[str, str] = field(default_factory=dict)
    """Parties nobody waits for, and why: ``cut``, ``slow``, ``held``, ``cut off``, ``crashed`` or ``revoked``."""
    stopped: dict[str, Act] = field(default_factory=dict)
    """``broker`` and ``hub``, while they do not work, and what stopped them."""
    lines: dict[str, Act] = field(default_factory=dict)
    """Party to what is wrong with its line as a whole."""
    to_hold: dict[str, Act] = field(default_factory=dict)
    """Labels of messages that are to be held back when they are sent."""
    disturbed: dict[str, dict[str, Disturbed]] = field(default_factory=dict)
    """Party to what happens to some of the packets on its line, by kind."""
    crashed: dict[str, Act] = field(default_factory=dict)
    revoked: dict[str, Revoke] = field(default_factory=dict)
    captured: dict[str, CaptureBroker | CaptureHub] = field(default_factory=dict)
    """``broker`` and ``hub``, while they are in wrong hands, and what they do."""
    skews: dict[str, timedelta] = field(default_factory=dict)
    """How far the clocks of parties are ahead; behind if negative."""

    def apply(self, verb: Act, family: Callable[[str], list[str]]) -> None:
        """``verb`` is carried out. ``family``: a party and everybody under it."""
        match verb:
            case Hold(message=str() as message):
                self.to_hold[message] = verb
            case Cut(party=str() as party) | Slow(party=str() as party) | Hold(party=str() as party):
                self.lines[party] = verb
            case Partition(parties=parties):
                self.lines |= dict.fromkeys(parties, verb)
            case Restore(party=party):
                self.lines.pop(party, None)
                self.disturbed.pop(party, None)
            case Release(message=str() as message):
                self.to_hold.pop(message, None)
                self.lines = {party: one for party, one in self.lines.items() if not _holds(one, message)}
            case Release(party=str() as party):
                self._mend(party, Hold)
            case Repair(parties=parties):
                for party in parties:
                    self._mend(party, Partition)
            case Disturbed(party=party):
                self.disturbed.setdefault(party, {})[type(verb).__name__.lower()] = verb
            case Crash(party=party):
                self.crashed[party] = verb
            case Bounce(party=party):
                self.crashed.pop(party, None)
            case Stop(what=what):
                self.stopped[what] = verb
            case CutPower(what=what):
                (self.stopped if what in MACHINES else self.crashed)[what] = verb
            case Start(what=what):
                (self.stopped if what in MACHINES else self.crashed).pop(what, None)
            case FillDisk():
                self.stopped.setdefault("hub", verb)  # what does not run writes nothing
            case FreeDisk():
                if isinstance(self.stopped.get("hub"), FillDisk):
                    del self.stopped["hub"]
            case Skew(party=party, by=by):
                self.skews[party] = by
                if not by:
                    del self.skews[party]
            case CaptureBroker() | CaptureHub():
                self.captured[verb.target] = verb
            case FreeBroker() | FreeHub():
                self.captured.pop(verb.target, None)
            case Revoke(party=party):
                self.revoked |= dict.fromkeys(family(party), verb)
            case _:
                return
        self._recount()

    def moot(self, verb: Act) -> str:
        """Why ``verb`` would change nothing as things stand, in words; empty if it may change something."""
        party = getattr(verb, "party", None)
        if party in self.revoked and not verb.adversary:
            return f"`{party}` is revoked, and has neither keys nor a line"
        match verb:
            case Stop(what=what) | CutPower(what=what) if what in self.stopped:
                return f"the {what} does not work anyway"
            case FillDisk() if "hub" in self.stopped:
                return "the hub does not work anyway"
            case FreeDisk() if not isinstance(self.stopped.get("hub"), FillDisk):
                return "the hub's disk is not full"
            case Start(what=what) if what not in self.stopped and what not in self.crashed:
                return f"{what} is not down"
            case Restore(party=party) if party not in self.lines and party not in self.disturbed:
                return f"the line of `{party}` is whole"
            case Release(message=str() as message) if message not in self.to_hold and not self._held(message):
                return f"`{message}` is not held back"
            case Release(party=str() as party) if not isinstance(self.lines.get(party), Hold):
                return f"`{party}` is not held back"
            case Repair(parties=parties) if not any(isinstance(self.lines.get(one), Partition) for one in parties):
                return "none of them is cut off"
            case FreeBroker() | FreeHub() if verb.target not in self.captured:
                return f"the {verb.target} is not captured"
            case _:
                return ""

    def _held(self, message: str) -> bool:
        return any(_holds(one, message) for one in self.lines.values())

    def begins_to_hold(self, message: str | None, sender: str) -> bool:
        """``sender`` is about to send the message with this label: whether its line is held back from now on.

        Not if there is something else wrong with that line: then it does not get out anyway.
        """
        if message not in self.to_hold or sender in self.lines:
            return False
        self.lines[sender] = self.to_hold.pop(message)
        self._recount()
        return True

    def _mend(self, party: str, fault: type[Act]) -> None:
        if isinstance(self.lines.get(party), fault):
            del self.lines[party]

    def _recount(self) -> None:
        self.away.clear()  # the same dictionary for whoever holds it
        self.away.update({party: _LINE_SAYS[type(verb)] for party, verb in self.lines.items()})
        self.away.update(dict.fromkeys(self.crashed, "crashed"))
        self.away.update(dict.fromkeys(self.revoked, "revoked"))

    @property
    def slow(self) -> dict[str, timedelta]:
        """Slow links that carry something, and how much longer everything takes on them."""
        return {
            party: verb.by
            for party, verb in self.lines.items()
            if isinstance(verb, Slow) and self.away.get(party) == "slow"
        }

    def half(self, party: str) -> str | None:
        """``in`` or ``out`` if only that direction of the party's line is broken, and nothing else of it."""
        match self.lines.get(party), self.away.get(party):
            case Partition(way="in" | "out" as way), "cut off":
                return way
            case Hold(message=str()), "held":
                return "out"
            case _:
                return None

    def hears(self, party: str) -> bool:
        """Whether what the hub sends reaches the party."""
        return party not in self.away or self.half(party) == "out"

    def speaks(self, party: str) -> bool:
        """Whether what the party sends reaches the hub."""
        return party not in self.away or self.half(party) == "in"

    def shares(self, party: str) -> Mapping[str, float]:
        """What happens to packets on the party's line, each with its share from 0 to 1; together at most 0.8."""
        shares = {kind: verb.share / 100 for kind, verb in self.disturbed.get(party, {}).items()}
        broker = self.captured.get("broker")
        if isinstance(broker, CaptureBroker) and broker.does in _TOUCHES:
            kind = _TOUCHES[broker.does]
            shares[kind] = shares.get(kind, 0.0) + broker.share / 100
        total = sum(shares.values())
        return shares if total <= _MOST else {kind: share * _MOST / total for kind, share in shares.items()}

    def left(self) -> list[Left]:
        """Every fault that stands, in a fixed order."""
        found = [Left(verb, f"the {what} {_STOPPED[type(verb)]}", False) for what, verb in sorted(self.stopped.items())]
        found += [Left(verb, f"`{message}` is held back", False) for message, verb in sorted(self.to_hold.items())]
        for party, verb in sorted(self.lines.items()):
            meant = isinstance(verb, Cut) and verb.stays
            found.append(Left(verb, f"the line of {party} is {_LINE_SAYS[type(verb)]}", meant))
        for party, verbs in sorted(self.disturbed.items()):
            found += [Left(verb, f"the line of {party} may {kind} packets", False) for kind, verb in verbs.items()]
        found += [Left(verb, f"the computer of {party} is down", False) for party, verb in sorted(self.crashed.items())]
        found += [
            Left(Skew(party=party, by=by), f"the clock of {party} is wrong", False)
            for party, by in sorted(self.skews.items())
        ]
        found += [Left(verb, f"the {what} is captured", False) for what, verb in sorted(self.captured.items())]
        found += [Left(verb, f"{party} is revoked", True) for party, verb in sorted(self.revoked.items())]
        return found

    def mending(self) -> list[Act]:
        """The verbs that mend what was not meant to stay, machines first."""
        made: dict[Act, None] = {}
        for one in self.left():
            if not one.meant:
                made.update(dict.fromkeys(one.verb.undone(Before())))
        return list(made)


def _holds(verb: Act, message: str) -> bool:
    return isinstance(verb, Hold) and verb.message == message


_MOST = 0.8
"""Of ten packets two must come through as they are, or nothing heals."""
_TOUCHES = {"drop": "lose", "duplicate": "duplicate", "delay": "delay", "reorder": "reorder"}
_STOPPED: dict[type[Act], str] = {Stop: "is stopped", CutPower: "is without power", FillDisk: "has no room on its disk"}

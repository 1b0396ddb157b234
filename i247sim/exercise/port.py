"""The one way into an exercise for whoever shows it or acts on it: look, listen, command.

The console decides nothing: it shows what ``picture`` and ``desk`` say and passes on commands, each of which is
checked against the role of who gives it and written into the journal. A finished run stands behind the same port
(``finished``), with nothing to command but to look again.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from i247sim.exercise.picture import Desk, Glance, Picture, Shown, Wire
from i247sim.exercise.seen import Moved, Seen


class Role(StrEnum):
    """What somebody at the console is."""

    INSTRUCTOR = "instructor"
    """Sees all, may do everything."""
    EVALUATOR = "evaluator"
    """Sees all; rates, and changes nothing else."""
    OBSERVER = "observer"
    """Sees what a wall shows."""
    SEAT = "seat"
    """Sits at the desk of one party: sees and does what that party may."""


@dataclass(frozen=True)
class Who:
    """Somebody who looks or acts. ``party`` is set exactly for a seat."""

    role: Role
    party: str | None = None

    def __str__(self) -> str:
        return f"{self.role}:{self.party}" if self.party else str(self.role)


_I, _E, _S = Role.INSTRUCTOR, Role.EVALUATOR, Role.SEAT
COMMANDS: dict[str, frozenset[Role]] = {
    **dict.fromkeys(("pause", "resume", "step", "pace", "until", "next", "end"), frozenset({_I})),
    **dict.fromkeys(("inject", "shelf", "now", "delay", "skip", "edit", "restore-all"), frozenset({_I})),
    **dict.fromkeys(("release", "refuse", "give-back"), frozenset({_I})),
    **dict.fromkeys(("rate", "note", "verify", "try"), frozenset({_I, _E})),
    **dict.fromkeys(("take", "send", "declare", "remark", "mark"), frozenset({_S})),
}
"""Every command, and who may give it. Whatever is not here does not exist."""
LOOKING = frozenset({"verify", "try"})
"""Those that change nothing: a finished run takes them too."""


class NotAllowed(Exception):
    """Somebody asked for what its role may not have. The text may be shown to it."""


class BetweenTwo(NotAllowed):
    """The exercise is over and its folder not finished: for a moment there is nothing to be seen."""


@dataclass(frozen=True)
class Answer:
    """What came of a command."""

    says: str
    """One sentence for a person."""
    undo: tuple[str, Mapping[str, Any], str] | None = None
    """A command, its arguments and a title that take it back."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """More, for commands that find something out."""


@dataclass(frozen=True)
class Change:
    """Something has changed: at a quiet moment, or because somebody steered."""

    moved: tuple[Moved, ...] = ()
    """(Message, addressee) pairs that stand somewhere else now, in order."""
    fresh: tuple[str, ...] = ()
    """Messages that are new, in order."""
    wires: Mapping[str, Wire] = field(default_factory=dict)
    """Links that are in another state now."""
    told: frozenset[str] = frozenset()
    """Parties that have received something or were told something."""


class ExercisePort(Protocol):
    """An exercise to look at and to act on. For one event loop."""

    live: bool
    """Whether it can still be acted on."""

    def picture(self, who: Who, at: timedelta | None = None) -> Picture:
        """All that exercise control knows; with ``at``, at that offset of a finished run.

        Raises ``NotAllowed`` for a seat; for an observer the caller must take out what a wall may not show.
        """

    def desk(self, who: Who) -> Desk:
        """What the party at whose desk ``who`` sits may know. Raises ``NotAllowed`` for everybody else."""

    def own_lines(self, who: Who) -> Sequence[Mapping[str, Any]]:
        """The journal of the party at whose desk ``who`` sits, also when the desk is closed.

        Raises ``NotAllowed`` for everybody else.
        """

    def glance(self) -> Glance:
        """The exercise in a few numbers."""

    def seen(self) -> Seen:
        """Journal and log so far. For reading, and not for showing to just anybody."""

    def checkpoints(self) -> Sequence[Shown]:
        """The log's checkpoints, newest first, and who has cosigned each."""

    def export(self, who: Who) -> Sequence[tuple[str, bytes]]:
        """(Path, bytes) of what may be taken away: never keys, never a mailbox. Raises ``NotAllowed``."""

    def subscribe(self) -> AsyncIterator[Change]:
        """Every change from now on, until the exercise ends. A slow listener gets several as one."""

    async def command(self, who: Who, name: str, arguments: Mapping[str, Any]) -> Answer:
        """Carry out a command (``COMMANDS``). Raises ``NotAllowed``, ``InputError`` and ``NetworkFailed``."""


def allow(who: Who, name: str, live: bool) -> None:
    """Raise ``NotAllowed`` unless ``who`` may give the command ``name`` here."""
    if name not in COMMANDS:
        raise NotAllowed(f"there is no command `{name:.40}`")
    if who.role not in COMMANDS[name]:
        raise NotAllowed(f"`{name}` is not for {_article(who.role)} {who.role}")
    if not live and name not in LOOKING:
        raise NotAllowed("this exercise has ended: its evidence is closed, and nothing in it can be changed")


def _article(role: Role) -> str:
    return "an" if role[0] in "aeiou" else "a"

"""What every verb of a timeline is: parameters, and what an instructor wants to know before using it.

A verb's fields are its parameters. What it is called, what it teaches, who notices it and how it is undone stand
beside them as class variables, so that timeline, command line, Python, console and documentation say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.statements import Bar


class Layer(StrEnum):
    """What stops an incident, or notices it, where everything works as it should."""

    BROKER = "broker rights"
    TLS = "TLS"
    SIGNATURE = "signature"
    REPLAY = "replay"
    RULE = "rule"
    COMMITMENT = "commitment"
    SECOND_CHECK = "second check at the recipient"
    LOG = "evidence log"
    WITNESS = "witness"
    SUPERVISION = "supervision"


class Theme(StrEnum):
    """What an incident is about."""

    PEOPLE = "people"
    """What officers, owners and the secretariat do."""
    FAULTS = "faults"
    """What breaks."""
    ATTACKS = "attacks"
    """What somebody does on purpose, and should not."""


class Difficulty(StrEnum):
    """How hard it is for a class to see what happens and to act well."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True)
class Before:
    """What held before a verb was carried out, as far as undoing it needs to know."""

    restrictions: Mapping[str, tuple[Bar, ...]] = field(default_factory=dict)
    acceptances: Mapping[str, tuple[Bar, ...]] = field(default_factory=dict)
    states: Mapping[str, State] = field(default_factory=dict)
    """Bureaus under a measure."""
    skews: Mapping[str, timedelta] = field(default_factory=dict)
    """Bureaus whose clock is wrong, and by how much."""


_TARGETS = ("party", "parties", "what", "by", "message", "step")


class Act(Word):
    """Base of all verbs."""

    title: ClassVar[str]
    """What it is called, in a few words."""
    says: ClassVar[str] = ""
    """What to tell a watcher when exercise control does it; ``{}`` stands for ``target``."""
    example: ClassVar[str] = ""
    """What stands behind its key, in YAML, where the keys that must be there do not show how it is written."""
    teaches: ClassVar[str]
    """One paragraph for instructors: what a class should see and discuss."""
    detector: ClassVar[str]
    """Who notices, and by what; in one sentence."""
    layer: ClassVar[Layer]
    theme: ClassVar[Theme]
    difficulty: ClassVar[Difficulty] = Difficulty.EASY
    adversary: ClassVar[bool] = False
    """Whether somebody does it who should not."""
    inverse: ClassVar[str] = ""
    """The key of the verb that undoes it, which may be its own; empty if none does."""
    stays_because: ClassVar[str] = ""
    """Why nothing undoes it, or why nothing needs to; given if and only if ``inverse`` is empty."""

    @property
    def target(self) -> str:
        """Whom or what it hits first of all, for journal and log."""
        found = next((value for name in _TARGETS if (value := getattr(self, name, None)) is not None), "")
        return ", ".join(found) if isinstance(found, tuple) else str(found)

    @property
    def remark(self) -> str:
        """What else is worth a word, for journal and log."""
        return ""

    def undone(self, before: Before) -> "tuple[Act, ...]":
        """The verbs that undo it, given what held before; none where nothing can or needs to (``stays_because``)."""
        return ()

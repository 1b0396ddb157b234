"""Planted mistakes: the storm must find each of them. A mutant changes the product through ``monkeypatch`` alone."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from i247sim.bureau import core as bureau
from i247sim.exercise.storm.checks import Problem
from i247sim.hub import core, decide
from i247sim.hub.actions import Record
from i247sim.node import shell
from i247sim.policy import rulebook
from i247sim.vocabulary.decisions import Outcome, Verdict
from i247sim.vocabulary.entries import HandoverEntry

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutant:
    """One mistake. ``seed``: a case that meets it. ``kinds``: what the storm may call it."""

    says: str
    plant: Plant
    seed: int
    kinds: frozenset[str]

    def found(self, problems: tuple[Problem, ...]) -> bool:
        return bool({one.kind for one in problems} & self.kinds)


def _hand_over_without_entry(patch: pytest.MonkeyPatch) -> None:
    record = core.HubCore._record

    def forgetful(self: Any, entry: Any, actions: list[Any]) -> None:
        record(self, entry, actions)
        if isinstance(entry, HandoverEntry) and actions and actions[-1] == Record(entry):
            actions.pop()

    patch.setattr(core.HubCore, "_record", forgetful)


def _rule_skipped_by_the_hub(patch: pytest.MonkeyPatch) -> None:
    first = decide.decide_first

    def lenient(*arguments: Any) -> dict[str, Verdict]:
        verdicts = first(*arguments)
        return {
            party: Verdict(Outcome.QUEUED, None, one.rules) if one.outcome is Outcome.REFUSED else one
            for party, one in verdicts.items()
        }

    patch.setattr(core.decide, "decide_first", lenient)


def _rule_missing_everywhere(patch: pytest.MonkeyPatch) -> None:
    texts, schema = rulebook.packaged()
    left = [(name, text) for name, text in texts if "restrictions" not in name]
    assert len(left) == len(texts) - 1
    rulebook.Rulebook.made.cache_clear()
    patch.setattr(rulebook, "packaged", lambda: (left, schema))


def _copy_taken_and_never_shown(patch: pytest.MonkeyPatch) -> None:
    journal = shell.Site.journal

    def silent(self: Any, event: str, party: str, **facts: Any) -> None:
        if event != "opened":
            journal(self, event, party, **facts)

    patch.setattr(shell.Site, "journal", silent)


def _delays_by_chance(patch: pytest.MonkeyPatch) -> None:
    chance = random.SystemRandom()
    patch.setattr(bureau, "delay", lambda *_: timedelta(seconds=chance.randint(1, 1000)))


MUTANTS = (
    Mutant("a hand-over is not logged", _hand_over_without_entry, 0, frozenset({"broke", "verify"})),
    Mutant("the hub lets pass what a rule refuses", _rule_skipped_by_the_hub, 0, frozenset({"verify"})),
    Mutant(
        "the rule on restrictions is missing, for the check too", _rule_missing_everywhere, 2, frozenset({"barred"})
    ),
    Mutant("a copy is taken and never shown", _copy_taken_and_never_shown, 0, frozenset({"untrue"})),
    Mutant("officers wait as long as chance will have it", _delays_by_chance, 2, frozenset({"transcript"})),
)

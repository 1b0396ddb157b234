"""An engine that remembers says what one says that does not: after every change, in any order, and for ever."""

from dataclasses import replace

import pytest
from policy_cases import CALM, DIRECTORY, ENGINE, bars, message, world

from i247sim.policy import remembering
from i247sim.policy.engine import Engine
from i247sim.policy.facts import MessageFacts, World
from i247sim.policy.remembering import RememberingEngine
from i247sim.vocabulary.decisions import Code, Outcome, Verdict
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.parties import State

WORLDS = (
    CALM,
    world(restrictions={"FR": bars("DE")}),
    world(states={"FR": State.SUPERVISED}),
    world(directory=Directory(2, None, {one: DIRECTORY.entries[one] for one in DIRECTORY.entries if one != "DE"})),
)
MESSAGES = (message(to=("DE", "BR")), message(Kind.DIFFUSION, to=("IPSG", "DE")))


class Counting(RememberingEngine):
    """Counts how often the rules are asked."""

    asked = 0

    def _decide(self, *arguments: object) -> dict[object, Verdict]:
        self.asked += 1
        return super()._decide(*arguments)


def both(engine: Engine, place: World, facts: MessageFacts) -> tuple[Verdict, dict[str, Verdict]]:
    return engine.decide_message(place, facts), engine.decide_addressees(place, facts, facts.named)


def test_what_it_remembers_of_one_world_it_does_not_say_of_another() -> None:
    engine = RememberingEngine(ENGINE.rulebook)
    for first in WORLDS:
        for second in WORLDS:
            for place in (first, second, first):
                for facts in MESSAGES:
                    assert both(engine, place, facts) == both(ENGINE, place, facts)


def test_the_same_message_is_looked_at_anew_when_the_world_has_changed() -> None:
    """Between the question about the whole and that about an addressee the world may have changed."""
    barred = WORLDS[1]
    engine = RememberingEngine(ENGINE.rulebook)
    facts = MESSAGES[0]
    assert engine.decide_message(CALM, facts).allowed
    verdict = engine.decide_addressees(barred, facts, ("DE",))["DE"]
    assert (verdict.outcome, verdict.code) == (Outcome.REFUSED, Code.RESTRICT)


def test_the_rules_are_asked_once_for_messages_that_differ_in_their_id_alone() -> None:
    engine = Counting(ENGINE.rulebook)
    first = both(engine, CALM, MESSAGES[0])
    for number in range(20):
        assert both(engine, CALM, replace(MESSAGES[0], id=f"{number:032x}")) == first
    assert engine.asked == 2


def test_who_changes_what_was_answered_changes_no_later_answer() -> None:
    engine = RememberingEngine(ENGINE.rulebook)
    found = engine.decide_addressees(CALM, MESSAGES[0], ("DE",))
    found["DE"] = Verdict(Outcome.REFUSED, Code.KEY, ())
    assert engine.decide_addressees(CALM, MESSAGES[0], ("DE",))["DE"].allowed


def test_it_remembers_so_much_and_not_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_REMEMBERED", 4)
    engine = RememberingEngine(ENGINE.rulebook)
    for kind in (Kind.INFO_REQUEST, Kind.DIFFUSION, Kind.DB_QUERY, Kind.COMPLAINT):
        both(engine, CALM, message(kind, to=("IPSG",)))
        assert len(engine._known) <= 4

"""What is held of a supervised bureau: the secretariat's signed word sends it on, or refuses it. Once."""

import base64
from datetime import timedelta

import pytest
from hub_world import Batch, HubWorld

from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.security import envelope as sealed
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.entries import DecisionEntry, FrameEntry
from i247sim.vocabulary.frames import FrameType, Release
from i247sim.vocabulary.parties import State


def id_of(wire: bytes) -> str:
    return sealed.parse(wire).header.id


QUEUED = (Outcome.QUEUED, None)


@pytest.fixture
def world() -> HubWorld:
    made = HubWorld()
    made.measure("FR", State.SUPERVISED)
    made.hello("BR", "IPSG")
    return made


def held(world: HubWorld, **fields: object) -> str:
    to = ("IPSG", "BR", "DE")
    wire = world.sealed("FR", to, channel="diffusion", kind="DIFFUSION", **fields)
    batch = world.arrive("FR", wire)
    assert {one: verdict for one, verdict in batch.verdicts.items() if one != "IPSG"} == dict.fromkeys(
        to[1:], (Outcome.HELD, Code.STATE)
    )
    return id_of(wire)


def says(world: HubWorld, message: str, code: Code | None = None, author: str = "IPSG") -> Batch:
    return world.declare(FrameType.RELEASE, Release(message=message, release=code is None, code=code), author)


def test_released_it_goes_to_those_who_are_there_and_waits_for_the_others(world: HubWorld) -> None:
    message = held(world)
    batch = says(world, message)
    assert batch.verdicts == {"BR": QUEUED, "DE": QUEUED}
    assert batch.handed == ["BR"]
    assert batch.told("FR") == [(message, "BR", Outcome.QUEUED, None), (message, "DE", Outcome.QUEUED, None)]
    assert world.hello("DE").handed == ["DE"]


def test_not_released_it_is_refused_with_the_secretariats_code(world: HubWorld) -> None:
    batch = says(world, held(world), Code.ART3)
    assert batch.verdicts == {"BR": (Outcome.REFUSED, Code.ART3), "DE": (Outcome.REFUSED, Code.ART3)}
    assert batch.handed == []


def test_a_release_goes_past_no_other_rule(world: HubWorld) -> None:
    message = held(world)
    world.restrict("FR", "BR")
    assert says(world, message).verdicts == {"BR": (Outcome.REFUSED, Code.RESTRICT), "DE": QUEUED}


def test_the_measure_itself_stays_for_the_next_message(world: HubWorld) -> None:
    says(world, held(world))
    held(world)


@pytest.mark.parametrize("author", ["FR", "NDTF"])
def test_nobody_else_releases(world: HubWorld, author: str) -> None:
    assert says(world, held(world), author=author).code is Code.RIGHTS


def test_there_is_one_word_on_a_message(world: HubWorld) -> None:
    message = held(world)
    says(world, message, Code.ART3)
    assert says(world, message).code is Code.ADDR  # nothing of it is held any more


def test_what_is_not_held_is_not_released(world: HubWorld) -> None:
    wire = world.sealed("DE", ("BR",))
    world.arrive("DE", wire)
    assert says(world, id_of(wire)).code is Code.ADDR
    assert says(world, "ab" * 16).code is Code.ADDR


@pytest.mark.parametrize(("release", "code"), [(True, Code.ART3), (False, None)])
def test_a_refusal_and_only_that_has_a_code(world: HubWorld, release: bool, code: Code | None) -> None:
    message = held(world)
    word = Release(message=message, release=release, code=code)
    assert world.declare(FrameType.RELEASE, word, "IPSG").code is Code.FORMAT


def test_what_is_over_when_it_is_released_has_expired(world: HubWorld) -> None:
    message = held(world, expires=world.now + timedelta(hours=1))
    world.later(hours=2)
    assert set(says(world, message).verdicts.values()) == {(Outcome.EXPIRED, Code.TIME)}


def test_a_second_word_that_stands_in_a_log_changes_nothing(world: HubWorld) -> None:
    message = held(world)
    says(world, message, Code.ART3)
    before = world.state.messages[message].facts
    again = world.frame(FrameType.RELEASE, Release(message=message, release=True), "IPSG", world.next("IPSG"))
    world.state.apply(FrameEntry(time=world.now, frame=base64.b64encode(again).decode()))
    assert world.state.releases[message].code is Code.ART3
    assert world.state.messages[message].facts == before


def test_the_fold_of_the_log_knows_what_was_released(world: HubWorld) -> None:
    message = held(world)
    says(world, message)
    fresh = world.refolded()
    assert fresh.releases == world.state.releases
    assert fresh.messages[message].facts == world.state.messages[message].facts
    decided = [
        one for one in world.entries if isinstance(one, DecisionEntry) and (one.id, one.party) == (message, "BR")
    ]
    assert [one.outcome for one in decided] == [Outcome.HELD, Outcome.QUEUED]


def test_who_does_not_accept_what_is_released_is_hidden_from_the_sender(world: HubWorld) -> None:
    message = held(world)
    world.accept("BR", "FR")
    batch = says(world, message)
    assert batch.verdicts["BR"] == (Outcome.REFUSED, Code.ACCEPT)
    assert (message, "BR", Outcome.REFUSED, Code.ADDR) in batch.told("FR")


def test_the_first_word_counts_also_where_a_rule_holds_what_was_released() -> None:
    """A scenario's own rule may hold whatever the secretariat says."""
    always = """@id("EX-HELD") @step("4") @code("E-STATE") @outcome("held") @cite("exercise rule") @explain("waits")
    forbid (principal is Party, action == Action::"receive", resource is Message)
    when { resource.kind == "DIFFUSION" } unless { principal.role == "secretariat" };"""
    world = HubWorld()
    world.core.engine = Engine(Rulebook.load([always]))
    message = held(world)
    assert says(world, message).verdicts == dict.fromkeys(("BR", "DE"), (Outcome.HELD, Code.STATE))
    again = says(world, message, Code.ART3)
    assert (again.refusal.code, again.refusal.alarm, again.verdicts) == (Code.REPLAY, True, {})

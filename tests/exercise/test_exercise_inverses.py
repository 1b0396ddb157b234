"""What undoes a verb really undoes it; and every verb works live, and happens again in a replay."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise import injects
from i247sim.exercise.acts import Act, Before
from i247sim.exercise.broken import Broken
from i247sim.exercise.injects import key_of
from i247sim.exercise.loader import load_step, loads
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.settings import read_injects
from i247sim.exercise.steering import order
from i247sim.exercise.steps import VERBS, Step
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.statements import Bar

STORY = """
title: Live
aim: every verb, while it runs
participants: {bureaus: [FR, DE, BR, NO]}
timeline:
- at: T+1m
  label: one
  send: {from: FR, kind: INFO_REQUEST, to: [DE, BR], purpose: case-support, subject: one}
- at: T+9h
  send: {from: FR, kind: INFO_REQUEST, to: [DE, BR], purpose: case-support, subject: last}
"""
LIVE = {
    "send": "{from: DE, kind: DIFFUSION, to: [IPSG, FR], purpose: warn, subject: two}",
    "restrict": "{party: FR, bars: [{whom: NO}]}",
    "accept": "{party: BR, bars: [{whom: DE}]}",
    "measure": "{party: NO, state: supervised, review_in: 10d}",
    "rotate": "{party: DE, grace: 10m}",
    "rule": "{word: clear, message: DE#1}",
    "look": "{party: DE, document: {number: EXF0000031, country: FR}}",
    "seat": "{party: NO}",
    "skip": "{step: timeline/2}",
    "cut": "{party: DE}",
    "restore": "{party: DE}",
    "slow": "{party: BR, by: 10m}",
    "hold": "{party: NO}",
    "release": "{party: NO}",
    "partition": "{parties: [DE], way: out}",
    "repair": "{parties: [DE]}",
    "lose": "{party: FR, share: 20}",
    "duplicate": "{party: FR, share: 20}",
    "reorder": "{party: FR, share: 20}",
    "delay": "{party: FR, share: 20}",
    "crash": "{party: DE}",
    "bounce": "{party: DE}",
    "stop": "{what: broker}",
    "start": "{what: broker}",
    "cut_power": "{what: BR}",
    "fill_disk": "{}",
    "free_disk": "{}",
    "skew": "{party: FR, by: -1h}",
    "flood": "{party: NO, to: DE, rate: 5}",
    "replay": "{message: one}",
    "tamper": "{message: one}",
    "spoof": "{by: NO, claims: FR, to: DE}",
    "compromise": "{party: FR, to: DE}",
    "rogue_bureau": "{party: NO, does: measure}",
    "rogue_client": "{does: wildcards, party: NO}",
    "capture_broker": "{does: drop, share: 10}",
    "free_broker": "{}",
    "capture_hub": "{does: reorder, party: DE}",
    "free_hub": "{}",
    "revoke": "{party: NO}",
}
"""One of every verb, in an order in which they make sense one after the other."""


def verb(key: str) -> Act:
    text = f"{key}: {LIVE[key]}"
    return load_step(text, loads(STORY.encode()), timedelta(hours=1)).verb


def test_there_is_one_of_every_verb() -> None:
    assert sorted(LIVE) == sorted(VERBS)


@pytest.mark.parametrize("key", [one.verb for one in injects.catalogue() if one.inverse])
def test_the_inverse_of_a_verb_is_the_one_that_its_page_names(key: str) -> None:
    undone = verb(key).undone(Before())
    assert {key_of(one) for one in undone} == {injects.find(key).inverse}


@pytest.mark.parametrize("key", [one.verb for one in injects.catalogue() if not one.inverse])
def test_what_nothing_undoes_is_undone_by_nothing(key: str) -> None:
    assert verb(key).undone(Before()) == ()


@pytest.mark.parametrize("key", [key for key in VERBS if key not in ("revoke",)])
def test_the_inverse_leaves_nothing_broken(key: str) -> None:
    broken = Broken()
    broken.apply(verb(key), lambda party: [party])
    assert bool(broken.left()) == (injects.find(key).inverse not in ("", "restrict", "accept", "measure", "seat"))
    for one in verb(key).undone(Before()):
        broken.apply(one, lambda party: [party])
    assert broken.left() == []
    assert broken == Broken()


def test_one_message_is_held_from_when_it_is_sent_and_let_go_by_the_inverse() -> None:
    held = load_step("hold: {message: one}", loads(STORY.encode()), timedelta()).verb
    broken = Broken()
    broken.apply(held, lambda party: [party])
    assert (broken.away, [one.says for one in broken.left()]) == ({}, ["`one` is held back"])
    assert not broken.begins_to_hold("two", "FR")
    assert not broken.begins_to_hold(None, "FR")
    assert broken.begins_to_hold("one", "FR")
    assert (broken.away, broken.hears("FR"), broken.speaks("FR")) == ({"FR": "held"}, True, False)
    assert not broken.begins_to_hold("one", "FR"), "once"
    (inverse,) = broken.mending()
    assert inverse == held.undone(Before())[0]
    broken.apply(inverse, lambda party: [party])
    assert broken == Broken()


def test_a_line_that_is_down_is_not_opened_to_hold_a_message() -> None:
    broken = Broken()
    broken.apply(verb("cut"), lambda party: [party])
    broken.apply(load_step("hold: {message: one}", loads(STORY.encode()), timedelta()).verb, lambda party: [party])
    assert not broken.begins_to_hold("one", "DE")
    assert not broken.hears("DE")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param("hold: {message: nothing}", "is no label of a step that sends", id="no such message"),
        pytest.param("hold: {message: 'FR#1'}", "is no label of a step that sends", id="a number is not enough"),
        pytest.param("hold: {message: one}", r"is sent at T\+1m, before it is held", id="too late"),
        pytest.param("hold: {}", "expected either `party` or `message`", id="nothing"),
        pytest.param("hold: {party: FR, message: one}", "expected either `party` or `message`", id="both"),
    ],
)
def test_what_cannot_be_held_is_refused_with_the_reason(words: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        load_step(words, loads(STORY.encode()), timedelta(hours=1))


def test_a_revocation_is_named_as_what_stays() -> None:
    broken = Broken()
    broken.apply(verb("revoke"), lambda party: [party, "NO-border"])
    assert [(one.says, one.meant) for one in broken.left()] == [("NO is revoked", True), ("NO-border is revoked", True)]
    assert broken.mending() == []


def test_declarations_are_undone_to_what_held_before() -> None:
    before = Before({"FR": (Bar(whom="BR"),)}, {}, {"NO": State.MONITORED}, {"FR": timedelta(minutes=3)})
    found = {
        key: verb(key).undone(before)[0].model_dump(mode="json") for key in ("restrict", "accept", "measure", "skew")
    }
    assert found["restrict"]["bars"] == [
        {"whom": "BR", "scope": {"channel": None, "kind": None, "purpose": None, "record": None}}
    ]
    assert found["accept"]["bars"] == []
    assert found["measure"]["state"] == "monitored"
    assert found["skew"]["by"] == "3m"


async def steered(session: Session, folder: Path) -> Finished:
    running = asyncio.create_task(session.run())
    while not (folder / "work" / "steering.json").exists():
        await asyncio.sleep(0.01)
    for number, (key, value) in enumerate(LIVE.items()):
        wait = 600 + 120 * number
        await order(folder, "inject", {"step": f"{key}: {value}", "wait": wait})
    with pytest.raises(Exception, match="`cut_power` of the hub kills its process"):
        await order(folder, "inject", {"step": "cut_power: {what: hub}", "wait": 1})
    await order(folder, "shelf", {"name": "replayed", "wait": 7200})
    await order(folder, "resume", {})
    return await running


# What an intruder says has no outbox: a line that loses it must not decide the story (`Control._intrude`).
@pytest.mark.deep
def test_every_verb_works_live_and_happens_again_in_a_replay(tmp_path: Path) -> None:
    file, out = tmp_path / "live.yaml", tmp_path / "run"
    file.write_text(STORY)
    session = Session.create(Options(file, medium=Medium.MEMORY, out=out, paused=True), Watch())
    session.patience = HURRIED
    finished = asyncio.run(steered(session, out))
    _, _, recorded = read_injects(out)
    assert {key_of(step.verb) for _, step in recorded} >= set(VERBS)
    assert finished.left == ["NO is revoked"]
    again = Session.create(Options(file, medium=Medium.MEMORY, out=tmp_path / "again", injects=recorded), Watch())
    again.patience = HURRIED
    replayed = asyncio.run(again.run())
    assert replayed.transcript.canonical_text().splitlines() == finished.transcript.canonical_text().splitlines()


def test_from_python_a_step_is_made_of_a_verb() -> None:
    step = Step.of(verb("cut"), timedelta(hours=2))
    assert (step.at, step.cut) == (timedelta(hours=2), verb("cut"))
    with pytest.raises(InputError, match="is no verb"):
        injects.find("explode")


@pytest.mark.parametrize(
    ("before", "then", "why"),
    [
        pytest.param([], "restore: {party: FR}", "the line of `FR` is whole", id="a whole line"),
        pytest.param(["cut: {party: FR}"], "release: {party: FR}", "`FR` is not held back", id="cut and not held"),
        pytest.param([], "release: {message: one}", "`one` is not held back", id="a message not held"),
        pytest.param(["hold: {message: one}"], "release: {message: one}", "", id="a held message"),
        pytest.param([], "repair: {parties: [FR, DE]}", "none of them is cut off", id="nobody cut off"),
        pytest.param(["stop: {what: hub}"], "cut_power: {what: hub}", "the hub does not work anyway", id="down twice"),
        pytest.param(["stop: {what: hub}"], "fill_disk: {}", "the hub does not work anyway", id="a disk at rest"),
        pytest.param(["stop: {what: hub}"], "free_disk: {}", "the hub's disk is not full", id="not the disk"),
        pytest.param(["fill_disk: {}"], "free_disk: {}", "", id="a full disk"),
        pytest.param([], "start: {what: FR}", "FR is not down", id="a bureau that is up"),
        pytest.param(["crash: {party: FR}"], "start: {what: FR}", "", id="a bureau that is down"),
        pytest.param([], "free_broker: {}", "the broker is not captured", id="a broker in good hands"),
        pytest.param(["revoke: {party: FR}"], "rotate: {party: FR}", "`FR` is revoked", id="no keys to renew"),
        pytest.param(["revoke: {party: FR}"], "compromise: {party: FR, to: DE}", "", id="a thief may try"),
    ],
)
def test_it_is_told_what_would_change_nothing(before: list[str], then: str, why: str) -> None:
    broken = Broken()
    for words in before:
        broken.apply(load_step(words, loads(STORY.encode()), timedelta()).verb, lambda party: [party])
    said = broken.moot(load_step(then, loads(STORY.encode()), timedelta()).verb)
    assert said.startswith(why)
    assert bool(said) == bool(why)

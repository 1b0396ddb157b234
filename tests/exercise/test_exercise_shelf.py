"""The shelf: what stands ready off the timeline, and the injects that come with the package, each on its own story."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise import catalogue, shelf
from i247sim.exercise.claims import Expectation
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.expectations import Result, evaluate
from i247sim.exercise.loader import load, loads
from i247sim.exercise.medium import Medium
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.report import Finished
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.steps import Step
from i247sim.exercise.strict_yaml import Problems
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.errors import InputError

HOUR = timedelta(hours=1)
SMALL = """
title: A
aim: a
participants: {bureaus: [JP]}
timeline:
- {at: T+1h, cut: {party: JP, stays: yes}}
"""
NAMES = list(shelf.shipped())
PLAYED = ("link-down", "key-stolen", "urgent-threat", "stale-copy", "time-zone")
"""These are played over a network as well; a rehearsal stands for the others."""


def with_inject(name: str) -> Scenario:
    """The story of a shipped inject, the inject taken an hour after its beginning."""
    story = shelf.story(name)
    return story.model_copy(update={"timeline": (*story.timeline, *shelf.steps(story.shelf[name], story, HOUR))})


def failed(results: list[Result]) -> list[str]:
    return [f"{one.expectation.says}: {one.evidence}" for one in results if not one.passed]


def test_there_are_the_twenty_two_injects_of_the_list() -> None:
    assert len(NAMES) == 22


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_inject_has_its_story_and_says_what_it_teaches(name: str) -> None:
    prepared = shelf.own(name)
    assert list(shelf.story(name).shelf) == [name]
    assert prepared.teaches is not None
    assert prepared.expected is not None
    assert prepared.rule is not None
    assert shelf.story(name).expect


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_inject_leads_to_what_is_expected_and_without_it_nothing_does(name: str) -> None:
    scenario = with_inject(name)
    engine = Engine(Rulebook.load(scenario.rules))
    assert failed(evaluate(scenario, rehearse(scenario, engine).transcript)) == []
    alone = shelf.story(name)
    assert failed(evaluate(alone, rehearse(alone, engine).transcript)), "its expectations can fail"


def played(name: str, out: Path) -> Finished:
    scenario = shelf.story(name)
    injects = tuple((0, step) for step in shelf.steps(scenario.shelf[name], scenario, HOUR))
    options = Options(shelf.shipped()[name], medium=Medium.MEMORY, out=out, injects=injects)
    session = Session.create(options, Watch())
    session.patience = HURRIED
    return asyncio.run(session.run())


@pytest.mark.parametrize("name", [pytest.param(one, marks=() if one in PLAYED else pytest.mark.deep) for one in NAMES])
def test_a_shipped_inject_taken_live_has_the_transcript_of_its_rehearsal(name: str, tmp_path: Path) -> None:
    finished = played(name, tmp_path / "run")
    assert failed(finished.results) == []
    assert finished.completeness.lost == 0
    scenario = with_inject(name)
    expected = rehearse(scenario, Engine(Rulebook.load(scenario.rules))).transcript
    assert finished.transcript.canonical_text().splitlines() == expected.canonical_text().splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_inject_is_cast_anew_for_another_exercise(name: str) -> None:
    scenario = load(catalogue.find("who-can-read"))
    cast = shelf.on_shelf(scenario, name)
    taken = shelf.steps(cast, scenario, HOUR, "-1")
    assert len(taken) == len(cast.steps)
    assert all(isinstance(step, Step) for step in taken)


def test_bureaus_that_take_part_stay_and_others_are_played_in_order() -> None:
    scenario = loads(SMALL.replace("JP", "JP, FR, KE, MX", 1).encode())
    replayed = shelf.on_shelf(scenario, "replayed").steps
    assert replayed[0].send is not None
    assert (replayed[0].send.sender, replayed[0].send.to) == ("FR", ("JP",))


def test_too_few_bureaus_are_refused_in_a_line() -> None:
    scenario = loads(SMALL.replace("JP", "JP, FR", 1).encode())
    with pytest.raises(InputError, match="`replayed` needs 4 bureaus; `A` has 2"):
        shelf.on_shelf(scenario, "replayed")


BARRING = SMALL.replace("JP", "JP, FR, KE, MX, NO", 1) + "restrictions: {JP: [{whom: NO}]}\n"


def test_whom_an_owner_has_barred_plays_only_where_there_are_too_few_others() -> None:
    scenario = loads(BARRING.encode())
    [sent, *_] = shelf.on_shelf(scenario, "sent-to-all").steps
    assert sent.send is not None
    assert sent.send.to == ("IPSG", "JP", "KE", "MX")
    few = loads(BARRING.replace("MX, ", "").encode())
    [sent, *_] = shelf.on_shelf(few, "sent-to-all").steps
    assert sent.send is not None
    assert sent.send.to == ("IPSG", "JP", "KE", "NO")


def test_a_bar_of_an_inject_stands_beside_those_of_its_owner_and_lifts_none() -> None:
    scenario = loads(BARRING.replace("FR, ", "AR, ").replace("whom: NO", "whom: AR").encode())
    for moment in (None, shelf.Moment(scenario.start, {}, scenario.restrictions)):
        [step, *_] = shelf.on_shelf(scenario, "barred-query", ["JP", "KE", "MX", "NO"], moment).steps
        assert step.restrict is not None
        assert (step.restrict.party, [one.whom for one in step.restrict.bars]) == ("JP", ["AR", "NO"])


def test_whom_an_owner_has_barred_plays_whom_an_inject_bars() -> None:
    scenario = loads(BARRING.replace("whom: NO", "whom: MX").encode())
    [step, *_] = shelf.on_shelf(scenario, "barred-query").steps
    assert step.restrict is not None
    assert [one.whom for one in step.restrict.bars] == ["MX"]


def test_who_must_not_be_cleared_is_played_by_somebody_who_is_not() -> None:
    cleared = SMALL.replace(
        "[JP]", "[JP, FR, KE, MX], clearances: {JP: confidential, FR: confidential, KE: confidential}"
    )
    [step, *_] = shelf.on_shelf(loads(cleared.encode()), "over-classified").steps
    assert step.send is not None
    assert step.send.to == ("JP", "MX")
    with pytest.raises(InputError, match="needs a bureau cleared for `restricted` and no higher; none is free"):
        shelf.on_shelf(loads(cleared.replace("KE: c", "MX: confidential, KE: c").encode()), "over-classified")


def test_a_step_is_told_in_a_line_with_who_sends_what_to_whom() -> None:
    told = [shelf.described(step) for step in shelf.own("held-back").steps]
    assert told == [
        "T+0s IPSG sets BR to supervised",
        "T+10m BR sends DIFFUSION to IPSG, DE",
        "T+2h a person decides: release held",
        "T+3h IPSG sets BR to active",
    ]


def test_an_unknown_name_is_refused_with_a_near_one() -> None:
    with pytest.raises(InputError, match="nothing on the shelf is called `link-dwn`; did you mean `link-down`"):
        shelf.on_shelf(shelf.story("link-down"), "link-dwn")


SHELF = """
title: Prepared
aim: a shelf of one's own
participants: {bureaus: [FR, DE]}
timeline:
- at: T+1h
  label: there
  send: {from: FR, kind: INFO_REQUEST, to: [DE], purpose: case-support, subject: one}
shelf:
  again:
    title: Once more
    steps:
    - {at: T+0s, replay: {message: there}}
    - at: T+5m
      label: mine
      send: {from: DE, kind: INFO_REQUEST, to: [FR], purpose: case-support, subject: two}
    - {at: T+6m, replay: {message: mine}}
"""


def test_a_scenario_has_a_shelf_of_its_own_and_takes_from_it_twice() -> None:
    scenario = loads(SHELF.encode())
    first = shelf.steps(shelf.on_shelf(scenario, "again"), scenario, HOUR, "-1")
    second = shelf.steps(shelf.on_shelf(scenario, "again"), scenario, HOUR, "-4")
    assert [step.label for step in first + second] == [None, "mine-1", None, None, "mine-4", None]
    assert [step.replay.message for step in first if step.replay] == ["there", "mine-1"]
    assert first[1].at == HOUR + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        pytest.param(
            SHELF.replace("message: mine", "message: thine"), "no step has the label `thine`", id="unknown label"
        ),
        pytest.param(SHELF.replace("from: DE", "from: NO"), "`NO` does not take part", id="unknown party"),
        pytest.param(
            SHELF.replace("label: mine", "label: there"), "the label `there` is already taken", id="label taken"
        ),
    ],
)
def test_mistakes_on_the_shelf_are_found(broken: str, says: str) -> None:
    with pytest.raises(Problems, match=says):
        loads(broken.encode())


OTHER = """
title: Another exercise
aim: it has bureaus, records and a year of its own
start: 2027-08-09T06:00:00Z
participants: {bureaus: [JP, KE, MX, AR], clearances: {JP: confidential, KE: confidential, MX: confidential}}
records:
- owner: JP
  id: NOM-000017
  person: {family_name: Alius, forename: Quidam, sex: M, born: 1950-01-01, description: a fictional person}
- owner: JP
  id: SLTD-000004
  document: {document: {number: EXJ0000001, country: JP}, fraud: lost, stolen_on: 2027-02-20}
timeline:
- {at: T+100d, look: {party: KE, document: {number: EXJ0000001, country: JP}}}
"""
PLAYERS = {"FR": "JP", "DE": "KE", "BR": "MX", "NO": "AR"}
MOMENT = shelf.Moment(datetime(2027, 8, 9, 7, tzinfo=UTC), {"NOM": 17, "SLTD": 4}, {})


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_inject_leads_to_the_same_in_another_exercise_at_another_time(name: str) -> None:
    """What it is about it enters itself: it meets nobody else's record, and no review date that is over."""
    assert shelf.story(name).records == ()
    scenario = loads(OTHER.encode())
    steps = shelf.steps(shelf.on_shelf(scenario, name, moment=MOMENT), scenario, HOUR)
    whole = scenario.model_copy(update={"timeline": tuple(steps)})
    found = rehearse(whole, Engine(Rulebook.load(whole.rules)))
    told = json.dumps([one.plain() for one in shelf.story(name).expect])
    told = re.sub(r'"(FR|DE|BR|NO)(?=["#:])', lambda party: f'"{PLAYERS[party[1]]}', told)
    claims = [Expectation.model_validate(one) for one in json.loads(told)]
    assert failed(evaluate(whole, found.transcript, claims)) == []


def taken_live(name: str, folder: Path) -> Finished:
    def take(conductor: Conductor) -> None:
        conductor.take(name)

    scenario = folder / "other.yaml"
    scenario.write_text(OTHER)
    options = Options(scenario, medium=Medium.MEMORY, out=folder / "run")
    return asyncio.run(Session.create(options, Watch(begun=take)).run())


def test_an_inject_taken_live_enters_its_record_behind_those_that_are_there(tmp_path: Path) -> None:
    finished = taken_live("insider", tmp_path)
    asked = finished.transcript.named("who-looked-1")
    [told] = [row for row in finished.transcript.messages() if asked is not None and row.answers == asked.name]
    assert (told.finding, told.records) == ("DONE", ("NOM-000018",))


def test_bureaus_that_are_named_play_in_their_order_as_far_as_they_fit() -> None:
    scenario = loads(OTHER.encode())
    [step, *_] = shelf.on_shelf(scenario, "over-classified", ["AR", "KE", "MX", "JP"]).steps
    assert step.send is not None
    assert (step.send.sender, step.send.to) == ("KE", ("MX", "AR")), "AR alone is not cleared"

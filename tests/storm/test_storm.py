"""The storm itself: stories that are whole, weather that can be written down, and mistakes that do not get through."""

from dataclasses import replace
from pathlib import Path

import pytest
from mutants import MUTANTS, Mutant

from i247sim.exercise.loader import loads
from i247sim.exercise.report import Finished
from i247sim.exercise.storm import campaign, story, weather
from i247sim.exercise.storm.campaign import Storm
from i247sim.exercise.storm.judge import Case, judge, read
from i247sim.exercise.storm.shrink import shrink
from i247sim.exercise.storm.weather import CALM, Weather
from i247sim.vocabulary.errors import InputError


def test_a_seed_tells_the_same_story_every_time_and_another_seed_another_one() -> None:
    texts = [Case.of(seed).text() for seed in (1, 2, 1)]
    assert texts[0] == texts[2] != texts[1]


@pytest.mark.parametrize("seed", range(6))
def test_every_story_is_a_scenario_without_mistakes(seed: int) -> None:
    told = story.draw(seed, length=30)
    assert len(loads(told.text().encode()).timeline) == sum(len(act) for act in told.acts)


@pytest.mark.deep
def test_a_thousand_stories_are_scenarios_without_mistakes() -> None:
    for seed in range(1000):
        loads(story.draw(seed).text().encode())


@pytest.mark.parametrize("drawn", [CALM, *map(weather.draw, range(20))], ids=lambda one: f"weather of {one.seed}")
def test_weather_can_be_written_down_and_read_back(drawn: Weather) -> None:
    assert weather.read(drawn.text()) == drawn


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"rain": 1}',
        '{"drop": 2}',
        '{"drop": -0.1}',
        '{"hub_dies": [0]}',
        '{"seed": "x"}',
        '{"stops": 3}',
    ],
)
def test_what_is_no_weather_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no weather of a storm"):
        weather.read(text)


def test_a_file_of_a_case_is_a_scenario_and_names_its_weather(tmp_path: Path) -> None:
    case = Case.of(3)
    file = tmp_path / "case.yaml"
    file.write_text(case.text(("It ends badly",)), encoding="utf-8")
    assert read(file) == (case.text(("It ends badly",)), case.weather)
    file.write_text(case.story.text(), encoding="utf-8")
    assert read(file)[1] == CALM


def test_a_short_case_has_nothing_in_it_that_the_failure_does_not_need() -> None:
    case = Case.of(5)
    case = replace(case, story=story.draw(5, length=30), weather=replace(case.weather, hub_dies=(3, 9), drop=0.2))
    needed = (case.story.acts[4], case.story.acts[17])

    def fails(one: Case) -> bool:
        return all(act in one.story.acts for act in needed) and 9 in one.weather.hub_dies

    short = shrink(case, fails)
    assert short.story.acts == needed
    assert short.weather == replace(CALM, seed=5, hub_dies=(9,))
    assert set(short.story.head) == {"title", "aim", "seed", "participants"}


def test_no_more_questions_are_asked_than_allowed() -> None:
    asked = 0

    def fails(one: Case) -> bool:
        nonlocal asked
        asked += 1
        return True

    shrink(Case.of(5), fails, tries=7)
    assert asked == 7


@pytest.mark.parametrize("seed", [7, 11])
def test_a_network_in_a_storm_does_what_it_does_in_calm_weather(seed: int) -> None:
    case = Case.of(seed)
    outcome = judge(case.text(), case.weather, seed)
    assert outcome.problems == ()
    assert outcome.counts["sent"] > 0


@pytest.mark.parametrize("file", sorted((Path(__file__).parent / "found").glob("*.yaml")), ids=lambda file: file.stem)
def test_what_a_storm_has_found_is_not_found_again(file: Path) -> None:
    assert judge(*read(file)).problems == ()


@pytest.mark.deep
@pytest.mark.parametrize("passed", range(16, 48))
def test_when_the_broker_dies_once_more_does_not_decide_what_a_bar_hits(passed: int) -> None:
    text, _ = read(Path(__file__).parent / "found" / "a-bar-behind-a-letter.yaml")
    assert judge(text, Weather(seed=1, broker_dies=(passed,))).problems == ()


def test_a_message_to_a_group_without_anybody_else_is_a_mistake_with_its_line() -> None:
    lonely = """- {at: T+1d, send: {from: FR, kind: INFO_REQUEST, to: [mena], purpose: warn, subject: s}}"""
    head = "title: t\naim: a\nparticipants: {bureaus: [FR, NO]}\ntimeline:\n"
    with pytest.raises(InputError, match="nobody else here belongs to mena"):
        loads((head + lonely + "\n").encode())


@pytest.mark.parametrize("mutant", MUTANTS[1:3], ids=lambda mutant: mutant.says)
def test_a_planted_mistake_is_found(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.plant(monkeypatch)
    case = Case.of(mutant.seed)
    assert mutant.found(judge(case.text(), case.weather).problems)


@pytest.mark.deep
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.says)
def test_a_planted_mistake_is_found_made_short_and_happens_again_from_its_file(
    mutant: Mutant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mutant.plant(monkeypatch)
    heard: list[Storm] = []
    storm = campaign.run(mutant.seed, 1, 1, tmp_path, heard.append)
    assert [outcome.seed for outcome in storm.failed] == [mutant.seed]
    (file,) = storm.files
    text, sky = read(file)
    assert mutant.found(judge(text, sky).problems)
    assert len(loads(text.encode()).timeline) <= 4
    monkeypatch.undo()
    assert judge(text, sky).problems == ()


@pytest.mark.deep
def test_two_processes_judge_as_one_does(tmp_path: Path) -> None:
    alone = campaign.run(1, 6, 1, tmp_path, lambda storm: None)
    together = campaign.run(1, 6, 2, tmp_path, lambda storm: None)
    assert not alone.failed
    assert not together.failed
    assert alone.counts["sent"] == together.counts["sent"]


def test_a_run_that_goes_round_in_circles_is_a_failure_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async def circles(*_: object) -> Finished:
        while True:
            pass

    monkeypatch.setattr("i247sim.exercise.storm.judge.play", circles)
    outcome = campaign._within(0.2, Case.of(1), 1)
    assert [one.kind for one in outcome.problems] == ["endless"]

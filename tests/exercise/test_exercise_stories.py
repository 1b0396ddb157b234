"""The shipped stories, rehearsed: each goes as it expects, teaches what it says, and fails without what it is about."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from i247sim.exercise.catalogue import files, find, folder
from i247sim.exercise.conditions import milestones
from i247sim.exercise.expectations import evaluate
from i247sim.exercise.faults import Cut
from i247sim.exercise.loader import load
from i247sim.exercise.rehearsal import Rehearsed, rehearse
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.transcript import Transcript
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Classification, NoticeType

NAMES = [path.stem for path in files()]
TOUR = [path.stem for path in files() if path.parent == folder()]
CASES = [name for name in NAMES if name not in TOUR]
FEW = 4
MESSAGES = 10
"""How many a story has at least: less is a picture, not a story."""


@cache
def rehearsed(name: str) -> tuple[Scenario, Rehearsed]:
    scenario = load(find(name))
    return scenario, rehearse(scenario, Engine(Rulebook.load(scenario.rules)))


def failing(scenario: Scenario) -> set[str]:
    """What is not met when this is played."""
    transcript = rehearse(scenario, Engine(Rulebook.load(scenario.rules))).transcript
    return {result.expectation.says for result in evaluate(scenario, transcript) if not result.passed}


@pytest.mark.parametrize("name", NAMES)
def test_a_story_goes_as_it_expects(name: str) -> None:
    scenario, played = rehearsed(name)
    results = evaluate(scenario, played.transcript)
    assert [(one.expectation.says, one.evidence) for one in results if not one.passed] == []
    assert [
        one.milestone.says for one in milestones(scenario.milestones, played.sent, played.ways) if not one.reached
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_expectation_fails_if_nothing_happens_unless_it_counts_to_nothing(name: str) -> None:
    for result in evaluate(rehearsed(name)[0], Transcript()):
        counted = result.expectation.count
        assert result.passed == (counted is not None and counted.exactly == 0)


@pytest.mark.parametrize("name", TOUR)
def test_a_story_teaches(name: str) -> None:
    """Every send has a label to speak of, most steps have a note, and expectations say yes and no."""
    scenario, played = rehearsed(name)
    assert len(played.sent) >= MESSAGES
    assert all(step.label for step in scenario.timeline if step.send)
    assert sum(step.note is not None for step in scenario.timeline) >= len(scenario.timeline) // 2
    outcomes = {one.access.is_ for one in scenario.expect if one.access}
    assert {"opened", "refused", "not-addressed"} <= outcomes


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_a_title_page_and_says_which_rules_it_is_about(name: str) -> None:
    """That an expectation fails without each of these rules is for the analysis to find (``about``)."""
    scenario, played = rehearsed(name)
    assert scenario.briefing is not None
    assert scenario.about
    assert len(scenario.expect) >= FEW
    assert len(played.sent) >= FEW
    assert any((one.access and one.access.is_ != "opened") or one.count for one in scenario.expect), "only good news"


@pytest.mark.parametrize("name", TOUR)
def test_a_story_says_that_it_is_fictional_and_has_a_title_page_for_instructors(name: str) -> None:
    head = find(name).read_text(encoding="utf-8").split("title:")[0]
    assert "are fictional" in head
    assert rehearsed(name)[0].briefing is not None


def without_restrictions(scenario: Scenario) -> dict[str, object]:
    return {"restrictions": {}}


def without_acceptances(scenario: Scenario) -> dict[str, object]:
    return {"acceptances": {}}


def without_measures(scenario: Scenario) -> dict[str, object]:
    return {"measures": {}}


def without_rules(scenario: Scenario) -> dict[str, object]:
    return {"rules": ()}


def without_cuts(scenario: Scenario) -> dict[str, object]:
    return {"timeline": tuple(step for step in scenario.timeline if not isinstance(step.verb, Cut))}


def without_correction(scenario: Scenario) -> dict[str, object]:
    return {"timeline": tuple(step for step in scenario.timeline if step.label != "put-right")}


def everybody_cleared(scenario: Scenario) -> dict[str, object]:
    cleared = dict.fromkeys(scenario.parties(), Classification.CONFIDENTIAL)
    return {"participants": scenario.participants.model_copy(update={"clearances": cleared})}


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("red-notice", without_restrictions, "Norway never sees the notice, because the source has barred it"),
        ("red-notice", without_cuts, "While Argentina is offline, the notice waits for it"),
        ("who-can-read", without_restrictions, "Norway does not get the warning: the source has barred it"),
        (
            "who-can-read",
            without_acceptances,
            "Brazil does not get the warning: it does not accept diffusions from France",
        ),
        ("who-can-read", without_measures, "Iceland does not get the warning: it is disconnected"),
        ("who-can-read", everybody_cleared, "Kenya does not get the warning: its clearance is too low"),
        ("stolen-passport", without_measures, "A bureau without the right to record enters nothing"),
        ("stolen-passport", without_rules, "The airline may not ask for another purpose than boarding"),
        ("trafficking-ring", everybody_cleared, "Greece does not get the plan: its clearance is too low"),
        ("trafficking-ring", without_restrictions, "Hungary asks for the victim, and is told that there is no record"),
        (
            "trafficking-ring",
            without_restrictions,
            "What Austria passes on does not arrive: the record is Sweden's, and Sweden bars Hungary",
        ),
        ("trafficking-ring", without_cuts, "The report of the arrests waits for Italy, whose line is down"),
        ("under-measures", without_correction, "After the supervision nothing is held"),
        ("world-alert", without_restrictions, "Monaco does not get the notice: the source bars it"),
        ("world-alert", without_measures, "Iceland does not get the notice: it is disconnected"),
        ("world-alert", without_cuts, "For Kiribati the notice still waits at the end"),
    ],
    ids=lambda value: value.__name__ if callable(value) else str(value),
)
def test_without_what_it_is_about_an_expectation_fails(
    name: str, change: Callable[[Scenario], dict[str, object]], says: str
) -> None:
    scenario, _ = rehearsed(name)
    assert says in failing(scenario.model_copy(update=change(scenario)))


def test_who_can_read_shows_six_different_answers() -> None:
    scenario, played = rehearsed("who-can-read")
    warning = played.transcript.named("warning")
    assert warning is not None
    answers = {one.party: (one.outcome, one.code) for one in warning.decisions if one.party != "IPSG"}
    assert len(answers) == 5
    assert len(set(answers.values())) == 5
    assert "AU" not in warning.addressees
    assert len(scenario.participants.bureaus) - 1 == 6


def test_red_notice_story_bars_norway_from_everything_of_the_source() -> None:
    scenario, _ = rehearsed("red-notice")
    assert [bar.whom for bar in scenario.restrictions["FR"]] == ["NO"]
    assert all(bar.scope.model_dump(exclude_none=True) == {} for bar in scenario.restrictions["FR"])


def test_the_world_alert_reaches_all_members_but_those_it_names() -> None:
    scenario, played = rehearsed("world-alert")
    notice = played.transcript.named("IPSG:NOTICE_PUBLISHED")
    assert notice is not None
    assert set(notice.addressees) == set(scenario.participants.bureaus)
    ends = {party: notice.outcome(party) for party in notice.addressees}
    left = {party: (end.outcome, end.code) for party, end in ends.items() if end and end.outcome is not Outcome.OPENED}
    assert left == {
        "KI": (Outcome.QUEUED, None),
        "IS": (Outcome.REFUSED, Code.ADDR),
        "MC": (Outcome.REFUSED, Code.RESTRICT),
    }


def test_the_world_acknowledges_in_its_languages() -> None:
    """One duty in four languages; the Pacific and Japan have other words."""
    _, played = rehearsed("world-alert")
    receipts = [row for row in played.transcript.messages() if row.kind is Kind.INFO_REPLY and row.answers == "IPSG#1"]
    assert len({row.plaintext for row in receipts}) == 4 + 1 + 1
    by_party = {row.sender: row.plaintext for row in receipts}
    assert by_party["SN"] == by_party["FR"] != by_party["MX"] == by_party["ES"] != by_party["QA"] != by_party["SE"]


def test_the_victims_name_travels_only_sealed_to_the_databases() -> None:
    scenario, _ = rehearsed("trafficking-ring")
    named = [step.label for step in scenario.timeline if "Vittima" in step.model_dump_json()]
    assert named == ["she-is-asked-for"]


def test_a_notice_is_asked_for_in_every_working_language() -> None:
    scenario, _ = rehearsed("world-alert")
    (notice,) = [step.send.notice for step in scenario.timeline if step.send and step.send.notice]
    assert notice.type is NoticeType.ORANGE
    assert set(notice.translations or {}) == {"ar", "es", "fr"}


@pytest.mark.deep
def test_every_rule_that_refuses_is_met_in_a_case_or_by_a_cheat_at_the_hub() -> None:
    """None is dead. Nobody can run into ``ADDR-NAMED`` at all: it answers whoever asks about somebody not addressed."""
    met = {
        rule
        for name in NAMES
        for row in rehearsed(name)[1].transcript.messages()
        for decision in row.decisions
        for rule in decision.rules
    }
    for name in NAMES:
        met |= set(rehearsed(name)[0].about)
    cheats = (Path(__file__).parents[1] / "hub" / "test_hub_cheats.py").read_text(encoding="utf-8")
    refuse = [rule.id for rule in Rulebook.load().rules.values() if rule.code is not None]
    assert [rule for rule in refuse if rule not in met and f'("{rule}", Code.' not in cheats] == ["ADDR-NAMED"]

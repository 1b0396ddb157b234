"""What the reviewing task force decides, asks, and leaves to a person."""

from dataclasses import replace
from datetime import timedelta

import pytest
from office_cases import ADA, NOON, NOTICE, ORANGE, happen, header

from i247sim.node.actions import Action, Decide, Remark, Schedule, Send
from i247sim.node.events import CauseDue, MessageOpened
from i247sim.secretariat.review import COLOURS, missing_from
from i247sim.secretariat.reviewer import ReviewerCore
from i247sim.secretariat.reviewing import Reviewing
from i247sim.secretariat.screening import flags
from i247sim.vocabulary.casefacts import (
    Artwork,
    Assessment,
    Asset,
    Body,
    Judicial,
    MissingReport,
    ModusOperandi,
    Sanction,
)
from i247sim.vocabulary.contents import Notice
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import NoticeRef, NoticeType
from i247sim.vocabulary.rulings import Ruling, Word


def review(notice: Notice, **how: object) -> tuple[Schedule, Decide]:
    core = ReviewerCore("NDTF", 1, Reviewing((60, 600), **how))
    _clock, plan = core.handle(MessageOpened(header("FR", Kind.NOTICE_REQUEST), notice), NOON)
    assert isinstance(plan, Schedule)
    _clock, decision = core.handle(CauseDue(plan.cause), NOON + plan.after)
    assert isinstance(decision, Decide)
    return plan, decision


def test_a_complete_request_is_published_if_the_scenario_wants_it() -> None:
    plan, decision = review(NOTICE)
    assert timedelta(seconds=60) <= plan.after <= timedelta(seconds=600)
    assert (decision.publish, decision.code, decision.missing, decision.notice) == (True, None, (), NOTICE)


def test_the_scenario_may_refuse_a_complete_request_with_a_reason() -> None:
    _, decision = review(NOTICE, publish=False, code=Code.ART3)
    assert (decision.publish, decision.code, decision.missing) == (False, Code.ART3, ())


def test_an_incomplete_request_is_refused_with_all_that_is_missing() -> None:
    bare = Notice(
        type="red", subject="s", judicial=Judicial(facts=" ", charge="c", law="l", warrant=" ", issued_by="x")
    )
    _, decision = review(bare)
    assert (decision.publish, decision.code) == (False, Code.DATA)
    assert [text.split()[0].rstrip(":") for text in decision.missing] == [
        "person",
        "facts",
        "warrant",
        "threshold",
        "assurance",
    ]


def test_a_lack_of_data_comes_before_the_scenarios_reason() -> None:
    _, decision = review(NOTICE.model_copy(update={"person": None}), publish=False, code=Code.ART3)
    assert decision.code is Code.DATA


@pytest.mark.parametrize(
    ("judicial", "missing"),
    [
        pytest.param({"max_penalty_months": 24}, False, id="two years"),
        pytest.param({"max_penalty_months": 23}, True, id="a month less"),
        pytest.param({"max_penalty_months": None, "sentence_left_months": 6}, False, id="half a year left"),
        pytest.param({"max_penalty_months": None, "sentence_left_months": 5}, True, id="five months left"),
        pytest.param({"max_penalty_months": None}, True, id="neither"),
    ],
)
def test_the_thresholds_of_article_83(judicial: dict, missing: bool) -> None:
    assert NOTICE.judicial is not None
    notice = NOTICE.model_copy(update={"judicial": NOTICE.judicial.model_copy(update=judicial)})
    assert any("threshold" in text for text in review(notice)[1].missing) == missing


@pytest.mark.parametrize(
    ("person", "missing"),
    [
        pytest.param({}, False, id="sex and fingerprints"),
        pytest.param({"sex": "U"}, True, id="sex unknown"),
        pytest.param({"sex": "U", "photo": True}, False, id="a photograph and fingerprints"),
        pytest.param({"fingerprints": False}, True, id="nothing further"),
        pytest.param({"fingerprints": False, "photo": True}, True, id="a photograph alone"),
        pytest.param({"fingerprints": False, "description": "tall"}, False, id="a description"),
    ],
)
def test_the_identifiers_of_article_83(person: dict, missing: bool) -> None:
    notice = NOTICE.model_copy(update={"person": ADA.model_copy(update=person)})
    assert any(text.startswith("identity") for text in review(notice)[1].missing) == missing


def test_delays_are_the_same_for_the_same_seed_and_count_per_request() -> None:
    def waits(seed: int) -> list[Action]:
        core = ReviewerCore("NDTF", seed, Reviewing((60, 6000)))
        return [
            replace(plan, cause=None)
            for number in range(1, 4)
            for plan in core.handle(MessageOpened(header("FR", Kind.NOTICE_REQUEST, number), NOTICE), NOON)
            if isinstance(plan, Schedule)
        ]

    assert waits(1) == waits(1)
    assert waits(1) != waits(2)
    assert len({plan.after for plan in waits(1) if isinstance(plan, Schedule)}) == 3


@pytest.mark.parametrize(
    ("text", "publish"), [("Wires at the side. Do not move it.", True), ("", False), (" \n", False)]
)
def test_an_orange_notice_says_how_to_know_the_threat(text: str, publish: bool) -> None:
    _, decision = review(ORANGE.model_copy(update={"text": text}))
    assert decision.publish is publish
    assert (decision.code, bool(decision.missing)) == ((None, False) if publish else (Code.DATA, True))


# --- every colour

GIVEN = {
    "blue": Notice(type="blue", subject="s", text="facts of the case", seeks="whereabouts",
                   person=ADA.model_copy(update={"status": "suspect"})),
    "green": Notice(type="green", subject="s", person=ADA,
                    assessment=Assessment(authority="a ministry", grounds="three convictions")),
    "yellow": Notice(type="yellow", subject="s", person=ADA.model_copy(update={"born": "2015", "photo": True}),
                     missing=MissingReport(recorded_by="a police post", recorded_on="2026-03-01")),
    "black": Notice(type="black", subject="s",
                    body=Body(recorded_by="a police post", found_at="a harbour", found_on="2026-02-27", dna=True)),
    "purple": Notice(type="purple", subject="s", modus=ModusOperandi(
        crime="smuggling", method="hollow fruit", description="wax over a drilled hole", case="closed")),
    "orange": ORANGE,
    "stolen-art": Notice(type="stolen-art", subject="s", artwork=Artwork(
        title="The Invented Lake", kind="painting", description="a lake", stolen_on="2026", stolen_from="a museum",
        country="FR")),
    "un-special": Notice(type="un-special", subject="s", sanction=Sanction(
        committee="Exercise Committee", listing="EXi.001", measures=("assets-freeze",), entity="Fictional Trading")),
    "silver": Notice(type="silver", subject="s", person=ADA, judicial=NOTICE.judicial,
                     assets=(Asset(kind="account", description="an account", link="bribes were paid into it"),)),
    "red": NOTICE,
}  # fmt: skip
"""A complete notice of every colour."""


def test_every_colour_has_its_conditions() -> None:
    assert set(COLOURS) == set(NoticeType) == {NoticeType(one) for one in GIVEN}


@pytest.mark.parametrize("colour", GIVEN)
def test_a_complete_notice_of_every_colour_lacks_nothing_and_is_published(colour: str) -> None:
    assert missing_from(GIVEN[colour]) == ()
    assert review(GIVEN[colour])[1].publish


@pytest.mark.parametrize("colour", GIVEN)
def test_a_bare_notice_of_every_colour_is_told_all_that_it_lacks(colour: str) -> None:
    _, decision = review(Notice(type=colour, subject="s"))
    wanted = {"blue": 3, "green": 2, "yellow": 2, "silver": 3, "red": 3}.get(colour, 1)
    assert (decision.publish, decision.code, len(decision.missing)) == (False, Code.DATA, wanted)


@pytest.mark.parametrize(
    ("colour", "update", "missing"),
    [
        pytest.param("blue", {"person": ADA}, "status", id="blue without a status"),
        pytest.param("blue", {"seeks": None}, "seeks", id="blue without a question"),
        pytest.param("green", {"assessment": Assessment(authority="a", grounds=" ")}, "grounds", id="no grounds"),
        pytest.param("yellow", {"person": ADA}, "adult", id="a missing adult without a look at privacy law"),
        pytest.param("yellow", {"missing": None}, "report", id="nobody has reported it"),
        pytest.param("black", {"person": ADA}, "no person", id="a dead body with a name"),
        pytest.param("purple", {"modus": GIVEN["purple"].modus.model_copy(update={"widely_known": True})},
                     "widely known", id="a method that everybody knows"),
        pytest.param("purple", {"modus": GIVEN["purple"].modus.model_copy(update={"case": "open-serious"})},
                     "more detail", id="an open case in few words"),
        pytest.param("un-special", {"person": ADA}, "exactly one", id="a person and an entity"),
        pytest.param("un-special", {"sanction": GIVEN["un-special"].sanction.model_copy(update={"measures": ()})},
                     "measures", id="a listing without measures"),
        pytest.param("silver", {"assets": ()}, "assets", id="no assets"),
        pytest.param("blue", {"public": True}, "public", id="a public extract of a blue notice"),
        pytest.param("red", {"public": True, "circulation": ("BR",)}, "public", id="public and for some alone"),
        pytest.param("red", {"until": "2026-02-30"}, "no day", id="an end on a day that is none"),
    ],
)  # fmt: skip
def test_one_thing_that_is_wrong_is_named_alone(colour: str, update: dict, missing: str) -> None:
    (found,) = missing_from(GIVEN[colour].model_copy(update=update))
    assert missing in found


def test_an_adult_is_looked_for_where_privacy_law_allows_it() -> None:
    report = MissingReport(recorded_by="a post", recorded_on="2026-03-01", adult_may_be_sought=True)
    assert missing_from(GIVEN["yellow"].model_copy(update={"person": ADA, "missing": report})) == ()


# --- Articles 2 and 3, refugees

POLITICAL = NOTICE.model_copy(
    update={
        "judicial": NOTICE.judicial.model_copy(update={"charge": "Calls for unrest", "facts": "A journalist wrote."})
    }
)


def test_what_is_flagged_waits_for_a_person_and_nothing_is_decided() -> None:
    core = ReviewerCore("NDTF", 1)
    found, _ = happen(core, MessageOpened(header("FR", Kind.NOTICE_REQUEST), POLITICAL))
    _started, _stopped, remark = found
    assert isinstance(remark, Remark)
    assert "R-ART3 in judicial charge" in remark.text
    assert "journalist" not in remark.text


@pytest.mark.parametrize(
    ("word", "code", "publish"),
    [pytest.param(Word.PUBLISH, None, True, id="publishes"), pytest.param(Word.REFUSE, Code.ART3, False, id="refuses")],
)
def test_a_person_decides_on_what_is_flagged(word: Word, code: Code | None, publish: bool) -> None:
    core = ReviewerCore("NDTF", 1)
    request = header("FR", Kind.NOTICE_REQUEST)
    happen(core, MessageOpened(request, POLITICAL))
    (decision,) = core.handle(CauseDue(Ruling(word, request.own_ref, code=code)), NOON)
    assert isinstance(decision, Decide)
    assert (decision.publish, decision.code) == (publish, code)
    (again,) = core.handle(CauseDue(Ruling(word, request.own_ref, code=code)), NOON)
    assert isinstance(again, Remark)


def test_a_person_may_be_faster_than_the_desk() -> None:
    core = ReviewerCore("NDTF", 1)
    request = header("FR", Kind.NOTICE_REQUEST)
    _clock, plan = core.handle(MessageOpened(request, NOTICE), NOON)
    core.handle(CauseDue(Ruling(Word.REFUSE, request.own_ref, code=Code.ART2)), NOON)
    assert core.handle(CauseDue(plan.cause), NOON + plan.after) == []


def test_not_even_a_person_publishes_what_lacks_minimum_data() -> None:
    core = ReviewerCore("NDTF", 1)
    request = header("FR", Kind.NOTICE_REQUEST)
    core.handle(MessageOpened(request, Notice(type="red", subject="s")), NOON)
    _clock, decision = core.handle(CauseDue(Ruling(Word.PUBLISH, request.own_ref)), NOON)
    assert (decision.publish, decision.code, len(decision.missing)) == (False, Code.DATA, 3)


URGENT = {"urgency": "very-urgent", "urgency_reason": "risk-to-life"}


@pytest.mark.parametrize(
    ("fields", "after", "until", "taken"),
    [
        pytest.param({}, 1800, "2026-03-03T12:00:00Z", "after 30 min", id="a day"),
        pytest.param(URGENT, 1800, "2026-03-02T14:00:00Z", "after 30 min", id="two hours, for a life at risk"),
        pytest.param(URGENT, 3 * 3600, "2026-03-02T14:00:00Z", "after 3 h; too late", id="too late"),
    ],
)
def test_the_first_check_has_a_clock(fields: dict, after: int, until: str, taken: str) -> None:
    core = ReviewerCore("NDTF", 1, Reviewing((after, after)))
    request = header("FR", Kind.NOTICE_REQUEST, **fields)
    found, _ = happen(core, MessageOpened(request, POLITICAL))
    started, stopped, waits = (one.text for one in found)
    assert started == f"clock started: first check of {request.own_ref}; due at {until}"
    assert stopped == f"clock stopped: first check of {request.own_ref}, {taken}"
    assert "waits for a person" in waits
    (decision,) = core.handle(CauseDue(Ruling(Word.PUBLISH, request.own_ref)), NOON + timedelta(days=2))
    assert isinstance(decision, Decide)  # a person's time has no clock; the first check is over


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        pytest.param({"flagged": "publish"}, True, id="publish"),
        pytest.param({"flagged": "refuse"}, False, id="refuse"),
    ],
)
def test_a_script_may_say_beforehand_what_the_person_says(how: dict, kind: bool) -> None:
    found, _ = happen(
        ReviewerCore("NDTF", 1, Reviewing(**how)), MessageOpened(header("FR", Kind.NOTICE_REQUEST), POLITICAL)
    )
    assert [one.publish for one in found if isinstance(one, Decide)] == [kind]


@pytest.mark.parametrize(
    ("how", "notice", "words"),
    [
        pytest.param({"flagged": "ask"}, POLITICAL, "own acts", id="flagged"),
        pytest.param({"incomplete": "ask"}, Notice(type="red", subject="s"), "assurance", id="incomplete"),
    ],
)
def test_the_requester_may_be_asked_instead(how: dict, notice: Notice, words: str) -> None:
    request = header("FR", Kind.NOTICE_REQUEST)
    found, _ = happen(ReviewerCore("NDTF", 1, Reviewing(**how)), MessageOpened(request, notice))
    (sent,) = [one.draft for one in found if isinstance(one, Send)]
    assert (sent.kind, sent.to, sent.your_ref) == (Kind.NOTICE_QUERY, ("FR",), request.own_ref)
    assert words in sent.content.text


@pytest.mark.parametrize(
    ("update", "codes"),
    [
        pytest.param({"charge": "Armed robbery"}, [], id="robbery"),
        pytest.param({"charge": "Offence against public order"}, [Code.ART3], id="public order"),
        pytest.param({"charge": "Désertion: he deserted"}, [Code.ART3], id="desertion"),
        pytest.param({"charge": "Blasphemy"}, [Code.ART3], id="blasphemy"),
        pytest.param({"facts": "Convicted in absentia by a military court"}, [Code.ART2], id="no fair trial"),
        pytest.param({"charge": "Adultery"}, [Code.ART2], id="a private matter"),
        pytest.param({"facts": "He has claimed asylum elsewhere"}, [Code.REFUGEE], id="a refugee"),
        pytest.param({"facts": "نشاط سياسي"}, [Code.ART3], id="Arabic"),
    ],
)
def test_what_a_reviewer_must_look_at(update: dict, codes: list[Code]) -> None:
    judicial = Judicial(**{**NOTICE.judicial.model_dump(), "facts": "He took money.", "charge": "Theft", **update})
    found = flags(NOTICE.model_copy(update={"judicial": judicial}), "FR")
    assert [one.code for one in found] == codes


def test_a_protected_person_is_flagged_against_the_feared_country_alone() -> None:
    protected = [("fiction", "1980-01-02", "FR")]
    assert [one.code for one in flags(NOTICE, "FR", protected)] == [Code.REFUGEE]
    assert flags(NOTICE, "DE", protected) == ()
    assert [one.code for one in flags(NOTICE, "FR-cdg-border", protected)] == [Code.REFUGEE]


# --- the pilot's number

SILVER = Notice(
    type="silver",
    subject="a villa",
    person=ADA,
    judicial=NOTICE.judicial,
    assets=(Asset(kind="real-estate", description="a villa", link="bought with it"),),
)


@pytest.mark.parametrize(
    ("before", "notice", "number", "ruled", "publish"),
    [
        pytest.param(499, SILVER, None, False, True, id="the last one"),
        pytest.param(500, SILVER, None, False, False, id="one too many"),
        pytest.param(500, SILVER, None, True, False, id="one too many, for a person too"),
        pytest.param(500, SILVER, "2026/1", False, True, id="an update is no more"),
        pytest.param(500, NOTICE, None, False, True, id="another colour"),
    ],
)
def test_the_pilot_has_its_number(before: int, notice: Notice, number: str | None, ruled: bool, publish: bool) -> None:
    core = ReviewerCore("NDTF", 1, Reviewing((60, 600), silver_before=before))
    asked = header("IT", Kind.NOTICE_REQUEST, notice=NoticeRef(type=notice.type, id=number))
    _clock, plan = core.handle(MessageOpened(asked, notice), NOON)
    cause = Ruling(Word.PUBLISH, asked.own_ref) if ruled else plan.cause
    _clock, decision = core.handle(CauseDue(cause), NOON + plan.after)
    assert (decision.publish, decision.code) == (publish, None if publish else Code.RATE)
    assert bool(decision.missing) != publish


def test_the_pilots_number_counts_what_this_exercise_publishes() -> None:
    core = ReviewerCore("NDTF", 1, Reviewing((60, 600), silver_before=498))
    found = []
    for number in range(1, 5):
        asked = header("IT", Kind.NOTICE_REQUEST, number, notice=NoticeRef(type="silver"))
        _clock, plan = core.handle(MessageOpened(asked, SILVER), NOON)
        found += [one.publish for one in core.handle(CauseDue(plan.cause), NOON) if isinstance(one, Decide)]
    assert found == [True, True, False, False]

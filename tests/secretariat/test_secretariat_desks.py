"""Diffusions, complaints, measures and the Commission: what the desks do, and what they leave to a person."""

from datetime import timedelta

import pytest
from office_cases import ADA, NOON, NOTICE, directory, happen, header
from pydantic import ValidationError

from i247sim.node.actions import Declare, Remark, Schedule, Send
from i247sim.node.events import CauseDue, MessageOpened, MessageUnreadable, StatementTold
from i247sim.secretariat.commission import DAY, MAX_DECIDE, CommissionCore, Commissioning
from i247sim.secretariat.core import SecretariatCore
from i247sim.secretariat.diffusions import DiffusionState
from i247sim.secretariat.reviewing import Reviewing
from i247sim.vocabulary.casefacts import Asset
from i247sim.vocabulary.contents import (
    Diffusion,
    FileDecision,
    FileReport,
    FileRequest,
    Note,
    NoticeVerdict,
    RefugeeStatus,
)
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.frames import Release
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Addressee, Header, NoticeReason, NoticeRef
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.rulings import Ruling, Word
from i247sim.vocabulary.statements import Bar, Bars, MeasureSet

WANTED = Diffusion(subject="wanted", text="He robbed a bank.")
POLITICAL = Diffusion(subject="wanted", text="A member of the opposition.")


def diffusion(sender: str = "FR", purpose: str = "wanted-person", number: int = 1) -> Header:
    to = tuple(Addressee(party=one, key="0" * 16) for one in ("IPSG", "BR", "DE"))
    return header(sender, Kind.DIFFUSION, number, purpose=purpose, to=to)


def desk(**how: object) -> SecretariatCore:
    return SecretariatCore(directory(), 1, reviewing=Reviewing(**how))


def drafts(found: list) -> list[Draft]:
    return [one.draft for one in found if isinstance(one, Send)]


# --- diffusions


@pytest.mark.parametrize(
    ("content", "how", "kind"),
    [
        pytest.param(WANTED, {}, Kind.DIFFUSION_CLEARED, id="nothing against it"),
        pytest.param(WANTED, {"publish": False, "code": Code.ART3}, Kind.DIFFUSION_CANCEL, id="the exercise's will"),
        pytest.param(POLITICAL, {}, None, id="flagged: it waits"),
        pytest.param(POLITICAL, {"flagged": "refuse"}, Kind.DIFFUSION_CANCEL, id="flagged, and a script refuses"),
        pytest.param(WANTED.model_copy(update={"person": ADA}), {}, Kind.DIFFUSION_CANCEL, id="no judicial data"),
        pytest.param(WANTED.model_copy(update={"person": ADA, "judicial": NOTICE.judicial}), {},
                     Kind.DIFFUSION_CLEARED, id="complete"),
    ],
)  # fmt: skip
def test_a_diffusion_about_a_wanted_person_is_reviewed_and_all_are_told(
    content: Diffusion, how: dict, kind: Kind | None
) -> None:
    found, _ = happen(desk(**how), MessageOpened(diffusion(), content))
    told = drafts(found)
    assert [one.kind for one in told] == ([kind] if kind else [])
    assert all(one.to == ("BR", "DE", "FR") for one in told)
    if kind is None:
        (remark,) = found
        assert isinstance(remark, Remark)
        assert "waits for a person" in remark.text


BARE = Diffusion(subject="a man", person=ADA.model_copy(update={"fingerprints": False}))


@pytest.mark.parametrize(
    ("state", "content", "said", "cancelled"),
    [
        pytest.param(State.MONITORED, WANTED, "nothing against it", False, id="in order"),
        pytest.param(State.MONITORED, POLITICAL, "waits for a person", False, id="flagged: a person decides"),
        pytest.param(State.MONITORED, BARE, "is cancelled (E-DATA)", True, id="too little to find anybody by"),
        pytest.param(State.ACTIVE, BARE, "", False, id="of nobody else"),
    ],
)
def test_of_a_bureau_under_spot_checks_every_diffusion_is_looked_at(
    state: State, content: Diffusion, said: str, cancelled: bool
) -> None:
    core = desk()
    core.handle(StatementTold("IPSG", MeasureSet(party="FR", state=state)), NOON)
    found, _ = happen(core, MessageOpened(diffusion(purpose="locate"), content))
    assert [one.kind for one in drafts(found)] == ([Kind.DIFFUSION_CANCEL] if cancelled else [])
    remarks = [one.text for one in found if isinstance(one, Remark)]
    assert len(remarks) == bool(said)
    assert all(said in text for text in remarks)


def test_a_person_who_is_faster_than_a_spot_check_has_decided() -> None:
    core = desk()
    core.handle(StatementTold("IPSG", MeasureSet(party="FR", state=State.MONITORED)), NOON)
    (plan,) = core.handle(MessageOpened(diffusion(purpose="locate"), BARE), NOON)
    core.handle(CauseDue(Ruling(Word.CANCEL, diffusion().own_ref, code=Code.ART3)), NOON)
    assert core.handle(CauseDue(plan.cause), NOON + plan.after) == []


@pytest.mark.parametrize(
    ("sender", "of", "reviewed"),
    [
        pytest.param("FR", "FR-2026-000001", False, id="its own"),
        pytest.param("BR", "FR-2026-000001", True, id="somebody else's"),
        pytest.param("FR", "FR-2026-000008", True, id="another one"),
    ],
)
def test_what_its_sender_has_recalled_is_not_reviewed(sender: str, of: str, reviewed: bool) -> None:
    core = desk()
    (plan,) = core.handle(MessageOpened(diffusion(), WANTED), NOON)
    recall = header(sender, Kind.DIFFUSION_CANCEL, 9, purpose="wanted-person", your_ref=of)
    core.handle(MessageOpened(recall, Note(subject="please delete it")), NOON)
    assert bool(drafts(core.handle(CauseDue(plan.cause), NOON + plan.after))) == reviewed


def test_other_diffusions_are_not_reviewed() -> None:
    assert happen(desk(), MessageOpened(diffusion(purpose="warn"), POLITICAL))[0] == []


@pytest.mark.parametrize(
    ("word", "kind", "state"),
    [
        pytest.param(Word.CLEAR, Kind.DIFFUSION_CLEARED, DiffusionState.CLEARED, id="clear"),
        pytest.param(Word.CANCEL, Kind.DIFFUSION_CANCEL, DiffusionState.CANCELLED, id="cancel"),
    ],
)
def test_a_person_decides_about_what_waits(word: Word, kind: Kind, state: DiffusionState) -> None:
    core, about = desk(), diffusion()
    happen(core, MessageOpened(about, POLITICAL))
    (told,) = drafts(core.handle(CauseDue(Ruling(word, about.own_ref)), NOON))
    assert (told.kind, core.diffusions.files[about.own_ref].state) == (kind, state)


def test_who_the_sender_bars_hears_nothing_of_its_diffusion() -> None:
    core = desk()
    core.handle(StatementTold("FR", Bars(bars=(Bar(whom="DE"),))), NOON)
    (told,) = drafts(happen(core, MessageOpened(diffusion(), WANTED))[0])
    assert told.to == ("BR", "FR")


def test_a_diffusion_that_does_not_open_is_cancelled() -> None:
    found, _ = happen(desk(), MessageUnreadable(diffusion(), Code.KEY))
    assert [one.kind for one in drafts(found)] == [Kind.DIFFUSION_CANCEL]


@pytest.mark.parametrize(
    ("how", "content", "released"),
    [
        pytest.param({}, WANTED, [], id="it waits"),
        pytest.param({"held": "release"}, WANTED, [True], id="released"),
        pytest.param({"held": "refuse"}, WANTED, [False], id="refused"),
        pytest.param({"held": "release"}, POLITICAL, [], id="flagged: it waits all the same"),
        pytest.param({"held": "release"}, WANTED.model_copy(update={"person": ADA}), [False], id="incomplete"),
    ],
)
def test_what_a_supervised_bureau_circulates_is_released_or_refused(
    how: dict, content: Diffusion, released: list[bool]
) -> None:
    core = desk(**how)
    core.handle(StatementTold("IPSG", MeasureSet(party="FR", state=State.SUPERVISED)), NOON)
    found, _ = happen(core, MessageOpened(diffusion(), content))
    said = [one.payload for one in found if isinstance(one, Declare)]
    assert [one.release for one in said if isinstance(one, Release)] == released
    # What is missing is for its sender alone to hear: nobody else has it.
    assert [(one.kind, one.to) for one in drafts(found)] == (
        [(Kind.DIFFUSION_CANCEL, ("FR",))] if content.person else []
    )


SILVER = Diffusion(
    subject="what does he own",
    form="assets",
    person=ADA,
    judicial=NOTICE.judicial,
    assets=(Asset(kind="company", description="a fictional company", link="it was paid the bribes"),),
)


@pytest.mark.parametrize(
    ("content", "how", "said", "told"),
    [
        pytest.param(SILVER, {}, [None], (), id="nothing against it"),
        pytest.param(SILVER, {"publish": False, "code": Code.ART3}, [Code.ART3], (), id="the exercise's will"),
        pytest.param(SILVER.model_copy(update={"text": "He is in the opposition."}), {}, [], (),
                     id="flagged: it waits"),
        pytest.param(SILVER.model_copy(update={"assets": None}), {}, [Code.DATA], ("assets, each",), id="no assets"),
        pytest.param(SILVER.model_copy(update={"assets": None, "judicial": None, "person": None}), {}, [Code.DATA],
                     ("person", "judicial data", "assets"), id="nothing but words: everything is listed"),
        pytest.param(WANTED, {}, [Code.DATA], ("its form",), id="Silver in its header alone"),
    ],
)  # fmt: skip
def test_a_silver_diffusion_is_reviewed_before_anybody_has_it(
    content: Diffusion, how: dict, said: list[Code | None], told: tuple[str, ...]
) -> None:
    silver = diffusion(purpose="locate").model_copy(update={"notice": NoticeRef(type="silver")})
    found, _ = happen(desk(**how), MessageOpened(silver, content))
    releases = [one.payload for one in found if isinstance(one, Declare)]
    assert [(one.release, one.code) for one in releases] == [(code is None, code) for code in said]
    assert [one.to for one in drafts(found)] == ([("FR",)] if told else [])
    assert all(part in one.content.text for one in drafts(found) for part in told)


def test_who_looks_for_assets_and_does_not_say_so_in_the_header_is_found_out_afterwards() -> None:
    (told,) = drafts(happen(desk(), MessageOpened(diffusion(purpose="locate"), SILVER))[0])
    assert "its form and its header" in told.content.text
    assert (told.kind, told.to) == (Kind.DIFFUSION_CANCEL, ("BR", "DE", "FR"))


def test_a_person_releases_what_is_held_and_only_once() -> None:
    core, about = desk(), diffusion()
    core.handle(StatementTold("IPSG", MeasureSet(party="FR", state=State.SUPERVISED)), NOON)
    happen(core, MessageOpened(about, POLITICAL))
    (said,) = core.handle(CauseDue(Ruling(Word.STOP, about.own_ref, code=Code.ART3)), NOON)
    assert said.payload == Release(message=about.id, release=False, code=Code.ART3)
    (again,) = core.handle(CauseDue(Ruling(Word.RELEASE, about.own_ref)), NOON)
    assert isinstance(again, Remark)


def test_what_the_feared_country_circulated_about_a_protected_person_is_cancelled() -> None:
    core = desk()
    for number, sender in ((1, "FR"), (2, "DE")):
        content = Diffusion(subject="where is she", person=ADA)
        happen(core, MessageOpened(diffusion(sender, "locate", number), content))
    status = RefugeeStatus(person=ADA, feared="FR", granted=True)
    (told,) = drafts(core.handle(MessageOpened(header("GB", Kind.REFUGEE_STATUS), status), NOON))
    assert (told.kind, told.your_ref) == (Kind.DIFFUSION_CANCEL, "FR-2026-000001")


# --- complaints

COMPLAINT = header("BR", Kind.COMPLAINT, your_ref="FR-2026-000005", purpose="compliance")


def complaint(core: SecretariatCore) -> tuple[list, CauseDue]:
    (plan,) = core.handle(MessageOpened(COMPLAINT, Note(subject="it is political")), NOON)
    *asked, later = core.handle(CauseDue(plan.cause), NOON + plan.after)
    assert isinstance(later, Schedule)
    return asked, CauseDue(later.cause)


def test_a_complaint_opens_an_examination_and_its_sender_is_asked() -> None:
    asked, _ = complaint(desk())
    assert [(one.kind, one.to) for one in drafts(asked)] == [
        (Kind.COMPLIANCE_QUERY, ("FR",)),
        (Kind.COMPLIANCE_REPLY, ("BR",)),
    ]
    assert drafts(asked)[0].reply_within == timedelta(days=5)


@pytest.mark.parametrize(
    ("answers", "state", "declared"),
    [
        pytest.param(False, None, 1, id="silence: spot checks"),
        pytest.param(True, None, 0, id="it has explained"),
        pytest.param(False, State.SUPERVISED, 0, id="a harsher measure is in force"),
    ],
)
def test_silence_has_one_consequence(answers: bool, state: State | None, declared: int) -> None:
    core = desk()
    if state is not None:
        core.handle(StatementTold("IPSG", MeasureSet(party="FR", state=state)), NOON)
    _, silent = complaint(core)
    if answers:
        core.handle(MessageOpened(header("FR", Kind.COMPLIANCE_REPLY, purpose="compliance"), Note(subject="s")), NOON)
    found = core.handle(silent, NOON + timedelta(days=6))
    said = [one.payload for one in found if isinstance(one, Declare)]
    assert len(said) == declared
    assert all(one.state is State.MONITORED for one in said)


@pytest.mark.parametrize(("word", "said"), [(Word.UPHOLD, "is well founded"), (Word.DISMISS, "is not well founded")])
def test_a_person_says_whether_it_is_founded_and_both_sides_are_told(word: Word, said: str) -> None:
    core = desk()
    complaint(core)
    told = drafts(core.handle(CauseDue(Ruling(word, COMPLAINT.own_ref)), NOON))
    assert {one.to for one in told} == {("BR",), ("FR",)}
    assert all(said in one.content.subject for one in told)
    (again,) = core.handle(CauseDue(Ruling(word, COMPLAINT.own_ref)), NOON)
    assert isinstance(again, Remark)


# --- measures


@pytest.mark.parametrize(
    ("state", "newer", "ends"),
    [
        pytest.param(State.SUPERVISED, False, True, id="a supervision ends on its day"),
        pytest.param(State.SUPERVISED, True, False, id="a newer measure goes its own way"),
        pytest.param(State.QUERY_SUSPENDED, False, False, id="what is harsher is for a person"),
    ],
)
def test_a_measure_is_looked_at_again_on_its_day(state: State, newer: bool, ends: bool) -> None:
    core = desk()
    day = NOON + timedelta(days=30)
    (plan,) = core.handle(StatementTold("IPSG", MeasureSet(party="FR", state=state, review_on=day)), NOON)
    assert plan.after == timedelta(days=30)
    if newer:
        core.handle(StatementTold("IPSG", MeasureSet(party="FR", state=State.QUERY_SUSPENDED)), NOON)
    found = core.handle(CauseDue(plan.cause), day)
    assert any(isinstance(one, Declare) for one in found) == ends


# --- the Commission


def petition(core: SecretariatCore, number: int = 1, **fields: object) -> list[Draft]:
    content = FileRequest.model_validate({"wants": "deletion", "subject": "Ada", "notice": "2026/1", **fields})
    about = header("CCF", Kind.CCF_REQUEST, number, purpose="compliance")
    return drafts(happen(core, MessageOpened(about, content))[0])


def decided(core: SecretariatCore, finding: str, number: int = 2) -> list[Draft]:
    content = FileDecision(request="CCF-2026-000001", finding=finding)
    about = header("CCF", Kind.CCF_DECISION, number, purpose="compliance")
    return drafts(happen(core, MessageOpened(about, content))[0])


@pytest.fixture
def with_notice() -> SecretariatCore:
    core = desk()
    ref = NoticeRef(type="red", decision="d0" * 32)
    about = header("NDTF", Kind.NOTICE_DECISION, notice=ref, purpose="compliance")
    happen(core, MessageOpened(about, NoticeVerdict(request="FR-2026-000007", publish=True, notice=NOTICE), "aa" * 32))
    return core


def test_the_commission_is_shown_the_files(with_notice: SecretariatCore) -> None:
    (report,) = petition(with_notice)
    assert (report.kind, report.to) == (Kind.CCF_REPORT, ("CCF",))
    assert report.content.text == "notice 2026/1 of FR: red, published"


def test_data_are_blocked_and_the_owner_is_asked_once_a_request_is_admissible(with_notice: SecretariatCore) -> None:
    petition(with_notice)
    suspension, question = decided(with_notice, "admissible")
    assert (suspension.kind, suspension.notice.reason) == (Kind.NOTICE_SUSPEND, NoticeReason.UNDER_EXAMINATION)
    assert (question.kind, question.to, question.reply_within) == (Kind.COMPLIANCE_QUERY, ("FR",), timedelta(days=30))
    view = MessageOpened(header("FR", Kind.COMPLIANCE_REPLY, purpose="compliance"), Note(subject="s", text="our view"))
    (passed,) = drafts(with_notice.handle(view, NOON))
    assert (passed.to, passed.content.text) == (("CCF",), "our view")


@pytest.mark.parametrize(
    ("finding", "kinds", "certificate"),
    [
        pytest.param("delete", [Kind.NOTICE_CANCEL, Kind.CCF_REPORT], True, id="delete"),
        pytest.param("compliant", [Kind.NOTICE_RESUME, Kind.CCF_REPORT], False, id="compliant"),
        pytest.param("addendum", [Kind.NOTICE_ADDENDUM, Kind.NOTICE_RESUME, Kind.CCF_REPORT], False, id="addendum"),
    ],
)
def test_a_decision_is_carried_out(
    with_notice: SecretariatCore, finding: str, kinds: list[Kind], certificate: bool
) -> None:
    petition(with_notice)
    decided(with_notice, "admissible")
    told = decided(with_notice, finding, 3)
    assert [one.kind for one in told] == kinds
    assert told[-1].content.certificate == certificate


def test_who_is_not_in_the_files_gets_a_certificate() -> None:
    core = desk()
    (report,) = petition(core, wants="access", notice=None)
    assert report.content.text == "the files hold nothing about this"
    assert decided(core, "disclose")[-1].content.certificate


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        pytest.param("delete", ["admissible", "delete"], id="decided on"),
        pytest.param("inadmissible", ["inadmissible"], id="not admissible"),
    ],
)
def test_the_commission_keeps_its_clocks(finding: str, said: list[str]) -> None:
    core = CommissionCore(1, Commissioning(finding=finding))
    report = FileReport(request="CCF-2026-000001", subject="what the files hold")
    found, end = happen(core, MessageOpened(header("IPSG", Kind.CCF_REPORT), report))
    assert [one.content.finding for one in drafts(found)] == said
    assert end - NOON <= timedelta(seconds=MAX_DECIDE) + timedelta(days=30)
    (remark,) = core.handle(MessageOpened(header("IPSG", Kind.CCF_REPORT, 2), report), end)
    assert isinstance(remark, Remark)


@pytest.mark.parametrize(
    ("wants", "days"), [("access", 120), ("correction", 270), ("deletion", 270), ("revision", 270)]
)
def test_who_only_asks_what_the_files_hold_waits_four_months_at_most(wants: str, days: int) -> None:
    core = CommissionCore(1, Commissioning(admissible=(1, 1), decide=(MAX_DECIDE, MAX_DECIDE), finding="compliant"))
    report = FileReport(request="CCF-2026-000001", wants=wants, subject="what the files hold", earlier="compliant")
    _, end = happen(core, MessageOpened(header("IPSG", Kind.CCF_REPORT), report))
    assert end - NOON == timedelta(days=days, seconds=1)


def test_the_commission_learns_from_the_first_report_what_its_request_wants(with_notice: SecretariatCore) -> None:
    (report,) = petition(with_notice, wants="access")
    assert report.content.wants == "access"


def decided_on(wants: str, earlier: str | None = None, **how: object) -> tuple[list[str], list[str]]:
    """What the Commission finds of a request, and what it says of its clocks."""
    core = CommissionCore(1, Commissioning(admissible=(1, 1), decide=(DAY, DAY), **how))
    report = FileReport(request="CCF-2026-000001", wants=wants, subject="what the files hold", earlier=earlier)
    found, _ = happen(core, MessageOpened(header("IPSG", Kind.CCF_REPORT), report))
    return [one.content.finding for one in drafts(found)], [one.text for one in found if isinstance(one, Remark)]


@pytest.mark.parametrize(
    ("wants", "how", "finding"),
    [
        pytest.param("deletion", {}, "delete", id="as usual"),
        pytest.param("access", {}, "disclose", id="nobody deletes for being asked"),
        pytest.param("access", {"finding": "not-disclosed"}, "not-disclosed", id="access has its own answers"),
        pytest.param("correction", {"findings": {"correction": "addendum"}}, "addendum", id="by what is asked for"),
    ],
)
def test_what_is_found_goes_with_what_was_asked_for(wants: str, how: dict, finding: str) -> None:
    assert decided_on(wants, **how)[0] == ["admissible", finding]


@pytest.mark.parametrize(
    ("wants", "until"),
    [("access", "four months, until 2026-06-30T12:00:01Z"), ("deletion", "nine months, until 2026-11-27")],
)
def test_every_clock_of_the_commission_is_told(wants: str, until: str) -> None:
    admission, admitted, started, stopped = decided_on(wants)[1]
    assert "at most one month, until 2026-04-01T12:00:00Z" in admission
    assert admitted == "clock stopped: request CCF-2026-000001 is admissible, after 1 s"
    assert f"({wants}); at most {until}" in started
    assert stopped.endswith(", after 1 d")


@pytest.mark.parametrize(("earlier", "said"), [(None, ["inadmissible"]), ("compliant", ["admissible", "delete"])])
def test_a_revision_is_of_an_earlier_decision(earlier: str | None, said: list[str]) -> None:
    assert decided_on("revision", earlier)[0] == said


def test_the_secretariat_says_what_was_decided_before(with_notice: SecretariatCore) -> None:
    grounds = {"wants": "revision", "grounds": "a (fictional) acquittal"}
    assert petition(with_notice, 7, **grounds)[0].content.earlier is None
    petition(with_notice)
    decided(with_notice, "compliant")
    assert petition(with_notice, 8, **grounds)[0].content.earlier == "compliant"
    assert petition(with_notice, 9, **grounds, notice="2026/2")[0].content.earlier is None


def test_a_revision_names_its_new_facts() -> None:
    asked = {"wants": "revision", "subject": "Ada", "notice": "2026/1"}
    assert FileRequest.model_validate({**asked, "grounds": "a (fictional) acquittal"}).grounds
    with pytest.raises(ValidationError, match="new facts"):
        FileRequest.model_validate(asked)

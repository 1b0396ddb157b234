"""What a simulated duty officer does, as plain calls."""

from datetime import UTC, datetime, timedelta

import pytest
from plain_headers import plain_header

from i247sim.bureau.core import BureauCore
from i247sim.node.actions import Remark, Schedule, Send
from i247sim.node.events import CauseDue, DirectoryTold, MessageOpened, StatementTold
from i247sim.vocabulary.contents import Confirmation, Note, Notice, NoticePublication
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.duties import Duty
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Header, QuotedRecord
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.queries import Hit, HitReport, QueryResult
from i247sim.vocabulary.statements import MeasureSet

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def header(kind: str = "INFO_REQUEST", sender: str = "FR", number: int = 1, **fields: object) -> Header:
    own = {"classification": "restricted", "case_ref": "CASE-7"}
    return plain_header(sender, ("BR",), kind, number, **(own | fields))


def duty(when: str = "INFO_REQUEST", send: str = "INFO_REPLY", **facts: object) -> Duty:
    condition = {"kind": when, **facts.pop("where", {})}  # type: ignore[dict-item]
    return Duty.model_validate({"when": condition, "send": send, "after": (60, 600), **facts})


def officer(*duties: Duty, party: str = "BR", seed: int = 1, parent: str | None = None) -> BureauCore:
    return BureauCore(party, duties, seed, parent)


def plans(core: BureauCore, about: Header, content: Content | None = None) -> list[Schedule]:
    actions = core.handle(MessageOpened(about, content or Note(subject="s")), NOON)
    assert all(isinstance(one, Schedule) for one in actions), "an officer never answers at once"
    return [one for one in actions if isinstance(one, Schedule)]


def reply(core: BureauCore, about: Header, content: Content | None = None) -> Draft:
    (plan,) = plans(core, about, content)
    (send,) = core.handle(CauseDue(plan.cause), NOON + plan.after)
    assert isinstance(send, Send)
    return send.draft


def test_an_answer_is_planned_within_its_time_and_then_sent_to_the_sender() -> None:
    core = officer(duty())
    (plan,) = plans(core, header())
    assert timedelta(seconds=60) <= plan.after <= timedelta(seconds=600)
    draft = reply(officer(duty()), header())
    assert (draft.kind, draft.channel, draft.to) == (Kind.INFO_REPLY, Channel.DIRECT, ("FR",))


def test_an_answer_names_what_it_answers_and_takes_over_case_purpose_and_classification() -> None:
    about = header()
    draft = reply(officer(duty()), about)
    assert (draft.your_ref, draft.in_reply_to, draft.case_ref) == (about.own_ref, about.id, "CASE-7")
    assert (draft.purpose, draft.classification) == (about.purpose, about.classification)
    assert draft.content == Note(subject="re FR-2026-000001")


def test_a_duty_may_say_otherwise() -> None:
    said = duty(subject="own words", text="more", purpose="locate", classification="official-use", case_ref="CASE-9")
    draft = reply(officer(said), header())
    assert draft.content == Note(subject="own words", text="more")
    assert (draft.purpose, draft.classification, draft.case_ref) == ("locate", "official-use", "CASE-9")


@pytest.mark.parametrize(
    ("where", "about", "meant"),
    [
        pytest.param({}, header(), True, id="the kind"),
        pytest.param({}, header("INFO_REPLY"), False, id="another kind"),
        pytest.param({"from": "FR"}, header(), True, id="the sender"),
        pytest.param({"from": "DE"}, header(), False, id="another sender"),
    ],
)
def test_a_duty_is_about_what_its_condition_says(where: dict, about: Header, meant: bool) -> None:
    assert bool(plans(officer(duty(where=where)), about)) == meant


@pytest.mark.parametrize(("type_", "meant"), [("red", True), ("blue", False)])
def test_a_duty_may_ask_for_a_colour(type_: str, meant: bool) -> None:
    said = duty("NOTICE_PUBLISHED", where={"notice": "red"})
    assert bool(plans(officer(said), header("NOTICE_PUBLISHED", notice={"type": type_}))) == meant


def test_once_means_the_first_time() -> None:
    core = officer(duty(once=True))
    assert [len(plans(core, header(number=number))) for number in (1, 2, 3)] == [1, 0, 0]


def test_several_duties_about_one_message_are_all_done() -> None:
    assert len(plans(officer(duty(), duty(send="INFO_REQUEST")), header())) == 2


RECORD = "NOM-000001"
REPORT = HitReport(record=RECORD, database="nominal", owner="FR", querier="DE", query="DE-2026-000003")
RESULT = QueryResult(
    finding="HIT",
    hits=(Hit(database="nominal", record=RECORD, owner="FR", matched=(), summary="s", instruction="i"),),
)
PUBLISHED = NoticePublication(id="2026/1", requester="FR", notice=Notice(type="red", subject="s"), record=RECORD)


@pytest.mark.parametrize(
    ("to", "kind", "content", "reached"),
    [
        pytest.param("sender", "INFO_REQUEST", Note(subject="s"), ("FR",), id="sender"),
        pytest.param("owner", "HIT_NOTICE", REPORT, ("FR",), id="owner of a hit"),
        pytest.param("querier", "HIT_NOTICE", REPORT, ("DE",), id="querier of a hit"),
        pytest.param("owner", "DB_RESULT", RESULT, ("FR",), id="owner of a result"),
        pytest.param("owner", "NOTICE_PUBLISHED", PUBLISHED, ("FR",), id="requester of a notice"),
        pytest.param("parent", "INFO_REQUEST", Note(subject="s"), ("XX",), id="parent"),
        pytest.param("secretariat", "INFO_REQUEST", Note(subject="s"), ("IPSG",), id="secretariat"),
        pytest.param("NO", "INFO_REQUEST", Note(subject="s"), ("NO",), id="a party by name"),
    ],
)
def test_whom_an_answer_goes_to(to: str, kind: str, content: Content, reached: tuple[str, ...]) -> None:
    core = officer(duty(kind, to=(to,)), parent="XX")
    sender = "FR" if kind == "INFO_REQUEST" else "IPSG"
    assert reply(core, header(kind, sender), content).to == reached


def test_everybody_is_named_once() -> None:
    assert reply(officer(duty(to=("sender", "FR", "secretariat", "IPSG"))), header()).to == ("FR", "IPSG")


def test_an_answer_about_a_record_quotes_it_so_that_its_owners_bars_count() -> None:
    draft = reply(officer(duty("HIT_NOTICE", "HIT_CONFIRM", to=("querier",))), header("HIT_NOTICE", "IPSG"), REPORT)
    assert draft.quoted == (QuotedRecord(owner="FR", record=RECORD),)
    assert isinstance(draft.content, Confirmation)
    assert draft.content.record == RECORD


def test_a_chain_of_confirmations_goes_on_quoting_the_record() -> None:
    about = header("HIT_CONFIRM", quoted=({"owner": "FR", "record": RECORD},))
    draft = reply(officer(duty("HIT_CONFIRM", "ARREST_NOTIFY")), about, Confirmation(record=RECORD, subject="s"))
    assert draft.quoted == (QuotedRecord(owner="FR", record=RECORD),)


def test_delays_depend_on_seed_party_duty_and_count_and_on_nobody_elses_traffic() -> None:
    def waits(core: BureauCore, kinds: list[str]) -> list[timedelta]:
        return [
            plan.after
            for number, kind in enumerate(kinds, 1)
            for plan in plans(core, header(kind, number=number))
            if plan.cause.duty == 0
        ]

    quiet = waits(officer(duty(after=(1, 10_000))), ["INFO_REQUEST"] * 3)
    busy = officer(duty(after=(1, 10_000)), duty("INFO_REPLY", "INFO_REQUEST"))
    assert waits(busy, ["INFO_REPLY", "INFO_REQUEST", "INFO_REPLY", "INFO_REQUEST", "INFO_REQUEST"]) == quiet
    assert len(set(quiet)) == 3
    assert waits(officer(duty(after=(1, 10_000)), seed=2), ["INFO_REQUEST"] * 3) != quiet
    assert waits(officer(duty(after=(1, 10_000)), party="DE"), ["INFO_REQUEST"] * 3) != quiet


def test_statements_and_directories_move_no_officer() -> None:
    core = officer(duty())
    assert core.handle(StatementTold("IPSG", MeasureSet(party="BR", state=State.MONITORED)), NOON) == []
    assert core.handle(DirectoryTold(Directory()), NOON) == []


WORDS = {"fr": {"subject": "Reçu", "text": "Merci"}, "es": {"subject": "Recibido"}}


@pytest.mark.parametrize(
    ("party", "parent", "lang", "subject"),
    [
        pytest.param("SN", None, "fr", "Reçu", id="its language"),
        pytest.param("MX", None, "es", "Recibido", id="another"),
        pytest.param("AE", None, "en", "Received", id="its first language is not there, its second is the duty's"),
        pytest.param("AD", None, "es", "Recibido", id="the first of several"),
        pytest.param("SE", None, "en", "Received", id="none of them"),
        pytest.param("SN-border", "SN", "fr", "Reçu", id="its bureau's"),
        pytest.param("XP-airline", None, "en", "Received", id="no member"),
    ],
)
def test_an_officer_writes_in_the_first_of_its_languages_that_the_duty_has(
    party: str, parent: str | None, lang: str, subject: str
) -> None:
    draft = reply(officer(duty(subject="Received", translations=WORDS), party=party, parent=parent), header())
    assert isinstance(draft.content, Note)
    assert (draft.lang, draft.content.subject) == (lang, subject)


@pytest.mark.parametrize(
    "to",
    [
        pytest.param("parent", id="a parent where there is none"),
        pytest.param("querier", id="a querier where there is none"),
        pytest.param("BR", id="itself"),
    ],
)
def test_an_answer_to_nobody_is_remarked_and_not_sent(to: str) -> None:
    core = officer(duty(to=(to,)))
    (plan,) = plans(core, header())
    (remark,) = core.handle(CauseDue(plan.cause), NOON)
    assert isinstance(remark, Remark)

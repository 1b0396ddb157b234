"""What the secretariat and the reviewer answer, as plain calls: no network, no keys, no clock."""

from datetime import timedelta

import pytest
from office_cases import ADA, BOB, NOON, NOTICE, ORANGE, PASSPORT, directory, header

from i247sim.node.actions import Remark, Schedule, Send
from i247sim.node.events import CauseDue, DirectoryTold, MessageOpened, StatementTold
from i247sim.secretariat.core import SecretariatCore
from i247sim.secretariat.databases import Databases, Record
from i247sim.secretariat.queries import ANSWER_AFTER
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.contents import Note, Notice, NoticePublication, NoticeVerdict
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.directory import Enrolment
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Database, Header, NoticeRef, Purpose, QuotedRecord
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.queries import Finding, HitReport, Query, QueryResult, RecordEntry
from i247sim.vocabulary.statements import Bar, Bars, MeasureSet, Scope


def records() -> Databases:
    databases = Databases()
    databases.load(
        [
            Record("NOM-000001", "FR", Database.NOMINAL, ADA, summary="wanted"),
            Record("NOM-000002", "DE", Database.NOMINAL, BOB, summary="missing"),
            Record("SLTD-000001", "FR", Database.SLTD, PASSPORT),
        ]
    )
    return databases


@pytest.fixture
def core() -> SecretariatCore:
    return SecretariatCore(directory(), 1, records())


def answer(core: SecretariatCore, about: Header, content: Content, salt: str | None = None) -> list[Draft]:
    """What is sent when the answer is due."""
    (plan,) = core.handle(MessageOpened(about, content, salt), NOON)
    assert isinstance(plan, Schedule)
    sent = core.handle(CauseDue(plan.cause), NOON + plan.after)
    assert all(isinstance(one, Send | Schedule) for one in sent)
    return [one.draft for one in sent if isinstance(one, Send)]


def ask(core: SecretariatCore, querier: str = "BR", **query: object) -> list[Draft]:
    content = Query.model_validate({"database": "nominal", **query})
    return answer(core, header(querier, database=content.database), content)


ADA_FULL = {"family_name": "Fiction", "forename": "Ada", "born": "1980-01-02"}


# --- queries


@pytest.mark.parametrize(
    ("query", "finding", "found"),
    [
        pytest.param(ADA_FULL, Finding.HIT, ["NOM-000001"], id="name and birth"),
        pytest.param({**ADA_FULL, "family_name": "FICTION"}, Finding.HIT, ["NOM-000001"], id="letter case"),
        pytest.param(
            {"family_name": "Fiction", "forename": "Ada"}, Finding.CANDIDATES, ["NOM-000001"], id="half of it"
        ),
        pytest.param({"family_name": "Fiction"}, Finding.CANDIDATES, ["NOM-000001", "NOM-000002"], id="a name alone"),
        pytest.param({**ADA_FULL, "born": "1980"}, Finding.CANDIDATES, ["NOM-000001"], id="the year of birth"),
        pytest.param({**ADA_FULL, "forename": "Eva", "born": "1971"}, Finding.NO_RECORD, [], id="another birth"),
        pytest.param({"family_name": "Nobody"}, Finding.NO_RECORD, [], id="nobody"),
        pytest.param({}, Finding.REFUSED, [], id="nothing asked"),
        pytest.param(
            {"database": "sltd", "document": {"number": "XF0000001", "country": "FR"}},
            Finding.HIT,
            ["SLTD-000001"],
            id="a document",
        ),
        pytest.param(
            {"database": "sltd", "document": {"number": "XF0000001", "country": "DE"}},
            Finding.NO_RECORD,
            [],
            id="its number in another country",
        ),
    ],
)
def test_what_a_query_finds(core: SecretariatCore, query: dict, finding: Finding, found: list[str]) -> None:
    result = ask(core, **query)[0].content
    assert isinstance(result, QueryResult)
    assert (result.finding, [hit.record for hit in result.hits]) == (finding, found)


def test_a_hit_is_told_to_owner_and_querier_and_to_the_bureau_behind_an_entity(core: SecretariatCore) -> None:
    _, report = ask(core, "BR-gru-border", **ADA_FULL)
    assert (report.kind, report.to) == (Kind.HIT_NOTICE, ("FR", "BR"))
    assert isinstance(report.content, HitReport)
    assert (report.content.owner, report.content.querier) == ("FR", "BR")
    assert report.quoted == (QuotedRecord(owner="FR", record="NOM-000001"),)


def test_candidates_and_ones_own_records_are_reported_to_nobody(core: SecretariatCore) -> None:
    assert len(ask(core, family_name="Fiction")) == 1
    assert len(ask(core, "FR", **ADA_FULL)) == 1


def test_every_query_is_answered_after_the_same_time(core: SecretariatCore) -> None:
    """Else the time would tell a hit from a miss."""
    waits = set()
    for number, query in enumerate((ADA_FULL, {"family_name": "Nobody"}, {"family_name": "Fiction"})):
        (plan,) = core.handle(MessageOpened(header("BR", number=number + 1), Query(database="nominal", **query)), NOON)
        assert isinstance(plan, Schedule)
        waits.add(plan.after)
    assert waits == {timedelta(seconds=ANSWER_AFTER[0])}


# --- restrictions


@pytest.mark.parametrize(
    ("author", "bar", "querier", "hidden"),
    [
        pytest.param("FR", Bar(whom="BR"), "BR", True, id="the querier"),
        pytest.param("FR", Bar(whom="BR"), "BR-gru-border", True, id="the querier's parent"),
        pytest.param("FR", Bar(whom="americas"), "BR", True, id="its region"),
        pytest.param("FR", Bar(whom="americas"), "BR-gru-border", True, id="its parent's region"),
        pytest.param("FR", Bar(whom="BR", scope=Scope(record="NOM-000001")), "BR", True, id="for this record"),
        pytest.param("FR", Bar(whom="BR", scope=Scope(record="NOM-000009")), "BR", False, id="for another record"),
        pytest.param("FR", Bar(whom="BR", scope=Scope(channel="notice")), "BR", False, id="for another channel"),
        pytest.param("FR", Bar(whom="BR", scope=Scope(purpose="locate")), "BR", False, id="for another purpose"),
        pytest.param("DE", Bar(whom="BR"), "BR", False, id="by another owner"),
        pytest.param("FR", Bar(whom="members"), "FR", False, id="the owner itself"),
    ],
)
def test_who_is_barred_finds_nothing(core: SecretariatCore, author: str, bar: Bar, querier: str, hidden: bool) -> None:
    core.handle(StatementTold(author, Bars(bars=(bar,))), NOON)
    result = ask(core, querier, **ADA_FULL)[0].content
    assert isinstance(result, QueryResult)
    assert (result.finding is Finding.NO_RECORD) == hidden


def test_a_restriction_looks_like_an_absence_byte_for_byte(core: SecretariatCore) -> None:
    core.handle(StatementTold("FR", Bars(bars=(Bar(whom="BR"),))), NOON)
    barred = ask(core, **ADA_FULL)[0]
    absent = ask(SecretariatCore(directory(), 1), **ADA_FULL)[0]
    assert barred == absent
    assert canonical(barred.content) == canonical(absent.content)


def test_the_owner_of_a_restricted_record_is_told_and_the_querier_is_not(core: SecretariatCore) -> None:
    core.handle(StatementTold("FR", Bars(bars=(Bar(whom="BR"),))), NOON)
    result, report = ask(core, "BR-gru-border", **ADA_FULL)
    assert result.to == ("BR-gru-border",)
    assert (report.kind, report.to) == (Kind.RESTRICTED_HIT, ("FR",))
    assert isinstance(report.content, HitReport)
    assert (report.content.record, report.content.querier) == ("NOM-000001", "BR")


def test_what_is_restricted_does_not_make_candidates_of_a_hit(core: SecretariatCore) -> None:
    """The other record must not be felt through the finding."""
    core.databases.load([Record("NOM-000003", "DE", Database.NOMINAL, ADA)])
    core.handle(StatementTold("DE", Bars(bars=(Bar(whom="BR"),))), NOON)
    result = ask(core, **ADA_FULL)[0].content
    assert isinstance(result, QueryResult)
    assert (result.finding, len(result.hits)) == (Finding.HIT, 1)


def test_a_new_restriction_replaces_the_one_before(core: SecretariatCore) -> None:
    core.handle(StatementTold("FR", Bars(bars=(Bar(whom="BR"),))), NOON)
    core.handle(StatementTold("FR", Bars()), NOON)
    result = ask(core, **ADA_FULL)[0].content
    assert isinstance(result, QueryResult)
    assert result.finding is Finding.HIT


# --- entries


def enter(core: SecretariatCore, owner: str, kind: Kind, **entry: object) -> QueryResult:
    operation = {Kind.DB_RECORD: "create", Kind.DB_UPDATE: "update", Kind.DB_DELETE: "delete"}[kind]
    content = RecordEntry.model_validate({"database": "nominal", "operation": operation, **entry})
    about = header(owner, kind, database=content.database, operation=content.operation, purpose="wanted-person")
    (draft,) = answer(core, about, content)
    assert draft.to == (owner,)
    assert isinstance(draft.content, QueryResult)
    return draft.content


def test_an_owner_enters_changes_and_deletes_its_own_record(core: SecretariatCore) -> None:
    made = enter(core, "BR", Kind.DB_RECORD, person=BOB)
    assert (made.code, made.record) == (None, "NOM-000003")
    assert enter(core, "BR", Kind.DB_UPDATE, record=made.record, person=ADA).code is None
    assert core.databases.records["NOM-000003"].data == ADA
    assert enter(core, "BR", Kind.DB_DELETE, record=made.record).code is None
    assert "NOM-000003" not in core.databases.records


def test_a_document_that_was_found_again_is_deleted_by_its_owner_and_no_longer_hit(core: SecretariatCore) -> None:
    query = {"database": "sltd", "document": {"number": "XF0000001", "country": "FR"}}
    hits = []
    for _ in range(2):
        result = ask(core, "DE", **query)[0].content
        assert isinstance(result, QueryResult)
        hits.append(result.finding)
        enter(core, "FR", Kind.DB_DELETE, database="sltd", record="SLTD-000001")
    assert hits == [Finding.HIT, Finding.NO_RECORD]


@pytest.mark.parametrize("kind", [Kind.DB_UPDATE, Kind.DB_DELETE])
def test_anothers_record_and_no_record_are_answered_alike(core: SecretariatCore, kind: Kind) -> None:
    before = dict(core.databases.records)
    anothers = enter(core, "BR", kind, record="NOM-000001", person=BOB)
    assert anothers == enter(core, "BR", kind, record="NOM-000099", person=BOB)
    assert anothers.code is Code.RIGHTS
    assert core.databases.records == before


def test_an_entry_without_its_data_is_refused(core: SecretariatCore) -> None:
    assert enter(core, "FR", Kind.DB_RECORD).code is Code.DATA
    assert enter(core, "FR", Kind.DB_UPDATE, record="NOM-000001").code is Code.DATA
    assert enter(core, "FR", Kind.DB_RECORD, database="sltd", person=ADA).code is Code.DATA


def test_only_the_issuing_country_enters_a_document(core: SecretariatCore) -> None:
    assert enter(core, "DE", Kind.DB_RECORD, database="sltd", document=PASSPORT).code is Code.RIGHTS
    assert enter(core, "FR", Kind.DB_RECORD, database="sltd", document=PASSPORT).record == "SLTD-000002"


# --- publication

VERDICT = NoticeVerdict(request="FR-2026-000007", publish=True, notice=NOTICE)
DECISION = "d0" * 32
SALT = "aa" * 32


def publish(core: SecretariatCore) -> Draft:
    about = header("NDTF", Kind.NOTICE_DECISION, notice=NoticeRef(type="red", decision=DECISION), purpose="compliance")
    (draft,) = answer(core, about, VERDICT, SALT)
    return draft


def test_a_publication_carries_the_decision_the_salt_and_the_very_content(core: SecretariatCore) -> None:
    draft = publish(core)
    assert isinstance(draft.content, NoticePublication)
    assert draft.content.notice == NOTICE
    assert (draft.salt, draft.notice) == (SALT, NoticeRef(type="red", id="2026/1", decision=DECISION))
    assert (draft.purpose, draft.your_ref) == (Purpose.WANTED, "FR-2026-000007")
    assert draft.quoted == (QuotedRecord(owner="FR", record=draft.content.record),)


def test_a_publication_is_for_bureaus_and_names_barred_ones_without_a_stanza(core: SecretariatCore) -> None:
    core.handle(
        StatementTold(
            "FR",
            Bars(bars=(Bar(whom="DE"), Bar(whom="GB"))),
        ),
        NOON,
    )
    draft = publish(core)
    assert (draft.to, draft.audience) == ((), ("BR", "DE", "FR", "GB", "GB-gibraltar"))
    assert draft.barred == {"DE", "GB", "GB-gibraltar"}


def test_a_revoked_bureau_is_not_in_the_audience(core: SecretariatCore) -> None:
    core.handle(DirectoryTold(directory(GB=Enrolment.REVOKED)), NOON)
    assert publish(core).audience == ("BR", "DE", "FR")


def test_the_record_that_a_notice_made_is_found_and_hidden_from_whom_the_notice_is(core: SecretariatCore) -> None:
    core.databases.records.clear()
    core.handle(StatementTold("FR", Bars(bars=(Bar(whom="DE", scope=Scope(channel="notice")),))), NOON)
    publish(core)
    findings = {querier: ask(core, querier, **ADA_FULL)[0].content for querier in ("BR", "DE")}
    assert {one: result.finding for one, result in findings.items() if isinstance(result, QueryResult)} == {
        "BR": Finding.HIT,
        "DE": Finding.NO_RECORD,
    }


def test_records_of_notices_and_of_owners_never_share_a_number(core: SecretariatCore) -> None:
    numbers = []
    for _ in range(2):
        content = publish(core).content
        assert isinstance(content, NoticePublication)
        numbers += [content.record, enter(core, "BR", Kind.DB_RECORD, person=BOB).record]
    assert len(set(numbers)) == 4
    assert len(core.databases.records) == 3 + 4


def publish_orange(core: SecretariatCore, notice: Notice = ORANGE) -> Draft:
    ref = NoticeRef(type="orange", decision=DECISION)
    about = header("NDTF", Kind.NOTICE_DECISION, notice=ref, purpose="compliance")
    (draft,) = answer(core, about, NoticeVerdict(request="FR-2026-000008", publish=True, notice=notice), SALT)
    return draft


def test_a_notice_about_nobody_makes_no_record_and_still_quotes_who_asked_for_it(core: SecretariatCore) -> None:
    before = dict(core.databases.records)
    draft = publish_orange(core)
    assert isinstance(draft.content, NoticePublication)
    assert (draft.content.record, draft.purpose) == (None, Purpose.WARN)
    assert draft.quoted == (QuotedRecord(owner="FR", record="NTC-000001"),)
    assert core.databases.records == before


def test_who_the_requester_bars_is_left_out_of_a_notice_about_nobody(core: SecretariatCore) -> None:
    core.handle(StatementTold("FR", Bars(bars=(Bar(whom="DE", scope=Scope(channel="notice")),))), NOON)
    draft = publish_orange(core)
    assert (draft.barred, "DE" in draft.audience) == ({"DE"}, True)


def test_an_orange_notice_about_somebody_makes_a_record(core: SecretariatCore) -> None:
    content = publish_orange(core, ORANGE.model_copy(update={"person": ADA})).content
    assert isinstance(content, NoticePublication)
    assert content.record is not None
    assert core.databases.records[content.record].data == ADA


@pytest.mark.parametrize(
    ("about", "verdict", "salt"),
    [
        pytest.param({}, {}, None, id="no salt"),
        pytest.param({"notice": None}, {}, SALT, id="no decision in the header"),
        pytest.param({}, {"notice": None}, SALT, id="no content"),
    ],
)
def test_an_incomplete_order_to_publish_is_remarked_and_not_carried_out(
    core: SecretariatCore, about: dict, verdict: dict, salt: str | None
) -> None:
    fields = {"notice": NoticeRef(type="red", decision=DECISION), "purpose": "compliance", **about}
    opened = MessageOpened(header("NDTF", Kind.NOTICE_DECISION, **fields), VERDICT.model_copy(update=verdict), salt)
    (remark,) = core.handle(opened, NOON)
    assert isinstance(remark, Remark)


def test_what_asks_nothing_is_answered_by_nothing(core: SecretariatCore) -> None:
    refusal = VERDICT.model_copy(update={"publish": False})
    assert core.handle(MessageOpened(header("NDTF", Kind.NOTICE_DECISION), refusal, SALT), NOON) == []
    assert core.handle(MessageOpened(header("FR"), Note(subject="s")), NOON) == []
    assert core.handle(StatementTold("IPSG", MeasureSet(party="BR", state=State.MONITORED)), NOON) == []

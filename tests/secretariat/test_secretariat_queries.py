"""What the databases answer, to whom, and who is told: plain calls, no network, no clock."""

from datetime import UTC, datetime, timedelta

import pytest
from database_desk import ADA, FACE, LOCI, VIN, Desk, said

from i247sim.node.actions import Remark, Send
from i247sim.node.events import MessageOpened, StatementTold
from i247sim.secretariat.databases import Record
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.contents import Confirmation, Note
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Classification, Database
from i247sim.vocabulary.queries import Finding, HitReport, Query, QueryResult
from i247sim.vocabulary.records import (
    Person,
    Search,
    Vehicle,
)
from i247sim.vocabulary.statements import Bar, Bars, Scope


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- each database


FOUND = {
    "person": (
        "nominal",
        {"family_name": "FICTION", "forename": "Áda", "born": "1980-05-06"},
        "HIT",
        ("family_name", "forename", "born"),
    ),
    "person by document": (
        "nominal",
        {"document": {"number": "exp000077".upper(), "country": "FR"}},
        "HIT",
        ("document",),
    ),
    "travel document": ("sltd", {"document": {"number": "EXP000017", "country": "FR"}}, "HIT", ("document",)),
    "travel document of another type": (
        "sltd",
        {"document": {"number": "EXP000017", "country": "FR", "type": "other"}},
        "HIT",
        ("document",),
    ),
    "paper": ("sad", {"document": {"number": "EXA12345", "country": "FR"}}, "HIT", ("document",)),
    "vin": ("smv", {"vin": VIN}, "HIT", ("vin",)),
    "plate": ("smv", {"plate": "ex 123"}, "HIT", ("plate",)),
    "plate of the country": ("smv", {"plate": "ex 123", "country": "FR"}, "HIT", ("plate",)),
    "engine": ("smv", {"engine": "ENG-777"}, "HIT", ("engine",)),
    "ship by number": ("vessels", {"imo": "9074729"}, "HIT", ("imo",)),
    "ship by name": ("vessels", {"name": "Etoile Fictive"}, "CANDIDATES", ("name",)),
    "firearm": ("firearms", {"serial": "ex777"}, "HIT", ("serial",)),
    "work of art": ("art", {"title": "PAYSAGE QUI N'EXISTE PAS", "artist": "Fictif A"}, "HIT", ("title", "artist")),
    "work of art by title": ("art", {"title": "Paysage qui n'existe pas"}, "CANDIDATES", ("title",)),
    "dna": ("dna", {"loci": LOCI}, "HIT", tuple(sorted(LOCI))),
    "dna, few loci": ("dna", {"loci": dict(list(LOCI.items())[:6])}, "CANDIDATES", tuple(list(LOCI)[:6])),
    "fingerprint": ("fingerprints", {"features": FACE}, "CANDIDATES", ("template",)),
    "face": ("faces", {"features": FACE}, "CANDIDATES", ("template",)),
}


@pytest.mark.parametrize(("database", "fields", "finding", "matched"), FOUND.values(), ids=FOUND)
def test_every_database_finds_what_it_holds(desk, database, fields, finding, matched):
    result = said(desk.query("BR", database, **fields))
    assert result.finding == finding
    (hit,) = result.hits
    assert (hit.database, hit.owner, hit.matched) == (database, "FR", matched)
    assert result.as_of == desk.now


MISSED = {
    "another person": ("nominal", {"family_name": "Example"}),
    "another document": ("sltd", {"document": {"number": "EXP000018", "country": "FR"}}),
    "the number of another country": ("sltd", {"document": {"number": "EXP000017", "country": "DE"}}),
    "a plate of another country": ("smv", {"plate": "ex 123", "country": "DE"}),
    "a hull number that is a vehicle's engine": ("vessels", {"engine": "ENG777"}),
    "another title": ("art", {"title": "Portrait"}),
    "dna of somebody else": ("dna", {"loci": dict.fromkeys(LOCI, ("7", "8"))}),
    "a stranger's print": ("fingerprints", {"features": FACE[::-1]}),
    "a stranger's face": ("faces", {"features": FACE[::-1]}),
}


@pytest.mark.parametrize(("database", "fields"), MISSED.values(), ids=MISSED)
def test_what_is_not_there_is_no_record(desk, database, fields):
    drafts = desk.query("BR", database, **fields)
    assert said(drafts).finding is Finding.NO_RECORD
    assert len(drafts) == 1


def test_a_face_that_is_neither_is_inconclusive_and_shows_nothing(desk):
    similar = tuple(min(255, value + 30) for value in FACE)
    result = said(desk.query("BR", "faces", features=similar))
    assert (result.finding, result.hits) == (Finding.INCONCLUSIVE, ())


def test_a_twin_is_a_candidate_and_nobody_is_told_of_a_hit(desk):
    drafts = desk.query("BR", "nominal", family_name="Fiction", forename="Ada", born="1971-12-16")
    assert said(drafts).finding is Finding.CANDIDATES
    assert said(drafts).hits[0].score < 80
    assert len(drafts) == 1


# --- hits and their owners


def test_a_hit_is_told_to_the_owner_and_to_the_bureau_that_answers_for_the_querier(desk):
    drafts = desk.query("BR-gru-border", "sltd", document={"number": "EXP000017", "country": "FR"})
    notice = drafts[1]
    assert (notice.kind, notice.to) == (Kind.HIT_NOTICE, ("FR", "BR"))
    assert isinstance(notice.content, HitReport)
    assert notice.content.querier == "BR"
    (registered,) = desk.core.queries.register.hits
    assert (registered.record, registered.state) == ("SLTD-000001", "open")


def test_what_bureaus_write_about_a_hit_moves_the_register_on(desk):
    desk.query("BR", "sltd", document={"number": "EXP000017", "country": "FR"})
    header = desk.header("FR", Kind.HIT_CONFIRM, channel="direct")
    assert desk.core.handle(MessageOpened(header, Confirmation(record="SLTD-000001", subject="yes")), desk.now) == []
    assert desk.core.queries.register.hits[0].state == "confirmed"


def test_an_owner_that_finds_its_own_record_is_not_told_of_it(desk):
    assert len(desk.query("FR", "sltd", document={"number": "EXP000017", "country": "FR"})) == 1


def test_a_hit_on_a_record_of_a_country_that_takes_no_part_is_told_to_the_querier_alone():
    desk = Desk([Record("SMV-10000001", "AQ", Database.SMV, Vehicle(vin=VIN))])
    drafts = desk.query("BR", "smv", vin=VIN)
    assert said(drafts).hits[0].owner == "AQ"
    assert [(one.kind, one.to, one.quoted) for one in drafts[1:]] == [(Kind.HIT_NOTICE, ("BR",), ())]
    assert len(desk.query("XP-airline", "sltd", document={"number": "EXP000017", "country": "FR"})) == 1


# --- two steps, composite, batch


def test_the_second_step_shows_the_whole_record(desk):
    first = said(desk.query("BR", "nominal", family_name="Fiction"))
    assert first.whole is None
    second = said(desk.query("BR", "nominal", record=first.hits[0].record))
    assert second.whole is not None
    assert second.whole.person == ADA


def test_the_whole_of_a_record_of_another_database_is_no_record(desk):
    assert said(desk.query("BR", "sltd", record="NOM-000001")).finding is Finding.NO_RECORD


def test_a_border_asks_three_databases_at_once():
    desk = Desk()
    noticed = Record("NOM-900001", "FR", Database.NOMINAL, ADA, "Red Notice", noticed=True)
    desk.core.databases.load([noticed])
    result = said(desk.query("BR", "border", document={"number": "EXP000077", "country": "FR"}, family_name="Fiction"))
    assert result.finding is Finding.HIT
    assert {hit.record for hit in result.hits} == {"TDAWN-90000101", "NOM-000001", "NOM-900001"}
    assert (
        said(desk.query("BR", "border", document={"number": "EXP000017", "country": "FR"})).hits[0].database == "sltd"
    )


def test_a_person_and_a_listed_document_of_hers_are_one_hit_under_the_persons_record():
    desk = Desk([])
    desk.core.databases.load([Record("NOM-900001", "FR", Database.NOMINAL, ADA, "Red Notice", noticed=True)])
    asked = {"document": {"number": "EXP000077", "country": "FR"}}
    for database in ("border", "tdawn"):
        notices = [one for one in desk.query("BR", database, **asked) if one.kind is Kind.HIT_NOTICE]
        assert [one.content.record for one in notices if isinstance(one.content, HitReport)] == ["NOM-900001"]


def test_a_listed_document_goes_with_its_notice(desk):
    desk.core.databases.load([Record("NOM-900001", "FR", Database.NOMINAL, ADA, noticed=True)])
    asked = {"document": {"number": "EXP000077", "country": "FR"}}
    assert said(desk.query("BR", "tdawn", **asked)).finding is Finding.HIT
    desk.core.databases.remove("NOM-900001")
    assert said(desk.query("BR", "tdawn", **asked)).finding is Finding.NO_RECORD


def test_a_batch_is_answered_in_its_order_and_a_bad_one_spoils_no_other(desk):
    batch = [{"vin": "1M8GDM9A1KP042788"}, {"vin": VIN}, {"vin": "11111111111111111"}]
    result = said(desk.query("BR", "smv", batch=batch))
    assert result.batch is not None
    assert [one.finding for one in result.batch] == [Finding.REFUSED, Finding.HIT, Finding.NO_RECORD]
    assert "check digit" in (result.batch[0].problems or ("",))[0]
    assert result.finding is Finding.HIT


def test_a_long_list_says_how_many_more_there_are():
    people = [
        Record(f"NOM-{number:06d}", "FR", Database.NOMINAL, ADA.model_copy(update={"forename": f"Ada{number}"}))
        for number in range(1, 21)
    ]
    result = said(Desk(people).query("BR", "nominal", family_name="Fiction"))
    assert (len(result.hits), result.more) == (6, 14)


# --- restrictions and levels


def test_a_barred_querier_is_answered_as_if_there_were_nothing_byte_for_byte(desk):
    asked = {"document": {"number": "EXP000017", "country": "FR"}}
    desk.bar("FR", Bar(whom="BR"))
    barred = desk.query("BR", "sltd", **asked)
    nothing = Desk([]).query("BR", "sltd", **asked)
    assert canonical(said(barred)) == canonical(said(nothing))
    assert barred[0] == nothing[0]
    assert [(one.kind, one.to) for one in barred[1:]] == [(Kind.RESTRICTED_HIT, ("FR",))]
    assert said(desk.query("DE", "sltd", **asked)).finding is Finding.HIT


def test_a_bar_on_one_record_hides_that_record_from_the_bureau_and_its_entities(desk):
    desk.bar("FR", Bar(whom="BR", scope=Scope(record="NOM-000001")))
    drafts = desk.query("BR-gru-border", "nominal", family_name="Fiction", forename="Ada", born="1980-05-06")
    assert said(drafts).finding is Finding.NO_RECORD
    assert drafts[1].kind is Kind.RESTRICTED_HIT
    assert said(desk.query("BR", "sltd", document={"number": "EXP000017", "country": "FR"})).finding is Finding.HIT


def test_a_bar_on_a_person_hides_the_documents_that_are_listed_with_her():
    desk = Desk([])
    desk.core.databases.load([Record("NOM-900001", "FR", Database.NOMINAL, ADA, noticed=True)])
    desk.bar("FR", Bar(whom="BR", scope=Scope(record="NOM-900001")))
    asked = {"document": {"number": "EXP000077", "country": "FR"}}
    assert said(desk.query("BR", "tdawn", **asked)).finding is Finding.NO_RECORD
    assert said(desk.query("DE", "tdawn", **asked)).finding is Finding.HIT


def test_the_whole_of_a_barred_record_is_no_record_and_its_owner_is_told(desk):
    desk.bar("FR", Bar(whom="BR"))
    drafts = desk.query("BR", "nominal", record="NOM-000001")
    assert said(drafts) == said(Desk([]).query("BR", "nominal", record="NOM-000001"))
    assert [one.kind for one in drafts] == [Kind.DB_RESULT, Kind.RESTRICTED_HIT]


def test_a_record_above_the_level_of_the_query_is_not_shown():
    secret = Record("NOM-000002", "FR", Database.NOMINAL, ADA, classification=Classification.CONFIDENTIAL)
    desk = Desk([secret])
    asked = {"family_name": "Fiction", "forename": "Ada", "born": "1980-05-06"}
    assert said(desk.query("BR", "nominal", **asked)).finding is Finding.NO_RECORD
    assert said(desk.query("BR", "nominal", level="confidential", **asked)).finding is Finding.HIT


def test_answers_to_searches_have_one_size_whatever_they_find():
    people = [
        Record(
            f"NOM-{number:06d}",
            "FR",
            Database.NOMINAL,
            ADA.model_copy(update={"forename": f"Ada{number}"}),
            "a summary that is as long as a summary may be " * 8,
            action="what its owner asks of whoever finds this record, at length " * 5,
        )
        for number in range(1, 21)
    ]
    sizes = {
        len(canonical(said(Desk(some).query("BR", "nominal", family_name="Fiction"))))
        for some in ([], people[:1], people[:3], people)
    }
    assert len(sizes) == 1
    batch = [{"family_name": "Fiction"}, {"family_name": "Example"}]
    sizes = {len(canonical(said(Desk(some).query("BR", "nominal", batch=batch)))) for some in ([], people)}
    assert len(sizes) == 1


# --- partners


@pytest.mark.parametrize(
    ("number", "finding"), [("EXP000017", Finding.REFER), ("EXP000018", Finding.OK)], ids=["listed", "not listed"]
)
def test_a_partner_learns_ok_or_refer_and_nothing_else(desk, number, finding):
    drafts = desk.query("XP-airline", "sltd", document={"number": number, "country": "FR"})
    result = said(drafts)
    assert result == QueryResult(finding=finding, as_of=desk.now, fill=result.fill)
    assert all("XP-airline" not in one.to for one in drafts[1:])


def test_a_partner_that_is_barred_hears_ok(desk):
    desk.bar("FR", Bar(whom="XP-airline"))
    drafts = desk.query("XP-airline", "sltd", document={"number": "EXP000017", "country": "FR"})
    assert said(drafts).finding is Finding.OK
    assert drafts[1].kind is Kind.RESTRICTED_HIT


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"record": "SLTD-000001"}, id="a whole record"),
        pytest.param({"copy": True}, id="a copy"),
        pytest.param({"batch": [{"document": {"number": "EXP000017", "country": "FR"}}]}, id="many"),
        pytest.param({"family_name": "Fiction"}, id="a name"),
    ],
)
def test_a_partner_asks_for_one_document_and_nothing_else(desk, fields):
    result = said(desk.query("XP-airline", "sltd", **fields))
    assert (result.finding, result.code) == (Finding.REFUSED, Code.DATA)


# --- delayed hits


def test_who_asked_before_the_record_came_is_told_when_it_comes(desk):
    asked = {"document": {"number": "EXP000099", "country": "FR"}}
    assert said(desk.query("BR-gru-border", "sltd", **asked)).finding is Finding.NO_RECORD
    drafts = desk.enter("FR", "sltd", document={"document": asked["document"], "fraud": "lost"})
    assert [(one.kind, one.to) for one in drafts] == [
        (Kind.DB_RESULT, ("FR",)),
        (Kind.DELAYED_HIT, ("FR", "BR")),
    ]
    again = desk.enter("FR", "sltd", document={"document": {"number": "EXP000098", "country": "FR"}, "fraud": "lost"})
    assert [one.kind for one in again] == [Kind.DB_RESULT]


def test_a_delayed_hit_comes_of_a_notice_too(desk):
    desk.query("BR", "border", document={"number": "EXN000001", "country": "FR"})
    bob = Person(
        family_name="Example",
        forename="Bob",
        sex="M",
        born="1970",
        documents=({"number": "EXN000001", "country": "FR"},),
    )
    desk.core.databases.load([Record("NOM-900001", "FR", Database.NOMINAL, bob, noticed=True)])
    actions = desk.core.handle(StatementTold("FR", Bars()), desk.now)
    kinds = [action.draft.kind for action in actions if isinstance(action, Send)]
    assert kinds == [Kind.DELAYED_HIT]


def test_a_delayed_hit_that_is_restricted_goes_to_the_owner_alone(desk):
    asked = {"document": {"number": "EXP000099", "country": "FR"}}
    desk.query("BR", "sltd", **asked)
    desk.bar("FR", Bar(whom="BR"))
    drafts = desk.enter("FR", "sltd", document={"document": asked["document"], "fraud": "lost"})
    assert [(one.kind, one.to) for one in drafts[1:]] == [(Kind.RESTRICTED_HIT, ("FR",))]


def test_a_query_is_remembered_for_thirty_days(desk):
    asked = {"document": {"number": "EXP000099", "country": "FR"}}
    desk.query("BR", "sltd", **asked)
    desk.now += timedelta(days=31)
    assert len(desk.enter("FR", "sltd", document={"document": asked["document"], "fraud": "lost"})) == 1


# --- owners


def test_an_owner_learns_who_looked_and_others_learn_nothing(desk):
    desk.query("BR-gru-border", "nominal", family_name="Fiction")
    desk.query("DE", "nominal", record="NOM-000001")
    desk.bar("FR", Bar(whom="BR"))
    desk.query("BR", "nominal", family_name="Fiction")
    looks = said(desk.query("FR", "nominal", record="NOM-000001", looks=True)).looks
    assert looks is not None
    assert [(look.querier, look.shown, look.whole) for look in looks] == [
        ("BR-gru-border", True, False),
        ("DE", True, True),
        ("BR", False, False),
    ]
    assert said(desk.query("DE", "nominal", record="NOM-000001", looks=True)) == QueryResult(
        finding=Finding.NO_RECORD, as_of=desk.now
    )


def test_an_owner_learns_in_which_case_and_at_which_desk_somebody_looked(desk):
    for case, officer in (("FICTION-2026-7", None), (None, "desk7")):
        asked = {"channel": "query", "database": "nominal", "operation": "query", "case_ref": case, "officer": officer}
        query = Query(database="nominal", family_name="Fiction")
        desk.message(desk.header("DE", Kind.DB_QUERY, **asked), query)
    looks = said(desk.query("FR", "nominal", record="NOM-000001", looks=True)).looks
    assert [(look.case, look.officer) for look in looks] == [("FICTION-2026-7", None), (None, "desk7")]
    assert {look.asked for look in looks} == {"family_name Fiction"}


@pytest.mark.parametrize(
    ("kinds", "said_"),
    [
        pytest.param((Kind.ARREST_NOTIFY, Kind.LOCATED_NOTIFY), True, id="arrested, and free again"),
        pytest.param((Kind.LOCATED_NOTIFY,), False, id="only found"),
        pytest.param((Kind.ARREST_NOTIFY,), False, id="held"),
    ],
)
def test_who_is_free_again_after_an_arrest_raises_a_question_for_a_person(kinds, said_):
    person = Person(family_name="Fiction", forename="Ada", sex="F", born="1980-01-02")
    desk = Desk([Record("NOM-900001", "FR", Database.NOMINAL, person, noticed=True)])
    desk.query("BR", "nominal", family_name="Fiction", forename="Ada", born="1980-01-02")
    found = []
    for kind in kinds:
        told = desk.header("BR", kind, channel="direct")
        found += desk.core.handle(MessageOpened(told, Confirmation(record="NOM-900001", subject="s")), desk.now)
    assert [isinstance(one, Remark) and "took no steps" in one.text for one in found] == ([True] if said_ else [])


def test_what_was_searched_for_is_told_in_words_that_name_no_template():
    document = {"number": "EXR0000001", "country": "FR"}
    search = Search(family_name="Fiction", born="1980", document=document, features=[7] * 32)
    assert search.words() == "family_name Fiction, born 1980, document EXR0000001 of FR, features"
    assert len(Search(family_name="a" * 400, forename="b").words()) == 400


def test_whoever_stands_before_a_dangerous_person_is_told_so_first(desk):
    armed = {"family_name": "Terrible", "forename": "Ivan", "sex": "M", "born": "1970-01-01", "dangers": ["armed"]}
    desk.enter("FR", "nominal", person=armed)
    (hit,) = said(desk.query("BR", "nominal", family_name="Terrible", forename="Ivan")).hits
    assert hit.instruction.startswith("careful, armed: do not act before")


@pytest.mark.parametrize(
    ("database", "fields", "said_"),
    [
        pytest.param("nominal", {}, "nothing to search for", id="nothing"),
        pytest.param("smv", {"vin": "1M8GDM9A1KP042788"}, "check digit", id="vin"),
        pytest.param("nominal", {"family_name": "A", "record": "NOM-000001"}, "one thing", id="two things"),
        pytest.param("nominal", {"looks": True}, "needs `record`", id="looks at nothing"),
        pytest.param("sltd", {"document": {"number": "ex 1", "country": "FR"}}, "shape", id="document number"),
    ],
)
def test_a_bad_query_is_answered_with_what_is_wrong_and_nothing_changes(desk, database, fields, said_):
    drafts = desk.query("BR", database, **fields)
    result = said(drafts)
    assert (result.finding, result.code, len(drafts)) == (Finding.REFUSED, Code.DATA, 1)
    assert any(said_ in problem for problem in result.problems or ())
    assert desk.core.queries.register.asked == []


# --- entries


def test_bad_data_are_answered_with_everything_that_is_wrong_and_nothing_changes(desk):
    before = dict(desk.core.databases.records)
    person = {"family_name": "?", "forename": "Ada", "sex": "F", "born": "1980-02-30"}
    result = said(desk.enter("FR", "nominal", person=person))
    assert (result.finding, result.code) == (Finding.REFUSED, Code.DATA)
    assert len(result.problems or ()) == 2
    assert desk.core.databases.records == before


@pytest.mark.parametrize(
    ("sender", "document", "finding", "code"),
    [
        pytest.param("FR", "FR", Finding.DONE, None, id="the issuing country"),
        pytest.param("FR-paris", "FR", Finding.DONE, None, id="its entity, for it"),
        pytest.param("BR", "FR", Finding.REFUSED, Code.RIGHTS, id="another country"),
    ],
)
def test_only_the_issuing_country_enters_a_travel_document(desk, sender, document, finding, code):
    drafts = desk.enter(
        sender, "sltd", document={"document": {"number": "EXP000055", "country": document}, "fraud": "lost"}
    )
    assert (said(drafts).finding, said(drafts).code) == (finding, code)
    if finding is Finding.DONE:
        assert desk.core.databases.records[said(drafts).record].owner == "FR"


@pytest.mark.parametrize("sender", ["BR", "DE"])
@pytest.mark.parametrize("operation", ["update", "delete"])
def test_only_the_owner_changes_a_record(desk, sender, operation):
    data = {} if operation == "delete" else {"person": ADA.model_dump(mode="json")}
    result = said(desk.enter(sender, "nominal", operation, record="NOM-000001", **data))
    other = said(desk.enter(sender, "nominal", operation, record="NOM-000077", **data))
    assert (result.finding, result.code) == (Finding.REFUSED, Code.RIGHTS)
    assert result.problems == other.problems


def test_a_changed_record_is_found_by_its_new_number_only(desk):
    fresh = {"vin": "11111111111111111"}
    assert said(desk.enter("FR", "smv", "update", record="SMV-000001", vehicle=fresh)).finding is Finding.DONE
    assert said(desk.query("BR", "smv", vin=VIN)).finding is Finding.NO_RECORD
    assert said(desk.query("BR", "smv", **fresh)).finding is Finding.HIT


def test_documents_are_listed_from_notices_alone(desk):
    listed = {"document": {"number": "EXP000055", "country": "FR"}, "person": "NOM-000001"}
    assert said(desk.enter("FR", "tdawn", listed=listed)).code is Code.RIGHTS


# --- retention


def test_a_record_that_is_not_renewed_is_announced_and_then_deleted(desk):
    vehicle = {"plate": "EX-9", "country": "FR"}
    made = said(desk.enter("FR", "smv", vehicle=vehicle, review_on="2026-03-30"))
    (reminder,) = desk.wait()
    assert (reminder.kind, reminder.to) == (Kind.COMPLIANCE_QUERY, ("FR",))
    assert isinstance(reminder.content, Note)
    assert made.record in reminder.content.subject
    assert desk.now == datetime(2026, 3, 30, tzinfo=UTC)
    assert made.record not in desk.core.databases.records
    assert "deleted" in desk.remarks[0]


def test_a_renewed_record_stays(desk):
    vehicle = {"plate": "EX-9", "country": "FR"}
    made = said(desk.enter("FR", "smv", vehicle=vehicle, review_on="2026-03-30"))
    desk.enter("FR", "smv", "update", record=made.record, vehicle=vehicle, review_on="2027-03-30")
    assert desk.wait() == []
    assert made.record in desk.core.databases.records


def test_a_record_whose_time_is_over_is_not_found():
    old = Record("SMV-000001", "FR", Database.SMV, Vehicle(vin=VIN), review_on="2026-03-02")
    assert said(Desk([old]).query("BR", "smv", vin=VIN)).finding is Finding.NO_RECORD


@pytest.mark.parametrize(("database", "year"), [("sltd", "2036"), ("nominal", "2031")])
def test_the_usual_term_is_ten_years_for_travel_documents_and_else_five(desk, database, year):
    data = (
        {"document": {"document": {"number": "EXP000055", "country": "FR"}, "fraud": "lost"}}
        if database == "sltd"
        else {"person": ADA.model_dump(mode="json")}
    )
    made = said(desk.enter("FR", database, **data)).record
    assert desk.core.databases.records[made].review_on == f"{year}-03-02"
    assert desk.plans == []


# --- copies


def test_a_copy_has_what_its_holder_may_see_and_says_how_old_it_is(desk):
    desk.core.databases.load([Record("NOM-900001", "DE", Database.NOMINAL, ADA, noticed=True)])
    desk.bar("FR", Bar(whom="BR"))
    copy = said(desk.query("BR", "border", copy=True)).copy_
    assert copy is not None
    assert copy.as_of == desk.now
    assert {one.owner for one in copy.marks.values()} == {"DE"}
    assert copy.marks["FR:EXP000077"].record == "NOM-900001"
    other = said(desk.query("DE", "sltd", copy=True)).copy_
    assert other is not None
    assert list(other.marks) == ["FR:EXP000017"]

"""What is wrong with records and searches: everything, and nothing that is right."""

from datetime import date

import pytest

from i247sim.secretariat.wellformed import (
    SEARCHED_BY,
    imo_check_digit,
    vin_check_digit,
    wrong_with_record,
    wrong_with_search,
)
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.records import KEY_OF, Particulars, Search

TODAY = date(2026, 3, 2)
ADA = {"family_name": "Fiction", "forename": "Ada", "sex": "F", "born": "1980-05-06"}
PASSPORT = {"document": {"number": "EXF000017", "country": "FR"}, "fraud": "stolen"}
LOCI = {f"D{number}S1": ["12", "13.2"] for number in range(10)}
GOOD = {
    "person": (Database.NOMINAL, ADA),
    "travel document": (Database.SLTD, PASSPORT),
    "paper": (Database.SAD, {"number": "EXA12345", "country": "FR"}),
    "vehicle": (Database.SMV, {"vin": "1M8GDM9AXKP042788"}),
    "plate": (Database.SMV, {"plate": "EX 1234", "country": "FR"}),
    "vessel": (Database.VESSELS, {"imo": "9074729"}),
    "firearm": (Database.FIREARMS, {"serial": "EX-777", "make": "Fictarms"}),
    "work of art": (Database.ART, {"title": "Landscape that never was"}),
    "dna": (Database.DNA, {"loci": LOCI}),
    "fingerprint": (Database.FINGERPRINTS, {"features": [7] * 32}),
    "face": (Database.FACES, {"features": [7] * 32}),
}


def record(database: Database, data: object, **more: object) -> Particulars:
    return Particulars.model_validate({KEY_OF[database]: data, **more})


@pytest.mark.parametrize(("database", "data"), GOOD.values(), ids=GOOD)
def test_a_good_record_has_nothing_wrong(database, data):
    assert wrong_with_record(database, record(database, data), TODAY) == ()


def test_every_database_that_holds_records_is_tried_here():
    assert {database for database, _ in GOOD.values()} == set(KEY_OF) - {Database.TDAWN}


BAD = {
    "impossible date": (Database.NOMINAL, {**ADA, "born": "1980-02-30"}, "`1980-02-30` is a date that does not exist"),
    "impossible month": (Database.NOMINAL, {**ADA, "born": "1980-13"}, "does not exist"),
    "born tomorrow": (Database.NOMINAL, {**ADA, "born": "2026-03-03"}, "lies in the future"),
    "born before anybody": (Database.NOMINAL, {**ADA, "born": "1780"}, "before 1850"),
    "name without letters": (Database.NOMINAL, {**ADA, "forename": "--"}, "has no letter"),
    "document number": (
        Database.SLTD,
        {**PASSPORT, "document": {"number": "ab 1", "country": "FR"}},
        "`ab 1` has the wrong shape",
    ),
    "stolen tomorrow": (Database.SLTD, {**PASSPORT, "stolen_on": "2027"}, "stolen_on `2027` lies in the future"),
    "vin check digit": (Database.SMV, {"vin": "1M8GDM9A1KP042788"}, "expected `X` at its ninth place, found `1`"),
    "vin shape": (Database.SMV, {"vin": "1M8GDM9AOKP042788"}, "17 capitals and digits without I, O and Q"),
    "vehicle without a number": (Database.SMV, {"colour": "red"}, "needs one of `vin`, `plate` and `engine`"),
    "plate of no country": (Database.SMV, {"plate": "EX 1"}, "`country` of the plate is missing"),
    "imo check digit": (Database.VESSELS, {"imo": "9074728"}, "expected `9` at its end"),
    "imo shape": (Database.VESSELS, {"imo": "907"}, "expected seven digits"),
    "vessel without a number": (Database.VESSELS, {"flag": "FR"}, "needs one of"),
    "serial": (Database.FIREARMS, {"serial": "1", "make": "Fictarms"}, "too short"),
    "few loci": (Database.DNA, {"loci": {"D1S1": ["1", "2"]}}, "says nothing"),
    "short template": (Database.FACES, {"features": [1, 2]}, "32 features; found 2"),
}


@pytest.mark.parametrize(("database", "data", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_named(database, data, said):
    (wrong,) = wrong_with_record(database, record(database, data), TODAY)
    assert said in wrong


def test_everything_that_is_wrong_is_said_not_only_the_first():
    data = {**ADA, "born": "1980-02-30", "documents": [{"number": "x", "country": "FR"}], "family_name": "?"}
    wrong = wrong_with_record(Database.NOMINAL, record(Database.NOMINAL, data, review_on="2040-01-01"), TODAY)
    assert len(wrong) == 4


def test_a_record_needs_the_data_of_its_database():
    assert "needs `vehicle`; found `person`" in wrong_with_record(Database.SMV, record(Database.NOMINAL, ADA), TODAY)[0]
    assert "it is missing" in wrong_with_record(Database.SMV, Particulars(), TODAY)[0]
    assert "no records of its own" in wrong_with_record(Database.BORDER, Particulars(), TODAY)[0]


@pytest.mark.parametrize(
    ("database", "review_on", "good"),
    [
        pytest.param(Database.NOMINAL, "2031-03-02", True, id="five years"),
        pytest.param(Database.NOMINAL, "2031-03-03", False, id="more than five years"),
        pytest.param(Database.SLTD, "2036-03-02", True, id="ten years for travel documents"),
        pytest.param(Database.SLTD, "2026-03-02", False, id="today"),
        pytest.param(Database.SLTD, "2026-02-31", False, id="no date"),
    ],
)
def test_the_review_date_lies_within_the_term(database, review_on, good):
    data = ADA if database is Database.NOMINAL else PASSPORT
    assert (wrong_with_record(database, record(database, data, review_on=review_on), TODAY) == ()) is good


def test_check_digits_of_published_examples():
    assert vin_check_digit("1M8GDM9A_KP042788".replace("_", "0")) == "X"
    assert vin_check_digit("1" * 17) == "1"
    assert imo_check_digit("907472") == "9"


@pytest.mark.parametrize(
    ("database", "search", "said"),
    [
        pytest.param(Database.NOMINAL, {}, "nothing to search for", id="nothing"),
        pytest.param(Database.NOMINAL, {"born": "1980"}, "`family_name` or `document`", id="a birth alone"),
        pytest.param(
            Database.SLTD, {"family_name": "Fiction"}, "is not searched by `family_name`", id="a name in SLTD"
        ),
        pytest.param(Database.NOMINAL, {"family_name": "A", "born": "1980-02-30"}, "does not exist", id="a date"),
        pytest.param(Database.SMV, {"vin": "1M8GDM9A1KP042788"}, "check digit", id="a VIN"),
        pytest.param(Database.FACES, {"features": [1]}, "32 features", id="a face"),
    ],
)
def test_a_bad_search_is_named(database, search, said):
    assert any(said in wrong for wrong in wrong_with_search(database, Search.model_validate(search)))


def test_every_database_says_by_what_it_is_searched():
    assert set(SEARCHED_BY) == set(Database)
    assert all(set(fields) <= set(Search.model_fields) for fields in SEARCHED_BY.values())

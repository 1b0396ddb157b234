"""Invented records: the same for the same seed, visibly invented, and found again."""

import asyncio
from datetime import date

import pytest

from i247sim.exercise.check import check
from i247sim.exercise.generator import LOCALES, generate
from i247sim.exercise.medium import Medium
from i247sim.exercise.record_file import RecordFile, digest_of
from i247sim.exercise.session import Options, Session, Watch
from i247sim.secretariat.databases import Databases
from i247sim.secretariat.hits import search
from i247sim.secretariat.wellformed import wrong_with_record
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.messages import Database, Operation
from i247sim.vocabulary.queries import RecordEntry
from i247sim.vocabulary.records import KEY_OF, Document, Particulars, Person, Search, TravelDocument

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("records") / "small.db"
    generate(path, 300, 200, 7)
    return path


@pytest.fixture
def file(path):
    file = RecordFile(path)
    yield file
    file.close()


def test_the_same_seed_gives_the_same_records_and_another_one_others(file, tmp_path):
    again, other = generate(tmp_path / "again.db", 300, 200, 7), generate(tmp_path / "other.db", 300, 200, 8)
    assert (file.about, file.digest) == (again, again.digest)
    assert other.digest != again.digest


def test_it_holds_what_it_says(file):
    assert (file.about.sltd, file.about.nominal, file.about.seed) == (300, 200, 7)
    assert len(list(file.travel_documents())) == 300
    assert len(list(file.persons())) == 200
    assert digest_of(file) == file.digest


def test_every_record_is_well_formed_and_says_that_it_is_invented(file):
    for prefix, database, rows in (
        ("SLTD", Database.SLTD, file.travel_documents()),
        ("NOM", Database.NOMINAL, file.persons()),
    ):
        for row in rows:
            record = file.record(f"{prefix}-{row[0]}")
            assert record is not None
            assert record.summary.startswith("EXERCISE")
            assert wrong_with_record(database, Particulars.model_validate({KEY_OF[database]: record.data}), TODAY) == ()
            held = record.data
            assert isinstance(held, Person | TravelDocument)
            documents = held.documents if isinstance(held, Person) else (held.document,)
            assert all(document.number.startswith("EX") for document in documents)


def test_names_come_in_many_scripts(file):
    names = [file.record(f"NOM-{row[0]}").data.family_name for row in file.persons()]
    assert any(name.isascii() for name in names)
    assert len({ord(name[0]) // 256 for name in names}) >= 5
    assert len(LOCALES) >= 30


def test_every_travel_document_is_found_by_its_number(file):
    databases = Databases(file)
    for row in file.travel_documents():
        (match,) = search(databases, Database.SLTD, Search(document=Document(number=row[2], country=row[1])), TODAY)
        assert (match.record.id, match.sure) == (f"SLTD-{row[0]}", True)


def test_every_person_is_found_by_name_and_birth(file):
    databases = Databases(file)
    for row in file.persons():
        person = Person.model_validate_json(row[2])
        asked = Search(family_name=person.family_name, forename=person.forename, born=person.born)
        found = search(databases, Database.NOMINAL, asked, TODAY)
        assert f"NOM-{row[0]}" in [match.record.id for match in found[:3]]


def test_what_owners_change_or_delete_is_no_longer_found_in_the_file(file):
    databases = Databases(file)
    row = next(file.travel_documents())
    id_, asked = f"SLTD-{row[0]}", Search(document=Document(number=row[2], country=row[1]))
    entry = RecordEntry(database=Database.SLTD, operation=Operation.DELETE, record=id_)
    assert databases.enter("XX", ["XX"], entry, TODAY).record is None
    assert databases.enter(row[1], [row[1]], entry, TODAY).record == id_
    assert search(databases, Database.SLTD, asked, TODAY) == []
    assert databases.get(id_, TODAY) is None


def test_a_new_record_has_a_number_far_from_those_of_the_file(file):
    databases = Databases(file)
    person = next(iter(file.persons()))
    update = RecordEntry.model_validate(
        {
            "database": "nominal",
            "operation": "update",
            "record": f"NOM-{person[0]}",
            "person": Person.model_validate_json(person[2]),
        }
    )
    assert databases.enter(person[1], [person[1]], update, TODAY).record == f"NOM-{person[0]}"
    fresh = update.model_copy(update={"operation": Operation.CREATE, "record": None})
    assert databases.enter("FR", ["FR"], fresh, TODAY).record == "NOM-000001"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda path: None, "there is none", id="nothing there"),
        pytest.param(lambda path: path.write_bytes(b"no database at all"), "is no record file", id="another file"),
        pytest.param(lambda path: path.mkdir(), "there is none", id="a folder"),
    ],
)
def test_what_is_no_record_file_is_said_so(tmp_path, make, said):
    path = tmp_path / "x.db"
    make(path)
    with pytest.raises(InputError, match=said):
        RecordFile(path)


def test_a_file_is_never_written_over(path):
    with pytest.raises(InputError, match="exists already"):
        generate(path, 1, 1, 1)


def test_an_unfinished_file_is_thrown_away(tmp_path):
    def stop(what, done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "x.db", 10, 10, 1, stop)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_said_so_when_it_is_read(path, tmp_path):
    damaged = tmp_path / "damaged.db"
    data = bytearray(path.read_bytes())
    data[8192:-4096] = bytes(len(data) - 8192 - 4096)
    damaged.write_bytes(data)
    with pytest.raises(InputError, match=r"damaged|no record file"):
        digest_of(RecordFile(damaged))


def test_a_person_that_is_none_is_said_so(path, tmp_path):
    import sqlite3

    spoilt = tmp_path / "spoilt.db"
    spoilt.write_bytes(path.read_bytes())
    with sqlite3.connect(spoilt) as database:
        database.execute("UPDATE nominal SET person = '{}'")
    with pytest.raises(InputError, match="is damaged"):
        RecordFile(spoilt).record("NOM-10000001")


def test_a_question_without_end_in_place_of_a_table_is_not_asked(path, tmp_path):
    import sqlite3

    endless = tmp_path / "endless.db"
    endless.write_bytes(path.read_bytes())
    with sqlite3.connect(endless) as database:
        database.executescript(
            "DROP TABLE sltd; CREATE VIEW sltd AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n)"
            " SELECT i AS id, '' AS country, '' AS number, '' AS type, '' AS fraud, '' AS stolen_on, '' AS review_on"
            " FROM n"
        )
    with pytest.raises(InputError, match="its tables are not those of one"):
        RecordFile(endless)


RESTARTED = """
title: Two computers that start again
aim: Nothing is forgotten.
participants: {bureaus: [FR]}
timeline:
  - at: T+0s
    send: {from: FR, kind: DB_QUERY, purpose: case-support, query: {database: sltd, copy: yes}}
  - {at: T+1h, crash: {party: IPSG}}
  - {at: T+1h, crash: {party: FR}}
  - {at: T+2h, bounce: {party: IPSG}}
  - {at: T+2h, bounce: {party: FR}}
  - at: T+3h
    look: {party: FR, database: sltd, document: {number: NUMBER, country: COUNTRY}}
  - at: T+4h
    label: search
    send:
      from: FR
      kind: DB_QUERY
      purpose: case-support
      query: {database: sltd, document: {number: NUMBER, country: COUNTRY}}
expect:
  - {says: The secretariat finds it, finding: {message: search, is: HIT, record: RECORD}}
"""


def test_a_scenario_is_checked_with_the_file_that_it_is_played_with(path, file, tmp_path):
    number, country, document, *_ = next(iter(file.travel_documents()))
    story = tmp_path / "story.yaml"
    named = RESTARTED.replace("NUMBER", document).replace("COUNTRY", country).replace("RECORD", f"SLTD-{number}")
    story.write_text(named, encoding="utf-8")
    assert (check(story, path).errors, check(story, path).warnings) == ((), ())
    (error,) = check(story).errors
    assert "was answered with NO_RECORD" in error.text


def test_a_computer_that_starts_again_still_has_what_stands_in_the_file(path, file, tmp_path):
    number, country, document, *_ = next(iter(file.travel_documents()))
    story = tmp_path / "story.yaml"
    named = RESTARTED.replace("NUMBER", document).replace("COUNTRY", country).replace("RECORD", f"SLTD-{number}")
    story.write_text(named, encoding="utf-8")
    looked: list[str] = []

    def note(line):
        if line["event"] == "remark":
            looked.append(line["text"])

    options = Options(story, out=tmp_path / "run", medium=Medium.MEMORY, records=path)
    finished = asyncio.run(Session.create(options, Watch(line=note)).run())
    assert finished.passed, "the secretariat has forgotten the file"
    assert f"is SLTD-{number} of {country}" in looked[-1], "what FR has taken along refers to it"

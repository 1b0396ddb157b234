"""What holds for all names and all searches, whatever anybody writes into them."""

import re

from database_desk import ADA, Desk, said
from hypothesis import given
from hypothesis import strategies as st

from i247sim.secretariat.databases import Databases, Record
from i247sim.secretariat.hits import search
from i247sim.secretariat.matching import name_keys, name_likeness, person_likeness, words
from i247sim.secretariat.wellformed import wrong_with_search
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.queries import Finding
from i247sim.vocabulary.records import Person, Search
from i247sim.vocabulary.statements import Bar

NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30)
LETTERS = st.text(
    st.sampled_from("abcdefghijklmnopqrstuvwxyzäöüéñçøšžабвгдежзиклмно王李小محمد"), min_size=2, max_size=15
)
BIRTHS = st.dates().map(lambda day: day.isoformat()).filter(lambda text: text >= "1850")


@given(NAMES, NAMES)
def test_any_text_is_a_name_that_can_be_compared(one, other):
    assert all(re.fullmatch("[a-z0-9]+", word) for word in words(one))
    assert 0 <= name_likeness(words(one), words(other)) <= 1
    found = person_likeness((one, other, "1980", "F"), (other, one, "1980-01-01", "F"))
    assert found is None or 0 <= found.score <= 100


@given(LETTERS, LETTERS, BIRTHS)
def test_everybody_is_found_by_their_own_particulars(family_name, forename, born):
    found = person_likeness((family_name, forename, born, "F"), (family_name, forename, born, "F"))
    if words(family_name) and words(forename):
        assert found is not None
        assert (found.sure, found.score) == (True, 100)


@given(LETTERS, LETTERS, BIRTHS, BIRTHS)
def test_another_birth_is_never_a_hit(family_name, forename, born, other):
    found = person_likeness((family_name, forename, born, None), (family_name, forename, other, "U"))
    assert found is None or found.sure is (born == other)


@given(LETTERS, LETTERS)
def test_exchanged_names_are_filed_under_the_same_keys(family_name, forename):
    assert set(name_keys(family_name, forename)) == set(name_keys(forename, family_name))


@given(
    st.builds(
        Search,
        family_name=NAMES,
        forename=NAMES,
        born=st.from_regex(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", fullmatch=True),
    )
)
def test_any_search_is_answered_or_called_wrong(asked):
    databases = Databases()
    databases.load([Record("NOM-000001", "FR", Database.NOMINAL, ADA)])
    if not wrong_with_search(Database.NOMINAL, asked):
        assert len(search(databases, Database.NOMINAL, asked, Desk().now.date())) <= 1


@given(st.lists(st.tuples(LETTERS, LETTERS, BIRTHS), max_size=8), LETTERS, LETTERS)
def test_whatever_there_is_a_barred_querier_gets_the_bytes_of_nothing(people, family_name, forename):
    records = [
        Record(
            f"NOM-{number:06d}",
            "FR",
            Database.NOMINAL,
            Person(family_name=family, forename=given_, sex="U", born=born),
            "a summary",
        )
        for number, (family, given_, born) in enumerate(people, 1)
    ]
    barred, empty = Desk(records), Desk([])
    barred.bar("FR", Bar(whom="BR"))
    asked = {"family_name": family_name, "forename": forename}
    answer, nothing = said(barred.query("BR", "nominal", **asked)), said(empty.query("BR", "nominal", **asked))
    assert canonical(answer) == canonical(nothing)
    assert answer.finding is Finding.NO_RECORD

"""Names and births that are the same in another writing, and those that only look it. All persons are invented."""

import pytest

from i247sim.secretariat.matching import birth_likeness, name_keys, person_likeness, skeleton, words

BORN = "1980-05-06"

SAME = {
    "arabic by two romanisations": (("El Rachid", "Mohamed"), ("Al-Rashid", "Muhammad")),
    "article grown together": (("Al-Rashid", "Mohammed"), ("Alrashid", "Muhamad")),
    "yusuf in french and turkish": (("Hussein", "Youssef"), ("Husain", "Yusuf")),
    "cyrillic": (("Ivanov", "Aleksandr"), ("Иванов", "Александр")),
    "cyrillic by an old spelling": (("Ivanoff", "Alexander"), ("Иванов", "Александр")),
    "cyrillic by an english hand": (("Shcherbakov", "Yevgeny"), ("Щербаков", "Евгений")),
    "cyrillic by a german hand": (("Schtscherbakow", "Jewgeni"), ("Щербаков", "Евгений")),
    "chinese characters": (("Wang", "Xiaoming"), ("王", "小明")),
    "chinese order exchanged": (("Xiao Ming", "Wang"), ("Wang", "Xiaoming")),
    "spanish double name in short": (("Garcia", "Maria"), ("García Márquez", "María José")),
    "spanish names cut elsewhere": (("Marquez", "Maria Garcia"), ("García Márquez", "María")),
    "portuguese particles": (("Silva", "Joao"), ("da Silva Santos", "João")),
    "umlaut written out": (("Mueller", "Juergen"), ("Müller", "Jürgen")),
    "umlaut dropped": (("Muller", "Jurgen"), ("Müller", "Jürgen")),
    "sharp s and slashed o": (("Strasse", "Bjorn"), ("Straße", "Bjørn")),
    "greek": (("Papadopoulos", "Giorgos"), ("Παπαδόπουλος", "Γιώργος")),
    "vietnamese marks": (("Nguyen", "Van An"), ("Nguyễn", "Văn An")),
    "capitals and hyphens": (("MEYER-SCHMIDT", "ANNA"), ("Meyer Schmidt", "Anna")),
}


@pytest.mark.parametrize(("asked", "held"), SAME.values(), ids=SAME)
def test_the_same_name_in_another_writing_with_the_same_birth_is_a_hit(asked, held):
    found = person_likeness((*asked, BORN, None), (*held, BORN, "U"))
    assert found is not None
    assert found.sure, found
    assert found.score >= 90
    assert "born" in found.fields


@pytest.mark.parametrize(("asked", "held"), SAME.values(), ids=SAME)
def test_they_share_a_key_under_which_they_are_filed(asked, held):
    assert set(name_keys(*asked)) & set(name_keys(*held))


CANDIDATES = {
    "arabic script has no vowels": (("Al-Rashid", "Mohammed"), ("الرشيد", "محمد")),
    "korean syllables": (("Kim", "Min-jun"), ("김", "민준")),
    "two names with the same consonants": (("Hassan", "Ali"), ("Hussein", "Ali")),
    "one letter in each name differs": (("Martin", "Jean"), ("Marvin", "Joan")),
    "relatives of a name": (("Smith", "John"), ("Schmidt", "Johann")),
}


@pytest.mark.parametrize(("asked", "held"), CANDIDATES.values(), ids=CANDIDATES)
def test_what_could_be_the_same_is_a_candidate_for_a_human(asked, held):
    found = person_likeness((*asked, BORN, None), (*held, BORN, "U"))
    assert found is not None
    assert not found.sure, found
    assert 60 <= found.score < 100


NOT = {
    "another name": (("Fiction", "Ada", BORN), ("Example", "Bob", BORN)),
    "same forename only": (("Fiction", "Ada", BORN), ("Example", "Ada", BORN)),
    "same family name, other forename and birth": (("Fiction", "Ada", "1980"), ("Fiction", "Bob", "1981")),
    "alike, and born another day": (("Martin", "Jean", BORN), ("Marvin", "Joan", "1991-11-30")),
    "short names": (("Wu", "Li", BORN), ("Ye", "An", BORN)),
}


@pytest.mark.parametrize(("asked", "held"), NOT.values(), ids=NOT)
def test_what_is_somebody_else_is_no_match(asked, held):
    assert person_likeness((*asked, None), (*held, "U")) is None


def test_a_twin_with_the_same_name_and_another_birth_is_a_candidate_and_no_hit():
    found = person_likeness(("Fiction", "Ada", "1980-05-06", None), ("Fiction", "Ada", "1971-12-16", "F"))
    assert found is not None
    assert not found.sure
    assert not any(name.startswith("born") for name in found.fields)
    same = person_likeness(("Fiction", "Ada", "1980-05-06", None), ("Fiction", "Ada", "1980-05-06", "F"))
    assert same is not None
    assert same.sure
    assert same.score > found.score


def test_another_sex_makes_no_hit():
    found = person_likeness(("Fiction", "Sascha", BORN, "M"), ("Fiction", "Sascha", BORN, "F"))
    assert found is not None
    assert not found.sure


def test_an_alias_is_a_name():
    found = person_likeness(("Example", "Bob", BORN, None), ("Fiction", "Ada", BORN, "U"), ("Bob Example",))
    assert found is not None
    assert "alias" in found.fields


@pytest.mark.parametrize(
    ("asked", "held", "likeness", "said"),
    [
        pytest.param("1980-05-06", "1980-05-06", 1.0, "born", id="whole"),
        pytest.param("1980-06-05", "1980-05-06", 0.85, "born (day and month transposed)", id="transposed"),
        pytest.param("1980", "1980-05-06", 0.7, "born (year)", id="year asked"),
        pytest.param("1980-05-06", "1980", 0.7, "born (year)", id="year held"),
        pytest.param("1980-05", "1980-05-06", 0.8, "born (year and month)", id="year and month"),
        pytest.param("1980-05-07", "1980-05-06", 0.6, "born (one digit differs)", id="slip"),
        pytest.param("1981", "1980-05-06", 0.0, "", id="another year"),
        pytest.param("1991-11-30", "1980-05-06", 0.0, "", id="another date"),
        pytest.param(None, "1980-05-06", 0.0, "", id="not asked"),
    ],
)
def test_births_agree_as_far_as_they_are_known(asked, held, likeness, said):
    assert birth_likeness(asked, held) == (likeness, said)


def test_a_partial_birth_makes_no_hit():
    found = person_likeness(("Fiction", "Ada", "1980", None), ("Fiction", "Ada", "1980", "F"))
    assert found is not None
    assert not found.sure


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Müller-Lüdenscheidt", ("muller", "ludenscheidt"), id="hyphen and umlaut"),
        pytest.param("王小明", ("wang", "xiao", "ming"), id="chinese"),
        pytest.param("O'Fiction", ("ofiction",), id="apostrophe"),
        pytest.param("---", (), id="no letter"),
    ],
)
def test_words_of_a_name(name, expected):
    assert words(name) == expected


def test_a_skeleton_is_what_is_heard():
    assert len({skeleton(word) for word in ("mohammed", "muhamad", "mohamed", "mhmd")}) == 1
    assert skeleton("hassan") != skeleton("hamad")

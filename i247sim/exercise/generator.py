"""Invented records in great number, the same for the same seed: a database that is as full as a real one.

Names come from Faker in many languages and scripts; everything else is drawn here. Nothing can be taken for real:
numbers come from reserved ranges (documents begin with ``EX``), every summary says EXERCISE, and no picture, address
or print is made. For exercises only, never for anything secret.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from faker import Faker

from i247sim.exercise.record_file import FIRST_ID, About, PersonRow, RecordFileWriter, TravelRow
from i247sim.secretariat.matching import name_keys
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.parties import members
from i247sim.vocabulary.records import Document, Person

LOCALES = {
    "ar_EG": "EG", "bg_BG": "BG", "cs_CZ": "CZ", "de_DE": "DE", "el_GR": "GR", "en_GB": "GB", "en_IN": "IN",
    "en_NG": "NG", "en_US": "US", "es_CO": "CO", "es_ES": "ES", "es_MX": "MX", "fa_IR": "IR", "fi_FI": "FI",
    "fr_FR": "FR", "hr_HR": "HR", "hu_HU": "HU", "id_ID": "ID", "it_IT": "IT", "ja_JP": "JP", "ko_KR": "KR",
    "nl_NL": "NL", "no_NO": "NO", "pl_PL": "PL", "pt_BR": "BR", "ro_RO": "RO", "ru_RU": "RU", "sv_SE": "SE",
    "tr_TR": "TR", "uk_UA": "UA", "vi_VN": "VN", "zh_CN": "CN",
}  # fmt: skip
"""Language and country of invented persons: the scripts of the world, not its population."""
MOST = 5_000_000
"""The largest number of records of a kind."""
_EPOCH = date(2026, 1, 1)
"""The day on which the file pretends to have been made: exercises begin later."""
_FRAUDS = ("stolen", "stolen", "stolen", "lost", "lost", "lost", "lost", "revoked", "invalid", "stolen-blank")
_TYPES = ("passport", "passport", "passport", "identity-card", "identity-card", "residence-permit")
_STATUS = ("charged", "convicted", "suspect", "suspect", "witness", "missing", "possible-threat")
_BATCH = 20_000


def generate(
    path: Path, sltd: int, nominal: int, seed: int, progress: Callable[[str, int], None] = lambda what, done: None
) -> About:
    """Make a record file at ``path``. ``progress`` is told (``sltd`` or ``nominal``, how many are done).

    Raises ``InputError`` if the file is there or cannot be written; an unfinished one is removed.
    """
    writer = RecordFileWriter(path)
    try:
        for first in range(0, sltd, _BATCH):
            count = min(_BATCH, sltd - first)
            writer.travel_documents(_travel_documents(seed, first, count))
            progress("sltd", first + count)
        people = _People(seed)
        for first in range(0, nominal, _BATCH // 10):
            count = min(_BATCH // 10, nominal - first)
            writer.persons(people.some(first, count))
            progress("nominal", first + count)
        return writer.finish(sltd, nominal, seed)
    except BaseException:
        writer.discard()
        raise


def _travel_documents(seed: int, first: int, count: int) -> Iterator[TravelRow]:
    drawn = random.Random(f"{seed}/sltd/{first}")  # noqa: S311 - invented data, nothing secret
    countries = tuple(members())
    days = []
    for back in range(1, 3200):
        stolen_on = (_EPOCH - timedelta(days=back)).isoformat()
        # Ten years on: 29 February has no anniversary then.
        review_on = f"{int(stolen_on[:4]) + 10}{stolen_on[4:].replace('-02-29', '-02-28')}"
        days.append((stolen_on, review_on))
    for number in range(first, first + count):
        bits = drawn.getrandbits(64)
        stolen_on, review_on = days[(bits >> 32) % len(days)]
        yield (
            FIRST_ID + number,
            countries[(bits & 0xFFFF) % len(countries)],
            f"EX{number:08d}",
            _TYPES[(bits >> 16 & 0xFF) % len(_TYPES)],
            _FRAUDS[(bits >> 24 & 0xFF) % len(_FRAUDS)],
            stolen_on,
            review_on,
        )


class _People:
    """A seeded stream of invented persons."""

    def __init__(self, seed: int) -> None:
        self._drawn = random.Random(f"{seed}/nominal")  # noqa: S311 - invented data, nothing secret
        self._seed = seed
        self._owners = tuple(members())

    @cached_property
    def _fakers(self) -> list[tuple[str, Faker]]:
        """(Country, source of its names). Made when the first person is: that takes a second or two."""
        found = []
        for locale, country in LOCALES.items():
            faker = Faker(locale)
            faker.seed_instance(f"{self._seed}/{locale}")
            found.append((country, faker))
        return found

    def some(self, first: int, count: int) -> Iterator[tuple[PersonRow, Person, tuple[int, ...]]]:
        """``count`` persons from number ``first`` on."""
        for number in range(first, first + count):
            person = self._person(number)
            owner = self._drawn.choice(self._owners)
            review_on = (_EPOCH + timedelta(days=self._drawn.randrange(180, 1800))).isoformat()
            summary = f"EXERCISE: invented person, {person.status}"
            row = (FIRST_ID + number, owner, canonical(person).decode(), summary, review_on)
            names = (person.family_name, person.forename, *(person.aliases or ()))
            yield row, person, name_keys(*names)

    def _person(self, number: int) -> Person:
        drawn = self._drawn
        country, faker = drawn.choice(self._fakers)
        sex = drawn.choice("FM")
        forename, family_name = _name(faker, sex)
        born = date(1945, 1, 1) + timedelta(days=drawn.randrange(365 * 62))
        known = drawn.random()
        aliases = None
        if drawn.random() < 0.1:
            aliases = (" ".join(_name(faker, sex)),)
        documents: tuple[Document, ...] = ()
        if drawn.random() < 0.6:
            documents = (Document(number=f"EXN{number:08d}", country=country),)
        return Person(
            family_name=family_name,
            forename=forename,
            sex=sex,
            born=born.isoformat() if known < 0.9 else str(born.year),
            nationalities=(country,),
            documents=documents,
            aliases=aliases,
            status=drawn.choice(_STATUS),
            photo=drawn.random() < 0.5,
            fingerprints=drawn.random() < 0.2,
        )


def _name(faker: Faker, sex: str) -> tuple[str, str]:
    """(Forename, family name): in some languages a family name has a sex as well."""
    if sex == "F":
        return faker.first_name_female(), faker.last_name_female()
    return faker.first_name_male(), faker.last_name_male()

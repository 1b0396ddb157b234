"""What is wrong with a record or a search: everything, each with what was expected. Empty means nothing.

Asked before anything is stored or looked up, so bad input changes nothing (code ``E-DATA``). Sources: minimum data of
the databases (RPD Arts 36, 37), ISO 3779 and 49 CFR 565 (VIN), IMO resolution A.1117(30), ICAO 9303.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.records import (
    KEY_OF,
    TEMPLATE_SIZE,
    AdministrativeDocument,
    Artwork,
    DnaProfile,
    Document,
    Firearm,
    ListedDocument,
    Particulars,
    Person,
    Search,
    Template,
    TravelDocument,
    Vehicle,
    Vessel,
    plain,
)

TERM_YEARS = {Database.SLTD: 10}
"""How long a record is kept at first, in years, where it is not ``USUAL_TERM_YEARS`` (RPD Art. 49)."""
USUAL_TERM_YEARS = 5
OLDEST_YEAR = 1850
LEAST_LOCI = 6
"""Fewer loci say nothing: such a profile is neither kept nor searched."""
SEARCHED_BY: dict[Database, tuple[str, ...]] = {
    Database.NOMINAL: ("family_name", "forename", "born", "sex", "document"),
    Database.SLTD: ("document",),
    Database.SAD: ("document",),
    Database.TDAWN: ("document",),
    Database.SMV: ("vin", "plate", "country", "engine"),
    Database.VESSELS: ("hull", "imo", "engine", "name"),
    Database.FIREARMS: ("serial",),
    Database.ART: ("title", "artist"),
    Database.DNA: ("loci",),
    Database.FINGERPRINTS: ("features",),
    Database.FACES: ("features",),
    Database.BORDER: ("document", "family_name", "forename", "born", "sex"),
}
"""By which fields each database is searched."""
_SUFFICES: dict[Database, tuple[str, ...]] = {
    Database.NOMINAL: ("family_name", "document"),
    Database.BORDER: ("document", "family_name"),
    Database.SMV: ("vin", "plate", "engine"),
}
"""Of which at least one must be there, where the other fields only narrow a search."""

_VIN_LETTERS = ("AJ", "BKS", "CLT", "DMU", "ENV", "FW", "GPX", "HY", "RZ")
_VIN_VALUE = {char: value for value, group in enumerate(_VIN_LETTERS, 1) for char in group} | {
    str(digit): digit for digit in range(10)
}
_VIN_WEIGHT = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_check_digit(vin: str) -> str:
    """The check digit (``0`` to ``9`` or ``X``) that belongs at the ninth place of 17 characters without I, O, Q."""
    total = sum(_VIN_VALUE[char] * weight for char, weight in zip(vin, _VIN_WEIGHT, strict=True))
    return "0123456789X"[total % 11]


def imo_check_digit(first_six: str) -> str:
    """The last digit of an IMO number."""
    return str(sum(int(digit) * weight for digit, weight in zip(first_six, range(7, 1, -1), strict=True)) % 10)


def wrong_with_record(database: Database, record: Particulars, today: date) -> tuple[str, ...]:
    """What is wrong with a record as its owner writes it. ``today``: the exercise's day."""
    return tuple(_record(database, record, today))


def wrong_with_search(database: Database, search: Search) -> tuple[str, ...]:
    """What is wrong with one search in ``database``."""
    return tuple(_search(database, search))


def last_review(database: Database, today: date) -> date:
    """The latest day on which a record made today must be looked at again."""
    years = TERM_YEARS.get(database, USUAL_TERM_YEARS)
    try:
        return today.replace(year=today.year + years)
    except ValueError:  # made on 29 February
        return today.replace(year=today.year + years, day=28)


def _record(database: Database, record: Particulars, today: date) -> Iterator[str]:
    key = KEY_OF.get(database)
    if key is None:
        yield f"the database `{database}` holds no records of its own"
        return
    found = record.keys()
    if found != (key,):
        said = f"found `{found[0]}`" if found else "it is missing"
        yield f"a record of the database `{database}` needs `{key}`; {said}"
    if record.review_on is not None:
        yield from _review(database, record.review_on, today)
    match record.data:
        case Person() as person:
            yield from _person(person, today)
        case TravelDocument() as held:
            yield from _document(held.document)
            yield from _past("stolen_on", held.stolen_on, today)
        case AdministrativeDocument() as held:
            yield from _number(held.number)
            yield from _past("stolen_on", held.stolen_on, today)
        case ListedDocument() as listed:
            yield from _document(listed.document)
        case Vehicle() as vehicle:
            if not (vehicle.vin or vehicle.plate or vehicle.engine):
                yield "a vehicle needs one of `vin`, `plate` and `engine`"
            if vehicle.plate and not vehicle.country:
                yield "`country` of the plate is missing"
            yield from _vin(vehicle.vin)
            yield from _past("stolen_on", vehicle.stolen_on, today)
        case Vessel() as vessel:
            if not (vessel.hull or vessel.imo or vessel.engine or vessel.name):
                yield "a vessel needs one of `name`, `hull`, `imo` and `engine`"
            yield from _imo(vessel.imo)
            yield from _past("stolen_on", vessel.stolen_on, today)
        case Firearm() as firearm:
            if len(plain(firearm.serial)) < 3:
                yield f"serial `{firearm.serial}` is too short; expected at least 3 letters or digits"
        case Artwork() as artwork:
            yield from _past("stolen_on", artwork.stolen_on, today)
        case DnaProfile(loci=loci):
            yield from _loci(loci)
        case Template(features=features):
            yield from _features(features)
        case None:
            pass


def _search(database: Database, search: Search) -> Iterator[str]:
    asked, allowed = search.asked(), SEARCHED_BY[database]
    for name in asked:
        if name not in allowed:
            yield f"the database `{database}` is not searched by `{name}`; expected {_list(allowed)}"
    needed = _SUFFICES.get(database, allowed)
    if not set(asked) & set(needed):
        yield f"nothing to search for; the database `{database}` needs {_list(needed, 'or')}"
    if search.born is not None:
        yield from _exists("born", search.born)
    if search.document is not None:
        yield from _document(search.document)
    yield from _vin(search.vin)
    yield from _imo(search.imo)
    if search.loci is not None:
        yield from _loci(search.loci)
    if search.features is not None:
        yield from _features(search.features)


def _person(person: Person, today: date) -> Iterator[str]:
    for name in ("family_name", "forename"):
        if not any(char.isalpha() for char in getattr(person, name)):
            yield f"{name} `{getattr(person, name)}` has no letter"
    yield from _past("born", person.born, today)
    for document in person.documents:
        yield from _document(document)


def _document(document: Document) -> Iterator[str]:
    yield from _number(document.number)


def _number(number: str) -> Iterator[str]:
    if not re.fullmatch(r"[A-Z0-9]{5,14}", number) or not any(char.isdigit() for char in number):
        yield f"document number `{number}` has the wrong shape; expected 5 to 14 capitals and digits, not letters alone"


def _vin(vin: str | None) -> Iterator[str]:
    """Exercise rule: every VIN has a valid check digit (in reality those of North America and China)."""
    if vin is None:
        return
    if not re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", vin):
        yield f"vin `{vin}` has the wrong shape; expected 17 capitals and digits without I, O and Q"
    elif vin[8] != (digit := vin_check_digit(vin)):
        yield f"vin `{vin}` has the wrong check digit; expected `{digit}` at its ninth place, found `{vin[8]}`"


def _imo(imo: str | None) -> Iterator[str]:
    if imo is None:
        return
    if not re.fullmatch(r"[0-9]{7}", imo):
        yield f"imo `{imo}` has the wrong shape; expected seven digits"
    elif imo[6] != (digit := imo_check_digit(imo[:6])):
        yield f"imo `{imo}` has the wrong check digit; expected `{digit}` at its end"


def _loci(loci: dict[str, tuple[str, str]]) -> Iterator[str]:
    if len(loci) < LEAST_LOCI:
        yield f"a profile of {len(loci)} loci says nothing; expected at least {LEAST_LOCI}"


def _features(features: tuple[int, ...]) -> Iterator[str]:
    if len(features) != TEMPLATE_SIZE:
        yield f"a template has {TEMPLATE_SIZE} features; found {len(features)}"


def _exists(name: str, partial: str) -> Iterator[str]:
    if not _is_date(partial):
        yield f"{name} `{partial}` is a date that does not exist"
    elif int(partial[:4]) < OLDEST_YEAR:
        yield f"{name} `{partial}` is before {OLDEST_YEAR}"


def _past(name: str, partial: str | None, today: date) -> Iterator[str]:
    if partial is None:
        return
    wrong = list(_exists(name, partial))
    yield from wrong
    if not wrong and partial > today.isoformat()[: len(partial)]:
        yield f"{name} `{partial}` lies in the future; today is {today.isoformat()}"


def _review(database: Database, review_on: str, today: date) -> Iterator[str]:
    latest = last_review(database, today)
    if not _is_date(review_on):
        yield f"review_on `{review_on}` is a date that does not exist"
    elif not today + timedelta(days=1) <= date.fromisoformat(review_on) <= latest:
        yield f"review_on `{review_on}` is not between tomorrow and {latest.isoformat()}, the longest term here"


def _is_date(partial: str) -> bool:
    try:
        date.fromisoformat(partial + "-01" * (2 - partial.count("-")))
    except ValueError:
        return False
    return True


def _list(names: tuple[str, ...], last: str = "and") -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"

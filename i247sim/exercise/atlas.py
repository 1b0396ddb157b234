"""The countries' profiles that come with the package, and what a scenario makes of them."""

from functools import cache

from i247sim.bureau.profile import Atlas, Instrument, NationalProfile
from i247sim.exercise.catalogue import folder
from i247sim.exercise.country import Country, WrittenInstrument
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.strict_yaml import read_values
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.statements import Bar

FILE = "profiles/countries.yaml"
"""Within the scenarios' folder."""


class _Book(Word):
    instruments: dict[str, WrittenInstrument]
    default: Country
    countries: dict[str, Country]


@cache
def shipped() -> Atlas:
    """The profiles as they are in the package: invented, every one of them."""
    book = _Book.model_validate(read_values(folder() / FILE))
    instruments: dict[str, Instrument] = dict(book.instruments)
    countries: dict[str, NationalProfile] = dict(book.countries)
    return Atlas(book.default, countries, instruments)


def acceptances(scenario: Scenario) -> dict[str, tuple[Bar, ...]]:
    """What each party does not accept when the exercise begins: what the scenario says, and its desk's profile."""
    found = dict(scenario.acceptances)
    if not scenario.desks:
        return found
    book = atlas(scenario)
    for party in scenario.participants.bureaus:
        declines = book.of(party).declines if party in scenario.desks else ()
        if declines:
            found[party] = (*found.get(party, ()), *declines)
    return found


def atlas(scenario: Scenario) -> Atlas:
    """The profiles that hold in ``scenario``: those of the package, with its changes."""
    book = shipped()
    changed = {party: change.apply(book.of(party)) for party, change in scenario.profiles.items()}
    return Atlas(book.default, {**book.countries, **changed}, book.instruments)

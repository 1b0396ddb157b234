"""What notices of the different colours say beside a person: the facts that their conditions ask for.

Each word stands for one condition of RPD Arts 82 to 96 or of the Silver pilot. Everything is fictional.
"""

from typing import Annotated, Literal

from pydantic import Field

from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.records import CountryCode, Line, PartialDate, Text


class Judicial(Word):
    """The judicial basis of a Red Notice (RPD Art. 83), and the offence behind a Silver one."""

    facts: Text
    """Short, clear facts with time and place."""
    charge: Line
    law: Line
    warrant: Line
    """Reference of the arrest warrant or court decision."""
    issued_by: Line
    max_penalty_months: Annotated[int, Field(ge=0, le=1200)] | None = None
    """Threshold for prosecution: 24."""
    sentence_left_months: Annotated[int, Field(ge=0, le=1200)] | None = None
    """Threshold for a sentence: 6."""


class Assessment(Word):
    """A national authority has found somebody or something to be a threat (Arts 89, 93)."""

    authority: Line
    grounds: Text
    """Convictions, or other reasonable grounds."""
    made_on: PartialDate | None = None


class MissingReport(Word):
    """Police have taken and recorded a report that somebody is missing (Art. 90)."""

    recorded_by: Line
    recorded_on: PartialDate
    last_seen: Line | None = None
    adult_may_be_sought: bool | None = None
    """For an adult: privacy law does not forbid it. Not needed for a minor."""


class Body(Word):
    """A dead body that police have recorded and cannot identify (Art. 91)."""

    recorded_by: Line
    found_at: Line
    found_on: PartialDate
    description: Text | None = None
    photo: bool = False
    fingerprints: bool = False
    dna: bool = False


class ModusOperandi(Word):
    """How something is done: method, device, hiding place (Art. 92)."""

    crime: Line
    method: Line
    description: Text
    images: bool = False
    """Whether pictures are on file (the exercise carries none)."""
    widely_known: bool = False
    """What everybody knows needs no notice."""
    case: Literal["closed", "open-serious"]


class Artwork(Word):
    """A stolen work of art (Art. 94)."""

    title: Line
    artist: Line | None = None
    kind: Line
    description: Text
    photo: bool = False
    stolen_on: PartialDate
    stolen_from: Line
    country: CountryCode


class Sanction(Word):
    """A listing by a sanctions committee of the UN Security Council (Art. 95)."""

    committee: Line
    listing: Line
    """The committee's permanent reference."""
    measures: Annotated[tuple[Literal["assets-freeze", "travel-ban", "arms-embargo"], ...], Field(max_length=3)]
    entity: Line | None = None
    """The name of a listed entity, where it is no person."""


class Asset(Word):
    """Something that may come from a crime (Silver pilot)."""

    kind: Literal["real-estate", "vehicle", "account", "company", "vessel", "valuables", "other"]
    description: Line
    country: CountryCode | None = None
    link: Line
    """How it is tied to the person and the offence."""

"""What the databases hold: one class per kind of object, all fictional. Models of shape only.

Shapes are wide on purpose: a date that does not exist or a number with a wrong check digit travels, and is answered
to its sender with everything that is wrong (``secretariat.wellformed``). Sources: what is known of the real
databases, RPD Arts 36 to 44 and 51, ISO 3779 (VIN), ICAO 9303 (documents), CODIS practice (loci).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.messages import Classification, Database, RecordId

Line = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Text = Annotated[str, StringConstraints(max_length=200_000)]
PartialDate = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]
"""A date of which at least the year is known. Whether it exists is another question."""
Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
DocumentNumber = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ./-]{1,24}$")]
Mark = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ./-]{1,40}$")]
"""A number stamped on an object: VIN, serial number, hull number, plate."""
Locus = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{2,12}$")]
Allele = Annotated[str, StringConstraints(pattern=r"^([0-9]{1,2}(\.[0-9])?|X|Y)$")]
Loci = Annotated[dict[Locus, tuple[Allele, Allele]], Field(min_length=1, max_length=32)]
"""Locus to its two alleles, in any order."""
Spoken = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""A language that a person speaks, like `fr` (ISO 639)."""
Danger = Literal["armed", "violent", "escape-risk", "self-harm", "contagious"]
TEMPLATE_SIZE = 32
Features = Annotated[tuple[Annotated[int, Field(ge=0, le=255)], ...], Field(min_length=1, max_length=128)]
"""A synthetic template: small numbers instead of minutiae or a face. ``TEMPLATE_SIZE`` of them."""


class Document(Word):
    """An identity or travel document."""

    number: DocumentNumber
    country: CountryCode
    type: Literal["passport", "identity-card", "residence-permit", "other"] = "passport"


def surely_minor(born: str, year: int) -> bool:
    """Whether somebody ``born`` then (a partial date) is under 18 in ``year``, on whichever days the two are."""
    return year - int(born[:4]) < 18


class Person(Word):
    """A fictional person (nominal database, notices). A partial identity is the rule: what is not known is absent."""

    family_name: Line
    forename: Line
    sex: Literal["F", "M", "X", "U"]
    born: PartialDate
    nationalities: tuple[CountryCode, ...] = ()
    documents: tuple[Document, ...] = ()
    description: Text | None = None
    photo: bool = False
    """Whether a good photograph is on file (the exercise carries no pictures)."""
    fingerprints: bool = False
    dna: bool = False
    aliases: tuple[Line, ...] | None = None
    """Other whole names, forename first."""
    birth_place: Line | None = None
    birth_country: CountryCode | None = None
    languages: tuple[Spoken, ...] | None = None
    dangers: tuple[Danger, ...] | None = None
    """What whoever meets the person should know first. Never shown to the public."""
    status: (
        Literal["charged", "convicted", "suspect", "witness", "victim", "missing", "body", "possible-threat"] | None
    ) = None
    """Why the person is recorded (RPD Art. 44)."""


class TravelDocument(Word):
    """SLTD: a travel document that is stolen, lost, revoked or invalid. No personal data of the holder."""

    document: Document
    fraud: Literal["stolen-blank", "stolen", "lost", "revoked", "invalid"]
    stolen_on: PartialDate | None = None
    owner_ref: Line | None = None


class AdministrativeDocument(Word):
    """SAD: a vehicle paper, a clearance certificate or another stolen administrative document."""

    number: DocumentNumber
    country: CountryCode
    type: Literal["vehicle-registration", "clearance-certificate", "import-certificate", "other"] = (
        "vehicle-registration"
    )
    stolen_on: PartialDate | None = None


class ListedDocument(Word):
    """TDAWN: a valid travel document of a person about whom there is a notice. Made from notices alone."""

    document: Document
    person: RecordId
    """The record that the notice made of its holder."""


class Vehicle(Word):
    """SMV: a stolen vehicle, or a part of one."""

    vin: Mark | None = None
    plate: Mark | None = None
    country: CountryCode | None = None
    """Of the plate."""
    engine: Mark | None = None
    make: Line | None = None
    model: Line | None = None
    colour: Line | None = None
    stolen_on: PartialDate | None = None


class Vessel(Word):
    """A stolen boat or boat engine."""

    name: Line | None = None
    hull: Mark | None = None
    """Craft identification number on the hull."""
    imo: Mark | None = None
    """IMO number of a ship: seven digits, the last one a check digit."""
    engine: Mark | None = None
    flag: CountryCode | None = None
    stolen_on: PartialDate | None = None


class Firearm(Word):
    """A lost, stolen or smuggled firearm (iARMS)."""

    serial: Mark
    make: Line
    model: Line | None = None
    calibre: Line | None = None
    status: Literal["stolen", "lost", "smuggled"] = "stolen"


class Artwork(Word):
    """A stolen work of art. Titles and artists are searched like names."""

    title: Line
    artist: Line | None = None
    kind: Line | None = None
    stolen_on: PartialDate | None = None


class DnaProfile(Word):
    """Numbers without a name: who it is, its owner says when asked."""

    loci: Loci
    category: Literal["person", "scene", "missing", "body"] = "person"


class Template(Word):
    """A synthetic biometric template: a ten-print, a mark from a scene, or a face."""

    features: Features
    category: Literal["person", "scene", "missing", "body"] = "person"


Data = (
    Person
    | TravelDocument
    | AdministrativeDocument
    | ListedDocument
    | Vehicle
    | Vessel
    | Firearm
    | Artwork
    | DnaProfile
    | Template
)
"""What one record is about."""

KEY_OF: dict[Database, str] = {
    Database.NOMINAL: "person",
    Database.SLTD: "document",
    Database.SAD: "administrative",
    Database.TDAWN: "listed",
    Database.SMV: "vehicle",
    Database.VESSELS: "vessel",
    Database.FIREARMS: "firearm",
    Database.ART: "artwork",
    Database.DNA: "dna",
    Database.FINGERPRINTS: "fingerprint",
    Database.FACES: "face",
}
"""Under which key of ``Holding`` a record of a database stands. The composite ``border`` holds nothing itself."""


class Holding(Word):
    """The data of one record: exactly one of these keys, the one of its database. A base for messages and files."""

    person: Person | None = None
    document: TravelDocument | None = None
    administrative: AdministrativeDocument | None = None
    listed: ListedDocument | None = None
    vehicle: Vehicle | None = None
    vessel: Vessel | None = None
    firearm: Firearm | None = None
    artwork: Artwork | None = None
    dna: DnaProfile | None = None
    fingerprint: Template | None = None
    face: Template | None = None

    @model_validator(mode="after")
    def _at_most_one(self) -> Self:
        found = self.keys()
        if len(found) > 1:
            raise ValueError(f"a record is about one thing, found {' and '.join(f'`{key}`' for key in found)}")
        return self

    def keys(self) -> tuple[str, ...]:
        """Which of the keys are there."""
        return tuple(key for key in KEY_OF.values() if getattr(self, key) is not None)

    @property
    def data(self) -> Data | None:
        """What the record is about; ``None`` if nothing is given (a deletion)."""
        found: Data | None = next((getattr(self, key) for key in self.keys()), None)
        return found


class Particulars(Holding):
    """A record as its owner writes it: the data, and how they are to be treated."""

    summary: Line | None = None
    classification: Classification | None = None
    """Absent: official use, the lowest (RPD Art. 112)."""
    review_on: Date | None = None
    """When the record is deleted unless its owner renews it. Absent: the term of its database (RPD Art. 49)."""
    action: Line | None = None
    """What the owner asks of whoever finds it."""


class Search(Word):
    """What is looked for. Only the fields that are needed."""

    family_name: Line | None = None
    forename: Line | None = None
    born: PartialDate | None = None
    sex: Literal["F", "M", "X", "U"] | None = None
    document: Document | None = None
    vin: Mark | None = None
    plate: Mark | None = None
    country: CountryCode | None = None
    """Of a plate; absent: any."""
    engine: Mark | None = None
    serial: Mark | None = None
    hull: Mark | None = None
    imo: Mark | None = None
    name: Line | None = None
    """Of a vessel."""
    title: Line | None = None
    artist: Line | None = None
    loci: Loci | None = None
    features: Features | None = None

    def asked(self) -> tuple[str, ...]:
        """The names of the fields that are given, in order; the base's, whatever a subclass adds."""
        return tuple(name for name in Search.model_fields if getattr(self, name) is not None)

    def words(self) -> str:
        """What is looked for in a line of at most 400 characters; templates and loci by their name alone."""
        found = []
        for name in self.asked():
            value = getattr(self, name)
            if isinstance(value, Document):
                found.append(f"{name} {value.number} of {value.country}")
            else:
                found.append(f"{name} {value}" if isinstance(value, str) else name)
        return ", ".join(found)[:400]


def plain(mark: str) -> str:
    """A number as it is compared: capitals and digits only (``ab-12 3`` is ``AB123``)."""
    return "".join(char for char in mark.upper() if char.isalnum())


def marks(data: Data | Search) -> tuple[tuple[str, str], ...]:
    """The exact marks by which an object is found, as (search field, comparable text): documents and numbers."""
    match data:
        case TravelDocument(document=document) | ListedDocument(document=document):
            return (("document", document_mark(document)),)
        case Person(documents=documents):
            return tuple(("document", document_mark(one)) for one in documents)
        case AdministrativeDocument(number=number, country=country):
            return (("document", f"{country}:{plain(number)}"),)
        case Vehicle() | Vessel() | Firearm():
            found = [(name, getattr(data, name, None)) for name in _MARKED]
        case Search():
            found = [(name, getattr(data, name)) for name in _MARKED]
            if data.document is not None:
                return (("document", document_mark(data.document)), *_plain(found))
        case _:
            return ()
    return _plain(found)


_MARKED = ("vin", "plate", "engine", "serial", "hull", "imo")


def document_mark(document: Document) -> str:
    """``FR:EXP0000017``: what is compared of a document. Its type is not: it is often noted wrongly."""
    return f"{document.country}:{plain(document.number)}"


def _plain(found: list[tuple[str, str | None]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, plain(value)) for name, value in found if value)

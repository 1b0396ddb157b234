"""The verb of somebody on the spot who has no line, and only a copy of the databases."""

from typing import Self

from pydantic import model_validator

from i247sim.bureau.local_copy import LookUp
from i247sim.exercise.acts import Act, Difficulty, Layer, Theme
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.records import Document, Mark, Search, marks


class Look(Act):
    """A party looks into the local copy (MIND) that it has taken along; nothing goes over the network for it."""

    party: PartyId
    """Who looks. It must have asked for a copy before (`DB_QUERY` with `query: {database: …, copy: yes}`)."""
    database: Database = Database.BORDER
    """In which of its copies."""
    document: Document | None = None
    """The document on the counter."""
    vin: Mark | None = None
    """The number of the vehicle."""
    plate: Mark | None = None
    """Its plate."""
    serial: Mark | None = None
    """The serial number of a firearm or another thing."""

    example = "party: BR, document: {number: EXR0000017, country: FR}"
    title = "Somebody looks into a local copy"
    teaches = (
        "Where there is no line, border posts carry a copy. It is fast, and as old as it is: who was entered since "
        "then passes, and who was deleted since then is stopped. Have the class compare the age of the copy with the "
        "time of the deletion, and ask who answers for the hour that somebody lost at the counter."
    )
    detector = "The owner, when it is asked to confirm: a hit in a copy is unverified. The secretariat sees nothing."
    layer = Layer.SUPERVISION
    theme = Theme.PEOPLE
    difficulty = Difficulty.MEDIUM
    stays_because = "a look changes nothing"

    @model_validator(mode="after")
    def _something(self) -> Self:
        if len(marks(self.cause.search)) != 1:
            raise ValueError("expected exactly one of `document`, `vin`, `plate` and `serial`: a copy has numbers only")
        return self

    @property
    def cause(self) -> LookUp:
        """What the party's core is told."""
        asked = Search(document=self.document, vin=self.vin, plate=self.plate, serial=self.serial)
        return LookUp(self.database, asked)

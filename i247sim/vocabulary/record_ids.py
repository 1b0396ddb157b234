"""How the ids of records are made, and whom they are about: all that a header says of them, and nothing of content."""

from i247sim.vocabulary.messages import Database

PREFIX_OF: dict[Database, str] = {
    Database.NOMINAL: "NOM",
    Database.SLTD: "SLTD",
    Database.SAD: "SAD",
    Database.TDAWN: "TDAWN",
    Database.SMV: "SMV",
    Database.VESSELS: "VES",
    Database.FIREARMS: "GUN",
    Database.ART: "ART",
    Database.DNA: "DNA",
    Database.FINGERPRINTS: "FPR",
    Database.FACES: "FACE",
}
"""How the ids of a database's records begin."""


def subject_of(record: str) -> str:
    """Whom a record is about: a person's documents (TDAWN) are listed under the number of her own record."""
    prefix, _, number = record.partition("-")
    if prefix == PREFIX_OF[Database.TDAWN]:
        return f"{PREFIX_OF[Database.NOMINAL]}-{number[:-2]}"
    return record

"""What a search finds, how well it matches and by which fields; and what the querier is shown of it. Pure.

A *hit* is sure enough to be told to the owner at once: the same document or number, or name and whole birth; all else
is a *candidate* for a human to look at. Not found does not mean clean.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from i247sim.secretariat.biometrics import (
    FACE_CANDIDATE,
    FACE_INCONCLUSIVE,
    PRINT_CANDIDATE,
    dna_likeness,
    template_likeness,
)
from i247sim.secretariat.databases import COMPOSITE, Databases, Record
from i247sim.secretariat.matching import name_likeness, person_likeness, words
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.queries import Finding, Hit, WholeRecord
from i247sim.vocabulary.records import (
    KEY_OF,
    Artwork,
    Data,
    DnaProfile,
    Person,
    Search,
    Template,
    TravelDocument,
    Vessel,
    marks,
)

MOST_SHOWN = 6
"""So many matches are shown: a list that is as large as no record at all, once it is padded."""
LEAST_SCORE = 55
_TITLE_ALIKE = 0.8
Marks = tuple[tuple[str, str], ...]
"""What ``records.marks`` gives: (field, comparable text)."""
_CHECK = "do not act before the owner has confirmed"
_INSTRUCTION = {
    Database.NOMINAL: f"{_CHECK}; a notice is no arrest warrant",
    Database.SLTD: "examine the document, do not act before the issuing bureau has confirmed",
    Database.SAD: f"examine the document; {_CHECK}",
    Database.TDAWN: f"valid document of a person in a notice: {_CHECK}; a notice is no arrest warrant",
    Database.SMV: f"secure the vehicle; {_CHECK}",
    Database.VESSELS: f"secure the vessel; {_CHECK}",
    Database.FIREARMS: f"secure the firearm; {_CHECK}",
    Database.ART: f"compare with a picture; {_CHECK}",
    Database.DNA: "numbers without a name: ask the owner who it is",
    Database.FINGERPRINTS: "a candidate for an examiner, no identification",
    Database.FACES: "a candidate after a human check, no identification",
}


@dataclass(frozen=True)
class Match:
    """A record that a search found. ``score`` is percent; ``sure`` makes it a hit."""

    record: Record
    score: int
    fields: tuple[str, ...]
    sure: bool

    def hit(self) -> Hit:
        """What the querier is shown in the first step."""
        record = self.record
        held = record.data
        return Hit(
            database=record.database,
            record=record.id,
            owner=record.owner,
            matched=self.fields,
            score=self.score,
            summary=record.summary[:160] or "no summary",
            instruction=(_careful(held) + (record.action or _INSTRUCTION[record.database]))[:160],
            classification=record.classification,
            owner_ref=held.owner_ref if isinstance(held, TravelDocument) else None,
        )


def _careful(held: Data) -> str:
    """What whoever stands before the person should know first."""
    dangers = held.dangers if isinstance(held, Person) else None
    return f"careful, {', '.join(dangers)}: " if dangers else ""


def search(databases: Databases, database: Database, asked: Search, today: date) -> list[Match]:
    """What matches, the surest and best first, then by id. ``asked`` is well-formed."""
    if database is Database.BORDER:
        one_by_one = [
            search(databases, one, _part(one, asked), today) for one in COMPOSITE if _part(one, asked).asked()
        ]
        return _in_order([match for found in one_by_one for match in found])
    by = marks(asked)
    near = _near(databases, database, asked, today)
    return _in_order([match for record in near if (match := matched(record, asked, by)) is not None])


def would_find(database: Database, asked: Search, record: Record) -> Match | None:
    """Whether a search in ``database`` (which may be composite) finds ``record``: asked once more when it is new."""
    if database is Database.BORDER and record.database in COMPOSITE:
        return matched(record, _part(record.database, asked))
    return matched(record, asked) if record.database is database else None


def _in_order(found: list[Match]) -> list[Match]:
    return sorted(found, key=lambda match: (not match.sure, -match.score, match.record.id))


def _part(database: Database, asked: Search) -> Search:
    """What of a border's query goes to one database."""
    return asked if database is Database.NOMINAL else Search(document=asked.document)


def _near(databases: Databases, database: Database, asked: Search, today: date) -> Iterator[Record]:
    """Records that may match: by mark where there is one, else all that could."""
    by_mark = [record for _, mark in marks(asked) for record in databases.marked(database, mark, today)]
    yield from {record.id: record for record in by_mark}.values()
    seen = {record.id for record in by_mark}
    if database is Database.NOMINAL:
        if asked.family_name is not None:
            names = (asked.family_name, asked.forename or "")
            for record in databases.persons(names, asked.born, today):
                if record.id not in seen:
                    yield record
    elif asked.features or asked.loci or asked.title or asked.artist or asked.name:
        for record in databases.all_of(database, today):
            if record.id not in seen:
                yield record


def matched(record: Record, asked: Search, by: Marks | None = None) -> Match | None:
    """Whether and how ``record`` answers ``asked``, which is for its database.

    ``by``: the marks of ``asked``, where they are known already: it may be compared with many records.
    """
    same = _same_marks(record, asked, marks(asked) if by is None else by)
    if same:
        return Match(record, 100, same, True)
    match record.data:
        case Person() as person if asked.family_name is not None:
            return _person(record, person, asked)
        case Artwork() as work if asked.title or asked.artist:
            return _artwork(record, work, asked)
        case Vessel(name=str() as name) if asked.name is not None:
            score = round(100 * name_likeness(words(asked.name), words(name)))
            return Match(record, score, ("name",), False) if score >= 100 * _TITLE_ALIKE else None
        case DnaProfile(loci=loci) if asked.loci is not None:
            found = dna_likeness(asked.loci, loci)
            return None if found is None else Match(record, found[0], found[1], found[2])
        case Template(features=features) if asked.features is not None:
            score = template_likeness(asked.features, features)
            least = FACE_INCONCLUSIVE if record.database is Database.FACES else PRINT_CANDIDATE
            return Match(record, score, ("template",), False) if score >= least else None
        case _:
            return None


def _same_marks(record: Record, asked: Search, by: Marks) -> tuple[str, ...]:
    if not by:
        return ()
    held = set(marks(record.data))
    same = tuple(name for name, mark in by if (name, mark) in held)
    country = getattr(record.data, "country", None)
    if same == ("plate",) and asked.country is not None and country not in (None, asked.country):
        return ()
    return same


def _person(record: Record, person: Person, asked: Search) -> Match | None:
    alike = person_likeness(
        (asked.family_name, asked.forename, asked.born, asked.sex),
        (person.family_name, person.forename, person.born, person.sex),
        person.aliases or (),
    )
    if alike is None or alike.score < LEAST_SCORE:
        return None
    return Match(record, alike.score, alike.fields, alike.sure)


def _artwork(record: Record, work: Artwork, asked: Search) -> Match | None:
    scores = {
        name: fuzz.token_sort_ratio(" ".join(words(said)), " ".join(words(held))) / 100
        for name, said, held in (("title", asked.title, work.title), ("artist", asked.artist, work.artist))
        if said is not None and held is not None
    }
    if not scores or min(scores.values()) < _TITLE_ALIKE:
        return None
    sure = len(scores) == 2 and min(scores.values()) == 1.0
    return Match(record, round(100 * sum(scores.values()) / len(scores)), tuple(scores), sure)


def finding_of(database: Database, found: list[Match]) -> Finding:
    """What the querier is told in one word. ``found``: the matches that it may see."""
    if database is Database.FACES and found and found[0].score < FACE_CANDIDATE:
        return Finding.INCONCLUSIVE
    if not found:
        return Finding.NO_RECORD
    return Finding.HIT if found[0].sure else Finding.CANDIDATES


def whole_of(record: Record) -> WholeRecord:
    """What the querier is shown in the second step."""
    return WholeRecord.model_validate(
        {
            KEY_OF[record.database]: record.data,
            "summary": record.summary or None,
            "classification": record.classification,
            "review_on": record.review_on,
            "action": record.action,
            "created_on": record.created_on,
        }
    )

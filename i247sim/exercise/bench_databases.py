"""How fast the databases answer with a full record file: exact numbers, names, and the making of the file.

Measured inside the service: from a well-formed search to its matches, without network, keys or answer.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from i247sim.exercise.generator import generate
from i247sim.exercise.record_file import FIRST_ID, RecordFile
from i247sim.secretariat.databases import Databases
from i247sim.secretariat.hits import search
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.records import Document, Person, Search, TravelDocument

_TODAY = date(2026, 3, 2)
_SEED = 7
_ENDINGS = ("a", "o", "s", "ov", "sen")


def databases(sltd: int, nominal: int, looks: int = 500) -> dict[str, Any]:
    """Make a file with so many records and look ``looks`` times for each kind of thing; times in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="i247-bench-") as folder:
        path = Path(folder) / "records.db"
        began = time.perf_counter()
        generate(path, sltd, nominal, _SEED)
        seconds = time.perf_counter() - began
        file = RecordFile(path)
        try:
            size = path.stat().st_size
            return {"sltd": sltd, "nominal": nominal, "generate_seconds": seconds, "file_bytes": size} | _looks(
                file, looks
            )
        finally:
            file.close()


def _looks(file: RecordFile, looks: int) -> dict[str, dict[str, float]]:
    drawn = random.Random(_SEED)  # noqa: S311 - which records are looked for
    kept = Databases(file)
    documents = [_document(file, drawn.randrange(file.about.sltd)) for _ in range(looks)]
    people = [_person(file, drawn.randrange(file.about.nominal)) for _ in range(looks)]

    def find(database: Database, asked: Search) -> Callable[[], object]:
        return lambda: search(kept, database, asked, _TODAY)

    return {
        "exact_hit_ms": _times([find(Database.SLTD, Search(document=one)) for one in documents]),
        "exact_miss_ms": _times(
            [
                find(Database.SLTD, Search(document=one.model_copy(update={"number": f"{one.number}9"})))
                for one in documents
            ]
        ),
        "name_and_birth_ms": _times(
            [
                find(Database.NOMINAL, Search(family_name=one.family_name, forename=one.forename, born=one.born))
                for one in people
            ]
        ),
        "misspelt_name_ms": _times(
            [
                find(
                    Database.NOMINAL,
                    Search(family_name=one.family_name + drawn.choice(_ENDINGS), forename=one.forename),
                )
                for one in people
            ]
        ),
        "border_ms": _times(
            [
                find(
                    Database.BORDER,
                    Search(document=document, family_name=one.family_name, forename=one.forename, born=one.born),
                )
                for document, one in zip(documents, people, strict=True)
            ]
        ),
    }


def _document(file: RecordFile, number: int) -> Document:
    record = file.record(f"SLTD-{FIRST_ID + number}")
    assert record is not None, "drawn from the file"
    assert isinstance(record.data, TravelDocument), "SLTD holds travel documents"
    return record.data.document


def _person(file: RecordFile, number: int) -> Person:
    record = file.record(f"NOM-{FIRST_ID + number}")
    assert record is not None, "drawn from the file"
    assert isinstance(record.data, Person), "nominal holds persons"
    return record.data


def _times(calls: Sequence[Callable[[], object]]) -> dict[str, float]:
    """Median, 95th percentile and maximum in milliseconds, over one go through ``calls``."""
    found = []
    for call in calls:
        began = time.perf_counter()
        call()
        found.append(1000 * (time.perf_counter() - began))
    found.sort()
    return {"median": statistics.median(found), "p95": found[int(0.95 * (len(found) - 1))], "max": found[-1]}

"""Reading what a run left behind, from a folder that may come from anybody.

Everything has a bound before it is taken into memory, and the bound on journal, report and attestations grows with the
log: a few entries cannot come with a report of gigabytes. Reads; believes and checks nothing (``verify`` does).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from i247sim.audit.log import open_database, read_entries
from i247sim.exercise import observe
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.observe import Sent
from i247sim.exercise.transcript import Transcript
from i247sim.policy.rulebook import SCHEMA, Rulebook
from i247sim.vocabulary.codec import decode_json
from i247sim.vocabulary.entries import Entry, from_bytes
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError

MAX_SETTINGS_BYTES: Final = 1024 * 1024
"""``run.json`` and ``injects.json``, each."""
MAX_RULES_BYTES: Final = 384 * 1024
"""All rules together: the network's, and a scenario's."""
_MAX_LINE_BYTES = 1024 * 1024
_FREE_BYTES, _ENTRY_BYTES = 1024 * 1024, 4 * 1024


def bound(entries: int) -> int:
    """The largest journal, report or list of attestations, in bytes, beside a log of that many entries.

    A real one has some 200 bytes per entry.
    """
    return _FREE_BYTES + _ENTRY_BYTES * entries


def log_entries(folder: RunFolder) -> Iterator[Entry]:
    """The log's entries in order. Raises ``EvidenceError`` where one is missing or none."""
    with open_database(folder.log, read_only=True) as database:
        for index, data in read_entries(database):
            try:
                yield from_bytes(data)
            except FormatError as error:
                raise EvidenceError(f"log entry {index}: {error}") from error


def settings(folder: RunFolder, file: Path) -> dict[str, Any]:
    """What stands in ``run.json`` or ``injects.json``. Raises ``EvidenceError`` or ``FormatError``."""
    found = decode_json(folder.read(file, MAX_SETTINGS_BYTES), MAX_SETTINGS_BYTES)
    if not isinstance(found, dict):
        raise EvidenceError(f"`{file.name}` does not hold names with values")
    return found


def report(folder: RunFolder, entries: int) -> dict[str, Any]:
    """The result, beside a log of so many ``entries``. Raises ``EvidenceError`` or ``FormatError``."""
    most = bound(entries)
    found = decode_json(folder.read(folder.report, most), most)
    if not isinstance(found, dict):
        raise EvidenceError(f"`{folder.report.name}` does not hold names with values")
    return found


def journal(folder: RunFolder, entries: int) -> list[Sent]:
    """The messages that the journal says were sent, in the order of ``keeping.read_sent``.

    Raises ``EvidenceError`` or ``FormatError``; ``KeyError``, ``TypeError`` or ``AttributeError`` if a line lacks its
    parts.
    """
    receipted: set[str] = set()
    lines: list[dict[str, Any]] = []
    for found in journal_lines(folder, entries):
        if found["event"] == "receipt":
            receipted.add(found["ref"])
        elif found["event"] in ("sent", "unsendable"):
            lines.append(found)
    sent = [
        Sent(line["party"], line.get("id"), line, line["event"] == "unsendable" or line["ref"] in receipted)
        for line in lines
    ]
    return sorted(sent, key=lambda one: (one.facts["time"], one.party, one.facts["ref"]))


def transcript(folder: RunFolder, entries: list[Entry]) -> Transcript:
    """What happened, by the journal and the log's ``entries``. Raises what ``journal`` raises, and ``ValueError``."""
    told = observe.appeals(journal_lines(folder, len(entries)))
    return observe.transcript(journal(folder, len(entries)), entries, told)


def journal_lines(folder: RunFolder, entries: int) -> Iterator[dict[str, Any]]:
    """The journal's lines, one by one. Raises ``EvidenceError`` or ``FormatError``."""
    for number, line in enumerate(folder.read(folder.journal, bound(entries)).splitlines(), 1):
        found = decode_json(line, _MAX_LINE_BYTES)
        if not isinstance(found, dict) or "event" not in found:
            raise EvidenceError(f"line {number} of `{folder.journal.name}` is no event")
        yield found


def attestations(folder: RunFolder, entries: int) -> list[bytes]:
    """The lines of the attestations, as they stand there."""
    return folder.read(folder.attestations, bound(entries)).splitlines()


def rules(folder: RunFolder) -> Rulebook:
    """The rulebook that a run left behind. Raises ``EvidenceError`` if its parts do not make one."""
    texts: dict[str, str] = {}
    left = MAX_RULES_BYTES
    for path in sorted(folder.rules.iterdir()):
        data = folder.read(path, left)
        left -= len(data)
        texts[path.name] = data.decode("utf-8", "replace")
    schema = texts.pop(SCHEMA, None)
    if schema is None:
        raise EvidenceError(f"`rules/{SCHEMA}` is missing")
    try:
        return Rulebook.made(tuple(texts.items()), schema)
    except InputError as error:
        raise EvidenceError(f"the rules do not hold: {error}") from error

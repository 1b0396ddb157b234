"""What two runs have done differently: their transcripts row by row, by what the rows are about."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from i247sim.audit.log import DAMAGED
from i247sim.exercise import reading
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.transcript import Transcript
from i247sim.vocabulary.errors import EvidenceError, FormatError


@dataclass(frozen=True)
class Difference:
    """Rows that stand only in the first run, or only in the second, at one place; canonical JSON lines."""

    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def transcript_of(path: Path) -> Transcript:
    """The transcript of a finished run. Raises ``InputError`` or ``EvidenceError``; verifies nothing."""
    folder = RunFolder.finished(path)
    try:
        return reading.transcript(folder, list(reading.log_entries(folder)))
    except (FormatError, KeyError, TypeError, AttributeError, ValueError, *DAMAGED) as error:
        raise EvidenceError(f"`{path}` is damaged: {error}; check it with `i247sim verify`") from error


def differences(first: Transcript, second: Transcript) -> list[Difference]:
    """All differences in canonical order; empty if and only if the digests are equal."""
    left, right = (one.canonical_text().splitlines() for one in (first, second))
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    return [
        Difference(tuple(left[a:b]), tuple(right[c:d])) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
    ]

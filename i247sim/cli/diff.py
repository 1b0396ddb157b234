"""``i247sim diff``: what two runs have done differently."""

import json
from pathlib import Path
from typing import Any

from i247sim.cli.screen import document, printable, results
from i247sim.cli.signs import clocked
from i247sim.exercise.compare import Difference, differences, transcript_of
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.loader import load
from i247sim.exercise.settings import read_injects


def show(first: Path, second: Path, as_json: bool) -> int:
    """Compare two finished runs; 0 if their transcripts are the same, 1 if not."""
    one, other = transcript_of(first), transcript_of(second)
    found = differences(one, other)
    out = results().out
    if as_json:
        rows = [
            {"only_first": [json.loads(row) for row in each.only_first],
             "only_second": [json.loads(row) for row in each.only_second]}
            for each in found
        ]  # fmt: skip
        document({"same": not found, "digests": [one.digest(), other.digest()], "differences": rows})
    elif not found:
        out(f"the same: {len(one.rows)} rows, transcript {one.digest()}")
    else:
        tell = _Teller(first, second)
        out(f"different: {one.digest()[:16]}… and {other.digest()[:16]}…")
        for line in tell.origins():
            out(line)
        out("the first difference:")
        tell.rows(found[0])
        if len(found) > 1:
            out(f"all {len(found)} of them:")
            for each in found:
                tell.rows(each)
    return 1 if found else 0


class _Teller:
    """Differences in words, each run's on its own exercise clock."""

    def __init__(self, *folders: Path) -> None:
        self._starts = [load(RunFolder.open(folder).scenario).start for folder in folders]
        self._origins = [read_injects(folder) for folder in folders]

    def origins(self) -> list[str]:
        """What was different before anything happened, or from outside: scenario, seed, live injects."""
        (name, seed, injects), (other_name, other_seed, other_injects) = self._origins
        lines = [f"scenarios: {name} and {other_name}"] if name != other_name else []
        lines += [f"seeds: {seed} and {other_seed}"] if seed != other_seed else []
        lines += [f"live injects: {len(injects)} and {len(other_injects)}"] if injects != other_injects else []
        return [printable(line) for line in lines]

    def rows(self, difference: Difference) -> None:
        """Print the rows of one place, as `diff` marks them."""
        sides = [[json.loads(row) for row in rows] for rows in (difference.only_first, difference.only_second)]
        for mark, start, own, other in zip("-+", self._starts, sides, reversed(sides), strict=True):
            named = {_about(row): row for row in other}
            for row in own:
                results().out(printable(clocked(f"{mark} {line(row, named.get(_about(row)))}", start)))


def _about(row: dict[str, Any]) -> tuple[str, ...]:
    """What makes two rows of two runs the same message, statement or appeal."""
    keys = ("name",) if "name" in row else ("from", "statement", "target", "appeal", "silent")
    return tuple(row.get(key, "") for key in keys)


def line(row: dict[str, Any], other: dict[str, Any] | None) -> str:
    """A row of a transcript (``Transcript.canonical_text``) in words, its moments as they stand there.

    ``other``: its like in the run that it is compared with, if there is one. What takes much room is told only where
    it is different there, so that two rows that differ never read the same.
    """
    if "appeal" in row:
        asked = f"{row['appeal']} of {row['since']}"
        return f"{row['time']} {row['from']} tells exercise control that {row['silent']} has not answered its {asked}"
    changed = set() if other is None else {key for key in row if row[key] != other[key]}
    refused = f": refused {row['code']}" if row["code"] else ""
    if "statement" in row:
        says = _in_words(row["says"])
        if "says" in changed and other is not None:
            says = row["says"] if _in_words(other["says"]) == says else says
        elif len(says) > 60:
            says = f"{says[:60]}…"
        target = f" {row['target']}" if row["target"] else ""
        return f"{row['time']} {row['from']} {row['statement']}{target} {says}{refused}"
    ends = [f"{party} {outcome}{f' {code}' if code else ''} {time}" for party, outcome, code, time in row["outcomes"]]
    came_to = refused or f": {', '.join(ends) or 'nothing'}"
    said = f"{row['time']} {row['name']} {row['kind']} to {', '.join(row['to'])}{came_to}"
    more = {
        "plaintext": f"content {row['plaintext'][:12]}…",
        "channel": f"channel {row['channel']}",
        "answers": f"answers {row['answers'] or 'nothing'}",
    }
    rules = [] if other is None else _rules(row["decisions"], other["decisions"])
    return "; ".join([said, *(words for key, words in more.items() if key in changed), *rules])


def _in_words(says: str) -> str:
    """A statement without the signs of JSON, and without what it leaves empty."""
    return _plain(json.loads(says)) if says.startswith("{") else says


def _plain(value: Any) -> str:
    match value:
        case dict():
            return ", ".join(f"{key} {_plain(one)}" for key, one in value.items() if one not in ({}, "", None))
        case list():
            return "; ".join(map(_plain, value)) or "none"
        case _:
            return str(value)


def _rules(decisions: list[Any], others: list[Any]) -> list[str]:
    """By which rules was decided on the addressees that both runs have, and otherwise in the other run."""
    in_both = {one[0] for one in others}
    return [f"{one[0]} by {', '.join(one[3])}" for one in decisions if one not in others and one[0] in in_both]

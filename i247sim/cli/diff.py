"""``i247sim diff``: what two runs have done differently."""

import json
from pathlib import Path
from typing import Any

from i247sim.cli.screen import printable, results
from i247sim.exercise.compare import Difference, differences, transcript_of


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
        out(json.dumps({"same": not found, "digests": [one.digest(), other.digest()], "differences": rows}, indent=1))
    elif not found:
        out(f"the same: {len(one.rows)} rows, transcript {one.digest()}")
    else:
        out(f"different: {one.digest()[:16]}… and {other.digest()[:16]}…")
        out("the first difference:")
        _tell(found[0])
        if len(found) > 1:
            out(f"all {len(found)} of them:")
            for each in found:
                _tell(each)
    return 1 if found else 0


def _tell(difference: Difference) -> None:
    for mark, rows in (("-", difference.only_first), ("+", difference.only_second)):
        for row in rows:
            results().out(printable(f"{mark} {_line(json.loads(row))}"))


def _line(row: dict[str, Any]) -> str:
    if "statement" in row:
        return f"{row['time']} {row['from']} {row['statement']} {row['target']} {row['says'][:60]}"
    ends = ", ".join(
        f"{party} {outcome}{f' {code}' if code else ''} {time[11:19]}" for party, outcome, code, time in row["outcomes"]
    )
    return f"{row['time']} {row['name']} {row['kind']} to {', '.join(row['to'])}: {ends or row['code'] or 'nothing'}"

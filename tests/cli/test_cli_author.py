"""``new``, ``check`` and ``schema``: what they print and how they end."""

import json
from pathlib import Path

from command_line import Call


def test_a_new_scenario_is_checked_and_found_sound(call: Call) -> None:
    said = call("new", "mine")
    assert (said.status, said.err) == (0, "")
    assert "i247sim check mine.yaml" in said.out
    said = call("check", "mine.yaml")
    assert (said.status, said.out) == (0, "nothing wrong: it was rehearsed, and goes as it expects\n")


def test_what_is_there_is_not_overwritten(call: Call) -> None:
    call("new", "mine")
    said = call("new", "mine")
    assert (said.status, said.out) == (2, "")
    assert said.err == "error: `mine.yaml` is there already; choose another name\n"


def test_an_error_is_a_line_with_place_and_status_2(call: Call, failing: Path) -> None:
    said = call("check", failing)
    line, count = said.out.splitlines()
    assert (said.status, said.err) == (2, "")
    assert line.startswith(f"{failing}:20: error: will not be met: FR#1 (letter, INFO_REQUEST) was refused at NO")
    assert count == "1 error, 0 warnings"


def test_a_warning_is_a_line_and_status_0(call: Call, letters: Path) -> None:
    letters.write_text(letters.read_text().replace("bureaus:", "clearances: {}\n  bureaus:").replace(
        "restrictions:", "acceptances:\n  KE:\n    - whom: NO\nrestrictions:"
    ))  # fmt: skip
    said = call("check", letters)
    assert said.status == 0
    assert "warning: nothing would be different without this" in said.out
    assert said.out.splitlines()[-1] == "0 errors, 1 warning"


def test_json_holds_errors_and_warnings_with_their_lines(call: Call, failing: Path) -> None:
    said = call("check", failing, "--json")
    found = json.loads(said.out)
    assert said.status == 2
    assert found["file"] == str(failing)
    assert [one["line"] for one in found["errors"]] == [20]
    assert found["warnings"] == []


def test_a_shipped_scenario_is_checked_by_name(call: Call) -> None:
    assert call("check", "red-notice").status == 0


def test_the_schema_is_one_json_document(call: Call) -> None:
    said = call("schema")
    assert said.status == 0
    assert json.loads(said.out)["properties"]["title"]["maxLength"] == 120

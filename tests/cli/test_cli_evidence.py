"""``verify`` and ``explain`` on a finished run's folder, and ``scenarios``."""

import io
import json
import shutil
import sys
from pathlib import Path

import pytest
from command_line import Call

from i247sim.cli.screen import document
from i247sim.exercise.catalogue import shipped
from i247sim.exercise.scenario import NOTICE
from i247sim.vocabulary.errors import EvidenceError

Run = tuple[Path, str]


def test_verify_says_what_is_not_proven_without_a_code(call: Call, finished: Run) -> None:
    folder, code = finished
    said = call("verify", folder)
    assert said.status == 0
    assert said.out.splitlines()[0] == "consistent; origin not proven"
    assert code in said.out
    assert NOTICE in said.out


def test_verify_with_the_code_proves_the_origin(call: Call, finished: Run) -> None:
    folder, code = finished
    said = call("verify", folder, "--expect", code.lower())
    assert (said.status, said.out.splitlines()[0]) == (0, "consistent; origin proven")


def test_verify_with_another_code_fails(call: Call, finished: Run) -> None:
    folder, code = finished
    said = call("verify", folder, "--expect", code[:-1] + ("0" if code[-1] != "0" else "1"))
    assert (said.status, said.out) == (1, "")
    assert "this is another run's folder" in said.err.splitlines()[-1]


def test_what_is_no_code_is_refused_before_anything_is_checked(call: Call, finished: Run) -> None:
    said = call("verify", finished[0], "--expect", "I247-7ZK3M")
    assert (said.status, said.out) == (2, "")
    assert said.err == "error: `I247-7ZK3M` is no evidence code; expected five groups of five, like `I247-7ZK3M-…`\n"


@pytest.mark.parametrize(
    ("words", "meant"), [(("warnin", "KE"), "warning"), (("warning", "ke"), "KE")], ids=["message", "party"]
)
def test_explain_knows_what_was_meant(call: Call, finished: Run, words: tuple[str, str], meant: str) -> None:
    said = call("explain", finished[0], *words)
    assert (said.status, said.out) == (2, "")
    assert said.err.endswith(f"in this run; did you mean `{meant}`?\n")


def test_a_folder_of_another_version_is_not_called_forged(
    call: Call, finished: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def different(*_: object) -> None:
        raise EvidenceError("decided again: refused")

    monkeypatch.setattr("i247sim.exercise.verify.Replay.take", different)
    assert call("verify", finished[0]).err.endswith("decided again: refused\n")
    monkeypatch.setattr("i247sim.exercise.verify.packaged", lambda: ((), "another schema"))
    said = call("verify", finished[0])
    assert said.status == 1
    assert "`run.json` names the version that made the run" in said.err


def test_verify_as_json(call: Call, finished: Run) -> None:
    folder, code = finished
    found = json.loads(call("verify", folder, "--expect", code, "--json").out)
    assert (found["origin_proven"], found["code"], found["notice"]) == (True, code, NOTICE)


def with_other_report(folder: Path, tmp_path: Path, was: str, is_: str) -> Path:
    """A copy of a run's folder, with one word of its report changed."""
    edited = tmp_path / "edited"
    shutil.copytree(folder, edited)
    report = edited / "report.json"
    report.write_text(report.read_text(encoding="utf-8").replace(was, is_, 1), encoding="utf-8")
    return edited


def test_an_edited_folder_is_status_1_and_names_the_file(call: Call, finished: Run, tmp_path: Path) -> None:
    edited = with_other_report(finished[0], tmp_path, "true", "false")
    said = call("verify", edited)
    assert (said.status, said.out) == (1, "")
    assert "report.json" in said.err.splitlines()[-1]


def test_a_stray_file_is_noticed(call: Call, finished: Run, tmp_path: Path) -> None:
    edited = tmp_path / "edited"
    shutil.copytree(finished[0], edited)
    (edited / "more.txt").write_text("more")
    said = call("verify", edited)
    assert said.status == 1
    assert "more.txt" in said.err.splitlines()[-1]


def test_explain_shows_rule_broker_and_key(call: Call, finished: Run) -> None:
    said = call("explain", finished[0], "warning", "KE")
    assert said.status == 0
    assert NOTICE in said.out
    assert "DIFFUSION from FR, sent T+00:00:00" in said.out
    names = [line.split()[0] for line in said.out.splitlines() if line and not line.startswith(" ")]
    assert [name for name in names if name in ("rule", "broker", "key", "exposure")] == [
        "rule",
        "broker",
        "key",
        "exposure",
    ]
    assert "E-CLASS by CLASS-CLEARANCE" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_explain_to_the_sender_hides_the_receivers_own_statement(call: Call, finished: Run) -> None:
    full = call("explain", finished[0], "warning", "BR").out
    coarse = call("explain", finished[0], "warning", "BR", "--as", "FR").out
    assert "E-ACCEPT" in full
    assert "ACCEPT" not in coarse
    assert "E-ADDR" in coarse


def test_explain_as_json(call: Call, finished: Run) -> None:
    layers = json.loads(call("explain", finished[0], "warning", "NO", "--json").out)
    assert (layers["message"], layers["party"], layers["viewer"]) == ("FR#1", "NO", "CONTROL")
    assert layers["rule"]["verdict"]["code"] == "E-RESTRICT"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nonsense", "NO"), "no message `nonsense`"),
        (("warning", "ZZ"), "no party `ZZ`"),
        (("warning", "NO", "--as", "ZZ"), "no viewer `ZZ`"),
    ],
    ids=["message", "party", "viewer"],
)
def test_explain_names_what_is_not_there(call: Call, finished: Run, words: tuple[str, ...], says: str) -> None:
    said = call("explain", finished[0], *words)
    assert said.status == 2
    assert says in said.err


def test_scenarios_lists_every_shipped_one_with_its_aim(call: Call) -> None:
    said = call("scenarios")
    assert said.status == 0
    assert NOTICE in said.out
    text = " ".join(said.out.split())
    for one in shipped():
        assert f"{one.name} {one.title}" in text
        assert " ".join(one.aim.split()) in text
    assert "asleep Nobody at the desk script of 20h" in text


@pytest.mark.parametrize(
    ("name", "lasts"),
    [
        ("asleep", "script of 20h; with what follows from it about 40d16h"),
        ("money-too-late", "script of 1h; with what follows from it about 5h30m"),
        ("red-notice", "script of 1d12h"),
    ],
)
def test_a_title_page_says_how_long_the_script_is_and_how_long_it_goes_on(call: Call, name: str, lasts: str) -> None:
    assert f"lasts     {lasts}\n" in call("scenarios", name).out


def test_a_title_page_does_not_list_all_members(call: Call) -> None:
    assert "bureaus   all 196 members\n" in call("scenarios", "world-alert").out


def test_report_says_once_more_what_the_run_said(call: Call, finished: Run) -> None:
    folder, code = finished
    said = call("report", folder)
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0] == "Who can read this?"
    assert "Expectations: 28 of 28 met" in lines
    assert f"  i247sim verify {folder} --expect {code}" in lines
    assert lines[-1] == "PASSED  all 28 expectations met; nothing lost, no access without permission"
    told = json.loads(call("report", folder, "--json").out)
    assert told == json.loads((folder / "report.json").read_text(encoding="utf-8"))


def test_report_shows_no_folder_that_was_changed(call: Call, finished: Run, tmp_path: Path) -> None:
    edited = with_other_report(finished[0], tmp_path, "opened", "closed")
    said = call("report", edited)
    assert (said.status, said.out) == (1, "")
    assert said.err == "error: the file `report.json` was changed: its digest is not the listed one\n"


@pytest.mark.parametrize(
    "words",
    [
        ["verify", "RUN"],
        ["report", "RUN"],
        ["notices", "RUN"],
        ["notices", "RUN", "--public"],
        ["explain", "RUN", "warning", "NO"],
        ["diff", "RUN", "RUN"],
        ["query", "RUN", "--hits"],
        ["check", "who-can-read"],
        ["inject", "--list"],
        ["inject", "--about", "cut"],
        ["inject", "--about", "key-stolen"],
    ],
    ids=" ".join,
)
def test_every_json_begins_with_its_format_and_says_that_nothing_in_it_is_real(
    call: Call, finished: Run, words: list[str]
) -> None:
    said = call(*(finished[0] if word == "RUN" else word for word in words), "--json")
    assert said.status == 0
    assert list(json.loads(said.out).items())[:2] == [("format", 1), ("notice", NOTICE)]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_can_be_read_whatever_letters_the_output_knows(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    written = io.BytesIO()
    output = io.TextIOWrapper(written, encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr(sys, "stdout", output)
    document({"subject": "é … طلب"})
    output.flush()
    assert json.loads(written.getvalue().decode(encoding))["subject"] == "é … طلب"

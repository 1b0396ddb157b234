"""The book of notices: what a run's log and remarks say of every notice and diffusion, afterwards and meanwhile."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from i247sim.cli.main import status
from i247sim.exercise.catalogue import find
from i247sim.exercise.medium import Medium
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.steering import order
from i247sim.vocabulary.errors import InputError

STORY = find("refugee")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A finished run of the refugee's story, and the book as it stood half a day before its end."""
    out = tmp_path_factory.mktemp("book") / "run"

    async def play() -> dict[str, Any]:
        task = asyncio.create_task(
            Session.create(Options(STORY, medium=Medium.MEMORY, out=out, paused=True), Watch()).run()
        )
        while True:
            try:
                await order(out, "until", {"offset": "T+3d12h"})
                break
            except InputError:
                await asyncio.sleep(0.02)
        while not (await order(out, "status", {}))["paused"]:
            await asyncio.sleep(0.01)
        meanwhile = await order(out, "notices", {})
        await order(out, "resume", {})
        await task
        return meanwhile

    return out, asyncio.run(play())


def book(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert status(["notices", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def states(found: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(one["name"], one["owner"], one["state"], one["reason"]) for one in found["matters"]]


def test_a_finished_run_says_where_everything_stands_and_why(
    told: tuple[Path, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert states(book(capsys, told[0])) == [
        ("2026/1", "BR", "cancelled", "refugee"),
        ("2026/2", "JP", "published", ""),
        ("BR#2", "BR", "cancelled", "R-REFUGEE"),
        ("BR#3", "BR", "refused", "R-REFUGEE"),
    ]


def test_a_running_exercise_says_what_waits_for_whom(told: tuple[Path, Any]) -> None:
    name, owner, state, reason = states(told[1])[-1]
    assert (name, owner, state) == ("BR#3", "BR", "submitted")
    assert reason == "waits for a person: R-REFUGEE in person"


def test_one_matter_alone_with_its_history_in_order(told: tuple[Path, Any], capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = book(capsys, told[0], "2026/1")["matters"]
    assert [page["what"].split(" (")[0].split(" of BR#1")[0] for page in one["history"]] == [
        "notice request",
        "clock started: first check",
        "decided after review: granted",
        "notice decision",
        "clock stopped: first check",
        "notice published",
        "notice cancel, refugee",
    ]
    times = [page["time"] for page in one["history"]]
    assert times == sorted(times)


def test_the_book_names_nobody_who_protects_and_no_person(
    told: tuple[Path, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps(book(capsys, told[0]))
    assert "Exul" not in text
    assert '"FR' not in text


def test_as_a_page_it_fits_the_screen(
    told: tuple[Path, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert status(["notices", str(told[0])]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "2026/1        BR red: cancelled (refugee)" in lines
    assert "Diffusions" in lines


def test_an_unknown_matter_is_named_with_those_that_there_are(
    told: tuple[Path, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(["notices", str(told[0]), "2026/9"]) == 2
    assert "no matter `2026/9` in this run; there are 2026/1, 2026/2, BR#2, BR#3" in capsys.readouterr().err


def test_where_no_run_is_there_is_no_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["notices", str(tmp_path / "nothing")]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_what_the_public_is_shown_names_no_case_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = find("every-colour")
    out = tmp_path / "run"
    asyncio.run(Session.create(Options(story, medium=Medium.MEMORY, out=out), Watch()).run())
    assert status(["notices", str(out), "--public", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["notices"]
    assert [one.get("forename") or one["text"][:8] for one in found] == ["Quarta", "The Inve", "Fictiona"]
    assert "police box" not in json.dumps(found)
    assert status(["notices", str(out), "2026/1", "--public"]) == 2

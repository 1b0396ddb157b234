"""``query`` and ``records``: what they print, what they refuse, and that a look leaves no trace."""

import asyncio
import json
from pathlib import Path

import pytest
from command_line import Call

from i247sim.clock.pace import Pace
from i247sim.exercise.medium import Medium
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.steering import order

STORY = """
title: A search
aim: For the tests of the command line.
participants:
  bureaus: [FR, BR, NO]
restrictions:
  FR:
    - whom: NO
records:
  - owner: FR
    id: NOM-000001
    person: {family_name: García Ficticio, forename: Ana, sex: F, born: 1984-05-17}
    summary: EXERCISE, suspect
timeline:
  - at: T+0s
    label: search
    send:
      from: BR
      kind: DB_QUERY
      purpose: case-support
      query: {database: nominal, family_name: Garcia Ficticio, forename: Ana, born: 1984-05-17}
  - at: T+1m
    label: entry
    send:
      from: FR
      kind: DB_RECORD
      purpose: case-support
      record: {database: smv, vehicle: {plate: EX-123, country: FR, colour: red}}
expect:
  - says: It is a hit
    finding: {message: search, is: HIT}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("query")
    (folder / "search.yaml").write_text(STORY, encoding="utf-8")
    options = Options(folder / "search.yaml", medium=Medium.MEMORY, out=folder / "run")
    assert asyncio.run(Session.create(options, Watch()).run()).passed
    return folder / "run"


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        pytest.param(["--name", "Garcia, Ana"], "CANDIDATES", id="a name"),
        pytest.param(["--name", "García Ficticio, Ana", "--born", "1984-05-17"], "HIT, as of", id="name and birth"),
        pytest.param(["--plate", "ex 123"], "SMV-000001 of FR, 100 %: plate", id="what the run has entered"),
        pytest.param(["--record", "NOM-000001"], "person.family_name       García Ficticio", id="a whole record"),
        pytest.param(["--hits"], "NOM-000001 of FR by BR (BR-2026-000001): HIT_NOTICE, open", id="hits"),
        pytest.param(["--looks", "NOM-000001"], "BR saw its summary: BR-2026-000001, case-support", id="looks"),
        pytest.param(["--looks", "SMV-000001"], "nobody has looked at SMV-000001", id="no looks"),
        pytest.param(["--name", "Garcia, Ana", "--as", "BR"], "CANDIDATES", id="as a bureau"),
        pytest.param(["--name", "Garcia, Ana", "--as", "NO"], "NO_RECORD", id="as a barred bureau"),
        pytest.param(["--record", "NOM-000001", "--as", "NO"], "NO_RECORD", id="a whole record as a barred bureau"),
        pytest.param(["--vin", "1M8GDM9A1KP042788"], "wrong check digit", id="bad input"),
    ],
)
def test_a_finished_run_is_looked_into(call: Call, run: Path, words: list[str], printed: str) -> None:
    said = call("query", run, *words)
    assert (said.status, said.err) == (0, "")
    assert printed in said.out


def test_a_look_leaves_no_trace(call: Call, run: Path) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    call("query", run, "--name", "Garcia")
    assert "nobody" not in call("query", run, "--looks", "NOM-000001").out
    assert call("query", run, "--looks", "NOM-000001").out.count("\n") == 1
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


def test_the_answer_as_data(call: Call, run: Path) -> None:
    said = call("query", run, "--name", "Garcia, Ana", "--json")
    assert json.loads(said.out)["hits"][0]["record"] == "NOM-000001"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param([], "ask for one thing", id="nothing"),
        pytest.param(["--hits", "--name", "A"], "ask for one thing", id="two things"),
        pytest.param(["--hits", "--as", "BR"], "leave out `--as`", id="a register as a bureau"),
        pytest.param(["--born", "1984"], "`--born` goes with `--name`", id="a birth alone"),
        pytest.param(["--document", "EXP1"], "expected country and number", id="a document without country"),
        pytest.param(["--record", "nothing"], "expected an id like", id="no id"),
        pytest.param(["--name", "A", "--in", "cellar"], "`--in` is `cellar`", id="no database"),
        pytest.param(["--name", "A", "--as", "QQ"], "no party `QQ`", id="nobody"),
    ],
)
def test_a_bad_question_is_named(call: Call, run: Path, words: list[str], why: str) -> None:
    said = call("query", run, *words)
    assert (said.status, said.out) == (2, "")
    assert why in said.err.replace("\n", " ")


def test_what_is_no_run_is_said_so(call: Call, tmp_path: Path) -> None:
    assert "does not exist" in call("query", tmp_path / "nothing", "--hits").err
    assert call("query", tmp_path, "--hits").status == 2


async def test_a_running_exercise_is_looked_into_and_goes_on_as_if_nobody_had(tmp_path: Path) -> None:
    (tmp_path / "search.yaml").write_text(STORY, encoding="utf-8")
    options = Options(tmp_path / "search.yaml", medium=Medium.MEMORY, out=tmp_path / "run", paused=True)
    session = Session.create(options, Watch())
    assert isinstance(session.pace, Pace)
    running = asyncio.create_task(session.run())
    asked = {"viewer": None, "query": {"database": "nominal", "family_name": "Garcia Ficticio"}, "record": None}
    while not (tmp_path / "run" / "work" / "steering.json").exists():
        await asyncio.sleep(0.02)
    await order(tmp_path / "run", "until", {"offset": "T+30s"})
    while not (await order(tmp_path / "run", "status", {}))["paused"]:
        await asyncio.sleep(0.02)
    found = await order(tmp_path / "run", "query", asked)
    assert found["hits"][0]["record"] == "NOM-000001"
    assert (await order(tmp_path / "run", "query", {**asked, "viewer": "NO"}))["finding"] == "NO_RECORD"
    told = await order(tmp_path / "run", "query", {**asked, "query": None, "record": "NOM-000001"})
    assert [hit["querier"] for hit in told["hits"]] == ["BR"]
    assert [look["querier"] for look in told["looks"]] == ["BR"]
    await order(tmp_path / "run", "resume", {})
    assert (await running).passed


def test_records_are_made_checked_and_used(call: Call, tmp_path: Path, letters: Path) -> None:
    made = call("records", "generate", "--out", "small.db", "--sltd", "200", "--nominal", "0", "--seed", "3")
    assert made.status == 0
    assert "small.db: 200 travel documents, 0 persons, all invented; seed 3" in made.out
    assert "as it says" in call("records", "check", "small.db").out
    assert "exists already" in call("records", "generate", "--out", "small.db").err
    assert call("run", letters, "--in-process", "--records", "small.db", "--out", "full").status == 0
    found = call("query", "full", "--document", "FR:EX00000001", "--records", "small.db")
    assert found.status == 0
    said = call("query", "full", "--document", "FR:EX00000001")
    assert (said.status, "name it with `--records FILE`" in said.err.replace("\n", " ")) == (2, True)
    said = call("run", "--replay", "full", "--in-process")
    assert (said.status, "had a record file" in said.err.replace("\n", " ")) == (2, True)
    call("records", "generate", "--out", "other.db", "--sltd", "10", "--nominal", "0")
    said = call("run", "--replay", "full", "--in-process", "--records", "other.db")
    assert (said.status, "other records than the run had" in said.err.replace("\n", " ")) == (2, True)
    assert call("run", "--replay", "full", "--in-process", "--records", "small.db", "--out", "again").status == 0
    assert call("diff", "full", "again").status == 0


def test_a_changed_record_file_is_found_out(call: Call, tmp_path: Path) -> None:
    import sqlite3

    call("records", "generate", "--out", "small.db", "--sltd", "20", "--nominal", "0")
    with sqlite3.connect(tmp_path / "small.db") as database:
        database.execute("UPDATE sltd SET fraud = 'lost' WHERE fraud <> 'lost'")
    said = call("records", "check", "small.db")
    assert (said.status, "NOT what it says" in said.out) == (1, True)

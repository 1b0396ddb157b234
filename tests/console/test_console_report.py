"""The report says what adversaries have tried, who met it and after how long: as a draft, and as the run's own says."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console
from rig import playing

from i247sim.cli import summary
from i247sim.console.pages.report import appeals, attacks
from i247sim.exercise.catalogue import find
from i247sim.exercise.finished import FinishedPort
from i247sim.exercise.port import Role, Who
from i247sim.exercise.recall import recall
from i247sim.exercise.steps import Step
from i247sim.exercise.verify import verify


async def test_attacks_stand_in_the_report_with_who_met_them_after_how_many_real_seconds(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+30m")
        assert "<h2>Attacks</h2>" not in (await instructor.get("/report")).text
        for verb, fields in (("tamper", {"p.message": "warning", "p.part": "body"}), ("spoof", {"p.by": "NO"})):
            claim = {"p.claims": "FR", "p.to": "BR"} if verb == "spoof" else {}
            assert (await instructor.do("inject", "/report", verb=verb, when="now", **fields, **claim))["ok"]
        await play.until("T+40m")
        page = (await instructor.get("/report")).text
        assert "2 of 2 stopped or noticed" in page
        assert "A message is altered on its way" in page
        draft = attacks(play.port.picture(Who(Role.INSTRUCTOR)))
        assert [(one["layer"], one["by"]) for one in draft[0]["met"]] == [("signature", "HUB")]
        assert all(one["after_real_s"] is not None for one in draft[0]["met"])
        assert "s of real time" in page
        finished = await play.end()
    final = attacks(FinishedPort(finished.folder).picture(Who(Role.INSTRUCTOR)))
    assert [(one["verb"], one["target"]) for one in final] == [("tamper", "FR"), ("spoof", "NO")]
    told = [(one.verb, [(met.layer, met.by, met.delay) for met in one.met]) for one in finished.trials]
    assert [(one["verb"], [(met["layer"], met["by"], met["after"]) for met in one["met"]]) for one in final] == told


async def test_who_answers_nobody_is_left_to_the_instructor_on_every_page_and_in_what_the_run_leaves_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    says = "no answer to PT since T+14:30:00: info request"
    async with playing(tmp_path / "run", find("asleep")) as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+18h29m")
        assert says not in (await instructor.get("/situation")).text
        assert "Left to the instructor" not in (await instructor.get("/report")).text
        await play.until("T+19h")
        page = (await instructor.get("/situation")).text
        assert says in page
        assert "reminded, and called by the command centre" in page
        assert "1 of 1 still without a word" in (await instructor.get("/report")).text
        # Somebody takes the seat and writes: the matter is no longer open, and stays in the report.
        letter = {"from": "ST", "kind": "INFO_REPLY", "purpose": "case-support", "to": ["PT"], "subject": "He did"}
        play.conductor.inject(Step.model_validate({"at": timedelta(hours=19, minutes=1), "send": letter}))
        await play.until("T+20h")
        assert says not in (await instructor.get("/situation")).text
        assert "0 of 1 still without a word" in (await instructor.get("/report")).text
        finished = await play.end()
    (told,) = appeals(FinishedPort(finished.folder).picture(Who(Role.INSTRUCTOR)))
    assert (told["from"], told["silent"], told["asked"], told["open"]) == ("PT", "ST", "INFO_REQUEST", False)
    verify(finished.folder, finished.code)
    for run in (finished, recall(finished.folder)):
        summary.show(Console(width=100), run)
        assert "Left to the instructor: 1" in capsys.readouterr().out
    report = json.loads((finished.folder / "report.json").read_text())
    assert [(one["from"], one["silent"]) for one in report["appeals"]] == [("PT", "ST")]


@pytest.mark.deep
@pytest.mark.parametrize(
    ("case", "until", "says", "cause"),
    [
        pytest.param(
            "another-door",
            "T+47d",
            "no answer to KE",
            "the question never arrived: refused, E-RESTRICT",
            id="refused by the hub",
        ),
        pytest.param(
            "first-hour",
            "T+1h55m",
            "no answer to IPSG",
            "it waits for a person&#39;s decision",
            id="for a person to decide",
        ),
    ],
)
async def test_the_likely_cause_of_a_silence_is_named(
    case: str, until: str, says: str, cause: str, tmp_path: Path
) -> None:
    async with playing(tmp_path / "run", find(case)) as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.until(until)
        page = (await instructor.get("/situation")).text
    assert says in page
    assert cause in page


async def test_a_note_that_is_too_long_is_refused_and_nothing_typed_is_lost_without_script(tmp_path: Path) -> None:
    long = "A long <b>thought</b>. " * 100
    said, typed = (
        f"{len(long.strip())} characters; expected at most 2000",
        long.replace("<", "&lt;").replace(">", "&gt;"),
    )
    async with playing(tmp_path / "run") as play:
        control, desk = await play.rig.browser(Role.INSTRUCTOR), await play.rig.browser(Role.SEAT, "BR")
        rated = {"expectation": "1", "rating": "S", "note": long}
        for browser, command, page, form in (
            (control, "note", "/report", {"text": long}),
            (desk, "note", "/seat/log", {"text": long}),
            (control, "rate", "/timeline", rated),
        ):
            token = {"csrf": await browser.csrf(page), "back": page}
            answer = await browser.post(f"/do/{command}", {**token, **form})
            assert answer.headers["location"] == page
            shown = (await browser.get(page)).text
            assert said in shown, page
            assert typed in shown, page
            assert typed not in (await browser.get(page)).text, "a page that is asked for anew begins anew"
        assert (await control.post("/do/rate", {**token, "expectation": "1", "note": "in time"})).status_code == 303
        assert 'value="in time"' in (await control.get("/timeline")).text, "no rating was chosen, and the note stays"


async def test_who_took_equally_long_for_the_same_stands_in_one_line(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        control = await play.rig.browser(Role.INSTRUCTOR)
        asked = {"p.from": "FR", "p.to": "BR, IPSG", "p.purpose": "case-support", "p.subject": "To two", "when": "now"}
        assert (await control.do("inject", "/inject", verb="send:INFO_REQUEST", **asked))["ok"]
        await play.until("T+30s")
        took = {"what": "opened", "message": "FR#2", "at": "T+00:00:01", "took_s": 0, "took": "0s"}
        assert (await control.get("/report.json")).json()["times"] == [{**took, "parties": ["BR", "IPSG"]}]
        assert "<code>BR IPSG</code>" in (await control.get("/report")).text
        done = {"p.from": "BR", "p.to": "FR", "p.purpose": "case-support", "p.answers": "FR#2", "when": "now"}
        assert (await control.do("inject", "/inject", verb="send:ACK", **done, **{"p.subject": "In hand"}))["ok"]
        await play.until("T+90s")
        times = [one for one in (await control.get("/report.json")).json()["times"] if one["message"] == "FR#2"]
        assert [(one["what"], one["parties"]) for one in times] == [
            ("opened", ["BR", "IPSG"]),
            ("acknowledged", ["BR"]),
        ]

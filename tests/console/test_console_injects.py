"""Injects with what is expected of them, and injects that take a while."""

import asyncio
import json
import re
from itertools import product
from pathlib import Path

import pytest
from rig import STORY, playing

from i247sim.console import foresight
from i247sim.console.frames import LETTERS
from i247sim.console.pages.inject import searched
from i247sim.exercise import forecast
from i247sim.exercise.finished import FinishedPort
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium
from i247sim.exercise.port import Role, Who
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.sending import SENDABLE
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.settings import read_injects
from i247sim.vocabulary.messages import NoticeType

SEND = {
    "verb": "send:INFO_REQUEST",
    "p.from": "FR",
    "p.to": "BR, NO",
    "p.purpose": "case-support",
    "p.subject": "Who saw him?",
}


async def test_what_is_expected_of_an_inject_is_recorded_judged_rated_and_happens_again(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+5m")
        wanted = {"expect.what": "refused", "expect.party": "NO", "expect.code": "E-RESTRICT", "expect.by": "10m"}
        assert (await instructor.do("inject", "/inject", **SEND, **wanted))["ok"]
        wanted = {"expect.what": "answered", "expect.party": "NO", "expect.kind": "INFO_REPLY", "expect.by": "20m"}
        assert (await instructor.do("inject", "/inject", **SEND, **wanted, **{"expect.says": "Norway answers"}))["ok"]
        await play.until("T+1h")
        page = (await instructor.get("/timeline")).text
        assert "live-1 is refused to NO" in page
        assert "Norway answers" in page
        report = (await instructor.get("/report.json")).json()
        first, second = report["expectations"][2:]
        assert (first["key"], first["state"]) == ("live/1", "met")
        assert "refused at NO with E-RESTRICT" in first["evidence"]
        assert second["evidence"].startswith("so far: there was no info reply from NO")
        assert (await instructor.do("rate", "/timeline", expectation="live/1", rating="P", note="seen"))["ok"]
        assert (await instructor.do("rate", "/timeline", expectation="live/9", rating="P"))["status"] == 400
        finished = await play.end()
    assert [one.passed for one in finished.results] == [True, True, True, False]
    assert not finished.passed
    shown = FinishedPort(finished.folder).picture(Who(Role.INSTRUCTOR))
    assert [one.passed for one in shown.results().values()] == [True, True, True, False]
    assert shown.ratings()["live/1"].grade == "P"
    _, _, injects = read_injects(finished.folder)
    options = Options(STORY, medium=Medium.MEMORY, out=tmp_path / "again", injects=injects)
    again = await Session.create(options, Watch()).run()
    assert [one.evidence for one in again.results] == [one.evidence for one in finished.results]
    assert again.transcript.digest() == finished.transcript.digest()


WRONG = [
    ({"expect.what": "refused"}, "expect.party", "needed"),
    ({"expect.what": "answered", "expect.party": "NO"}, "expect.kind", "needed"),
    ({"expect.what": "answered", "expect.party": "NO", "expect.kind": "ACK"}, "expect.by", "within a time"),
    ({"expect.what": "opened", "expect.party": "XX"}, "expect.party", "does not take part"),
    ({"expect.what": "opened", "expect.party": "BR", "expect.by": "soon"}, "expect.by", "offset"),
    ({"expect.what": "opened", "expect.party": "BR", "expect.by": "T+1s"}, "expect.by", "before the inject"),
    ({"expect.what": "opened", "expect.party": "BR", "expect.message": "nothing"}, "expect.message", "label"),
    ({"expect.what": "opened", "expect.party": "BR", "expect.code": "E-CLASS"}, "expect.what", "does not go"),
    (
        {"expect.what": "counted", "expect.kind": "ACK", "expect.number": "none"},
        "expect.number",
        "expected a whole number",
    ),
]


async def test_every_mistake_in_what_is_expected_stands_at_its_field(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+5m")
        for (typed, field, says), check in product(WRONG, ({}, {"check": "1"})):
            told = await instructor.do("predict" if check else "inject", "/inject", **SEND, **typed, **check)
            assert not told["ok"]
            assert says in told["errors"][field], told["errors"]
        assert not play.conductor.live


async def test_what_a_fault_leads_to_can_be_expected_and_goes_with_the_fault_when_it_is_moved(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+30m")
        wanted = {"expect.what": "not-opened", "expect.party": "BR", "expect.message": "late", "expect.by": "T+3h5m"}
        cut = {"verb": "cut", "p.party": "BR", "when": "at", "at": "T+2h50m"}
        assert (await instructor.do("inject", "/inject", **cut, **wanted))["ok"]
        await play.until("T+40m")
        assert (await instructor.do("delay", "/timeline", step="live/1", by="5m"))["ok"]
        await play.until("T+3h30m")
        report = (await instructor.get("/report.json")).json()
        (moved,) = report["expectations"][2:]
        assert (moved["key"], moved["state"]) == ("live/3", "met"), "what was left out, nobody expects any more"


async def test_a_flood_says_how_far_it_is_and_what_is_left_of_it_can_be_stopped(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+5m")
        flood = {"verb": "flood", "p.party": "FR", "p.to": "BR", "p.rate": "3", "p.lasts": "5m"}
        assert (await instructor.do("inject", "/inject", **flood, when="at", at="T+6m"))["ok"]
        await play.until("T+5m30s")
        assert "later" in (await instructor.get("/timeline?open=step:live/1")).text
        await play.until("T+7m30s")
        assert "running: minute 2 of 5" in (await instructor.get("/situation")).text
        assert "running: minute 2 of 5" in (await instructor.get("/timeline")).text
        assert "under way" in (await instructor.do("delay", "/timeline", step="live/1", by="5m"))["says"]
        assert (await instructor.do("skip", "/timeline", step="live/1"))["ok"]
        finished = await play.end()
    assert sum(row.label is None and row.sender == "FR" for row in finished.transcript.messages()) == 6
    port = FinishedPort(finished.folder)
    assert port.picture(Who(Role.INSTRUCTOR)).plan[-2].step.flood is not None


async def _here(order: str) -> bytes:
    """What the process of its own would say; starting one takes a second."""
    return forecast.as_json(forecast.forecast(Scenario.model_validate(json.loads(order)))).encode()


@pytest.mark.deep
async def test_a_rehearsal_in_a_process_of_its_own_says_the_same_and_leaves_none_behind() -> None:
    order = json.dumps(forecast.order(load(STORY), []))
    assert await foresight._rehearsed(order) == await _here(order) + b"\n"
    with pytest.raises(ValueError, match=r"extra_forbidden|Extra inputs"):
        await foresight._rehearsed('{"nonsense": 1}')


async def test_the_end_is_predicted_by_a_rehearsal_that_says_how_sure_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foresight, "_rehearsed", _here)
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)

        async def told() -> str:
            await instructor.get("/timeline")
            async with asyncio.timeout(60):
                while play.rig.house.foresight.at_work:
                    await asyncio.sleep(0.02)
            page = (await instructor.get("/timeline")).text.partition("planned end")[2]
            return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|\s+", " ", page))[:1200]

        text = await told()
        assert re.search("predicted end T.03:02:55 sure: as rehearsed", text), text
        await play.until("T+30m")
        assert "sure: all messages so far came as rehearsed" in await told()
        order = {**SEND, "when": "at", "at": "T+5h"}
        assert (await instructor.do("inject", "/inject", **order))["ok"]
        await play.until("T+40m")
        assert re.search(r"predicted end T.05:02:\d\d sure: all messages", await told()), "it is rehearsed too"
        await play.rig.browser(Role.SEAT, "BR")
        await play.until("T+5h1m")
        text = await told()
        assert "people sit at 1 desk, and nobody knows" in text
        assert re.search(r"BR Brazil +lag 1m: 1 waits", text) is None, "Norway's question came to a link that was cut"
        assert re.search(r"BR Brazil +lag \S+: \d waits?", text), text


async def test_the_clock_never_passes_what_is_due_next_however_late_that_comes(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        await play.until("T+5m")
        conductor = play.conductor
        due = conductor.agenda.next()
        assert due is not None
        conductor.pacing.passed += 10_000  # this computer was busy, and the wait went on for too long
        assert conductor.clock == due.time


async def test_the_list_shows_each_kind_with_its_letter_its_name_and_a_sentence_and_is_searched_without_script(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        page = (await instructor.get("/inject?verb=send:NOTICE_REQUEST&p.notice.type=blue")).text
        for kind in SENDABLE:
            assert f'href="/inject?verb=send:{kind}' in page
        for colour, name in ((NoticeType.RED, "Red Notice"), (NoticeType.ORANGE, "Orange Notice")):
            mark = f'<span class="mark mark-{colour}" role="img" aria-label="{colour} notice">'
            assert f'{mark}<span aria-hidden="true">{LETTERS[colour]}</span></span><span><b>{name}: request</b>' in page
        chosen = page.split('aria-current="true"', 1)[1]
        assert chosen.startswith('><span class="mark mark-blue"')
        assert '<option value="blue" selected>' in page, "the colour that was chosen stands in the form"
        assert "Somebody asks somebody else" in page
        found = (await instructor.get("/inject?q=STOLEN+bureau")).text
        assert "A bureau&#39;s key is stolen" in found
        assert "Info request" not in found
        assert "Nothing has this in its name" in (await instructor.get("/inject?q=xyzzy")).text


def test_the_shelf_is_searched_with_the_list() -> None:
    ready = [{"name": "key-stolen", "title": "The key of a bureau is stolen", "teaches": "A thief is believed."}]
    assert searched([], ready, "thief KEY")["shelf"] == ready
    assert searched([], ready, "thief lock")["shelf"] == []

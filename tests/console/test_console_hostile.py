"""Hostile text is inert wherever it is shown: markup, template syntax, formulas, characters that hide others."""

import io
import json
import zipfile
from pathlib import Path
from urllib.parse import quote

from rig import STORY, playing
from test_console_exercise import INSTRUCTORS, SEATS

from i247sim.exercise.port import Role

EVIL = '"><script>alert(1)</script><svg onload=alert(2)>{{ 7 * 7 }}{% raw %}javascript:alert(3)\u202egnp\u0007'
ASKED = quote(EVIL)
INERT = ("<script>alert", "<svg onload", "49", "\u202e", "\u0007")


async def test_hostile_words_of_a_scenario_a_seat_and_an_instructor_do_nothing_anywhere(tmp_path: Path) -> None:
    story = tmp_path / "story.yaml"
    text = STORY.read_text(encoding="utf-8").replace(
        "A small story for the console", "=cmd()|{{ 7 * 7 }}<script>alert(0)"
    )
    story.write_text(text, encoding="utf-8")
    async with playing(tmp_path / "run", story) as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        seat = await play.rig.browser(Role.SEAT, "BR")
        await play.until("T+10m")
        send = {"kind": "INFO_REQUEST", "purpose": "case-support", "to": "FR", "subject": EVIL[:100], "text": EVIL}
        assert (await seat.do("send", "/seat/new", **send))["ok"]
        assert (await seat.do("note", "/seat/log", text=EVIL))["ok"]
        assert (await instructor.do("note", "/report", text=EVIL))["ok"]
        assert (await instructor.do("rate", "/timeline", expectation="0", rating="P", note=EVIL))["ok"]
        await instructor.do(
            "inject", "/inject", verb="send:INFO_REQUEST", **{"p.from": EVIL, "p.subject": EVIL}, when="now"
        )
        await seat.do("send", "/seat/new", **{**send, "to": EVIL})
        await play.until("T+11m")
        for browser, pages in (
            (
                instructor,
                [*INSTRUCTORS, f"/messages?q={ASKED}", f"/bureaus?q={ASKED}", f"/why?from={ASKED}&to={ASKED}"],
            ),
            (seat, [*SEATS, "/seat/message/BR.1", f"/seat?q={ASKED}", "/seat/log.txt"]),
        ):
            for page in pages:
                answer = await browser.get(page)
                assert answer.status_code == 200, page
                kind = answer.headers["content-type"]
                if "html" in kind:
                    assert [one for one in INERT if one in _words(answer.text, one)] == [], page
                elif "json" in kind:
                    json.loads(answer.text)
                elif "csv" in kind:
                    assert not any(
                        cell.startswith(("=", "+", "@")) for cell in answer.text.replace("\r\n", ",").split(",")
                    )
                elif "plain" in kind:
                    assert "\u202e" not in answer.text
        own = (await seat.get("/seat/message/BR.1")).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in own
        assert "{{ 7 * 7 }}" in own
        assert "‹U+202E›" in own
        assert "&lt;svg onload" in (await instructor.get("/report.html")).text
        archive = zipfile.ZipFile(io.BytesIO((await instructor.get("/evidence/run.zip")).content))
        assert all(not name.startswith("/") and ".." not in name for name in archive.namelist())
        assert not play.rig.trouble


def _words(page: str, sought: str) -> str:
    """The page; for a bare number only what stands beside the hostile words."""
    if sought != "49":
        return page
    return "".join(page[place : place + 60] for place in range(len(page)) if page.startswith("svg onload", place))


async def test_a_frame_never_holds_what_somebody_wrote(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        socket = await (await play.rig.browser(Role.INSTRUCTOR)).socket()
        seat = await play.rig.browser(Role.SEAT, "BR")
        send = {
            "kind": "INFO_REQUEST",
            "purpose": "case-support",
            "to": "FR",
            "subject": "SECRETWORD",
            "text": "SECRETWORD",
        }
        assert (await seat.do("send", "/seat/new", **send))["ok"]
        await play.until("T+10m")
        frames = [await socket.frame()]
        while sum(one["n"] for one in frames) < 3:
            frames.append(await socket.frame())
        assert "SECRETWORD" not in json.dumps(frames)
        journal = "".join(json.dumps(line) for line in play.port.seen().lines)
        assert "SECRETWORD" not in journal, "the journal tells what was done, and holds nobody's words"


LONG = "9" * 5000
"""More digits than Python reads as a number."""


async def test_what_no_page_of_ours_sends_is_refused_in_words_and_is_no_mistake_of_ours(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        troubles: list[str] = []
        play.rig.house.trouble = troubles.append
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        for command in ("now", "skip", "delay", "edit"):
            for step in ("", "x", "timeline/", "timeline/-1", "timeline/٣", f"live/{LONG}"):
                answer = await instructor.do(command, "/timeline", step=step, by="5m")
                assert (answer["status"], "is not to come any more" in answer["says"]) == (400, True), (command, step)
        desk = await play.rig.browser(Role.SEAT, "BR")
        assert (await desk.do("unrestrict", "/seat/restrictions", n=LONG))["status"] == 400
        for path in (f"/evidence?before={LONG}", f"/situation?open=entry:{LONG}&t={LONG}", "/evidence?before=٣"):
            assert (await instructor.get(path)).status_code == 200
        assert troubles == []

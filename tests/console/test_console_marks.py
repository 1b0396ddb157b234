"""What somebody at a desk has marked: there after every reload, in the journal for the debrief, and nobody else's."""

import asyncio
import contextlib
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

from rig import playing

from i247sim.console.pages import seat
from i247sim.exercise.picture import marks
from i247sim.exercise.port import Role, Who
from i247sim.vocabulary.decisions import Code, Outcome

CHIP = "</svg>marked</span>"
QUESTION = {"message": "FR.2", "on": "yes"}


async def test_a_mark_is_a_chip_a_filter_a_line_of_the_log_and_of_the_debrief(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        desk, other = await play.rig.browser(Role.SEAT, "BR"), await play.rig.browser(Role.SEAT, "FR")
        control = await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+10m")
        injected = list(play.conductor.live)
        assert CHIP not in (await desk.get("/seat")).text
        assert "Nothing matches." in (await desk.get("/seat?filter=marked")).text
        # Without script: a form like the others, and back to where one was.
        form = {"csrf": await desk.csrf("/seat"), "back": "/seat?filter=all", **QUESTION}
        for _ in range(2):
            assert (await desk.post("/do/mark", form)).headers["location"] == "/seat?filter=all"
        for page in ("/seat", "/seat?filter=marked", "/seat/message/FR.2"):
            assert (await desk.get(page)).text.count(CHIP) == 1, page
        assert "A question" in (await desk.get("/seat?filter=marked")).text
        assert "A warning" not in (await desk.get("/seat?filter=marked")).text
        assert "marked FR#2" in (await desk.get("/seat/log")).text
        assert CHIP not in (await other.get("/seat")).text
        assert CHIP in (await control.get("/bureaus?open=bureau:BR")).text
        assert len(marks(play.port.seen().lines)) == 1
        assert sum(line["event"] == "mark" for line in play.port.seen().lines) == 1, "marked twice is marked once"
        assert [(one["party"], one["message"]) for one in (await control.get("/report.json")).json()["marks"]] == [
            ("BR", "FR#2")
        ]
        assert (await desk.do("mark", "/seat", message="FR.2", on="no"))["says"] == "the mark is off"
        assert CHIP not in (await desk.get("/seat")).text
        assert "took the mark off FR#2" in (await desk.get("/seat/log.txt")).text
        assert "Marked at desks" not in (await control.get("/report")).text
        assert play.conductor.live == injected, "no part of the story: a replay does without it"


async def test_only_a_seat_marks_and_only_what_lies_in_its_inbox(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        desk, control = await play.rig.browser(Role.SEAT, "BR"), await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+2m")
        for message in ("FR.77", "BR.1", "", "locked.0", "<b>"):
            answer = await desk.do("mark", "/seat", message=message, on="yes")
            assert (answer["status"], answer["says"]) == (400, "there is no such message in this inbox"), message
        sent = await desk.post("/do/mark", {"csrf": await desk.csrf("/seat"), "message": "FR.77", "on": "yes"})
        assert sent.status_code == 303, "without script it is said on the page"
        assert "there is no such message in this inbox" in (await desk.get(sent.headers["location"])).text
        assert (await desk.post("/do/mark", {**QUESTION, "csrf": "x"})).status_code == 403
        assert (await control.do("mark", "/report", **QUESTION))["status"] == 403
        assert marks(play.port.seen().lines) == []


async def test_a_locked_message_can_be_marked_and_the_mark_says_nothing_of_it(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        await play.until("T+2m")
        desk = play.port.desk(Who(Role.SEAT, "BR"))
        last = desk.received[-1]
        for header in (last.header, None):
            shut = replace(last, status=Outcome.REJECTED, code=Code.KEY, content=None, header=header)
            told = str(seat.marking(replace(desk, received=(shut,)), shut))
            assert "'Mark'" in told
            assert "question" not in told.casefold()
        line = {"time": "2026-03-02T08:05:00Z", "event": "mark", "party": "BR", "id": last.id, "ref": None, "on": True}
        assert seat.marking(replace(desk, lines=(line,)), last)["title"] == "Take the mark off"
        made = seat.logged([line], desk.scenario.start)["acts"]
        assert made == [{"at": "T+00:05:00", "text": "marked a message that could not be read"}]


async def test_what_a_person_was_told_is_done_is_on_disk_although_the_clock_stands(tmp_path: Path) -> None:
    """Whatever is killed now: a resumed run begins with what this other reader of the file sees."""
    async with playing(tmp_path / "run") as play:
        desk, control = await play.rig.browser(Role.SEAT, "BR"), await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+2m")
        assert (await desk.do("mark", "/seat", **QUESTION))["ok"]
        assert (await desk.do("note", "/seat/log", text="Seen"))["ok"]
        assert (await control.do("rate", "/timeline", expectation="0", rating="S", note="slow"))["ok"]
        question = {"to": "FR", "kind": "INFO_REQUEST", "purpose": "case-support", "subject": "Unsent"}
        assert (await desk.do("send", "/seat/new", **question))["ok"]
        with contextlib.closing(sqlite3.connect(tmp_path / "run" / "work" / "node.db")) as other:
            events = [json.loads(line)["event"] for (line,) in other.execute("SELECT line FROM journal")]
            assert {"mark", "note", "rating"} <= set(events)
            async with asyncio.timeout(30):  # the conductor takes it in between two looks at its plan
                while not any("Unsent" in step for (step,) in other.execute("SELECT step FROM injected")):
                    await asyncio.sleep(0.005)

"""An exercise played through its console: pages, commands, seats, and that none of it changes the story."""

import asyncio
import dataclasses
import re
from datetime import timedelta
from pathlib import Path

import pytest
from rig import STORY, Rig, playing

from i247sim.exercise.finished import FinishedPort
from i247sim.exercise.medium import Medium
from i247sim.exercise.port import NotAllowed, Role, Who
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.settings import read_injects
from i247sim.vocabulary.errors import EvidenceError

INSTRUCTORS = [
    "/situation",
    "/messages",
    "/messages?open=message:FR.1",
    "/access",
    "/access?group=region&sort=refused",
    "/access.csv",
    "/access?open=cell:FR.1:NO",
    "/bureaus",
    "/bureaus?open=bureau:NO",
    "/timeline",
    "/timeline?open=step:timeline/3",
    "/faults",
    "/evidence",
    "/evidence?open=entry:3",
    "/evidence/run.zip",
    "/report",
    "/report.html",
    "/report.json",
    "/wall",
    "/snapshot.json",
    "/why?from=FR&to=BR,NO&classification=confidential&b.classification=restricted",
    "/inject?verb=cut",
    "/inject?verb=send:INFO_REQUEST",
]
SEATS = [
    "/seat",
    "/seat/sent",
    "/seat/new",
    "/seat/notices",
    "/seat/notices/new",
    "/seat/query",
    "/seat/restrictions",
    "/seat/log",
]


async def test_the_instructor_plays_a_story_and_every_page_tells_the_truth(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        assert 'data-phase="not-started"' in (await instructor.get("/situation")).text
        await play.until("T+10m")
        for page in INSTRUCTORS:
            answer = await instructor.get(page)
            assert answer.status_code == 200, (page, answer.text[:300])
        assert not play.rig.trouble
        matrix = (await instructor.get("/access.csv")).text
        assert "FR#1,warning,DIFFUSION,FR,read" in matrix
        assert "refused E-RESTRICT" in matrix
        drawer = (await instructor.get("/access?open=cell:FR.1:NO")).text
        assert "RESTRICT-OWN" in drawer
        assert "no copy was handed" in drawer
        assert "captured hub could have leaked" in drawer
        why = (await instructor.get("/why?from=FR&to=NO&classification=confidential")).text
        assert "E-CLASS" in why
        told = await instructor.do("try", "/access", message="FR#1", party="NO")
        assert "holds no copy" in told["says"]
        assert "would open it" in told["says"]
        assert (await instructor.do("verify", "/evidence"))["says"] == "the evidence holds"
        assert (
            "every decision" in (await instructor.get("/evidence")).text
            or "decided again" in (await instructor.get("/evidence")).text
        )
        faults = (await instructor.get("/faults")).text
        assert "Nothing is broken" in faults
        await play.until("T+1h30m")
        assert "cut" in (await instructor.get("/faults")).text
        assert (await instructor.do("restore-all", "/faults"))["says"] == "1 fault is mended"
        assert (await instructor.do("rate", "/timeline", expectation="0", rating="S", note="slow"))["ok"]
        assert (await instructor.do("note", "/report", text="a note <b>bold</b>"))["ok"]
        report = (await instructor.get("/report.json")).json()
        assert report["draft"] is True
        assert report["expectations"][0]["rating"] == "S"
        assert report["notes"][0]["text"] == "a note <b>bold</b>"
        assert report["refusals"][0]["code"] == "E-RESTRICT"
        assert not (await instructor.do("end", "/report"))["ok"], "it asks once"
        # Steps are left out first, and that takes a second of the exercise: an order to stop there must not hold it up.
        assert (await instructor.do("until", "/situation", offset="T+1h30m1s"))["ok"]
        assert (await instructor.do("end", "/report", sure="1"))["ok"]
        async with asyncio.timeout(60):
            finished = await play.task
        assert (finished.folder / "MANIFEST").exists()
        journal = (finished.folder / "journal.jsonl").read_text(encoding="utf-8")
        assert '"by":"instructor","what":"verify"' in journal


async def test_a_story_with_the_console_open_is_the_same_story(tmp_path: Path) -> None:
    alone = await Session.create(Options(STORY, medium=Medium.MEMORY, out=tmp_path / "alone"), Watch()).run()
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        socket = await instructor.socket()
        await instructor.do("step", "/situation")
        await instructor.do("pace", "/situation", factor="100000")
        await instructor.do("resume", "/situation")
        await socket.frame()
        await play.until("T+1h")
        await instructor.get("/access")
        finished = await play.end()
        await socket.gone()
    assert finished.transcript.digest() == alone.transcript.digest()


async def test_the_wall_says_no_more_when_the_instructor_opens_it(tmp_path: Path) -> None:
    """The warning is refused to Norway and Norway is cut off: the projector shows neither, live or at first."""
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        full, wall = await instructor.socket(), await instructor.socket(query="wall")
        await play.until("T+1h30m")
        late = await instructor.socket(query="wall")
        told, shown = await full.frame(), [await wall.frame(), await late.frame()]
        while not told["counts"]["refused"]:
            told = await full.frame()
        while not shown[0]["counts"]["sent"]:
            shown.append(await wall.frame())
            shown[0] = shown[-1]
        assert [frame["counts"]["refused"] for frame in shown] == [0] * len(shown)
        assert {sign for frame in shown for _, _, sign in frame["arcs"]} <= {"read"}
        assert {state for frame in shown for state in frame.get("links", {}).values()} <= {"up", "down"}
        assert [frame["faults"] for frame in shown] == [[]] * len(shown)
        seat = await play.rig.browser(Role.SEAT, "NO")
        assert (await (await seat.socket(query="wall")).frame())["link"] == "cut", "a seat has no wall"


async def test_a_person_takes_a_desk_writes_and_gives_it_back_and_it_all_happens_again_in_a_replay(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        seat = await play.rig.browser(Role.SEAT, "BR")
        for page in SEATS:
            answer = await seat.get(page)
            assert answer.status_code == 200, (page, answer.text[:300])
        await play.until("T+30m")
        inbox = (await seat.get("/seat")).text
        assert "A question" in inbox
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in inbox
        assert "answer by T+02:01:00" in inbox
        message = (await seat.get("/seat/message/FR.2")).text
        assert "Who knows?" in message
        assert "signature of France is valid" in message
        assert "Nothing" not in (await seat.get("/seat/log")).text.partition("Open duties")[2][:200]
        assert (await seat.do("reply", "/seat/message/FR.2", message="FR.2", kind="INFO_REPLY", subject="We do",
                              classification="official-use", text="Here it is"))["ok"]  # fmt: skip
        looked = await seat.do("preview", "/seat/new", to="FR, NO", kind="INFO_REQUEST", purpose="case-support",
                               classification="confidential", subject="x")  # fmt: skip
        assert [one["sign"] for one in looked["lines"]] == ["read", "refused"]
        wrong = await seat.do("send", "/seat/new", to="", kind="INFO_REQUEST", purpose="case-support", subject="")
        assert set(wrong["errors"]) == {"to", "subject"}
        assert (await seat.do("restrict", "/seat/restrictions", whom="NO", **{"scope.channel": "direct"}))["ok"]
        assert (await seat.do("note", "/seat/log", text="I saw it"))["ok"]
        await play.until("T+40m")
        sent = (await seat.get("/seat/sent")).text
        assert "We do" in sent
        assert "can read it" in sent
        assert "answered" in (await seat.get("/seat")).text
        assert "NO" in (await seat.get("/seat/restrictions")).text
        assert (await instructor.do("seat-give", "/bureaus", party="BR"))["ok"]
        finished = await play.end()
    names = [row.name for row in finished.transcript.messages()]
    assert names.count("BR#1") == 1, "the officer left the answer to the person"
    assert any(row.name == "BR#2" and row.answers == "NO#1" for row in finished.transcript.messages()), "it is back"
    name, seed, injects = read_injects(finished.folder)
    options = Options(STORY, seed, medium=Medium.MEMORY, out=tmp_path / "again", injects=injects, name=name)
    again = await Session.create(options, Watch()).run()
    assert again.transcript.digest() == finished.transcript.digest()


async def test_a_desk_given_back_is_taken_up_where_the_person_left_it(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        seat = await play.rig.browser(Role.SEAT, "BR")
        await play.until("T+30m")
        assert "left to the person at the desk: an answer to FR#2" in (await seat.get("/seat/log")).text
        assert (await instructor.do("seat-give", "/bureaus", party="BR"))["ok"]
        finished = await play.end()
    answer = next(row for row in finished.transcript.messages() if row.name == "BR#1")
    assert answer.answers == "FR#2", "the question that the person has left unanswered"
    assert answer.time - finished.transcript.messages()[0].time > timedelta(minutes=30)
    name, seed, injects = read_injects(finished.folder)
    options = Options(STORY, seed, medium=Medium.MEMORY, out=tmp_path / "again", injects=injects, name=name)
    again = await Session.create(options, Watch()).run()
    assert again.transcript.digest() == finished.transcript.digest()


async def test_no_record_is_the_same_page_whether_nothing_is_there_or_a_restriction_hides_it(tmp_path: Path) -> None:
    pages = []
    for name in ("Fictus", "Nobody"):
        async with playing(tmp_path / name) as play:
            seat = await play.rig.browser(Role.SEAT, "NO")
            ask = {"database": "nominal", "purpose": "wanted-person", "query.family_name": name}
            assert (await seat.do("query", "/seat/query", **ask, **{"query.forename": "Exemplar"}))["ok"]
            await play.until("T+30m")
            page = (await seat.get("/seat/query")).text
            message = (await seat.get("/seat/message/IPSG.2")).text
            assert "no record" in page
            pages.append((_anonymous(page, name), _anonymous(message, name)))
    assert pages[0] == pages[1]


def _anonymous(page: str, name: str) -> str:
    """A page without what differs by chance (random ids) and what was asked."""
    page = re.sub(r'name="csrf" value="[^"]+"|[0-9a-f]{12,64}', "", page)
    return page.replace(name, "NAME")


async def test_live_injects_go_through_forms_with_errors_at_their_fields_and_an_undo(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        empty = {"verb": "send:INFO_REQUEST", "when": "now", "p.from": "FR", "p.to": "", "p.subject": ""}
        wrong = await instructor.do("inject", "/inject", **empty)
        assert wrong["status"] == 400
        assert {"p.to", "p.subject", "p.purpose"} <= set(wrong["errors"])
        good = {**empty, "p.to": "BR, NO", "p.subject": "Live", "p.purpose": "case-support"}
        unknown = await instructor.do("inject", "/inject", **{**good, "p.to": "XX"})
        assert "p.to" in unknown["errors"]
        said = await instructor.do("predict", "/inject", **good)
        assert said["says"] == "1 will read, 1 refused: E-RESTRICT"
        late = await instructor.do("inject", "/inject", **{**good, "when": "at", "at": "T+0s"})
        assert "at" in late["errors"]
        after = {
            "when": "after",
            "after.what": "opened",
            "after.message": "question",
            "after.party": "BR",
            "after.wait": "5m",
        }
        assert (await instructor.do("inject", "/inject", **{**good, **after}))["ok"]
        cut = await instructor.do(
            "inject", "/inject", verb="cut", **{"p.party": "BR"}, when="at", at="T+20m", ends="10m"
        )
        assert "ends at T+00:30:00" in cut["says"]
        plain = await instructor.do("inject", "/inject", verb="slow", **{"p.party": "NO", "p.by": "3m"}, when="now")
        assert plain["undo"]["command"] == "inject"
        assert plain["undo"]["fields"] == {"verb": "restore", "p.party": "NO"}
        assert not (await instructor.do("inject", "/inject", verb="revoke", **{"p.party": "NO"}, when="now"))["ok"]
        assert (await instructor.do("skip", "/timeline", step="timeline/5"))["ok"]
        assert (await instructor.do("delay", "/timeline", step="timeline/2", by="1m"))["ok"]
        changed = "send: {from: FR, kind: DIFFUSION, to: [IPSG, BR], purpose: warn, subject: Changed}"
        await play.until("T+30s")
        assert not (await instructor.do("edit", "/timeline", step="timeline/1", yaml=changed))["ok"], "it is over"
        finished = await play.end()
        rows = {row.label or row.name: row for row in finished.transcript.messages()}
        assert rows["question"].time.minute == 2
        assert "late" not in rows
        live = next(row for row in rows.values() if row.name == "FR#3")
        assert (live.time - rows["question"].time).total_seconds() == 300
        name, seed, injects = read_injects(finished.folder)
        options = Options(STORY, seed, medium=Medium.MEMORY, out=tmp_path / "again", injects=injects, name=name)
        again = await Session.create(options, Watch()).run()
        assert again.transcript.digest() == finished.transcript.digest()


async def test_roles_see_and_do_what_is_theirs_and_nothing_else(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        evaluator = await play.rig.browser(Role.EVALUATOR)
        wall = await play.rig.browser(Role.OBSERVER)
        seat = await play.rig.browser(Role.SEAT, "NO")
        await play.until("T+10m")
        assert (await evaluator.get("/access")).status_code == 200
        assert (await evaluator.get("/inject")).status_code == 403
        assert (await evaluator.do("rate", "/timeline", expectation="1", rating="P", note=""))["ok"]
        for command in ("pause", "inject", "end", "seat-token", "restore-all", "send"):
            assert (await evaluator.do(command, "/timeline", verb="cut"))["status"] == 403
        assert (await wall.get("/wall")).status_code == 200
        assert (await wall.get("/situation")).headers["location"] == "/wall"
        frame = await (await wall.socket()).frame()
        assert frame["msgs"] == []
        assert frame["counts"]["refused"] == 0
        for page in ("/messages", "/access.csv", "/report.json", "/evidence/run.zip", "/why", "/inject"):
            assert (await wall.get(page)).status_code == 403
            assert (await seat.get(page)).status_code == 403
        assert (await wall.get("/seat/sent")).status_code == 403
        assert (await wall.get("/snapshot.json")).json()["feed"] == []
        nothing = (await seat.get("/seat")).text
        assert "warning" not in nothing, "what never arrived does not appear"
        assert (await seat.get("/seat/message/FR.1")).status_code == 404
        for command in ("pause", "inject", "rate", "verify", "try"):
            assert (await seat.do(command, "/seat/log", message="FR#1", party="NO"))["status"] == 403
        for who in (Who(Role.OBSERVER), Who(Role.SEAT, "NO")):
            with pytest.raises(NotAllowed):
                await play.port.command(who, "pause", {})
            with pytest.raises(NotAllowed):
                play.port.export(who)
        with pytest.raises(NotAllowed):
            play.port.picture(Who(Role.SEAT, "NO"))


async def test_a_seat_writes_in_its_own_name_whatever_it_says(tmp_path: Path) -> None:
    letter = {"to": ["BR"], "kind": "INFO_REQUEST", "purpose": "case-support", "subject": "Not from France"}
    async with playing(tmp_path / "run") as play:
        await play.until("T+1m")
        await play.port.command(Who(Role.SEAT, "NO"), "send", {"value": {**letter, "from": "FR"}})
        await play.until("T+2m")
        sent = [one.name for one in play.port.picture(Who(Role.INSTRUCTOR)).sent if one.facts["to"][0] == "BR"]
        assert sent[-1] == "NO#1"


async def test_a_session_that_is_over_hears_nothing_more(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        socket = await (await play.rig.browser(Role.EVALUATOR)).socket()
        await socket.frame()
        for session in play.rig.house.sessions.of(Who(Role.EVALUATOR)):
            session.closed = True
        play.rig.house.live.stir()
        async with asyncio.timeout(10):
            assert await socket.code() == 4401


async def test_a_suspended_seat_is_signed_out_at_once(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        seat = await play.rig.browser(Role.SEAT, "BR")
        socket = await seat.socket()
        assert (await socket.frame())["link"] == "up"
        assert (await instructor.do("seat-suspend", "/bureaus", party="BR", sure="1"))["ok"]
        assert await socket.code() == 4401
        assert (await seat.get("/seat")).headers["location"] == "/login"
        told = await seat.get("/login")
        assert "exercise control has closed this seat" in told.text
        assert "exercise control has closed this seat" not in (await seat.get("/login")).text, "said once"


async def test_a_seat_at_the_end_of_the_exercise_is_thanked_and_keeps_its_log(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        seat = await play.rig.browser(Role.SEAT, "BR")
        await play.until("T+30m")
        assert (await seat.do("note", "/seat/log", text="I saw <b>it</b>"))["ok"]
        finished = await play.end()
        for folder_is_there in (False, True):
            if not folder_is_there:
                play.port.end()
            else:
                play.rig.house.attach(FinishedPort(finished.folder))
            for page in SEATS:
                answer = await seat.get(page)
                assert answer.status_code == 200, page
                assert "The exercise has ended" in answer.text
                assert "I saw &lt;b&gt;it&lt;/b&gt;" in answer.text
            assert "I saw <b>it</b>" in (await seat.get("/seat/log.txt")).text
        late = await seat.post("/do/send", {"csrf": await seat.csrf("/seat"), "to": "FR"})
        assert late.status_code == 403
        assert "The exercise has ended" in late.text


async def test_while_the_evidence_is_being_closed_pages_wait_and_look_again(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        seat = await play.rig.browser(Role.SEAT, "BR")
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.end()
        for browser, page in ((seat, "/seat"), (instructor, "/situation")):
            answer = await browser.get(page)
            assert answer.status_code == 200
            assert 'http-equiv="refresh"' in answer.text
            assert "has ended" in answer.text


async def test_a_finished_run_is_shown_at_any_moment_and_cannot_be_changed(tmp_path: Path) -> None:
    finished = await Session.create(Options(STORY, medium=Medium.MEMORY, out=tmp_path / "run"), Watch()).run()
    port = FinishedPort(finished.folder)
    with pytest.raises(NotAllowed):
        port.export(Who(Role.OBSERVER))
    rig = Rig(port, port.scenario)
    instructor = await rig.browser(Role.INSTRUCTOR)
    for page in INSTRUCTORS:
        answer = await instructor.get(page)
        assert answer.status_code == 200, (page, answer.text[:300])
    assert not rig.trouble
    early = (await instructor.get("/messages?t=30")).text
    assert "1 of 1, newest first" in early
    assert "1 of 1, newest first" in (await instructor.get("/messages")).text, "the moment is remembered"
    assert "question" in (await instructor.get("/messages?t=end")).text
    report = (await instructor.get("/report.json")).json()
    assert report["passed"] is True
    assert report["code"] == finished.code
    assert (await instructor.do("verify", "/evidence"))["says"] == "the evidence holds"
    for command in ("pause", "inject", "rate", "note", "seat-token"):
        assert (await instructor.do(command, "/report", text="x"))["status"] == 403
    await rig.close()
    report_file = finished.folder / "report.json"
    told = report_file.read_bytes()
    report_file.write_bytes(told.replace(b"E-RESTRICT", b"E-RATE"))
    with pytest.raises(EvidenceError, match=r"report\.json"):
        FinishedPort(finished.folder)
    report_file.write_bytes(told)
    picture = port.picture(Who(Role.INSTRUCTOR))
    assert picture.transcript().digest() == finished.transcript.digest()
    assert [dataclasses.replace(cell) for cell in picture.cells()] == finished.cells


async def test_frames_tell_what_has_moved_and_a_first_frame_where_everything_stands(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        socket = await instructor.socket()
        first = await socket.frame()
        assert (first["n"], first["phase"]) == (0, "not-started")
        await play.until("T+5m")
        seen: list[dict[str, object]] = []
        while sum(int(str(one["n"])) for one in seen) < 3:
            seen.append(await socket.frame())
        names = [msg["name"] for frame in seen for msg in frame["msgs"]]  # type: ignore[attr-defined]
        assert sorted(names) == ["BR#1", "FR#1", "FR#2"]
        arcs = [arc for frame in seen for arc in frame["arcs"]]  # type: ignore[attr-defined]
        assert ["FR", "NO", "refused"] in arcs
        assert "warning" not in str(seen), "no subject and no label is in a frame"
        await socket.gone()
        await asyncio.sleep(0)
        assert play.rig.house.live.viewers == []


async def test_a_notice_is_asked_for_in_four_steps_without_script_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        seat = await play.rig.browser(Role.SEAT, "FR")
        typed = {"csrf": await seat.csrf("/seat/notices/new"), "classification": "official-use", "notice.type": "blue"}
        wrong = await seat.post("/do/notice", {**typed, "step": "4"})
        assert wrong.headers["location"] == "/seat/notices/new"
        page = (await seat.get("/seat/notices/new")).text
        assert 'aria-current="step">Type' in page, "the first step that has a mistake"
        assert "this is needed" in page
        typed |= {"notice.subject": "Fictus, whereabouts"}
        second = (await seat.post("/do/notice", {**typed, "step": "1"})).text
        assert 'aria-current="step">Person or object' in second
        assert 'value="Fictus, whereabouts"' in second, "what the first step held is carried along"
        typed |= {"notice.person.family_name": "Fictus", "notice.person.forename": "Exemplar"}
        typed |= {"notice.person.sex": "M", "notice.person.born": "1984", "notice.text": "Last seen in Sainte-Fable"}
        back = (await seat.post("/do/notice", {**typed, "step": "3", "back_step": "1"})).text
        assert 'aria-current="step">Person or object' in back
        await seat.post("/do/notice", {**typed, "step": "4", "notice.person.documents": "EXR0000099"})
        assert "documents.country: this is needed" in (await seat.get("/seat/notices/new")).text
        typed |= {"notice.person.documents": "EXR0000099 fr, EXR0000098 FR identity-card"}
        review = (await seat.post("/do/notice", {**typed, "step": "3"})).text
        assert "Last seen in Sainte-Fable" in review
        done = await seat.post("/do/notice", {**typed, "step": "4"})
        assert done.headers["location"] == "/seat/notices"
        await play.until("T+5m")
        assert "submitted" in (await seat.get("/seat/notices")).text
        await play.until("T+5h")
        assert "submitted" not in (await seat.get("/seat/notices")).text, "it was decided"
        sent = await seat.post(
            "/do/send", {"csrf": typed["csrf"], "to": "", "subject": "Keep this", "kind": "INFO_REQUEST"}
        )
        assert sent.headers["location"] == "/seat/new"
        assert 'value="Keep this"' in (await seat.get("/seat/new")).text


async def test_a_step_that_waited_in_vain_is_red_in_the_finished_run_with_what_it_waited_for(tmp_path: Path) -> None:
    step = """timeline:
  - after: {opened: {message: warning, party: NO}}
    label: in-vain
    send: {from: NO, kind: INFO_REPLY, to: [FR], purpose: case-support, subject: never}
"""
    path = tmp_path / "vain.yaml"
    path.write_text(STORY.read_text(encoding="utf-8").replace("timeline:\n", step), encoding="utf-8")
    async with playing(tmp_path / "run", path) as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.rest()
        waits = (await instructor.get("/situation")).text
        assert "waiting for warning opened by NO" in waits
        finished = await play.end()
        play.rig.house.attach(FinishedPort(finished.folder))
        for page in ("/situation", "/timeline"):
            shown = (await instructor.get(page)).text
            assert "never" in shown
            assert "waited for warning opened by NO" in shown
        assert 'class="late"' in (await instructor.get("/situation")).text
        assert "waited for" not in (await instructor.get("/situation?t=60")).text, "at that moment it still waits"

"""What a supervised bureau sends is held, shown as held, and released or kept back from the console; and reasons
stay those of the moment in which they were given."""

import asyncio
from pathlib import Path

from rig import Play, playing

from i247sim.exercise.access import Sign
from i247sim.exercise.picture import Phase
from i247sim.exercise.port import Role, Who
from i247sim.exercise.reasons import why


def _at_the_pace_of_people(play: Play) -> None:
    """A second for a second: the clock runs, and nothing much happens between two clicks."""
    play.conductor.pacing.run_until = None
    play.conductor.pace.set(1)
    play.conductor.pace.resume()


async def test_held_messages_are_released_from_the_drawer_and_reasons_stay_true(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+10m")
        supervise = {"verb": "measure", "p.party": "FR", "p.state": "supervised", "when": "now"}
        assert (await instructor.do("inject", "/bureaus?open=bureau:FR", **supervise))["ok"]
        send = {"verb": "send:DIFFUSION", "p.from": "FR", "p.to": "IPSG, BR", "p.purpose": "warn", "p.subject": "Held"}
        await play.until("T+11m")
        said = await instructor.do("predict", "/inject", **send, when="now")
        assert said["says"] == "1 will read, 1 held: E-STATE"
        assert (await instructor.do("inject", "/inject", **send, when="now"))["ok"]
        await play.until("T+11m30s")
        page = (await instructor.get("/messages?open=message:FR.3")).text
        assert "/do/release" in page
        assert "STATE-SUPERVISED" in page
        assert (await instructor.do("release", "/messages?open=message:FR.3", message="FR#3"))["ok"]
        await play.until("T+20m")
        row = "08:11:01Z,FR#3,,DIFFUSION,FR,read,not-addressed,sent,read,not-addressed"
        assert row in (await instructor.get("/access.csv")).text
        lift = {"verb": "restrict", "p.party": "FR", "p.bars": "[]", "when": "now"}
        assert (await instructor.do("inject", "/inject", **lift))["ok"]
        await play.until("T+25m")
        picture = play.port.picture(Who(Role.INSTRUCTOR))
        assert picture.seen.state.restrictions["FR"].bars == ()
        first = next(one for one in picture.sent if one.name == "FR#1")
        explained = why(picture, picture.seen.logged[first.id or ""], "NO")
        assert explained is not None
        assert explained.verdict.rules == ("RESTRICT-OWN",), "as it was decided, although the bar is lifted now"


async def test_a_line_that_is_held_back_is_called_that_and_told_to_nobody_but_exercise_control(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        seat = await play.rig.browser(Role.SEAT, "BR")
        await play.until("T+10m")
        assert (await instructor.do("inject", "/bureaus", verb="hold", **{"p.party": "BR", "p.stays": "yes"}))["ok"]
        await play.until("T+11m")
        drawer = (await instructor.get("/bureaus?open=bureau:BR")).text
        assert "link held" in drawer
        assert "Let its traffic go" in drawer
        assert "held back" in (await instructor.get("/faults")).text
        assert "The link is down" not in (await seat.get("/seat")).text
        _at_the_pace_of_people(play)
        assert (await seat.do("restrict", "/seat/restrictions", whom="NO"))["says"] == "declared to the hub"
        assert 'class="place up" id="place-BR"' in (await instructor.get("/wall")).text
        assert (await instructor.do("inject", "/bureaus", verb="release", **{"p.party": "BR"}))["ok"]
        await play.until("T+12m")
        assert "link up" in (await instructor.get("/bureaus?open=bureau:BR")).text


async def test_on_a_slow_link_a_desk_is_told_that_things_are_late_and_not_that_they_wait(tmp_path: Path) -> None:
    letter = {"to": "FR", "kind": "INFO_REQUEST", "purpose": "case-support", "subject": "Late"}
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        seat = await play.rig.browser(Role.SEAT, "BR")
        await play.until("T+10m")
        assert (await instructor.do("inject", "/inject", verb="slow", **{"p.party": "BR", "p.by": "3m"}))["ok"]
        await play.until("T+11m")
        page = (await seat.get("/seat")).text
        assert "The link is slow" in page
        assert "The link is down" not in page
        assert "It waits" not in (await seat.do("preview", "/seat/new", **letter))["says"]
        _at_the_pace_of_people(play)
        assert (await seat.do("send", "/seat/new", **letter))["says"] == "sent"
        await play.until("T+20m")
        assert "FR can read it" in (await seat.get("/seat/sent")).text
        assert (await instructor.do("inject", "/bureaus", verb="cut", **{"p.party": "BR"}))["ok"]
        await play.until("T+21m")
        assert "The link is down" in (await seat.get("/seat")).text
        assert "It waits" in (await seat.do("preview", "/seat/new", **letter))["says"]
        _at_the_pace_of_people(play)
        said = await seat.do("send", "/seat/new", **letter | {"subject": "Late again"})
        assert said["says"] == "sent; it waits here until the link is whole"


async def test_with_nothing_planned_any_more_a_clock_that_stands_is_paused(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        await play.rest()
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        page = (await instructor.get("/situation")).text
        assert 'data-phase="paused"' in page
        assert "Resume</button>" in page
        await instructor.do("resume", "/situation")
        async with asyncio.timeout(60):
            while play.port.phase() is not Phase.WAITING:
                await asyncio.sleep(0.005)
        assert 'id="pause">' in (await instructor.get("/situation")).text
        await instructor.do("pause", "/situation")
        assert play.port.phase() is Phase.PAUSED


async def test_a_message_of_the_script_is_held_back_and_let_go_by_a_click(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+30m")
        late = "/timeline?open=step:timeline/5"
        assert "Hold it back when it is sent" in (await instructor.get(late)).text
        hold = {"verb": "hold", "p.message": "late"}
        assert (await instructor.do("inject", late, **hold))["ok"]
        await play.until("T+31m")
        page = (await instructor.get(late)).text
        assert "Do not hold it" in page
        assert "Hold it back when it is sent" not in page
        assert '?open=step:timeline/5"><code>late</code>' in (await instructor.get("/faults")).text
        await play.until("T+3h10m")
        page = (await instructor.get("/messages")).text
        assert page.count('<span class="chip warn">held back</span>') == 1
        assert "1 waiting" in (await instructor.get("/faults")).text, "what it has cost so far"
        drawer = (await instructor.get("/messages?open=message:NO.1")).text
        assert "Let it go" in drawer
        assert "Hold it back when it is sent" not in (await instructor.get(late)).text, "it is sent"
        said = await instructor.do("inject", "/messages?open=message:NO.1", **hold)
        assert (said["status"], said["says"]) == (400, "`late` is sent at T+3h, before it is held; hold it earlier")
        evaluator = await play.rig.browser(Role.EVALUATOR)
        assert "Let it go" not in (await evaluator.get("/messages?open=message:NO.1")).text
        let_go = {"verb": "release", "p.message": "late"}
        assert (await instructor.do("inject", "/messages?open=message:NO.1", **let_go))["ok"]
        await play.until("T+3h20m")
        page = (await instructor.get("/messages")).text
        assert "held back" not in page
        assert "Let it go" not in (await instructor.get("/messages?open=message:NO.1")).text
        sent = next(one for one in play.port.picture(Who(Role.INSTRUCTOR)).sent if one.name == "NO#1")
        assert play.port.seen().standing[sent.id or "", "BR"][0] == Sign.READ


async def test_a_suspension_asks_once_and_says_that_it_can_be_lifted(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        instructor = await play.rig.browser(Role.INSTRUCTOR)
        await play.until("T+10m")
        drawer = "/bureaus?open=bureau:BR"
        assert "Suspend BR? It may neither record nor consult" in (await instructor.get(drawer)).text
        suspend = {"verb": "measure", "p.party": "BR", "p.state": "query-suspended"}
        asked = await instructor.do("inject", drawer, **suspend)
        assert (asked["status"], asked["confirm"]) == (
            409,
            "Put BR under query-suspended? All are told. It can be lifted again.",
        )
        assert not play.conductor.live
        assert (await instructor.do("inject", drawer, **suspend, sure="1"))["ok"]
        await play.until("T+11m")
        page = (await instructor.get(drawer)).text
        assert "Lift the measure" in page
        assert "/inject?verb=measure" in (await instructor.get("/faults")).text
        assert (await instructor.do("inject", drawer, verb="measure", **{"p.party": "BR", "p.state": "supervised"}))[
            "ok"
        ]

"""What a supervised bureau sends is held, shown as held, and released or kept back from the console; and reasons
stay those of the moment in which they were given."""

from pathlib import Path

from rig import playing

from i247sim.exercise.port import Role, Who
from i247sim.exercise.reasons import why


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

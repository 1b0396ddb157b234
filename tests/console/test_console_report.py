"""The report says what adversaries have tried, who met it and after how long: as a draft, and as the run's own says."""

from pathlib import Path

from rig import playing

from i247sim.console.pages.report import attacks
from i247sim.exercise.finished import FinishedPort
from i247sim.exercise.port import Role, Who


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

"""``i247sim scenarios``: what can be exercised, and the title page of one case."""

from datetime import timedelta

from rich.console import Console
from rich.text import Text

from i247sim.cli.screen import hang, printable, results
from i247sim.exercise import catalogue
from i247sim.exercise.durations import format_duration
from i247sim.exercise.forecast import forecast
from i247sim.exercise.loader import load
from i247sim.exercise.scenario import NOTICE, Scenario
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.parties import members
from i247sim.vocabulary.procedures import HABITS, Procedure


def show() -> int:
    """Name, length, title and aim of every shipped scenario, family by family."""
    screen = results()
    family = ""
    for one in catalogue.shipped():
        if one.family != family:
            family = one.family
            screen.print(Text(f"{family}/", "bold underline"))
        head = Text.assemble((one.name, "bold"), f"  {one.title}  ", (f"script of {format_duration(one.lasts)}", "dim"))
        screen.print(head)
        hang(screen, "    ", one.aim)
        screen.print()
    screen.print(Text(NOTICE, "italic"))
    hang(
        screen, "", "Run one with `i247sim run NAME`. Times are on the exercise clock; `--pace` says how fast it goes."
    )
    hang(
        screen,
        "",
        "A script is what the author has planned. What follows from it goes on afterwards, in some cases for weeks: "
        "officers answer, clocks of treaties and of desks run out.",
    )
    hang(
        screen,
        "",
        "`i247sim scenarios NAME` shows a case's title page: how long it lasts in all, what to watch, what to discuss, "
        "how it ends.",
    )
    screen.print(Text(f"The files, to copy and change: {catalogue.folder()}"), soft_wrap=True)
    return 0


def page(name_or_path: str) -> int:
    """The title page of one scenario for its instructor. Raises ``InputError``."""
    path = catalogue.find(name_or_path)
    scenario = load(path)
    screen = results()
    screen.print(Text(printable(scenario.title), "bold"))
    screen.print(Text(NOTICE, "italic"))
    hang(screen, "", scenario.aim)
    screen.print()
    _fact(screen, "name", path.stem)
    _fact(screen, "starts", f"{scenario.start:%Y-%m-%d %H:%M} UTC")
    _fact(screen, "lasts", _length(scenario))
    bureaus = scenario.participants.bureaus
    _fact(screen, "bureaus", f"all {len(bureaus)} members" if set(bureaus) == set(members()) else ", ".join(bureaus))
    if scenario.desks:
        works = [party for party in scenario.participants.bureaus if party in scenario.desks]
        _fact(screen, "desks", f"work by themselves: {', '.join(works)}")
    if scenario.briefing is not None:
        _list(screen, "What to watch", scenario.briefing.watch)
        _list(screen, "To discuss", scenario.briefing.discuss)
        _list(screen, "How it ends", [scenario.briefing.ends])
    _list(screen, "What it is about", [f"{name}: {said}" for name, said in _about(scenario)])
    screen.print()
    screen.print(Text(f"i247sim run {path.stem if path in catalogue.files() else path}"), soft_wrap=True)
    return 0


def _length(scenario: Scenario) -> str:
    """How long the script is, and how long the exercise by a rehearsal: what people do live is not in it."""
    script = f"script of {format_duration(scenario.lasts())}"
    found = forecast(scenario)
    if not found.ended:
        return f"{script}; by itself it comes to no end"
    if found.ends <= scenario.lasts():
        return script
    step = timedelta(hours=1) if found.ends >= timedelta(days=1) else timedelta(minutes=1)
    return f"{script}; with what follows from it about {format_duration(-(-found.ends // step) * step)}"


def _about(scenario: Scenario) -> list[tuple[str, str]]:
    rules = Rulebook.load(scenario.rules).rules if scenario.about else {}
    found = []
    for name in scenario.about:
        if name in list(Procedure):
            habit = HABITS[Procedure(name)]
            found.append((name, f"{habit.explain} ({habit.cite})"))
        elif name in rules:
            found.append((name, f"{rules[name].explain} ({rules[name].cite})"))
        else:
            found.append((name, "no such rule"))
    return found


def _fact(screen: Console, name: str, value: str) -> None:
    hang(screen, Text(name, "dim"), value, 10)


def _list(screen: Console, title: str, lines: tuple[str, ...] | list[str]) -> None:
    if not lines:
        return
    screen.print()
    screen.print(Text(title, "bold underline"))
    for line in lines:
        hang(screen, "- ", line)

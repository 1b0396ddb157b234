"""``i247sim scenarios``: what can be exercised."""

from rich.text import Text

from i247sim.cli.screen import hang, results
from i247sim.exercise import catalogue
from i247sim.exercise.durations import format_duration
from i247sim.exercise.scenario import NOTICE


def show() -> int:
    """Name, length, title and aim of every shipped scenario."""
    screen = results()
    for one in catalogue.shipped():
        head = Text.assemble((one.name, "bold"), f"  {one.title}  ", (f"{format_duration(one.lasts)} long", "dim"))
        screen.print(head)
        hang(screen, "    ", one.aim)
        screen.print()
    screen.print(Text(NOTICE, "italic"))
    hang(
        screen, "", "Run one with `i247sim run NAME`. Times are on the exercise clock; `--pace` says how fast it goes."
    )
    screen.print(Text(f"The files, to copy and change: {catalogue.folder()}"), soft_wrap=True)
    return 0

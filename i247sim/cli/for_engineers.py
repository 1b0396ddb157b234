"""Commands for those who build and measure: their options."""

from pathlib import Path
from typing import Annotated

import typer

from i247sim.cli.options import Json, only
from i247sim.vocabulary.errors import InputError


def bench(
    context: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer cases, under a minute.")] = False,
    qos: Annotated[int, typer.Option(min=0, max=1, metavar="0|1", help="MQTT quality of service.")] = 0,
    console: Annotated[bool, typer.Option("--console", help="The console, for half a minute.")] = False,
    network: Annotated[
        bool, typer.Option("--network", help="With --console: before the real network at full rate.")
    ] = False,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.1, max=60, metavar="N", show_default=False, help="With --console: for so long instead."),
    ] = None,
    json: Json = False,
) -> int:
    """Measure speed on this machine: the network, and what its parts alone would allow.

    Runs broker, hub and bureaus as `run` does. Takes some minutes; let nothing else
    run beside it.
    """
    from i247sim.cli.bench import show, show_console
    from i247sim.cli.stopping import clearing_away

    with clearing_away():
        if console:
            length = "quick" if minutes is None else "minutes"
            only(context, "the console is measured by itself", "console", "network", "json", length)
            return show_console(5.0 if quick else 20.0 if minutes is None else 60 * minutes, network, json)
        if network or minutes is not None:
            raise InputError("`--network` and `--minutes` go with `--console`")
        return show(quick, qos, json)


def storm(
    context: typer.Context,
    runs: Annotated[int, typer.Option(min=1, max=1_000_000, metavar="N", help="How many exercises.")] = 200,
    seed: Annotated[int, typer.Option(min=0, max=2**62, metavar="N", help="The first one's seed; then one more.")] = 1,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=256, metavar="N", show_default=False, help="Processes; else two for each core."),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the shortened files of failures go.")] = Path("storm"),
    again: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Play one such file again, in its own weather."),
    ] = None,
    kills: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", show_default=False, help="Real processes instead, and N times `kill -9` on one of them."
        ),
    ] = None,
    soak: Annotated[
        str | None,
        typer.Option(metavar="TIME", show_default=False, help="A steady load instead, like `30m`; watch its memory."),
    ] = None,
    rate: Annotated[
        float, typer.Option(min=0.1, max=100_000, metavar="N", help="With `--soak`: messages a second.")
    ] = 200.0,
    json: Json = False,
) -> int:
    """Play thousands of random exercises under random faults, and check each.

    Whole networks in memory: links that lose, repeat, delay and swap, hubs and
    brokers that die, intruders, exercises stopped and taken up again. After each:
    nothing lost, nothing read that no decision allowed, everything in the log, the
    log verifies, and the same story in calm weather gives the same transcript. A
    failure is made short and written to a scenario file. Exit status 1 if there is
    one.
    """
    from i247sim.cli import storm as command
    from i247sim.cli.stopping import clearing_away

    with clearing_away():
        if again is not None:
            only(context, "a case is played as its file says", "again", "json")
            return command.again(again, json)
        if kills is not None:
            only(context, "`--kills` plays its own exercises, one after the other", "kills", "seed", "json")
            return command.kill(kills, seed, json)
        if soak is not None:
            only(context, "`--soak` plays one exercise", "soak", "rate", "json")
            return command.hold(soak, rate, json)
        only(context, "`--rate` goes with `--soak TIME`", "runs", "seed", "jobs", "out", "json")
        return command.run(runs, seed, jobs, out, json)

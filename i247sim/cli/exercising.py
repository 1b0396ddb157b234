"""Commands that play an exercise: their options. What they do is in a module each, loaded when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from i247sim.cli.options import Json, KeepKeys, Out, only

_MAX_SEED = 2**63 - 1


def _seed(text: str) -> int:
    """A seed as it is typed: with bounds of its own, as the help would break the largest number in the middle."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 19 or int(text) > _MAX_SEED:
        raise typer.BadParameter(f"`{text:.40}` is no seed; expected a whole number from 0 to {_MAX_SEED}")
    return int(text)


def scenarios(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", show_default=False, help="Show this one's title page; a name, or a file."),
    ] = None,
) -> int:
    """List the scenarios that come with the package, or show the title page of one."""
    from i247sim.cli.scenarios import page, show

    return show() if name is None else page(name)


def run(
    context: typer.Context,
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO", show_default=False, help="A shipped scenario's name, or a file of your own."
        ),
    ] = None,
    pace: Annotated[
        str, typer.Option(metavar="max|N", help="Simulated seconds per real second, like `60`; `max`: no waiting.")
    ] = "max",
    seed: Annotated[
        int | None,
        typer.Option(
            parser=_seed,
            metavar="N",
            show_default=False,
            help="For the officers' delays, instead of the scenario's. Same seed, same story.",
        ),
    ] = None,
    out: Out = None,
    in_process: Annotated[
        bool, typer.Option("--in-process", help="No broker and no child processes: quick, for trying things out.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, metavar="N", show_default=False, help="The broker's port; else a free one."),
    ] = None,
    qos: Annotated[
        int, typer.Option(min=0, max=1, metavar="0|1", help="MQTT quality of service; 1 is slower, and not safer here.")
    ] = 0,
    keep_keys: KeepKeys = False,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN", show_default=False, help="Go on with a run that was stopped or killed."),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="RUN", show_default=False, help="Let a finished run happen again, live injects included."),
    ] = None,
    fork_at: Annotated[
        str | None,
        typer.Option(
            metavar="T+…", show_default=False, help="With `--replay`: only up to here; from then on it is a new story."
        ),
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(metavar="URL", show_default=False, help="Over this broker: `mqtts://HOST:PORT`; see `broker`."),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="DIR", show_default=False, help="With `--broker`: the folder it was configured from."),
    ] = None,
    hub_apart: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", show_default=False, help="Wait for a hub that somebody starts: `i247sim hub DIR/hub.json`."
        ),
    ] = None,
    records: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", show_default=False, help="Fill the databases from this file; see `records generate`."
        ),
    ] = None,
    paused: Annotated[
        bool, typer.Option("--paused", help="Begin paused; `i247sim control` and `i247sim inject` steer.")
    ] = False,
    with_console: Annotated[
        bool, typer.Option("--console", help="Open the console in the browser beside it, as long as it runs.")
    ] = False,
    surprise: Annotated[
        str | None,
        typer.Option(
            metavar="easy|medium|hard", show_default=False, help="A few injects at random, told to nobody but you."
        ),
    ] = None,
    theme: Annotated[
        str | None,
        typer.Option(metavar="people|faults|attacks", show_default=False, help="What the surprises are about."),
    ] = None,
    surprise_seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", show_default=False, help="The same surprises once more.")
    ] = None,
    json: Json = False,
) -> int:
    """Run an exercise, and show who could read what.

    The story is told on standard error as it happens. At the end, on standard
    output: the access matrix, every expectation with its evidence, and the evidence
    code, which proves later that a run folder is this run's.
    """
    from i247sim.cli.run import Again, Elsewhere, Pack, Wanted, begin, go_on

    if resume is not None:
        only(context, "a run goes on as it began", "resume", "pace", "json", "with_console")
        return go_on(resume, pace, json, with_console)
    if fork_at is not None and replay is None:
        raise typer.BadParameter("`--fork-at` goes with `--replay RUN`")
    surprises = (surprise, theme, surprise_seed)
    wanted = Wanted(
        scenario=scenario,
        pace=pace,
        seed=seed,
        out=out,
        in_process=in_process,
        port=port,
        qos=qos,
        keep_keys=keep_keys,
        paused=paused,
        records=records,
        again=None if replay is None else Again(replay, fork_at),
        elsewhere=Elsewhere(broker, keys, hub_apart),
        pack=None if surprises == (None, None, None) else Pack(*surprises),
    )
    return begin(wanted, json, with_console)


def console(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(metavar="SCENARIO|RUN", show_default=False, help="A scenario, or the folder of a finished run."),
    ],
    seat: Annotated[
        str | None,
        typer.Option(metavar="FR,DE", show_default=False, help="Desks for people: a token is printed for each."),
    ] = None,
    pace: Annotated[
        str, typer.Option(metavar="max|N", help="Simulated seconds per real second, once it is started.")
    ] = "1",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, metavar="N", show_default=False, help="Where it listens; else 8247.")
    ] = None,
    bind: Annotated[
        str, typer.Option(metavar="ADDR", help="Any other address than this machine's own is served over TLS.")
    ] = "127.0.0.1",
    out: Out = None,
    seed: Annotated[
        int | None,
        typer.Option(parser=_seed, metavar="N", show_default=False, help="For the officers' delays."),
    ] = None,
    in_process: Annotated[bool, typer.Option("--in-process", help="No broker and no child processes.")] = False,
    keep_keys: KeepKeys = False,
) -> int:
    """Open an exercise in the browser: for the instructor, the wall, and people at desks.

    Prints the address and a token for each role, and begins paused. A finished run
    is shown read-only, at any moment of its time. Ctrl-C ends it.
    """
    from i247sim.cli.console import Desk, open_console

    if Path(what).is_dir():
        only(context, "a finished run is opened as it is", "what", "port", "bind")
    seats = tuple(word for word in (seat or "").replace(",", " ").split())
    return open_console(what, Desk(bind, port, seats), pace, seed, out, in_process, keep_keys)


def inject(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="RUN", show_default=False, help="The folder of a running exercise.")
    ] = None,
    verb: Annotated[
        str | None,
        typer.Argument(metavar="VERB", show_default=False, help="One verb of a timeline: `cut: {party: AR}`."),
    ] = None,
    wait: Annotated[str, typer.Option("--in", metavar="TIME", help="How long from now, on the exercise clock.")] = "1s",
    list_: Annotated[bool, typer.Option("--list", help="All verbs, and what stands on the shelf.")] = False,
    about: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help="What a verb or a prepared inject does and teaches."),
    ] = None,
    shelf: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help="Take this prepared inject from the shelf."),
    ] = None,
    json: Json = False,
) -> int:
    """Inject an incident or a message into a running exercise.

    Whatever a scenario's timeline can do, now: `cut`, `measure`, `replay` … It is
    recorded, and happens again with `run --replay`.

    i247sim inject --list                      all verbs
    i247sim inject --about tamper              what it takes, who notices it
    i247sim inject RUN 'cut: {party: AR}'      into the exercise that runs in RUN
    i247sim inject RUN --shelf replayed        one that was prepared
    """
    from i247sim.cli import steer

    if about is not None:
        only(context, "`--about` injects nothing", "about", "json")
        return steer.about(about, json)
    if list_:
        only(context, "`--list` injects nothing", "list_", "folder", "json")
        return steer.list_(folder, json)
    if folder is None:
        raise typer.BadParameter("expected RUN and VERB, RUN and --shelf NAME, --list, or --about NAME")
    if shelf is not None:
        if verb is not None:
            raise typer.BadParameter("expected VERB or --shelf NAME, not both")
        return steer.take(folder, shelf, wait, json)
    return steer.inject(folder, verb, wait, json)


def control(
    folder: Annotated[
        Path, typer.Argument(metavar="RUN", show_default=False, help="The folder of a running exercise.")
    ],
    what: Annotated[
        str, typer.Argument(metavar="ORDER", show_default=False, help="status, pause, resume, step, pace or until.")
    ],
    value: Annotated[
        str | None,
        typer.Argument(metavar="VALUE", show_default=False, help="`step 3`, `pace 60`, `pace max`, `until T+2h`."),
    ] = None,
    json: Json = False,
) -> int:
    """Pause, step and pace a running exercise, or ask where it stands.

    `step` and `until` answer when they are done; Ctrl-C ends the waiting, and the
    exercise goes on.
    """
    from i247sim.cli.steer import control as give

    return give(folder, what, value, json)

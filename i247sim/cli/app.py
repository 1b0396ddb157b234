"""The commands and their options. What they do is in a module each, loaded only when the command runs."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""What typer raises for words that it does not understand; it has no public name in all versions."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 passed, 1 an expectation failed or evidence does not hold, 2 bad input, "
    "3 the network failed, 130 stopped with Ctrl-C.",
)

_JSON = Annotated[bool, typer.Option("--json", help="One JSON document on standard output instead of text.")]
_RUN_FOLDER = Annotated[Path, typer.Argument(metavar="RUN", show_default=False, help="A run folder, as `run` made it.")]


def _version(asked: bool) -> None:
    if asked:
        from i247sim import __version__

        typer.echo(f"i247sim {__version__}")
        raise typer.Exit


@app.callback()
def _i247sim(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """A police network of the I-24/7 kind on one laptop, for exercises. All data are
    fictional.

    Bureaus sign and encrypt; a hub that cannot read decides who may receive what;
    and after a run you see, for every message and every party, who could read it,
    who could not, and which rule or which lock decided that.

    [bold]Begin here[/bold]

    i247sim scenarios                   what can be exercised
    i247sim run who-can-read            one message meets six answers
    i247sim explain RUN warning NO      why Norway could not read it
    i247sim verify RUN --expect CODE    check a run folder, also a stranger's
    """


@app.command()
def scenarios(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", show_default=False, help="Show this one's title page; a name, or a file."),
    ] = None,
) -> int:
    """List the scenarios that come with the package, or show the title page of one."""
    from i247sim.cli.scenarios import page, show

    return show() if name is None else page(name)


@app.command(rich_help_panel="For authors")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="What it is called; NAME.yaml.")],
) -> int:
    """Write a commented scenario to begin with. It runs as it is."""
    from i247sim.cli.author import begin

    return begin(name)


@app.command(rich_help_panel="For authors")
def check(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO", show_default=False, help="A file of your own, or a shipped scenario's name."
        ),
    ],
    json: _JSON = False,
) -> int:
    """Say what is wrong with a scenario, each with its line and cure, and run nothing.

    Mistakes of form and reference first; then it is rehearsed, to find expectations
    that will not be met or cannot fail, messages that nobody receives, and rules that
    are never exercised. Exit status 2 if there are errors, 0 if there are warnings only.
    """
    from i247sim.cli.author import look

    return look(scenario, json)


@app.command(rich_help_panel="For authors")
def schema() -> int:
    """Print a JSON Schema of the scenario language, for editors."""
    from i247sim.cli.author import schema as show

    return show()


@app.command()
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
            min=0,
            max=2**63 - 1,
            metavar="N",
            show_default=False,
            help="For the officers' delays, instead of the scenario's. Same seed, same story.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", show_default=False, help="The run folder to make; else `runs/SCENARIO-ID`."),
    ] = None,
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
    keep_keys: Annotated[
        bool, typer.Option("--keep-keys", help="Keep all private keys in a folder `DIR-keys` beside the run folder.")
    ] = False,
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
    json: _JSON = False,
) -> int:
    """Run an exercise, and show who could read what.

    The story is told on standard error as it happens. At the end, on standard
    output: the access matrix, every expectation with its evidence, and the evidence
    code, which proves later that a run folder is this run's.
    """
    from i247sim.cli.run import Again, Elsewhere, Pack, begin, go_on

    if resume is not None:
        free = ("resume", "pace", "json", "with_console")
        fixed = [_written(one) for one in context.command.params if one.name not in free and _is_given(context, one)]
        return go_on(resume, pace, fixed, json, with_console)
    if fork_at is not None and replay is None:
        raise typer.BadParameter("`--fork-at` goes with `--replay RUN`")
    again = None if replay is None else Again(replay, fork_at)
    elsewhere = Elsewhere(broker, keys, hub_apart)
    wanted = (scenario, pace, seed, out, in_process, port, qos, keep_keys, json)
    surprises = (surprise, theme, surprise_seed)
    pack = None if surprises == (None, None, None) else Pack(*surprises)
    return begin(*wanted, again, paused, elsewhere, records, with_console, pack)


def _is_given(context: typer.Context, parameter: Any) -> bool:
    """Whether somebody wrote it on the command line, or in the environment."""
    source = context.get_parameter_source(parameter.name)
    return source is not None and source.name in ("COMMANDLINE", "ENVIRONMENT")


def _written(parameter: Any) -> str:
    """As the help shows it: ``--seed``, or ``SCENARIO``."""
    return str(parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar)


@app.command()
def console(
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
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", show_default=False, help="The run folder to make; else `runs/SCENARIO-ID`."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**63 - 1, metavar="N", show_default=False, help="For the officers' delays."),
    ] = None,
    in_process: Annotated[bool, typer.Option("--in-process", help="No broker and no child processes.")] = False,
    keep_keys: Annotated[
        bool, typer.Option("--keep-keys", help="Keep all private keys in a folder `DIR-keys` beside the run folder.")
    ] = False,
) -> int:
    """Open an exercise in the browser: for the instructor, the wall, and people at desks.

    Prints the address and a token for each role, and begins paused. A finished run
    is shown read-only, at any moment of its time. Ctrl-C ends it.
    """
    from i247sim.cli.console import Desk, open_console

    seats = tuple(word for word in (seat or "").replace(",", " ").split())
    return open_console(what, Desk(bind, port, seats), pace, seed, out, in_process, keep_keys)


@app.command()
def inject(
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
    json: _JSON = False,
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
        return steer.about(about, json)
    if list_:
        return steer.list_(folder, json)
    if folder is None:
        raise typer.BadParameter("expected RUN and VERB, RUN and --shelf NAME, --list, or --about NAME")
    if shelf is not None:
        if verb is not None:
            raise typer.BadParameter("expected VERB or --shelf NAME, not both")
        return steer.take(folder, shelf, wait)
    return steer.inject(folder, verb, wait)


@app.command()
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
) -> int:
    """Pause, step and pace a running exercise, or ask where it stands."""
    from i247sim.cli.steer import control as give

    return give(folder, what, value)


@app.command()
def bench(
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
    json: _JSON = False,
) -> int:
    """Measure speed on this machine: the network, and what its parts alone would allow.

    Runs broker, hub and bureaus as `run` does. Takes some minutes; let nothing else
    run beside it.
    """
    from i247sim.cli.bench import show, show_console

    if console:
        return show_console(5.0 if quick else 20.0 if minutes is None else 60 * minutes, network, json)
    if network or minutes is not None:
        from i247sim.vocabulary.errors import InputError

        raise InputError("`--network` and `--minutes` go with `--console`")
    return show(quick, qos, json)


@app.command(rich_help_panel="For engineers")
def storm(
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
    json: _JSON = False,
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

    if again is not None:
        return command.again(again, json)
    if kills is not None:
        return command.kill(kills, seed, json)
    if soak is not None:
        return command.hold(soak, rate, json)
    return command.run(runs, seed, jobs, out, json)


records_app = typer.Typer(no_args_is_help=True, help="Make and check files of invented records.")
app.add_typer(records_app, name="records", rich_help_panel="For authors")


@records_app.command("generate")
def records_generate(
    out: Annotated[Path, typer.Option(metavar="FILE", show_default=False, help="The file to make.")],
    sltd: Annotated[int, typer.Option(min=0, max=5_000_000, metavar="N", help="Travel documents.")] = 1_000_000,
    nominal: Annotated[int, typer.Option(min=0, max=5_000_000, metavar="N", help="Persons.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, metavar="N", help="Same seed, same records.")] = 1,
) -> int:
    """Fill a file with invented travel documents and persons, for `run --records FILE`.

    Names in some thirty languages and their scripts; document numbers begin with EX, and
    every record says EXERCISE.
    """
    from i247sim.cli.records import make

    return make(out, sltd, nominal, seed)


@records_app.command("check")
def records_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="A record file.")],
) -> int:
    """Say what a record file holds, and whether it is what it says. Exit status 1 if not."""
    from i247sim.cli.records import check as look_at

    return look_at(file)


@app.command()
def query(
    folder: _RUN_FOLDER,
    viewer: Annotated[
        str | None,
        typer.Option("--as", metavar="PARTY", show_default=False, help="Answer as this party would be answered."),
    ] = None,
    database: Annotated[
        str | None, typer.Option("--in", metavar="DATABASE", show_default=False, help="Else as the question suggests.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", show_default=False, help="A person: `Fictus, Exemplar`.")
    ] = None,
    born: Annotated[
        str | None, typer.Option(metavar="DATE", show_default=False, help="With `--name`: `1984-05-17`, or the year.")
    ] = None,
    document: Annotated[
        str | None, typer.Option(metavar="CC:NUMBER", show_default=False, help="A document: `PT:EXP0000017`.")
    ] = None,
    vin: Annotated[str | None, typer.Option(metavar="VIN", show_default=False, help="A vehicle.")] = None,
    plate: Annotated[str | None, typer.Option(metavar="PLATE", show_default=False, help="A vehicle.")] = None,
    serial: Annotated[str | None, typer.Option(metavar="NUMBER", show_default=False, help="A firearm.")] = None,
    title: Annotated[str | None, typer.Option(metavar="TITLE", show_default=False, help="A work of art.")] = None,
    record: Annotated[
        str | None, typer.Option(metavar="ID", show_default=False, help="The whole of a record: `NOM-000001`.")
    ] = None,
    looks: Annotated[
        str | None, typer.Option(metavar="ID", show_default=False, help="Who has looked at a record.")
    ] = None,
    hits: Annotated[bool, typer.Option("--hits", help="The register of hits.")] = False,
    records: Annotated[
        Path | None, typer.Option(metavar="FILE", show_default=False, help="The record file, if the run had one.")
    ] = None,
    json: _JSON = False,
) -> int:
    """Look into a run's databases as they stand at its end, or now while it runs.

    A look from outside: nobody is told, and nothing of it is in the story. With
    `--as`, restrictions hold: what a party may not see is answered as if it were not
    there. A query of the story is a `send` of kind DB_QUERY: `i247sim inject`.
    """
    from i247sim.cli.query import Question, show

    asked = Question(database, name, born, document, vin, plate, serial, title, record, looks, hits)
    return show(folder, viewer, asked, records, json)


@app.command()
def notices(
    folder: _RUN_FOLDER,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", show_default=False, help="One alone: `2026/1`, `FR#2`. Else all."),
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="What the public is shown of published notices.")] = False,
    json: _JSON = False,
) -> int:
    """Every notice, diffusion, complaint and petition of a run: state, history and reason.

    Works on a finished run and on one under way. Read off the log: contents are not in it.
    """
    from i247sim.cli.notices import show

    return show(folder, name, public, json)


@app.command()
def diff(
    first: _RUN_FOLDER,
    second: Annotated[Path, typer.Argument(metavar="RUN", show_default=False, help="Another run folder.")],
    json: _JSON = False,
) -> int:
    """Compare what happened in two runs: the first difference, then all of them.

    Exit status 0 if their transcripts are the same, 1 if not.
    """
    from i247sim.cli.diff import show

    return show(first, second, json)


@app.command()
def explain(
    folder: _RUN_FOLDER,
    message: Annotated[
        str,
        typer.Argument(
            metavar="MESSAGE", show_default=False, help="Its label, or a name like `FR#3` or `IPSG:NOTICE_PUBLISHED`."
        ),
    ],
    party: Annotated[str, typer.Argument(metavar="PARTY", show_default=False, help="A party's id, like `NO`.")],
    viewer: Annotated[
        str, typer.Option("--as", metavar="PARTY", help="Show what this party may know, and no more.")
    ] = "CONTROL",
    json: _JSON = False,
) -> int:
    """Explain why a party could, or could not, read a message.

    Three layers, each from another source: the rule that decided, what the broker
    carried, and what the party's own key opens.
    """
    from i247sim.cli.explain import show

    return show(folder, message, party, viewer, json)


@app.command()
def verify(
    folder: _RUN_FOLDER,
    expect: Annotated[
        str | None, typer.Option(metavar="CODE", show_default=False, help="The evidence code that the run printed.")
    ] = None,
    json: _JSON = False,
) -> int:
    """Check a run folder: signatures, log, every decision anew, completeness.

    Needs nothing but the folder. The first thing that is wrong is named.
    """
    from i247sim.cli.verify import check

    return check(folder, expect, json)


@app.command(rich_help_panel="For deployments", short_help="The hub as a process of its own.")
def hub(
    configuration: Annotated[Path, typer.Argument(metavar="CONFIG", show_default=False, help="A JSON file.")],
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until CONFIG is there, and after a run for the next one.")
    ] = False,
) -> int:
    """Run the hub as a process of its own, until exercise control hangs up.

    `i247sim run` starts one by itself, unless told `--hub-apart DIR`: then start it with `DIR/hub.json`.
    CONFIG names keys, broker, database and the control socket.
    """
    from i247sim.cli.hub import serve

    return serve(configuration, wait)


@app.command(rich_help_panel="For deployments", short_help="Everything for a broker that somebody else runs.")
def broker(
    kind: Annotated[str, typer.Option(metavar="nats|mosquitto", show_default=False, help="Which broker it is.")],
    out: Annotated[Path, typer.Option(metavar="DIR", show_default=False, help="The folder to make.")],
    scenario: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", show_default=False, help="Its participants may connect. May be repeated."),
    ] = None,
    members: Annotated[bool, typer.Option("--members", help="All 196 members may connect.")] = False,
    host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", show_default=False, help="What it is reached as; else `localhost`. May be repeated."
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, metavar="N", help="Where it listens.")] = 8883,
    seen_at: Annotated[
        str | None,
        typer.Option(metavar="PATH", show_default=False, help="Where `DIR/broker` is on the broker's machine."),
    ] = None,
) -> int:
    """Write the complete configuration for a broker that somebody else runs.

    Keys, certificate, authorities, a party's rights and the list of revoked certificates
    go to the broker; what issues every run's keys stays here, for `run --broker URL --keys DIR`.
    """
    from i247sim.cli.broker import make

    return make(kind, out, scenario or [], members, host or ["localhost", "127.0.0.1"], port, seen_at)


def _flowing(command: Callable[..., Any] | None) -> str:
    """What a command's docstring says, a line for each paragraph, so that a terminal of any width breaks it well.

    Left as they are: lines of columns, which have a gap.
    """
    paragraphs = inspect.cleandoc(getattr(command, "__doc__", None) or "").split("\n\n")
    return "\n\n".join(one if "  " in one else one.replace("\n", " ") for one in paragraphs)


for _one in (app.registered_callback, *app.registered_commands, *records_app.registered_commands):
    if _one is not None:
        _one.help = _flowing(_one.callback)

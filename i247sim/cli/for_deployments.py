"""Commands for networks of several machines: their options."""

from pathlib import Path
from typing import Annotated

import typer


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

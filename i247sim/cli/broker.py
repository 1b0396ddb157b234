"""``i247sim broker``: everything for a broker that somebody else runs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Final

from rich.text import Text

from i247sim.cli.screen import results
from i247sim.exercise import catalogue
from i247sim.exercise.broker_folder import BrokerFolder
from i247sim.exercise.loader import load
from i247sim.transport.configure import BrokerKind
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.parties import BODIES, COMMISSION, CONTROL, REVIEWER, SECRETARIAT, members

_AS_ROOT: Final = {BrokerKind.MOSQUITTO: "; as root, `chown -R mosquitto: {}` first: it becomes that user"}


def make(
    kind: str,
    out: Path,
    scenarios: Sequence[str],
    everybody: bool,
    hosts: Sequence[str],
    port: int,
    seen_at: str | None,
) -> int:
    """Make the folder ``out``, or find it as it should be, and say what to do with it. Raises ``InputError``."""
    if kind not in list(BrokerKind):
        raise InputError(f"`--kind` is `{kind}`; expected {' or '.join(BrokerKind)}")
    if not scenarios and not everybody:
        raise InputError("who may connect? give `--scenario NAME`, once or more, or `--members`")
    parties = [SECRETARIAT, REVIEWER, COMMISSION, *BODIES, *members()] if everybody else []
    for name in scenarios:
        parties += load(catalogue.find(name)).parties()
    parties = [party for party in parties if party != CONTROL]
    folder = BrokerFolder.create(out, BrokerKind(kind), hosts, port, parties, datetime.now(UTC), seen_at)
    about = folder.about
    screen = results()
    lines = {
        "folder": f"{out}, for {kind}: {len(about.parties)} parties, until {about.until:%Y-%m-%d}",
        "reached": f"as {', '.join(about.names)}, port {about.port}",
        "to the broker": f"{out / 'broker'}, seen there as {about.seen_at}",
        "keep": f"{out / 'authority'}: it issues every run's keys",
        "start": folder.how_to_start + _AS_ROOT.get(about.kind, "").format(about.seen_at),
        "play": f"i247sim run {scenarios[0] if scenarios else 'SCENARIO'} "
        f"--broker mqtts://{about.names[0]}:{about.port} --keys {quote(str(out))}",
        "revoked": f"after a revocation, {folder.how_to_reload}",
    }
    for name, text in lines.items():
        screen.print(Text.assemble((f"{name:<15}", "dim"), text), soft_wrap=True)
    return 0

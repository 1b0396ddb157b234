"""``i247sim explain``: why one party could, or could not, read one message. Rule, broker, key."""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.text import Text

from i247sim.cli.screen import document, hang, printable, results
from i247sim.cli.signs import clocked
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.inspect import Layers, explain_access
from i247sim.exercise.loader import load
from i247sim.exercise.scenario import NOTICE
from i247sim.policy.explain import Explanation
from i247sim.vocabulary.parties import CONTROL

_NAME_WIDTH = 10


def show(folder: Path, message: str, party: str, viewer: str, as_json: bool) -> int:
    """Print the layers as ``viewer`` may know them. Raises ``InputError``, ``EvidenceError``."""
    layers = explain_access(folder, message, party, viewer)
    start = load(RunFolder.open(folder).scenario).start
    screen = results()
    if as_json:
        document(asdict(layers))
        return 0
    label = f" `{layers.label}`" if layers.label else ""
    screen.print(Text(printable(f"{layers.message}{label} and {layers.party}"), "bold"))
    screen.print(Text(NOTICE, "italic"))
    screen.print()
    _layer(screen, "message", f"{layers.kind} from {layers.sender}, sent {clocked(layers.time, start)}")
    known = "exercise control, which may know everything"
    seen_by = known if layers.viewer == CONTROL else f"{layers.viewer}: what it may know, and no more"
    _layer(screen, "told to", seen_by)
    screen.print()
    _layer(screen, "rule", layers.decided)
    if layers.rule is not None:
        _rule(screen, layers.rule)
    _layer(screen, "broker", layers.broker)
    _layer(screen, "key", layers.key)
    if layers.exposure:
        _layer(screen, "exposure", layers.exposure)
    if layers.alarm:
        hang(screen, Text("ALARM", "bold red"), Text(printable(layers.alarm), "bold red"), _NAME_WIDTH)
    _advise(screen, layers)
    return 0


def _rule(screen: Console, rule: Explanation) -> None:
    for sentence in rule.sentences:
        _layer(screen, "", sentence)
    if rule.facts:
        read = "; ".join(f"{name} = {value}" for name, value in rule.facts)
        hang(screen, "", Text(f"looked at {printable(read)}", "dim"), _NAME_WIDTH)


def _layer(screen: Console, name: str, text: str) -> None:
    hang(screen, Text(name, "bold"), printable(text), _NAME_WIDTH)


def _advise(screen: Console, layers: Layers) -> None:
    if layers.viewer == CONTROL:
        screen.print()
        hang(screen, "", f"What the sender is told of it: the same with `--as {layers.sender}`.")

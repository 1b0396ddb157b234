"""What carries the messages, and what it cannot do."""

from enum import StrEnum

from i247sim.exercise.attacks import RogueClient
from i247sim.exercise.machines import CutPower, Start, Stop
from i247sim.exercise.steps import Step
from i247sim.vocabulary.errors import InputError


class Medium(StrEnum):
    """What carries the messages."""

    EMBEDDED = "embedded"
    """The broker that comes with the package, as a child, over mutual TLS; the hub is a child too."""
    MEMORY = "memory"
    """Everything in this process: for tests and quick looks."""
    EXTERNAL = "external"
    """A broker that somebody else runs (``outside``), over mutual TLS; the hub is a process of its own."""


def require_possible(step: Step, medium: Medium) -> None:
    """Raise ``InputError`` for a step that a network over this medium cannot carry out."""
    match step.verb:
        case Stop(what="broker") | Start(what="broker") | CutPower(what="broker") if medium is Medium.EXTERNAL:
            raise InputError(
                "the scenario stops the broker, and an external one is not ours to stop; leave out `--broker`"
            )
        case CutPower(what="broker" | "hub" as what) if medium is Medium.MEMORY:
            raise InputError(
                f"`cut_power` of the {what} kills its process, and in-process there is none; leave out `--in-process`,"
                f" or say `stop: {{what: {what}}}`"
            )
        case RogueClient(does="no-certificate" | "foreign-authority" as does) if medium is Medium.MEMORY:
            raise InputError(
                f"`rogue_client` with `does: {does}` needs a broker with TLS, and in-process there is none; leave out"
                " `--in-process`, or say `does: wildcards`"
            )
        case _:
            pass

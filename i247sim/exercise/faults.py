"""Verbs of what breaks and is mended: links, machines, clocks, disks."""

from typing import Literal

from i247sim.exercise.acts import Act, Before, Difficulty, Layer, Theme
from i247sim.exercise.durations import Duration
from i247sim.vocabulary.parties import PartyId


class Fault(Act):
    """Base of what breaks."""

    theme = Theme.FAULTS
    layer = Layer.LOG


class Mending(Fault):
    """Base of what ends a fault."""

    stays_because = "it ends a fault and breaks nothing"


class Cut(Fault):
    """The link of a party fails. A later ``restore`` must follow, or the author says that it ``stays`` cut."""

    party: PartyId
    """Whose link it is."""
    stays: bool = False
    """Whether it stays cut to the end, on purpose."""

    title = "A link is cut"
    teaches = (
        "Police networks lose links, and nobody may lose a message by it. What is written at the bureau waits in its "
        "outbox, what is meant for it waits at the hub, and both come through in order when the link is back, once "
        "each. Who needs an answer now must find another way: a colleague, the duty room, a telephone. At hand-over "
        "the rules are asked again: what was allowed an hour ago may be withheld now."
    )
    detector = "The matrix shows what waits; afterwards the numbered streams show that nothing is missing."
    inverse = "restore"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Restore(party=self.party),)


class Slow(Fault):
    """The link of a party becomes slow: what goes to it or comes from it takes ``by`` longer, until ``restore``."""

    party: PartyId
    """Whose link it is."""
    by: Duration
    """How much longer everything takes."""

    title = "A link is slow"
    teaches = (
        "Late is not lost, and late can be too late: answers, confirmations and withdrawals reach the bureau after its "
        "officer has acted. Others are not slowed down. Compare the times at which the bureaus have read the same "
        "message, and ask what an officer may assume who has heard nothing."
    )
    detector = "Times of receipt in the matrix; deadlines that are missed."
    inverse = "restore"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Restore(party=self.party),)


class Restore(Mending):
    """The link of a party is whole again: neither cut nor slow."""

    party: PartyId
    """Whose link it is."""

    title = "A link is whole again"
    teaches = (
        "What has waited comes in order, each message once, and is checked again before it is handed over. Watch the "
        "order: first what waited at the hub, then what waited at the bureau."
    )
    detector = "Receipts and acknowledgements that were missing arrive."


class Stop(Fault):
    """The broker or the hub fails. A later ``start`` must follow."""

    what: Literal["broker", "hub"]
    """Which of the two."""

    title = "Broker or hub is stopped"
    teaches = (
        "Everybody depends on the two machines in the middle, and neither is trusted with more than carrying. While "
        "one is down nothing moves, and all that was written waits with its writer; nothing that was accepted is "
        "lost, and nothing comes twice. Ask who notices first, and what each bureau does meanwhile."
    )
    detector = "Every bureau: its messages get no receipt until the machine is back."
    inverse = "start"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Start(what=self.what),)


class Start(Mending):
    """Broker or hub is back."""

    what: Literal["broker", "hub"]
    """Which of the two."""

    title = "Broker or hub is back"
    teaches = (
        "The hub reads its log and knows what it knew; every bureau says hello and names the last number it has; both "
        "sides send what is missing. A restart is visible in the journal, not in the story."
    )
    detector = "Hellos of all bureaus, and numbered streams without a gap."
    difficulty = Difficulty.EASY

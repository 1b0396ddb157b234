"""Verbs of adversaries: on a line, in a bureau, at the broker, in the hub."""

from typing import Literal

from i247sim.exercise.acts import Act, Difficulty, Layer, Theme
from i247sim.exercise.naming import MessageRef
from i247sim.vocabulary.contents import Line
from i247sim.vocabulary.parties import PartyId


class Attack(Act):
    """Base of what an adversary does."""

    theme = Theme.ATTACKS
    adversary = True
    difficulty = Difficulty.MEDIUM
    stays_because = "it is over when it is done, and leaves nothing behind but its entry in the log"


class Replay(Attack):
    """An intruder on the sender's line sends a message once more, exactly as it was."""

    message: MessageRef
    """Which message."""

    title = "A message is sent once more by an intruder"
    says = "an intruder on the line of {} sends a message once more"
    teaches = (
        "A recorded message is genuine to the last bit, signature included; only its number and id tell that it was "
        "there before. The hub answers a resend with the old receipt, and calls it a replay once the sender had "
        "confirmed that receipt. Nobody reads it a second time. Ask why `old` alone is no reason to refuse."
    )
    detector = "The hub, by number and id: E-REPLAY with an alarm, or the stored receipt again."
    layer = Layer.REPLAY


class Tamper(Attack):
    """An intruder on the sender's line sends a message once more, with one bit changed."""

    message: MessageRef
    """Which message."""
    part: Literal["header", "stanza", "body", "signature"] = "body"
    """Where the bit is changed."""

    title = "A message is altered on its way"
    says = "an intruder on the line of {} sends a message once more, with one bit changed"
    teaches = (
        "The signature covers header, stanzas and body, so that one bit anywhere makes the whole void; the hub says so "
        "without being able to read. The sender learns it from the receipt and tells its partner by other means. "
        "Discuss what a signature proves, and what encryption alone would not."
    )
    detector = "The hub, by the sender's signature: E-SIGN, or E-FORMAT where nothing can be read any more."
    layer = Layer.SIGNATURE


class Spoof(Attack):
    """A bureau gone bad writes in another's name: on its own topic, and on the other's."""

    by: PartyId
    """Who writes."""
    claims: PartyId
    """In whose name."""
    to: PartyId
    """To whom."""
    subject: Line = "exercise: forged"
    """What it is said to be about."""

    title = "Somebody writes in another's name"
    says = "{} writes in another's name"
    teaches = (
        "Certificate, topic and header must name the same party, and each comparison is made by somebody else: the "
        "broker lets nobody publish on another's topic, the hub refuses a header that names another sender, and the "
        "recipient would check the signature once more. Ask which of the three a captured broker could take away."
    )
    detector = "The hub refuses with E-SIGN what comes on the liar's topic; the broker drops it on the other's."
    layer = Layer.BROKER

"""Verbs of adversaries: on a line, in a bureau, at the broker, in the hub."""

from typing import Literal, Self

from pydantic import model_validator

from i247sim.exercise.acts import Act, Before, Difficulty, Layer, Theme
from i247sim.exercise.faults import Share
from i247sim.exercise.naming import MessageRef
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.records import Line


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

    example = "by: BR, claims: FR, to: NO"
    title = "Somebody writes in another's name"
    says = "{} writes in another's name"
    teaches = (
        "Certificate, topic and header must name the same party, and each comparison is made by somebody else: the "
        "broker lets nobody publish on another's topic, the hub refuses a header that names another sender, and the "
        "recipient would check the signature once more. Ask which of the three a captured broker could take away."
    )
    detector = "The hub refuses with E-SIGN what comes on the liar's topic; the broker drops it on the other's."
    layer = Layer.BROKER


class Compromise(Attack):
    """Somebody has stolen a bureau's signing key, and writes in its name: to the hub it is the bureau."""

    party: PartyId
    """Whose key was stolen."""
    to: PartyId
    """To whom the thief writes."""
    subject: Line = "exercise: written with a stolen key"
    """What it is said to be about."""

    example = "party: BR, to: NO"
    title = "A bureau's key is stolen"
    says = "somebody writes with the stolen key of {}"
    teaches = (
        "No check at the hub or at the reader can tell a thief with the right key from its owner, and the forged "
        "message is delivered. The owner can: it gets a receipt for something that it never wrote, and its next "
        "message meets a number that is taken. Then it has to be quick: revoke, tell all, go through what was sent in "
        "its name since when. Ask how long that took, and who had acted on the forgery by then."
    )
    detector = "The owner, by a receipt for what it never wrote; the hub, when the number comes a second time."
    layer = Layer.WITNESS
    difficulty = Difficulty.HARD
    stays_because = "a stolen key stays stolen: `revoke` makes it worthless"


class RogueBureau(Attack):
    """A bureau gone bad does, with its own good keys, what only others may do."""

    party: PartyId
    """Who has gone bad."""
    does: Literal["measure", "publish", "acknowledge", "same-id"] = "measure"
    """Takes a measure like the secretariat, publishes a notice that nobody reviewed, acknowledges a message that it
    was never given, or says two things under one id."""
    message: MessageRef | None = None
    """The message of others that it acknowledges, or its own that it says otherwise; with those two only."""

    title = "A bureau has gone bad"
    says = "{} has gone bad"
    teaches = (
        "Good keys prove who speaks, not that it may. A bureau cannot take measures, publish a notice without the "
        "reviewer's decision, acknowledge what it was never handed, or say two things under one id: for each there is "
        "a rule or a check, and what it tried stands in the log under its own signature. Ask what measure follows."
    )
    detector = "The hub refuses by role, review, hand-over or id; the evidence names the bureau, signed by itself."
    layer = Layer.RULE

    @model_validator(mode="after")
    def _needs(self) -> Self:
        if (self.does in ("acknowledge", "same-id")) != (self.message is not None):
            raise ValueError("`message` goes with `does: acknowledge` and `does: same-id`, and they need it")
        return self

    @property
    def remark(self) -> str:
        return self.does


class RogueClient(Attack):
    """Somebody who is no bureau, or a bureau's own computer gone wild, tries its luck at the broker."""

    does: Literal["no-certificate", "foreign-authority", "others-topics", "wildcards"]
    """Connects without a certificate, or with one of another authority; or listens, with a good one, to what is for
    another, or to everything."""
    party: PartyId
    """As whom it connects."""
    victim: PartyId | None = None
    """Whose topic it listens to; with `others-topics` only."""

    title = "A stranger at the broker"
    says = "somebody tries to get into the broker as {}"
    teaches = (
        "The broker is the outer wall: it lets in whom the exercise's own authority has certified, and gives each "
        "certificate two topics. Without a certificate there is no connection, with a foreign one neither, and a good "
        "one hears nothing that is for others. What would be behind a hole in this wall is sealed, all the same."
    )
    detector = "The broker: no connection without a certificate of the authority, no topic without a right."
    layer = Layer.TLS
    difficulty = Difficulty.EASY

    @model_validator(mode="after")
    def _needs(self) -> Self:
        if (self.does == "others-topics") != (self.victim is not None):
            raise ValueError("`victim` goes with `does: others-topics`, which needs it")
        if self.victim == self.party:
            raise ValueError("`party` and `victim` are the same; name somebody else")
        return self

    @property
    def remark(self) -> str:
        return self.does


class CaptureBroker(Attack):
    """The broker is in wrong hands: it drops, doubles, delays or mixes up packets, plays old ones again, or reads."""

    does: Literal["read", "drop", "duplicate", "delay", "reorder", "replay"]
    """What it does."""
    share: Share = 30
    """How many packets it touches; no matter for `read` and `replay`."""

    title = "The broker is captured"
    says = "the {} is captured"
    teaches = (
        "The broker carries bytes and is trusted with nothing else. It can refuse service, and it sees who writes to "
        "the hub when, and how much; it cannot read a word, change a bit unnoticed, or make anything count twice. What "
        "it drops is sent again, what it doubles is recognised by its number. Discuss what a list of times and sizes "
        "gives away."
    )
    detector = "Every bureau and the hub, by the numbers of what comes; a broker that only reads, nobody."
    layer = Layer.REPLAY
    inverse = "free_broker"
    stays_because = ""

    @property
    def target(self) -> str:
        return "broker"

    @property
    def remark(self) -> str:
        return self.does if self.does in ("read", "replay") else f"{self.does} {self.share} of 100 packets"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (FreeBroker(),)


class CaptureHub(Attack):
    """The hub is in wrong hands, and lies to one party."""

    does: Literal["skip-rule", "alter", "replay", "reorder", "rewrite-log", "fork-log", "swap-key"]
    """Gives the party what the rules refuse it; alters its copies; gives it an old copy once more; gives it a copy out
    of turn; shows it a log that was rewritten, or another log than the others; or passes it a key of its own making."""
    party: PartyId
    """To whom it lies."""

    title = "The hub is captured"
    says = "the {} is captured"
    teaches = (
        "The hub decides who may read, and holds no key that opens anything. Captured, it can refuse service; every "
        "other lie is noticed by somebody who does not have to believe it: the reader checks signature, id, number and "
        "directory for itself, bureaus compare what the log shows each of them, and whoever has the evidence decides "
        "every decision again. Ask which of these would be missing in a network that trusts its centre."
    )
    detector = "The reader's own check, a bureau that compares checkpoints, or `verify`: it depends on the lie."
    layer = Layer.SECOND_CHECK
    difficulty = Difficulty.HARD
    inverse = "free_hub"
    stays_because = ""

    @property
    def target(self) -> str:
        return "hub"

    @property
    def remark(self) -> str:
        return f"{self.does}, {self.party}"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (FreeHub(),)


class Freeing(Act):
    """Base of what ends a capture."""

    theme = Theme.ATTACKS
    stays_because = "it ends an attack and breaks nothing"


class FreeBroker(Freeing):
    """The broker is in good hands again."""

    title = "The broker is free again"
    says = "the {} is in good hands again"
    teaches = (
        "Whatever was lost, late or doubled has been healed on the way; nothing has to be cleaned up at the bureaus. "
        "The journal tells what the broker has seen and touched. Compare it with what a reader of the matrix knows."
    )
    detector = "Exercise control alone: to everybody else the broker was at worst a bad line."
    layer = Layer.LOG

    @property
    def target(self) -> str:
        return "broker"


class FreeHub(Freeing):
    """The hub is in good hands again."""

    title = "The hub is free again"
    says = "the {} is in good hands again"
    teaches = (
        "The evidence is read anew, and every decision is decided again: what the captured hub wrote into its own log "
        "is found there, since it could sign it but not make the rules agree. Ask who has to be told now, and what."
    )
    detector = "Whoever verifies the log: a decision that the rules do not give stands out."
    layer = Layer.LOG

    @property
    def target(self) -> str:
        return "hub"

"""Verbs of links that break and are mended, and the base of all that breaks (``machines``)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from i247sim.exercise.acts import Act, Before, Difficulty, Layer, Theme
from i247sim.exercise.durations import Duration, format_duration
from i247sim.exercise.naming import MessageRef
from i247sim.vocabulary.parties import PartyId

Share = Annotated[int, Field(ge=1, le=50, json_schema_extra={"unit": "percent"})]
"""Of all packets, so many in a hundred. More than half would be a cut."""
Way = Literal["both", "in", "out"]
"""Seen from the party: ``in`` is from the hub to it."""


class Fault(Act):
    """Base of what breaks."""

    theme = Theme.FAULTS
    layer = Layer.LOG


class Mending(Fault):
    """Base of what ends a fault."""

    stays_because = "it ends a fault and breaks nothing"


class OneLine(Fault):
    """Base of what is wrong with one party's link, until ``restore``."""

    party: PartyId
    """Whose link it is."""

    inverse = "restore"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Restore(party=self.party),)


class Cut(OneLine):
    """The link of a party fails. A later ``restore`` must follow, or the author says that it ``stays`` cut."""

    stays: bool = False
    """Whether it stays cut to the end, on purpose."""

    title = "A link is cut"
    says = "{} is cut off from the network"
    teaches = (
        "Police networks lose links, and nobody may lose a message by it. What is written at the bureau waits in its "
        "outbox, what is meant for it waits at the hub, and both come through in order when the link is back, once "
        "each. Who needs an answer now must find another way: a colleague, the duty room, a telephone. At hand-over "
        "the rules are asked again: what was allowed an hour ago may be withheld now."
    )
    detector = "The matrix shows what waits; afterwards the numbered streams show that nothing is missing."


class Slow(OneLine):
    """The link of a party becomes slow: what goes to it or comes from it takes ``by`` longer, until ``restore``."""

    by: Duration
    """How much longer everything takes, on the exercise clock."""

    @property
    def remark(self) -> str:
        return f"by {format_duration(self.by)}"

    title = "A link is slow"
    says = "the line of {} is slow"
    teaches = (
        "Late is not lost, and late can be too late: answers, confirmations and withdrawals reach the bureau after its "
        "officer has acted. Others are not slowed down. Compare the times at which the bureaus have read the same "
        "message, and ask what an officer may assume who has heard nothing."
    )
    detector = "Times of receipt in the matrix; deadlines that are missed."


class Restore(Mending):
    """The link of a party is whole again, whatever was wrong with it."""

    party: PartyId
    """Whose link it is."""

    title = "A link is whole again"
    says = "the line of {} is whole again"
    teaches = (
        "What has waited comes in order, each message once, and is checked again before it is handed over. Watch the "
        "order: first what waited at the hub, then what waited at the bureau."
    )
    detector = "Receipts and acknowledgements that were missing arrive."


class Held(Fault):
    """Base of what is about a party's traffic, or about one message that is not sent yet."""

    party: PartyId | None = None
    """Whose traffic it is."""
    message: MessageRef | None = None
    """Or one message: the label of a step that is still to send it."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.party is None) is (self.message is None):
            raise ValueError("expected either `party` or `message`")
        return self


class Hold(Held):
    """A party's traffic is held back, both ways, while its line looks as good as ever; until ``release``.

    Or one message of it, from when it is sent: what its sender says afterwards waits behind it, as the hub takes a
    party's words in their order; what others say still reaches it.
    """

    example = "party: BR"
    title = "A party's traffic, or one message, is held back"
    says = "{} is held back"
    teaches = (
        "Nothing looks broken, and yet nothing comes: the bureau has its line, and its messages get no receipt. That "
        "is what a provider's fault or a patient adversary looks like. The missing receipt is the only sign, and a "
        "bureau that does not watch its receipts finds out last. Nothing is lost by it. One message alone cannot "
        "be held without what comes after it: words are numbered, so that nobody can take one out."
    )
    detector = "The sender, whose messages have no receipt; everybody else sees a bureau that is silent."
    difficulty = Difficulty.MEDIUM
    inverse = "release"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Release(party=self.party, message=self.message),)


class Release(Held):
    """What was held back of a party's traffic goes on its way, or the one message that was held."""

    example = "party: BR"
    title = "Held traffic is let go"
    says = "{} is held back no longer"
    teaches = (
        "What was kept back arrives late and in order. Every copy is checked again as of now: whom the owner has "
        "barred in the meantime gets nothing, though it was allowed when it was sent."
    )
    detector = "Receipts that were missing arrive."
    stays_because = Mending.stays_because


class Partition(Fault):
    """Several parties are cut off from the hub: wholly, or one way only, so that they hear but are not heard."""

    parties: Annotated[tuple[PartyId, ...], Field(min_length=1, max_length=196)]
    """Who is cut off."""
    way: Way = "both"
    """Seen from the parties: `in` is what comes from the hub, `out` what they say."""

    @property
    def remark(self) -> str:
        return {"both": "both ways", "in": "they are heard, and do not hear", "out": "they hear, and are not heard"}[
            self.way
        ]

    title = "A part of the network is cut off"
    says = "{} are cut off from the hub"
    teaches = (
        "A region loses its line, or (worse, since nobody believes it) one direction of it. Who hears and is not heard "
        "reads everything and seems silent; who is heard and does not hear sends into the void and gets no receipt. "
        "Both sides think that the other is at fault. When it is over the two pictures are made one, without loss."
    )
    detector = "Receipts or acknowledgements that do not come; the matrix shows on which side."
    difficulty = Difficulty.HARD
    inverse = "repair"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Repair(parties=self.parties),)


class Repair(Mending):
    """The parties are connected again, both ways."""

    parties: Annotated[tuple[PartyId, ...], Field(min_length=1, max_length=196)]
    """Who is connected again."""

    title = "A cut-off part is connected again"
    says = "{} are connected to the hub again"
    teaches = (
        "Both sides say how far they have come, and send what the other does not have. Acknowledgements that were made "
        "long ago arrive now, with the time of now: the log says when the hub knew, not when the reader read."
    )
    detector = "Receipts and acknowledgements that were missing arrive."


class Disturbed(OneLine):
    """Base of what happens to some of the packets on a party's line, both ways; the same ones for the same seed."""

    share: Share
    """How many of them."""

    @property
    def remark(self) -> str:
        return f"{self.share} of 100 packets"


class Lose(Disturbed):
    """Some of the packets on a party's line are lost, both ways, until ``restore``."""

    title = "Packets are lost"
    says = "the line of {} loses packets"
    teaches = (
        "The network promises nothing about packets, and the bureaus promise everything about messages: each side "
        "keeps what it sent until the signed answer is there, and sends it again. The story stays the same to the "
        "last decision; only the journal knows of the gaps. Compare the transcript with one without loss."
    )
    detector = "The reader, by a gap in its numbers; the sender, by a missing receipt; both send again."


class Duplicate(Disturbed):
    """Some of the packets on a party's line arrive twice, both ways, until ``restore``."""

    title = "Packets arrive twice"
    says = "the line of {} doubles packets"
    teaches = (
        "Twice on the line is once in the mailbox: every message has an id and a number, and what had its turn is only "
        "confirmed again. The hub answers a double with the receipt that it gave before and decides nothing twice. "
        "Ask how one tells an honest double from a replay."
    )
    detector = "Hub and reader, by number: a double gets the old answer and changes nothing."
    layer = Layer.REPLAY


class Reorder(Disturbed):
    """Some of the packets on a party's line are overtaken by the next one, both ways, until ``restore``."""

    title = "Packets arrive in another order"
    says = "the line of {} mixes up packets"
    teaches = (
        "A withdrawal that arrives before the request that it withdraws would be a disaster, so order is kept by "
        "numbers and not by luck: what comes too early waits or is asked for again. Officers read everything in the "
        "order in which the hub has decided it."
    )
    detector = "The reader, by a gap in its numbers; it asks, and the hub sends in order."


class Delay(Disturbed):
    """Some of the packets on a party's line come late, in real time, until ``restore``."""

    title = "Packets come late"
    says = "the line of {} is late with packets"
    teaches = (
        "A packet that comes late meets its own second copy, which was sent because nobody answered: both are genuine, "
        "and only one may count. Simulated time waits for them, so the story is the same. For an office that hears "
        "everything half an hour late, use `slow`."
    )
    detector = "Sender and reader, by the time without an answer; what comes late is recognised by its number."

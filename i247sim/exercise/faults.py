"""Verbs of what breaks and is mended: links, machines, clocks, disks."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from i247sim.exercise.acts import Act, Before, Difficulty, Layer, Theme
from i247sim.exercise.durations import Duration, Shift, format_duration, format_shift
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


class Crash(Fault):
    """The computer of a bureau stops in the middle of what it does; ``bounce`` starts it again from its store."""

    party: PartyId
    """Whose computer it is."""

    title = "A bureau's computer crashes"
    says = "the computer of {} crashes"
    teaches = (
        "What was on disk is there when it starts again, and what was not on disk was never confirmed to anybody: the "
        "hub sends it once more. Its officers do what they had planned as soon as they can. Others do not notice more "
        "than a silent bureau. Ask what a bureau must be able to do without its computer."
    )
    detector = "Others see no acknowledgements; its own store proves afterwards that nothing is missing."
    difficulty = Difficulty.MEDIUM
    inverse = "bounce"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Bounce(party=self.party),)


class Bounce(Mending):
    """The computer of a bureau starts (again), with what is in its store. One that runs is stopped before."""

    party: PartyId
    """Whose computer it is."""

    title = "A bureau's computer starts again"
    says = "the computer of {} starts again"
    teaches = (
        "It reads its mailbox and its outbox, replays what its officers knew, says hello with the last number it has, "
        "and takes up where it was. Nothing in the story tells a restart from a pause."
    )
    detector = "Its hello, and a numbered stream without a gap."


class Stop(Fault):
    """The broker or the hub stops, in order. A later ``start`` must follow."""

    what: Literal["broker", "hub"]
    """Which of the two."""

    title = "Broker or hub is stopped"
    says = "the {} stops"
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
    """Broker, hub or a bureau is back."""

    what: Literal["broker", "hub"] | PartyId
    """Which of them: `broker`, `hub`, or a bureau whose power was cut."""

    title = "Broker, hub or a bureau is back"
    says = "{} is back"
    teaches = (
        "The hub reads its log and knows what it knew; every bureau says hello and names the last number it has; both "
        "sides send what is missing. A restart is visible in the journal, not in the story."
    )
    detector = "Hellos of all bureaus, and numbered streams without a gap."


class CutPower(Fault):
    """The power of broker, hub or a bureau fails: its process is killed where it stands. A ``start`` must follow."""

    what: Literal["broker", "hub"] | PartyId
    """Which of them: `broker`, `hub`, or a bureau."""

    title = "The power fails"
    says = "the power of {} fails"
    teaches = (
        "Killed in the middle of a write, a machine must come back with all that it had promised and nothing half "
        "done: the hub commits decision, log entry and copies together before it answers anybody. Look at the entry "
        "code before and after: the log goes on where it was, and no signed checkpoint is contradicted."
    )
    detector = "Every bureau: no receipts; afterwards the checkpoints, which still agree."
    difficulty = Difficulty.HARD
    inverse = "start"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Start(what=self.what),)


class FillDisk(Fault):
    """The hub's disk takes no writes any more, until ``free_disk``."""

    what: Literal["hub"] = "hub"
    """Whose disk."""

    title = "The hub's disk is full"
    says = "the disk of the {} is full"
    teaches = (
        "No delivery without a log entry: a hub that cannot write its log stops delivering and says so, instead of "
        "going on without evidence. It takes up its work by itself when there is room. Discuss the price: security "
        "was chosen over service, on purpose."
    )
    detector = "The hub itself, in one line to exercise control; every bureau, by missing receipts."
    difficulty = Difficulty.MEDIUM
    inverse = "free_disk"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (FreeDisk(what=self.what),)


class FreeDisk(Mending):
    """There is room on the hub's disk again."""

    what: Literal["hub"] = "hub"
    """Whose disk."""

    title = "There is room on the disk again"
    says = "there is room on the disk of the {} again"
    teaches = (
        "The hub writes what waited, then decides, then delivers: in that order, as always. Nobody has to press a "
        "button, and nothing that was sent meanwhile is missing."
    )
    detector = "The hub says that its log is written again."


class Skew(Fault):
    """The clock of a party is wrong by so much, until it is set right with ``by: 0s``."""

    party: PartyId
    """Whose clock it is."""
    by: Shift
    """How far it is ahead; behind with a minus. `0s` sets it right."""

    @property
    def remark(self) -> str:
        return f"by {format_shift(self.by)}"

    title = "A clock is wrong"
    says = "the clock of {} is set"
    teaches = (
        "Times in messages decide about lives and deadlines, so the hub accepts nothing from the future beyond five "
        "minutes, and nothing whose life is over. A bureau whose clock runs ahead is refused with E-TIME and must ask "
        "why; one that is behind goes unnoticed longer. An hour's difference is usually a time zone: UTC everywhere."
    )
    detector = "The hub refuses with E-TIME what claims to be made more than five minutes in the future."
    layer = Layer.REPLAY
    difficulty = Difficulty.MEDIUM
    inverse = "skew"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Skew(party=self.party, by=before.skews.get(self.party, timedelta())),)


class Flood(Fault):
    """A bureau sends far too much, every minute anew, for a while."""

    party: PartyId
    """Who floods."""
    to: PartyId
    """Whom."""
    rate: Annotated[int, Field(ge=1, le=2000, json_schema_extra={"unit": "messages a minute"})] = 700
    """How much. The hub's quota is 600 a minute for each sender."""
    lasts: Duration = timedelta(minutes=1)
    """For how long; whole minutes."""

    title = "A bureau floods the network"
    teaches = (
        "A script gone wild at one bureau must not silence the others: each sender has a quota, what is above it is "
        "refused with E-RATE and logged, and everybody else's messages keep flowing. The quota counts the last "
        "minute, so that it heals by itself. Ask who calls the bureau, and what the secretariat may do."
    )
    detector = "The hub refuses with E-RATE what is above the sender's quota."
    layer = Layer.RULE
    difficulty = Difficulty.MEDIUM
    stays_because = "it ends by itself, and the quota looks at the last minute only"

    @model_validator(mode="after")
    def _whole_minutes(self) -> "Flood":
        minutes = self.lasts.total_seconds() / 60
        if minutes != int(minutes) or not 1 <= minutes <= 10:
            raise ValueError("`lasts` is in whole minutes, from `1m` to `10m`")
        if self.party == self.to:
            raise ValueError("`party` and `to` are the same; name somebody else")
        return self

    @property
    def minutes(self) -> int:
        """For how many minutes it goes on."""
        return int(self.lasts.total_seconds() // 60)

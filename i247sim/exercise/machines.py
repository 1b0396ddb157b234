"""Verbs of machines that fail and come back: computers, power, disks, clocks, a script gone wild."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from i247sim.exercise.acts import Act, Before, Difficulty, Layer
from i247sim.exercise.durations import Duration, Shift, format_shift
from i247sim.exercise.faults import Fault, Mending
from i247sim.vocabulary.parties import PartyId


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

    example = "party: BR, to: NO"
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

"""A log in which one entry says something false: whoever takes it in stops at that entry, and says what is wrong."""

import base64
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from worlds import Batch, HubWorld, hub_world

from i247sim.exercise.verify import Replay
from i247sim.hub.decide import Limits
from i247sim.policy.rulebook import Rulebook
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.trust import Trust
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.entries import (
    DecisionEntry,
    Entry,
    FrameEntry,
    HandoverEntry,
    MessageEntry,
    OpenedEntry,
    RefusalEntry,
)
from i247sim.vocabulary.errors import EvidenceError
from i247sim.vocabulary.frames import Ack, AckItem, FrameType, Hello
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.statements import Bar, Bars, MeasureSet

RUN = hub_world.RUN
NOTHING = timedelta()


def taken_in(entries: Sequence[Entry]) -> Replay:
    replay = Replay.begin(Trust.anchor(hub_world.enrolled().authority.root, RUN), Rulebook.load(), Limits())
    for entry in entries:
        replay.take(entry)
    return replay


class Story:
    """FR asks BR and DE; NO is barred. A supervised PT's diffusion is held. BR opens what it got."""

    def __init__(self) -> None:
        self.world = HubWorld()
        self.world.hello("BR", "DE")
        self.world.restrict("FR", "NO")
        self.asked = self.world.send("FR", ("BR", "DE", "NO"))
        self.world.ack("BR", 1, self._id(self.asked))
        self.world.measure("PT", State.SUPERVISED)
        self.world.send("PT", ("IPSG", "BR"), channel="diffusion", kind="DIFFUSION")
        self.world.send("FR", ("NO",), expires=hub_world.NOON + timedelta(hours=1))
        self.waits = self.world.send("DE", ("PT",), expires=hub_world.NOON + timedelta(hours=1))
        self.world.restrict("FR", "BR")
        self.entries = self.world.entries

    def _id(self, batch: Batch) -> str:
        return next(one.id for one in batch.entries if isinstance(one, MessageEntry))

    def where(self, matches: Callable[[Entry], bool]) -> int:
        return next(place for place, entry in enumerate(self.entries) if matches(entry))

    def decision(self, party: str, sender: str = "FR") -> int:
        id_ = next(one.id for one in self.entries if isinstance(one, MessageEntry) and one.sender == sender)
        return self.where(lambda one: isinstance(one, DecisionEntry) and (one.id, one.party) == (id_, party))

    def said(self, place: int, **otherwise: object) -> list[Entry]:
        """The log up to an entry that says it ``otherwise``."""
        return [*self.entries[:place], self.entries[place].model_copy(update=otherwise)]

    def and_then(self, entry: Entry) -> list[Entry]:
        """The log, and one entry more."""
        return [*self.entries, entry]

    def again(self, place: int, **otherwise: object) -> list[Entry]:
        """The log, and one of its entries once more."""
        return self.and_then(self.entries[place].model_copy(update=otherwise))

    def frame(
        self, type_: FrameType, payload: Word, sender: str, run: str = RUN, skips: int = 0, after: timedelta = NOTHING
    ) -> FrameEntry:
        number = self.world.state.counters.get(sender, 0) + 1 + skips
        wire = self.world.frame(type_, payload, sender, number, run=run)
        return FrameEntry(time=self.world.now + after, frame=base64.b64encode(wire).decode())

    def taken(self, to: str = "DE", skips: int = 0, after: timedelta = NOTHING, **fields: object) -> list[Entry]:
        """The log, and one more message of FR."""
        number = self.world.state.counters["FR"] + 1 + skips
        envelope = sealed.parse(self.world.sealed("FR", (to,), counter=number, **fields))
        entry = MessageEntry(
            time=self.world.now + after,
            id=envelope.header.id,
            sender="FR",
            counter=number,
            wire="0" * 64,
            size=1,
            signed=sealed.signed_parts(envelope),
        )
        return self.and_then(entry)

    def refused(self, code: Code, **otherwise: object) -> list[Entry]:
        """The log, and the refusal of a message of FR that nothing is wrong with."""
        (message,) = self.taken()[-1:]
        said = {"time": self.world.now, "topic": "FR", "wire": "0" * 64, "size": 1, "code": code}
        said |= {"id": message.id, "counter": message.counter, "signed": message.signed}
        return self.and_then(RefusalEntry.model_validate(said | otherwise))

    def without_asking_again(self) -> list[Entry]:
        """PT's copy waits. DE bars PT, and the copy is handed over all the same."""
        bars = self.frame(FrameType.RESTRICTION, Bars(bars=(Bar(whom="PT"),)), "DE")
        return [*self.entries, bars, HandoverEntry(time=self.world.now, id=self._id(self.waits), party="PT", number=1)]

    def decided_too_early(self) -> list[Entry]:
        """FR's message to PT is taken, then FR bars PT; what was right before is decided now."""
        (message,) = self.taken("PT")[-1:]
        bars = self.frame(FrameType.RESTRICTION, Bars(bars=(Bar(whom="PT"),)), "FR", skips=1)
        state = self.world.refolded()
        for entry in (message, bars):
            state.apply(entry)
        said = {"time": self.world.now, "id": message.id, "party": "PT", "outcome": Outcome.QUEUED, "code": None}
        said |= {"rules": ("RECV-DIRECT",), "directory": state.directory.number, "statements": state.statements}
        return [*self.entries, message, bars, DecisionEntry.model_validate(said)]


def message(one: Entry) -> bool:
    return isinstance(one, MessageEntry)


def handover(one: Entry) -> bool:
    return isinstance(one, HandoverEntry)


def said_by(one: Entry) -> str | None:
    return clear.parse(base64.b64decode(one.frame)).frame.sender if isinstance(one, FrameEntry) else None


FALSE = {
    "a time before the entry before": (
        lambda story: story.and_then(
            story.frame(FrameType.MEASURE, MeasureSet(party="BR", state=State.ACTIVE), "IPSG", after=-timedelta(1))
        ),
        "is older than the entry before",
    ),
    "a statement of before once more": (
        lambda story: story.again(story.where(lambda one: said_by(one) == "FR")),
        "number 1 of `FR` after its number 4",
    ),
    "a number left out": (lambda story: story.taken(skips=1), "number 6 of `FR` after its number 4"),
    "a message made for another run": (lambda story: story.taken(run="b" * 12), "a message of another run"),
    "a message whose life was over": (
        lambda story: story.taken(expires=hub_world.NOON + timedelta(hours=1), after=timedelta(hours=1)),
        "had to be refused: its life is over",
    ),
    "a message from the future": (
        lambda story: story.taken(created=hub_world.NOON + timedelta(hours=1)),
        "had to be refused: made in the future",
    ),
    "a message taken under an old directory": (
        lambda story: story.taken(after=timedelta(days=8)),
        "the directory is too old to trust",
    ),
    "a statement taken under an old directory": (
        lambda story: story.and_then(
            story.frame(FrameType.MEASURE, MeasureSet(party="BR", state=State.ACTIVE), "IPSG", after=timedelta(days=8))
        ),
        "the directory is too old to trust",
    ),
    "refused for a time that was right": (
        lambda story: story.refused(Code.TIME),
        "refused for its time, which is right",
    ),
    "a refusal that uses up somebody's number": (
        lambda story: story.refused(Code.RIGHTS, signed=None, counter=9),
        "number 9 of `FR` after its number 4",
    ),
    "a refusal that uses up another's number": (
        lambda story: story.refused(Code.TIME, topic="DE"),
        "is not about the message that was signed",
    ),
    "a hand-over after a bar": (
        lambda story: story.without_asking_again(),
        "a copy for `PT` that is not allowed any more",
    ),
    "a hand-over after the end of a life": (
        lambda story: story.and_then(
            HandoverEntry(time=story.world.now + timedelta(hours=1), id=story._id(story.waits), party="PT", number=1)
        ),
        "a copy for `PT` after its life was over",
    ),
    "a decision of before a bar, made after it": (
        lambda story: story.decided_too_early(),
        "a first decision that does not follow its message",
    ),
    "a second beginning": (
        lambda story: story.and_then(
            OpenedEntry(time=story.world.now, run=RUN, root="0" * 64, hub="1" * 64, rules="2" * 64)
        ),
        "opened a second time",
    ),
    "another number than was signed": (
        lambda story: story.said(story.where(message), counter=5),
        "is not the message that was signed",
    ),
    "another sender than signed": (
        lambda story: story.said(story.where(message), sender="DE"),
        "is not the message that was signed",
    ),
    "a message twice": (lambda story: story.again(story.where(message)), "an id is used twice"),
    "a decision about nobody's copy": (
        lambda story: story.said(story.decision("BR"), party="PT"),
        "`PT` is not an addressee",
    ),
    "a decision under an older directory": (
        lambda story: story.said(story.decision("BR"), directory=0),
        "decided under something else",
    ),
    "a decision under other statements": (
        lambda story: story.said(story.decision("BR"), statements="0" * 64),
        "decided under something else",
    ),
    "a bar that is not seen": (
        lambda story: story.said(story.decision("NO"), outcome=Outcome.QUEUED, code=None, rules=("RECV-DIRECT",)),
        "decided again: refused",
    ),
    "a bar where there is none": (
        lambda story: story.said(story.decision("BR"), outcome=Outcome.REFUSED, code=Code.RESTRICT),
        "decided again: queued",
    ),
    "the right outcome for another reason": (
        lambda story: story.said(story.decision("NO"), rules=("RESTRICT-OWNER",)),
        "decided again: refused (E-RESTRICT: RESTRICT-OWN)",
    ),
    "expired before its time": (
        lambda story: story.again(
            story.decision("DE"),
            outcome=Outcome.EXPIRED,
            code=Code.TIME,
            rules=(),
            statements=story.world.state.statements,
        ),
        "expired before its life was over",
    ),
    "withheld for nothing": (
        lambda story: story.again(
            story.decision("DE"), outcome=Outcome.WITHHELD, code=Code.ADDR, statements=story.world.state.statements
        ),
        "withheld although the rules allow it",
    ),
    "let go without a word on it": (
        lambda story: story.again(
            story.decision("BR", "PT"),
            outcome=Outcome.QUEUED,
            code=None,
            rules=("RECV-DIFFUSION",),
            statements=story.world.state.statements,
        ),
        "held, and decided on again without a word on it",
    ),
    "handed over to somebody who was refused": (
        lambda story: story.again(story.where(handover), party="NO"),
        "a copy for `NO` that no decision allowed",
    ),
    "a number of the stream twice": (
        lambda story: story.again(story.where(lambda one: handover(one) and one.party == "DE")),
        "a number was given out twice",
    ),
    "a frame of another run": (
        lambda story: story.and_then(
            story.frame(FrameType.MEASURE, MeasureSet(party="BR", state=State.ACTIVE), "IPSG", "b" * 12)
        ),
        "a frame of another run",
    ),
    "a measure of a bureau": (
        lambda story: story.and_then(story.frame(FrameType.MEASURE, MeasureSet(party="BR", state=State.ACTIVE), "FR")),
        "this role does not say `measure`",
    ),
    "an acknowledgement of what was never handed over": (
        lambda story: story.and_then(
            story.frame(
                FrameType.ACK,
                Ack(upto=0, items=(AckItem(id=story.entries[story.where(message)].id, status=Outcome.OPENED),)),
                "NO",
            )
        ),
        "`NO` acknowledges what was never handed over to it",
    ),
    "a frame that changes nothing": (
        lambda story: story.and_then(
            story.frame(FrameType.HELLO, Hello(epoch="a" * 32, sent=0, received=0, directory=1), "FR")
        ),
        "does not belong here",
    ),
    "a refusal of what its sender did not sign": (
        lambda story: story.and_then(
            RefusalEntry(
                time=story.world.now,
                topic="FR",
                wire="0" * 64,
                size=1,
                code=Code.REPLAY,
                signed=story.entries[story.where(message)].signed.model_copy(update={"body": "0" * 64}),
            )
        ),
        "does not verify",
    ),
    "a message that is not there": (lambda story: story.again(story.decision("BR"), id="f" * 32), "names an unknown"),
}


@pytest.fixture(scope="module")
def story() -> Story:
    return Story()


def test_what_the_hub_has_written_holds_entry_by_entry(story: Story) -> None:
    """Otherwise the refusals below would prove nothing."""
    replay = taken_in(story.entries)
    assert (replay.index, replay.messages) == (len(story.entries), 4)
    assert replay.decisions == sum(isinstance(one, DecisionEntry) for one in story.entries)


@pytest.mark.parametrize(("falsified", "why"), FALSE.values(), ids=FALSE)
def test_a_false_entry_is_named(story: Story, falsified: Callable[[Story], list[Entry]], why: str) -> None:
    entries = falsified(story)
    with pytest.raises(EvidenceError, match=f"log entry {len(entries) - 1} ") as caught:
        taken_in(entries)
    assert why in str(caught.value)


def test_what_has_expired_by_its_time_may_say_so(story: Story) -> None:
    over = story.world.now + timedelta(days=11)
    entries = story.again(
        story.decision("DE"),
        time=over,
        outcome=Outcome.EXPIRED,
        code=Code.TIME,
        rules=(),
        statements=story.world.state.statements,
    )
    assert taken_in(entries).index == len(entries)

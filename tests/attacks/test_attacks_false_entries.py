"""A log in which one entry says something false: whoever takes it in stops at that entry, and says what is wrong."""

import base64
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from worlds import Batch, HubWorld, hub_world

from i247sim.exercise.verify import Replay
from i247sim.hub.decide import Limits
from i247sim.policy.rulebook import Rulebook
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
from i247sim.vocabulary.statements import MeasureSet

RUN = hub_world.RUN


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

    def frame(self, type_: FrameType, payload: Word, sender: str, run: str = RUN) -> FrameEntry:
        wire = self.world.frame(type_, payload, sender, 9, run=run)
        return FrameEntry(time=self.world.now, frame=base64.b64encode(wire).decode())


def message(one: Entry) -> bool:
    return isinstance(one, MessageEntry)


def handover(one: Entry) -> bool:
    return isinstance(one, HandoverEntry)


FALSE = {
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
            story.decision("BR", "PT"), outcome=Outcome.QUEUED, code=None, rules=("RECV-DIFFUSION",)
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
        "`FR` may not say `measure`",
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
    assert (replay.index, replay.messages) == (len(story.entries), 2)
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

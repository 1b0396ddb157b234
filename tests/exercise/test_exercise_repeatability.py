"""Design, section 8: the same story at any pace, with any pauses, over any medium, however often the broker dies."""

import asyncio
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from i247sim.exercise.conduct import Conductor
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.storm.story import Act, Story, draw
from i247sim.transport.memory import MemoryLink
from i247sim.transport.port import Arrived

Order = tuple[str, Any]
PACES = st.sampled_from([None, 3e6, 3e7])
ORDERS = st.one_of(
    st.tuples(st.just("pause"), st.none()),
    st.tuples(st.just("step"), st.integers(1, 4)),
    st.tuples(st.just("pace"), PACES),
)
HANDS = st.dictionaries(st.integers(1, 80), ORDERS, min_size=1, max_size=8)
"""After which line of the journal somebody does what."""
SEEDS = st.integers(0, 10_000)
_PHASES = (Phase.explicit, Phase.generate)
"""A failing example is not made smaller: every try plays a whole exercise."""
FEW, MANY, SOME = (settings(max_examples=count, phases=_PHASES) for count in (4, 150, 25))
ONE = settings(max_examples=1, phases=_PHASES)


class Hand:
    """Somebody at the controls. What is paused goes on a moment later."""

    def __init__(self, orders: dict[int, Order], kill: int | None = None) -> None:
        self.orders, self.kill = orders, kill
        self.lines = 0
        self.session: Session | None = None
        self.conductor: Conductor | None = None

    def begun(self, conductor: Conductor) -> None:
        self.conductor = conductor

    def line(self, line: dict[str, Any]) -> None:
        self.lines += 1
        if self.lines == self.kill and self.session is not None and self.session.network is not None:
            broker: Any = self.session.network.broker
            os.kill(broker.pid, signal.SIGKILL)
        if self.conductor is None or self.lines not in self.orders:
            return
        what, argument = self.orders[self.lines]
        pace = self.conductor.pace
        if what == "pace":
            pace.set(argument)
            return
        pace.pause()
        if what == "step":
            self.conductor.pacing.steps_allowed += argument
            pace.nudge()
        asyncio.get_running_loop().call_later(0.01, pace.resume)


def play(text: str, hand: Hand, medium: Medium = Medium.MEMORY, pace: float | None = None) -> Finished:
    folder = Path(tempfile.mkdtemp(prefix="i247-test-"))
    try:
        file = folder / "story.yaml"
        file.write_text(text, encoding="utf-8")
        watch = Watch(line=hand.line, begun=hand.begun)
        session = hand.session = Session.create(Options(file, medium=medium, out=folder / "run", pace=pace), watch)
        return asyncio.run(session.run())
    finally:
        shutil.rmtree(folder)


def written(seed: int, length: int) -> Story:
    """A drawn story, and in it a question that every officer answers in its own time, and a warning that all
    acknowledge at the very same moment, each of which is answered.

    Most drawn stories have no officer that gets to say something, and then nothing would be found that is wrong
    with their delays, or with the order of what is due at one time.
    """
    story = draw(seed, length)
    first, *others = story.head["participants"]["bureaus"]
    answers = {"when": {"kind": "INFO_REQUEST", "from": first}, "send": "INFO_REPLY", "after": "3m..40m"}
    together = {"when": {"kind": "THREAT_ALERT", "from": first}, "send": "ACK", "after": "7m"}
    thanks = {"when": {"kind": "ACK"}, "send": "BROADCAST", "after": "1m..9m"}
    drawn = {party: story.head.get("officers", {}).get(party, []) for party in (first, *others)}
    officers = {first: [thanks, *drawn[first]]}
    officers |= {party: [together, *(drawn[party] or [answers])] for party in others}
    asked, warned = (_said(first, kind, others) for kind in ("INFO_REQUEST", "THREAT_ALERT"))
    acts = (_at(0, asked), *story.acts, _at(7200, asked), _at(9000, warned))
    return Story(seed, {**story.head, "officers": officers}, acts)


def _said(sender: str, kind: str, to: list[str]) -> dict[str, Any]:
    return {"from": sender, "kind": kind, "to": to, "purpose": "case-support", "subject": "EXERCISE"}


def _at(second: int, send: dict[str, Any]) -> Act:
    return ({"at": second, "send": send},)


def the_same_however_it_is_steered(seed: int, hand: dict[int, Order], pace: float | None) -> None:
    text = written(seed, 5).text()
    smooth, steered = play(text, Hand({})), play(text, Hand(hand), pace=pace)
    assert steered.transcript.digest() == smooth.transcript.digest()
    assert steered.completeness.lost == 0


@given(SEEDS, HANDS, PACES)
@FEW
def test_pauses_steps_and_paces_change_nothing(seed: int, hand: dict[int, Order], pace: float | None) -> None:
    the_same_however_it_is_steered(seed, hand, pace)


@pytest.mark.deep
@given(SEEDS, HANDS, PACES)
@MANY
def test_many_pauses_steps_and_paces_change_nothing(seed: int, hand: dict[int, Order], pace: float | None) -> None:
    the_same_however_it_is_steered(seed, hand, pace)


def the_same_over_a_broker_that_dies(seed: int, hand: dict[int, Order], kill: int) -> None:
    # Stories with outages of their own would have the broker down when it is to be killed.
    story = written(seed, 4)
    calm = Story(seed, story.head, tuple(act for act in story.acts if not any("stop" in step for step in act)))
    text = calm.text() if calm.acts else story.text()
    smooth = play(text, Hand({}))
    killed = Hand(hand, kill if calm.acts else None)
    assert play(text, killed, Medium.EMBEDDED).transcript.digest() == smooth.transcript.digest()


@given(SEEDS, HANDS, st.integers(5, 40))
@ONE
def test_over_a_real_broker_that_is_killed_and_steered_it_is_the_same(
    seed: int, hand: dict[int, Order], kill: int
) -> None:
    the_same_over_a_broker_that_dies(seed, hand, kill)


@pytest.mark.deep
@given(SEEDS, HANDS, st.integers(5, 40))
@SOME
def test_over_a_real_broker_that_is_killed_anywhere_it_is_the_same(
    seed: int, hand: dict[int, Order], kill: int
) -> None:
    the_same_over_a_broker_that_dies(seed, hand, kill)


def an_idle_bureau_delays_nobody(seed: int, idle: str) -> None:
    story = written(seed, 5)
    who = story.head["participants"]
    wider = Story(seed, {**story.head, "participants": {**who, "bureaus": [*who["bureaus"], idle]}}, story.acts)
    before, after = play(story.text(), Hand({})), play(wider.text(), Hand({}))
    assert said(after) == said(before)


def said(finished: Finished) -> list[tuple[str, str, str]]:
    """Who says what when; to whom a group has grown is not looked at."""
    return [(row.time, row.name, row.kind) for row in finished.transcript.messages()]


@given(SEEDS, st.sampled_from(["ZW", "PA", "FJ"]))
@FEW
def test_an_idle_bureau_added_changes_nobodys_delays(seed: int, idle: str) -> None:
    an_idle_bureau_delays_nobody(seed, idle)


@pytest.mark.deep
@given(SEEDS, st.sampled_from(["ZW", "PA", "FJ"]))
@MANY
def test_an_idle_bureau_added_changes_nobodys_delays_in_many_stories(seed: int, idle: str) -> None:
    an_idle_bureau_delays_nobody(seed, idle)


def test_who_is_quicker_in_reality_does_not_decide_who_is_first_at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a warning calls for falls due at one moment; the line of the first is so slow that others plan it first."""
    text = written(7, 0).text()
    calm = play(text, Hand({}))
    slow, *others = sorted({row.sender for row in calm.transcript.messages() if row.kind == "ACK"})
    assert others
    took = MemoryLink.took

    def late(link: MemoryLink, arrival: Arrived) -> None:
        if link.party == slow:
            asyncio.get_running_loop().call_later(0.01, took, link, arrival)
        else:
            took(link, arrival)

    monkeypatch.setattr(MemoryLink, "took", late)
    assert play(text, Hand({})).transcript.digest() == calm.transcript.digest()

"""One party's shell over the memory broker, opposite a hub that the test plays: kills, repetition, disorder."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from node_world import NOON, RUN, Reader

from i247sim.audit.tree import Tree
from i247sim.clock.patience import Patience
from i247sim.node.actions import Action, Declare, Send
from i247sim.node.events import CauseDue, Event, MessageOpened
from i247sim.node.shell import _TURN_SECONDS, Node
from i247sim.node.site import Site
from i247sim.node.store import Store
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.transport.memory import MemoryBroker
from i247sim.transport.port import Arrived, Credentials
from i247sim.transport.topics import every_out, in_topic, out_topic, rights_for
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.frames import Ack, Cosign, FrameType, Hello, OutcomeUpdate, Receipt, ReceiptItem, Welcome
from i247sim.vocabulary.messages import Body, Channel, Kind, Proofs, Purpose
from i247sim.vocabulary.statements import Bars

DRAFT = Draft(
    kind=Kind.INFO_REQUEST, channel=Channel.DIRECT, purpose=Purpose.CASE, content=Note(subject="s"), to=("FR",)
)

PATIENCE = Patience(first_resend=0.01, last_resend=0.01, calm=0.001)


class Noting:
    """A core that does nothing but remember what it was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def handle(self, event: Event, now: datetime) -> list[Action]:
        if isinstance(event, MessageOpened):
            self.shown.append(event.header.id)
        return []


class Line:
    """The party ``BR`` on its broker, and this test in the hub's place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.words = Reader("BR")
        self.broker = MemoryBroker({party: rights_for(party, RUN) for party in ("HUB", "BR")})
        self.hub = self.broker.link(Credentials("HUB", "0" * 32), (every_out(RUN),))
        self.heard: list[bytes] = []
        self.core = Noting()
        self.epoch = 0

    async def begin(self) -> None:
        await self.broker.start()
        await self.hub.start()
        self.listening = asyncio.create_task(self._listen())
        await self.boot()

    async def _listen(self) -> None:
        while True:
            event = await self.hub.next()
            if isinstance(event, Arrived):
                self.heard.append(event.payload)

    async def boot(self) -> None:
        """Start the party's process: a new mailbox handle on the same file."""
        self.epoch += 1
        self.store = Store(self.path)
        self.site = Site(RUN, NOON, self.store, lambda *plan: None, patience=PATIENCE)
        link = self.broker.link(Credentials("BR", f"{self.epoch:032x}"), (in_topic(RUN, "BR"),))
        trust = Reader("BR").trust
        self.node = Node(self.words.ids["BR"], trust, self.core, link, self.site, f"{self.epoch:032x}")
        await self.node.start()
        await self.welcome()

    async def kill(self) -> None:
        """What was not committed is lost, nobody is told."""
        await self.node.cut()
        await self.node.close()
        self.store.close()

    async def end(self) -> None:
        self.listening.cancel()
        await self.node.close()
        self.store.close()

    async def say(self, wire: bytes) -> None:
        await self.hub.publish(in_topic(RUN, "BR"), wire)

    async def welcome(self, received: int = 0, session: str = "") -> None:
        welcome = Welcome(epoch="e" * 32, received=received, session=session or f"{self.epoch:032x}")
        await self.say(self.words.frame(FrameType.WELCOME, welcome))

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for a thing; the limit is for a test that fails."""
        async with asyncio.timeout(10):
            while not true():
                await self.node.tick()
                await asyncio.sleep(0.002)

    def frames(self, kind: type) -> list:
        parsed = [clear.parse(one) for one in self.heard if one.startswith(clear.MAGIC)]
        return [one.payload for one in parsed if isinstance(one.payload, kind)]

    def messages(self) -> list[bytes]:
        return [one for one in self.heard if one.startswith(sealed.MAGIC)]


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    line = Line(tmp_path / "node.db")
    await line.begin()
    yield line
    await line.end()


def receipt(line: Line, wire: bytes, counter: int) -> bytes:
    envelope = sealed.parse(wire)
    item = ReceiptItem(wire=sha256(wire).hexdigest(), id=envelope.header.id, counter=counter)
    return line.words.frame(FrameType.RECEIPT, Receipt(items=(item,)))


async def test_a_party_says_hello_until_it_is_welcome_and_takes_nothing_before(line: Line) -> None:
    await line.until(lambda: line.node.owing() == 0)
    line.broker.drop("BR")
    await line.say(line.words.delivery(line.words.message()))
    await line.until(lambda: len(line.frames(Hello)) > 3)
    assert (line.node.owing(), line.core.shown) == (1, [])
    await line.welcome()
    await line.until(lambda: line.node.owing() == 0)


async def test_who_is_called_right_after_its_hello_says_it_again_and_does_not_wait_for_long(line: Line) -> None:
    await line.until(lambda: line.node.reception.welcomed)
    line.node.line._patience = replace(PATIENCE, first_resend=60.0, calm=0.05)
    line.node.line._hello_at = float("-inf")
    said = len(line.frames(Hello))
    await line.node.line.say_hello()
    await line.until(lambda: len(line.frames(Hello)) > said)
    call = Welcome(epoch="e" * 32, received=0, call=True)
    await line.say(line.words.frame(FrameType.WELCOME, call))
    await line.until(lambda: len(line.frames(Hello)) > said + 1)


async def test_what_has_no_receipt_is_sent_again_and_then_no_more(line: Line) -> None:
    await line.welcome()
    await line.node.release(Send(DRAFT), 1)
    await line.until(lambda: len(line.messages()) > 2)
    assert len(set(line.messages())) == 1, "the same bytes"
    await line.say(receipt(line, line.messages()[0], 1))
    await line.until(lambda: line.node.owing() == 0)


async def test_the_outbox_survives_a_kill_with_its_bytes_and_numbers(line: Line) -> None:
    await line.welcome()
    await line.node.release(Send(DRAFT), 1)
    await line.until(lambda: bool(line.messages()))
    before = line.messages()[0]
    await line.kill()
    line.heard.clear()
    await line.boot()
    await line.welcome()
    await line.until(lambda: bool(line.messages()))
    assert set(line.messages()) == {before}
    await line.node.release(Send(DRAFT), 2)
    await line.until(lambda: len(set(line.messages())) == 2)
    last = sealed.parse(line.messages()[-1])
    second = next(sealed.parse(one) for one in line.messages() if one != before)
    assert second.hub_part is not None
    assert (second.hub_part.counter, second.header.own_ref) == (2, "BR-2026-000002"), last.header.own_ref


async def test_what_was_written_while_the_line_was_cut_goes_out_when_it_is_back(line: Line) -> None:
    await line.welcome()
    await line.node.cut()
    await line.node.release(Send(DRAFT), 1)
    assert line.messages() == []
    link = line.broker.link(Credentials("BR", "f" * 32), (in_topic(RUN, "BR"),))
    await line.node.restore(link, "f" * 32)
    await line.welcome(session="f" * 32)
    await line.until(lambda: bool(line.messages()))


async def test_what_was_held_back_goes_up_to_the_next_statement_and_that_only_when_it_is_told(line: Line) -> None:
    await line.welcome()
    await line.node.cut()
    await line.node.release(Send(DRAFT), 1)
    await line.node.release(Send(DRAFT), 2)
    await line.node.release(Declare(FrameType.RESTRICTION, Bars(bars=())), 3)
    line.node.line.hold_back()
    link = line.broker.link(Credentials("BR", "f" * 32), (in_topic(RUN, "BR"),))
    await line.node.restore(link, "f" * 32)
    await line.welcome(session="f" * 32)
    await line.until(lambda: line.node.owing() == 0)
    assert line.messages() == []
    assert await line.node.line.next_portion()
    await line.until(lambda: len(set(line.messages())) == 2)
    assert line.node.owing() == 2
    for number, wire in enumerate(dict.fromkeys(line.messages()), 1):
        await line.say(receipt(line, wire, number))
    await line.until(lambda: line.node.owing() == 0)
    assert line.frames(Bars) == []
    assert await line.node.line.next_portion()
    await line.until(lambda: bool(line.frames(Bars)))
    assert not await line.node.line.next_portion()
    assert line.node.owing() == 1


async def test_a_copy_is_shown_once_and_acknowledged_as_often_as_it_comes(line: Line) -> None:
    copy = line.words.delivery(line.words.message())
    await line.welcome()
    for _ in range(3):
        before = len(line.frames(Ack))
        await line.say(copy)
        await line.until(lambda before=before: len(line.frames(Ack)) > before)
    assert len(line.core.shown) == 1
    assert {(ack.upto, *(item.status for item in ack.items)) for ack in line.frames(Ack)} == {(1, Outcome.OPENED)}


async def test_a_copy_is_not_shown_again_after_a_kill_and_still_acknowledged(line: Line) -> None:
    copy = line.words.delivery(line.words.message())
    await line.welcome()
    await line.say(copy)
    await line.until(lambda: bool(line.frames(Ack)))
    await line.kill()
    line.heard.clear()
    await line.boot()
    await line.until(lambda: bool(line.frames(Hello)))
    assert line.frames(Hello)[-1].received == 1
    await line.say(copy)
    await line.until(lambda: bool(line.frames(Ack)))
    assert [item.status for item in line.frames(Ack)[0].items] == [Outcome.OPENED]
    assert len(line.core.shown) == 1


async def test_the_same_message_under_a_new_number_is_not_shown_after_a_kill_either(line: Line) -> None:
    message = line.words.message()
    await line.say(line.words.delivery(message))
    await line.until(lambda: bool(line.core.shown))
    await line.kill()
    await line.boot()
    line.heard.clear()
    await line.say(line.words.delivery(message))
    await line.until(lambda: bool(line.frames(Ack)))
    assert [item.status for item in line.frames(Ack)[0].items] == [Outcome.REJECTED]
    assert len(line.core.shown) == 1


async def test_a_forged_copy_does_not_keep_the_true_one_out_after_a_kill(line: Line) -> None:
    """What was rejected was never shown: its id is free, as it is without a kill."""
    message = line.words.message()
    forged = bytearray(message)
    forged[-1] ^= 1
    id_ = sealed.parse(message).header.id
    await line.say(line.words.delivery(bytes(forged), message=id_))
    await line.until(lambda: bool(line.frames(Ack)))
    await line.kill()
    await line.boot()
    await line.say(line.words.delivery(message))
    await line.until(lambda: line.core.shown == [id_])


async def test_a_gap_is_asked_for(line: Line) -> None:
    first, second = (line.words.delivery(line.words.message()) for _ in range(2))
    await line.welcome()
    await line.say(second)
    await line.until(lambda: len(line.frames(Hello)) > 1)
    assert line.core.shown == []
    await line.say(first)
    await line.say(second)
    await line.until(lambda: len(line.core.shown) == 2)


@pytest.fixture
def thought(line: Line, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What the officers have thought about, each time for longer than a turn may last."""
    thought: list[Event] = []

    def think(event: Event, now: datetime) -> list[Action]:
        time.sleep(1.5 * _TURN_SECONDS)
        thought.append(event)
        return []

    monkeypatch.setattr(line.core, "handle", think)
    return thought


async def most_at_a_stretch(thought: list[Event], until: int) -> int:
    """All parties of a process share its event loop: how much it was held up for at most, up to so many events."""
    seen = [0]
    async with asyncio.timeout(10):
        while seen[-1] < until:
            await asyncio.sleep(0)
            seen.append(len(thought))
    return max(after - before for before, after in pairwise(seen))


async def test_one_whose_officers_think_long_lets_others_go_on_in_between(line: Line, thought: list[Event]) -> None:
    await line.until(lambda: line.node.owing() == 0)
    for _ in range(8):
        await line.say(line.words.delivery(line.words.message()))
    assert await most_at_a_stretch(thought, 8) == 1


async def test_causes_and_what_comes_in_share_one_turn_and_nobody_hears_too_soon_that_a_cause_is_done(
    line: Line, thought: list[Event]
) -> None:
    await line.until(lambda: line.node.owing() == 0)
    told: list[int] = []

    async def release(number: int) -> None:
        await line.node.release(f"cause {number}", number)
        assert CauseDue(f"cause {number}") in thought
        assert ("cause", number) in [(one.what, one.number) for one in line.store.all_happened()]
        told.append(number)

    released = [asyncio.create_task(release(number)) for number in range(1, 5)]
    for _ in range(4):
        await line.say(line.words.delivery(line.words.message()))
    assert await most_at_a_stretch(thought, 8) == 1
    await asyncio.gather(*released)
    assert told == [1, 2, 3, 4]
    assert [one.number for one in line.store.all_happened() if one.what == "cause"] == told


async def test_noise_on_the_line_stops_nobody(line: Line) -> None:
    for noise in (b"", b"i247c1", b"\xff" * 300):
        await line.say(noise)
    await line.say(line.words.delivery(line.words.message()))
    await line.until(lambda: len(line.core.shown) == 1)
    assert line.node.failure() is None


async def test_a_message_to_a_party_without_a_key_is_remembered_and_never_sent(line: Line) -> None:
    await line.welcome()
    await line.node.release(Send(replace(DRAFT, to=("NO",))), 1)
    assert line.messages() == []
    await line.node.release(Send(DRAFT), 2)
    await line.until(lambda: bool(line.messages()))
    envelope = sealed.parse(line.messages()[0])
    assert envelope.hub_part is not None
    assert (envelope.hub_part.counter, envelope.header.own_ref) == (1, "BR-2026-000002")


async def test_a_checkpoint_is_cosigned_before_it_is_acknowledged_and_again_if_it_comes_again(line: Line) -> None:
    shown = line.words.shown()
    await line.say(shown)
    await line.until(lambda: len(line.frames(Ack)) == 1)
    parsed = [clear.parse(one).payload for one in line.heard if one.startswith(clear.MAGIC)]
    kinds = [type(one) for one in parsed if isinstance(one, Cosign | Ack)]
    assert kinds == [Cosign, Ack]  # whoever has the second one waits for nothing more
    await line.say(shown)
    await line.until(lambda: len(line.frames(Ack)) == 2)
    first, second = line.frames(Cosign)
    assert first.checkpoint.split("\n\n")[0] == second.checkpoint.split("\n\n")[0]


async def test_nobody_waits_for_ever_for_a_party_that_has_broken(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(event: Event, now: datetime) -> list[Action]:
        raise ZeroDivisionError

    monkeypatch.setattr(line.core, "handle", break_down)
    async with asyncio.timeout(10):
        await line.node.release("a core's own cause", 1)
    assert isinstance(line.node.failure(), ZeroDivisionError)


async def test_another_partys_topic_is_closed_to_it(line: Line) -> None:
    other = line.broker.link(Credentials("BR", "9" * 32), (in_topic(RUN, "BR"),))
    await other.start()
    await other.publish(out_topic(RUN, "FR"), b"in another's name")
    assert line.broker.violations == 1
    await other.close()


async def refuse_for_its_key(line: Line, id_: str) -> None:
    """The addressee ``FR`` says that it cannot open the message: its signed word, as the hub passes it on."""
    said = line.words.ack("FR", (id_, Outcome.REJECTED, Code.KEY))
    update = OutcomeUpdate(id=id_, party="FR", outcome=Outcome.REJECTED, code=Code.KEY)
    await line.say(line.words.outcomes(update, acks=(said,)))


async def test_a_message_is_not_sealed_again_to_the_same_key(line: Line) -> None:
    """Who always answers that it lacks its newest key would otherwise keep its correspondents sealing for ever."""
    plans: list[Action] = []
    line.site.schedule = lambda party, after, cause: plans.append(cause)
    await line.node.release(Send(DRAFT), 1)
    await line.until(lambda: len(line.messages()) > 0)
    id_ = sealed.parse(line.messages()[0]).header.id
    await refuse_for_its_key(line, id_)
    await line.until(lambda: len(plans) == 1)
    await line.node.release(plans[0], 2)
    assert {sealed.parse(one).header.id for one in line.messages()} == {id_}
    assert any("not sealed anew" in row for row in line.store.journal_lines())


async def test_a_message_is_not_sealed_again_to_somebody_who_was_revoked_meanwhile(line: Line) -> None:
    plans: list[Action] = []
    line.site.schedule = lambda party, after, cause: plans.append(cause)
    await line.node.release(Send(DRAFT), 1)
    await line.until(lambda: len(line.messages()) > 0)
    await refuse_for_its_key(line, sealed.parse(line.messages()[0]).header.id)
    await line.until(lambda: len(plans) == 1)
    await line.say(line.words.change("FR"))
    await line.until(lambda: line.node.reception.trust.directory.number == 2)
    await line.node.release(plans[0], 2)
    assert line.node.failure() is None
    assert any("not sealed anew" in row for row in line.store.journal_lines())


async def test_what_others_have_seen_of_the_log_is_known_again_after_a_kill(line: Line) -> None:
    """A hub that shows FR one log and us another cannot wait for us to be restarted."""
    other = Tree()
    other.append(b"\1" * 32)
    body = Body(
        content=Note(subject="s").model_dump(mode="json"), proofs=Proofs(checkpoint=line.words.checkpoint(other))
    )
    await line.say(line.words.delivery(line.words.message(body=body)))
    await line.until(lambda: len(line.core.shown) == 1)
    await line.kill()
    await line.boot()
    await line.say(line.words.shown())
    await line.until(lambda: line.node.reception.received == 2)
    await line.until(lambda: any('"alarm"' in row and "forked" in row for row in line.store.journal_lines()))

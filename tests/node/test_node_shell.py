"""One party's shell over the memory broker, opposite a hub that the test plays: kills, repetition, disorder."""

import asyncio
import time
from datetime import datetime
from itertools import pairwise

import pytest
from node_world import RUN
from party_line import DRAFT, Line

from i247sim.audit.tree import Tree
from i247sim.node.actions import Action, Send
from i247sim.node.events import CauseDue, Event
from i247sim.node.shell import _TURN_SECONDS
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.transport.port import Credentials
from i247sim.transport.topics import in_topic, out_topic
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.frames import Ack, Cosign, FrameType, Hello, Receipt, ReceiptItem
from i247sim.vocabulary.messages import Body, Proofs


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


async def test_nothing_is_confirmed_or_sent_before_it_is_on_disk(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    written = asyncio.Event()
    monkeypatch.setattr(line.store, "flush", written.wait)
    await line.until(lambda: line.node.reception.welcomed)
    await line.say(line.words.delivery(line.words.message()))
    sending = asyncio.create_task(line.node.release(Send(DRAFT), 1))
    await line.until(lambda: bool(line.core.shown) and line.node.line.unsent == 1)
    await asyncio.sleep(0.05)
    assert (line.frames(Ack), line.messages()) == ([], [])
    monkeypatch.undo()
    written.set()
    await line.until(lambda: bool(line.frames(Ack)) and bool(line.messages()))
    await sending


async def test_a_receipt_for_what_it_never_wrote_tells_a_party_that_its_key_is_stolen(line: Line) -> None:
    told: list[str] = []
    line.site.news = lambda news: told.append(news["text"]) if news["event"] == "alarm" else None
    strange = ReceiptItem(wire="ab" * 32, counter=7)
    await line.say(
        line.words.frame(FrameType.RECEIPT, Receipt(items=(strange.model_copy(update={"code": Code.SIGN}),)))
    )
    await line.say(line.words.frame(FrameType.RECEIPT, Receipt(items=(strange,))))
    await line.until(lambda: bool(told))
    assert told == ["a receipt for a message that this party never wrote: somebody else signs with its key"]


async def test_a_welcome_to_an_earlier_session_is_none(line: Line) -> None:
    """A broker may have kept it, and with it copies that the hub would take back now."""
    await line.until(lambda: line.node.reception.welcomed)
    line.node.reception.welcomed = False
    line.heard.clear()
    await line.welcome(session="f" * 32)
    await line.until(lambda: bool(line.frames(Hello)))
    assert not line.node.reception.welcomed
    await line.welcome()
    await line.until(lambda: line.node.reception.welcomed)


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

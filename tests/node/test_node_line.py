"""One party's end of its line: hellos, what is sent again, what is held back."""

from dataclasses import replace

from node_world import RUN
from party_line import DRAFT, PATIENCE, Line, receipt

from i247sim.node.actions import Declare, Send
from i247sim.transport.port import Credentials
from i247sim.transport.topics import in_topic
from i247sim.vocabulary.frames import FrameType, Hello, Welcome
from i247sim.vocabulary.statements import Bars


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

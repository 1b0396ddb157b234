"""What a party's pen does not write."""

from dataclasses import replace

from party_line import DRAFT, Line

from i247sim.node.actions import Action, Send
from i247sim.security import envelope as sealed
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.frames import OutcomeUpdate


async def test_a_message_to_a_party_without_a_key_is_remembered_and_never_sent(line: Line) -> None:
    await line.welcome()
    await line.node.release(Send(replace(DRAFT, to=("NO",))), 1)
    assert line.messages() == []
    await line.node.release(Send(DRAFT), 2)
    await line.until(lambda: bool(line.messages()))
    envelope = sealed.parse(line.messages()[0])
    assert envelope.hub_part is not None
    assert (envelope.hub_part.counter, envelope.header.own_ref) == (1, "BR-2026-000002")


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

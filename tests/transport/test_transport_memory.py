"""What only the memory broker promises: immediacy, order, repeatability. The rest is in tests/conformance."""

import asyncio

import pytest

from i247sim.transport.inbox import Inbox
from i247sim.transport.memory import MemoryBroker
from i247sim.transport.port import Arrived, Credentials, LinkClosed, LinkDown, LinkUp, Rights, Will
from i247sim.transport.topics import in_topic, out_topic, rights_for

RUN = "0123456789ab"


def a_broker() -> MemoryBroker:
    return MemoryBroker({party: rights_for(party, RUN) for party in ("HUB", "FR", "DE")})


def who(party: str, client_id: str | None = None) -> Credentials:
    return Credentials(party, client_id or f"id of {party}")


async def test_links_started_before_the_broker_come_up_in_order_of_starting():
    broker = a_broker()
    seen: list[str] = []
    for party in ("DE", "HUB", "FR"):
        link = broker.link(who(party), rights_for(party, RUN).subscribe)
        link.went_up = lambda party=party: seen.append(party)  # type: ignore[method-assign]
        await link.start()
    await broker.start()
    assert seen == ["DE", "HUB", "FR"]


async def test_a_message_is_there_when_publish_returns():
    broker = a_broker()
    await broker.start()
    hub, fr = (broker.link(who(party), rights_for(party, RUN).subscribe) for party in ("HUB", "FR"))
    await hub.start()
    await fr.start()
    payload = bytearray(b"one")
    await fr.publish(out_topic(RUN, "FR"), payload)
    payload[:] = b"two"
    assert [await hub.next(), await hub.next()] == [LinkUp(), Arrived(out_topic(RUN, "FR"), b"one")]


async def test_an_outage_is_told_once_and_ends_when_the_broker_is_back():
    broker = a_broker()
    link = broker.link(who("FR"), ())
    await link.start()
    await broker.stop()
    await broker.start()
    await broker.stop()
    await broker.start()
    assert [type(await link.next()) for _ in range(4)] == [LinkDown, LinkUp, LinkDown, LinkUp]


async def test_a_thrown_off_link_comes_back_when_its_client_id_is_free():
    broker = a_broker()
    await broker.start()
    fr, thief = broker.link(who("FR"), ()), broker.link(who("DE", "id of FR"), ())
    await fr.start()
    await thief.start()
    assert (fr.is_up, thief.is_up) == (False, True)
    await thief.close()
    assert fr.is_up


async def test_a_revoked_party_leaves_no_will():
    broker = a_broker()
    await broker.start()
    hub = broker.link(who("HUB"), rights_for("HUB", RUN).subscribe)
    fr = broker.link(who("FR"), (), Will(out_topic(RUN, "FR"), b"bye"))
    await hub.start()
    await fr.start()
    await broker.revoke("FR")
    await hub.close()
    assert [await hub.next()] == [LinkUp()]
    with pytest.raises(LinkClosed):
        await hub.next()


async def test_new_rights_hold_at_once():
    broker = a_broker()
    await broker.start()
    hub, fr = (broker.link(who(party), rights_for(party, RUN).subscribe) for party in ("HUB", "FR"))
    await hub.start()
    await fr.start()
    await broker.permit("FR", Rights((), (in_topic(RUN, "FR"),)))
    await fr.publish(out_topic(RUN, "FR"), b"too late")
    assert broker.violations == 1
    assert [type(await fr.next()) for _ in range(3)] == [LinkUp, LinkDown, LinkUp]


async def test_a_full_inbox_drops_and_counts_but_never_an_outage():
    inbox = Inbox(max_messages=2, max_bytes=10)
    inbox.put(Arrived("a", b"12345678"))
    inbox.put(Arrived("b", b"123"))
    inbox.put(Arrived("c", b"12"))
    inbox.put(Arrived("d", b""))
    inbox.put(LinkDown("gone"))
    assert inbox.dropped == 2
    assert [await inbox.next() for _ in range(3)] == [Arrived("a", b"12345678"), Arrived("c", b"12"), LinkDown("gone")]


async def test_a_cancelled_reader_loses_nothing():
    inbox = Inbox()
    reader = asyncio.create_task(inbox.next())
    await asyncio.sleep(0)
    inbox.put(LinkUp())
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert await inbox.next() == LinkUp()

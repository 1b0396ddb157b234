"""One suite for every transport: what the port promises, and what a broker must refuse."""

import asyncio
import contextlib

import pytest
from grounds import PATIENCE_SECONDS, RUN, following, rest_of, until_up

from i247sim.transport.port import (
    MAX_PAYLOAD_BYTES,
    Arrived,
    LinkClosed,
    LinkDown,
    LinkLost,
    NotPermitted,
    Rights,
    TooLarge,
    Will,
)
from i247sim.transport.topics import every_out, in_topic, out_topic, rights_for


async def test_messages_arrive_in_order_per_sender(ground):
    hub, fr, de = await ground.join("HUB"), await ground.join("FR"), await ground.join("DE")

    async def send(link, count=300):
        for number in range(count):
            await link.publish(out_topic(RUN, link.party), b"%d" % number)

    await asyncio.gather(send(fr), send(de))
    got: dict[str, list[bytes]] = {out_topic(RUN, "FR"): [], out_topic(RUN, "DE"): []}
    for _ in range(600):
        arrival = await following(hub)
        got[arrival.topic].append(arrival.payload)
    assert all(payloads == [b"%d" % number for number in range(300)] for payloads in got.values())


async def test_a_message_goes_to_its_addressee_and_nobody_else(ground):
    hub, fr, de = await ground.join("HUB"), await ground.join("FR"), await ground.join("DE")
    await hub.publish(in_topic(RUN, "FR"), b"for FR")
    await hub.publish(in_topic(RUN, "DE"), b"for DE")
    assert await following(de) == Arrived(in_topic(RUN, "DE"), b"for DE")
    assert await following(fr) == Arrived(in_topic(RUN, "FR"), b"for FR")


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_384, 300_000, MAX_PAYLOAD_BYTES])
@pytest.mark.asyncio(loop_scope="module")
async def test_payloads_of_every_size_arrive_whole(shared_ground, size):
    hub, fr = await shared_ground.join("HUB"), await shared_ground.join("FR")
    payload = (bytes(range(251)) * (size // 251 + 1))[:size]
    await fr.publish(out_topic(RUN, "FR"), payload)
    assert (await following(hub)).payload == payload
    await hub.publish(in_topic(RUN, "FR"), payload)
    assert (await following(fr)).payload == payload


async def test_what_is_too_large_is_refused_with_the_limit_and_nothing_is_sent(ground):
    hub, fr = await ground.join("HUB"), await ground.join("FR")
    with pytest.raises(TooLarge, match="6291457 bytes is above the limit of 6291456 bytes"):
        await fr.publish(out_topic(RUN, "FR"), bytes(MAX_PAYLOAD_BYTES + 1))
    await fr.publish(out_topic(RUN, "FR"), b"marker")
    assert (await following(hub)).payload == b"marker"


@pytest.mark.parametrize(
    "topic", [out_topic(RUN, "FR"), in_topic(RUN, "FR"), in_topic(RUN, "DE"), "i247", "other/topic"]
)
async def test_a_publish_without_right_vanishes_and_is_counted(ground, topic):
    hub, fr, de = await ground.join("HUB"), await ground.join("FR"), await ground.join("DE")
    await de.publish(topic, b"forged")
    await de.publish(out_topic(RUN, "DE"), b"marker")
    # The broker takes one party's messages in order: with this marker here, the forged one was handled.
    assert await following(hub) == Arrived(out_topic(RUN, "DE"), b"marker")
    for link in (fr, de):
        await hub.publish(in_topic(RUN, link.party), b"marker")
        assert await following(link) == Arrived(in_topic(RUN, link.party), b"marker")
    async with asyncio.timeout(20):
        while ground.broker.violations == 0:
            await asyncio.sleep(0.01)
    assert ground.broker.violations == 1


@pytest.mark.parametrize(
    "topic",
    [
        "#",
        "+/#",
        "i247/#",
        f"i247/{RUN}/in/+",
        f"i247/{RUN}/in/#",
        f"+/{RUN}/in/DE",
        "+/+/in/DE/#",
        in_topic(RUN, "DE"),
        out_topic(RUN, "DE"),
        every_out(RUN),
        "$SYS/#",
        "$MQTT/#",
        "$MQTT/sub/#",
        "$JS/#",
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_subscription_without_right_is_refused_or_brings_nothing(shared_ground, topic):
    ground = shared_ground
    if not ground.refuses_subscriptions:
        await nothing_comes_by(ground, topic)
        return
    spy = ground.link(ground.credentials("FR"), (in_topic(RUN, "FR"), topic))
    await spy.start()
    with pytest.raises(NotPermitted) as refusal:
        await following(spy)
    assert (refusal.value.party, refusal.value.topic) == ("FR", topic)
    assert not spy.is_up
    await spy.close()


async def nothing_comes_by(ground, topic):
    hub, de = await ground.join("HUB"), await ground.join("DE")
    spy = await ground.join("FR", (topic, in_topic(RUN, "FR")))
    await hub.publish(in_topic(RUN, "DE"), b"for DE")
    await following(de)
    await de.publish(out_topic(RUN, "DE"), b"for the hub")
    await following(hub)
    await hub.publish(in_topic(RUN, "FR"), b"marker")
    assert await following(spy) == Arrived(in_topic(RUN, "FR"), b"marker")


async def test_links_come_back_after_the_broker_does(ground):
    hub, fr = await ground.join("HUB"), await ground.join("FR")
    await ground.broker.stop()
    for link in (hub, fr):
        assert isinstance(await following(link), LinkDown)
        with pytest.raises(LinkLost):
            await link.publish("any", b"")
    await ground.broker.start()
    assert await until_up(hub) == []
    assert await until_up(fr) == []
    await fr.publish(out_topic(RUN, "FR"), b"again")
    assert (await following(hub)).payload == b"again"


async def test_what_is_published_while_the_reader_is_away_is_not_kept(ground):
    hub, fr = await ground.join("HUB"), await ground.join("FR")
    await fr.close()
    await hub.publish(in_topic(RUN, "FR"), b"nobody there")
    await hub.publish(out_topic(RUN, "FR"), b"without right")
    async with asyncio.timeout(20):
        while ground.broker.violations == 0:
            await asyncio.sleep(0.01)
    fr = await ground.join("FR")
    await hub.publish(in_topic(RUN, "FR"), b"marker")
    assert (await following(fr)).payload == b"marker"


async def test_a_revoked_party_is_out_at_once_and_comes_back_only_when_permitted(ground):
    hub, fr, de = await ground.join("HUB"), await ground.join("FR"), await ground.join("DE")
    await ground.broker.revoke("FR")
    if ground.cuts_sessions:
        assert isinstance(await following(fr), LinkDown)
        with pytest.raises(LinkLost):
            await fr.publish(out_topic(RUN, "FR"), b"too late")
    else:
        await fr.publish(out_topic(RUN, "FR"), b"too late")
        await hub.publish(in_topic(RUN, "FR"), b"too late")
    other = ground.link(ground.credentials("FR"), ())
    await other.start()
    assert isinstance(await following(other), LinkDown)
    await other.close()
    assert fr.is_up is not ground.cuts_sessions
    await de.publish(out_topic(RUN, "DE"), b"others are not disturbed")
    assert (await following(hub)).payload == b"others are not disturbed"
    await ground.broker.permit("FR", rights_for("FR", RUN))
    if ground.cuts_sessions:
        assert await until_up(fr) == []
    await fr.publish(out_topic(RUN, "FR"), b"back")
    assert (await following(hub)).payload == b"back"
    await hub.publish(in_topic(RUN, "FR"), b"back")
    assert (await following(fr)).payload == b"back"


async def test_a_new_party_can_be_permitted_while_the_broker_runs(ground):
    hub = await ground.join("HUB")
    await ground.broker.permit("AU", rights_for("AU", RUN))
    au = ground.broker.link(ground.credentials("AU"), (in_topic(RUN, "AU"),))
    await au.start()
    await until_up(au)
    await au.publish(out_topic(RUN, "AU"), b"new")
    assert await following(hub) == Arrived(out_topic(RUN, "AU"), b"new")
    await au.close()


async def test_narrower_rights_hold_for_a_live_session(ground):
    hub, fr = await ground.join("HUB"), await ground.join("FR")
    await ground.broker.permit("FR", Rights((), (in_topic(RUN, "FR"),)))
    if ground.cuts_sessions:
        await until_up(fr)
    await fr.publish(out_topic(RUN, "FR"), b"no right any more")
    async with asyncio.timeout(20):
        while ground.broker.violations == 0:
            await asyncio.sleep(0.01)
    de = await ground.join("DE")
    await de.publish(out_topic(RUN, "DE"), b"marker")
    assert (await following(hub)).payload == b"marker"


async def test_who_takes_over_a_client_id_reads_nothing(ground):
    hub = await ground.join("HUB")
    fr = await ground.join("FR", client_id="00112233445566778899aabbccddeeff")
    thief = await ground.join("DE", client_id="00112233445566778899aabbccddeeff")
    assert isinstance(await following(fr), LinkDown)
    await thief.close()
    # Until then the two may have thrown each other off several times, the last time a moment ago.
    event = None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not isinstance(event, Arrived):
            await hub.publish(in_topic(RUN, "FR"), b"for FR alone")
            with contextlib.suppress(TimeoutError):
                event = await asyncio.wait_for(fr.next(), 0.1)
    assert event == Arrived(in_topic(RUN, "FR"), b"for FR alone")
    assert not [event for event in await rest_of(thief) if isinstance(event, Arrived)]


async def test_the_last_will_goes_out_when_a_link_breaks_and_not_after_a_goodbye(ground):
    hub = await ground.join("HUB")
    fr = await ground.join("FR", will=Will(out_topic(RUN, "FR"), b"bye of FR"))
    de = await ground.join("DE", will=Will(out_topic(RUN, "DE"), b"bye of DE"))
    await de.close()
    await ground.tear("FR")
    assert await following(hub) == Arrived(out_topic(RUN, "FR"), b"bye of FR")
    assert isinstance(await following(fr), LinkDown)
    await until_up(fr)
    await fr.publish(out_topic(RUN, "FR"), b"marker")
    assert (await following(hub)).payload == b"marker"


async def test_two_links_of_one_party_both_read(ground):
    hub, one, two = await ground.join("HUB"), await ground.join("FR"), await ground.join("FR")
    await hub.publish(in_topic(RUN, "FR"), b"for both")
    assert await following(one) == await following(two) == Arrived(in_topic(RUN, "FR"), b"for both")


async def test_a_closed_link_says_so_and_closes_twice(ground):
    fr = await ground.join("FR")
    await fr.close()
    await fr.close()
    with pytest.raises(LinkClosed):
        await following(fr)
    with pytest.raises(LinkClosed):
        await fr.publish(out_topic(RUN, "FR"), b"")


async def test_what_was_published_before_a_goodbye_arrives(ground):
    hub, fr = await ground.join("HUB"), await ground.join("FR")
    for number in range(10):
        await fr.publish(out_topic(RUN, "FR"), b"%d" % number)
    await fr.close()
    assert [(await following(hub)).payload for _ in range(10)] == [b"%d" % number for number in range(10)]


async def test_a_link_that_never_came_up_can_be_closed(ground):
    await ground.broker.stop()
    fr = ground.link(ground.credentials("FR"), ())
    await fr.start()
    assert isinstance(await following(fr), LinkDown)
    await fr.close()

"""Brokers somebody else runs, configured by `i247sim broker`: who gets in, and what the adapter can and cannot do."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from grounds import PARTIES, RUN, ExternalGround, following, require_the_limit
from operator_of_brokers import free_port, program_of

from i247sim.exercise.broker_folder import BrokerFolder
from i247sim.security.tls import client_context
from i247sim.transport.configure import NATS_FILE, BrokerKind
from i247sim.transport.external import ExternalBroker
from i247sim.transport.mqtt import MqttLink
from i247sim.transport.port import Arrived, Credentials, Endpoint, LinkDown, LinkUp
from i247sim.transport.topics import in_topic, out_topic, standing_rights
from i247sim.vocabulary.errors import NetworkFailed
from i247sim.vocabulary.parties import Role

OTHER_RUN = "ba9876543210"
DAY = datetime(2026, 3, 2, tzinfo=UTC)
NOT_ITS_NAME = "127.1"
"""The same address, written as no certificate writes it."""
NEXT_DAY = DAY + timedelta(days=1)


@pytest.fixture(params=list(BrokerKind))
async def ground(request: pytest.FixtureRequest) -> AsyncIterator[ExternalGround]:
    one = ExternalGround(request.param)
    await one.start()
    yield one
    await one.stop()


async def answer(link: MqttLink) -> LinkUp | LinkDown:
    await link.start()
    try:
        event = await following(link)
    finally:
        await link.close()
    assert isinstance(event, LinkUp | LinkDown)
    return event


def a_link(ground: ExternalGround, party: str, context: ssl.SSLContext) -> MqttLink:
    return MqttLink(ground.endpoint, Credentials(party, "f" * 32, context), (), timeout_seconds=1)


@pytest.mark.parametrize("attempt", ["no certificate", "foreign authority", "expired", "tls 1.2"])
async def test_who_has_not_the_right_certificate_gets_no_connection(
    ground: ExternalGround, attempt: str, tmp_path: Path
) -> None:
    context = client_context(ground.operator.folder.root, ground.identity("FR"))
    assert isinstance(await answer(a_link(ground, "FR", context)), LinkUp)
    now = datetime.now(UTC)
    match attempt:
        case "no certificate":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(ground.operator.folder.path / "broker" / "authorities.pem")
        case "foreign authority":
            stranger = BrokerFolder.create(tmp_path, ground.operator.kind, ["localhost"], 8883, PARTIES, now)
            identity = stranger.authority_for(RUN, PARTIES, now).issue("FR", Role.BUREAU, DAY, NEXT_DAY, mldsa=False)
            context = client_context(ground.operator.folder.root, identity)
        case "expired":
            past = ground.operator.folder.authority_for(RUN, PARTIES, now - timedelta(days=40))
            identity = past.issue("FR", Role.BUREAU, DAY, NEXT_DAY, mldsa=False)
            context = client_context(ground.operator.folder.root, identity)
        case "tls 1.2":
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert isinstance(await answer(a_link(ground, "FR", context)), LinkDown)


async def test_a_broker_of_another_folder_is_not_believed(ground: ExternalGround, tmp_path: Path) -> None:
    other = BrokerFolder.create(tmp_path, BrokerKind.NATS, ["localhost"], 8883, PARTIES, datetime.now(UTC))
    event = await answer(a_link(ground, "FR", client_context(other.root, ground.identity("FR"))))
    assert isinstance(event, LinkDown)
    assert "certificate is not believed" in event.reason


async def test_the_broker_is_believed_under_its_own_names_only(ground: ExternalGround) -> None:
    context = client_context(ground.operator.folder.root, ground.identity("FR"))
    for host, expected in (("localhost", LinkUp), ("127.0.0.1", LinkUp), (NOT_ITS_NAME, LinkDown)):
        endpoint = Endpoint(host, ground.endpoint.port)
        event = await answer(MqttLink(endpoint, Credentials("FR", "f" * 32, context), (), timeout_seconds=1))
        assert isinstance(event, expected)
    assert "certificate is not believed" in event.reason


async def test_one_partys_topics_of_two_runs_are_apart(ground: ExternalGround) -> None:
    hub = await ground.join("HUB", ("i247/+/out/+",))
    one = await ground.join("FR", (in_topic(RUN, "FR"),))
    two = await ground.join("FR", (in_topic(OTHER_RUN, "FR"),))
    await hub.publish(in_topic(RUN, "FR"), b"one")
    await hub.publish(in_topic(OTHER_RUN, "FR"), b"two")
    assert await following(one) == Arrived(in_topic(RUN, "FR"), b"one")
    assert await following(two) == Arrived(in_topic(OTHER_RUN, "FR"), b"two")
    await two.publish(out_topic(OTHER_RUN, "FR"), b"to the hub")
    assert await following(hub) == Arrived(out_topic(OTHER_RUN, "FR"), b"to the hub")


async def test_a_client_without_our_limit_is_cut_and_its_message_goes_nowhere(ground: ExternalGround) -> None:
    await require_the_limit(ground)


async def test_until_its_operator_acts_a_revoked_party_stays_and_a_person_is_told(ground: ExternalGround) -> None:
    hub, fr = await ground.join("HUB"), await ground.join("FR")
    await ExternalBroker.revoke(ground.broker, "FR")  # type: ignore[arg-type]
    await fr.publish(out_topic(RUN, "FR"), b"still here")
    assert (await following(hub)).payload == b"still here"
    (told,) = ground.operator.told
    assert told.startswith("`FR` is revoked: its session at the broker stays until the files are read")
    assert told.endswith(ground.operator.folder.how_to_reload)
    await ground.operator.reload()
    assert isinstance(await answer(a_link(ground, "FR", ground.credentials("FR").tls)), LinkDown)


async def test_a_revoked_certificate_stays_revoked_in_later_runs_where_the_broker_reads_a_list() -> None:
    ground = ExternalGround(BrokerKind.MOSQUITTO)
    await ground.start()
    folder, now = ground.operator.folder, datetime.now(UTC)
    old = ground.credentials("FR").tls
    await ground.broker.revoke("FR")
    later = BrokerFolder.open(folder.path)
    assert later.write_rights(later.rights, (), now)
    ground.operator.tell("a new run begins")
    await ground.operator.reload()
    new = later.authority_for(OTHER_RUN, PARTIES, now).issue("FR", Role.BUREAU, DAY, NEXT_DAY, mldsa=False)
    assert isinstance(await answer(a_link(ground, "FR", old)), LinkDown)
    assert isinstance(await answer(a_link(ground, "FR", client_context(folder.root, new))), LinkUp)
    await ground.stop()


async def test_whether_it_is_alive_is_whether_its_port_takes_connections(ground: ExternalGround) -> None:
    assert ground.broker.is_alive
    await ground.operator.stop()
    assert not ground.broker.is_alive


async def test_where_nobody_listens_is_said_with_the_address() -> None:
    port = free_port()
    broker = ExternalBroker(Endpoint("127.0.0.1", port), {}, lambda rights, revoked: None, print, patience_seconds=0.1)
    with pytest.raises(NetworkFailed, match=f"no broker listens at `127.0.0.1:{port}`: connection refused"):
        await broker.start()


async def test_a_broker_that_comes_up_late_is_waited_for() -> None:
    port = free_port()
    broker = ExternalBroker(Endpoint("127.0.0.1", port), {}, lambda rights, revoked: None, print)
    starting = asyncio.create_task(broker.start())
    await asyncio.sleep(0)
    async with await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port):
        await starting
        assert broker.is_alive


def test_the_server_itself_finds_no_fault_in_its_configuration(tmp_path: Path) -> None:
    parties = [f"FR-{number}" for number in range(3)]
    folder = BrokerFolder.create(tmp_path, BrokerKind.NATS, ["localhost"], 8883, parties, datetime.now(UTC))
    argv = [program_of(BrokerKind.NATS), "-t", "--config", str(folder.path / "broker" / NATS_FILE)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_rights_in_every_run_are_those_of_one_run_with_the_run_left_open() -> None:
    for party in PARTIES:
        texts = [*standing_rights(party).publish, *standing_rights(party).subscribe]
        assert all(text.startswith("i247/+/") for text in texts)

"""What only the embedded broker has: TLS, other listeners, a process that can die, ports."""

import asyncio
import json
import os
import re
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from grounds import PARTIES, PATIENCE_SECONDS, RUN, EmbeddedGround, following, require_the_limit, until_up
from local_authority import LocalAuthority, dn_of, link_tls

from i247sim.transport.embedded import EmbeddedBroker, ServerTls
from i247sim.transport.mqtt import MqttLink
from i247sim.transport.port import Credentials, LinkDown, LinkLost
from i247sim.transport.topics import in_topic, out_topic, rights_for
from i247sim.vocabulary.errors import InputError, NetworkFailed


def a_context(material: ServerTls | None, *, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """An attacker's settings: believes every broker, may show no certificate, may speak old TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if newest is not None:
        context.maximum_version = newest
    if material is not None:
        good = link_tls(material)
        good.check_hostname = False
        good.verify_mode = ssl.CERT_NONE
        if newest is not None:
            good.minimum_version = ssl.TLSVersion.TLSv1_2
            good.maximum_version = newest
        return good
    return context


def connect_packet(client_id: str, user: str | None = None, password: str | None = None) -> bytes:
    """MQTT 3.1.1, 3.1: CONNECT with a clean session."""
    strings = [text for text in (client_id, user, password) if text is not None]
    flags = 2 | (0x80 if user is not None else 0) | (0x40 if password is not None else 0)
    body = b"\0\4MQTT\4" + bytes([flags]) + b"\0\x3c" + b"".join(_string(text) for text in strings)
    return b"\x10" + bytes([len(body)]) + body


def subscribe_packet(topic: str) -> bytes:
    body = b"\0\1" + _string(topic) + b"\0"
    return b"\x82" + bytes([len(body)]) + body


def _string(text: str) -> bytes:
    return len(text).to_bytes(2) + text.encode()


CONNACK_ACCEPTED = b"\x20\x02\0\0"


def test_the_attackers_tools_work_at_all(embedded_once: "Once") -> None:
    """Otherwise the refusals below would prove nothing."""
    context = a_context(embedded_once.authority.party("FR"))
    assert embedded_once.answer(context, connect_packet("f" * 32)) == CONNACK_ACCEPTED


@pytest.mark.parametrize(
    "attempt",
    ["no certificate", "foreign authority", "expired", "certificate for signing", "tls 1.2", "unknown party", "no tls"],
)
def test_who_has_not_the_right_certificate_gets_no_connection(embedded_once: "Once", attempt: str) -> None:
    authority = embedded_once.authority
    context = {
        "no certificate": lambda: a_context(None),
        "foreign authority": lambda: a_context(LocalAuthority().party("FR")),
        "expired": lambda: a_context(authority.party("FR", days=-1)),
        "certificate for signing": lambda: a_context(authority.signer("FR")),
        "tls 1.2": lambda: a_context(authority.party("FR"), newest=ssl.TLSVersion.TLSv1_2),
        "unknown party": lambda: a_context(authority.party("XX")),
        "no tls": lambda: None,
    }[attempt]()
    for packet in (connect_packet("f" * 32), connect_packet("f" * 32, dn_of("FR"), "")):
        assert not embedded_once.answer(context, packet).startswith(CONNACK_ACCEPTED)


def test_a_party_that_gives_another_ones_name_is_refused(embedded_once: "Once") -> None:
    context = a_context(embedded_once.authority.party("FR"))
    packets = connect_packet("f" * 32, dn_of("DE"), "x"), subscribe_packet(in_topic(RUN, "DE"))
    answer = embedded_once.answer(context, *packets)
    assert answer == b"\x20\x02\0\5"  # CONNACK: not authorised


@pytest.mark.parametrize("tls", [True, False], ids=["with a good certificate", "without tls"])
def test_the_servers_own_listener_takes_nobody(embedded_once: "Once", tls: bool) -> None:
    context = a_context(embedded_once.authority.party("FR")) if tls else None
    refusal = "-ERR 'Authorization Violation'\r\n" if tls else ""
    assert embedded_once.native(context, {}) == refusal
    assert embedded_once.native(context, {"user": dn_of("FR"), "pass": ""}) == refusal


def test_it_listens_on_loopback_and_nowhere_else(embedded_once: "Once") -> None:
    own = [line for line in embedded_once.said if "Listening for" in line]
    assert len(own) == 2
    assert all("127.0.0.1:" in line for line in own)


def test_keys_and_configuration_are_for_the_owner_only(embedded_once: "Once") -> None:
    (folder,) = embedded_once.folders
    assert folder.stat().st_mode & 0o777 == 0o700
    files = [path for path in folder.iterdir() if path.is_file()]
    assert {path.name for path in files} == {"authorities.pem", "certificates.pem", "key.pem", "server.conf"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


async def test_a_broker_that_does_not_hold_the_right_certificate_is_not_believed(embedded: EmbeddedGround) -> None:
    foreign = LocalAuthority()
    mixed = ServerTls(foreign.party("FR").authorities, *_own(embedded.authority.party("FR")))
    link = embedded.broker.link(Credentials("FR", "f" * 32, link_tls(mixed)), ())
    await link.start()
    event = await following(link)
    assert isinstance(event, LinkDown)
    assert "certificate is not believed" in event.reason
    await link.close()


def _own(material: ServerTls) -> tuple[bytes, bytes]:
    return material.certificates, material.key


async def test_a_client_without_our_limit_is_cut_and_its_message_goes_nowhere(embedded: EmbeddedGround) -> None:
    await require_the_limit(embedded)


async def test_killed_and_started_again_it_is_back_on_the_same_port(embedded: EmbeddedGround) -> None:
    broker = embedded.embedded
    hub, fr = await embedded.join("HUB"), await embedded.join("FR")
    before, pid = broker.endpoint, broker.pid
    os.kill(pid, signal.SIGKILL)
    for link in (hub, fr):
        assert isinstance(await following(link), LinkDown)
    assert await broker.ended() == -signal.SIGKILL
    await broker.start()
    assert broker.endpoint == before
    assert broker.pid != pid
    for link in (hub, fr):
        assert await until_up(link) == []
    await fr.publish(out_topic(RUN, "FR"), b"again")
    assert (await following(hub)).payload == b"again"


async def test_a_broker_that_stands_still_does_not_hold_a_publisher_for_ever(embedded: EmbeddedGround) -> None:
    link = MqttLink(embedded.embedded.endpoint, embedded.credentials("FR"), (), timeout_seconds=0.5)
    await link.start()
    await until_up(link)

    async def publish_without_end() -> None:
        while True:
            await link.publish(out_topic(RUN, "FR"), bytes(1024 * 1024))

    os.kill(embedded.embedded.pid, signal.SIGSTOP)
    try:
        with pytest.raises(LinkLost, match="the broker did not take the message"):
            await asyncio.wait_for(publish_without_end(), PATIENCE_SECONDS)
    finally:
        os.kill(embedded.embedded.pid, signal.SIGCONT)
    await link.close()


async def test_a_link_without_certificate_is_refused_before_it_starts(embedded: EmbeddedGround) -> None:
    with pytest.raises(InputError, match="the link of `FR` has no TLS settings"):
        embedded.broker.link(Credentials("FR", "f" * 32), ())


async def test_who_was_revoked_stays_out_after_a_restart(embedded: EmbeddedGround) -> None:
    fr = await embedded.join("FR")
    await embedded.broker.revoke("FR")
    assert isinstance(await following(fr), LinkDown)
    await embedded.broker.stop()
    await embedded.broker.revoke("DE")
    await embedded.broker.start()
    for party in ("FR", "DE"):
        link = embedded.broker.link(embedded.credentials(party), ())
        await link.start()
        assert isinstance(await following(link), LinkDown)
        await link.close()


async def test_starting_twice_is_harmless(embedded: EmbeddedGround) -> None:
    pid = embedded.embedded.pid
    await embedded.broker.start()
    assert embedded.embedded.pid == pid


async def test_two_brokers_side_by_side_do_not_meet(embedded: EmbeddedGround) -> None:
    other = EmbeddedGround()
    await other.start()
    try:
        assert other.embedded.endpoint != embedded.embedded.endpoint
        hub, far_hub = await embedded.join("HUB", client_id="0" * 32), await other.join("HUB", client_id="0" * 32)
        fr, far_fr = await embedded.join("FR"), await other.join("FR")
        await fr.publish(out_topic(RUN, "FR"), b"here")
        await far_fr.publish(out_topic(RUN, "FR"), b"there")
        assert [(await following(hub)).payload, (await following(far_hub)).payload] == [b"here", b"there"]
        stranger = other.embedded.link(embedded.credentials("FR"), ())
        await stranger.start()
        assert isinstance(await following(stranger), LinkDown)
        await stranger.close()
    finally:
        await other.stop()


def a_broker(port: int | None = None, authority: LocalAuthority | None = None) -> EmbeddedBroker:
    tls = (authority or LocalAuthority()).broker()
    return EmbeddedBroker(tls, {party: rights_for(party, RUN) for party in PARTIES}, dn_of, port=port)


async def test_a_fixed_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"the broker cannot listen on port `{port}`: address already in use"):
            await a_broker(port).start()


async def test_a_fixed_port_is_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    broker = a_broker(port)
    await broker.start()
    assert broker.endpoint.port == port
    await broker.stop()


async def test_a_broker_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    good = LocalAuthority().broker()
    broker = EmbeddedBroker(ServerTls(good.authorities, good.certificates, b"no key"), {}, dn_of)
    with pytest.raises(NetworkFailed, match=r"the broker ended with status 1, its last words: .*key"):
        await broker.start()
    await broker.stop()
    assert list(tmp_path.iterdir()) == []


async def test_secrets_do_not_show() -> None:
    credentials = Credentials("FR", "f" * 32)
    assert "f" * 32 not in repr(credentials)
    shown = LocalAuthority().broker()
    assert shown.key.decode().splitlines()[1] not in repr(shown)


async def test_no_broker_outlives_its_owner(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from grounds import EmbeddedGround
async def main():
    ground = EmbeddedGround()
    await ground.start()
    print(ground.embedded.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    assert owner.stdout is not None
    pid = int(await owner.stdout.readline())
    assert list(tmp_path.iterdir()) != []
    owner.kill()
    await owner.wait()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while _exists(pid) or list(tmp_path.iterdir()):
            await asyncio.sleep(0.02)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Once:
    """One embedded broker for all attempts that it has to refuse; runs in an event loop of its own."""

    def __init__(self, folder: Path) -> None:
        self.authority = LocalAuthority()
        self.said: list[str] = []
        self._folder = folder
        self._runner = asyncio.Runner()
        self._broker = a_broker(authority=self.authority)

    @property
    def folders(self) -> list[Path]:
        return list(self._folder.glob("i247-broker-*"))

    def start(self) -> None:
        listen = self._broker._take_line
        self._broker._take_line = lambda line: (self.said.append(line), listen(line))[1]  # type: ignore[method-assign]
        self._runner.run(self._broker.start())

    def stop(self) -> None:
        self._runner.run(self._broker.stop())
        self._runner.close()

    def answer(self, context: ssl.SSLContext | None, *packets: bytes) -> bytes:
        """Connect, send, and read until the broker has answered or closed; empty when it took nothing."""
        return self._runner.run(self._answer(self._broker.endpoint.port, context, packets))

    def native(self, context: ssl.SSLContext | None, words: dict[str, str]) -> str:
        """Speak the server's own protocol to its own listener; what it says after its greeting."""
        (line,) = [line for line in self.said if "Listening for client connections" in line]
        port = int(re.findall(r":(\d+)", line)[-1])
        return self._runner.run(self._native(port, context, words))

    @staticmethod
    async def _answer(port: int, context: ssl.SSLContext | None, packets: tuple[bytes, ...]) -> bytes:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
            try:
                writer.writelines(packets)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    return await reader.read(4096)
            finally:
                writer.transport.abort()
        except OSError:  # includes what TLS raises
            return b""

    @staticmethod
    async def _native(port: int, context: ssl.SSLContext | None, words: dict[str, str]) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                greeting = await reader.readline()
                assert greeting.startswith(b"INFO")
                if context is not None:
                    await writer.start_tls(context)
                writer.write(b"CONNECT " + json.dumps({"verbose": False, **words}).encode() + b"\r\nPING\r\n")
                return (await reader.read()).decode(errors="replace")
        except OSError:
            return ""
        finally:
            writer.transport.abort()


@pytest.fixture(scope="module")
def embedded_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Once]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("broker")
        patch.setattr("tempfile.tempdir", str(folder))
        one = Once(folder)
        one.start()
        yield one
        one.stop()

"""How packets get into the socket; everything else about this link is in the suite for every transport."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import aiomqtt
import pytest

from i247sim.transport.mqtt import MqttLink, _Writing
from i247sim.transport.port import Credentials, Endpoint, LinkDown
from i247sim.vocabulary.errors import InputError


class Paho:
    """The library's own client, with a socket that takes so many packets at a time."""

    def __init__(self, takes: int) -> None:
        self.left = 0
        self.takes = takes
        self.asked: list[str] = []
        self.on_publish: Callable[..., None] | None = print
        self.on_socket_register_write: Callable[..., None] = lambda *_: self.asked.append("write later")
        self.on_socket_unregister_write: Callable[..., None] = lambda *_: self.asked.append("nothing left")

    def loop_write(self) -> None:
        self.left -= min(self.left, self.takes)
        if not self.left:
            self.on_socket_unregister_write(self, None, None)

    def want_write(self) -> bool:
        return self.left > 0

    def socket(self) -> object:
        return object()


def writing(takes: int, qos: int = 0) -> tuple[Paho, _Writing]:
    class Client:
        _client: Any = Paho(takes)

    client: aiomqtt.Client = Client()  # type: ignore[assignment]
    return Client._client, _Writing(client, qos)


def test_there_is_no_link_without_tls() -> None:
    with pytest.raises(InputError, match="no TLS settings"):
        MqttLink(Endpoint("127.0.0.1", 1), Credentials("FR", "0" * 32), ())


def test_what_the_socket_takes_is_written_at_once() -> None:
    paho, way = writing(takes=5)
    paho.left = 3
    paho.on_socket_register_write(paho, None, None)
    assert paho.asked == ["nothing left"]
    assert way.empty.is_set()


def test_what_the_socket_does_not_take_is_left_to_the_event_loop() -> None:
    paho, way = writing(takes=2)
    paho.left = 3
    paho.on_socket_register_write(paho, None, None)
    assert paho.asked == ["write later"]
    assert not way.empty.is_set()
    paho.loop_write()
    assert way.empty.is_set()


@pytest.mark.parametrize(("qos", "told"), [(0, False), (1, True)], ids=["quality 0", "quality 1"])
def test_only_who_waits_for_the_broker_is_told_of_what_is_written(qos: int, told: bool) -> None:
    paho, _ = writing(takes=1, qos=qos)
    assert (paho.on_publish is not None) is told


@pytest.mark.parametrize(
    ("says", "why"),
    [
        pytest.param(b"SSH-2.0-fictional\r\n", "no TLS with it: wrong version number", id="speaks something else"),
        pytest.param(b"", "no answer in time", id="says nothing"),
    ],
)
async def test_why_there_is_no_connection_is_told_in_plain_words(says: bytes, why: str) -> None:
    quiet = asyncio.Event()

    async def strange(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(says)
        await quiet.wait()
        writer.close()

    server = await asyncio.start_server(strange, "127.0.0.1", 0)
    place = Endpoint(*server.sockets[0].getsockname()[:2])
    tls = ssl.create_default_context()
    link = MqttLink(place, Credentials("FR", "0" * 32, tls), (), timeout_seconds=0.2)
    await link.start()
    event = await link.next()
    quiet.set()
    await link.close()
    server.close()
    assert event == LinkDown(why)

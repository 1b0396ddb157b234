"""The server: where it listens, under which names, and TLS from the exercise's own authority."""

import asyncio
import contextlib
import logging
import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.asyncio.client import connect

from i247sim.console import serve
from i247sim.console.serve import is_loopback, listen, place_of, serving
from i247sim.security.authority import Authority
from i247sim.security.tls import browser_context, root_pem
from i247sim.vocabulary.errors import InputError


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """A page."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-scheme", scope["scheme"].encode())]})
    await send({"type": "http.response.body", "body": b"hello"})


async def ask(port: int, tls: ssl.SSLContext | None) -> bytes:
    name = "127.0.0.1" if tls else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    found = await reader.read()
    writer.close()
    return found


async def test_tls_is_of_the_exercises_authority_and_nothing_older_is_spoken() -> None:
    authority = Authority.create("0" * 12, datetime.now(UTC) - timedelta(minutes=5))
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    async with serving(hello, listening, browser_context(*authority.server_tls(["127.0.0.1"]))):
        trusting = ssl.create_default_context(cadata=root_pem(authority.root).decode())
        assert b"x-scheme: https" in await ask(port, trusting)
        with pytest.raises(ssl.SSLCertVerificationError):
            await ask(port, ssl.create_default_context())
        old = ssl.create_default_context(cadata=root_pem(authority.root).decode())
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await ask(port, old)


async def test_the_server_tells_nothing_of_itself_and_stops_when_it_is_told_to() -> None:
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    async with serving(hello, listening, None):
        assert b"server:" not in (await ask(port, None)).lower()
    with pytest.raises(ConnectionError):
        await ask(port, None)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ", id="half a head"),
        pytest.param(b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET /", id="a second request that does not come"),
    ],
)
async def test_who_opens_a_line_and_does_not_say_what_it_wants_is_cut_off(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "REQUEST_SECONDS", 0.2)
    listening = listen("127.0.0.1", 0)
    async with serving(hello, listening, None):
        reader, writer = await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])
        writer.write(said)
        async with asyncio.timeout(10):
            found = await reader.read()
        assert (b"hello" in found) == (b"\r\n\r\n" in said)
        writer.close()


async def test_a_line_that_carries_a_socket_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "REQUEST_SECONDS", 0.1)

    async def later(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.sleep(0.4)
        await send({"type": "websocket.send", "text": "still here"})

    listening = listen("127.0.0.1", 0)
    address = f"ws://127.0.0.1:{listening.getsockname()[1]}/live"
    async with serving(later, listening, None), connect(address) as found:
        assert await found.recv() == "still here"


async def test_there_are_only_so_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "MOST_LINES", 3)
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    async with serving(hello, listening, None):
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        for _, one in (*silent, (reader, writer)):
            one.close()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("192.0.2.7", False),
        ("x.y", False),
    ],
)
def test_only_this_machines_own_addresses_are_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_everywhere_is_no_address(host: str) -> None:
    with pytest.raises(InputError, match="names no address"):
        listen(host, None)


def test_a_console_answers_to_its_own_names_alone() -> None:
    with listen("127.0.0.1", 0) as own:
        port = own.getsockname()[1]
        place = place_of("127.0.0.1", own, False, "0" * 12)
        assert place.hosts == {f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}
        assert f"http://localhost:{port}" in place.origins
        other = place_of("192.0.2.7", own, True, "0" * 12)
        assert other.hosts == {f"192.0.2.7:{port}"}
        assert other.origins == {f"https://192.0.2.7:{port}"}
        assert other.cookie.startswith("__Host-")


def test_where_the_usual_port_is_taken_a_free_one_is_used_and_a_wanted_one_is_not() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(InputError, match="cannot be listened on"):
        listen("127.0.0.1", taken.getsockname()[1])
    with listen("127.0.0.1", None) as first, listen("127.0.0.1", None) as second:
        assert first.getsockname() != second.getsockname()
        assert isinstance(second, socket.socket)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01 no request at all\r\n\r\n", id="no request"),
        pytest.param(b"GET /raises HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", id="a page that breaks"),
    ],
)
async def test_what_a_stranger_says_writes_nothing_to_the_instructors_terminal(
    said: bytes, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # Nobody has set up logging, as in the product: then Python writes what nobody takes to standard error.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("with a traceback")

    listening = listen("127.0.0.1", 0)
    async with serving(broken, listening, None):
        reader, writer = await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])
        writer.write(said)
        async with asyncio.timeout(10):
            await reader.read()
        writer.close()
    assert capfd.readouterr() == ("", "")

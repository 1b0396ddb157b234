"""The server: one socket, uvicorn in the event loop of the exercise, TLS wherever others can reach it."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from i247sim.console.guard import App, Place
from i247sim.vocabulary.errors import InputError

PORT = 8247
"""Where the console is, unless somebody else is there or says otherwise."""
_BACKLOG = 256
_MAX_SOCKET_MESSAGE = 1024
"""Pages say nothing on their socket."""
_SHUTDOWN_SECONDS = 2
# What a stranger says wrongly is nothing for the instructor's terminal; mistakes of ours are told by `app`, in a line.
logging.getLogger("uvicorn").addHandler(logging.NullHandler())
REQUEST_SECONDS = 10.0
"""So long may the head of a request take."""
MOST_LINES = 500
"""Open lines at most: a class of fifty with two browsers each, all their lines open."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def listen(host: str, port: int | None) -> socket.socket:
    """A socket at ``host``; without ``port`` the usual one, or a free one where that is taken.

    Raises ``InputError``.
    """
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_unspecified:
            raise InputError(
                f"`--bind {host}` names no address; give the one under which others reach this machine, "
                "so that pages from elsewhere can be told apart"
            )
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise InputError(f"`--bind {host}`: {(error.strerror or 'unknown name').lower()}") from error
    family, address = found[0][0], str(found[0][4][0])
    for wanted in (port,) if port is not None else (PORT, 0):
        made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((address, wanted or 0))
            made.listen(_BACKLOG)
            made.setblocking(False)
            return made
        except OSError as error:
            made.close()
            if port is not None or not wanted:
                raise InputError(
                    f"`{host}:{wanted}` cannot be listened on: {(error.strerror or '').lower()}"
                ) from error
    raise AssertionError("a free port was asked for")


def place_of(host: str, listening: socket.socket, tls: bool, run: str) -> Place:
    """Under which names the console at ``listening`` may be asked for."""
    port = int(listening.getsockname()[1])
    names = [f"[{host}]" if ":" in host else host.lower()]
    if is_loopback(host):
        names += ["127.0.0.1", "localhost", "[::1]"]
    hosts = {f"{name}:{port}" for name in names}
    if port == (443 if tls else 80):
        hosts |= set(names)
    # Cookies do not know ports: two consoles on one machine must not sign each other out.
    return Place(frozenset(hosts), tls, f"{'__Host-' if tls else ''}i247-{run}")


class Line(H11Protocol):
    """A browser's line: closed if no whole request comes over it in time, and at once where too many are open.

    Its file descriptors are the exercise's too: who opens lines and says nothing must not take them from the network.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new line (asyncio)."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(REQUEST_SECONDS, transport.close)
        if len(self.connections) > MOST_LINES:
            transport.close()

    def data_received(self, data: bytes) -> None:
        """More of a request, or of several (asyncio)."""
        if self._deadline is None and self._waits():
            self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.close)
        super().data_received(data)
        if not self._waits():
            self._in_time()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """From now on it is a socket's (uvicorn)."""
        self._in_time()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is closed (asyncio)."""
        self._in_time()
        super().connection_lost(exc)

    def _waits(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Server(uvicorn.Server):
    """Leaves signals to the command."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: App, listening: socket.socket, tls: ssl.SSLContext | None) -> AsyncIterator[None]:
    """Serve ``app`` while the block runs."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        http=Line,
        ws="websockets-sansio",
        ws_max_size=_MAX_SOCKET_MESSAGE,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    config.load()
    config.ssl = tls
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        if task.done():
            task.result()
        yield
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await task
        listening.close()

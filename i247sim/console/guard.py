"""What stands before every page and socket: host, origin, session, size, and the headers of every answer.

Plain ASGI and not a middleware of the framework's kind: that never sees sockets. Nothing behind it is reached by

1. a host that is not this server (DNS rebinding),
2. a method other than GET, HEAD and POST, or a body beyond ``MAX_BODY_BYTES``,
3. a token in a URL,
4. a POST or a socket whose origin is not this server's, or that a browser says comes from another site,
5. anybody who is not signed in, except for the few ``OPEN`` paths.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException

from i247sim.console.plain import number_of
from i247sim.console.sessions import Sessions

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 512 * 1024
"""Of a form: the longest text a message may have fits in, escaped."""
BODY_SECONDS = 30.0
"""So long may a form take to arrive."""
SUSPENDED = 4401
"""A socket's close code: signed out, or never signed in."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # `no-referrer` makes Chromium send `Origin: null` with forms, and the check below would refuse them.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), "
    "clipboard-read=(), accelerometer=(), gyroscope=(), magnetometer=(), midi=(), serial=()",
}
OPEN = ("/login", "/about", "/favicon.ico")
"""Paths that need no session; so does everything below ``/static/``."""
_SECRETS = frozenset({"token", "access_token", "auth", "key", "password", "secret", "session"})


@dataclass(frozen=True)
class Place:
    """Where this server is reached."""

    hosts: frozenset[str]
    """``127.0.0.1:8247`` …: what a Host header may say."""
    tls: bool
    cookie: str
    """The session cookie's name."""

    @property
    def origins(self) -> frozenset[str]:
        """What an Origin header may say."""
        scheme = "https" if self.tls else "http"
        return frozenset(f"{scheme}://{host}" for host in self.hosts)


class Guard:
    """Stands before ``app``. Puts the session into ``scope["state"]["session"]`` (``None`` on open paths)."""

    def __init__(
        self,
        app: App,
        place: Place,
        sessions: Sessions,
        refuse: Callable[[int, str], tuple[bytes, str]],
    ) -> None:
        """``refuse`` makes body and media type of an error page from a status and a sentence."""
        self._app = app
        self._place = place
        self._sessions = sessions
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or socket (ASGI)."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        session = self._session(headers)
        scope.setdefault("state", {})["session"] = session
        answer = self._objection(scope, headers) or (None if session or _is_open(scope) else (401, "please sign in"))
        if scope["type"] == "websocket":
            if answer is not None:
                await _close(receive, send, SUSPENDED if answer[0] == 401 else 1008)
                return
            await self._app(scope, receive, send)
            return
        dressed = self._dressed(scope, send)
        if answer is None:
            await self._app(scope, self._bounded(receive), dressed)
            return
        if answer[0] == 401 and scope["method"] in ("GET", "HEAD") and "json" not in headers.get("accept", ""):
            await _respond(dressed, 303, b"", "text/plain", [(b"location", b"/login")])
            return
        await _respond(dressed, answer[0], *self._refuse(*answer))

    def _objection(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        """Status and sentence of what is wrong with a request itself, whoever sends it."""
        if headers.get("host", "").lower() not in self._place.hosts:
            return 421, "this server is not reached under that name"
        query = scope.get("query_string", b"").decode("latin-1")
        if any(name.lower() in _SECRETS for name, _ in parse_qsl(query, keep_blank_values=True)):
            return 400, "a token never stands in an address: it would be kept in histories and logs"
        writes = scope["type"] == "websocket"
        if scope["type"] == "http":
            if scope["method"] not in ("GET", "HEAD", "POST"):
                return 405, "only GET, HEAD and POST are answered here"
            writes = scope["method"] == "POST"
            length = number_of(headers.get("content-length", "0"))
            if length is None or length > MAX_BODY_BYTES:
                return 413, "that is more than a form may hold"
        if writes:
            if headers.get("origin", "").lower() not in self._place.origins:
                return 403, "this did not come from a page of this console"
            if headers.get("sec-fetch-site", "same-origin") != "same-origin":
                return 403, "this came from another site"
        return None

    def _session(self, headers: dict[str, str]) -> object:
        cookie = session_cookie(headers.get("cookie", ""), self._place.cookie)
        return None if cookie is None else self._sessions.find(cookie, time.monotonic())

    def _bounded(self, receive: Receive) -> Receive:
        taken, whole = 0, False
        until = asyncio.get_running_loop().time() + BODY_SECONDS

        async def bounded() -> Message:
            nonlocal taken, whole
            try:
                async with asyncio.timeout_at(None if whole else until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "that took too long to arrive") from None
            whole = not message.get("more_body", False)
            taken += len(message.get("body", b""))
            if taken > MAX_BODY_BYTES:
                raise HTTPException(413, "that is more than a form may hold")
            return message

        return bounded

    def _dressed(self, scope: Scope, send: Send) -> Send:
        """``send`` with the headers that every answer carries."""
        static = scope["path"].startswith("/static/")

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = [(name.lower(), value) for name, value in message.get("headers", ())]
                names = {name for name, _ in given}
                extra = dict(HEADERS)
                extra["cache-control"] = "no-cache" if static else "no-store"
                if self._place.tls:
                    extra["strict-transport-security"] = "max-age=86400"
                given += [
                    (name.encode(), value.encode()) for name, value in extra.items() if name.encode() not in names
                ]
                message = {**message, "headers": given}
            await send(message)

        return dressed


def session_cookie(header: str, name: str) -> str | None:
    """The value of the session cookie in a Cookie header."""
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return None if found is None else found.value


def _headers(scope: Scope) -> dict[str, str]:
    """By name in small letters; of a header that comes twice, both joined, so that no check sees only one of them."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        joint = "; " if key == "cookie" else ", "
        found[key] = f"{found[key]}{joint}{text}" if key in found else text
    return found


def _is_open(scope: Scope) -> bool:
    return scope["type"] == "http" and (scope["path"] in OPEN or scope["path"].startswith("/static/"))


async def _close(receive: Receive, send: Send, code: int) -> None:
    """Take the socket and close it at once: a code before it is taken would reach no browser."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code})


async def _respond(
    send: Send, status: int, body: bytes, kind: str, headers: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    start = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})

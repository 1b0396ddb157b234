"""The application: which page stands where, the socket, and what happens when something breaks."""

import asyncio
import contextlib
import mimetypes
import re
import traceback
from collections.abc import Awaitable, Callable, Iterator
from hashlib import sha256

from h11 import LocalProtocolError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from i247sim.console.guard import SUSPENDED, App, Guard
from i247sim.console.house import STATIC, House, debugging, error_number, house_of
from i247sim.console.pages import (
    access,
    acts,
    bureaus,
    evidence,
    faults,
    inject,
    messages,
    report,
    seat,
    seat_pages,
    signing,
    situation,
    timeline,
    why,
)
from i247sim.console.sessions import Session
from i247sim.exercise.port import BetweenTwo, NotAllowed, Role, Who

MOST_SOCKETS = 20
"""Of one browser: a person with many tabs."""
Page = Callable[[Request], Awaitable[Response]]
_CONTROL = (Role.INSTRUCTOR, Role.EVALUATOR)
_EVERYBODY_BUT_SEATS = (*_CONTROL, Role.OBSERVER)
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}


def application(house: House) -> App:
    """The console as an ASGI application, its guard before it."""
    routes: list[BaseRoute] = [
        Route("/", signing.home),
        Route("/login", signing.show),
        Route("/login", signing.enter, methods=["POST"]),
        Route("/about", signing.about),
        Route("/favicon.ico", _favicon),
        Route("/static/{name}", _static),
        Route("/do/{command}", acts.do, methods=["POST"]),
        Route("/wall", _for(_EVERYBODY_BUT_SEATS, situation.wall)),
        Route("/snapshot.json", situation.snapshot),
        WebSocketRoute("/live", _live),
    ]
    for path, page in (
        ("/situation", situation.show),
        ("/messages", messages.show),
        ("/access", access.show),
        ("/access.csv", access.table),
        ("/bureaus", bureaus.show),
        ("/timeline", timeline.show),
        ("/faults", faults.show),
        ("/evidence", evidence.show),
        ("/evidence/run.zip", evidence.export),
        ("/report", report.show),
        ("/report.html", report.as_html),
        ("/report.json", report.as_json),
        ("/why", why.show),
    ):
        routes.append(Route(path, _for(_CONTROL, page)))
    routes.append(Route("/inject", _for((Role.INSTRUCTOR,), inject.show)))
    for path, page in (
        ("/seat", seat.inbox),
        ("/seat/message/{key}", seat.message),
        ("/seat/sent", seat.sent),
        ("/seat/new", seat_pages.new),
        ("/seat/notices", seat_pages.notices),
        ("/seat/notices/new", seat_pages.notice_form),
        ("/seat/query", seat_pages.query),
        ("/seat/restrictions", seat_pages.restrictions),
        ("/seat/log", seat.log),
    ):
        routes.append(Route(path, _for((Role.SEAT,), _while_it_lasts(page))))
    routes.append(Route("/seat/log.txt", _for((Role.SEAT,), seat.log_text)))
    wrong = {HTTPException: _http_error, BetweenTwo: _between, NotAllowed: _not_allowed, Exception: _broken}
    app = Starlette(routes=routes, exception_handlers=wrong)
    app.state.house = house
    return Guard(app, house.place, house.sessions, _refusal(house))


def _for(roles: tuple[Role, ...], page: Page) -> Page:
    """The page, for these roles alone."""

    async def guarded(request: Request) -> Response:
        session: Session = request.scope["state"]["session"]
        if session.who.role not in roles:
            if request.method == "GET" and request.url.path in ("/situation", "/seat", "/wall"):
                return RedirectResponse(signing.HOME[session.who.role], 303)
            raise NotAllowed("this page is not for you")
        return await page(request)

    return guarded


def _while_it_lasts(page: Page) -> Page:
    """The page of a seat; when the exercise is over, the one that says so."""

    async def lasting(request: Request) -> Response:
        return await (page if house_of(request).port.live else seat.ended)(request)

    return lasting


def _refusal(house: House) -> Callable[[int, str], tuple[bytes, str]]:
    def refuse(status: int, text: str) -> tuple[bytes, str]:
        return bytes(house.error(status, text).body), "text/html; charset=utf-8"

    return refuse


# --- the socket


async def _live(socket: WebSocket) -> None:
    """``/live``: frames out, nothing in. Whoever sends something is shown the door."""
    house: House = socket.app.state.house
    session: Session = socket.scope["state"]["session"]
    await socket.accept()
    if not house.port.live:
        await socket.close(4410)
        return
    if sum(one.session is session for one in house.live.viewers) >= MOST_SOCKETS:
        await socket.close(1013)
        return
    # Whoever opens the wall, the projector shows what an observer may see: no refusals, and not who is cut off.
    walled = "wall" in socket.query_params and session.who.role is not Role.SEAT
    viewer = house.live.join(Who(Role.OBSERVER) if walled else session.who, session)
    listening = asyncio.create_task(_hear(socket, viewer.close))
    try:
        while True:
            found = await viewer.next()
            if session.closed:
                found = SUSPENDED
            if isinstance(found, int):
                await socket.close(found)
                return
            await socket.send_text(found)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the page is gone
    finally:
        house.live.leave(viewer)
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


async def _hear(socket: WebSocket, close: Callable[[int], None]) -> None:
    """Notice that the page has gone; a page that talks is none of ours."""
    while True:
        message = await socket.receive()
        close(1000 if message["type"] == "websocket.disconnect" else 1008)
        if message["type"] == "websocket.disconnect":
            return


# --- static files


_FILES: dict[str, tuple[bytes, str, str]] = {}


def _load() -> dict[str, tuple[bytes, str, str]]:
    """Name to bytes, media type and tag: read once, so that no path from outside ever reaches the disk."""
    if not _FILES:
        for one in STATIC.iterdir():
            if one.is_file():
                _FILES[one.name] = _served(one.name, one.read_bytes())
        for name, drawing in _signs(STATIC.joinpath("icons.svg").read_text(encoding="utf-8")):
            _FILES[name] = _served(name, drawing.encode())
    return _FILES


def _signs(icons: str) -> Iterator[tuple[str, str]]:
    """Every icon as a drawing of its own (``sign-read.svg``), for where a style sheet needs it as a mask."""
    for name, box, lines in re.findall(r'<symbol id="([a-z-]+)" viewBox="([^"]+)">(.*?)</symbol>', icons):
        pen = 'fill="none" stroke="black" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"'
        yield f"sign-{name}.svg", f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" {pen}>{lines}</svg>'


def _served(name: str, data: bytes) -> tuple[bytes, str, str]:
    suffix = f".{name.rpartition('.')[2]}"
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return data, kind, f'"{sha256(data).hexdigest()[:16]}"'


async def _static(request: Request) -> Response:
    found = _load().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    data, kind, tag = found
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return Response(data, media_type=kind, headers={"etag": tag})


async def _favicon(request: Request) -> Response:
    return RedirectResponse("/static/favicon.svg", 301)


# --- what goes wrong


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = error.detail if isinstance(error, HTTPException) and status in (408, 413) else "this is not possible"
    text = "there is nothing here" if status == 404 else said
    return house_of(request).error(status, text)


async def _between(request: Request, error: Exception) -> Response:
    """The page that loads itself again until there is something to be seen."""
    if "application/json" in request.headers.get("accept", ""):
        return PlainTextResponse(str(error), 503)
    return house_of(request).page("between.html")


async def _not_allowed(request: Request, error: Exception) -> Response:
    if "application/json" in request.headers.get("accept", ""):
        return PlainTextResponse(str(error), 403)
    return house_of(request).error(403, str(error))


async def _broken(request: Request, error: Exception) -> Response:
    """One sentence and a number; the terminal says more."""
    house = house_of(request)
    if isinstance(error, LocalProtocolError):
        return house.error(400, "what came over this line is no request")  # and nobody is there to read it any more
    number = error_number()
    house.trouble(f"error {number} at {request.url.path}: {type(error).__name__}: {error}")
    if debugging():
        traceback.print_exception(error)
    text = "This page could not be made. The exercise goes on; load the page again, or tell the instructor the number."
    return house.error(500, text, number)

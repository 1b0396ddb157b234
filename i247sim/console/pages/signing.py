"""Signing in and out, and where each role begins."""

import time

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from i247sim.console.guard import SUSPENDED, session_cookie
from i247sim.console.house import House, house_of
from i247sim.console.sessions import Session
from i247sim.exercise.port import Role

HOME = {
    Role.INSTRUCTOR: "/situation",
    Role.EVALUATOR: "/situation",
    Role.OBSERVER: "/wall",
    Role.SEAT: "/seat",
}


_SIGNED_OUT = (
    "You are signed out: exercise control has closed this seat, or the console was started again. "
    "Your instructor has a new token for you."
)


async def home(request: Request) -> Response:
    """``GET /``."""
    session: Session = request.scope["state"]["session"]
    return RedirectResponse(HOME[session.who.role], 303)


async def show(request: Request) -> Response:
    """``GET /login``."""
    session: Session | None = request.scope["state"]["session"]
    if session is not None:
        return RedirectResponse(HOME[session.who.role], 303)
    house = house_of(request)
    if session_cookie(request.headers.get("cookie", ""), house.place.cookie) is None:
        return house.page("login.html", error=None, wait=None)
    # A browser that was signed in and is not any more: it is told once, and forgets.
    answer = house.page("login.html", error=None, wait=None, said=_SIGNED_OUT)
    forget(answer, house)
    return answer


async def enter(request: Request) -> Response:
    """``POST /login``: the token is in the form, never in the address."""
    house = house_of(request)
    address = request.client.host if request.client else ""
    form = await request.form(max_fields=10, max_files=0)
    # From here to the end of the check nothing is awaited: a hundred tries at once are a hundred failures.
    now = time.monotonic()
    wait = house.delay.wait(address, now)
    if wait > 0:
        return house.page("login.html", 429, error="Too many tries.", wait=max(1, round(wait)))
    token = form.get("token")
    who = house.tokens.check(token) if isinstance(token, str) else None
    if who is None:
        house.delay.failed(address, now)
        return house.page("login.html", 403, error="This is no token of this exercise.", wait=None)
    house.delay.passed(address)
    if who.role is Role.SEAT and house.port.live:
        await house.port.command(who, "take", {})  # from now on a person answers there
    earlier = session_cookie(request.headers.get("cookie", ""), house.place.cookie)
    if earlier is not None:
        house.sessions.end(earlier)
    cookie, _ = house.sessions.begin(who, now)
    answer = RedirectResponse(HOME[who.role], 303)
    answer.set_cookie(
        house.place.cookie,
        cookie,
        httponly=True,
        samesite="strict",
        secure=house.place.tls,
        path="/",
        max_age=12 * 3600,
    )
    return answer


def leave(request: Request, house: House) -> Response:
    """Sign out: the session and its sockets end."""
    session: Session | None = request.scope["state"]["session"]
    cookie = session_cookie(request.headers.get("cookie", ""), house.place.cookie)
    if cookie is not None:
        house.sessions.end(cookie)
    if session is not None:
        for viewer in [one for one in house.live.viewers if one.session is session]:
            viewer.close(SUSPENDED)
    answer = RedirectResponse("/login", 303)
    forget(answer, house)
    return answer


def forget(answer: Response, house: House) -> None:
    """Have the browser throw its cookie away."""
    answer.delete_cookie(house.place.cookie, path="/", httponly=True, samesite="strict", secure=house.place.tls)


async def about(request: Request) -> Response:
    """``GET /about``."""
    return house_of(request).page("about.html")

"""What all pages share: the port to the exercise, who may sign in, who is signed in, the map, the templates."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from i247sim.console import map as geography
from i247sim.console.foresight import Foresight
from i247sim.console.guard import Place
from i247sim.console.live import Live
from i247sim.console.plain import shown
from i247sim.console.sessions import Delay, Session, Sessions, Tokens
from i247sim.exercise.picture import Picture
from i247sim.exercise.port import ExercisePort, Role, Who
from i247sim.exercise.scenario import Scenario
from i247sim.vocabulary.kinds import headed

STATIC = resources.files("i247sim.console").joinpath("static")


def _finalize(value: Any) -> Any:
    """Every text that a template prints shows its hidden characters; what the templates themselves made, passes."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def environment() -> Environment:
    """The templates, escaping everything they print. Made once: they are the same for every console."""
    made = Environment(
        loader=PackageLoader("i247sim.console"),
        autoescape=True,
        finalize=_finalize,
        trim_blocks=False,
    )
    made.filters["headed"] = headed
    return made


@dataclass
class House:
    """One console. Lives as long as the command."""

    port: ExercisePort
    scenario: Scenario
    place: Place
    sessions: Sessions
    tokens: Tokens = field(default_factory=Tokens)
    delay: Delay = field(default_factory=Delay)
    live: Live = field(init=False)
    foresight: Foresight = field(init=False)
    pages: Environment = field(default_factory=environment)
    verified: dict[str, Any] | None = None
    """What the newest check of the evidence has found."""
    tried: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """(Message key, party) to what a try to read came to."""
    looked: dict[str, set[str]] = field(default_factory=dict)
    """Party to the ids of the messages that somebody at its desk has looked at."""
    trouble: Callable[[str], None] = lambda text: None
    """Told in one line what has gone wrong; for the terminal."""

    def __post_init__(self) -> None:
        self.live = Live(self.port)
        self.foresight = Foresight(self.live.stir, self._troubled)
        self.sheet = geography.sheet({one.id: one.parent for one in self.scenario.parties().values()})

    def _troubled(self, text: str) -> None:
        self.trouble(text)  # set after us

    def attach(self, port: ExercisePort) -> None:
        """From now on this port: the exercise has ended, and its folder stands in its place."""
        self.port = port

    def admit(self, who: Who) -> str:
        """A new token for ``who``, to be shown once."""
        return self.tokens.issue(who)

    def dismiss(self, who: Who, code: int) -> None:
        """No token of ``who`` is good any more; its sessions end, and its sockets close."""
        self.tokens.withdraw(who)
        self.sessions.suspend(who)
        self.live.dismiss(who, code)

    def seats(self, taken: frozenset[str]) -> dict[str, str]:
        """Party to ``taken`` (a person sits there) or ``free`` (a token is out); all others are simulated."""
        found = {party: "free" for party in self.scenario.parties() if self.tokens.has(Who(Role.SEAT, party))}
        return {**found, **dict.fromkeys(sorted(taken), "taken")}

    def keys(self, who: Who, party: str, picture: Picture) -> list[dict[str, Any]]:
        """The decryption keys on a party's card, oldest first."""
        return [
            {"id": id_, "state": state, "from": f"{begin:%Y-%m-%d}", "until": f"{end:%Y-%m-%d}"}
            for id_, state, begin, end in picture.keys_of(party)
        ]

    def page(self, template: str, code: int = 200, **context: Any) -> Response:
        """A page."""
        return HTMLResponse(self.pages.get_template(template).render(**context), code)

    def error(self, status: int, text: str, number: str | None = None, title: str | None = None) -> Response:
        """The page that says what went wrong: one sentence, and never a traceback."""
        title = title or _TITLES.get(status, "Not possible")
        return self.page("error.html", status, status=status, title=title, text=text, id=number)


_TITLES = {
    401: "Please sign in",
    403: "Not for you",
    404: "Not here",
    413: "Too much",
    421: "Not this server",
    500: "Something broke",
}


def house_of(request: Request) -> House:
    """The console that a request came to."""
    house: House = request.app.state.house
    return house


def session_of(request: Request) -> Session:
    """The session of a request: the guard has let nobody through without."""
    session: Session | None = request.scope["state"]["session"]
    assert session is not None, "the guard stands before every page"
    return session


def error_number() -> str:
    """A number to find an error by, on the page and in the terminal."""
    return secrets.token_hex(4)


def debugging() -> bool:
    """Whether tracebacks go to the terminal."""
    return "I247SIM_DEBUG" in os.environ

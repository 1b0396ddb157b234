"""Who is signed in: tokens that are shown once and kept as hashes, sessions behind a cookie, and a growing delay.

Real time comes in as an argument; random numbers come from the system. Nothing is kept on disk: when the console
ends, so do all sessions.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from i247sim.exercise.port import Role, Who

SESSION_SECONDS = 12 * 3600.0
"""A session that was not used for so long is over."""
DOUBLE_CLICK_SECONDS = 2.0
"""The same form twice within so long is one form."""
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 60.0
_FORGIVEN = 900.0
"""After so many seconds without a try, failures are forgotten."""
_MOST_PLACES = 1000
"""So many addresses with failures are remembered."""
_MOST_FLASHES = 5


@dataclass(frozen=True)
class Flash:
    """What is said once, on the next page."""

    kind: str
    """``ok``, ``warn`` or ``error``."""
    text: str
    token: str | None = field(default=None, repr=False)
    """A token that is shown this once."""
    undo: tuple[str, dict[str, str], str] | None = None
    """Command, fields and title of what takes it back."""


@dataclass
class Session:
    """One browser that has signed in."""

    who: Who
    csrf: str = field(repr=False)
    used: float
    """When it was last used, in seconds of the caller's clock."""
    flashes: list[Flash] = field(default_factory=list)
    forms: dict[str, object] = field(default_factory=dict, repr=False)
    """What was typed into a form that did not hold, to be shown again."""
    at: int | None = None
    """Where in a finished run it looks, in seconds; ``None``: at its end."""
    closed: bool = False
    """Suspended or signed out: its sockets must close."""

    last_form: tuple[object, float] | None = field(default=None, repr=False)
    """The newest form that was sent and held, and when."""

    def repeats(self, name: str, typed: Mapping[str, Sequence[str]], now: float) -> bool:
        """Whether just this form was sent a moment ago: a double click, or a page sent again by the browser."""
        form = (name, sorted((field, tuple(texts)) for field, texts in typed.items()))
        last, self.last_form = self.last_form, (form, now)
        return last is not None and form == last[0] and now - last[1] < DOUBLE_CLICK_SECONDS

    def say(self, flash: Flash) -> None:
        """Say it on the next page; of many, the newest few."""
        self.flashes = [*self.flashes, flash][-_MOST_FLASHES:]


def plain(token: str) -> str:
    """A token as it is hashed: people may type it in small letters, and leave hyphens out."""
    return "".join(char for char in token.upper() if char.isalnum())


@dataclass
class Tokens:
    """Who may sign in. A token is 128 random bits in groups of letters; only its hash is kept."""

    _known: dict[bytes, Who] = field(default_factory=dict, repr=False)

    def issue(self, who: Who) -> str:
        """A new token for ``who``, to be shown once. For a seat, an earlier one ends."""
        if who.role is Role.SEAT:
            self.withdraw(who)
        text = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")
        token = "-".join(text[start : start + 5] for start in range(0, len(text), 5))
        self._known[_hash(token)] = who
        return token

    def withdraw(self, who: Who) -> None:
        """No token of ``who`` is good any more."""
        self._known = {digest: one for digest, one in self._known.items() if one != who}

    def check(self, token: str) -> Who | None:
        """Whose token it is; ``None`` if nobody's. Takes the same time for every one."""
        given, found = _hash(token[:200]), None
        for digest, who in self._known.items():
            if hmac.compare_digest(given, digest):
                found = who
        return found

    def has(self, who: Who) -> bool:
        """Whether ``who`` has a token."""
        return who in self._known.values()


def _hash(token: str) -> bytes:
    return hashlib.sha256(b"i247/v1/console-token\0" + plain(token).encode()).digest()


@dataclass
class Sessions:
    """The browsers that are signed in, by a hash of what their cookie holds."""

    _open: dict[bytes, Session] = field(default_factory=dict, repr=False)

    def begin(self, who: Who, now: float) -> tuple[str, Session]:
        """A new session: the cookie's value, to be sent once, and the session."""
        cookie = secrets.token_urlsafe(32)
        session = Session(who, secrets.token_urlsafe(32), now)
        self._open[_cookie(cookie)] = session
        return cookie, session

    def find(self, cookie: str, now: float) -> Session | None:
        """The session of a cookie, if it goes on; being found is being used."""
        session = self._open.get(_cookie(cookie))
        if session is None:
            return None
        if now - session.used > SESSION_SECONDS:
            self.end(cookie)
            return None
        session.used = now
        return session

    def end(self, cookie: str) -> None:
        """Sign out."""
        session = self._open.pop(_cookie(cookie), None)
        if session is not None:
            session.closed = True

    def suspend(self, who: Who) -> int:
        """End all sessions of ``who``; returns how many there were."""
        found = [key for key, session in self._open.items() if session.who == who]
        for key in found:
            self._open.pop(key).closed = True
        return len(found)

    def of(self, who: Who) -> Iterator[Session]:
        """The sessions of ``who``."""
        return (session for session in self._open.values() if session.who == who)


def _cookie(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "replace")).digest()


@dataclass
class Delay:
    """After every failure from one address it must wait longer: 0.5 s, 1 s, 2 s … up to a minute."""

    _failures: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Address to how often it has failed, and when last."""

    def wait(self, address: str, now: float) -> float:
        """How many seconds ``address`` must still wait before it may try; 0 if it may."""
        count, last = self._failures.get(address, (0, 0.0))
        if count == 0 or now - last > _FORGIVEN:
            return 0.0
        return max(0.0, last + min(_FIRST_WAIT * 2.0 ** min(count - 1, 10), _LONGEST_WAIT) - now)

    def failed(self, address: str, now: float) -> None:
        """A wrong token came from ``address``."""
        count, last = self._failures.pop(address, (0, 0.0))
        if len(self._failures) >= _MOST_PLACES:
            self._failures.pop(next(iter(self._failures)))
        self._failures[address] = (count + 1 if now - last <= _FORGIVEN else 1, now)

    def passed(self, address: str) -> None:
        """A right token came from ``address``."""
        self._failures.pop(address, None)

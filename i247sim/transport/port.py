"""Publish, take the next event, close: the whole contract of a transport.

A link delivers each message at most once while it is up, in order per sender, to the parties that
subscribed to its topic, and to nobody else. It promises nothing about what was on its way when a link or
the broker went down. It does not look into payloads, and it keeps nothing for those who are away.
"""

import ssl
from dataclasses import dataclass, field
from typing import Protocol

from i247sim.vocabulary.errors import I247Error
from i247sim.vocabulary.limits import MAX_WIRE_BYTES


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Connected, and every subscription granted. What is published to us from now on arrives."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """Not connected any more, or not yet. Once per outage; the link goes on trying by itself."""

    reason: str
    """For the local log: lower case, no full stop, no secrets."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message came in. Not authenticated: whoever may publish on ``topic`` can have sent it."""

    topic: str
    payload: bytes


LinkEvent = LinkUp | LinkDown | Arrived


@dataclass(frozen=True, slots=True)
class Rights:
    """What a party may do at the broker: topics, ``+`` for one level and ``#`` for the rest allowed."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes for a party whose link breaks without a goodbye."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a broker listens."""

    host: str
    """As it stands in the broker's certificate: checked when connecting."""
    port: int
    others: tuple["Endpoint", ...] = ()
    """Further servers of the same broker, a cluster: who cannot reach one goes to the next."""

    @property
    def servers(self) -> tuple["Endpoint", ...]:
        """All of them, this one first."""
        return (self, *self.others)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who connects, and how it proves that."""

    party: str
    client_id: str = field(repr=False)
    """128 random bits in hex, per party and run. Secret: whoever connects under it throws this party off."""
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    """The party's certificate and whom it trusts (``tls.client_context``). Only the memory broker needs none."""


class LinkLost(I247Error):
    """There is no connection, or it went away before the message was out. Send again later."""


class LinkClosed(I247Error):
    """The link was closed by its owner: nothing will come any more."""


class TooLarge(I247Error):
    """A payload is above the limit; nothing was sent. ``size`` and ``limit`` in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"a message of {size} bytes is above the limit of {limit} bytes")
        self.size = size
        self.limit = limit


class NotPermitted(I247Error):
    """The broker refused a subscription. Asking again would not help, so the link has given up."""

    def __init__(self, party: str, topic: str) -> None:
        super().__init__(f"`{party}` may not subscribe to `{topic}`")
        self.party = party
        self.topic = topic


class Link(Protocol):
    """One party's connection to a broker. For one event loop; one reader at a time."""

    @property
    def party(self) -> str:
        """Whose link this is."""

    @property
    def is_up(self) -> bool:
        """Whether a publish has a chance right now."""

    @property
    def dropped(self) -> int:
        """Arrivals thrown away because nobody took events for too long (see ``inbox``)."""

    async def start(self) -> None:
        """Begin to connect and return at once. Goes on by itself, after every loss too, until closed."""

    async def publish(self, topic: str, payload: bytes) -> None:
        """Send; returns when the message is on its way, which says nothing about its arrival.

        Keeps the order of calls. Waits when the broker is slower than we are, never for ever. A broker
        drops what the party has no right to publish, silently for the sender. Raises ``TooLarge``, ``LinkLost``.
        """

    async def next(self) -> LinkEvent:
        """The next event, in order of happening. May be cancelled without losing one.

        Raises ``NotPermitted`` when a subscription was refused, and ``LinkClosed`` after ``close``.
        """

    async def close(self) -> None:
        """Say goodbye (the will is not published) and stop. Idempotent."""


class Broker(Protocol):
    """What links meet at. Enforces ``Rights`` per party; trusted for availability only."""

    @property
    def is_alive(self) -> bool:
        """Whether the broker runs, as far as this process can tell."""

    @property
    def violations(self) -> int:
        """How many publishes and subscriptions without right were refused so far, as far as the broker tells."""

    async def start(self) -> None:
        """Run, until ``stop``. May follow a ``stop`` or a crash. Raises ``NetworkFailed`` or ``InputError``."""

    async def stop(self) -> None:
        """Stop: every session drops, and what was on its way is lost. Idempotent."""

    def link(self, credentials: Credentials, topics: tuple[str, ...], will: Will | None = None) -> Link:
        """A new link, not yet started, that will subscribe to ``topics`` whenever it connects."""

    async def permit(self, party: str, rights: Rights) -> None:
        """From now on ``party`` may connect, with these rights instead of earlier ones.

        If they differ from earlier ones, a live session is cut and comes back under the new ones.
        """

    async def revoke(self, party: str) -> None:
        """Cut the party's live session at once and admit it no more. Unknown parties are ignored."""


MAX_PAYLOAD_BYTES = MAX_WIRE_BYTES
"""The largest payload a link takes (6 MiB)."""


def check_size(payload: bytes, limit: int = MAX_PAYLOAD_BYTES) -> None:
    """Raise ``TooLarge`` if ``payload`` has more than ``limit`` bytes."""
    if len(payload) > limit:
        raise TooLarge(len(payload), limit)

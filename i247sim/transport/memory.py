"""A complete broker in memory: rights, wildcards, limits, takeover, last will, stop and start.

Delivery is immediate and in the order of calls, with no clock and no randomness, so that the same calls
give the same run. It behaves like the MQTT brokers as far as ``tests/conformance`` can see, with one
exception made for repeatability: a link that is down does not try again after a while, it is connected
at the very moment when the reason is gone (broker started, party permitted, client id free again).
"""

from collections.abc import Mapping
from typing import Literal

from i247sim.transport.inbox import Inbox
from i247sim.transport.port import (
    Arrived,
    Credentials,
    LinkClosed,
    LinkDown,
    LinkEvent,
    LinkLost,
    LinkUp,
    NotPermitted,
    Rights,
    Will,
    check_size,
)
from i247sim.transport.topics import covers, is_filter


class MemoryBroker:
    """See ``port.Broker``."""

    def __init__(self, rights: Mapping[str, Rights]) -> None:
        self._rights = dict(rights)
        self._running = False
        self._violations = 0
        self._links: list[MemoryLink] = []
        """All started links, in order of starting; down ones wait here for their chance."""
        self._sessions: dict[str, MemoryLink] = {}
        """Who holds which client id."""
        self._routes: dict[tuple[str, str], tuple[MemoryLink, ...] | None] = {}
        """Readers by (sender, topic), ``None`` where the sender has no right. Empty after every change."""

    @property
    def is_alive(self) -> bool:
        return self._running

    @property
    def violations(self) -> int:
        return self._violations

    async def start(self) -> None:
        self._running = True
        self._admit_waiting()

    async def stop(self) -> None:
        # No wills: like a killed server, this one has nobody left to tell.
        self._running = False
        for link in list(self._sessions.values()):
            self._end_session(link, "the broker has stopped", will=False)

    def link(self, credentials: Credentials, topics: tuple[str, ...], will: Will | None = None) -> "MemoryLink":
        return MemoryLink(self, credentials, topics, will)

    async def permit(self, party: str, rights: Rights) -> None:
        if self._rights.get(party) == rights:
            return
        await self.revoke(party)
        self._rights[party] = rights
        self._routes.clear()
        self._admit_waiting()

    async def revoke(self, party: str) -> None:
        self._rights.pop(party, None)
        self._routes.clear()
        for link in self._sessions_of(party):
            self._end_session(link, "the party is not permitted any more", will=False)
        self._admit_waiting()

    def drop(self, party: str, reason: str = "the connection broke") -> None:
        """Break the party's live sessions as a torn cable would: wills are published, links come back."""
        for link in self._sessions_of(party):
            self._end_session(link, reason, will=True)
        self._admit_waiting()

    # What links call:

    def admit(self, link: "MemoryLink") -> None:
        """A link asks for a session. Takes over its client id from whoever holds it (MQTT 3.1.4-2)."""
        if link not in self._links:
            self._links.append(link)
        refusal = self._refusal(link)
        if refusal is not None:
            link.went_down(refusal)
            return
        holder = self._sessions.get(link.client_id)
        if holder is not None:
            self._end_session(holder, "another connection took over the client id", will=True)
        allowed = self._rights[link.party].subscribe
        for topic in link.topics:
            if not is_filter(topic) or not any(covers(pattern, topic) for pattern in allowed):
                self._violations += 1
                self._links.remove(link)
                link.gave_up(NotPermitted(link.party, topic))
                return
        self._sessions[link.client_id] = link
        self._routes.clear()
        link.went_up()

    def forget(self, link: "MemoryLink") -> None:
        """A link says goodbye."""
        if link in self._links:
            self._links.remove(link)
        if self._sessions.get(link.client_id) is link:
            del self._sessions[link.client_id]
            self._routes.clear()
            self._admit_waiting()

    def route(self, sender: str, topic: str, payload: bytes) -> None:
        """Hand a message to every session that subscribed to its topic, once each, in order of connecting."""
        check_size(payload)
        if (sender, topic) not in self._routes:
            self._routes[sender, topic] = self._readers(sender, topic)
        readers = self._routes[sender, topic]
        if readers is None:
            self._violations += 1
            return
        arrival = Arrived(topic, bytes(payload))
        for link in readers:
            link.took(arrival)

    def _readers(self, sender: str, topic: str) -> "tuple[MemoryLink, ...] | None":
        rights = self._rights.get(sender)
        if rights is None or not any(covers(pattern, topic) for pattern in rights.publish):
            return None
        return tuple(link for link in self._sessions.values() if any(covers(own, topic) for own in link.topics))

    def _sessions_of(self, party: str) -> "list[MemoryLink]":
        return [link for link in self._sessions.values() if link.party == party]

    def _refusal(self, link: "MemoryLink") -> str | None:
        if not self._running:
            return "the broker is not running"
        if link.party not in self._rights:
            return "the party is not permitted"
        return None

    def _end_session(self, link: "MemoryLink", reason: str, *, will: bool) -> None:
        del self._sessions[link.client_id]
        self._routes.clear()
        link.went_down(reason)
        if will and link.will is not None:
            self.route(link.party, link.will.topic, link.will.payload)

    def _admit_waiting(self) -> None:
        for link in list(self._links):
            if not link.is_up and link.client_id not in self._sessions and self._refusal(link) is None:
                self.admit(link)


class MemoryLink:
    """See ``port.Link``. Made by ``MemoryBroker.link``."""

    def __init__(
        self, broker: MemoryBroker, credentials: Credentials, topics: tuple[str, ...], will: Will | None
    ) -> None:
        self.client_id = credentials.client_id
        self.topics = topics
        self.will = will
        self._broker = broker
        self._party = credentials.party
        self._inbox = Inbox()
        self._state: Literal["new", "up", "down", "over"] = "new"

    @property
    def party(self) -> str:
        return self._party

    @property
    def is_up(self) -> bool:
        return self._state == "up"

    @property
    def dropped(self) -> int:
        return self._inbox.dropped

    async def start(self) -> None:
        assert self._state == "new", "a link is started once"
        self._broker.admit(self)

    async def publish(self, topic: str, payload: bytes) -> None:
        if self._state == "over":
            raise LinkClosed("the link is closed")
        if self._state != "up":
            raise LinkLost("not connected to the broker")
        self._broker.route(self._party, topic, payload)

    async def next(self) -> LinkEvent:
        return await self._inbox.next()

    async def close(self) -> None:
        if self._state != "over":
            self._state = "over"
            self._broker.forget(self)
            self._inbox.end()

    # What the broker calls:

    def went_up(self) -> None:
        """The session begins."""
        self._state = "up"
        self._inbox.put(LinkUp())

    def went_down(self, reason: str) -> None:
        """The session is over, or there was none to be had. Told to the reader once per outage."""
        if self._state != "down":
            self._state = "down"
            self._inbox.put(LinkDown(reason))

    def gave_up(self, refusal: NotPermitted) -> None:
        """A subscription was refused: the end of this link."""
        self._state = "over"
        self._inbox.end(refusal)

    def took(self, arrival: Arrived) -> None:
        """A message came in."""
        self._inbox.put(arrival)

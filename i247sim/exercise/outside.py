"""Playing over a broker that somebody else runs: which one, with whose keys, and whether it does what it must.

Before anybody relies on it the broker is put to the test: it must admit the hub, and it must keep from a party what is
meant for others. One that does not is no broker for an exercise, whatever its configuration says.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from i247sim.exercise.broker_folder import BrokerFolder
from i247sim.security.authority import Authority
from i247sim.security.keys import Identity
from i247sim.security.revocation import serial_of
from i247sim.transport.external import ExternalBroker, endpoint_of
from i247sim.transport.port import Arrived, Endpoint, Link, LinkClosed, LinkDown, LinkUp, NotPermitted, Rights
from i247sim.transport.topics import every_out, in_topic
from i247sim.vocabulary.errors import InputError, NetworkFailed
from i247sim.vocabulary.parties import CONTROL, HUB, REVIEWER, SECRETARIAT

_ANSWER_SECONDS = 15.0

MakeLink = Callable[[str, tuple[str, ...]], Link]
"""(party, subscriptions) -> a new link of it, with its own certificate, not started."""


@dataclass(frozen=True)
class Outside:
    """An external broker and the folder that it was configured from."""

    endpoint: Endpoint
    folder: BrokerFolder

    @classmethod
    def find(cls, url: str, keys: Path) -> "Outside":
        """``mqtts://host:port`` and the folder of ``i247sim broker``. Raises ``InputError``; connects to nothing."""
        endpoint, folder = endpoint_of(url), BrokerFolder.open(keys)
        for server in endpoint.servers:
            if server.host not in folder.about.names:
                names = ", ".join(f"`{name}`" for name in folder.about.names)
                raise InputError(f"the certificate in `{keys}` does not name `{server.host}`; expected {names}")
        return cls(endpoint, folder)

    def authority_for(self, run: str, parties: list[str]) -> Authority:
        """Who issues the keys of ``run``. Raises ``InputError`` if the broker would not know everybody."""
        known = [HUB, *(party for party in parties if party not in (HUB, CONTROL))]
        return self.folder.authority_for(run, known, datetime.now(UTC))

    def broker(self, identities: Mapping[str, Identity], qos: int, tell: Callable[[str], None]) -> ExternalBroker:
        """The adapter. ``identities``: everybody's keys in this run. ``tell`` gets lines for a person."""

        def write(rights: Mapping[str, Rights], revoked: frozenset[str]) -> str | None:
            serials = [serial_of(identities[party].tls_cert) for party in sorted(revoked) if party in identities]
            changed = self.folder.write_rights(rights, serials, datetime.now(UTC))
            return self.folder.how_to_reload if changed else None

        return ExternalBroker(self.endpoint, self.folder.rights, write, tell, qos=qos)


async def require_sound(make: MakeLink, run: str, place: Endpoint) -> None:
    """Raise ``NetworkFailed`` unless the broker admits the hub and keeps from the secretariat what is not for it.

    Of a cluster one server may be down: the link goes on to the next.
    """
    hub = make(HUB, (every_out(run),))
    await hub.start()
    try:
        async with asyncio.timeout(_ANSWER_SECONDS * len(place.servers)):
            event = await hub.next()
            while place.others and isinstance(event, LinkDown):
                event = await hub.next()
    except NotPermitted:
        raise NetworkFailed(f"the broker at `{place}` does not let the hub listen to the parties") from None
    except TimeoutError:
        raise NetworkFailed(f"the broker at `{place}` takes connections and says nothing") from None
    finally:
        await hub.close()
    if isinstance(event, LinkDown):
        ours = "is it the one that the folder was made for?"
        raise NetworkFailed(f"no connection of the hub to the broker at `{place}`: {event.reason}; {ours}")
    if not await keeps_apart(make, SECRETARIAT):
        raise NetworkFailed(
            f"the broker at `{place}` does not enforce rights: `{SECRETARIAT}` could read what is for others"
        )


async def keeps_apart(make: MakeLink, party: str) -> bool:
    """Whether the broker keeps from ``party``, with its own certificate, what is handed to others.

    It may refuse the subscription, or grant it and deliver nothing that is for others (Mosquitto does). Tried under the
    name of a run that does not exist, so nobody is disturbed. Who is not let in at all is kept apart too.
    """
    run = os.urandom(6).hex()
    spy, hub = make(party, (f"i247/{run}/in/+",)), make(HUB, ())
    try:
        await spy.start()
        await _until_up(spy)
    except (NotPermitted, TimeoutError, LinkClosed):
        await spy.close()
        return True
    try:
        await hub.start()
        await _until_up(hub)
        other = SECRETARIAT if party != SECRETARIAT else REVIEWER
        await hub.publish(in_topic(run, other), b"probe: for somebody else")
        await hub.publish(in_topic(run, party), b"probe: for the one who listens")
        # The hub's messages come in order: when its own is here, the other one is not on its way any more.
        event = await asyncio.wait_for(spy.next(), _ANSWER_SECONDS)
    except (NotPermitted, TimeoutError, LinkClosed):
        return False  # nothing was shown
    finally:
        await asyncio.gather(spy.close(), hub.close())
    return isinstance(event, Arrived) and event.topic == in_topic(run, party)


async def _until_up(link: Link) -> None:
    async with asyncio.timeout(_ANSWER_SECONDS):
        while not isinstance(await link.next(), LinkUp):
            pass

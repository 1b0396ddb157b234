"""A broker that somebody else runs: only its address is ours, and the files that it is configured from.

We can neither start nor stop it, nor make it read its files again. Where its rights change, the files are written anew
and a person is told what to do; until then the broker goes on as before, and only the network's own checks hold:
whoever was revoked has no signature that counts any more.
"""

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from i247sim.transport.mqtt import MqttLink
from i247sim.transport.port import Credentials, Endpoint, Rights, Will
from i247sim.vocabulary.errors import InputError, NetworkFailed

DEFAULT_PORT = 8883
"""Registered for MQTT over TLS."""
_PATIENCE_SECONDS = 10.0
_TRIAL_SECONDS = 1.0
_PAUSE_SECONDS = 0.05
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")

WriteRights = Callable[[Mapping[str, Rights], frozenset[str]], str | None]
"""(everybody's rights, who is revoked) -> what a person must do so that the broker reads the files written; ``None``
if they said so already. Raises ``InputError``."""


class ExternalBroker:
    """See ``port.Broker``, but for what the module says of ``start``, ``stop``, ``permit`` and ``revoke``."""

    def __init__(
        self,
        endpoint: Endpoint,
        rights: Mapping[str, Rights],
        write: WriteRights,
        tell: Callable[[str], None],
        *,
        qos: int = 0,
        timeout_seconds: float = 10.0,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        """Nothing happens before ``start``.

        ``tell`` gets lines for a person. ``patience_seconds``: how long ``start`` waits for the broker to listen.
        ``qos`` (0 or 1) and ``timeout_seconds`` go to the links.
        """
        self._rights = dict(rights)
        self._endpoint = endpoint
        self._write = write
        self._tell = tell
        self._qos = qos
        self._timeout_seconds = timeout_seconds
        self._patience_seconds = patience_seconds
        self._revoked: frozenset[str] = frozenset()

    @property
    def endpoint(self) -> Endpoint:
        """Where links connect."""
        return self._endpoint

    @property
    def is_alive(self) -> bool:
        """Whether its port takes connections now. May wait a second for an answer."""
        for server in self._endpoint.servers:
            with contextlib.suppress(OSError):
                socket.create_connection((server.host, server.port), _TRIAL_SECONDS).close()
                return True
        return False

    @property
    def violations(self) -> int:
        """Always 0: such a broker counts them in its own log."""
        return 0

    async def start(self) -> None:
        """Bring its files up to date, and wait until it listens. Raises ``NetworkFailed`` or ``InputError``."""
        self._bring_up_to_date("the rights at the broker have changed")
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience_seconds
        while (why := await self._trials()) is not None:
            if loop.time() >= until:
                raise NetworkFailed(f"no broker listens at `{self._place}`: {why}")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def stop(self) -> None:
        """Nothing: it is not ours to stop."""

    def link(self, credentials: Credentials, topics: tuple[str, ...], will: Will | None = None) -> MqttLink:
        return MqttLink(self._endpoint, credentials, topics, will, qos=self._qos, timeout_seconds=self._timeout_seconds)

    async def permit(self, party: str, rights: Rights) -> None:
        """Write the files anew, and tell. Takes effect when the broker reads them."""
        self._rights[party] = rights
        self._revoked -= {party}
        self._bring_up_to_date(f"`{party}` has new rights")

    async def revoke(self, party: str) -> None:
        """Write the files anew, and tell. The party's session stays until the broker reads them."""
        if self._rights.pop(party, None) is not None:
            self._revoked |= {party}
            self._bring_up_to_date(f"`{party}` is revoked: its session at the broker stays until the files are read")

    @property
    def _place(self) -> str:
        return ",".join(map(str, self._endpoint.servers))

    def _bring_up_to_date(self, why: str) -> None:
        advice = self._write(self._rights, self._revoked)
        if advice is not None:
            self._tell(f"{why}; `{self._place}` is not ours to reload: {advice}")

    async def _trials(self) -> str | None:
        """``None`` if one of its servers listens, else why the last does not."""
        why: str | None = None
        for server in self._endpoint.servers:
            if (why := await self._trial(server)) is None:
                return None
        return why

    async def _trial(self, server: Endpoint) -> str | None:
        """``None`` if something listens, else why not."""
        try:
            async with asyncio.timeout(_TRIAL_SECONDS):
                _, writer = await asyncio.open_connection(server.host, server.port)
        except TimeoutError:
            return "no answer"
        except socket.gaierror as error:
            return (error.strerror or "the name is not known").lower()
        except OSError as error:
            # What asyncio says repeats the address; for several addresses it gives no number.
            return os.strerror(error.errno).lower() if error.errno else "nobody answers"
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return None


def endpoint_of(url: str) -> Endpoint:
    """``mqtts://host[:port]`` as an endpoint, or several with commas between: the servers of a cluster.

    Raises ``InputError``, also for a broker without TLS.
    """
    head, mark, rest = url.partition("://")
    servers = [_endpoint_of(f"{head}{mark}{one}") for one in rest.split(",")]
    return replace(servers[0], others=tuple(servers[1:]))


def _endpoint_of(url: str) -> Endpoint:
    # A password in it must not be shown, so nothing is shown that might hold one.
    shown = "the address" if "@" in url else f"`{url:.100}`"
    wanted = "expected `mqtts://host` or `mqtts://host:port`"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InputError(f"{shown} is not a broker's; {wanted}") from None
    if parts.scheme == "mqtt":
        raise InputError(f"{shown} has no TLS, without which nobody connects here; {wanted}")
    extra = "@" in url or parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme != "mqtts" or not host or not _HOST.fullmatch(host) or extra or port == 0:
        raise InputError(f"{shown} is not a broker's; {wanted}")
    return Endpoint(host, DEFAULT_PORT if port is None else port)

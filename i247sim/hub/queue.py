"""What has arrived at the hub and waits to be decided, taken in turn from every sender that has something.

One that floods the hub waits behind itself, and nobody else behind it. What is above a sender's bound is dropped and
counted, like any message lost on the way: its sender keeps it and sends it again. Pure.
"""

from collections import deque

from i247sim.hub.events import Arrived
from i247sim.vocabulary.limits import MAX_WIRE_BYTES

MOST_MESSAGES = 2048
"""Of one sender. A party sends again at most 256 at a time (``node.line``)."""
MOST_BYTES = 8 * MAX_WIRE_BYTES
"""Of one sender: 48 MiB."""


class FairQueue:
    """Arrivals by topic, each topic's in their order."""

    def __init__(self, most_messages: int = MOST_MESSAGES, most_bytes: int = MOST_BYTES) -> None:
        """Both bounds are for one sender."""
        self.dropped = 0
        """How many arrivals were above a bound."""
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._lines: dict[str, deque[Arrived]] = {}
        """Only senders with something; in the order of their turns."""
        self._bytes: dict[str, int] = {}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __contains__(self, topic: str) -> bool:
        """Whether something from there waits."""
        return topic in self._lines

    def put(self, event: Arrived) -> None:
        """Append, unless its sender has too much waiting already. A sender that had nothing comes last."""
        line = self._lines.get(event.topic)
        size = len(event.data)
        used = self._bytes.get(event.topic, 0)
        if line is not None and (len(line) >= self._most_messages or used + size > self._most_bytes):
            self.dropped += 1
            return
        if line is None:
            line = self._lines[event.topic] = deque()
        line.append(event)
        self._bytes[event.topic] = used + size
        self._length += 1

    def take(self, most: int) -> list[Arrived]:
        """At most so many: one of every sender, and again, beginning where it ended the last time."""
        found: list[Arrived] = []
        while self._lines and len(found) < most:
            topic, line = next(iter(self._lines.items()))
            del self._lines[topic]
            event = line.popleft()
            found.append(event)
            if line:
                self._lines[topic] = line
                self._bytes[topic] -= len(event.data)
            else:
                del self._bytes[topic]
        self._length -= len(found)
        return found

    def clear(self) -> None:
        """Forget everything."""
        self._lines.clear()
        self._bytes.clear()
        self._length = 0

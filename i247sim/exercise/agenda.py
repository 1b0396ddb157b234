"""What is planned, in the one order in which it will happen: by time, then party, then the party's own count."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, order=True)
class Due:
    """One planned cause. ``number`` counts per party, in the order of planning."""

    time: datetime
    party: str
    number: int
    cause: object = field(compare=False)


class Agenda:
    """Planned causes. Pure: nothing happens here, and no clock is read."""

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._counts: dict[str, int] = {}
        self._parked: dict[str, list[Due]] = {}
        """What is planned for parties that can do nothing now."""

    def plan(self, time: datetime, party: str, cause: object) -> Due:
        """Plan ``cause`` of ``party`` for ``time``."""
        number = self._counts.get(party, 0) + 1
        self._counts[party] = number
        due = Due(time, party, number, cause)
        if party in self._parked:
            self._parked[party].append(due)
        else:
            heapq.heappush(self._heap, due)
        return due

    def park(self, party: str) -> None:
        """What is planned for ``party``, and will be, waits until ``unpark``. Idempotent."""
        if party not in self._parked:
            self._parked[party] = [due for due in self._heap if due.party == party]
            self._heap = [due for due in self._heap if due.party != party]
            heapq.heapify(self._heap)

    def unpark(self, party: str, time: datetime) -> None:
        """What has waited is planned again, and nothing of it for earlier than ``time``."""
        for due in self._parked.pop(party, ()):
            heapq.heappush(self._heap, replace(due, time=max(due.time, time)))

    def next(self) -> Due | None:
        """What is due first; stays planned."""
        return self._heap[0] if self._heap else None

    def pop(self) -> Due:
        """Take what is due first. There must be something."""
        return heapq.heappop(self._heap)

    def take(self, party: str, number: int) -> Due:
        """Take one cause by its name, whenever it is due: it has happened before a restart."""
        for index, due in enumerate(self._heap):
            if (due.party, due.number) == (party, number):
                self._heap[index] = self._heap[-1]
                self._heap.pop()
                heapq.heapify(self._heap)
                return due
        raise AssertionError(f"nothing is planned for `{party}` under number {number}")

    def drop(self, cause: object) -> bool:
        """Plan no longer the earliest thing that equals ``cause``; ``False`` if nothing of the kind is planned."""
        found = min((due for due in self._heap if due.cause == cause), default=None)
        if found is None:
            return False
        self.take(found.party, found.number)
        return True

    def drop_where(self, matches: Callable[[object], bool]) -> int:
        """Plan no longer any cause that ``matches``; returns how many there were."""
        found = [due for due in self._heap if matches(due.cause)]
        for due in found:
            self.take(due.party, due.number)
        return len(found)

    def planned(self) -> list[Due]:
        """All that is planned, in the order in which it will happen."""
        return sorted(self._heap)

    def left(self) -> int:
        """How many causes are still planned."""
        return len(self._heap)

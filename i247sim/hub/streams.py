"""The hub's numbered stream to one party: what it is to be handed, in order, until it has confirmed that. Pure.

This is delivery and not decision, so the log does not tell it: every change is an action too, for the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from i247sim.hub.actions import Forget, Item, Put
from i247sim.vocabulary.frames import NoteKind


@dataclass
class Stream:
    """What is not confirmed yet. The methods change it, and return what must be kept of the change."""

    party: str
    last: int = 0
    """The newest number given out."""
    items: dict[int, Item] = field(default_factory=dict)
    """By number, the oldest first."""

    def put(self, item: Item) -> Put:
        """Give the item the next number."""
        self.last += 1
        self.items[self.last] = item
        return Put(self.party, self.last, item)

    def void(self, number: int, directory: int) -> Put:
        """Take back what has this number, which was given out already: an empty place keeps the reader's count."""
        self.items[number] = Item(NoteKind.VOID, directory=directory)
        return Put(self.party, number, self.items[number])

    def forget(self, numbers: Iterable[int]) -> Forget:
        """These are confirmed, or for nobody any more."""
        gone = tuple(numbers)
        for number in gone:
            del self.items[number]
        return Forget(self.party, gone)

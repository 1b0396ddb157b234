"""What a party has sent and has no receipt for yet: numbered, on disk, to be sent again until it is answered."""

import hashlib
from dataclasses import dataclass, field

from i247sim.node.store import Store


@dataclass(frozen=True)
class Outgoing:
    """One numbered thing without a receipt."""

    counter: int
    wire: bytes = field(repr=False)
    id: str | None
    """The message's id; ``None`` for a clear frame."""


class Outbox:
    """One party's numbered stream to the hub. Takes up again what the mailbox file holds."""

    def __init__(self, party: str, store: Store) -> None:
        self._party = party
        self._store = store
        self._waiting: dict[str, Outgoing] = {}
        self.counter = 0
        """The newest number given out."""
        for counter, digest, id_, wire, receipted in store.rows(
            "SELECT counter, digest, id, wire, receipted FROM outbox WHERE party = ? ORDER BY counter", (party,)
        ):
            self.counter = counter
            if not receipted:
                self._waiting[digest] = Outgoing(counter, wire, id_)

    def __len__(self) -> int:
        """How much has no receipt."""
        return len(self._waiting)

    @property
    def receipted(self) -> int:
        """Up to which number every receipt is there."""
        oldest = next(iter(self._waiting.values()), None)
        return self.counter if oldest is None else oldest.counter - 1

    def keep(self, wire: bytes, id_: str | None) -> bytes:
        """Give ``wire`` the next number (it must have been made for it) and keep it; returns it."""
        self.counter += 1
        digest = hashlib.sha256(wire).hexdigest()
        self._waiting[digest] = Outgoing(self.counter, wire, id_)
        self._store.insert(
            "INSERT INTO outbox (party, counter, digest, id, wire) VALUES (?, ?, ?, ?, ?)",
            (self._party, self.counter, digest, id_, wire),
        )
        return wire

    def answered(self, digest: str) -> Outgoing | None:
        """Its receipt has come. ``None`` if nothing with these bytes (SHA-256, hex) was waiting."""
        outgoing = self._waiting.pop(digest, None)
        if outgoing is not None:
            # Its row is on disk: it was published, so it was flushed.
            self._store.insert(
                "UPDATE outbox SET receipted = 1 WHERE party = ? AND counter = ?", (self._party, outgoing.counter)
            )
        return outgoing

    def wrote(self, digest: str) -> bool:
        """Whether the party ever wrote something with these bytes."""
        return self._store.row("SELECT 1 FROM outbox WHERE party = ? AND digest = ?", (self._party, digest)) is not None

    def oldest(self, most: int, upto: int) -> list[bytes]:
        """The wires of the oldest ``most`` without a receipt, in order, as far as their number is at most ``upto``."""
        oldest = list(self._waiting.values())[:most]
        return [outgoing.wire for outgoing in oldest if outgoing.counter <= upto]

    def waiting(self, upto: int) -> int:
        """How much up to that number has no receipt."""
        return sum(outgoing.counter <= upto for outgoing in self._waiting.values())

    def portion(self, above: int) -> int:
        """Up to which number one may go on, after ``above``, without a statement behind anything else.

        A statement (a clear frame: a bar, a measure) may change what is decided about copies that are on their way.
        """
        upto = above
        for outgoing in self._waiting.values():
            if outgoing.counter > above:
                if outgoing.id is None and upto > above:
                    break
                upto = outgoing.counter
        return upto

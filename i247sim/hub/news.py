"""What senders are to be told of their messages, gathered over a batch: one note instead of one per copy. Pure."""

from collections.abc import Iterator

from i247sim.vocabulary.frames import OutcomeUpdate

MAX_PROOFS = 32
MAX_UPDATES = 1024
"""How many proofs and updates one note of outcomes carries (``frames.Note.outcomes``, ``MAX_WIRE_BYTES``)."""

Updates = tuple[OutcomeUpdate, ...]
Sources = tuple[int, ...]
"""Log indices of the entries that prove updates."""


class News:
    """Outcomes that have changed, by sender, in order."""

    def __init__(self) -> None:
        self._gathered: dict[str, list[tuple[Updates, Sources]]] = {}

    def tell(self, sender: str, updates: Updates, sources: Sources = ()) -> None:
        """At the end of the batch ``sender`` is told these. At most ``MAX_UPDATES`` at a time."""
        self._gathered.setdefault(sender, []).append((updates, sources))

    def take(self) -> Iterator[tuple[str, Updates, Sources]]:
        """Sender, updates and sources of every note that is to be sent now; nothing is left."""
        gathered, self._gathered = self._gathered, {}
        for sender, news in gathered.items():
            updates: Updates = ()
            sources: Sources = ()
            for more, proofs in news:
                if len(updates) + len(more) > MAX_UPDATES or len(sources) + len(proofs) > MAX_PROOFS:
                    yield sender, updates, sources
                    updates, sources = (), ()
                updates += more
                sources += proofs
            yield sender, updates, sources

    def clear(self) -> None:
        """Nobody is told anything: the batch came to nothing."""
        self._gathered.clear()

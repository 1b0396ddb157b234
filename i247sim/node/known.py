"""Which messages a party has read and written, by id and by reference: the newest in memory, all on disk.

A party that is under load for hours needs no more memory than one that has just begun.
"""

from typing import TypeVar

from i247sim.node.store import Store

_Value = TypeVar("_Value")
_NEWEST = 4096
"""How much is in memory, of each kind. More than the shell reads in one turn: what is not here any more is on disk."""


class Known:
    """One party's memory of messages, above its part of the mailbox file."""

    def __init__(self, party: str, store: Store) -> None:
        self._party = party
        self._store = store
        self._read: dict[str, None] = {}
        self._older = store.row("SELECT 1 FROM inbox WHERE party = ? LIMIT 1", (party,)) is not None
        """Whether more was read than ``_read`` holds."""
        self._ids: dict[str, str] = {}
        self._own: dict[str, str] = {}

    def __contains__(self, id_: object) -> bool:
        """Whether the party has read the message ``id_`` before."""
        if id_ in self._read or not self._older:
            return id_ in self._read
        query = "SELECT 1 FROM inbox WHERE id = ? AND party = ? AND ref IS NOT NULL"
        return self._store.flushed_row(query, (id_, self._party)) is not None

    def add(self, id_: str) -> None:
        """The party has read the message ``id_``; it is in the mailbox file with this turn."""
        self._older |= _keep(self._read, id_, None)

    def read(self, reference: str, id_: str) -> None:
        """A message of another party: its reference may be answered."""
        _keep(self._ids, reference, id_)

    def wrote(self, reference: str, id_: str) -> None:
        """A message of its own."""
        _keep(self._ids, reference, id_)
        _keep(self._own, id_, reference)

    def id_of(self, reference: str) -> str | None:
        """The id of the newest message read or written that has this reference."""
        if reference in self._ids:
            return self._ids[reference]
        own, _, number = reference.rpartition("-")
        if own.rpartition("-")[0] == self._party and number.isdecimal():
            query = "SELECT id FROM sent WHERE party = ? AND ordinal = ? AND json_extract(facts, '$.ref') = ?"
            row = self._store.row(query, (self._party, int(number), reference))
        else:
            query = "SELECT id FROM inbox WHERE party = ? AND ref = ? ORDER BY number DESC"
            row = self._store.row(query, (self._party, reference))
        return None if row is None else row[0]

    def reference_of(self, id_: str) -> str | None:
        """The own reference of a message that this party wrote."""
        if id_ in self._own:
            return self._own[id_]
        query = "SELECT json_extract(header, '$.own_ref') FROM kept WHERE party = ? AND id = ?"
        row = self._store.row(query, (self._party, id_))
        return None if row is None else str(row[0])


def _keep(newest: dict[str, _Value], key: str, value: _Value) -> bool:
    """Whether an older one had to go."""
    newest.pop(key, None)
    newest[key] = value
    if len(newest) <= _NEWEST:
        return False
    del newest[next(iter(newest))]
    return True

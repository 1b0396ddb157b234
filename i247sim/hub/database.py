"""The hub's one database: the evidence log, the wires that are still needed, and the streams to the parties.

Everything that one batch of events leads to is written in one transaction and synced before anything is sent.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable
from pathlib import Path

from i247sim.audit.checkpoint import NoteSigner, NoteVerifier
from i247sim.audit.durable import WriteAhead
from i247sim.audit.log import Log, open_database
from i247sim.hub.actions import Action, Archive, Drop, Forget, Item, Keep, Put, Record
from i247sim.hub.streams import Stream
from i247sim.vocabulary.codec import line
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.entries import Entry, from_bytes, to_bytes
from i247sim.vocabulary.errors import I247Error
from i247sim.vocabulary.frames import NoteKind, OutcomeUpdate

_SCHEMA = """
CREATE TABLE IF NOT EXISTS wire (id TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS earlier (id TEXT PRIMARY KEY, handed TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stream (
    party TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, message TEXT, decision INTEGER,
    directory INTEGER NOT NULL, updates TEXT NOT NULL, sources TEXT NOT NULL, PRIMARY KEY (party, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stream_last (party TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


_WRITTEN = (Record, Keep, Drop, Archive, Put, Forget)
"""The actions that change the database."""


class HubDatabase:
    """Opened by the hub's process alone."""

    def __init__(self, path: Path | None, signer: NoteSigner, key: NoteVerifier) -> None:
        """``path`` ``None`` keeps all in memory. Raises ``InputError`` or ``EvidenceError``."""
        self._db = open_database(path) if path is not None else _in_memory()
        self._write_ahead = WriteAhead(path)
        self._write_ahead.prepare(self._db)
        self._db.executescript(_SCHEMA)
        self._unsynced = False
        self._signer = signer
        self._forgotten: list[Forget] = []
        self.full = False
        """Whether the disk takes no writes: a drill."""
        self.log = Log(self._db, key)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterable[Entry]:
        """The committed entries from index ``start`` on."""
        for _, data in self.log.entries(start, stop):
            yield from_bytes(data)

    def streams(self) -> dict[str, Stream]:
        """Every party's stream as it was committed."""
        found = {
            party: Stream(party, last)
            for party, last in self._db.execute("SELECT party, last FROM stream_last").fetchall()
        }
        for party, number, kind, message, decision, directory, updates, sources in self._db.execute(
            "SELECT party, number, kind, message, decision, directory, updates, sources FROM stream ORDER BY number"
        ):
            found[party].items[number] = Item(
                NoteKind(kind),
                message,
                decision,
                directory,
                tuple(_update(one) for one in json.loads(updates)),
                tuple(json.loads(sources)),
            )
        return found

    def wire(self, id_: str) -> bytes | None:
        """A message's full wire, while somebody still waits for it."""
        row = self._db.execute("SELECT data FROM wire WHERE id = ?", (id_,)).fetchone()
        return row[0] if row else None

    def earlier(self, id_: str) -> Collection[str] | None:
        """Of a message that was archived: who was handed a copy."""
        row = self._db.execute("SELECT handed FROM earlier WHERE id = ?", (id_,)).fetchone()
        handed: list[str] | None = json.loads(row[0]) if row else None
        return handed

    def frame(self, index: int) -> bytes:
        """The raw entry at ``index``."""
        _, data = next(iter(self.log.entries(index, index + 1)))
        return data

    def commit(self, actions: list[Action]) -> None:
        """Write what a batch of actions asks for, all or nothing. Raises ``sqlite3.Error`` with nothing changed.

        A killed process loses nothing of it; before anything is sent on the strength of it, ``sync`` must be awaited.

        Where something will be handed over, a checkpoint over everything before is signed in the same transaction.
        What parties have confirmed may be forgotten with the next batch: after a crash it is only confirmed again.
        """
        if all(isinstance(action, Forget) or not isinstance(action, _WRITTEN) for action in actions):
            self._forgotten += [action for action in actions if isinstance(action, Forget)]
            return
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        entries = [to_bytes(action.entry) for action in actions if isinstance(action, Record)]
        with self.log.transaction():
            if self.log.size and any(isinstance(action, Put) for action in actions):
                self.log.checkpoint(self._signer)
            if entries:
                self.log.append(entries)
            self._write([*self._forgotten, *actions])
        self._forgotten.clear()
        self._unsynced = True

    async def sync(self) -> None:
        """Return once everything committed is on disk. Raises ``OSError`` if the disk refuses."""
        if self._unsynced:
            await self._write_ahead.sync()
            self._unsynced = False

    def checkpoint(self) -> str:
        """A signed checkpoint over everything committed."""
        return self.log.checkpoint(self._signer)

    def cosigned(self, party: str, text: str, witness: NoteVerifier) -> bool:
        """Keep a party's cosignature if it holds."""
        try:
            self.log.store_cosignature(party, text, witness)
        except I247Error:
            return False
        return True

    def cosigned_size(self, party: str) -> int | None:
        """The size of the newest checkpoint that a party has cosigned."""
        row = self._db.execute("SELECT max(size) FROM log_cosignature WHERE party = ?", (party,)).fetchone()
        size: int | None = row[0]
        return size

    def close(self) -> None:
        """Close; everything was committed before."""
        self._write_ahead.close()
        self._db.close()

    def _write(self, actions: list[Action]) -> None:
        """One statement for each kind of change: what is kept before it is dropped, what is put before forgotten."""
        keeps = [(one.envelope.header.id, one.envelope.wire) for one in actions if isinstance(one, Keep)]
        drops = [(one.id,) for one in actions if isinstance(one, Drop)]
        archived = [entry for one in actions if isinstance(one, Archive) for entry in one.handed.items()]
        puts = [one for one in actions if isinstance(one, Put)]
        last: dict[str, int] = {}
        for one in puts:
            last[one.party] = max(one.number, last.get(one.party, 0))
        gone = [(one.party, number) for one in actions if isinstance(one, Forget) for number in one.numbers]
        write = self._db.executemany
        write("INSERT INTO wire (id, data) VALUES (?, ?)", keeps)
        write("DELETE FROM wire WHERE id = ?", drops)
        # A hub that was restarted has read its whole log again, and forgets once more what it knew then.
        write("INSERT OR IGNORE INTO earlier (id, handed) VALUES (?, ?)", ((id_, line(to)) for id_, to in archived))
        write("INSERT OR REPLACE INTO stream VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(_row, puts))
        write(
            "INSERT INTO stream_last VALUES (?, ?) ON CONFLICT (party) DO UPDATE SET last = max(last, excluded.last)",
            last.items(),
        )
        write("DELETE FROM stream WHERE party = ? AND number = ?", gone)


def _row(put: Put) -> tuple[object, ...]:
    item = put.item
    updates = [[one.id, one.party, one.outcome, one.code] for one in item.updates]
    return (
        put.party,
        put.number,
        item.kind,
        item.message,
        item.decision,
        item.directory,
        line(updates),
        line(item.sources),
    )


def _update(value: list[str | None]) -> OutcomeUpdate:
    id_, party, outcome, code = value
    assert id_ is not None
    assert party is not None
    assert outcome is not None
    return OutcomeUpdate(id=id_, party=party, outcome=Outcome(outcome), code=Code(code) if code else None)


def _in_memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)

"""Durability that nobody waits for idly: a database's write-ahead log is synced and copied beside the event loop.

SQLite's own ``synchronous = FULL`` syncs inside ``COMMIT`` and holds up everything for as long as the disk takes.
With ``NORMAL`` a commit is written at once (a killed process loses nothing of it), and syncing the ``-wal`` file
afterwards makes it as durable as FULL would have (SQLite, "Write-Ahead Logging", section 3.3). Whoever promises
something on the strength of a commit awaits ``sync`` first.

In the same way a commit that finds the log long would copy it into the database, with two more syncs, while
everybody waits. ``prepare`` forbids that, and ``sync`` does it in its thread.

To hand the call to a thread and be woken by it takes about as long as a quick disk. So where a disk answers at once (a
file system in memory, a cache that outlives the power) syncs are made in place; and so are brief ones by a thread that
mostly waits anyway, as it does at pace ``max`` with one message under way.
"""

import asyncio
import os
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

_sync = getattr(os, "fdatasync", os.fsync)
"""Not every system has the cheaper one."""
_LONG_BYTES: Final = 4 * 1024 * 1024
"""A longer log is copied into the database: about SQLite's own bound of 1,000 pages."""

_AT_ONCE_SECONDS: Final = 0.0002
"""It takes about as long to hand a call to a thread and to be woken by it."""
_BRIEF_SECONDS: Final = 0.002
"""A longer sync is never made in place."""
_MOSTLY_IDLE: Final = 0.5
"""Who has worked for a smaller share of the time since the last sync would wait idly for this one too."""


class WriteAhead:
    """The write-ahead log of one open database in WAL mode, kept by the connection that stays open beside it."""

    def __init__(self, database: Path | None) -> None:
        """``database``: its file; ``None`` for one in memory, where there is nothing to sync."""
        self._database = database
        self._file: int | None = None
        self._working = threading.Lock()
        """Held while a thread uses the files."""
        self._took = float("inf")
        """Seconds that the last sync took."""
        self._ended = self._worked = 0.0
        """When the last sync ended, and what this thread had worked by then, in seconds."""

    def prepare(self, connection: sqlite3.Connection) -> None:
        """Set ``connection``, which is the one that writes, so that durability is this object's task alone."""
        connection.execute("PRAGMA synchronous = NORMAL")
        if self._database is not None:
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            # Begun anew, the log is cut to this size: it is longer only if what is in it now is.
            connection.execute(f"PRAGMA journal_size_limit = {_LONG_BYTES}")

    async def sync(self) -> None:
        """Return once everything committed before this call is on disk. Raises ``OSError`` if the disk refuses.

        Nobody commits meanwhile: a log that is copied to its end begins anew, one that grows meanwhile does not.
        """
        if self._database is None:
            return
        if self._took < _AT_ONCE_SECONDS or (self._took < _BRIEF_SECONDS and self._mostly_idle()):
            self._took = self._sync(self._database)
        else:
            self._took = await asyncio.get_running_loop().run_in_executor(None, self._sync, self._database)
        self._ended, self._worked = time.perf_counter(), time.thread_time()

    def _mostly_idle(self) -> bool:
        """Whether this thread has mostly waited since the last sync."""
        passed = time.perf_counter() - self._ended
        return time.thread_time() - self._worked < _MOSTLY_IDLE * passed

    def _sync(self, database: Path) -> float:
        """Returns how many seconds it took."""
        with self._working:
            began = time.perf_counter()
            if self._file is None:
                self._file = os.open(database.with_name(f"{database.name}-wal"), os.O_RDWR)
            _sync(self._file)
            if os.fstat(self._file).st_size > _LONG_BYTES:
                # What cannot be copied, on a full disk, stays in the log and is as safe there.
                with suppress(sqlite3.Error), closing(sqlite3.connect(database)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            return time.perf_counter() - began

    def close(self) -> None:
        """Let go of the files, once nothing is done with them; before the database is closed, which removes the log."""
        with self._working:
            if self._file is not None:
                os.close(self._file)
                self._file = None

"""Durability that nobody waits for idly: a database's write-ahead log is synced beside the event loop.

SQLite's own ``synchronous = FULL`` syncs inside ``COMMIT`` and holds up everything for as long as the disk takes.
With ``NORMAL`` a commit is written at once (a killed process loses nothing of it), and syncing the ``-wal`` file
afterwards makes it as durable as FULL would have (SQLite, "Write-Ahead Logging", section 3.3). Whoever promises
something on the strength of a commit awaits ``sync`` first.
"""

import asyncio
import os
from pathlib import Path

_sync = getattr(os, "fdatasync", os.fsync)
"""Not every system has the cheaper one."""


class WriteAhead:
    """The write-ahead log of one open database in WAL mode, kept by the connection that stays open beside it."""

    def __init__(self, database: Path | None) -> None:
        """``database``: its file; ``None`` for one in memory, where there is nothing to sync."""
        self._path = None if database is None else database.with_name(f"{database.name}-wal")
        self._file: int | None = None

    async def sync(self) -> None:
        """Return once everything committed before this call is on disk. Raises ``OSError`` if the disk refuses."""
        if self._path is None:
            return
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR)
        await asyncio.get_running_loop().run_in_executor(None, _sync, self._file)

    def close(self) -> None:
        """Let go of the file; before the database is closed, which removes it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

"""The hub as exercise control sees it: something that takes commands, in this process or as a child of its own."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from i247sim.clock.patience import USUAL, Patience
from i247sim.hub.database import HubDatabase
from i247sim.hub.decide import Limits
from i247sim.hub.log_keys import log_keys
from i247sim.hub.process import HubConfiguration
from i247sim.hub.service import HubService
from i247sim.policy.remembering import RememberingEngine
from i247sim.policy.rulebook import Rulebook
from i247sim.security.keys import Identity
from i247sim.transport.control import ControlServer
from i247sim.transport.port import Link
from i247sim.transport.supervise import Child, spawn
from i247sim.vocabulary.errors import NetworkFailed

_REPORT_SECONDS = 30.0


class Hub(Protocol):
    """Exercise control's handle on the hub."""

    async def start(self) -> None:
        """Start, or start again after ``stop`` or a crash: what was committed is there."""

    @property
    def is_alive(self) -> bool:
        """Whether it still works."""

    async def ask(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``HubService.command``. Raises ``NetworkFailed``."""

    async def stop(self) -> None:
        """Stop; the database file is closed and complete. Idempotent."""


class LocalHub:
    """The hub as a task of this process: for tests and ``--in-process``."""

    def __init__(
        self,
        identity: Identity,
        root: bytes,
        database: Path | None,
        rulebook: Rulebook,
        link: Callable[[], Link],
        limits: Limits,
        trouble: Callable[[str], None],
        patience: Patience = USUAL,
    ) -> None:
        """``link`` makes a new link of the hub for every start. Without ``database`` nothing survives ``stop``."""
        self._make = (identity, root, database, rulebook, link, limits, trouble, patience)
        self._service: HubService | None = None
        self._database: HubDatabase | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        identity, root, path, rulebook, link, limits, trouble, patience = self._make
        self._database = HubDatabase(path, *log_keys(identity))
        epoch = os.urandom(16).hex()
        self._service = HubService(
            identity, root, self._database, RememberingEngine(rulebook), link(), epoch, limits, trouble, patience
        )
        self._task = asyncio.create_task(self._service.run())

    @property
    def is_alive(self) -> bool:
        return self._task is not None and not self._task.done()

    async def ask(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if self._service is None or self._task is None or self._task.done():
            raise NetworkFailed("the hub is not running")
        return await self._service.command(name, arguments)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, NetworkFailed):
                await self._task
            self._task = None
        if self._database is not None:
            self._database.close()
            self._database = None


class ChildHub:
    """The hub as a child process, with the control line to it. None outlives this process."""

    def __init__(self, configuration: HubConfiguration, folder: Path, trouble: Callable[[str], None]) -> None:
        """``configuration.control`` is filled in here; ``folder`` (0700) takes the configuration file."""
        self._configuration = configuration
        self._folder = folder
        self._trouble = trouble
        self._socket_folder: Path | None = None
        self._server: ControlServer | None = None
        self._child: Child | None = None

    @property
    def configuration(self) -> HubConfiguration:
        """What its process was told, the control line apart."""
        return self._configuration

    @property
    def pid(self) -> int:
        """Of the hub's process. Only while it runs."""
        assert self._child is not None, "the hub was not started"
        return self._child.pid

    async def start(self) -> None:
        await self.stop()
        # A socket's name must be short, and a run folder's need not be. The folder goes away with the hub.
        self._socket_folder = Path(tempfile.mkdtemp(prefix="i247-"))
        self._server = ControlServer(self._socket_folder / "control")
        await self._server.start()
        file = self._folder / "hub.json"
        configuration = self._configuration.model_copy(update={"control": str(self._socket_folder / "control")})
        file.write_text(json.dumps(configuration.model_dump(mode="json")), encoding="utf-8")
        self._child = await spawn(
            [sys.executable, "-m", "i247sim", "hub", str(file)],
            on_line=self._trouble,
            scratch=self._socket_folder,
            grace_seconds=5.0,
        )
        await self._reported()

    async def _reported(self) -> None:
        assert self._server is not None
        assert self._child is not None
        ended = asyncio.create_task(self._child.wait())
        reported = asyncio.create_task(self._server.connected(_REPORT_SECONDS))
        try:
            await asyncio.wait([ended, reported], return_when=asyncio.FIRST_COMPLETED)
            if reported.done():
                reported.result()
            else:
                last = self._child.last_lines[-1] if self._child.last_lines else "without a word"
                raise NetworkFailed(f"the hub ended while starting: {last.removeprefix('error: ')}")
        finally:
            ended.cancel()
            reported.cancel()

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.is_alive

    async def ask(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if self._server is None:
            raise NetworkFailed("the hub is not running")
        return await self._server.ask(name, arguments)

    async def kill(self) -> None:
        """End the process as a failing of its power would. ``start`` may follow."""
        if self._child is not None:
            self._child.send(signal.SIGKILL)
            await self._child.wait()
        await self.stop()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.close()
            self._server = None
        if self._child is not None:
            # The hub takes the end of the control line as the order to stop, and closes its database.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._child.wait(), 5.0)
            await self._child.stop()
            self._child = None
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None

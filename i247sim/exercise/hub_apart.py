"""The hub as a process that somebody else starts, in another container for example: ``i247sim hub DIR/hub.json``.

Exercise control and hub share one folder and nothing else::

    hub.json        what the hub is told; there while a run waits for it or goes on
    <run>/          the hub's keys, sealed under a key of their own, its database, and the control line

So what the hub is given opens nobody else's keys, and a hub that is late by one run finds no control line.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from i247sim.hub.process import HubConfiguration
from i247sim.security.keyfiles import load_workspace_key, new_workspace_key, save_identity
from i247sim.security.keys import Identity
from i247sim.transport.control import ControlServer
from i247sim.vocabulary.errors import InputError, NetworkFailed
from i247sim.vocabulary.parties import HUB

_REPORT_SECONDS = 120.0
_MAX_SOCKET_BYTES = 100
"""A socket's name has 104 bytes on macOS and 108 on Linux (``sun_path``)."""


class ApartHub:
    """See ``hubs.Hub``."""

    def __init__(
        self,
        configuration: HubConfiguration,
        identity: Identity,
        shared: Path,
        tell: Callable[[str], None],
        report_seconds: float = _REPORT_SECONDS,
    ) -> None:
        """Keys, database and control line in ``configuration`` are filled in here. ``shared``: the folder of both.

        ``tell`` gets lines for a person. Raises ``InputError`` if the folder's name is too long for a socket.
        """
        self._identity = identity
        self._shared = shared.absolute()
        self._own = self._shared / identity.run
        self._tell = tell
        self._report_seconds = report_seconds
        self._server: ControlServer | None = None
        if len(os.fsencode(self._own / "control")) > _MAX_SOCKET_BYTES:
            raise InputError(f"`{self._shared}` is too long for the name of a socket; name a folder nearer to the root")
        self._configuration = configuration.model_copy(
            update={
                "identity": str(self._own / f"{HUB}.key"),
                "workspace_key": str(self._own / "workspace.key"),
                "database": str(self.database),
                "control": str(self._own / "control"),
            }
        )

    @property
    def database(self) -> Path:
        """The hub's database."""
        return self._own / "hub.db"

    @property
    def file(self) -> Path:
        """The configuration file that the hub is started with."""
        return self._shared / "hub.json"

    async def start(self) -> None:
        """Lay everything ready and wait until a hub reports. Raises ``NetworkFailed``, ``InputError``."""
        try:
            self._own.mkdir(mode=0o700, parents=True, exist_ok=True)
            key_file = self._own / "workspace.key"
            key = load_workspace_key(key_file) if key_file.exists() else new_workspace_key(key_file)
            save_identity(self._identity, self._own / f"{HUB}.key", key)
            self._server = ControlServer(self._own / "control")
            await self._server.start()
            new = self.file.with_suffix(".new")
            new.write_text(json.dumps(self._configuration.model_dump(mode="json")), encoding="utf-8")
            new.replace(self.file)  # so that nobody reads half of it
        except OSError as error:
            raise InputError(f"`{self._shared}` cannot be used: {(error.strerror or str(error)).lower()}") from error
        self._tell(f"waiting for the hub: `i247sim hub {self.file}`")
        await self._server.connected(self._report_seconds)

    @property
    def is_alive(self) -> bool:
        return self._server is not None and self._server.is_connected

    async def ask(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if self._server is None:
            raise NetworkFailed("the hub is not running")
        return await self._server.ask(name, arguments)

    async def stop(self) -> None:
        """Hang up, which the hub takes as the order to stop. What it has committed can be read at once."""
        if self._server is not None:
            self.file.unlink(missing_ok=True)
            await self._server.close()
            self._server = None

    def discard(self) -> None:
        """Remove the hub's keys and database: the run is closed."""
        shutil.rmtree(self._own, ignore_errors=True)

"""The control line between exercise control and a process of its own: questions and answers over a Unix socket.

Never over the broker. The socket's file is for its owner alone (0600) in a private folder. One question is under way
at a time; each is one JSON object behind its length.
"""

import asyncio
import contextlib
import json
import os
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from i247sim.vocabulary.errors import I247Error, InputError, NetworkFailed

_MAX_BYTES = 512 * 1024 * 1024
_LENGTH = struct.Struct(">I")

Command = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""(name, arguments) -> result; raises ``I247Error`` with a line for a person."""


async def _write(writer: asyncio.StreamWriter, value: dict[str, Any]) -> None:
    data = json.dumps(value, ensure_ascii=False).encode()
    writer.write(_LENGTH.pack(len(data)) + data)
    await writer.drain()


async def _read(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next object, or ``None`` at the end of the line and where none comes."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > _MAX_BYTES:
            return None
        value = json.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


async def _listen(
    path: Path, accept: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> asyncio.Server:
    try:
        server = await asyncio.start_unix_server(accept, path=str(path))
        os.chmod(path, 0o600)
    except OSError as error:
        cure = "; set TMPDIR to a folder with a shorter name" if "too long" in str(error) else ""
        raise NetworkFailed(f"the control line `{path}` cannot be opened: {error}{cure}") from error
    return server


class ControlServer:
    """Exercise control's end: waits for the one process that may connect, and asks it."""

    def __init__(self, path: Path) -> None:
        """``path`` of the socket: short (a socket's name has about 100 bytes), in a folder of mode 0700."""
        self._path = path
        self._server: asyncio.Server | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._connected = asyncio.Event()
        self._asking = asyncio.Lock()

    async def start(self) -> None:
        """Listen. Raises ``NetworkFailed``."""
        self._server = await _listen(self._path, self._accept)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = (reader, writer)
        self._connected.set()

    async def connected(self, seconds: float) -> None:
        """Wait until the process is there. Raises ``NetworkFailed``."""
        try:
            async with asyncio.timeout(seconds):
                await self._connected.wait()
        except TimeoutError:
            raise NetworkFailed(f"the hub did not report within {seconds:.0f} seconds") from None

    @property
    def is_connected(self) -> bool:
        """Whether the process is there, as far as its end of the line tells."""
        return self._streams is not None and not self._streams[0].at_eof()

    def forget(self) -> None:
        """The process is gone: wait for the next one."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None
        self._connected.clear()

    async def ask(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Ask and wait for the answer. Raises ``NetworkFailed`` if there is none, or if it says no."""
        async with self._asking:
            if self._streams is None:
                raise NetworkFailed("the control line is down")
            reader, writer = self._streams
            try:
                await _write(writer, {"name": name, "arguments": arguments})
                answer = await _read(reader)
            except OSError:
                answer = None
            if answer is None:
                self.forget()
                raise NetworkFailed("the control line broke")
            if "error" in answer:
                raise NetworkFailed(answer["error"])
            result: dict[str, Any] = answer["result"]
            return result

    async def close(self) -> None:
        """Hang up; the process on the other end takes that as the order to stop."""
        self.forget()
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)


class AnsweringServer:
    """Exercise control's other end: anybody who may open the socket asks, and is answered."""

    def __init__(self, path: Path, command: Command) -> None:
        """``path`` of the socket: short, in a folder of mode 0700."""
        self._path = path
        self._command = command
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. Raises ``NetworkFailed``."""
        self._server = await _listen(self._path, self._accept)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await _answer(reader, writer, self._command)
        finally:
            self._tasks.discard(task)

    async def close(self) -> None:
        """Hang up on everybody."""
        for task in list(self._tasks):
            task.cancel()
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)


class NobodyThere(NetworkFailed):
    """Nobody takes the question, or whoever took it hung up before the answer."""


async def ask_once(path: Path, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Ask whoever answers at ``path``. Raises ``NobodyThere``, ``NetworkFailed`` if it fails there, ``InputError`` if
    it is the question that is wrong.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=_MAX_BYTES)
    except OSError as error:
        raise NobodyThere(f"nobody answers at `{path}`") from error
    try:
        await _write(writer, {"name": name, "arguments": arguments})
        answer = await _read(reader)
    finally:
        writer.close()
    if answer is None:
        raise NobodyThere("the exercise hung up")
    if "error" in answer:
        raise (InputError if answer.get("input") else NetworkFailed)(answer["error"])
    result: dict[str, Any] = answer["result"]
    return result


async def serve(path: Path, command: Command) -> None:
    """The other end: connect, answer questions one after the other, return when exercise control hangs up.

    Raises ``NetworkFailed`` if nobody listens.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=_MAX_BYTES)
    except OSError as error:
        raise NetworkFailed(f"exercise control does not listen at `{path}`: {error}") from error
    await _answer(reader, writer, command)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: Command) -> None:
    try:
        while (question := await _read(reader)) is not None:
            try:
                name, arguments = question.get("name"), question.get("arguments")
                if not isinstance(name, str) or not isinstance(arguments, dict):
                    raise InputError("expected `name` and `arguments`")
                answer: dict[str, Any] = {"result": await command(name, arguments)}
            except I247Error as error:
                answer = {"error": str(error), "input": isinstance(error, InputError)}
            await _write(writer, answer)
    except ConnectionError:
        pass
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

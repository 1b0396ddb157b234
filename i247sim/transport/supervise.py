"""Child processes that never outlive us, and that never see a Ctrl-C meant for us.

Between us and the child stands ``keeper``, in a session of its own. It holds the reading end of a pipe; when
we are gone, by whatever death, the pipe ends and the keeper ends the child.
"""

import asyncio
import shutil
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from i247sim.vocabulary.errors import NetworkFailed

_KEEPER = Path(__file__).with_name("keeper.py")
_LINE_LIMIT = 256 * 1024


class Child:
    """A running child. Made by ``spawn``; for one event loop."""

    def __init__(self, pid: int, keeper: asyncio.subprocess.Process, on_line: Callable[[str], None] | None) -> None:
        self.pid = pid
        """Of the child itself, not of its keeper."""
        self.last_lines: deque[str] = deque(maxlen=20)
        """What the child printed last, to say why it died. May hold what a stranger made it print."""
        self._keeper = keeper
        self._on_line = on_line
        self._output = asyncio.create_task(self._read_output())
        self._status = asyncio.create_task(self._read_status())

    @property
    def is_alive(self) -> bool:
        """Whether the child still runs, as far as its keeper has told."""
        return not self._status.done()

    def send(self, number: signal.Signals) -> None:
        """Pass a signal to the child; nothing happens when it is gone."""
        if self.is_alive and self._keeper.stdin is not None:
            self._keeper.stdin.write(bytes([number]))

    async def wait(self) -> int:
        """Wait for the end; the exit status, negative for a signal. All output has been read by then."""
        status = await asyncio.shield(self._status)
        await asyncio.shield(self._output)
        return status

    async def stop(self) -> int:
        """Terminate, after the time of grace kill, and wait. Idempotent."""
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        return await self.wait()

    async def _read_output(self) -> None:
        assert self._keeper.stderr is not None
        async for line in _lines(self._keeper.stderr):
            self.last_lines.append(line)
            if self._on_line is not None:
                self._on_line(line)

    async def _read_status(self) -> int:
        assert self._keeper.stdout is not None
        words = (await self._keeper.stdout.readline()).split()
        await self._keeper.wait()
        # No word: the keeper was killed, and the kernel has taken the child along.
        return int(words[1]) if len(words) == 2 else -signal.SIGKILL


async def spawn(
    argv: Sequence[str],
    *,
    on_line: Callable[[str], None] | None = None,
    scratch: Path | None = None,
    grace_seconds: float = 3.0,
) -> Child:
    """Start ``argv`` under a keeper.

    ``on_line`` gets every line that the child prints on standard output or error, without its end, undecodable
    bytes replaced. ``grace_seconds`` lie between asking and killing.
    ``scratch`` is a folder that is removed when the child has ended, also after our own death.
    Standard input of the child is empty. Raises ``NetworkFailed`` if the program cannot be started.
    """
    try:
        keeper = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(_KEEPER),
            str(grace_seconds),
            "" if scratch is None else str(scratch),
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=_LINE_LIMIT,
        )
    except BaseException:
        # Somebody gave up at this very moment: asyncio has killed the keeper, which will clear nothing away.
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        raise
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    try:
        word, _, rest = (await keeper.stdout.readline()).decode(errors="replace").strip().partition(" ")
    except asyncio.CancelledError:
        keeper.stdin.close()  # it ends the child, and clears away
        await keeper.wait()
        raise
    if word != "pid":
        await keeper.wait()
        raise NetworkFailed(f"`{argv[0]}` could not be started: {rest.lower() or 'its keeper ended at once'}")
    return Child(int(rest), keeper, on_line)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # a line above the limit: what was read of it is gone
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip("\r\n")

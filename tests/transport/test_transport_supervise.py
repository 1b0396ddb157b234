import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from i247sim.transport.supervise import spawn
from i247sim.vocabulary.errors import NetworkFailed

PATIENCE_SECONDS = 20
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)
PATIENT = "import time; print('ready', flush=True); time.sleep(600)"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def _gone(pid: int) -> None:
    """Wait until no such process exists (a zombie of somebody else's counts as gone)."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            stat = Path(f"/proc/{pid}/stat")
            if stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return
            await asyncio.sleep(0.02)


async def test_a_child_is_heard_and_its_status_told():
    lines: list[str] = []
    child = await spawn(
        python("import sys; print('one'); print('two', file=sys.stderr); sys.exit(7)"), on_line=lines.append
    )
    assert await child.wait() == 7
    assert sorted(lines) == ["one", "two"]
    assert not child.is_alive


async def test_a_signal_reaches_the_child():
    child = await spawn(python(PATIENT))
    child.send(signal.SIGKILL)
    assert await child.wait() == -signal.SIGKILL
    child.send(signal.SIGKILL)


async def test_stop_asks_first_and_may_be_repeated():
    child = await spawn(python(PATIENT))
    assert await child.stop() == -signal.SIGTERM
    assert await child.stop() == -signal.SIGTERM


async def test_a_stubborn_child_is_killed_after_the_time_of_grace():
    ready = asyncio.Event()
    child = await spawn(python(STUBBORN), on_line=lambda _: ready.set(), grace_seconds=0.1)
    await ready.wait()
    assert await child.stop() == -signal.SIGKILL


async def test_a_program_that_does_not_exist_is_a_clear_error(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(NetworkFailed, match="`/no/such/program` could not be started: no such file or directory"):
        await spawn(["/no/such/program"], scratch=scratch)
    assert not scratch.exists()


async def test_the_scratch_folder_lives_as_long_as_the_child(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    child = await spawn(python(PATIENT), scratch=scratch)
    assert scratch.exists()
    await child.stop()
    assert not scratch.exists()


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8, 50])
async def test_who_gives_up_while_a_child_starts_leaves_no_scratch_folder(tmp_path, turns):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    starting = asyncio.create_task(spawn([sys.executable, "-c", "input()"], scratch=scratch))
    for _ in range(turns):
        await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not scratch.exists()


async def test_a_ctrl_c_at_the_terminal_does_not_reach_the_child():
    child = await spawn(python(PATIENT))
    try:
        assert os.getsid(child.pid) != os.getsid(0)
        assert os.getpgid(child.pid) != os.getpgid(0)
    finally:
        await child.stop()


async def test_a_very_long_line_does_not_stop_the_listening():
    lines: list[str] = []
    child = await spawn(python("print('x' * 3_000_000); print('after')"), on_line=lines.append)
    assert await child.wait() == 0
    assert lines[-1] == "after"


@pytest.mark.parametrize("code", [PATIENT, STUBBORN], ids=["patient", "stubborn"])
async def test_no_orphan_when_the_owner_is_killed(tmp_path, code):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    owner_code = f"""
import asyncio, sys
from pathlib import Path
from i247sim.transport.supervise import spawn
async def main():
    ready = asyncio.Event()
    argv, scratch = [sys.executable, "-c", {code!r}], Path({str(scratch)!r})
    child = await spawn(argv, grace_seconds=0.1, scratch=scratch, on_line=lambda _: ready.set())
    await ready.wait()
    print(child.pid, flush=True)
    await child.wait()
asyncio.run(main())
"""
    owner = await asyncio.create_subprocess_exec(*python(owner_code), stdout=asyncio.subprocess.PIPE)
    assert owner.stdout is not None
    pid = int(await owner.stdout.readline())
    os.kill(pid, 0)
    owner.send_signal(signal.SIGKILL)
    await owner.wait()
    await _gone(pid)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while scratch.exists():
            await asyncio.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
async def test_no_orphan_when_the_keeper_is_killed():
    child = await spawn(python(PATIENT))
    keeper = int(Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(keeper, signal.SIGKILL)
    assert await child.wait() == -signal.SIGKILL
    await _gone(child.pid)


async def test_a_keeper_that_is_asked_to_terminate_ends_the_child():
    child = await spawn(python(PATIENT))
    os.kill(os.getsid(child.pid), signal.SIGTERM)  # the keeper leads the session
    assert await child.wait() == -signal.SIGTERM

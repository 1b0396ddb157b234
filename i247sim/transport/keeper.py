"""A small process that stands between us and a child, so that the child never outlives us.

Run as a script, never imported; standard library only. Standard input is a pipe from the owner: a byte is
a signal to pass on, and its end means that the owner is gone, however it died. Then the child is asked to
terminate, and killed when the time of grace is over. Standard output tells the owner ``pid <n>``, or
``failed <why>``, and at the end ``exit <status>``. What the child prints goes to our standard error.

The scratch folder, if one is given, lives exactly as long as the child: the keeper removes it at the end.

Should the keeper itself be killed with -9, the kernel takes the child along on Linux; on macOS the broken
pipe of its output is all that is left.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_PAUSE_SECONDS = 1.0


def main(grace_seconds: float, scratch: str, argv: list[str]) -> None:
    """Start ``argv``, guard it, and return when it has ended. ``scratch`` may be empty: no folder."""
    waker, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # the number arrives through the pipe
    try:
        arm = _die_with(os.getpid())
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=2, preexec_fn=arm)  # noqa: PLW1509 - no threads here
        _tell(f"pid {child.pid}")
        _guard(child, waker, grace_seconds)
        ending = f"exit {child.returncode}"
    except OSError as error:
        ending = f"failed {error.strerror}"
    if scratch:
        shutil.rmtree(scratch, ignore_errors=True)
    _tell(ending)


def _guard(child: "subprocess.Popen[bytes]", waker: int, grace_seconds: float) -> None:
    sources = [0, waker]
    killing_at: float | None = None
    while child.poll() is None:
        pause = _PAUSE_SECONDS if killing_at is None else max(0.0, killing_at - time.monotonic())
        ready, _, _ = select.select(sources, [], [], pause)
        told = os.read(waker, 64) if waker in ready else b""
        orders = os.read(0, 64) if 0 in ready else b""
        for number in orders:
            child.send_signal(number)
        abandoned = (0 in ready and not orders) or any(number != signal.SIGCHLD for number in told)
        if abandoned and killing_at is None:
            sources = [waker]
            killing_at = time.monotonic() + grace_seconds
            child.terminate()
        if killing_at is not None and time.monotonic() >= killing_at:
            child.kill()
            child.wait()


def _die_with(keeper: int) -> Callable[[], None] | None:
    """On Linux: the child is killed when the keeper dies. Nothing of the kind exists elsewhere."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl

    def arm() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:  # it died before we were armed
            os._exit(1)

    return arm


def _tell(line: str) -> None:
    with suppress(OSError):
        os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2], sys.argv[3:])

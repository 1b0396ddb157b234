"""Ctrl-C, SIGTERM and a closed terminal end a command in order; a second time, or if that takes too long, at once."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from i247sim.cli.exits import DEBUG, Stopped

_GRACE_SECONDS = 3.0
"""How long what was stopped may tidy up before it is told again."""


@contextmanager
def clearing_away() -> Iterator[None]:
    """SIGTERM and a closed terminal end what is inside as Ctrl-C does: it clears away behind itself."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    ours = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


_Result = TypeVar("_Result")


def run_until_stopped(
    work: Coroutine[Any, Any, _Result],
    last_words: Callable[[], str],
    hush: Callable[[], None],
    trouble: Callable[[str], None],
) -> _Result:
    """Run ``work`` to its end. If somebody stops it: ``hush`` is called at once, and when all is tidied up it raises
    ``Stopped`` with the ``last_words`` of then. ``trouble`` hears of connections that broke while nobody waited.
    """
    stopped: list[signal.Signals] = []

    async def until_stopped() -> _Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def stop(number: signal.Signals) -> None:
            stopped.append(number)
            hush()
            task.cancel()
            # A cancellation can be swallowed (`asyncio.wait_for` of Python 3.11 does, when both come together).
            loop.call_later(_GRACE_SECONDS, stop, number)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop, number)
        if DEBUG not in os.environ:
            # A connection that broke while nobody waited for it any more is no news, and no traceback.
            loop.set_exception_handler(lambda _, context: trouble(str(context["message"])))
        return await work

    try:
        return asyncio.run(until_stopped())
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise Stopped(stopped[0] if stopped else signal.SIGINT, last_words()) from None

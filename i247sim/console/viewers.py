"""Viewers in a process of their own, for ``bench``: they take every frame off their sockets and say when it came.

``python -m i247sim.console.viewers``, told on standard input where to look (JSON), says on standard output what it got.
"""

import asyncio
import json
import sys
import time
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


async def _look(order: dict[str, Any], cookie: str, arrived: list[tuple[int, float]], sizes: list[int]) -> None:
    headers = {"Cookie": f"{order['cookie']}={cookie}"}
    url, origin = f"ws://{order['address']}/live", f"http://{order['address']}"
    async with connect(url, origin=origin, additional_headers=headers, compression=None) as socket:  # type: ignore[arg-type]
        await socket.recv()  # the first one says where everything stands, and was not made for all
        until = time.monotonic() + order["seconds"]
        while (left := until - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    text = await socket.recv()
            except (TimeoutError, ConnectionClosed):
                return
            at = time.monotonic()  # before it is read: ten viewers share one core here, as no ten browsers do
            arrived.append((json.loads(text)["seq"], at))
            sizes.append(len(text if isinstance(text, bytes) else text.encode()))


async def _main() -> None:
    order = json.loads(sys.stdin.read())
    arrived: list[tuple[int, float]] = []
    sizes: list[int] = []
    await asyncio.gather(*(_look(order, cookie, arrived, sizes) for cookie in order["cookies"]))
    json.dump({"arrived": arrived, "largest": max(sizes, default=0)}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(_main())

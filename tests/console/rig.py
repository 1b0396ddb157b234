"""An exercise with its console in one process, for tests: no broker, no server, real pages and real commands."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from i247sim.console.app import application
from i247sim.console.guard import Place
from i247sim.console.house import House
from i247sim.console.sessions import Sessions
from i247sim.exercise.attached import AttachedPort, hold_open
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.durations import parse_offset
from i247sim.exercise.medium import Medium
from i247sim.exercise.port import ExercisePort, Role, Who
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch

STORY = Path(__file__).with_name("story.yaml")
HOST = "127.0.0.1:8247"
BASE = f"http://{HOST}"
PLACE = Place(frozenset({HOST, "localhost:8247"}), False, "i247-test")


class Rig:
    """A console. ``browser`` gives a signed-in client."""

    def __init__(self, port: ExercisePort, scenario: Any) -> None:
        self.trouble: list[str] = []
        self.house = House(port, scenario, PLACE, Sessions())
        self.house.trouble = self.trouble.append
        self.app = application(self.house)
        self.clients: list[Browser] = []

    async def browser(self, role: Role, party: str | None = None) -> "Browser":
        """A browser that has signed in as ``role``."""
        found = Browser(self.app)
        self.clients.append(found)
        answer = await found.post("/login", {"token": self.house.admit(Who(role, party))})
        assert answer.status_code == 303, answer.text
        return found

    async def close(self) -> None:
        """Close all browsers."""
        await self.house.foresight.close()
        for one in self.clients:
            await one.client.aclose()


class Browser:
    """A browser without script."""

    def __init__(self, app: Any) -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE, headers={"origin": BASE})
        self.app = app

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """A page."""
        return await self.client.get(path, headers=headers)

    async def post(self, path: str, data: dict[str, Any], **headers: str) -> httpx.Response:
        """A form as it stands."""
        return await self.client.post(path, data=data, headers=headers)

    async def csrf(self, page: str) -> str:
        """The token of the forms on a page."""
        found = re.search(r'name="csrf" value="([^"]+)"', (await self.get(page, **{"x-refresh": "1"})).text)
        assert found is not None, f"no form on {page}"
        return found.group(1)

    async def do(self, command: str, page: str, /, **fields: Any) -> dict[str, Any]:
        """Give a command as a script would: the answer as data."""
        data = {"csrf": await self.csrf(page), "back": page, **fields}
        answer = await self.post(f"/do/{command}", data, accept="application/json")
        found: dict[str, Any] = answer.json()
        return {**found, "status": answer.status_code}

    async def socket(self, query: str = "", **headers: str) -> "Socket":
        """The live socket of this browser, as it would open it."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        return await Socket.open(self.app, {"cookie": cookie, "host": HOST, "origin": BASE, **headers}, query=query)


class Socket:
    """A websocket against the application itself."""

    def __init__(self, task: asyncio.Task[None], out: "asyncio.Queue[Any]", into: "asyncio.Queue[Any]") -> None:
        self._task, self._out, self._into = task, out, into

    @classmethod
    async def open(cls, app: Any, headers: dict[str, str], path: str = "/live", query: str = "") -> "Socket":
        """Ask for the socket; nothing is taken yet."""
        out: asyncio.Queue[Any] = asyncio.Queue()
        into: asyncio.Queue[Any] = asyncio.Queue()
        scope = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "ws",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "subprotocols": [],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8247),
        }
        into.put_nowait({"type": "websocket.connect"})
        task = asyncio.create_task(app(scope, into.get, out.put))
        return cls(task, out, into)

    async def next(self) -> dict[str, Any]:
        """What the server says next."""
        async with asyncio.timeout(10):
            found: dict[str, Any] = await self._out.get()
            return found

    async def frame(self) -> dict[str, Any]:
        """The next frame."""
        message = await self.next()
        if message["type"] == "websocket.accept":
            message = await self.next()
        assert message["type"] == "websocket.send", message
        found: dict[str, Any] = json.loads(message["text"])
        return found

    async def code(self) -> int:
        """The code it is closed with, whatever came before."""
        while (message := await self.next())["type"] != "websocket.close":
            pass
        return int(message["code"])

    def send(self, text: str) -> None:
        """Say something, as no page of ours does."""
        self._into.put_nowait({"type": "websocket.receive", "text": text})

    async def gone(self) -> None:
        """The page is closed."""
        self._into.put_nowait({"type": "websocket.disconnect", "code": 1001})
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


class Play:
    """An exercise under way with its console."""

    def __init__(self, rig: Rig, conductor: Conductor, port: AttachedPort, task: "asyncio.Task[Finished]") -> None:
        self.rig, self.conductor, self.port, self.task = rig, conductor, port, task

    async def rest(self) -> None:
        """Play on at full speed until nothing is planned any more, and stand still."""
        self.conductor.pace.set(None)
        self.conductor.pace.resume()
        async with asyncio.timeout(60):
            while not self.conductor.idle or self.conductor.live:
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.02)
        self.conductor.pace.pause()

    async def until(self, offset: str) -> None:
        """Play on to a time, and pause there."""
        self.conductor.pacing.run_until = self.conductor.scenario.start + parse_offset(offset)
        self.conductor.pace.set(None)
        self.conductor.pace.resume()
        async with asyncio.timeout(60):
            while not self.conductor.pace.paused:
                await asyncio.sleep(0.005)

    async def end(self) -> Finished:
        """Let it come to its end."""
        self.conductor.held_open = False
        self.conductor.pace.set(None)
        self.conductor.pace.resume()
        async with asyncio.timeout(60):
            return await self.task


@contextlib.asynccontextmanager
async def playing(out: Path, scenario: Path = STORY) -> AsyncIterator[Play]:
    """The story, paused at its beginning, with its console."""
    begun: asyncio.Future[Conductor] = asyncio.get_running_loop().create_future()

    def prepare(conductor: Conductor) -> None:
        hold_open(conductor)
        begun.set_result(conductor)

    options = Options(scenario, medium=Medium.MEMORY, out=out, paused=True)
    session = Session.create(options, Watch(begun=prepare))
    task = asyncio.create_task(session.run())
    both: list[asyncio.Future[Any]] = [begun, task]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if not begun.done():
        await task
    conductor = begun.result()
    port = AttachedPort(conductor, "story")
    rig = Rig(port, session.scenario)
    frames = asyncio.create_task(rig.house.live.run())
    try:
        while set(session.scenario.restrictions) - set(port.seen().state.restrictions):
            await asyncio.sleep(0.005)  # what holds at the start comes into force first
        yield Play(rig, conductor, port, task)
    finally:
        frames.cancel()
        task.cancel()
        for one in (frames, task):
            with contextlib.suppress(asyncio.CancelledError):
                await one
        await rig.close()

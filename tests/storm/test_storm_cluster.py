"""An exercise over three ``nats-server`` that lose one of their number at a time, by ``kill -9``: nothing is lost."""

import asyncio
import contextlib
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cluster import ThreeServers

from i247sim.clock.patience import USUAL
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.storm.checks import differences, problems
from i247sim.exercise.storm.play import play
from i247sim.exercise.storm.weather import CALM

LETTERS = 12
HEAD = """\
title: A story for three servers
aim: To come out the same whichever server is lost. All persons and messages are fictional.
participants: {bureaus: [FR, JP, KE, NO, BR, AU]}
officers:
  members:
  - {when: {kind: INFO_REQUEST}, send: INFO_REPLY, after: 1m..20m, subject: Nothing known here}
timeline:
"""


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def letters(count: int) -> str:
    names = ("FR", "JP", "KE", "NO", "BR", "AU")
    lines = [
        f"- {{at: T+{at}m, send: {{from: {names[at % 6]}, to: [{names[(at + 1) % 6]}, {names[(at + 3) % 6]}],"
        f" kind: INFO_REQUEST, purpose: case-support, subject: fictional {at}}}}}"
        for at in range(count)
    ]
    return HEAD + "\n".join(lines) + "\n"


class Loser:
    """Kills one server after the other, each once messages have been opened since the last one came back."""

    def __init__(self, servers: ThreeServers) -> None:
        self.servers = servers
        self.opened = 0
        self.progress = asyncio.Event()

    def line(self, line: dict[str, Any]) -> None:
        self.opened += line["event"] == "opened"
        self.progress.set()

    async def until_more(self, count: int) -> None:
        wanted = self.opened + count
        while self.opened < wanted:
            self.progress.clear()
            await self.progress.wait()

    async def lose(self) -> None:
        number = 0
        while True:
            await self.until_more(3)
            await self.servers.kill(number)
            await asyncio.sleep(2.0)
            await self.servers.start(number)
            await self.servers.listens(number)
            number = (number + 1) % 3


@pytest.mark.deep
async def test_a_cluster_that_loses_one_server_at_a_time_loses_no_message(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(letters(LETTERS), encoding="utf-8")
    calm = await play(file, CALM, tmp_path / "calm")
    async with ThreeServers(load(file).parties(), free_ports(6)) as servers:
        options = Options(
            file, pace=120, out=tmp_path / "run", medium=Medium.EXTERNAL, broker=servers.url, keys=servers.folder.path
        )
        loser = Loser(servers)
        session = Session.create(options, Watch(line=loser.line))
        # Whoever connects needs a majority of the servers, and these take their time to agree on who leads.
        session.patience = replace(USUAL, stall=90.0)
        killer = asyncio.create_task(loser.lose())
        try:
            finished = await session.run()
        finally:
            killer.cancel()
            await asyncio.gather(killer, return_exceptions=True)
        assert servers.kills >= 3
        assert finished.completeness.lost == 0
        assert problems(finished.folder, finished.code) == []
        assert differences(calm.transcript, finished.transcript) == []

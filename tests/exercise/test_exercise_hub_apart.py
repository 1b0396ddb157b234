"""A hub that somebody else starts: what lies ready for it, whom it waits for, what is left afterwards."""

import asyncio
import base64
import json
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from i247sim.exercise import catalogue
from i247sim.exercise.hub_apart import ApartHub
from i247sim.exercise.session import Options, Session, Watch
from i247sim.hub.process import HubConfiguration, read_configuration
from i247sim.security.authority import Authority
from i247sim.security.keyfiles import load_identity, load_workspace_key
from i247sim.security.keys import Identity
from i247sim.transport.control import serve
from i247sim.vocabulary.errors import InputError, NetworkFailed
from i247sim.vocabulary.parties import HUB, Role

RUN = "0123456789ab"
DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def shared() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="i247-") as folder:  # short: a socket's name must be
        yield Path(folder) / "hub"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create(RUN, DAY)


@pytest.fixture(scope="module")
def identity(authority: Authority) -> Identity:
    return authority.issue(HUB, Role.HUB, DAY, DAY + timedelta(days=1), mldsa=False)


def a_hub(shared: Path, authority: Authority, identity: Identity, told: list[str], seconds: float = 30.0) -> ApartHub:
    configuration = HubConfiguration(
        identity="",
        workspace_key="",
        root=base64.b64encode(authority.root).decode(),
        database="",
        host="localhost",
        port=8883,
        control="",
    )
    return ApartHub(configuration, identity, shared, told.append, seconds)


async def answer(name: str, arguments: dict[str, object]) -> dict[str, object]:
    return {"said": name, **arguments}


async def report(hub: ApartHub) -> None:
    """What a hub does, without one: wait for the configuration, connect, answer."""
    while not hub.file.exists():
        await asyncio.sleep(0.01)
    await serve(Path(read_configuration(hub.file).control), answer)


@pytest.fixture
async def started(shared: Path, authority: Authority, identity: Identity) -> AsyncIterator[ApartHub]:
    hub = a_hub(shared, authority, identity, [])
    other_end = asyncio.create_task(report(hub))
    await hub.start()
    yield hub
    await hub.stop()
    await other_end


async def test_it_is_asked_over_the_control_line(started: ApartHub):
    assert started.is_alive
    assert await started.ask("hello", {"number": 1}) == {"said": "hello", "number": 1}


async def test_what_lies_ready_opens_the_hubs_keys_and_is_for_its_owner(started: ApartHub, identity: Identity):
    configuration = read_configuration(started.file)
    folder = Path(configuration.identity).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "HUB.key": 0o600,
        "workspace.key": 0o600,
        "control": 0o600,
    }
    found = load_identity(Path(configuration.identity), load_workspace_key(Path(configuration.workspace_key)))
    assert (found.party, found.signing.id) == (HUB, identity.signing.id)


async def test_a_stopped_one_leaves_no_configuration_and_keeps_its_keys_for_the_next_start(
    shared: Path, authority: Authority, identity: Identity
):
    told: list[str] = []
    hub = a_hub(shared, authority, identity, told)
    for _ in range(2):
        other_end = asyncio.create_task(report(hub))
        await hub.start()
        await hub.stop()
        await other_end
        assert not hub.file.exists()
        assert not hub.is_alive
    assert told == [f"waiting for the hub: `i247sim hub {shared / 'hub.json'}`"] * 2
    hub.discard()
    assert list(shared.iterdir()) == []


async def test_a_hub_that_dies_is_noticed(shared: Path, authority: Authority, identity: Identity):
    hub = a_hub(shared, authority, identity, [])
    other_end = asyncio.create_task(report(hub))
    await hub.start()
    other_end.cancel()
    async with asyncio.timeout(20):
        while hub.is_alive:
            await asyncio.sleep(0.01)
    with pytest.raises(NetworkFailed):
        await hub.ask("hello", {})
    await hub.stop()


async def test_one_that_never_comes_is_said(shared: Path, authority: Authority, identity: Identity):
    hub = a_hub(shared, authority, identity, [], seconds=0.01)
    with pytest.raises(NetworkFailed, match="the hub did not report"):
        await hub.start()
    await hub.stop()


def test_a_folder_whose_name_is_too_long_for_a_socket_is_refused(authority: Authority, identity: Identity):
    with pytest.raises(InputError, match="too long for the name of a socket"):
        a_hub(Path("/" + "x" * 100), authority, identity, [])


async def test_a_run_with_a_hub_that_somebody_starts_again_and_again(shared: Path, tmp_path: Path):
    """`i247sim hub --wait` serves one run after the other, beside the broker of each; also after a nonsense file."""
    shared.mkdir(mode=0o700)
    (shared / "hub.json").write_text(json.dumps({"host": "left behind"}), encoding="utf-8")
    argv = [sys.executable, "-m", "i247sim", "hub", "--wait", str(shared / "hub.json")]
    hub = await asyncio.create_subprocess_exec(*argv, stderr=asyncio.subprocess.PIPE)
    assert hub.stderr is not None
    assert b"`identity` is missing" in await hub.stderr.readline()
    try:
        for number in range(2):
            options = Options(catalogue.find("red-notice"), out=tmp_path / str(number), hub_apart=shared)
            finished = await Session.create(options, Watch()).run()
            assert finished.passed
            assert list(shared.iterdir()) == []
    finally:
        hub.terminate()
        await hub.wait()

"""Attacks that are not on anybody's list: the attacker has read the code."""

import asyncio
import contextlib
import json
import tracemalloc
from pathlib import Path

import pytest
from worlds import HubWorld, Reader

from i247sim.node.taken import Welcomed
from i247sim.security import envelope
from i247sim.transport import bundle
from i247sim.transport.control import ask_once
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import NetworkFailed
from i247sim.vocabulary.frames import FrameType, Hello, Welcome
from i247sim.vocabulary.parties import is_party_id


@pytest.fixture
def world() -> HubWorld:
    return HubWorld()


@pytest.mark.parametrize(
    "name",
    [
        "fr",
        "Fr",
        "FR ",
        " FR",
        "FR\n",
        "FR\x00",
        "ＦＲ",
        "ҒR",
        "FR/../BR",
        "FR-",
        "FR+",
        "FR#",
        "*",
        "",
        "FR-ä",
        "HUB2",
    ],
)
def test_a_party_that_only_looks_like_another_is_none(name: str) -> None:
    assert not is_party_id(name)


def test_a_field_name_that_a_terminal_obeys_is_shown_and_not_obeyed(world: HubWorld) -> None:
    """Anybody who may publish can have the hub quote a field name in its refusal: log and journal keep it escaped."""
    found = envelope.parse(world.sealed())
    evil = b'"\\u001b[2J\\u001b]0;owned\\u0007":1,'
    header = found.header_bytes[:1] + evil + found.header_bytes[1:]
    assert found.salt is not None
    assert found.hub_part_bytes is not None
    stanzas = [one for one in found.stanzas if one is not None]
    wire = envelope.join_full(header, found.salt, found.hub_part_bytes, stanzas, found.body, found.signatures)
    batch = world.arrive("FR", wire)
    assert batch.code is Code.FORMAT
    written = json.dumps(batch.refusal.model_dump(mode="json"))
    assert "\x1b" not in written
    assert len(batch.refusal.detail) <= 120


def test_a_bundle_of_nothing_costs_no_more_than_its_parts() -> None:
    """It comes apart into at most so many; what claims more is handed on as one, to be refused as one."""
    empty = bundle.MAGIC + bytes(4) * bundle.MAX_PARTS
    assert len(bundle.split(empty)) == bundle.MAX_PARTS
    assert bundle.split(empty + bytes(4)) == [empty + bytes(4)]
    within = bundle.MAGIC + len(empty).to_bytes(4, "big") + empty
    assert bundle.split(within) == [empty], "one within another does not come apart a second time"
    endless = bundle.MAGIC + b"\xff\xff\xff\xff"
    tracemalloc.start()
    assert bundle.split(endless) == [endless]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1024 * 1024


def test_a_hello_that_claims_too_much_loses_nothing(world: HubWorld) -> None:
    """BR, or whoever has its key, says it has stored all there will ever be: what it has not answered stays."""
    world.hello("BR")
    id_ = world.send("FR", ("BR",)).receipt.id
    assert id_ is not None
    claim = Hello(epoch="ab" * 16, sent=0, received=10**17, directory=10**17)
    batch = world.arrive("BR", world.frame(FrameType.HELLO, claim, "BR"))
    assert batch.code is None if batch.of(type(None)) else True
    assert world.outcome(id_, "BR") is Outcome.QUEUED
    assert id_ in world.kept
    world.hello("BR")
    assert [one.message for one in world.core.streams["BR"].items.values()] == [id_]


def test_a_welcome_of_an_earlier_session_opens_nothing() -> None:
    """The broker keeps a welcome and a copy, and plays both when the line comes back: before the hub has heard the
    hello, and so before it could take back what was barred meanwhile. The welcome names the session it answers."""
    reader = Reader("BR")
    old = Welcome(epoch="e0" * 16, received=0, session="01" * 16)
    taken = reader.take(reader.frame(FrameType.WELCOME, old))
    assert taken == Welcomed(False, "01" * 16)


async def test_a_strangers_socket_is_not_waited_for(tmp_path: Path) -> None:
    """`inject` and `control` talk to a socket within a run folder; one that answers without end is hung up on."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff\xff\xff\xff" + b"x" * 100_000)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()  # Python 3.12 waits for it when the server ends

    server = await asyncio.start_unix_server(endless, tmp_path / "control.sock")
    async with server:
        with pytest.raises(NetworkFailed, match="hung up"):
            await ask_once(tmp_path / "control.sock", "status", {})


@pytest.mark.parametrize("reference", ["BR-2026-000001", "FRA-2026-000001", "FR-cdg-border-2026-000001"])
def test_nobody_numbers_its_messages_with_anothers_references(world: HubWorld, reference: str) -> None:
    """Readers answer by reference: under BR's, an answer that is meant for BR would name a message of FR."""
    with pytest.raises(ValueError, match="own_ref"):
        world.send("FR", ("DE",), own_ref=reference)

"""The hub's shell where it must bear what a core cannot see: kills, lost calls, large frames."""

import asyncio
import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hub_world import NOON, RUN, HubWorld, engine, enrolled

from i247sim.clock.patience import Patience
from i247sim.hub import service
from i247sim.hub.database import HubDatabase
from i247sim.hub.decide import Limits
from i247sim.hub.events import Arrived as CoreArrived
from i247sim.hub.log_keys import log_keys
from i247sim.hub.notes import receipts
from i247sim.hub.service import HubService
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.transport.memory import MemoryBroker
from i247sim.transport.port import Arrived, Credentials, Rights
from i247sim.transport.topics import every_out, in_topic, out_topic, rights_for
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.errors import InputError, NetworkFailed
from i247sim.vocabulary.frames import (
    Ack,
    AckItem,
    Deliveries,
    Frame,
    FrameType,
    Hello,
    Note,
    NoteKind,
    Receipt,
    ReceiptItem,
    ReceiptLine,
    Welcome,
)
from i247sim.vocabulary.limits import MAX_FRAME_BYTES
from i247sim.vocabulary.times import to_text


class Bench:
    """A hub's service on a memory broker, its database in a file, and one party's link."""

    def __init__(self, path: Path, party: str = "BR") -> None:
        self.path = path
        self.party = party
        self.world = HubWorld()
        self.broker = MemoryBroker({one: rights_for(one, RUN) for one in ("HUB", party, "FR")})
        self.link = self.broker.link(Credentials(party, "1" * 32), (in_topic(RUN, party),))
        self.sender = self.broker.link(Credentials("FR", "2" * 32), (in_topic(RUN, "FR"),))
        self.items: list[tuple[clear.SignedFrame, tuple[bytes, ...]]] = []
        self.heard: list[Any] = []
        """What it said, each note by itself."""
        self.troubles: list[str] = []

    async def begin(self) -> None:
        await self.broker.start()
        await self.link.start()
        await self.sender.start()
        self.listening = asyncio.create_task(self._listen())
        await self.boot()

    async def boot(self) -> None:
        identity = enrolled().identities["HUB"]
        self.database = HubDatabase(self.path, *log_keys(identity))
        link = self.broker.link(Credentials("HUB", "0" * 32), (every_out(RUN),))
        self.service = HubService(
            identity,
            enrolled().authority.root,
            self.database,
            engine(),
            link,
            "e" * 32,
            Limits(),
            self.troubles.append,
            Patience(first_resend=0.02, last_resend=0.02),
        )
        self.task = asyncio.create_task(self.service.run())

    async def open(self) -> None:
        await self.service.command("now", {"time": to_text(NOON)})
        answer = await self.service.command("open", {"rules": "2" * 64})
        if answer["directory"] == 0:
            await self.service.command("directory", self.first)

    @property
    def first(self) -> dict[str, Any]:
        issue = enrolled().first
        return {
            "frame": base64.b64encode(issue.frame).decode(),
            "attached": [base64.b64encode(one).decode() for one in issue.attached],
        }

    async def kill(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.database.close()

    async def end(self) -> None:
        self.listening.cancel()
        await self.kill()

    async def _listen(self) -> None:
        while True:
            event = await self.link.next()
            if isinstance(event, Arrived):
                signed, attached = clear.unpack(event.payload)
                self.items.append((signed, attached))
                several = isinstance(signed.payload, Deliveries)
                self.heard += signed.payload.notes if several else [signed.payload]

    async def say(self, wire: bytes, party: str | None = None) -> None:
        link = self.sender if party == "FR" else self.link
        await link.publish(out_topic(RUN, party or self.party), wire)

    async def until(self, true: Any) -> None:
        async with asyncio.timeout(10):
            while not true():
                assert not self.task.done(), self.task.exception()
                await asyncio.sleep(0.002)

    def notes(self) -> list[NoteKind]:
        return [one.kind for one in self.heard if isinstance(one, Note)]


@pytest.fixture
async def bench(tmp_path: Path) -> Any:
    bench = Bench(tmp_path / "hub.db")
    await bench.begin()
    yield bench
    await bench.end()


async def hello(bench: Bench, received: int = 0) -> None:
    greeting = Hello(epoch="a" * 32, sent=0, received=received, directory=1)
    frame = bench.world.frame(FrameType.HELLO, greeting, bench.party)
    await bench.say(frame)


async def test_nothing_is_handled_before_the_time_is_known_and_nothing_breaks(bench: Bench) -> None:
    await hello(bench)
    await asyncio.sleep(0.05)
    assert bench.heard == []
    assert not bench.task.done()
    await bench.open()
    await bench.until(lambda: bench.heard)


async def test_who_comes_before_the_first_directory_is_heard_once_it_is_there_and_the_others_are_called(
    bench: Bench,
) -> None:
    await bench.service.command("now", {"time": to_text(NOON)})
    await bench.service.command("open", {"rules": "2" * 64})
    await bench.say(bench.world.sealed("FR", ("BR",)), "FR")
    await asyncio.sleep(0.05)
    assert bench.database.log.size == 1, "nobody is known yet, so nobody is refused"
    await bench.service.command("directory", bench.first)
    await bench.until(lambda: bench.service._core.state.messages)
    await bench.until(lambda: [one for one in bench.heard if isinstance(one, Welcome) and one.call])


async def test_after_a_restart_everybody_is_called_once_the_time_is_known(bench: Bench) -> None:
    await bench.open()
    await bench.kill()
    bench.heard.clear()
    await bench.boot()
    await asyncio.sleep(0.05)
    assert not bench.task.done(), "the line was up before the time was known"
    await bench.open()
    await bench.until(lambda: [one for one in bench.heard if isinstance(one, Welcome) and one.call])


async def test_a_party_that_did_not_hear_the_call_is_called_again_when_something_waits(bench: Bench) -> None:
    await bench.open()
    await bench.say(bench.world.sealed("FR", ("BR",)), "FR")
    await bench.until(lambda: len([one for one in bench.heard if isinstance(one, Welcome) and one.call]) > 2)
    assert bench.notes() == []


async def test_what_the_hub_forgets_is_on_disk_and_may_be_forgotten_again_after_a_restart(bench: Bench) -> None:
    await bench.open()
    await hello(bench)
    first = bench.world.sealed("FR", ("BR",), expires=NOON + timedelta(hours=1))
    id_ = sealed.parse(first).header.id
    await bench.say(first, "FR")
    await bench.until(lambda: bench.notes() == [NoteKind.DELIVERY])
    await bench.say(bench.world.acked("BR", 1, (id_, Outcome.OPENED, None)))
    await bench.until(lambda: bench.service._core.state.messages[id_].settled)
    bench.world.receipted["FR"] = 1
    await bench.say(bench.world.sealed("FR", ("BR",)), "FR")
    await bench.until(lambda: bench.service._core.state.receipted["FR"] == 1)
    for _ in range(2):
        assert id_ in bench.service._core.state.messages
        bench.service._core._forget_above = 0
        await bench.service.command("now", {"time": to_text(NOON + timedelta(hours=2))})
        await bench.service.command("now", {"time": to_text(NOON + timedelta(hours=3))})
        assert id_ not in bench.service._core.state.messages
        assert bench.service._core.state.used(id_)
        assert bench.database.earlier(id_) == ["BR"]
        await bench.kill()
        await bench.boot()


async def test_nothing_is_said_before_what_it_rests_on_is_on_disk(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither to who sent (a receipt) nor to who reads (a copy)."""
    await bench.open()
    await hello(bench)
    await bench.until(lambda: any(isinstance(one, Welcome) for one in bench.heard))
    written = asyncio.Event()
    monkeypatch.setattr(bench.database, "sync", written.wait)
    told: list[Any] = []
    monkeypatch.setattr(bench.service._sending, "carry_out", told.append)
    heard = len(bench.heard)
    await bench.say(bench.world.sealed("FR", ("BR",)), "FR")
    await bench.until(lambda: bench.service._core.state.messages)
    await asyncio.sleep(0.05)
    assert (told, len(bench.heard)) == ([], heard)
    monkeypatch.undo()
    written.set()
    await bench.until(lambda: NoteKind.DELIVERY in bench.notes())


async def test_time_does_not_go_back_in_the_log_where_an_exercise_begins_again_a_little_earlier(bench: Bench) -> None:
    await bench.open()
    late = NOON + timedelta(hours=2)
    await bench.service.command("now", {"time": to_text(late)})
    await bench.say(b"noise")
    await bench.until(lambda: bench.service._core.state.refusals == 1)
    await bench.kill()
    await bench.boot()
    await bench.open()
    await bench.until(bench.service._up.is_set)
    await bench.say(b"more noise")
    await bench.until(lambda: bench.service._core.state.refusals == 2)
    assert [entry.time for entry in bench.database.entries()][-2:] == [late, late]
    await bench.service.command("now", {"time": to_text(late + timedelta(hours=1))})
    await bench.say(b"and more")
    await bench.until(lambda: bench.service._core.state.refusals == 3)
    assert bench.service._core.state.time == late + timedelta(hours=1)


async def test_a_log_that_was_begun_under_other_rules_is_not_gone_on_with(bench: Bench) -> None:
    await bench.open()
    await bench.service.command("open", {"rules": "2" * 64})
    with pytest.raises(NetworkFailed, match="other rules"):
        await bench.service.command("open", {"rules": "3" * 64})
    assert bench.database.log.size == 2


async def test_losses_do_not_make_the_hub_wait_ever_longer(bench: Bench) -> None:
    """Found by the storm: with a fifth of everything lost, the wait for a resend grew without end."""
    await bench.open()
    await hello(bench)
    await bench.until(lambda: any(isinstance(one, Welcome) for one in bench.heard))
    await bench.say(bench.world.sealed("FR", ("BR",)), "FR")
    await bench.until(lambda: bench.notes().count(NoteKind.DELIVERY) > 5)
    (id_,) = {one.message for one in bench.heard if isinstance(one, Note) and one.kind is NoteKind.DELIVERY}
    ack = Ack(upto=1, items=(AckItem(id=id_, status=Outcome.OPENED),))
    await bench.say(bench.world.frame(FrameType.ACK, ack, bench.party))
    await bench.until(lambda: not bench.service._core.waiting().get("BR"))
    assert bench.service._sending._resending.round_trip == 0


async def test_silence_is_met_with_the_oldest_alone_and_the_rest_follows_once_that_was_missing(bench: Bench) -> None:
    """A reader that is only slow would have to take everything twice."""
    await bench.open()
    await hello(bench)
    await bench.until(lambda: any(isinstance(one, Welcome) for one in bench.heard))
    for _ in range(3):
        await bench.say(bench.world.sealed("FR", ("BR",)), "FR")

    def deliveries() -> list[str | None]:
        return [one.message for one in bench.heard if isinstance(one, Note) and one.kind is NoteKind.DELIVERY]

    await bench.until(lambda: len(deliveries()) > 5)
    first, second, third = dict.fromkeys(deliveries())
    assert first is not None
    assert (deliveries().count(second), deliveries().count(third)) == (1, 1)
    ack = Ack(upto=1, items=(AckItem(id=first, status=Outcome.OPENED),))
    await bench.say(bench.world.frame(FrameType.ACK, ack, bench.party))
    await bench.until(lambda: deliveries().count(second) > 1 and deliveries().count(third) > 1)


async def test_copies_that_come_about_together_go_out_under_one_signature_with_the_newest_checkpoint(
    bench: Bench,
) -> None:
    await bench.open()
    await hello(bench)
    await bench.until(lambda: any(isinstance(one, Welcome) for one in bench.heard))
    async with bench.service._turn:  # the hub looks up when all three are there
        for _ in range(3):
            await bench.say(bench.world.sealed("FR", ("BR",)), "FR")
        await bench.until(lambda: len(bench.service._queue) == 3)
    await bench.until(lambda: bench.notes().count(NoteKind.DELIVERY) >= 3)
    signed, copies = next(one for one in bench.items if isinstance(one[0].payload, Deliveries))
    assert isinstance(signed.payload, Deliveries)
    assert (signed.frame.counter, len(copies)) == (1, 3)
    assert [one.attached for one in signed.payload.notes] == [clear.attached_digest(one) for one in copies]
    assert [one.message for one in signed.payload.notes] == [sealed.parse(one).header.id for one in copies]
    assert [one.checkpoint is None for one in signed.payload.notes] == [True, True, False]


async def test_a_directory_change_may_be_told_twice(bench: Bench) -> None:
    """Exercise control asks again when a hub dies before it has answered."""
    await bench.open()
    size = (await bench.service.command("directory", bench.first))["size"]
    assert (await bench.service.command("directory", bench.first))["size"] == size


async def test_what_was_committed_is_handed_over_after_a_kill(bench: Bench) -> None:
    await bench.open()
    await hello(bench)
    await bench.say(bench.world.sealed("FR", ("BR",)), "FR")
    await bench.until(lambda: NoteKind.DELIVERY in bench.notes())
    await bench.kill()
    bench.heard.clear()
    await bench.boot()
    await bench.open()
    await bench.until(lambda: bench.heard)
    await hello(bench)
    await bench.until(lambda: NoteKind.DELIVERY in bench.notes())


async def test_an_event_that_breaks_the_core_is_refused_alone_and_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.open()
    await hello(bench)
    bad = b"a thing that breaks the core"
    handle = service.HubCore.handle

    def breaking(core: Any, event: Any, now: Any) -> Any:
        if isinstance(event, CoreArrived) and event.data == bad:
            raise ZeroDivisionError
        return handle(core, event, now)

    monkeypatch.setattr(service.HubCore, "handle", breaking)
    await bench.say(bad)
    await bench.say(bench.world.sealed("FR", ("BR",)), "FR")
    await bench.until(lambda: NoteKind.DELIVERY in bench.notes())
    await bench.until(lambda: [one for one in bench.heard if isinstance(one, Receipt)])
    assert any("ZeroDivisionError" in one for one in bench.troubles)


async def test_what_breaks_the_core_while_the_disk_is_full_is_refused_when_there_is_room(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.open()
    await hello(bench)
    await bench.until(lambda: bench.heard)

    def breaking(core: Any, event: Any, now: Any) -> Any:
        bench.database.full = True
        raise ZeroDivisionError

    monkeypatch.setattr(service, "_DISK_RETRY_SECONDS", 0.01)
    with monkeypatch.context() as broken:
        broken.setattr(service.HubCore, "handle", breaking)
        await bench.say(b"a thing that breaks the core")
        await bench.until(lambda: any("cannot be written" in one for one in bench.troubles))
    bench.database.full = False
    await bench.until(lambda: [one for one in bench.heard if isinstance(one, Receipt)])
    assert bench.troubles[-1] == "the log is written again"


def test_receipts_are_split_before_a_frame_would_be_too_large() -> None:
    """A bureau that was away sends eighty diffusions to all members at once."""
    lines = tuple(
        ReceiptLine(
            party=f"{chr(65 + n // 26)}{chr(65 + n % 26)}-{'a' * 24}-{'b' * 24}",
            outcome=Outcome.REFUSED,
            code="E-RESTRICT",
        )
        for n in range(256)
    )
    items = [ReceiptItem(wire="0" * 64, id="0" * 32, counter=n, lines=lines) for n in range(80)]
    frames = list(receipts(items))
    assert [item for receipt in frames for item in receipt.items] == items
    for receipt in frames:
        frame = Frame(
            type=FrameType.RECEIPT,
            run=RUN,
            sender="HUB",
            to="FR",
            key="0" * 16,
            counter=0,
            time=NOON,
            payload=receipt.model_dump(mode="json", exclude_none=True),
        )
        assert len(frame.model_dump_json(by_alias=True)) < MAX_FRAME_BYTES


async def test_after_the_last_checkpoint_nothing_comes_into_the_log_any_more(bench: Bench) -> None:
    """An entry under no checkpoint makes the whole folder fail: a late byte of an intruder would be enough."""
    await bench.open()
    await bench.say(b"noise")
    await bench.until(lambda: [one for one in bench.heard if isinstance(one, Receipt)])
    size = int((await bench.service.command("final", {}))["checkpoint"].split("\n")[1])
    await bench.say(b"late noise")
    await bench.say(bench.world.sealed("FR", ("BR",)), "FR")
    await asyncio.sleep(0.05)
    assert bench.database.log.size == size


async def test_a_command_that_breaks_the_core_leaves_it_as_the_log_tells(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.open()

    def half_done(core: Any, event: Any, now: Any) -> Any:
        core.state.counters["FR"] = 99
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(service.HubCore, "handle", half_done)
        with pytest.raises(NetworkFailed, match="ZeroDivisionError"):
            await bench.service.command("control", {"frame": ""})
    await hello(bench)
    await bench.say(bench.world.sealed("FR", ("BR",)), "FR")
    await bench.until(lambda: NoteKind.DELIVERY in bench.notes())


async def test_a_hub_with_a_key_that_opens_something_does_not_begin(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "hub.db")
    thief = replace(enrolled().identities["HUB"], kem=enrolled().identities["FR"].kem)
    database = HubDatabase(bench.path, *log_keys(thief))
    with pytest.raises(InputError, match="holds a decryption key"):
        HubService(thief, b"", database, engine(), bench.link, "e" * 32, Limits())
    database.close()


async def test_a_topic_that_is_no_partys_does_not_end_the_hub(bench: Bench) -> None:
    """A broker is trusted for its service alone, and can make up what it likes."""
    await bench.open()
    await hello(bench)
    await bench.until(lambda: bench.heard)
    bench.heard.clear()
    await bench.broker.permit("FR", Rights((every_out(RUN),), (in_topic(RUN, "FR"),)))
    for made_up in (f"i247/{RUN}/out/nobody", f"i247/{RUN}/out/", f"i247/{RUN}/out/FR+"):
        await bench.sender.publish(made_up, b"whatever")
    await hello(bench)
    await bench.until(lambda: any(isinstance(one, Welcome) for one in bench.heard))

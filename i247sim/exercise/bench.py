"""How fast it is, measured so that the figures mean something.

*This network* (a), a *bare relay* in the hub's place (b) and the *bare cryptography* of the same messages (c) are
measured in turn, in one call, over the same broker, client library, processes, TLS, quality of service and window.
``bound`` is what (b) and (c) allow together: one after the other, 1 / (1/b + 1/c). Cryptography is measured twice: the
primitives alone, and with the envelopes and notes that they are part of (written, read and checked as they travel).
"""

import asyncio
import contextlib
import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from i247sim.exercise import verify as verifying
from i247sim.exercise.hubs import ChildHub
from i247sim.exercise.medium import Medium
from i247sim.exercise.rig import SENDER, Rig, draft, readers
from i247sim.exercise.session import Options, Session, Watch
from i247sim.hub.state import HubState
from i247sim.policy.engine import Engine
from i247sim.policy.explain import explain
from i247sim.policy.facts import facts_of
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.copies import read_copy
from i247sim.security.keys import Identity, KemKey, forget_verified, verify_ed25519
from i247sim.security.sealing import lock, open_body, prepare, seal, unlock
from i247sim.transport.port import Arrived, LinkUp
from i247sim.transport.supervise import spawn
from i247sim.transport.topics import out_topic
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.frames import Frame, FrameType, Note, NoteKind
from i247sim.vocabulary.messages import Addressee, Body, HubPart
from i247sim.vocabulary.parties import CONTROL, HUB


@dataclass(frozen=True)
class Throughput:
    """One size and number of addressees. Rates are messages per second, each opened by every addressee."""

    addressees: int
    body_bytes: int
    window: int
    network: float
    relay: float
    envelopes: float
    """Cryptography with writing and reading what it is part of."""
    primitives: float
    """Cryptography alone."""

    @property
    def bound(self) -> float:
        """What relay and envelopes allow together."""
        return 1 / (1 / self.relay + 1 / self.envelopes)

    @property
    def share(self) -> float:
        """How much of the bound the network reaches."""
        return self.network / self.bound

    @property
    def share_of_primitives(self) -> float:
        """How much it reaches of what relay and primitives allow together."""
        return self.network * (1 / self.relay + 1 / self.primitives)


@dataclass(frozen=True)
class Latency:
    """Open loop: milliseconds from draft to opening at the last addressee."""

    addressees: int
    body_bytes: int
    rate: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


async def throughput(addressees: int, size: int, window: int, seconds: float, rounds: int, qos: int) -> Throughput:
    """Interleaved: network, relay, cryptography, and again; medians."""
    what = draft(tuple(readers(addressees)), size)
    network, relay, envelopes, primitives = [], [], [], []
    for _ in range(rounds):
        async with Rig(addressees, qos=qos) as rig:
            await rig.closed_loop(what, window, min(1.0, seconds))
            network.append(await rig.closed_loop(what, window, seconds))
            wire = await _captured(rig)
            relay.append(await _relayed(rig, wire, window, seconds))
            work = _Work(rig, what)
            envelopes.append(_rate(work.once, seconds))
            primitives.append(_rate(work.bare, seconds / 2))
    rates = (statistics.median(one) for one in (network, relay, envelopes, primitives))
    return Throughput(addressees, size, window, *rates)


async def latency(addressees: int, size: int, rate: float, seconds: float, qos: int) -> Latency:
    """At a fixed rate, whatever happens."""
    what = draft(tuple(readers(addressees)), size)
    async with Rig(addressees, qos=qos) as rig:
        await rig.open_loop(what, rate, 1.0)
        found = await rig.open_loop(what, rate, seconds)
    return Latency(addressees, size, rate, *(1000 * _percentile(found, at) for at in (0.5, 0.95, 0.99)))


def _percentile(found: list[float], at: float) -> float:
    return found[min(len(found) - 1, int(at * len(found)))]


async def _captured(rig: Rig) -> bytes:
    """The wire of the newest message, as it went over the broker."""
    row = rig.site.store.row("SELECT wire FROM outbox WHERE party = ? ORDER BY counter DESC LIMIT 1", (SENDER,))
    assert row is not None, "something was sent"
    wire: bytes = row[0]
    return wire


async def _relayed(rig: Rig, wire: bytes, window: int, seconds: float) -> float:
    """Messages per second through the bare relay, counted at the last reader."""
    hub = rig.network.hub
    assert isinstance(hub, ChildHub), "measured over the embedded broker"
    for node in rig.network.nodes.values():
        await node.close()
    await hub.stop()
    configuration = hub.configuration
    with tempfile.TemporaryDirectory(prefix="i247-bench-") as folder:
        file = Path(folder) / "relay.json"
        file.write_text(json.dumps(configuration.model_dump(mode="json")), encoding="utf-8")
        ready = asyncio.Event()
        child = await spawn(
            [sys.executable, "-m", "i247sim.exercise.relay", str(file), *rig.readers],
            on_line=lambda line: ready.set() if line == "ready" else None,
        )
        try:
            await asyncio.wait_for(ready.wait(), 30)
            return await _pump(rig, wire, window, seconds)
        finally:
            await child.stop()


async def _pump(rig: Rig, wire: bytes, window: int, seconds: float) -> float:
    run = rig.site.run
    sender, _ = rig.network.link(SENDER)
    links = [rig.network.link(reader)[0] for reader in rig.readers]
    counts = [0] * len(links)
    progress = asyncio.Event()
    up = 0

    async def count(index: int) -> None:
        nonlocal up
        while True:
            match await links[index].next():
                case LinkUp():
                    up += 1
                    progress.set()
                case Arrived():
                    counts[index] += 1
                    progress.set()

    for link in (sender, *links):
        await link.start()
    tasks = [asyncio.create_task(count(index)) for index in range(len(links))]
    try:
        while up < len(links) or not sender.is_up:
            progress.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(progress.wait(), 0.05)
        began, sent = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            while sent - min(counts) < window:
                await sender.publish(out_topic(run, SENDER), wire)
                sent += 1
            progress.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(progress.wait(), 0.25)
        return min(counts) / (time.perf_counter() - began)
    finally:
        for task in tasks:
            task.cancel()
        for link in (sender, *links):
            await link.close()


# --- cryptography alone


def _rate(once: Callable[[], object], seconds: float) -> float:
    """How often a second."""
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        once()
        done += 1
    return done / (time.perf_counter() - began)


class _Work:
    """The cryptographic work of one message, and its parts."""

    def __init__(self, rig: Rig, what: Draft) -> None:
        self.rig = rig
        self.now = rig.site.now
        self.trust = rig.network.trust
        self.sender = rig.network.nodes[SENDER].identity
        self.hub = rig.conductor.enrolled.identities[HUB]
        self.readers = [rig.network.nodes[party].identity for party in what.to]
        self.what = what
        self.keys = [self.trust.kem(party, self.now) for party in what.to]
        self.prepared = prepare(Body(content=what.content.plain()))
        self.number = 0

    def bare(self) -> None:
        """Every primitive that one message needs, on bytes of the right sizes, and nothing else."""
        h = os.urandom(32)
        parties = [reader.party for reader in self.readers]
        stanzas, body = lock(h, self.prepared, list(zip(parties, self.keys, strict=True)))
        data = sealed.signed_input(h, [_digest(one) for one in stanzas], _digest(body))
        signature = self.sender.signing.sign(data)
        forget_verified()  # hub and readers are other processes than who signs
        verify_ed25519(self.sender.signing.public, signature, data)
        for number, (stanza, reader) in enumerate(zip(stanzas, self.readers, strict=True)):
            note = h + number.to_bytes(4, "big")
            signed = self.hub.signing.sign(note)
            forget_verified()
            verify_ed25519(self.hub.signing.public, signed, note)
            if number == 0:
                verify_ed25519(self.sender.signing.public, signature, data)
            unlock(h, stanza, body, reader.party, reader.kem[-1])

    def once(self) -> None:
        """The same with the messages and notes that it is part of: sealing, the hub's check, a signed note for each
        reader, the reader's checks and opening."""
        wire = self.seal()
        envelope = self.check(wire)
        notes = [self.note(sealed.slim(envelope, index)) for index in range(len(self.readers))]
        forget_verified()
        for note, reader in zip(notes, self.readers, strict=True):
            self.read(note, reader.party, reader.kem)

    def seal(self) -> bytes:
        self.number += 1
        content = self.what.content.plain()
        prepared = prepare(Body(content=content))
        header = self.what.header(
            run=self.rig.site.run,
            id_=os.urandom(16).hex(),
            sender=SENDER,
            signing_key=self.sender.signing.id,
            keys={party: key.id for party, key in zip(self.what.to, self.keys, strict=True)},
            own_ref=f"{SENDER}-{self.now.year}-{self.number % 1_000_000:06d}",
            in_reply_to=None,
            created=self.now,
            padded_size=len(prepared),
        )
        return seal(header, HubPart(counter=1, receipted=0), prepared, self.keys, self.sender)

    def check(self, wire: bytes) -> sealed.Envelope:
        # Hub and reader are two processes: what one has checked, the other has not.
        forget_verified()
        envelope = sealed.parse(wire)
        sealed.verify(envelope, self.trust.signer(SENDER, envelope.header.signing_key, self.now))
        forget_verified()
        return envelope

    def note(self, slim: bytes) -> bytes:
        attached = clear.attached_digest(slim)
        payload = Note(kind=NoteKind.DELIVERY, directory=1, attached=attached)
        frame = Frame(
            type=FrameType.NOTE,
            run=self.rig.site.run,
            sender=HUB,
            to=SENDER,
            key=self.hub.signing.id,
            counter=1,
            time=self.now,
            payload=payload.plain(),
        )
        return clear.pack(clear.sign(frame, self.hub.signing), slim)

    def read_anew(self, item: bytes, reader: Identity) -> Body:
        forget_verified()
        return self.read(item, reader.party, reader.kem)

    def read(self, item: bytes, party: str, kem: tuple[KemKey, ...]) -> Body:
        signed, (slim,) = clear.unpack(item)
        clear.verify(signed, self.trust.signer(HUB, signed.frame.key, self.now))
        envelope = read_copy(slim)
        sealed.verify(envelope, self.trust.signer(SENDER, envelope.header.signing_key, self.now))
        return open_body(envelope, party, kem)


# --- stages, decisions, a long scenario, verification


async def stages() -> dict[str, float]:
    """Microseconds per stage, for one addressee and 2 KB; medians of many calls."""
    async with Rig(1) as rig:
        work = _Work(rig, draft(tuple(rig.readers), 2048))
        wire = work.seal()
        envelope = work.check(wire)
        slim = sealed.slim(envelope, 0)
        item = work.note(slim)
        reader = work.readers[0]
        found = {
            "seal": _micros(work.seal),
            "hub: parse and verify": _micros(lambda: work.check(wire)),
            "hub: slim copy": _micros(lambda: sealed.slim(envelope, 0)),
            "hub: sign a note": _micros(lambda: work.note(slim)),
            "reader: check note and message, open": _micros(lambda: work.read_anew(item, reader)),
        }
        state = HubState(rig.network.trust)
        engine = Engine(rig.network.rulebook)
        facts = facts_of(envelope.header, envelope.hub_part or HubPart(counter=1, receipted=0))
        found["decide: message and addressee"] = _micros(
            lambda: (
                engine.decide_message(state.world, facts),
                engine.decide_addressees(state.world, facts, facts.named),
            )
        )
        refused = facts_of(
            envelope.header.model_copy(update={"to": (Addressee(party="HUB", key="0" * 16),)}),
            HubPart(counter=1, receipted=0),
        )
        times = sorted(_each(lambda: explain(engine, state.world, refused, "HUB", CONTROL), 3_000))
        found["explain a refusal in full, median"] = 1e6 * statistics.median(times)
        found["explain a refusal in full, p99"] = 1e6 * _percentile(times, 0.99)
        return found


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _micros(call: Callable[[], object]) -> float:
    return 1e6 * statistics.median(_each(call, 300))


def _each(call: Callable[[], object], count: int) -> Iterator[float]:
    for _ in range(count):
        began = time.perf_counter()
        call()
        yield time.perf_counter() - began


def long_scenario(hours: int, messages: int) -> str:
    """A scenario of ``hours`` with ``messages`` direct messages between five bureaus."""
    names = ["FR", "DE", "BR", "JP", "KE"]
    lines = [
        "title: Long",
        "aim: measure",
        f"participants: {{bureaus: [{', '.join(names)}]}}",
        "timeline:",
    ]
    for index in range(messages):
        sender, reader = names[index % 5], names[(index * 3 + 1 + index // 5) % 5]
        if sender == reader:
            reader = names[(index + 1) % 5]
        minute = index * hours * 60 // messages
        lines.append(
            f"- {{at: T+{minute}m, send: {{from: {sender}, kind: INFO_REQUEST, to: [{reader}],"
            f" purpose: case-support, subject: fictional {index}}}}}"
        )
    return "\n".join(lines) + "\n"


async def long_run(hours: int = 72, messages: int = 500) -> float:
    """Seconds for a long scenario at pace ``max``, from the start of broker and hub to the closed folder."""
    with tempfile.TemporaryDirectory(prefix="i247-bench-") as folder:
        file = Path(folder) / "long.yaml"
        file.write_text(long_scenario(hours, messages), encoding="utf-8")
        session = Session.create(Options(file, out=Path(folder) / "run"), Watch())
        began = time.perf_counter()
        await session.run()
        return time.perf_counter() - began


async def verification(entries: int) -> dict[str, float]:
    """Seconds to verify a run of at least ``entries`` log entries (decisions decided again), and how many it had."""
    readers_each = 59
    rounds = max(1, -(-entries // (1 + 3 * readers_each)))
    with tempfile.TemporaryDirectory(prefix="i247-bench-") as folder:
        file = Path(folder) / "wide.yaml"
        lines = [
            "title: Wide",
            "aim: measure",
            f"participants: {{bureaus: [{SENDER}, {', '.join(readers(readers_each))}]}}",
            "timeline:",
        ]
        lines += [
            f"- {{at: T+{index}m, send: {{from: {SENDER}, kind: INFO_REQUEST, to: [members],"
            f" purpose: case-support, subject: fictional {index}}}}}"
            for index in range(rounds)
        ]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        out = Path(folder) / "run"
        finished = await Session.create(Options(file, medium=Medium.MEMORY, out=out), Watch()).run()
        began = time.perf_counter()
        verified = verifying.verify(out, finished.code)
        return {"entries": float(verified.entries), "seconds": time.perf_counter() - began}


def as_data(value: Any) -> Any:
    """For ``--json``: dataclasses with their derived figures."""
    if isinstance(value, Throughput):
        derived = {"bound": value.bound, "share": value.share, "share_of_primitives": value.share_of_primitives}
        return {**asdict(value), **derived}
    return asdict(value)

"""What is fuzzed: each target takes any bytes and must come back without an exception, having kept its promise.

``envelope``, ``frame``, ``item``: what anybody can put on the wire. Beside raising nothing but a refusal they promise
that a thing has one form (what is read gives the same bytes again) and that only recorded bytes carry a signature.
``party``: what a party with a good key can say to the hub; ``hub``: what a captured hub can say to a party. Here the
bytes are what is *signed*, so that they get beyond the signature. ``scenario``, ``step``, ``entry``, ``checkpoint``:
what stands in files of strangers.
"""

import json
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).parents[1]
for _folder in (".", "hub", "node", "security"):
    sys.path.append(str(_TESTS / _folder))

from hub_world import HubWorld  # noqa: E402
from node_world import Reader  # noqa: E402

from i247sim.audit.checkpoint import read_checkpoint  # noqa: E402
from i247sim.exercise.catalogue import folder as scenario_folder  # noqa: E402
from i247sim.exercise.durations import parse_duration  # noqa: E402
from i247sim.exercise.loader import load_step, loads  # noqa: E402
from i247sim.exercise.strict_yaml import MAX_PROBLEMS, Problems  # noqa: E402
from i247sim.node.taken import MessageTaken, Several, StatementTaken  # noqa: E402
from i247sim.security import envelope, frames  # noqa: E402
from i247sim.security.copies import read_copy  # noqa: E402
from i247sim.security.framing import sized  # noqa: E402
from i247sim.security.keys import Signer, key_id  # noqa: E402
from i247sim.security.padding import sealed_size  # noqa: E402
from i247sim.transport import bundle  # noqa: E402
from i247sim.vocabulary.decisions import Outcome  # noqa: E402
from i247sim.vocabulary.entries import DecisionEntry, HandoverEntry, from_bytes, to_bytes  # noqa: E402
from i247sim.vocabulary.errors import EvidenceError, FormatError, TrustError  # noqa: E402
from i247sim.vocabulary.frames import FrameType, NoteKind  # noqa: E402

V1 = json.loads((_TESTS / "security" / "vectors" / "v1.json").read_text(encoding="utf-8"))
_SIGNERS = {
    party: Signer(party, key_id(public := b64decode(held["signing_public"])), public, b64decode(held["mldsa_public"]))
    for party, held in V1["parties"].items()
}
_ENVELOPES = [b64decode(case["wire"]) for case in V1["envelopes"]]
_FRAMES = [b64decode(case["wire"]) for case in V1["frames"]]
_SIGNED_FRAMES = {sha256(one).digest() for one in _FRAMES}
_TYPES = tuple(FrameType)
_SPOKEN = (FrameType.NOTE, FrameType.WELCOME, FrameType.RECEIPT, FrameType.DELIVERIES)


# --- what anybody can put on the wire


def _read(reader: Callable[[bytes], envelope.Envelope], data: bytes) -> envelope.Envelope | None:
    try:
        return reader(data)
    except FormatError:
        return None


def fuzz_envelope(data: bytes) -> None:
    """A sealed message as it comes off the wire."""
    found = _read(envelope.parse, data)
    assert _read(read_copy, data) == found, "beside other copies it reads otherwise"
    if found is None:
        return
    if found.hub_part is None:
        again = _slim_again(found)
    else:
        assert found.salt is not None
        assert found.hub_part_bytes is not None
        stanzas = [one for one in found.stanzas if one is not None]
        again = envelope.join_full(
            found.header_bytes, found.salt, found.hub_part_bytes, stanzas, found.body, found.signatures
        )
        for index in range(len(stanzas)):
            assert envelope.parse(envelope.slim(found, index)).h == found.h
    assert again == data, "two forms of one message"
    signer = _SIGNERS.get(found.header.sender)
    if signer is not None:
        try:
            envelope.verify(found, signer)
        except TrustError:
            return
        # Not the bytes: a slim copy of a notice names its reader's key, which only opening proves.
        assert found.signed in _signed_inputs(), "a signature holds for something that nobody signed"


@cache
def _signed_inputs() -> frozenset[bytes]:
    """What the signatures of the recorded messages are over."""
    inputs = set()
    for wire in _ENVELOPES:
        with suppress(FormatError):
            inputs.add(envelope.parse(wire).signed)
    return frozenset(inputs)


def _slim_again(found: envelope.Envelope) -> bytes:
    assert found.reader is not None
    assert found.reader_key is not None
    stanza = found.stanzas[found.reader]
    assert stanza is not None
    digests = found.stanza_digests
    return b"".join(
        (
            envelope.MAGIC,
            envelope.SLIM,
            sized(found.header_bytes),
            found.hub_digest,
            found.reader.to_bytes(2, "big"),
            bytes.fromhex(found.reader_key),
            len(digests).to_bytes(2, "big"),
            *digests[: found.reader],
            stanza,
            *digests[found.reader + 1 :],
            sized(found.body),
            *found.signatures,
        )
    )


def fuzz_frame(data: bytes) -> None:
    """A clear frame as it comes off the wire."""
    try:
        found = frames.parse(data)
    except FormatError:
        return
    assert found.wire == data, "two forms of one frame"
    signer = _SIGNERS.get(found.frame.sender)
    if signer is not None:
        try:
            frames.verify(found, signer)
        except TrustError:
            return
        assert sha256(data).digest() in _SIGNED_FRAMES, "a signature holds for bytes that nobody signed"


def fuzz_item(data: bytes) -> None:
    """A frame with what follows it, and a bundle of such."""
    for one in bundle.split(data):
        try:
            signed, attached = frames.unpack(one)
        except FormatError:
            continue
        assert frames.pack(signed.wire, *attached) == one


# --- what a good key can sign


class _Worlds:
    """A hub and a reader that live for some thousand inputs: to make one takes long, and so they gather a past."""

    def __init__(self) -> None:
        self.used = 0
        self.renew()

    def renew(self) -> None:
        self.used = 0
        self.hub = HubWorld()
        self.hub.hello("FR", "BR", "IPSG", "NDTF")
        self.hub.send("FR", ("BR",))
        self.hub.send("BR", ("FR",))
        self.reader = Reader("BR")
        self.copy = self.reader.message()

    def use(self) -> None:
        self.used += 1
        if self.used > 2000:
            self.renew()


@cache
def _worlds() -> _Worlds:
    return _Worlds()


def fuzz_party(data: bytes) -> None:
    """A party with a good key says whatever it likes to the hub: type, speaker and payload are the input."""
    worlds = _worlds()
    worlds.use()
    hub = worlds.hub
    if len(data) < 3:
        return
    sender = ("FR", "IPSG", "NDTF", "FR-cdg-border")[data[1] % 4]
    wire = _frame_with(hub.ids[sender].signing, _TYPES[data[0] % len(_TYPES)], sender, "HUB", data[2], data[3:])
    if wire is None:
        return
    batch = hub.arrive(sender, wire)
    for entry in batch.entries:
        if isinstance(entry, HandoverEntry):
            decided = [one for one in hub.entries if isinstance(one, DecisionEntry) and one.id == entry.id]
            assert [one.outcome for one in decided if one.party == entry.party][-1] is Outcome.QUEUED


def fuzz_message(data: bytes) -> None:
    """A bureau with a good key signs whatever it likes as header and hub part (behind a zero byte) of a message."""
    worlds = _worlds()
    worlds.use()
    hub = worlds.hub
    head, _, hub_part = data[1:].partition(b"\0")
    count = hub.state.counters.get("FR", 0) + 1
    head = head.replace(b"SIGNER", hub.ids["FR"].signing.id.encode()).replace(b"MESSAGE", b"%032x" % worlds.used)
    hub_part = hub_part.replace(b"7777", str(count).encode())
    stanzas = [bytes([number]) * envelope.STANZA_BYTES for number in range(data[0] % 5 if data else 1)]
    digests = [sha256(one).digest() for one in stanzas]
    h = envelope.bind(head, sha256(bytes(32) + hub_part).digest())
    over = envelope.signed_input(h, digests, sha256(_BODY).digest())
    signature = hub.ids["FR"].signing.sign(over)
    before = len(hub.entries)
    hub.arrive("FR", envelope.join_full(head, bytes(32), hub_part, stanzas, _BODY, [signature]))
    fresh = hub.entries[before:]
    allowed = {one.party for one in fresh if isinstance(one, DecisionEntry) and one.outcome is Outcome.QUEUED}
    assert {one.party for one in fresh if isinstance(one, HandoverEntry)} <= allowed


_BODY = bytes(sealed_size(2048))


def fuzz_hub(data: bytes) -> None:
    """A captured hub says whatever it likes to a party, with a copy of a message that is meant for somebody else."""
    worlds = _worlds()
    worlds.use()
    reader = worlds.reader
    if len(data) < 3:
        return
    kind = _SPOKEN[data[0] % len(_SPOKEN)]
    attached = [(), (worlds.copy,), (worlds.copy[:-1],), (data,), (worlds.copy, data)][data[1] % 5]
    payload = data[3:].replace(b"ATTACHED", frames.attached_digest(*attached).encode())
    counter = reader.reception.received + 1 if data[2] < 250 else data[2]
    wire = _frame_with(reader.ids["HUB"].signing, kind, "HUB", "BR", counter, payload)
    if wire is None:
        return
    was = reader.reception.trust
    taken = reader.take(frames.pack(wire, *attached))
    assert not isinstance(taken, StatementTaken), "a statement that nobody signed"
    for one in taken.taken if isinstance(taken, Several) else (taken,):
        if isinstance(one, MessageTaken):
            assert one.envelope.wire == worlds.copy, "a message that nobody sent"
    assert reader.reception.trust is was, "a directory that the authority did not sign"


def _frame_with(key: Any, type_: FrameType, sender: str, to: str, counter: int, payload: bytes) -> bytes | None:
    """A frame over any payload, signed: what ``frames.sign`` would refuse to make is made by hand."""
    head = {"type": type_.value, "run": "0123456789ab", "from": sender, "to": to, "key": key.id, "counter": counter}
    text = json.dumps({**head, "time": "2026-03-02T12:00:00Z"}).encode()
    data = text[:-1] + b',"payload":' + payload + b"}"
    if len(data) > 1024 * 1024:
        return None
    signed_over = b"i247/v1/frame/" + type_.value.encode() + b"\0" + sha256(data).digest()
    return frames.MAGIC + sized(data) + key.sign(signed_over)


# --- what stands in files of strangers


def fuzz_scenario(data: bytes) -> None:
    """A scenario file."""
    try:
        scenario = loads(data)
    except Problems as problems:
        _check_said(problems)
        return
    assert list(scenario.parties())


@cache
def _story() -> Any:
    return loads((scenario_folder() / "who-can-read.yaml").read_bytes())


def fuzz_step(data: bytes) -> None:
    """An inject as somebody types it."""
    try:
        load_step(data.decode("utf-8", "surrogateescape"), _story(), parse_duration("5m"))
    except Problems as problems:
        _check_said(problems)


def _check_said(problems: Problems) -> None:
    """A line for each mistake, not too many, and nothing in it that a terminal would obey."""
    text = str(problems)
    assert 1 <= len(problems.problems) <= MAX_PROBLEMS
    assert len(text.splitlines()) == len(problems.problems)
    assert not any(ord(one) < 32 or 127 <= ord(one) < 160 for one in text.replace("\n", "")), text


def fuzz_entry(data: bytes) -> None:
    """A log entry."""
    try:
        entry = from_bytes(data)
    except FormatError:
        return
    assert from_bytes(to_bytes(entry)) == entry
    signed = getattr(entry, "signed", None)
    if signed is not None:
        try:
            envelope.verify_parts(signed, _SIGNERS["FR"])
        except (FormatError, TrustError):
            return


def fuzz_checkpoint(data: bytes) -> None:
    """A checkpoint's text."""
    try:
        read_checkpoint(data.decode("utf-8", "replace"))
    except (EvidenceError, FormatError):
        return


# --- where to begin


def _entries() -> Iterator[bytes]:
    worlds = _worlds()
    seen: set[str] = set()
    for entry in worlds.hub.entries:
        if entry.type not in seen:
            seen.add(entry.type)
            yield to_bytes(entry)


def _said() -> Iterator[bytes]:
    """Payloads that a party may sign, each behind its type and speaker."""
    digest, id_ = "d0" * 32, _worlds().hub.entries[-1]
    message = getattr(id_, "id", "ab" * 16)
    payloads: dict[FrameType, Any] = {
        FrameType.HELLO: {"epoch": "e1" * 16, "sent": 0, "received": 0, "directory": 1},
        FrameType.BYE: {"epoch": "e1" * 16},
        FrameType.ACK: {"upto": 1, "items": [{"id": message, "status": "opened"}]},
        FrameType.RESTRICTION: {"bars": [{"whom": "BR"}]},
        FrameType.ACCEPTANCE: {"bars": [{"whom": "all-members", "purpose": "warn"}]},
        FrameType.MEASURE: {"party": "DE", "state": "suspended", "reason": "x"},
        FrameType.NOTICE_DECISION: {
            "decision": digest,
            "request": "cd" * 16,
            "requester": "FR",
            "type": "red",
            "publish": True,
            "commitment": digest,
        },
        FrameType.COSIGN: {"checkpoint": _worlds().reader.checkpoint()},
        FrameType.CONTROL: {"what": "cut", "target": "FR"},
    }
    for kind, payload in payloads.items():
        for speaker in range(4):
            yield bytes([_TYPES.index(kind), speaker, speaker + 1]) + json.dumps(payload).encode()


def _messages() -> Iterator[bytes]:
    """Headers and hub parts that a bureau may sign."""
    hub = _worlds().hub
    for to in (("BR",), ("BR", "DE"), ("IPSG",)):
        wire = envelope.parse(hub.sealed("FR", to, counter=7777))
        head = wire.header_bytes.replace(wire.header.id.encode(), b"MESSAGE")
        head = head.replace(hub.ids["FR"].signing.id.encode(), b"SIGNER")
        assert wire.hub_part_bytes is not None
        yield bytes([len(to)]) + head + b"\0" + wire.hub_part_bytes


def _notes() -> Iterator[bytes]:
    """Payloads that a hub may sign."""
    copy = envelope.parse(_worlds().copy).header.id
    base = {"directory": 1, "attached": "ATTACHED", "checkpoint": _worlds().reader.checkpoint()}
    for kind in NoteKind:
        for attached in range(4):
            payload = {**base, "kind": kind.value, "message": copy, "old_size": 1, "proof": ["d0" * 32]}
            update = {"id": copy, "party": "FR", "outcome": "opened"}
            yield bytes([0, attached, 0]) + json.dumps({**payload, "outcomes": [update]}).encode()
    yield bytes([1, 0, 0]) + json.dumps({"epoch": "e1" * 16, "received": 3, "call": True}).encode()
    line = {"party": "FR", "outcome": "refused", "code": "E-RESTRICT"}
    item = {"wire": "d0" * 32, "id": copy, "counter": 1, "lines": [line]}
    yield bytes([2, 0, 0]) + json.dumps({"items": [item]}).encode()


def _scenarios() -> Iterator[bytes]:
    paths = [*sorted(scenario_folder().glob("*.yaml")), *sorted((_TESTS / "exercise" / "bad").glob("*.yaml"))]
    yield from (path.read_bytes() for path in paths if path.stat().st_size < 4096)  # a large one takes its time


def _steps() -> Iterator[bytes]:
    yield b"cut: {party: BR, stays: yes}"
    yield b'{"spoof": {"by": "FR", "claims": "BR", "to": "JP"}}'
    yield b"send: {from: FR, kind: INFO_REQUEST, to: [BR], purpose: case-support, subject: yes}"


def _bundles() -> Iterator[bytes]:
    first = _FRAMES[0]
    yield frames.pack(first, b"one", b"")
    yield bundle.join([first, frames.pack(first, _ENVELOPES[1])])


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], Iterator[bytes]]]] = {
    "envelope": (fuzz_envelope, lambda: iter(_ENVELOPES)),
    "frame": (fuzz_frame, lambda: iter(_FRAMES)),
    "item": (fuzz_item, _bundles),
    "party": (fuzz_party, _said),
    "message": (fuzz_message, _messages),
    "hub": (fuzz_hub, _notes),
    "scenario": (fuzz_scenario, _scenarios),
    "step": (fuzz_step, _steps),
    "entry": (fuzz_entry, _entries),
    "checkpoint": (fuzz_checkpoint, lambda: iter([_worlds().reader.checkpoint().encode()])),
}
"""Name to what is called with every input, and the inputs to begin with."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sealed_world import NOON, World

from i247sim.security import frames
from i247sim.security.framing import sized
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.frames import PAYLOADS, Frame, FrameType, Hello
from i247sim.vocabulary.limits import MAX_FRAME_BYTES, MAX_WIRE_BYTES
from i247sim.vocabulary.statements import Bars, MeasureSet

HELLO = {"epoch": "ab" * 16, "sent": 3, "received": 2, "directory": 1}


def accepted(world: World, wire: bytes) -> frames.SignedFrame:
    signed = frames.parse(wire)
    frames.verify(signed, world.trust.signer(signed.frame.sender, signed.frame.key, NOON))
    return signed


def test_a_frame_verifies_and_its_payload_has_its_type(world: World) -> None:
    wire = world.frame("hello", HELLO)
    signed = accepted(world, wire)
    assert signed.payload == Hello.model_validate(HELLO)
    assert signed.wire == wire
    measure = accepted(world, world.frame("measure", {"party": "BR", "state": "monitored"}, sender="IPSG"))
    assert isinstance(measure.payload, MeasureSet)


def test_every_type_has_a_payload_model() -> None:
    assert set(PAYLOADS) == set(FrameType)


def test_every_flipped_byte_of_a_frame_is_refused(world: World) -> None:
    wire = world.frame("hello", HELLO)
    for place in range(len(wire)):
        for bit in (0, 5):
            changed = bytearray(wire)
            changed[place] ^= 1 << bit
            with pytest.raises((FormatError, TrustError)):
                accepted(world, bytes(changed))


def test_damaged_frames_raise_nothing_but_our_errors(world: World) -> None:
    wire = world.frame("hello", HELLO)

    @settings(max_examples=150, deadline=None)
    @given(st.integers(0, len(wire)), st.integers(0, 40), st.binary(max_size=40))
    def damage(start: int, cut: int, put: bytes) -> None:
        changed = wire[:start] + put + wire[start + cut :]
        if changed != wire:
            with pytest.raises((FormatError, TrustError)):
                accepted(world, changed)

    damage()


@given(st.binary(max_size=200))
def test_noise_is_a_format_error(noise: bytes) -> None:
    for wire in (noise, frames.MAGIC + noise, frames.MAGIC + sized(noise) + bytes(64)):
        with pytest.raises(FormatError):
            frames.parse(wire)
        with pytest.raises(FormatError):
            frames.unpack(wire)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        pytest.param("hello", {}, id="field missing"),
        pytest.param("bye", {"more": 1}, id="unknown field"),
        pytest.param("hello", {**HELLO, "sent": -1}, id="negative"),
        pytest.param("hello", {**HELLO, "sent": True}, id="a yes for a number"),
        pytest.param("hello", {**HELLO, "sent": "3"}, id="text for a number"),
        pytest.param("bye", HELLO, id="payload of another type"),
    ],
)
def test_a_payload_that_does_not_fit_its_type_is_refused_even_if_signed(world: World, kind: str, payload: dict) -> None:
    with pytest.raises(FormatError, match="payload"):
        frames.parse(world.frame(kind, payload))


def test_the_type_is_part_of_what_is_signed(world: World) -> None:
    """The same bars as restriction and as acceptance: the signature of one does not do for the other."""
    signed = frames.parse(world.frame("restriction", {"bars": []}))
    other = signed.frame_bytes.replace(b'"restriction"', b'"acceptance"')
    with pytest.raises(TrustError):
        accepted(world, frames.MAGIC + sized(other) + signed.signature)
    data = b"i247/v1/frame/acceptance\0"
    assert frames._signed_input(FrameType.ACCEPTANCE, b"").startswith(data)


def test_a_frame_is_not_another_party_s(world: World) -> None:
    signed = frames.parse(world.frame("restriction", {"bars": []}))
    with pytest.raises(TrustError):
        frames.verify(signed, world.ids["BR"].signer)
    for wrong in ({"party": "BR"}, {"id": "0" * 16}):
        with pytest.raises(TrustError, match="not `"):
            frames.verify(signed, replace(world.ids["FR"].signer, **wrong))


def test_the_second_way_to_write_the_same_frame_has_no_signature(world: World) -> None:
    signed = frames.parse(world.frame("restriction", {"bars": []}))
    spaced = json.dumps(json.loads(signed.frame_bytes)).encode()
    with pytest.raises(TrustError):
        accepted(world, frames.MAGIC + sized(spaced) + signed.signature)


def test_what_follows_a_frame_comes_back(world: World) -> None:
    wire = world.frame("restriction", {"bars": []})
    for attached in ((), (b"",), (b"a", b"", b"bc" * 70_000)):
        signed, back = frames.unpack(frames.pack(wire, *attached))
        assert (signed.wire, back) == (wire, attached)
        assert isinstance(signed.payload, Bars)


def test_a_pack_with_anything_too_much_or_too_little_is_refused(world: World) -> None:
    item = frames.pack(world.frame("restriction", {"bars": []}), b"abc", b"defg")
    whole = {
        len(frames.pack(world.frame("restriction", {"bars": []}), *some)) for some in ((), (b"abc",), (b"abc", b"defg"))
    }
    for size in range(len(item)):
        if size not in whole:
            with pytest.raises(FormatError):
                frames.unpack(item[:size])
    for more in (b"\0", b"\0\0\0\5abcd", b"\xff" * 8):
        with pytest.raises(FormatError):
            frames.unpack(item + more)


def test_the_digest_of_what_follows_tells_where_each_thing_ends() -> None:
    assert frames.attached_digest(b"ab", b"c") != frames.attached_digest(b"a", b"bc")
    assert frames.attached_digest(b"") != frames.attached_digest()
    assert frames.attached_digest() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_sizes_are_bounded(world: World) -> None:
    wire = world.frame("restriction", {"bars": []})
    with pytest.raises(FormatError, match=str(MAX_WIRE_BYTES)):
        frames.pack(wire, bytes(MAX_WIRE_BYTES))
    with pytest.raises(FormatError, match=str(MAX_WIRE_BYTES)):
        frames.unpack(bytes(MAX_WIRE_BYTES + 1))
    with pytest.raises(FormatError, match=str(frames.MAX_ATTACHED)):
        frames.unpack(frames.pack(wire, *[b""] * (frames.MAX_ATTACHED + 1)))
    key = world.ids["FR"].signing
    frame = Frame.model_validate(
        {
            "type": "bye",
            "run": "0" * 12,
            "from": "FR",
            "to": "HUB",
            "key": key.id,
            "counter": 0,
            "time": NOON,
            "payload": {"text": "a" * MAX_FRAME_BYTES},
        }
    )
    with pytest.raises(FormatError, match=str(MAX_FRAME_BYTES)):
        frames.sign(frame, key)

import hashlib
import os
from types import SimpleNamespace

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from hypothesis import given
from hypothesis import strategies as st
from sealed_world import BODY, World
from test_security_envelope import rebuilt

from i247sim.security import sealing
from i247sim.security.envelope import bind, parse, slim
from i247sim.security.keys import HPKE, KemKey, KemPublic, load_kem
from i247sim.security.padding import is_padded_size, pad, padded_size, sealed_size, unpad
from i247sim.security.sealing import open_body, prepare, seal
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.limits import MAX_BODY_BYTES
from i247sim.vocabulary.messages import Body, HubPart


def test_a_body_of_any_size_comes_back(world: World) -> None:
    for size in (0, 1, 2000, 2048, 16_384, 70_000, 300_000):
        body = Body(content={"text": "a" * size})
        full = world.accept(world.send(body=body))
        assert open_body(full, "BR", world.ids["BR"].kem) == body
        assert open_body(world.accept(slim(full, 0)), "BR", world.ids["BR"].kem) == body


def test_a_body_above_the_limit_is_refused_naming_the_limit() -> None:
    with pytest.raises(FormatError, match=str(MAX_BODY_BYTES)):
        prepare(Body(content={"text": "a" * MAX_BODY_BYTES}))


def test_the_largest_body_fits_the_wire(world: World) -> None:
    body = Body(content={"text": "a" * (MAX_BODY_BYTES - 100)})
    assert open_body(world.accept(world.send(body=body)), "BR", world.ids["BR"].kem) == body


@given(st.integers(0, MAX_BODY_BYTES))
def test_padding_hides_the_size_at_little_cost(size: int) -> None:
    padded = padded_size(size)
    assert padded >= 2048
    assert is_padded_size(padded)
    assert padded >= size + 4
    assert padded == 2048 or padded <= (size + 4) * 1.12


@given(st.binary(max_size=5000))
def test_padding_comes_off_again(content: bytes) -> None:
    assert unpad(pad(content)) == content


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"", id="empty"),
        pytest.param(pad(b"abc") + b"\0", id="too long"),
        pytest.param(pad(b"abc")[:-1], id="too short"),
        pytest.param(pad(b"abc")[:-1] + b"\1", id="not zero"),
        pytest.param(b"\xff" * 2048, id="huge length"),
    ],
)
def test_other_padding_is_refused(bad: bytes) -> None:
    with pytest.raises(FormatError):
        unpad(bad)


@pytest.mark.parametrize("size", [1, 2048, 16_383, 16_384, 16_385, 32_768, 100_000])
def test_the_sealed_size_is_known_from_the_padded_size(size: int) -> None:
    encryptor = Cobblestone256Encryptor(bytes(32), b"context")
    assert len(encryptor.update(bytes(size)) + encryptor.finalize()) == sealed_size(size)


@pytest.mark.parametrize("size", [2047, 2049, 3000])
def test_a_sender_that_pads_in_its_own_way_is_refused(world: World, size: int) -> None:
    prepared = pad(b"{}").ljust(size, b"\0")[:size]
    header = world.header(size=size)
    wire = seal(header, HubPart(counter=1, receipted=0), prepared, world.keys("BR"), world.ids["FR"])
    with pytest.raises(FormatError, match=f"`padded_size` {size}"):
        parse(wire)


def test_two_content_keys_do_not_make_two_readings(world: World) -> None:
    """A rogue sender wraps another content key for the second addressee: it commits to the first one only."""
    envelope = parse(world.send(("BR", "DE")))
    other = HPKE.encrypt(bytes(32), load_kem(world.ids["DE"].kem[0].public), info=info(envelope.h, world, "DE"))
    verified = world.accept(rebuilt(envelope, world.ids["FR"], stanzas=(envelope.stanzas[0], other)))
    assert open_body(verified, "BR", world.ids["BR"].kem) == BODY
    with pytest.raises(TrustError, match="does not open"):
        open_body(verified, "DE", world.ids["DE"].kem)


def info(h: bytes, world: World, party: str) -> bytes:
    return b"i247/v1/cek\0" + h + f"{party}/{world.ids[party].kem[0].id}".encode()


def test_a_reader_cannot_write_in_the_sender_s_name_with_the_content_key(world: World) -> None:
    envelope = parse(world.send(("BR", "DE")))
    cek = HPKE.decrypt(envelope.stanzas[0], world.ids["BR"].kem[0].private, info=info(envelope.h, world, "BR"))
    encryptor = Cobblestone256Encryptor(cek, b"i247/v1/body\0" + envelope.h)
    body = encryptor.update(pad(canonical(Body(content={"text": "forged"})))) + encryptor.finalize()
    with pytest.raises(TrustError):
        world.accept(rebuilt(envelope, body=body))
    with pytest.raises(TrustError):
        world.accept(rebuilt(envelope, world.ids["BR"], body=body))


@pytest.mark.parametrize("cut", [1, 16_400, 60_000], ids=["a byte", "a chunk", "all but the first chunk"])
def test_a_truncated_body_shows_nothing(world: World, cut: int) -> None:
    envelope = parse(world.send(body=Body(content={"text": "a" * 70_000})))
    with pytest.raises(FormatError):
        parse(rebuilt(envelope, world.ids["FR"], body=envelope.body[:-cut]))
    damaged = envelope.body[:-cut] + bytes(cut)
    verified = world.accept(rebuilt(envelope, world.ids["FR"], body=damaged))
    with pytest.raises(TrustError, match="does not open"):
        open_body(verified, "BR", world.ids["BR"].kem)


def test_a_deleted_key_is_told_apart_from_a_broken_seal(world: World) -> None:
    full = world.accept(world.send())
    notice = world.accept(slim(parse(world.publish(("BR",))), 0))
    for envelope in (full, world.accept(slim(full, 0)), notice):
        with pytest.raises(TrustError) as deleted:
            open_body(envelope, "BR", [KemKey.generate()])
        assert deleted.value.code == "E-KEY"


def test_a_wrong_key_and_a_corrupted_stanza_get_the_same_answer(world: World) -> None:
    envelope = parse(world.send())
    wrong = KemKey.generate()
    wrong.id = world.ids["BR"].kem[0].id
    corrupted = world.accept(rebuilt(envelope, world.ids["FR"], stanzas=(bytes(1168),)))
    with pytest.raises(TrustError) as first:
        open_body(envelope, "BR", [wrong])
    with pytest.raises(TrustError) as second:
        open_body(corrupted, "BR", world.ids["BR"].kem)
    assert (str(first.value), first.value.code) == (str(second.value), second.value.code)


def test_a_party_that_is_not_named_opens_nothing(world: World) -> None:
    full = parse(world.send(("BR",)))
    for envelope in (full, parse(slim(full, 0))):
        with pytest.raises(TrustError, match="does not open"):
            open_body(envelope, "DE", world.ids["DE"].kem)
    with pytest.raises(TrustError, match="does not open"):
        open_body(parse(world.publish(("BR",), barred=("DE",))), "DE", world.ids["DE"].kem)


def test_something_that_is_no_body_is_the_sender_s_format_error(world: World) -> None:
    for content in (b"{}", b"[]", b"{", b'{"content":{},"content":{}}'):
        prepared = pad(content)
        keys = world.keys("BR")
        wire = seal(world.header(), HubPart(counter=1, receipted=0), prepared, keys, world.ids["FR"])
        with pytest.raises(FormatError):
            open_body(world.accept(wire), "BR", world.ids["BR"].kem)


@pytest.mark.parametrize(
    "public",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(31), id="31 bytes"),
        pytest.param(KemKey(bytes(32)).public[:-32] + bytes(32), id="x25519 of order one"),
        pytest.param(
            KemKey(bytes(32)).public[:-32] + b"\1" + bytes(31),
            id="x25519 of low order",
        ),
        pytest.param(b"\xff" * 1184 + KemKey(bytes(32)).public[-32:], id="ml-kem not reduced"),
    ],
)
def test_nothing_is_sealed_to_a_bad_key(world: World, public: bytes) -> None:
    prepared = prepare(BODY)
    kem = KemPublic(world.ids["BR"].kem[0].id, public)
    with pytest.raises(TrustError) as refused:
        seal(world.header(), HubPart(counter=1, receipted=0), prepared, [kem], world.ids["FR"])
    assert refused.value.code == "E-KEY"


def test_content_keys_salts_and_encapsulations_are_never_used_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[bytes] = []

    def spy(key: bytes, context: bytes) -> Cobblestone256Encryptor:
        keys.append(key)
        return Cobblestone256Encryptor(key, context)

    monkeypatch.setattr(sealing, "Cobblestone256Encryptor", spy)
    count = 500
    envelopes = [parse(world.send()) for _ in range(count)]
    assert len(set(keys)) == count
    assert len({one.salt for one in envelopes}) == count
    assert len({one.stanzas for one in envelopes}) == count


@pytest.mark.deep
def test_a_hundred_thousand_seals_repeat_nothing(world: World) -> None:
    seen = {hashlib.sha256(part).digest() for _ in range(100_000) for part in unrepeated(world)}
    assert len(seen) == 300_000


def unrepeated(world: World) -> tuple[bytes, bytes, bytes]:
    envelope = parse(world.send())
    assert envelope.salt is not None
    return envelope.salt, envelope.stanzas[0] or b"", envelope.body


def test_h_binds_header_and_hub_part() -> None:
    assert bind(b"header", bytes(32)) != bind(b"heade", b"r" + bytes(31))
    assert bind(b"header", bytes(32)) == hashlib.sha256(b"header" + bytes(32)).digest()


def test_a_private_key_never_shows(world: World) -> None:
    identity = world.ids["FR"]
    shown = repr(identity) + repr(identity.kem) + repr(identity.signing) + repr(identity.mldsa)
    secrets = [identity.signing.secret(), identity.kem[0].secret(), identity.tls_key]
    assert "FR" in shown
    for secret in secrets:
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown


def test_a_message_sealed_before_a_rotation_opens_while_the_old_key_is_kept(world: World) -> None:
    envelope = world.accept(world.send())
    identity = world.rotated("BR")
    assert open_body(envelope, "BR", identity.kem) == BODY
    with pytest.raises(TrustError) as gone:
        open_body(envelope, "BR", identity.kem[1:])
    assert gone.value.code == "E-KEY"


def test_the_content_key_is_what_the_system_draws(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[bytes] = []

    def urandom(size: int) -> bytes:
        drawn.append(os.urandom(size))
        return drawn[-1]

    monkeypatch.setattr(sealing, "os", SimpleNamespace(urandom=urandom))
    envelope = parse(world.send())
    salt, cek = drawn
    assert envelope.salt == salt
    decryptor = Cobblestone256Decryptor(cek, b"i247/v1/body\0" + envelope.h)
    assert unpad(decryptor.update(envelope.body) + decryptor.finalize()) == canonical(BODY)

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sealed_world import World

from i247sim.security import keys as keys_module
from i247sim.security.keys import (
    KemKey,
    MldsaKey,
    SigningKey,
    forget_verified,
    is_weak_ed25519,
    key_id,
    load_kem,
    verify_ed25519,
    verify_mldsa,
)
from i247sim.vocabulary.errors import TrustError
from i247sim.vocabulary.messages import Suite

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    """The complete addition law of the twisted Edwards curve (RFC 8032 5.1.4), affine and slow."""
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P
    return x, y


def times(n: int, point: Point) -> Point:
    result = (0, 1)
    while n:
        if n & 1:
            result = add(result, point)
        point = add(point, point)
        n >>= 1
    return result


def points_with_y(y: int) -> list[Point]:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    return [(x, y), (P - x if x else 0, y)] if x * x % P == square else []


def torsion() -> set[Point]:
    """The eight points of small order, made from any point by multiplying with the large prime order."""
    order = 2**252 + 27742317777372353535851937790883648493
    for y in range(2, 100):
        for point in points_with_y(y):
            small = times(order, point)
            found = {times(n, small) for n in range(8)}
            if len(found) == 8:
                return found
    raise AssertionError


def test_all_eight_points_of_small_order_are_weak() -> None:
    points = torsion()
    assert len(points) == 8
    for x, y in points:
        assert is_weak_ed25519((y | (x & 1) << 255).to_bytes(32, "little"))
        assert is_weak_ed25519((y | (~x & 1) << 255).to_bytes(32, "little"))


@pytest.mark.parametrize("y", [P, P + 1, 2**255 - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_keys_that_are_not_canonical_are_weak(y: int, sign: int) -> None:
    assert is_weak_ed25519((y | sign << 255).to_bytes(32, "little"))


def test_good_keys_are_not_weak() -> None:
    assert not any(is_weak_ed25519(SigningKey.generate().public) for _ in range(200))
    assert is_weak_ed25519(b"short")


def test_the_key_id_is_the_beginning_of_the_digest() -> None:
    assert key_id(b"") == "e3b0c44298fc1c14"
    key = KemKey.generate()
    assert key.id == key_id(key.public)


def test_an_x_wing_key_comes_from_its_seed_as_the_draft_says() -> None:
    """First bytes of the public key of the draft's first test vector."""
    seed = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
    public = KemKey(seed).public
    assert len(public) == 1216
    assert public.hex().startswith("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5")
    assert KemKey(seed).id == KemKey(seed).id


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=str(size)):
        KemKey(bytes(size))


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_signatures_hold_for_their_data_only(data: bytes, other: bytes) -> None:
    key = SigningKey(bytes(32))
    signature = key.sign(data)
    verify_ed25519(key.public, signature, data)
    if other != data:
        with pytest.raises(TrustError):
            verify_ed25519(key.public, signature, other)
        with pytest.raises(TrustError):
            verify_ed25519(key.public, other, data)


@pytest.mark.parametrize("made_here", [True, False], ids=["made here", "verified here"])
def test_a_signature_is_worked_out_once_and_never_for_other_bytes(
    made_here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def counted(public: bytes) -> Any:
        asked.append(public)
        return load(public)

    load = keys_module._ed25519
    monkeypatch.setattr(keys_module, "_ed25519", counted)
    key, other = SigningKey.generate(), SigningKey.generate()
    signature = key.sign(b"data")
    if not made_here:
        forget_verified()
        verify_ed25519(key.public, signature, b"data")
        assert asked == [key.public]
        asked.clear()
    verify_ed25519(key.public, signature, b"data")
    assert asked == []
    for _ in range(2):
        for wrong in ((other.public, signature, b"data"), (key.public, signature, b"date")):
            with pytest.raises(TrustError):
                verify_ed25519(*wrong)
    assert len(asked) == 4, "what does not verify is asked about each time"


def test_only_so_many_signatures_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "_MOST_VERIFIED", 3)
    forget_verified()
    key = SigningKey.generate()
    for number in range(5):
        key.sign(bytes([number]))
    assert [data for _, _, data in keys_module._VERIFIED] == [b"\2", b"\3", b"\4"]


def test_ml_dsa_signatures_hold_for_their_data_only() -> None:
    key = MldsaKey.generate()
    signature = key.sign(b"data")
    verify_mldsa(key.public, signature, b"data")
    assert MldsaKey(key.secret()).public == key.public
    for public, sig, data in (
        (key.public, signature, b"date"),
        (key.public, b"", b"data"),
        (b"", signature, b"data"),
        (MldsaKey.generate().public, signature, b"data"),
    ):
        with pytest.raises(TrustError):
            verify_mldsa(public, sig, data)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33)])
def test_a_public_key_of_another_length_verifies_nothing(public: bytes) -> None:
    with pytest.raises(TrustError):
        verify_ed25519(public, bytes(64), b"")


def test_public_key_objects_are_loaded_once(world: World) -> None:
    public = world.ids["FR"].kem[0].public
    assert load_kem(public) is load_kem(bytes(public))


@pytest.mark.parametrize(
    ("suite", "sizes"),
    [(Suite.V1, ()), (Suite.V1, (64, 3309)), (Suite.V1, (64, 64)), (Suite.V2, (64,)), (Suite.V2, (64, 3309, 64))],
    ids=["none", "one more", "twice", "one alone", "three"],
)
def test_a_suite_asks_for_its_signatures_and_for_no_others(world: World, suite: Suite, sizes: tuple[int, ...]) -> None:
    identity = world.ids["FR"]
    good = identity.sign(Suite.V2, b"data")
    identity.signer.verify(Suite.V2, good, b"data")
    signatures = tuple({64: good[0], 3309: good[1]}[size] for size in sizes)
    with pytest.raises(TrustError, match="not the signatures"):
        identity.signer.verify(suite, signatures, b"data")

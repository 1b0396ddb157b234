import base64
from collections.abc import Callable
from datetime import timedelta

import pytest
from sealed_world import END, NOON, RUN, START, World

from i247sim.security.cards import KemEntry, KeyCard, card_hash, parse_card, sign_card, verify_card
from i247sim.security.certificates import p256_point
from i247sim.security.framing import sized
from i247sim.security.keys import KemKey, SigningKey, key_id
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.errors import FormatError, TrustError


def held(world: World, wire: bytes) -> KeyCard:
    return verify_card(wire, world.ids["FR"].signing.public, p256_point(world.authority.issuing))


def card(world: World, **changes: object) -> KeyCard:
    return KeyCard.model_validate({**parse_card(world.ids["FR"].card).card.model_dump(), **changes})


def signed(world: World, what: KeyCard, party: str = "FR") -> bytes:
    return sign_card(what, world.ids[party].signing, world.authority._issuing_key)


def test_a_card_holds_and_names_the_party_s_keys(world: World) -> None:
    found = held(world, world.ids["FR"].card)
    assert (found.run, found.party, found.number, found.previous) == (RUN, "FR", 1, None)
    assert found.kem[-1].key().public == world.ids["FR"].kem[-1].public
    assert found.mldsa_public() == world.ids["FR"].mldsa.public
    assert found.certificate == world.ids["FR"].certificate_hash


def test_every_flipped_byte_of_a_card_is_refused(world: World) -> None:
    wire = world.ids["FR"].card
    for place in [*range(400), *range(400, len(wire) - 200, 17), *range(len(wire) - 200, len(wire))]:
        changed = bytearray(wire)
        changed[place] ^= 1 << place % 7
        with pytest.raises((FormatError, TrustError)):
            held(world, bytes(changed))


def test_nothing_may_follow_or_be_missing(world: World) -> None:
    wire = world.ids["FR"].card
    for bad in (b"", wire[:-1], wire + b"\0", wire[1:]):
        with pytest.raises(FormatError):
            parse_card(bad)


def test_a_card_needs_both_signatures(world: World) -> None:
    what = card(world)
    by_another = signed(world, what, "DE")
    with pytest.raises(TrustError):
        held(world, by_another)
    from cryptography.hazmat.primitives.asymmetric import ec

    countersigned_by_another = sign_card(what, world.ids["FR"].signing, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(TrustError, match="countersigned"):
        held(world, countersigned_by_another)


def entry(key: KemKey, **changes: object) -> dict:
    public = base64.b64encode(key.public).decode()
    return {"id": key.id, "public": public, "not_before": START, "not_after": END, **changes}


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda key: entry(key, id="0" * 16), id="another id"),
        pytest.param(lambda key: entry(key, public=""), id="no key"),
        pytest.param(lambda key: entry(key, public="abc"), id="not base64"),
        pytest.param(
            lambda key: entry(key, public=base64.b64encode(key.public[:-32] + bytes(32)).decode()), id="low order"
        ),
    ],
)
def test_a_bad_kem_key_is_refused_though_signed(world: World, make: Callable[[KemKey], dict]) -> None:
    with pytest.raises((FormatError, TrustError)):
        held(world, signed(world, card(world, kem=[make(KemKey.generate())])))


def test_a_kem_key_that_everybody_could_open_is_refused_under_its_own_id(world: World) -> None:
    public = KemKey.generate().public[:-32] + bytes(32)
    bad = entry(KemKey.generate(), id=key_id(public), public=base64.b64encode(public).decode())
    with pytest.raises(TrustError, match="not a usable KEM key"):
        held(world, signed(world, card(world, kem=[bad])))


def test_a_bad_ml_dsa_key_is_refused_though_signed(world: World) -> None:
    with pytest.raises(TrustError):
        held(world, signed(world, card(world, mldsa="AAAA")))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"number": 2}, id="second card without the first"),
        pytest.param({"previous": "0" * 64}, id="first card with one before"),
        pytest.param({"kem": []}, id="no key"),
        pytest.param({"kem": [entry(KemKey(bytes(32)))] * 2}, id="a key twice"),
        pytest.param(
            {"kem": [entry(KemKey(bytes(32)), not_after=START - timedelta(seconds=1))]},
            id="over before it begins",
        ),
        pytest.param({"party": "fr"}, id="no party"),
    ],
)
def test_a_card_that_contradicts_itself_is_a_format_error(world: World, changes: dict) -> None:
    values = {**parse_card(world.ids["FR"].card).card.model_dump(mode="json", exclude_none=True), **changes}
    data = canonical({**values, "kem": [KemEntry.model_validate(one).model_dump(mode="json") for one in values["kem"]]})
    key = SigningKey.generate()
    with pytest.raises(FormatError):
        parse_card(b"i247k1" + sized(data) + key.sign(data) + sized(b""))


def test_a_renewed_card_follows_the_one_before(world: World) -> None:
    renewed = world.rotated("FR")
    found = held(world, renewed.card)
    assert (found.number, found.previous) == (2, card_hash(world.ids["FR"].card))
    assert [one.id for one in found.kem] == [renewed.kem[-1].id]
    assert renewed.kem[0] is world.ids["FR"].kem[0]


def test_a_renewed_card_may_keep_older_keys(world: World) -> None:
    renewed = world.rotated("FR", keep=1)
    assert [one.id for one in held(world, renewed.card).kem] == [one.id for one in renewed.kem]


def test_a_kem_key_is_valid_from_its_first_to_its_last_second(world: World) -> None:
    kem = parse_card(world.ids["FR"].card).card.kem[0]
    second = timedelta(seconds=1)
    assert [kem.valid(at) for at in (START - second, START, NOON, END, END + second)] == [
        False,
        True,
        True,
        True,
        False,
    ]

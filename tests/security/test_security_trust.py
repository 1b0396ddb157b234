from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sealed_world import END, NOON, PARTIES, RUN, START, World

from i247sim.security import cards, frames, trust
from i247sim.security.authority import Authority
from i247sim.security.cards import parse_card, sign_card
from i247sim.security.keys import KemKey
from i247sim.security.trust import Trust
from i247sim.vocabulary.directory import PartyEntry
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.parties import AUTHORITY, Role

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _forget() -> None:
    """Each test verifies anew."""
    trust._REMEMBERED.clear()


def signed(world: World, *entries: PartyEntry, number: int = 2, issued: datetime = NOON) -> bytes:
    return world.authority.sign_directory(world.delta(number, *entries, issued=issued), issued)


def refused_code(world: World, party: str, key: str, at: datetime = NOON, believes: Trust | None = None) -> str:
    with pytest.raises(TrustError) as refused:
        (believes or world.trust).signer(party, key, at)
    return refused.value.code


def test_the_first_change_gives_everybody_s_keys(world: World) -> None:
    assert world.trust.directory.number == 1
    for party in PARTIES:
        identity = world.ids[party]
        assert world.trust.signer(party, identity.signing.id, NOON) == identity.signer
        assert world.trust.kem(party, NOON).public == identity.kem[-1].public
        assert world.trust.kem_known(party, identity.kem[-1].id, NOON)
        assert world.trust.card(party).number == 1


def test_the_anchor_alone_knows_nobody(world: World) -> None:
    assert refused_code(world, "FR", world.ids["FR"].signing.id, believes=world.anchor) == "E-SIGN"
    assert not world.anchor.kem_known("FR", world.ids["FR"].kem[0].id, NOON)
    with pytest.raises(TrustError):
        world.anchor.kem("FR", NOON)


def test_the_directory_s_signer_is_known_as_authority(world: World) -> None:
    frame, _ = world.change(1, *PARTIES, attached=world.authority.chain)
    author = frames.parse(frame)
    frames.verify(author, world.trust.signer(AUTHORITY, author.frame.key, NOON))


@pytest.mark.parametrize("noise", [b"", b"noise"])
def test_an_anchor_is_a_certificate_of_an_authority(world: World, noise: bytes) -> None:
    with pytest.raises(TrustError):
        Trust.anchor(noise, RUN)
    with pytest.raises(TrustError):
        Trust.anchor(world.ids["FR"].signing_cert, RUN)


def test_equal_histories_are_equal_trust(world: World) -> None:
    again = Trust.anchor(world.authority.root, RUN).advance(
        *world.change(1, *PARTIES, attached=world.authority.chain), NOON
    )
    assert again == world.trust
    assert again.fingerprint == world.trust.fingerprint
    assert hash(again) == hash(world.trust)
    assert world.trust.advance(signed(world, world.entry("FR")), [], NOON) != world.trust


def test_a_change_is_verified_once_per_process_and_refused_every_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real = trust._advance

    def counted(*args: object) -> Trust:
        calls.append("")
        return real(*args)

    monkeypatch.setattr(trust, "_advance", counted)
    change = signed(world, world.entry("FR", clearance="restricted"))
    advanced = [world.trust.advance(change, [], NOON) for _ in range(196)]
    assert len(calls) == 1
    assert all(one is advanced[0] for one in advanced)
    for _ in range(2):
        with pytest.raises(FormatError):
            world.trust.advance(change, [world.ids["FR"].card + b"x"], NOON)
    assert len(calls) == 3


def test_that_a_change_held_once_says_nothing_about_another_time(world: World) -> None:
    change = signed(world, world.entry("FR", clearance="restricted"))
    world.trust.advance(change, [], NOON)
    with pytest.raises(TrustError, match="`AUTHORITY` does not hold at that time"):
        world.trust.advance(change, [], datetime(1969, 12, 31, tzinfo=UTC))


def test_what_is_remembered_is_bounded(world: World) -> None:
    for second in range(trust._REMEMBER + 5):
        world.trust.advance(signed(world, world.entry("FR"), issued=NOON + second * SECOND), [], NOON)
    assert len(trust._REMEMBERED) == trust._REMEMBER


# Looking up


def test_an_unknown_party_or_key_is_e_sign(world: World) -> None:
    assert refused_code(world, "XX", world.ids["FR"].signing.id) == "E-SIGN"
    assert refused_code(world, "FR", world.ids["DE"].signing.id) == "E-SIGN"
    assert refused_code(world, "FR", "0" * 16) == "E-SIGN"


def test_a_certificate_out_of_its_period_is_e_sign(world: World) -> None:
    key = world.ids["FR"].signing.id
    world.trust.signer("FR", key, START)
    world.trust.signer("FR", key, END)
    assert refused_code(world, "FR", key, START - SECOND) == "E-SIGN"
    assert refused_code(world, "FR", key, END + SECOND) == "E-SIGN"


def test_a_revoked_party_is_e_key_from_the_change_on(world: World) -> None:
    """The library's path verifier alone would still accept the certificate."""
    key = world.ids["FR"].signing.id
    revoked = world.trust.advance(signed(world, world.entry("FR", enrolment="revoked")), [], NOON)
    assert refused_code(world, "FR", key, believes=revoked) == "E-KEY"
    assert not revoked.kem_known("FR", world.ids["FR"].kem[0].id, NOON)
    with pytest.raises(TrustError):
        revoked.kem("FR", NOON)
    assert world.trust.signer("FR", key, NOON) == world.ids["FR"].signer
    back = revoked.advance(signed(world, world.entry("FR"), number=3), [], NOON)
    assert back.signer("FR", key, NOON) == world.ids["FR"].signer


def test_who_stands_under_a_revoked_parent_is_revoked(world: World) -> None:
    child = world.trust.advance(signed(world, world.entry("DE", parent="FR")), [], NOON)
    revoked = child.advance(signed(world, world.entry("FR", enrolment="revoked"), number=3), [], NOON)
    assert refused_code(world, "DE", world.ids["DE"].signing.id, believes=revoked) == "E-KEY"


# Rotation


def test_a_new_card_retires_the_old_kem_key(world: World) -> None:
    old = world.ids["FR"].kem[0]
    turned = world.with_identity(world.rotated("FR"))
    advanced = world.trust.advance(signed(turned, turned.entry("FR")), [turned.ids["FR"].card], NOON)
    assert advanced.kem("FR", NOON).id == turned.ids["FR"].kem[-1].id
    assert not advanced.kem_known("FR", old.id, NOON)
    assert advanced.card("FR").number == 2


def test_a_card_may_keep_an_old_key_for_messages_under_way(world: World) -> None:
    turned = world.with_identity(world.rotated("FR", keep=1))
    advanced = world.trust.advance(signed(turned, turned.entry("FR")), [turned.ids["FR"].card], NOON)
    assert advanced.kem_known("FR", world.ids["FR"].kem[0].id, NOON)
    assert advanced.kem("FR", NOON).id == turned.ids["FR"].kem[-1].id
    assert not advanced.kem_known("FR", turned.ids["FR"].kem[-1].id, END + SECOND)
    with pytest.raises(TrustError):
        advanced.kem("FR", END + SECOND)


def test_a_new_certificate_retires_the_old_signing_key(world: World) -> None:
    fresh = world.authority.issue("FR", Role.BUREAU, START, END, after=world.ids["FR"].card)
    turned = world.with_identity(fresh)
    advanced = world.trust.advance(signed(turned, turned.entry("FR")), [fresh.card, fresh.signing_cert], NOON)
    assert advanced.signer("FR", fresh.signing.id, NOON) == fresh.signer
    assert refused_code(world, "FR", world.ids["FR"].signing.id, believes=advanced) == "E-KEY"


# Changes that must not pass


def test_rollback_and_gap_are_refused(world: World) -> None:
    second = world.trust.advance(signed(world, world.entry("FR")), [], NOON)
    for number in (1, 2, 4, 100):
        with pytest.raises(FormatError, match="does not follow"):
            second.advance(signed(world, world.entry("FR"), number=number), [], NOON)


def test_a_change_issued_before_the_one_it_follows_is_refused(world: World) -> None:
    with pytest.raises(FormatError, match="before"):
        world.trust.advance(signed(world, world.entry("FR"), issued=NOON - SECOND), [], NOON)


def test_a_change_of_another_authority_or_run_is_refused(world: World) -> None:
    other = World()
    with pytest.raises(TrustError):
        world.trust.advance(signed(other, world.entry("FR")), [], NOON)
    with pytest.raises(TrustError):
        world.anchor.advance(*other.change(1, *PARTIES, attached=other.authority.chain), NOON)
    elsewhere = World("ba9876543210")
    lured = Trust.anchor(elsewhere.authority.root, RUN)
    with pytest.raises(TrustError, match="another run"):
        lured.advance(*elsewhere.change(1, *PARTIES, attached=elsewhere.authority.chain), NOON)


def test_a_party_cannot_sign_the_directory(world: World) -> None:
    delta = world.delta(2, world.entry("FR", clearance="confidential")).model_dump(mode="json", exclude_none=True)
    own = world.frame("directory", {"delta": delta})
    with pytest.raises(TrustError, match="does not sign the directory"):
        world.trust.advance(own, [], NOON)
    frame = frames.parse(own).frame.model_copy(update={"sender": AUTHORITY})
    with pytest.raises(TrustError):
        world.trust.advance(frames.sign(frame, world.ids["FR"].signing), [], NOON)


def test_a_party_s_certificate_does_not_make_a_directory_signer(world: World) -> None:
    """FR sends a first change of its own making, with its own certificate in the place of the authority's."""
    identity = world.ids["FR"]
    delta = world.delta(1, world.entry("FR")).model_dump(mode="json", exclude_none=True)
    frame = frames.parse(world.frame("directory", {"delta": delta})).frame.model_copy(update={"sender": AUTHORITY})
    wire = frames.sign(frame, identity.signing)
    attached = [world.authority.issuing, identity.signing_cert, identity.card]
    with pytest.raises(TrustError, match="named `FR`"):
        world.anchor.advance(wire, attached, NOON)


def test_another_type_of_frame_is_not_a_change(world: World) -> None:
    with pytest.raises(FormatError, match="not a directory change"):
        world.trust.advance(world.frame("restriction", {"bars": []}), [], NOON)


def flipped(thing: bytes) -> bytes:
    return thing[:-1] + bytes([thing[-1] ^ 1])


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda things: things[:0], id="nothing"),
        pytest.param(lambda things: things[1:], id="without the issuing authority"),
        pytest.param(lambda things: [things[1], things[0], *things[2:]], id="authority's in another order"),
        pytest.param(lambda things: things[:-1], id="a certificate missing"),
        pytest.param(lambda things: [*things[:2], *things[3:]], id="a card missing"),
        pytest.param(lambda things: [*things, things[-1]], id="a thing twice"),
        pytest.param(lambda things: [*things, b"more"], id="a thing that nobody names"),
        pytest.param(lambda things: [*things[:2], flipped(things[2]), *things[3:]], id="a changed card"),
    ],
)
def test_a_first_change_with_other_things_attached_is_refused(
    world: World, edit: Callable[[list[bytes]], list[bytes]]
) -> None:
    frame, attached = world.change(1, *PARTIES, attached=world.authority.chain)
    with pytest.raises((FormatError, TrustError)):
        world.anchor.advance(frame, edit(attached), NOON)


def test_every_flipped_byte_of_a_change_is_refused(world: World) -> None:
    frame = signed(world, world.entry("FR", clearance="restricted"))
    for place in range(len(frame)):
        changed = bytearray(frame)
        changed[place] ^= 1 << place % 8
        with pytest.raises((FormatError, TrustError)):
            world.trust.advance(bytes(changed), [], NOON)


def test_a_party_named_twice_is_refused(world: World) -> None:
    with pytest.raises(FormatError, match="twice"):
        world.trust.advance(signed(world, world.entry("FR"), world.entry("FR", clearance="restricted")), [], NOON)


def test_the_authority_is_not_a_party(world: World) -> None:
    entry = world.entry("FR").model_copy(update={"party": AUTHORITY})
    with pytest.raises(FormatError):
        world.trust.advance(signed(world, entry), [], NOON)


def test_another_party_s_certificate_or_card_is_refused(world: World) -> None:
    """The directory (a hub that edits it, an authority that errs) puts DE's things in FR's place."""
    other = world.ids["DE"]
    stolen = world.entry("FR", certificate=other.certificate_hash, card=other.card_hash)
    with pytest.raises(TrustError, match="names `DE`"):
        world.trust.advance(signed(world, stolen), [other.signing_cert, other.card], NOON)
    with pytest.raises(TrustError):
        world.trust.advance(signed(world, world.entry("FR", card=other.card_hash)), [other.card], NOON)


def forged_card(world: World, signer: str = "FR", **changes: object) -> bytes:
    """FR's next card with something else on it, signed by ``signer`` and countersigned by the real authority."""
    values = parse_card(world.rotated("FR").card).card.model_dump()
    card = cards.KeyCard.model_validate({**values, **changes})
    return sign_card(card, world.ids[signer].signing, world.authority._issuing_key)


@pytest.mark.parametrize(
    ("changes", "signer"),
    [
        pytest.param({}, "DE", id="not signed by its party"),
        pytest.param({"party": "DE"}, "FR", id="another party's name"),
        pytest.param({"run": "ba9876543210"}, "FR", id="another run"),
        pytest.param({"number": 3}, "FR", id="a number left out"),
        pytest.param({"number": 1, "previous": None}, "FR", id="rollback to one"),
        pytest.param({"previous": "0" * 64}, "FR", id="another predecessor"),
        pytest.param({"certificate": "0" * 64}, "FR", id="another certificate"),
    ],
)
def test_a_card_that_is_not_fr_s_next_is_refused(world: World, changes: dict, signer: str) -> None:
    wire = forged_card(world, signer, **changes)
    with pytest.raises(TrustError):
        world.trust.advance(signed(world, world.entry("FR", card=cards.card_hash(wire))), [wire], NOON)


def test_the_card_that_those_tests_change_would_pass(world: World) -> None:
    wire = forged_card(world)
    advanced = world.trust.advance(signed(world, world.entry("FR", card=cards.card_hash(wire))), [wire], NOON)
    assert advanced.card("FR").number == 2


def test_another_party_s_kem_key_on_a_card_is_refused(world: World) -> None:
    """FR's own signature does not give it DE's key."""
    wire = forged_card(world, kem=parse_card(world.ids["DE"].card).card.kem)
    with pytest.raises(TrustError, match="stands on the cards"):
        world.trust.advance(signed(world, world.entry("FR", card=cards.card_hash(wire))), [wire], NOON)


def test_an_old_card_does_not_come_back(world: World) -> None:
    turned = world.with_identity(world.rotated("FR"))
    advanced = world.trust.advance(signed(turned, turned.entry("FR")), [turned.ids["FR"].card], NOON)
    with pytest.raises(TrustError):
        advanced.advance(signed(world, world.entry("FR"), number=3), [world.ids["FR"].card], NOON)


def test_a_replaced_signing_key_does_not_come_back(world: World) -> None:
    old = world.ids["FR"]
    fresh = world.authority.issue("FR", Role.BUREAU, START, END, after=old.card)
    turned = world.with_identity(fresh)
    advanced = world.trust.advance(signed(turned, turned.entry("FR")), [fresh.card, fresh.signing_cert], NOON)
    again = replace(old, card=fresh.card)
    again = world.authority.renew_card(again, KemKey.generate(), START, END)
    values = parse_card(again.card).card.model_dump()
    card = cards.KeyCard.model_validate({**values, "certificate": old.certificate_hash})
    wire = sign_card(card, old.signing, world.authority._issuing_key)
    entry = world.entry("FR", card=cards.card_hash(wire), certificate=old.certificate_hash)
    with pytest.raises(TrustError, match="replaced"):
        advanced.advance(signed(world, entry, number=3), [wire, old.signing_cert], NOON)


@pytest.mark.parametrize(
    ("sim_from", "sim_until"),
    [(NOON + SECOND, END), (START - 10 * SECOND, START - SECOND)],
    ids=["not yet valid", "expired"],
)
def test_a_certificate_out_of_its_period_does_not_enter_the_directory(
    world: World, sim_from: datetime, sim_until: datetime
) -> None:
    late = world.authority.issue("NO", Role.BUREAU, sim_from, sim_until)
    other = world.with_identity(late)
    with pytest.raises(TrustError, match="chain"):
        world.trust.advance(signed(other, other.entry("NO")), [late.card, late.signing_cert], NOON)


def test_a_look_alike_issuing_authority_is_refused(world: World) -> None:
    """Same names, another root: everything it issued is consistent in itself."""
    other = Authority.create(RUN, datetime.now(UTC))
    fake = other.issue("FR", Role.BUREAU, START, END)
    there = world.with_identity(fake)
    frame = other.sign_directory(there.delta(1, there.entry("FR")), NOON)
    with pytest.raises(TrustError, match="chain"):
        world.anchor.advance(frame, [*other.chain, fake.card, fake.signing_cert], NOON)
    with pytest.raises(TrustError, match="chain"):
        world.anchor.advance(frame, [world.authority.issuing, other.certificate, fake.card, fake.signing_cert], NOON)


def test_a_directory_too_old_says_so(world: World) -> None:
    assert world.trust.directory.fresh(END)
    assert not world.trust.directory.fresh(END + SECOND)

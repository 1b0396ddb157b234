import base64
import hashlib
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sealed_world import BODY, END, World

from i247sim.security.envelope import (
    FULL,
    MAGIC,
    STANZA_BYTES,
    Envelope,
    bind,
    join_full,
    listed,
    parse,
    signed_input,
    signed_parts,
    slim,
    verify,
    verify_parts,
)
from i247sim.security.framing import sized
from i247sim.security.keys import Identity
from i247sim.security.padding import padded_size, sealed_size
from i247sim.security.sealing import open_body
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.limits import MAX_BODY_BYTES, MAX_FANOUT_BYTES, MAX_HEADER_BYTES, MAX_WIRE_BYTES
from i247sim.vocabulary.messages import (
    Addressee,
    Classification,
    Handling,
    Header,
    HubPart,
    QuotedRecord,
    Suite,
    Tlp,
    Urgency,
    UrgencyReason,
)
from i247sim.vocabulary.parties import members

SUITES = ["i247-1", "i247-2"]


def rebuilt(envelope: Envelope, signed_by: Identity | None = None, **changes: object) -> bytes:
    """The full copy with parts exchanged; signed anew by ``signed_by``, or with the old signatures."""
    parts = {
        "header_bytes": envelope.header_bytes,
        "salt": envelope.salt,
        "hub_part_bytes": envelope.hub_part_bytes,
        "stanzas": envelope.stanzas,
        "body": envelope.body,
        "signatures": envelope.signatures,
        **changes,
    }
    if signed_by is not None:
        hub_digest = hashlib.sha256(parts["salt"] + parts["hub_part_bytes"]).digest()
        digests = [hashlib.sha256(one).digest() for one in parts["stanzas"]]
        data = signed_input(bind(parts["header_bytes"], hub_digest), digests, hashlib.sha256(parts["body"]).digest())
        parts["signatures"] = signed_by.sign(envelope.header.suite, data)
    return join_full(**parts)


def accept_and_open(world: World, wire: bytes, party: str) -> None:
    open_body(world.accept(wire), party, world.ids[party].kem)


@pytest.mark.parametrize("suite", SUITES)
def test_a_full_copy_verifies_and_opens(world: World, suite: str) -> None:
    envelope = world.accept(world.send(("BR", "DE"), suite=suite))
    assert open_body(envelope, "DE", world.ids["DE"].kem) == BODY
    assert listed(envelope.header, envelope.hub_part) == [
        ("BR", world.ids["BR"].kem[0].id),
        ("DE", world.ids["DE"].kem[0].id),
    ]


@pytest.mark.parametrize("suite", SUITES)
def test_a_slim_copy_verifies_and_opens_for_its_reader_only(world: World, suite: str) -> None:
    full = world.accept(world.send(("BR", "DE"), suite=suite))
    copy = world.accept(slim(full, 1))
    assert (copy.hub_part, copy.salt, copy.stanzas[0], copy.reader) == (None, None, None, 1)
    assert copy.h == full.h
    assert open_body(copy, "DE", world.ids["DE"].kem) == BODY
    with pytest.raises(TrustError):
        open_body(copy, "BR", world.ids["BR"].kem)


def test_a_notice_names_nobody_in_its_slim_copies(world: World) -> None:
    full = world.accept(world.publish(("BR", "DE"), barred=("FR",)))
    assert listed(full.header, full.hub_part) == [
        ("FR", None),
        ("BR", world.ids["BR"].kem[0].id),
        ("DE", world.ids["DE"].kem[0].id),
    ]
    assert [full.keyed.get(party, (None,))[0] for party in ("FR", "BR", "DE")] == [None, 0, 1]
    wire = slim(full, 1)
    copy = world.accept(wire)
    assert listed(copy.header, copy.hub_part) == []
    assert not any(f'"{party}"'.encode() in wire for party in ("FR", "BR", "DE"))
    assert open_body(copy, "DE", world.ids["DE"].kem) == BODY


def assert_every_flip_is_refused(world: World, wire: bytes, places: range) -> None:
    accept_and_open(world, wire, "BR")
    for place in places:
        changed = bytearray(wire)
        changed[place] ^= 1 << place % 8
        try:
            accept_and_open(world, bytes(changed), "BR")
        except (FormatError, TrustError):
            continue
        pytest.fail(f"byte {place} of {len(wire)} may be changed")


@pytest.mark.parametrize("form", ["full", "slim", "slim-notice"])
def test_every_flipped_byte_is_refused(world: World, form: str) -> None:
    wire = world.publish(("BR", "DE"), ("FR",)) if "notice" in form else world.send()
    if form != "full":
        wire = slim(parse(wire), 0)
    assert_every_flip_is_refused(world, wire, range(len(wire)))


def test_every_flipped_byte_is_refused_in_the_second_suite(world: World) -> None:
    """Bytes of the body are one digest, so every fifth will do; both signatures are tried in full."""
    wire = world.send(suite="i247-2")
    start, end = wire.index(parse(wire).body), len(wire) - 64 - 3309
    assert_every_flip_is_refused(world, wire, range(start))
    assert_every_flip_is_refused(world, wire, range(start, end, 5))
    assert_every_flip_is_refused(world, wire, range(end, len(wire)))
    copy = slim(parse(wire), 0)
    assert_every_flip_is_refused(world, copy, range(0, len(copy), 11))


@pytest.mark.deep
@pytest.mark.parametrize("form", ["full", "slim", "slim-notice"])
def test_every_flipped_byte_is_refused_in_the_second_suite_and_all_forms(world: World, form: str) -> None:
    wire = world.send(suite="i247-2")
    if form == "slim-notice":
        wire = world.publish(("BR", "DE"), ("FR",), suite="i247-2")
    if form != "full":
        wire = slim(parse(wire), 0)
    assert_every_flip_is_refused(world, wire, range(len(wire)))


@pytest.mark.parametrize("suite", SUITES)
def test_every_truncation_and_every_appended_byte_is_refused_before_any_signature(world: World, suite: str) -> None:
    for wire in (world.send(suite=suite), slim(parse(world.send(suite=suite)), 0)):
        for size in range(0, len(wire), 7):
            with pytest.raises(FormatError):
                parse(wire[:size])
        for more in (b"\0", wire[-64:], wire):
            with pytest.raises(FormatError):
                parse(wire + more)


@given(st.binary(max_size=300))
def test_noise_is_a_format_error(noise: bytes) -> None:
    for wire in (noise, MAGIC + noise, MAGIC + FULL + noise, MAGIC + FULL + sized(noise)):
        with pytest.raises(FormatError):
            parse(wire)


def test_damaged_messages_raise_nothing_but_our_errors(world: World) -> None:
    wire = world.send(("BR", "DE"))

    @settings(max_examples=100, deadline=None)
    @given(st.integers(0, len(wire)), st.integers(0, 80), st.binary(max_size=80))
    def damage(start: int, cut: int, put: bytes) -> None:
        changed = wire[:start] + put + wire[start + cut :]
        if changed != wire:
            with pytest.raises((FormatError, TrustError)):
                accept_and_open(world, changed, "BR")

    damage()


HEADERS = st.fixed_dictionaries(
    {
        "suite": st.sampled_from(Suite),
        "classification": st.sampled_from(Classification),
        # One of two marks that say the opposite of each other.
        "handling": st.lists(st.sampled_from([one for one in Handling if one is not Handling.MAY_TELL]), max_size=4),
        "tlp": st.none() | st.sampled_from(Tlp),
        "urgency": st.just(Urgency.URGENT),
        "urgency_reason": st.sampled_from(UrgencyReason),
        "lang": st.sampled_from(["ar", "en", "es", "fr"]),
        "case_ref": st.none() | st.from_regex(r"[A-Z0-9][A-Z0-9-]{1,31}", fullmatch=True),
        "officer": st.none() | st.from_regex(r"[a-z0-9]{1,16}", fullmatch=True),
        "grading": st.none() | st.from_regex(r"[A-FX][1-6]", fullmatch=True),
        "id": st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
        "in_reply_to": st.none() | st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
        "quoted": st.lists(st.just(QuotedRecord(owner="BR", record="NOM-000017")), max_size=3),
        "reply_by": st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
        "expires": st.just(END),
    }
)


def test_any_header_comes_back_as_it_was_sent(world: World) -> None:
    @settings(max_examples=40, deadline=None)
    @given(HEADERS)
    def round_trip(fields: dict) -> None:
        wire = world.send(("BR", "DE"), **fields)
        envelope = world.accept(wire)
        assert envelope.header == world.header(("BR", "DE"), **fields)
        assert world.accept(slim(envelope, 0)).header == envelope.header
        assert verify_parts(signed_parts(envelope), world.ids["FR"].signer) == envelope.header

    round_trip()


# Reading: sizes, counts, lists


def test_a_wire_above_the_limit_is_refused_by_size_without_touching_memory() -> None:
    big = bytes(MAX_WIRE_BYTES + 1)
    tracemalloc.start()
    for _ in range(1000):
        with pytest.raises(FormatError, match=str(MAX_WIRE_BYTES)):
            parse(big)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


@pytest.mark.parametrize("length", [0, 1, MAX_HEADER_BYTES + 1, 2**31, 2**32 - 1])
def test_a_wrong_header_length_is_refused(world: World, length: int) -> None:
    wire = world.send()
    with pytest.raises(FormatError):
        parse(wire[:7] + length.to_bytes(4, "big") + wire[11:])


def drop_stanza(parts: Envelope) -> dict:
    return {"stanzas": parts.stanzas[:1]}


def add_stanza(parts: Envelope) -> dict:
    return {"stanzas": (*parts.stanzas, parts.stanzas[0])}


def no_stanzas(_: Envelope) -> dict:
    return {"stanzas": ()}


def short_stanza(parts: Envelope) -> dict:
    return {"stanzas": (parts.stanzas[0], bytes(31))}


def digest_for_stanza(parts: Envelope) -> dict:
    return {"stanzas": (parts.stanzas[0], hashlib.sha256(parts.stanzas[1]).digest())}


def no_signature(_: Envelope) -> dict:
    return {"signatures": ()}


def two_signatures(parts: Envelope) -> dict:
    return {"signatures": parts.signatures * 2}


def shorter_body(parts: Envelope) -> dict:
    return {"body": parts.body[:-1]}


@pytest.mark.parametrize(
    "change",
    [
        drop_stanza,
        add_stanza,
        no_stanzas,
        short_stanza,
        digest_for_stanza,
        no_signature,
        two_signatures,
        shorter_body,
    ],
)
def test_parts_that_do_not_fit_the_header_are_refused_when_reading(
    world: World, change: Callable[[Envelope], dict]
) -> None:
    envelope = parse(world.send(("BR", "DE")))
    with pytest.raises(FormatError):
        parse(rebuilt(envelope, **change(envelope)))


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda text: text.replace(b'{"', b'{"from":"XX","', 1), id="second from"),
        pytest.param(lambda text: text.replace(b"}", b',"note":"hello"}'), id="unknown field"),
        pytest.param(lambda text: text.replace(b'"v":1', b'"v":NaN'), id="nan"),
        pytest.param(lambda text: text.replace(b'"v":1', b'"v":' + b"1" * 10_000), id="10000 digits"),
        pytest.param(lambda text: text.replace(b'"lang":"en"', rb'"lang":"\ud800"'), id="lone surrogate"),
        pytest.param(lambda text: text.replace(b'"v":1', b'"v":' + b"[" * 15_000), id="deep nesting"),
        pytest.param(lambda text: b"[" * 100_000, id="deep nesting beyond the size"),
        pytest.param(lambda text: text + b" x", id="trailing bytes"),
        pytest.param(lambda text: text.replace(b'"v":1', b'"v":2'), id="other version"),
        pytest.param(lambda text: text.replace(b"i247-1", b"i247-9"), id="unknown suite"),
        pytest.param(lambda text: text.replace(b'"simulation":true', b'"simulation":false'), id="not a simulation"),
        pytest.param(lambda text: text.replace(b'"padded_size":2048', b'"padded_size":2047'), id="size below"),
        pytest.param(lambda text: text.replace(b'"padded_size":2048', b'"padded_size":2049'), id="no padded size"),
        pytest.param(lambda text: text.replace(b'"padded_size":2048', b'"padded_size":2112'), id="another size"),
        pytest.param(lambda text: text.replace(b'"key":"', b'"key":"zz', 1), id="key id"),
        pytest.param(lambda text: b"\xff" + text, id="not utf-8"),
        pytest.param(lambda text: b"", id="empty"),
    ],
)
def test_a_bad_header_is_a_format_error_even_if_signed(world: World, edit: Callable[[bytes], bytes]) -> None:
    envelope = parse(world.send())
    header = edit(envelope.header_bytes)
    assert header != envelope.header_bytes
    with pytest.raises(FormatError):
        parse(rebuilt(envelope, world.ids["FR"], header_bytes=header))


@pytest.mark.parametrize(
    "hub_part",
    [
        pytest.param({"audience": [{"party": "BR", "key": "0" * 16}]}, id="audience beside to"),
        pytest.param({"more": 1}, id="unknown field"),
        pytest.param({"counter": 0}, id="counter zero"),
    ],
)
def test_a_bad_hub_part_is_a_format_error(world: World, hub_part: dict) -> None:
    envelope = parse(world.send())
    data = json.dumps({"counter": 1, "receipted": 0, **hub_part}).encode()
    with pytest.raises(FormatError):
        parse(rebuilt(envelope, world.ids["FR"], hub_part_bytes=data))


def test_an_audience_that_names_a_party_twice_is_refused(world: World) -> None:
    envelope = parse(world.publish(("BR",), barred=("DE",)))
    assert envelope.hub_part is not None
    twice = (*envelope.hub_part.audience, envelope.hub_part.audience[0])
    hub_part = HubPart(counter=1, receipted=0, audience=twice)
    with pytest.raises(FormatError, match="twice"):
        parse(rebuilt(envelope, world.ids["IPSG"], hub_part_bytes=canonical(hub_part)))


@pytest.mark.parametrize("stanzas", [1, 3])
def test_a_notice_has_a_stanza_for_each_party_with_a_key(world: World, stanzas: int) -> None:
    envelope = parse(world.publish(("BR", "DE"), barred=("FR",)))
    other = (*envelope.stanzas, *envelope.stanzas)[:stanzas]
    with pytest.raises(FormatError, match="audience with a key"):
        parse(rebuilt(envelope, world.ids["IPSG"], stanzas=other))


@pytest.mark.parametrize(("copies", "fits"), [(15, True), (16, False)])
def test_copies_times_size_are_bounded(world: World, copies: int, fits: bool) -> None:
    size = padded_size(MAX_BODY_BYTES)
    to = tuple(Addressee(party=party, key="0" * 16) for party in list(members())[:copies])
    header = canonical(Header.model_validate({**world.header(size=size).model_dump(by_alias=True), "to": to}))
    body, stanzas = bytes(sealed_size(size)), [bytes(STANZA_BYTES)] * copies
    wire = join_full(header, bytes(32), canonical(HubPart(counter=1, receipted=0)), stanzas, body, [bytes(64)])
    if fits:
        assert len(parse(wire).stanzas) == copies
    else:
        with pytest.raises(FormatError, match=str(MAX_FANOUT_BYTES)):
            parse(wire)


def test_a_full_copy_does_not_pass_as_slim_nor_slim_as_full(world: World) -> None:
    full = world.send(("BR", "DE"))
    for wire in (full, slim(parse(full), 0)):
        other = b"S" if wire[6:7] == b"F" else b"F"
        with pytest.raises(FormatError):
            parse(wire[:6] + other + wire[7:])


def test_a_slim_copy_whose_key_is_not_the_one_in_to_is_refused(world: World) -> None:
    full = parse(world.send(("BR", "DE")))
    wire = slim(full, 0)
    keys = [bytes.fromhex(world.ids[party].kem[0].id) for party in ("BR", "DE")]
    with pytest.raises(FormatError, match="key"):
        parse(wire.replace(keys[0], keys[1]))


# Verifying: who signed what


def test_a_message_is_not_its_sender_s_when_another_signed_it(world: World) -> None:
    envelope = parse(world.send())
    forged = parse(rebuilt(envelope, world.ids["DE"]))
    with pytest.raises(TrustError):
        verify(forged, world.ids["FR"].signer)
    with pytest.raises(TrustError):
        verify(forged, world.ids["DE"].signer)


def test_a_stolen_body_under_another_sender_does_not_open(world: World) -> None:
    """Strip FR's signature, set ``from`` to DE, sign as DE: it verifies as DE's, and no stanza fits the header."""
    envelope = parse(world.send())
    header = world.header(("BR",), sender="DE")
    stolen = rebuilt(envelope, world.ids["DE"], header_bytes=canonical(header))
    verified = world.accept(stolen)
    with pytest.raises(TrustError):
        open_body(verified, "BR", world.ids["BR"].kem)


def test_old_signatures_do_not_cover_new_addressees(world: World) -> None:
    envelope = parse(world.send(("BR",)))
    readdressed = rebuilt(envelope, header_bytes=canonical(world.header(("DE",))))
    with pytest.raises(TrustError):
        world.accept(readdressed)


def test_swapped_stanzas_are_refused_by_signature_and_when_signed_again_by_the_seal(world: World) -> None:
    envelope = parse(world.send(("BR", "DE")))
    swapped = tuple(reversed(envelope.stanzas))
    with pytest.raises(TrustError):
        world.accept(rebuilt(envelope, stanzas=swapped))
    verified = world.accept(rebuilt(envelope, world.ids["FR"], stanzas=swapped))
    for party in ("BR", "DE"):
        with pytest.raises(TrustError):
            open_body(verified, party, world.ids[party].kem)


@pytest.mark.parametrize("part", ["stanzas", "body"])
def test_a_part_of_another_message_of_the_same_sender_does_not_fit(world: World, part: str) -> None:
    first, second = parse(world.send()), parse(world.send())
    grafted = {part: getattr(second, part)}
    with pytest.raises(TrustError):
        world.accept(rebuilt(first, **grafted))
    verified = world.accept(rebuilt(first, world.ids["FR"], **grafted))
    with pytest.raises(TrustError):
        open_body(verified, "BR", world.ids["BR"].kem)


def test_a_changed_hub_part_is_refused_and_does_not_open(world: World) -> None:
    envelope = parse(world.send())
    changed = {"hub_part_bytes": canonical(HubPart(counter=2, receipted=0))}
    with pytest.raises(TrustError):
        world.accept(rebuilt(envelope, **changed))
    verified = world.accept(rebuilt(envelope, world.ids["FR"], **changed))
    with pytest.raises(TrustError):
        open_body(verified, "BR", world.ids["BR"].kem)


# Suites


def test_a_suite_cannot_be_edited_down_or_up(world: World) -> None:
    strong = world.send(suite="i247-2")
    envelope = parse(strong)
    weaker = envelope.header_bytes.replace(b"i247-2", b"i247-1")
    with pytest.raises(FormatError):
        parse(rebuilt(envelope, header_bytes=weaker))
    with pytest.raises(TrustError):
        world.accept(rebuilt(envelope, header_bytes=weaker, signatures=envelope.signatures[:1]))
    light = parse(world.send())
    stronger = light.header_bytes.replace(b"i247-1", b"i247-2")
    with pytest.raises(FormatError):
        parse(rebuilt(light, header_bytes=stronger))


@pytest.mark.parametrize("missing", [0, 1], ids=["ed25519", "ml-dsa-65"])
def test_the_second_suite_needs_both_signatures(world: World, missing: int) -> None:
    envelope = parse(world.send(suite="i247-2"))
    garbage = list(envelope.signatures)
    garbage[missing] = bytes(len(garbage[missing]))
    with pytest.raises(TrustError):
        world.accept(rebuilt(envelope, signatures=garbage))
    del garbage[missing]
    with pytest.raises(FormatError):
        parse(rebuilt(envelope, signatures=garbage))


def test_the_second_suite_is_refused_from_a_party_without_such_a_key(world: World) -> None:
    from dataclasses import replace

    envelope = parse(world.send(suite="i247-2"))
    with pytest.raises(TrustError, match="ML-DSA"):
        verify(envelope, replace(world.ids["FR"].signer, mldsa=None))
    with pytest.raises(TrustError, match="ML-DSA"):
        replace(world.ids["FR"], mldsa=None).sign(Suite.V2, b"")


# Evidence


def test_logged_parts_verify_without_stanzas_and_body(world: World) -> None:
    for suite in SUITES:
        envelope = parse(world.send(("BR", "DE"), suite=suite))
        assert verify_parts(signed_parts(envelope), world.ids["FR"].signer) == envelope.header


@pytest.mark.parametrize("part", ["header", "hub_part", "salt", "stanzas", "body", "signatures"])
def test_a_changed_logged_part_is_refused(world: World, part: str) -> None:
    parts = signed_parts(parse(world.send(("BR", "DE"))))
    other = signed_parts(parse(world.send(("BR", "DE"), own_ref="FR-2026-000002")))
    hub_part = canonical(HubPart(counter=9, receipted=0)).decode()
    value = hub_part if part == "hub_part" else getattr(other, part)
    with pytest.raises(TrustError):
        verify_parts(parts.model_copy(update={part: value}), world.ids["FR"].signer)


def test_a_logged_signature_that_is_not_base64_is_a_format_error(world: World) -> None:
    parts = signed_parts(parse(world.send()))
    with pytest.raises(FormatError):
        verify_parts(parts.model_copy(update={"signatures": ("abc",)}), world.ids["FR"].signer)
    with pytest.raises(TrustError):
        verify_parts(
            parts.model_copy(update={"signatures": (base64.b64encode(b"abc").decode(),)}), world.ids["FR"].signer
        )


def test_slim_copies_for_195_readers_each_open_with_the_right_key_only(world: World) -> None:
    from i247sim.security.keys import KemKey, KemPublic
    from i247sim.security.sealing import prepare, seal

    parties = [party for party in members() if party != "FR"]
    keys = [KemKey.generate() for _ in parties]
    to = tuple(Addressee(party=party, key=key.id) for party, key in zip(parties, keys, strict=True))
    prepared = prepare(BODY)
    header = Header.model_validate({**world.header().model_dump(by_alias=True), "to": to})
    publics = [KemPublic(key.id, key.public) for key in keys]
    full = parse(seal(header, HubPart(counter=1, receipted=0), prepared, publics, world.ids["FR"]))
    copies = [slim(full, index) for index in range(len(parties))]
    assert len(copies) == 195
    for party, key, wire in zip(parties, keys, copies, strict=True):
        assert len(wire) < len(full.wire) / 10
        assert open_body(parse(wire), party, [key]) == BODY
    for (party, _), (other, key) in pairwise(zip(parties, keys, strict=True)):
        with pytest.raises(TrustError):
            open_body(parse(copies[parties.index(party)]), other, [key])


def test_a_message_carries_fixed_sizes(world: World) -> None:
    envelope = parse(world.send())
    assert [len(one) for one in envelope.stanzas if one] == [STANZA_BYTES]


def test_a_body_longer_than_its_header_says_is_refused(world: World) -> None:
    envelope = parse(world.send())
    with pytest.raises(FormatError, match="does not belong to `padded_size`"):
        parse(rebuilt(envelope, body=envelope.body + bytes(1)))


@pytest.mark.parametrize("other", [{"party": "DE"}, {"id": "0" * 16}], ids=["party", "key"])
def test_a_signature_counts_for_the_party_and_key_that_the_header_names(world: World, other: dict[str, str]) -> None:
    """Though the key behind it is the right one: whoever looks it up must have looked up what the header says."""
    envelope = parse(world.send())
    verify(envelope, world.ids["FR"].signer)
    with pytest.raises(TrustError, match="from `FR` with key"):
        verify(envelope, replace(world.ids["FR"].signer, **other))

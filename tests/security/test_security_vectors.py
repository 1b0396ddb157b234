"""Recorded messages stay readable for ever, and bad ones are refused at the step they name."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from second_reader import read_envelope, read_frame

from i247sim.security import envelope, frames
from i247sim.security.cards import verify_card
from i247sim.security.certificates import p256_point, verify_signing
from i247sim.security.keys import KemKey, Signer, key_id
from i247sim.security.sealing import open_body
from i247sim.vocabulary.errors import FormatError, I247Error, TrustError
from i247sim.vocabulary.times import from_text

V1 = json.loads((Path(__file__).parent / "vectors" / "v1.json").read_text(encoding="utf-8"))
SIGNERS = {
    party: Signer(
        party,
        key_id(b64decode(held["signing_public"])),
        b64decode(held["signing_public"]),
        b64decode(held["mldsa_public"]),
    )
    for party, held in V1["parties"].items()
}
KEMS = {party: KemKey(b64decode(held["kem_seed"])) for party, held in V1["parties"].items()}
PUBLIC = {party: (one.ed25519, one.mldsa or b"") for party, one in SIGNERS.items()}


def code_of(error: I247Error) -> str:
    return error.code if isinstance(error, TrustError) else "E-FORMAT"


def refusal_of_envelope(wire: bytes, reader: str) -> tuple[str | None, str | None, str]:
    """The step that refuses, its code, and otherwise the text."""
    step = "parse"
    try:
        found = envelope.parse(wire)
        step = "verify"
        envelope.verify(found, SIGNERS[found.header.sender])
        step = "open"
        return None, None, open_body(found, reader, [KEMS[reader]]).content["text"]
    except (FormatError, TrustError) as error:
        return step, code_of(error), ""


def cases(kind: str, good_only: bool = False) -> list:
    return [
        pytest.param(case, id=case["name"]) for case in V1[kind] if not (good_only and case["refused_at"] is not None)
    ]


@pytest.mark.parametrize("case", cases("envelopes"))
def test_a_recorded_envelope_gets_its_recorded_answer(case: dict) -> None:
    text = "" if case["refused_at"] else V1["body"]
    expected = (case["refused_at"], case["code"], text)
    assert refusal_of_envelope(b64decode(case["wire"]), case["reader"]) == expected


@pytest.mark.parametrize("case", cases("envelopes", good_only=True))
def test_a_reader_written_from_the_page_opens_it_too(case: dict) -> None:
    reader = case["reader"]
    seed = b64decode(V1["parties"][reader]["kem_seed"])
    assert read_envelope(b64decode(case["wire"]), reader, PUBLIC, seed)["content"]["text"] == V1["body"]


@pytest.mark.parametrize("case", cases("frames"))
def test_a_recorded_frame_gets_its_recorded_answer(case: dict) -> None:
    step, code = "parse", None
    try:
        signed = frames.parse(b64decode(case["wire"]))
        step = "verify"
        frames.verify(signed, SIGNERS[signed.frame.sender])
        step = None
    except (FormatError, TrustError) as error:
        code = code_of(error)
    assert (step, code) == (case["refused_at"], case["code"])
    if step is None:
        assert read_frame(b64decode(case["wire"]), PUBLIC)["payload"] == signed.frame.payload


@pytest.mark.parametrize("party", V1["parties"])
def test_recorded_cards_and_certificates_hold(party: str) -> None:
    held = V1["parties"][party]
    root, issuing = b64decode(V1["root"]), b64decode(V1["issuing"])
    certificate = verify_signing(b64decode(held["signing_certificate"]), root, issuing, from_text(V1["at"]))
    card = verify_card(b64decode(held["card"]), certificate.public, p256_point(issuing))
    assert (certificate.party, card.party) == (party, party)
    assert card.kem[0].key().public == KEMS[party].public
    assert card.mldsa_public() == SIGNERS[party].mldsa

"""Recorded messages stay readable for ever, and bad ones are refused at the step they name."""

import json
import re
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

import pytest
from second_reader import read_envelope, read_frame

from i247sim.security import envelope, frames
from i247sim.security.cards import verify_card
from i247sim.security.certificates import p256_point, verify_signing
from i247sim.security.keys import KemKey, Signer, key_id
from i247sim.security.sealing import open_body
from i247sim.vocabulary.errors import FormatError, I247Error, TrustError
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.times import from_text

FILES = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((Path(__file__).parent / "vectors").glob("*.json"))
}


@dataclass(frozen=True)
class Recorded:
    """The keys of one file."""

    signers: dict[str, Signer]
    kems: dict[str, KemKey]
    public: dict[str, tuple[bytes, bytes]]
    """What a stranger needs to check signatures."""


def recorded(held: dict) -> Recorded:
    signers = {}
    for party, keys in held.items():
        signing, mldsa = b64decode(keys["signing_public"]), b64decode(keys["mldsa_public"])
        signers[party] = Signer(party, key_id(signing), signing, mldsa)
    kems = {party: KemKey(b64decode(keys["kem_seed"])) for party, keys in held.items()}
    return Recorded(signers, kems, {party: (one.ed25519, one.mldsa or b"") for party, one in signers.items()})


KEYS = {name: recorded(file["parties"]) for name, file in FILES.items()}


def code_of(error: I247Error) -> str:
    return error.code if isinstance(error, TrustError) else "E-FORMAT"


def refusal_of_envelope(wire: bytes, reader: str, keys: Recorded) -> tuple[str | None, str | None, str]:
    """The step that refuses, its code, and otherwise the text."""
    step = "parse"
    try:
        found = envelope.parse(wire)
        step = "verify"
        envelope.verify(found, keys.signers[found.header.sender])
        step = "open"
        return None, None, open_body(found, reader, [keys.kems[reader]]).content["text"]
    except (FormatError, TrustError) as error:
        return step, code_of(error), ""


def cases(kind: str, good_only: bool = False) -> list:
    return [
        pytest.param(name, case, id=f"{name}: {case['name']}")
        for name, file in FILES.items()
        for case in file[kind]
        if not (good_only and case["refused_at"] is not None)
    ]


@pytest.mark.parametrize(("name", "case"), cases("envelopes"))
def test_a_recorded_envelope_gets_its_recorded_answer(name: str, case: dict) -> None:
    text = "" if case["refused_at"] else FILES[name]["body"]
    expected = (case["refused_at"], case["code"], text)
    assert refusal_of_envelope(b64decode(case["wire"]), case["reader"], KEYS[name]) == expected


@pytest.mark.parametrize(("name", "case"), cases("envelopes", good_only=True))
def test_a_reader_written_from_the_page_opens_it_too(name: str, case: dict) -> None:
    reader, file = case["reader"], FILES[name]
    seed = b64decode(file["parties"][reader]["kem_seed"])
    assert read_envelope(b64decode(case["wire"]), reader, KEYS[name].public, seed)["content"]["text"] == file["body"]


@pytest.mark.parametrize(("name", "case"), cases("frames"))
def test_a_recorded_frame_gets_its_recorded_answer(name: str, case: dict) -> None:
    step, code = "parse", None
    try:
        signed = frames.parse(b64decode(case["wire"]))
        step = "verify"
        frames.verify(signed, KEYS[name].signers[signed.frame.sender])
        step = None
    except (FormatError, TrustError) as error:
        code = code_of(error)
    assert (step, code) == (case["refused_at"], case["code"])
    if step is None:
        assert read_frame(b64decode(case["wire"]), KEYS[name].public) == json.loads(signed.frame_bytes)


def test_there_is_a_good_frame_of_every_type_and_a_bad_message_for_every_step() -> None:
    good = {case["name"] for file in FILES.values() for case in file["frames"] if case["refused_at"] is None}
    assert good == set(FrameType)
    for kind, steps in (("envelopes", {"parse", "verify", "open", None}), ("frames", {"parse", "verify", None})):
        assert {case["refused_at"] for file in FILES.values() for case in file[kind]} == steps


def test_the_second_reader_shares_no_code_with_the_package() -> None:
    source = (Path(__file__).parent / "second_reader.py").read_text(encoding="utf-8")
    imported = {word.split(".")[0] for word in re.findall(r"^(?:from|import) (\S+)", source, re.MULTILINE)}
    assert imported == {"json", "hashlib", "cryptography"}


@pytest.mark.parametrize(
    ("name", "party"), [(name, party) for name, file in FILES.items() for party in file["parties"]]
)
def test_recorded_cards_and_certificates_hold(name: str, party: str) -> None:
    file, keys = FILES[name], KEYS[name]
    held = file["parties"][party]
    root, issuing = b64decode(file["root"]), b64decode(file["issuing"])
    certificate = verify_signing(b64decode(held["signing_certificate"]), root, issuing, from_text(file["at"]))
    card = verify_card(b64decode(held["card"]), certificate.public, p256_point(issuing))
    assert (certificate.party, card.party) == (party, party)
    assert card.kem[0].key().public == keys.kems[party].public
    assert card.mldsa_public() == keys.signers[party].mldsa

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from sealed_world import END, NOON, RUN, START, World

from i247sim.security.authority import Authority
from i247sim.security.certificates import SIGNING_PURPOSE, is_authority, p256_point, party_name, subject, verify_signing
from i247sim.security.keys import SigningKey
from i247sim.vocabulary.errors import TrustError
from i247sim.vocabulary.parties import Role

SECOND = timedelta(seconds=1)


def held(world: World, der: bytes, at: datetime = NOON) -> str:
    return verify_signing(der, world.authority.root, world.authority.issuing, at).party


def leaf(world: World, **changes: object) -> bytes:
    """A signing certificate by the real issuing key, with one thing about it as ``changes`` says."""
    public: object = changes.get("public", Ed25519PublicKey.from_public_bytes(SigningKey.generate().public))
    signer = changes.get("signer", world.authority._issuing_key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(changes.get("subject", subject("FR")))
        .issuer_name(changes.get("issuer", subject(f"issuing {RUN}")))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=changes.get("ca", False), path_length=None), critical=True)
    )
    purposes = changes.get("purposes", [SIGNING_PURPOSE])
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    names = changes.get("names", [party_name("FR")])
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_certificate_as_prescribed_holds(world: World) -> None:
    assert held(world, leaf(world)) == "FR"
    assert held(world, world.ids["DE"].signing_cert) == "DE"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"purposes": [ExtendedKeyUsageOID.CLIENT_AUTH]}, id="for tls"),
        pytest.param({"purposes": [SIGNING_PURPOSE, ExtendedKeyUsageOID.CLIENT_AUTH]}, id="for two purposes"),
        pytest.param({"purposes": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]}, id="for any purpose"),
        pytest.param({"purposes": None}, id="for no purpose"),
        pytest.param({"names": None}, id="no name"),
        pytest.param({"names": [party_name("FR"), party_name("DE")]}, id="two names"),
        pytest.param({"names": [party_name("DE")]}, id="name and subject differ"),
        pytest.param({"subject": subject("DE")}, id="subject and name differ"),
        pytest.param({"names": [x509.DNSName("fr.example")]}, id="a host name"),
        pytest.param({"names": [x509.UniformResourceIdentifier("urn:i247:bureau:FR")]}, id="another kind of name"),
        pytest.param({"names": [party_name("FR/x")], "subject": subject("FR/x")}, id="a name that is no party id"),
        pytest.param({"ca": True}, id="an authority's"),
        pytest.param({"public": ec.generate_private_key(ec.SECP256R1()).public_key()}, id="p-256 key"),
        pytest.param({"public": Ed25519PublicKey.from_public_bytes(b"\1" + bytes(31))}, id="weak key"),
        pytest.param({"signer": ec.generate_private_key(ec.SECP256R1())}, id="signed by somebody"),
        pytest.param({"issuer": subject(f"root {RUN}")}, id="another issuer's name"),
    ],
)
def test_a_certificate_that_is_otherwise_in_one_thing_does_not_hold(world: World, changes: dict) -> None:
    with pytest.raises(TrustError):
        held(world, leaf(world, **changes))


def test_a_certificate_holds_from_its_first_to_its_last_second(world: World) -> None:
    der = world.ids["FR"].signing_cert
    assert [held(world, der, at) for at in (START, END)] == ["FR", "FR"]
    for at in (START - SECOND, END + SECOND):
        with pytest.raises(TrustError):
            held(world, der, at)


def test_a_certificate_issued_by_a_leaf_does_not_hold(world: World) -> None:
    """FR's own P-256 key issues: as issuing authority comes FR's TLS certificate."""
    holder = replace(world.authority, valid_from=START).issue("FR", Role.BUREAU, START, END)
    key = load_pem_private_key(holder.tls_key, None)
    middle = x509.load_pem_x509_certificate(holder.tls_cert).public_bytes(Encoding.DER)
    der = leaf(world, signer=key, issuer=subject("FR"))
    with pytest.raises(TrustError, match="chain"):
        verify_signing(der, world.authority.root, middle, NOON)


def test_another_root_with_the_same_names_is_not_this_one(world: World) -> None:
    other = Authority.create(RUN, datetime.now(UTC))
    der = other.issue("FR", Role.BUREAU, START, END).signing_cert
    with pytest.raises(TrustError, match="chain"):
        verify_signing(der, world.authority.root, other.issuing, NOON)
    with pytest.raises(TrustError, match="chain"):
        verify_signing(der, world.authority.root, world.authority.issuing, NOON)
    with pytest.raises(TrustError, match="chain"):
        verify_signing(world.ids["FR"].signing_cert, other.root, world.authority.issuing, NOON)


def test_noise_is_no_certificate(world: World) -> None:
    for noise in (b"", b"\x30\x00", world.ids["FR"].signing_cert[:-1], world.ids["FR"].card):
        with pytest.raises(TrustError):
            held(world, noise)
        assert not is_authority(noise)
        with pytest.raises(TrustError):
            p256_point(noise)


def test_only_an_authority_claims_to_be_one(world: World) -> None:
    assert is_authority(world.authority.root)
    assert is_authority(world.authority.issuing)
    assert not is_authority(world.ids["FR"].signing_cert)
    with pytest.raises(TrustError, match="P-256"):
        p256_point(world.ids["FR"].signing_cert)

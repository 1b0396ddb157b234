import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from sealed_world import END, NOON, RUN, START, World

from i247sim.security.authority import Authority
from i247sim.security.certificates import subject, verify_signing
from i247sim.security.keys import SigningKey
from i247sim.vocabulary.errors import InputError, TrustError
from i247sim.vocabulary.parties import Role, members


def request(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, name: x509.Name) -> bytes:
    hashing = hashes.SHA256() if isinstance(key, ec.EllipticCurvePrivateKey) else None
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashing).public_bytes(Encoding.DER)


def test_a_request_with_its_own_key_is_certified(world: World) -> None:
    key = SigningKey.generate()
    der = world.authority.certify(request(key.private, subject("FR")), "FR", START, END)
    found = verify_signing(der, world.authority.root, world.authority.issuing, NOON)
    assert (found.party, found.public, found.not_before, found.not_after) == ("FR", key.public, START, END)


@pytest.mark.parametrize(
    "party", ["", "fr", "FRA", "FR/BR", "FR.x", "FR-*", "FR>", "FR+", "FR#", "FR-a-b-c-d", "F\u0052\n"]
)
def test_an_id_that_is_no_party_s_is_not_certified(world: World, party: str) -> None:
    with pytest.raises(TrustError, match="party id"):
        world.authority.certify(request(SigningKey.generate().private, subject("FR")), party, START, END)


def test_a_request_that_names_somebody_else_is_refused(world: World) -> None:
    other_organization = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "FR")])
    for name in (subject("DE"), other_organization, x509.Name([])):
        with pytest.raises(TrustError, match="somebody else"):
            world.authority.certify(request(SigningKey.generate().private, name), "FR", START, END)


def test_a_request_without_proof_of_possession_is_refused(world: World) -> None:
    """The request carries DE's public key, and is signed with another one."""
    mine, theirs = SigningKey.generate(), world.ids["DE"].signing
    forged = request(mine.private, subject("FR")).replace(mine.public, theirs.public)
    with pytest.raises(TrustError, match="not signed with the key it carries"):
        world.authority.certify(forged, "FR", START, END)


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_a_weak_key_is_refused_even_if_a_signature_verifies(world: World, y: int) -> None:
    """With the identity as key, R = identity and S = 0 sign everything: OpenSSL agrees, the authority must not."""
    mine = SigningKey.generate()
    good = request(mine.private, subject("FR"))
    signature = x509.load_der_x509_csr(good).signature
    trivial = (1).to_bytes(32, "little") + bytes(32)
    forged = good.replace(mine.public, y.to_bytes(32, "little")).replace(signature, trivial)
    with pytest.raises(TrustError):
        world.authority.certify(forged, "FR", START, END)
    if y == 1:
        assert x509.load_der_x509_csr(forged).is_signature_valid
        with pytest.raises(TrustError, match="sound"):
            world.authority.certify(forged, "FR", START, END)


def test_other_kinds_of_keys_are_refused(world: World) -> None:
    p256, p384, edwards = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        SigningKey.generate().private,
    )
    with pytest.raises(TrustError, match="Ed25519"):
        world.authority.certify(request(p256, subject("FR")), "FR", START, END)
    for key in (p384, edwards):
        with pytest.raises(TrustError, match="P-256"):
            world.authority.certify_tls(request(key, subject("FR")), "FR")


@pytest.mark.parametrize("noise", [b"", b"\x30\x03\x02\x01\x00", b"x" * 100])
def test_noise_is_not_a_request(world: World, noise: bytes) -> None:
    with pytest.raises(TrustError):
        world.authority.certify(noise, "FR", START, END)


def test_certificates_say_training_and_the_broker_finds_its_user(world: World) -> None:
    tls = x509.load_pem_x509_certificate(world.ids["FR"].tls_cert)
    assert tls.subject.rfc4514_string() == "CN=FR,O=I247SIM TRAINING"
    for der in (world.authority.root, world.authority.issuing, world.ids["FR"].signing_cert):
        assert "I247SIM TRAINING" in x509.load_der_x509_certificate(der).subject.rfc4514_string()


def test_the_root_key_is_not_kept(world: World) -> None:
    held = [one for one in vars(world.authority).values() if isinstance(one, ec.EllipticCurvePrivateKey)]
    root = x509.load_der_x509_certificate(world.authority.root).public_key()
    assert [one.public_key() == root for one in held] == [False]


def test_a_broker_s_certificate_has_its_names(world: World) -> None:
    _, chain = world.authority.server_tls(["localhost", "127.0.0.1", "::1"])
    leaf, issuing = x509.load_pem_x509_certificates(chain)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(one.value) for one in names] == ["localhost", "127.0.0.1", "::1"]
    assert issuing.public_bytes(Encoding.DER) == world.authority.issuing
    with pytest.raises(InputError):
        world.authority.server_tls([])


def test_a_world_of_all_members_has_distinct_keys() -> None:
    authority = Authority.create(RUN, datetime.now(UTC))
    world = [authority.issue(party, Role.BUREAU, START, END) for party in members()]
    assert len(world) == 196
    for part in ("certificate_hash", "card_hash", "tls_key"):
        assert len({getattr(one, part) for one in world}) == 196
    assert len({one.kem[0].id for one in world}) == 196


def test_an_authority_comes_back_from_its_file(world: World, tmp_path: Path) -> None:
    key, path = bytes(range(32)), tmp_path / "authority.box"
    world.authority.save(path, key)
    loaded = Authority.load(path, key)
    assert (loaded.run, loaded.root, loaded.issuing, loaded.chain, loaded.valid_from, loaded.days) == (
        RUN,
        world.authority.root,
        world.authority.issuing,
        world.authority.chain,
        world.authority.valid_from,
        30,
    )
    frame = loaded.sign_directory(world.delta(2, world.entry("FR", clearance="restricted")), NOON)
    assert world.trust.advance(frame, [], NOON).directory.number == 2
    renewed = loaded.renew_card(world.ids["FR"], world.rotated("FR").kem[-1], START, END)
    assert renewed.card != world.ids["FR"].card
    for name, other in (("other.box", key), ("authority.box", bytes(32))):
        path.rename(tmp_path / name)
        path = tmp_path / name
        with pytest.raises(TrustError):
            Authority.load(path, other if name == "authority.box" else key)


def test_nothing_secret_shows(world: World) -> None:
    shown = repr(world.authority)
    assert world.authority._directory_key.secret().hex() not in shown
    assert "PRIVATE" not in shown
    assert hashlib.sha256(world.authority.root).hexdigest() not in shown


def test_without_ml_dsa_the_card_has_no_such_key(world: World) -> None:
    identity = world.authority.issue("NO", Role.BUREAU, START, END, mldsa=False)
    assert identity.mldsa is None
    assert identity.signer == replace(identity.signer, mldsa=None)

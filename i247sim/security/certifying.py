"""Makes certificates: an authority's, a party's for signing messages, and those for TLS. See ``certificates``.

Who may have one is ``authority``'s to say, but that a request proves possession of its key is checked here.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from i247sim.security.certificates import SIGNING_PURPOSE, party_name, subject
from i247sim.vocabulary.errors import TrustError
from i247sim.vocabulary.parties import is_party_id

# Certificates of the two authorities must hold both at real and at simulated time, and a scenario may play in any
# year. So they hold for all years that X.509 can write sensibly; limits in time are on the leaves, and an
# authority serves one run only, or the runs over one external broker (``Authority.for_run``).
ALWAYS: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC))
"""From and until, for the authorities."""

Life = tuple[datetime, datetime]
"""From and until when a certificate holds, UTC: simulated time for signing, real time for TLS."""


@dataclass(frozen=True)
class Issuer:
    """Who signs certificates."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey = field(repr=False)


def checked_request(csr_der: bytes, party: str) -> x509.CertificateSigningRequest:
    """The request in ``csr_der``, once it is signed with the key it carries and names ``party`` and nobody else.

    Raises ``TrustError``. Does not look at the kind of key.
    """
    if not is_party_id(party):
        raise TrustError(f"`{party:.40}` is not a party id")
    try:
        csr = x509.load_der_x509_csr(csr_der)
        signed = csr.is_signature_valid
    except ValueError:
        raise TrustError(f"the request for `{party}` is not a certificate request") from None
    if not signed:
        raise TrustError(f"the request for `{party}` is not signed with the key it carries")
    if csr.subject != subject(party):
        raise TrustError(f"the request for `{party}` names somebody else")
    return csr


def authority_certificate(name: x509.Name, key: ec.EllipticCurvePublicKey, issuer: Issuer, path_length: int) -> bytes:
    """An authority's own certificate (DER). ``path_length``: how many authorities may follow below it."""
    return _made(
        _begun(name, key, issuer, ALWAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(authority=True), critical=True),
        issuer,
    )


def signing_certificate(party: str, public: bytes, issuer: Issuer, life: Life) -> bytes:
    """A certificate (DER) for signing messages, for the raw Ed25519 key ``public``."""
    key = Ed25519PublicKey.from_public_bytes(public)
    names = x509.SubjectAlternativeName([party_name(party)])
    return _made(_leaf(party, key, issuer, SIGNING_PURPOSE, life).add_extension(names, critical=False), issuer)


def client_certificate(party: str, key: ec.EllipticCurvePublicKey, issuer: Issuer, life: Life) -> bytes:
    """A TLS certificate (DER) with which a party comes to a broker."""
    return _made(_leaf(party, key, issuer, ExtendedKeyUsageOID.CLIENT_AUTH, life), issuer)


def server_certificate(hosts: Sequence[str], key: ec.EllipticCurvePublicKey, issuer: Issuer, life: Life) -> bytes:
    """A TLS certificate (DER) for a broker reached under ``hosts`` (names or addresses)."""
    names = x509.SubjectAlternativeName([_host(name) for name in hosts])
    leaf = _leaf("broker", key, issuer, ExtendedKeyUsageOID.SERVER_AUTH, life)
    return _made(leaf.add_extension(names, critical=False), issuer)


def pem(der: bytes) -> bytes:
    """A certificate in PEM."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def _leaf(
    name: str,
    key: ec.EllipticCurvePublicKey | Ed25519PublicKey,
    issuer: Issuer,
    purpose: x509.ObjectIdentifier,
    life: Life,
) -> x509.CertificateBuilder:
    return (
        _begun(subject(name), key, issuer, life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    )


def _begun(
    name: x509.Name, key: ec.EllipticCurvePublicKey | Ed25519PublicKey, issuer: Issuer, life: Life
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(life[0])
        .not_valid_after(life[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    """An authority signs certificates and lists of revoked ones, anybody else signs what it says."""
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _made(builder: x509.CertificateBuilder, issuer: Issuer) -> bytes:
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)

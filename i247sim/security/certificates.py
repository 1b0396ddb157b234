"""What certificates look like here, and whether one for signing messages holds.

Root and issuing authority are P-256, since the library's path verifier refuses Ed25519 authorities. A signing
certificate has an Ed25519 key, the one purpose ``SIGNING_PURPOSE``, and exactly one name,
``urn:i247:party:<party>``. The path verifier knows nothing of our purpose and names: they are checked here.
Revocation is not in certificates but in the directory (``trust``).
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import ClientVerifier, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from i247sim.security.keys import is_weak_ed25519
from i247sim.vocabulary.errors import TrustError
from i247sim.vocabulary.parties import is_party_id

ORGANIZATION: Final = "I247SIM TRAINING"
SIGNING_PURPOSE: Final = x509.ObjectIdentifier("2.999.247.1")
"""Purpose "signs i247sim messages". 2.999 is the arc for examples (ITU-T X.660): fitting for a fictional network."""
_NAME_PREFIX: Final = "urn:i247:party:"


@lru_cache(maxsize=1024)
def subject(party: str) -> x509.Name:
    """``CN=<party>,O=I247SIM TRAINING`` (RFC 4514 order): the broker maps exactly this text to its user."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, party),
        ]
    )


def party_name(party: str) -> x509.UniformResourceIdentifier:
    """The one name in a signing certificate."""
    return x509.UniformResourceIdentifier(_NAME_PREFIX + party)


def is_authority(der: bytes) -> bool:
    """Whether ``der`` is a certificate that claims to be an authority's. Proves nothing."""
    try:
        constraints = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    return constraints.value.ca


def p256_point(der: bytes) -> bytes:
    """The P-256 key of an authority's certificate as an uncompressed point; raises ``TrustError``."""
    key = _load(der).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TrustError("an authority's key is not on P-256")
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass(frozen=True)
class SigningCertificate:
    """What a verified signing certificate says."""

    party: str
    public: bytes = field(repr=False)
    """Raw Ed25519 key."""
    not_before: datetime
    not_after: datetime


def verify_signing(der: bytes, root: bytes, issuing: bytes, at: datetime) -> SigningCertificate:
    """What ``der`` says, once it holds at simulated time ``at`` under ``root`` by way of ``issuing`` (both DER).

    Raises ``TrustError``. Does not look at revocation.
    """
    certificate = _load(der)
    try:
        _verifier(root, at).verify(certificate, [_authority(issuing)])
    except (VerificationError, ValueError) as error:
        raise TrustError(f"the certificate's chain does not hold: {str(error)[:120]}") from None
    try:
        extensions = certificate.extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        purposes = list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        names = list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise TrustError(f"the certificate lacks what a signing certificate has: {str(error)[:120]}") from None
    if constraints.ca:
        raise TrustError("the certificate is an authority's, not a party's")
    if purposes != [SIGNING_PURPOSE]:
        raise TrustError("the certificate is not for signing messages")
    party = names[0].value.removeprefix(_NAME_PREFIX) if _is_party_name(names) else ""
    if not is_party_id(party) or certificate.subject != subject(party):
        raise TrustError("the certificate does not name exactly one party")
    key = certificate.public_key()
    if not isinstance(key, Ed25519PublicKey) or is_weak_ed25519(key.public_bytes_raw()):
        raise TrustError("the certificate's key is not a sound Ed25519 key")
    return SigningCertificate(
        party, key.public_bytes_raw(), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    )


@lru_cache(maxsize=4)
def _verifier(root: bytes, at: datetime) -> ClientVerifier:
    """A whole directory is verified under one root and at one time."""
    return (
        PolicyBuilder()
        .store(Store([_load(root)]))
        .time(at)
        .max_chain_depth(1)
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(),
            # The defaults for leaves want a web purpose; everything a leaf must have is checked by `verify_signing`.
            ee_policy=ExtensionPolicy.permit_all(),
        )
        .build_client_verifier()
    )


@lru_cache(maxsize=4)
def _authority(der: bytes) -> x509.Certificate:
    return _load(der)


def _is_party_name(names: list[x509.GeneralName]) -> bool:
    return (
        len(names) == 1
        and isinstance(names[0], x509.UniformResourceIdentifier)
        and names[0].value.startswith(_NAME_PREFIX)
    )


def _load(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        raise TrustError("not a certificate") from None

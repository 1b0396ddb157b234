"""Lists of revoked TLS certificates (RFC 5280, section 5), for brokers that read one.

Inside the network nobody asks such a list: messages are judged by the directory (``trust``). It is for a broker that
somebody else runs, which knows certificates only.
"""

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from i247sim.vocabulary.errors import InputError


def sign_list(
    issuing: bytes, key: ec.EllipticCurvePrivateKey, serials: Iterable[int], at: datetime, until: datetime
) -> bytes:
    """The list as PEM, signed by the authority ``issuing`` (DER). ``at`` and ``until`` are real time, UTC.

    A broker admits *nobody* once ``until`` is over.
    """
    authority = x509.load_der_x509_certificate(issuing)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(at)
        .next_update(until)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        # Numbers must grow (5.2.3); microseconds do, and nobody has to remember the last one.
        .add_extension(x509.CRLNumber(int(at.timestamp() * 1_000_000)), critical=False)
    )
    for serial in sorted(set(serials)):
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        builder = builder.add_revoked_certificate(one)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def serials_in(listed: bytes) -> frozenset[int]:
    """The serial numbers on a list (PEM). Raises ``InputError``; does not check who signed it."""
    try:
        return frozenset(one.serial_number for one in x509.load_pem_x509_crl(listed))
    except ValueError as error:
        raise InputError("the list of revoked certificates is not readable PEM") from error


def serial_of(certificates: bytes) -> int:
    """The serial number of the first certificate in ``certificates`` (PEM)."""
    return x509.load_pem_x509_certificate(certificates).serial_number

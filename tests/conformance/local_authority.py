"""A certificate authority for tests, made in code: a root, an issuing authority, leaves."""

import datetime
import ipaddress
import ssl
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from i247sim.security.authority import Authority
from i247sim.security.tls import client_context
from i247sim.transport.embedded import ServerTls as Tls
from i247sim.vocabulary.parties import Role

ORGANISATION = "I247SIM TRAINING"
_NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
_ANYBODY = Authority.create("0" * 12, _NOW).issue("FR", Role.BUREAU, _NOW, _NOW + datetime.timedelta(days=1))
"""Has everything that a party has; a link shows of it the certificate alone."""


def dn_of(party: str) -> str:
    return f"CN={party},O={ORGANISATION}"


def _name(common_name: str) -> x509.Name:
    # RFC 4514 text turns the order round: written here as O, CN, it reads CN=...,O=...
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def link_tls(shown: Tls) -> ssl.SSLContext:
    """What a party's link wants that shows these certificates."""
    root = ssl.PEM_cert_to_DER_cert(shown.authorities.decode("ascii"))
    return client_context(root, replace(_ANYBODY, tls_key=shown.key, tls_cert=shown.certificates))


class LocalAuthority:
    """Two of them have the same names and nothing else in common: each is the other's look-alike."""

    def __init__(self) -> None:
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._root = self._certificate("ROOT", self._root_key.public_key(), "ROOT", self._root_key, ca=True)
        self._issuing = self._certificate("ISSUING", self._key.public_key(), "ROOT", self._root_key, ca=True)

    def party(self, party: str, *, days: int = 1) -> Tls:
        return self._leaf(party, ExtendedKeyUsageOID.CLIENT_AUTH, [], days)

    def signer(self, party: str) -> Tls:
        """A certificate for something other than TLS."""
        return self._leaf(party, ExtendedKeyUsageOID.EMAIL_PROTECTION, [], 1)

    def broker(self) -> Tls:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return self._leaf("BROKER", ExtendedKeyUsageOID.SERVER_AUTH, names, 1)

    def _leaf(self, common_name: str, usage: x509.ObjectIdentifier, names: list[x509.GeneralName], days: int) -> Tls:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._certificate(
            common_name, key.public_key(), "ISSUING", self._key, usage=usage, names=names, days=days
        )
        return Tls(
            authorities=_pem(self._root),
            certificates=_pem(leaf) + _pem(self._issuing),
            key=key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )

    def _certificate(
        self,
        subject: str,
        public_key: ec.EllipticCurvePublicKey,
        issuer: str,
        issuer_key: ec.EllipticCurvePrivateKey,
        *,
        ca: bool = False,
        usage: x509.ObjectIdentifier | None = None,
        names: list[x509.GeneralName] | None = None,
        days: int = 1,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name(issuer))
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(_NOW - datetime.timedelta(days=3))
            .not_valid_after(_NOW + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        )
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

"""TLS contexts: version 1.3 only, both ends with certificates, host names checked."""

import ssl
import tempfile
from pathlib import Path
from secrets import token_hex

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from i247sim.security.keys import Identity


def client_context(root_der: bytes, identity: Identity) -> ssl.SSLContext:
    """For a party's connection to the broker, trusting the run's root alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _load(context, root_der, identity.tls_key, identity.tls_cert)
    return context


def stranger_context(root_der: bytes) -> ssl.SSLContext:
    """For somebody without any certificate, who trusts the run's root: to see that the broker does not let it in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=root_der)
    return context


def server_context(root_der: bytes, key_pem: bytes, chain_pem: bytes) -> ssl.SSLContext:
    """For a server of our own (tests, tools): clients need a certificate of the run. See ``Authority.server_tls``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    _load(context, root_der, key_pem, chain_pem)
    return context


def browser_context(key_pem: bytes, chain_pem: bytes) -> ssl.SSLContext:
    """For a server that browsers come to: they show no certificate and sign in with a token."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    _load_chain(context, key_pem, chain_pem)
    return context


def root_pem(root_der: bytes) -> bytes:
    """The root certificate as a broker's configuration wants it."""
    return x509.load_der_x509_certificate(root_der).public_bytes(Encoding.PEM)


def _load(context: ssl.SSLContext, root_der: bytes, key_pem: bytes, chain_pem: bytes) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=root_der)
    _load_chain(context, key_pem, chain_pem)


def _load_chain(context: ssl.SSLContext, key_pem: bytes, chain_pem: bytes) -> None:
    # The ssl module takes keys from files only. So the key lies on disk for a moment, in a folder of the owner
    # alone, and never in clear: it is encrypted under a password that is forgotten right after.
    password = token_hex(32)
    encrypted = load_pem_private_key(key_pem, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode())
    )
    with tempfile.TemporaryDirectory(prefix="i247sim-tls-") as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_bytes(chain_pem)
        key.write_bytes(encrypted)
        context.load_cert_chain(chain, key, password)

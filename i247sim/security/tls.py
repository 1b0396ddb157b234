"""TLS contexts: version 1.3 only, both ends with certificates, host names checked."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from i247sim.security.keys import Identity
from i247sim.vocabulary.errors import InputError


def client_context(root_der: bytes, identity: Identity) -> ssl.SSLContext:
    """For a party's connection to the broker, trusting the run's root alone."""
    context = stranger_context(root_der)
    _load_chain(context, identity.tls_key, identity.tls_cert)
    return context


def stranger_context(root_der: bytes) -> ssl.SSLContext:
    """For somebody without any certificate, who trusts the run's root: to see that the broker does not let it in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=root_der)
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


def _load_chain(context: ssl.SSLContext, key_pem: bytes, chain_pem: bytes) -> None:
    # The ssl module takes keys by the name of a file only. A pipe has a name too, and keeps every key off the disk.
    with _named(chain_pem) as chain, _named(key_pem) as key:
        try:
            context.load_cert_chain(chain, key, password="")  # an encrypted key is refused; no terminal is asked
        except OSError as error:  # that a pipe cannot be rewound hides the library's own reason
            raise ssl.SSLError("not a readable key and certificate chain that belong together") from error


@contextmanager
def _named(data: bytes) -> Iterator[str]:
    """The name under which ``data`` can be read once, by this process, as long as this is open."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb"):
        with os.fdopen(write_end, "wb", buffering=0) as into:
            os.set_blocking(write_end, False)
            if into.write(data) != len(data):
                raise InputError(f"a key or certificate chain of {len(data)} bytes: expected what fits into a pipe")
        yield f"/dev/fd/{read_end}"

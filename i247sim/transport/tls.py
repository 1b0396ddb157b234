"""TLS settings for both ends of a broker connection, from PEM bytes. No cryptography happens here.

Always TLS 1.3 and always mutual. Python's ``ssl`` reads a key only from a file, so it stands in a private
folder for the moment of reading.
"""

import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from i247sim.vocabulary.errors import InputError


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """What one end needs, as PEM."""

    authorities: bytes
    """Certificates of those whom this end believes: the root, and issuing authorities if peers do not send them."""
    certificates: bytes
    """This end's certificate, followed by those between it and the root."""
    key: bytes = field(repr=False)
    """This end's private key, PKCS#8, not encrypted."""


def client_context(material: TlsMaterial) -> ssl.SSLContext:
    """For a link: shows this certificate, believes only brokers of this authority, checks their host name.

    Raises ``InputError`` when the material is not usable.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # requires a certificate and checks the host name
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(cadata=material.authorities.decode("ascii"))
        with tempfile.TemporaryDirectory(prefix="i247-") as folder:  # made with mode 0700
            both = Path(folder, "own.pem")
            both.write_bytes(material.key + b"\n" + material.certificates)
            context.load_cert_chain(both)
    except (ssl.SSLError, ValueError) as error:
        raise InputError(
            "the certificates or the key of a link are not readable PEM, or do not belong together"
        ) from error
    return context

"""Keys for the tests of the log: real Ed25519, made here, since ``audit`` knows no cryptography."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from i247sim.audit.checkpoint import NoteSigner, NoteVerifier, log_name, witness_name
from i247sim.vocabulary.errors import TrustError

RUN = "0123456789ab"
Keys = tuple[NoteSigner, NoteVerifier]


def make_key(name: str) -> Keys:
    private = Ed25519PrivateKey.generate()
    public = private.public_key()

    def verify(signature: bytes, message: bytes) -> None:
        try:
            public.verify(signature, message)
        except InvalidSignature:
            raise TrustError("wrong signature") from None

    raw = public.public_bytes_raw()
    return NoteSigner(name, raw, private.sign), NoteVerifier(name, raw, verify)


HUB = make_key(log_name(RUN))
PARIS = make_key(witness_name(RUN, "FR"))
OSLO = make_key(witness_name(RUN, "NO"))

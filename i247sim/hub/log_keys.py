"""Who signs the hub's log, and who vouches for it: keys as the evidence log wants them."""

from i247sim.audit.checkpoint import NoteSigner, NoteVerifier, log_name, witness_name
from i247sim.security.keys import Identity, verify_ed25519


def log_keys(identity: Identity) -> tuple[NoteSigner, NoteVerifier]:
    """The hub's key as signer and verifier of its own log."""
    name, key = log_name(identity.run), identity.signing
    return NoteSigner(name, key.public, key.sign), _verifier(name, key.public)


def witness(run: str, party: str, ed25519: bytes) -> NoteVerifier:
    """A party's public key as verifier of its cosignatures."""
    return _verifier(witness_name(run, party), ed25519)


def _verifier(name: str, ed25519: bytes) -> NoteVerifier:
    return NoteVerifier(name, ed25519, lambda signature, message: verify_ed25519(ed25519, signature, message))

"""Key cards: a party says which keys messages for it are sealed to, and the issuing authority agrees.

A card is signed by the party (so that nobody, the hub and the authority included, can put a key in its name alone)
and countersigned by the issuing key. Cards of one party form a chain by number and hash. Wire: ``docs/wire.md``.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final, Literal, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import Field, model_validator

from i247sim.security.framing import Reader, sized
from i247sim.security.keys import (
    ED25519_SIGNATURE_BYTES,
    MLDSA_PUBLIC_BYTES,
    KemPublic,
    SigningKey,
    key_id,
    load_kem,
    verify_ed25519,
)
from i247sim.vocabulary.codec import Word, canonical, decode
from i247sim.vocabulary.entries import Base64
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.messages import Digest, KeyId, RunId
from i247sim.vocabulary.parties import PartyId
from i247sim.vocabulary.times import SimTime

MAGIC: Final = b"i247k1"
MAX_CARD_BYTES: Final = 16 * 1024
MAX_KEM_KEYS: Final = 4
_MAX_ECDSA_BYTES: Final = 72
_DOMAIN: Final = b"i247/v1/card\0"
_COUNTER_DOMAIN: Final = b"i247/v1/card-counter\0"


class KemEntry(Word):
    """One KEM key with its validity in simulated time, both ends included."""

    id: KeyId
    public: Base64
    not_before: SimTime
    not_after: SimTime

    def valid(self, at: datetime) -> bool:
        """Whether something may be sealed to this key at ``at``."""
        return self.not_before <= at <= self.not_after

    def key(self) -> KemPublic:
        """The key itself, as raw bytes."""
        return _kem_public(self.id, self.public)


@lru_cache(maxsize=2048)
def _kem_public(id_: str, public: str) -> KemPublic:
    return KemPublic(id_, base64.b64decode(public))


class KeyCard(Word):
    """What a card states."""

    v: Literal[1] = 1
    run: RunId
    party: PartyId
    number: Annotated[int, Field(ge=1, strict=True)]
    previous: Digest | None = None
    """SHA-256 of the card before; absent on number 1 only."""
    certificate: Digest
    """SHA-256 of the signing certificate (DER) whose key signs this card."""
    kem: Annotated[tuple[KemEntry, ...], Field(min_length=1, max_length=MAX_KEM_KEYS)]
    """Newest last."""
    mldsa: Base64 | None = None
    """Raw ML-DSA-65 public key, for suite ``i247-2``."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.number == 1) != (self.previous is None):
            raise ValueError("every card but the first names the one before")
        if len({one.id for one in self.kem}) != len(self.kem):
            raise ValueError("a KEM key stands twice on the card")
        if any(one.not_before > one.not_after for one in self.kem):
            raise ValueError("a KEM key's validity ends before it begins")
        return self

    def mldsa_public(self) -> bytes | None:
        """The raw ML-DSA-65 key, if the card has one."""
        return None if self.mldsa is None else base64.b64decode(self.mldsa)


@dataclass(frozen=True)
class SignedCard:
    """A well-formed card: nothing is verified yet."""

    card: KeyCard
    card_bytes: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    countersignature: bytes = field(repr=False)


def card_hash(wire: bytes) -> str:
    """SHA-256 of a card's wire, in hex: its name in the directory and in the next card."""
    return hashlib.sha256(wire).hexdigest()


def sign_card(card: KeyCard, key: SigningKey, issuing: ec.EllipticCurvePrivateKey) -> bytes:
    """The wire of a card, signed by the party and countersigned by the issuing authority."""
    data = canonical(card)
    signature = key.sign(_DOMAIN + hashlib.sha256(data).digest())
    countersignature = issuing.sign(_counter_input(data, signature), ec.ECDSA(hashes.SHA256()))
    return MAGIC + sized(data) + signature + sized(countersignature)


def _counter_input(data: bytes, signature: bytes) -> bytes:
    return _COUNTER_DOMAIN + hashlib.sha256(data + signature).digest()


def parse_card(wire: bytes) -> SignedCard:
    """Strictly read a card; raises ``FormatError``. Verifies nothing."""
    reader = Reader(wire)
    if reader.fixed(len(MAGIC)) != MAGIC:
        raise FormatError(f"not a key card of version `{MAGIC.decode()}`")
    data = reader.sized(MAX_CARD_BYTES)
    signature = reader.fixed(ED25519_SIGNATURE_BYTES)
    countersignature = reader.sized(_MAX_ECDSA_BYTES)
    reader.end()
    return SignedCard(decode(KeyCard, data, MAX_CARD_BYTES), data, signature, countersignature)


def verify_card(wire: bytes, signing_public: bytes, issuing_public: bytes) -> KeyCard:
    """The card, once both signatures and every key on it hold.

    ``signing_public`` is the party's raw Ed25519 key, ``issuing_public`` the issuing authority's P-256 key as an
    uncompressed point. Raises ``FormatError`` or ``TrustError``. Whose card it is, its number and its certificate
    are the caller's to compare (``trust``).
    """
    signed = parse_card(wire)
    verify_ed25519(signing_public, signed.signature, _DOMAIN + hashlib.sha256(signed.card_bytes).digest())
    data = _counter_input(signed.card_bytes, signed.signature)
    try:
        _p256(issuing_public).verify(signed.countersignature, data, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        raise TrustError("the key card is not countersigned by the issuing authority") from None
    for entry in signed.card.kem:
        public = _decoded(entry.public)
        load_kem(public)
        if key_id(public) != entry.id:
            raise TrustError(f"the KEM key `{entry.id}` has another id", "E-KEY")
    if signed.card.mldsa is not None and len(_decoded(signed.card.mldsa)) != MLDSA_PUBLIC_BYTES:
        raise TrustError("the ML-DSA-65 key on the card has another length", "E-KEY")
    return signed.card


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise FormatError("a key on the card is not base64") from None


@lru_cache(maxsize=64)
def _p256(public: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)

"""Key pairs: Ed25519 and ML-DSA-65 for signing, X-Wing (ML-KEM-768 + X25519) for sealing.

Private keys exist as seeds of 32 bytes, so that every kind is stored the same way. No ``repr`` shows one.
Public keys travel as raw bytes and are named by ``key_id``.
"""

import hashlib
import os
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from i247sim.vocabulary.errors import TrustError
from i247sim.vocabulary.messages import Suite
from i247sim.vocabulary.parties import Role

ED25519_SIGNATURE_BYTES: Final = 64
MLDSA_SIGNATURE_BYTES: Final = 3309
MLDSA_PUBLIC_BYTES: Final = 1952
_MLKEM_PUBLIC_BYTES: Final = 1184
KEM_PUBLIC_BYTES: Final = _MLKEM_PUBLIC_BYTES + 32

HPKE: Final = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
"""The one HPKE suite (RFC 9180 base mode; the KEM is X-Wing, id 0x647A, still an Internet-Draft)."""


def key_id(public: bytes) -> str:
    """The name of a raw public key: the first 64 bits of its SHA-256, in hex."""
    return hashlib.sha256(public).hexdigest()[:16]


class SigningKey:
    """An Ed25519 private key (RFC 8032)."""

    __slots__ = ("_private", "id", "public")

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public: bytes = self._private.public_key().public_bytes_raw()
        self.id: str = key_id(self.public)

    @classmethod
    def generate(cls) -> Self:
        """A new key from the system's randomness."""
        return cls(os.urandom(32))

    @property
    def private(self) -> Ed25519PrivateKey:
        """The library's key object, for signing certificate requests."""
        return self._private

    def secret(self) -> bytes:
        """The seed of 32 bytes, for key files only."""
        return self._private.private_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """64 bytes. Callers sign a domain string and a digest, never foreign bytes alone."""
        signature = self._private.sign(data)
        _remember(self.public, signature, data)
        return signature

    def __repr__(self) -> str:
        return f"SigningKey({self.id})"


class MldsaKey:
    """An ML-DSA-65 private key (FIPS 204), beside Ed25519 in suite ``i247-2``."""

    __slots__ = ("_private", "_seed", "public")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._private = MLDSA65PrivateKey.from_seed_bytes(seed)
        self.public: bytes = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> Self:
        """A new key from the system's randomness."""
        return cls(os.urandom(32))

    def secret(self) -> bytes:
        """The seed of 32 bytes, for key files only."""
        return self._seed

    def sign(self, data: bytes) -> bytes:
        """3309 bytes, hedged: signing twice gives two signatures."""
        return self._private.sign(data)

    def __repr__(self) -> str:
        return f"MldsaKey({key_id(self.public)})"


class KemKey:
    """An X-Wing private key: what opens a stanza."""

    __slots__ = ("_private", "_seed", "id", "public")

    def __init__(self, seed: bytes) -> None:
        """``seed``: 32 bytes; raises ``ValueError`` for any other number, which would be stretched as well."""
        if len(seed) != 32:
            raise ValueError(f"an X-Wing seed has 32 bytes, not {len(seed)}")
        # X-Wing (draft-connolly-cfrg-xwing-kem): SHAKE-256 stretches the seed to d, z and the X25519 scalar.
        stretched = hashlib.shake_256(seed).digest(96)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(stretched[:64])
        x25519 = X25519PrivateKey.from_private_bytes(stretched[64:])
        self._seed = seed
        self._private = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public: bytes = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        self.id: str = key_id(self.public)

    @classmethod
    def generate(cls) -> Self:
        """A new key from the system's randomness."""
        return cls(os.urandom(32))

    @property
    def private(self) -> hpke.MLKEM768X25519PrivateKey:
        """The library's key object, for opening."""
        return self._private

    def secret(self) -> bytes:
        """The seed of 32 bytes, for key files only."""
        return self._seed

    def __repr__(self) -> str:
        return f"KemKey({self.id})"


@dataclass(frozen=True)
class KemPublic:
    """A party's public KEM key, raw: 1184 bytes of ML-KEM-768, then 32 of X25519."""

    id: str
    public: bytes = field(repr=False)


@lru_cache(maxsize=2048)
def load_kem(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    """The library's object for a raw KEM key.

    Raises ``TrustError`` (``E-KEY``) on a wrong length, an ML-KEM key that is not reduced modulo q, or an X25519
    point of low order (its shared secret would be known to everybody).
    """
    if len(public) != KEM_PUBLIC_BYTES:
        raise TrustError(f"a KEM key of {len(public)} bytes, not {KEM_PUBLIC_BYTES}", "E-KEY")
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_BYTES])
        x25519 = X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_BYTES:])
        # The library refuses a low-order point only when it is used. The probe's secrecy does not matter.
        _PROBE.exchange(x25519)
    except ValueError as error:
        raise TrustError(f"not a usable KEM key: {error}", "E-KEY") from None
    return hpke.MLKEM768X25519PublicKey(mlkem, x25519)


_PROBE = X25519PrivateKey.from_private_bytes(bytes(range(32)))

_P: Final = 2**255 - 19
_ORDER_8_Y: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_Y: Final = frozenset(
    {
        0,
        1,
        _P - 1,
        _ORDER_8_Y,
        _P - _ORDER_8_Y,
    }
)
"""The y coordinates of the eight points whose order divides 8."""


def is_weak_ed25519(public: bytes) -> bool:
    """Whether a raw Ed25519 key must not be certified: wrong length, not canonical (y ≥ p), or of small order.

    OpenSSL accepts such keys, and then one fixed signature may verify for every message.
    """
    if len(public) != 32:
        return True
    y = int.from_bytes(public, "little") & (2**255 - 1)
    return y >= _P or y in _SMALL_ORDER_Y


@lru_cache(maxsize=2048)
def _ed25519(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


@lru_cache(maxsize=2048)
def _mldsa(public: bytes) -> MLDSA65PublicKey:
    return MLDSA65PublicKey.from_public_bytes(public)


_VERIFIED: Final[dict[tuple[bytes, bytes, bytes], None]] = {}
"""(Key, signature, data) of signatures that hold, the oldest first."""
_MOST_VERIFIED: Final = 4096


def verify_ed25519(public: bytes, signature: bytes, data: bytes) -> None:
    """Raises ``TrustError`` unless ``signature`` is the key's over ``data``.

    Whether it is depends on these bytes alone. So what verified in this process (all readers of a message check the
    same), or was made in it with that key, is remembered; what did not is never remembered.
    """
    if (public, signature, data) in _VERIFIED:
        return
    try:
        _ed25519(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        raise TrustError("the Ed25519 signature does not verify") from None
    _remember(public, signature, data)


def _remember(public: bytes, signature: bytes, data: bytes) -> None:
    if len(_VERIFIED) >= _MOST_VERIFIED:
        _VERIFIED.pop(next(iter(_VERIFIED)), None)
    _VERIFIED[public, signature, data] = None


def forget_verified() -> None:
    """Verify everything anew from now on, as another process would: for measuring."""
    _VERIFIED.clear()
    verify_mldsa.cache_clear()


@lru_cache(maxsize=256)
def verify_mldsa(public: bytes, signature: bytes, data: bytes) -> None:
    """The same for ML-DSA-65."""
    try:
        _mldsa(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        raise TrustError("the ML-DSA-65 signature does not verify") from None


SIGNATURE_BYTES: Final[dict[Suite, tuple[int, ...]]] = {
    Suite.V1: (ED25519_SIGNATURE_BYTES,),
    Suite.V2: (ED25519_SIGNATURE_BYTES, MLDSA_SIGNATURE_BYTES),
}
"""Which signatures a message of a suite carries, in this order: all of them, none more."""


@dataclass(frozen=True)
class Signer:
    """A party's public signing keys, as ``trust.Trust.signer`` found them good at some simulated time."""

    party: str
    id: str
    """Key id of the Ed25519 key; the ML-DSA key is bound to it by the key card."""
    ed25519: bytes = field(repr=False)
    mldsa: bytes | None = field(default=None, repr=False)

    def verify(self, suite: Suite, signatures: tuple[bytes, ...], data: bytes) -> None:
        """Raises ``TrustError`` unless every signature that ``suite`` asks for is there and verifies."""
        if tuple(len(one) for one in signatures) != SIGNATURE_BYTES[suite]:
            raise TrustError(f"not the signatures that suite `{suite}` asks for")
        verify_ed25519(self.ed25519, signatures[0], data)
        if suite is Suite.V2:
            if self.mldsa is None:
                raise TrustError(f"`{self.party}` has no ML-DSA-65 key, suite `{suite}` needs one")
            verify_mldsa(self.mldsa, signatures[1], data)


@dataclass(frozen=True)
class Identity:
    """Everything a party holds. Its ``repr`` shows ids only."""

    run: str
    party: str
    role: Role
    signing: SigningKey
    signing_cert: bytes = field(repr=False)
    """DER, judged at simulated time."""
    mldsa: MldsaKey | None
    tls_key: bytes = field(repr=False)
    """PKCS#8 in PEM, not encrypted."""
    tls_cert: bytes = field(repr=False)
    """PEM: leaf, then issuing certificate; judged at real time."""
    kem: tuple[KemKey, ...]
    """Newest last. A key that was dropped can open nothing any more."""
    card: bytes = field(repr=False)
    """The current key card (``cards``)."""

    @property
    def signer(self) -> Signer:
        """The public half, for verifying one's own; everybody else asks a ``trust.Trust``."""
        return Signer(
            self.party, self.signing.id, self.signing.public, None if self.mldsa is None else self.mldsa.public
        )

    @property
    def certificate_hash(self) -> str:
        """The signing certificate's name in the directory (``PartyEntry.certificate``)."""
        return hashlib.sha256(self.signing_cert).hexdigest()

    @property
    def card_hash(self) -> str:
        """The key card's name in the directory (``PartyEntry.card``)."""
        return hashlib.sha256(self.card).hexdigest()

    def sign(self, suite: Suite, data: bytes) -> tuple[bytes, ...]:
        """All signatures that ``suite`` asks for. Raises ``TrustError`` if a key for it is missing."""
        first = self.signing.sign(data)
        if suite is Suite.V1:
            return (first,)
        if self.mldsa is None:
            raise TrustError(f"`{self.party}` has no ML-DSA-65 key, suite `{suite}` needs one")
        return (first, self.mldsa.sign(data))

"""Private keys at rest.

Within a workspace: AES-256-GCM under a random key that only the owner of a 0600 file can read. For another machine:
a passphrase stretched by Argon2id (RFC 9106; 64 MiB, 3 passes). The *name* of the file is bound in, and an
identity's file is named after its party, so that files cannot change places.
"""

import base64
import os
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from i247sim.security.files import open_plain
from i247sim.security.keys import Identity, KemKey, MldsaKey, SigningKey
from i247sim.vocabulary.codec import Word, base64_text, canonical, decode
from i247sim.vocabulary.entries import Base64
from i247sim.vocabulary.errors import FormatError, InputError, TrustError
from i247sim.vocabulary.limits import MAX_FRAME_BYTES
from i247sim.vocabulary.messages import RunId
from i247sim.vocabulary.parties import PartyId, Role

_BOX_MAGIC: Final = b"i247b1"
_EXPORT_MAGIC: Final = b"i247x1"
_NONCE_BYTES: Final = 12
_SALT_BYTES: Final = 16
_ARGON_KIB: Final = 64 * 1024
_ARGON_PASSES: Final = 3
_MAX_FILE_BYTES: Final = MAX_FRAME_BYTES


class _Stored(Word):
    """An identity at rest: seeds, certificates, card."""

    run: RunId
    party: PartyId
    role: Role
    signing: Base64
    signing_cert: Base64
    mldsa: Base64 | None = None
    tls_key: Base64
    tls_cert: Base64
    kem: tuple[Base64, ...]
    card: Base64


def new_workspace_key(path: Path) -> bytes:
    """32 random bytes, written to a new file that only its owner can read. Raises ``InputError`` if it exists."""
    key = os.urandom(32)
    try:
        _write(path, key, os.O_EXCL)
    except FileExistsError:
        raise InputError(f"`{path}` exists; a workspace key is made once") from None
    return key


def load_workspace_key(path: Path) -> bytes:
    """The key of ``new_workspace_key``. Raises ``InputError`` if it is missing, has another size, or may be read by
    anybody but its owner."""
    key, mode = _plain(path, 33, "the workspace key ")
    if mode & 0o077:
        raise InputError(f"`{path}` has mode {mode:04o}, so others may use it; expected 0600")
    if len(key) != 32:
        raise InputError(f"`{path}` is not a workspace key of 32 bytes")
    return key


def write_box(path: Path, content: bytes, workspace_key: bytes, purpose: str) -> None:
    """Seal ``content`` into a 0600 file. ``purpose`` says what it holds and must be the same when reading."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(workspace_key).encrypt(nonce, content, _bound(_BOX_MAGIC, purpose, path))
    _write(path, _BOX_MAGIC + nonce + sealed, os.O_TRUNC)


def read_box(path: Path, workspace_key: bytes, purpose: str) -> bytes:
    """The inverse of ``write_box``; raises ``TrustError`` if file, name, purpose and key do not belong together."""
    data = _read(path)
    start = len(_BOX_MAGIC)
    nonce, sealed = data[start : start + _NONCE_BYTES], data[start + _NONCE_BYTES :]
    try:
        return AESGCM(workspace_key).decrypt(nonce, sealed, _bound(data[:start], purpose, path))
    except (InvalidTag, ValueError):
        raise TrustError(f"`{path}` does not open: other key, other name, or changed", "E-KEY") from None


def save_identity(identity: Identity, path: Path, workspace_key: bytes) -> None:
    """Write an identity to ``<party>.<anything>``."""
    _check_name(path, identity.party)
    write_box(path, _to_bytes(identity), workspace_key, "identity")


def load_identity(path: Path, workspace_key: bytes) -> Identity:
    """The inverse of ``save_identity``; raises ``TrustError``."""
    identity = _from_bytes(read_box(path, workspace_key, "identity"))
    _check_name(path, identity.party)
    return identity


def export_identity(identity: Identity, path: Path, passphrase: str) -> None:
    """Write an identity for another machine, to ``<party>.<anything>``. Takes about 0.2 s."""
    _check_name(path, identity.party)
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_stretch(passphrase, salt)).encrypt(
        nonce, _to_bytes(identity), _bound(_EXPORT_MAGIC, "identity", path)
    )
    _write(path, _EXPORT_MAGIC + salt + nonce + sealed, os.O_TRUNC)


def import_identity(path: Path, passphrase: str) -> Identity:
    """The inverse of ``export_identity``; raises ``TrustError``. The file must still have its name."""
    data = _read(path)
    cut = [len(_EXPORT_MAGIC), len(_EXPORT_MAGIC) + _SALT_BYTES, len(_EXPORT_MAGIC) + _SALT_BYTES + _NONCE_BYTES]
    magic, salt, nonce, sealed = data[: cut[0]], data[cut[0] : cut[1]], data[cut[1] : cut[2]], data[cut[2] :]
    if magic != _EXPORT_MAGIC or not sealed:
        raise TrustError(f"`{path}` is not an exported identity", "E-KEY")
    try:
        content = AESGCM(_stretch(passphrase, salt)).decrypt(nonce, sealed, _bound(magic, "identity", path))
    except (InvalidTag, ValueError):
        raise TrustError(f"`{path}` does not open: other passphrase, other name, or changed", "E-KEY") from None
    identity = _from_bytes(content)
    _check_name(path, identity.party)
    return identity


def _stretch(passphrase: str, salt: bytes) -> bytes:
    return Argon2id(salt=salt, length=32, iterations=_ARGON_PASSES, lanes=1, memory_cost=_ARGON_KIB).derive(
        passphrase.encode()
    )


def _bound(magic: bytes, purpose: str, path: Path) -> bytes:
    return magic + b"/" + purpose.encode() + b"/" + path.name.encode()


def _check_name(path: Path, party: str) -> None:
    if path.stem != party:
        raise TrustError(f"`{path.name}` is not named after its party `{party}`", "E-KEY")


def _write(path: Path, data: bytes, how: int) -> None:
    """With ``O_EXCL`` the file must be new; with ``O_TRUNC`` it takes an old one's place, as a whole or not at all."""
    target = path if how == os.O_EXCL else path.with_name(path.name + ".part")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | how, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        # A file that was there before keeps its mode unless it is set again.
        os.fchmod(descriptor, 0o600)
        file.write(data)
    target.replace(path)


def _plain(path: Path, most: int, what: str = "") -> tuple[bytes, int]:
    """At most the first ``most`` bytes of a plain file, and its mode."""
    try:
        with open_plain(path) as file:
            return file.read(most), stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    except OSError as error:
        raise InputError(f"cannot read {what}`{path}`: {error.strerror}") from None


def _read(path: Path) -> bytes:
    data, _ = _plain(path, _MAX_FILE_BYTES + 1)
    if len(data) > _MAX_FILE_BYTES:
        raise InputError(f"`{path}` is larger than {_MAX_FILE_BYTES} bytes, so it is no key file")
    return data


def _to_bytes(identity: Identity) -> bytes:
    return canonical(
        _Stored(
            run=identity.run,
            party=identity.party,
            role=identity.role,
            signing=base64_text(identity.signing.secret()),
            signing_cert=base64_text(identity.signing_cert),
            mldsa=None if identity.mldsa is None else base64_text(identity.mldsa.secret()),
            tls_key=base64_text(identity.tls_key),
            tls_cert=base64_text(identity.tls_cert),
            kem=tuple(base64_text(one.secret()) for one in identity.kem),
            card=base64_text(identity.card),
        )
    )


def _from_bytes(content: bytes) -> Identity:
    """Raises ``TrustError``: who knows the passphrase can put anything into a bundle."""
    try:
        return _identity(decode(_Stored, content, _MAX_FILE_BYTES))
    except (FormatError, ValueError) as error:
        raise TrustError(f"what was sealed is no identity: {error}", "E-KEY") from None


def _identity(stored: "_Stored") -> Identity:
    return Identity(
        run=stored.run,
        party=stored.party,
        role=stored.role,
        signing=SigningKey(base64.b64decode(stored.signing)),
        signing_cert=base64.b64decode(stored.signing_cert),
        mldsa=None if stored.mldsa is None else MldsaKey(base64.b64decode(stored.mldsa)),
        tls_key=base64.b64decode(stored.tls_key),
        tls_cert=base64.b64decode(stored.tls_cert),
        kem=tuple(KemKey(base64.b64decode(one)) for one in stored.kem),
        card=base64.b64decode(stored.card),
    )

"""Checkpoints: the hub's signed statement "my log has this size and this root", and who cosigned it.

The text is a C2SP signed note (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature with its
Ed25519 form), so that other people's tools read it::

    i247sim/0123456789ab/hub
    42
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — i247sim/0123456789ab/hub Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+Z…
    — i247sim/0123456789ab/FR jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/…

Narrower than C2SP: no extension lines, at most ``MAX_CHECKPOINT_CHARS`` characters, every base64 in
its one canonical form. The first bytes of what is signed (``i247sim/`` and ``cosignature/v1``) keep
these signatures apart from all others that the same keys make.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from i247sim.audit.tree import HASH_BYTES
from i247sim.vocabulary.codec import base64_text
from i247sim.vocabulary.errors import EvidenceError, FormatError, I247Error

MAX_CHECKPOINT_CHARS: Final = 2000
"""The longest checkpoint text that is read; the limit of ``frames.CheckpointText``."""
_MAX_SIGNATURES = 16
_SIGNATURE_BYTES = 64
_ED25519 = b"\x01"
_COSIGNATURE = b"\x04"
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_NAME = re.compile(r"[!-*,-~]{1,100}")
_LINE = re.compile(r"— ([!-*,-~]{1,100}) ([A-Za-z0-9+/]+={0,2})")


def log_name(run: str) -> str:
    """The origin of a run's log, and the name of the key that signs it."""
    return f"i247sim/{run}/hub"


def witness_name(run: str, party: str) -> str:
    """The name of a party's key in cosignature lines."""
    return f"i247sim/{run}/{party}"


@dataclass(frozen=True)
class NoteSigner:
    """An Ed25519 key that signs notes: its name, its public key (32 bytes) and the act of signing.

    ``sign`` takes the message and returns the 64 bytes of the signature.
    """

    name: str
    public: bytes
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True)
class NoteVerifier:
    """An Ed25519 key that notes are checked with.

    ``verify`` takes signature and message, and raises an ``I247Error`` if they do not go together.
    """

    name: str
    public: bytes
    verify: Callable[[bytes, bytes], None]


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says: the log ``origin`` has ``size`` entries and the root hash ``root`` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def contradicts(self, other: "Checkpoint") -> bool:
        """Whether the two cannot both be true: one log, one size, two roots. Keep both texts as proof.

        Different sizes never contradict here; they need a consistency proof.
        """
        return self.origin == other.origin and self.size == other.size and self.root != other.root

    @property
    def body(self) -> str:
        """The text that is signed, with its last newline."""
        return f"{self.origin}\n{self.size}\n{base64_text(self.root)}\n"


def sign_checkpoint(size: int, root: bytes, log: NoteSigner) -> str:
    """The signed text for a log of ``size`` entries with ``root``. The signer's name is the origin.

    Signs whatever it is told: ``log.Log.checkpoint`` is what never contradicts itself.
    """
    assert _NAME.fullmatch(log.name), "a key name has no blank and no plus"
    body = Checkpoint(log.name, size, root).body
    return body + "\n" + _line(log.name, _key_hash(log.name, _ED25519, log.public), log.sign(body.encode()))


def open_checkpoint(text: str, log: NoteVerifier) -> Checkpoint:
    """Read a checkpoint that ``log`` signed; other signature lines are not looked at.

    Raises ``FormatError`` if the text has another form, ``EvidenceError`` if it is another log's or
    the signature is missing or wrong. Does not compare with any other checkpoint.
    """
    checkpoint, signatures = _parse(text)
    if checkpoint.origin != log.name:
        raise EvidenceError(f"a checkpoint of `{checkpoint.origin}`, expected one of `{log.name}`")
    signature = _find(signatures, log.name, _key_hash(log.name, _ED25519, log.public))
    _verify(log, signature, checkpoint.body.encode())
    return checkpoint


def read_checkpoint(text: str) -> Checkpoint:
    """What a checkpoint says, without checking any signature: only for a text that was checked before.

    Raises ``FormatError``.
    """
    return _parse(text)[0]


def cosign(text: str, witness: NoteSigner, at: datetime) -> str:
    """The checkpoint ``text`` with the log's signature line and a cosignature of ``witness``.

    ``at`` is simulated time (aware, from 1970 on). States that the witness has checked this
    checkpoint's consistency with all that it saw before: check first (``open_checkpoint``,
    ``tree.verify_consistency``), then call. Cosignatures of others are dropped.
    """
    checkpoint, signatures = _parse(text)
    seconds = int(at.timestamp())
    stamp = seconds.to_bytes(8, "big")
    signature = witness.sign(_cosigned(checkpoint, seconds))
    own = _line(witness.name, _key_hash(witness.name, _COSIGNATURE, witness.public), stamp + signature)
    logs = [_line(name, blob[:4], blob[4:]) for name, blob in signatures if name == checkpoint.origin]
    return checkpoint.body + "\n" + "".join(logs) + own


def open_cosignature(text: str, log: NoteVerifier, witness: NoteVerifier) -> tuple[Checkpoint, datetime]:
    """The checkpoint that ``log`` signed and ``witness`` cosigned, and when (simulated time, UTC).

    Raises ``FormatError`` or ``EvidenceError`` as ``open_checkpoint`` does.
    """
    checkpoint = open_checkpoint(text, log)
    _, signatures = _parse(text)
    stamped = _find(signatures, witness.name, _key_hash(witness.name, _COSIGNATURE, witness.public))
    seconds = int.from_bytes(stamped[:8], "big")
    _verify(witness, stamped[8:], _cosigned(checkpoint, seconds))
    try:
        return checkpoint, datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise FormatError(f"the time of the cosignature of `{witness.name}` does not exist") from None


def _cosigned(checkpoint: Checkpoint, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{checkpoint.body}".encode()


def _key_hash(name: str, kind: bytes, public: bytes) -> bytes:
    """The four bytes that tell keys of one name apart (c2sp.org/signed-note, "Signatures")."""
    return sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def _line(name: str, key_hash: bytes, signature: bytes) -> str:
    return f"— {name} {base64_text(key_hash + signature)}\n"


def _find(signatures: list[tuple[str, bytes]], name: str, key_hash: bytes) -> bytes:
    """What follows the key hash in the one line of this key; its length is the signature's business."""
    found = [blob[4:] for line_name, blob in signatures if line_name == name and blob[:4] == key_hash]
    if not found:
        raise EvidenceError(f"the checkpoint has no signature of `{name}`")
    if len(found) > 1:
        raise FormatError(f"the checkpoint has two signatures of `{name}`")
    return found[0]


def _verify(key: NoteVerifier, signature: bytes, message: bytes) -> None:
    if len(signature) != _SIGNATURE_BYTES:
        raise FormatError(f"a signature of {len(signature)} bytes of `{key.name}`, expected {_SIGNATURE_BYTES}")
    try:
        key.verify(signature, message)
    except I247Error as error:
        raise EvidenceError(f"the checkpoint's signature of `{key.name}` does not hold") from error


def _parse(text: str) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    """The statement, and per signature line its key name and decoded bytes. Checks no signature."""
    if len(text) > MAX_CHECKPOINT_CHARS:
        raise FormatError(f"a checkpoint of {len(text)} characters, more than the limit of {MAX_CHECKPOINT_CHARS}")
    body, gap, tail = text.partition("\n\n")
    lines = body.split("\n")
    if not gap or not tail.endswith("\n") or len(lines) != 3:
        raise FormatError("a checkpoint is three lines, a blank line and lines with signatures")
    origin, size, root = lines
    if not _NAME.fullmatch(origin):
        raise FormatError("the checkpoint's first line is not the name of a log")
    if not _SIZE.fullmatch(size):
        raise FormatError("the checkpoint's second line is not a size")
    root_bytes = _decode(root)
    if len(root_bytes) != HASH_BYTES:
        raise FormatError(f"the checkpoint's root has {len(root_bytes)} bytes, expected {HASH_BYTES}")
    signature_lines = tail[:-1].split("\n")
    if len(signature_lines) > _MAX_SIGNATURES:
        raise FormatError(f"a checkpoint with {len(signature_lines)} signatures, more than {_MAX_SIGNATURES}")
    signatures = []
    for line in signature_lines:
        match = _LINE.fullmatch(line)
        if not match:
            raise FormatError("a signature line of the checkpoint is not `— name base64`")
        signatures.append((match[1], _decode(match[2])))
    return Checkpoint(origin, int(size), root_bytes), signatures


def _decode(text: str) -> bytes:
    """Base64 in its canonical form only, so that one statement has one text."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or base64_text(data) != text:
        raise FormatError("the checkpoint has a part that is not canonical base64")
    return data

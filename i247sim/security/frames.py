"""Clear frames ``i247c1``: sign, read, verify; and packing them with what follows them.

Ed25519 over a domain string per type and the digest of the JSON as sent (``docs/wire.md``). ``key`` in a frame only
says which key to look up. Times, counters and what a frame means are the reader's matter.
"""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from pydantic import ValidationError

from i247sim.security.framing import Reader, sized
from i247sim.security.keys import ED25519_SIGNATURE_BYTES, Signer, SigningKey, verify_ed25519
from i247sim.vocabulary.codec import Word, canonical, decode
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.frames import PAYLOADS, Frame, FrameType
from i247sim.vocabulary.limits import MAX_FRAME_BYTES, MAX_WIRE_BYTES

MAGIC: Final = b"i247c1"
MAX_ATTACHED: Final = 2048
"""How many things may follow a frame: two per party of a directory, with room."""
_REMEMBERED_BYTES: Final = 4096
"""Longer frames are rare, and are not kept in memory."""


@dataclass(frozen=True)
class SignedFrame:
    """A well-formed frame. That it parses says nothing about who made it: see ``verify``."""

    frame: Frame
    payload: Word
    """As the model that ``PAYLOADS`` gives for the type."""
    frame_bytes: bytes = field(repr=False)
    """The JSON exactly as received."""
    signature: bytes = field(repr=False)
    wire: bytes = field(repr=False)


def sign(frame: Frame, key: SigningKey) -> bytes:
    """The wire of a frame. ``frame.key`` must be ``key.id``. Raises ``FormatError`` above ``MAX_FRAME_BYTES``."""
    assert frame.key == key.id, "a frame names the key that signs it"
    data = canonical(frame)
    if len(data) > MAX_FRAME_BYTES:
        raise FormatError(f"a frame of {len(data)} bytes, more than the limit of {MAX_FRAME_BYTES}")
    return MAGIC + sized(data) + key.sign(_signed_input(frame.type, data))


def _signed_input(kind: FrameType, data: bytes) -> bytes:
    return b"i247/v1/frame/" + kind.encode() + b"\0" + hashlib.sha256(data).digest()


def parse(wire: bytes) -> SignedFrame:
    """Strictly read one frame with nothing behind it; raises ``FormatError``."""
    reader = Reader(wire)
    signed = _take(reader)
    reader.end()
    return signed


def _take(reader: Reader) -> SignedFrame:
    magic = reader.fixed(len(MAGIC))
    if magic != MAGIC:
        raise FormatError(f"not a frame of version `{MAGIC.decode()}`")
    data = reader.sized(MAX_FRAME_BYTES)
    signature = reader.fixed(ED25519_SIGNATURE_BYTES)
    return _read_again(data, signature) if len(data) <= _REMEMBERED_BYTES else _read(data, signature)


def _read(data: bytes, signature: bytes) -> SignedFrame:
    frame = decode(Frame, data, MAX_FRAME_BYTES)
    try:
        payload = PAYLOADS[frame.type].model_validate(frame.payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise FormatError(f"payload of {frame.type}: `{place:.60}`: {first['msg']:.100}") from None
    return SignedFrame(frame, payload, data, signature, MAGIC + sized(data) + signature)


_read_again = lru_cache(maxsize=256)(_read)
"""Whoever takes a frame in reads it two or three times: as it comes, as a log entry, and when the log is checked."""


def forget() -> None:
    """Read every frame anew from now on: for measuring what reading costs."""
    _read_again.cache_clear()


def verify(signed: SignedFrame, signer: Signer) -> None:
    """Raises ``TrustError`` unless ``signer`` is the frame's sender with that key, and signed this."""
    frame = signed.frame
    if (frame.sender, frame.key) != (signer.party, signer.id):
        raise TrustError(f"from `{frame.sender}` with key `{frame.key}`, not `{signer.party}` `{signer.id}`")
    verify_ed25519(signer.ed25519, signed.signature, _signed_input(frame.type, signed.frame_bytes))


def pack(frame_wire: bytes, *attached: bytes) -> bytes:
    """A frame and what follows it, as one item. Raises ``FormatError`` above ``MAX_WIRE_BYTES``."""
    item = frame_wire + b"".join(sized(one) for one in attached)
    if len(item) > MAX_WIRE_BYTES:
        raise FormatError(f"an item of {len(item)} bytes, more than the limit of {MAX_WIRE_BYTES}")
    return item


def unpack(data: bytes) -> tuple[SignedFrame, tuple[bytes, ...]]:
    """The inverse of ``pack``; raises ``FormatError``.

    Compares nothing: a note's ``attached`` must still be held against ``attached_digest``.
    """
    if len(data) > MAX_WIRE_BYTES:
        raise FormatError(f"an item of {len(data)} bytes, more than the limit of {MAX_WIRE_BYTES}")
    reader = Reader(data)
    signed = _take(reader)
    attached: list[bytes] = []
    while not reader.done():
        if len(attached) == MAX_ATTACHED:
            raise FormatError(f"more than {MAX_ATTACHED} things follow a frame")
        attached.append(reader.sized(MAX_WIRE_BYTES))
    return signed, tuple(attached)


def attached_digest(*attached: bytes) -> str:
    """SHA-256 in hex of all that follows a frame, lengths included (of nothing, if nothing follows)."""
    digest = hashlib.sha256()
    for one in attached:
        digest.update(sized(one))
    return digest.hexdigest()

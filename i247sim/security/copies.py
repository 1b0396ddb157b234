"""The copies of one message that many parties of one process get, read and kept without doing the same work for each.

Slim copies differ in their reader's own stanza alone (``Envelope.own``); header, digests, body and signatures are the
same bytes (``Envelope.shared``). So whoever reads for many checks and hashes these once, and whoever keeps many keeps
them once. What comes out is always what ``envelope.parse`` makes of the bytes.
"""

import hashlib
from dataclasses import replace
from typing import Final

from i247sim.security.envelope import PLACE_BYTES, STANZA_BYTES, Envelope, own_at, parse
from i247sim.security.keys import ED25519_SIGNATURE_BYTES


def read_copy(wire: bytes) -> Envelope:
    """As ``envelope.parse``, which it is, unless another copy of the same message was read a moment ago."""
    sibling = _SIBLINGS.get(wire[-ED25519_SIGNATURE_BYTES:])
    envelope = (sibling and sibling.read(wire)) or parse(wire)
    if sibling is None and envelope.reader is not None and len(envelope.stanzas) > 1:
        while len(_SIBLINGS) >= _MOST_SIBLINGS:
            _SIBLINGS.pop(next(iter(_SIBLINGS)), None)
        _SIBLINGS[wire[-ED25519_SIGNATURE_BYTES:]] = _Sibling(envelope)
    return envelope


def forget() -> None:
    """Read every copy anew from now on: for measuring what reading costs, and for tests."""
    _SIBLINGS.clear()


def whole(shared: bytes, own: bytes) -> bytes:
    """The slim copy of which these are ``Envelope.shared`` and ``Envelope.own``. Checks nothing (``parse`` does)."""
    at = own_at(shared)
    before = at + 2 + 32 * int.from_bytes(own[:2], "big")
    return b"".join((shared[:at], own[:PLACE_BYTES], shared[at:before], own[PLACE_BYTES:], shared[before + 32 :]))


class _Sibling:
    """A slim copy that was read in full, and reads the other copies of its message by comparing bytes."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self._at = own_at(envelope.wire)

    def read(self, wire: bytes) -> Envelope | None:
        """What ``parse`` would make of ``wire``; ``None`` if its bytes are not those of another copy of this message,
        or its key is not the one that is named for its place."""
        one, at = self._envelope, self._at
        place, mine = wire[at : at + PLACE_BYTES], int.from_bytes(wire[at : at + 2], "big")
        key = place[2:].hex()
        stanza_at = at + PLACE_BYTES + 2 + 32 * mine
        stanza = wire[stanza_at : stanza_at + STANZA_BYTES]
        if (
            mine >= len(one.stanza_digests)
            or (one.header.to is not None and one.header.to[mine].key != key)
            or hashlib.sha256(stanza).digest() != one.stanza_digests[mine]
            or whole(one.shared, place + stanza) != wire
        ):
            return None
        nobody: tuple[None, ...] = (None,)
        stanzas = (*nobody * mine, stanza, *nobody * (len(one.stanzas) - mine - 1))
        read = replace(one, stanzas=stanzas, reader=mine, reader_key=key, wire=wire)
        # Worked out from the same bytes.
        for name in ("h", "body_digest", "signed", "named", "shared", "shared_digest"):
            vars(read)[name] = getattr(one, name)
        return read


_SIBLINGS: Final[dict[bytes, _Sibling]] = {}
"""One copy of each of the newest messages, by its last bytes; whether another is its sibling, all bytes tell."""
_MOST_SIBLINGS: Final = 32

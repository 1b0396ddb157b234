"""Sealed envelopes ``i247e1``: read, verify, thin out. Nothing here can open one.

Reading comes before all cryptography and accepts one framing per message. Then the steps are:

1. ``parse``: framing, sizes, header, list of addressees (``FormatError``, that is ``E-FORMAT``);
2. the caller looks up the signer by (party, key id, time) in its ``trust.Trust``;
3. ``verify``: every signature of the suite (``TrustError``, that is ``E-SIGN``).

The hub's copy is *full*: it has the hub part and all stanzas. A recipient's copy is *slim*: its own stanza, and
digests of what is left out. Signatures cover digests, so they verify on both and, without stanzas and body, on the
evidence (``entries.SignedParts``). Byte by byte: ``docs/wire.md``.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

from i247sim.security.framing import Reader, sized
from i247sim.security.keys import SIGNATURE_BYTES, Signer
from i247sim.security.padding import MAX_PADDED_BYTES, is_padded_size, sealed_size
from i247sim.vocabulary.codec import base64_text, decode
from i247sim.vocabulary.entries import SignedParts
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.limits import (
    MAX_ADDRESSEES,
    MAX_FANOUT_BYTES,
    MAX_HEADER_BYTES,
    MAX_HUB_PART_BYTES,
    MAX_WIRE_BYTES,
)
from i247sim.vocabulary.messages import Header, HubPart

MAGIC: Final = b"i247e1"
FULL: Final = b"F"
SLIM: Final = b"S"
SALT_BYTES: Final = 32
STANZA_BYTES: Final = 1120 + 32 + 16
"""X-Wing encapsulation, content key, GCM tag. The same in both suites."""
PLACE_BYTES: Final = 2 + 8
"""In a slim copy: which stanza is the reader's, and its key id."""
_DOMAIN: Final = b"i247/v1/sig\0"


@dataclass(frozen=True)
class Envelope:
    """A well-formed sealed message. That it parses says nothing about who made it: see ``verify``."""

    header: Header
    header_bytes: bytes = field(repr=False)
    """Exactly as received."""
    hub_part: HubPart | None
    """``None`` in a slim copy."""
    hub_part_bytes: bytes | None = field(repr=False)
    salt: bytes | None = field(repr=False)
    hub_digest: bytes = field(repr=False)
    """SHA-256 of salt and hub part."""
    stanzas: tuple[bytes | None, ...] = field(repr=False)
    """``None`` where only the digest is present."""
    stanza_digests: tuple[bytes, ...] = field(repr=False)
    reader: int | None
    """Slim copies: which stanza is present."""
    reader_key: str | None
    """Slim copies: the id of the KEM key that the hub says it was sealed to. Opening proves it."""
    body: bytes = field(repr=False)
    signatures: tuple[bytes, ...] = field(repr=False)
    wire: bytes = field(repr=False)

    @cached_property
    def keyed(self) -> dict[str, tuple[int, str]]:
        """Party to the index of its stanza and the key id it was sealed to; empty for a slim copy of a notice."""
        with_key = ((party, key) for party, key in listed(self.header, self.hub_part) if key is not None)
        return {party: (index, key) for index, (party, key) in enumerate(with_key)}

    @cached_property
    def key_ids(self) -> tuple[str, ...]:
        """The key id that each stanza was sealed to, in order; empty for a slim copy of a notice."""
        return tuple(key for _, key in self.keyed.values())

    @cached_property
    def named(self) -> frozenset[str]:
        """Everybody in the header's ``to``."""
        return frozenset(one.party for one in self.header.to or ())

    @cached_property
    def body_digest(self) -> bytes:
        """SHA-256 of the sealed body."""
        return hashlib.sha256(self.body).digest()

    @cached_property
    def h(self) -> bytes:
        """What body and stanzas are bound to: SHA-256 over header and digest of the hub part."""
        return bind(self.header_bytes, self.hub_digest)

    @cached_property
    def shared(self) -> bytes:
        """Slim copies: what all copies of the message have in common, that is all but ``own``."""
        at = own_at(self.wire)
        tail = at + PLACE_BYTES + 2 + 32 * (len(self.stanza_digests) - 1) + STANZA_BYTES
        count = self.wire[at + PLACE_BYTES : at + PLACE_BYTES + 2]
        return b"".join((self.wire[:at], count, *self.stanza_digests, self.wire[tail:]))

    @cached_property
    def shared_digest(self) -> bytes:
        """SHA-256 of ``shared``."""
        return hashlib.sha256(self.shared).digest()

    @property
    def own(self) -> bytes:
        """Slim copies: the reader's place, key and stanza. See ``copies.whole``."""
        assert self.reader is not None, "full copies are nobody's own"
        assert self.reader_key is not None, "a slim copy names its reader's key"
        return self.reader.to_bytes(2, "big") + bytes.fromhex(self.reader_key) + (self.stanzas[self.reader] or b"")

    @cached_property
    def signed(self) -> bytes:
        """The bytes that the signatures are over."""
        return signed_input(self.h, self.stanza_digests, self.body_digest)


def bind(header_bytes: bytes, hub_digest: bytes) -> bytes:
    """``h``: the header and the digest of the hub part as one digest of 32 bytes."""
    return hashlib.sha256(header_bytes + hub_digest).digest()


def signed_input(h: bytes, stanza_digests: Sequence[bytes], body_digest: bytes) -> bytes:
    """The bytes that the signatures are over: a domain and three digests."""
    return _DOMAIN + h + hashlib.sha256(b"".join(stanza_digests)).digest() + body_digest


def join_full(
    header_bytes: bytes,
    salt: bytes,
    hub_part_bytes: bytes,
    stanzas: Sequence[bytes],
    body: bytes,
    signatures: Sequence[bytes],
) -> bytes:
    """The wire of a full copy. Does not check the parts (``parse`` does)."""
    return b"".join(
        (
            MAGIC,
            FULL,
            sized(header_bytes),
            salt,
            sized(hub_part_bytes),
            len(stanzas).to_bytes(2, "big"),
            *stanzas,
            sized(body),
            *signatures,
        )
    )


def own_at(copy: bytes) -> int:
    """Where, in a slim copy or in what copies share, that begins which is its reader's own."""
    header_at = len(MAGIC) + len(SLIM) + 4
    return header_at + int.from_bytes(copy[header_at - 4 : header_at], "big") + 32


def parse(wire: bytes) -> Envelope:
    """Strictly read a full or slim copy; raises ``FormatError``. Does no cryptography beyond SHA-256."""
    if len(wire) > MAX_WIRE_BYTES:
        raise FormatError(f"a message of {len(wire)} bytes, more than the limit of {MAX_WIRE_BYTES}")
    reader = Reader(wire)
    if reader.fixed(len(MAGIC)) != MAGIC:
        raise FormatError(f"not an envelope of version `{MAGIC.decode()}`")
    form = reader.fixed(1)
    if form not in (FULL, SLIM):
        raise FormatError("neither a full nor a slim copy")
    header_bytes = reader.sized(MAX_HEADER_BYTES)
    header = _header(header_bytes)
    hub_part: HubPart | None = None
    hub_part_bytes: bytes | None = None
    salt: bytes | None = None
    mine: int | None = None
    mine_key: str | None = None
    if form == FULL:
        salt = reader.fixed(SALT_BYTES)
        hub_part_bytes = reader.sized(MAX_HUB_PART_BYTES)
        hub_part = decode(HubPart, hub_part_bytes, MAX_HUB_PART_BYTES)
        hub_digest = hashlib.sha256(salt + hub_part_bytes).digest()
    else:
        hub_digest = reader.fixed(32)
        mine = reader.number(2)
        mine_key = reader.fixed(8).hex()
    count = reader.number(2)
    _check_count(header, hub_part, count, mine, mine_key)
    stanzas, digests = _stanzas(reader, count, mine)
    if not is_padded_size(header.padded_size):
        raise FormatError(f"`padded_size` {header.padded_size} is not a padded size up to {MAX_PADDED_BYTES}")
    body = reader.sized(MAX_WIRE_BYTES)
    check_fanout(count, len(body))
    if len(body) != sealed_size(header.padded_size):
        raise FormatError(f"a sealed body of {len(body)} bytes does not belong to `padded_size` {header.padded_size}")
    signatures = tuple(reader.fixed(size) for size in SIGNATURE_BYTES[header.suite])
    reader.end()
    return Envelope(
        header=header,
        header_bytes=header_bytes,
        hub_part=hub_part,
        hub_part_bytes=hub_part_bytes,
        salt=salt,
        hub_digest=hub_digest,
        stanzas=stanzas,
        stanza_digests=digests,
        reader=mine,
        reader_key=mine_key,
        body=body,
        signatures=signatures,
        wire=wire,
    )


def _stanzas(reader: Reader, count: int, mine: int | None) -> tuple[tuple[bytes | None, ...], tuple[bytes, ...]]:
    """The stanzas of a copy, those of a slim one that are not the reader's own as ``None``, and the digests of all."""
    if mine is None:
        full = tuple(reader.fixed(STANZA_BYTES) for _ in range(count))
        return full, tuple(hashlib.sha256(one).digest() for one in full)
    before, own, after = reader.fixed(32 * mine), reader.fixed(STANZA_BYTES), reader.fixed(32 * (count - mine - 1))
    stanzas: list[bytes | None] = [None] * count
    stanzas[mine] = own
    return tuple(stanzas), (*_cut(before), hashlib.sha256(own).digest(), *_cut(after))


def header_bytes(wire: bytes) -> bytes:
    """The header's bytes of a copy that this process has made itself. Checks nothing (``parse`` does)."""
    reader = Reader(wire)
    reader.fixed(len(MAGIC) + len(FULL))
    return reader.sized(MAX_HEADER_BYTES)


def check_fanout(copies: int, sealed: int) -> None:
    """Raises ``FormatError`` if that many copies of a sealed body of that size are more than one message may cause."""
    if copies * sealed > MAX_FANOUT_BYTES:
        raise FormatError(f"{copies} copies of {sealed} bytes, more than the limit of {MAX_FANOUT_BYTES}")


def _cut(digests: bytes) -> list[bytes]:
    return [digests[at : at + 32] for at in range(0, len(digests), 32)]


@lru_cache(maxsize=64)
def _header(data: bytes) -> Header:
    """The header in exactly these bytes. Remembered: the readers of one message in one process all get the same."""
    return decode(Header, data, MAX_HEADER_BYTES)


def _check_count(header: Header, hub_part: HubPart | None, count: int, mine: int | None, key: str | None) -> None:
    """The number of stanzas is that of the addressees with a key; both lists at once would be two readings."""
    if not 1 <= count <= MAX_ADDRESSEES:
        raise FormatError(f"{count} stanzas, where 1 to {MAX_ADDRESSEES} are allowed")
    if mine is not None and mine >= count:
        raise FormatError(f"the reader's stanza is number {mine} of {count}")
    if header.to is not None:
        if hub_part is not None and hub_part.audience:
            raise FormatError("the hub part has an audience beside `to`")
        if len(header.to) != count:
            raise FormatError(f"{count} stanzas for {len(header.to)} addressees")
        if mine is not None and header.to[mine].key != key:
            raise FormatError("the reader's key is not the one that `to` names")
    elif hub_part is not None:
        if len({one.party for one in hub_part.audience}) != len(hub_part.audience):
            raise FormatError("a party stands twice in the audience")
        keyed = sum(one.key is not None for one in hub_part.audience)
        if keyed != count:
            raise FormatError(f"{count} stanzas for {keyed} parties of the audience with a key")


def listed(header: Header, hub_part: HubPart | None) -> list[tuple[str, str | None]]:
    """Party and KEM key id of everybody the message is for, in order; ``None`` where there is no stanza.

    Stanzas belong, in the same order, to those with a key. A slim copy of a notice names nobody: the list is empty.
    """
    if header.to is not None:
        return [(one.party, one.key) for one in header.to]
    if hub_part is None:
        return []
    return [(one.party, one.key) for one in hub_part.audience]


def verify(envelope: Envelope, signer: Signer) -> None:
    """Raises ``TrustError`` unless ``signer`` is the header's sender with that key, and signed this.

    Does not look at times, states or whether the reader is named.
    """
    _verify(envelope.header, envelope.signatures, envelope.signed, signer)


def _verify(header: Header, signatures: tuple[bytes, ...], data: bytes, signer: Signer) -> None:
    if (header.sender, header.signing_key) != (signer.party, signer.id):
        raise TrustError(f"from `{header.sender}` with key `{header.signing_key}`, not `{signer.party}` `{signer.id}`")
    signer.verify(header.suite, signatures, data)


def slim(envelope: Envelope, index: int) -> bytes:
    """The copy for the owner of stanza ``index``: its stanza, and digests of the others and of the hub part.

    ``envelope`` is a full copy; ``index`` counts stanzas (those with a key), not addressees.
    """
    assert envelope.hub_part is not None, "only a full copy can be thinned out"
    mine = envelope.stanzas[index]
    assert mine is not None, "a full copy has every stanza"
    digests = envelope.stanza_digests
    return b"".join(
        (
            MAGIC,
            SLIM,
            sized(envelope.header_bytes),
            envelope.hub_digest,
            index.to_bytes(2, "big"),
            bytes.fromhex(envelope.key_ids[index]),
            len(digests).to_bytes(2, "big"),
            *digests[:index],
            mine,
            *digests[index + 1 :],
            sized(envelope.body),
            *envelope.signatures,
        )
    )


def signed_parts(envelope: Envelope) -> SignedParts:
    """What the log keeps of a full copy: all that the signatures cover, without stanzas and body themselves."""
    assert envelope.salt is not None, "the log keeps full copies"
    assert envelope.hub_part_bytes is not None, "the log keeps full copies"
    return SignedParts(
        header=envelope.header_bytes.decode(),
        hub_part=envelope.hub_part_bytes.decode(),
        salt=envelope.salt.hex(),
        stanzas=tuple(one.hex() for one in envelope.stanza_digests),
        body=envelope.body_digest.hex(),
        signatures=tuple(base64_text(one) for one in envelope.signatures),
    )


def read_parts(parts: SignedParts) -> tuple[Header, HubPart]:
    """Header and hub part of logged parts, read as strictly as ``parse`` does; raises ``FormatError``."""
    header = decode(Header, parts.header.encode(), MAX_HEADER_BYTES)
    hub_part = decode(HubPart, parts.hub_part.encode(), MAX_HUB_PART_BYTES)
    _check_count(header, hub_part, len(parts.stanzas), None, None)
    return header, hub_part


def verify_parts(parts: SignedParts, signer: Signer) -> Header:
    """The header of logged parts, once every signature verifies from the digests alone.

    Raises ``FormatError`` or ``TrustError``.
    """
    header, _ = read_parts(parts)
    hub_digest = hashlib.sha256(bytes.fromhex(parts.salt) + parts.hub_part.encode()).digest()
    digests = [bytes.fromhex(one) for one in parts.stanzas]
    data = signed_input(bind(parts.header.encode(), hub_digest), digests, bytes.fromhex(parts.body))
    try:
        signatures = tuple(base64.b64decode(one, validate=True) for one in parts.signatures)
    except ValueError as error:
        raise FormatError("a logged signature is not base64") from error
    _verify(header, signatures, data, signer)
    return header

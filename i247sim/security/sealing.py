"""Seal a body for its addressees, and open it. The hub never imports this file, and holds no key for it.

Encrypt, then sign: a fresh content key seals the padded body (Cobblestone-256, which commits to its key, so one
ciphertext has one reading), HPKE wraps that key once per addressee, and both are bound to the header and hub part
by ``h``. Nothing of a body comes out before all of it verified.
"""

import hashlib
import os
from collections.abc import Sequence
from typing import Final

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from i247sim.security.envelope import (
    SALT_BYTES,
    STANZA_BYTES,
    Envelope,
    bind,
    check_fanout,
    join_full,
    listed,
    signed_input,
)
from i247sim.security.keys import HPKE, Identity, KemKey, KemPublic, load_kem
from i247sim.security.padding import pad, unpad
from i247sim.vocabulary.codec import canonical, decode
from i247sim.vocabulary.errors import TrustError
from i247sim.vocabulary.limits import MAX_BODY_BYTES
from i247sim.vocabulary.messages import Body, Header, HubPart

_BODY_DOMAIN: Final = b"i247/v1/body\0"
_CEK_DOMAIN: Final = b"i247/v1/cek\0"
_DOES_NOT_OPEN: Final = "the message does not open"


def prepare(body: Body) -> bytes:
    """The padded bytes of a body, ready to be sealed: their number is the header's ``padded_size``.

    Raises ``FormatError`` naming the limit if the body is too long.
    """
    return pad(canonical(body))


def seal(
    header: Header, hub_part: HubPart, prepared: bytes, recipients: Sequence[KemPublic], identity: Identity
) -> bytes:
    """The full wire of a message.

    ``prepared`` comes from ``prepare``; ``recipients`` are the keys of those addressees that have one, in order.
    Raises ``FormatError`` if copies times size exceed the limit, ``TrustError`` if a recipient's key cannot be used
    or the identity lacks a key that the suite asks for.
    """
    keyed = [(party, key) for party, key in listed(header, hub_part) if key is not None]
    assert header.padded_size == len(prepared), "`padded_size` is the length of the prepared body"
    assert (header.sender, header.signing_key) == (identity.party, identity.signing.id), "sealed by its sender"
    assert [key for _, key in keyed] == [one.id for one in recipients], "one key per addressee, in order"
    header_bytes = canonical(header)
    hub_part_bytes = canonical(hub_part)
    salt = os.urandom(SALT_BYTES)
    h = bind(header_bytes, hashlib.sha256(salt + hub_part_bytes).digest())
    stanzas, sealed = lock(h, prepared, [(party, key) for (party, _), key in zip(keyed, recipients, strict=True)])
    data = signed_input(h, [hashlib.sha256(one).digest() for one in stanzas], hashlib.sha256(sealed).digest())
    return join_full(header_bytes, salt, hub_part_bytes, stanzas, sealed, identity.sign(header.suite, data))


def lock(h: bytes, prepared: bytes, recipients: Sequence[tuple[str, KemPublic]]) -> tuple[list[bytes], bytes]:
    """The stanzas, one for each recipient (party, key), and the sealed body: all of sealing that hides something.

    ``h``: what they are bound to (``envelope.bind``), never the same for two messages. Raises ``FormatError`` if copies
    times size exceed the limit, ``TrustError`` if a recipient's key cannot be used.
    """
    cek = os.urandom(32)
    encryptor = Cobblestone256Encryptor(cek, _BODY_DOMAIN + h)
    sealed = encryptor.update(prepared) + encryptor.finalize()
    check_fanout(len(recipients), len(sealed))
    stanzas = [HPKE.encrypt(cek, load_kem(key.public), info=_info(h, party, key.id)) for party, key in recipients]
    return stanzas, sealed


def unlock(h: bytes, stanza: bytes, body: bytes, party: str, key: KemKey) -> bytes:
    """The inverse for the owner of ``stanza``: the prepared bytes. Raises ``TrustError``, with one text for all."""
    try:
        cek = HPKE.decrypt(stanza, key.private, info=_info(h, party, key.id))
        decryptor = Cobblestone256Decryptor(cek, _BODY_DOMAIN + h)
        # `update` releases chunks that verified by themselves; they stay here until `finalize` saw the last one.
        return decryptor.update(body) + decryptor.finalize()
    except (InvalidTag, ValueError):
        raise TrustError(_DOES_NOT_OPEN) from None


def _info(h: bytes, party: str, key: str) -> bytes:
    """What a stanza is bound to: this message, and whose key it is (no party id holds a ``/``)."""
    return _CEK_DOMAIN + h + f"{party}/{key}".encode()


def open_body(envelope: Envelope, party: str, kem: Sequence[KemKey]) -> Body:
    """The body, for ``party`` with its private keys. Call ``envelope.verify`` first.

    Raises ``TrustError`` with code ``E-KEY`` if the message was sealed to a key that is not among ``kem`` (deleted),
    and with ``E-SIGN`` and one text for everything else that keeps it shut; ``FormatError`` if the sender sealed
    something that is not a body.
    """
    place = _place(envelope, party)
    if place is None:
        raise TrustError(_DOES_NOT_OPEN)
    index, key_id = place
    stanza = envelope.stanzas[index]
    key = next((one for one in kem if one.id == key_id), None)
    if key is None:
        raise TrustError(f"sealed to the key `{key_id}`, which is not held any more", "E-KEY")
    if stanza is None or len(stanza) != STANZA_BYTES:
        raise TrustError(_DOES_NOT_OPEN)
    prepared = unlock(envelope.h, stanza, envelope.body, party, key)
    return decode(Body, unpad(prepared), MAX_BODY_BYTES)


def _place(envelope: Envelope, party: str) -> tuple[int, str] | None:
    """Which stanza is ``party``'s, and the id of the key that it was sealed to; ``None`` if it has none.

    A slim copy of a notice names nobody: there the stanza that is present must do, and only its owner can open it.
    """
    if envelope.reader is None or envelope.reader_key is None:
        return envelope.keyed.get(party)
    if envelope.header.to is not None and envelope.header.to[envelope.reader].party != party:
        return None
    return envelope.reader, envelope.reader_key

"""A second reader, written from ``docs/wire.md`` alone: it shares no code with the package.

Reads what is good; is no model of how to refuse what is bad.
"""

import json
from hashlib import sha256, shake_256

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey


def H(data: bytes) -> bytes:
    return sha256(data).digest()


class Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, size: int) -> bytes:
        part, self.data = self.data[:size], self.data[size:]
        assert len(part) == size
        return part

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def sized(self) -> bytes:
        return self.take(self.number(4))


def read_envelope(wire: bytes, reader: str, keys: dict[str, tuple[bytes, bytes]], seed: bytes) -> dict:
    """The body. ``keys``: per sender the Ed25519 and ML-DSA-65 public keys; ``seed``: of the reader's KEM key."""
    cursor = Cursor(wire)
    assert cursor.take(6) == b"i247e1"
    full = cursor.take(1) == b"F"
    header_json = cursor.sized()
    header = json.loads(header_json)
    mlkem, x25519 = split(seed)
    public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    key_id = sha256(public).hexdigest()[:16]
    if full:
        salt, hub_json = cursor.take(32), cursor.sized()
        hub_digest = H(salt + hub_json)
        listed = header.get("to") or [one for one in json.loads(hub_json)["audience"] if "key" in one]
        mine = [one["party"] for one in listed].index(reader)
    else:
        hub_digest = cursor.take(32)
        mine = cursor.number(2)
        assert cursor.take(8).hex() == key_id
    stanza, digests = b"", b""
    for index in range(cursor.number(2)):
        if full or index == mine:
            part = cursor.take(1168)
            digests += H(part)
            stanza = part if index == mine else stanza
        else:
            digests += cursor.take(32)
    body = cursor.sized()
    h = H(header_json + hub_digest)
    signed = b"i247/v1/sig\0" + h + H(digests) + H(body)
    ed25519, mldsa = keys[header["from"]]
    Ed25519PublicKey.from_public_bytes(ed25519).verify(cursor.take(64), signed)
    if header["suite"] == "i247-2":
        MLDSA65PublicKey.from_public_bytes(mldsa).verify(cursor.take(3309), signed)
    assert cursor.data == b""
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    info = b"i247/v1/cek\0" + h + reader.encode() + b"/" + key_id.encode()
    cek = suite.decrypt(stanza, hpke.MLKEM768X25519PrivateKey(mlkem, x25519), info=info)
    opener = Cobblestone256Decryptor(cek, b"i247/v1/body\0" + h)
    padded = opener.update(body) + opener.finalize()
    size = int.from_bytes(padded[:4], "big")
    assert len(padded) == header["padded_size"]
    assert padded[4 + size :].strip(b"\0") == b""
    return json.loads(padded[4 : 4 + size])


def split(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    stretched = shake_256(seed).digest(96)
    return MLKEM768PrivateKey.from_seed_bytes(stretched[:64]), X25519PrivateKey.from_private_bytes(stretched[64:])


def read_frame(wire: bytes, keys: dict[str, tuple[bytes, bytes]]) -> dict:
    cursor = Cursor(wire)
    assert cursor.take(6) == b"i247c1"
    data = cursor.sized()
    frame = json.loads(data)
    signed = b"i247/v1/frame/" + frame["type"].encode() + b"\0" + H(data)
    Ed25519PublicKey.from_public_bytes(keys[frame["from"]][0]).verify(cursor.take(64), signed)
    assert cursor.data == b""
    return frame

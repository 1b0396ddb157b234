"""The evidence code: what a person writes down after a run, to recognise its evidence later.

The code names the exercise's root certificate and the log's last checkpoint, and with the checkpoint
every entry. A folder with another root or another log has another code. It is no secret.
"""

import base64
from hashlib import sha256
from typing import Final

_PREFIX = "I247"
_GROUPS = 5
_GROUP = 5
_LENGTH = _GROUPS * _GROUP
"""25 characters of five bits: to hit the code of another run takes 2^125 tries, to find two with one code 2^62."""

# Crockford's alphabet has no I, L, O and U; what people write in their place is read as what it looks like.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_CROCKFORD: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET)
_LOOKALIKES: Final = str.maketrans("OIL", "011", " -\t")


def evidence_code(root_fingerprint: bytes, checkpoint: str) -> str:
    """The code such as ``I247-7ZK3M-…`` (five groups of five) of a run.

    ``root_fingerprint`` is the SHA-256 (32 bytes) of the authority's root certificate, ``checkpoint``
    the exact text of the last checkpoint, as the manifest quotes it.
    """
    assert len(root_fingerprint) == 32, "a fingerprint is a SHA-256"
    digest = sha256(b"i247/v1/evidence-code\0" + root_fingerprint + checkpoint.encode()).digest()
    text = base64.b32encode(digest).decode()[:_LENGTH].translate(_TO_CROCKFORD)
    return "-".join((_PREFIX, *(text[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))))


def codes_match(typed: str, code: str) -> bool:
    """Whether ``typed`` is ``code`` as a person may write it.

    Case, blanks and hyphens do not matter, the prefix may be absent, and O, I, L stand for 0, 1, 1.
    """
    return _plain(typed) == _plain(code)


def is_code(typed: str) -> bool:
    """Whether ``typed`` can be a code at all, as a person may write one: 25 characters of the alphabet."""
    plain = _plain(typed)
    return len(plain) == _LENGTH and set(plain) <= set(_ALPHABET)


def _plain(text: str) -> str:
    plain = text.strip().upper().translate(_LOOKALIKES)
    return plain.removeprefix(_PREFIX.translate(_LOOKALIKES)) if len(plain) > _LENGTH else plain

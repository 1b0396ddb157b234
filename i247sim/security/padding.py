"""Padding of bodies, so that the size on the wire does not tell a hit from a miss.

At least ``MIN_PADDED_BYTES``, above that Padmé (PURBs, PETS 2019): at most 12 % more, and a size tells only
O(log log n) bits.
"""

from i247sim.vocabulary.errors import FormatError
from i247sim.vocabulary.limits import MAX_BODY_BYTES, MIN_PADDED_BYTES

_PREFIX = 4
_CHUNK = 16 * 1024


def padded_size(size: int) -> int:
    """How long ``size`` bytes are after padding, with the prefix of four bytes."""
    length = max(size + _PREFIX, MIN_PADDED_BYTES)
    exponent = length.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << low_bits) - 1
    return (length + mask) & ~mask


MAX_PADDED_BYTES = padded_size(MAX_BODY_BYTES)


def is_padded_size(size: int) -> bool:
    """Whether ``pad`` makes anything of this size."""
    return MIN_PADDED_BYTES <= size <= MAX_PADDED_BYTES and padded_size(size - _PREFIX) == size


def pad(content: bytes) -> bytes:
    """Length in four bytes, ``content``, zeros. Raises ``FormatError`` above ``MAX_BODY_BYTES``, naming it."""
    if len(content) > MAX_BODY_BYTES:
        raise FormatError(f"a body of {len(content)} bytes, more than the limit of {MAX_BODY_BYTES}")
    return (len(content).to_bytes(_PREFIX, "big") + content).ljust(padded_size(len(content)), b"\0")


def unpad(padded: bytes) -> bytes:
    """The inverse of ``pad``; raises ``FormatError`` on everything that ``pad`` does not make."""
    size = int.from_bytes(padded[:_PREFIX], "big")
    if size > MAX_BODY_BYTES or len(padded) != padded_size(size) or padded[_PREFIX + size :].strip(b"\0"):
        raise FormatError("the padding is not as prescribed")
    return padded[_PREFIX : _PREFIX + size]


def sealed_size(padded: int) -> int:
    """Bytes of a sealed body: Cobblestone-256 adds 56 to ``padded``, and 16 per chunk (the last one is never full)."""
    return padded + 56 + 16 * (padded // _CHUNK + 1)

"""Several payloads for one topic in one MQTT message: a network library pays per message, not per byte.

``i247b1``, then each part behind its length (4 bytes, big-endian). Only the MQTT link makes and opens bundles; above
it nobody sees one. What begins like a bundle and is none is handed on as it came, to be refused there.
"""

from collections.abc import Iterator, Sequence

MAGIC = b"i247b1"
MAX_BYTES = 128 * 1024
"""A bundle is not made longer than this; larger payloads go alone."""
MAX_PARTS = 1024


def join(parts: Sequence[bytes]) -> bytes:
    """One payload for all parts: the part itself, where there is only one that cannot be mistaken for a bundle."""
    if len(parts) == 1 and not parts[0].startswith(MAGIC):
        return parts[0]
    return MAGIC + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def groups(parts: Sequence[bytes]) -> Iterator[list[bytes]]:
    """``parts`` in order, in groups that may go together."""
    group: list[bytes] = []
    size = 0
    for part in parts:
        if group and (size + len(part) > MAX_BYTES or len(group) == MAX_PARTS):
            yield group
            group, size = [], 0
        group.append(part)
        size += len(part) + 4
    if group:
        yield group


def split(payload: bytes) -> list[bytes]:
    """The inverse of ``join``, for any bytes."""
    if not payload.startswith(MAGIC):
        return [payload]
    parts: list[bytes] = []
    at = len(MAGIC)
    while at < len(payload):
        length = int.from_bytes(payload[at : at + 4], "big")
        end = at + 4 + length
        if end > len(payload) or len(parts) == MAX_PARTS:
            return [payload]
        parts.append(payload[at + 4 : end])
        at = end
    return parts or [payload]

"""Reading bytes in order with a limit on every length, and never past the end."""

from i247sim.vocabulary.errors import FormatError


class Reader:
    """Takes parts off the front of ``data``; every method raises ``FormatError`` instead of reading too far."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def fixed(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        end = self._at + size
        if end > len(self._data):
            raise FormatError(f"ends after {len(self._data)} bytes, where {end} are needed")
        part = self._data[self._at : end]
        self._at = end
        return part

    def number(self, size: int) -> int:
        """An unsigned number of ``size`` bytes, most significant first."""
        return int.from_bytes(self.fixed(size), "big")

    def sized(self, limit: int) -> bytes:
        """A length of four bytes and that many bytes, at most ``limit``."""
        size = self.number(4)
        if size > limit:
            raise FormatError(f"a part of {size} bytes, more than the limit of {limit}")
        return self.fixed(size)

    def done(self) -> bool:
        """Whether everything was read."""
        return self._at == len(self._data)

    def end(self) -> None:
        """Raises ``FormatError`` unless everything was read."""
        if not self.done():
            raise FormatError(f"{len(self._data) - self._at} bytes follow the end")


def sized(part: bytes) -> bytes:
    """``part`` behind its length in four bytes: what ``Reader.sized`` reads."""
    return len(part).to_bytes(4, "big") + part

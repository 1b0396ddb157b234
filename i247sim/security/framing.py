"""Reading bytes in order with a limit on every length, and never past the end."""

from i247sim.vocabulary.errors import FormatError


class Reader:
    """Takes parts off the front of ``data``; every method raises ``FormatError`` instead of reading too far."""

    __slots__ = ("_at", "_data", "_size")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._size = len(data)
        self._at = 0

    def fixed(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        at = self._at
        end = at + size
        if end > self._size:
            raise FormatError(f"ends after {self._size} bytes, where {end} are needed")
        self._at = end
        return self._data[at:end]

    def number(self, size: int) -> int:
        """An unsigned number of ``size`` bytes, most significant first."""
        return int.from_bytes(self.fixed(size), "big")

    def sized(self, limit: int) -> bytes:
        """A length of four bytes and that many bytes, at most ``limit``."""
        size = int.from_bytes(self.fixed(4), "big")
        if size > limit:
            raise FormatError(f"a part of {size} bytes, more than the limit of {limit}")
        return self.fixed(size)

    def done(self) -> bool:
        """Whether everything was read."""
        return self._at == self._size

    def end(self) -> None:
        """Raises ``FormatError`` unless everything was read."""
        if not self.done():
            raise FormatError(f"{self._size - self._at} bytes follow the end")


def sized(part: bytes) -> bytes:
    """``part`` behind its length in four bytes: what ``Reader.sized`` reads."""
    return len(part).to_bytes(4, "big") + part

"""The Merkle tree of RFC 9162 section 2.1 (SHA-256): hashes, roots and proofs.

Pure: no storage, no signatures. The tree keeps the hash of every complete subtree, one byte array
per level, so that a proof needs no hashing but that of the right edge. Where its leaves are stored by somebody
else, it keeps the small subtrees of the newest of them alone, and makes the others again when a proof asks.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final

from i247sim.vocabulary.errors import EvidenceError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves (RFC 9162 section 2.1.1)."""
_LARGE: Final = 8
"""The level from which on all hashes are kept in any case: a quarter of a byte for every leaf."""
_NEWEST: Final = 4096
"""Of so many leaves, and less than twice as many, the smaller subtrees are kept too."""


def leaf_hash(data: bytes) -> bytes:
    """The 32 bytes that stand for an entry in the tree: SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


class Tree:
    """A growing Merkle tree. Leaves are only ever added; roots and proofs exist for every earlier size too."""

    def __init__(
        self, leaves: Iterable[bytes] = (), stored: Callable[[int, int], Iterable[bytes]] | None = None
    ) -> None:
        """``leaves`` are leaf hashes (32 bytes each), oldest first.

        ``stored`` gives those from an index to before another again; without it the tree keeps all, 64 bytes a leaf.
        """
        # _levels[k] holds the hashes of the complete subtrees of 2**k leaves, left to right, 32 bytes each;
        # of its first _gone[k] none.
        self._levels: list[bytearray] = [bytearray()]
        self._gone = [0] * _LARGE
        self._stored = stored
        self._size = 0
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._size

    def append(self, leaf: bytes) -> int:
        """Add a leaf hash (32 bytes, see ``leaf_hash``) and return its index, from 0."""
        assert len(leaf) == HASH_BYTES, "a leaf hash has 32 bytes"
        index = self._size
        levels = self._levels
        levels[0] += leaf
        level, position = 0, index
        # A leaf at an odd position completes a subtree, which may complete the next larger one.
        while position & 1:
            pair = levels[level][-2 * HASH_BYTES :]
            position >>= 1
            level += 1
            if level == len(levels):
                levels.append(bytearray())
            levels[level] += sha256(b"\x01" + pair).digest()
        self._size = index + 1
        if self._stored is not None and self._size % _NEWEST == 0:
            self._let_go(self._size - _NEWEST)
        return index

    def _let_go(self, before: int) -> None:
        """Keep the small subtrees no longer that end before a leaf."""
        for level in range(_LARGE):
            gone = before >> level
            del self._levels[level][: (gone - self._gone[level]) * HASH_BYTES]
            self._gone[level] = gone

    def root(self, size: int | None = None) -> bytes:
        """The root hash over the first ``size`` leaves (all, if absent); raises ``EvidenceError`` beyond the end."""
        size = self._within(self._size if size is None else size)
        return self._span(0, size) if size else EMPTY_ROOT

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the first ``new`` leaves begin with the first ``old``, lowest hash first.

        RFC 9162 section 2.1.4.1; empty for ``old`` = 0 and ``old`` = ``new``, where nothing has to be
        shown. Raises ``EvidenceError`` if there are no such sizes.
        """
        self._within(new)
        if not 0 <= old <= new:
            raise EvidenceError(f"size `{old}` is not between 0 and `{new}`")
        if old in (0, new):
            return []
        proof = []
        start, end = 0, new
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                proof.append(self._span(middle, end))
                end = middle
            else:
                proof.append(self._span(start, middle))
                start = middle
        # Left at 0, this subtree is the old tree itself, whose root the reader knows.
        if start:
            proof.append(self._span(start, end))
        proof.reverse()
        return proof

    def _within(self, size: int) -> int:
        if not 0 <= size <= self._size:
            raise EvidenceError(f"size `{size}` is not between 0 and the log's size `{self._size}`")
        return size

    def _span(self, start: int, end: int) -> bytes:
        """The hash over leaves ``start`` to ``end``, where ``start`` begins a subtree that large."""
        # The binary digits of the length are the complete subtrees inside, smallest at the right.
        found = b""
        while end > start:
            length = (end - start) & (start - end)
            level = length.bit_length() - 1
            end -= length
            node = self._node(level, end >> level)
            found = sha256(b"\x01" + node + found).digest() if found else node
        return found

    def _node(self, level: int, position: int) -> bytes:
        """The hash of one complete subtree of 2**level leaves."""
        place = position - (self._gone[level] if level < _LARGE else 0)
        if place < 0:
            assert self._stored is not None, "only what is stored elsewhere is let go"
            return Tree(self._stored(position << level, (position + 1) << level)).root()
        return bytes(self._levels[level][place * HASH_BYTES : (place + 1) * HASH_BYTES])


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree (``new``, ``new_root``) begins with the tree (``old``, ``old_root``).

    RFC 9162 section 2.1.4.2, with the two sizes that the RFC leaves out: an empty tree is the
    beginning of every tree, and a tree is its own. Raises ``EvidenceError`` if it does not hold.
    """
    if not 0 <= old <= new:
        raise EvidenceError(f"size `{new}` is not a continuation of size `{old}`")
    _check_hashes((old_root, new_root, *proof))
    if old in (0, new):
        if proof:
            raise EvidenceError("the consistency proof is longer than the path to the root")
        if old_root != (new_root if old == new else EMPTY_ROOT):
            raise EvidenceError(f"two different roots for size `{old}`")
        return
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise EvidenceError("the consistency proof is empty")
    position, last = old - 1, new - 1
    while position & 1:
        position >>= 1
        last >>= 1
    found_old = found_new = path[0]
    for node in path[1:]:
        if last == 0:
            raise EvidenceError("the consistency proof is longer than the path to the root")
        if position & 1 or position == last:
            found_old = _pair(node, found_old)
            found_new = _pair(node, found_new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            found_new = _pair(found_new, node)
        position >>= 1
        last >>= 1
    if last != 0:
        raise EvidenceError("the consistency proof ends before the root")
    if found_old != old_root:
        raise EvidenceError(f"the consistency proof does not lead to the old root of size `{old}`")
    if found_new != new_root:
        raise EvidenceError(f"the consistency proof does not lead to the new root of size `{new}`")


def _pair(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _split(length: int) -> int:
    """The largest power of two below ``length`` (at least 2): where RFC 9162 cuts a tree."""
    return 1 << ((length - 1).bit_length() - 1)


def _check_hashes(hashes: Iterable[bytes]) -> None:
    for one in hashes:
        if len(one) != HASH_BYTES:
            raise EvidenceError(f"a hash of {len(one)} bytes where {HASH_BYTES} are expected")

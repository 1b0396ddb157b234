"""The tree against the definitions of RFC 9162, written down here a second time and slowly."""

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from i247sim.audit.tree import EMPTY_ROOT, Tree, leaf_hash, verify_consistency
from i247sim.vocabulary.errors import EvidenceError

LARGEST = 200
LEAVES = [leaf_hash(f"entry {n}".encode()) for n in range(LARGEST)]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(LEAVES)


# The reference: the recursive definitions of RFC 9162 sections 2.1.1 and 2.1.4.1.
@cache
def mth(start: int, end: int) -> bytes:
    if end - start == 0:
        return sha256().digest()
    if end - start == 1:
        return LEAVES[start]
    k = cut(end - start)
    return sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()


def cut(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def subproof(m: int, start: int, end: int, whole: bool) -> list[bytes]:
    n = end - start
    if m == n:
        return [] if whole else [mth(start, end)]
    k = cut(n)
    if m <= k:
        return [*subproof(m, start, start + k, whole), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, False), mth(start, start + k)]


# A large tree once in memory, once over leaves that are stored elsewhere.
MANY = [leaf_hash(n.to_bytes(4, "big")) for n in range(3 * 4096 + 77)]
WHOLE = Tree(MANY)
THIN = Tree(MANY, stored=lambda start, stop: MANY[start:stop])


@settings(max_examples=200, deadline=None)
@given(st.integers(1, len(MANY)), st.integers(1, len(MANY)))
def test_a_tree_over_stored_leaves_gives_the_same_roots_and_proofs(one: int, other: int) -> None:
    old, new = sorted((one, other))
    assert THIN.root(old) == WHOLE.root(old)
    assert THIN.consistency(old, new) == WHOLE.consistency(old, new)


def test_a_tree_over_stored_leaves_keeps_little() -> None:
    kept = sum(map(len, THIN._levels))
    assert kept < 2 * 4096 * 64 + len(MANY)
    assert sum(map(len, WHOLE._levels)) > 0.9 * 64 * len(MANY)


def test_leaves_that_were_changed_where_they_are_stored_show_in_the_proof() -> None:
    changed = Tree(MANY, stored=lambda start, stop: [leaf_hash(b"x")] * (stop - start))
    assert changed.root() == WHOLE.root(), "the newest checkpoint needs no old leaf"
    assert changed.consistency(3, len(MANY)) != WHOLE.consistency(3, len(MANY))


def test_roots_are_those_of_the_certificate_transparency_vectors() -> None:
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    tree = Tree()
    for index, (data, root) in enumerate(zip(inputs, roots, strict=True)):
        assert tree.append(leaf_hash(bytes.fromhex(data))) == index
        assert tree.root().hex() == root


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree().root() == EMPTY_ROOT == sha256(b"").digest()


def test_every_consistency_proof_up_to_the_largest_size(tree: Tree) -> None:
    for new in range(LARGEST + 1):
        assert tree.root(new) == mth(0, new)
        for old in range(new + 1):
            proof = tree.consistency(old, new)
            if old not in (0, new):
                assert proof == subproof(old, 0, new, True)
            verify_consistency(old, mth(0, old), new, mth(0, new), proof)


def forgeries(proof: list[bytes]) -> list[list[bytes]]:
    """The proof too long at either end, too short at either end, swapped, and each hash changed in one bit."""
    other = leaf_hash(b"foreign")
    found = [[*proof, other], [other, *proof], [*proof, *proof[-1:]] if proof else [other, other]]
    if proof:
        found += [proof[1:], proof[:-1], [*proof[:-1], proof[-1][:-1]], [*proof[:-1], proof[-1] + b"\0"]]
        found += [[*proof[:i], bytes([one[0] ^ 1]) + one[1:], *proof[i + 1 :]] for i, one in enumerate(proof)]
    found += [
        [*proof[:i], proof[i + 1], proof[i], *proof[i + 2 :]] for i in range(len(proof) - 1) if proof[i] != proof[i + 1]
    ]
    return found


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_proof_holds_for_another_size_of_the_tree(data: st.DataObject) -> None:
    # Under another size's own root. (Some proofs hold for a wrong size under the old root; the
    # checkpoint binds size and root together, so nobody is ever asked that.)
    tree = Tree(LEAVES)
    size = data.draw(st.integers(1, LARGEST))
    other = data.draw(st.integers(1, LARGEST).filter(lambda n: n != size))
    old = data.draw(st.integers(1, size))
    proof = tree.consistency(old, size)
    if other >= old and proof != tree.consistency(old, other):
        refuse_consistency(old, tree.root(old), other, tree.root(other), proof)


def test_a_proof_has_exactly_the_length_of_its_path() -> None:
    # Hashes that fit together, under sizes that they do not belong to.
    one, two, three = LEAVES[:3]
    pair, more = mth(0, 2), sha256(b"\x01" + mth(0, 2) + three).digest()
    with pytest.raises(EvidenceError, match="consistency proof ends before"):
        verify_consistency(1, one, 4, pair, [two])
    with pytest.raises(EvidenceError, match="consistency proof is longer"):
        verify_consistency(1, one, 2, more, [two, three])
    with pytest.raises(EvidenceError, match="consistency proof is empty"):
        verify_consistency(3, more, 4, more, [])


def test_a_hash_of_another_length_is_refused() -> None:
    # Two hashes cut at another place would otherwise make the same parent.
    one, two = LEAVES[:2]
    with pytest.raises(EvidenceError, match="33 bytes"):
        verify_consistency(1, one + two[:1], 2, mth(0, 2), [two[1:]])


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_forged_consistency_proof_holds(data: st.DataObject) -> None:
    tree = Tree(LEAVES)
    new = data.draw(st.integers(0, LARGEST))
    old = data.draw(st.integers(0, new))
    proof, old_root, new_root = tree.consistency(old, new), tree.root(old), tree.root(new)
    for forged in forgeries(proof):
        refuse_consistency(old, old_root, new, new_root, forged)
    refuse_consistency(old, leaf_hash(b"another root"), new, new_root, proof)
    refuse_consistency(new + 1, new_root, new, new_root, proof)
    refuse_consistency(-1, old_root, new, new_root, proof)
    if old:
        refuse_consistency(old, old_root, new, leaf_hash(b"another root"), proof)
    if new != old:
        refuse_consistency(new, new_root, old, old_root, proof)


@settings(max_examples=80, deadline=None)
@given(st.integers(1, LARGEST), st.integers(0, LARGEST - 1))
def test_a_rewritten_past_is_not_consistent(old: int, changed: int) -> None:
    changed %= old
    honest, rewritten = Tree(LEAVES), Tree([*LEAVES[:changed], leaf_hash(b"rewritten"), *LEAVES[changed + 1 :]])
    refuse_consistency(old, honest.root(old), LARGEST, rewritten.root(), rewritten.consistency(old, LARGEST))


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(-2, 2**70), st.integers(-2, 2**70))
def test_no_input_from_outside_stops_the_verifiers(proof: list[bytes], one: int, two: int) -> None:
    if one != two:
        refuse_consistency(one, LEAVES[0], two, EMPTY_ROOT, proof)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda tree: tree.root(LARGEST + 1), id="root beyond the end"),
        pytest.param(lambda tree: tree.root(-1), id="root of a negative size"),
        pytest.param(lambda tree: tree.consistency(6, 5), id="old larger than new"),
        pytest.param(lambda tree: tree.consistency(-1, 5), id="negative old size"),
        pytest.param(lambda tree: tree.consistency(1, LARGEST + 1), id="new beyond the end"),
    ],
)
def test_what_the_tree_does_not_have_is_refused(tree: Tree, ask) -> None:  # type: ignore[no-untyped-def] # lambdas
    with pytest.raises(EvidenceError):
        ask(tree)


def refuse_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> None:
    with pytest.raises(EvidenceError):
        verify_consistency(old, old_root, new, new_root, proof)

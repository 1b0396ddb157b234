"""The envelope under attack, where ``tests/security`` has not been; and a checker in another language."""

import json
import random
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from worlds import World

from i247sim.audit.tree import Tree, leaf_hash
from i247sim.security import envelope
from i247sim.security.padding import sealed_size
from i247sim.vocabulary.errors import FormatError

V1 = json.loads((Path(__file__).parents[1] / "security" / "vectors" / "v1.json").read_text(encoding="utf-8"))
NODE = shutil.which("node")


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def signed_by_hand(world: World, header: bytes, stanzas: list[bytes], hub_part: bytes = b"") -> bytes:
    """A full copy over anything, truly signed by FR: what the true code would refuse to make."""
    hub_part = hub_part or b'{"audience":[],"counter":1,"receipted":0}'
    body, salt = bytes(sealed_size(2048)), bytes(32)
    h = envelope.bind(header, sha256(salt + hub_part).digest())
    digests = [sha256(one).digest() for one in stanzas]
    signature = world.ids["FR"].signing.sign(envelope.signed_input(h, digests, sha256(body).digest()))
    return envelope.join_full(header, salt, hub_part, stanzas, body, [signature])


def header_of(world: World) -> bytes:
    return envelope.parse(world.send()).header_bytes


def test_what_is_signed_by_hand_is_read_where_nothing_is_wrong(world: World) -> None:
    """Otherwise the refusals below would prove nothing."""
    world.accept(signed_by_hand(world, header_of(world), [bytes(envelope.STANZA_BYTES)]))


@pytest.mark.parametrize("size", [0, 31, 32, envelope.STANZA_BYTES - 1, envelope.STANZA_BYTES + 1])
def test_a_stanza_of_another_size_is_refused_though_signed(world: World, size: int) -> None:
    """32 bytes: a digest that poses as a stanza in a full copy."""
    with pytest.raises(FormatError):
        envelope.parse(signed_by_hand(world, header_of(world), [bytes(size)]))


@pytest.mark.parametrize(
    "twice",
    [
        pytest.param(b'"from":"BR","from":"FR",', id="a name twice"),
        pytest.param(b'"from":"BR","\\u0066rom":"FR",', id="a name twice, once with an escape"),
        pytest.param(b'"sender":"BR","from":"FR",', id="under its other name as well"),
        pytest.param(b'"from":"FR","x":{"from":"BR"},', id="within something unknown"),
        pytest.param(b'"from":"FR\\u0000",', id="with a zero byte behind it"),
        pytest.param(b'"from":["FR"],', id="in a list"),
        pytest.param(b'"from":"\\ud800",', id="a lone surrogate"),
    ],
)
def test_a_header_that_can_be_read_in_two_ways_is_refused(world: World, twice: bytes) -> None:
    header = header_of(world).replace(b'"from":"FR",', twice)
    assert header != header_of(world)
    with pytest.raises(FormatError):
        envelope.parse(signed_by_hand(world, header, [bytes(envelope.STANZA_BYTES)]))


# --- another language

needs_node = pytest.mark.skipif(NODE is None, reason="Node is not here: the checker in JavaScript cannot be run")


def in_javascript(**question: Any) -> dict[str, Any]:
    assert NODE is not None
    asked = {"keys": {}, "envelopes": [], "frames": [], "proofs": [], **question}
    script = Path(__file__).with_name("checker.js")
    done = subprocess.run([NODE, script], input=json.dumps(asked), capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@needs_node
def test_a_checker_in_javascript_agrees_on_every_signature() -> None:
    """Bad ones that fall to something else than framing and Ed25519 are not its business."""
    keys = {party: held["signing_public"] for party, held in V1["parties"].items()}
    kinds = {kind: [(case["name"], case["wire"]) for case in V1[kind]] for kind in ("envelopes", "frames")}
    said = in_javascript(keys=keys, **kinds)
    for kind in ("envelopes", "frames"):
        good = {case["name"] for case in V1[kind] if case["refused_at"] is None}
        assert good <= {name for name, holds in said[kind].items() if holds}
    for name in ("one byte too many", "one byte too few", "unknown version", "signature changed", "signed by another"):
        assert said["envelopes"][name] is False
    for name in ("signature changed", "one byte too many", "said to be an acceptance"):
        assert said["frames"][name] is False


@needs_node
def test_a_checker_in_javascript_agrees_on_every_proof() -> None:
    chance = random.Random(1)
    tree = Tree(leaf_hash(b"entry %d" % number) for number in range(21))
    proofs, expected = [], []
    for size in range(2, tree.size + 1):
        old = chance.randrange(1, size)
        path = [one.hex() for one in tree.consistency(old, size)]
        good = {
            "old": old,
            "oldRoot": tree.root(old).hex(),
            "size": size,
            "root": tree.root(size).hex(),
            "path": path,
        }
        bad = [
            {**good, "oldRoot": "11" * 32},
            {**good, "root": "00" * 32},
            {**good, "old": size, "size": old},
            {**good, "path": [*path, "00" * 32]},
            {**good, "path": path[:-1]},
        ]
        proofs += [good, *bad]
        expected += [True, *(False for _ in bad)]
    assert in_javascript(proofs=proofs)["proofs"] == expected

"""Copies of one message, read and kept together: whatever was read before, the same comes out."""

from collections.abc import Callable

import pytest
from sealed_world import World

from i247sim.security.copies import forget, read_copy, whole
from i247sim.security.envelope import Envelope, parse, slim
from i247sim.vocabulary.errors import FormatError

SUITES = ["i247-1", "i247-2"]


def outcome(read: Callable[[bytes], Envelope], wire: bytes) -> object:
    """The envelope with all that is worked out from it, or what is said of the bytes."""
    try:
        envelope = read(wire)
    except FormatError as error:
        return str(error)
    if envelope.reader is not None:
        assert whole(envelope.shared, envelope.own) == wire
    return envelope, envelope.h, envelope.body_digest, envelope.signed


@pytest.mark.parametrize("published", [False, True], ids=["to", "audience"])
@pytest.mark.parametrize("suite", SUITES)
def test_a_copy_is_read_the_same_whether_or_not_another_of_its_message_was_read_before(
    world: World, suite: str, published: bool
) -> None:
    names = ("BR", "DE", "IPSG")
    send = world.publish if published else world.send
    full = world.accept(send(names, suite=suite))
    all_three = [slim(full, index) for index in range(3)]
    stranger = slim(world.accept(world.send(("BR", "DE"), suite=suite)), 0)
    for first in all_three:
        forget()
        read_copy(first)
        for copy in all_three:
            assert outcome(read_copy, copy) == outcome(parse, copy)
            assert read_copy(copy).shared == parse(copy).shared == read_copy(first).shared
        assert [type(one) for one in (read_copy(stranger), read_copy(full.wire))] == [Envelope, Envelope]


@pytest.mark.parametrize("mine", [0, 1])
def test_no_changed_byte_slips_through_beside_a_copy_that_was_read_before(world: World, mine: int) -> None:
    full = world.accept(world.send(("BR", "DE")))
    other, copy = slim(full, 1 - mine), slim(full, mine)
    for at in range(mine, len(copy), 3):
        changed = bytearray(copy)
        changed[at] ^= 1 << (at % 8)
        forget()
        read_copy(other)
        assert outcome(read_copy, bytes(changed)) == outcome(parse, bytes(changed)), at
    for longer in (copy + b"\0", copy[:-1], copy[:40], b""):
        assert outcome(read_copy, longer) == outcome(parse, longer)

"""Many payloads in one MQTT message, and out again."""

from hypothesis import given
from hypothesis import strategies as st

from i247sim.transport.bundle import MAGIC, MAX_BYTES, MAX_PARTS, groups, join, split

PARTS = st.lists(st.binary(max_size=40) | st.binary(max_size=20).map(lambda tail: MAGIC + tail), min_size=1, max_size=8)


@given(PARTS)
def test_what_is_joined_comes_apart_again(parts: list[bytes]) -> None:
    assert split(join(parts)) == parts


@given(st.binary(max_size=100).map(lambda tail: MAGIC + tail))
def test_bytes_that_only_look_like_a_bundle_are_handed_on_or_split_without_loss(payload: bytes) -> None:
    parts = split(payload)
    assert parts == [payload] or join(parts) == payload


def test_a_payload_alone_stays_as_it_is() -> None:
    assert join([b"x"]) == b"x"


def test_groups_keep_the_order_and_the_bounds() -> None:
    parts = [bytes([number % 251]) * 1000 for number in range(400)] + [b""] * (MAX_PARTS + 5)
    found = list(groups(parts))
    assert [part for group in found for part in group] == parts
    assert all(len(group) <= MAX_PARTS and sum(map(len, group)) <= MAX_BYTES for group in found)
    assert list(groups([b"x" * (2 * MAX_BYTES)])) == [[b"x" * (2 * MAX_BYTES)]]


def test_too_many_parts_are_not_split() -> None:
    payload = MAGIC + bytes(4) * (MAX_PARTS + 1)
    assert split(payload) == [payload]

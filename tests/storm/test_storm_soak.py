"""What a soak makes of its samples."""

import pytest

from i247sim.exercise.storm.soak import WARM_MESSAGES, Sample, Soak


def a_soak(memory: list[float], files: list[int] | None = None, sent: int = 4 * WARM_MESSAGES) -> Soak:
    samples = [
        Sample(seconds=at, sent=at, opened=at, memory={"hub": mib}, descriptors={"hub": count})
        for at, (mib, count) in enumerate(zip(memory, files or [12] * len(memory), strict=True))
    ]
    return Soak(rate=10, seconds=100, samples=samples, sent=sent)


@pytest.mark.parametrize(
    ("memory", "steady"),
    [
        ([70, 70, 110, 110, 112, 113, 117, 117], True),
        ([70, 70, 110, 110, 112, 113, 119, 119], False),
        ([70, 90, 100, 100, 90, 90, 80, 80], True),
    ],
    ids=["grows while it fills", "goes on growing", "shrinks"],
)
def test_memory_is_compared_from_the_second_quarter_to_the_last(memory: list[float], steady: bool) -> None:
    assert a_soak(memory).steady is steady


@pytest.mark.parametrize(
    ("files", "steady"),
    [([12, 20, 12, 12, 13, 12, 12, 20], True), ([12, 12, 12, 12, 12, 13, 12, 13], False)],
    ids=["a line came back", "one more than ever before"],
)
def test_an_open_file_more_than_ever_in_the_first_half_is_a_leak(files: list[int], steady: bool) -> None:
    assert a_soak([100.0] * 8, files).steady is steady


def test_a_soak_that_ends_while_memory_still_fills_cannot_tell() -> None:
    assert a_soak([100.0] * 8).long_enough
    assert not a_soak([100.0] * 8, sent=4 * WARM_MESSAGES - 1).long_enough


@pytest.mark.parametrize(("held_back", "expired", "kept_up"), [(10, 0, True), (5, 5, True), (6, 5, False)])
def test_one_message_in_a_hundred_may_come_late_or_not_at_all(held_back: int, expired: int, kept_up: bool) -> None:
    soak = a_soak([100.0] * 8)
    soak.held_back, soak.expired = held_back, expired
    assert soak.kept_up is kept_up

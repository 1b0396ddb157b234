"""Who waits behind whom."""

from i247sim.hub.events import Arrived
from i247sim.hub.queue import FairQueue


def arrived(party: str, number: int, size: int = 1) -> Arrived:
    return Arrived(party, number.to_bytes(4) + bytes(size))


def names(events: list[Arrived]) -> list[tuple[str, int]]:
    return [(event.topic, int.from_bytes(event.data[:4])) for event in events]


def test_whoever_floods_waits_behind_itself_and_nobody_else_behind_it() -> None:
    queue = FairQueue()
    for number in range(1000):
        queue.put(arrived("FR", number))
    queue.put(arrived("JP", 0))
    queue.put(arrived("KE", 0))
    assert names(queue.take(4)) == [("FR", 0), ("JP", 0), ("KE", 0), ("FR", 1)]
    assert len(queue) == 998


def test_turns_go_on_where_they_ended_and_each_senders_order_is_kept() -> None:
    queue = FairQueue()
    for party in ("FR", "JP", "KE"):
        for number in range(3):
            queue.put(arrived(party, number))
    taken = [*queue.take(2), *queue.take(2), *queue.take(99)]
    assert names(taken) == [(party, number) for number in range(3) for party in ("FR", "JP", "KE")]
    assert len(queue) == 0
    assert queue.take(1) == []


def test_a_senders_bound_drops_what_is_above_it_and_touches_nobody_else() -> None:
    queue = FairQueue(most_messages=10)
    for number in range(25):
        queue.put(arrived("FR", number))
    queue.put(arrived("JP", 0))
    assert queue.dropped == 15
    assert len(queue) == 11
    assert names(queue.take(99))[-1] == ("FR", 9)
    queue.put(arrived("FR", 10))
    assert names(queue.take(1)) == [("FR", 10)]


def test_bytes_are_bounded_too_but_one_message_always_fits() -> None:
    queue = FairQueue(most_bytes=100)
    queue.put(arrived("FR", 0, 500))
    queue.put(arrived("FR", 1, 1))
    assert (len(queue), queue.dropped) == (1, 1)
    assert len(queue.take(1)) == 1
    queue.put(arrived("FR", 1, 1))
    queue.clear()
    assert len(queue) == 0

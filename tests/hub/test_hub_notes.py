"""What goes out under one signature, and what by itself."""

from pathlib import Path

import pytest
from hub_world import HubWorld, enrolled

from i247sim.hub import notes
from i247sim.hub.actions import Item
from i247sim.hub.database import HubDatabase
from i247sim.hub.log_keys import log_keys
from i247sim.hub.notes import Notes
from i247sim.security import envelope as sealed
from i247sim.vocabulary.frames import MAX_DELIVERIES, NoteKind

Numbered = list[tuple[int, Item]]


@pytest.fixture
def pen(tmp_path: Path) -> Notes:
    return Notes(HubDatabase(tmp_path / "hub.db", *log_keys(enrolled().identities["HUB"])))


@pytest.fixture
def world() -> HubWorld:
    return HubWorld()


def copies(pen: Notes, world: HubWorld, count: int, first: int = 1) -> Numbered:
    found = []
    for number in range(first, first + count):
        envelope = sealed.parse(world.sealed("FR", ("BR",)))
        pen.keep(envelope)
        found.append((number, Item(NoteKind.DELIVERY, message=envelope.header.id, decision=1, directory=1)))
    return found


def lengths(pen: Notes, items: Numbered) -> list[int]:
    runs = list(pen.runs(items))
    assert [one for run in runs for one in run] == items, "all of them, in order, once"
    return [len(run) for run in runs]


def test_nothing_is_no_run(pen: Notes) -> None:
    assert lengths(pen, []) == []


def test_copies_side_by_side_are_one_run_up_to_the_most_that_it_may_hold(pen: Notes, world: HubWorld) -> None:
    assert lengths(pen, copies(pen, world, MAX_DELIVERIES + 3)) == [MAX_DELIVERIES, 3]


def test_anything_else_stands_by_itself_between_runs(pen: Notes, world: HubWorld) -> None:
    change = [(3, Item(NoteKind.DIRECTORY, directory=2))]
    assert lengths(pen, [*copies(pen, world, 2), *change, *copies(pen, world, 3, 4)]) == [2, 1, 3]


def test_a_publication_stands_by_itself_since_the_reviewers_decision_belongs_to_it(pen: Notes, world: HubWorld) -> None:
    (number, item), *others = copies(pen, world, 3)
    reviewed = Item(item.kind, message=item.message, decision=1, directory=1, sources=(7,))
    assert lengths(pen, [(number, reviewed), *others]) == [1, 2]


def test_a_missing_number_ends_a_run(pen: Notes, world: HubWorld) -> None:
    assert lengths(pen, [*copies(pen, world, 2), *copies(pen, world, 2, 4)]) == [2, 2]


def test_large_copies_do_not_gather(pen: Notes, world: HubWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    items = copies(pen, world, 4)
    assert items[0][1].message is not None
    size = len(pen._envelope(items[0][1].message).body)
    monkeypatch.setattr(notes, "_TOGETHER_BYTES", 2 * size)
    assert lengths(pen, items) == [2, 2]
    monkeypatch.setattr(notes, "_TOGETHER_BYTES", size - 1)
    assert lengths(pen, items) == [1, 1, 1, 1]

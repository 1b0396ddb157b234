"""What fuzzing once found does not come back; and every target is fuzzed a little, by chance, each time."""

from pathlib import Path

import pytest
from fuzz import CORPUS, by_chance
from fuzz_targets import TARGETS

FOUND = sorted(CORPUS.glob("*-*"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_was_once_found_is_refused_in_words(path: Path) -> None:
    target, _ = TARGETS[path.name.split("-", 1)[0]]
    target(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_takes_its_own_seeds_and_some_changes_of_them(name: str) -> None:
    target, begin = TARGETS[name]
    seeds = list(begin())
    assert seeds
    for seed in seeds:
        target(seed)
    by_chance(target, seeds, 60)


@pytest.mark.deep
@pytest.mark.parametrize("name", TARGETS)
def test_many_changes_by_chance_break_no_promise(name: str) -> None:
    target, begin = TARGETS[name]
    by_chance(target, list(begin()), 20_000, seed=7)

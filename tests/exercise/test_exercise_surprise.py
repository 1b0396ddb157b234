"""Surprise packs: drawn by a seed, fitting, and the same again."""

import asyncio
from pathlib import Path

import pytest

from i247sim.clock.patience import HURRIED
from i247sim.exercise import shelf
from i247sim.exercise.acts import Difficulty, Theme
from i247sim.exercise.loader import loads
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.settings import read_injects
from i247sim.exercise.surprise import HOW_MANY, Surprise, pack
from i247sim.vocabulary.errors import InputError

STORY = b"""
title: Small
aim: something to surprise
participants: {bureaus: [FR, DE, BR, NO, JP]}
timeline:
- at: T+8h
  send: {from: FR, kind: INFO_REQUEST, to: [DE, NO], purpose: case-support, subject: one}
"""


def drawn(level: Difficulty, theme: Theme | None = None, seed: int = 1) -> tuple[Surprise, ...]:
    return pack(loads(STORY), level, theme, seed, Medium.MEMORY)


@pytest.mark.parametrize("level", Difficulty)
def test_a_pack_is_the_same_for_the_same_seed_and_no_harder_than_asked(level: Difficulty) -> None:
    found = drawn(level)
    assert found == drawn(level)
    assert 1 <= len(found) <= HOW_MANY[level]
    levels = list(Difficulty)
    assert all(levels.index(shelf.own(one.name).difficulty) <= levels.index(level) for one in found)
    assert [one.at for one in found] == sorted(one.at for one in found)


def test_another_seed_draws_another_pack() -> None:
    assert len({tuple((one.name, one.at) for one in drawn(Difficulty.EASY, seed=seed)) for seed in range(3)}) == 3


@pytest.mark.parametrize("theme", Theme)
def test_a_pack_keeps_to_its_theme(theme: Theme) -> None:
    assert {shelf.own(one.name).theme for one in drawn(Difficulty.HARD, theme)} == {theme}


def test_where_nothing_fits_that_is_said() -> None:
    lonely = loads(
        b"title: Alone\naim: a\nparticipants: {bureaus: [FR]}\ntimeline:\n- {at: T+1h, cut: {party: FR, stays: yes}}\n"
    )
    with pytest.raises(InputError, match="no surprise fits `Alone`"):
        pack(lonely, Difficulty.EASY, None, 1, Medium.MEMORY)


def played(out: Path, injects: tuple) -> Finished:  # type: ignore[type-arg]
    file = out.with_suffix(".yaml")
    file.write_bytes(STORY)
    session = Session.create(Options(file, medium=Medium.MEMORY, out=out, injects=injects), Watch())
    session.patience = HURRIED
    return asyncio.run(session.run())


def test_a_surprised_run_happens_again_from_its_own_folder(tmp_path: Path) -> None:
    steps = tuple((0, step) for one in drawn(Difficulty.MEDIUM) for step in one.steps)
    first = played(tmp_path / "first", steps)
    name, seed, recorded = read_injects(first.folder)
    assert (name, seed, len(recorded)) == ("first", first.seed, len(steps))
    again = played(tmp_path / "again", recorded)
    assert again.transcript.digest() == first.transcript.digest()
    plain = played(tmp_path / "plain", ())
    assert plain.transcript.digest() != first.transcript.digest()

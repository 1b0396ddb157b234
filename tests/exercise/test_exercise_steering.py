"""Steering a running exercise: pauses and steps change nothing, live injects are recorded and happen again."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from i247sim.exercise.compare import differences, transcript_of
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.settings import read_injects
from i247sim.exercise.steering import FILE, order
from i247sim.exercise.verify import verify
from i247sim.vocabulary.entries import Entry
from i247sim.vocabulary.errors import InputError

SCENARIO = Path(__file__).with_name("injects.yaml")


def _options(out: Path, **more: Any) -> Options:
    return Options(SCENARIO, medium=Medium.MEMORY, out=out, **more)


def _play(options: Options) -> Finished:
    return asyncio.run(Session.create(options, Watch()).run())


async def _steered(out: Path, orders: list[tuple[str, dict[str, Any]]]) -> tuple[Finished, list[dict[str, Any]]]:
    """Run paused, give ``orders`` one by one, each when the exercise has come to a stand, then let it run."""
    task = asyncio.create_task(Session.create(_options(out, paused=True), Watch()).run())
    answers = []
    while True:
        try:
            await order(out, "status", {})
            break
        except InputError:
            await asyncio.sleep(0.02)
    for name, arguments in orders:
        answers.append(await order(out, name, arguments))
        while not (await order(out, "status", {}))["paused"]:
            await asyncio.sleep(0.01)
    await order(out, "resume", {})
    return await task, answers


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return _play(_options(tmp_path_factory.mktemp("plain") / "run"))


def test_the_clock_that_people_see_never_goes_back(tmp_path: Path) -> None:
    shown: list[datetime] = []

    def look(_: list[Entry]) -> None:
        shown.extend(one.clock for one in conductors)

    conductors: list[Conductor] = []
    watch = Watch(entries=look, begun=conductors.append)
    asyncio.run(Session.create(_options(tmp_path / "run"), watch).run())
    assert len(set(shown)) > 3
    assert shown == sorted(shown)


def test_pauses_steps_and_stops_do_not_change_what_happens(plain: Finished, tmp_path: Path) -> None:
    orders: list[tuple[str, dict[str, Any]]] = [
        ("step", {"count": 2}),
        ("until", {"offset": "T+2h10m"}),
        ("step", {"count": 1}),
        ("pace", {"factor": "1e6"}),
    ]
    steered, _ = asyncio.run(_steered(tmp_path / "run", orders))
    assert steered.transcript.digest() == plain.transcript.digest()


def test_a_live_inject_is_recorded_and_happens_again(plain: Finished, tmp_path: Path) -> None:
    orders: list[tuple[str, dict[str, Any]]] = [
        ("until", {"offset": "T+5h30m"}),
        ("inject", {"step": "cut: {party: DE, stays: 'yes'}", "wait": 600}),
    ]
    live, _ = asyncio.run(_steered(tmp_path / "live", orders))
    assert live.transcript.digest() != plain.transcript.digest()
    assert live.completeness.queued == 1
    assert verify(live.folder).transcript == live.transcript.digest()
    name, seed, injects = read_injects(live.folder)
    assert (name, seed) == ("injects", 1)
    # It was given for 600 seconds after the moment up to which the clock was to run.
    assert [step.at for _, step in injects] == [timedelta(hours=5, minutes=40)]
    again = _play(_options(tmp_path / "again", injects=injects))
    assert differences(transcript_of(again.folder), transcript_of(live.folder)) == []


def test_what_was_just_injected_is_counted_at_once(tmp_path: Path) -> None:
    orders: list[tuple[str, dict[str, Any]]] = [
        ("until", {"offset": "T+5h30m"}),
        ("status", {}),
        ("inject", {"step": "cut: {party: DE}", "wait": 1}),
    ]
    _, (_, before, after) = asyncio.run(_steered(tmp_path / "live", orders))
    assert after["planned"] == before["planned"] + 1
    assert (before["offset"], after["next_offset"]) == ("T+5h30m", "T+5h30m1s")


def test_a_difference_names_the_rows_of_both_sides(plain: Finished, tmp_path: Path) -> None:
    other = _play(_options(tmp_path / "other", seed=2))
    found = differences(plain.transcript, other.transcript)
    assert found
    assert any(one.only_first for one in found)
    assert any(one.only_second for one in found)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("cut: {party: XX}", "`XX` does not take part"),
        ("cat: 3", "`cat`"),
        ("cut: {party: DE}\nrestore: {party: DE}", "inject:1: a step has exactly one verb"),
        ("- 1", "expected one verb"),
        ("replay: {message: nothing}", "nothing"),
        ("cut: *x", "inject"),
    ],
    ids=["unknown party", "unknown verb", "two verbs", "a list", "unknown message", "an alias"],
)
def test_a_bad_inject_is_refused_in_one_line_and_changes_nothing(tmp_path: Path, step: str, expected: str) -> None:
    async def attempt() -> None:
        out = tmp_path / "run"
        task = asyncio.create_task(Session.create(_options(out, paused=True), Watch()).run())
        while not (out / "work" / "steering.json").exists():
            await asyncio.sleep(0.02)
        with pytest.raises(InputError, match="inject") as caught:
            await order(out, "inject", {"step": step, "wait": 1})
        assert expected in str(caught.value)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(attempt())


NONSENSE: list[tuple[str, dict[str, Any], str]] = [
    ("step", {}, "expected `count` as a number"),
    ("step", {"count": -5}, "expected `count` as a number from 1 to 10000"),
    ("step", {"count": True}, "expected `count` as a number"),
    ("inject", {"step": 5, "wait": 1}, "expected `step` as text"),
    ("inject", {"step": "cut: {party: DE}", "wait": 1e300}, "expected `wait` as a number"),
    ("inject", {"step": "cut: {party: DE}", "wait": 10**15}, "expected `wait` as a number"),
    ("shelf", {"wait": 1}, "expected `name` as text"),
    ("pace", {"factor": 60}, "expected `factor` as text"),
    ("until", {}, "expected `offset` as text"),
    ("query", {"query": {"database": "x"}}, "that is no query"),
    ("query", {"query": None, "record": 5}, "expected `record` as text"),
]


def test_orders_of_another_shape_are_refused_in_words_and_nothing_moves(tmp_path: Path) -> None:
    asyncio.run(_asked_nonsense(tmp_path / "run"))


async def _asked_nonsense(out: Path) -> None:
    task = asyncio.create_task(Session.create(_options(out, paused=True), Watch()).run())
    while not (out / "work" / FILE).exists():
        await asyncio.sleep(0.02)
    for name, arguments, said in NONSENSE:
        with pytest.raises(InputError, match=said):
            await order(out, name, arguments)
    socket = json.loads((out / "work" / FILE).read_text())["socket"]
    for sent in (b"not json", b"[]", b"{}", b"[" * 100_000, b'{"name": 1, "arguments": {}}'):
        reader, writer = await asyncio.open_unix_connection(socket)
        writer.write(len(sent).to_bytes(4, "big") + sent)
        answer = await asyncio.wait_for(reader.read(4), 30)
        assert answer == b"" or b"expected" in await reader.read(200)
        writer.close()
    status = await order(out, "status", {})
    assert (status["released"], status["left"], status["paused"]) == (0, 0, True)
    await order(out, "resume", {})
    await task


def test_nobody_can_be_steered_where_nothing_runs(plain: Finished, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no exercise is running"):
        asyncio.run(order(plain.folder, "status", {}))

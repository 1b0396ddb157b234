"""Whole exercises over somebody else's broker: the same transcript, the same proofs, and honest words when it fails."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from operator_of_brokers import Operator

from i247sim.exercise import catalogue
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.loader import load
from i247sim.exercise.medium import Medium
from i247sim.exercise.report import Finished
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.storm.story import draw
from i247sim.exercise.verify import verify
from i247sim.transport.configure import BrokerKind
from i247sim.vocabulary.errors import InputError, NetworkFailed

STORY = catalogue.find("red-notice")
HEAD = """\
title: A short story
aim: See what a broker of somebody else is told. All persons and messages are fictional.
participants: {bureaus: [FR, BR]}
timeline:
- at: T+1m
  send: {from: FR, to: [BR], kind: INFO_REQUEST, purpose: case-support, subject: EXERCISE first, text: EXERCISE}
"""
REVOKING = f"""{HEAD}
- at: T+2m
  revoke: {{party: FR, reason: EXERCISE key lost}}
- at: T+3m
  send: {{from: BR, to: [FR], kind: INFO_REQUEST, purpose: case-support, subject: EXERCISE second, text: EXERCISE}}
"""
STOPPING = f"""{HEAD}
- at: T+2m
  stop: {{what: broker}}
- at: T+3m
  start: {{what: broker}}
"""


async def an_operator(kind: BrokerKind, story: Path = STORY) -> AsyncIterator[Operator]:
    one = Operator(kind, load(story).parties())
    await one.start()
    yield one
    await one.close()


@pytest.fixture(params=list(BrokerKind))
async def operator(request: pytest.FixtureRequest) -> AsyncIterator[Operator]:
    async for one in an_operator(request.param):
        yield one


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "story.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def options(operator: Operator, folder: Path, scenario: Path = STORY, qos: int = 0) -> Options:
    url = f"mqtts://localhost:{operator.endpoint.port}"
    return Options(scenario, out=folder, medium=Medium.EXTERNAL, broker=url, keys=operator.folder.path, qos=qos)


async def play(options: Options, told: list[str] | None = None) -> Finished:
    return await Session.create(options, Watch(trouble=(told if told is not None else []).append)).run()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return asyncio.run(play(Options(STORY, out=tmp_path_factory.mktemp("embedded") / "run")))


@pytest.mark.parametrize(
    ("kind", "qos"),
    [
        pytest.param(BrokerKind.NATS, 1, id="nats-qos1"),
        pytest.param(BrokerKind.MOSQUITTO, 0, id="mosquitto"),
        pytest.param(BrokerKind.NATS, 0, id="nats", marks=pytest.mark.deep),
        pytest.param(BrokerKind.MOSQUITTO, 1, id="mosquitto-qos1", marks=pytest.mark.deep),
    ],
)
async def test_the_story_is_the_same_over_every_broker(kind: BrokerKind, qos: int, embedded: Finished, tmp_path: Path):
    told: list[str] = []
    async for operator in an_operator(kind):
        finished = await play(options(operator, tmp_path / "run", qos=qos), told)
    assert finished.passed
    assert told == []
    assert finished.transcript.digest() == embedded.transcript.digest()
    assert finished.probes == dict.fromkeys(embedded.probes, True)
    verify(tmp_path / "run", finished.code)
    kept = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert kept["broker"] == f"mqtts://localhost:{operator.endpoint.port}"
    assert str(operator.folder.path) not in json.dumps(kept)


@pytest.fixture
async def mosquitto() -> AsyncIterator[Operator]:
    async for one in an_operator(BrokerKind.MOSQUITTO):
        yield one


async def test_paused_and_with_the_broker_restarted_in_between_the_story_is_the_same(
    mosquitto: Operator, embedded: Finished, tmp_path: Path
):
    """Mosquitto's operator stops it at three moments and starts it again; the exercise is paused at three others."""
    conductors: list[Conductor] = []
    deeds: set[asyncio.Task[None]] = set()
    lines = 0

    async def bounce() -> None:
        await mosquitto.stop()
        await mosquitto.start()

    def line(_: object) -> None:
        nonlocal lines
        lines += 1
        if lines in (15, 40, 90):
            deeds.add(asyncio.create_task(bounce()))
        if lines in (25, 60, 75) and conductors:
            conductors[0].pace.pause()
            asyncio.get_running_loop().call_later(0.05, conductors[0].pace.resume)

    watch = Watch(line=line, begun=conductors.append)
    finished = await Session.create(options(mosquitto, tmp_path / "run"), watch).run()
    await asyncio.gather(*deeds)
    assert len(deeds) == 3
    assert finished.completeness.lost == 0
    assert finished.transcript.digest() == embedded.transcript.digest()


def played_over_mosquitto(
    story: Path, folder: Path, pauses: set[int], restarts: set[int], pace: float | None
) -> Finished:
    """The story over a Mosquitto that dies after these lines of the journal, paused after those."""

    async def run() -> Finished:
        conductors: list[Conductor] = []
        deeds: set[asyncio.Task[None]] = set()
        lines = 0

        async def bounce(before: list[asyncio.Task[None]]) -> None:
            await asyncio.gather(*before)
            await operator.stop()
            await operator.start()

        def line(_: object) -> None:
            nonlocal lines
            lines += 1
            if lines in restarts:
                deeds.add(asyncio.create_task(bounce(list(deeds))))
            if lines in pauses and conductors:
                conductors[0].pace.pause()
                asyncio.get_running_loop().call_later(0.02, conductors[0].pace.resume)

        operator = Operator(BrokerKind.MOSQUITTO, load(story).parties())
        await operator.start()
        try:
            steered = replace(options(operator, folder, story), pace=pace)
            finished = await Session.create(steered, Watch(line=line, begun=conductors.append)).run()
            await asyncio.gather(*deeds)
            return finished
        finally:
            await operator.close()

    return asyncio.run(run())


@pytest.mark.deep
@given(
    st.integers(0, 10_000),
    st.sets(st.integers(1, 60), max_size=4),
    st.sets(st.integers(5, 40), max_size=2),
    st.sampled_from([None, 3e6, 3e7]),
)
@settings(max_examples=12, phases=(Phase.explicit, Phase.generate))
def test_over_mosquitto_restarted_anywhere_every_story_is_as_in_memory(
    seed: int, pauses: set[int], restarts: set[int], pace: float | None
) -> None:
    drawn = draw(seed, 5)
    # A broker that is not ours is not stopped by a story, but by its operator.
    acts = tuple(act for act in drawn.acts if not any({"stop", "cut_power"} & set(step) for step in act))
    with tempfile.TemporaryDirectory(prefix="i247-test-") as name:
        folder = Path(name)
        story = folder / "story.yaml"
        story.write_text(replace(drawn, acts=acts).text() if acts else HEAD, encoding="utf-8")
        calm = Session.create(Options(story, out=folder / "calm", medium=Medium.MEMORY), Watch())
        expected = asyncio.run(calm.run())
        finished = played_over_mosquitto(story, folder / "run", pauses, restarts, pace)
    assert finished.transcript.digest() == expected.transcript.digest()
    assert finished.completeness.lost == 0


async def test_a_revocation_is_told_and_the_network_does_not_wait_for_the_broker(
    operator: Operator, written: Callable[[str], Path], tmp_path: Path
):
    story = written(REVOKING)
    told: list[str] = []
    finished = await play(options(operator, tmp_path / "run", story), told)
    assert finished.passed
    (one,) = told
    assert one.startswith("`FR` is revoked: its session at the broker stays until the files are read; `localhost:")
    # Its operator has done nothing: the next run writes the rights back, and FR has another certificate in it.
    again = await play(options(operator, tmp_path / "again", story), told)
    assert told[1].startswith("the rights at the broker have changed")
    assert again.transcript.digest() == finished.transcript.digest()


async def test_a_broker_that_enforces_no_rights_is_not_played_over(tmp_path: Path):
    operator = Operator(BrokerKind.NATS, load(STORY).parties())
    file = operator.folder.path / "broker" / "server.conf"
    broken = json.loads(file.read_text(encoding="utf-8"))
    for user in broken["authorization"]["users"]:
        del user["permissions"]
    text = json.dumps(broken)
    await operator.start()
    await operator.stop()
    # As if its operator had changed it behind our back: what stands in the folder is as it should be.
    elsewhere = operator.folder.path.parent / "changed.conf"
    elsewhere.write_text(text, encoding="utf-8")
    operator.configuration = elsewhere
    await operator.start()
    with pytest.raises(NetworkFailed, match="does not enforce rights: `IPSG` could read what is for others"):
        await play(options(operator, tmp_path / "run"))
    assert not (tmp_path / "run").exists()
    await operator.close()


async def test_a_broker_of_another_folder_does_not_admit_the_hub_and_that_is_said(tmp_path: Path):
    ours, theirs = (Operator(BrokerKind.NATS, load(STORY).parties()) for _ in range(2))
    await theirs.start()
    strange = Options(
        STORY,
        out=tmp_path / "run",
        medium=Medium.EXTERNAL,
        broker=f"mqtts://localhost:{theirs.endpoint.port}",
        keys=ours.folder.path,
    )
    with pytest.raises(NetworkFailed, match=r"its certificate is not believed: .*the one that the folder was made for"):
        await play(strange)
    await ours.close()
    await theirs.close()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(STOPPING, "an external one is not ours to stop", id="it would have to be stopped"),
        pytest.param(HEAD.replace("BR", "DE"), "does not know `DE`", id="it does not know everybody"),
    ],
)
async def test_what_cannot_be_played_over_somebody_elses_broker_is_refused_before_anything_is_made(
    text: str, why: str, written: Callable[[str], Path], tmp_path: Path
):
    operator = Operator(BrokerKind.NATS, ["FR", "BR", "IPSG", "NDTF"])
    with pytest.raises(InputError, match=why):
        Session.create(options(operator, tmp_path / "run", written(text)), Watch())
    assert not (tmp_path / "run").exists()
    await operator.close()


@pytest.mark.parametrize(
    "lines", [pytest.param(15, marks=pytest.mark.deep), 40, pytest.param(65, marks=pytest.mark.deep)]
)
async def test_a_run_that_was_stopped_goes_on_over_the_same_broker(lines: int, embedded: Finished, tmp_path: Path):
    seen = 0

    def count(line: dict[str, object]) -> None:
        nonlocal seen
        seen += 1
        if seen == lines:
            running.cancel()  # as Ctrl-C does

    async for operator in an_operator(BrokerKind.NATS):
        session = Session.create(options(operator, tmp_path / "run"), Watch(line=count))
        running = asyncio.create_task(session.run())
        with pytest.raises(asyncio.CancelledError):
            await running
        finished = await Session.resume(tmp_path / "run", Watch()).run(again=True)
    assert finished.passed
    assert finished.transcript.digest() == embedded.transcript.digest()

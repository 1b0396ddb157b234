"""A whole network on the memory broker, with links that drop, repeat, swap and delay, and a hub that dies.

``play`` conducts a scenario to its end and returns everything it left behind. Faults come from a seed alone.
"""

import asyncio
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from i247sim.audit.checkpoint import NoteVerifier, open_checkpoint, witness_name
from i247sim.audit.verify import verify_log
from i247sim.clock.pace import Pace
from i247sim.clock.patience import HURRIED
from i247sim.exercise import observe
from i247sim.exercise.agenda import Agenda
from i247sim.exercise.assembly import Network, Wiring
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.enrolment import SETUP, Enrolled, enrol
from i247sim.exercise.faults import Cut, Restore
from i247sim.exercise.keeping import open_store, read_sent
from i247sim.exercise.medium import Medium
from i247sim.exercise.orders import Measure, Restrict, Revoke
from i247sim.exercise.scenario import Entity, Participants, Scenario
from i247sim.exercise.sending import Send
from i247sim.exercise.steps import Step
from i247sim.exercise.transcript import Transcript
from i247sim.hub.log_keys import log_keys
from i247sim.hub.state import HubState
from i247sim.node.shell import Site
from i247sim.security.keys import verify_ed25519
from i247sim.security.trust import Trust
from i247sim.transport.faults import FaultyLink, seeded
from i247sim.transport.port import Link, LinkEvent
from i247sim.vocabulary.duties import When
from i247sim.vocabulary.entries import Entry
from i247sim.vocabulary.errors import NetworkFailed
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Purpose
from i247sim.vocabulary.parties import HUB, State
from i247sim.vocabulary.statements import Bar

RUN = "0123456789ab"
BUREAUS = ("FR", "BR", "DE", "NO")
ENTITY = "FR-cdg-border"
PARTICIPANTS = Participants(
    bureaus=BUREAUS, entities={ENTITY: Entity(parent="FR", name="Border post", profile=("sltd:query",))}
)


def story(seed: int, length: int = 14) -> Scenario:
    """A random exercise: messages, diffusions, restrictions, measures, cut lines, a revocation at most."""
    draw = random.Random(seed)
    steps: list[Step] = []
    at = timedelta()
    cut: set[str] = set()
    gone: set[str] = set()
    for _ in range(length):
        at += timedelta(seconds=draw.choice((0, 1, 60, 3600)))
        who, other = draw.sample(BUREAUS, 2)
        verb = draw.choices(
            ("send", "diffusion", "restrict", "measure", "cut", "restore", "revoke"), (8, 3, 2, 1, 3, 3, 0.5)
        )[0]
        if who in gone:
            continue
        match verb:
            case "send":
                to = tuple(draw.sample([one for one in (*BUREAUS, "IPSG") if one != who], draw.randint(1, 3)))
                life = timedelta(hours=draw.choice((1, 48)))
                send = Send(sender=who, kind=Kind.INFO_REQUEST, to=to, purpose=Purpose.CASE, subject="s", life=life)
                steps.append(Step(at=at, send=send))
            case "diffusion":
                to = ("IPSG", *(one for one in BUREAUS if one != who))
                send = Send(sender=who, kind=Kind.DIFFUSION, to=to, purpose=Purpose.LOCATE, subject="d")
                steps.append(Step(at=at, send=send))
            case "restrict":
                steps.append(Step(at=at, restrict=Restrict(party=who, bars=(Bar(whom=other),))))
            case "measure":
                state = draw.choice((State.ACTIVE, State.SUPERVISED, State.DISCONNECTED))
                steps.append(Step(at=at, measure=Measure(party=who, state=state)))
            case "cut" if who not in cut:
                cut.add(who)
                steps.append(Step(at=at, cut=Cut(party=who, stays=True)))
            case "restore" if cut:
                back = sorted(cut)[0]
                cut.discard(back)
                steps.append(Step(at=at, restore=Restore(party=back)))
            case "revoke" if who not in cut:
                gone.add(who)
                steps.append(Step(at=at, revoke=Revoke(party=who)))
    if draw.random() < 0.7:
        at += timedelta(minutes=1)
        steps += [Step(at=at, restore=Restore(party=one)) for one in sorted(cut)]
    duty = {"when": When.model_validate({"kind": "INFO_REQUEST"}), "send": "INFO_REPLY", "after": (60, 600)}
    officers = {one: ({**duty, "once": False},) for one in BUREAUS}
    return Scenario.model_validate(
        {
            "title": f"rough {seed}",
            "aim": "to come out the same however rough the network is",
            "seed": seed,
            "participants": PARTICIPANTS,
            "officers": officers,
            "timeline": tuple(steps),
        }
    )


@cache
def enrolled() -> Enrolled:
    """Keys for everybody, made once: every story has the same participants and start."""
    return enrol(story(0), RUN, datetime.now(UTC))


class DyingLink:
    """The hub's link in a process that is killed while it publishes: after the commit, in the middle of sending."""

    def __init__(self, link: Link, lives: int) -> None:
        self._link, self._left, self._dead = link, lives, asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._link, name)

    async def publish(self, topic: str, payload: bytes) -> None:
        self._left -= 1
        if self._left < 0:
            self._dead.set()
            raise NetworkFailed("killed")
        await self._link.publish(topic, payload)

    async def next(self) -> LinkEvent:
        event = asyncio.create_task(self._link.next())
        dead = asyncio.create_task(self._dead.wait())
        try:
            await asyncio.wait((event, dead), return_when=asyncio.FIRST_COMPLETED)
            if dead.done():
                raise NetworkFailed("killed")
            return event.result()
        finally:
            dead.cancel()
            if not event.done():
                event.cancel()
                await asyncio.gather(event, return_exceptions=True)


@dataclass(frozen=True)
class Roughness:
    """What goes wrong: shares of messages per link, how many publications the hub lives through, each time, and
    whether the broker is stopped now and then."""

    seed: int
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    lives: tuple[int, ...] = ()
    broker: bool = False


SMOOTH = Roughness(0)


@dataclass(frozen=True)
class Remains:
    """What a run leaves behind."""

    scenario: Scenario
    entries: list[Entry]
    state: HubState
    transcript: Transcript
    inbox: list[tuple[str, int, str, str]]
    """(party, number, id, status) of everything that any party took or rejected."""
    replied: list[str]
    journal: list[dict]


def _witnesses(party: str) -> list[NoteVerifier]:
    public = enrolled().identities[party].signing.public
    name = witness_name(RUN, party)
    return [NoteVerifier(name, public, lambda signature, message: verify_ed25519(public, signature, message))]


async def play(scenario: Scenario, rough: Roughness, work: Path) -> Remains:
    """Conduct ``scenario`` to its end and check that the log verifies."""
    import json

    store = open_store(None)
    holder: list[Conductor] = []
    schedule = lambda *plan: holder[0].schedule(*plan)  # noqa: E731, PLW0108 - not there yet
    site = Site(RUN, scenario.start - SETUP, store, schedule, patience=HURRIED)
    lives = list(rough.lives)
    faulty: list[FaultyLink] = []
    decide = seeded(rough.seed, drop=rough.drop, duplicate=rough.duplicate, reorder=rough.reorder, delay=rough.delay)

    def over(link: Link) -> Link:
        if rough == SMOOTH:
            return link
        wrapped = FaultyLink(link, decide)
        faulty.append(wrapped)
        if link.party == HUB and lives:
            return DyingLink(wrapped, lives.pop(0))
        return wrapped

    (work / "hub").mkdir(parents=True)
    network = Network(scenario, enrolled(), work, site, Wiring(Medium.MEMORY, over=over), lambda text: None)
    await network.start()
    conductor = Conductor(scenario, enrolled(), network, site, Agenda(), Pace(None))
    holder.append(conductor)

    async def disturb() -> None:
        number = 0
        while True:
            await asyncio.sleep(0.03)
            for link in faulty:
                await link.release()
            number += 1
            if rough.broker and number % 7 == 0:
                await network.broker.stop()

    disturber = asyncio.create_task(disturb())
    try:
        conductor.plan()
        await conductor.begin()
        await conductor.play()
        checkpoint = await conductor.finish()
    finally:
        disturber.cancel()
        await asyncio.gather(disturber, return_exceptions=True)
        await network.stop()
    _, verifier = log_keys(enrolled().identities[HUB])
    held = [open_checkpoint(checkpoint, verifier)]
    summary = verify_log(work / "hub" / "hub.db", verifier, _witnesses, held)
    assert summary.unsigned == 0
    state = HubState(Trust.anchor(enrolled().authority.root, RUN))
    for entry in conductor.entries:
        state.apply(entry)
    return Remains(
        scenario,
        conductor.entries,
        state,
        observe.transcript(read_sent(store), conductor.entries, []),
        list(store.rows("SELECT party, number, id, status FROM inbox ORDER BY party, number")),
        [facts for (facts,) in store.rows("SELECT facts FROM sent ORDER BY party, ordinal")],
        [json.loads(line) for line in store.journal_lines()],
    )

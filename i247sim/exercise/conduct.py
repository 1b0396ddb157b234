"""Conduct an exercise: release what is due, one cause at a time, and let the network come to rest in between.

Simulated time is logical: it stands still while anything is going on, so what happens does not depend on how
fast it happens. *Quiet* means that no party and not the hub owes anybody anything that can make progress; what is
owed to a party that is cut off is set aside. If nothing moves for a while, that is named and the run stops.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from i247sim.clock.pace import Pace
from i247sim.exercise import enrolment
from i247sim.exercise.agenda import Agenda, Due
from i247sim.exercise.assembly import Network
from i247sim.exercise.enrolment import DIRECTORY_AGE, SETUP, DirectoryIssue, Enrolled
from i247sim.exercise.hubs import base64_text
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import Accept, Cut, Measure, Restore, Restrict, Revoke, Send, Step
from i247sim.exercise.transcript import logical_name
from i247sim.node import actions
from i247sim.node.site import Site
from i247sim.node.store import Happened, Store
from i247sim.security import frames as clear
from i247sim.security.trust import Trust
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.entries import Entry, from_bytes
from i247sim.vocabulary.errors import NetworkFailed
from i247sim.vocabulary.frames import ControlEntry, Frame, FrameType
from i247sim.vocabulary.parties import AUTHORITY, CONTROL, HUB, SECRETARIAT
from i247sim.vocabulary.statements import Bars, MeasureSet
from i247sim.vocabulary.times import TICK, from_text, to_text

STALL_SECONDS = 20.0
"""Real seconds without any progress after which a run is given up."""
_TICK_SECONDS = 0.1
_MAX_RESTARTS = 5
"""How often broker or hub may die without a quiet moment in between."""


@dataclass(frozen=True)
class Reissue:
    """The authority issues a directory without changes, before the one in force grows too old."""


@dataclass
class Conductor:
    """One exercise under way. ``plan`` or ``take_up``, then ``play``."""

    scenario: Scenario
    enrolled: Enrolled
    network: Network
    site: Site
    agenda: Agenda
    pace: Pace
    heard: Callable[[list[Entry]], None] = lambda entries: None
    """Told of new log entries at every quiet moment."""
    entries: list[Entry] = field(default_factory=list)
    """The hub's log, as far as it was told."""
    away: dict[str, str] = field(default_factory=dict)
    """Parties nobody waits for, and why: ``cut`` or ``revoked``."""
    _restarts: int = 0
    _trust: Trust | None = None

    # --- before

    def plan(self) -> None:
        """Plan what holds at the start, and the scenario's timeline."""
        begin, start = self.scenario.start - SETUP, self.scenario.start
        for party, bars in sorted(self.scenario.restrictions.items()):
            self.agenda.plan(begin, party, actions.Declare(FrameType.RESTRICTION, Bars(bars=bars)))
        for party, bars in sorted(self.scenario.acceptances.items()):
            self.agenda.plan(begin, party, actions.Declare(FrameType.ACCEPTANCE, Bars(bars=bars)))
        for party, measure in sorted(self.scenario.measures.items()):
            payload = MeasureSet(party=party, state=measure.state, reason=measure.reason)
            self.agenda.plan(begin, SECRETARIAT, actions.Declare(FrameType.MEASURE, payload))
        for step in self.scenario.steps():
            self.agenda.plan(start + step.at, _actor(step), step)
        self.agenda.plan(begin + DIRECTORY_AGE / 2, AUTHORITY, Reissue())

    def schedule(self, party: str, after: timedelta, cause: Any) -> None:
        """A core's plan (``Site.schedule``)."""
        self.agenda.plan(self.site.now + max(after, TICK), party, cause)

    def take_up(self) -> None:
        """Replay what happened before a kill: cores and agenda are then where they were."""
        for happened in list(self.site.store.all_happened()):
            self.site.now = from_text(happened.time)
            if happened.what != "cause":
                self.network.nodes[happened.party].replay(happened)
                continue
            due = self.agenda.take(happened.party, happened.number)
            match due.cause:
                case Reissue():
                    self._plan_reissue()
                case Step(verb=Cut(party=party)):
                    self.away[party] = "cut"
                case Step(verb=Restore(party=party)):
                    self.away.pop(party, None)
                case Step(verb=Revoke(party=party)):
                    self.away[party] = "revoked"
                case _:
                    if happened.party in self.network.nodes:
                        self.network.nodes[happened.party].replay(happened, self._party_cause(due))

    # --- play

    async def begin(self) -> None:
        """Open the log, connect everybody, come to rest."""
        await self._inform_hub()
        for party, why in self.away.items():
            if why == "revoked":
                await self.network.broker.revoke(party)
        await self.network.connect(frozenset(self.away))
        await self.quiet()

    async def play(self) -> None:
        """Release everything that is planned, in order, until nothing is left."""
        while (due := self.agenda.next()) is not None and not self._only_reissues(due):
            await self.pace.pass_from(self.site.now, due.time)
            await self.step()

    async def step(self) -> Due:
        """Release what is due first, and come to rest. There must be something."""
        due = self.agenda.pop()
        await self._move_to(due.time)
        await self._release(due)
        await self.quiet()
        return due

    async def finish(self) -> str:
        """Show everybody the last checkpoint to cosign; returns its text."""
        await self._ask("checkpoint", {})
        await self.quiet()
        answer = await self._ask("final", {})
        text: str = answer["checkpoint"]
        return text

    def _only_reissues(self, due: Due) -> bool:
        """Whether nothing but the renewal of the directory is left: then the exercise is over."""
        return isinstance(due.cause, Reissue) and self.agenda.left() == 1

    async def _move_to(self, time: datetime) -> None:
        if time != self.site.now:
            self.site.now = time
            await self._ask("now", {"time": to_text(time)})

    async def _release(self, due: Due) -> None:
        node = self.network.nodes.get(due.party)
        match due.cause:
            case Step(verb=Cut() | Restore() | Revoke()) | Reissue():
                self.site.store.happened(Happened(due.party, to_text(due.time), "cause", due.number))
                await self._control(due)
            case _:
                assert node is not None, "everybody who speaks has a node"
                await node.release(self._party_cause(due), due.number)

    def _party_cause(self, due: Due) -> Any:
        """A timeline step as the action that its party carries out; a core's own cause as it is."""
        if not isinstance(due.cause, Step):
            return due.cause
        match due.cause.verb:
            case Send() as send:
                draft = self.scenario.draft(send, due.cause.label)
                reference = self._reference(send.answers) if send.answers else None
                return actions.Send(replace(draft, your_ref=reference) if reference else draft)
            case Restrict() as declared:
                return actions.Declare(FrameType.RESTRICTION, Bars(bars=declared.bars))
            case Accept() as declared:
                return actions.Declare(FrameType.ACCEPTANCE, Bars(bars=declared.bars))
            case Measure() as measure:
                payload = MeasureSet(party=measure.party, state=measure.state, reason=measure.reason)
                return actions.Declare(FrameType.MEASURE, payload)
            case verb:
                raise AssertionError(f"not a party's step: {verb!r:.60}")

    def _reference(self, wanted: str) -> str | None:
        """The own reference of the message that a scenario names: by label, ``FR#3`` or ``IPSG:KIND:2``."""
        sent = [(party, json.loads(facts)) for party, facts in self.site.store.rows("SELECT party, facts FROM sent")]
        if ":" in wanted:
            sender, kind, *nth = wanted.split(":")
            found = sorted(facts["ref"] for party, facts in sent if party == sender and facts["kind"] == kind)
            place = int(nth[0]) - 1 if nth else 0
            return found[place] if place < len(found) else None
        for _, facts in sent:
            if wanted in (facts.get("label"), logical_name(facts["ref"])):
                reference: str = facts["ref"]
                return reference
        return None

    # --- what exercise control does itself

    async def _control(self, due: Due) -> None:
        match due.cause:
            case Reissue():
                self._issue(enrolment.next_directory(self.enrolled.authority, self.trust, (), self.site.now))
                self._plan_reissue()
                await self._inform_hub()
            case Step(verb=Revoke(party=party, reason=reason)):
                entry = enrolment.revoked(self.trust, party)
                self._issue(enrolment.next_directory(self.enrolled.authority, self.trust, (entry,), self.site.now))
                self.away[party] = "revoked"
                await self._inform_hub()
                await self.network.broker.revoke(party)
                await self.network.nodes[party].cut()
                await self._note("revoke", party, reason)
            case Step(verb=Cut(party=party)):
                self.away[party] = "cut"
                await self.network.nodes[party].cut()
                await self._note("cut", party)
            case Step(verb=Restore(party=party)):
                self.away.pop(party, None)
                await self.network.nodes[party].restore(*self.network.link(party))
                await self._note("restore", party)
            case cause:
                raise AssertionError(f"not a cause of exercise control: {cause!r:.60}")

    def _plan_reissue(self) -> None:
        self.agenda.plan(self.site.now + DIRECTORY_AGE / 2, AUTHORITY, Reissue())

    @property
    def trust(self) -> Trust:
        """What holds after every directory change issued so far."""
        if self._trust is None:
            self._trust = self.enrolled.trust(self.scenario.start - SETUP)
            for number, time, text in self._issued():
                if number > 1:
                    issue = DirectoryIssue.from_json(text)
                    self._trust = self._trust.advance(issue.frame, issue.attached, from_text(time))
        return self._trust

    def _issued(self) -> list[tuple[int, str, str]]:
        rows = self.site.store.rows("SELECT number, time, issue FROM issued ORDER BY number")
        return [(number, time, issue) for number, time, issue in rows]

    def _issue(self, issue: DirectoryIssue) -> None:
        self._trust = self.trust.advance(issue.frame, issue.attached, self.site.now)
        self.site.store.execute(
            "INSERT INTO issued (number, time, issue) VALUES (?, ?, ?)",
            (self._trust.directory.number, to_text(self.site.now), issue.to_json()),
        )

    async def _inform_hub(self) -> None:
        """Tell the hub the time, the rules, and every directory change it does not have yet."""
        await self.site.store.flush()
        await self._ask("now", {"time": to_text(self.site.now)})
        answer = await self._ask("open", {"rules": self.network.rulebook.sha256})
        known = answer["directory"]
        issues = [(1, self.enrolled.first), *((n, DirectoryIssue.from_json(text)) for n, _, text in self._issued())]
        for number, issue in issues:
            if number > known:
                attached = [base64_text(one) for one in issue.attached]
                await self._ask("directory", {"frame": base64_text(issue.frame), "attached": attached})

    async def _note(self, what: str, target: str, note: str = "") -> None:
        """Exercise control states in the log what it did, signed."""
        self.site.journal("control", CONTROL, what=what, target=target, note=note)
        payload = ControlEntry(what=what, target=target, note=note[:200])
        await self._ask("control", {"frame": base64_text(self.sign(FrameType.CONTROL, payload))})

    def sign(self, type_: FrameType, payload: Word) -> bytes:
        """A frame signed by exercise control."""
        identity = self.enrolled.identities[CONTROL]
        frame = Frame(
            type=type_,
            run=identity.run,
            sender=CONTROL,
            to=HUB,
            key=identity.signing.id,
            counter=0,
            time=self.site.now,
            payload=payload.model_dump(mode="json", by_alias=True, exclude_none=True),
        )
        return clear.sign(frame, identity.signing)

    # --- quiet

    async def quiet(self) -> None:
        """Wait until nobody owes anything that can make progress, and take in the new log entries.

        Raises ``NetworkFailed`` that names what blocks, if nothing moves for ``STALL_SECONDS``.
        """
        loop = asyncio.get_running_loop()
        last: object = None
        moved = loop.time()
        while True:
            self._fail_with_nodes()
            owing = self._owing()
            waiting: dict[str, int] = {}
            if not owing:
                answer = await self._ask_patiently()
                waiting = answer["waiting"]
                if answer["idle"] and not self._owing():
                    self._take(answer["entries"])
                    self._restarts = 0
                    return
                if not answer["idle"] and not answer["up"]:
                    waiting["broker"] = 1
            now = loop.time()
            if (owing, waiting) != last:
                last, moved = (owing, waiting), now
            elif now - moved > STALL_SECONDS:
                raise NetworkFailed(self._stalled(owing, waiting))
            if owing:
                await self._stir()

    async def _stir(self) -> None:
        """Wait for a sign of life, a little, and let everybody send again what has waited too long."""
        self.site.stirred.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.site.stirred.wait(), _TICK_SECONDS)
            return
        for node in self.network.nodes.values():
            if not node.parked:
                await node.tick()
        await self._revive()

    def _owing(self) -> dict[str, int]:
        return {party: owed for party, node in self.network.nodes.items() if not node.parked and (owed := node.owing())}

    def _fail_with_nodes(self) -> None:
        for party, node in self.network.nodes.items():
            failure = node.failure()
            if failure is not None:
                if isinstance(failure, NetworkFailed):
                    raise failure
                raise NetworkFailed(f"the node of `{party}` broke: {type(failure).__name__}: {failure}") from failure

    def _stalled(self, owing: dict[str, int], waiting: dict[str, int]) -> str:
        parts = [f"`{party}` waits for {owed}" for party, owed in sorted(owing.items())[:5]]
        parts += [f"the hub waits for `{party}` ({count})" for party, count in sorted(waiting.items())[:5]]
        return f"no progress for {STALL_SECONDS:.0f} seconds: {'; '.join(parts)}"

    def _take(self, lines: list[str]) -> None:
        fresh = [from_bytes(line.encode()) for line in lines]
        self.entries += fresh
        if fresh:
            self.heard(fresh)

    async def _ask_patiently(self) -> dict[str, Any]:
        arguments = {"parked": self._parked(), "above": len(self.entries)}
        return await self._ask("quiet", arguments)

    def _parked(self) -> list[str]:
        return sorted({*self.away, *(party for party, node in self.network.nodes.items() if node.parked)})

    async def _ask(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Ask the hub; if it has died in the middle, start it again and ask again (every command may be repeated)."""
        while True:
            try:
                return await self.network.hub.ask(name, arguments)
            except NetworkFailed:
                if self.network.hub.is_alive and not await self._died_soon():
                    raise
                await self._revive()
                if name != "now":
                    await self._inform_hub()

    async def _died_soon(self) -> bool:
        """Whether the hub turns out to be dead: its line breaks a moment before its end is known."""
        for _ in range(20):
            await asyncio.sleep(0.05)
            if not self.network.hub.is_alive:
                return True
        return False

    async def _revive(self) -> None:
        """Start broker and hub again if they have died. Raises ``NetworkFailed`` if they keep dying."""
        broker, hub = self.network.broker, self.network.hub
        if broker.is_alive and hub.is_alive:
            return
        self._restarts += 1
        if self._restarts > _MAX_RESTARTS:
            dead = "the broker" if not broker.is_alive else "the hub"
            raise NetworkFailed(f"{dead} died {self._restarts} times in a row and is not started again")
        if not broker.is_alive:
            self.site.journal("control", CONTROL, what="restart", target="broker")
            await broker.start()
        if not hub.is_alive:
            self.site.journal("control", CONTROL, what="restart", target="hub")
            await hub.stop()
            await hub.start()
            await self._inform_hub()


def _actor(step: Step) -> str:
    """Who carries a step out."""
    match step.verb:
        case Send(sender=party) | Restrict(party=party) | Accept(party=party):
            return party
        case Measure():
            return SECRETARIAT
        case Revoke():
            return AUTHORITY
        case Cut() | Restore():
            return CONTROL


def open_store(path: Path | None) -> Store:
    """The process's mailbox file, with exercise control's own table of issued directories."""
    store = Store(path)
    store.execute(
        "CREATE TABLE IF NOT EXISTS issued (number INTEGER PRIMARY KEY, time TEXT NOT NULL, issue TEXT NOT NULL)"
    )
    return store

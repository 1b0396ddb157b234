"""A rehearsal: the whole exercise in memory and in a moment: the same parties, rules and officers, and no network.

What it keeps of the network is who is reached when: cut, slow and restored links, a stopped broker or hub, keys that
grow old. What it leaves out are keys, bytes, signatures and quotas; an intruder changes nothing here. Its transcript
is that of a real run, line by line, so an author learns before the class what will happen.

Pure: a scenario and an engine in, what happened out.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from i247sim.bureau.core import Answer
from i247sim.exercise import observe
from i247sim.exercise.acts import Act
from i247sim.exercise.agenda import Agenda, Due
from i247sim.exercise.atlas import acceptances
from i247sim.exercise.attacks import CaptureHub, Compromise, RogueBureau
from i247sim.exercise.broken import Broken
from i247sim.exercise.cast import cores, first_causes
from i247sim.exercise.conditions import due_time, named
from i247sim.exercise.enrolment import DIRECTORY_AGE, SETUP
from i247sim.exercise.flood import Burst, belongs, unfolded
from i247sim.exercise.intruder import question, unreviewed
from i247sim.exercise.looking import Look
from i247sim.exercise.observe import Sent, Way
from i247sim.exercise.orders import Accept, Measure, Restrict, Revoke, Rotate
from i247sim.exercise.rulings import Rule
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.seats import SeatChange
from i247sim.exercise.staging import Seat, Skip
from i247sim.exercise.steps import Send, Step
from i247sim.exercise.transcript import StatementRow, StatementType, Transcript
from i247sim.hub.core import CLOCK_SKEW
from i247sim.hub.decide import OWN_WINDOW, QUOTA, RELEASE_REFUSED, Limits, too_many
from i247sim.hub.standing import Precedents
from i247sim.node import actions, sent
from i247sim.node.actions import Core
from i247sim.node.events import (
    CauseDue,
    DirectoryTold,
    Event,
    MessageOpened,
    MessageUnreadable,
    StatementTold,
    Wrote,
)
from i247sim.policy.engine import Engine
from i247sim.policy.facts import MessageFacts, Standing, World, facts_of, passed_on
from i247sim.secretariat.databases import Holdings
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.contents import Content, NoticeVerdict
from i247sim.vocabulary.decisions import Code, Outcome, Verdict
from i247sim.vocabulary.directory import Directory, Enrolment, PartyEntry
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.entries import DecisionEntry
from i247sim.vocabulary.frames import FrameType, NoticeDecision, Release
from i247sim.vocabulary.limits import MAX_LIFE
from i247sim.vocabulary.messages import (
    Addressee,
    AudienceMember,
    Channel,
    Header,
    HubPart,
    Kind,
    NoticeRef,
    Purpose,
)
from i247sim.vocabulary.parties import AUTHORITY, CONTROL, SECRETARIAT, State
from i247sim.vocabulary.statements import Bars
from i247sim.vocabulary.times import TICK, to_text

_DIGEST = "0" * 64
"""Stands for whatever a rehearsal has no bytes to hash of."""
_RUN = "0" * 12
_SALT = "0" * 64
_DAY = timedelta(days=1)


MAX_MESSAGES = 5_000
"""After so many a rehearsal is broken off."""


@dataclass(frozen=True)
class Rehearsed:
    """What happened in a rehearsal."""

    transcript: Transcript
    sent: tuple[Sent, ...]
    """Every message, in the order in which it was written."""
    ways: Mapping[str, Way]
    steps: Mapping[int, Sent]
    """Number of a step in the file that sends, to the message that it sent."""
    begun: frozenset[int]
    """Numbers of the steps in the file that were carried out."""
    duties: frozenset[tuple[str, int]]
    """(Party, number of the duty) of those that led to an answer."""
    speechless: frozenset[tuple[str, int]]
    """(Party, number of the duty) of those that once had nobody to answer to."""
    away: Mapping[str, str]
    """Parties whose link is not whole at the end, and why."""
    remarks: tuple[tuple[datetime, str, str], ...]
    """(Time, party, text) of what desks said to themselves, in order: clocks, reasons."""
    ended: bool
    """Whether it came to an end, and not to ``MAX_MESSAGES``: officers can answer each other for ever."""
    cast: Mapping[str, Core]
    """What everybody knows at the end."""
    time: datetime
    """When that was."""


def rehearse(scenario: Scenario, engine: Engine, holdings: Holdings | None = None) -> Rehearsed:
    """Play ``scenario`` from beginning to end. ``engine`` has the network's rules and the scenario's.

    ``holdings``: records of a file, besides those of the scenario.
    """
    return _Rehearsal(scenario, engine, holdings).play()


@dataclass(frozen=True)
class _Issue:
    """A directory, and the newest key of every party in it."""

    directory: Directory
    keys: Mapping[str, int]


@dataclass
class _Letter:
    """A message on its way."""

    sent: Sent
    header: Header
    hub_part: HubPart
    content: Content
    salt: str | None
    facts: MessageFacts | None = None
    """What the hub decides on; from its arrival there."""
    under: dict[str, int] = field(default_factory=dict)
    """Addressee to the state of the world in which it was decided on."""

    @property
    def keys(self) -> dict[str, int | None]:
        """Every named party and which of its keys it was sealed to."""
        named_ = self.header.to or self.hub_part.audience
        return {one.party: None if one.key is None else int(one.key, 16) for one in named_}


@dataclass(frozen=True)
class _Said:
    """A statement on its way to the hub."""

    author: str
    type: FrameType
    payload: Any


@dataclass(frozen=True)
class _Told:
    """News from the hub to a party, besides messages."""

    event: Event | None = None
    issue: _Issue | None = None
    reseal: actions.Reseal | None = None


@dataclass(frozen=True)
class _Reissue:
    """As in a run: the directory is renewed, which gives everybody another moment to look at the clock."""


@dataclass(frozen=True)
class _Retire:
    """A party's old keys are gone."""


@dataclass(frozen=True)
class _Pulse:
    """A slow link lets through what has waited."""

    party: str


class _Rehearsal:
    def __init__(self, scenario: Scenario, engine: Engine, holdings: Holdings | None) -> None:
        self.scenario = scenario
        self.engine = engine
        self.now = scenario.start - SETUP
        self.agenda = Agenda()
        directory = _directory(scenario, self.now)
        self.issue = _Issue(directory, dict.fromkeys(directory.entries, 1))
        self.cores = cores(scenario, directory, holdings)
        self.seen = dict.fromkeys(self.cores, self.issue)
        self.expiring: dict[tuple[str, int], datetime] = {}
        """(Party, key) to the last moment at which it may be used."""
        # the hub
        self.world = World(directory, {}, {}, {})
        self.states: dict[str, State] = {}
        self.restrictions: dict[str, Bars] = {}
        self.acceptances: dict[str, Bars] = {}
        self.changes = 0
        self.precedents = Precedents()
        self.releases: dict[str, Release] = {}
        self.queues: dict[str, list[_Letter]] = {party: [] for party in self.cores}
        self.news: dict[str, list[_Told]] = {party: [] for party in self.cores}
        # the links
        self.outboxes: dict[str, list[_Letter | _Said]] = {party: [] for party in self.cores}
        self.broken = Broken()
        self.pulses: set[str] = set()
        self.up: set[str] = set(self.cores)
        """Parties that are connected."""
        self.calling: list[str] = []
        """Parties that connect again, and whose turn has not come."""
        # what came of it
        self.letters: dict[str, _Letter] = {}
        self.referred: dict[str, _Letter] = {}
        """The same by the sender's own reference."""
        self.sent: list[Sent] = []
        self.counts: dict[str, int] = dict.fromkeys(self.cores, 0)
        self.ways: dict[str, Way] = {}
        self.statements: list[StatementRow] = []
        self.line = 0
        self.steps: dict[int, Sent] = {}
        self.begun: set[int] = set()
        self.awaited: set[int] = set()
        self.unsaid: dict[str, list[_Letter]] = {party: [] for party in self.cores}
        """What parties have read that are heard no more."""
        self.stolen: dict[str, int] = {}
        """Party to how many of its numbers somebody else has used up."""
        self.moments: dict[str, list[datetime]] = {}
        """Sender to when it has sent in the last minute."""
        self.duties: set[tuple[str, int]] = set()
        self.speechless: set[tuple[str, int]] = set()
        self.remarks: list[tuple[datetime, str, str]] = []

    # --- time

    def play(self) -> Rehearsed:
        self._plan()
        while len(self.sent) < MAX_MESSAGES:
            due = self.agenda.next()
            if due is None or self._is_over(due):
                if not self._mend():
                    break
                continue
            self.agenda.pop()
            if due.time != self.now:
                self.now = due.time
                self._expire()
            self._release(due)
            self._look_around()
        rows = [observe.message_row(one, self.ways.get(one.id or "", Way())) for one in self.sent]
        return Rehearsed(
            Transcript.of([*rows, *self.statements]),
            tuple(self.sent),
            self.ways,
            self.steps,
            frozenset(self.begun),
            frozenset(self.duties),
            frozenset(self.speechless),
            self.broken.away,
            tuple(self.remarks),
            len(self.sent) < MAX_MESSAGES,
            self.cores,
            self.now,
        )

    def _mend(self) -> bool:
        """As in a run: when everything else is over, what was not meant to stay broken is mended."""
        mending = self.broken.mending()
        for verb in mending:
            step = Step.of(verb, self.now + TICK - self.scenario.start)
            self.agenda.plan(self.now + TICK, step.actor, (None, step))
        return bool(mending)

    def _plan_step(self, time: datetime, number: int, step: Step) -> None:
        for due, cause in unfolded(time, step):
            self.agenda.plan(due, step.actor, (number, step) if cause is step else cause)
            self.begun |= set() if cause is step else {number}

    def _plan(self) -> None:
        begin, scenario = self.now, self.scenario
        for party, bars in sorted(scenario.restrictions.items()):
            self.agenda.plan(begin, party, actions.Declare(FrameType.RESTRICTION, Bars(bars=bars)))
        for party, bars in sorted(acceptances(scenario).items()):
            self.agenda.plan(begin, party, actions.Declare(FrameType.ACCEPTANCE, Bars(bars=bars)))
        for party, measure in sorted(scenario.measures.items()):
            self.agenda.plan(begin, SECRETARIAT, actions.Declare(FrameType.MEASURE, measure.said(party, begin)))
        numbers = [number for number, step in enumerate(scenario.timeline) if step.at is not None]
        for number in sorted(numbers, key=lambda number: scenario.timeline[number].offset):
            step = scenario.timeline[number]
            self._plan_step(scenario.start + step.offset, number, step)
        for time, party, cause in first_causes(scenario):
            self.agenda.plan(time, party, cause)
        self.agenda.plan(begin + DIRECTORY_AGE / 2, AUTHORITY, _Reissue())

    def _is_over(self, due: Due) -> bool:
        return isinstance(due.cause, _Reissue) and self.agenda.left() == 1

    def _look_around(self) -> None:
        """At every quiet moment: what waits on slow links, and what steps have waited for."""
        if self.broken.stopped:
            return
        slow = self.broken.slow
        for party in sorted(slow):
            if party not in self.pulses and (self.queues[party] or self.news[party] or self.outboxes[party]):
                self.pulses.add(party)
                self.agenda.plan(self.now + max(slow[party], TICK), CONTROL, _Pulse(party))
        for number, step in enumerate(self.scenario.timeline):
            if step.after is None or number in self.awaited:
                continue
            time = due_time(step.after, self.sent, self.ways)
            if time is not None:
                self.awaited.add(number)
                self._plan_step(max(time, self.now + TICK), number, step)

    def _expire(self) -> None:
        if "hub" in self.broken.stopped:
            return
        for party, queue in self.queues.items():
            for letter in [one for one in queue if one.header.expires <= self.now]:
                queue.remove(letter)
                self._decide(letter, party, Verdict(Outcome.EXPIRED, Code.TIME, ()))
                self._tell(letter.sent.party, _Told())

    # --- causes

    def _release(self, due: Due) -> None:
        match due.cause:
            case _Reissue():
                self._change_directory({})
                self.agenda.plan(self.now + DIRECTORY_AGE / 2, AUTHORITY, _Reissue())
            case _Retire():
                pass
            case _Pulse(party):
                self.pulses.discard(party)
                if party in self.broken.slow and not self.broken.stopped:
                    why = self.broken.away.pop(party)
                    self._connect(party)
                    self.broken.away[party] = why
            case (int() | None as number, Step() as step):
                if number is not None:
                    self.begun.add(number)
                self._step(number, step)
            case Burst() as burst:
                for draft in burst.drafts():
                    self._handle(due.party, Wrote(draft))
                    self._send(due.party, draft)
            case actions.Declare() as said:
                self._publish(due.party, _Said(due.party, said.type, said.payload))
            case actions.Reseal() as reseal:
                self._reseal(due.party, reseal)
            case cause:
                self._handle(due.party, CauseDue(cause))

    def _step(self, number: int | None, step: Step) -> None:
        match step.verb:
            case Send() as send:
                draft = self.scenario.draft(send, step.label)
                answered = named(self.sent, send.answers) if send.answers else None
                if answered is not None:
                    draft = replace(draft, your_ref=answered.facts["ref"])
                consent = named(self.sent, send.consent) if send.consent else None
                if consent is not None:
                    draft = replace(draft, consent_ref=consent.facts["ref"])
                self._handle(send.sender, Wrote(draft))
                written = self._send(send.sender, draft)
                if number is not None:
                    self.steps[number] = written
            case Restrict(party=party, bars=bars):
                self._publish(party, _Said(party, FrameType.RESTRICTION, Bars(bars=bars)))
            case Accept(party=party, bars=bars):
                self._publish(party, _Said(party, FrameType.ACCEPTANCE, Bars(bars=bars)))
            case Measure() as measure:
                self._publish(SECRETARIAT, _Said(SECRETARIAT, FrameType.MEASURE, measure.said(self.now)))
            case Rule() as rule:
                message = named(self.sent, rule.message) if rule.message else None
                self._handle(rule.party, CauseDue(rule.ruling(message.facts["ref"] if message else None)))
            case Look(party=party) as look:
                self._handle(party, CauseDue(look.cause))
            case Revoke(party=party):
                entry = self.issue.directory.entries[party].model_copy(update={"enrolment": Enrolment.REVOKED})
                self._change_directory({party: entry})
                self.statements.append(StatementRow(self.now, AUTHORITY, StatementType.REVOCATION, party, "revoked"))
                self._break(step.verb)
            case Rotate(party=party, grace=grace):
                old = self.issue.keys[party]
                self.expiring[party, old] = self.now + grace
                self.agenda.plan(self.now + max(grace, TICK), AUTHORITY, _Retire())
                self._change_directory({}, {**self.issue.keys, party: old + 1})
            case Seat(party=party, taken=taken):
                self._handle(party, CauseDue(SeatChange(taken)))
            case Skip(step=name):
                self._skip(name)
            case Compromise(party=party, to=to, subject=subject):
                self._steal(party, to, subject)
            case RogueBureau(party=party, does="publish"):
                self._send(party, unreviewed(party))
            case verb:
                # What any other intruder sends is refused, and answers nobody; the rest breaks something or mends it.
                self._break(verb)

    def _steal(self, party: str, to: str, subject: str) -> None:
        """A message that the party never wrote, under its key and its next number."""
        if not self._speaks(party) or not self.issue.directory.enrolled(to):
            return
        draft = question(to, subject)
        reference, id_ = f"{party}-{self.now.year}-900001", f"{len(self.letters):024x}".rjust(32, "f")
        header = self._header(party, draft, reference, id_, {to: self._newest_key(self.seen[party], to)})
        facts = {"time": to_text(self.now), **sent.facts(draft, header.own_ref)}
        self.stolen[party] = self.stolen.get(party, 0) + 1
        letter = _Letter(Sent(party, header.id, facts), header, HubPart(counter=1, receipted=0), draft.content, None)
        self.letters[header.id] = letter
        self._arrive(letter)

    def _break(self, verb: Act) -> None:
        """Take in a fault or what mends it, and connect who is reached again."""
        self.broken.apply(verb, self._family)
        for party in self.cores:
            if party in self.broken.crashed:
                self.agenda.park(party)
            else:
                self.agenda.unpark(party, self.now + TICK)
        before, self.up = self.up, {party for party in self.cores if self._hears(party) and self._speaks(party)}
        # As `Breaking` does: who has nothing to send first, the others one after the other.
        back = [party for party in self.cores if party in self.up and party not in before]
        self.calling = sorted(back, key=lambda party: bool(self.outboxes[party]))
        while self.calling:
            self._connect(self.calling.pop(0))

    def _family(self, party: str) -> list[str]:
        directory = self.issue.directory
        return [one for one in self.cores if party in {above.party for above in directory.lineage(one)}]

    def _skip(self, name: str) -> None:
        where, _, number = name.partition("/")
        if where == "timeline" and int(number) <= len(self.scenario.timeline):
            index = int(number) - 1
            step = self.scenario.timeline[index]
            self.agenda.drop_where(lambda cause: cause == (index, step) or belongs(cause, step))
            self.awaited.add(index)

    def _handle(self, party: str, event: Event) -> None:
        found = self.cores[party].handle(event, self.now)
        if isinstance(event, CauseDue) and isinstance(event.cause, Answer):
            (self.duties if found and isinstance(found[0], actions.Send) else self.speechless).add(
                (party, event.cause.duty)
            )
        for action in found:
            match action:
                case actions.Send(draft=draft):
                    self._send(party, draft)
                case actions.Declare() as said:
                    self._publish(party, _Said(party, said.type, said.payload))
                case actions.Decide() as decided:
                    self._announce(party, decided)
                case actions.Schedule(after=after, cause=cause):
                    self.agenda.plan(self.now + max(after, TICK), party, cause)
                case actions.Remark(text=text):
                    self.remarks.append((self.now, party, text))
                case _:
                    pass

    # --- writing

    def _announce(self, party: str, decided: actions.Decide) -> None:
        name = hashlib.sha256(f"{decided.request.id} {decided.publish}".encode()).hexdigest()
        self._publish(party, _Said(party, FrameType.NOTICE_DECISION, (name, decided)))
        verdict = NoticeVerdict(
            request=decided.request.own_ref,
            publish=decided.publish,
            code=decided.code,
            missing=decided.missing,
            notice=decided.notice if decided.publish else None,
        )
        self._send(
            party,
            Draft(
                kind=Kind.NOTICE_DECISION,
                channel=Channel.ADMIN,
                purpose=Purpose.COMPLIANCE,
                content=verdict,
                to=tuple(dict.fromkeys((SECRETARIAT, decided.request.sender))),
                classification=decided.request.classification,
                notice=NoticeRef(
                    type=decided.notice.type,
                    id=decided.request.notice.id if decided.request.notice else None,
                    decision=name,
                ),
                your_ref=decided.request.own_ref,
                salt=_SALT,
            ),
        )

    def _send(self, party: str, draft: Draft) -> Sent:
        reference = self._reference(party)
        facts = {"time": to_text(self.now), **sent.facts(draft, reference)}
        seen = self.seen[party]
        readers = [one for one in draft.to or draft.audience if one not in draft.barred]
        if not readers or not all(seen.directory.enrolled(one) for one in readers):
            # Its writer knows no key for one of them: it never leaves the house.
            message = Sent(party, None, {**facts, "code": Code.ADDR})
            self.sent.append(message)
            return message
        keys = {one: self._newest_key(seen, one) for one in readers}
        header = self._header(party, draft, reference, f"{len(self.sent) + 1:032x}", keys)
        hub_part = HubPart(counter=1, receipted=0, audience=draft.members(keys))
        return self._post(_Letter(Sent(party, header.id, facts), header, hub_part, draft.content, draft.salt))

    def _answered(self, party: str, reference: str | None) -> str | None:
        """The id of the message that ``party`` answers, if it knows it: its own, or one that it has opened."""
        letter = self.referred.get(reference or "")
        if letter is None:
            return None
        way = self.ways.get(letter.header.id)
        known = letter.sent.party == party or (way is not None and party in way.acknowledged)
        return letter.header.id if known else None

    def _header(self, party: str, draft: Draft, reference: str, id_: str, keys: Mapping[str, str]) -> Header:
        """What the hub sees of ``draft``; ``keys`` are those that its writer knows of the addressees."""
        return draft.header(
            run=_RUN,
            id_=id_,
            sender=party,
            signing_key="0" * 16,
            keys=keys,
            own_ref=reference,
            in_reply_to=self._answered(party, draft.your_ref),
            created=self.now + self.broken.skews.get(party, timedelta()),
            padded_size=1,
        )

    def _post(self, letter: _Letter) -> Sent:
        self.letters[letter.header.id] = letter
        self.referred[letter.header.own_ref] = letter
        self.sent.append(letter.sent)
        self._publish(letter.sent.party, letter)
        return letter.sent

    def _reference(self, party: str) -> str:
        self.counts[party] += 1
        return f"{party}-{self.now.year}-{self.counts[party]:06d}"

    def _reseal(self, party: str, reseal: actions.Reseal) -> None:
        """The message once more, for one addressee and to its newest key, under a new id."""
        old = self.letters[reseal.id]
        reference = self._reference(party)
        key = self._newest_key(self.seen[party], reseal.party)
        update = {
            "id": f"{len(self.sent) + 1:032x}",
            "own_ref": reference,
            "to": None if old.header.audience else (Addressee(party=reseal.party, key=key),),
            "supersedes": old.header.id,
            "created": self.now,
            "expires": self.now + (old.header.expires - old.header.created),
        }
        header = old.header.model_copy(update=update)
        audience = (AudienceMember(party=reseal.party, key=key),) if old.header.audience else ()
        facts = {
            "time": to_text(self.now),
            "ref": reference,
            "to": [reseal.party],
            **{key: old.sent.facts[key] for key in ("kind", "channel", "classification", "plaintext")},
            **({"answers": header.your_ref} if header.your_ref else {}),
        }
        hub_part = HubPart(counter=1, receipted=0, audience=audience)
        self._post(_Letter(Sent(party, header.id, facts), header, hub_part, old.content, old.salt))

    def _newest_key(self, seen: _Issue, party: str) -> str:
        return f"{seen.keys[party]:016x}"

    # --- links

    def _hears(self, party: str) -> bool:
        """Whether what the hub sends reaches the party."""
        return self.broken.hears(party) and not self.broken.stopped and party not in self.calling

    def _speaks(self, party: str) -> bool:
        """Whether what the party sends reaches the hub."""
        return self.broken.speaks(party) and not self.broken.stopped and party not in self.calling

    def _publish(self, party: str, item: _Letter | _Said) -> None:
        self.outboxes[party].append(item)
        if self._speaks(party):
            self._flush(party)

    def _flush(self, party: str) -> None:
        """What the party has written goes to the hub, in order."""
        outbox = self.outboxes[party]
        while outbox:
            item = outbox.pop(0)
            if self.stolen.get(party):
                self.stolen[party] -= 1
                if isinstance(item, _Letter):
                    self.ways.setdefault(item.header.id, Way()).code = Code.REPLAY
            elif isinstance(item, _Letter):
                self._arrive(item)
            else:
                self._state(item)

    def _connect(self, party: str) -> None:
        """The link is whole: what waited at the hub comes first, then goes what waited at the party."""
        if not (self._hears(party) and self._speaks(party)):
            return
        unsaid, self.unsaid[party] = self.unsaid[party], []
        for letter in unsaid:
            self._acknowledge(letter, party)
        told, self.news[party] = self.news[party], []
        for one in told:
            self._learn(party, one)
        waiting, self.queues[party] = self.queues[party], []
        for letter in waiting:
            self._hand_over(letter, party)
        self._flush(party)

    # --- the hub

    def _state(self, said: _Said) -> None:
        """A statement comes into force."""
        author, payload = said.author, said.payload
        match said.type:
            case FrameType.RESTRICTION:
                self.restrictions[author] = payload
                row = (StatementType.RESTRICTION, "", canonical(payload).decode())
            case FrameType.ACCEPTANCE:
                self.acceptances[author] = payload
                row = (StatementType.ACCEPTANCE, "", canonical(payload).decode())
            case FrameType.MEASURE:
                self.states[payload.party] = payload.state
                row = (StatementType.MEASURE, payload.party, canonical(payload).decode())
            case FrameType.RELEASE:
                says = "release" if payload.release else f"refuse {payload.code}"
                row = (StatementType.RELEASE, self.letters[payload.message].sent.name, says)
            case _:
                name, decided = payload
                self.precedents.decisions[name] = NoticeDecision(
                    decision=name,
                    request=decided.request.id,
                    requester=decided.request.sender,
                    type=decided.notice.type,
                    publish=decided.publish,
                    code=decided.code,
                    commitment=_DIGEST,
                )
                request = self.letters[decided.request.id].sent.name
                says = "publish" if decided.publish else f"refuse {decided.code}"
                row = (StatementType.NOTICE_DECISION, request, says)
        self.statements.append(StatementRow(self.now, author, *row))
        self._change_world()
        if said.type is FrameType.MEASURE:
            for reader in self.cores:
                if self.issue.directory.enrolled(reader):
                    self._tell(reader, _Told(StatementTold(author, payload)))
        elif said.type is FrameType.RELEASE:
            self._release_held(payload)
        elif said.type is FrameType.RESTRICTION and author != SECRETARIAT:
            self._tell(SECRETARIAT, _Told(StatementTold(author, payload)))

    def _release_held(self, release: Release) -> None:
        """Held copies go on, or are refused: the hub's ``_release``."""
        letter = self.letters[release.message]
        assert letter.facts is not None, "it was held at the hub"
        self.releases[release.message] = release
        standing = replace(letter.facts.standing, released=release.release)
        letter.facts = replace(letter.facts, standing=standing)
        decisions = self.ways[release.message].decisions
        held = tuple(party for party, made in decisions.items() if made[-1][1].outcome is Outcome.HELD)
        if letter.header.expires <= self.now:
            verdicts = dict.fromkeys(held, Verdict(Outcome.EXPIRED, Code.TIME, ()))
        else:
            verdicts = self._verdicts(letter, held)
        for party, verdict in verdicts.items():
            self._decide(letter, party, verdict)
            self._tell(letter.sent.party, _Told())
            if verdict.allowed and self._hears(party):
                self._hand_over(letter, party)
            elif verdict.allowed:
                self.queues[party].append(letter)

    def _change_directory(self, entries: Mapping[str, PartyEntry], keys: Mapping[str, int] | None = None) -> None:
        old = self.issue.directory
        directory = Directory(old.number + 1, self.now + DIRECTORY_AGE, {**old.entries, **entries})
        self.issue = _Issue(directory, keys or self.issue.keys)
        self._change_world()
        for party in self.cores:
            if directory.enrolled(party):
                self._tell(party, _Told(DirectoryTold(directory), self.issue))

    def _change_world(self) -> None:
        self.world = World(self.issue.directory, dict(self.states), dict(self.restrictions), dict(self.acceptances))
        self.changes += 1
        for party, queue in self.queues.items():
            if queue and not self.issue.directory.enrolled(party):
                waiting, self.queues[party] = queue, []
                self.queues[party] = [letter for letter in waiting if self._still_allowed(letter, party)]

    def _standing(self, header: Header) -> Standing:
        """What the log says of what a header refers to (``hub.state``)."""
        answered = self.ways.get(header.in_reply_to or "")
        received = answered is not None and header.sender in answered.acknowledged
        return self.precedents.standing(header, self.now, passed_on(header, self.issue.directory), received)

    def _arrive(self, letter: _Letter) -> None:
        """Steps 3 to 9 of the hub, then the hand-over to everybody who is there."""
        header = letter.header
        way = self.ways.setdefault(header.id, Way())
        from_the_future = header.created > self.now + CLOCK_SKEW
        if header.expires <= self.now or from_the_future or header.expires - header.created > MAX_LIFE:
            way.code = Code.TIME
            return
        letter.facts = facts_of(
            header, letter.hub_part, self._standing(header), passed_on(header, self.issue.directory)
        )
        if self._over_quota(header.sender):
            verdicts = dict.fromkeys(letter.keys, Verdict(Outcome.REFUSED, Code.RATE, (QUOTA,)))
        else:
            verdicts = self._verdicts(letter, tuple(letter.keys))
        for party, verdict in verdicts.items():
            self._decide(letter, party, verdict)
            if verdict.code is Code.KEY:
                self._learn(letter.sent.party, _Told(reseal=actions.Reseal(header.id, party)))
        for party, verdict in verdicts.items():
            if not verdict.allowed:
                continue
            if self._hears(party):
                self._hand_over(letter, party)
            else:
                self.queues[party].append(letter)

    def _over_quota(self, sender: str) -> bool:
        """Whether this message is one too many (``hub.decide``)."""
        recent = [time for time in self.moments.get(sender, ()) if time > self.now - OWN_WINDOW]
        self.moments[sender] = [*recent, self.now]
        return too_many(self.moments[sender], self.now, Limits(), self.issue.directory.entries[sender].quota)

    def _verdicts(self, letter: _Letter, parties: tuple[str, ...]) -> dict[str, Verdict]:
        assert letter.facts is not None, "it has arrived at the hub"
        release = self.releases.get(letter.header.id)
        if release is not None and not release.release:
            return dict.fromkeys(parties, Verdict(Outcome.REFUSED, release.code, (RELEASE_REFUSED,)))
        whole = self.engine.decide_message(self.world, letter.facts)
        if not whole.allowed:
            return dict.fromkeys(parties, whole)
        verdicts = self.engine.decide_addressees(self.world, letter.facts, parties)
        captured = self.broken.captured.get("hub")
        if isinstance(captured, CaptureHub) and captured.does == "skip-rule" and captured.party in verdicts:
            verdicts[captured.party] = replace(verdicts[captured.party], outcome=Outcome.QUEUED, code=None)
        for party, verdict in verdicts.items():
            if verdict.allowed and not self._key_known(party, letter.keys[party]):
                verdicts[party] = Verdict(Outcome.REFUSED, Code.KEY, ("hub-key-current",))
        return verdicts

    def _key_known(self, party: str, key: int | None) -> bool:
        """Whether the party's card has this key, and it may still be used: the newest, and one older for a while."""
        newest = self.issue.keys[party]
        if key is None or not newest - 1 <= key <= newest or not self.issue.directory.enrolled(party):
            return False
        return (party, key) not in self.expiring or self.now <= self.expiring[party, key]

    def _decide(self, letter: _Letter, party: str, verdict: Verdict) -> None:
        entry = DecisionEntry(
            time=self.now,
            id=letter.header.id,
            party=party,
            outcome=verdict.outcome,
            code=verdict.code,
            rules=verdict.rules,
            directory=self.issue.directory.number,
            statements=_DIGEST,
        )
        self.ways[letter.header.id].decisions.setdefault(party, []).append((self._next_line(), entry))
        letter.under[party] = self.changes
        if verdict.allowed:
            self.precedents.establish(letter.header, self.now)

    def _still_allowed(self, letter: _Letter, party: str) -> bool:
        if letter.under[party] == self.changes:
            return True
        verdict = self._verdicts(letter, (party,))[party]
        if verdict.allowed:
            return True
        self._decide(letter, party, Verdict(Outcome.WITHHELD, verdict.code, verdict.rules))
        reseal = actions.Reseal(letter.header.id, party) if verdict.code is Code.KEY else None
        self._tell(letter.sent.party, _Told(reseal=reseal))
        return False

    def _hand_over(self, letter: _Letter, party: str) -> None:
        """The party gets its copy, opens it and says so."""
        if not self._still_allowed(letter, party):
            return
        if self._speaks(party):
            self._acknowledge(letter, party)
        else:
            self.unsaid[party].append(letter)
        wrong = self._wrong_with(letter, party)
        if wrong is None:
            self._handle(party, MessageOpened(letter.header, letter.content, letter.salt))
        elif wrong is not Code.SIGN:  # where the signature does not hold, nobody is told of a header
            self._handle(party, MessageUnreadable(letter.header, wrong))

    def _acknowledge(self, letter: _Letter, party: str) -> None:
        """The hub hears what became of the copy."""
        wrong = self._wrong_with(letter, party)
        line = (self._next_line(), self.now, Outcome.REJECTED if wrong else Outcome.OPENED, wrong)
        self.ways[letter.header.id].acknowledged.setdefault(party, []).append(line)
        self._tell(letter.sent.party, _Told())

    def _wrong_with(self, letter: _Letter, party: str) -> Code | None:
        """Why the reader rejects its copy: by the clock on its wall, directory or message may be too old."""
        clock = self.now + self.broken.skews.get(party, timedelta())
        captured = self.broken.captured.get("hub")
        if isinstance(captured, CaptureHub) and (captured.does, captured.party) == ("alter", party):
            return Code.SIGN
        if not self.seen[party].directory.fresh(clock):
            return Code.KEY
        return Code.TIME if letter.header.expires <= clock else None

    def _tell(self, party: str, told: _Told) -> None:
        if not self.issue.directory.enrolled(party):
            return
        if self._hears(party):
            self._learn(party, told)
        else:
            self.news[party].append(told)

    def _learn(self, party: str, told: _Told) -> None:
        if told.issue is not None:
            self.seen[party] = told.issue
        if told.event is not None:
            self._handle(party, told.event)
        if told.reseal is not None:
            self.agenda.plan(self.now + TICK, party, told.reseal)

    def _next_line(self) -> int:
        self.line += 1
        return self.line


def _directory(scenario: Scenario, now: datetime) -> Directory:
    """Directory number 1, without keys."""
    entries = {
        party.id: PartyEntry(
            party=party.id,
            role=party.role,
            name=party.name,
            parent=party.parent,
            clearance=party.clearance,
            profile=party.profile,
            direct=party.direct,
            quota=party.quota,
            card=_DIGEST,
            certificate=_DIGEST,
        )
        for party in scenario.parties().values()
    }
    return Directory(1, now + DIRECTORY_AGE, entries)

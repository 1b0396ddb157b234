"""What the hub knows: nothing but the fold of its log's entries.

A restart replays the log into a fresh ``HubState``; ``verify`` does the same and decides every decision
again along the way. So there is one place that says what an entry means, and no second copy of the truth.
"""

import base64
import hashlib
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from i247sim.hub.standing import Precedents, rests_on
from i247sim.policy.explain import coarse
from i247sim.policy.facts import MessageFacts, Standing, World, facts_of, passed_on
from i247sim.security import frames as clear
from i247sim.security.envelope import listed
from i247sim.security.trust import Trust
from i247sim.vocabulary.codec import decode
from i247sim.vocabulary.decisions import FINAL, Code, Outcome, Verdict
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.entries import (
    DecisionEntry,
    Entry,
    FrameEntry,
    HandoverEntry,
    MessageEntry,
    OpenedEntry,
    RefusalEntry,
)
from i247sim.vocabulary.frames import (
    NUMBERED,
    Ack,
    FrameType,
    NoticeDecision,
    ReceiptItem,
    ReceiptLine,
    Release,
)
from i247sim.vocabulary.limits import MAX_HEADER_BYTES, MAX_HUB_PART_BYTES
from i247sim.vocabulary.messages import Header, HubPart
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.statements import Bars, MeasureSet


@dataclass
class Carried:
    """A message that the hub took on to decide, and where each of its addressees stands."""

    id: str
    wire: str
    counter: int
    header: Header
    hub_part: HubPart
    facts: MessageFacts
    keys: dict[str, str | None]
    """Addressee to the KEM key id its stanza was sealed to; ``None`` without a stanza. In stanza order."""
    outcomes: dict[str, tuple[Outcome, Code | None]] = field(default_factory=dict)
    first: dict[str, tuple[Outcome, Code | None]] = field(default_factory=dict)
    """The decisions of the first moment as the sender may know them: what the stored receipt says."""
    handed: set[str] = field(default_factory=set)
    """Addressees whose copy was given a number in their stream: only they can acknowledge it."""
    _stanzas: dict[str, int] = field(default_factory=dict)
    under: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    """Addressee to (log index, directory number, statements digest) of the newest decision."""

    def told(self, verdict: Verdict) -> Code | None:
        """The code of ``verdict`` as the sender may know it: a third party's bar is not its business."""
        return coarse(verdict, self.facts, self.header.sender)

    @property
    def rests_on(self) -> str | None:
        """The reviewer's decision that a publication uses up; ``None`` for everything else."""
        return rests_on(self.header)

    @property
    def settled(self) -> bool:
        """Whether no addressee waits for a copy any more."""
        return len(self.outcomes) == len(self.keys) and all(outcome in FINAL for outcome, _ in self.outcomes.values())

    @property
    def answered(self) -> bool:
        """Whether everybody who was handed a copy has had its last word on it (``acknowledges``)."""
        return all(self.outcomes[party][0] in LAST_WORDS for party in self.handed)

    def stanza_of(self, party: str) -> int:
        """The index of the party's stanza. The party must have one."""
        if not self._stanzas:
            sealed = [name for name, key in self.keys.items() if key is not None]
            self._stanzas = {name: index for index, name in enumerate(sealed)}
        return self._stanzas[party]

    def receipt(self) -> ReceiptItem:
        """The stored receipt: what was decided when the message came."""
        lines = tuple(
            ReceiptLine(party=party, outcome=outcome, code=code) for party, (outcome, code) in self.first.items()
        )
        return ReceiptItem(wire=self.wire, id=self.id, counter=self.counter, lines=lines)


LAST_WORDS = (Outcome.OPENED, Outcome.REJECTED)
"""What an addressee says of a copy once and for all."""


def acknowledges(outcome: Outcome, status: Outcome) -> bool:
    """Whether an addressee's ``status`` says something new about a copy that stands at ``outcome``.

    A copy that was withheld or expired when it was on its way already
    may still have come: what its addressee signs counts.
    """
    return outcome not in (*LAST_WORDS, status)


@dataclass
class HubState:
    """Everything the hub decides by. Change it through ``apply`` and nothing else."""

    trust: Trust
    """Roots, certificates, cards and the directory now in force."""
    size: int = 0
    """Entries applied: the index of the next one."""
    time: datetime | None = None
    """Of the newest entry: in a log time does not go back."""
    opened: OpenedEntry | None = None
    states: dict[str, State] = field(default_factory=dict)
    restrictions: dict[str, Bars] = field(default_factory=dict)
    acceptances: dict[str, Bars] = field(default_factory=dict)
    decisions: dict[str, tuple[NoticeDecision, int]] = field(default_factory=dict)
    """The reviewer's decisions by name, with the index of their entry."""
    precedents: Precedents = field(default_factory=Precedents)
    """What earlier headers have established: publications, consents, questions and answers in emergencies."""
    releases: dict[str, Release] = field(default_factory=dict)
    """What the secretariat said of held messages."""
    counters: dict[str, int] = field(default_factory=dict)
    """The newest number of each party's stream that is committed."""
    receipted: dict[str, int] = field(default_factory=dict)
    """Up to where each party has confirmed receipts."""
    messages: dict[str, Carried] = field(default_factory=dict)
    """By id: those that something can still happen to, and others until ``forget``."""
    earlier: Callable[[str], Collection[str] | None] = lambda id_: None
    """Of a message that was forgotten: who was handed a copy. The hub's shell keeps that on disk, since what is decided
    may not depend on how much the hub has to remember; who folds a log and never forgets has no earlier ones."""
    numbered: dict[tuple[str, int], str] = field(default_factory=dict)
    """(sender, counter) to the id of the message that has it."""
    answers: dict[str, dict[int, ReceiptItem]] = field(default_factory=dict)
    """Stored receipts of numbered things that are not carried messages, until confirmed."""
    queues: dict[str, dict[str, None]] = field(default_factory=dict)
    """Per party: messages accepted for it and not handed over yet, in order."""
    moments: dict[str, deque[datetime]] = field(default_factory=dict)
    """Per sender: times of its newest messages, for the quota."""
    commanded: set[str] = field(default_factory=set)
    """SHA-256 (hex) of the frames that exercise control has handed in: it may repeat a command after a crash."""
    alarms: int = 0
    refusals: int = 0
    _world: World | None = None
    _statements: str | None = None

    @property
    def directory(self) -> Directory:
        """The directory now in force."""
        return self.trust.directory

    @property
    def world(self) -> World:
        """What the rules look at: directory, measures, restrictions, acceptances."""
        if self._world is None:
            self._world = World(
                directory=self.directory,
                states=dict(self.states),
                restrictions=dict(self.restrictions),
                acceptances=dict(self.acceptances),
            )
        return self._world

    @property
    def statements(self) -> str:
        """SHA-256 (hex) of all restrictions, acceptances and measures in force."""
        if self._statements is None:
            self._statements = self.world.statements_digest()
        return self._statements

    def _standing(self, header: Header, now: datetime, onward: tuple[str, ...]) -> Standing:
        """What the log says, at ``now``, about what ``header`` refers to. ``onward``: whose data it passes on."""
        received = header.sender in self._handed(header.in_reply_to or "")
        return self.precedents.standing(header, now, onward, received)

    def carry(self, entry: MessageEntry, header: Header, hub_part: HubPart) -> Carried:
        """Apply a message entry whose texts are decoded already."""
        onward = passed_on(header, self.directory)
        carried = Carried(
            id=entry.id,
            wire=entry.wire,
            counter=entry.counter,
            header=header,
            hub_part=hub_part,
            facts=facts_of(header, hub_part, self._standing(header, entry.time, onward), onward),
            keys=dict(listed(header, hub_part)),
        )
        self.messages[entry.id] = carried
        self.numbered[entry.sender, entry.counter] = entry.id
        self._count(entry.sender, entry.counter, hub_part.receipted)
        self.moments.setdefault(entry.sender, deque()).append(entry.time)
        self._taken(entry)
        return carried

    def apply(self, entry: Entry) -> None:
        """Take one entry in. Raises ``FormatError`` or ``TrustError`` if it cannot follow what came before."""
        match entry:
            case MessageEntry():
                header = decode(Header, entry.signed.header.encode(), MAX_HEADER_BYTES)
                hub_part = decode(HubPart, entry.signed.hub_part.encode(), MAX_HUB_PART_BYTES)
                self.carry(entry, header, hub_part)
                return
            case OpenedEntry():
                self.opened = entry
            case RefusalEntry():
                self._refuse(entry)
            case DecisionEntry():
                self._decide(entry)
            case HandoverEntry():
                self.queues.get(entry.party, {}).pop(entry.id, None)
                self.messages[entry.id].handed.add(entry.party)
            case FrameEntry():
                self._frame(entry)
        self._taken(entry)

    def _taken(self, entry: Entry) -> None:
        self.size += 1
        self.time = entry.time

    def _count(self, party: str, counter: int, receipted: int) -> None:
        self.counters[party] = max(self.counters.get(party, 0), counter)
        self.receipted[party] = max(self.receipted.get(party, 0), receipted)
        answers = self.answers.get(party, {})
        for old in [number for number in answers if number <= receipted]:
            del answers[old]

    def _refuse(self, entry: RefusalEntry) -> None:
        self.refusals += 1
        if entry.alarm:
            self.alarms += 1
        if entry.counter is not None:
            self._count(entry.topic, entry.counter, self.receipted.get(entry.topic, 0))
            self.answers.setdefault(entry.topic, {})[entry.counter] = ReceiptItem(
                wire=entry.wire, id=entry.id, counter=entry.counter, code=entry.code, detail=entry.detail
            )

    def _decide(self, entry: DecisionEntry) -> None:
        carried = self.messages[entry.id]
        verdict = Verdict(entry.outcome, entry.code, entry.rules)
        carried.first.setdefault(entry.party, (entry.outcome, carried.told(verdict)))
        carried.outcomes[entry.party] = (entry.outcome, entry.code)
        carried.under[entry.party] = (self.size, entry.directory, entry.statements)
        queue = self.queues.setdefault(entry.party, {})
        if entry.outcome is Outcome.QUEUED:
            queue[entry.id] = None
            self.precedents.establish(carried.header, entry.time)
        else:
            queue.pop(entry.id, None)

    def _frame(self, entry: FrameEntry) -> None:
        wire = base64.b64decode(entry.frame)
        attached = [base64.b64decode(one) for one in entry.attached]
        signed = clear.parse(wire)
        frame, payload = signed.frame, signed.payload
        if frame.type in (FrameType.DIRECTORY, FrameType.CONTROL):
            self.commanded.add(hashlib.sha256(wire).hexdigest())
        match frame.type:
            case FrameType.DIRECTORY:
                self.trust = self.trust.advance(wire, attached, entry.time)
                self._world = self._statements = None
            case FrameType.RESTRICTION:
                assert isinstance(payload, Bars)
                self.restrictions[frame.sender] = payload
                self._world = self._statements = None
            case FrameType.ACCEPTANCE:
                assert isinstance(payload, Bars)
                self.acceptances[frame.sender] = payload
                self._world = self._statements = None
            case FrameType.MEASURE:
                assert isinstance(payload, MeasureSet)
                self.states[payload.party] = payload.state
                self._world = self._statements = None
            case FrameType.NOTICE_DECISION:
                assert isinstance(payload, NoticeDecision)
                self.decisions.setdefault(payload.decision, (payload, self.size))
                self.precedents.decisions.setdefault(payload.decision, payload)
            case FrameType.RELEASE:
                assert isinstance(payload, Release)
                self._release(payload)
            case FrameType.ACK:
                assert isinstance(payload, Ack)
                for item in payload.items:
                    carried = self.messages.get(item.id)
                    if (
                        carried is not None
                        and frame.sender in carried.handed
                        and acknowledges(carried.outcomes[frame.sender][0], item.status)
                    ):
                        carried.outcomes[frame.sender] = (item.status, item.code)
        if frame.type in NUMBERED:
            self._count(frame.sender, frame.counter, self.receipted.get(frame.sender, 0))
            self.answers.setdefault(frame.sender, {})[frame.counter] = ReceiptItem(
                wire=hashlib.sha256(wire).hexdigest(), counter=frame.counter
            )

    def _release(self, release: Release) -> None:
        """The first word on a held message counts; from now on it is decided on as released."""
        carried = self.messages.get(release.message)
        if carried is None or release.message in self.releases:
            return
        self.releases[release.message] = release
        standing = replace(carried.facts.standing, released=release.release)
        carried.facts = replace(carried.facts, standing=standing)

    def _handed(self, id_: str) -> Collection[str]:
        """Who was ever handed a copy of the message."""
        carried = self.messages.get(id_)
        return (self.earlier(id_) or ()) if carried is None else carried.handed

    def used(self, id_: str) -> bool:
        """Whether a message had this id before."""
        return id_ in self.messages or self.earlier(id_) is not None

    def forget(self, now: datetime) -> dict[str, tuple[str, ...]]:
        """Drop what nothing can happen to any more: messages that are settled and answered, whose life is over and
        whose receipt is confirmed.

        Returns what ``earlier`` must know from now on: each one's id, and who was handed a copy.
        """
        gone = [
            one
            for one in self.messages.values()
            if one.header.expires < now
            and one.settled
            and one.answered
            and one.counter <= self.receipted.get(one.header.sender, 0)
        ]
        for one in gone:
            del self.messages[one.id]
            del self.numbered[one.header.sender, one.counter]
        return {one.id: tuple(sorted(one.handed)) for one in gone}

    def message_numbered(self, party: str, counter: int) -> Carried | None:
        """The message that a sender gave this number, if it is remembered."""
        id_ = self.numbered.get((party, counter))
        return self.messages.get(id_) if id_ is not None else None

    def pairs(self) -> Iterator[tuple[Carried, str, Outcome]]:
        """Every (message, addressee) pair and where it stands."""
        for carried in self.messages.values():
            for party in carried.keys:
                outcome, _ = carried.outcomes.get(party, (Outcome.QUEUED, None))
                yield carried, party, outcome

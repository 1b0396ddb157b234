"""Who is reached when, in a rehearsal: what waits at a party, on the way or at the hub, and goes on once it can.

Of a network this is all that a rehearsal keeps. The order is that of a run: what waited at the hub comes first, then
goes what waited at the party; who comes back after an outage comes in one at a time. Pure.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from i247sim.exercise.broken import Broken
from i247sim.exercise.observe import Sent
from i247sim.exercise.rehearsed_hub import RehearsedHub
from i247sim.exercise.rehearsed_letters import Issue, Letter, Said
from i247sim.node.actions import Decide, Reseal
from i247sim.node.events import DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.contents import tells_what_is_withheld
from i247sim.vocabulary.decisions import Code, Outcome, Verdict
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.frames import FrameType, Release
from i247sim.vocabulary.parties import SECRETARIAT
from i247sim.vocabulary.statements import Bars, MeasureSet


@dataclass(frozen=True)
class _Told:
    """News from the hub to a party, besides messages."""

    event: Event | None = None
    issue: Issue | None = None
    reseal: Reseal | None = None


class RehearsedLinks:
    """All links between the parties and the hub, with what lies at both their ends."""

    def __init__(
        self,
        hub: RehearsedHub,
        broken: Broken,
        parties: Iterable[str],
        now: datetime,
        handle: Callable[[str, Event], object],
        reseal: Callable[[str, Reseal], None],
    ) -> None:
        """``handle`` gives a party's core an event, at once; ``reseal`` plans that a party seals something anew."""
        self.now = now
        """Changed by ``advance`` alone."""
        self._hub = hub
        self._broken = broken
        self._parties = tuple(parties)
        self._handle = handle
        self._plan_reseal = reseal
        self._seen = dict.fromkeys(self._parties, hub.issue)
        """What every party knows of the directory."""
        self._outboxes: dict[str, list[Letter | Said]] = {party: [] for party in self._parties}
        self._queues: dict[str, list[Letter]] = {party: [] for party in self._parties}
        """What waits at the hub."""
        self._news: dict[str, list[_Told]] = {party: [] for party in self._parties}
        self._unsaid: dict[str, list[Letter]] = {party: [] for party in self._parties}
        """What parties have read that are heard no more."""
        self._stolen: dict[str, int] = {}
        """Party to how many of its numbers somebody else has used up."""
        self._up = {(party, way) for party in self._parties for way in ("in", "out")}
        """Which ways are open: from the hub to a party (``in``), and from it."""
        self._calling: list[str] = []
        """Parties that connect again, and whose turn has not come."""

    # --- time and faults

    def advance(self, now: datetime) -> None:
        """Time moves on: what has waited at the hub beyond its life is not delivered any more."""
        self.now = now
        if "hub" in self._broken.stopped:
            return
        for party, queue in self._queues.items():
            for letter in [one for one in queue if one.header.expires <= now]:
                queue.remove(letter)
                self._hub.decide(letter, party, Verdict(Outcome.EXPIRED, Code.TIME, ()), now)
                self._tell(letter.sent.party, _Told())

    def waits(self, party: str) -> bool:
        """Whether something waits for the party's line, at either end."""
        return bool(self._queues[party] or self._news[party] or self._outboxes[party])

    def let_through(self, party: str) -> None:
        """Once, what has waited on the party's slow line."""
        why = self._broken.away.pop(party)
        self._connect(party)
        self._broken.away[party] = why

    def reconnect(self) -> None:
        """After a fault or what mends it: connect who is reached again."""
        before, self._up = (
            self._up,
            {
                (party, way)
                for party in self._parties
                for way, is_open in (("in", self._hears(party)), ("out", self._speaks(party)))
                if is_open
            },
        )
        again = {party for party, _ in self._up - before}
        # As `Breaking` does: who has nothing to send first, the others one after the other.
        back = [party for party in self._parties if party in again]
        self._calling = sorted(back, key=lambda party: bool(self._outboxes[party]))
        while self._calling:
            self._connect(self._calling.pop(0))

    # --- at the writer

    def send(self, party: str, draft: Draft) -> Sent:
        """The party writes, and it goes out as soon as the party is heard."""
        written = self._hub.letters.write(party, draft, self._seen[party], self.now, self._clock(party))
        if isinstance(written, Sent):
            return written
        self._publish(party, written)
        return written.sent

    def reseal(self, party: str, reseal: Reseal) -> None:
        """The party sends a message once more, for one addressee and to its newest key."""
        letters = self._hub.letters
        self._publish(party, letters.reseal(party, reseal.id, reseal.party, self._seen[party], self.now))

    def say(self, party: str, type_: FrameType, payload: Word | tuple[str, Decide]) -> None:
        """The party makes a statement (see ``Said``)."""
        self._publish(party, Said(party, type_, payload))

    def steal(self, party: str, to: str, subject: str) -> None:
        """A message that the party never wrote goes to the hub, under its key and its next number."""
        if not self._speaks(party) or not self._hub.enrolled(to):
            return
        letters = self._hub.letters
        self._stolen[party] = self._stolen.get(party, 0) + 1
        self._arrive(letters.steal(party, to, subject, self._seen[party], self.now, self._clock(party)))

    def _clock(self, party: str) -> datetime:
        """What the clock on the party's wall says."""
        return self.now + self._broken.skews.get(party, timedelta())

    def _publish(self, party: str, item: Letter | Said) -> None:
        self._outboxes[party].append(item)
        if self._speaks(party):
            self._flush(party)

    # --- on the way

    def _hears(self, party: str) -> bool:
        """Whether what the hub sends reaches the party."""
        return self._broken.hears(party) and not self._broken.stopped and party not in self._calling

    def _speaks(self, party: str) -> bool:
        """Whether what the party sends reaches the hub."""
        return self._broken.speaks(party) and not self._broken.stopped and party not in self._calling

    def _flush(self, party: str) -> None:
        """What the party has written goes to the hub, in order."""
        outbox = self._outboxes[party]
        while outbox:
            item = outbox.pop(0)
            if self._stolen.get(party):
                self._stolen[party] -= 1
                if isinstance(item, Letter):
                    self._hub.stolen(item)
            elif isinstance(item, Letter):
                self._arrive(item)
            else:
                self._state(item)

    def _connect(self, party: str) -> None:
        """Through the ways that are open: what waited at the hub comes first, then goes what waited at the party."""
        if self._speaks(party):
            unsaid, self._unsaid[party] = self._unsaid[party], []
            for letter in unsaid:
                self._acknowledge(letter, party)
        if self._hears(party):
            told, self._news[party] = self._news[party], []
            for one in told:
                self._learn(party, one)
            waiting, self._queues[party] = self._queues[party], []
            for letter in waiting:
                self._hand_over(letter, party)
        if self._speaks(party):
            self._flush(party)

    # --- at the hub

    def _state(self, said: Said) -> None:
        """A statement comes into force, and is passed on to whom it concerns."""
        self._hub.state(said, self.now)
        self._look_at_queues()
        match said.payload:
            case MeasureSet() as measure:
                for reader in self._parties:
                    if self._hub.enrolled(reader):
                        self._tell(reader, _Told(StatementTold(said.author, measure)))
            case Release() as release:
                self._release_held(self._hub.letters[release.message])
            case Bars() as bars if said.type is FrameType.RESTRICTION and said.author != SECRETARIAT:
                self._tell(SECRETARIAT, _Told(StatementTold(said.author, bars)))
            case _:
                pass  # nobody is shown an acceptance, and a reviewer's decision only with the publication

    def _release_held(self, letter: Letter) -> None:
        """Held copies go on, or are refused: the hub's ``_release``."""
        for party, verdict in self._hub.rule_again(letter, self.now).items():
            self._hub.decide(letter, party, verdict, self.now)
            self._tell(letter.sent.party, _Told())
            if verdict.allowed:
                self._deliver(letter, party)

    def pass_on_directory(self) -> None:
        """The hub has a new directory: everybody is told, after what it means for what lies at the hub."""
        self._look_at_queues()
        for party in self._parties:
            if self._hub.enrolled(party):
                self._tell(party, _Told(DirectoryTold(self._hub.issue.directory), self._hub.issue))

    def _look_at_queues(self) -> None:
        """What waits for a party that is not enrolled any more is decided on at once."""
        for party, queue in self._queues.items():
            if queue and not self._hub.enrolled(party):
                waiting, self._queues[party] = queue, []
                self._queues[party] = [letter for letter in waiting if self._still_allowed(letter, party)]

    def _arrive(self, letter: Letter) -> None:
        verdicts = self._hub.take(letter, self.now)
        for party, verdict in verdicts.items():
            if verdict.code is Code.KEY:
                self._learn(letter.sent.party, _Told(reseal=Reseal(letter.header.id, party)))
        for party, verdict in verdicts.items():
            if verdict.allowed:
                self._deliver(letter, party)

    def _deliver(self, letter: Letter, party: str) -> None:
        if self._hears(party):
            self._hand_over(letter, party)
        else:
            self._queues[party].append(letter)

    def _still_allowed(self, letter: Letter, party: str) -> bool:
        verdict = self._hub.look_again(letter, party, self.now)
        if verdict.allowed:
            return True
        reseal = Reseal(letter.header.id, party) if verdict.code is Code.KEY else None
        self._tell(letter.sent.party, _Told(reseal=reseal))
        return False

    # --- at the reader

    def _hand_over(self, letter: Letter, party: str) -> None:
        """The party gets its copy, opens it and says so."""
        if not self._still_allowed(letter, party):
            return
        if self._speaks(party):
            self._acknowledge(letter, party)
        else:
            self._unsaid[party].append(letter)
        wrong = self._wrong_with(letter, party)
        if wrong is None:
            self._handle(party, MessageOpened(letter.header, letter.content, letter.salt))
        elif wrong is not Code.SIGN:  # where the signature does not hold, nobody is told of a header
            self._handle(party, MessageUnreadable(letter.header, wrong))

    def _acknowledge(self, letter: Letter, party: str) -> None:
        """The hub hears what became of the copy."""
        self._hub.hear(letter, party, self._wrong_with(letter, party), self.now)
        self._tell(letter.sent.party, _Told())

    def _wrong_with(self, letter: Letter, party: str) -> Code | None:
        """Why the reader rejects its copy: by the clock on its wall, directory or message may be too old; or what the
        message says it withholds stands in it (``node.reception``)."""
        clock = self._clock(party)
        if self._hub.lies("alter", party):
            return Code.SIGN
        if not self._seen[party].directory.fresh(clock):
            return Code.KEY
        if letter.header.expires <= clock:
            return Code.TIME
        return Code.CONSENT if tells_what_is_withheld(letter.header, letter.content) else None

    def _tell(self, party: str, told: _Told) -> None:
        if not self._hub.enrolled(party):
            return
        if self._hears(party):
            self._learn(party, told)
        else:
            self._news[party].append(told)

    def _learn(self, party: str, told: _Told) -> None:
        if told.issue is not None:
            self._seen[party] = told.issue
        if told.event is not None:
            self._handle(party, told.event)
        if told.reseal is not None:
            self._plan_reseal(party, told.reseal)

"""The hub: ``handle(event, now) -> actions``. Every rule of the exchange is reached from here.

What arrives on a party's topic goes through these steps; the code in an answer tells which one said no. The first three
are in ``admission``, 4 to 12 in ``decide``.

1.  Form, size, fan-out, known schema and suite.                             ``E-FORMAT``
2.  Sender is the topic's party, enrolled; key, certificate and signature.   ``E-SIGN``, ``E-KEY``
3.  Not seen before, next in its sender's order, life and clock in bounds.   ``E-REPLAY``, ``E-TIME``
4-6. Sender's state, rights, purpose, review (``policy``).                   ``E-STATE`` ... ``E-REVIEW``
12. Quota, once per message, before the addressees are looked at.            ``E-RATE``
7-9. Per addressee: address, acceptance, clearance, restriction, current key ``E-ADDR`` ... ``E-RESTRICT``, ``E-KEY``
13. Log, commit, then answer and hand over; at hand-over the decision is checked again.

No asyncio, clock, randomness or I/O. ``HubState`` changes through log entries only; what is not in the log
(who is connected, which items wait in a stream) is delivery, not decision, and lives here.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from i247sim.hub import admission, decide
from i247sim.hub.actions import (
    Action,
    Answer,
    Archive,
    Cosigned,
    Drop,
    Item,
    Keep,
    Record,
    Resend,
    Welcome,
)
from i247sim.hub.admission import Refused
from i247sim.hub.events import Arrived, BatchEnded, CheckpointWanted, ControlNoted, DirectoryIssued, Event, TimePassed
from i247sim.hub.news import News
from i247sim.hub.state import Carried, HubState, acknowledges
from i247sim.hub.streams import Stream
from i247sim.policy.engine import Engine
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.vocabulary.codec import base64_text
from i247sim.vocabulary.decisions import Code, Outcome, Verdict
from i247sim.vocabulary.entries import (
    DecisionEntry,
    Entry,
    FrameEntry,
    HandoverEntry,
    MessageEntry,
    RefusalEntry,
)
from i247sim.vocabulary.errors import FormatError
from i247sim.vocabulary.frames import (
    NUMBERED,
    Ack,
    AckItem,
    Bye,
    Cosign,
    FrameType,
    Hello,
    NoteKind,
    OutcomeUpdate,
    ReceiptItem,
    Release,
)
from i247sim.vocabulary.parties import CONTROL, SECRETARIAT, Role
from i247sim.vocabulary.statements import MeasureSet

_MESSAGES_REMEMBERED = 1000
"""Below so many there is no need to look for what may be forgotten."""


@dataclass
class HubCore:
    """The hub's decisions. ``streams`` and ``state`` come from the shell's database at the start."""

    state: HubState
    engine: Engine
    limits: decide.Limits = field(default_factory=decide.Limits)
    streams: dict[str, Stream] = field(default_factory=dict)
    online: dict[str, str] = field(default_factory=dict)
    """Connected parties and the epoch of their session."""
    _forget_above: int = _MESSAGES_REMEMBERED
    _news: News = field(default_factory=News)

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``; the actions are to be committed together, then carried out."""
        actions: list[Action] = []
        match event:
            case Arrived():
                self._arrived(event, now, actions)
            case DirectoryIssued():
                self._directory_issued(event, now, actions)
            case ControlNoted():
                self._control_noted(event, now, actions)
            case TimePassed():
                self._time_passed(now, actions)
            case BatchEnded():
                self._batch_ended(actions)
            case CheckpointWanted():
                for party in sorted(self.online):
                    self._put(party, Item(NoteKind.CHECKPOINT, directory=self.state.directory.number), actions)
        return actions

    def give_up(self, event: Arrived, now: datetime) -> list[Action]:
        """Refuse something that could not be handled without an error of our own: denied, and logged."""
        actions: list[Action] = []
        wire = hashlib.sha256(event.data).hexdigest()
        self._refuse(event, wire, Refused(Code.POLICY, "could not be decided"), now, actions)
        return actions

    def reset(self, state: HubState, streams: dict[str, Stream]) -> None:
        """Begin anew from what is on disk: what was decided since was not committed. Who is connected still is."""
        self.state, self.streams = state, streams
        self._forget_above = _MESSAGES_REMEMBERED
        self._news.clear()

    def waiting(self) -> dict[str, int]:
        """Parties for which something is not confirmed or not handed over yet, and how much."""
        found: dict[str, int] = {}
        for party, stream in self.streams.items():
            if stream.items:
                found[party] = len(stream.items)
        for party, queue in self.state.queues.items():
            if queue:
                found[party] = found.get(party, 0) + len(queue)
        return found

    # --- steps 1 to 3, common to everything that arrives

    def _arrived(self, event: Arrived, now: datetime, actions: list[Action]) -> None:
        wire = hashlib.sha256(event.data).hexdigest()
        try:
            admission.check_size(event)
            if event.data.startswith(clear.MAGIC):
                self._frame_arrived(event, wire, now, actions)
            else:
                self._message_arrived(event, wire, now, actions)
        except Refused as refused:
            self._refuse(event, wire, refused, now, actions)

    def _refuse(self, event: Arrived, wire: str, refused: Refused, now: datetime, actions: list[Action]) -> None:
        envelope = refused.envelope
        entry = RefusalEntry(
            time=now,
            topic=event.topic,
            wire=wire,
            size=len(event.data),
            code=refused.code,
            detail=refused.detail[:120],
            alarm=refused.alarm,
            id=envelope.header.id if envelope else None,
            counter=refused.counter,
            signed=sealed.signed_parts(envelope) if envelope else None,
        )
        self._record(entry, actions)
        answer = ReceiptItem(
            wire=wire,
            id=envelope.header.id if envelope else None,
            counter=refused.counter or 0,
            code=refused.code,
            detail=refused.detail[:120],
        )
        actions.append(Answer(event.topic, answer))

    def _message_arrived(self, event: Arrived, wire: str, now: datetime, actions: list[Action]) -> None:
        envelope = admission.read_message(event)
        admission.check_message_signature(self.state, event.topic, envelope, now)
        header, hub_part = envelope.header, envelope.hub_part
        assert hub_part is not None
        counter, receipted = hub_part.counter, hub_part.receipted
        again = admission.repeated(self.state, header.sender, counter, wire, envelope, receipted)
        if again is not None:
            actions.append(again)
            return
        admission.check_new(self.state, envelope, counter, now)
        entry = MessageEntry(
            time=now,
            id=header.id,
            sender=header.sender,
            counter=counter,
            wire=wire,
            size=len(event.data),
            signed=sealed.signed_parts(envelope),
        )
        actions.append(Record(entry))
        carried = self.state.carry(entry, header, hub_part)
        actions.append(Keep(envelope))
        parties = tuple(carried.keys)
        verdicts = decide.decide_first(self.engine, self.state, carried, self.limits, now)
        for party in parties:
            self._decided(carried, party, verdicts[party], now, actions)
        actions.append(Answer(header.sender, carried.receipt()))
        for party in parties:
            if party in self.online and carried.outcomes[party][0] is Outcome.QUEUED:
                self._hand_over(carried, party, now, actions)
        self._drop_if_settled(carried, actions)

    # --- step 13: decisions into the log, copies into the streams

    def _decided(self, carried: Carried, party: str, verdict: Verdict, now: datetime, actions: list[Action]) -> None:
        entry = DecisionEntry(
            time=now,
            id=carried.id,
            party=party,
            outcome=verdict.outcome,
            code=verdict.code,
            rules=verdict.rules,
            directory=self.state.directory.number,
            statements=self.state.statements,
        )
        self._record(entry, actions)

    def _hand_over(self, carried: Carried, party: str, now: datetime, actions: list[Action]) -> None:
        """Check once more, then give the copy its number in the party's stream."""
        if not self._still_allowed(carried, party, now, actions):
            return
        number = self._stream(party).last + 1
        decision, _, _ = carried.under[party]
        self._record(HandoverEntry(time=now, id=carried.id, party=party, number=number), actions)
        sources: tuple[int, ...] = ()
        if carried.rests_on is not None:
            # The reviewer's own signed decision travels with a publication, for the reader's second check.
            sources = (self.state.decisions[carried.rests_on][1],)
        item = Item(
            NoteKind.DELIVERY,
            message=carried.id,
            decision=decision,
            directory=self.state.directory.number,
            sources=sources,
        )
        self._put(party, item, actions)

    def _still_allowed(self, carried: Carried, party: str, now: datetime, actions: list[Action]) -> bool:
        """Decide again if directory or statements have changed since; log and report a change."""
        if carried.header.expires <= now:
            verdict = Verdict(Outcome.EXPIRED, Code.TIME, ())
        else:
            _, directory, statements = carried.under[party]
            if (directory, statements) == (self.state.directory.number, self.state.statements):
                return True
            again = decide.decide_pairs(self.engine, self.state, carried, (party,), now)[party]
            if again.allowed:
                return True
            verdict = Verdict(Outcome.WITHHELD, again.code, again.rules)
        self._decided(carried, party, verdict, now, actions)
        update = OutcomeUpdate(id=carried.id, party=party, outcome=verdict.outcome, code=carried.told(verdict))
        self._tell(carried.header.sender, (update,))
        self._drop_if_settled(carried, actions)
        return False

    def _stream(self, party: str) -> Stream:
        return self.streams.setdefault(party, Stream(party))

    def _put(self, party: str, item: Item, actions: list[Action]) -> None:
        actions.append(self._stream(party).put(item))

    def _tell(self, party: str, updates: tuple[OutcomeUpdate, ...], sources: tuple[int, ...] = ()) -> None:
        """Tell a sender what became of its messages, with everything else of this batch (``BatchEnded``)."""
        if self.state.directory.enrolled(party):
            self._news.tell(party, updates, sources)

    def _batch_ended(self, actions: list[Action]) -> None:
        number = self.state.directory.number
        for party, updates, sources in self._news.take():
            self._put(party, Item(NoteKind.OUTCOME, directory=number, updates=updates, sources=sources), actions)

    def _record(self, entry: Entry, actions: list[Action]) -> None:
        self.state.apply(entry)
        actions.append(Record(entry))

    def _record_frame(
        self, frame: bytes, now: datetime, actions: list[Action], attached: tuple[bytes, ...] = ()
    ) -> int:
        """Record a signed frame and what came with it; returns the index of its entry."""
        index = self.state.size
        beside = tuple(base64_text(one) for one in attached)
        self._record(FrameEntry(time=now, frame=base64_text(frame), attached=beside), actions)
        return index

    def _drop_if_settled(self, carried: Carried, actions: list[Action]) -> None:
        if carried.settled:
            actions.append(Drop(carried.id))

    # --- clear frames

    def _frame_arrived(self, event: Arrived, wire: str, now: datetime, actions: list[Action]) -> None:
        signed = admission.read_frame(event)
        admission.check_frame_signature(self.state, event.topic, signed, now)
        frame, payload = signed.frame, signed.payload
        match payload:
            case Hello():
                self._hello(frame.sender, payload, now, actions)
            case Bye():
                if self.online.get(frame.sender) == payload.epoch:
                    del self.online[frame.sender]
            case Ack():
                self._ack(event, payload, now, actions)
            case Cosign():
                actions.append(Cosigned(frame.sender, event.data, payload.checkpoint))
            case _ if frame.type in NUMBERED:
                admission.check_directory(self.state, now)
                self._numbered(event, wire, signed, now, actions)
            case _:
                raise Refused(Code.RIGHTS, f"a party does not say `{frame.type}`")

    def _hello(self, party: str, hello: Hello, now: datetime, actions: list[Action]) -> None:
        self.online[party] = hello.epoch
        actions.append(Welcome(party, self.state.counters.get(party, 0)))
        self._stored_upto(party, hello.received, actions)
        stream = self._stream(party)
        for number, item in list(stream.items.items()):
            # What the party has stored already is past checking: it is sent again for its answer's sake only.
            if number > hello.received:
                self._void_unless_allowed(party, number, item, now, actions)
        if stream.items:
            actions.append(Resend(party))
        for id_ in list(self.state.queues.get(party, {})):
            self._hand_over(self.state.messages[id_], party, now, actions)

    def _void_unless_allowed(self, party: str, number: int, item: Item, now: datetime, actions: list[Action]) -> None:
        """Check a copy again that has its number and no answer yet."""
        if item.message is None or not self._unanswered(party, item):
            return
        if not self._still_allowed(self.state.messages[item.message], party, now, actions):
            self._void(party, number, actions)

    def _void(self, party: str, number: int, actions: list[Action]) -> None:
        actions.append(self.streams[party].void(number, self.state.directory.number))

    def _unanswered(self, party: str, item: Item) -> bool:
        """Whether the item is a copy that the party has not said anything about yet."""
        return item.message is not None and self.state.messages[item.message].outcomes[party][0] is Outcome.QUEUED

    def _stored_upto(self, party: str, upto: int, actions: list[Action]) -> None:
        """The party has stored this much. A copy stays until the party has also said what became of it."""
        stream = self._stream(party)
        stored = [one for one, item in stream.items.items() if one <= upto and not self._unanswered(party, item)]
        if stored:
            actions.append(stream.forget(stored))

    def _ack(self, event: Arrived, ack: Ack, now: datetime, actions: list[Action]) -> None:
        party = event.topic
        becomes: dict[str, Outcome] = {}
        changed: list[AckItem] = []
        for item, carried in admission.acknowledged(self.state, event, ack):
            if acknowledges(becomes.get(item.id, carried.outcomes[party][0]), item.status):
                becomes[item.id] = item.status
                changed.append(item)
        if changed:
            source = self._record_frame(event.data, now, actions)
            updates: dict[str, list[OutcomeUpdate]] = {}
            for item in changed:
                carried = self.state.messages[item.id]
                update = OutcomeUpdate(id=item.id, party=party, outcome=item.status, code=item.code)
                updates.setdefault(carried.header.sender, []).append(update)
                self._drop_if_settled(carried, actions)
            for sender, told in updates.items():
                self._tell(sender, tuple(told), (source,))
        self._stored_upto(party, ack.upto, actions)
        for number, one in list(self.streams[party].items.items()):
            if one.message in becomes:
                # Answered, yet not stored by the same word: the copy may be gone, its place must not.
                self._void(party, number, actions)

    def _numbered(
        self, event: Arrived, wire: str, signed: clear.SignedFrame, now: datetime, actions: list[Action]
    ) -> None:
        frame, payload = signed.frame, signed.payload
        again = admission.repeated(self.state, frame.sender, frame.counter, wire)
        if again is not None:
            actions.append(again)
            return
        admission.check_statement(self.state, signed)
        source = self._record_frame(event.data, now, actions)
        stored = admission.stored_receipt(self.state, frame.sender, frame.counter)
        assert stored is not None
        actions.append(Answer(frame.sender, stored))
        item = Item(NoteKind.STATEMENT, directory=self.state.directory.number, sources=(source,))
        if isinstance(payload, Release):
            self._release(payload, now, actions)
        if isinstance(payload, MeasureSet):
            for reader in self._readers():
                self._put(reader, item, actions)
        elif frame.type is FrameType.RESTRICTION and frame.sender != SECRETARIAT:
            # The secretariat must honour restrictions in its databases and audiences; nobody else is shown them.
            self._put(SECRETARIAT, item, actions)
        self._withhold_barred(now, actions)

    def _release(self, release: Release, now: datetime, actions: list[Action]) -> None:
        """Decide anew on every held copy: it goes on, or is refused."""
        carried = self.state.messages[release.message]
        held = tuple(party for party, (outcome, _) in carried.outcomes.items() if outcome is Outcome.HELD)
        if carried.header.expires <= now:
            verdicts = dict.fromkeys(held, Verdict(Outcome.EXPIRED, Code.TIME, ()))
        else:
            verdicts = decide.decide_pairs(self.engine, self.state, carried, held, now)
        for party, verdict in verdicts.items():
            self._decided(carried, party, verdict, now, actions)
            code = carried.told(verdict)
            update = OutcomeUpdate(id=carried.id, party=party, outcome=verdict.outcome, code=code)
            self._tell(carried.header.sender, (update,))
            if verdict.allowed and party in self.online:
                self._hand_over(carried, party, now, actions)
        self._drop_if_settled(carried, actions)

    # --- from exercise control

    def _directory_issued(self, event: DirectoryIssued, now: datetime, actions: list[Action]) -> None:
        """Raises ``TrustError`` or ``FormatError`` if the change does not hold: then nothing has changed."""
        if self._commanded(event.frame):
            return
        source = self._record_frame(event.frame, now, actions, event.attached)
        number = self.state.directory.number
        if number > 1:
            # Number 1 reaches every party with its keys, when it is enrolled.
            item = Item(NoteKind.DIRECTORY, directory=number, sources=(source,))
            for reader in self._readers():
                self._put(reader, item, actions)
        self._withhold_barred(now, actions)

    def _control_noted(self, event: ControlNoted, now: datetime, actions: list[Action]) -> None:
        if self._commanded(event.frame):
            return
        signed = clear.parse(event.frame)
        if signed.frame.type is not FrameType.CONTROL:
            raise FormatError("not a control entry")
        clear.verify(signed, self.state.trust.signer(CONTROL, signed.frame.key, now))
        self._record_frame(event.frame, now, actions)

    def _commanded(self, frame: bytes) -> bool:
        """Whether this very frame is in the log: a command that was repeated because its answer was lost."""
        return hashlib.sha256(frame).hexdigest() in self.state.commanded

    def _time_passed(self, now: datetime, actions: list[Action]) -> None:
        if len(self.state.messages) > self._forget_above:
            # Committed before anything else is looked at: time passes in a batch of its own.
            actions.append(Archive(self.state.forget(now)))
            self._forget_above = len(self.state.messages) * 5 // 4 + _MESSAGES_REMEMBERED
        for party in list(self.state.queues):
            for id_ in list(self.state.queues[party]):
                carried = self.state.messages[id_]
                if carried.header.expires <= now:
                    self._still_allowed(carried, party, now, actions)
        for party, stream in self.streams.items():
            for number, item in list(stream.items.items()):
                if item.message is not None and self.state.messages[item.message].header.expires <= now:
                    self._void_unless_allowed(party, number, item, now, actions)

    def _withhold_barred(self, now: datetime, actions: list[Action]) -> None:
        """After a change, what waits for parties that are no longer enrolled is withheld at once.

        Everything else is checked again when it is handed over.
        """
        for party in [one for one in self.online if not self.state.directory.enrolled(one)]:
            del self.online[party]
        for party, queue in list(self.state.queues.items()):
            if queue and not self.state.directory.enrolled(party):
                for id_ in list(queue):
                    self._still_allowed(self.state.messages[id_], party, now, actions)
        for party, stream in self.streams.items():
            if stream.items and not self.state.directory.enrolled(party):
                for item in stream.items.values():
                    if item.message is not None and self._unanswered(party, item):
                        self._still_allowed(self.state.messages[item.message], party, now, actions)
                actions.append(stream.forget(stream.items))

    def _readers(self) -> Iterator[str]:
        """Enrolled parties that hold a stream of their own."""
        for party in sorted(self.state.directory.entries):
            role = self.state.directory.entries[party].role
            if role not in (Role.HUB, Role.CONTROL, Role.AUTHORITY) and self.state.directory.enrolled(party):
                yield party

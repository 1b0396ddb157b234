"""A small world around one ``HubCore``: parties with real keys, and verbs that seal, sign, restrict, revoke, measure.

Every verb hands the hub one event, ends the batch, and returns the actions as a ``Batch`` that tells them apart.
"""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from plain_headers import plain_header

from i247sim.exercise import enrolment
from i247sim.exercise.enrolment import Enrolled, enrol
from i247sim.exercise.scenario import Entity, Participants, Scenario
from i247sim.hub.actions import Action, Answer, Archive, Drop, Forget, Item, Keep, Put, Record
from i247sim.hub.core import HubCore
from i247sim.hub.decide import Limits
from i247sim.hub.events import Arrived, BatchEnded, CheckpointWanted, DirectoryIssued, Event, TimePassed
from i247sim.hub.state import HubState
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.security import frames as clear
from i247sim.security.keys import Identity, KemKey, KemPublic
from i247sim.security.sealing import prepare, seal
from i247sim.security.trust import Trust
from i247sim.vocabulary import contents
from i247sim.vocabulary.casefacts import Judicial
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.contents import Note, Notice, NoticePublication
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.directory import PartyEntry
from i247sim.vocabulary.entries import DecisionEntry, Entry, HandoverEntry, OpenedEntry, RefusalEntry
from i247sim.vocabulary.frames import (
    Ack,
    AckItem,
    Bye,
    Frame,
    FrameType,
    Hello,
    NoteKind,
    NoticeDecision,
    ReceiptItem,
)
from i247sim.vocabulary.messages import (
    Addressee,
    AudienceMember,
    Body,
    HubPart,
    NoticeRef,
    NoticeType,
    Proofs,
    QuotedRecord,
)
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.records import Person
from i247sim.vocabulary.statements import Bar, Bars, MeasureSet

RUN = "0123456789ab"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SCENARIO = Scenario(
    title="a small world",
    aim="to be tested",
    start=NOON,
    participants=Participants(
        bureaus=("FR", "BR", "DE", "NO", "PT"),
        entities={"FR-cdg-border": Entity(parent="FR", name="Border post", profile=("sltd:query",))},
    ),
    timeline=(),
)
NOTICE = Notice(
    type=NoticeType.RED,
    subject="a fictional person",
    person=Person(family_name="Fiction", forename="Ada", sex="F", born="1980", fingerprints=True),
    judicial=Judicial(facts="f", charge="c", law="l", warrant="w", issued_by="a court", max_penalty_months=60),
    extradition_sought=True,
)
EPOCH = "e0" * 16


@cache
def enrolled() -> Enrolled:
    """Keys for everybody, made once."""
    return enrol(SCENARIO, RUN, datetime.now(UTC))


@cache
def engine() -> Engine:
    return Engine(Rulebook.load())


class Batch(list[Action]):
    """The actions of one batch."""

    def of(self, kind: type) -> list[Any]:
        return [one for one in self if isinstance(one, kind)]

    @property
    def entries(self) -> list[Entry]:
        return [one.entry for one in self.of(Record)]

    @property
    def receipt(self) -> ReceiptItem:
        """The one receipt."""
        (answer,) = self.of(Answer)
        return answer.item

    @property
    def code(self) -> Code | None:
        return self.receipt.code

    @property
    def refusal(self) -> RefusalEntry:
        (found,) = [one for one in self.entries if isinstance(one, RefusalEntry)]
        return found

    @property
    def verdicts(self) -> dict[str, tuple[Outcome, Code | None]]:
        return {one.party: (one.outcome, one.code) for one in self.entries if isinstance(one, DecisionEntry)}

    @property
    def handed(self) -> list[str]:
        """Who was given a copy: logged, and put into its stream in the same batch."""
        logged = [(one.party, one.number) for one in self.entries if isinstance(one, HandoverEntry)]
        put = [(one.party, one.number) for one in self.of(Put) if one.item.kind is NoteKind.DELIVERY]
        assert logged == put
        return [party for party, _ in logged]

    def told(self, party: str) -> list[tuple[str, str, Outcome, Code | None]]:
        """Outcomes that ``party`` is told: (message, about whom, outcome, code)."""
        return [
            (update.id, update.party, update.outcome, update.code)
            for put in self.of(Put)
            if put.party == party and put.item.kind is NoteKind.OUTCOME
            for update in put.item.updates
        ]

    @property
    def puts(self) -> list[tuple[str, int, NoteKind]]:
        return [(one.party, one.number, one.item.kind) for one in self.of(Put)]


class HubWorld:
    """One hub, everybody enrolled, the log open. Nobody is online before ``hello``."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.now = NOON
        self.ids: dict[str, Identity] = dict(enrolled().identities)
        self.earlier: dict[str, tuple[str, ...]] = {}
        self.state = HubState(Trust.anchor(enrolled().authority.root, RUN), earlier=self.earlier.get)
        self.core = HubCore(self.state, engine(), limits or Limits())
        self.entries: list[Entry] = []
        opened = OpenedEntry(time=NOON, run=RUN, root="0" * 64, hub="1" * 64, rules="2" * 64)
        self.state.apply(opened)
        self.entries.append(opened)
        self.counters: dict[str, int] = {}
        self.receipted: dict[str, int] = {}
        self.kept: set[str] = set()
        self.stored: dict[str, dict[int, Item]] = {}
        self.ordinal = 0
        self.do(DirectoryIssued(enrolled().first.frame, enrolled().first.attached))

    # --- handing events to the hub

    def do(self, *events: Event) -> Batch:
        batch = Batch()
        for event in (*events, BatchEnded()):
            batch += self.core.handle(event, self.now)
        return self._commit(batch)

    def _commit(self, batch: Batch) -> Batch:
        """What the database would hold, checked on the way."""
        self.entries += batch.entries
        for action in batch:
            match action:
                case Keep():
                    self.kept.add(action.envelope.header.id)
                case Drop():
                    self.kept.discard(action.id)
                case Archive():
                    self.earlier |= action.handed
                case Put():
                    self.stored.setdefault(action.party, {})[action.number] = action.item
                case Forget():
                    for number in action.numbers:
                        del self.stored[action.party][number]
        for party, items in self.stored.items():
            for item in items.values():
                assert item.message is None or item.message in self.kept, f"{party} waits for a wire that is gone"
        return batch

    def arrive(self, topic: str, data: bytes) -> Batch:
        return self.do(Arrived(topic, data))

    def later(self, **amount: float) -> Batch:
        self.now += timedelta(**amount)
        return self.do(TimePassed())

    def refolded(self) -> HubState:
        """A fresh state from the recorded entries alone."""
        state = HubState(Trust.anchor(enrolled().authority.root, RUN))
        for entry in self.entries:
            state.apply(entry)
        return state

    # --- connecting

    def hello(self, *parties: str, received: int = 0, epoch: str = EPOCH) -> Batch:
        hellos = [
            Arrived(one, self.frame(FrameType.HELLO, Hello(epoch=epoch, sent=0, received=received, directory=1), one))
            for one in parties
        ]
        return self.do(*hellos)

    def bye(self, party: str, epoch: str = EPOCH) -> Batch:
        return self.arrive(party, self.frame(FrameType.BYE, Bye(epoch=epoch), party))

    # --- sealed messages

    def next(self, sender: str) -> int:
        self.counters[sender] = self.counters.get(sender, 0) + 1
        return self.counters[sender]

    def sealed(
        self,
        sender: str = "FR",
        to: tuple[str, ...] = ("BR",),
        *,
        counter: int | None = None,
        audience: tuple[AudienceMember, ...] = (),
        identity: Identity | None = None,
        keys: dict[str, Any] | None = None,
        body: Body | None = None,
        **fields: Any,
    ) -> bytes:
        """A message that nothing is wrong with, but for what ``fields`` (of the header) change."""
        self.ordinal += 1
        identity = identity or self.ids[sender]
        prepared = prepare(body or Body(content=Note(subject="s").model_dump(mode="json")))
        members = [one for one in audience if one.key is not None]
        found = {one: (keys or {}).get(one) or self._kem(one) for one in (*to, *(one.party for one in members))}
        own = {
            "run": RUN,
            "id": hashlib.sha256(f"{self.ordinal}".encode()).hexdigest()[:32],
            "signing_key": identity.signing.id,
            "to": tuple(Addressee(party=one, key=found[one].id) for one in to) or None,
            "audience": "members" if audience else None,
            "created": self.now,
            "expires": self.now + timedelta(days=10),
            "padded_size": len(prepared),
        }
        header = plain_header(sender, to, number=self.ordinal, **(own | fields))
        number = counter if counter is not None else self.next(sender)
        hub_part = HubPart(counter=number, receipted=self.receipted.get(sender, 0), audience=audience)
        return seal(header, hub_part, prepared, list(found.values()), replace(identity, party=sender))

    def _kem(self, party: str) -> KemPublic:
        kem = self.ids[party].kem[-1]
        return KemPublic(kem.id, kem.public)

    def send(self, sender: str = "FR", to: tuple[str, ...] = ("BR",), **how: Any) -> Batch:
        return self.arrive(sender, self.sealed(sender, to, **how))

    # --- clear frames

    def frame(
        self,
        type_: FrameType,
        payload: Word,
        sender: str,
        counter: int = 0,
        *,
        run: str = RUN,
        to: str = "HUB",
        identity: Identity | None = None,
    ) -> bytes:
        key = (identity or self.ids[sender]).signing
        frame = Frame(
            type=type_,
            run=run,
            sender=sender,
            to=to,
            key=key.id,
            counter=counter,
            time=self.now,
            payload=payload.model_dump(mode="json", by_alias=True, exclude_none=True),
        )
        return clear.sign(frame, key)

    def declare(self, type_: FrameType, payload: Word, sender: str) -> Batch:
        return self.arrive(sender, self.frame(type_, payload, sender, self.next(sender)))

    def restrict(self, owner: str, *whom: str) -> Batch:
        return self.declare(FrameType.RESTRICTION, Bars(bars=tuple(Bar(whom=one) for one in whom)), owner)

    def accept(self, receiver: str, *whom: str) -> Batch:
        """``receiver`` does not accept anything from ``whom``."""
        return self.declare(FrameType.ACCEPTANCE, Bars(bars=tuple(Bar(whom=one) for one in whom)), receiver)

    def measure(self, party: str, state: State, author: str = "IPSG") -> Batch:
        return self.declare(FrameType.MEASURE, MeasureSet(party=party, state=state), author)

    def ack(
        self, party: str, upto: int, *ids: str, status: Outcome = Outcome.OPENED, code: Code | None = None
    ) -> Batch:
        return self.arrive(party, self.acked(party, upto, *((id_, status, code) for id_ in ids)))

    def acked(self, party: str, upto: int, *items: tuple[str, Outcome, Code | None]) -> bytes:
        listed = tuple(
            AckItem.model_validate({"id": id_, "status": status, "code": code}) for id_, status, code in items
        )
        return self.frame(FrameType.ACK, Ack(upto=upto, items=listed), party)

    # --- notices

    def decide(self, requester: str = "FR", notice: Notice = NOTICE, publish: bool = True) -> NoticeDecision:
        """The reviewer's decision on a request, not sent yet. Its salt is ``aa…``."""
        commitment = contents.commit("aa" * 32, notice)
        self.ordinal += 1
        return NoticeDecision(
            decision=hashlib.sha256(f"{self.ordinal}{commitment}{publish}".encode()).hexdigest(),
            request="cd" * 16,
            requester=requester,
            type=notice.type,
            publish=publish,
            code=None if publish else Code.ART3,
            commitment=commitment,
        )

    def decided(self, requester: str = "FR", publish: bool = True) -> NoticeDecision:
        decision = self.decide(requester, publish=publish)
        assert self.declare(FrameType.NOTICE_DECISION, decision, "NDTF").code is None
        return decision

    def publish(
        self,
        decision: NoticeDecision | None,
        to: tuple[str, ...] = ("BR", "DE"),
        barred: tuple[str, ...] = (),
        sender: str = "IPSG",
        owner: str = "FR",
        **fields: Any,
    ) -> Batch:
        members = [AudienceMember(party=one) for one in barred]
        members += [AudienceMember(party=one, key=self._kem(one).id) for one in to]
        publication = NoticePublication(id="2026/1", requester="FR", notice=NOTICE, record="NOM-900001")
        values: dict[str, Any] = {
            "channel": "notice",
            "kind": "NOTICE_PUBLISHED",
            "suite": "i247-2",
            "purpose": "wanted-person",
            "notice": NoticeRef(type="red", id="2026/1", decision=decision.decision if decision else None),
            "quoted": (QuotedRecord(owner=owner, record="NOM-900001"),),
            "audience": tuple(members),
            "body": Body(content=publication.model_dump(mode="json", exclude_none=True), proofs=Proofs(salt="aa" * 32)),
        }
        return self.send(sender, (), **{**values, **fields})

    # --- the authority

    def _change(self, *changed: PartyEntry, attached: tuple[bytes, ...] = ()) -> Batch:
        issue = enrolment.next_directory(enrolled().authority, self.state.trust, changed, self.now)
        return self.do(DirectoryIssued(issue.frame, (*issue.attached, *attached)))

    def revoke(self, party: str) -> Batch:
        return self._change(enrolment.revoked(self.state.trust, party))

    def reissue(self) -> Batch:
        return self._change()

    def rotate(self, party: str) -> Batch:
        """``party`` takes up a new KEM key; the old one does not stand on its card any more."""
        begin, end = NOON - timedelta(days=1), NOON + timedelta(days=30)
        fresh = enrolled().authority.renew_card(self.ids[party], KemKey.generate(), begin, end)
        self.ids[party] = fresh
        entry = self.state.directory.entries[party].model_copy(update={"card": fresh.card_hash})
        return self._change(entry, attached=(fresh.card,))

    def show_checkpoint(self) -> Batch:
        return self.do(CheckpointWanted())

    # --- looking

    def outcome(self, id_: str, party: str) -> Outcome:
        return self.state.messages[id_].outcomes[party][0]

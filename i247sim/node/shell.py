"""The asyncio shell of one party: seals, sends, resends, receives, acknowledges. It decides nothing.

Reliability rests here and in the hub, not on the broker: what was sent is kept and sent again, in order,
until its signed receipt is there; what was received is on disk before it is acknowledged. A party handles
one thing at a time, at the simulated time that its ``Site`` says.
"""

import asyncio
import contextlib
import hashlib
import json
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from i247sim.audit.checkpoint import NoteSigner, cosign, read_checkpoint, witness_name
from i247sim.node.actions import Action, Core, Decide, Declare, Remark, Schedule, Send
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, StatementTold
from i247sim.node.reception import (
    CheckpointShown,
    Duplicate,
    Gap,
    MessageRejected,
    MessageTaken,
    NumberTaken,
    OutcomesTold,
    Receipted,
    Reception,
    Refused,
    StatementTaken,
    Welcomed,
)
from i247sim.node.store import Happened, Store
from i247sim.security import frames as clear
from i247sim.security.keys import Identity
from i247sim.security.sealing import prepare, seal
from i247sim.security.trust import Trust
from i247sim.transport.port import Arrived, Link, LinkClosed, LinkDown, LinkLost, LinkUp
from i247sim.transport.topics import out_topic
from i247sim.vocabulary import contents
from i247sim.vocabulary.codec import Word, canonical, decode
from i247sim.vocabulary.contents import Finding, NoticeVerdict, QueryResult
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.frames import (
    Ack,
    AckItem,
    Bye,
    Cosign,
    Frame,
    FrameType,
    Hello,
    NoteKind,
    NoticeDecision,
)
from i247sim.vocabulary.limits import MAX_BODY_BYTES, MAX_HEADER_BYTES
from i247sim.vocabulary.messages import (
    Addressee,
    AudienceMember,
    Body,
    Channel,
    Header,
    HubPart,
    Kind,
    NoticeRef,
    Proofs,
    Purpose,
)
from i247sim.vocabulary.parties import HUB, SECRETARIAT
from i247sim.vocabulary.statements import Bars, MeasureSet
from i247sim.vocabulary.times import from_text, to_text

_BATCH = 256
"""How many arrivals share one commit and one acknowledgement."""
_FIRST_RESEND_SECONDS = 0.5
_LAST_RESEND_SECONDS = 4.0
_CALM_SECONDS = 0.1
"""At most so often does a party answer disorder with a hello or a resend of everything."""


@dataclass
class Site:
    """What all parties of one process share: simulated time, the mailbox file, and where news goes."""

    run: str
    now: datetime
    """Simulated time. Only exercise control moves it, and only when nothing is going on."""
    store: Store
    schedule: Callable[[str, timedelta, Any], None]
    """(party, after, cause): called for every ``Schedule``, in a fixed order, also in a replay."""
    news: Callable[[dict[str, Any]], None] = lambda line: None
    """Every journal line as it is written."""
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a party has done something: whoever waits for quiet looks again."""

    def journal(self, event: str, party: str, **facts: Any) -> None:
        """Write a journal line at the present simulated time."""
        line = {"time": to_text(self.now), "event": event, "party": party, **facts}
        self.store.journal(line)
        self.news(line)


@dataclass
class _Outgoing:
    """One numbered thing without a receipt yet."""

    wire: bytes
    digest: str
    id: str | None


class Node:
    """One party on the network."""

    def __init__(self, identity: Identity, trust: Trust, core: Core, link: Link, site: Site, epoch: str) -> None:
        """``trust`` as enrolled; what the mailbox file already holds of this party is taken up again.

        ``epoch`` is 32 hex digits, new for every start; the link's last will is a ``bye`` that names it.
        """
        self.party = identity.party
        self.parked = False
        """Whether nobody may wait for this party: its link is cut."""
        self._identity = identity
        self._core = core
        self._link = link
        self._site = site
        self._store = site.store
        self._reception = Reception(identity, trust)
        self._epoch = epoch
        self._lock = asyncio.Lock()
        self._arrivals: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._outbox: dict[int, _Outgoing] = {}
        self._counter = 0
        self._receipted = 0
        self._ordinal = 0
        self._ids: dict[str, str] = {}
        self._references: dict[str, str] = {}
        self._up = False
        self._welcomed = False
        self._hello_at = float("-inf")
        self._resent_at = float("-inf")
        self._resend_after = _FIRST_RESEND_SECONDS
        self._take_up()

    # --- life

    async def start(self) -> None:
        """Connect and go on by itself. Returns at once; see ``ready``."""
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._work())]
        await self._link.start()

    @property
    def ready(self) -> bool:
        """Whether the hub has welcomed this party in this session."""
        return self._welcomed

    @property
    def reception(self) -> Reception:
        """What the party knows of the hub; for reading."""
        return self._reception

    @property
    def identity(self) -> Identity:
        """The party's keys. Exercise control tries with them what the party can open of what it holds."""
        return self._identity

    def owing(self) -> int:
        """How much this party still has to do or to get a receipt for."""
        return len(self._arrivals) + len(self._outbox) + self._lock.locked() + (not self._welcomed)

    async def cut(self) -> None:
        """The link fails: nothing goes out or comes in until ``restore``. What is written waits."""
        self.parked = True
        self._up = self._welcomed = False
        await self._stop_tasks()
        await self._link.close()

    async def restore(self, link: Link, epoch: str) -> None:
        """The link is back: a new one, with a new epoch."""
        self._link, self._epoch = link, epoch
        self.parked = False
        self._arrivals.clear()
        await self.start()

    async def close(self) -> None:
        """Say goodbye and stop."""
        if self._up:
            with contextlib.suppress(LinkLost):
                await self._publish(self._sign(FrameType.BYE, Bye(epoch=self._epoch)))
        self._up = self._welcomed = False
        await self._stop_tasks()
        await self._link.close()

    async def _stop_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []

    def failure(self) -> BaseException | None:
        """Why a task of this party ended, if one did: a bug, or a disk that refuses."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and task.exception() is not None:
                return task.exception()
        return None

    # --- causes

    async def release(self, cause: Any, number: int) -> None:
        """The time of a cause has come: the core handles it, and what follows is on disk and sent."""
        async with self._lock:
            self._store.happened(Happened(self.party, to_text(self._site.now), "cause", number))
            outgoing = self._handle(CauseDue(cause))
            await self._store.flush()
            await self._send(outgoing)
        self._site.stirred.set()

    async def attest(self, frame: FrameType, payload: Word) -> bytes:
        """Sign a frame that is not for the network: for the run folder."""
        return self._sign(frame, payload)

    def _handle(self, event: Event) -> list[bytes]:
        """Let the core decide and carry it out up to the point of publishing; returns what is to be published."""
        outgoing: list[bytes] = []
        if isinstance(event, CauseDue) and isinstance(event.cause, Action):
            actions: list[Action] = [event.cause]
        else:
            actions = self._core.handle(event, self._site.now)
        for action in actions:
            match action:
                case Send():
                    outgoing += self._seal(action.draft)
                case Declare():
                    outgoing.append(self._declare(action.type, action.payload))
                    self._site.journal("declared", self.party, type=action.type)
                case Decide():
                    outgoing += self._decide(action)
                case Schedule():
                    self._site.schedule(self.party, action.after, action.cause)
                case Remark():
                    self._site.journal("remark", self.party, text=action.text)
        return outgoing

    def _decide(self, action: Decide) -> list[bytes]:
        """The reviewer's signed commitment for the log, and the answer with the salt that opens it."""
        salt = os.urandom(32).hex()
        commitment = contents.commit(salt, action.notice)
        text = f"i247/v1/decision\0{action.request.id}\0{commitment}\0{action.publish}"
        decision = NoticeDecision(
            decision=hashlib.sha256(text.encode()).hexdigest(),
            request=action.request.id,
            requester=action.request.sender,
            type=action.notice.type,
            publish=action.publish,
            code=action.code,
            commitment=commitment,
        )
        verdict = NoticeVerdict(
            request=action.request.own_ref,
            publish=action.publish,
            code=action.code,
            missing=action.missing,
            notice=action.notice if action.publish else None,
        )
        draft = Draft(
            kind=Kind.NOTICE_DECISION,
            channel=Channel.ADMIN,
            purpose=Purpose.COMPLIANCE,
            content=verdict,
            to=(SECRETARIAT, action.request.sender),
            classification=action.request.classification,
            notice=NoticeRef(type=action.notice.type, decision=decision.decision),
            your_ref=action.request.own_ref,
            salt=salt,
        )
        self._site.journal("decided", self.party, request=action.request.own_ref, publish=action.publish)
        return [self._declare(FrameType.NOTICE_DECISION, decision), *self._seal(draft)]

    # --- sending

    def _seal(self, draft: Draft) -> list[bytes]:
        now = self._site.now
        self._ordinal += 1
        reference = f"{self.party}-{now.year}-{self._ordinal:06d}"
        id_ = os.urandom(16).hex()
        named = draft.to or draft.audience
        facts = self._facts(draft, reference, named)
        try:
            wire = self._sealed(draft, id_, reference, now)
        except (FormatError, TrustError) as error:
            # It never leaves this house: the author learns why, and so does the transcript.
            facts["code"] = Code.FORMAT if isinstance(error, FormatError) else Code.ADDR
            self._site.journal("unsendable", self.party, **facts, detail=str(error)[:200])
            self._remember_sent(None, facts)
            return []
        self._remember_sent(id_, facts)
        self._keep(wire, id_)
        self._site.journal("sent", self.party, id=id_, **facts)
        return [wire]

    def _sealed(self, draft: Draft, id_: str, reference: str, now: datetime) -> bytes:
        trust = self._reception.trust
        proofs = Proofs(checkpoint=self._reception.newest, salt=draft.salt)
        body = Body(content=draft.content.model_dump(mode="json", by_alias=True, exclude_none=True), proofs=proofs)
        prepared = prepare(body)
        named = draft.to or draft.audience
        recipients = [trust.kem(party, now) for party in named if party not in draft.barred]
        keys = dict(zip([party for party in named if party not in draft.barred], recipients, strict=True))
        header = Header(
            suite=draft.suite,
            run=self._identity.run,
            id=id_,
            sender=self.party,
            on_behalf_of=draft.on_behalf_of,
            signing_key=self._identity.signing.id,
            to=tuple(Addressee(party=party, key=keys[party].id) for party in draft.to) or None,
            audience="members" if draft.audience else None,
            channel=draft.channel,
            kind=draft.kind,
            notice=draft.notice,
            database=draft.database,
            operation=draft.operation,
            purpose=draft.purpose,
            classification=draft.classification,
            handling=draft.handling,
            tlp=draft.tlp,
            grading=draft.grading,
            urgency=draft.urgency,
            urgency_reason=draft.urgency_reason,
            lang=draft.lang,
            case_ref=draft.case_ref,
            own_ref=reference,
            your_ref=draft.your_ref,
            in_reply_to=draft.in_reply_to or self._ids.get(draft.your_ref or ""),
            quoted=draft.quoted,
            consent_ref=draft.consent_ref,
            created=now,
            reply_by=now + draft.reply_within if draft.reply_within else None,
            expires=now + draft.life,
            padded_size=len(prepared),
        )
        audience = tuple(
            AudienceMember(party=party, key=keys[party].id if party in keys else None) for party in draft.audience
        )
        hub_part = HubPart(counter=self._counter + 1, receipted=self._receipted, audience=audience)
        return seal(header, hub_part, prepared, recipients, self._identity)

    def _facts(self, draft: Draft, reference: str, named: tuple[str, ...]) -> dict[str, Any]:
        """What exercise control may know of a message it caused: no plaintext, only its digest."""
        facts: dict[str, Any] = {
            "ref": reference,
            "kind": draft.kind,
            "channel": draft.channel,
            "to": list(named),
            "classification": draft.classification,
            "plaintext": contents.digest(draft.content),
        }
        if draft.label:
            facts["label"] = draft.label
        if draft.your_ref:
            facts["answers"] = draft.your_ref
        if isinstance(draft.content, QueryResult):
            facts["finding"] = draft.content.finding
            if draft.content.finding is not Finding.NO_RECORD:
                facts["records"] = [hit.record for hit in draft.content.hits]
        return facts

    def _remember_sent(self, id_: str | None, facts: dict[str, Any]) -> None:
        if id_ is not None:
            self._ids[facts["ref"]] = id_
            self._references[id_] = facts["ref"]
        facts = {"time": to_text(self._site.now), **facts}
        self._store.execute(
            "INSERT INTO sent (party, ordinal, id, facts) VALUES (?, ?, ?, ?)",
            (self.party, self._ordinal, id_, json.dumps(facts, ensure_ascii=False)),
        )

    def _declare(self, type_: FrameType, payload: Word) -> bytes:
        wire = self._sign(type_, payload, self._counter + 1)
        self._keep(wire, None)
        return wire

    def _keep(self, wire: bytes, id_: str | None) -> None:
        """Into the outbox under the next number, until its receipt is there."""
        self._counter += 1
        digest = hashlib.sha256(wire).hexdigest()
        self._outbox[self._counter] = _Outgoing(wire, digest, id_)
        self._store.execute(
            "INSERT INTO outbox (party, counter, digest, id, wire) VALUES (?, ?, ?, ?, ?)",
            (self.party, self._counter, digest, id_, wire),
        )

    def _sign(self, type_: FrameType, payload: Word, counter: int = 0) -> bytes:
        frame = Frame(
            type=type_,
            run=self._identity.run,
            sender=self.party,
            to=HUB,
            key=self._identity.signing.id,
            counter=counter,
            time=self._site.now,
            payload=payload.model_dump(mode="json", by_alias=True, exclude_none=True),
        )
        return clear.sign(frame, self._identity.signing)

    async def _send(self, outgoing: list[bytes]) -> None:
        if outgoing:
            self._resent_at = asyncio.get_running_loop().time()
        for wire in outgoing:
            await self._publish(wire)

    async def _publish(self, wire: bytes) -> None:
        if not self._up:
            return
        try:
            await self._link.publish(out_topic(self._identity.run, self.party), wire)
        except LinkLost:
            self._up = self._welcomed = False

    async def _say_hello(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._hello_at < _CALM_SECONDS:
            return
        self._hello_at = now
        hello = Hello(
            epoch=self._epoch,
            sent=self._counter,
            received=self._reception.received,
            directory=self._reception.trust.directory.number,
        )
        await self._publish(self._sign(FrameType.HELLO, hello))

    async def _resend(self) -> None:
        """Everything without a receipt, in order. The hub answers what it knows with the stored receipt."""
        self._resent_at = asyncio.get_running_loop().time()
        for outgoing in list(self._outbox.values())[:_BATCH]:
            await self._publish(outgoing.wire)

    async def tick(self) -> None:
        """Call a few times a second of real time: sends again what has waited too long."""
        now = asyncio.get_running_loop().time()
        if not self._up or self._lock.locked():
            return
        if not self._welcomed:
            if now - self._hello_at > _FIRST_RESEND_SECONDS:
                await self._say_hello()
        elif self._outbox and now - self._resent_at > self._resend_after:
            self._resend_after = min(2 * self._resend_after, _LAST_RESEND_SECONDS)
            await self._resend()

    # --- receiving

    async def _read(self) -> None:
        """Take events off the link; never waits for anything else, so that the link is never held up."""
        while True:
            try:
                event = await self._link.next()
            except LinkClosed:
                return
            match event:
                case LinkUp():
                    self._up, self._welcomed = True, False
                    self._hello_at = float("-inf")
                    await self._say_hello()
                case LinkDown():
                    self._up = self._welcomed = False
                case Arrived():
                    self._arrivals.append(event.payload)
                    self._wake.set()
            self._site.stirred.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            async with self._lock:
                self._wake.clear()
                while self._arrivals:
                    await self._turn()
            self._site.stirred.set()

    async def _turn(self) -> None:
        """One batch: check, open, decide, store; then one commit; then acknowledge and send."""
        acks: list[AckItem] = []
        outgoing: list[bytes] = []
        follow: set[str] = set()
        before = self._reception.received
        for _ in range(min(len(self._arrivals), _BATCH)):
            self._take(self._arrivals.popleft(), acks, outgoing, follow)
        if self._reception.received != before:
            self._store_standing()
        for alarm in self._reception.alarms:
            self._site.journal("alarm", self.party, text=alarm)
        self._reception.alarms.clear()
        await self._store.flush()
        if acks or self._reception.received != before or "confirm" in follow:
            ack = Ack(upto=self._reception.received, items=tuple(acks))
            await self._publish(self._sign(FrameType.ACK, ack))
        if "hello" in follow:
            await self._say_hello()
        if "resend" in follow and asyncio.get_running_loop().time() - self._resent_at > _CALM_SECONDS:
            await self._resend()
        await self._send(outgoing)

    def _take(self, data: bytes, acks: list[AckItem], outgoing: list[bytes], follow: set[str]) -> None:
        taken = self._reception.take(data, self._site.now)
        match taken:
            case Welcomed():
                if taken.call:
                    self._welcomed = False
                    follow.add("hello")
                else:
                    self._welcomed = True
                    follow.add("resend")
            case Receipted():
                for item in taken.items:
                    self._receipt(item.wire, item.code, item.detail, item.lines)
            case MessageTaken():
                acks.append(AckItem(id=taken.header.id, status=Outcome.OPENED))
                outgoing += self._opened(taken)
            case MessageRejected():
                acks.append(AckItem(id=taken.id, status=Outcome.REJECTED, code=taken.code))
                self._rejected(taken)
            case OutcomesTold():
                for update in taken.updates:
                    self._site.journal(
                        "outcome",
                        self.party,
                        ref=self._references.get(update.id),
                        about=update.party,
                        outcome=update.outcome,
                        code=update.code,
                    )
            case StatementTaken():
                when = to_text(self._site.now)
                self._store.happened(Happened(self.party, when, "statement", taken.number, taken.wire))
                outgoing += self._handle(StatementTold(taken.author, taken.payload))
            case CheckpointShown():
                outgoing.append(self._sign(FrameType.COSIGN, Cosign(checkpoint=self._cosigned(taken.text))))
            case NumberTaken():
                if taken.kind is NoteKind.DIRECTORY:
                    self._store_directory(data)
                    outgoing += self._handle(DirectoryTold(self._reception.trust.directory))
            case Duplicate():
                follow.add("confirm")
                acks += self._acked_before(taken.number)
            case Gap():
                follow.add("hello")
                self._site.journal("gap", self.party, expected=taken.expected, got=taken.got)
            case Refused():
                self._site.journal("alarm", self.party, code=taken.code, text=taken.reason)

    def _opened(self, taken: MessageTaken) -> list[bytes]:
        header = taken.header
        self._ids[header.own_ref] = header.id
        self._store_inbox(taken.number, header.id, header.own_ref, Outcome.OPENED, None, taken.copy, header, taken.body)
        self._site.journal("opened", self.party, ref=header.own_ref, kind=header.kind, sender=header.sender)
        self._store.happened(Happened(self.party, to_text(self._site.now), "message", taken.number))
        return self._handle(MessageOpened(header, taken.content, taken.body.proofs.salt))

    def _rejected(self, taken: MessageRejected) -> None:
        self._store_inbox(taken.number, taken.id, None, Outcome.REJECTED, taken.code, taken.copy, None, None)
        self._site.journal("rejected", self.party, id=taken.id, code=taken.code, text=taken.reason)

    def _receipt(self, digest: str, code: Code | None, detail: str, lines: tuple[Word, ...]) -> None:
        counter = next((one for one, kept in self._outbox.items() if kept.digest == digest), None)
        if counter is None:
            return
        outgoing = self._outbox.pop(counter)
        self._receipted = min(self._outbox, default=self._counter + 1) - 1
        self._resend_after = _FIRST_RESEND_SECONDS
        self._store.execute("UPDATE outbox SET receipted = 1 WHERE party = ? AND counter = ?", (self.party, counter))
        self._site.journal(
            "receipt",
            self.party,
            ref=self._references.get(outgoing.id or ""),
            code=code,
            detail=detail,
            lines=[line.model_dump(mode="json", exclude_none=True) for line in lines],
        )

    def _cosigned(self, text: str) -> str:
        key = self._identity.signing
        signer = NoteSigner(witness_name(self._identity.run, self.party), key.public, key.sign)
        return cosign(text, signer, self._site.now)

    def _acked_before(self, number: int) -> list[AckItem]:
        row = self._store.row("SELECT id, status, code FROM inbox WHERE party = ? AND number = ?", (self.party, number))
        if row is None:
            return []
        return [AckItem(id=row[0], status=Outcome(row[1]), code=Code(row[2]) if row[2] else None)]

    # --- on disk

    def _store_inbox(
        self,
        number: int,
        id_: str,
        reference: str | None,
        status: Outcome,
        code: Code | None,
        copy: bytes,
        header: Header | None,
        body: Body | None,
    ) -> None:
        self._store.execute(
            "INSERT INTO inbox (party, number, id, ref, status, code, time, header, body, copy)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.party,
                number,
                id_,
                reference,
                status,
                code,
                to_text(self._site.now),
                canonical(header).decode() if header else None,
                canonical(body) if body else None,
                copy,
            ),
        )

    def _store_standing(self) -> None:
        reception = self._reception
        checked = reception.checked
        self._store.execute(
            "INSERT OR REPLACE INTO standing (party, received, newest, checked) VALUES (?, ?, ?, ?)",
            (
                self.party,
                reception.received,
                reception.newest,
                checked[1] if checked else None,
            ),
        )

    def _store_directory(self, data: bytes) -> None:
        _, attached = clear.unpack(data)
        self._store.execute(
            "INSERT OR IGNORE INTO directory (number, time, frame, attached) VALUES (?, ?, ?, ?)",
            (
                self._reception.trust.directory.number,
                to_text(self._site.now),
                attached[0],
                json.dumps([one.hex() for one in attached[1:]]),
            ),
        )
        number = self._reception.trust.directory.number
        self._store.happened(Happened(self.party, to_text(self._site.now), "directory", number))

    def _take_up(self) -> None:
        """Take up again what the mailbox file knows of this party (nothing, at the first start)."""
        for counter, digest, id_, wire, receipted in self._store.rows(
            "SELECT counter, digest, id, wire, receipted FROM outbox WHERE party = ? ORDER BY counter", (self.party,)
        ):
            self._counter = counter
            if not receipted:
                self._outbox[counter] = _Outgoing(wire, digest, id_)
        self._receipted = min(self._outbox, default=self._counter + 1) - 1
        for ordinal, id_, facts in self._store.rows(
            "SELECT ordinal, id, facts FROM sent WHERE party = ? ORDER BY ordinal", (self.party,)
        ):
            self._ordinal = ordinal
            if id_ is not None:
                reference = json.loads(facts)["ref"]
                self._ids[reference] = id_
                self._references[id_] = reference
        for id_, reference in self._store.rows("SELECT id, ref FROM inbox WHERE party = ?", (self.party,)):
            self._reception.seen.add(id_)
            if reference is not None:
                self._ids[reference] = id_
        standing = self._store.row("SELECT received, newest, checked FROM standing WHERE party = ?", (self.party,))
        if standing is not None:
            self._reception.received, self._reception.newest, checked = standing
            self._reception.checked = (read_checkpoint(checked), checked) if checked else None

    def replay(self, happened: Happened, cause: Any = None) -> None:
        """Let the core handle again what it handled before a kill. Only its plans count: all else is on disk.

        ``cause`` is the cause of that number, where a cause is what happened.
        """
        event = self._replayed(happened, cause)
        if isinstance(event, CauseDue) and isinstance(event.cause, Action):
            return
        for action in self._core.handle(event, from_text(happened.time)):
            if isinstance(action, Schedule):
                self._site.schedule(self.party, action.after, action.cause)

    def _replayed(self, happened: Happened, cause: Any) -> Event:
        match happened.what:
            case "cause":
                return CauseDue(cause)
            case "statement":
                assert happened.wire is not None
                signed = clear.parse(happened.wire)
                assert isinstance(signed.payload, MeasureSet | Bars)
                return StatementTold(signed.frame.sender, signed.payload)
            case "directory":
                row = self._store.row(
                    "SELECT time, frame, attached FROM directory WHERE number = ?", (happened.number,)
                )
                assert row is not None, "every directory change was kept"
                attached = [bytes.fromhex(one) for one in json.loads(row[2])]
                self._reception.trust = self._reception.trust.advance(row[1], attached, from_text(row[0]))
                return DirectoryTold(self._reception.trust.directory)
            case _:
                row = self._store.row(
                    "SELECT header, body FROM inbox WHERE party = ? AND number = ?", (self.party, happened.number)
                )
                assert row is not None, "what happened is in the mailbox"
                header = decode(Header, row[0].encode(), MAX_HEADER_BYTES)
                body = decode(Body, row[1], 2 * MAX_BODY_BYTES)
                return MessageOpened(header, contents.read(header.kind, body.content), body.proofs.salt)

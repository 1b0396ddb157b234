"""What a party has received, on disk before it is acknowledged; and what its core has handled, to be replayed."""

import json
from datetime import datetime

from i247sim.audit.checkpoint import read_checkpoint
from i247sim.node.actions import Reseal
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold
from i247sim.node.reception import Reception
from i247sim.node.store import Happened, Store
from i247sim.node.taken import MessageRejected, MessageTaken, StatementTaken
from i247sim.security import frames as clear
from i247sim.security.copies import read_copy
from i247sim.vocabulary import contents
from i247sim.vocabulary.codec import canonical, decode
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.frames import AckItem
from i247sim.vocabulary.limits import MAX_BODY_BYTES
from i247sim.vocabulary.messages import Body
from i247sim.vocabulary.statements import Bars, MeasureSet
from i247sim.vocabulary.times import from_text, to_text


class Mailbox:
    """One party's part of the mailbox file. Writes wait for the store's next flush."""

    def __init__(self, party: str, store: Store) -> None:
        self._party = party
        self._store = store

    def taken(self, message: MessageTaken, now: datetime) -> None:
        """A message was opened."""
        row = (message.number, message.header.id, message.header.own_ref, Outcome.OPENED, None)
        envelope = message.envelope
        if len(envelope.stanzas) == 1:
            self._insert(row, to_text(now), canonical(message.body), envelope.wire)
        else:
            self._store.share(envelope.shared_digest, envelope.shared)
            self._insert(row, to_text(now), canonical(message.body), envelope.own, envelope.shared_digest)
        self._happened(now, "message", message.number)

    def rejected(self, message: MessageRejected, now: datetime) -> None:
        """A copy came in its turn and was refused."""
        row = (message.number, message.id, None, Outcome.REJECTED, message.code)
        self._insert(row, to_text(now), None, message.copy)
        if message.header is not None:
            self._happened(now, "unreadable", message.number)

    def told(self, statement: StatementTaken, now: datetime) -> None:
        """A statement came, for the core to handle."""
        self._happened(now, "statement", statement.number, statement.wire)

    def moved(self, item: bytes, number: int, now: datetime) -> None:
        """Directory ``number`` came in ``item``, for the core to handle. Kept once for all parties."""
        _, (frame, *attached) = clear.unpack(item)
        self._store.execute(
            "INSERT OR IGNORE INTO directory (number, time, frame, attached) VALUES (?, ?, ?, ?)",
            (number, to_text(now), frame, json.dumps([one.hex() for one in attached])),
        )
        self._happened(now, "directory", number)

    def released(self, number: int, now: datetime) -> None:
        """A cause was handled."""
        self._happened(now, "cause", number)

    def planned(self, reseal: Reseal, now: datetime) -> None:
        """A message is to be sealed anew."""
        self._happened(now, "reseal", 0, json.dumps([reseal.id, reseal.party]).encode())

    def reseal(self, happened: Happened) -> Reseal:
        """The inverse of ``planned``."""
        assert happened.wire is not None
        return Reseal(*json.loads(happened.wire))

    def standing(self, reception: Reception) -> None:
        """How far the hub's stream was taken, and the checkpoints heard and checked."""
        log = reception.log
        checked = log.checked[1] if log.checked else None
        self._store.insert(
            "INSERT OR REPLACE INTO standing (party, received, newest, checked) VALUES (?, ?, ?, ?)",
            (self._party, reception.received, log.newest, checked),
        )

    def acknowledged(self, number: int) -> list[AckItem]:
        """What was answered to number ``number`` of the hub's stream, if a message stood there."""
        row = self._store.row(
            "SELECT id, status, code FROM inbox WHERE party = ? AND number = ?", (self._party, number)
        )
        if row is None:
            return []
        status = Outcome.OPENED if row[1] == Outcome.OPENED else Outcome.REJECTED
        return [AckItem(id=row[0], status=status, code=Code(row[2]) if row[2] else None)]

    def take_up(self, reception: Reception) -> None:
        """Bring ``reception`` to where it was, directories apart."""
        row = self._store.row("SELECT received, newest, checked FROM standing WHERE party = ?", (self._party,))
        if row is not None:
            reception.received, reception.log.newest, checked = row
            reception.log.checked = (read_checkpoint(checked), checked) if checked else None
            self._hear_again(reception)

    def _hear_again(self, reception: Reception) -> None:
        """The checkpoints in messages of others: what the hub shows after a restart is held against them too."""
        rows = self._store.rows("SELECT body FROM inbox WHERE party = ? AND body IS NOT NULL", (self._party,))
        bodies = (decode(Body, body, 2 * MAX_BODY_BYTES) for (body,) in rows)
        heard = [body.proofs.checkpoint for body in bodies if body.proofs.checkpoint is not None]
        log = reception.log
        for text in (*heard, *(log.checked or ())[1:], *([log.newest] if log.newest else [])):
            log.hear(text, self._party, reception.trust)
        log.alarms.clear()  # said when they came

    def event(self, happened: Happened, reception: Reception) -> Event:
        """What happened, as the event that the core handled then; a directory change and a statement also reach
        ``reception``."""
        match happened.what:
            case "statement":
                assert happened.wire is not None
                signed = clear.parse(happened.wire)
                assert isinstance(signed.payload, MeasureSet | Bars)
                reception.stated[signed.frame.sender] = signed.frame.counter
                return StatementTold(signed.frame.sender, signed.payload)
            case "directory":
                row = self._store.row(
                    "SELECT time, frame, attached FROM directory WHERE number = ?", (happened.number,)
                )
                assert row is not None, "every directory change was kept"
                attached = [bytes.fromhex(one) for one in json.loads(row[2])]
                reception.trust = reception.trust.advance(row[1], attached, from_text(row[0]))
                return DirectoryTold(reception.trust.directory)
            case "message":
                row = self._store.row(
                    "SELECT copy, body FROM received WHERE party = ? AND number = ?", (self._party, happened.number)
                )
                assert row is not None, "what happened is in the mailbox"
                header = read_copy(row[0]).header
                body = decode(Body, row[1], 2 * MAX_BODY_BYTES)
                return MessageOpened(header, contents.read(header.kind, body.content), body.proofs.salt)
            case "unreadable":
                row = self._store.row(
                    "SELECT copy, code FROM received WHERE party = ? AND number = ?", (self._party, happened.number)
                )
                assert row is not None, "what happened is in the mailbox"
                return MessageUnreadable(read_copy(row[0]).header, Code(row[1]))
            case what:
                raise AssertionError(f"`{what}` is replayed by exercise control: {CauseDue.__name__}")

    def _insert(
        self,
        row: tuple[int, str, str | None, Outcome, Code | None],
        time: str,
        body: bytes | None,
        own: bytes,
        shared: bytes | None = None,
    ) -> None:
        """``own``: the whole copy or, with the digest of what is ``shared``, the rest of it."""
        self._store.insert(
            "INSERT INTO inbox (party, number, id, ref, status, code, time, body, own, shared)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._party, *row, time, body, own, shared),
        )

    def _happened(self, now: datetime, what: str, number: int, wire: bytes | None = None) -> None:
        self._store.happened(Happened(self._party, to_text(now), what, number, wire))

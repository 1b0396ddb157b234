"""What a party checks before it believes anything the hub hands it. Pure: keys and time come in.

1. A frame of the hub, for this party and run, signed by the hub.
2. The next number of the hub's stream to this party: an older one is a duplicate, a later one a gap. Nothing
   before this session's welcome: what waited is checked again when the hub hears the hello, not before.
3. What is attached is what the note says; the note's directory is the one this party has.
4. A delivery: one slim copy, the note's message, signed by a sender in good standing, in its life.
5. This party is named in it and has not seen its id before. It opens with a key this party holds.
6. A publication rests on the reviewer's own signed decision, and the content is what was committed to; and nobody
   is told where a missing person is by a message that says that this is withheld.
7. Whatever others have said is handed on with their own signature: acknowledgements, and statements (a measure, a
   bar), of which each must be newer than the last one of its author.

Only then is there a ``MessageTaken`` or its like; everything else says why not, with the code to answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from i247sim.node.taken import (
    CheckpointShown,
    Duplicate,
    Gap,
    MessageRejected,
    MessageTaken,
    NumberTaken,
    OutcomesTold,
    Receipted,
    Refused,
    Several,
    StatementTaken,
    Taken,
    TooSoon,
    Welcomed,
)
from i247sim.node.witness import Witness
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.copies import read_copy
from i247sim.security.keys import Identity, Signer
from i247sim.security.sealing import open_body
from i247sim.security.trust import Trust
from i247sim.vocabulary import contents
from i247sim.vocabulary.contents import NoticePublication
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import EvidenceError, FormatError, TrustError
from i247sim.vocabulary.frames import (
    Ack,
    Deliveries,
    FrameType,
    Note,
    NoteKind,
    NoticeDecision,
    OutcomeUpdate,
    Receipt,
    Welcome,
)
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Body, Header
from i247sim.vocabulary.parties import HUB, REVIEWER, SECRETARIAT
from i247sim.vocabulary.statements import Bars, MeasureSet


class _No(Exception):
    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def _believed(check: Callable[..., Taken], *given: object) -> Taken:
    """What a check of this comes to; if it says no, why."""
    try:
        return check(*given)
    except _No as no:
        return Refused(no.code, no.reason)
    except FormatError as error:
        return Refused(Code.FORMAT, str(error))
    except TrustError as error:
        return Refused(Code(error.code), str(error))


class Ids(Protocol):
    """A growing set of message ids, wherever it is kept."""

    def __contains__(self, id_: object, /) -> bool:
        """Whether the id was added before."""

    def add(self, id_: str, /) -> None:
        """From now on it is in it."""


@dataclass
class Reception:
    """One party's view of the hub. Changes only through ``take``."""

    identity: Identity
    trust: Trust
    welcomed: bool = False
    """Whether the hub has welcomed this party in this session (the shell knows when one begins)."""
    received: int = 0
    """The newest number of the hub's stream that had its turn."""
    seen: Ids = field(default_factory=set[str])
    """Ids of messages that had their turn."""
    stated: dict[str, int] = field(default_factory=dict)
    """Author to the number of its newest statement that had its turn here."""
    log: Witness = field(default_factory=Witness)
    """What the party has seen of the hub's log."""

    def take(self, data: bytes, now: datetime) -> Taken:
        """Check one item from the hub at simulated time ``now``. Never raises, whatever the bytes are."""
        return _believed(self._take, data, now)

    def _take(self, data: bytes, now: datetime) -> Taken:
        signed, attached = clear.unpack(data)
        frame, payload = signed.frame, signed.payload
        if frame.sender != HUB or frame.to != self.identity.party or frame.run != self.identity.run:
            raise _No(Code.SIGN, "not from the hub to this party in this run")
        hub = self.trust.signer(HUB, frame.key, now)
        clear.verify(signed, hub)
        match payload:
            case Note():
                return self._note(frame.counter, payload, attached, hub, now)
            case Deliveries():
                return self._deliveries(frame.counter, payload.notes, attached, hub, now)
            case Receipt():
                return Receipted(payload.items)
            case Welcome():
                return Welcomed(payload.call, payload.session)
            case _:
                raise _No(Code.FORMAT, f"the hub does not say `{frame.type}`")

    def _deliveries(
        self, first: int, notes: tuple[Note, ...], copies: tuple[bytes, ...], hub: Signer, now: datetime
    ) -> Several:
        if len(copies) != len(notes) or any(note.kind is not NoteKind.DELIVERY for note in notes):
            raise _No(Code.FORMAT, "not one copy for each delivery note")
        found: list[Taken] = []
        for number, (note, copy) in enumerate(zip(notes, copies, strict=True), first):
            taken = _believed(self._note, number, note, (copy,), hub, now)
            found.append(taken)
            if isinstance(taken, Gap | TooSoon | Refused):
                break  # what follows it would only be missing something too
        return Several(tuple(found))

    def _note(self, number: int, note: Note, attached: tuple[bytes, ...], hub: Signer, now: datetime) -> Taken:
        if not self.welcomed:
            return TooSoon(number)
        if number <= self.received:
            return Duplicate(number)
        if number > self.received + 1:
            return Gap(self.received + 1, number)
        if clear.attached_digest(*attached) != note.attached:
            raise _No(Code.SIGN, "what is attached is not what the note says")
        directory = self.trust.directory.number + (note.kind is NoteKind.DIRECTORY)
        if note.kind is not NoteKind.VOID and note.directory != directory:
            raise _No(Code.KEY, f"judged under directory {note.directory}, this party has {directory}")
        taken = self._by_kind(number, note, attached, hub, now)
        self.received = number
        if note.checkpoint is not None:
            self.log.hear(note.checkpoint, HUB, self.trust)
            self.log.newest = note.checkpoint
        return taken

    def _by_kind(self, number: int, note: Note, attached: tuple[bytes, ...], hub: Signer, now: datetime) -> Taken:
        match note.kind:
            case NoteKind.DELIVERY:
                return self._delivery(number, note, attached, now)
            case NoteKind.OUTCOME:
                return OutcomesTold(number, self._outcomes(note, attached, now))
            case NoteKind.DIRECTORY:
                if not attached:
                    raise _No(Code.FORMAT, "a directory change without its frame")
                self.trust = self.trust.advance(attached[0], attached[1:], now)
            case NoteKind.STATEMENT:
                return self._statement(number, attached, now)
            case NoteKind.CHECKPOINT:
                return self._checkpoint(number, note, hub)
            case NoteKind.VOID:
                pass
        return NumberTaken(number, note.kind)

    # --- deliveries

    def _delivery(self, number: int, note: Note, attached: tuple[bytes, ...], now: datetime) -> Taken:
        """A copy in its turn is taken or rejected; either way its number is used up."""
        if not attached or note.message is None:
            raise _No(Code.FORMAT, "a delivery without a copy")
        copy = attached[0]
        signed: Header | None = None
        try:
            envelope = read_copy(copy)
            header = envelope.header
            if header.id != note.message or envelope.hub_part is not None:
                raise _No(Code.SIGN, "not the slim copy of the note's message")
            self._check_sender(envelope, now)
            signed = header
            body, content = self._open(envelope, now)
            self._check_publication(header, body, content, attached[1:], now)
            if contents.tells_what_is_withheld(header, content):
                raise _No(Code.CONSENT, "it tells a place that its header says is withheld")
        except _No as no:
            return MessageRejected(number, note.message, no.code, no.reason, copy, signed)
        except FormatError as error:
            return MessageRejected(number, note.message, Code.FORMAT, str(error), copy, signed)
        except TrustError as error:
            return MessageRejected(number, note.message, Code(error.code), str(error), copy, signed)
        self.seen.add(header.id)
        if body.proofs.checkpoint is not None:
            self.log.hear(body.proofs.checkpoint, header.sender, self.trust)
        return MessageTaken(number, header, body, content, envelope)

    def _check_sender(self, envelope: sealed.Envelope, now: datetime) -> None:
        header = envelope.header
        if header.run != self.identity.run:
            raise _No(Code.SIGN, "made for another run")
        if not self.trust.directory.fresh(now):
            raise _No(Code.KEY, "the directory is too old to trust")
        sealed.verify(envelope, self.trust.signer(header.sender, header.signing_key, now))

    def _open(self, envelope: sealed.Envelope, now: datetime) -> tuple[Body, Content]:
        header = envelope.header
        if header.to is not None and self.identity.party not in envelope.named:
            raise _No(Code.ADDR, "this party is not named")
        if header.audience is not None and header.sender != SECRETARIAT:
            raise _No(Code.RIGHTS, "only the secretariat addresses an audience")
        if header.id in self.seen:
            raise _No(Code.REPLAY, "this id came before under another number")
        if header.expires <= now:
            raise _No(Code.TIME, "its life is over")
        body = open_body(envelope, self.identity.party, self.identity.kem)
        return body, contents.read(header.kind, body.content)

    def _check_publication(
        self, header: Header, body: Body, content: Content, attached: tuple[bytes, ...], now: datetime
    ) -> None:
        """The second check of the review: not the hub's word, nor the secretariat's, but the reviewer's."""
        if header.kind not in (Kind.NOTICE_PUBLISHED, Kind.NOTICE_UPDATE):
            return
        if not isinstance(content, NoticePublication) or header.notice is None or body.proofs.salt is None:
            raise _No(Code.REVIEW, "a publication without its commitment's salt")
        if len(attached) != 1:
            raise _No(Code.REVIEW, "a publication without the reviewer's decision")
        signed = clear.parse(attached[0])
        decision = signed.payload
        if signed.frame.sender != REVIEWER or not isinstance(decision, NoticeDecision):
            raise _No(Code.REVIEW, "not a decision of the reviewer")
        clear.verify(signed, self.trust.signer(REVIEWER, signed.frame.key, now))
        if (
            signed.frame.run != self.identity.run
            or decision.decision != header.notice.decision
            or not decision.publish
            or decision.type is not content.notice.type
            or decision.requester != content.requester
            or decision.commitment != contents.commit(body.proofs.salt, content.notice)
        ):
            raise _No(Code.REVIEW, "the content is not what the reviewer decided on")

    # --- everything else

    def _outcomes(self, note: Note, attached: tuple[bytes, ...], now: datetime) -> tuple[OutcomeUpdate, ...]:
        """Believe an acknowledgement only with the addressee's own signature."""
        signed_by: set[tuple[str, str, Outcome, Code | None]] = set()
        for wire in attached:
            signed = clear.parse(wire)
            frame, ack = signed.frame, signed.payload
            if not isinstance(ack, Ack) or frame.run != self.identity.run:
                raise _No(Code.SIGN, "what is attached is not an acknowledgement")
            clear.verify(signed, self.trust.signer(frame.sender, frame.key, now))
            for item in ack.items:
                signed_by.add((frame.sender, item.id, item.status, item.code))
        for update in note.outcomes:
            said = (update.party, update.id, update.outcome, update.code)
            if update.outcome in (Outcome.OPENED, Outcome.DELIVERED, Outcome.REJECTED) and said not in signed_by:
                raise _No(Code.SIGN, f"an acknowledgement that `{update.party}` did not sign")
        return note.outcomes

    def _statement(self, number: int, attached: tuple[bytes, ...], now: datetime) -> StatementTaken:
        if len(attached) != 1:
            raise _No(Code.FORMAT, "a statement without its frame")
        signed = clear.parse(attached[0])
        frame, payload = signed.frame, signed.payload
        clear.verify(signed, self.trust.signer(frame.sender, frame.key, now))
        if frame.run != self.identity.run:
            raise _No(Code.SIGN, "made for another run")
        measure = isinstance(payload, MeasureSet) and frame.sender == SECRETARIAT
        restriction = (
            isinstance(payload, Bars) and frame.type is FrameType.RESTRICTION and self.identity.party == SECRETARIAT
        )
        if not isinstance(payload, MeasureSet | Bars) or not (measure or restriction):
            raise _No(Code.SIGN, "not a statement for this party")
        if frame.counter <= self.stated.get(frame.sender, 0):
            # A bar or measure of before, genuine and taken back since: it would undo what its author has said later.
            raise _No(Code.REPLAY, "a statement that had its turn before")
        self.stated[frame.sender] = frame.counter
        return StatementTaken(number, frame.sender, payload, attached[0])

    def _checkpoint(self, number: int, note: Note, hub: Signer) -> CheckpointShown:
        if note.checkpoint is None:
            raise _No(Code.FORMAT, "no checkpoint")
        try:
            text = self.log.check(note.checkpoint, note.old_size, note.proof, self.identity.run, hub)
        except EvidenceError as error:
            raise _No(Code.SIGN, str(error)) from None
        return CheckpointShown(number, text)

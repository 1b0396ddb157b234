"""What a party hears from a hub, made to order: notes with whatever is attached, true or false."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from plain_headers import plain_header

from i247sim.audit.checkpoint import NoteSigner, log_name, sign_checkpoint
from i247sim.audit.tree import Tree
from i247sim.exercise import enrolment
from i247sim.exercise.enrolment import Enrolled, enrol
from i247sim.exercise.scenario import Participants, Scenario
from i247sim.node.reception import Reception
from i247sim.node.taken import MessageTaken, Refused, Taken
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.keys import Identity, KemPublic
from i247sim.security.sealing import prepare, seal
from i247sim.vocabulary import contents
from i247sim.vocabulary.casefacts import Judicial
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.contents import Note, Notice, NoticePublication
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.frames import (
    Ack,
    AckItem,
    Deliveries,
    Frame,
    FrameType,
    NoteKind,
    NoticeDecision,
    OutcomeUpdate,
)
from i247sim.vocabulary.frames import Note as HubNote
from i247sim.vocabulary.messages import (
    Addressee,
    AudienceMember,
    Body,
    HubPart,
    NoticeRef,
    Proofs,
    QuotedRecord,
)
from i247sim.vocabulary.records import Person

RUN = "0123456789ab"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SALT = "aa" * 32
NOTICE = Notice(
    type="red",
    subject="a fictional person",
    person=Person(family_name="Fiction", forename="Ada", sex="F", born="1980", fingerprints=True),
    judicial=Judicial(facts="f", charge="c", law="l", warrant="w", issued_by="a court", max_penalty_months=60),
    extradition_sought=True,
)
SCENARIO = Scenario(
    title="a reader's world",
    aim="tests",
    start=NOON,
    participants=Participants(bureaus=("FR", "BR", "DE")),
    timeline=(),
)


@cache
def enrolled() -> Enrolled:
    return enrol(SCENARIO, RUN, datetime.now(UTC))


class Reader:
    """One party's reception, and a hub that can say anything to it."""

    def __init__(self, party: str = "BR") -> None:
        self.party = party
        self.now = NOON
        self.ids: dict[str, Identity] = dict(enrolled().identities)
        self.trust = enrolled().trust(NOON)
        self.reception = Reception(self.ids[party], self.trust, welcomed=True)
        self.number = 0
        self.made = 0
        self.tree = Tree()
        self.grow(1)

    # --- the hub's words

    def take(self, data: bytes) -> Taken:
        return self.reception.take(data, self.now)

    def frame(self, type_: FrameType, payload: Word, sender: str = "HUB", **how: Any) -> bytes:
        key = self.ids[how.get("signed_by", sender)].signing
        frame = Frame(
            type=type_,
            run=how.get("run", RUN),
            sender=sender,
            to=how.get("to", self.party if sender == "HUB" else "HUB"),
            key=key.id,
            counter=how.get("counter", 0),
            time=self.now,
            payload=payload.model_dump(mode="json", by_alias=True, exclude_none=True),
        )
        return clear.sign(frame, key)

    def note(
        self,
        kind: NoteKind,
        *attached: bytes,
        number: int | None = None,
        frame: dict[str, Any] | None = None,
        **facts: Any,
    ) -> bytes:
        """The next note of the stream, with what belongs behind it."""
        if number is None:
            self.number += 1
            number = self.number
        values = {
            "kind": kind,
            "directory": self.reception.trust.directory.number,
            "attached": clear.attached_digest(*attached),
            **facts,
        }
        wire = self.frame(FrameType.NOTE, HubNote.model_validate(values), counter=number, **(frame or {}))
        return clear.pack(wire, *attached)

    def deliveries(self, *copies: bytes, number: int | None = None, **facts: Any) -> bytes:
        """The next notes of the stream under one signature, with their copies."""
        first = self.number + 1 if number is None else number
        self.number = max(self.number, first + len(copies) - 1)
        notes = [
            HubNote.model_validate(
                {
                    "kind": NoteKind.DELIVERY,
                    "directory": self.reception.trust.directory.number,
                    "message": sealed.parse(copy).header.id,
                    "attached": clear.attached_digest(copy),
                    **facts,
                }
            )
            for copy in copies
        ]
        wire = self.frame(FrameType.DELIVERIES, Deliveries(notes=tuple(notes)), counter=first)
        return clear.pack(wire, *copies)

    def delivery(self, copy: bytes, *more: bytes, **how: Any) -> bytes:
        message = how.pop("message", None) or sealed.parse(copy).header.id
        return self.note(NoteKind.DELIVERY, copy, *more, message=message, **how)

    # --- messages

    def message(self, sender: str = "FR", to: tuple[str, ...] = ("BR",), index: int = 0, **how: Any) -> bytes:
        """A slim copy of a good message for the addressee at ``index``."""
        return sealed.slim(self.full(sender, to, **how), index)

    def full(self, sender: str = "FR", to: tuple[str, ...] = ("BR",), **how: Any) -> sealed.Envelope:
        """A good message as the hub gets it."""
        self.made += 1
        audience: tuple[AudienceMember, ...] = how.pop("audience", ())
        body = how.pop("body", None) or Body(content=Note(subject="s").model_dump(mode="json"))
        identity = how.pop("identity", self.ids[sender])
        keys: Sequence[KemPublic] = how.pop("keys", None) or [
            self._kem(one) for one in (*to, *(one.party for one in audience))
        ]
        prepared = prepare(body)
        own = {
            "run": RUN,
            "id": hashlib.sha256(str(self.made).encode()).hexdigest()[:32],
            "signing_key": identity.signing.id,
            "to": tuple(Addressee(party=one, key=key.id) for one, key in zip(to, keys, strict=False)) or None,
            "audience": "members" if audience else None,
            "created": self.now,
            "expires": self.now + timedelta(days=10),
            "padded_size": len(prepared),
        }
        header = plain_header(sender, to, number=self.made, **(own | how))
        hub_part = HubPart(counter=1, receipted=0, audience=audience)
        wire = seal(header, hub_part, prepared, list(keys), replace(identity, party=sender))
        return sealed.parse(wire)

    def _kem(self, party: str) -> KemPublic:
        kem = self.ids[party].kem[-1]
        return KemPublic(kem.id, kem.public)

    def decision(self, notice: Notice = NOTICE, sender: str = "NDTF", run: str = RUN, **facts: Any) -> bytes:
        payload = NoticeDecision.model_validate(
            {
                "decision": "d0" * 32,
                "request": "cd" * 16,
                "requester": "FR",
                "type": "red",
                "publish": True,
                "commitment": contents.commit(SALT, notice),
                **facts,
            }
        )
        return self.frame(FrameType.NOTICE_DECISION, payload, sender, run=run)

    def publication(self, salt: str | None = SALT, notice: Notice = NOTICE, **how: Any) -> bytes:
        content = NoticePublication(id="2026/1", requester="FR", notice=notice, record="NOM-900001")
        values: dict[str, Any] = {
            "channel": "notice",
            "kind": "NOTICE_PUBLISHED",
            "purpose": "wanted-person",
            "notice": NoticeRef(type="red", id="2026/1", decision="d0" * 32),
            "quoted": (QuotedRecord(owner="FR", record="NOM-900001"),),
            "audience": (AudienceMember(party="BR", key=self._kem("BR").id),),
            "body": Body(content=content.model_dump(mode="json", exclude_none=True), proofs=Proofs(salt=salt)),
        }
        return self.message("IPSG", (), **{**values, **how})

    def ack(self, party: str, *items: tuple[str, Outcome, Code | None], **how: Any) -> bytes:
        listed = tuple(AckItem.model_validate({"id": id_, "status": was, "code": code}) for id_, was, code in items)
        return self.frame(FrameType.ACK, Ack(upto=0, items=listed), party, **how)

    def outcomes(self, *updates: OutcomeUpdate, acks: tuple[bytes, ...] = ()) -> bytes:
        return self.note(NoteKind.OUTCOME, *acks, outcomes=updates)

    # --- the log

    def grow(self, entries: int) -> None:
        for _ in range(entries):
            self.tree.append(hashlib.sha256(str(self.tree.size).encode()).digest())

    def checkpoint(self, tree: Tree | None = None) -> str:
        tree = tree or self.tree
        key = self.ids["HUB"].signing
        return sign_checkpoint(tree.size, tree.root(), NoteSigner(log_name(RUN), key.public, key.sign))

    def shown(self, old: int | None = None, tree: Tree | None = None, **facts: Any) -> bytes:
        tree = tree or self.tree
        proof = tuple(one.hex() for one in tree.consistency(old, tree.size)) if old else ()
        values = {"checkpoint": self.checkpoint(tree), "proof": proof, "old_size": old, **facts}
        return self.note(NoteKind.CHECKPOINT, **values)

    # --- the authority

    def change(self, *revoked: str) -> bytes:
        trust = self.reception.trust
        changed = [enrolment.revoked(trust, one) for one in revoked]
        issue = enrolment.next_directory(enrolled().authority, trust, changed, self.now)
        number = trust.directory.number + 1
        return self.note(NoteKind.DIRECTORY, issue.frame, *issue.attached, directory=number)


def opened(taken: object) -> MessageTaken:
    assert isinstance(taken, MessageTaken), taken
    return taken


def refused(taken: object, code: Code) -> None:
    assert isinstance(taken, Refused), taken
    assert taken.code is code, taken

"""From drafts and statements to signed and sealed bytes in the outbox. All randomness of a party lives here."""

import hashlib
import os
from datetime import datetime
from typing import Any

from i247sim.audit.checkpoint import NoteSigner, cosign, witness_name
from i247sim.node import sent
from i247sim.node.actions import Decide, Reseal
from i247sim.node.known import Known
from i247sim.node.outbox import Outbox
from i247sim.node.reception import Reception
from i247sim.node.site import Site
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.keys import Identity, KemPublic
from i247sim.security.padding import pad
from i247sim.security.sealing import seal
from i247sim.vocabulary import contents
from i247sim.vocabulary.codec import Word, canonical, decode, line
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.drafts import Draft, anew
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.frames import Cosign, Frame, FrameType
from i247sim.vocabulary.limits import MAX_BODY_BYTES, MAX_HEADER_BYTES
from i247sim.vocabulary.messages import AudienceMember, Body, Header, HubPart, Proofs
from i247sim.vocabulary.parties import HUB
from i247sim.vocabulary.times import to_text


class Writer:
    """One party's pen. Everything it makes for the hub is in the outbox before it is returned."""

    def __init__(self, identity: Identity, reception: Reception, outbox: Outbox, known: Known, site: Site) -> None:
        self._identity = identity
        self._party = identity.party
        self._reception = reception
        self._outbox = outbox
        self._known = known
        self._site = site
        row = site.store.row("SELECT max(ordinal) FROM sent WHERE party = ?", (self._party,))
        assert row is not None, "an aggregate has one row"
        self._ordinal: int = row[0] or 0

    def sign(self, type_: FrameType, payload: Word, counter: int = 0) -> bytes:
        """A clear frame to the hub, at the present simulated time. Not kept."""
        frame = Frame(
            type=type_,
            run=self._identity.run,
            sender=self._party,
            to=HUB,
            key=self._identity.signing.id,
            counter=counter,
            time=self._site.clock(self._party),
            payload=payload.plain(),
        )
        return clear.sign(frame, self._identity.signing)

    def cosign(self, checkpoint: str) -> bytes:
        """A clear frame to the hub: this party has seen the log at ``checkpoint``. Not kept."""
        key = self._identity.signing
        signer = NoteSigner(witness_name(self._identity.run, self._party), key.public, key.sign)
        return self.sign(FrameType.COSIGN, Cosign(checkpoint=cosign(checkpoint, signer, self._site.now)))

    def declare(self, type_: FrameType, payload: Word) -> bytes:
        """A numbered clear frame, kept until its receipt."""
        return self._outbox.keep(self.sign(type_, payload, self._outbox.counter + 1), None)

    def decide(self, action: Decide) -> list[bytes]:
        """The reviewer's signed commitment for the log, and the answer with the salt that opens it."""
        salt = os.urandom(32).hex()
        commitment = contents.commit(salt, action.notice)
        text = f"i247/v1/decision\0{action.request.id}\0{commitment}\0{action.publish}"
        decision = action.statement(hashlib.sha256(text.encode()).hexdigest(), commitment)
        self._site.journal("decided", self._party, request=action.request.own_ref, publish=action.publish)
        return [self.declare(FrameType.NOTICE_DECISION, decision), *self.seal(action.answer(decision.decision, salt))]

    def seal(self, draft: Draft) -> list[bytes]:
        """The wire of a message; nothing if it cannot be sealed, which is journalled and counts as sent and refused."""
        self._ordinal += 1
        reference = f"{self._party}-{self._site.now.year}-{self._ordinal:06d}"
        id_ = os.urandom(16).hex()
        facts = sent.facts(draft, reference)
        try:
            wire = self._sealed(draft, id_, reference, self._site.clock(self._party))
        except (FormatError, TrustError) as error:
            # It never leaves this house: the author learns why, and so does the transcript.
            facts["code"] = Code.FORMAT if isinstance(error, FormatError) else Code.ADDR
            self._site.journal("unsendable", self._party, **facts, detail=str(error)[:200])
            self._sent(None, facts)
            return []
        self._known.wrote(reference, id_)
        self._sent(id_, facts)
        self._site.journal("sent", self._party, id=id_, **facts)
        return [self._outbox.keep(wire, id_)]

    def has_sent(self, digest: str) -> bool:
        """Whether it ever made something numbered with these bytes (SHA-256, hex)."""
        return self._outbox.wrote(digest)

    def renew(self, identity: Identity) -> None:
        """From now on these keys."""
        self._identity = identity

    def reseal(self, action: Reseal) -> list[bytes]:
        """A message once more, for one addressee and to its newest key, under a new id that supersedes the old one."""
        row = self._site.store.row("SELECT header, body FROM kept WHERE party = ? AND id = ?", (self._party, action.id))
        if row is None:
            return []
        now = self._site.clock(self._party)
        try:
            key = self._reception.trust.kem(action.party, now)
        except TrustError as error:  # revoked since
            self._site.journal("remark", self._party, text=f"not sealed anew: {error}")
            return []
        if self._key_of(action) == key.id:
            # Sealing it to the same key once more would not help; and whoever always says so would keep us at it.
            text = f"not sealed anew: `{action.party}` says that it cannot open what is sealed to its newest key"
            self._site.journal("remark", self._party, text=text)
            return []
        old = decode(Header, row[0].encode(), MAX_HEADER_BYTES)
        body = decode(Body, row[1], 2 * MAX_BODY_BYTES)
        self._ordinal += 1
        reference = f"{self._party}-{now.year}-{self._ordinal:06d}"
        id_ = os.urandom(16).hex()
        header, audience = anew(old, action.party, key.id, id_=id_, own_ref=reference, created=now)
        wire = self._wire(header, audience, canonical(body), [key])
        facts: dict[str, Any] = {
            "ref": header.own_ref,
            "kind": header.kind,
            "channel": header.channel,
            "to": [action.party],
            "classification": header.classification,
            "plaintext": contents.digest(contents.read(header.kind, body.content)),
            "supersedes": self._known.reference_of(old.id),
        }
        if header.your_ref:
            facts["answers"] = header.your_ref
        self._known.wrote(header.own_ref, header.id)
        self._sent(header.id, facts)
        self._site.journal("sent", self._party, id=header.id, **facts)
        return [self._outbox.keep(wire, header.id)]

    def _key_of(self, action: Reseal) -> str | None:
        """The id of the key that the message was sealed to for that addressee."""
        row = self._site.store.row("SELECT wire FROM outbox WHERE party = ? AND id = ?", (self._party, action.id))
        if row is None:
            return None
        _, key = sealed.parse(row[0]).keyed.get(action.party, (0, None))
        return key

    def _wire(self, header: Header, audience: tuple[AudienceMember, ...], body: bytes, keys: list[KemPublic]) -> bytes:
        """Seal ``body`` (canonical), and keep what was sealed: an addressee may have lost the key it was sealed to."""
        hub_part = HubPart(counter=self._outbox.counter + 1, receipted=self._outbox.receipted, audience=audience)
        wire = seal(header, hub_part, pad(body), keys, self._identity)
        self._site.store.insert(
            "INSERT INTO kept (party, id, header, body) VALUES (?, ?, ?, ?)",
            (self._party, header.id, sealed.header_bytes(wire).decode(), body),
        )
        return wire

    def _sealed(self, draft: Draft, id_: str, reference: str, now: datetime) -> bytes:
        trust = self._reception.trust
        proofs = Proofs(checkpoint=self._reception.log.newest, salt=draft.salt)
        content = draft.content.plain()
        body = canonical(Body(content=content, proofs=proofs))
        readers = [party for party in draft.to or draft.audience if party not in draft.barred]
        if not readers:
            raise TrustError("addressed to nobody", Code.ADDR)  # a group without members here, or all of them barred
        keys = {party: trust.kem(party, now) for party in readers}
        ids = {party: key.id for party, key in keys.items()}
        header = draft.header(
            run=self._identity.run,
            id_=id_,
            sender=self._party,
            signing_key=self._identity.signing.id,
            keys=ids,
            own_ref=reference,
            in_reply_to=self._answered(draft),
            created=now,
            padded_size=len(pad(body)),
        )
        return self._wire(header, draft.members(ids), body, list(keys.values()))

    def _answered(self, draft: Draft) -> str | None:
        """The id of the message that ``draft`` answers, if this party knows it."""
        return None if draft.your_ref is None else self._known.id_of(draft.your_ref)

    def _sent(self, id_: str | None, facts: dict[str, Any]) -> None:
        facts = {"time": to_text(self._site.now), **facts}
        self._site.store.insert(
            "INSERT INTO sent (party, ordinal, id, facts) VALUES (?, ?, ?, ?)",
            (self._party, self._ordinal, id_, line(facts)),
        )

"""A small run for the tests of ``security``: an authority, five parties, verbs to change the directory and to send."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from plain_headers import plain_header

from i247sim.security import frames
from i247sim.security.authority import Authority
from i247sim.security.envelope import Envelope, parse
from i247sim.security.keys import Identity, KemKey, KemPublic
from i247sim.security.sealing import prepare, seal
from i247sim.security.trust import Trust
from i247sim.vocabulary.directory import DirectoryDelta, PartyEntry
from i247sim.vocabulary.frames import Frame
from i247sim.vocabulary.messages import Addressee, AudienceMember, Body, Header, HubPart
from i247sim.vocabulary.parties import Role

RUN = "0123456789ab"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
START = NOON - timedelta(days=1)
END = NOON + timedelta(days=30)
BODY = Body(content={"exercise": "EXERCISE EXERCISE EXERCISE", "subject": "s", "text": "a fictional sentence"})
PARTIES = {"FR": Role.BUREAU, "BR": Role.BUREAU, "DE": Role.BUREAU, "IPSG": Role.SECRETARIAT, "HUB": Role.HUB}


class World:
    """Identities, and the trust that every reader shares. Values inside are replaced, never changed."""

    def __init__(self, run: str = RUN) -> None:
        self.authority = Authority.create(run, datetime.now(UTC))
        self.ids: dict[str, Identity] = {
            party: self.authority.issue(party, role, START, END) for party, role in PARTIES.items()
        }
        self.anchor = Trust.anchor(self.authority.root, run)
        frame, attached = self.change(1, *PARTIES, attached=self.authority.chain)
        self.trust = self.anchor.advance(frame, attached, NOON)

    def entry(self, party: str, **changes: object) -> PartyEntry:
        identity = self.ids[party]
        entry = PartyEntry(
            party=party,
            role=identity.role,
            name=party,
            card=identity.card_hash,
            certificate=identity.certificate_hash,
        )
        return PartyEntry.model_validate({**entry.model_dump(), **changes})

    def delta(self, number: int, *entries: PartyEntry, issued: datetime = NOON) -> DirectoryDelta:
        return DirectoryDelta(number=number, issued=issued, valid_until=END, entries=entries)

    def change(self, number: int, *parties: str, attached: tuple[bytes, ...] = ()) -> tuple[bytes, list[bytes]]:
        frame = self.authority.sign_directory(self.delta(number, *map(self.entry, parties)), NOON)
        return frame, [
            *attached,
            *(one for party in parties for one in (self.ids[party].card, self.ids[party].signing_cert)),
        ]

    def header(self, to: tuple[str, ...] = ("BR",), sender: str = "FR", size: int = 2048, **fields: Any) -> Header:
        own: dict[str, Any] = {
            "run": RUN,
            "id": "ab" * 16,
            "signing_key": self.ids[sender].signing.id,
            "to": tuple(Addressee(party=one, key=self.ids[one].kem[-1].id) for one in to) or None,
            "expires": NOON + timedelta(days=10),
            "padded_size": size,
        }
        return plain_header(sender, to, **(own | fields))

    def send(self, to: tuple[str, ...] = ("BR",), sender: str = "FR", body: Body = BODY, **fields: object) -> bytes:
        prepared = prepare(body)
        header = self.header(to, sender, len(prepared), **fields)
        return seal(header, HubPart(counter=1, receipted=0), prepared, self.keys(*to), self.ids[sender])

    def sealed(self, prepared: bytes, keys: list[KemPublic]) -> bytes:
        """Bytes that FR seals for BR as they are, whatever they are."""
        header = self.header(size=len(prepared))
        return seal(header, HubPart(counter=1, receipted=0), prepared, keys, self.ids["FR"])

    def publish(self, to: tuple[str, ...], barred: tuple[str, ...] = (), **fields: object) -> bytes:
        """A notice of the secretariat: its audience stands in the hub part, barred parties first and without key."""
        prepared = prepare(BODY)
        header = self.header(
            (), "IPSG", len(prepared), channel="notice", kind="NOTICE_PUBLISHED", audience="members", **fields
        )
        audience = [AudienceMember(party=one) for one in barred]
        audience += [AudienceMember(party=one, key=self.ids[one].kem[-1].id) for one in to]
        hub_part = HubPart(counter=1, receipted=0, audience=tuple(audience))
        return seal(header, hub_part, prepared, self.keys(*to), self.ids["IPSG"])

    def keys(self, *parties: str) -> list:
        return [self.trust.kem(one, NOON) for one in parties]

    def accept(self, wire: bytes) -> Envelope:
        """What hub and recipient do first: read, look up, verify."""
        from i247sim.security.envelope import verify

        envelope = parse(wire)
        verify(envelope, self.trust.signer(envelope.header.sender, envelope.header.signing_key, NOON))
        return envelope

    def frame(self, kind: str, payload: dict, sender: str = "FR", to: str = "HUB") -> bytes:
        key = self.ids[sender].signing
        frame = Frame.model_validate(
            {
                "type": kind,
                "run": RUN,
                "from": sender,
                "to": to,
                "key": key.id,
                "counter": 0,
                "time": NOON,
                "payload": payload,
            }
        )
        return frames.sign(frame, key)

    def rotated(self, party: str, keep: int = 0) -> Identity:
        """The party with a new KEM key and card; the world is not changed."""
        return self.authority.renew_card(self.ids[party], KemKey.generate(), START, END, keep=keep)

    def with_identity(self, identity: Identity) -> "World":
        """The same world, in which the party has become ``identity`` (the directory does not know yet)."""
        other = object.__new__(World)
        other.__dict__.update(self.__dict__, ids={**self.ids, identity.party: identity})
        return other


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


__all__ = ["BODY", "END", "NOON", "PARTIES", "RUN", "START", "World", "replace", "sha256"]

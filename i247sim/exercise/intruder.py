"""What an intruder puts on the wire: bytes that must be noticed. Only exercise control plays one."""

import os
from dataclasses import replace
from datetime import datetime, timedelta

from i247sim.exercise.attacks import Spoof
from i247sim.security import envelope as sealed
from i247sim.security.keys import Identity
from i247sim.security.sealing import prepare, seal
from i247sim.security.trust import Trust
from i247sim.vocabulary.contents import Note, Notice, NoticePublication
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Body, HubPart, NoticeRef, NoticeType, Purpose
from i247sim.vocabulary.parties import SECRETARIAT


def flipped(wire: bytes, part: str) -> bytes:
    """``wire`` (a full copy) with one bit changed in its header, a stanza, the body or a signature."""
    if not wire:
        return wire
    envelope = sealed.parse(wire)
    stanza = envelope.stanzas[0]
    assert stanza is not None, "a full copy has every stanza"
    pieces = {
        "header": envelope.header_bytes,
        "stanza": stanza,
        "body": envelope.body,
        "signature": envelope.signatures[0],
    }
    piece = pieces[part]
    at = wire.index(piece) + len(piece) // 2
    return wire[:at] + bytes([wire[at] ^ 1]) + wire[at + 1 :]


def forged(identity: Identity, trust: Trust, spoof: Spoof, now: datetime) -> bytes:
    """A message that says it is from ``spoof.claims``, sealed and signed with the keys of ``identity``."""
    return written(identity, trust, spoof.claims, spoof.to, spoof.subject, now, 1)


def written(
    identity: Identity,
    trust: Trust,
    claims: str,
    to: str,
    subject: str,
    now: datetime,
    counter: int,
    id_: str | None = None,
) -> bytes:
    """A question in the name of ``claims``, numbered ``counter``, sealed and signed with the keys of ``identity``.

    ``id_``: under the id of another message.
    """
    # Of somebody revoked too: an intruder does not ask whether it may.
    key = trust.card(to).kem[-1].key()
    draft = question(to, subject)
    prepared = prepare(Body(content=draft.content.plain()))
    header = draft.header(
        run=identity.run,
        id_=id_ or os.urandom(16).hex(),
        sender=claims,
        signing_key=identity.signing.id,
        keys={to: key.id},
        own_ref=f"{claims}-{now.year}-{900_001}",
        in_reply_to=None,
        created=now,
        padded_size=len(prepared),
    )
    liar = replace(identity, party=claims)
    return seal(header, HubPart(counter=counter, receipted=0), prepared, [key], liar)


def question(to: str, subject: str) -> Draft:
    """What somebody asks who writes in the name of a bureau with its key, or with another one."""
    return Draft(
        kind=Kind.INFO_REQUEST,
        channel=Channel.DIRECT,
        purpose=Purpose.CASE,
        content=Note(subject=subject),
        to=(to,),
        life=timedelta(days=1),
    )


def unreviewed(party: str) -> Draft:
    """A notice that ``party`` publishes by itself, quoting a decision that nobody took."""
    notice = Notice(type=NoticeType.ORANGE, subject="exercise: a notice that nobody reviewed")
    return Draft(
        kind=Kind.NOTICE_PUBLISHED,
        channel=Channel.NOTICE,
        purpose=Purpose.WARN,
        content=NoticePublication(id="2026/90001", requester=party, notice=notice),
        to=(SECRETARIAT,),
        notice=NoticeRef(type=NoticeType.ORANGE, id="2026/90001", decision="0" * 64),
    )

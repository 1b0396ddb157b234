"""What one party has received and sent, read from the process's mailbox file: its own plaintext, and nobody else's.

Never the plaintext of what it was not given: that is not in its mailbox.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from i247sim.exercise.observe import Sent
from i247sim.exercise.picture import Received, Told, Written
from i247sim.node.store import Store
from i247sim.security import envelope as sealed
from i247sim.security.keys import Identity
from i247sim.security.sealing import open_body
from i247sim.vocabulary import contents
from i247sim.vocabulary.codec import decode
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.limits import MAX_BODY_BYTES, MAX_HEADER_BYTES
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Body, Header
from i247sim.vocabulary.times import from_text


def received(store: Store, party: str) -> tuple[Received, ...]:
    """Everything in the party's mailbox, in order of arrival."""
    rows = store.rows(
        "SELECT number, id, status, code, time, body, copy FROM received WHERE party = ? ORDER BY number", (party,)
    )
    return tuple(_received(*row) for row in rows)


def _received(
    number: int, id_: str, status: str, code: str | None, time: str, body: bytes | None, copy: bytes
) -> Received:
    try:
        header: Header | None = sealed.parse(copy).header
    except FormatError:
        header = None
    content = None if body is None or header is None else _content(header, body)
    return Received(number, id_, from_text(time), Outcome(status), Code(code) if code else None, header, content)


def _content(header: Header, body: bytes) -> Content:
    return contents.read(header.kind, decode(Body, body, 2 * MAX_BODY_BYTES).content)


def written(store: Store, party: str, lines: Iterable[Mapping[str, Any]]) -> tuple[Written, ...]:
    """Everything the party has sent, in order. ``lines``: its own journal, for what it was told."""
    kept = {id_: (header, body) for id_, header, body in _kept(store, party)}
    told: dict[str, list[Told]] = {}
    whole: dict[str, Code | None] = {}
    for line in lines:
        if line["event"] == "receipt" and line["ref"] is not None:
            whole[line["ref"]] = Code(line["code"]) if line["code"] else None
            told.setdefault(line["ref"], []).extend(_told(line["time"], one) for one in line["lines"])
        elif line["event"] == "outcome" and line["ref"] is not None:
            one = {"party": line["about"], "outcome": line["outcome"], "code": line["code"]}
            told.setdefault(line["ref"], []).append(_told(line["time"], one))
    found = []
    for id_, text in store.rows("SELECT id, facts FROM sent WHERE party = ? ORDER BY ordinal", (party,)):
        facts = json.loads(text)
        header = content = None
        if id_ in kept:
            header = decode(Header, kept[id_][0].encode(), MAX_HEADER_BYTES)
            content = _content(header, kept[id_][1])
        reference = facts["ref"]
        local = Code(facts["code"]) if "code" in facts else None
        found.append(
            Written(
                Sent(party, id_, facts, reference in whole),
                header,
                content,
                tuple(told.get(reference, ())),
                local or whole.get(reference),
                reference in whole,
            )
        )
    return tuple(found)


def _kept(store: Store, party: str) -> Iterable[tuple[str, str, bytes]]:
    yield from store.rows("SELECT id, header, body FROM kept WHERE party = ?", (party,))


def _told(time: str, line: Mapping[str, Any]) -> Told:
    code = line.get("code")
    return Told(from_text(time), line["party"], Outcome(line["outcome"]), Code(code) if code else None)


def holds(store: Store, party: str, id_: str) -> bytes | None:
    """The copy of a message that lies in the party's mailbox; ``None`` if there is none."""
    row = store.row("SELECT copy FROM received WHERE party = ? AND id = ?", (party, id_))
    return None if row is None else bytes(row[0])


def wire_of(store: Store, id_: str) -> bytes | None:
    """A message as its sender sealed it, to all its addressees."""
    row = store.row("SELECT wire FROM outbox WHERE id = ?", (id_,))
    return None if row is None else bytes(row[0])


def can_open(wire: bytes, party: str, identity: Identity) -> bool:
    """Whether the party's present keys open these bytes. It is tried; what comes out is thrown away."""
    try:
        open_body(sealed.parse(wire), party, identity.kem)
    except (TrustError, FormatError):
        return False
    return True

"""Writes one file of ``vectors/``. Run by hand, for a name that is not there yet: recorded messages must stay readable
for ever, so no file is written a second time.

    PYTHONPATH=tests python tests/security/record_vectors.py NAME

The keys in the files are made for them, open nothing else, and are meant to be public.
"""

import hashlib
import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from cryptography.cobblestone import Cobblestone256Encryptor
from sealed_world import BODY, END, NOON, World
from test_security_envelope import rebuilt

from i247sim.security.envelope import parse, slim
from i247sim.security.framing import sized
from i247sim.security.keys import HPKE, KemPublic, load_kem
from i247sim.security.padding import pad, padded_size
from i247sim.security.sealing import prepare
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.messages import HubPart
from i247sim.vocabulary.times import to_text

FOLDER = Path(__file__).parent / "vectors"
NOTE = "fictional keys, made for these examples; they open nothing else"


def text(data: bytes) -> str:
    return b64encode(data).decode()


def case(name: str, wire: bytes, refused_at: str | None = None, code: str | None = None, reader: str = "BR") -> dict:
    return {"name": name, "reader": reader, "refused_at": refused_at, "code": code, "wire": text(wire)}


def flipped(wire: bytes, place: int) -> bytes:
    changed = bytearray(wire)
    changed[place] ^= 1
    return bytes(changed)


def envelopes(world: World) -> Iterator[dict]:
    for suite in ("i247-1", "i247-2"):
        full = world.send(("BR", "DE"), suite=suite)
        yield case(f"{suite} full", full)
        yield case(f"{suite} slim", slim(parse(full), 1), reader="DE")
    full = world.send(("BR", "DE"))
    notice = world.publish(("BR", "DE"), barred=("FR",))
    envelope = parse(full)
    yield case("notice full", notice)
    yield case("notice slim", slim(parse(notice), 0))
    yield case("one byte too many", full + b"\0", "parse", "E-FORMAT")
    yield case("one byte too few", full[:-1], "parse", "E-FORMAT")
    yield case("unknown version", b"i247e9" + full[6:], "parse", "E-FORMAT")
    yield case("slim said to be full", b"i247e1F" + slim(envelope, 0)[7:], "parse", "E-FORMAT")
    twice = envelope.header_bytes.replace(b'{"', b'{"from":"DE","', 1)
    yield case("a field twice", rebuilt(envelope, world.ids["FR"], header_bytes=twice), "parse", "E-FORMAT")
    more = envelope.header_bytes[:-1] + b',"more":1}'
    yield case("unknown field", rebuilt(envelope, world.ids["FR"], header_bytes=more), "parse", "E-FORMAT")
    less = {"stanzas": envelope.stanzas[:1]}
    yield case("a stanza missing", rebuilt(envelope, world.ids["FR"], **less), "parse", "E-FORMAT")
    yield case("signature changed", flipped(full, len(full) - 1), "verify", "E-SIGN")
    yield case("signed by another", rebuilt(envelope, world.ids["DE"]), "verify", "E-SIGN")
    hub_part = {"hub_part_bytes": canonical(HubPart(counter=7, receipted=0))}
    yield case("hub part changed", rebuilt(envelope, **hub_part), "verify", "E-SIGN")
    strong = world.send(suite="i247-2")
    yield case("second signature changed", flipped(strong, len(strong) - 1), "verify", "E-SIGN")
    swapped = {"stanzas": envelope.stanzas[::-1]}
    yield case("stanzas swapped and signed", rebuilt(envelope, world.ids["FR"], **swapped), "open", "E-SIGN")
    other = {"body": parse(world.send()).body}
    yield case("another body and signed", rebuilt(envelope, world.ids["FR"], **other), "open", "E-SIGN")
    turned = world.with_identity(world.rotated("BR"))
    kem = turned.ids["BR"].kem[-1]
    newer = turned.sealed(prepare(BODY), [KemPublic(kem.id, kem.public)])
    yield case("a key the reader does not hold", newer, "open", "E-KEY")


def _info(h: bytes, party: str, key: str) -> bytes:
    return b"i247/v1/cek\0" + h + f"{party}/{key}".encode()


def clear(world: World) -> Iterator[dict]:
    wire = world.frame("restriction", {"bars": [{"whom": "BR", "scope": {}}]})
    signed = wire[10:-64]
    yield case("restriction", wire)
    yield case("signature changed", flipped(wire, len(wire) - 1), "verify", "E-SIGN")
    other = b"i247c1" + sized(signed.replace(b'"restriction"', b'"acceptance"')) + wire[-64:]
    yield case("said to be an acceptance", other, "verify", "E-SIGN")
    yield case("one byte too many", wire + b"\0", "parse", "E-FORMAT")
    yield case("unknown payload field", world.frame("restriction", {"bars": [], "more": 1}), "parse", "E-FORMAT")


def each_check(world: World) -> Iterator[dict]:
    """A bad message for every check of every step, and some that two steps could refuse: the first one must."""
    fr, de = world.ids["FR"], world.ids["DE"]
    one, two = parse(world.send()), parse(world.send(("BR", "DE")))
    notice = parse(world.publish(("BR", "DE"), barred=("FR",)))
    strong = parse(world.send(("BR", "DE"), suite="i247-2"))
    thin = slim(two, 0)

    def unread(name: str, wire: bytes) -> dict:
        return case(name, wire, "parse", "E-FORMAT")

    def header(name: str, old: bytes, new: bytes) -> dict:
        assert old in one.header_bytes
        return unread(name, rebuilt(one, fr, header_bytes=one.header_bytes.replace(old, new, 1)))

    yield unread("nothing at all", b"")
    yield unread("neither a full nor a slim copy", one.wire[:6] + b"X" + one.wire[7:])
    yield unread("said to be neither, and read as slim", thin[:6] + b"X" + thin[7:])
    yield unread("a header that never ends", one.wire[:7] + b"\xff" * 4 + one.wire[11:])
    yield header("a header of another version", b'"v":1', b'"v":2')
    yield header("a number that is none", b'"v":1', b'"v":NaN')
    yield header("deep nesting", b'"v":1', b'"v":' + b"[" * 500 + b"]" * 500)
    yield header("half a character", b'"lang":"en"', rb'"lang":"\ud800"')
    yield header("unknown suite", b"i247-1", b"i247-9")
    yield header("not a simulation", b'"simulation":true', b'"simulation":false')
    yield unread("a size that padding never makes", world.sealed(pad(canonical(BODY)) + b"\0", world.keys("BR")))
    yield header("a size that the body does not have", b'"padded_size":2048', b'"padded_size":2112')
    yield unread("more after the header's JSON", rebuilt(one, fr, header_bytes=one.header_bytes + b" x"))
    addressees = b'"to":[' + two.header_bytes.split(b'"to":[')[1].split(b"}")[0] + b"},"
    twice = two.header_bytes.replace(b'"to":[', addressees, 1)
    assert twice.count(b'"BR"') == two.header_bytes.count(b'"BR"') + 1
    yield unread("an addressee twice", rebuilt(two, fr, header_bytes=twice, stanzas=two.stanzas[:1] + two.stanzas))
    audience = b'{"audience":[{"key":"' + b"0" * 16 + b'","party":"BR"}],"counter":1,"receipted":0}'
    yield unread("an audience beside the addressees", rebuilt(one, fr, hub_part_bytes=audience))
    yield unread(
        "a hub part with an unknown field", rebuilt(one, fr, hub_part_bytes=b'{"counter":1,"receipted":0,"x":1}')
    )
    yield unread("no stanza", rebuilt(one, fr, stanzas=()))
    yield unread("a notice for nobody", world.publish((), barred=("FR", "BR")))
    yield unread("a stanza too many", rebuilt(one, fr, stanzas=one.stanzas * 2))
    barred = rebuilt(notice, world.ids["IPSG"], stanzas=(*notice.stanzas, notice.stanzas[0]))
    yield unread("a stanza for who is barred", barred)
    hub_part = notice.hub_part_bytes or b""
    named = hub_part[hub_part.index(b'{"key"') : hub_part.index(b"}", hub_part.index(b'{"key"')) + 1]
    again = hub_part.replace(named, named + b"," + named, 1)
    stanzas = (notice.stanzas[0], *notice.stanzas)
    yield unread(
        "a party twice in the audience", rebuilt(notice, world.ids["IPSG"], hub_part_bytes=again, stanzas=stanzas)
    )
    place = thin.index(two.hub_digest) + 32
    yield unread("a reader's place that is not there", thin[:place] + b"\0\2" + thin[place + 2 :])
    yield unread("another place than its key says", thin[:place] + b"\0\1" + thin[place + 2 :])
    yield unread("another key than the header says", thin[: place + 2] + bytes(8) + thin[place + 10 :])
    yield unread("a body a byte short", rebuilt(one, fr, body=one.body[:-1]))
    yield unread("no signature", rebuilt(one, signatures=()))
    yield unread("i247-2 with its first signature alone", rebuilt(strong, signatures=strong.signatures[:1]))
    weaker = strong.header_bytes.replace(b"i247-2", b"i247-1")
    yield unread("i247-2 said to be i247-1", rebuilt(strong, header_bytes=weaker))
    yield unread("no framing, and forged", rebuilt(one, de) + b"\0")

    def forged(name: str, wire: bytes) -> dict:
        return case(name, wire, "verify", "E-SIGN")

    cut = {"header_bytes": weaker, "signatures": strong.signatures[:1]}
    yield forged("i247-2 said to be i247-1, its second signature cut off", rebuilt(strong, **cut))
    yield forged("i247-2 without its first signature", rebuilt(strong, signatures=(bytes(64), strong.signatures[1])))
    yield forged("i247-2 without its second signature", rebuilt(strong, signatures=(strong.signatures[0], bytes(3309))))
    mixed = (strong.signatures[0], parse(world.send(("BR", "DE"), suite="i247-2")).signatures[1])
    yield forged("i247-2 with a signature of another message", rebuilt(strong, signatures=mixed))
    purpose = two.header_bytes.replace(b'"case-support"', b'"identify"')
    assert purpose != two.header_bytes
    yield forged("another purpose", rebuilt(two, header_bytes=purpose))
    yield forged("another salt", rebuilt(two, salt=bytes(32)))
    yield forged("a stanza changed", rebuilt(two, stanzas=(flipped(two.stanzas[0] or b"", 9), two.stanzas[1] or b"")))
    yield forged("stanzas swapped", rebuilt(two, stanzas=two.stanzas[::-1]))
    yield forged("a body changed", rebuilt(two, body=flipped(two.body, 99)))
    yield forged("slim: another digest of the hub part", flipped(thin, place - 1))
    yield forged("slim: another digest of a stanza", flipped(thin, thin.index(two.stanza_digests[1])))
    yield forged("slim: own stanza changed", flipped(thin, place + 13))
    sender = canonical(world.header(("BR", "DE"), sender="DE"))
    yield forged("in the name of who did not sign", rebuilt(two, fr, header_bytes=sender))
    keyed = two.header_bytes.replace(fr.signing.id.encode(), de.signing.id.encode())
    yield forged("another key named than has signed", rebuilt(two, fr, header_bytes=keyed))
    bare = hashlib.sha256(two.signed).digest()
    yield forged("signed without the domain", rebuilt(two, signatures=(fr.signing.sign(two.signed[12:]),)))
    yield forged("a digest signed", rebuilt(two, signatures=(fr.signing.sign(bare),)))
    turned = world.with_identity(world.rotated("BR"))
    gone = turned.ids["BR"].kem[-1]
    newer = parse(turned.sealed(prepare(BODY), [KemPublic(gone.id, gone.public)]))
    yield forged("forged, and sealed to a key the reader does not hold", rebuilt(newer, de))

    def shut(name: str, wire: bytes, code: str = "E-SIGN", reader: str = "BR") -> dict:
        return case(name, wire, "open", code, reader)

    yield shut("a reader who is not named", one.wire, reader="DE")
    yield shut("a reader who is not named, of a slim copy", slim(one, 0), reader="DE")
    yield shut("a barred reader of a notice", notice.wire, reader="FR")
    yield shut("the slim copy of another reader", slim(two, 1))
    yield shut("the slim copy of another reader of a notice", slim(notice, 1), "E-KEY")
    key = world.ids["BR"].kem[0]
    cek = HPKE.decrypt(one.stanzas[0] or b"", key.private, info=_info(one.h, "BR", key.id))

    def wrapped(name: str, secret: bytes, info: bytes) -> dict:
        stanza = HPKE.encrypt(secret, load_kem(key.public), info=info)
        return shut(name, rebuilt(one, fr, stanzas=(stanza,)))

    yield wrapped("another content key", bytes(32), _info(one.h, "BR", key.id))
    yield wrapped("a stanza for another party", cek, _info(one.h, "DE", key.id))
    yield wrapped("a stanza for another key", cek, _info(one.h, "BR", "0" * 16))
    yield wrapped("a stanza for another message", cek, _info(two.h, "BR", key.id))
    yield wrapped("a stanza bound to nothing", cek, b"")
    yield wrapped("a stanza for another purpose", cek, _info(one.h, "BR", key.id).replace(b"cek", b"abc", 1))
    yield shut("a stanza of another message, signed", rebuilt(one, fr, stanzas=two.stanzas[:1]))
    sealer = Cobblestone256Encryptor(cek, b"i247/v1/body\0" + two.h)
    body = sealer.update(prepare(BODY)) + sealer.finalize()
    yield shut("a body bound to another message", rebuilt(one, fr, body=body))
    yield shut("a body changed, and signed", rebuilt(one, fr, body=flipped(one.body, 99)))
    strange = canonical(HubPart(counter=7, receipted=0))
    yield shut("another hub part, signed", rebuilt(one, fr, hub_part_bytes=strange))
    yield shut("another salt, signed", rebuilt(one, fr, salt=bytes(32)))
    for name, prepared in (
        ("padded with more than zeros", pad(canonical(BODY))[:-1] + b"\1"),
        ("more padding than prescribed", pad(canonical(BODY)).ljust(padded_size(3000), b"\0")),
        ("a content longer than its padding", b"\xff" * 2048),
        ("no body", pad(b"{}")),
        ("a body with a field twice", pad(b'{"content":{},"content":{},"proofs":{}}')),
        ("no JSON", pad(b"\xff")),
    ):
        yield shut(name, world.sealed(prepared, world.keys("BR")), "E-FORMAT")
    long = pad(b"x" * 20_000)
    sealed = parse(world.sealed(long, world.keys("BR")))
    short = sealed.header_bytes.replace(b"%d" % len(long), b"2048")
    assert short != sealed.header_bytes
    size = len(one.body)
    yield shut("the first bytes of a body", rebuilt(sealed, fr, header_bytes=short, body=sealed.body[:size]))


def every_type(world: World) -> Iterator[dict]:
    """A good frame of every type, and a bad one for every check."""
    run, id_, digest = "0123456789ab", "ab" * 16, "cd" * 32
    note = {"kind": "delivery", "message": id_, "decision": 7, "directory": 1, "attached": digest}
    bars = {"bars": [{"whom": "BR", "scope": {"kind": "INFO_REQUEST"}}]}
    decision = {
        "decision": digest,
        "request": id_,
        "requester": "FR",
        "type": "red",
        "publish": True,
        "commitment": digest,
    }
    entry = world.entry("FR").model_dump(mode="json")
    delta = {"number": 2, "issued": to_text(NOON), "valid_until": to_text(END), "entries": [entry]}
    checkpoint = f"i247/{run}/log\n1\n{text(bytes(32))}\n\n\u2014 i247/{run}/hub {text(bytes(68))}\n"
    good = {
        "hello": {"epoch": id_, "sent": 3, "received": 2, "directory": 1},
        "bye": {"epoch": id_},
        "ack": {"upto": 5, "items": [{"id": id_, "status": "rejected", "code": "E-KEY"}]},
        "restriction": bars,
        "acceptance": bars,
        "measure": {"party": "BR", "state": "supervised"},
        "notice-decision": decision,
        "release": {"message": id_, "release": False, "code": "R-ART3"},
        "cosign": {"checkpoint": checkpoint},
        "welcome": {"epoch": id_, "received": 3, "session": id_},
        "receipt": {
            "items": [{"wire": digest, "id": id_, "counter": 1, "lines": [{"party": "BR", "outcome": "queued"}]}]
        },
        "note": note,
        "deliveries": {"notes": [note, note]},
        "directory": {"delta": delta},
        "control": {"what": "cut", "target": "BR"},
        "attestation": {"lines": [{"id": id_, "opened": True}]},
        "manifest": {"files": [{"path": "log.db", "sha256": digest, "size": 1}], "checkpoint": checkpoint},
    }
    frames = {kind: world.frame(kind, payload) for kind, payload in good.items()}
    assert set(frames) == set(FrameType)
    for kind, frame in frames.items():
        yield case(kind, frame)
    wire = frames["restriction"]
    data = wire[10:-64]

    def signed(name: str, changed: bytes, step: str = "parse", code: str = "E-FORMAT", by: str = "FR") -> dict:
        kind = json.loads(wire[10:-64])["type"]
        key = world.ids[by].signing
        signature = key.sign(b"i247/v1/frame/" + kind.encode() + b"\0" + hashlib.sha256(changed).digest())
        return case(name, b"i247c1" + sized(changed) + signature, step, code)

    def edited(name: str, old: bytes, new: bytes) -> dict:
        assert old in data
        return signed(name, data.replace(old, new, 1))

    yield case("nothing at all", b"", "parse", "E-FORMAT")
    yield case("an envelope", b"i247e1" + wire[6:], "parse", "E-FORMAT")
    yield case("one byte too few", wire[:-1], "parse", "E-FORMAT")
    yield case("a frame that never ends", wire[:6] + b"\xff" * 4 + wire[10:], "parse", "E-FORMAT")
    yield edited("another version", b'"v":1', b'"v":2')
    yield edited("a field twice", b'{"', b'{"from":"DE","')
    yield edited("an unknown field", b'"v":1', b'"v":1,"more":1')
    yield edited("an unknown type", b'"restriction"', b'"gossip"')
    yield edited("the payload of another type", b'"restriction"', b'"bye"')
    yield edited("a number that is none", b'"counter":0', b'"counter":NaN')
    yield edited("a counter below zero", b'"counter":0', b'"counter":-1')
    yield edited("a time without a zone", b"00Z", b"00")
    yield edited("no party's name", b'"to":"HUB"', b'"to":"#"')
    yield signed("more after the JSON", data + b" x")
    yield signed("signed by another", data, "verify", "E-SIGN", by="DE")
    other = data.replace(b'"counter":0', b'"counter":1')
    yield case("another counter", b"i247c1" + sized(other) + wire[-64:], "verify", "E-SIGN")
    other = data.replace(b"12:00:00Z", b"12:00:01Z")
    yield case("another time", b"i247c1" + sized(other) + wire[-64:], "verify", "E-SIGN")
    other = data.replace(b'"from":"FR"', b'"from":"DE"')
    yield signed("in the name of who did not sign", other, "verify", "E-SIGN")
    other = data.replace(world.ids["FR"].signing.id.encode(), world.ids["DE"].signing.id.encode())
    yield signed("another key named than has signed", other, "verify", "E-SIGN")
    bare = world.ids["FR"].signing.sign(data)
    yield case("signed without the domain", wire[:-64] + bare, "verify", "E-SIGN")


FILES = {"v1": (envelopes, clear), "stages": (each_check, every_type)}
"""File to what is in it: sealed envelopes, clear frames."""


def main(name: str) -> None:
    world = World()
    parties = {
        party: {
            "signing_public": text(identity.signing.public),
            "mldsa_public": text(identity.mldsa.public) if identity.mldsa else None,
            "kem_seed": text(identity.kem[0].secret()),
            "card": text(identity.card),
            "signing_certificate": text(identity.signing_cert),
        }
        for party, identity in world.ids.items()
        if party in ("FR", "BR", "DE", "IPSG")
    }
    sealed, plain = FILES[name]
    recorded = {
        "note": NOTE,
        "at": to_text(NOON),
        "body": "a fictional sentence",
        "root": text(world.authority.root),
        "issuing": text(world.authority.issuing),
        "parties": parties,
        "envelopes": list(sealed(world)),
        "frames": list(plain(world)),
    }
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / f"{name}.json").open("x", encoding="utf-8") as file:
        file.write(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])

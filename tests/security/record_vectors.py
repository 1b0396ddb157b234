"""Writes ``vectors/*.json``. Run by hand, once per format: recorded messages must stay readable for ever.

    PYTHONPATH=tests python tests/security/record_vectors.py

The keys in the files are made for them, open nothing else, and are meant to be public.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from sealed_world import BODY, NOON, World
from test_security_envelope import rebuilt

from i247sim.security.envelope import parse, slim
from i247sim.security.framing import sized
from i247sim.security.keys import KemPublic
from i247sim.security.sealing import prepare, seal
from i247sim.vocabulary.codec import canonical
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
    prepared = prepare(BODY)
    newer = seal(
        turned.header(), HubPart(counter=1, receipted=0), prepared, [KemPublic(kem.id, kem.public)], turned.ids["FR"]
    )
    yield case("a key the reader does not hold", newer, "open", "E-KEY")


def clear(world: World) -> Iterator[dict]:
    wire = world.frame("restriction", {"bars": [{"whom": "BR", "scope": {}}]})
    signed = wire[10:-64]
    yield case("restriction", wire)
    yield case("signature changed", flipped(wire, len(wire) - 1), "verify", "E-SIGN")
    other = b"i247c1" + sized(signed.replace(b'"restriction"', b'"acceptance"')) + wire[-64:]
    yield case("said to be an acceptance", other, "verify", "E-SIGN")
    yield case("one byte too many", wire + b"\0", "parse", "E-FORMAT")
    yield case("unknown payload field", world.frame("restriction", {"bars": [], "more": 1}), "parse", "E-FORMAT")


def main() -> None:
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
    recorded = {
        "note": NOTE,
        "at": to_text(NOON),
        "body": "a fictional sentence",
        "root": text(world.authority.root),
        "issuing": text(world.authority.issuing),
        "parties": parties,
        "envelopes": list(envelopes(world)),
        "frames": list(clear(world)),
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "v1.json").write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

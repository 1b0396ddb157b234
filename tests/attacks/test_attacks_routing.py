"""Rules under attack, through the hub as it works: what arrives is signed, and still not allowed."""

import pytest
from worlds import HubWorld

from i247sim.security import envelope
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import FormatError
from i247sim.vocabulary.parties import State

QUERY = {"channel": "query", "kind": "DB_QUERY", "operation": "query", "purpose": "border-management"}


@pytest.fixture
def world() -> HubWorld:
    return HubWorld()


def test_of_a_disconnected_bureau_only_the_legs_with_the_secretariat_pass(world: HubWorld) -> None:
    world.measure("FR", State.DISCONNECTED)
    compliance = {"kind": "INFO_REQUEST", "purpose": "compliance"}
    both = world.send("FR", ("IPSG", "NO"), **compliance)
    assert both.verdicts["IPSG"] == (Outcome.QUEUED, None)
    assert both.verdicts["NO"][0] is Outcome.REFUSED
    assert world.send("NO", ("FR",)).verdicts["FR"][0] is Outcome.REFUSED
    assert world.send("IPSG", ("FR",), kind="INFO_REPLY", purpose="compliance").verdicts["FR"][0] is Outcome.QUEUED


@pytest.mark.parametrize(
    ("how", "to"),
    [
        pytest.param({"database": "nominal"}, ("IPSG",), id="directly"),
        pytest.param({"database": "nominal", "purpose": "wanted-person"}, ("IPSG",), id="for another purpose"),
        pytest.param({"database": "nominal"}, ("IPSG", "FR"), id="with its bureau beside"),
        pytest.param(
            {"database": "nominal", "kind": "DB_RECORD", "operation": "create", "channel": "record"},
            ("IPSG",),
            id="by entering a person",
        ),
        pytest.param(
            {"database": "nominal", "kind": "DB_DELETE", "operation": "delete", "channel": "record"},
            ("IPSG",),
            id="by deleting one",
        ),
        pytest.param(
            {"database": None, "operation": None, "kind": "INFO_REQUEST", "channel": "direct"},
            ("IPSG",),
            id="by asking in a letter",
        ),
    ],
)
def test_a_border_post_never_gets_at_persons(world: HubWorld, how: dict[str, object], to: tuple[str, ...]) -> None:
    """Its profile says documents, and nothing else."""
    batch = world.send("FR-cdg-border", to, **{**QUERY, **how})
    assert batch.code is not None or all(outcome is Outcome.REFUSED for outcome, _ in batch.verdicts.values())
    assert batch.handed == []
    good = world.send("FR-cdg-border", ("IPSG",), **{**QUERY, "database": "sltd"})
    assert good.verdicts == {"IPSG": (Outcome.QUEUED, None)}, "it may ask for documents: the refusal was no accident"


def relabelled(world: HubWorld, field: bytes, value: bytes) -> bytes:
    """A message in whose header a value stands that the true code would not write; signed over all the same."""
    from hashlib import sha256

    found = envelope.parse(world.sealed())
    assert found.salt is not None
    assert found.hub_part_bytes is not None
    header = found.header_bytes.replace(field, value)
    assert header != found.header_bytes
    h = envelope.bind(header, sha256(found.salt + found.hub_part_bytes).digest())
    signature = world.ids["FR"].signing.sign(envelope.signed_input(h, found.stanza_digests, found.body_digest))
    stanzas = [one for one in found.stanzas if one is not None]
    return envelope.join_full(header, found.salt, found.hub_part_bytes, stanzas, found.body, [signature])


@pytest.mark.parametrize("purpose", ["", "Case-Support", "case-support ", "any", "*", "wanted_person", None])
def test_a_purpose_that_is_not_on_the_list_is_no_purpose(world: HubWorld, purpose: str | None) -> None:
    value = b"null" if purpose is None else b'"' + purpose.encode() + b'"'
    wire = relabelled(world, b'"purpose":"case-support"', b'"purpose":' + value)
    assert world.arrive("FR", wire).code is Code.FORMAT
    with pytest.raises(FormatError):
        envelope.parse(wire)


@pytest.mark.parametrize("database", ["persons", "NOMINAL", "nominal\\u200b", "sltd,nominal"])
def test_a_database_under_another_name_is_none(world: HubWorld, database: str) -> None:
    wire = relabelled(world, b'"kind":', b'"database":"' + database.encode() + b'","operation":"query","kind":')
    assert world.arrive("FR", wire).code is Code.FORMAT

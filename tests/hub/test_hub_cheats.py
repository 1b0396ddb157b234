"""Rules that only a cheat runs into, each by a real message: sealed, signed, and refused by the hub with that rule.

What honest desks run into is played by the cases (``scenarios``); that every rule decides, by the decision table.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hub_world import Batch, HubWorld

from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.entries import DecisionEntry, RefusalEntry
from i247sim.vocabulary.messages import AudienceMember, NoticeRef, QuotedRecord

Cheat = Callable[[HubWorld], Batch]


def sends(sender: str, kind: str, to: tuple[str, ...] = ("BR",), **fields: Any) -> Cheat:
    return lambda world: world.send(sender, to, kind=kind, **fields)


def admin(sender: str, kind: str, to: tuple[str, ...] = ("IPSG",), **fields: Any) -> Cheat:
    return sends(sender, kind, to, channel="admin", purpose="compliance", **fields)


def published(**fields: Any) -> Cheat:
    return lambda world: world.publish(world.decided(), **fields)


def used_twice(world: HubWorld) -> Batch:
    decision = world.decided()
    world.publish(decision)
    return world.publish(decision)


def revoked_meanwhile(world: HubWorld) -> Batch:
    world.send("FR", ("BR",))
    world.revoke("FR")
    return world.hello("BR")


def in_secret(world: HubWorld) -> Batch:
    return world.send("FR", (), audience=(AudienceMember(party="BR", key=world.ids["BR"].kem[-1].id),))


WANTED = {"channel": "diffusion", "purpose": "wanted-person"}
OF_FRANCE = (QuotedRecord(owner="FR", record="NOM-900001"),)
RED = NoticeRef(type="red", id="2026/1")
CHEATS: list[tuple[str, Code, Cheat]] = [
    ("STATE-REVOKED", Code.STATE, revoked_meanwhile),
    ("RIGHTS-CLEARED", Code.RIGHTS, sends("FR", "DIFFUSION_CLEARED", ("IPSG", "BR"), channel="diffusion")),
    ("RIGHTS-RECALL", Code.RIGHTS, sends("FR", "DIFFUSION_CANCEL", ("IPSG", "BR"), channel="diffusion",
                                         your_ref="DE-2026-000001")),
    ("RIGHTS-COMMISSION", Code.RIGHTS, admin("FR", "CCF_DECISION")),
    ("RIGHTS-PUBLISH", Code.RIGHTS, published(sender="FR")),
    ("RIGHTS-DECISION", Code.RIGHTS, admin("FR", "NOTICE_DECISION", ("BR",), notice=RED)),
    ("RIGHTS-SECRETARIAT", Code.RIGHTS, admin("FR", "HIT_NOTICE", ("BR",))),
    ("RIGHTS-OPERATION", Code.RIGHTS, sends("FR", "DB_RECORD", ("IPSG",), channel="record", purpose="wanted-person",
                                            database="nominal", operation="query")),
    ("REVIEW-PENDING", Code.REVIEW, sends("FR", "DIFFUSION", ("IPSG", "BR"), **WANTED)),
    ("REVIEW-MISSING", Code.REVIEW, lambda world: world.publish(None)),
    ("REVIEW-FOREIGN", Code.REVIEW, published(owner="DE")),
    ("REVIEW-USED", Code.REVIEW, used_twice),
    ("REVIEW-SOURCE", Code.REVIEW, published(quoted=())),
    ("ADDR-AUDIENCE", Code.ADDR, in_secret),
    ("ADDR-OPEN-LIST", Code.ADDR, sends("IPSG", "NOTICE_ADDENDUM", ("BR",), channel="notice", notice=RED,
                                        suite="i247-2", purpose="wanted-person", quoted=OF_FRANCE)),
    ("ADDR-SYSTEM", Code.ADDR, lambda world: world.send("FR", ("HUB",), keys={"HUB": world._kem("BR")})),
    ("ADDR-NO-STANZA", Code.ADDR, published(barred=("NO",))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "code", "cheat"), CHEATS, ids=[rule for rule, _, _ in CHEATS])
def test_a_cheat_is_refused_by_the_rule_that_is_there_for_it(rule: str, code: Code, cheat: Cheat) -> None:
    batch = cheat(HubWorld())
    found = [(one.code, one.rules) for one in batch.entries if isinstance(one, DecisionEntry) and one.code]
    found += [(one.code, (one.detail,)) for one in batch.entries if isinstance(one, RefusalEntry)]
    assert [said for said, rules in found if any(rule in one for one in rules)] != [], found
    assert {said for said, rules in found if any(rule in one for one in rules)} == {code}

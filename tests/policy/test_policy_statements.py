"""From statements to the sets that the rules look at, and the same answer for who must apply them beforehand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_cases import DIRECTORY, ENGINE, QUICK, bars, message, published, world
from test_policy_engine import RECORDS, STATEMENTS

from i247sim.policy.statements import Barred, barred, declining, hits, own_bars, owners_bars
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Purpose
from i247sim.vocabulary.statements import Bars

NOTICE = (Channel.NOTICE, Kind.NOTICE_PUBLISHED, Purpose.WANTED)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (bars("BR", "JP"), Barred(("BR", "JP"))),
        (bars("americas"), Barred((), ("americas",))),
        (bars("FR"), Barred()),
        (bars("europe"), Barred(("DE", "DE-special", "GB", "GB-gibraltar", "IT", "IT-post"))),
        (bars("BR", channel=Channel.DIFFUSION), Barred()),
    ],
    ids=["parties", "foreign-group", "oneself", "own-group-is-spelt-out", "other-channel"],
)
def test_own_bars_in_scope_as_parties_and_groups(stated: Bars, expected: Barred) -> None:
    assert own_bars(world(restrictions={"FR": stated}), message()) == expected


def test_owners_bars_are_by_registrar_without_the_senders() -> None:
    under = world(restrictions={"DE": bars("BR"), "FR": bars("JP"), "JP": bars("GB")})
    facts = message(sender="DE", quoted=(("FR-harbour", "NOM-000001"), ("DE", "NOM-000002")))
    assert owners_bars(under, facts) == {"FR": Barred(("JP",))}


def test_who_declines_is_named_once_and_in_order() -> None:
    under = world(acceptances={"JP": bars("FR", "europe"), "BR": bars("members"), "GB": bars("DE")})
    assert declining(under, message()) == ("BR", "JP")


@given(STATEMENTS, st.sampled_from(list(DIRECTORY.entries)), RECORDS)
@QUICK
def test_the_answer_beforehand_is_the_answer_of_the_rules(
    restrictions: dict[str, Bars], owner: str, record: str
) -> None:
    stated = {party: bars for party, bars in restrictions.items() if party != "IPSG"}
    under, readers = world(restrictions=stated), tuple(DIRECTORY.entries)
    facts = published(readers, quoted=((owner, record),))
    refusing = owners_bars(under, facts).values()
    for reader, verdict in ENGINE.decide_addressees(under, facts, readers).items():
        beforehand = barred(DIRECTORY, stated, owner, reader, *NOTICE, record)
        assert beforehand == any(hits(DIRECTORY, one, reader) for one in refusing)
        assert not (beforehand and verdict.allowed)
        if "RESTRICT-OWNER" in verdict.rules:
            assert beforehand

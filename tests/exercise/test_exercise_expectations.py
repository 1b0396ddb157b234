"""Expectations: each kind can be met and can fail, with evidence, and nothing that never happened is a success."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from i247sim.exercise.claims import Expectation
from i247sim.exercise.expectations import evaluate
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.transcript import AppealRow, Decision, MessageRow, Reached, Transcript
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.queries import Finding

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


ASK = MessageRow(
    time=at(0),
    sender="FR",
    name="FR#1",
    kind=Kind.INFO_REQUEST,
    channel=Channel.DIRECT,
    addressees=("AU", "BR", "KE", "NO", "PT", "SE", "US"),
    plaintext="",
    decisions=(
        Decision("BR", Outcome.QUEUED),
        Decision("NO", Outcome.REFUSED, Code.RESTRICT, ("RESTRICT-OWN",)),
        Decision("KE", Outcome.HELD, Code.STATE, ("STATE-SUPERVISED",)),
        Decision("AU", Outcome.QUEUED),
        Decision("PT", Outcome.QUEUED),
        Decision("SE", Outcome.QUEUED),
        Decision("US", Outcome.QUEUED),
    ),
    reached=(
        Reached("BR", at(0), Outcome.DELIVERED),
        Reached("BR", at(5), Outcome.OPENED),
        Reached("AU", at(30), Outcome.WITHHELD, Code.ADDR),
        Reached("PT", at(1), Outcome.REJECTED, Code.KEY),
        Reached("SE", at(60), Outcome.EXPIRED, Code.TIME),
    ),
    label="ask",
)
REPLY = MessageRow(
    at(12), "BR", "BR#1", Kind.INFO_REPLY, Channel.DIRECT, ("FR",), "",
    decisions=(Decision("FR", Outcome.QUEUED),), reached=(Reached("FR", at(12), Outcome.OPENED),), answers="FR#1",
)  # fmt: skip
KEPT = MessageRow(
    at(13), "PT", "PT#1", Kind.INFO_REPLY, Channel.DIRECT, ("FR", "IPSG"), "",
    decisions=(Decision("FR", Outcome.REFUSED, Code.ACCEPT), Decision("IPSG", Outcome.QUEUED)), answers="FR#1",
)  # fmt: skip
LOOK = replace(ASK, name="FR#2", kind=Kind.DB_QUERY, addressees=("IPSG",), decisions=(), reached=(), label="look")
FOUND = MessageRow(
    at(1), "IPSG", "IPSG#1", Kind.DB_RESULT, Channel.QUERY, ("FR",), "",
    answers="FR#2", finding=Finding.HIT, records=("NOM-0001",),
)  # fmt: skip
FORGED = replace(ASK, name="FR#3", code=Code.SIGN, decisions=(), reached=(), label="forged")
ALONE = replace(
    ASK, name="FR#4", addressees=("BR", "NO"), reached=(), label="alone",
    decisions=(Decision("BR", Outcome.REFUSED, Code.ADDR), Decision("NO", Outcome.REFUSED, Code.ADDR)),
)  # fmt: skip
TOLD = AppealRow(at(40), "FR", "US", Kind.INFO_REQUEST, at(0))
TRANSCRIPT = Transcript.of([ASK, REPLY, KEPT, LOOK, FOUND, FORGED, ALONE, TOLD])


def access(party: str, is_: str, message: str = "ask", **more: object) -> dict[str, object]:
    return {"access": {"message": message, "party": party, "is": is_, **more}}


def answer(party: str, within: str, kind: str = "INFO_REPLY", message: str = "ask") -> dict[str, object]:
    return {"answer": {"message": message, "from": party, "kind": kind, "within": within}}


MET = [
    access("BR", "opened"),
    access("BR", "opened") | {"by": "T+5m"},
    access("BR", "delivered") | {"by": "T+4m"},
    access("BR", "delivered"),
    access("NO", "refused"),
    access("NO", "refused", code="E-RESTRICT"),
    access("NO", "not-opened"),
    access("KE", "held", code="E-STATE"),
    access("AU", "withheld", code="E-ADDR"),
    access("AU", "queued") | {"by": "T+29m"},
    access("US", "queued"),
    access("PT", "rejected", code="E-KEY"),
    access("SE", "expired"),
    access("DE", "not-addressed"),
    access("DE", "not-opened"),
    access("BR", "not-opened") | {"by": "T+4m"},
    access("BR", "refused", "forged", code="E-SIGN"),
    access("BR", "opened", "FR#1"),
    access("BR", "opened", "FR:INFO_REQUEST"),
    answer("BR", "12m"),
    answer("BR", "12m") | {"by": "T+12m"},
    answer("US", "never"),
    answer("BR", "never") | {"by": "T+11m"},
    {"finding": {"message": "look", "is": "HIT"}},
    {"finding": {"message": "look", "is": "HIT", "record": "NOM-0001"}},
    {"count": {"kind": "INFO_REPLY", "exactly": 2}},
    {"count": {"kind": "INFO_REPLY", "from": "BR", "exactly": 1}},
    {"count": {"kind": "INFO_REPLY", "to": "IPSG", "at_least": 1}},
    {"count": {"kind": "INFO_REPLY", "exactly": 1}, "by": "T+12m"},
    {"count": {"kind": "HIT_DENY", "exactly": 0}},
    {"refused": {"message": "forged", "code": "E-SIGN"}},
    {"refused": {"message": "alone", "code": "E-ADDR"}},
    {"appeal": {"from": "FR", "silent": "US"}, "by": "T+40m"},
]
NOT_MET = [
    (access("BR", "opened") | {"by": "T+4m"}, "delivered at BR"),
    (access("BR", "refused"), "opened at BR"),
    (access("BR", "not-opened"), "opened at BR"),
    (access("BR", "not-addressed"), "opened at BR"),
    (access("BR", "delivered", "forged"), "refused at BR with E-SIGN"),
    (access("NO", "opened"), "refused at NO with E-RESTRICT by rule RESTRICT-OWN"),
    (access("NO", "refused", code="E-CLASS"), "with E-RESTRICT"),
    (access("KE", "refused"), "held at KE with E-STATE"),
    (access("AU", "queued"), "withheld at AU with E-ADDR"),
    (access("AU", "withheld") | {"by": "T+29m"}, "queued at AU"),
    (access("DE", "opened"), "does not name DE"),
    (access("DE", "refused"), "does not name DE"),
    (access("DE", "not-opened", "FR#99"), "no message `FR#99`"),
    (access("DE", "not-addressed", "IPSG:NOTICE_PUBLISHED"), "no message `IPSG:NOTICE_PUBLISHED`"),
    (access("FR", "not-opened", "BR#1") | {"by": "T+11m"}, "sent only at 2026-03-02T08:12:00Z"),
    (answer("BR", "11m"), "after 12m"),
    (answer("BR", "1h", kind="HIT_CONFIRM"), "there was no HIT_CONFIRM from BR"),
    (answer("BR", "1h") | {"by": "T+11m"}, "there was no INFO_REPLY"),
    (answer("PT", "1h"), "was refused with E-ACCEPT"),
    (answer("BR", "never"), "there was BR#1"),
    (answer("BR", "never", message="FR#99"), "no message"),
    ({"finding": {"message": "look", "is": "NO_RECORD"}}, "was answered with HIT (NOM-0001)"),
    ({"finding": {"message": "look", "is": "HIT", "record": "NOM-0002"}}, "was answered with HIT (NOM-0001)"),
    ({"finding": {"message": "look", "is": "HIT"}, "by": "T+0s"}, "had no result"),
    ({"finding": {"message": "ask", "is": "NO_RECORD"}}, "had no result"),
    ({"count": {"kind": "INFO_REPLY", "exactly": 1}}, "2 times INFO_REPLY: BR#1, PT#1"),
    ({"count": {"kind": "INFO_REPLY", "at_least": 3}}, "2 times INFO_REPLY"),
    ({"count": {"kind": "INFO_REPLY", "from": "US", "at_least": 1}}, "no INFO_REPLY from US"),
    ({"refused": {"message": "forged", "code": "E-KEY"}}, "with E-SIGN"),
    ({"refused": {"message": "alone", "code": "E-STATE"}}, "with E-ADDR"),
    ({"refused": {"message": "ask", "code": "E-RESTRICT"}}, "not refused as a whole; it was withheld at AU"),
    ({"refused": {"message": "FR#99", "code": "E-SIGN"}}, "no message"),
    ({"appeal": {"from": "FR", "silent": "BR"}}, "FR has not told exercise control that BR does not answer"),
    ({"appeal": {"from": "BR", "silent": "US"}}, "BR has not told"),
    ({"appeal": {"from": "FR", "silent": "US"}, "by": "T+39m"}, "until 2026-03-02T08:39:00Z"),
]


def story(claim: dict[str, object]) -> Scenario:
    return Scenario.model_validate(
        {
            "title": "t",
            "aim": "a",
            "start": START,
            "participants": {"bureaus": ["FR"]},
            "timeline": [],
            "expect": [{"says": "a sentence", **claim}],
        }
    )


@pytest.mark.parametrize("claim", MET, ids=str)
def test_an_expectation_is_met(claim: dict[str, object]) -> None:
    (result,) = evaluate(story(claim), TRANSCRIPT)
    assert result.passed, result.evidence
    assert result.evidence
    assert isinstance(result.expectation, Expectation)


@pytest.mark.parametrize(("claim", "evidence"), NOT_MET, ids=str)
def test_an_expectation_fails_and_says_what_was_found(claim: dict[str, object], evidence: str) -> None:
    (result,) = evaluate(story(claim), TRANSCRIPT)
    assert not result.passed
    assert evidence in result.evidence


@pytest.mark.parametrize("claim", [*MET, *(claim for claim, _ in NOT_MET)], ids=str)
def test_where_nothing_happened_only_counting_to_nothing_is_met(claim: dict[str, object]) -> None:
    (result,) = evaluate(story(claim), Transcript())
    counted = claim.get("count")
    assert result.passed == (isinstance(counted, dict) and counted.get("exactly") == 0)


def test_a_held_answer_has_not_answered_until_it_is_released() -> None:
    held = replace(REPLY, decisions=(Decision("FR", Outcome.HELD, Code.STATE),), reached=())
    released = replace(held, reached=(Reached("FR", at(20), Outcome.OPENED),))
    for row, passed in ((held, False), (released, True)):
        (result,) = evaluate(story(answer("BR", "1h")), Transcript.of([ASK, row]))
        assert result.passed is passed


def test_an_answer_to_others_counts_if_somebody_gets_it() -> None:
    """A hit notice comes from the secretariat; its answer goes to the owner."""
    to_owner = replace(
        REPLY, addressees=("KE", "PT"), reached=(),
        decisions=(Decision("KE", Outcome.REFUSED, Code.CLASS), Decision("PT", Outcome.QUEUED)),
    )  # fmt: skip
    (result,) = evaluate(story(answer("BR", "1h")), Transcript.of([ASK, to_owner]))
    assert result.passed

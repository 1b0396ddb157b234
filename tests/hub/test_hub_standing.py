"""What headers establish, and what that is worth to later ones: consent, emergencies, whose notice, updates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from plain_headers import plain_header

from i247sim.hub.standing import Precedents
from i247sim.policy.facts import Consent, Emergency, Review
from i247sim.vocabulary.frames import NoticeDecision
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Handling, Header, NoticeRef, Purpose, QuotedRecord

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OURS = QuotedRecord(owner="FR", record="NOM-000017")
OTHER = QuotedRecord(owner="FR", record="NOM-000018")
GERMAN = QuotedRecord(owner="DE", record="NOM-000019")


def header(kind: Kind, sender: str, to: tuple[str, ...], number: int = 1, **fields: object) -> Header:
    own = {"expires": NOON + timedelta(days=10)}
    return plain_header(sender, to, kind, number, **(own | fields))


QUESTION = header(Kind.CONSENT_REQUEST, "BR", ("FR",), quoted=(OURS,))
CONSENT = header(Kind.CONSENT_REPLY, "FR", ("BR",), your_ref=QUESTION.own_ref, quoted=(OURS,), handling=("H1",))
PASSED = header(
    Kind.INFO_REQUEST, "BR", ("JP",), 2, consent_ref=CONSENT.own_ref, quoted=(OURS,), handling=(Handling.NOT_IN_COURT,)
)


def consent(passed: Header, *before: Header, now: datetime = NOON, onward: tuple[str, ...] = ("FR",)) -> Consent:
    known = Precedents()
    for one in before:
        known.establish(one, NOON)
    return known.standing(passed, now, onward, received=False).consent


@pytest.mark.parametrize(
    ("passed", "before", "expected"),
    [
        pytest.param(PASSED, (QUESTION, CONSENT), Consent.VALID, id="as agreed"),
        pytest.param(PASSED, (CONSENT,), Consent.VALID, id="without having been asked"),
        pytest.param(PASSED, (), Consent.MISSING, id="no such reply"),
        pytest.param(PASSED.model_copy(update={"consent_ref": None}), (CONSENT,), Consent.MISSING, id="not quoted"),
        pytest.param(PASSED.model_copy(update={"quoted": (OTHER,)}), (CONSENT,), Consent.FOREIGN, id="another record"),
        pytest.param(PASSED.model_copy(update={"quoted": (OURS, OTHER)}), (CONSENT,), Consent.FOREIGN, id="one more"),
        pytest.param(
            PASSED.model_copy(update={"quoted": (OURS, GERMAN)}),
            (CONSENT.model_copy(update={"quoted": (OURS, GERMAN)}),),
            Consent.FOREIGN,
            id="consent for somebody else's record",
        ),
        pytest.param(PASSED.model_copy(update={"sender": "KE"}), (CONSENT,), Consent.FOREIGN, id="another bureau"),
        pytest.param(PASSED.model_copy(update={"purpose": Purpose.WARN}), (CONSENT,), Consent.PURPOSE, id="purpose"),
        pytest.param(PASSED.model_copy(update={"handling": ()}), (CONSENT,), Consent.CONDITIONS, id="conditions"),
        pytest.param(PASSED, (CONSENT.model_copy(update={"quoted": ()}),), Consent.MISSING, id="a reply that refuses"),
        pytest.param(
            PASSED, (CONSENT.model_copy(update={"sender": "JP"}),), Consent.MISSING, id="a consent to what is another's"
        ),
        pytest.param(
            PASSED,
            (QUESTION, CONSENT, CONSENT.model_copy(update={"quoted": (), "own_ref": "FR-2026-000009"})),
            Consent.MISSING,
            id="taken back in the same matter",
        ),
    ],
)
def test_what_a_consent_is_worth(passed: Header, before: tuple[Header, ...], expected: Consent) -> None:
    assert consent(passed, *before, onward=("FR", "DE")) is expected


def test_a_consent_lives_as_long_as_its_reply() -> None:
    assert consent(PASSED, CONSENT, now=CONSENT.expires - HOUR) is Consent.VALID
    assert consent(PASSED, CONSENT, now=CONSENT.expires) is Consent.MISSING


def test_ones_own_data_need_no_consent() -> None:
    assert consent(PASSED, onward=()) is Consent.NONE


# --- emergencies

ASKED = header(
    Kind.CONSENT_REQUEST,
    "IPSG",
    ("FR",),
    3,
    quoted=(OURS,),
    urgency="very-urgent",
    urgency_reason="imminent-threat",
    reply_by=NOON + HOUR,
)
RELEASE = header(
    Kind.THREAT_RELEASE,
    "IPSG",
    ("KE", "FR"),
    4,
    quoted=(OURS,),
    consent_ref=ASKED.own_ref,
    approvals=("duty7", "chief2"),
)
AGREES = header(Kind.CONSENT_REPLY, "FR", ("IPSG",), 5, your_ref=ASKED.own_ref, quoted=(OURS,))
REFUSES = AGREES.model_copy(update={"quoted": ()})


@pytest.mark.parametrize(
    ("release", "before", "after", "expected"),
    [
        pytest.param(RELEASE, (ASKED,), HOUR, Emergency.VALID, id="silence until the hour is over"),
        pytest.param(RELEASE, (ASKED,), HOUR / 2, Emergency.EARLY, id="half the time"),
        pytest.param(RELEASE, (ASKED, AGREES), HOUR / 2, Emergency.VALID, id="the owner agrees"),
        pytest.param(
            RELEASE.model_copy(update={"quoted": (OURS, OTHER)}),
            (ASKED.model_copy(update={"quoted": (OURS, OTHER)}), AGREES),
            2 * HOUR,
            Emergency.REFUSED,
            id="the owner agrees to one of two",
        ),
        pytest.param(RELEASE, (ASKED, REFUSES), 2 * HOUR, Emergency.REFUSED, id="the owner refuses"),
        pytest.param(RELEASE, (ASKED, AGREES, REFUSES), 2 * HOUR, Emergency.REFUSED, id="it thinks again"),
        pytest.param(RELEASE, (), 2 * HOUR, Emergency.UNASKED, id="nobody was asked"),
        pytest.param(
            RELEASE.model_copy(update={"quoted": (OTHER,)}), (ASKED,), 2 * HOUR, Emergency.UNASKED, id="another record"
        ),
        pytest.param(RELEASE.model_copy(update={"quoted": ()}), (ASKED,), 2 * HOUR, Emergency.UNASKED, id="no record"),
        pytest.param(
            RELEASE,
            (ASKED.model_copy(update={"sender": "BR", "own_ref": ASKED.own_ref}),),
            2 * HOUR,
            Emergency.UNASKED,
            id="somebody else has asked",
        ),
        pytest.param(
            RELEASE.model_copy(update={"approvals": ("duty7", "duty7")}),
            (ASKED,),
            2 * HOUR,
            Emergency.ALONE,
            id="one officer twice",
        ),
        pytest.param(
            RELEASE,
            (ASKED.model_copy(update={"reply_by": NOON + HOUR / 60}),),
            HOUR / 3,
            Emergency.EARLY,
            id="a minute is no time to answer",
        ),
        pytest.param(
            RELEASE,
            (ASKED.model_copy(update={"urgency": "urgent", "reply_by": NOON + HOUR}),),
            2 * HOUR,
            Emergency.EARLY,
            id="less urgent, more time",
        ),
        pytest.param(
            RELEASE.model_copy(update={"quoted": (OTHER,)}),
            (ASKED, ASKED.model_copy(update={"quoted": (OTHER,)})),
            2 * HOUR,
            Emergency.UNASKED,
            id="another record, asked about under a reference that was used before",
        ),
        pytest.param(
            RELEASE,
            (ASKED.model_copy(update={"reply_by": None}),),
            2 * HOUR,
            Emergency.EARLY,
            id="asked without a time limit",
        ),
    ],
)
def test_what_releases_in_an_emergency(
    release: Header, before: tuple[Header, ...], after: timedelta, expected: Emergency
) -> None:
    known = Precedents()
    for one in before:
        known.establish(one, NOON)
    assert known.standing(release, NOON + after, ("FR",), received=False).emergency is expected


# --- whose notice

DECISION = NoticeDecision(
    decision="d0" * 32, request="cd" * 16, requester="FR", type="red", publish=True, commitment="0" * 64
)
PUBLISHED = header(
    Kind.NOTICE_PUBLISHED,
    "IPSG",
    ("BR",),
    6,
    notice=NoticeRef(type="red", id="2026/1", decision="d0" * 32),
    quoted=(OURS,),
)


def test_a_notice_is_whose_request_was_decided_on() -> None:
    known = Precedents()
    known.decisions["d0" * 32] = DECISION
    withdrawal = header(Kind.NOTICE_WITHDRAW, "FR", ("IPSG",), notice=NoticeRef(type="red", id="2026/1"))
    assert known.standing(withdrawal, NOON, (), received=False).notice_owner is None
    known.establish(PUBLISHED, NOON)
    assert known.standing(withdrawal, NOON, (), received=False).notice_owner == "FR"


@pytest.mark.parametrize(
    ("asked", "published", "review"),
    [
        pytest.param(None, Kind.NOTICE_PUBLISHED, Review.VALID, id="a new one"),
        pytest.param("2026/1", Kind.NOTICE_UPDATE, Review.VALID, id="its update"),
        pytest.param("2026/2", Kind.NOTICE_UPDATE, Review.FOREIGN, id="the update of another"),
        pytest.param("2026/1", Kind.NOTICE_PUBLISHED, Review.FOREIGN, id="an update published as a new one"),
        pytest.param(None, Kind.NOTICE_UPDATE, Review.FOREIGN, id="a new one published as an update"),
    ],
)
def test_a_decision_is_about_what_was_asked(asked: str | None, published: Kind, review: Review) -> None:
    known = Precedents()
    known.decisions["d0" * 32] = DECISION
    request = header(Kind.NOTICE_REQUEST, "FR", ("IPSG",), notice=NoticeRef(type="red", id=asked))
    known.establish(request.model_copy(update={"id": DECISION.request}), NOON)
    told = PUBLISHED.model_copy(update={"kind": published})
    assert known.standing(told, NOON, (), received=False).review is review


def test_a_publication_may_be_sealed_anew_for_who_could_not_open_it_also_twice() -> None:
    """BR renews its key while the first copy waits, and once more while the second does."""
    known = Precedents()
    known.decisions["d0" * 32] = DECISION
    known.establish(PUBLISHED, NOON)
    for place, before in enumerate((PUBLISHED.id, "e1" * 16, PUBLISHED.id), 1):
        anew = PUBLISHED.model_copy(update={"id": f"e{place}" * 16, "supersedes": before})
        assert known.standing(anew, NOON, (), received=False).review is Review.VALID
        known.establish(anew, NOON)
    for stranger in (None, "f0" * 16):
        second = PUBLISHED.model_copy(update={"id": "e9" * 16, "supersedes": stranger})
        assert known.standing(second, NOON, (), received=False).review is Review.USED


def test_learning_twice_is_learning_once() -> None:
    once, twice = Precedents(), Precedents()
    for one in (QUESTION, CONSENT, ASKED, PUBLISHED):
        once.establish(one, NOON)
        twice.establish(one, NOON)
        twice.establish(one, NOON)
    assert once == twice
    assert replace(once) == twice


@pytest.mark.parametrize(
    ("colour", "quoted", "missing"),
    [
        pytest.param("yellow", OURS, True, id="a Yellow Notice looks for her"),
        pytest.param("yellow", QuotedRecord(owner="FR", record="TDAWN-00001701"), True, id="by her passport"),
        pytest.param("yellow", OTHER, False, id="another person"),
        pytest.param("yellow", QuotedRecord(owner="DE", record="NOM-000017"), False, id="another's record"),
        pytest.param("blue", OURS, False, id="no Yellow Notice"),
    ],
)
def test_whom_a_yellow_notice_looks_for_is_missing(colour: str, quoted: QuotedRecord, missing: bool) -> None:
    known = Precedents()
    ref = NoticeRef(type=colour, id="2026/1", decision="d0" * 32)
    known.establish(header(Kind.NOTICE_PUBLISHED, "IPSG", ("DE",), notice=ref, quoted=(OURS,)), NOON)
    found = header(Kind.LOCATED_NOTIFY, "DE", ("FR",), 2, quoted=(quoted,))
    assert known.standing(found, NOON, (), received=False).missing is missing

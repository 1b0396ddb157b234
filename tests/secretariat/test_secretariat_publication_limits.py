"""What does not wait for publication: whose request has a clock, what stops it, and whom it is left to."""

from datetime import timedelta

import pytest
from office_cases import ADA, NOON, NOTICE, ORANGE, directory, header

from i247sim.node.actions import Appeal, Remark, Schedule
from i247sim.node.events import CauseDue, MessageOpened
from i247sim.secretariat.core import SecretariatCore
from i247sim.secretariat.publication_limits import limit_of
from i247sim.vocabulary.casefacts import MissingReport
from i247sim.vocabulary.contents import Notice, NoticeVerdict
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Header, NoticeRef
from i247sim.vocabulary.procedures import Procedure

HOUR = timedelta(hours=1)
CHILD = ADA.model_copy(update={"born": "2017-01-15"})
REPORT = MissingReport(recorded_on="2026-03-01", recorded_by="a fictional police")
AT_RISK = {"urgency": "very-urgent", "urgency_reason": "risk-to-life"}


def request(**more: object) -> Header:
    return header("FR", Kind.NOTICE_REQUEST, purpose="locate", **more)


def yellow(person: object = CHILD) -> Notice:
    return Notice(type="yellow", subject="missing", person=person, missing=REPORT)


@pytest.mark.parametrize(
    ("notice", "facts", "limit"),
    [
        pytest.param(ORANGE, {}, 2 * HOUR, id="a warning, whatever its urgency"),
        pytest.param(yellow(), AT_RISK, HOUR, id="a child at risk"),
        pytest.param(yellow(), {}, None, id="a child, and no risk is told"),
        pytest.param(yellow(ADA), AT_RISK, None, id="an adult at risk"),
        pytest.param(NOTICE, AT_RISK, None, id="a wanted person"),
    ],
)
def test_some_requests_do_not_wait(notice: Notice, facts: dict[str, object], limit: timedelta | None) -> None:
    assert limit_of(request(**facts), notice) == limit
    found = SecretariatCore(directory(), 1).handle(MessageOpened(request(**facts), notice), NOON)
    assert [one.after for one in found if isinstance(one, Schedule)] == ([] if limit is None else [limit])


def asked(*unheeded: Procedure) -> tuple[SecretariatCore, list[CauseDue]]:
    core = SecretariatCore(directory(), 1, unheeded=frozenset(unheeded))
    found = core.handle(MessageOpened(request(), ORANGE), NOON)
    return core, [CauseDue(one.cause) for one in found if isinstance(one, Schedule)]


def test_what_nobody_decides_in_time_is_left_to_a_person_and_not_published() -> None:
    core, (late,) = asked()
    remark, appeal = core.handle(late, NOON + 2 * HOUR)
    assert appeal == Appeal("NDTF", Kind.NOTICE_REQUEST, NOON)
    assert isinstance(remark, Remark)
    assert core.notices.files == {}


@pytest.mark.parametrize("publish", [True, False], ids=["published", "refused"])
def test_a_decision_in_time_stops_the_clock(publish: bool) -> None:
    core, (late,) = asked()
    verdict = NoticeVerdict(request=request().own_ref, publish=publish, notice=ORANGE if publish else None)
    notice = NoticeRef(type="orange", decision="0" * 64)
    decided = header("NDTF", Kind.NOTICE_DECISION, purpose="compliance", notice=notice)
    found = core.handle(MessageOpened(decided, verdict, "0" * 64), NOON + HOUR)
    for plan in [one for one in found if isinstance(one, Schedule)]:
        found += core.handle(CauseDue(plan.cause), NOON + HOUR)
    said = f"is {'published' if publish else 'refused'}, after 1 h"
    assert any(said in one.text for one in found if isinstance(one, Remark))
    assert core.handle(late, NOON + 2 * HOUR) == []


def test_where_nobody_heeds_it_there_is_no_clock() -> None:
    assert asked(Procedure.PUBLISH_IN_TIME)[1] == []

"""Who has acknowledged a warning half an hour after it."""

from datetime import timedelta

from office_cases import NOON, NOTICE, ORANGE, directory, header

from i247sim.node.actions import Action, Remark, Schedule
from i247sim.node.events import CauseDue, MessageOpened, StatementTold
from i247sim.secretariat.core import SecretariatCore
from i247sim.vocabulary.contents import Note, Notice, NoticeVerdict
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import NoticeRef, QuotedRecord
from i247sim.vocabulary.statements import Bar, Bars

HALF_AN_HOUR = timedelta(minutes=30)


def warn(core: SecretariatCore, notice: Notice = ORANGE) -> list[Action]:
    """FR's request is published at noon."""
    verdict = NoticeVerdict(request="FR-2026-000001", publish=True, notice=notice)
    ref = NoticeRef(type=notice.type, decision="0" * 64)
    decided = header("NDTF", Kind.NOTICE_DECISION, purpose="compliance", notice=ref)
    (plan,) = core.handle(MessageOpened(decided, verdict, "0" * 64), NOON)
    return core.handle(CauseDue(plan.cause), NOON)


def counts(core: SecretariatCore, found: list[Action]) -> list[str]:
    plans = [one for one in found if isinstance(one, Schedule) and one.after == HALF_AN_HOUR]
    told = [core.handle(CauseDue(one.cause), NOON + one.after) for one in plans]
    return [one.text for actions in told for one in actions if isinstance(one, Remark)]


def acknowledges(core: SecretariatCore, party: str, kind: Kind = Kind.ACK, record: str = "NTC-000001") -> None:
    quoted = (QuotedRecord(owner="FR", record=record),)
    told = header(party, kind, purpose="warn", quoted=quoted)
    core.handle(MessageOpened(told, Note(subject="in hand")), NOON)


def test_bureaus_that_have_acknowledged_are_counted_and_others_named() -> None:
    core = SecretariatCore(directory(), 1)
    found = warn(core)
    acknowledges(core, "BR")
    acknowledges(core, "DE", Kind.INFO_REPLY)
    acknowledges(core, "GB", record="NTC-000002")
    said = "warning 2026/1 is acknowledged after half an hour by 2 of 3; not by GB"
    assert counts(core, found) == [said], "not by its requester, nor by a sub-bureau"


def test_who_is_barred_from_a_warning_is_not_waited_for() -> None:
    core = SecretariatCore(directory(), 1)
    core.handle(StatementTold("FR", Bars(bars=(Bar(whom="GB"),))), NOON)
    found = warn(core)
    for party in ("BR", "DE"):
        acknowledges(core, party)
    assert counts(core, found) == ["warning 2026/1 is acknowledged after half an hour by 2 of 2"]


def test_nobody_waits_for_acknowledgements_of_what_is_no_warning() -> None:
    core = SecretariatCore(directory(), 1)
    assert counts(core, warn(core, NOTICE)) == []

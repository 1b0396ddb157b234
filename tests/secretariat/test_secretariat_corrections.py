"""What an examination has found wrong: ten days to put it right, and what follows when nobody does."""

from datetime import timedelta

import pytest
from office_cases import ADA, NOON, NOTICE, PASSPORT, directory, header

from i247sim.node.actions import Action, Declare, Remark, Schedule, Send
from i247sim.node.events import CauseDue, MessageOpened, StatementTold
from i247sim.secretariat.core import SecretariatCore
from i247sim.secretariat.databases import Databases, Record
from i247sim.vocabulary.contents import Note, NoticeVerdict
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Database, NoticeRef, Operation, QuotedRecord
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.queries import RecordEntry
from i247sim.vocabulary.rulings import Ruling, Word
from i247sim.vocabulary.statements import MeasureSet

DAY = timedelta(days=1)
STOLEN = Record("SLTD-000007", "FR", Database.SLTD, PASSPORT)
THEIRS = Record("NOM-000007", "GB", Database.NOMINAL, ADA)


def office(*unheeded: Procedure) -> SecretariatCore:
    databases = Databases()
    databases.load([STOLEN, THEIRS])
    return SecretariatCore(directory(), 1, databases, frozenset(unheeded))


def upheld(core: SecretariatCore, *records: Record, number: int = 9) -> tuple[list[Action], CauseDue | None]:
    """A complaint about a message of FR's that quotes ``records`` is found to be right, at noon; what follows at once,
    and the end of the ten days."""
    quoted = tuple(QuotedRecord(owner=one.owner, record=one.id) for one in records)
    complaint = header("BR", Kind.COMPLAINT, number, purpose="compliance", your_ref="FR-2026-000001", quoted=quoted)
    core.handle(MessageOpened(complaint, Note(subject="it is wrong")), NOON)
    found = core.handle(CauseDue(Ruling(Word.UPHOLD, complaint.own_ref, text="It is.")), NOON)
    (plan,) = [one for one in found if isinstance(one, Schedule)] or [None]
    assert plan is None or plan.after == 10 * DAY
    return found, plan and CauseDue(plan.cause)


def ends(core: SecretariatCore, over: CauseDue | None) -> tuple[list[str], list[MeasureSet]]:
    """What is said on the eleventh day, and which measures are set."""
    assert over is not None
    found = core.handle(over, NOON + 10 * DAY)
    measures = [one.payload for one in found if isinstance(one, Declare)]
    return [one.text for one in found if isinstance(one, Remark)], measures


def entry(operation: Operation, number: int = 2) -> MessageOpened:
    change = RecordEntry(
        database=Database.SLTD,
        operation=operation,
        record=STOLEN.id,
        document=None if operation is Operation.DELETE else PASSPORT.model_copy(update={"fraud": "revoked"}),
    )
    kind = Kind.DB_DELETE if operation is Operation.DELETE else Kind.DB_UPDATE
    return MessageOpened(header("FR", kind, number, database="sltd", operation=operation), change)


def test_whoever_was_wrong_is_asked_to_put_it_right_and_told_by_when() -> None:
    found, _ = upheld(office(), STOLEN)
    asked = next(one.draft for one in found if isinstance(one, Send) and one.draft.to == ("FR",))
    assert (asked.kind, asked.reply_within) == (Kind.COMPLIANCE_QUERY, 10 * DAY)
    assert asked.content.text == "It is. Please put it right within ten days, and say what you have done."
    clock = [one.text for one in found if isinstance(one, Remark) and "clock" in one.text]
    assert clock == [f"clock started: FR puts right {STOLEN.id}; within ten days, until 2026-03-12T12:00:00Z"]


@pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.DELETE])
def test_an_owner_that_changes_or_deletes_its_record_stops_the_clock(operation: Operation) -> None:
    core = office()
    _, over = upheld(core, STOLEN)
    (plan,) = core.handle(entry(operation), NOON + 3 * DAY)
    said = core.handle(CauseDue(plan.cause), NOON + 3 * DAY)
    assert any("clock stopped: FR has put right" in one.text for one in said if isinstance(one, Remark))
    assert ends(core, over) == ([], [])


def test_words_alone_put_no_record_right() -> None:
    core = office()
    _, over = upheld(core, STOLEN)
    answer = header("FR", Kind.COMPLIANCE_REPLY, 2, purpose="compliance")
    core.handle(MessageOpened(answer, Note(subject="we are looking into it")), NOON + DAY)
    said, (measure,) = ends(core, over)
    assert any(f"the record {STOLEN.id} was wrong, and is deleted" in one for one in said)
    assert STOLEN.id not in core.databases.records
    assert (measure.party, measure.state, measure.review_on) == ("FR", State.SUPERVISED, NOON + 100 * DAY)


def test_where_nothing_is_recorded_words_are_enough_and_silence_is_not() -> None:
    for answers in (True, False):
        core = office()
        _, over = upheld(core)
        if answers:
            answer = header("FR", Kind.COMPLIANCE_REPLY, 2, purpose="compliance")
            core.handle(MessageOpened(answer, Note(subject="the officer was removed")), NOON + DAY)
        _, measures = ends(core, over)
        assert [one.state for one in measures] == ([] if answers else [State.SUPERVISED])


def test_two_complaints_about_one_message_have_a_clock_each() -> None:
    core = office()
    _, first = upheld(core)
    _, second = upheld(core, number=10)
    answer = header("FR", Kind.COMPLIANCE_REPLY, 2, purpose="compliance")
    core.handle(MessageOpened(answer, Note(subject="the officer was removed")), NOON + DAY)
    assert [len(ends(core, one)[1]) for one in (first, second)] == [0, 1]


def test_a_harsher_measure_stays_and_the_record_goes_all_the_same() -> None:
    core = office()
    core.handle(StatementTold("IPSG", MeasureSet(party="FR", state=State.RECORD_SUSPENDED)), NOON)
    _, over = upheld(core, STOLEN)
    _, measures = ends(core, over)
    assert measures == []
    assert STOLEN.id not in core.databases.records


def test_what_is_somebody_elses_is_not_taken_out() -> None:
    core = office()
    _, over = upheld(core, THEIRS)
    ends(core, over)
    assert THEIRS.id in core.databases.records


def test_with_a_wrong_person_goes_the_notice_that_made_the_record() -> None:
    core = office()
    verdict = NoticeVerdict(request="FR-2026-000001", publish=True, notice=NOTICE)
    decided = header(
        "NDTF", Kind.NOTICE_DECISION, purpose="compliance", notice=NoticeRef(type="red", decision="0" * 64)
    )
    (plan,) = core.handle(MessageOpened(decided, verdict, "0" * 64), NOON)
    core.handle(CauseDue(plan.cause), NOON)
    (file,) = core.notices.files.values()
    _, over = upheld(core, core.databases.records[file.record])
    core.handle(over, NOON + 10 * DAY)
    assert file.state == "cancelled"
    assert file.record not in core.databases.records


def test_where_nobody_heeds_it_there_is_no_clock() -> None:
    core = office(Procedure.CORRECT)
    found, over = upheld(core, STOLEN)
    assert over is None
    told = next(one.draft for one in found if isinstance(one, Send) and one.draft.to == ("FR",))
    assert (told.kind, told.reply_within) == (Kind.COMPLIANCE_REPLY, None)

"""A local copy answers from how things were, and says how old that is."""

from datetime import UTC, datetime, timedelta

import pytest
from plain_headers import plain_header

from i247sim.bureau.core import BureauCore
from i247sim.bureau.local_copy import LookUp
from i247sim.node.actions import Remark, Send
from i247sim.node.events import CauseDue, MessageOpened
from i247sim.secretariat.databases import Record
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.queries import LocalCopy, QueryResult
from i247sim.vocabulary.records import Document, Search, TravelDocument

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LISTED = Document(number="EXP000017", country="PT")
IN_FILE = Document(number="EX00000001", country="FR")


class File:
    """A file of one record, for a copy to refer to."""

    def marked(self, database: Database, mark: str) -> list[Record]:
        if (database, mark) != (Database.SLTD, "FR:EX00000001"):
            return []
        return [Record("SLTD-10000001", "FR", Database.SLTD, TravelDocument(document=IN_FILE, fraud="lost"))]


def with_copy(core: BureauCore, **fields: object) -> BureauCore:
    copy = {
        "database": "border",
        "as_of": NOON,
        "marks": {"PT:EXP000017": {"record": "SLTD-000001", "owner": "PT"}},
        **fields,
    }
    header = plain_header("IPSG", (core.party,), Kind.DB_RESULT, purpose="border-management")
    result = QueryResult(finding="DONE", copy_=LocalCopy.model_validate(copy))
    (remark,) = core.handle(MessageOpened(header, result), NOON)
    assert isinstance(remark, Remark)
    return core


def look(core: BureauCore, document: Document, after: timedelta = timedelta(hours=26)) -> list:
    return core.handle(CauseDue(LookUp(Database.BORDER, Search(document=document))), NOON + after)


def test_a_hit_says_how_old_the_copy_is_and_asks_the_owner():
    remark, send = look(with_copy(BureauCore("ES", (), 1)), LISTED)
    assert isinstance(remark, Remark)
    assert "as of 2026-03-02T12:00:00Z, 1 d 2 h old" in remark.text
    assert "SLTD-000001 of PT" in remark.text
    assert isinstance(send, Send)
    assert (send.draft.kind, send.draft.to) == (Kind.HIT_CONFIRM_REQUEST, ("PT",))
    assert [(one.owner, one.record) for one in send.draft.quoted] == [("PT", "SLTD-000001")]


def test_an_entity_asks_its_own_bureau():
    _, send = look(with_copy(BureauCore("ES-ferry", (), 1, "ES")), LISTED)
    assert send.draft.to == ("ES",)


def test_the_owner_itself_needs_to_ask_nobody():
    assert len(look(with_copy(BureauCore("PT", (), 1)), LISTED)) == 1


def test_what_the_copy_does_not_have_is_not_called_clean():
    (remark,) = look(with_copy(BureauCore("ES", (), 1)), IN_FILE)
    assert "not found does not mean clean" in remark.text


def test_without_a_copy_there_is_nothing_to_look_into():
    (remark,) = look(BureauCore("ES", (), 1), LISTED)
    assert "no local copy" in remark.text


def test_a_newer_copy_replaces_the_older_one():
    core = with_copy(with_copy(BureauCore("ES", (), 1)), marks={}, as_of=NOON + timedelta(hours=1))
    (remark,) = look(core, LISTED)
    assert "as of 2026-03-02T13:00:00Z" in remark.text


@pytest.mark.parametrize(
    ("fields", "hit"),
    [
        pytest.param({"file": "0" * 64}, True, id="in the file"),
        pytest.param({"file": "0" * 64, "without": ["SLTD-10000001"]}, False, id="deleted by then"),
        pytest.param({"file": "0" * 64, "barred": ["FR"]}, False, id="not for this holder"),
        pytest.param({}, False, id="a copy without the file"),
    ],
)
def test_a_copy_refers_to_the_file_less_what_is_not_in_it_any_more(fields, hit):
    found = look(with_copy(BureauCore("ES", (), 1, base=File()), **fields), IN_FILE)
    assert any(isinstance(action, Send) for action in found) is hit

"""What a person at a desk does with one hand, and how a desk's messages are put into words."""

import asyncio
from dataclasses import replace
from pathlib import Path

from rig import playing

from i247sim.console.asking import Lists
from i247sim.console.forms import Shape, fields_of
from i247sim.console.pages import seat, seat_words, seat_write
from i247sim.exercise.port import Role, Who
from i247sim.exercise.transcript import logical_name
from i247sim.vocabulary.contents import (
    Confirmation,
    Escalation,
    FileDecision,
    Notice,
    NoticePublication,
    RefugeeStatus,
    Wording,
)
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.queries import HitReport, Query, RecordEntry
from i247sim.vocabulary.records import Person

FICTUS = Person(family_name="Fictus", forename="Exemplar", sex="M", born="1984-05-17", nationalities=("FR",))
NOTICE = Notice.model_validate({"type": "red", "subject": "Fictus, wanted", "person": FICTUS.model_dump()})
WORDS = {"title": "x", "purpose": "x", "caution": "x", "subject": "x", "text": "x", "free_text": "en"}
PUBLISHED = NoticePublication(
    id="2026/1",
    requester="FR",
    notice=NOTICE,
    record="NOM-900001",
    wordings={lang: Wording.model_validate(WORDS) for lang in ("ar", "en", "es", "fr")},
)
HIT = HitReport.model_validate(
    {"record": "NOM-900001", "database": "nominal", "owner": "FR", "querier": "BR", "query": "BR-2026-000001"}
)


def test_a_notice_is_read_part_by_part_and_other_languages_are_folded_to_its_end() -> None:
    found = seat_words.sections(PUBLISHED)
    titles = [one.title for one in found]
    assert titles == ["", "Person", "What this colour means", "In Arabic", "In Spanish", "In French"]
    assert [one.folded for one in found] == [False, False, False, True, True, True]
    assert ["Family name", "Fictus"] in found[1].facts


def test_every_content_has_a_line_in_plain_words() -> None:
    said = [
        seat_words.subject(Query.model_validate({"database": "sltd", "record": "SLTD-000001"})),
        seat_words.subject(Query.model_validate({"database": "art", "title": "x"})),
        seat_words.subject(RecordEntry.model_validate({"database": "nominal", "operation": "create"})),
        seat_words.subject(
            RecordEntry.model_validate({"database": "sltd", "operation": "delete", "record": "SLTD-000001"})
        ),
        seat_words.subject(RefugeeStatus.model_validate({"person": FICTUS, "feared": "BR", "granted": True})),
        seat_words.subject(FileDecision.model_validate({"request": "FR-2026-000003", "finding": "not-disclosed"})),
        seat_words.subject(
            Escalation.model_validate({"silent": "BR", "asked": "INFO_REQUEST", "since": "2026-03-02T08:00:00Z"})
        ),
    ]
    assert said == [
        "Look up in Travel documents (SLTD)",
        "Search in Works of art",
        "Create a record in Persons (Nominal)",
        "Delete SLTD-000001 in Travel documents (SLTD)",
        "Somebody is protected",
        "Decision on FR#3: not disclosed",
        "BR does not answer",
    ]


def test_a_sex_is_written_as_in_passports_wherever_it_stands() -> None:
    [sex] = fields_of(Query, "", Lists(), {}, Shape(only=("sex",)))
    assert [title for _, title in sex.choices] == ["F", "M", "X", "U"]


def test_a_database_is_asked_with_the_data_of_a_message() -> None:
    database, fields = seat_words.asks(PUBLISHED) or ("", {})
    assert database == "nominal"
    assert fields["query.family_name"] == "Fictus"
    assert seat_words.asks(HIT) == ("nominal", {"query.record": "NOM-900001"})
    assert seat_words.asks(None) is None


async def test_who_signs_in_before_the_clock_runs_has_the_desk(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        desk = await play.rig.browser(Role.SEAT, "BR")
        await asyncio.sleep(0.05)  # the conductor takes it in between two looks at its plan
        page = (await desk.get("/seat")).text
        assert "Take the desk" not in page
        assert "your desk" in page
        assert "has not begun" in page


async def test_a_message_is_acknowledged_with_one_button_once(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        desk = await play.rig.browser(Role.SEAT, "BR")
        await play.until("T+10m")
        assert "/do/ack" in (await desk.get("/seat/message/FR.2")).text
        assert (await desk.do("ack", "/seat/message/FR.2", message="FR.2"))["ok"]
        await play.until("T+11m")
        assert "/do/ack" not in (await desk.get("/seat/message/FR.2")).text
        assert "FR can read it" in (await desk.get("/seat/sent")).text
        page = (await desk.get("/seat/message/FR.1?as=HIT_CONFIRM")).text
        assert "Confirmed: identical" not in page, "only what goes with the message is offered"


async def test_a_nervous_hand_sends_once_and_a_mistake_is_no_first_click(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        desk = await play.rig.browser(Role.SEAT, "BR")
        wrong = {"to": "XX", "kind": "INFO_REQUEST", "purpose": "case-support", "subject": "Twice"}
        for _ in range(2):
            assert not (await desk.do("send", "/seat/new", **wrong))["ok"]
        for _ in range(3):
            assert (await desk.do("send", "/seat/new", **{**wrong, "to": "FR"}))["ok"]
        page = (await desk.get("/seat/sent")).text
        assert page.count("Twice") == 1, "while the clock stands still nobody needs to wonder where it is"
        await play.until("T+1m")
        assert [one.sent.name for one in play.port.desk(Who(Role.SEAT, "BR")).written] == ["BR#1"]


async def test_who_can_read_what_is_passed_on_is_said_before_it_goes(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        desk = await play.rig.browser(Role.SEAT, "BR")
        await play.until("T+10m")
        passed = {"message": "FR.2", "to": "NO", "subject": "Fwd", "text": "look"}
        told = await desk.do("preview", "/seat/message/FR.2", **passed)
        assert [(one["party"], one["sign"]) for one in told["lines"]] == [("NO", "read")]
        form = {"csrf": await desk.csrf("/seat/message/FR.2"), **passed, "check": "1"}
        checked = await desk.post("/do/forward", form)
        assert checked.headers["location"] == "/seat/message/FR.2#forward"
        page = (await desk.get("/seat/message/FR.2")).text
        assert "1 of 1 will be able to read it" in page
        assert 'value="NO"' in page, "nothing typed is lost"
        assert (await desk.do("preview", "/seat/new", message="XX.9", to="NO"))["status"] == 400


async def test_a_locked_message_says_nothing_of_itself_and_is_asked_for_again(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        browser = await play.rig.browser(Role.SEAT, "BR")
        await play.until("T+2m")
        desk = play.port.desk(Who(Role.SEAT, "BR"))
        last = desk.received[-1]
        shut = replace(desk, received=(*desk.received[:-1], replace(last, status=Outcome.REJECTED, code=Code.KEY)))
        view = seat.locked(shut, shut.received[-1], "FR.2")
        assert [one["command"] for one in view["acts"]] == ["again", "note", "mark"]
        assert "A question" not in str(view)
        assert "INFO_REQUEST" not in str(view)
        value = seat_write.again_message(shut, "FR#2")
        assert value is not None
        assert (value["to"], value["subject"]) == (["FR"], "Please send FR#2 again")
        assert (await browser.do("again", "/seat/message/FR.2", message="FR.2"))["ok"]
        await play.until("T+3m")
        assert "Please send FR#2 again" in (await browser.get("/seat/sent")).text
        assert (await browser.do("again", "/seat", message="FR.77"))["status"] == 400


async def test_the_owner_of_a_hit_answers_whoever_has_asked(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        await play.until("T+2m")
        header = play.port.desk(Who(Role.SEAT, "BR")).received[-1].header
        assert header is not None
        told = header.model_copy(update={"sender": "IPSG"})
        for party, to in (("FR", ("BR",)), ("BR", ("FR",))):
            assert seat_words.reply_to(play.port.desk(Who(Role.SEAT, party)), told, HIT) == to


async def test_who_has_found_a_missing_person_says_whether_the_place_may_be_told(tmp_path: Path) -> None:
    async with playing(tmp_path / "run") as play:
        await play.until("T+2m")
        desk = play.port.desk(Who(Role.SEAT, "BR"))
        last = desk.received[-1]
        assert last.header is not None
        confirmed = last.header.model_copy(update={"kind": Kind.HIT_CONFIRM})
        content = Confirmation(record="NOM-900001", subject="it is she")
        desk = replace(desk, received=(replace(last, header=confirmed, content=content, status=Outcome.OPENED),))
        name = logical_name(confirmed.own_ref)
        fields = seat_write.reply_fields(desk, desk.received[0], None, "", "")["fields"]
        (mark,) = [one for one in fields if one["name"] == "handling"]
        assert [one["value"] for one in mark["choices"]] == ["", "may-tell", "place-withheld"]
        typed = {"kind": ["LOCATED_NOTIFY"], "subject": ["Found"], "place": ["at the quay"], "handling": ["may-tell"]}
        found = seat_write.reply_message(desk, name, typed)
        assert found is not None
        assert (found["place"], found["handling"], found["about"]) == ("at the quay", ["may-tell"], "NOM-900001")
        arrest = seat_write.reply_message(desk, name, {**typed, "kind": ["ARREST_NOTIFY"]})
        assert arrest is not None
        assert not {"place", "handling"} & set(arrest)


MISTAKES = (
    ("send", {"case": "no <b> case"}, "case", "like `FICTION-2026-117`"),
    ("send", {"purpose": "fun"}, "purpose", "expected one of wanted-person, locate"),
    ("send", {"subject": "a" * 401}, "subject", "expected at most 400 characters, found 401"),
    ("query", {"query.born": "17.5.1984"}, "query.born", "expected a date like `1984`"),
    ("restrict", {"whom": "BR"}, "whom", "`BR` bars itself; name somebody else"),
    ("restrict", {"whom": ""}, "whom", "this is needed"),
    ("restrict", {"whom": "FR", "scope.record": "x"}, "scope.record", "a record id like `NOM-000017`"),
    ("query", {"query.family_name": " "}, "", "nothing to search for: fill in at least one field"),
    ("note", {"text": "x" * 2001}, "text", "2001 characters; expected at most 2000"),
)


async def test_a_mistake_at_a_desk_is_told_in_words_at_its_field(tmp_path: Path) -> None:
    whole = {"to": "FR", "kind": "INFO_REQUEST", "purpose": "case-support", "subject": "x", "database": "nominal"}
    async with playing(tmp_path / "run") as play:
        seat = await play.rig.browser(Role.SEAT, "BR")
        for command, fields, field, said in MISTAKES:
            answer = await seat.do(command, "/seat/new", **{**whole, "query.family_name": "Fictus", **fields})
            assert answer["status"] == 400
            assert said in answer["errors"][field], answer

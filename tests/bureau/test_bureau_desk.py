"""What a duty desk does by itself, as plain calls: two desks write to each other, and a calendar wakes them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plain_headers import plain_header

from i247sim.bureau.core import BureauCore
from i247sim.bureau.desk import SENDS, DutyDesk
from i247sim.bureau.profile import Atlas, Instrument, NationalProfile, Office, RedNotice
from i247sim.bureau.room import Room
from i247sim.node.actions import Appeal, Remark, Schedule, Send
from i247sim.node.events import CauseDue, MessageOpened, Wrote
from i247sim.vocabulary.contents import Confirmation, Escalation, Note, Notice, NoticePublication
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.duties import Duty
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import QuotedRecord
from i247sim.vocabulary.procedures import HABITS, Procedure
from i247sim.vocabulary.queries import HitReport, RecordEntry
from i247sim.vocabulary.record_ids import subject_of
from i247sim.vocabulary.records import Person

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CONVENTION = Instrument(name="Exercise Convention", papers=18 * DAY, longest=40 * DAY, warn=15 * DAY)
RECORD = "NOM-900001"
ALWAYS = Office(opens=0, closes=24, weekend=())


def profile(red_notice: str = "basis", **facts: object) -> NationalProfile:
    usual = {"why": f"law: {red_notice}", "instruments": ("convention",), "office": ALWAYS}
    return NationalProfile.model_validate({"red_notice": red_notice, **usual, **facts})


@dataclass
class World:
    """Desks that write to each other at once; whatever they plan happens in its time."""

    profiles: dict[str, NationalProfile]
    unheeded: tuple[Procedure, ...] = ()
    duties: dict[str, tuple[Duty, ...]] = field(default_factory=dict)
    agreeing: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    sent: list[tuple[datetime, str, Draft]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    appeals: list[tuple[timedelta, str, Appeal]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = MONDAY
        self._plans: list[tuple[datetime, int, str, Any]] = []
        self._count = 0
        book = Atlas(profile(), self.profiles, {"convention": CONVENTION})
        self.cores = {
            party: BureauCore(
                party,
                self.duties.get(party, ()),
                7,
                desk=DutyDesk(Room(party, 7, book, frozenset(self.unheeded), frozenset(self.agreeing), self.units)),
            )
            for party in self.profiles
        }

    def carry_out(self, party: str, actions: list[Any]) -> None:
        for action in actions:
            match action:
                case Send(draft=draft):
                    self.send(party, draft)
                case Schedule(after=after, cause=cause):
                    self._count += 1
                    self._plans.append((self.now + after, self._count, party, cause))
                case Remark(text=text):
                    self.remarks.append(f"{party}: {text}")
                case Appeal():
                    self.appeals.append((self.now - MONDAY, party, action))

    def send(self, party: str, draft: Draft) -> None:
        self.sent.append((self.now, party, draft))
        for to in draft.to:
            if to in self.cores:
                self.tell(to, draft.kind, party, draft.content, draft)

    def says(self, party: str, draft: Draft) -> None:
        """The scenario, or a person, has ``party`` write."""
        self.carry_out(party, self.cores[party].handle(Wrote(draft), self.now))
        self.send(party, draft)

    def tell(self, party: str, kind: Kind, sender: str, content: Content, draft: Draft | None = None) -> None:
        self._count += 1
        header = plain_header(
            sender,
            (party,),
            kind,
            self._count,
            self.now,
            channel={"HIT_NOTICE": "admin", "NOTICE_PUBLISHED": "notice", "NOTICE_WITHDRAW": "notice"}.get(
                kind, draft.channel if draft else "direct"
            ),
            purpose=draft.purpose if draft else "border-management",
            lang=draft.lang if draft else "en",
            tlp=draft.tlp if draft else None,
            urgency=draft.urgency if draft else "normal",
            urgency_reason=draft.urgency_reason if draft else None,
            quoted=draft.quoted if draft else (),
            handling=draft.handling if draft else (),
            case_ref=draft.case_ref if draft else None,
            notice={"type": "red", "id": "2026/1"} if kind in NOTICES else None,
        )
        self.carry_out(party, self.cores[party].handle(MessageOpened(header, content), self.now))

    def go_on(self, for_: timedelta = 60 * DAY) -> None:
        end = self.now + for_
        while self._plans and min(self._plans)[0] <= end:
            due = min(self._plans, key=lambda plan: plan[:2])
            self._plans.remove(due)
            self.now = due[0]
            self.carry_out(due[2], self.cores[due[2]].handle(CauseDue(due[3]), self.now))
        self.now = end

    def kinds(self, party: str) -> list[str]:
        return [draft.kind for _, sender, draft in self.sent if sender == party]

    def when(self, party: str, kind: Kind) -> timedelta:
        return next(time for time, sender, draft in self.sent if (sender, draft.kind) == (party, kind)) - MONDAY


NOTICES = (Kind.NOTICE_PUBLISHED, Kind.NOTICE_WITHDRAW)


def found(holder: NationalProfile, owner: NationalProfile | None = None, **more: Any) -> World:
    """A published Red Notice of AA, and a hit in BB."""
    world = World({"AA": owner or profile(), "BB": holder}, **more)
    publication = NoticePublication(
        id="2026/1", requester="AA", notice=Notice(type="red", subject="fictional"), record=RECORD
    )
    for party in world.cores:
        world.tell(party, Kind.NOTICE_PUBLISHED, "IPSG", publication)
    hit(world)
    return world


def hit(world: World, record: str = RECORD, database: str = "nominal") -> None:
    report = HitReport(record=record, database=database, owner="AA", querier="BB", query="BB-2026-000001")
    for party in ("AA", "BB"):
        world.tell(party, Kind.HIT_NOTICE, "IPSG", report)


HANDOVER = ["HIT_CONFIRM_REQUEST", "ARREST_NOTIFY", "INFO_REPLY"]


@pytest.mark.parametrize(
    ("law", "does"),
    [
        pytest.param("basis", HANDOVER, id="arrests on the notice"),
        pytest.param(
            "request-first",
            ["HIT_CONFIRM_REQUEST", "INFO_REQUEST", "ARREST_NOTIFY", "INFO_REPLY"],
            id="asks for a request, and then arrests",
        ),
        pytest.param("locate-only", ["HIT_CONFIRM_REQUEST", "LOCATED_NOTIFY"], id="only says where he is"),
    ],
)
def test_countries_do_different_things_with_the_same_red_notice_and_say_why(law: str, does: list[str]) -> None:
    world = found(profile(law))
    world.go_on()
    assert world.kinds("BB") == does
    assert [text for text in world.remarks if text.startswith("BB: national profile:") and f"law: {law}" in text]


def test_without_a_treaty_nobody_is_arrested() -> None:
    world = found(profile(instruments=()))
    world.go_on()
    assert world.kinds("BB") == ["HIT_CONFIRM_REQUEST", "LOCATED_NOTIFY"]


def test_an_arrest_names_the_treaty_the_day_of_the_papers_and_the_day_of_release() -> None:
    world = found(profile(waits="longest"))
    world.go_on(1 * DAY)
    (arrest,) = [draft.content for _, _, draft in world.sent if draft.kind is Kind.ARREST_NOTIFY]
    began = MONDAY + world.when("BB", Kind.ARREST_NOTIFY)
    assert isinstance(arrest, Confirmation)
    assert (arrest.instrument, arrest.papers_due, arrest.release_on) == (
        "Exercise Convention",
        began + 18 * DAY,
        began + 40 * DAY,
    )


@pytest.mark.parametrize(("waits", "days"), [("papers", 18), ("longest", 40)])
def test_without_papers_there_is_a_warning_on_day_15_and_a_release_on_the_treatys_day(waits: str, days: int) -> None:
    never = (80 * 86_400, 80 * 86_400)
    world = found(profile(waits=waits), profile(papers=never))
    world.go_on()
    arrest = world.when("BB", Kind.ARREST_NOTIFY)
    assert world.when("BB", Kind.REMINDER) == arrest + 15 * DAY
    assert world.when("BB", Kind.LOCATED_NOTIFY) == arrest + days * DAY
    assert "DOC_TRANSFER" not in world.kinds("AA")


def test_papers_stop_the_clock_and_after_the_court_the_owner_withdraws_its_notice() -> None:
    world = found(profile())
    world.go_on()
    assert world.kinds("AA") == ["HIT_CONFIRM", "DOC_TRANSFER", "NOTICE_WITHDRAW"]
    assert "REMINDER" not in world.kinds("BB")
    assert [text for text in world.remarks if "clock stopped: the papers" in text]


@pytest.mark.parametrize(
    "gone",
    [
        pytest.param(
            lambda world: world.tell("AA", Kind.NOTICE_WITHDRAW, "IPSG", Note(subject="gone")), id="withdrawn"
        ),
        pytest.param(
            lambda world: world.says(
                "AA",
                Draft(
                    Kind.DB_DELETE,
                    "record",
                    "case-support",
                    RecordEntry(database="nominal", operation="delete", record=RECORD),
                    to=("IPSG",),
                ),
            ),
            id="deleted",
        ),
    ],
)
def test_what_stands_no_more_is_not_confirmed(gone: Callable[[World], None]) -> None:
    world = found(profile())
    gone(world)
    world.go_on()
    assert world.kinds("AA")[-1] == "HIT_DENY"
    assert world.kinds("BB") == ["HIT_CONFIRM_REQUEST"]
    heedless = found(profile(), unheeded=(Procedure.STILL_VALID,))
    gone(heedless)
    heedless.go_on()
    assert "HIT_CONFIRM" in heedless.kinds("AA")


def test_a_silent_owner_is_reminded_then_escalated_and_its_officer_is_woken() -> None:
    asleep = Office(opens=8, closes=9, weekend=(), night_desk=False)
    world = found(profile(), profile(office=asleep))
    world.go_on(1 * DAY)
    asked = world.when("BB", Kind.HIT_CONFIRM_REQUEST)
    assert world.when("BB", Kind.REMINDER) == asked + timedelta(minutes=10)
    assert world.when("BB", Kind.ESCALATION) == asked + timedelta(minutes=20)
    (escalation,) = [draft.content for _, _, draft in world.sent if draft.kind is Kind.ESCALATION]
    assert isinstance(escalation, Escalation)
    assert (escalation.silent, escalation.since) == ("AA", MONDAY + asked)
    told = Appeal("AA", Kind.HIT_CONFIRM_REQUEST, MONDAY + asked)
    assert world.appeals == [(asked + timedelta(minutes=40), "BB", told)]
    assert world.when("AA", Kind.HIT_CONFIRM) > timedelta(hours=20)

    woken = found(profile(), profile(office=asleep))
    woken.go_on(timedelta(minutes=25))
    woken.tell("AA", Kind.REMINDER, "IPSG", Note(subject="the command centre calls"))
    woken.go_on(2 * DAY)
    assert woken.when("AA", Kind.HIT_CONFIRM) < timedelta(minutes=45)
    assert woken.kinds("AA").count("HIT_CONFIRM") == 1
    assert woken.appeals == []


def test_nobody_acts_before_the_owner_has_confirmed_unless_nobody_heeds_that() -> None:
    away = profile(office=Office(opens=8, closes=9, weekend=(), night_desk=False))
    world = found(profile(), away)
    world.go_on(timedelta(hours=6))
    assert "ARREST_NOTIFY" not in world.kinds("BB")
    heedless = found(profile(), away, unheeded=(Procedure.CONFIRM_FIRST,))
    heedless.go_on(timedelta(hours=6))
    assert heedless.kinds("BB") == ["ARREST_NOTIFY"]


def test_a_second_hit_on_the_same_person_is_in_hand_already() -> None:
    world = found(profile())
    hit(world, "TDAWN-90000101", "tdawn")
    world.go_on(1 * DAY)
    assert world.kinds("BB").count("HIT_CONFIRM_REQUEST") == 1
    assert subject_of("TDAWN-90000101") == RECORD


def test_a_hit_after_the_first_was_over_is_a_matter_of_its_own() -> None:
    world = found(profile("locate-only"))
    world.go_on(1 * DAY)
    assert "LOCATED_NOTIFY" in world.kinds("BB")
    hit(world)
    world.go_on(1 * DAY)
    assert world.kinds("AA").count("HIT_CONFIRM") == 2
    assert world.appeals == []


@pytest.mark.parametrize(
    ("born", "how", "marks", "told"),
    [
        pytest.param("2017-01-15", {}, ("may-tell",), True, id="a child: at once"),
        pytest.param("2009", {}, ("may-tell",), True, id="surely a minor"),
        pytest.param("2008-12-31", {}, ("place-withheld",), False, id="perhaps of age, and says nothing"),
        pytest.param("1991-09-02", {}, ("place-withheld",), False, id="an adult who does not agree"),
        pytest.param("1991-09-02", {"agreeing": (RECORD,)}, ("may-tell",), True, id="an adult who agrees"),
        pytest.param("1991-09-02", {"unheeded": (Procedure.ASK_FIRST,)}, (), True, id="nobody asks: the hub refuses"),
    ],
)
def test_a_missing_adult_is_asked_first(born: str, how: dict[str, Any], marks: tuple[str, ...], told: bool) -> None:
    world = World({"AA": profile(), "BB": profile()}, **how)
    person = Person(family_name="Fabula", forename="Ines", sex="F", born=born)
    notice = Notice(type="yellow", subject="fictional", person=person)
    for party in world.cores:
        content = NoticePublication(id="2026/1", requester="AA", notice=notice, record=RECORD)
        world.tell(party, Kind.NOTICE_PUBLISHED, "IPSG", content)
    hit(world)
    world.go_on()
    (found,) = [draft for _, party, draft in world.sent if (party, draft.kind) == ("BB", Kind.LOCATED_NOTIFY)]
    assert found.handling == marks
    assert (found.content.place is not None) == told
    assert world.kinds("AA") == ["HIT_CONFIRM", "NOTICE_WITHDRAW"]
    assert any("as the person wishes" in text for text in world.remarks) == ("place-withheld" in marks)
    assert any("asked first" in text for text in world.remarks) == (born < "2009" and "unheeded" not in how)


def test_a_things_finder_secures_it_and_its_owner_deletes_the_record() -> None:
    world = World({"AA": profile(), "BB": profile()})
    hit(world, "SMV-000004", "smv")
    world.go_on()
    assert world.kinds("BB") == ["HIT_CONFIRM_REQUEST", "LOCATED_NOTIFY"]
    assert world.kinds("AA") == ["HIT_CONFIRM", "DB_DELETE"]


def test_what_the_scenario_lets_an_officer_do_takes_the_desks_place_and_its_clocks_run() -> None:
    denies = Duty.model_validate({"when": {"kind": "HIT_CONFIRM_REQUEST"}, "send": "HIT_DENY", "after": (60, 60)})
    world = found(profile(), duties={"AA": (denies,)})
    world.go_on()
    assert world.kinds("AA") == ["HIT_DENY"]
    assert [text for text in world.remarks if "clock stopped: AA has answered" in text]
    assert world.kinds("BB") == ["HIT_CONFIRM_REQUEST"]


def question(**more: Any) -> Draft:
    facts = {"kind": Kind.INFO_REQUEST, "purpose": "case-support", "content": Note(subject="s"), "to": ("BB",), **more}
    return Draft(channel="direct", **facts)


URGENT = {"urgency": "urgent", "urgency_reason": "evidence-loss"}


@pytest.mark.parametrize(
    ("desk", "asked", "does"),
    [
        pytest.param(profile(), question(), ["INFO_REPLY"], id="a normal request is answered"),
        pytest.param(profile(), question(**URGENT), ["ACK", "INFO_REPLY"], id="an urgent one is acknowledged first"),
        pytest.param(
            profile(languages=("es",)), question(**URGENT), ["INFO_REPLY"], id="in a wrong language: returned"
        ),
        pytest.param(profile(shares=("warn",)), question(**URGENT), ["INFO_REPLY"], id="for another purpose: returned"),
    ],
)
def test_a_request_is_acknowledged_and_answered_or_goes_back(
    desk: NationalProfile, asked: Draft, does: list[str]
) -> None:
    world = World({"AA": profile(), "BB": desk})
    world.says("AA", asked)
    world.go_on()
    assert world.kinds("BB") == does
    assert world.kinds("AA") == ["INFO_REQUEST"]
    returned = (asked.lang not in desk.languages) or (asked.purpose not in desk.shares)
    assert any("not answered" in text for text in world.remarks) == returned


def test_a_question_without_an_answer_is_reminded_at_its_limit_and_escalated_at_twice_that() -> None:
    world = World({"AA": profile(), "BB": profile()}, unheeded=(Procedure.ANSWER,))
    world.says("AA", question(reply_within=timedelta(hours=3)))
    world.go_on()
    assert world.when("AA", Kind.REMINDER) == timedelta(hours=3)
    assert world.when("AA", Kind.ESCALATION) == timedelta(hours=6)
    assert world.appeals == [(timedelta(hours=12), "AA", Appeal("BB", Kind.INFO_REQUEST, MONDAY))]


def test_the_instructor_is_not_told_where_nobody_heeds_that_nor_of_a_hit_that_was_let_go() -> None:
    world = World({"AA": profile(), "BB": profile()}, unheeded=(Procedure.ANSWER, Procedure.APPEAL))
    world.says("AA", question(reply_within=timedelta(hours=3)))
    asleep = Office(opens=8, closes=9, weekend=(), night_desk=False)
    hit = found(profile(), profile(office=asleep), unheeded=(Procedure.APPEAL,))
    for one in (world, hit):
        one.go_on()
        assert one.appeals == []
    # Asked without any urgency: after a day the holder lets go, before two days' silence would be told.
    calm = World({"BB": profile()})
    quoted = (QuotedRecord(owner="AA", record=RECORD),)
    confirm = Confirmation(record=RECORD, subject="Is this yours?")
    calm.says("BB", question(kind=Kind.HIT_CONFIRM_REQUEST, content=confirm, to=("AA",), quoted=quoted))
    calm.go_on()
    assert "LOCATED_NOTIFY" in calm.kinds("BB")
    assert calm.appeals == []


@pytest.mark.parametrize(
    ("kind", "urgent", "limit"),
    [
        pytest.param(Kind.STOP_PAYMENT, {}, timedelta(hours=1), id="money does not wait"),
        pytest.param(Kind.IOC_REPORT, {}, timedelta(hours=24), id="what providers keep is kept a day"),
        pytest.param(Kind.CD_REQUEST, URGENT, timedelta(hours=24), id="a load waits for its urgency"),
        pytest.param(Kind.CD_REQUEST, {}, 10 * DAY, id="without any, ten days"),
        pytest.param(Kind.THREAT_ALERT, {}, timedelta(minutes=30), id="a warning is acknowledged"),
    ],
)
def test_some_subjects_have_a_clock_of_their_own(kind: Kind, urgent: dict[str, Any], limit: timedelta) -> None:
    world = World({"AA": profile(), "BB": profile()}, unheeded=(Procedure.ANSWER, Procedure.ACKNOWLEDGE))
    world.says("AA", question(kind=kind, **urgent))
    world.go_on()
    assert (world.when("AA", Kind.REMINDER), world.when("AA", Kind.ESCALATION)) == (limit, 2 * limit)


@pytest.mark.parametrize(
    ("kind", "does"),
    [
        pytest.param(Kind.CD_REQUEST, ["ACK", "INFO_REPLY"], id="is asked"),
        pytest.param(Kind.THREAT_ALERT, ["ACK"], id="is warned: nothing is asked"),
    ],
)
def test_a_desk_that_is_asked_answers_and_one_that_is_warned_says_so(kind: Kind, does: list[str]) -> None:
    world = World({"AA": profile(), "BB": profile()})
    world.says("AA", question(kind=kind, **URGENT))
    world.go_on()
    assert world.kinds("BB") == does
    assert world.kinds("AA") == [kind]
    assert any("clock stopped" in text for text in world.remarks)


def test_whoever_is_not_heeded_is_not_heard() -> None:
    quiet = World({"AA": profile(), "BB": profile()}, unheeded=(Procedure.ANSWER, Procedure.REMIND, Procedure.ESCALATE))
    quiet.says("AA", question())
    quiet.go_on()
    assert quiet.kinds("AA") == ["INFO_REQUEST"]


def test_all_that_desks_send_is_known_to_the_analysis() -> None:
    sent: set[str] = set()
    for law in RedNotice:
        for waiting in ((60, 60), (80 * 86_400, 80 * 86_400)):
            world = found(profile(law), profile(papers=waiting))
            world.says("AA", question(**URGENT))
            world.go_on()
            sent |= {draft.kind for _, _, draft in world.sent}
    assert sent <= set(SENDS)


def test_every_procedure_is_explained() -> None:
    assert set(HABITS) == set(Procedure)
    for habit in HABITS.values():
        assert habit.cite
        assert habit.explain.endswith(".")


# --- warnings

POST = "BB-post"
ORANGE = NoticePublication(
    id="2026/1", requester="AA", notice=Notice(type="orange", subject="hollow books", text="Do not open.")
)


def warned(units: tuple[str, ...] = (POST,), **more: Any) -> World:
    """BB is warned by AA, and has a unit."""
    unheeded = more.pop("unheeded", ())
    office = more.pop("office", ALWAYS)
    world = World({"AA": profile(), "BB": profile(office=office)}, unheeded=unheeded, units=units)
    world.says("AA", question(kind=Kind.THREAT_ALERT, **more))
    return world


def alerts(world: World) -> list[Draft]:
    return [draft for _, sender, draft in world.sent if sender == "BB" and draft.kind is Kind.THREAT_ALERT]


def test_a_warning_is_passed_on_to_the_units_at_home_within_two_hours() -> None:
    world = warned(tlp="TLP:AMBER", handling=("H1",))
    world.go_on()
    (alert,) = alerts(world)
    assert (alert.to, alert.content, alert.tlp, alert.handling) == ((POST,), Note(subject="s"), "TLP:AMBER", ("H1",))
    assert world.when("BB", Kind.THREAT_ALERT) < timedelta(hours=2)
    assert any("the units have the warning" in text for text in world.remarks)
    assert world.appeals == [], "nobody waits for one's own units to answer"


def orange(party: str, **more: Any) -> World:
    """``party`` reads an Orange Notice that AA has asked for."""
    world = World({party: profile()}, units=(POST,), **more)
    quoted = (QuotedRecord(owner="AA", record="NTC-000001"),)
    header = plain_header(
        "IPSG", (party,), Kind.NOTICE_PUBLISHED, 1, MONDAY, channel="notice", purpose="warn", quoted=quoted,
        notice={"type": "orange", "id": "2026/1"},
    )  # fmt: skip
    world.carry_out(party, world.cores[party].handle(MessageOpened(header, ORANGE), MONDAY))
    world.go_on()
    return world


def test_an_orange_notice_is_acknowledged_and_passed_on_with_what_it_says_and_whose_record_it_is() -> None:
    world = orange("BB")
    (alert,) = alerts(world)
    assert alert.content == Note(subject="hollow books", text="Do not open.")
    (receipt,) = [draft for _, _, draft in world.sent if draft.kind is Kind.ACK]
    assert receipt.to == ("IPSG",)
    assert [one.record for one in (*receipt.quoted, *alert.quoted)] == ["NTC-000001", "NTC-000001"]
    assert world.when("BB", Kind.ACK) <= timedelta(minutes=30)


def test_who_has_asked_for_a_warning_and_who_heeds_nothing_acknowledge_none() -> None:
    assert "ACK" not in orange("AA").kinds("AA")
    assert "ACK" not in orange("BB", unheeded=(Procedure.ACKNOWLEDGE,)).kinds("BB")


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"tlp": "TLP:RED"}, id="for named readers alone"),
        pytest.param({"handling": ("H2",)}, id="not without permission"),
        pytest.param({"units": ()}, id="there are no units"),
        pytest.param({"unheeded": (Procedure.ONWARD,)}, id="nobody heeds it"),
    ],
)
def test_a_warning_stays_where_it_is(how: dict[str, Any]) -> None:
    world = warned(**how)
    world.go_on()
    assert alerts(world) == []


def test_a_desk_that_sleeps_passes_it_on_in_the_morning_and_that_it_is_late_is_said() -> None:
    world = warned(office=Office(opens=8, closes=9, weekend=(), night_desk=False))
    world.go_on()
    assert world.when("BB", Kind.THREAT_ALERT) > timedelta(hours=20)
    assert any("was not passed on within two hours" in text for text in world.remarks)


def test_a_person_who_writes_to_the_units_in_the_case_has_passed_it_on() -> None:
    world = warned(case_ref="FICTION-2026-1")
    world.says("BB", question(to=(POST,), case_ref="FICTION-2026-1"))
    world.go_on()
    assert alerts(world) == []
    assert any("the units have the warning" in text for text in world.remarks)

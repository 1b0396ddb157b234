"""The command centre: whom it calls, and what it takes for urgent."""

from datetime import UTC, datetime, timedelta

import pytest
from office_cases import directory
from plain_headers import plain_header

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import CauseDue, MessageOpened, StatementTold
from i247sim.secretariat.core import SecretariatCore
from i247sim.vocabulary.contents import Escalation, Note
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Urgency
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.statements import Bar, Bars

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def opened(kind: str, content: Content, minutes: int = 0, sender: str = "PT", urgent: bool = True) -> MessageOpened:
    facts = {"urgency": "very-urgent", "urgency_reason": "person-held"} if urgent else {}
    header = plain_header(sender, ("IPSG",), kind, minutes + 1, purpose="border-management", **facts)
    return MessageOpened(header, content)


def core(*unheeded: Procedure) -> SecretariatCore:
    return SecretariatCore(Directory(), 1, unheeded=frozenset(unheeded))


def drafts(centre: SecretariatCore, actions: list[Action]) -> list[Draft]:
    found = []
    for action in actions:
        assert isinstance(action, Schedule), "the centre never answers at once"
        done = centre.handle(CauseDue(action.cause), NOON + action.after)
        assert isinstance(done[0], Remark), "what the centre does stands in the journal"
        found += [one.draft for one in done if isinstance(one, Send)]
    return found


SILENT = Escalation(silent="CV", asked=Kind.HIT_CONFIRM_REQUEST, since=NOON, record="NOM-000001")


def test_a_silent_desk_is_called_very_urgently() -> None:
    centre = core()
    (call,) = drafts(centre, centre.handle(opened("ESCALATION", SILENT), NOON))
    assert (call.kind, call.to, call.urgency) == (Kind.REMINDER, ("CV",), Urgency.VERY_URGENT)
    assert isinstance(call.content, Note)
    assert "PT waits" in call.content.subject


@pytest.mark.parametrize(("barred", "called"), [(None, True), ("BR", False), ("DE", True)])
def test_nobody_is_called_for_somebody_who_has_barred_it(barred: str | None, called: bool) -> None:
    centre = SecretariatCore(directory(), 1)
    if barred is not None:
        centre.handle(StatementTold("FR", Bars(bars=(Bar(whom=barred),))), NOON)
    asked = Escalation(silent="BR", asked=Kind.INFO_REQUEST, since=NOON)
    found = drafts(centre, centre.handle(opened("ESCALATION", asked, sender="FR"), NOON))
    assert [one.to for one in found] == ([("BR",)] if called else [])


def test_a_report_of_an_incident_is_in_somebodys_hands() -> None:
    centre = core()
    report = Note(subject="a laptop is gone (fictional)")
    (said,) = drafts(centre, centre.handle(opened("SECURITY_INCIDENT", report), NOON))
    assert (said.kind, said.to) == (Kind.ACK, ("PT",))


def test_a_centre_that_nobody_heeds_calls_nobody() -> None:
    assert core(Procedure.CALL).handle(opened("ESCALATION", SILENT), NOON) == []


@pytest.mark.parametrize(
    ("minutes", "regraded"),
    [
        pytest.param([0, 10, 20], 0, id="three in an hour are believed"),
        pytest.param([0, 10, 20, 30, 40], 2, id="the fourth and fifth are not"),
        pytest.param([0, 10, 20, 65], 0, id="the hour moves on"),
    ],
)
def test_too_many_very_urgent_requests_become_normal_ones(minutes: list[int], regraded: int) -> None:
    centre, found = core(), []
    for minute in minutes:
        event = opened("INFO_REQUEST", Note(subject="s"), minute)
        found += drafts(centre, centre.handle(event, NOON + timedelta(minutes=minute)))
    assert [(one.kind, one.to) for one in found] == [(Kind.INFO_REPLY, ("PT",))] * regraded


def test_what_is_counted_is_very_urgent_and_of_one_sender() -> None:
    centre = core()
    for minute in range(6):
        event = opened("INFO_REQUEST", Note(subject="s"), minute, sender=("PT", "ES")[minute % 2])
        assert centre.handle(event, NOON) == []
    for minute in range(6, 12):
        assert centre.handle(opened("INFO_REQUEST", Note(subject="s"), minute, urgent=False), NOON) == []
    heedless = core(Procedure.REGRADE)
    assert all(heedless.handle(opened("INFO_REQUEST", Note(subject="s"), one), NOON) == [] for one in range(6))

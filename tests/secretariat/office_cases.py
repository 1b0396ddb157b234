"""A small fictional office: parties, headers, persons and a complete notice, for the tests of the secretariat."""

from datetime import UTC, datetime, timedelta

from plain_headers import plain_header

from i247sim.node.actions import Action, Schedule
from i247sim.node.events import CauseDue, Event
from i247sim.vocabulary.casefacts import Judicial
from i247sim.vocabulary.contents import Notice
from i247sim.vocabulary.directory import Directory, Enrolment, PartyEntry
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Header
from i247sim.vocabulary.parties import Role
from i247sim.vocabulary.records import Document, Person, TravelDocument

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROLES = {
    "IPSG": (Role.SECRETARIAT, None),
    "NDTF": (Role.REVIEWER, None),
    "FR": (Role.BUREAU, None),
    "BR": (Role.BUREAU, None),
    "DE": (Role.BUREAU, None),
    "GB": (Role.BUREAU, None),
    "GB-gibraltar": (Role.SUB_BUREAU, "GB"),
    "BR-gru-border": (Role.ENTITY, "BR"),
}
ADA = Person(family_name="Fiction", forename="Ada", sex="F", born="1980-01-02", fingerprints=True)
BOB = Person(family_name="Fiction", forename="Bob", sex="M", born="1981")
NOTICE = Notice(
    type="red",
    subject="Ada Fiction",
    person=ADA,
    judicial=Judicial(facts="f", charge="c", law="l", warrant="w", issued_by="a court", max_penalty_months=60),
    extradition_sought=True,
)
PASSPORT = TravelDocument(document=Document(number="XF0000001", country="FR"), fraud="stolen")


def directory(**changed: Enrolment) -> Directory:
    entries = {
        party: PartyEntry(
            party=party,
            role=role,
            name=party,
            parent=parent,
            enrolment=changed.get(party, Enrolment.ENROLLED),
            card="0" * 64,
            certificate="0" * 64,
        )
        for party, (role, parent) in ROLES.items()
    }
    return Directory(1, NOON + timedelta(days=7), entries)


def header(sender: str, kind: Kind = Kind.DB_QUERY, number: int = 1, **fields: object) -> Header:
    own: dict[str, object] = {"purpose": "border-management"}
    if kind is Kind.DB_QUERY:
        own |= {"database": "nominal", "operation": "query"}
    return plain_header(sender, ("IPSG",), kind, number, **(own | fields))


ORANGE = Notice(type="orange", subject="A bomb in a printer cartridge", text="Wires at the side. Do not move it.")


def happen(core: object, event: Event, now: datetime = NOON) -> tuple[list[Action], datetime]:
    """Everything that follows from an event at once or by what it plans, in order, and the time of the last of it."""
    found: list[Action] = []
    waiting = [(now, event)]
    while waiting:
        now, due = waiting.pop(0)
        for action in core.handle(due, now):
            if isinstance(action, Schedule):
                waiting.append((now + action.after, CauseDue(action.cause)))
            else:
                found.append(action)
        waiting.sort(key=lambda one: one[0])
    return found, now

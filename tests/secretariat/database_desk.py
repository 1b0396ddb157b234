"""The secretariat's databases with verbs: a message comes in, its answer is due, and what was sent is looked at."""

import itertools
from datetime import UTC, datetime, timedelta

from plain_headers import plain_header

from i247sim.node.actions import Remark, Schedule, Send
from i247sim.node.events import CauseDue, MessageOpened, StatementTold
from i247sim.secretariat.core import SecretariatCore
from i247sim.secretariat.databases import Databases, Record
from i247sim.vocabulary.directory import Directory, Enrolment, PartyEntry
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Database, Header
from i247sim.vocabulary.parties import Role
from i247sim.vocabulary.queries import Query, QueryResult, RecordEntry
from i247sim.vocabulary.records import (
    AdministrativeDocument,
    Artwork,
    DnaProfile,
    Firearm,
    Person,
    Template,
    TravelDocument,
    Vehicle,
    Vessel,
)
from i247sim.vocabulary.statements import Bar, Bars

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROLES = {
    "IPSG": (Role.SECRETARIAT, None),
    "FR": (Role.BUREAU, None),
    "FR-paris": (Role.ENTITY, "FR"),
    "BR": (Role.BUREAU, None),
    "BR-gru-border": (Role.ENTITY, "BR"),
    "DE": (Role.BUREAU, None),
    "XP-airline": (Role.PARTNER, None),
}
ADA = Person(
    family_name="Fiction",
    forename="Ada",
    sex="F",
    born="1980-05-06",
    documents=({"number": "EXP000077", "country": "FR"},),
)
PASSPORT = TravelDocument(document={"number": "EXP000017", "country": "FR"}, fraud="stolen", owner_ref="FR-77")
VIN = "1M8GDM9AXKP042788"
LOCI = {f"D{number}S1": ("12", "13.2") for number in range(12)}
FACE = tuple(range(0, 256, 8))
KEPT = [
    Record("NOM-000001", "FR", Database.NOMINAL, ADA, "wanted"),
    Record("SLTD-000001", "FR", Database.SLTD, PASSPORT, "burglary"),
    Record("SAD-000001", "FR", Database.SAD, AdministrativeDocument(number="EXA12345", country="FR")),
    Record("SMV-000001", "FR", Database.SMV, Vehicle(vin=VIN, plate="EX-123", country="FR", engine="ENG777")),
    Record("VES-000001", "FR", Database.VESSELS, Vessel(name="Étoile fictive", imo="9074729")),
    Record("GUN-000001", "FR", Database.FIREARMS, Firearm(serial="EX-777", make="Fictarms")),
    Record("ART-000001", "FR", Database.ART, Artwork(title="Paysage qui n'existe pas", artist="A. Fictif")),
    Record("DNA-000001", "FR", Database.DNA, DnaProfile(loci=LOCI)),
    Record("FPR-000001", "FR", Database.FINGERPRINTS, Template(features=FACE)),
    Record("FACE-000001", "FR", Database.FACES, Template(features=FACE)),
]


def directory() -> Directory:
    entries = {
        party: PartyEntry(
            party=party,
            role=role,
            name=party,
            parent=parent,
            clearance="confidential",
            enrolment=Enrolment.ENROLLED,
            card="0" * 64,
            certificate="0" * 64,
        )
        for party, (role, parent) in ROLES.items()
    }
    return Directory(1, NOON + timedelta(days=900), entries)


class Desk:
    """The secretariat with verbs: a message comes in, its answer is due, and what was sent is looked at."""

    def __init__(self, records: list[Record] = KEPT) -> None:
        databases = Databases()
        databases.load(records)
        self.core = SecretariatCore(directory(), 1, databases)
        self.now = NOON
        self.numbers = itertools.count(1)
        self.plans: list[tuple[datetime, object]] = []
        self.remarks: list[str] = []

    def header(self, sender: str, kind: Kind, **fields: object) -> Header:
        own = {"purpose": "border-management"}
        return plain_header(sender, ("IPSG",), kind, next(self.numbers), self.now, **(own | fields))

    def query(self, sender: str, database: str, level: str = "official-use", **fields: object) -> list[Draft]:
        header = self.header(
            sender, Kind.DB_QUERY, channel="query", database=database, operation="query", classification=level
        )
        return self.message(header, Query.model_validate({"database": database, **fields}))

    def enter(self, sender: str, database: str, operation: str = "create", **fields: object) -> list[Draft]:
        kind = {"create": Kind.DB_RECORD, "update": Kind.DB_UPDATE, "delete": Kind.DB_DELETE}[operation]
        header = self.header(sender, kind, channel="record", database=database, operation=operation, purpose="locate")
        entry = RecordEntry.model_validate({"database": database, "operation": operation, **fields})
        return self.message(header, entry)

    def message(self, header: Header, content: object) -> list[Draft]:
        plan = self.core.handle(MessageOpened(header, content), self.now)[0]
        assert isinstance(plan, Schedule)
        return self.due(self.now + plan.after, plan.cause)

    def due(self, time: datetime, cause: object) -> list[Draft]:
        self.now = time
        drafts = []
        for action in self.core.handle(CauseDue(cause), time):
            match action:
                case Send(draft=draft):
                    drafts.append(draft)
                case Schedule(after=after, cause=planned):
                    self.plans.append((time + after, planned))
                case Remark(text=text):
                    self.remarks.append(text)
        return drafts

    def wait(self) -> list[Draft]:
        """Everything that is planned comes due, in order."""
        drafts = []
        while self.plans:
            self.plans.sort(key=lambda plan: plan[0])
            drafts += self.due(*self.plans.pop(0))
        return drafts

    def bar(self, owner: str, *bars: Bar) -> None:
        self.core.handle(StatementTold(owner, Bars(bars=bars)), self.now)


def said(drafts: list[Draft]) -> QueryResult:
    assert drafts[0].kind is Kind.DB_RESULT
    assert isinstance(drafts[0].content, QueryResult)
    return drafts[0].content

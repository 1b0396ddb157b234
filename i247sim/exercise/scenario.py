"""A scenario: who takes part, what holds at the start, what happens when, and what is expected.

Models only: frozen, unknown keys refused, no I/O. ``loader.load`` reads one from YAML and checks what it
refers to; ``docs/scenarios.md`` explains it to authors. All persons, documents and cases are fictional.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema, model_validator

from i247sim.exercise.claims import Expectation, Milestone
from i247sim.exercise.country import Change
from i247sim.exercise.durations import Duration, Span
from i247sim.exercise.naming import Label, Sentence
from i247sim.exercise.orders import check_review
from i247sim.exercise.prepared import Prepared
from i247sim.exercise.sending import Send
from i247sim.exercise.steps import Step
from i247sim.secretariat.commission import DAY, MAX_ADMISSIBLE, MAX_DECIDE, OF_ACCESS, Finding
from i247sim.secretariat.review import SILVER_CEILING
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.contents import Wants
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.directory import ProfileEntry
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.duties import Duty
from i247sim.vocabulary.messages import Classification, Database, Operation, RecordId
from i247sim.vocabulary.parties import (
    COMMISSION,
    HUB,
    REGIONS,
    REVIEWER,
    SECRETARIAT,
    PartyId,
    Role,
    State,
    groups_of,
    members,
)
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.records import KEY_OF, Particulars
from i247sim.vocabulary.statements import Bar, MeasureSet, Whom
from i247sim.vocabulary.times import SimTime

NOTICE = "exercise: all persons, documents, cases and messages are fictional"
"""Shown wherever a scenario is; no author needs to remember it."""

DEFAULT_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
EARLIEST, LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
"""Between these an exercise may start: certificates know no time before 1970, and none may run past the year 9999."""
ALL_RIGHTS: tuple[str, ...] = tuple(
    f"{database}:{operation}"
    for database, operation in product(Database, Operation)
    if operation is Operation.QUERY or database not in (Database.TDAWN, Database.BORDER)
)
"""Every right in every database: the profile of bureaus and of the secretariat. Nobody writes to what notices make."""
SILVER_RIGHTS = ("silver:create", "silver:query")
"""To ask for Silver Notices, and to get them: for the members of the pilot."""
_BODIES = {"UNSC": "UN Security Council, sanctions committees", "ICC": "International Criminal Court"}
GROUPS = ("members", *REGIONS)
"""What `to` and `whom` may name beside parties."""

Bars = Annotated[tuple[Bar, ...], Field(max_length=256)]

ALL = "all"
"""Instead of a list of bureaus: all members."""


def _all_members(value: object) -> object:
    return tuple(members()) if value == ALL else value


Bureaus = Annotated[
    tuple[PartyId, ...],
    Field(max_length=196),
    BeforeValidator(_all_members),
    WithJsonSchema(
        {"anyOf": [{"const": ALL}, {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 196}]}
    ),
]
"""Codes of members, or ``all``."""


def _within_reach(start: datetime) -> datetime:
    if not EARLIEST <= start <= LATEST:
        raise ValueError(f"expected a time from {EARLIEST.year} to {LATEST.year}")
    return start


class Entity(Word):
    """A national unit under its bureau: a border post, a customs service."""

    parent: PartyId
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    profile: tuple[ProfileEntry, ...] = ()
    """Database rights such as ``sltd:query``; what is not listed is not allowed."""
    direct: bool = False
    """Whether it may write to foreign bureaus."""
    quota: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """How many messages (queries above all) its bureau lets it send in an hour."""


class SubBureau(Word):
    """A dependent territory's office with authority lent by its parent bureau."""

    parent: PartyId
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    profile: tuple[ProfileEntry, ...] = ALL_RIGHTS


class Partner(Word):
    """A private partner that may submit document numbers."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    parent: PartyId | None = None
    profile: tuple[ProfileEntry, ...] = ("sltd:query",)


class Participants(Word):
    """Who takes part. ``IPSG`` (secretariat), ``NDTF`` (reviewer) and ``HUB`` always do, with all rights."""

    bureaus: Bureaus
    """Codes of members, or ``all`` for all 196; their names come from the table."""
    entities: dict[PartyId, Entity] = Field(default_factory=dict)
    sub_bureaus: dict[PartyId, SubBureau] = Field(default_factory=dict)
    partners: dict[PartyId, Partner] = Field(default_factory=dict)
    bodies: tuple[Literal["UNSC", "ICC"], ...] = ()
    """International bodies that may ask for the notices agreed with them."""
    pilot: Bureaus = ()
    """Bureaus in the pilot of Silver Notices: they alone ask for them and get them."""
    clearances: dict[PartyId, Classification] = Field(default_factory=dict)
    """The highest level a party may be sent. Else: ``restricted``, for partners ``official-use``."""


class StartMeasure(Word):
    """The state of a bureau when the exercise begins."""

    state: State
    reason: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")] = ""
    review_in: Duration | None = None
    """When it is looked at again; a supervision, at most three months long, ends then."""

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        check_review(self.state, self.review_in)
        return self

    def said(self, party: PartyId, now: datetime) -> MeasureSet:
        """What the secretariat states about ``party`` at ``now``."""
        review_on = now + self.review_in if self.review_in is not None else None
        return MeasureSet(party=party, state=self.state, reason=self.reason, review_on=review_on)


class Record(Particulars):
    """A record that the databases hold when the exercise begins: a person, a travel document, a vehicle …"""

    owner: PartyId
    id: RecordId

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.data is None:
            raise ValueError(f"a record is about something; expected exactly one of {', '.join(KEY_OF.values())}")
        return self

    @property
    def database(self) -> Database:
        """Where it is kept."""
        (key,) = self.keys()
        return next(database for database, its_key in KEY_OF.items() if its_key == key)


class OfficerDuty(Duty):
    """A duty as a scenario writes it: ``after: 10m..30m``."""

    after: Span


class Review(Word):
    """How the reviewer acts: after a while it checks the minimum data, and then decides so."""

    after: Span = (20 * 60, 40 * 60)
    decide: Literal["publish", "refuse"] = "publish"
    code: Code | None = None
    """Why it refuses: ``R-ART2``, ``R-ART3`` or ``R-REFUGEE``."""
    flagged: Literal["wait", "publish", "refuse", "ask"] = "wait"
    """What it does with a request that touches Article 2 or 3 or the refugee rule: it waits for a person (``rule``)."""
    incomplete: Literal["refuse", "ask"] = "refuse"
    """Whether it refuses what lacks something, or asks for it. Either way everything that is missing is listed."""
    held: Literal["wait", "release", "refuse"] = "wait"
    """What the secretariat does with what a supervised bureau sends."""
    silver_before: Annotated[int, Field(ge=0, le=SILVER_CEILING)] = 0
    """How many Silver Notices the pilot has published before the exercise; it ends at ``SILVER_CEILING``."""

    @model_validator(mode="after")
    def _reason(self) -> Self:
        if (self.decide == "refuse") != (self.code is not None):
            raise ValueError("a refusal, and only that, has a `code`")
        if self.code not in (None, Code.ART2, Code.ART3, Code.REFUGEE):
            raise ValueError(f"`{self.code}` is not a reason of the reviewer; expected R-ART2, R-ART3 or R-REFUGEE")
        return self


class Briefing(Word):
    """The title page for instructors, beside ``title`` and ``aim``."""

    watch: Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=20)]
    """What to look at while it runs."""
    discuss: Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=20)]
    """Questions for the class."""
    ends: Sentence
    """How it ends if nobody interferes."""


RuleName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{1,39}$")]
"""The id of a rule or of a procedure."""


class Commission(Word):
    """The Commission for the Control of Files takes part, and finds so."""

    admissible: Span = (5 * DAY, 25 * DAY)
    """Until it has decided whether a request is admissible: at most a month."""
    decide: Span = (60 * DAY, 120 * DAY)
    """Until it decides after that: at most nine months. For access, four at most, whatever stands here."""
    finding: Finding = "delete"
    findings: dict[Wants, Finding] = Field(default_factory=dict)
    """By what is asked for, where that is another: `{access: disclose, revision: delete}`. Without anything that fits,
    what the files hold is disclosed to whoever asks for access."""

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.admissible[1] > MAX_ADMISSIBLE:
            raise ValueError("whether a request is admissible is decided within a month; expected at most `30d`")
        if self.decide[1] > MAX_DECIDE:
            raise ValueError("a request is decided within nine months; expected at most `270d`")
        for wants, finding in self.findings.items():
            if finding != "inadmissible" and (wants == "access") != (finding in OF_ACCESS):
                fit = [one for one in get_args(Finding) if (wants == "access") == (one in OF_ACCESS)]
                raise ValueError(f"`{finding}` is not found of a request for `{wants}`; expected {', '.join(fit)}")
        return self


@dataclass(frozen=True)
class Party:
    """One participant with everything the directory says of it, keys apart."""

    id: str
    role: Role
    name: str
    parent: str | None = None
    clearance: Classification = Classification.RESTRICTED
    profile: tuple[str, ...] = ()
    direct: bool = True
    quota: int | None = None


class Scenario(Word):
    """A whole scenario. See the module for what the parts are."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    aim: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    """What a trainee should have understood at the end."""
    briefing: Briefing | None = None
    """The title page for instructors."""
    about: Annotated[tuple[RuleName, ...], Field(max_length=20)] = ()
    """Rules and procedures that the case is about: without any of them an expectation must fail."""
    start: Annotated[SimTime, AfterValidator(_within_reach)] = DEFAULT_START
    """When the exercise clock stands at ``T+0s``: from 1980 to 2199."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    """For officers' delays only; never for anything secret."""
    participants: Participants
    restrictions: dict[PartyId, Bars] = Field(default_factory=dict)
    """Owner: whom it has barred from its data when the exercise begins."""
    acceptances: dict[PartyId, Bars] = Field(default_factory=dict)
    """Receiver: what it does not accept."""
    measures: dict[PartyId, StartMeasure] = Field(default_factory=dict)
    rules: Annotated[tuple[Annotated[str, StringConstraints(max_length=20_000)], ...], Field(max_length=64)] = ()
    """Cedar texts: the exercise's own ``forbid`` rules, beside those of the network. Linted before the start."""
    records: tuple[Record, ...] = ()
    officers: dict[Whom, tuple[OfficerDuty, ...]] = Field(default_factory=dict)
    """How the simulated duty officers answer, by party or by group: see ``duties``."""
    desks: Bureaus = ()
    """Bureaus whose desks work by themselves, by their national profiles, where `officers` does not say otherwise."""
    profiles: dict[PartyId, Change] = Field(default_factory=dict)
    """What is different in a country's profile in this exercise."""
    unheeded: tuple[Procedure, ...] = ()
    """Procedures that nobody follows in this exercise: to show what they are good for."""
    agree_to_be_found: tuple[RecordId, ...] = ()
    """Records of missing adults who agree, when a desk finds and asks them, that the place is told. Nobody else."""
    review: Review = Review()
    commission: Commission | None = None
    timeline: Annotated[tuple[Step, ...], Field(max_length=2000)]
    shelf: dict[Label, Prepared] = Field(default_factory=dict)
    """Prepared injects by name: off the timeline, to be taken while it runs."""
    expect: tuple[Expectation, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    """How far the exercise has come, with the time when it was reached; unlike expectations they never fail."""

    def parties(self) -> dict[str, Party]:
        """Everybody in the exercise by id, parents before children: ``HUB``, ``IPSG``, ``NDTF`` come first."""
        who = self.participants
        cleared = who.clearances
        usual = Classification.RESTRICTED
        offices = [
            (SECRETARIAT, Role.SECRETARIAT, "General Secretariat", ALL_RIGHTS),
            (REVIEWER, Role.REVIEWER, "Notices and Diffusions Task Force", ALL_RIGHTS),
        ]
        if self.commission is not None:
            offices.append((COMMISSION, Role.COMMISSION, "Commission for the Control of Files", ()))
        found = [Party(HUB, Role.HUB, "Exchange", clearance=Classification.OFFICIAL_USE, direct=False)]
        for id_, role, name, profile in offices:
            clearance = cleared.get(id_, Classification.CONFIDENTIAL)
            found.append(Party(id_, role, name, None, clearance, profile))
        for body in who.bodies:
            found.append(Party(body, Role.INTERNATIONAL, _BODIES[body], None, cleared.get(body, usual)))
        for id_ in who.bureaus:
            name = members()[id_].name if id_ in members() else id_
            profile = (*ALL_RIGHTS, *SILVER_RIGHTS) if id_ in who.pilot else ALL_RIGHTS
            found.append(Party(id_, Role.BUREAU, name, None, cleared.get(id_, usual), profile))
        for id_, sub in who.sub_bureaus.items():
            found.append(Party(id_, Role.SUB_BUREAU, sub.name, sub.parent, cleared.get(id_, usual), sub.profile))
        for id_, unit in who.entities.items():
            clearance = cleared.get(id_, usual)
            found.append(
                Party(id_, Role.ENTITY, unit.name, unit.parent, clearance, unit.profile, unit.direct, unit.quota)
            )
        for id_, partner in who.partners.items():
            clearance = cleared.get(id_, Classification.OFFICIAL_USE)
            found.append(Party(id_, Role.PARTNER, partner.name, partner.parent, clearance, partner.profile, False))
        return {party.id: party for party in found}

    def duties(self, party: str) -> tuple[OfficerDuty, ...]:
        """The duties of a party's officer: its own if it has an entry, else its region's, else those of `members`.

        Groups are for bureaus; an entity or a partner has what stands under its own id.
        """
        groups = reversed(groups_of(party)) if party in self.participants.bureaus else ()
        return next((self.officers[key] for key in (party, *groups) if key in self.officers), ())

    def expand(self, to: tuple[str, ...], sender: str) -> tuple[str, ...]:
        """``to`` with its groups replaced by the bureaus that take part and belong to them.

        In order of first mention, each party once. A group never includes the sender.
        """
        found: dict[str, None] = {}
        for whom in to:
            in_group = [id_ for id_ in self.participants.bureaus if whom in groups_of(id_) and id_ != sender]
            found.update(dict.fromkeys(in_group if whom in GROUPS else [whom]))
        return tuple(found)

    def draft(self, send: Send, label: str | None = None) -> Draft:
        """``send`` as a draft, its groups expanded. ``your_ref`` and ``in_reply_to`` are left to the sender."""
        return send.draft(self.expand(send.addressees(), send.sender), label)

    def steps(self) -> tuple[Step, ...]:
        """The steps that have a time, in order of time; those of the same time keep the order of the file."""
        return tuple(sorted((step for step in self.timeline if step.at is not None), key=lambda step: step.offset))

    def waiting(self) -> tuple[Step, ...]:
        """The steps that wait for something to happen (``Step.after``), in the order of the file."""
        return tuple(step for step in self.timeline if step.after is not None)

    def lasts(self) -> timedelta:
        """The last offset that the scenario names: of a step, or of an expectation's ``by``."""
        named = [step.at for step in self.timeline] + [one.by for one in self.expect]
        return max((one for one in named if one is not None), default=timedelta())

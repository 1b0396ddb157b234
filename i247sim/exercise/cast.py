"""Who plays whom: the core of every party of a scenario, before any network. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from i247sim.bureau.core import BureauCore
from i247sim.bureau.desk import DutyDesk
from i247sim.bureau.room import Room
from i247sim.exercise.atlas import acceptances, atlas
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.seats import SeatCore
from i247sim.node.actions import Core, Declare
from i247sim.secretariat.commission import CommissionCore, Commissioning
from i247sim.secretariat.core import SecretariatCore
from i247sim.secretariat.databases import Databases, Holdings, Record
from i247sim.secretariat.entries import review_causes
from i247sim.secretariat.reviewer import ReviewerCore
from i247sim.secretariat.reviewing import Reviewing
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.messages import Classification
from i247sim.vocabulary.parties import COMMISSION, REVIEWER, SECRETARIAT, Role
from i247sim.vocabulary.statements import Bars


def cores(scenario: Scenario, directory: Directory, holdings: Holdings | None = None) -> dict[str, Core]:
    """A fresh core for every party but the hub, by id. ``directory``: the one that the exercise begins with.

    ``holdings``: records of a file, besides those of the scenario.
    """
    databases = Databases(holdings)
    databases.load(first_records(scenario))
    review = scenario.review
    reviewing = Reviewing(
        review.after,
        review.decide == "publish",
        review.code,
        review.flagged,
        review.incomplete,
        review.held,
        review.silver_before,
    )
    made: dict[str, Core] = {
        SECRETARIAT: SecretariatCore(directory, scenario.seed, databases, frozenset(scenario.unheeded), reviewing),
        REVIEWER: ReviewerCore(REVIEWER, scenario.seed, reviewing),
    }
    if scenario.commission is not None:
        how = scenario.commission
        commissioning = Commissioning(how.admissible, how.decide, how.finding, how.findings)
        made[COMMISSION] = CommissionCore(scenario.seed, commissioning)
    # A long file, and read only where somebody works by a profile.
    book = atlas(scenario) if scenario.desks else None
    unheeded, agreeing = frozenset(scenario.unheeded), frozenset(scenario.agree_to_be_found)
    parties = scenario.parties().values()
    for party in parties:
        if party.id in made or party.role is Role.HUB:
            continue
        works = party.role is Role.BUREAU and party.id in scenario.desks
        units = tuple(one.id for one in parties if one.parent == party.id and one.role is Role.ENTITY) if works else ()
        desk = DutyDesk(Room(party.id, scenario.seed, book, unheeded, agreeing, units)) if book and works else None
        made[party.id] = BureauCore(party.id, scenario.duties(party.id), scenario.seed, party.parent, desk, holdings)
    desks = {party: SeatCore(core) for party, core in made.items() if isinstance(core, BureauCore)}
    return {**made, **desks}


def first_records(scenario: Scenario) -> list[Record]:
    """The records that the databases hold when the exercise begins, in the order of the file."""
    found = []
    for one in scenario.records:
        assert one.data is not None, "a scenario's record has data"
        level = one.classification or Classification.OFFICIAL_USE
        record = Record(one.id, one.owner, one.database, one.data, one.summary or "", classification=level)
        found.append(replace(record, review_on=one.review_on, action=one.action))
    return found


def first_statements(scenario: Scenario, now: datetime) -> Iterator[tuple[str, Declare]]:
    """(Party, statement) of what holds from the beginning, in order: from whom data are kept, what is accepted from
    whom, which measures are in force. ``now``: when they are stated."""
    for party, bars in sorted(scenario.restrictions.items()):
        yield party, Declare(FrameType.RESTRICTION, Bars(bars=bars))
    for party, bars in sorted(acceptances(scenario).items()):
        yield party, Declare(FrameType.ACCEPTANCE, Bars(bars=bars))
    for party, measure in sorted(scenario.measures.items()):
        yield SECRETARIAT, Declare(FrameType.MEASURE, measure.said(party, now))


def first_causes(scenario: Scenario) -> list[tuple[datetime, str, object]]:
    """(Time, party, cause) of what is planned from the beginning on because of the records: their review dates."""
    return [
        (time, SECRETARIAT, cause)
        for record in first_records(scenario)
        for time, cause in review_causes(record, scenario.start)
    ]

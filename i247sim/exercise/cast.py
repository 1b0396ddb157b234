"""Who plays whom: the core of every party of a scenario, before any network. Pure."""

from i247sim.bureau.core import BureauCore
from i247sim.exercise.scenario import Scenario
from i247sim.node.actions import Core
from i247sim.secretariat.core import SecretariatCore
from i247sim.secretariat.databases import Databases, Record
from i247sim.secretariat.reviewer import ReviewerCore
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.parties import REVIEWER, SECRETARIAT, Role


def cores(scenario: Scenario, directory: Directory) -> dict[str, Core]:
    """A fresh core for every party but the hub, by id. ``directory``: the one that the exercise begins with."""
    databases = Databases()
    databases.load(
        Record(one.id, one.owner, one.database, one.person, one.document, one.summary or "") for one in scenario.records
    )
    review = scenario.review
    made: dict[str, Core] = {
        SECRETARIAT: SecretariatCore(directory, scenario.seed, databases),
        REVIEWER: ReviewerCore(REVIEWER, scenario.seed, review.after, review.decide == "publish", review.code),
    }
    for party in scenario.parties().values():
        if party.id not in made and party.role is not Role.HUB:
            made[party.id] = BureauCore(party.id, scenario.duties(party.id), scenario.seed, party.parent)
    return made

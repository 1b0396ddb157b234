"""The shipped stories against the rules: every scripted message is decided as its expectations say.

Without a network: statements, measures and revocations are applied in order of time, each `send` is decided by
the engine, what it allows is opened at once or when the reader's link is back. The automatic messages (decisions
of the reviewer, results, hits) and officers' answers are not played here.
"""

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from i247sim.exercise.catalogue import find, shipped
from i247sim.exercise.claims import AccessClaim, RefusedClaim
from i247sim.exercise.expectations import Result, evaluate
from i247sim.exercise.loader import load
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.steps import Accept, Cut, Measure, Restore, Restrict, Revoke, Send, Step
from i247sim.exercise.transcript import Decision, MessageRow, Reached, Transcript
from i247sim.policy.engine import Engine, Rulebook
from i247sim.policy.facts import MessageFacts, Review, World
from i247sim.vocabulary.contents import digest
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.directory import Directory, Enrolment, PartyEntry
from i247sim.vocabulary.messages import Suite
from i247sim.vocabulary.statements import Bars


@dataclass
class Rehearsal:
    """A scenario without its network: only what the rules say of its scripted messages."""

    scenario: Scenario
    engine: Engine
    states: dict = field(default_factory=dict)
    restrictions: dict = field(default_factory=dict)
    acceptances: dict = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    away: set[str] = field(default_factory=set)
    rows: list[MessageRow] = field(default_factory=list)
    facts: dict[str, MessageFacts] = field(default_factory=dict)

    def play(self) -> Transcript:
        scenario = self.scenario
        self.states = {party: measure.state for party, measure in scenario.measures.items()}
        self.restrictions = {party: Bars(bars=bars) for party, bars in scenario.restrictions.items()}
        self.acceptances = {party: Bars(bars=bars) for party, bars in scenario.acceptances.items()}
        for step in scenario.steps():
            now = scenario.start + step.at
            self.step(step, now)
            self.hand_over(now)
        return Transcript.of(self.rows)

    def step(self, step: Step, now: datetime) -> None:
        match step.verb:
            case Send() as send:
                self.send(send, step.label, now)
            case Restrict(party=party, bars=bars):
                self.restrictions[party] = Bars(bars=bars)
            case Accept(party=party, bars=bars):
                self.acceptances[party] = Bars(bars=bars)
            case Measure(party=party, state=state):
                self.states[party] = state
            case Revoke(party=party):
                self.revoked.add(party)
            case Cut(party=party):
                self.away.add(party)
            case Restore(party=party):
                self.away.remove(party)

    def world(self) -> World:
        entries = {
            party.id: PartyEntry(
                party=party.id,
                role=party.role,
                name=party.name,
                parent=party.parent,
                clearance=party.clearance,
                profile=party.profile,
                direct=party.direct,
                enrolment=Enrolment.REVOKED if party.id in self.revoked else Enrolment.ENROLLED,
                card="0" * 64,
                certificate="0" * 64,
            )
            for party in self.scenario.parties().values()
        }
        directory = Directory(1, self.scenario.start, entries)
        return World(directory, self.states, self.restrictions, self.acceptances)

    def send(self, send: Send, label: str | None, now: datetime) -> None:
        draft = self.scenario.draft(send, label)
        number = sum(row.sender == send.sender for row in self.rows) + 1
        name = f"{send.sender}#{number}"
        facts = MessageFacts(
            id=name,
            sender=send.sender,
            on_behalf_of=draft.on_behalf_of,
            channel=draft.channel,
            kind=draft.kind,
            purpose=draft.purpose,
            notice_type=draft.notice.type if draft.notice else None,
            database=draft.database,
            operation=draft.operation,
            classification=draft.classification,
            suite=Suite.V1,
            named=draft.to,
            sealed_to=draft.to,
            audience=False,
            quoted=tuple((one.owner, one.record) for one in draft.quoted),
            review=Review.NONE,
        )
        whole = self.engine.decide_message(self.world(), facts)
        verdicts = (
            self.engine.decide_addressees(self.world(), facts, draft.to)
            if whole.allowed
            else dict.fromkeys(draft.to, whole)
        )
        assert not any(verdict.errors for verdict in verdicts.values())
        self.facts[name] = facts
        self.rows.append(
            MessageRow(
                time=now,
                sender=send.sender,
                name=name,
                kind=draft.kind,
                channel=draft.channel,
                addressees=draft.to,
                plaintext=digest(draft.content),
                decisions=tuple(
                    Decision(party, verdict.outcome, verdict.code, verdict.rules) for party, verdict in verdicts.items()
                ),
                label=label,
            )
        )

    def hand_over(self, now: datetime) -> None:
        for number, row in enumerate(self.rows):
            reached = list(row.reached)
            for one in row.decisions:
                party = one.party
                if one.outcome is not Outcome.QUEUED or row.outcome(party) is not None:
                    continue
                again = self.engine.decide_addressees(self.world(), self.facts[row.name], (party,))[party]
                if not again.allowed:
                    reached.append(Reached(party, now, Outcome.WITHHELD, again.code))
                elif party not in self.away:
                    reached.append(Reached(party, now, Outcome.OPENED))
            self.rows[number] = MessageRow(**{**vars(row), "reached": tuple(reached)})


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Rulebook.load())


def scripted(scenario: Scenario, results: list[Result]) -> list[Result]:
    """The results that are about scripted messages alone: who could read what, and why not."""
    labels = {step.label for step in scenario.timeline}
    return [
        result
        for result in results
        if isinstance(result.expectation.claim, AccessClaim | RefusedClaim)
        and result.expectation.claim.message in labels
    ]


@pytest.mark.parametrize("name", [one.name for one in shipped()])
def test_every_scripted_message_is_decided_as_the_story_expects(name: str, engine: Engine) -> None:
    scenario = load(find(name))
    results = scripted(scenario, evaluate(scenario, Rehearsal(scenario, engine).play()))
    assert len(results) >= 5
    assert [(result.expectation.says, result.evidence) for result in results if not result.passed] == []


@pytest.mark.parametrize("name", [one.name for one in shipped()])
def test_every_expectation_fails_if_nothing_happens_unless_it_counts_to_nothing(name: str) -> None:
    scenario = load(find(name))
    for result in evaluate(scenario, Transcript()):
        counted = result.expectation.count
        assert result.passed == (counted is not None and counted.exactly == 0)


def test_who_can_read_shows_six_different_answers(engine: Engine) -> None:
    scenario = load(find("who-can-read"))
    warning = Rehearsal(scenario, engine).play().named("warning")
    assert warning is not None
    answers = {one.party: (one.outcome, one.code) for one in warning.decisions if one.party != "IPSG"}
    assert len(answers) == 5
    assert len(set(answers.values())) == 5
    assert "AU" not in warning.addressees
    assert len(scenario.participants.bureaus) - 1 == 6


def test_red_notice_story_bars_norway_from_everything_of_the_source() -> None:
    scenario = load(find("red-notice"))
    assert [bar.whom for bar in scenario.restrictions["FR"]] == ["NO"]
    assert all(bar.scope.model_dump(exclude_none=True) == {} for bar in scenario.restrictions["FR"])


@pytest.mark.parametrize("name", [one.name for one in shipped()])
def test_a_shipped_story_teaches(name: str) -> None:
    """Every send has a label to speak of, most steps have a note, and expectations say yes and no."""
    scenario = load(find(name))
    assert all(step.label for step in scenario.timeline if step.send)
    assert sum(step.note is not None for step in scenario.timeline) >= len(scenario.timeline) // 2
    outcomes = {one.access.is_ for one in scenario.expect if one.access}
    assert {"opened", "refused", "not-addressed"} <= outcomes

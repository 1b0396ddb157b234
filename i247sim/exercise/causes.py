"""A timeline step as the action that its party carries out."""

import json
from dataclasses import replace

from i247sim.exercise.agenda import Due
from i247sim.exercise.flood import Burst
from i247sim.exercise.looking import Look
from i247sim.exercise.orders import Accept, Measure, Restrict
from i247sim.exercise.rulings import Rule
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.seats import SeatChange
from i247sim.exercise.sending import Send
from i247sim.exercise.staging import Seat
from i247sim.exercise.steps import Step
from i247sim.exercise.transcript import logical_name
from i247sim.node import actions
from i247sim.node.site import Site
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.statements import Bars


class Causes:
    """What the parties of one exercise are given to do."""

    def __init__(self, scenario: Scenario, site: Site) -> None:
        self._scenario = scenario
        self._site = site

    def of(self, due: Due) -> object:
        """The action of a step that is due now, or of a flood's burst; a core's own cause as it is."""
        if isinstance(due.cause, Burst):
            return tuple(actions.Send(draft) for draft in due.cause.drafts())
        if not isinstance(due.cause, Step):
            return due.cause
        match due.cause.verb:
            case Send() as send:
                draft = self._scenario.draft(send, due.cause.label)
                answered = self.reference(send.answers) if send.answers else None
                consent = self.reference(send.consent) if send.consent else None
                return actions.Send(replace(draft, your_ref=answered, consent_ref=consent))
            case Restrict() as declared:
                return actions.Declare(FrameType.RESTRICTION, Bars(bars=declared.bars))
            case Accept() as declared:
                return actions.Declare(FrameType.ACCEPTANCE, Bars(bars=declared.bars))
            case Measure() as measure:
                return actions.Declare(FrameType.MEASURE, measure.said(self._site.now))
            case Rule() as rule:
                return rule.ruling(self.reference(rule.message) if rule.message else None)
            case Look() as look:
                return look.cause
            case Seat() as seat:
                return SeatChange(seat.taken)
            case verb:
                raise AssertionError(f"not a party's step: {verb!r:.60}")

    def reference(self, wanted: str) -> str | None:
        """The own reference of the message that a scenario names: by label, ``FR#3`` or ``IPSG:KIND:2``."""
        sent = [(party, json.loads(facts)) for party, facts in self._site.store.rows("SELECT party, facts FROM sent")]
        if ":" in wanted:
            sender, kind, *nth = wanted.split(":")
            found = sorted(facts["ref"] for party, facts in sent if party == sender and facts["kind"] == kind)
            place = int(nth[0]) - 1 if nth else 0
            return found[place] if place < len(found) else None
        for _, facts in sent:
            if wanted in (facts.get("label"), logical_name(facts["ref"])):
                reference: str = facts["ref"]
                return reference
        return None

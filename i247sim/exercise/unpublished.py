"""Requests for notices in a scenario of which no notice comes, and why. Pure."""

from collections.abc import Iterator

from i247sim.exercise.rehearsal import Rehearsed
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.transcript import StatementRow, StatementType
from i247sim.secretariat.review import missing_from
from i247sim.vocabulary.contents import Notice
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.parties import REVIEWER


def unpublished(scenario: Scenario, rehearsed: Rehearsed) -> Iterator[tuple[int, str]]:
    """(Number of the step, why) of every request that the reviewer has read, and has found incomplete or laid aside.

    What it has refused for its content, as the scenario has it decide (``review``), is not among them, nor what the
    scenario expects something of: its author knows.
    """
    rows = rehearsed.transcript.rows
    expected = [rehearsed.transcript.named(getattr(one.claim, "message", "")) for one in scenario.expect]
    decided = {
        row.target: row.statement
        for row in rows
        if isinstance(row, StatementRow) and row.type is StatementType.NOTICE_DECISION
    }
    for number, message in rehearsed.steps.items():
        step = scenario.timeline[number]
        row = rehearsed.transcript.named(message.name)
        end = row.outcome(REVIEWER) if row is not None else None
        if step.send is None or end is None or end.outcome is not Outcome.OPENED or row in expected:
            continue
        content = scenario.draft(step.send, step.label).content
        if not isinstance(content, Notice):
            continue
        lacks = "; ".join(missing_from(content))
        said = decided.get(message.name)
        if said == f"refuse {Code.DATA}" and lacks:
            yield number, f"`{REVIEWER}` refuses it with {Code.DATA}, since it lacks {lacks}; add that"
        elif said is None and lacks:
            yield number, f"`{REVIEWER}` sends it back and never decides, since it lacks {lacks}; add that"
        elif said is None and (why := _laid_aside(rehearsed, message.facts["ref"])):
            yield (
                number,
                f"it waits for a person to the end, since {why}; decide with `rule`, or say `review: {{flagged}}`",
            )


def _laid_aside(rehearsed: Rehearsed, reference: str) -> str:
    """For what questions the reviewer waits for a person; empty if it does not."""
    mark = f"request {reference} waits for a person: "
    found = (text.removeprefix(mark) for _, party, text in rehearsed.remarks if party == REVIEWER)
    return next((text for text in found if not text.startswith("request ")), "")

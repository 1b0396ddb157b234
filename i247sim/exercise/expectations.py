"""Whether a run went as its scenario expects: each claim decided, with the evidence in one sentence.

Pure: a scenario and a transcript in, results out. A claim about a message that never was sent fails,
also a negative one: nobody should be reassured by something that did not happen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from i247sim.exercise.claims import (
    Access,
    AccessClaim,
    AnswerClaim,
    AppealClaim,
    CountClaim,
    Expectation,
    FindingClaim,
    RefusedClaim,
)
from i247sim.exercise.durations import format_duration
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.transcript import MessageRow, Reached, Transcript
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Kind, in_words
from i247sim.vocabulary.times import to_text

_SHOWN = 10
"""Messages that the evidence of a count names; of more, how many."""


@dataclass(frozen=True)
class Result:
    """One expectation, whether it was met, and what was found instead or as expected."""

    expectation: Expectation
    passed: bool
    evidence: str


def evaluate(scenario: Scenario, transcript: Transcript, live: Sequence[Expectation] = ()) -> list[Result]:
    """One result per expectation of ``scenario``, in its order, then one for each that came with a ``live`` inject."""
    return [_result(scenario, transcript, one) for one in (*scenario.expect, *live)]


def _result(scenario: Scenario, transcript: Transcript, expectation: Expectation) -> Result:
    by = None if expectation.by is None else scenario.start + expectation.by
    claim = expectation.claim
    match claim:
        case CountClaim():
            passed, evidence = _count(transcript, claim, by)
        case AppealClaim():
            passed, evidence = _appeal(transcript, claim, by)
        case AccessClaim() | AnswerClaim() | FindingClaim() | RefusedClaim():
            row = transcript.named(claim.message)
            if row is None or (by is not None and row.time > by):
                sent = f"; it was sent only at {to_text(row.time)}" if row else ""
                return Result(expectation, False, f"there was no message `{claim.message}`{_until(by)}{sent}")
            match claim:
                case AccessClaim():
                    passed, evidence = _access(row, claim, by)
                case AnswerClaim():
                    passed, evidence = _answer(transcript, row, claim, by)
                case FindingClaim():
                    passed, evidence = _finding(transcript, row, claim, by)
                case RefusedClaim():
                    passed, evidence = _refused(row, claim, by)
    return Result(expectation, passed, evidence)


def _access(row: MessageRow, claim: AccessClaim, by: datetime | None) -> tuple[bool, str]:
    party = claim.party
    if party not in row.addressees:
        evidence = f"{_name(row)} does not name {party}; it names {', '.join(sorted(row.addressees))}"
        return claim.is_ in (Access.NOT_ADDRESSED, Access.NOT_OPENED), evidence
    found = _standing(row, party, by)
    if found is None:
        return claim.is_ is Access.NOT_OPENED, f"nothing is known of {_name(row)} at {party}{_until(by)}"
    rules = [rule for one in row.decisions if one.party == party and one.code is found.code for rule in one.rules]
    evidence = f"{_name(row)} was {found.outcome} at {party}{_because(found.code, rules)}, {to_text(found.time)}"
    match claim.is_:
        case Access.NOT_ADDRESSED:
            passed = False
        case Access.NOT_OPENED:
            passed = found.outcome is not Outcome.OPENED
        case Access.DELIVERED:
            passed = found.outcome in (Outcome.DELIVERED, Outcome.OPENED)
        case _:
            passed = found.outcome == claim.is_.value and claim.code in (None, found.code)
    return passed, evidence


def _standing(row: MessageRow, party: str, by: datetime | None) -> Reached | None:
    if row.code is not None:
        return Reached(party, row.time, Outcome.REFUSED, row.code)
    found = row.outcome(party, by)
    if found is None:
        # No outcome was noted yet: it stands where the hub's first decision put it.
        said = next((one for one in row.decisions if one.party == party), None)
        found = Reached(party, row.time, said.outcome, said.code) if said else None
    return found


def _answer(transcript: Transcript, row: MessageRow, claim: AnswerClaim, by: datetime | None) -> tuple[bool, str]:
    answers = [
        one
        for one in transcript.messages()
        if one.sender == claim.sender and one.kind is claim.kind and one.answers == row.name and _in_time(one, by)
    ]
    what = f"{claim.kind} from {claim.sender} to {_name(row)}{_until(by)}"
    if claim.within is None:
        return (
            not answers,
            f"there was no {what}" if not answers else f"there was {_name(answers[0])}, {_sent(answers)}",
        )
    # An answer that the hub kept from the one who asked has answered nobody.
    arrived = [one for one in answers if _accepted(one, row.sender)]
    if not arrived:
        kept = f"; {_name(answers[0])} was refused{_because(_first_code(answers[0]))}" if answers else ""
        return False, f"there was no {what}{kept}"
    taken = arrived[0].time - row.time
    evidence = f"{_name(arrived[0])} answers {_name(row)} after {format_duration(taken)}, {_sent(arrived)}"
    return taken <= claim.within, evidence


def _finding(transcript: Transcript, row: MessageRow, claim: FindingClaim, by: datetime | None) -> tuple[bool, str]:
    results = [
        one
        for one in transcript.messages()
        if one.kind is Kind.DB_RESULT and one.answers == row.name and _in_time(one, by)
    ]
    if not results:
        return False, f"{_name(row)} had no result{_until(by)}{_because(row.code)}"
    result = results[0]
    shown = f" ({', '.join(result.records)})" if result.records else ""
    evidence = f"{_name(row)} was answered with {result.finding}{shown} by {_name(result)}, {_sent(results)}"
    return result.finding is claim.is_ and (claim.record is None or claim.record in result.records), evidence


def _count(transcript: Transcript, claim: CountClaim, by: datetime | None) -> tuple[bool, str]:
    found = [
        row
        for row in transcript.messages()
        if row.kind is claim.kind
        and claim.sender in (None, row.sender)
        and (claim.to is None or claim.to in row.addressees)
        and _in_time(row, by)
    ]
    names = f": {', '.join(row.name for row in found[:_SHOWN])}" if found else ""
    names += f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    often = {0: "no", 1: "one"}.get(len(found), f"{len(found)} times")
    sender = f" from {claim.sender}" if claim.sender else ""
    to = f" to {claim.to}" if claim.to else ""
    evidence = f"{often} {claim.kind}{sender}{to}{_until(by)}{names}"
    if claim.exactly is not None:
        return len(found) == claim.exactly, evidence
    assert claim.at_least is not None
    return len(found) >= claim.at_least, evidence


def _appeal(transcript: Transcript, claim: AppealClaim, by: datetime | None) -> tuple[bool, str]:
    for row in transcript.appeals():
        if (row.party, row.silent) == (claim.sender, claim.silent) and (by is None or row.time <= by):
            return True, f"{row.party} {row.says}, {to_text(row.time)}"
    return False, f"{claim.sender} has not told exercise control{_until(by)} that {claim.silent} does not answer"


def _accepted(row: MessageRow, asker: str) -> bool:
    """Whether the hub lets the message go to ``asker``; to anybody, where it goes to others (the owner of a hit)."""
    parties = [asker] if asker in row.addressees else list(row.addressees)
    standing = [_standing(row, party, None) for party in parties]
    return any(one and one.outcome in (Outcome.QUEUED, Outcome.DELIVERED, Outcome.OPENED) for one in standing)


def _first_code(row: MessageRow) -> Code | None:
    return row.code or next((one.code for one in row.decisions if one.code), None)


def _in_time(row: MessageRow, by: datetime | None) -> bool:
    return by is None or row.time <= by


def _name(row: MessageRow) -> str:
    says_more = row.label and row.label.replace("-", " ").casefold() != in_words(row.kind)
    return f"{row.name} ({row.label}, {row.kind})" if says_more else f"{row.name} ({row.kind})"


def _refused(row: MessageRow, claim: RefusedClaim, by: datetime | None) -> tuple[bool, str]:
    """As a whole: before any addressee was looked at, or for all of them with one code."""
    standing = [_standing(row, party, by) for party in sorted(row.addressees)]
    codes = {one.code if one and one.outcome is Outcome.REFUSED else None for one in standing} or {row.code}
    if None in codes:
        other = next((one for one in standing if one and one.outcome is not Outcome.REFUSED), None)
        where = f"; it was {other.outcome} at {other.party}" if other else ""
        return False, f"{_name(row)} was not refused as a whole{where}"
    said = ", ".join(sorted(str(code) for code in codes))
    return codes == {claim.code}, f"{_name(row)} was refused to everybody with {said}, {to_text(row.time)}"


def _because(code: Code | None, rules: Sequence[str] = ()) -> str:
    by_rule = f" by rule {', '.join(dict.fromkeys(rules))}" if rules else ""
    return f" with {code}{by_rule}" if code else ""


def _until(by: datetime | None) -> str:
    return f" until {to_text(by)}" if by else ""


def _sent(rows: Sequence[MessageRow]) -> str:
    return f"sent {to_text(rows[0].time)}"

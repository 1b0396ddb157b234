"""A run as a case file: who did what, in the order in which it happened, and why a desk did it.

Pure: the transcript and what desks said to themselves go in, lines come out. No plaintext: what stands here, exercise
control may know.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from i247sim.exercise.transcript import MessageRow, Transcript, with_logical_names
from i247sim.policy.rulebook import Rule
from i247sim.vocabulary.decisions import MEANINGS, Code, Outcome
from i247sim.vocabulary.kinds import Kind, in_words
from i247sim.vocabulary.parties import SECRETARIAT
from i247sim.vocabulary.queries import Finding
from i247sim.vocabulary.times import from_text

_SAYS: Mapping[Kind, str] = {
    Kind.INFO_REQUEST: "asks {to}",
    Kind.INFO_REPLY: "answers {to}",
    Kind.CD_REQUEST: "asks {to} to let a load go on under watch",
    Kind.STOP_PAYMENT: "asks {to} to have a payment held",
    Kind.IOC_REPORT: "reports traces of an attack to {to}",
    Kind.THREAT_ALERT: "warns {to} of a threat",
    Kind.SECURITY_INCIDENT: "reports an incident of security to {to}",
    Kind.ACK: "acknowledges receipt to {to}",
    Kind.REMINDER: "reminds {to}",
    Kind.ESCALATION: "calls on the command centre",
    Kind.HIT_NOTICE: "reports a hit to {to}",
    Kind.DELAYED_HIT: "reports a late hit to {to}",
    Kind.RESTRICTED_HIT: "tells {to} alone that a restricted record was asked for",
    Kind.HIT_CONFIRM_REQUEST: "asks {to} to confirm a hit",
    Kind.HIT_CONFIRM: "confirms a hit to {to}",
    Kind.HIT_DENY: "does not confirm a hit to {to}",
    Kind.ARREST_NOTIFY: "notifies {to} of an arrest",
    Kind.LOCATED_NOTIFY: "tells {to} what was found",
    Kind.DOC_TRANSFER: "sends papers to {to}",
    Kind.NOTICE_REQUEST: "asks for a notice",
    Kind.NOTICE_QUERY: "asks {to} about a request",
    Kind.NOTICE_DECISION: "tells {to} its decision",
    Kind.NOTICE_PUBLISHED: "publishes a notice to {to}",
    Kind.NOTICE_UPDATE: "publishes a changed notice to {to}",
    Kind.NOTICE_ADDENDUM: "tells {to} what is added to a notice",
    Kind.NOTICE_SUSPEND: "tells {to} that a notice is suspended",
    Kind.NOTICE_RESUME: "tells {to} that a notice is in force again",
    Kind.NOTICE_RENEW: "asks {to} to renew its notice",
    Kind.NOTICE_REMINDER: "reminds {to} that a notice ends",
    Kind.NOTICE_WITHDRAW: "tells {to} that a notice is withdrawn",
    Kind.NOTICE_CANCEL: "tells {to} that a notice is cancelled",
    Kind.DIFFUSION: "circulates a diffusion to {to}",
    Kind.DIFFUSION_CLEARED: "tells {to} that a diffusion is reviewed and stands",
    Kind.DIFFUSION_CANCEL: "tells {to} that a diffusion is cancelled",
    Kind.DB_RECORD: "enters a record",
    Kind.DB_UPDATE: "changes a record",
    Kind.DB_DELETE: "deletes a record",
    Kind.DB_QUERY: "asks the databases",
    Kind.DB_RESULT: "answers {to}",
    Kind.COMPLAINT: "complains to {to}",
    Kind.COMPLIANCE_QUERY: "asks {to} to explain",
    Kind.COMPLIANCE_REPLY: "gives {to} its explanation",
    Kind.CONSENT_REQUEST: "asks {to} for consent",
    Kind.CONSENT_REPLY: "answers {to} about its consent",
    Kind.THREAT_RELEASE: "releases restricted data in an emergency, to {to}",
    Kind.REFUGEE_STATUS: "tells {to} whom it protects",
    Kind.CCF_REQUEST: "passes a person's request on to {to}",
    Kind.CCF_DECISION: "decides on a person's request, and tells {to}",
    Kind.CCF_REPORT: "reports to {to}",
    Kind.BROADCAST: "writes to all",
}
_ITS_OWN: Mapping[Kind, str] = {
    Kind.NOTICE_SUSPEND: "asks {to} to suspend its notice",
    Kind.NOTICE_RESUME: "asks {to} to put its notice in force again",
    Kind.NOTICE_WITHDRAW: "asks {to} to withdraw its notice",
    Kind.DIFFUSION_CANCEL: "recalls its diffusion, and tells {to}",
}
"""What others than the secretariat do with a kind that is the secretariat's too."""
_FOUND: Mapping[Finding, str] = {
    Finding.NO_RECORD: "no record",
    Finding.CANDIDATES: "candidates",
    Finding.HIT: "a hit",
    Finding.INCONCLUSIVE: "inconclusive",
    Finding.DONE: "done",
    Finding.REFUSED: "not taken",
}
"""What the databases answer; a partner's `OK` and `REFER` are told as they stand."""
_SHOWN = 4
"""Parties that a line names; of more, how many."""
_ALIKE = 3
"""Of so many lines or more of one kind in a row only the first is told, and how many there were."""


@dataclass(frozen=True)
class CaseLine:
    """One line. ``why``: what a desk said to itself, a reason or a clock; else something that was sent."""

    time: datetime
    party: str
    text: str
    why: bool = False


def case_file(
    transcript: Transcript, remarks: Iterable[tuple[datetime, str, str]], rules: Mapping[str, Rule]
) -> list[CaseLine]:
    """The lines of a run in order of time. ``remarks``: (time, party, text), in their own order. ``rules``: those in
    force, by id, whose sentences say why somebody did not get something.
    """
    lines = [CaseLine(time, party, with_logical_names(text), True) for time, party, text in remarks]
    lines += _messages(transcript.messages(), rules)
    lines += [CaseLine(row.time, row.party, row.says) for row in transcript.appeals()]
    # What is sent at a moment comes before what was thought of it: sorting keeps the order of equals.
    return sorted(lines, key=lambda line: (line.time, line.why))


def remarks(journal: Iterable[Mapping[str, Any]]) -> list[tuple[datetime, str, str]]:
    """What desks said to themselves, as ``case_file`` takes it, from the lines of a journal."""
    return [(from_text(one["time"]), one["party"], one["text"]) for one in journal if one["event"] == "remark"]


def _messages(rows: Iterable[MessageRow], rules: Mapping[str, Rule]) -> Iterable[CaseLine]:
    alike: list[MessageRow] = []
    for row in rows:
        if alike and row.kind is not alike[0].kind:
            yield from _told(alike, rules)
            alike = []
        alike.append(row)
    yield from _told(alike, rules)


def _told(rows: list[MessageRow], rules: Mapping[str, Rule]) -> Iterable[CaseLine]:
    if len(rows) > _ALIKE and len({row.sender for row in rows}) > _ALIKE:
        first = rows[0]
        text = f"{_text(first, rules)}; {len(rows) - 1} more messages like it follow"
        yield CaseLine(first.time, first.sender, text)
        return
    for row in rows:
        yield CaseLine(row.time, row.sender, _text(row, rules))


def _text(row: MessageRow, rules: Mapping[str, Rule]) -> str:
    kept = {one.party: one for one in row.decisions if one.outcome in (Outcome.REFUSED, Outcome.HELD)}
    reached = [party for party in row.addressees if party not in kept]
    say = _SAYS.get(row.kind) or f"sends a message of kind {in_words(row.kind)} to {{to}}"
    if row.sender != SECRETARIAT:
        say = _ITS_OWN.get(row.kind, say)
    text = say.format(to=_named((row.code is None and reached) or row.addressees))
    if row.finding is not None:
        text += f": {_FOUND.get(row.finding, f'`{row.finding}`')}"
        text += f", {', '.join(row.records[:_SHOWN])}" if row.records else ""
    if row.label:
        text += f" (`{row.label}`)"
    if row.code is not None:
        return f"{text}: refused as a whole{_because(row.code)}"
    fates: dict[tuple[Outcome, str], list[str]] = {}
    for party, one in kept.items():
        rule = next((rules[name] for name in one.rules if name in rules), None)
        fates.setdefault((one.outcome, _because(one.code, rule)), []).append(party)
    for (outcome, because), parties in fates.items():
        does = "is held for" if outcome is Outcome.HELD else "is kept from" if reached else "does not reach"
        text += f"; it {does} {_named(parties)}{because}"
    return text


def _because(code: Code | None, rule: Rule | None = None) -> str:
    """By the rule that decided, in its own sentence; without one (the hub's checks before all rules) by the code."""
    if code is None:
        return ""
    if rule is None:
        return f": {MEANINGS[code]} ({code})"
    return f': "{rule.explain.removesuffix(".")}" ({code}, {rule.id})'


def _named(parties: Iterable[str]) -> str:
    named = list(parties)
    return ", ".join(named) if len(named) <= _SHOWN else f"{len(named)} parties"

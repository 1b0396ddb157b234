"""What is probably wrong with a scenario that reads well: found by rehearsing it, not by looking at it.

Pure: a scenario in, flaws with their places and cures out. An *error* says that the exercise will not do what its
file says: an expectation that will not be met, a step that is never carried out. A *warning* says that something
has no point: what nobody receives, what cannot fail, what could be left out without any difference.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from i247sim.bureau.desk import SENDS
from i247sim.exercise.atlas import atlas
from i247sim.exercise.attacks import Replay, RogueBureau, Tamper
from i247sim.exercise.choice import cure
from i247sim.exercise.claims import Access, AccessClaim, AnswerClaim, CountClaim, FindingClaim, RefusedClaim
from i247sim.exercise.conditions import milestones, named
from i247sim.exercise.durations import format_offset
from i247sim.exercise.expectations import evaluate
from i247sim.exercise.happenings import Happening, RefusedWhen
from i247sim.exercise.injects import key_of
from i247sim.exercise.naming import Place
from i247sim.exercise.observe import Sent
from i247sim.exercise.orders import Accept, Measure, Restrict
from i247sim.exercise.rehearsal import MAX_MESSAGES, Rehearsed, rehearse
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.sending import Send
from i247sim.exercise.transcript import MessageRow, Transcript
from i247sim.exercise.unpublished import unpublished
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.secretariat.databases import COMPOSITE, Holdings
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.parties import COMMISSION, REVIEWER, SECRETARIAT, State
from i247sim.vocabulary.procedures import Procedure
from i247sim.vocabulary.queries import Finding
from i247sim.vocabulary.times import from_text

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_NO = frozenset(Access) - {Access.OPENED, Access.DELIVERED, Access.NOT_ADDRESSED}
"""What an author says who knows that somebody does not get a message."""
_BY_NOTICES = (Database.NOMINAL, Database.TDAWN)
"""What a notice about a person makes records in."""
_IN_FILES = (Database.SLTD, Database.NOMINAL)
"""What a file of records fills."""
_CAUSED_BY: dict[Kind, tuple[Kind, ...]] = {
    Kind.DB_RESULT: (Kind.DB_QUERY, Kind.DB_RECORD, Kind.DB_UPDATE, Kind.DB_DELETE),
    Kind.HIT_NOTICE: (Kind.DB_QUERY,),
    Kind.RESTRICTED_HIT: (Kind.DB_QUERY,),
    Kind.DELAYED_HIT: (Kind.DB_QUERY,),
    Kind.NOTICE_DECISION: (Kind.NOTICE_REQUEST,),
    Kind.NOTICE_PUBLISHED: (Kind.NOTICE_REQUEST,),
    Kind.NOTICE_QUERY: (Kind.NOTICE_REQUEST,),
    Kind.NOTICE_UPDATE: (Kind.NOTICE_REQUEST,),
    Kind.NOTICE_ADDENDUM: (Kind.NOTICE_REQUEST,),
    Kind.NOTICE_SUSPEND: (Kind.NOTICE_REQUEST,),
    Kind.NOTICE_RESUME: (Kind.NOTICE_REQUEST,),
    Kind.NOTICE_REMINDER: (Kind.NOTICE_REQUEST,),
    Kind.NOTICE_WITHDRAW: (Kind.NOTICE_REQUEST,),
    Kind.NOTICE_CANCEL: (Kind.NOTICE_REQUEST,),
    Kind.DIFFUSION_CLEARED: (Kind.DIFFUSION,),
    Kind.DIFFUSION_CANCEL: (Kind.DIFFUSION,),
    Kind.COMPLIANCE_QUERY: (Kind.COMPLAINT, Kind.CCF_REQUEST),
    Kind.COMPLIANCE_REPLY: (Kind.COMPLAINT,),
    Kind.REMINDER: (Kind.ESCALATION,),
    Kind.ACK: (Kind.SECURITY_INCIDENT,),
    Kind.CCF_REPORT: (Kind.CCF_REQUEST,),
    Kind.CCF_DECISION: (Kind.CCF_REQUEST,),
}
"""What the secretariat and the reviewer send by themselves, and what must have been sent before."""
_AUTOMATIC = (SECRETARIAT, REVIEWER, COMMISSION)


class Weight(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Flaw:
    """Something that is probably not meant: where, how bad, and what it is with its cure."""

    place: Place
    weight: Weight
    text: str


def flaws(scenario: Scenario, holdings: Holdings | None = None) -> list[Flaw]:
    """All flaws of ``scenario``, which must be free of mistakes (``loader``). Takes a rehearsal for each statement.

    ``holdings``: records of a file, besides those of the scenario.
    """
    return list(_Analysis(scenario, holdings).all())


class _Analysis:
    def __init__(self, scenario: Scenario, holdings: Holdings | None) -> None:
        self.scenario = scenario
        self.holdings = holdings
        self.engine = Engine(Rulebook.load(scenario.rules))
        self.rehearsed = rehearse(scenario, self.engine, holdings)

    def all(self) -> Iterator[Flaw]:
        if not self.rehearsed.ended:
            text = f"more than {MAX_MESSAGES} messages, and no end: officers answer each other; say `once: yes`"
            yield Flaw(("officers",), Weight.ERROR, text)
            return
        yield from self.steps()
        for number, why in unpublished(self.scenario, self.rehearsed):
            yield Flaw(("timeline", number, "send", "notice"), Weight.WARNING, why)
        yield from self.expectations()
        yield from self.milestones()
        yield from self.duties()
        yield from self.rules()
        yield from self.statements()
        yield from self.profiles()
        yield from self.about()

    # --- steps

    def steps(self) -> Iterator[Flaw]:
        for number, step in enumerate(self.scenario.timeline):
            place: Place = ("timeline", number)
            if number not in self.rehearsed.begun:
                why = self.not_happened(step.after) if step.after else "the exercise is over before"
                text = f"this step is never carried out: {why}; wait for something that happens"
                yield Flaw((*place, "after"), Weight.ERROR, text)
            elif isinstance(step.verb, Send):
                yield from self.send((*place, "send"), step.verb, self.rehearsed.steps[number])
            elif number in self.rehearsed.moot:
                text = f"this changes nothing: {self.rehearsed.moot[number]}; do it at another time, or leave it out"
                yield Flaw((*place, key_of(step.verb)), Weight.WARNING, text)
            elif isinstance(step.verb, Replay | Tamper | RogueBureau) and step.verb.message is not None:
                yield from self.captured((*place, key_of(step.verb)), step.verb.message, step.at)

    def captured(self, place: Place, message: str, at: timedelta | None) -> Iterator[Flaw]:
        """Whether an intruder finds the message that he wants."""
        row = self.rehearsed.transcript.named(message)
        if row is None:
            yield Flaw(place, Weight.ERROR, f"nobody ever sends `{message}`; name a message that is sent before")
        elif at is not None and row.time > self.scenario.start + at:
            when = format_offset(row.time - self.scenario.start)
            text = f"`{message}` is sent only at {when}, and cannot be captured before; do this later"
            yield Flaw(place, Weight.ERROR, text)

    def not_happened(self, happening: Happening) -> str:
        what = happening.what
        row = self.rehearsed.transcript.named(what.message)
        if row is None:
            return f"there is no message `{what.message}`"
        party = getattr(what, "party", "")
        found = row.outcome(party)
        if found is None:
            return f"`{what.message}` does not go to `{party}`"
        return f"`{what.message}` is {found.outcome} at `{party}`{_with(found.code)}"

    def send(self, place: Place, send: Send, message: Sent) -> Iterator[Flaw]:
        row = self.rehearsed.transcript.named(message.name)
        assert row is not None, "what was sent is in the transcript"
        if message.id is None:
            gone = [party for party in row.addressees if party in self.rehearsed.away]
            text = f"cannot be sealed: {', '.join(gone)} is revoked by then; leave it out, or write earlier"
            yield from self.unless_known(place, row, text)
            return
        if row.code is None and not row.decisions:
            why = self.rehearsed.away.get(send.sender, "cut")
            cure = "write earlier" if why == "revoked" else "write earlier, or `restore` it"
            text = f"never leaves `{send.sender}`, whose link is {why} then and stays so; {cure}"
            yield Flaw(place, Weight.ERROR, text)
            return
        ends = {party: row.outcome(party) for party in row.addressees}
        if any(end and end.outcome is Outcome.OPENED for end in ends.values()):
            return
        codes = {row.code, *(end.code for end in ends.values() if end)} - {None}
        if codes == {Code.STATE}:
            text = f"`{send.sender}` may not send this, being under a measure{self.by_rules(row)}; lift it before"
        else:
            said = [f"{end.outcome} at {party}{_with(end.code)}" for party, end in ends.items() if end]
            shown = "; ".join(said[:3]) + ("; …" if len(said) > 3 else "")
            text = f"nobody receives it ({shown or f'refused{_with(row.code)}'}){self.by_rules(row)}; change it"
        yield from self.unless_known(place, row, f"{text}, or expect it")

    def by_rules(self, row: MessageRow) -> str:
        rules = dict.fromkeys(rule for one in row.decisions for rule in one.rules if one.code)
        return f", by {', '.join(rules)}" if rules else ""

    def unless_known(self, place: Place, row: MessageRow, text: str) -> Iterator[Flaw]:
        """A warning; nothing, if the scenario itself says that the message does not get through."""
        happenings: list[Happening] = [step.after for step in self.scenario.timeline if step.after]
        happenings += [one.when for one in self.scenario.milestones]
        known = [one.what.message for one in happenings if isinstance(one.what, RefusedWhen)]
        for one in self.scenario.expect:
            match one.claim:
                case RefusedClaim(message=message):
                    known.append(message)
                case AccessClaim(message=message, is_=is_) if is_ in _NO:
                    known.append(message)
        if all(self.rehearsed.transcript.named(message) != row for message in known):
            yield Flaw(place, Weight.WARNING, text)

    # --- expectations and milestones

    def expectations(self) -> Iterator[Flaw]:
        for number, result in enumerate(evaluate(self.scenario, self.rehearsed.transcript)):
            place: Place = ("expect", number)
            if not result.passed:
                evidence = self.on_the_clock(result.evidence)
                text = f"will not be met: {evidence}; change the expectation, or what leads to it"
                yield Flaw(place, Weight.ERROR, text)
            elif why := self.cannot_fail(result.expectation.claim):
                yield Flaw(place, Weight.WARNING, f"cannot fail: {why}")

    def cannot_fail(self, claim: object) -> str:
        """Why nothing that happens in a run could break the claim; empty if something could."""
        match claim:
            case AccessClaim(message=message, party=party, is_=Access.NOT_OPENED):
                sent = named(self.rehearsed.sent, message)
                if self.step_of(message) is not None and sent is not None and party not in sent.facts["to"]:
                    return f"`{message}` does not name `{party}`; name it, or say `is: {Access.NOT_ADDRESSED}`"
            case AnswerClaim(message=message, sender=sender, kind=kind, within=None):
                if not self.may_answer(message, sender, kind):
                    return (
                        f"`{sender}` has no duty to answer with `{kind}`, and no step lets it; add one, or remove this"
                    )
            case CountClaim(kind=kind, sender=sender, to=to, exactly=0):
                if not self.may_send(kind, sender, to):
                    return f"nothing here lets anybody send such a `{kind}`; add what could, or remove this"
            case FindingClaim(message=message, is_=Finding.NO_RECORD):
                step = self.step_of(message)
                query = step.query if step else None
                if query is not None and not self.may_hold(query.database):
                    return f"the {query.database} database is empty all the time; add something to `records`"
        return ""

    def step_of(self, message: str) -> Send | None:
        """The step that sends ``message``; ``None`` if no step does."""
        sent = named(self.rehearsed.sent, message)
        numbers = [number for number, one in self.rehearsed.steps.items() if one is sent]
        return self.scenario.timeline[numbers[0]].send if numbers else None

    def may_send(self, kind: Kind, sender: str | None = None, to: str | None = None) -> bool:
        """Whether a step, a duty or the secretariat could send such a message."""
        for send in self.sends():
            addressees = self.scenario.expand(send.addressees(), send.sender)
            if send.kind is kind and sender in (None, send.sender) and (to is None or to in addressees):
                return True
        parties = [sender] if sender else self.scenario.parties()
        if any(duty.send is kind for party in parties for duty in self.scenario.duties(party)):
            return True
        if kind in SENDS and any(party in self.scenario.desks for party in parties):
            return True
        automatic = sender is None or sender in _AUTOMATIC
        return automatic and any(self.may_send(cause) for cause in _CAUSED_BY.get(kind, ()))

    def may_answer(self, message: str, sender: str, kind: Kind) -> bool:
        """Whether a duty, a step or the secretariat could answer ``message`` with such a message."""
        asked = named(self.rehearsed.sent, message)
        if sender in _AUTOMATIC or asked is None:
            return True
        if any(duty.send is kind and duty.when.kind == asked.facts["kind"] for duty in self.scenario.duties(sender)):
            return True
        if kind in SENDS and sender in self.scenario.desks:
            return True
        return any(
            send.sender == sender and send.kind is kind and named(self.rehearsed.sent, send.answers) is asked
            for send in self.sends()
            if send.answers
        )

    def may_hold(self, database: Database) -> bool:
        """Whether a database could hold anything at any time."""
        if database is Database.BORDER:
            return any(self.may_hold(one) for one in COMPOSITE)
        if any(record.database is database for record in self.scenario.records):
            return True
        if self.holdings is not None and database in _IN_FILES:
            return True
        return any(
            (send.record is not None and send.record.database is database)
            or (send.notice is not None and send.notice.person is not None and database in _BY_NOTICES)
            for send in self.sends()
        )

    def sends(self) -> Iterator[Send]:
        return (step.send for step in self.scenario.timeline if step.send is not None)

    def milestones(self) -> Iterator[Flaw]:
        found = milestones(self.scenario.milestones, self.rehearsed.sent, self.rehearsed.ways)
        for number, passed in enumerate(found):
            if passed.reached is None:
                text = f"never reached: {self.not_happened(passed.milestone.when)}; speak of something that happens"
                yield Flaw(("milestones", number), Weight.WARNING, text)

    # --- what could be left out

    def duties(self) -> Iterator[Flaw]:
        parties = self.scenario.parties()
        for key, duties in self.scenario.officers.items():
            theirs = [party for party in parties if self.scenario.duties(party) is duties]
            if not theirs:
                text = "nobody has these duties: nobody of the group takes part without duties of its own; remove them"
                yield Flaw(("officers", key), Weight.WARNING, text)
                continue
            for number, duty in enumerate(duties):
                if any((party, number) in self.rehearsed.duties for party in theirs):
                    continue
                text = f"this duty is never exercised: `{key}` opens no such `{duty.when.kind}`; send one, or remove it"
                if any((party, number) in self.rehearsed.speechless for party in theirs):
                    text = f"this duty has nobody to write to: there is no {' or '.join(duty.to)} then; name a party"
                yield Flaw(("officers", key, number), Weight.WARNING, text)

    def rules(self) -> Iterator[Flaw]:
        usual = Rulebook.load().rules
        decided = {
            rule
            for row in self.rehearsed.transcript.messages()
            for decision in row.decisions
            for rule in decision.rules
        }
        for number, text in enumerate(self.scenario.rules):
            for rule in Rulebook.load([text]).rules:
                if rule not in usual and rule not in decided:
                    cure = "send something that only this rule refuses, or remove it"
                    yield Flaw(("rules", number), Weight.WARNING, f"the rule `{rule}` never decides anything; {cure}")

    def profiles(self) -> Iterator[Flaw]:
        """Treaties that a changed profile names, and profiles of bureaus where no desk works."""
        known = atlas(self.scenario).instruments
        for party, change in self.scenario.profiles.items():
            for number, name in enumerate(change.instruments or ()):
                if name not in known:
                    text = f"there is no treaty `{name}`; expected one of {', '.join(known)}"
                    yield Flaw(("profiles", party, "instruments", number), Weight.ERROR, text)
            if party not in self.scenario.desks:
                text = f"no desk of `{party}` works by this profile; name it under `desks`, or remove this"
                yield Flaw(("profiles", party), Weight.WARNING, text)

    def about(self) -> Iterator[Flaw]:
        """Mutation of rules: each rule that the case says it is about is left out once. Does an expectation fail?"""
        for number, name in enumerate(self.scenario.about):
            place: Place = ("about", number)
            known = [*self.engine.rulebook.rules, *Procedure]
            if name not in known:
                end = cure(name, known, "expected one of `docs/rules.md`, or a procedure")
                yield Flaw(place, Weight.ERROR, f"there is no rule `{name}`{end}")
                continue
            without = self.played_without(name)
            if all(result.passed for result in evaluate(self.scenario, without.transcript)):
                text = f"without `{name}` nothing that is expected fails; expect what it is about, or remove it"
                yield Flaw(place, Weight.WARNING, text)

    def played_without(self, name: str) -> Rehearsed:
        """The exercise without a rule, or with a procedure that nobody heeds."""
        if name in list(Procedure):
            update = {"unheeded": (*self.scenario.unheeded, Procedure(name))}
            return rehearse(self.scenario.model_copy(update=update), self.engine, self.holdings)
        return rehearse(self.scenario, Engine(self.engine.rulebook.without(name)), self.holdings)

    def statements(self) -> Iterator[Flaw]:
        """Each restriction, measure and other condition is left out once: does anything change?"""
        scenario = self.scenario
        for section, statements in (("restrictions", scenario.restrictions), ("acceptances", scenario.acceptances)):
            for party, bars in statements.items():
                for number in range(len(bars)):
                    left = {**statements, party: bars[:number] + bars[number + 1 :]}
                    yield from self.unless_needed((section, party, number), {section: left})
        for party, measure in scenario.measures.items():
            if measure.state not in (State.ACTIVE, State.MONITORED):
                others = {one: state for one, state in scenario.measures.items() if one != party}
                yield from self.unless_needed(("measures", party), {"measures": others})
        named = (("unheeded", scenario.unheeded), ("agree_to_be_found", scenario.agree_to_be_found))
        for section, names in named:
            for number, name in enumerate(names):
                yield from self.unless_needed((section, number), {section: tuple(one for one in names if one != name)})
        for number, step in enumerate(scenario.timeline):
            monitored = isinstance(step.verb, Measure) and step.verb.state is State.MONITORED
            if (
                isinstance(step.verb, Restrict | Accept | Measure)
                and not monitored
                and number not in self.rehearsed.moot
            ):
                rest = scenario.timeline[:number] + scenario.timeline[number + 1 :]
                yield from self.unless_needed(("timeline", number), {"timeline": rest})

    def unless_needed(self, place: Place, update: dict[str, Any]) -> Iterator[Flaw]:
        without = rehearse(self.scenario.model_copy(update=update), self.engine, self.holdings)
        if _lines(without.transcript) == _lines(self.rehearsed.transcript):
            text = "nothing would be different without this; send something that it is about, or remove it"
            yield Flaw(place, Weight.WARNING, text)

    def on_the_clock(self, evidence: str) -> str:
        """Times as offsets, as the author writes them."""
        return _TIME.sub(lambda found: format_offset(from_text(found[0]) - self.scenario.start), evidence)


def _lines(transcript: Transcript) -> list[str]:
    """The messages alone: a statement that makes no difference to them makes none."""
    return Transcript(transcript.messages()).canonical_text().splitlines()


def _with(code: Code | None) -> str:
    return f" with {code}" if code else ""

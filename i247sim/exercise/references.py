"""Whether everything that a scenario refers to exists: parties, labels, records, links that come back (``breakages``).

Pure: a model in, mistakes with their paths out. The loader puts lines to them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta

from i247sim.exercise.acts import Act
from i247sim.exercise.breakages import unmended
from i247sim.exercise.broken import MACHINES
from i247sim.exercise.choice import cure
from i247sim.exercise.claims import (
    AccessClaim,
    AnswerClaim,
    AppealClaim,
    CountClaim,
    Expectation,
    FindingClaim,
    RefusedClaim,
)
from i247sim.exercise.durations import format_offset
from i247sim.exercise.faults import Hold
from i247sim.exercise.happenings import HAPPENINGS, Happening, OpenedWhen, RefusedWhen, SentWhen
from i247sim.exercise.injects import find, key_of
from i247sim.exercise.looking import Look
from i247sim.exercise.naming import Mistake, Place, Where
from i247sim.exercise.orders import Accept, Measure, Restrict
from i247sim.exercise.rulings import Rule
from i247sim.exercise.scenario import GROUPS, Scenario
from i247sim.exercise.sending import Send
from i247sim.exercise.staging import Seat, Skip
from i247sim.exercise.steps import Step
from i247sim.secretariat.wellformed import wrong_with_record
from i247sim.vocabulary.contents import CONTENTS, Confirmation, Note
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.parties import COMMISSION, HUB, REVIEWER, SECRETARIAT, Role, members
from i247sim.vocabulary.record_ids import PREFIX_OF
from i247sim.vocabulary.statements import Bar

_RECIPIENTS = ("sender", "owner", "querier", "parent", "secretariat")
_WRITABLE = tuple(kind for kind in Kind if CONTENTS[kind] in (Note, Confirmation))


def mistakes(scenario: Scenario, where: Where) -> Iterator[Mistake]:
    """All mistakes of reference, each with the path of what is wrong."""
    return _Check(scenario, where).all()


class _Check:
    def __init__(self, scenario: Scenario, where: Where) -> None:
        self.scenario = scenario
        self.where = where
        # The exchange takes part, but nobody writes to it, bars it or waits for its answer.
        self.parties = {id_: party for id_, party in scenario.parties().items() if party.role is not Role.HUB}
        self.times = {step.label: step.at for step in scenario.timeline if step.label}
        """Label to offset; ``None`` for a step that waits."""
        self.sends = {step.label for step in scenario.timeline if step.label and step.send}
        self.broken = {label for _, label in where.labels}

    def all(self) -> Iterator[Mistake]:
        yield from self.participants()
        yield from self.beginning()
        yield from self.officers()
        yield from self.timeline()
        yield from self.shelf()
        yield from self.waits()
        yield from unmended(self.scenario, self.where)
        yield from self.expectations()
        yield from self.milestones()

    # --- parts ---

    def participants(self) -> Iterator[Mistake]:
        who = self.scenario.participants
        here: Place = ("participants",)
        if not who.bureaus:
            yield (*here, "bureaus"), "nobody takes part; expected codes of members, like `[FR, NO]`"
        for number, id_ in enumerate(who.bureaus):
            if id_ not in members():
                yield (*here, "bureaus", number), f"`{id_}` is not one of the 196 members" + _near(id_, members())
            elif id_ in who.bureaus[:number]:
                yield (*here, "bureaus", number), f"`{id_}` stands twice; remove one"
        named = [*who.sub_bureaus, *who.entities, *who.partners]
        sections = (("sub_bureaus", who.sub_bureaus), ("entities", who.entities), ("partners", who.partners))
        for section, units in sections:
            for id_, unit in units.items():
                place = (*here, section, id_)
                if id_ in members() or id_ in (HUB, SECRETARIAT, REVIEWER) or named.count(id_) > 1:
                    yield place, f"`{id_}` is already the id of another party; choose one like `FR-cdg-border`"
                if section == "partners" and not id_.startswith("XP-"):
                    yield place, f"`{id_}` is not the id of a partner; expected one like `XP-airline`"
                if unit.parent is not None and unit.parent not in who.bureaus and unit.parent not in who.sub_bureaus:
                    yield (
                        (*place, "parent"),
                        f"the parent `{unit.parent}` is no bureau here" + _near(unit.parent, who.bureaus),
                    )
        for id_ in who.clearances:
            yield from self.party((*here, "clearances", id_), id_)

    def beginning(self) -> Iterator[Mistake]:
        scenario = self.scenario
        for section, statements in (("restrictions", scenario.restrictions), ("acceptances", scenario.acceptances)):
            for id_, bars in statements.items():
                yield from self.bureau((section, id_), id_)
                yield from self.bars((section, id_), id_, bars)
        for id_ in scenario.measures:
            yield from self.bureau(("measures", id_), id_)
        seen: set[str] = set()
        for number, record in enumerate(scenario.records):
            place = self.where.place("records", number)
            yield from self.party((*place, "owner"), record.owner)
            if record.id in seen:
                yield (*place, "id"), f"the record `{record.id}` stands twice; give each its own id"
            seen.add(record.id)
            prefix = f"{PREFIX_OF[record.database]}-"
            if not record.id.startswith(prefix):
                said = f"`{record.id}` is not an id of the {record.database} database; expected `{prefix}…`"
                yield (*place, "id"), said
            for wrong in wrong_with_record(record.database, record, scenario.start.date()):
                yield place, wrong

        if set(scenario.desks) != set(members()):
            for number, id_ in enumerate(scenario.desks):
                if id_ not in scenario.participants.bureaus:
                    meant = _near(id_, scenario.participants.bureaus)
                    yield ("desks", number), f"`{id_}` is no bureau here, so it has no desk{meant}"
        for id_ in scenario.profiles:
            if id_ not in scenario.participants.bureaus:
                yield ("profiles", id_), f"`{id_}` is no bureau here{_near(id_, scenario.participants.bureaus)}"

    def officers(self) -> Iterator[Mistake]:
        for id_, duties in self.scenario.officers.items():
            yield from self.party(("officers", id_), id_, GROUPS)
            for number, duty in enumerate(duties):
                place: Place = ("officers", id_, number)
                if duty.when.sender is not None:
                    yield from self.party((*place, "when", "from"), duty.when.sender)
                for position, to in enumerate(duty.to):
                    if to not in _RECIPIENTS:
                        yield from self.party((*place, "to", position), to, _RECIPIENTS)
                if duty.send not in _WRITABLE:
                    yield (*place, "send"), f"an officer cannot write `{duty.send}`" + _near(duty.send, _WRITABLE)

    def timeline(self) -> Iterator[Mistake]:
        if not (self.scenario.timeline or self.scenario.shelf or self.where.partial):
            yield ("timeline",), "nothing happens; expected at least one step"
        yield from self.labels()
        for number, step in enumerate(self.scenario.timeline):
            yield from self.step(self.where.place("timeline", number), step)

    def shelf(self) -> Iterator[Mistake]:
        """Prepared injects name what the scenario has, and messages of the timeline or of their own."""
        for name, prepared in self.scenario.shelf.items():
            taken = [label for label in prepared.labels() if label in self.times]
            if taken:
                yield ("shelf", name), f"the label `{taken[0]}` is already taken on the timeline; choose another"
                continue
            inside = [step.label for step in prepared.steps if step.label and step.send]
            self.sends.update(inside)
            self.times.update(dict.fromkeys(prepared.labels()))
            for number, step in enumerate(prepared.steps):
                place: Place = ("shelf", name, "steps", number)
                yield from self.step(place, step)
                if step.after is not None:
                    yield from self.happening((*place, "after"), step.after)
            self.sends.difference_update(inside)
            for label in prepared.labels():
                del self.times[label]

    def step(self, place: Place, step: Step) -> Iterator[Mistake]:
        """What a step's verb names, and what is expected of it."""
        if step.expect is not None and not self.where.partial:
            yield (*place, "expect"), "what a scenario expects stands in its own section `expect`"
        elif step.expect is not None:
            yield from self.expectation((*place, "expect"), step.expect)
        match step.verb:
            case Send() as send:
                yield from self.send((*place, "send"), send, step.at, step.label)
            case Restrict() as said:
                yield from self.bureau((*place, "restrict", "party"), said.party)
                yield from self.bars((*place, "restrict", "bars"), said.party, said.bars)
            case Accept() as said:
                yield from self.bureau((*place, "accept", "party"), said.party)
                yield from self.bars((*place, "accept", "bars"), said.party, said.bars)
            case Measure() as measure:
                yield from self.bureau((*place, "measure", "party"), measure.party)
            case Rule() as rule:
                if rule.message is not None:
                    yield from self.message((*place, "rule", "message"), rule.message)
            case Hold(message=str() as message):
                yield from self.held((*place, "hold", "message"), step.at, message)
            case Seat(party=party) | Look(party=party):
                yield from self.desk((*place, key_of(step.verb), "party"), party)
            case Skip() as skip:
                yield from self.planned((*place, "skip", "step"), skip.step)
            case verb:
                yield from self.named((*place, key_of(verb)), verb)

    def planned(self, place: Place, name: str) -> Iterator[Mistake]:
        where, _, number = name.partition("/")
        steps = len(self.scenario.timeline)
        if where == "timeline" and int(number) > steps:
            yield place, f"there is no step `{name}`; the timeline has {steps}"

    def held(self, place: Place, at: timedelta | None, message: str) -> Iterator[Mistake]:
        """One message alone can be held only if a step of the timeline is still to send it."""
        if message not in self.sends and message not in self.broken:
            yield place, f"`{message}` is no label of a step that sends" + _near(message, sorted(self.sends))
            return
        sent = self.times.get(message)
        if sent is not None and at is not None and sent <= at:
            yield place, f"`{message}` is sent at {format_offset(sent)}, before it is held; hold it earlier"

    def named(self, place: Place, verb: Act) -> Iterator[Mistake]:
        """Parties and messages that a verb names."""
        for parameter in find(key_of(verb)).parameters:
            value, here = getattr(verb, parameter.name), (*place, parameter.name)
            match parameter.type if value is not None else "":
                case "party" if value not in MACHINES:
                    yield from self.party(here, value)
                case "parties":
                    for number, party in enumerate(value):
                        yield from self.party((*here, number), party)
                case "message":
                    yield from self.message(here, value)
                case _:
                    pass

    def labels(self) -> Iterator[Mistake]:
        kept = [
            (self.where.place("timeline", number), step.label)
            for number, step in enumerate(self.scenario.timeline)
            if step.label
        ]
        broken: list[tuple[Place, str]] = [(("timeline", number), label) for number, label in self.where.labels]
        seen: set[str] = set()
        for place, label in sorted(kept + broken, key=lambda one: int(one[0][1])):
            if label in seen:
                yield (*place, "label"), f"the label `{label}` is already taken; choose another"
            seen.add(label)

    def send(self, place: Place, send: Send, at: timedelta | None, label: str | None) -> Iterator[Mistake]:
        yield from self.party((*place, "from"), send.sender)
        for number, whom in enumerate(send.to):
            yield from self.party((*place, "to", number), whom, GROUPS)
            if whom == send.sender:
                yield (*place, "to", number), f"`{whom}` writes to itself; name somebody else"
            if whom in send.to[:number]:
                yield (*place, "to", number), f"`{whom}` stands twice; remove one"
        if send.to and set(send.to) <= set(GROUPS) and not self.scenario.expand(send.to, send.sender):
            yield (*place, "to"), f"nobody else here belongs to {' or '.join(send.to)}; name somebody who takes part"
        if send.on_behalf_of is not None:
            yield from self.party((*place, "on_behalf_of"), send.on_behalf_of)
        for number, quoted in enumerate(send.quotes):
            yield from self.party((*place, "quotes", number, "owner"), quoted.owner)
        if send.consent is not None:
            yield from self.message((*place, "consent"), send.consent)
        if send.answers is not None:
            yield from self.message((*place, "answers"), send.answers)
            begun = self.times.get(send.answers)
            unsure = send.answers in self.broken
            too_late = begun is not None and at is not None and begun >= at
            if not unsure and (send.answers == label or too_late):
                when = format_offset(at) if at is not None else "this step"
                yield (*place, "answers"), f"`{send.answers}` is not sent before {when}; an answer comes later"

    def waits(self) -> Iterator[Mistake]:
        """What steps wait for exists, and no step waits for itself, not even around corners."""
        awaited = {step.label: step.after.what.message for step in self.scenario.waiting() if step.label and step.after}
        for number, step in enumerate(self.scenario.timeline):
            if step.after is None:
                continue
            place = (*self.where.place("timeline", number), "after")
            yield from self.happening(place, step.after)
            if step.label is not None and step.label in _chain(awaited, step.label):
                yield place, f"`{step.label}` waits for itself; wait for something that happens without it"

    def happening(self, place: Place, happening: Happening) -> Iterator[Mistake]:
        key = next(name for name in HAPPENINGS if getattr(happening, name) is not None)
        yield from self.message((*place, key, "message"), happening.what.message)
        match happening.what:
            case OpenedWhen(party=party) | RefusedWhen(party=party):
                yield from self.party((*place, key, "party"), party)
            case SentWhen():
                pass

    def expectations(self) -> Iterator[Mistake]:
        ready = {label for one in self.scenario.shelf.values() for label in one.labels()}
        self.times.update(dict.fromkeys(ready))  # what stands on the shelf may be sent, and may be expected
        self.sends.update(ready)
        for number, one in enumerate(self.scenario.expect):
            yield from self.expectation(self.where.place("expect", number), one)

    def expectation(self, place: Place, one: Expectation) -> Iterator[Mistake]:
        match one.claim:
            case AccessClaim() as claim:
                yield from self.message((*place, "access", "message"), claim.message)
                yield from self.party((*place, "access", "party"), claim.party)
            case AnswerClaim() as answer:
                yield from self.message((*place, "answer", "message"), answer.message)
                yield from self.party((*place, "answer", "from"), answer.sender)
            case FindingClaim() as finding:
                yield from self.message((*place, "finding", "message"), finding.message)
            case CountClaim() as count:
                for key, party in (("from", count.sender), ("to", count.to)):
                    if party is not None:
                        yield from self.party((*place, "count", key), party)
            case RefusedClaim() as refused:
                yield from self.message((*place, "refused", "message"), refused.message)
            case AppealClaim() as appeal:
                for key, party in (("from", appeal.sender), ("silent", appeal.silent)):
                    yield from self.party((*place, "appeal", key), party)

    def milestones(self) -> Iterator[Mistake]:
        for number, one in enumerate(self.scenario.milestones):
            yield from self.happening((*self.where.place("milestones", number), "when"), one.when)

    # --- what is checked in many places ---

    def party(self, place: Place, id_: str, others: Sequence[str] = ()) -> Iterator[Mistake]:
        if id_ not in self.parties and id_ not in others:
            yield place, f"`{id_}` does not take part" + _near(id_, [*self.parties, *others])

    def bars(self, place: Place, author: str, bars: Sequence[Bar]) -> Iterator[Mistake]:
        for number, bar in enumerate(bars):
            yield from self.party((*place, number, "whom"), bar.whom, GROUPS)
            if bar.whom == author:
                yield (*place, number, "whom"), f"`{author}` bars itself; name somebody else"

    def bureau(self, place: Place, id_: str) -> Iterator[Mistake]:
        """Measures are for bureaus, and bureaus speak for their entities: only they declare bars."""
        yield from self.party(place, id_)
        if id_ in self.parties and self.parties[id_].role not in (Role.BUREAU, Role.SUB_BUREAU):
            yield place, f"`{id_}` is not a bureau; expected the bureau that answers for it"

    def desk(self, place: Place, id_: str) -> Iterator[Mistake]:
        """The secretariat, the reviewer and the Commission are no duty desks."""
        yield from self.party(place, id_)
        if id_ in (SECRETARIAT, REVIEWER, COMMISSION):
            yield place, f"`{id_}` has no duty desk; expected a bureau, an entity or a partner"

    def message(self, place: Place, reference: str) -> Iterator[Mistake]:
        if "#" in reference or ":" in reference:
            yield from self.party(place, reference.replace("#", ":").split(":")[0])
        elif reference in self.times and reference not in self.sends:
            yield place, f"the step `{reference}` sends nothing; expected the label of a `send`"
        elif reference not in self.times and reference not in self.broken:
            yield place, f"no step has the label `{reference}`" + _near(reference, sorted(self.sends))


def _chain(awaited: Mapping[str, str], label: str) -> list[str]:
    """What the step ``label`` waits for, what that waits for, and so on; ends at a step with a time, or in a circle."""
    found: list[str] = []
    while label in awaited and awaited[label] not in found:
        label = awaited[label]
        found.append(label)
    return found


_LISTED = 30
"""More than these are not named one by one."""


def _near(word: str, known: Collection[str]) -> str:
    return cure(word, known, None if len(known) <= _LISTED else "")

"""What the commands of the port do to an exercise under way. Who may give them is checked before (``port.allow``).

Whatever changes the story goes through ``Conductor.inject``: it is recorded, and a replay does it again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from i247sim.clock.pace import parse_pace
from i247sim.exercise.acts import Act, Before
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.drafting import Wrong, make_step
from i247sim.exercise.durations import format_clock, parse_duration, parse_offset
from i247sim.exercise.evidence_check import check_now
from i247sim.exercise.expecting import LIVE, expecting
from i247sim.exercise.injects import inverse, key_of
from i247sim.exercise.loader import load_step
from i247sim.exercise.machines import Flood
from i247sim.exercise.mail import can_open, holds, received, wire_of
from i247sim.exercise.picture import Wire, marks
from i247sim.exercise.port import Answer, NotAllowed, Role, Who
from i247sim.exercise.seats import taken_by
from i247sim.exercise.seen import Seen
from i247sim.exercise.steps import Step
from i247sim.security.trust import Trust
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.parties import CONTROL
from i247sim.vocabulary.times import TICK

GRADES = {
    "P": "performed without challenges",
    "S": "performed with some challenges",
    "M": "performed with major challenges",
    "U": "unable to be performed",
}
"""How an expectation is rated (HSEEP's scale)."""
_LONGEST_NOTE = 2000


async def carry_out(conductor: Conductor, seen: Seen, who: Who, name: str, arguments: Mapping[str, Any]) -> Answer:
    """Do it. Raises ``InputError`` (``Wrong`` where a form has fields) and ``NotAllowed``."""
    match name:
        case "pause" | "resume" | "step" | "next" | "pace" | "until" | "end":
            return _steer(conductor, name, arguments)
        case "inject":
            return _inject(conductor, seen, arguments)
        case "shelf":
            taken = conductor.take(str(arguments.get("name", "")))
            return Answer(f"taken from the shelf: {len(taken)} step{'s' if len(taken) != 1 else ''}")
        case "now" | "delay" | "skip" | "edit":
            return _replan(conductor, name, arguments)
        case "restore-all":
            return _restore_all(conductor, str(arguments.get("target", "")))
        case "release" | "refuse":
            return _ruling(conductor, name, arguments)
        case "take" | "give-back":
            return _seat(conductor, who, arguments)
        case "send" | "declare":
            return _at_desk(conductor, who, name, arguments)
        case "rate":
            return _rate(conductor, who, arguments)
        case "note" | "remark":
            return _note(conductor, who, arguments)
        case "mark":
            return _mark(conductor, seen, who, arguments)
        case "try":
            return _try(conductor, seen, arguments)
        case "verify":
            network, enrolled = conductor.network, conductor.enrolled
            anchor = Trust.anchor(enrolled.authority.root, enrolled.run)
            holds_, lines = await check_now(network.hub_database, anchor, network.rulebook, network.limits)
            says = "the evidence holds" if holds_ else f"the evidence does not hold: {lines[0]}"
            return Answer(says, facts={"ok": holds_, "lines": lines})
        case _:
            raise NotAllowed(f"`{name}` is not possible in this exercise")


# --- the clock


def _steer(conductor: Conductor, name: str, arguments: Mapping[str, Any]) -> Answer:
    pace = conductor.pace
    match name:
        case "pause":
            pace.pause()
            return Answer("paused", ("resume", {}, "Go on"))
        case "resume":
            pace.resume()
            return Answer("running", ("pause", {}, "Pause"))
        case "step" | "next":
            count = _number(arguments.get("count", 1), "count", 1, 1000)
            if conductor.idle:
                raise InputError("nothing is planned any more: there is no next event")
            conductor.pacing.step(count)
            return Answer("to the next event" if count == 1 else f"{count} events on")
        case "pace":
            factor = _pace(str(arguments.get("factor", "")))
            pace.set(factor)
            return Answer("as fast as the network is quiet" if factor is None else f"{factor:g} times real time")
        case "until":
            offset = _offset(arguments.get("offset"))
            until = conductor.scenario.start + offset
            if until <= conductor.clock:
                raise Wrong([(("offset",), f"the clock is at {format_clock(_since(conductor))} already")])
            conductor.pacing.run_to(until)
            return Answer(f"running until {format_clock(offset)}", ("pause", {}, "Pause"))
        case _:
            return _end(conductor)


def _end(conductor: Conductor) -> Answer:
    """Leave out every step that is still to come, let what is under way come to its end, and close."""
    left = [name for name, _ in conductor.timeline.all() if conductor.timeline.is_to_come(name)]
    for name in left:
        conductor.inject(make_step({"skip": {"step": name}}, conductor.scenario, _soon(conductor)))
    conductor.held_open = False
    conductor.pacing.run_out()
    said = f"; {len(left)} planned steps are left out" if left else ""
    return Answer(f"the exercise comes to its end{said}")


def _pace(text: str) -> float | None:
    try:
        return parse_pace(text)
    except ValueError as error:
        raise Wrong([(("factor",), f"`{text:.20}` is no pace; {error}")]) from error


# --- injects


def _inject(conductor: Conductor, seen: Seen, arguments: Mapping[str, Any]) -> Answer:
    step = draft_step(conductor, arguments)
    mending = _mending(conductor, seen, step, arguments.get("ends"))
    undo = inverse(step.verb, _before(seen))
    conductor.inject(step)
    for one in mending:
        conductor.inject(one)
    verb = key_of(step.verb)
    says = f"`{verb}` is planned for {format_clock(step.at)}" if step.at is not None else f"`{verb}` waits"
    if mending and mending[0].at is not None:
        says += f", and ends at {format_clock(mending[0].at)}"
    if conductor.pace.paused:
        says += "; the clock stands still"
    if undo and not mending:
        return Answer(says, ("inject", {"step": _plain(undo[0])}, "Undo"))
    return Answer(says)


def draft_step(conductor: Conductor, arguments: Mapping[str, Any]) -> Step:
    """The step that ``arguments`` ask for: ``step`` (one verb), and ``when``: ``now``, ``at`` an offset, or ``after``
    something (``after``: a condition); ``expect`` as ``expecting.expecting`` takes it. Raises ``Wrong``."""
    value, when = arguments.get("step"), arguments.get("when", "now")
    if not isinstance(value, Mapping):
        raise Wrong([((), "expected one verb")])
    scenario = conductor.scenario
    match when:
        case "now":
            at: timedelta | None = _soon(conductor)
        case "at":
            at = _offset(arguments.get("at"), "at")
            if at < _soon(conductor):
                raise Wrong([(("at",), f"that is over: the clock is at {format_clock(_since(conductor))}")])
        case "after":
            at, value = None, {**value, "after": arguments.get("after", {})}
        case _:
            raise Wrong([(("when",), "expected now, at or after")])
    wanted = arguments.get("expect")
    if isinstance(wanted, Mapping):
        number = len(conductor.timeline.came_in) + len(conductor.live) + 1
        value = {**value, **expecting(wanted, value, at, f"{LIVE}{number}")}
    return make_step(value, scenario, at)


def _mending(conductor: Conductor, seen: Seen, step: Step, ends: object) -> list[Step]:
    """The steps that end a fault at ``ends`` (an offset, or a duration from its begin); none without ``ends``."""
    if ends in (None, ""):
        return []
    if step.at is None:
        raise Wrong([(("ends",), "what waits for something has no end time yet; end it with an inject of its own")])
    undone = inverse(step.verb, _before(seen))
    if not undone:
        raise Wrong([(("ends",), f"nothing ends it: {type(step.verb).stays_because}")])
    try:
        text = str(ends)
        end = parse_offset(text) if text.startswith("T") else step.at + parse_duration(text)
    except ValueError as error:
        raise Wrong([(("ends",), f"{error}; or an offset like `T+2h`")]) from error
    if end <= step.at:
        raise Wrong([(("ends",), "it ends before it begins")])
    return [make_step(_plain(act), conductor.scenario, end) for act in undone]


def _before(seen: Seen) -> Before:
    state = seen.state
    return Before(
        restrictions={party: bars.bars for party, bars in state.restrictions.items()},
        acceptances={party: bars.bars for party, bars in state.acceptances.items()},
        states=dict(state.states),
    )


def _plain(act: Act) -> dict[str, Any]:
    return {key_of(act): act.plain()}


def _replan(conductor: Conductor, name: str, arguments: Mapping[str, Any]) -> Answer:
    """What is done with a step that is still to come: it is left out, and comes back at another time or otherwise."""
    key = str(arguments.get("step", ""))
    step = conductor.timeline.named(key)
    if step is None or not conductor.timeline.is_to_come(key):
        raise InputError(f"`{key:.40}` is not to come any more")
    skip = make_step({"skip": {"step": key}}, conductor.scenario, _soon(conductor))
    due = conductor.timeline.due_of(step)
    if isinstance(step.verb, Flood) and name != "skip" and due is not None and due > _planned_for(conductor, step):
        raise InputError(f"`{key}` is under way; what is left of it can be left out")
    if due is not None and due <= conductor.scenario.start + _soon(conductor):
        raise InputError("it is due this very moment")
    own = {"label": step.label, "expect": step.expect}
    label = {name: said for name, said in own.items() if said is not None}
    value = step.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"at", "after", *own})
    match name:
        case "skip":
            conductor.inject(skip)
            return Answer(f"`{key}` is left out")
        case "now":
            fresh = _relabelled(conductor, value, label, _soon(conductor) + TICK)
        case "delay":
            try:
                by = parse_duration(arguments.get("by"))
            except ValueError as error:
                raise Wrong([(("by",), str(error))]) from error
            if due is None:
                raise InputError("it waits for something else to happen: it has no time that could be moved")
            fresh = _relabelled(conductor, value, label, due - conductor.scenario.start + by)
        case _:
            at = due - conductor.scenario.start if due is not None else _soon(conductor) + TICK
            fresh = load_step(str(arguments.get("yaml", "")), _without(conductor, step), at)
            fresh = fresh.model_copy(update={name: said for name, said in label.items() if not getattr(fresh, name)})
    conductor.inject(skip)
    conductor.inject(fresh)
    assert fresh.at is not None, "it was given a time"
    return Answer(f"`{key}` comes at {format_clock(fresh.at)}")


def _planned_for(conductor: Conductor, step: Step) -> datetime:
    """When a step that is planned begins, or has begun."""
    began = conductor.timeline.due_at(step)
    assert began is not None, "it is planned, so what it waits for has happened"
    return began


def _relabelled(conductor: Conductor, value: dict[str, Any], label: dict[str, Any], at: timedelta) -> Step:
    """The same verb at another time, with its own label and what is expected of it: the step that had them is left
    out."""
    step = make_step(value, conductor.scenario, at)
    return step.model_copy(update=label)


def _without(conductor: Conductor, step: Step) -> Any:
    """The scenario without the label of ``step``: its new form may have it again."""
    timeline = tuple(
        one if one is not step else one.model_copy(update={"label": None}) for one in conductor.scenario.timeline
    )
    return conductor.scenario.model_copy(update={"timeline": timeline})


def _restore_all(conductor: Conductor, target: str) -> Answer:
    """Mend every fault that something mends and nobody meant to stay; of one ``target``, if it is given."""
    mending = [verb for verb in conductor.broken.mending() if target in ("", verb.target)]
    for verb in mending:
        conductor.inject(make_step(_plain(verb), conductor.scenario, _soon(conductor)))
    stays = [one.says for one in conductor.broken.left() if one.meant]
    left = f"; it stays so that {', '.join(stays)}" if stays else ""
    whole = f"{len(mending)} fault{'s are' if len(mending) > 1 else ' is'} mended"
    return Answer((whole if mending else "nothing is there to be mended") + left)


def _ruling(conductor: Conductor, name: str, arguments: Mapping[str, Any]) -> Answer:
    """Exercise control decides in the secretariat's place about a message that is held."""
    message = str(arguments.get("message", ""))
    value = {"rule": {"word": "release" if name == "release" else "stop", "message": message}}
    conductor.inject(make_step(value, conductor.scenario, _soon(conductor)))
    return Answer(f"{message} is released" if name == "release" else f"{message} stays where it is")


# --- desks


def _seat(conductor: Conductor, who: Who, arguments: Mapping[str, Any]) -> Answer:
    """A person takes its own desk; exercise control gives any desk back to the simulated officer."""
    take = who.role is Role.SEAT
    party = str(who.party if take else arguments.get("party", ""))
    if (party in taken_by(conductor.network.cast)) == take:
        return Answer("a person sits there" if take else "the duty officer sits there")
    value = {"seat": {"party": party, "taken": take}}
    conductor.inject(make_step(value, conductor.scenario, _soon(conductor)))
    return Answer("the desk is yours" if take else f"the desk of `{party}` is the duty officer's again")


def _at_desk(conductor: Conductor, who: Who, name: str, arguments: Mapping[str, Any]) -> Answer:
    """A seat sends a message or declares its bars: in its own name, whatever the form says."""
    value = dict(arguments.get("value", {}))
    if name == "send":
        value["from"] = who.party
        step = {"send": value}
    else:
        kind = "accept" if arguments.get("kind") == "accept" else "restrict"
        step = {kind: {"party": who.party, "bars": value.get("bars", [])}}
    made = make_step(step, conductor.scenario, _soon(conductor))
    conductor.inject(made)
    waits = ""
    if conductor.pace.paused:
        waits = "; the exercise is paused, and it goes out when the clock goes on"
    elif conductor.stopped or not Wire(conductor.away.get(who.party or "", "up")).looks_up:
        waits = "; it waits here until the link is whole"
    return Answer(("sent" if name == "send" else "declared to the hub") + waits)


# --- notes and proofs


def _short(text: str, field: str) -> str:
    if len(text) > _LONGEST_NOTE:
        raise Wrong([((field,), f"{len(text)} characters; expected at most {_LONGEST_NOTE}")])
    return text


def _rate(conductor: Conductor, who: Who, arguments: Mapping[str, Any]) -> Answer:
    wanted = str(arguments.get("expectation", ""))
    live = wanted in conductor.timeline.expected()
    key = wanted if live else _number(wanted, "expectation", 0, len(conductor.scenario.expect) - 1)
    grade = str(arguments.get("rating", ""))
    if grade not in GRADES:
        raise Wrong([(("rating",), f"expected one of {', '.join(GRADES)}")])
    note = _short(str(arguments.get("note", "")).strip(), "note")
    conductor.site.journal("rating", CONTROL, expectation=key, rating=grade, note=note, by=str(who.role))
    return Answer(f"rated {grade}: {GRADES[grade]}")


def _note(conductor: Conductor, who: Who, arguments: Mapping[str, Any]) -> Answer:
    text = _short(str(arguments.get("text", "")).strip(), "text")
    if not text:
        raise Wrong([(("text",), "there is nothing to note")])
    conductor.site.journal("note", who.party or CONTROL, text=text, by=str(who.role))
    return Answer("noted")


def _mark(conductor: Conductor, seen: Seen, who: Who, arguments: Mapping[str, Any]) -> Answer:
    """A seat marks something in its inbox to come back to (``on``), or takes the mark off again.

    A line of the journal, as a note is, and no inject: nothing of the story follows from it, so no replay needs it.
    """
    assert who.party is not None, "only a seat marks"
    id_, on = str(arguments.get("message", "")), bool(arguments.get("on"))
    one = next((one for one in received(conductor.site.store, who.party) if one.id == id_), None)
    if one is None:
        raise InputError("there is no such message in this inbox")
    if any(line["id"] == id_ for line in marks(seen.own.get(who.party, ()))) != on:
        reference = one.header.own_ref if one.header else None
        conductor.site.journal("mark", who.party, id=id_, ref=reference, on=on)
    return Answer("marked" if on else "the mark is off")


def _try(conductor: Conductor, seen: Seen, arguments: Mapping[str, Any]) -> Answer:
    """Really try to read a message with a party's present keys: the copy it holds, and the full wire."""
    name, party = str(arguments.get("message", "")), str(arguments.get("party", ""))
    node = conductor.network.nodes.get(party)
    sent = next((one for one in seen.letters.values() if one.name == name), None)
    if node is None or sent is None or sent.id is None:
        raise InputError(f"there is no message `{name:.40}` or no party `{party:.40}`")
    store = conductor.site.store
    copy, wire = holds(store, party, sent.id), wire_of(store, sent.id)
    own = None if copy is None else can_open(copy, party, node.identity)
    full = None if wire is None else can_open(wire, party, node.identity)
    says = {
        None: f"`{party}` holds no copy of {name}",
        True: f"the copy of {name} that `{party}` holds opens with its keys",
        False: f"the copy of {name} that `{party}` holds does not open with its keys",
    }[own]
    if own is None and full is not None:
        says += "; of the full wire its keys would open it" if full else "; its keys do not open the full wire either"
    return Answer(says, facts={"copy": own, "wire": full, "message": name, "party": party})


# --- words


def _since(conductor: Conductor) -> timedelta:
    return max(conductor.clock - conductor.scenario.start, timedelta())


def _soon(conductor: Conductor) -> timedelta:
    """The earliest moment for which something can be planned."""
    return _since(conductor) + TICK


def _offset(text: object, field: str = "offset") -> timedelta:
    try:
        return parse_offset(text)
    except ValueError as error:
        raise Wrong([((field,), str(error))]) from error


def _number(value: object, field: str, least: int, most: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise Wrong([((field,), f"expected a number from {least} to {most}")])
    return number

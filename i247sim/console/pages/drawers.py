"""The drawer: whatever is selected, named by ``open`` in the address. One of five kinds, on every instructor's page."""

from datetime import datetime
from typing import Any

from starlette.requests import Request

from i247sim.console.frames import clock, key_of
from i247sim.console.house import house_of, session_of
from i247sim.console.pages import rows
from i247sim.console.pages.words import entry_fields, entry_sentence, step_yaml
from i247sim.console.plain import number_of
from i247sim.console.shell import act, may, name_of_party
from i247sim.exercise.access import Cell, Sign
from i247sim.exercise.observe import Sent, Way
from i247sim.exercise.picture import Picture, Planned, Progress, marks
from i247sim.exercise.reasons import why
from i247sim.exercise.seen import WORDS
from i247sim.exercise.transcript import logical_name
from i247sim.policy.explain import Explanation
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.statements import Bar

_INBOX = 60
_IN_FULL = 12


def drawer(request: Request, picture: Picture) -> dict[str, Any] | None:
    """What ``open`` names, if it is there."""
    kind, _, rest = request.query_params.get("open", "")[:120].partition(":")
    house, who = house_of(request), session_of(request).who
    allowed = frozenset(may(who.role, house.port.live))
    match kind:
        case "message":
            sent = rows.by_key(picture, rest)
            return None if sent is None else message(picture, sent, allowed)
        case "cell":
            key, _, party = rest.partition(":")
            sent = rows.by_key(picture, key)
            if sent is None or party not in picture.known:
                return None
            return cell(picture, sent, party, allowed, house.tried.get((key, party)))
        case "bureau":
            return bureau(request, picture, rest, allowed) if rest in picture.known else None
        case "entry":
            return entry(picture, rest)
        case "step":
            planned = next((one for one in picture.plan if one.key == rest), None)
            return None if planned is None else step(picture, planned, allowed)
        case _:
            return None


# --- a message


def message(picture: Picture, sent: Sent, allowed: frozenset[str]) -> dict[str, Any]:
    """A message with its way to each addressee."""
    made = rows.message(picture, sent)
    way = picture.seen.ways.get(sent.id or "", Way())
    logged = picture.seen.logged.get(sent.id or "")
    cells = {one.party: one for one in picture.cells([sent])}
    answers = sent.facts.get("answers")
    receipt = next(
        (
            one
            for one in picture.seen.own.get(sent.party, ())
            if one["event"] == "receipt" and one["ref"] == sent.facts["ref"]
        ),
        None,
    )
    return {
        "kind": "message",
        "kind_name": made["kind"],
        **{name: made[name] for name in ("key", "name", "at", "from", "channel", "letter", "notice")},
        "label": sent.facts.get("label"),
        "date": sent.facts["time"].replace("T", " "),
        "fields": fields(picture, sent),
        "whole_code": str(way.code or sent.facts.get("code") or "") or None,
        "paths": _paths(picture, sent, cells, allowed),
        "receipt": [
            {"party": one["party"], "outcome": one["outcome"], "code": one.get("code")} for one in receipt["lines"]
        ]
        if receipt
        else [],
        "receipt_at": clock(datetime.fromisoformat(receipt["time"]) - picture.start) if receipt else None,
        "answers": next(iter(rows.named(picture, [logical_name(answers)])), None) if answers else None,
        "answered_by": [
            {"key": key_of(one.name), "name": one.name}
            for one in picture.sent
            if one.facts.get("answers") == sent.facts["ref"]
        ],
        "text": own_text(picture, sent),
        "acts": message_acts(picture, sent, allowed),
        "logged": logged.index if logged else None,
    }


def message_acts(picture: Picture, sent: Sent, allowed: frozenset[str]) -> list[dict[str, Any]]:
    """What can be done with a message as a whole: one that is held back on its way is let go."""
    label = sent.facts.get("label")
    if "inject" not in allowed or label not in picture.held_back():
        return []
    return [act("inject", "Let it go", {"verb": "release", "p.message": str(label)})]


def fields(picture: Picture, sent: Sent) -> list[list[str]]:
    """The header, field by field: what the hub sees."""
    logged = picture.seen.logged.get(sent.id or "")
    if logged is None:
        facts = sent.facts
        return [[name, str(facts[name])] for name in ("ref", "kind", "channel", "classification") if name in facts]
    plain = logged.header.plain()
    to = plain.pop("to", None)
    if to is not None:
        plain["to"] = ", ".join(one["party"] for one in to)
    return [[name, _flat(value)] for name, value in plain.items() if value not in ([], ())]


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_flat(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "; ".join(_flat(one) for one in value)
    return str(value)


def own_text(picture: Picture, sent: Sent) -> dict[str, str] | None:
    """Words that exercise control wrote itself, in the scenario or as an inject; never what anybody's mailbox holds."""
    label = sent.facts.get("label")
    for planned in picture.plan:
        send = planned.step.send
        if send is None or send.sender != sent.party or send.subject is None:
            continue
        if label is not None and planned.step.label == label:
            return {"subject": send.subject, "text": send.text}
    return None


def _paths(picture: Picture, sent: Sent, cells: dict[str, Cell], allowed: frozenset[str]) -> list[dict[str, Any]]:
    """Every addressee. With very many the reasons are spelled out for those that did not simply get it, and for the
    first few; the others have theirs a click away."""
    found = []
    for number, party in enumerate(one for one in sent.facts["to"] if one in cells):
        in_full = number < _IN_FULL or WORDS[cells[party].sign] != "read"
        found.append(path(picture, sent, cells[party], allowed, in_full))
    return found


def path(picture: Picture, sent: Sent, one: Cell, allowed: frozenset[str], in_full: bool = True) -> dict[str, Any]:
    """One addressee: five steps with their times, and why."""
    way = picture.seen.ways.get(sent.id or "", Way())
    logged = picture.seen.logged.get(sent.id or "")
    party, start = one.party, picture.start
    made = way.decisions.get(party, [])
    handed = way.handed.get(party)
    acknowledged = way.acknowledged.get(party, [])
    first = next((time for _, time, outcome, _ in acknowledged), None)
    opened = next((time for _, time, outcome, _ in acknowledged if outcome is Outcome.OPENED), None)
    rejected = bool(acknowledged) and acknowledged[-1][2] is Outcome.REJECTED
    decided = made[-1][1] if made else None
    refused = decided is not None and decided.outcome is not Outcome.QUEUED
    left = sent.id is not None
    steps = [
        _step(
            "sealed", datetime.fromisoformat(sent.facts["time"]) if left else None, not left, "never left the sender"
        ),
        _step("received", logged.time if logged else None, not left, "the hub has not received it"),
        _step(
            "decided", decided.time if decided else None, not left, str(decided.outcome) if refused and decided else ""
        ),
        _step("delivered", handed[1].time if handed else None, refused, ""),
        _step("opened", opened, refused or rejected, "it does not open" if rejected else ""),
    ]
    if decided is not None and refused:
        steps[2] |= {"state": "no" if decided.outcome is not Outcome.HELD else "open", "text": str(decided.outcome)}
    for made_step in steps:
        made_step["at"] = clock(made_step["at"] - start) if made_step["at"] else None
    acts = []
    held = one.sign is Sign.HELD
    if held and "release" in allowed:
        acts = [
            act("release", "Release", {"message": sent.name}),
            act("refuse", "Refuse", {"message": sent.name}, f"Refuse {sent.name}? This cannot be undone.", True),
        ]
    return {
        "party": party,
        "name": name_of_party(picture, party),
        "sign": WORDS[one.sign],
        "code": str(one.code) if one.code else None,
        "steps": steps,
        "entry": one.decision,
        "cell_href": f"?open=cell:{key_of(sent.name)}:{party}",
        "held": held,
        "acts": acts,
        "acknowledged": first is not None,
        **(reasons(picture, sent, one) if in_full else {"rules": list(one.rules), "sentences": [], "near": []}),
    }


def _step(id_: str, time: datetime | None, no: bool, text: str) -> dict[str, Any]:
    """One of the five steps; ``text`` says why it has not happened."""
    return {"id": id_, "at": time, "state": "done" if time else ("no" if no else "open"), "text": "" if time else text}


def reasons(picture: Picture, sent: Sent, one: Cell) -> dict[str, Any]:
    """Rules, citation, sentences and near misses of the newest decision on a pair."""
    logged = picture.seen.logged.get(sent.id or "")
    explained = why(picture, logged, one.party) if logged else None
    if explained is None:
        said = f"{one.code}: decided by the hub itself ({', '.join(one.rules) or 'form'})" if one.code else ""
        return {"rules": list(one.rules), "cite": "", "sentences": [said] if said else [], "near": [], "facts": []}
    return shown_reasons(explained)


def shown_reasons(explained: Explanation) -> dict[str, Any]:
    """An explanation as pages show it."""
    near = [miss.sentence for miss in explained.near_misses]
    return {
        "rules": list(explained.verdict.rules),
        "cite": "; ".join(explained.citations),
        # Rule and citation stand above; what a sentence says of them again is left out.
        "sentences": [text.partition("): ")[2] or text for text in explained.sentences if text not in near],
        "near": near,
        "facts": [[name, value] for name, value in explained.facts],
    }


# --- a cell


def cell(
    picture: Picture, sent: Sent, party: str, allowed: frozenset[str], tried: dict[str, Any] | None
) -> dict[str, Any] | None:
    """The three answers for one message and one party."""
    one = next((made for made in picture.cells([sent]) if made.party == party), None)
    if one is None:
        return None
    way = picture.seen.ways.get(sent.id or "", Way())
    key = key_of(sent.name)
    acts = []
    if "try" in allowed and sent.id is not None:
        acts = [act("try", f"Try to read it as {party}", {"message": sent.name, "party": party})]
    logged = picture.seen.logged.get(sent.id or "")
    query = f"from={sent.party}&to={party}&kind={sent.facts['kind']}&classification={sent.facts['classification']}"
    if logged:
        query += f"&purpose={logged.header.purpose}"
    return {
        "kind": "cell",
        "key": key,
        "name": sent.name,
        "party": party,
        "party_name": name_of_party(picture, party),
        "sign": WORDS[one.sign],
        "code": str(one.code) if one.code else None,
        "alarm": one.alarm,
        "exposure": f"the key of {party} would open the full wire, because the sender had sealed to it before the hub "
        "said no: a captured hub could have leaked it"
        if one.exposed
        else "",
        "answers": [_rule(one, way), _broker(picture, one, way), _key(one)],
        **reasons(picture, sent, one),
        "tried": tried,
        "acts": acts,
        "why_href": f"/why?{query}",
    }


def _rule(one: Cell, way: Way) -> dict[str, Any]:
    made = way.decisions.get(one.party, [])
    lines = [
        f"log entry {index}: {'allowed' if entry.outcome is Outcome.QUEUED else entry.outcome}"
        + (f" with {entry.code}" if entry.code else "")
        + (f" by {', '.join(entry.rules)}" if entry.rules else "")
        + f" (directory {entry.directory})"
        for index, entry in made
    ]
    if one.sign is Sign.SENT:
        text = "it is the sender"
    elif not made:
        text = f"the whole message was refused: {one.code}" if one.code else "nothing was decided: not an addressee"
    else:
        text = "allowed" if made[-1][1].outcome is Outcome.QUEUED else f"{made[-1][1].outcome}"
    ok = None if not made else made[-1][1].outcome is Outcome.QUEUED
    return {"id": "rule", "title": "The rule", "text": text, "lines": lines, "ok": ok}


def _broker(picture: Picture, one: Cell, way: Way) -> dict[str, Any]:
    handed = way.handed.get(one.party)
    lines = []
    if one.sign is Sign.SENT:
        text = "the copy that it made is its own"
    elif handed is None:
        text = "no copy was handed to its topic"
        probe = picture.probes.get(one.party)
        if probe is not None:
            got = "got nothing" if probe else "was NOT kept from them"
            lines.append(f"a try to listen on other parties' topics with its own certificate {got}")
    else:
        text = f"a copy was handed to its topic as number {handed[1].number} of its stream"
        lines.append(f"log entry {handed[0]}")
        lines.append(way.acknowledgement(one.party))
    return {"id": "broker", "title": "The broker", "text": text, "lines": lines, "ok": handed is not None or None}


def _key(one: Cell) -> dict[str, Any]:
    if one.sign is Sign.SENT:
        text, ok = "it wrote the message", None
    elif one.opens is None:
        text, ok = "it holds no copy, so there is nothing its keys could open", None
    elif one.opens:
        text, ok = "the copy that it holds opened with its key", True
    else:
        text, ok = "the copy that it holds does not open with its keys", False
    return {"id": "key", "title": "The key", "text": text, "lines": [], "ok": ok}


# --- a bureau


def bureau(request: Request, picture: Picture, party: str, allowed: frozenset[str]) -> dict[str, Any]:
    """One party: its inbox as it sees it, and ghosts of what never arrived."""
    house, who = house_of(request), session_of(request).who
    known = picture.known[party]
    wire = picture.wires.get(party)
    state = wire.state if wire else "up"
    seat = house.seats(picture.taken).get(party, "simulated")
    acted = picture.seen.acted.get(party)
    marked = {line["id"] for line in marks(picture.seen.own.get(party, ()))}
    addressed = [one for one in rows.newest_first(picture.sent) if party in one.facts["to"]]
    inbox, ghosts = [], []
    for sent in addressed:
        sign, code = picture.seen.standing.get((rows.identity(sent), party), (None, None))
        made = rows.message(picture, sent)
        line = {name: made[name] for name in ("key", "name", "from", "kind", "letter", "notice", "channel", "at")}
        line |= {"code": str(code) if code else None, "href": f"?open=cell:{made['key']}:{party}"}
        if sign in (Sign.READ, Sign.STORED, Sign.REJECTED):
            inbox.append({**line, "status": "locked" if sign is Sign.REJECTED else "opened", "sign": None})
            inbox[-1]["marked"] = rows.identity(sent) in marked
        elif sign is not None:
            ghosts.append({**line, "sign": WORDS[sign], "status": str(sign)})
    measure = picture.seen.state.states.get(party)
    queue = picture.queued.get(party, 0) + (wire.unsent if wire else 0)
    return {
        "kind": "bureau",
        "id": party,
        "name": known.name,
        "role": str(known.role),
        "parent": known.parent,
        "link": state,
        "why": wire.why if wire and wire.why not in ("", state) else "",
        "clearance": str(known.clearance),
        "measure": str(measure) if measure else "active",
        "seat": seat,
        "keys": house.keys(who, party, picture),
        "queue": queue,
        "last_at": clock(acted - picture.start) if acted else None,
        "inbox": inbox[:_INBOX],
        "ghosts": ghosts[:_INBOX],
        "sent": [rows.message(picture, one) for one in rows.newest_first(picture.sent) if one.party == party][:_INBOX],
        "restrictions": [bar_text(bar) for bar in _bars(picture, party)],
        "acts": bureau_acts(party, state, seat, str(measure) if measure else "active", allowed, known.parent is None),
    }


def _bars(picture: Picture, party: str) -> tuple[Bar, ...]:
    found = picture.seen.state.restrictions.get(party)
    return found.bars if found else ()


def bar_text(bar: Bar) -> str:
    """One line of a restriction in words."""
    scope = bar.scope.plain()
    return f"{bar.whom}: {', '.join(f'{name} {value}' for name, value in scope.items()) or 'everything'}"


def bureau_acts(
    party: str, link: str, seat: str, measure: str, allowed: frozenset[str], whole: bool
) -> list[dict[str, Any]]:
    """What an instructor can do with a bureau."""
    found = []
    if "inject" in allowed:
        if link == "up":
            found.append(act("inject", "Cut the link", {"verb": "cut", "p.party": party, "p.stays": "yes"}))
        elif link == "held":
            found.append(act("inject", "Let its traffic go", {"verb": "release", "p.party": party}))
        elif link in ("cut", "slow"):
            found.append(act("inject", "Restore the link", {"verb": "restore", "p.party": party}))
        found.append(act("inject", "Renew its key", {"verb": "rotate", "p.party": party}))
        if link != "revoked":
            text = f"Revoke {party}? Its certificate and keys are no longer good. This cannot be undone."
            found.append(act("inject", "Revoke", {"verb": "revoke", "p.party": party}, text, True))
        if whole and measure == "active":
            fields = {"verb": "measure", "p.party": party, "p.state": "supervised"}
            found.append(act("inject", "Supervise", fields))
            text = f"Suspend {party}? It may neither record nor consult, and all are told. It can be lifted again."
            found.append(act("inject", "Suspend", {**fields, "p.state": str(State.QUERY_SUSPENDED)}, text, True))
        elif whole:
            fields = {"verb": "measure", "p.party": party, "p.state": "active"}
            found.append(act("inject", "Lift the measure", fields))
    if "seat-token" in allowed:
        title = "New seat token" if seat != "simulated" else "Issue a seat token"
        found.append(act("seat-token", title, {"party": party}))
        if seat != "simulated":
            text = (
                f"Sign out whoever sits at the desk of {party}, and take its token away? A new token lets it in again."
            )
            found.append(act("seat-suspend", "Suspend the seat", {"party": party}, text, True))
        if seat == "taken":
            found.append(act("seat-give", "Give the desk back to the officer", {"party": party}))
    return found


# --- an entry, a step


def entry(picture: Picture, text: str) -> dict[str, Any] | None:
    """One entry of the log."""
    index = number_of(text)
    if index is None or index >= len(picture.seen.entries):
        return None
    found = picture.seen.entries[index]
    return {
        "kind": "entry",
        "index": index,
        "type": found.type,
        "at": clock(found.time - picture.start),
        "date": f"{found.time:%Y-%m-%d %H:%M:%S}Z",
        "says": entry_sentence(found, picture),
        "fields": entry_fields(found),
    }


def step(picture: Picture, planned: Planned, allowed: frozenset[str]) -> dict[str, Any]:
    """One step of the timeline."""
    time = planned.time
    return {
        "kind": "step",
        "title": planned.step.label or planned.key,
        "text": planned.step.note or "",
        "fields": [
            ["Time", clock(time - picture.start) if time else "waits"],
            ["State", how_far(planned)],
            ["By", "the script" if planned.key.startswith("timeline/") else "a person"],
        ],
        "yaml": step_yaml(planned.step),
        "acts": step_acts(planned, allowed, picture.held_back()),
    }


def how_far(planned: Planned) -> str:
    """How far a step has come, in words."""
    if planned.progress is Progress.RUNNING and planned.minutes is not None:
        begun, whole = planned.minutes
        return f"running: minute {begun} of {whole}"
    return str(planned.progress)


def step_acts(planned: Planned, allowed: frozenset[str], held_back: frozenset[str]) -> list[dict[str, Any]]:
    """What can be done with a step that is still to come. ``held_back``: see ``Picture.held_back``."""
    fields = {"step": planned.key}
    if planned.progress is Progress.RUNNING and "skip" in allowed:
        return [act("skip", "Stop it", fields)]
    if planned.progress not in (Progress.LATER, Progress.WAITING) or "skip" not in allowed:
        return []
    delay = {
        "name": "by",
        "title": "Delay by",
        "type": "duration",
        "value": "10m",
        "choices": [],
        "required": True,
        "unit": None,
        "help": None,
        "error": None,
    }
    edit = {
        **delay,
        "name": "yaml",
        "title": "Its verb",
        "type": "yaml",
        "value": step_yaml(planned.step, verb_only=True),
    }
    found = [act("now", "Inject now", fields)]
    if planned.progress is Progress.LATER:
        found.append(act("delay", "Delay", fields, ask=[delay]))
    label = planned.step.label
    if planned.step.send is not None and label is not None and planned.key.startswith("timeline/"):
        held = label in held_back
        verb, title = ("release", "Do not hold it") if held else ("hold", "Hold it back when it is sent")
        found.append(act("inject", title, {"verb": verb, "p.message": label}))
    return [*found, act("skip", "Skip", fields), act("edit", "Change", fields, ask=[edit])]

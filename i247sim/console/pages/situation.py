"""Situation: the map, what needs attention, the feed, the strip of injects."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from i247sim.console.frames import FEED_ROWS, clock, wall_counts, wall_link
from i247sim.console.house import House, house_of, session_of
from i247sim.console.live import moment_of
from i247sim.console.pages import rows
from i247sim.console.pages.drawers import drawer, how_far
from i247sim.console.pages.words import because
from i247sim.console.shell import at_of, glance_at, instructors_page, name_of_party, shell
from i247sim.exercise.durations import format_duration
from i247sim.exercise.expecting import LIVE
from i247sim.exercise.happenings import Condition
from i247sim.exercise.injects import catalogue, key_of
from i247sim.exercise.picture import Picture, Planned, Progress
from i247sim.exercise.port import Role
from i247sim.exercise.seen import WORDS
from i247sim.exercise.transcript import AppealRow
from i247sim.vocabulary.kinds import Kind, in_words
from i247sim.vocabulary.parties import SECRETARIAT
from i247sim.vocabulary.times import from_text

_NEVER = datetime.max.replace(tzinfo=UTC)
_POINTS = 12
_POINT = timedelta(seconds=5)
_MOST_WORST = 8
_TROUBLE = {"refused": 1, "locked": 3, "lost": 3, "queued": 2, "held": 2}
"""How much each sign weighs when bureaus are put in order."""


async def show(request: Request) -> Response:
    """``GET /situation``."""
    house, who = house_of(request), session_of(request).who
    picture = house.port.picture(who, at_of(request))
    return instructors_page(
        request, "situation", view(house, picture, house.seats(picture.taken)), picture, drawer(request, picture)
    )


def view(house: House, picture: Picture, seats: dict[str, str]) -> dict[str, Any]:
    """The page's context."""
    recent = _recent(picture)
    return {
        **world(house, picture, seats, recent),
        "attention": attention(picture, recent),
        "feed": feed(picture),
        "strip": strip(picture),
        "kinds": sorted({str(one.facts["kind"]) for one in picture.sent}),
    }


def world(
    house: House, picture: Picture, seats: dict[str, str], recent: dict[str, list[tuple[datetime, str]]]
) -> dict[str, Any]:
    """What a map needs: its frame, and every bureau with its state."""
    sheet, parties = house.sheet, picture.known
    found = []
    for id_, place in sheet.places.items():
        if id_ not in parties:
            continue
        party, wire = parties[id_], picture.wires.get(id_)
        signs = [sign for _, sign in recent.get(id_, ())]
        found.append(
            {
                "id": id_,
                "name": party.name,
                "role": str(party.role),
                "parent": party.parent,
                "x": round(place.x, 1),
                "y": round(place.y, 1),
                "label": None
                if place.label is None
                else {"x": round(place.label.x, 1), "y": round(place.label.y, 1), "anchor": place.anchor},
                "state": wire.state if wire else "up",
                "seat": seats.get(id_, "simulated"),
                "queue": queue(picture, id_),
                "sign": max(signs, key=lambda sign: _TROUBLE.get(sign, 0)) if signs else None,
            }
        )
    view = sheet.view
    return {
        "viewbox": view.box,
        "unit": view.unit,
        "hub": {"x": round(sheet.hub.x, 1), "y": round(sheet.hub.y, 1)},
        "bureaus": found,
    }


def queue(picture: Picture, party: str) -> int:
    """How much waits for a party on its way, and in its own outbox."""
    wire = picture.wires.get(party)
    return picture.queued.get(party, 0) + (wire.unsent if wire else 0)


def _recent(picture: Picture) -> dict[str, list[tuple[datetime, str]]]:
    """Party to (time, sign) of its pairs of the last minute, as addressee; and what waits, however old."""
    since = picture.now - _POINTS * _POINT
    found: dict[str, list[tuple[datetime, str]]] = {}
    for sent in reversed(picture.sent):
        time = from_text(sent.facts["time"])
        for party, sign in zip(sent.facts["to"], rows.signs(picture, sent), strict=True):
            if time >= since or sign in ("queued", "held"):
                found.setdefault(party, []).append((time, sign))
    return found


def attention(picture: Picture, recent: dict[str, list[tuple[datetime, str]]]) -> list[dict[str, Any]]:
    """What desks have left to the instructor, the newest first; then the worst bureaus, worst first: what is wrong,
    and what is likely to cause it."""
    silent = [
        {
            "party": row.silent,
            "name": name_of_party(picture, row.silent),
            "text": f"no answer to {row.party} since {clock(row.since - picture.start)}: {in_words(row.asked)}",
            "cause": _why_silent(picture, row),
            "points": [0] * _POINTS,
            "href": f"?open=bureau:{row.silent}",
        }
        for row in reversed(picture.unanswered())
    ]
    return silent[:_MOST_WORST] + _worst(picture, recent)


def _why_silent(picture: Picture, row: AppealRow) -> str:
    """What is likely to be the reason: the question itself may never have reached whoever is waited for."""
    for sent in picture.sent:
        facts = sent.facts
        if (sent.party, facts["kind"]) != (row.party, row.asked) or row.silent not in facts["to"]:
            continue
        sign, code = picture.seen.standing.get((rows.identity(sent), row.silent), (None, None))
        if from_text(facts["time"]) == row.since and sign is not None and WORDS[sign] != "read":
            return f"the question never arrived: {WORDS[sign]}" + (f", {code}" if code else "")
    if row.asked is Kind.NOTICE_REQUEST:
        return "it waits for a person's decision"
    called = any(
        (sent.party, sent.facts["kind"]) == (SECRETARIAT, Kind.REMINDER)
        and row.silent in sent.facts["to"]
        and from_text(sent.facts["time"]) >= row.since
        for sent in picture.sent
    )
    return "reminded, and called by the command centre" if called else "asked, and not called by the command centre"


def _worst(picture: Picture, recent: dict[str, list[tuple[datetime, str]]]) -> list[dict[str, Any]]:
    weights = {
        party: sum(_TROUBLE.get(sign, 0) for _, sign in pairs)
        + (5 if party in picture.wires and picture.wires[party].state != "up" else 0)
        for party, pairs in {**{one: [] for one in picture.wires}, **recent}.items()
    }
    worst = sorted((party for party, weight in weights.items() if weight), key=lambda one: (-weights[one], one))
    found = []
    for party in worst[:_MOST_WORST]:
        pairs = recent.get(party, [])
        counts = Counter(sign for _, sign in pairs if sign in _TROUBLE)
        words = {"lost": "not delivered"}
        text = ", ".join(f"{number} {words.get(sign, sign)}" for sign, number in counts.most_common())
        wire = picture.wires.get(party)
        if wire and wire.unsent:
            text += f"{', ' if text else ''}{wire.unsent} unsent"
        found.append(
            {
                "party": party,
                "name": name_of_party(picture, party),
                "text": text or "nothing waits",
                "cause": _cause(picture, party),
                "points": _points(picture.now, [time for time, sign in pairs if sign in _TROUBLE]),
                "href": f"?open=bureau:{party}",
            }
        )
    return found


def _points(now: datetime, times: list[datetime]) -> list[int]:
    points = [0] * _POINTS
    for time in times:
        place = _POINTS - 1 - int((now - time) / _POINT)
        if 0 <= place < _POINTS:
            points[place] += 1
    return points


def _cause(picture: Picture, party: str) -> str:
    wire = picture.wires.get(party)
    if wire and wire.state != "up":
        still = [one for one in picture.damage if one.left]
        stops = [one for one in still if one.what in ("stop", "cut_power", "fill_disk")]
        machine = next((one for one in stops if one.target in ("broker", "hub")), None)
        if wire.state == "stopped" and machine is not None:
            return f"{machine.target} stopped since {clock(machine.since - picture.start)}"
        since = next((one.since for one in still if party in one.left), None)
        return f"link {wire.state}" + (f" since {clock(since - picture.start)}" if since else "")
    codes = Counter(
        (code, because(picture.rulebook, _rules(picture, rows.identity(sent), party), code))
        for sent in picture.sent[-50:]
        if (pair := picture.seen.standing.get((rows.identity(sent), party))) and (code := pair[1])
    )
    return "{}: {}".format(*codes.most_common(1)[0][0]) if codes else ""


def _rules(picture: Picture, message: str, party: str) -> tuple[str, ...]:
    """By which rules the newest decision on a pair was made."""
    way = picture.seen.ways.get(message)
    made = way.decisions.get(party) if way else None
    return made[-1][1].rules if made else ()


def feed(picture: Picture) -> list[dict[str, Any]]:
    """The newest messages."""
    return [rows.message(picture, sent) for sent in rows.newest_first(picture.sent)[:FEED_ROWS]]


def strip(picture: Picture) -> dict[str, Any]:
    """Injects along the time."""
    start = picture.start
    items = [item(picture, planned) for planned in in_order(picture.plan)]
    following = next((one for one in items if one["state"] == "later"), None)
    if following is not None:
        following["state"] = "next"
    return {
        "start_s": 0,
        "end_s": max(1, int((picture.ends - start).total_seconds())),
        "now_s": int((picture.now - start).total_seconds()),
        "items": items,
    }


def in_order(plan: Iterable[Planned]) -> list[Planned]:
    """Steps in order of time; those that wait, last."""
    return sorted(plan, key=lambda one: (one.time is None, one.time or _NEVER, one.key))


def item(picture: Picture, planned: Planned) -> dict[str, Any]:
    """One step on a line of time."""
    time = planned.time
    after = None if planned.step.after is None else after_words(planned.step.after)
    never = planned.progress is Progress.WAITING and picture.report is not None
    late = planned.progress is Progress.LATER and time is not None and time < picture.now
    return {
        "key": planned.key,
        "s": None if time is None else int((time - picture.start).total_seconds()),
        "at": None if time is None else clock(time - picture.start),
        "title": title(planned),
        "state": str(planned.progress),
        "how_far": "never" if never else "late" if late else how_far(planned),
        "verb": key_of(planned.step.verb),
        "who": planned.step.actor,
        "after": after,
        "late": never or late,
        "cause": f"waited for {after}" if never else "",
        "href": f"?open=step:{planned.key}",
    }


def after_words(condition: Condition) -> str:
    """What a step waits for, in words."""
    name, what = next((key, one) for key in ("sent", "opened", "refused") if (one := getattr(condition, key)))
    party = f" by {what.party}" if name != "sent" else ""
    wait = f", then {format_duration(condition.wait)}" if condition.wait else ""
    return f"{what.message} {name}{party}{wait}"


def title(planned: Planned) -> str:
    """A step in a few words: its label, or what it does to whom."""
    step = planned.step
    if step.label and not step.label.startswith(LIVE):
        return step.label
    verb = step.verb
    name = next(one.verb for one in catalogue() if getattr(step, one.verb, None) is not None)
    if step.send is not None:
        return f"{step.send.sender}: {in_words(step.send.kind)}"
    target = next(
        (str(value) for key in ("party", "what", "message", "by", "step") if (value := getattr(verb, key, None))), ""
    )
    return f"{name} {target}".strip()


async def snapshot(request: Request) -> Response:
    """``GET /snapshot.json``: what a page needs after its connection was lost."""
    house, who = house_of(request), session_of(request).who
    if who.role in (Role.SEAT, Role.OBSERVER):
        return JSONResponse({"frame": None, "feed": [], "strip": None})
    picture = house.port.picture(who, at_of(request))
    moment = moment_of(glance_at(picture))
    frame = {**moment.common(0), "n": 0, "skip": 0, "msgs": [], "arcs": [], "counts": dict(moment.counts)}
    frame |= {"alarms": moment.alarms, "links": {party: wire.state for party, wire in picture.wires.items()}}
    return JSONResponse({"frame": frame, "feed": feed(picture), "strip": strip(picture)})


async def wall(request: Request) -> Response:
    """``GET /wall``: the map for the projector. Nothing on it that a trainee must not know."""
    house, who = house_of(request), session_of(request).who
    glance = house.port.glance()
    found = world(house, house.port.picture(who, at_of(request)), {}, {})
    for bureau in found["bureaus"]:
        bureau |= {"state": wall_link(bureau["state"]), "queue": 0, "sign": None, "seat": "simulated"}
    context = shell(request, "wall", None, glance)
    context["counts"] = wall_counts(glance.counts)
    return house.page("wall.html", shell=context, view=found)

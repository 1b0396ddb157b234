"""Timeline: injects, expectations, faults and seats over one axis of time; and each step and expectation in a table."""

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from i247sim.console.foresight import sentence
from i247sim.console.forms import kept_form
from i247sim.console.frames import clock
from i247sim.console.house import house_of, session_of
from i247sim.console.pages.drawers import drawer, step_acts
from i247sim.console.pages.situation import in_order, item
from i247sim.console.pages.waits import lag, overdue, waiting
from i247sim.console.pages.words import broken_word, step_yaml, told
from i247sim.console.shell import at_of, instructors_page, may, name_of_party
from i247sim.exercise.durations import format_duration
from i247sim.exercise.picture import Picture, Planned


async def show(request: Request) -> Response:
    """``GET /timeline``."""
    house, session = house_of(request), session_of(request)
    who = session.who
    picture = house.port.picture(who, at_of(request))
    allowed = frozenset(may(who.role, house.port.live))
    predicted = None
    if picture.live:
        house.foresight.look(picture)
        predicted = sentence(house.foresight, picture)
    made = view(picture, allowed, predicted)
    typed, errors = kept_form(session.forms.pop("rate", None))
    for one in made["expectations"]:
        if errors and [one["key"]] == typed.get("expectation"):
            one.update({name: (typed.get(name) or [""])[-1] for name in ("rating", "note")}, rated_by=None)
    return instructors_page(request, "timeline", made, picture, drawer(request, picture))


def view(picture: Picture, allowed: frozenset[str], predicted: dict[str, Any] | None) -> dict[str, Any]:
    """The page's context. ``predicted``: the end, as ``foresight.sentence`` has it; of a finished run there is none."""
    start = picture.start
    made = expectations(picture)
    planned_end = picture.scenario.lasts()
    end = max(int((picture.ends - start).total_seconds()), int(planned_end.total_seconds()), 1)
    if predicted is not None and predicted["s"] is not None:
        end = max(end, predicted["s"])
    ordered, held_back = in_order(picture.plan), picture.held_back()
    return {
        "start_s": 0,
        "now_s": int(picture.offset.total_seconds()),
        "end_s": end,
        "end": clock(timedelta(seconds=end)),
        "planned_end": clock(planned_end),
        "predicted": None
        if predicted is None
        else {**predicted, "at": None if predicted["s"] is None else clock(timedelta(seconds=predicted["s"]))},
        "ended": None if picture.live else clock(picture.ends - start),
        "lanes": [
            _lane("Injects", [_timed(picture, one) for one in ordered if one.time]),
            _lane("Expectations", [_expected(one, end) for one in made]),
            _lane("Faults", _faults(picture)),
        ],
        "seats": _seats(picture),
        "steps": [_step(picture, one, allowed, held_back) for one in ordered],
        "expectations": made,
        "add_href": "/inject",
    }


def _lane(title: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Things over time; those that last stand below each other where they overlap."""
    ends: list[int] = []
    for one in items:
        one["row"] = 0
        if one["until_s"] is not None:
            free = (row for row, end in enumerate(ends) if end <= one["s"])
            one["row"] = next(free, len(ends))
            ends[one["row"] : one["row"] + 1] = [one["until_s"]]
    return {"title": title, "items": items, "rows": max(1, len(ends))}


def _timed(picture: Picture, planned: Planned) -> dict[str, Any]:
    return {**item(picture, planned), "until_s": None, "sign": None}


def _expected(one: dict[str, Any], end: int) -> dict[str, Any]:
    at = one["by_at"] or clock(timedelta(seconds=end))
    return {
        "key": one["key"],
        "s": one["s"] if one["s"] is not None else end,
        "until_s": None,
        "at": at,
        "title": one["says"],
        "state": one["state"],
        "sign": None,
        "href": f"#expect-{one['key']}",
    }


def _faults(picture: Picture) -> list[dict[str, Any]]:
    found = []
    for one in picture.damage:
        until = one.until or picture.now
        found.append(
            {
                "key": f"{one.what}:{one.target}",
                "s": max(0, int((one.since - picture.start).total_seconds())),
                "until_s": max(1, int((until - picture.start).total_seconds())),
                "at": clock(one.since - picture.start),
                "title": f"{one.target} {broken_word(one.what)}",
                "state": "done" if one.until else "open",
                "sign": None,
                "href": "/faults",
            }
        )
    return found


def _seats(picture: Picture) -> list[dict[str, Any]]:
    """Desks that people have had, each with the times in which somebody sat there."""
    bars: dict[str, list[dict[str, int]]] = {}
    now, waits = int(picture.offset.total_seconds()), waiting(picture)
    for planned in picture.plan:
        seat = planned.step.seat
        if seat is None or planned.time is None or planned.time > picture.now:
            continue
        second = int((planned.time - picture.start).total_seconds())
        mine = bars.setdefault(seat.party, [])
        if seat.taken:
            mine.append({"s": second, "until_s": now})
        elif mine:
            mine[-1]["until_s"] = second
    return [
        {
            "party": party,
            "name": name_of_party(picture, party),
            "taken": party in picture.taken,
            "waiting": len(waits.get(party, ())),
            "lag": format_duration(lag(waits.get(party, ()), picture.now)),
            "overdue": overdue(waits.get(party, ()), picture.now),
            "bars": mine,
        }
        for party, mine in bars.items()
    ]


def _step(picture: Picture, planned: Planned, allowed: frozenset[str], held_back: frozenset[str]) -> dict[str, Any]:
    made = item(picture, planned)
    return {
        **made,
        "by": "the script" if planned.key.startswith("timeline/") else "a person",
        "yaml": step_yaml(planned.step),
        "acts": step_acts(planned, allowed, held_back),
    }


def expectations(picture: Picture) -> list[dict[str, Any]]:
    """What the scenario and injects expect, how it stands, and how it was rated."""
    ratings = picture.ratings()
    found = []
    for number, (key, result) in enumerate(picture.results().items()):
        by = result.expectation.by
        # A finished run has a report where its end is shown; earlier moments of it are seen as they were then.
        over = picture.report is not None or (by is not None and picture.offset >= by)
        state = ("met" if result.passed else "missed") if over else "open"
        if picture.report is not None and number < len(picture.report["expectations"]):
            state = "met" if picture.report["expectations"][number]["passed"] else "missed"
        rating = ratings.get(key)
        found.append(
            {
                "key": key,
                "live": key.startswith("live/"),
                "says": result.expectation.says,
                "state": state,
                # What can still change is open; whether it would be met if all ended here is worth knowing.
                "word": "holds so far" if state == "open" and result.passed else state,
                "s": None if by is None else int(by.total_seconds()),
                "by_at": None if by is None else clock(by),
                "evidence": ("so far: " if state == "open" and not result.passed else "")
                + told(result.evidence, picture.start),
                "rating": rating.grade if rating else None,
                "note": rating.note if rating else "",
                "rated_by": rating.by if rating else None,
            }
        )
    return found

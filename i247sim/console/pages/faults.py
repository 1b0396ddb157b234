"""Faults: what is broken now, since when, by whom, and what it has cost so far."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from i247sim.console.frames import clock
from i247sim.console.house import house_of, session_of
from i247sim.console.pages.drawers import drawer
from i247sim.console.pages.situation import queue
from i247sim.console.pages.words import broken_word
from i247sim.console.shell import act, at_of, instructors_page, may, name_of_party
from i247sim.exercise.acts import Theme
from i247sim.exercise.damage import Damage
from i247sim.exercise.injects import catalogue
from i247sim.exercise.picture import Picture


async def show(request: Request) -> Response:
    """``GET /faults``."""
    house, who = house_of(request), session_of(request).who
    picture = house.port.picture(who, at_of(request))
    allowed = frozenset(may(who.role, house.port.live))
    return instructors_page(request, "faults", view(picture, allowed), picture, drawer(request, picture))


def view(picture: Picture, allowed: frozenset[str]) -> dict[str, Any]:
    """The page's context."""
    all_ = picture.damage
    now = [one for one in all_ if one.until is None]
    return {
        "broken": [_row(picture, one, allowed) for one in now],
        "past": [_row(picture, one, frozenset()) for one in all_ if one.until is not None][::-1],
        "verbs": [
            {"verb": one.verb, "title": one.title, "teaches": one.does, "href": f"/inject?verb={one.verb}"}
            for one in catalogue()
            if (one.theme in (Theme.FAULTS, Theme.ATTACKS) or one.verb in ("revoke", "measure"))
            and not one.stays_because.startswith("it ends a")
        ],
        "restore_all": act("restore-all", "Restore all") if now and "restore-all" in allowed else None,
    }


def _row(picture: Picture, one: Damage, allowed: frozenset[str]) -> dict[str, Any]:
    waiting = _cost(picture, one)
    acts = []
    if "inject" in allowed:
        if one.what in ("cut", "slow"):
            acts = [act("inject", "Restore", {"verb": "restore", "p.party": one.target})]
        elif one.what == "stop":
            acts = [act("inject", "Start again", {"verb": "start", "p.what": one.target})]
        elif one.what != "revoke":
            acts = [act("restore-all", "Restore", {"target": one.target})]
    live = any(planned.key.startswith("live/") and planned.time == one.since for planned in picture.plan)
    return {
        "targets": [_target(picture, target) for target in one.left or one.target.split(", ")],
        "what": one.what,
        "text": broken_word(one.what) + (f": {one.note}" if one.note else ""),
        "since": clock(one.since - picture.start),
        "until": clock(one.until - picture.start) if one.until else None,
        "by": "a person" if live else "the script",
        "cost": f"{waiting} waiting" if waiting else "",
        "acts": acts,
    }


def _target(picture: Picture, target: str) -> dict[str, Any]:
    """What is broken, and where it is shown: a bureau; the step that sends a message; of a machine nothing more."""
    if target in picture.known:
        return {"id": target, "name": name_of_party(picture, target), "href": f"?open=bureau:{target}"}
    step = next((one.key for one in picture.plan if one.step.label == target), None)
    return {"id": target, "name": "", "href": None if step is None else f"?open=step:{step}"}


def _cost(picture: Picture, one: Damage) -> int:
    """How many copies and messages wait for it to end: of a machine, everybody's; of one message, its sender's."""
    if one.until is not None:
        return 0
    if set(one.left) & {"broker", "hub"}:
        return sum(queue(picture, party) for party in picture.known)
    senders = {planned.step.actor for planned in picture.plan if planned.step.label in one.left}
    return sum(queue(picture, party) for party in picture.known if party in one.left or party in senders)

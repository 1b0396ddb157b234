"""The frame around every page: top line, tabs, what this role may do, what the last act said."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from i247sim.console.frames import clock, pace_name, wall_counts
from i247sim.console.house import house_of, session_of
from i247sim.console.plain import number_of
from i247sim.console.sessions import Flash, Session
from i247sim.exercise.picture import Glance, Picture
from i247sim.exercise.port import COMMANDS, LOOKING, Role
from i247sim.exercise.seen import totals
from i247sim.vocabulary.parties import members

TABS = (
    ("1", "situation", "Situation"),
    ("2", "messages", "Messages"),
    ("3", "access", "Access"),
    ("4", "bureaus", "Bureaus"),
    ("5", "timeline", "Timeline"),
    ("6", "faults", "Faults"),
    ("7", "evidence", "Evidence"),
    ("8", "report", "Report"),
)
OWN_COMMANDS = {
    "seat-token": frozenset({Role.INSTRUCTOR}),
    "seat-suspend": frozenset({Role.INSTRUCTOR}),
    "seat-give": frozenset({Role.INSTRUCTOR}),
    "predict": frozenset({Role.INSTRUCTOR}),
    "preview": frozenset({Role.SEAT}),
    "reply": frozenset({Role.SEAT}),
    "forward": frozenset({Role.SEAT}),
    "ack": frozenset({Role.SEAT}),
    "again": frozenset({Role.SEAT}),
    "notice": frozenset({Role.SEAT}),
    "query": frozenset({Role.SEAT}),
    "restrict": frozenset({Role.SEAT}),
    "unrestrict": frozenset({Role.SEAT}),
    "seen": frozenset({Role.SEAT}),
}
"""Commands of the console itself, or words for one of the port's."""


def may(role: Role, live: bool) -> list[str]:
    """The commands that a role may give here."""
    found = [name for name, roles in COMMANDS.items() if role in roles and (live or name in LOOKING)]
    if live:
        found += [name for name, roles in OWN_COMMANDS.items() if role in roles]
        if role is Role.SEAT:
            found.append("note")
    return found


def shell(request: Request, page: str, picture: Picture | None, glance: Glance) -> dict[str, Any]:
    """The context ``shell`` of a page. ``picture``: for those who see all."""
    session, house = session_of(request), house_of(request)
    who, live = session.who, house.port.live
    start = glance.start
    now = max(picture.now if picture else glance.now, start)
    scenario = house.scenario
    parties = scenario.parties()
    name = parties[who.party].name if who.party in parties else ""
    end = max(int((picture.ends - start).total_seconds()) if picture else 0, int((now - start).total_seconds()), 1)
    control = who.role in (Role.INSTRUCTOR, Role.EVALUATOR)
    counts = dict(glance.counts) if control else wall_counts(glance.counts)
    return {
        "title": scenario.title,
        "scenario": picture.name if picture else "",
        "run": glance.run,
        "live": live,
        "role": str(who.role),
        "party": who.party,
        "party_name": name,
        "csrf": session.csrf,
        "here": here(request),
        "close": here(request, open=None),
        "page": page,
        "phase": str(glance.phase),
        "clock": clock(max(now - start, timedelta())),
        "date": f"{now:%Y-%m-%d %H:%M:%S}Z",
        "s": int((now - start).total_seconds()),
        "end_s": end,
        "pace": pace_name(glance.pace),
        "next_at": clock(picture.upcoming - start) if picture and picture.upcoming else None,
        "counts": counts,
        "alarms": glance.alarms if control else 0,
        "faults": [{"party": one.target, "what": one.what, "text": f"{one.what} {one.target}"} for one in glance.faults]
        if control
        else [],
        "tabs": [
            {"key": key, "id": id_, "title": title, "href": f"/{id_}", "current": id_ == page}
            for key, id_, title in TABS
        ],
        "may": may(who.role, live),
        "flash": flashes(request, session),
        "scrub": None if live else {"s": max(0, int((now - start).total_seconds())), "end_s": end},
    }


def here(request: Request, **other: str | None) -> str:
    """This page's address, with some parameters given other values; ``None`` takes one away."""
    pairs = [(key, value) for key, value in request.query_params.multi_items() if key not in (*other, "t")]
    pairs += [(key, value) for key, value in other.items() if value is not None]
    return request.url.path + (f"?{urlencode(pairs)}" if pairs else "")


def flashes(request: Request, session: Session) -> list[dict[str, Any]]:
    """What the last acts said: taken, unless a page only refreshes itself."""
    found = [_flash(one) for one in session.flashes]
    if "x-refresh" not in request.headers:
        session.flashes = []
    return found


def _flash(one: Flash) -> dict[str, Any]:
    undo = None
    if one.undo is not None:
        command, fields, title = one.undo
        undo = {"command": command, "fields": fields, "title": title}
    return {"kind": one.kind, "text": one.text, "token": one.token, "undo": undo}


def at_of(request: Request) -> timedelta | None:
    """Where in a finished run somebody looks: ``t`` in seconds is remembered; ``end`` forgets it."""
    session = session_of(request)
    asked = request.query_params.get("t")
    if asked is not None:
        session.at = number_of(asked)
    return None if session.at is None else timedelta(seconds=session.at)


def instructors_page(
    request: Request, page: str, view: dict[str, Any], picture: Picture, drawer: dict[str, Any] | None
) -> Response:
    """One of the pages for those who see all."""
    house = house_of(request)
    context = shell(request, page, picture, glance_at(picture))
    return house.page(f"{page}.html", shell=context, view=view, drawer=drawer)


def glance_at(picture: Picture) -> Glance:
    """A picture in a few numbers."""
    seen = picture.seen
    return Glance(
        picture.run,
        picture.scenario.title,
        picture.start,
        picture.now,
        picture.phase,
        picture.pace,
        totals(seen.counts),
        seen.alarms,
        tuple(one for one in picture.damage if one.until is None),
        picture.wires,
        len(seen.entries),
    )


def act(
    command: str,
    title: str,
    fields: dict[str, str] | None = None,
    confirm: str | None = None,
    danger: bool = False,
    ask: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A form of one button (contract: ``act``)."""
    return {
        "command": command,
        "fields": fields or {},
        "title": title,
        "confirm": confirm,
        "danger": danger,
        "ask": ask or [],
    }


def name_of_party(picture: Picture, party: str) -> str:
    """A party's name for people."""
    known = picture.known.get(party)
    return known.name if known else (members()[party].name if party in members() else party)

"""Access: messages by bureaus, one sign each; and the same as a table for a spreadsheet."""

import csv
import io
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from i247sim.console.frames import key_of
from i247sim.console.house import house_of, session_of
from i247sim.console.pages import rows
from i247sim.console.pages.drawers import drawer
from i247sim.console.plain import shown
from i247sim.console.shell import at_of, instructors_page
from i247sim.exercise.access import Cell
from i247sim.exercise.picture import Picture
from i247sim.exercise.seen import WORDS
from i247sim.vocabulary.parties import country_of, members

MOST = 200
"""Rows on one page: the newest."""
MOST_CELLS = 8_000
"""With many parties there are fewer rows: a page must be made, sent and drawn in a moment (about 22 bytes a cell)."""
_FEWEST = 20
_NOT_READ = ("refused", "lost", "locked")
_LEGEND = (
    ("sent", "sent it"),
    ("read", "read it"),
    ("locked", "arrived, cannot be opened"),
    ("refused", "refused by rule"),
    ("lost", "accepted, not delivered"),
    ("queued", "queued"),
    ("held", "held for release"),
    ("none", "not addressed"),
)


async def show(request: Request) -> Response:
    """``GET /access``."""
    house, who = house_of(request), session_of(request).who
    picture = house.port.picture(who, at_of(request))
    sort = "refused" if request.query_params.get("sort") == "refused" else "time"
    group = request.query_params.get("group", "none")
    group = group if group in ("region", "case") else "none"
    context = view(picture, sort, group)
    selected = drawer(request, picture)
    if selected is not None and selected["kind"] == "cell":
        _mark(context["rows"], selected["key"], selected["party"])
    return instructors_page(request, "access", context, picture, selected)


def _mark(rows_: list[dict[str, Any]], key: str, party: str) -> None:
    """Show which cell the drawer is about."""
    for line in rows_:
        for one in line["cells"]:
            if (line["key"], one["party"]) == (key, party):
                one["look"] = f"{one['look']} current".strip()


def view(picture: Picture, sort: str, group: str) -> dict[str, Any]:
    """The page's context."""
    parties = columns(picture, group)
    most = max(_FEWEST, min(MOST, MOST_CELLS // max(1, len(parties))))
    wanted = rows.newest_first(picture.sent)
    if sort == "refused":
        wanted.sort(key=lambda sent: -sum(sign in _NOT_READ for sign in rows.signs(picture, sent)))
    wanted = wanted[:most]
    by_message: dict[str, list[Cell]] = {}
    for cell in picture.cells(wanted):
        by_message.setdefault(cell.message, []).append(cell)
    made = [row(picture, sent, by_message[sent.name], [one["id"] for one in parties]) for sent in wanted]
    if group == "case":
        made.sort(key=lambda one: one["case"] or "~")
    return {
        "parties": parties,
        "rows": made,
        "shown": len(made),
        "total": len(picture.sent),
        "alarms": sum(cell["alarm"] for one in made for cell in one["cells"]),
        "sort": sort,
        "group": group,
        "csv_href": "/access.csv",
        "legend": [{"sign": sign, "text": text} for sign, text in _LEGEND],
    }


def columns(picture: Picture, group: str) -> list[dict[str, Any]]:
    """The parties, in the scenario's order or by region."""
    known = picture.known
    found = []
    for id_ in picture.parties():
        member = members().get(country_of(id_) or "")
        region = member.region if member else "Organisation"
        found.append({"id": id_, "name": known[id_].name, "group": region})
    return sorted(found, key=lambda one: one["group"]) if group == "region" else found


def row(picture: Picture, sent: Any, cells: list[Cell], parties: list[str]) -> dict[str, Any]:
    """One message of the matrix."""
    by_party = {cell.party: cell for cell in cells}
    made = rows.message(picture, sent)
    return {
        **{key: made[key] for key in ("key", "name", "at", "kind", "letter", "notice", "channel", "from", "case")},
        "label": sent.facts.get("label"),
        "href": f"?open=message:{key_of(sent.name)}",
        "cells": [cell_of(by_party[party]) for party in parties],
    }


def cell_of(cell: Cell) -> dict[str, Any]:
    """One cell: how it looks (classes of the style sheet), and the same in words. Nothing of either: not addressed."""
    sign = WORDS[cell.sign]
    look = ["" if sign == "none" else sign, "alarm" if cell.alarm else "", "exposed" if cell.exposed else ""]
    text = "" if sign == "none" else cell.sign.replace("-", " ")
    text += f", {cell.code}" if cell.code else ""
    text += f"; alarm: {cell.alarm}" if cell.alarm else ""
    text += "; the sender had sealed to it" if cell.exposed else ""
    return {
        "party": cell.party,
        "sign": sign,
        "alarm": bool(cell.alarm),
        "look": " ".join(one for one in look if one),
        "text": text.lstrip(",; "),
    }


async def table(request: Request) -> Response:
    """``GET /access.csv``: every message and party."""
    house, who = house_of(request), session_of(request).who
    picture = house.port.picture(who, at_of(request))
    text = as_csv(picture)
    name = f"access-{picture.run}.csv"
    return Response(
        text, media_type="text/csv; charset=utf-8", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def as_csv(picture: Picture) -> str:
    """The matrix as a table; no cell of it begins a formula."""
    target = io.StringIO()
    writer = csv.writer(target)
    parties = picture.parties()
    writer.writerow(["time", "message", "label", "kind", "from", *parties])
    by_message: dict[str, dict[str, Cell]] = {}
    for cell in picture.cells():
        by_message.setdefault(cell.message, {})[cell.party] = cell
    for sent in picture.sent:
        cells = by_message[sent.name]
        words = [f"{cells[one].sign}{' ' + str(cells[one].code) if cells[one].code else ''}" for one in parties]
        facts = sent.facts
        line = [facts["time"], sent.name, facts.get("label") or "", facts["kind"], sent.party, *words]
        writer.writerow([_harmless(str(one)) for one in line])
    return target.getvalue()


def _harmless(text: str) -> str:
    """A spreadsheet takes what begins with ``= + - @`` for a formula."""
    text = shown(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text

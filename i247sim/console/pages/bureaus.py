"""Bureaus: one line for each, with link, keys, seat, queue and last sign of life."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from i247sim.console.frames import clock
from i247sim.console.house import house_of, session_of
from i247sim.console.pages.drawers import drawer
from i247sim.console.pages.situation import queue
from i247sim.console.pages.waits import waiting
from i247sim.console.shell import at_of, here, instructors_page
from i247sim.exercise.picture import Picture


async def show(request: Request) -> Response:
    """``GET /bureaus``."""
    house, who = house_of(request), session_of(request).who
    picture = house.port.picture(who, at_of(request))
    query = request.query_params.get("q", "")[:80]
    opened = request.query_params.get("open", "")
    context = view(picture, query, house.seats(picture.taken))
    for row in context["rows"]:
        row["href"] = here(request, open=f"bureau:{row['id']}")
        row["current"] = opened == f"bureau:{row['id']}"
    return instructors_page(request, "bureaus", context, picture, drawer(request, picture))


def view(picture: Picture, query: str, seats: dict[str, str]) -> dict[str, Any]:
    """The page's context; ``href`` and ``current`` are left to the page."""
    unanswered = waiting(picture)
    words = query.casefold().split()
    found, total = [], 0
    for id_ in picture.parties():
        total += 1
        party, wire = picture.known[id_], picture.wires.get(id_)
        state = wire.state if wire else "up"
        text = f"{id_} {party.name} {party.role} {state} {seats.get(id_, '')}".casefold()
        if not all(word in text for word in words):
            continue
        acted = picture.seen.acted.get(id_)
        measure = picture.seen.state.states.get(id_)
        found.append(
            {
                "id": id_,
                "name": party.name,
                "role": str(party.role),
                "parent": party.parent,
                "link": state,
                "keys": "revoked" if state == "revoked" else "ok",
                "clearance": str(party.clearance),
                "measure": str(measure) if measure else "active",
                "seat": seats.get(id_, "simulated"),
                "queue": queue(picture, id_),
                "last_at": clock(acted - picture.start) if acted else None,
                "unanswered": len(unanswered.get(id_, ())),
            }
        )
    return {"q": query, "rows": found, "shown": len(found), "total": total}

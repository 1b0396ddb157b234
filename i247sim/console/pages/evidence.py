"""Evidence: how much there is, what the log says, its checkpoints; verify it now, take it away."""

import io
import zipfile
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from i247sim.console.frames import clock
from i247sim.console.house import House, house_of, session_of
from i247sim.console.pages.drawers import drawer
from i247sim.console.pages.words import entry_sentence
from i247sim.console.plain import number_of
from i247sim.console.shell import act, at_of, here, instructors_page, may
from i247sim.exercise.picture import Picture

MOST = 100
"""Entries on one page."""


async def show(request: Request) -> Response:
    """``GET /evidence``."""
    house, who = house_of(request), session_of(request).who
    picture = house.port.picture(who, at_of(request))
    size, before = len(picture.seen.entries), number_of(request.query_params.get("before", ""))
    last = size if before is None else min(before, size)
    context = view(house, picture, last, frozenset(may(who.role, house.port.live)))
    for row in context["entries"]:
        row["href"] = here(request, open=f"entry:{row['index']}")
    if context["older_href"] is not None:
        context["older_href"] = here(request, before=str(context["older_href"]), open=None)
    return instructors_page(request, "evidence", context, picture, drawer(request, picture))


def view(house: House, picture: Picture, last: int, allowed: frozenset[str]) -> dict[str, Any]:
    """The page's context: ``entries`` before index ``last``, the newest first."""
    seen, start = picture.seen, picture.start
    first = max(0, last - MOST)
    entries = [
        {"index": index, "type": entry.type, "at": clock(entry.time - start), "text": entry_sentence(entry, picture)}
        for index, entry in reversed(list(enumerate(seen.entries[first:last], first)))
    ]
    checkpoints = [one for one in house.port.checkpoints() if one.size <= len(seen.entries)]
    return {
        "counts": asdict(picture.completeness()),
        "log": {"entries": len(seen.entries), "alarms": seen.alarms, "refusals": len(seen.refused)},
        "checkpoints": [
            {
                "size": one.size,
                "root": one.root,
                "at": clock(seen.entries[one.size - 1].time - start) if one.size else "",
                "cosigned": len(one.cosigned),
            }
            for one in checkpoints
        ],
        "cosigners": sorted({party for one in checkpoints for party in one.cosigned}),
        "verify": house.verified,
        "entries": entries,
        "older_href": first if first else None,
        "acts": [act("verify", "Verify now")] if "verify" in allowed else [],
    }


async def export(request: Request) -> Response:
    """``GET /evidence/run.zip``: the finished run's folder; of one under way, journal, scenario and what was injected.

    Never keys, never anybody's mailbox.
    """
    house, who = house_of(request), session_of(request).who
    picture = house.port.picture(who)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in house.port.export(who):
            archive.writestr(f"{picture.name}-{picture.run}/{name}", data)
    name = f"{picture.name}-{picture.run}{'' if not picture.live else '-draft'}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(target.getvalue(), media_type="application/zip", headers=headers)

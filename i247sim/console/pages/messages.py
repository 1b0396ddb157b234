"""Messages: all of them, newest first, with a filter line."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from i247sim.console.frames import key_of
from i247sim.console.house import house_of, session_of
from i247sim.console.pages import rows
from i247sim.console.pages.drawers import drawer
from i247sim.console.shell import at_of, here, instructors_page
from i247sim.exercise.observe import Sent
from i247sim.exercise.picture import Picture

MOST = 300
"""Rows on one page."""
_KEYS = ("from", "to", "kind", "code", "sign", "case", "label", "notice", "channel", "class")


async def show(request: Request) -> Response:
    """``GET /messages``."""
    house, who = house_of(request), session_of(request).who
    picture = house.port.picture(who, at_of(request))
    query = request.query_params.get("q", "")[:200]
    opened = request.query_params.get("open", "")
    context = view(picture, query, opened, lambda key: here(request, open=f"message:{key}"))
    return instructors_page(request, "messages", context, picture, drawer(request, picture))


def view(picture: Picture, query: str, opened: str, href: Callable[[str], str]) -> dict[str, Any]:
    """The page's context."""
    error, wanted = None, list[Sent]()
    try:
        keep = reading(query)
        wanted = [sent for sent in rows.newest_first(picture.sent) if keep(picture, sent)]
    except ValueError as wrong:
        error = str(wrong)
    held_back = picture.held_back()
    return {
        "q": query,
        "q_error": error,
        "rows": [
            rows.listed(picture, sent, href(key_of(sent.name)), opened == f"message:{key_of(sent.name)}", held_back)
            for sent in wanted[:MOST]
        ],
        "shown": min(len(wanted), MOST),
        "total": len(picture.sent),
    }


def reading(query: str) -> Callable[[Picture, Sent], bool]:
    """A filter line as a test: ``from:FR kind:red code:E-RESTRICT word``; all must hold. Raises ``ValueError``."""
    terms: list[tuple[str, str]] = []
    for word in query.split():
        key, colon, value = word.partition(":")
        if colon and key in _KEYS:
            terms.append((key, value.casefold()))
        elif colon:
            raise ValueError(f"`{key}:` is no filter; expected {', '.join(f'{one}:' for one in _KEYS)} or words")
        else:
            terms.append(("", word.casefold()))
    return lambda picture, sent: all(_holds(picture, sent, key, value) for key, value in terms)


def _holds(picture: Picture, sent: Sent, key: str, value: str) -> bool:
    facts = sent.facts
    logged = picture.seen.logged.get(sent.id or "")
    header = logged.header if logged else None
    notice = str(header.notice.type) if header and header.notice else ""
    case = (header.case_ref or "") if header else ""
    label = facts.get("label") or ""
    match key:
        case "from":
            return sent.party.casefold() == value
        case "to":
            return value in (party.casefold() for party in facts["to"])
        case "kind":
            return value in str(facts["kind"]).casefold() or value == notice
        case "notice":
            return value == notice
        case "channel":
            return value == str(facts["channel"]).casefold()
        case "class":
            return value == str(facts["classification"]).casefold()
        case "case":
            return value in case.casefold()
        case "label":
            return value in label.casefold()
        case "sign":
            return value in rows.signs(picture, sent)
        case "code":
            codes = (pair[1] for party in facts["to"] if (pair := _pair(picture, sent, party)))
            return value in {str(code).casefold() for code in codes if code}
        case _:
            text = f"{sent.name} {label} {facts['kind']} {sent.party} {' '.join(facts['to'])} {case} {notice}"
            return value in text.casefold()


def _pair(picture: Picture, sent: Sent, party: str) -> Any:
    return picture.seen.standing.get((rows.identity(sent), party))

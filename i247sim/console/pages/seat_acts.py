"""What a seat's forms do: each becomes a message or a declaration of its party, and nothing else."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from i247sim.console.frames import name_of
from i247sim.console.house import House
from i247sim.console.pages import seat_words as words
from i247sim.console.pages import seat_write as forms
from i247sim.console.pages.inject import require
from i247sim.console.pages.seat_pages import notice_step, preview_of
from i247sim.console.plain import number_of
from i247sim.console.sessions import Session
from i247sim.exercise.drafting import Wrong
from i247sim.exercise.picture import Desk
from i247sim.exercise.port import NotAllowed
from i247sim.vocabulary.errors import InputError

Typed = Mapping[str, Sequence[str]]
Done = Callable[..., Awaitable[Response]]


async def carry_out(request: Request, house: House, session: Session, name: str, typed: Typed, done: Done) -> Response:
    """One command of a seat. Raises ``InputError`` and ``NotAllowed``."""
    who, port = session.who, house.port
    desk, about = port.desk(who), _last(typed, "message")
    match name:
        case "preview":
            found = preview_of(desk, port.seen().state, _previewed(desk, typed))
            return JSONResponse(
                {"ok": True, "says": found["text"], "lines": found["readers"], "errors": {}, "undo": None}
            )
        case "send":
            require(forms.new_fields(desk, typed), typed)
            value, to = forms.new_message(desk, typed), "/seat/sent"
            if _last(typed, "check") == "1":
                _foresee(session, house, desk, name, typed, value)
                return RedirectResponse("/seat/new", 303)
        case "reply" | "forward":
            if not _last(typed, "subject").strip():
                raise Wrong([(("form", "subject"), "this is needed")])
            make = forms.reply_message if name == "reply" else forms.forward_message
            value, to = _there(make(desk, name_of(about), typed)), f"/seat/message/{about}"
            if _last(typed, "check") == "1":
                _foresee(session, house, desk, name, typed, value)
                return RedirectResponse(f"{to}#{name}", 303)
        case "ack" | "again":
            say = forms.receipt_message if name == "ack" else forms.again_message
            value, to = _there(say(desk, name_of(about))), f"/seat/message/{about}"
        case "notice":
            step = int(_last(typed, "step")) if _last(typed, "step") in ("1", "2", "3", "4") else 1
            if _last(typed, "back_step") == "1" or step < len(forms.STEPS):
                step += -1 if _last(typed, "back_step") == "1" else 1
                return notice_step(request, desk, typed, max(1, step), {})
            value, to = forms.notice_request(desk, typed), "/seat/notices"
        case "query":
            require([one for one in forms.query_fields(desk, _database(typed), typed) if one.name != "database"], typed)
            value, to = forms.query_message(desk, typed), f"/seat/query?database={_database(typed)}"
        case "restrict" | "unrestrict":
            restriction = {"kind": "restrict", "value": {"bars": _bars(desk, name, typed)}}
            answer = await port.command(who, "declare", restriction)
            return await done(request, session, typed, answer, to="/seat/restrictions")
        case "note" | "remark":
            answer = await port.command(who, "remark", {"text": _last(typed, "text")})
            return await done(request, session, typed, answer, to="/seat/log")
        case "mark":
            one = words.by_key(desk, about)
            wanted = {"message": "" if one is None else one.id, "on": _last(typed, "on") == "yes"}
            return await done(request, session, typed, await port.command(who, "mark", wanted))
        case "take":
            return await done(request, session, typed, await port.command(who, "take", {}))
        case _:
            raise NotAllowed("this is not for you")
    answer = await port.command(who, "send", {"value": value})
    return await done(request, session, typed, answer, to=to)


def _previewed(desk: Desk, typed: Typed) -> dict[str, Any]:
    """What is about to be sent: a new message, or one that is passed on."""
    name = _last(typed, "message")
    return _there(forms.forward_message(desk, name_of(name), typed)) if name else forms.new_message(desk, typed)


def _foresee(session: Session, house: House, desk: Desk, name: str, typed: Typed, value: dict[str, Any]) -> None:
    """Show on the form's page, beside what was typed, what the rules would say of the message."""
    found = preview_of(desk, house.port.seen().state, value)
    session.forms[name] = {"typed": typed, "errors": {}, "preview": found}


def _bars(desk: Desk, name: str, typed: Typed) -> list[dict[str, Any]]:
    """What the party bars once a line is added (``restrict``) or taken away. Raises ``InputError``."""
    bars = [bar.plain() for bar in desk.restriction.bars]
    if name == "restrict":
        return [*bars, forms.bar_value(desk, typed)]
    line = number_of(_last(typed, "n"))
    if line is None or line >= len(bars):
        raise InputError("there is no such restriction any more")
    return bars[:line] + bars[line + 1 :]


def _there(value: dict[str, Any] | None) -> dict[str, Any]:
    if value is None:
        raise InputError("there is no such message on this desk")
    return value


def form_page(command: str, typed: Typed) -> str | None:
    """Where the form of a command stands: there its mistakes are shown, and what was typed."""
    key = _last(typed, "message")
    if command in ("reply", "forward") and key.replace(".", "").replace("-", "").isalnum():
        return f"/seat/message/{key}"
    pages = {"send": "new", "notice": "notices/new", "query": "query", "restrict": "restrictions", "note": "log"}
    return f"/seat/{pages[command]}" if command in pages else None


def errors_of(error: InputError, command: str) -> dict[str, str]:
    """A mistake by the field of the form of ``command``."""
    if not isinstance(error, Wrong):
        return {"": str(error)}
    prefix = "query." if command == "query" else "notice." if command == "notice" else ""
    found: dict[str, str] = {}
    for place, text in error.errors:
        way: list[Any] = [part for part in place if not isinstance(part, int)]
        if way[:1] == ["form"]:
            found[str(way[1])] = text
            continue
        if way[:1] in (["send"], ["restrict"], ["accept"]):
            way = way[1:]
        if way[:1] == ["bars"]:
            way = way[1:]
        name = ".".join(map(str, way))
        if prefix and not name.startswith(prefix) and name not in ("classification", "case", "purpose", "database"):
            name = ""
        found.setdefault(name, text)
    return found


def _database(typed: Typed) -> str:
    database = _last(typed, "database")
    return database if database in forms.DATABASES else ""


def _last(typed: Typed, name: str) -> str:
    return (typed.get(name) or [""])[-1]

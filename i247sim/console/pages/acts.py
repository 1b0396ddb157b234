"""``POST /do/<command>``: what forms ask for, passed on to the port in the name of whoever is signed in.

With ``Accept: application/json`` the answer is data; without script it is a way back to the page, which then says
what came of it.
"""

import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from i247sim.console.frames import clock, key_of
from i247sim.console.guard import SUSPENDED
from i247sim.console.house import House, house_of, session_of
from i247sim.console.pages import inject, seat_acts
from i247sim.console.pages.signing import HOME, leave
from i247sim.console.sessions import Flash, Session
from i247sim.console.shell import OWN_COMMANDS, may
from i247sim.exercise.drafting import Wrong
from i247sim.exercise.port import COMMANDS, Answer, NotAllowed, Role, Who
from i247sim.vocabulary.errors import I247Error, InputError
from i247sim.vocabulary.parties import State

Typed = Mapping[str, Sequence[str]]
_MOST_FIELDS = 400
ASKS_ONCE = {
    "end": "End the exercise now? Steps that are still to come are left out. What desks have begun comes to its end, "
    "which may take days on the exercise clock, at once. This cannot be undone.",
    "seat-suspend": "Sign out whoever sits at this desk, and take its token away?",
    "refuse": "Refuse this message? This cannot be undone.",
}
"""Commands that must be confirmed (the field ``sure``)."""
_SUSPENSIONS = (State.RECORD_SUSPENDED, State.CONSULT_SUSPENDED, State.QUERY_SUSPENDED, State.DISCONNECTED)
_ONCE = frozenset({"send", "reply", "forward", "ack", "again", "query", "note", "inject", "shelf", "restrict"})
"""Commands that a nervous hand must not give twice."""


async def do(request: Request) -> Response:
    """One command."""
    house, session = house_of(request), session_of(request)
    name = request.path_params["command"]
    form = await request.form(max_fields=_MOST_FIELDS, max_files=0)
    typed: dict[str, list[str]] = {}
    for key, value in form.multi_items():
        if isinstance(value, str):
            typed.setdefault(key, []).append(value)
    if not hmac.compare_digest(_last(typed, "csrf").encode(), session.csrf.encode()):
        return await _said(request, session, typed, 403, "this form is out of date; load the page again", {})
    if name == "logout":
        return leave(request, house)
    if name not in COMMANDS and name not in OWN_COMMANDS:
        return await _said(request, session, typed, 404, f"there is no command `{name:.40}`", {})
    if name not in may(session.who.role, house.port.live):
        text = "this is not for you" if house.port.live else "this exercise has ended: nothing in it can be changed"
        return await _said(request, session, typed, 403, text, {})
    if name in _ONCE and session.repeats(name, typed, time.monotonic()):
        return await _done(request, session, typed, Answer("done once: the second click was not counted"))
    question = _question(name, typed)
    if question is not None and _last(typed, "sure") != "1":
        return _ask(request, house, session, name, typed, question)
    try:
        return await _carry_out(request, house, session, name, typed)
    except NotAllowed as error:
        return await _said(request, session, typed, 403, str(error), {})
    except InputError as error:
        session.last_form = None
        return await _wrong(request, session, name, typed, error)
    except I247Error as error:
        return await _said(request, session, typed, 503, f"the network says: {error}", {})


_PLAIN = (
    *("count", "factor", "offset", "step", "by", "yaml", "name"),
    *("expectation", "rating", "note", "text", "target"),
)
"""Parameters of the port's own commands that are passed on as they are."""


def _now(house: House) -> str:
    """The exercise clock."""
    return clock(house.port.glance().now - house.scenario.start)


async def _carry_out(request: Request, house: House, session: Session, name: str, typed: Typed) -> Response:
    who = session.who
    if who.role is Role.SEAT:
        return await seat_acts.carry_out(request, house, session, name, typed, _done)
    match name:
        case "seat-token" | "seat-suspend" | "seat-give":
            return await _seat(request, house, session, name, typed)
        case "predict":
            picture = house.port.picture(who)
            order = inject.order_of(picture, typed)
            if _last(typed, "check") == "1":
                inject.check_expectation(picture, order)
            said = inject.prediction(picture, order)
            return JSONResponse({"ok": True, "says": said["text"], "lines": said["lines"], "errors": {}, "undo": None})
        case "inject":
            picture = house.port.picture(who)
            order = inject.order_of(picture, typed)
            if _last(typed, "check") == "1":
                inject.check_expectation(picture, order)
                prediction = inject.prediction(picture, order)
                session.forms["inject"] = {"typed": typed, "errors": {}, "prediction": prediction}
                return RedirectResponse("/inject?verb=" + _last(typed, "verb"), 303)
            answer = await house.port.command(who, "inject", order)
        case "release" | "refuse":
            value = {"message": _last(typed, "message"), "release": name == "release"}
            answer = await house.port.command(who, name, value)
        case "try":
            answer = await house.port.command(who, name, _plain(typed, ("message", "party")))
            key = (key_of(_last(typed, "message")), _last(typed, "party"))
            ok = bool(answer.facts.get("copy")) if answer.facts.get("copy") is not None else None
            house.tried[key] = {"at": _now(house), "text": answer.says, "ok": ok}
        case "verify":
            answer = await house.port.command(who, name, {})
            found = {"ok": bool(answer.facts.get("ok")), "lines": list(answer.facts.get("lines", ()))}
            house.verified = {"at": _now(house), **found}
        case _:
            answer = await house.port.command(who, name, _plain(typed, _PLAIN))
    return await _done(request, session, typed, answer)


async def _seat(request: Request, house: House, session: Session, name: str, typed: Typed) -> Response:
    """Tokens of seats: given out, taken away; and the desk given back to the simulated officer."""
    party = _last(typed, "party")
    if party not in house.scenario.parties() or party in ("HUB", "IPSG", "NDTF"):
        raise InputError(f"`{party:.40}` has no desk at which a person could sit")
    who = Who(Role.SEAT, party)
    if name == "seat-token":
        house.dismiss(who, SUSPENDED)
        token = house.admit(who)
        session.say(Flash("ok", f"The token of {party}, for its desk:", token))
        answer = Answer(f"a token for `{party}`")
        return await _done(request, session, typed, answer, quiet=True, token=True)
    if name == "seat-suspend":
        house.dismiss(who, SUSPENDED)
        return await _done(request, session, typed, Answer(f"the seat of `{party}` is suspended"))
    answer = await house.port.command(session.who, "give-back", {"party": party})
    return await _done(request, session, typed, answer)


async def _done(
    request: Request,
    session: Session,
    typed: Typed,
    answer: Answer,
    to: str | None = None,
    quiet: bool = False,
    token: bool = False,
) -> Response:
    kept: tuple[str, dict[str, str], str] | None = None
    if answer.undo is not None:
        command, arguments, title = answer.undo
        kept = (command, flat_fields(command, arguments), title)
    if _wants_json(request):
        undo = None if kept is None else dict(zip(("command", "fields", "title"), kept, strict=True))
        body = {"ok": True, "says": answer.says, "undo": undo, "errors": {}, "to": to, "token": token}
        return JSONResponse(body)
    if not quiet:
        session.say(Flash("ok", answer.says, undo=kept))
    return RedirectResponse(to or back_of(typed, session.who), 303)


async def _wrong(request: Request, session: Session, name: str, typed: Typed, error: InputError) -> Response:
    """A mistake in a form: at its fields, and nothing that was typed is lost."""
    if session.who.role is Role.SEAT:
        errors = seat_acts.errors_of(error, name)
    elif name in ("inject", "predict"):
        errors = inject.errors_of(error, _last(typed, "verb"))
        if not _wants_json(request):
            session.forms["inject"] = {"typed": typed, "errors": errors, "prediction": None}
    else:
        errors = {".".join(map(str, place)): text for place, text in error.errors} if isinstance(error, Wrong) else {}
    says = "; ".join(errors.values()) or str(error)
    if not _wants_json(request):
        if name == "inject" and session.who.role is not Role.SEAT:
            return RedirectResponse("/inject?verb=" + _last(typed, "verb"), 303)
        if session.who.role is Role.SEAT or name in ("note", "rate"):
            session.forms[name] = {"typed": typed, "errors": errors or {"": says}}
            session.say(Flash("error", _at_fields(errors) or says))
            page = seat_acts.form_page(name, typed) if session.who.role is Role.SEAT else None
            return RedirectResponse(page or back_of(typed, session.who), 303)
    return await _said(request, session, typed, 400, says, errors)


def _at_fields(errors: Mapping[str, str]) -> str:
    """Mistakes in one line, each with the field it is about."""
    named = ((name.rpartition(".")[2].replace("_", " ").capitalize(), text) for name, text in errors.items())
    return "; ".join(f"{name}: {text}" if name else text for name, text in named)


async def _said(
    request: Request, session: Session, typed: Typed, status: int, says: str, errors: Mapping[str, str]
) -> Response:
    if _wants_json(request):
        return JSONResponse({"ok": False, "says": says, "undo": None, "errors": dict(errors), "lines": []}, status)
    if status == 403:
        house = house_of(request)
        return house.error(403, says, title=None if house.port.live else "The exercise has ended")
    session.say(Flash("error", says))
    return RedirectResponse(back_of(typed, session.who), 303)


def _question(name: str, typed: Typed) -> str | None:
    if name == "inject" and _last(typed, "check") != "1":
        party = f"{_last(typed, 'p.party'):.40}"
        match _last(typed, "verb"), _last(typed, "p.state"):
            case "revoke", _:
                return f"Revoke {party}? Its certificate and keys are no longer good. This cannot be undone."
            case "measure", state if state in _SUSPENSIONS:
                return f"Put {party} under {state}? All are told. It can be lifted again."
    return ASKS_ONCE.get(name)


def _ask(request: Request, house: House, session: Session, name: str, typed: Typed, question: str) -> Response:
    """Ask once: without script as a page, with script as an answer that says so."""
    if _wants_json(request):
        return JSONResponse({"ok": False, "says": question, "confirm": question, "undo": None, "errors": {}}, 409)
    fields = {key: values[-1] for key, values in typed.items() if key not in ("csrf", "back", "sure") and values}
    back = back_of(typed, session.who)
    view = {"command": name, "text": question, "title": None, "fields": fields, "back": back}
    shell = {"csrf": session.csrf, "here": back}
    return house.page("confirm.html", shell=shell, view=view)


def flat_fields(command: str, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Arguments of a command as the fields of a form that gives it."""
    if command != "inject":
        return {key: str(value) for key, value in arguments.items()}
    (verb, value), *_ = arguments["step"].items()
    found = {"verb": verb}
    for key, one in value.items():
        found[f"p.{key}"] = one if isinstance(one, str) else _as_text(one)
    return found


def _as_text(value: Any) -> str:

    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int | float) else json.dumps(value)


def back_of(typed: Typed, who: Who) -> str:
    """The page to go back to: a path of this console and nothing else."""
    wanted = urlsplit(_last(typed, "back"))
    path = wanted.path
    if wanted.scheme or wanted.netloc or not path.startswith("/") or path.startswith(("//", "/do/")) or "\\" in path:
        return HOME[who.role]
    return path + (f"?{wanted.query}" if wanted.query else "")


def _plain(typed: Typed, names: Sequence[str]) -> dict[str, str]:
    return {name: typed[name][-1] for name in names if typed.get(name)}


def _last(typed: Typed, name: str) -> str:
    return (typed.get(name) or [""])[-1]


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")

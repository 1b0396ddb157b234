"""The seat's pages for writing: new message with its preview, notices, databases, restrictions."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from i247sim.console.forms import kept_form, with_errors
from i247sim.console.frames import clock, key_of, letter, name_of
from i247sim.console.house import session_of
from i247sim.console.pages import seat_words as words
from i247sim.console.pages import seat_write as forms
from i247sim.console.pages.seat import desk_of, desk_page
from i247sim.console.shell import act
from i247sim.exercise.drafting import make_step
from i247sim.exercise.picture import Desk, Received, Written
from i247sim.exercise.reasons import Foreseen, facts_of_draft, foresee
from i247sim.exercise.seen import WORDS
from i247sim.exercise.transcript import logical_name
from i247sim.hub.state import HubState
from i247sim.policy.facts import World
from i247sim.vocabulary.contents import Notice, NoticePublication, NoticeVerdict
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.queries import Query, QueryResult
from i247sim.vocabulary.times import TICK

_SAYS = {
    "read": "will be able to read it",
    "refused": "refused by the rules",
    "held": "held until the secretariat releases it",
    "queued": "waits",
}


async def new(request: Request) -> Response:
    """``GET /seat/new``."""
    session, desk = session_of(request), desk_of(request)
    kept = session.forms.pop("send", None)
    typed, errors = kept_form(kept)
    preview = kept.get("preview") if isinstance(kept, dict) else None
    if not typed:
        typed = {name: [value] for name, value in request.query_params.items() if name in ("to", "case", "subject")}
    fields = forms.new_fields(desk, typed)
    shown = {one.name for one in fields}
    first, more = forms.more_of_new(with_errors(fields, errors))
    view = {
        "fields": [one.plain() for one in first],
        "more": [one.plain() for one in more],
        "more_open": any(one.error or one.value not in (None, "", [], one.default) for one in more),
        "preview": preview,
        "errors": {"": "; ".join(text for name, text in errors.items() if name not in shown)}
        if any(name not in shown for name in errors)
        else {},
    }
    return desk_page(request, "seat_new.html", "new", desk, view)


def preview_of(desk: Desk, state: HubState, value: dict[str, Any]) -> dict[str, Any]:
    """Who will be able to read a message, as far as this desk may know: by directory, measures and its own bars.

    Other owners' bars and what receivers decline are not looked at: a desk does not know of them. Raises
    ``InputError``.
    """
    step = make_step({"send": {**value, "from": desk.party}}, desk.scenario, desk.now - desk.scenario.start + TICK)
    assert step.send is not None, "that is what was made"
    draft = desk.scenario.draft(step.send)
    facts = facts_of_draft(desk.party, draft, state, desk.now)
    world = World(
        directory=desk.directory,
        states=dict(state.states),
        restrictions={desk.party: desk.restriction},
        acceptances={},
    )
    lines = foresee(desk.rulebook, world, facts, {}, desk.party)
    can = sum(WORDS[one.sign] == "read" for one in lines)
    text = f"{can} of {len(lines)} will be able to read it, as far as this desk can know."
    if not desk.wire.looks_up:
        text += " It waits here until the link is whole."
    return {"text": text, "readers": [_reader(desk, one) for one in lines]}


def _reader(desk: Desk, one: Foreseen) -> dict[str, Any]:
    sign = WORDS[one.sign]
    text = _SAYS.get(sign, sign)
    if sign != "read" and one.why.sentences:
        text += f": {one.why.sentences[0]}"
    return {
        "party": one.party,
        "name": words.name_of(desk, one.party),
        "sign": sign,
        "code": str(one.code) if one.code else None,
        "text": text,
    }


# --- notices


async def notices(request: Request) -> Response:
    """``GET /seat/notices``: its own requests, and what was published to it."""
    desk = desk_of(request)
    heard = _heard(desk)
    mine = [line for one in desk.written if (line := _requested(desk, one, heard)) is not None]
    published = [line for one in desk.received if (line := _published(desk, one)) is not None]
    return desk_page(request, "seat_notices.html", "notices", desk, {"mine": mine[::-1], "published": published[::-1]})


@dataclass
class _Heard:
    """What has come about the bureau's own requests, by their references."""

    verdicts: dict[str, NoticeVerdict] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)


def _heard(desk: Desk) -> _Heard:
    heard = _Heard()
    for one in desk.received:
        if one.header is None or one.status is not Outcome.OPENED:
            continue
        about = one.header.your_ref
        if isinstance(one.content, NoticeVerdict):
            heard.verdicts[one.content.request] = one.content
        elif one.header.kind is Kind.NOTICE_QUERY and about:
            heard.asked.add(about)
        elif isinstance(one.content, NoticePublication) and one.content.requester == desk.party and about:
            heard.published.add(about)
    return heard


def _requested(desk: Desk, one: Written, heard: _Heard) -> dict[str, Any] | None:
    """The line of a request of its own; ``None`` if it is none."""
    if not isinstance(one.content, Notice) or one.header is None:
        return None
    reference = one.sent.facts["ref"]
    state = _state(
        one.code, one.receipted, heard.verdicts.get(reference), reference in heard.asked, reference in heard.published
    )
    return {
        "key": key_of(one.sent.name),
        "name": one.sent.name,
        "type": str(one.content.type),
        "letter": letter(one.header.kind, one.header.channel, str(one.content.type)),
        "subject": one.content.subject,
        "state": state or words.waiting(desk),
        "at": clock(one.header.created - desk.scenario.start),
        "href": f"/seat/message/{key_of(one.sent.name)}",
    }


def _published(desk: Desk, one: Received) -> dict[str, Any] | None:
    """The line of a notice that was published to it; ``None`` if it is none."""
    if one.header is None or one.status is not Outcome.OPENED or not isinstance(one.content, NoticePublication):
        return None
    notice, name = one.content.notice, logical_name(one.header.own_ref)
    return {
        "key": key_of(name),
        "name": name,
        "type": str(notice.type),
        "letter": letter(one.header.kind, one.header.channel, str(notice.type)),
        "id": one.content.id,
        "from": one.content.requester,
        "subject": notice.subject,
        "at": clock(one.time - desk.scenario.start),
        "href": f"/seat/message/{key_of(name)}",
    }


def _state(code: object, receipted: bool, verdict: NoticeVerdict | None, asked: bool, published: bool) -> str:
    if code is not None:
        return f"not taken: {code}"
    if verdict is not None:
        if not verdict.publish:
            return "refused"
        return "published" if published else "decided: to be published"
    if asked:
        return "information needed"
    return "submitted" if receipted else ""


async def notice_form(request: Request) -> Response:
    """``GET /seat/notices/new``: the first of four steps, or the one in which something is wrong."""
    session, desk = session_of(request), desk_of(request)
    typed, errors = kept_form(session.forms.pop("notice", None))
    return notice_step(request, desk, typed, 1 if not errors else step_of(errors), errors)


def step_of(errors: dict[str, str]) -> int:
    """The first step that has a field with a mistake."""
    for name in errors:
        part = name.removeprefix("notice.").split(".")[0]
        if part in ("type", "subject", "lang", "classification", "case"):
            return 1
        if part in ("judicial", "text", "extradition_sought", "seeks", "assessment"):
            return 3
        if part:
            return 2
    return 4


def notice_step(request: Request, desk: Desk, typed: forms.Typed, step: int, errors: dict[str, str]) -> Response:
    """One of the four steps; what the other steps hold is carried along."""
    fields = [] if step == len(forms.STEPS) else forms.notice_fields(desk, typed, step)
    shown = {one.name for one in fields}
    every = {one.name for one in forms.notice_fields(desk, typed, 4)}
    carried = {name: values[-1] for name, values in typed.items() if name in every - shown and values}
    rest = {name: text for name, text in errors.items() if name not in shown}
    view = {
        "step": step,
        "steps": list(forms.STEPS),
        "fields": [one.plain() for one in with_errors(fields, errors)],
        "review": forms.review(desk, typed) if step == len(forms.STEPS) else [],
        "errors": {"": "; ".join(f"{name.removeprefix('notice.')}: {text}" for name, text in rest.items())}
        if rest
        else {},
        "values": carried,
    }
    return desk_page(request, "seat_notice_form.html", "notices", desk, view)


# --- databases


async def query(request: Request) -> Response:
    """``GET /seat/query``: ask a database; what was asked and answered."""
    session, desk = session_of(request), desk_of(request)
    typed, errors = kept_form(session.forms.pop("query", None))
    database = request.query_params.get("database") or (typed.get("database") or [str(Database.NOMINAL)])[-1]
    if not typed and (about := forms.received_as(desk, name_of(request.query_params.get("from", "")))) is not None:
        asked = words.asks(about.content)
        typed = {name: [value] for name, value in asked[1].items()} if asked and asked[0] == database else {}
    database = database if database in forms.DATABASES else str(Database.NOMINAL)
    fields = forms.query_fields(desk, database, typed)
    shown = {one.name for one in fields}
    rest = [text for name, text in errors.items() if name not in shown]
    view = {
        "databases": [
            {"id": one, "title": forms.DATABASES[one], "current": one == database} for one in forms.DATABASES
        ],
        "fields": [one.plain() for one in with_errors(fields, errors)],
        "errors": {"": "; ".join(rest)} if rest else {},
        "results": results(desk),
    }
    return desk_page(request, "seat_query.html", "query", desk, view)


def results(desk: Desk) -> list[dict[str, Any]]:
    """Questions, newest first, each with its answer if it has come.

    A restriction and an absence are the same answer here, down to the last byte of the page.
    """
    answers = {
        one.header.your_ref: (one, one.content)
        for one in desk.received
        if one.header is not None and isinstance(one.content, QueryResult)
    }
    start = desk.scenario.start
    found = []
    for written in words.newest(desk.written):
        if not isinstance(written.content, Query):
            continue
        asked = [pair for pair in words.details(written.content) if pair[0] != "database"]
        line: dict[str, Any] = {
            "key": key_of(written.sent.name),
            "at": clock(written.header.created - start) if written.header else "",
            "finding": "waiting",
            "as_of": None,
            "hits": [],
            "asked": [["database", str(written.content.database)], *asked],
        }
        if written.code is not None:
            line["finding"] = f"refused: {written.code}"
        answer = answers.get(written.sent.facts["ref"])
        if answer is not None:
            one, content = answer
            line["finding"] = str(content.finding)
            as_of = getattr(content, "as_of", None) or one.time
            line["as_of"] = clock(as_of - start)
            line["hits"] = [
                {
                    "record": hit.record,
                    "owner": hit.owner,
                    "summary": hit.summary,
                    "matched": list(hit.matched),
                    "instruction": hit.instruction,
                }
                for hit in content.hits
            ]
        found.append(line)
    return found


# --- restrictions


async def restrictions(request: Request) -> Response:
    """``GET /seat/restrictions``."""
    session, desk = session_of(request), desk_of(request)
    typed, errors = kept_form(session.forms.pop("restrict", None))
    mine = []
    for number, bar in enumerate(desk.restriction.bars):
        scope = bar.scope.plain()
        text = ", ".join(f"{name} {value}" for name, value in scope.items()) or "everything"
        mine.append(
            {
                "n": number,
                "whom": bar.whom,
                "scope": text,
                "text": text,
                "act": act("unrestrict", "Lift", {"n": str(number)}),
            }
        )
    barred = [bar.whom for bar in desk.restriction.bars]
    effect = [f"{whom} gets nothing of yours that this covers, and is not told." for whom in dict.fromkeys(barred)]
    if barred:
        effect.append("Its question that would find your record is answered with `no record`, and you are told of it.")
    view = {
        "mine": mine,
        "fields": [one.plain() for one in with_errors(forms.bar_fields(desk, typed), errors)],
        "effect": effect,
        "errors": errors,
    }
    return desk_page(request, "seat_restrictions.html", "restrictions", desk, view)

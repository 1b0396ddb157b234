"""The seat's pages for reading: inbox, message, sent, log. Everything on them lies on this desk."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from i247sim.console.forms import note_field
from i247sim.console.frames import clock, key_of, letter
from i247sim.console.house import House, house_of, session_of
from i247sim.console.live import bands, keys_ending
from i247sim.console.pages import seat_words as words
from i247sim.console.pages.seat_write import forward_fields, reply_fields
from i247sim.console.plain import shown
from i247sim.console.shell import act, shell
from i247sim.exercise.durations import format_duration
from i247sim.exercise.picture import Desk, Received, Written
from i247sim.exercise.sending import prescribed
from i247sim.exercise.transcript import logical_name, with_logical_names
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.kinds import Kind, headed, in_words
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Header, Urgency
from i247sim.vocabulary.parties import REVIEWER, SECRETARIAT
from i247sim.vocabulary.times import from_text

TABS = (
    ("inbox", "Inbox", "/seat"),
    ("sent", "Sent", "/seat/sent"),
    ("notices", "Notices", "/seat/notices"),
    ("query", "Databases", "/seat/query"),
    ("restrictions", "Restrictions", "/seat/restrictions"),
    ("log", "Log", "/seat/log"),
)
_FILTERS = ("all", "new", "marked", "locked", "due", "answered")


def desk_page(request: Request, template: str, tab: str, desk: Desk, view: dict[str, Any]) -> Response:
    """One of the seat's pages."""
    house = house_of(request)
    glance = house.port.glance()
    context = shell(request, tab, None, glance)
    party = desk.party
    unread = sum(status_of(house, desk, one, frozenset()) == "new" for one in desk.received)
    seat = {
        "party": party,
        "name": words.name_of(desk, party),
        "party_name": words.name_of(desk, party),
        "officer": "your desk" if desk.taken else "the simulated officer answers here",
        "bands": bands(glance, desk.wire, keys_ending(house.port, party)),
        "new": unread,
        "tabs": [
            {"id": id_, "title": title, "href": href, "current": id_ == tab, "n": unread if id_ == "inbox" else None}
            for id_, title, href in TABS
        ],
        "taken": desk.taken,
    }
    return house.page(template, shell=context, seat=seat, view=view)


def desk_of(request: Request) -> Desk:
    """The desk of whoever asks."""
    return house_of(request).port.desk(session_of(request).who)


def status_of(house: House, desk: Desk, one: Received, answered: frozenset[str]) -> str:
    """``locked``, ``answered``, ``read`` or ``new``."""
    if one.status is not Outcome.OPENED or one.header is None:
        return "locked"
    if one.header.own_ref in answered:
        return "answered"
    return "read" if one.id in house.looked.get(desk.party, ()) else "new"


async def inbox(request: Request) -> Response:
    """``GET /seat``."""
    house, desk = house_of(request), desk_of(request)
    query = request.query_params.get("q", "")[:100]
    wanted = request.query_params.get("filter", "all")
    wanted = wanted if wanted in _FILTERS else "all"
    answered = words.answered(desk)
    rows = [row(house, desk, one, answered) for one in words.newest(desk.received)]
    rows = [one for one in rows if _wanted(one, wanted, query.casefold())]
    empty = "Nothing matches." if query or wanted != "all" else "No messages. New ones appear by themselves."
    view = {"q": query, "filter": wanted, "rows": rows, "empty": empty}
    return desk_page(request, "seat_inbox.html", "inbox", desk, view)


def row(house: House, desk: Desk, one: Received, answered: frozenset[str]) -> dict[str, Any]:
    """One line of the inbox."""
    status = status_of(house, desk, one, answered)
    if one.header is None:
        made = {
            "key": words.key(one),
            "name": "",
            "from": "",
            "from_name": "unknown sender",
            "kind": "",
            "kind_text": "message",
            "letter": "M",
            "notice": None,
            "channel": "",
            "at": clock(one.time - desk.scenario.start),
        }
        header = None
    else:
        made, header = words.head(desk, one.header, one.time), one.header
    due = header.reply_by if header is not None and status not in ("locked", "answered") else None
    locked = status == "locked"
    if locked:
        # No subject, and nothing of what it is about: not even its kind.
        made |= {"kind": "", "kind_text": "message", "letter": "M", "notice": None, "channel": ""}
    return {
        **made,
        "subject": None if locked else words.subject(one.content),
        "status": status,
        "marked": one.id in desk.marked,
        "act": marking(desk, one),
        "due_at": clock(due - desk.scenario.start) if due else None,
        "overdue": due is not None and due < desk.now,
        "urgency": "" if locked or header is None or header.urgency is Urgency.NORMAL else words.spaced(header.urgency),
        "href": f"/seat/message/{made['key']}",
    }


def _wanted(one: dict[str, Any], wanted: str, query: str) -> bool:
    if wanted == "due" and one["due_at"] is None:
        return False
    if wanted == "marked" and not one["marked"]:
        return False
    if wanted in ("new", "locked", "answered") and one["status"] != wanted:
        return False
    text = f"{one['from']} {one['from_name']} {one['subject'] or ''} {one['kind_text']} {one['name']}"
    return query in text.casefold()


async def message(request: Request) -> Response:
    """``GET /seat/message/{key}``: a message of the inbox, or one of its own."""
    house, desk, key = house_of(request), desk_of(request), request.path_params["key"]
    one = words.by_key(desk, key)
    if one is not None:
        if one.status is not Outcome.OPENED or one.header is None:
            return desk_page(request, "seat_locked.html", "inbox", desk, locked(desk, one, key))
        house.looked.setdefault(desk.party, set()).add(one.id)
        return desk_page(request, "seat_message.html", "inbox", desk, opened(request, desk, one))
    for written in desk.written:
        if written.header is not None and key_of(written.sent.name) == key:
            return desk_page(request, "seat_message.html", "sent", desk, own(desk, written))
    return house.error(404, "there is no such message on this desk")


def locked(desk: Desk, one: Received, key: str) -> dict[str, Any]:
    """A message that cannot be read: no subject, no size, no kind."""
    at = clock(one.time - desk.scenario.start)
    mark = marking(desk, one)
    view: dict[str, Any] = {"key": key, "at": at, "why": words.locked_why(one)}
    if one.header is None:
        noted = f"A message that came at {at} could not be read."
        acts = [act("note", "Note it in my log", {"text": noted}), mark]
        return {**view, "from": "unknown", "asked": False, "acts": acts}
    name, sender = logical_name(one.header.own_ref), one.header.sender
    noted = f"{name} of {sender} came at {at} and could not be read."
    asked = one.header.own_ref in words.answered(desk)
    again = [] if asked else [act("again", "Ask for it again", {"message": key})]
    acts = [*again, act("note", "Note it in my log", {"text": noted}), mark]
    return {**view, "from": f"{words.name_of(desk, sender)} ({sender})", "asked": asked, "acts": acts}


def opened(request: Request, desk: Desk, one: Received) -> dict[str, Any]:
    """A message of the inbox."""
    assert one.header is not None, "an opened message has a header"
    header, session = one.header, session_of(request)
    made = words.head(desk, header, one.time)
    found = {
        **made,
        **_page_of(desk, header, one.content),
        "to": [party.party for party in header.to or ()] or ["members"],
        "receipt": [],
        "marked": one.id in desk.marked,
    }
    if request.app.state.house.port.live:
        params = request.query_params
        template, kind = params.get("template", ""), params.get("as", "")
        found["reply"] = reply_fields(desk, one, session.forms.pop("reply", None), template, kind)
        kept = session.forms.pop("forward", None)
        found["forward"] = forward_fields(desk, one, kept)
        found["preview"] = kept.get("preview") if isinstance(kept, dict) else None
        found["acts"], found["ways"] = _quick(desk, one, made["key"])
    return found


def _quick(desk: Desk, one: Received, key: str) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """What is done with one hand: acts of one button, and links to forms that are filled in already."""
    assert one.header is not None, "only an opened message is dealt with"
    acts = []
    if one.header.sender not in (SECRETARIAT, REVIEWER) and one.header.kind is not Kind.ACK:
        done = {(sent.sent.facts["kind"], sent.sent.facts.get("answers")) for sent in desk.written}
        if (Kind.ACK, one.header.own_ref) not in done:
            acts.append(act("ack", "Acknowledge", {"message": key}))
    titles = {Kind.HIT_CONFIRM: "Confirm the hit", Kind.HIT_DENY: "Deny the hit"}
    ways = [{"title": titles[kind], "href": f"?as={kind}#reply"} for kind in words.replies(desk, one) if kind in titles]
    asked = words.asks(one.content)
    if asked is not None:
        ways.append({"title": "Query with these data", "href": f"/seat/query?database={asked[0]}&from={key}"})
    return [*acts, marking(desk, one)], ways


def marking(desk: Desk, one: Received) -> dict[str, Any]:
    """The button that marks a message, or takes the mark off it."""
    on = one.id not in desk.marked
    return act("mark", "Mark" if on else "Take the mark off", {"message": words.key(one), "on": "yes" if on else "no"})


def own(desk: Desk, one: Written) -> dict[str, Any]:
    """A message that this desk has sent."""
    assert one.header is not None, "it was sealed"
    header = one.header
    return {
        **words.head(desk, header, header.created),
        **_page_of(desk, header, one.content),
        "to": [party.party for party in header.to or ()],
        "receipt": words.receipt_lines(desk, one),
    }


def _page_of(desk: Desk, header: Header, content: Content | None) -> dict[str, Any]:
    """What the page of any message shows, received or sent; nothing to do with it yet."""
    return {
        "words": words.envelope(desk, header, True),
        "handling": [str(mark) for mark in header.handling],
        "tlp": str(header.tlp) if header.tlp else None,
        "classification": str(header.classification),
        "case": header.case_ref,
        "subject": words.subject(content),
        "text": words.text_of(content),
        "sections": words.sections(content),
        "thread": words.thread(desk, header.own_ref),
        "acts": [],
        "reply": None,
        "forward": None,
    }


async def sent(request: Request) -> Response:
    """``GET /seat/sent``."""
    desk = desk_of(request)
    rows = []
    for one in words.newest(desk.written):
        facts = one.sent.facts
        key = key_of(one.sent.name)
        time = one.header.created if one.header else desk.scenario.start
        made = (
            words.head(desk, one.header, time)
            if one.header
            else {"letter": "M", "notice": None, "channel": "", "kind_text": headed(facts["kind"]), "at": ""}
        )
        to = list(facts["to"])
        rows.append(
            {
                **made,
                "key": key,
                "to": to[:8] + ([f"and {len(to) - 8} more"] if len(to) > 8 else []),
                "subject": words.subject(one.content),
                "receipt": words.receipt_lines(desk, one)[:12],
                "href": f"/seat/message/{key}" if one.header else "/seat/sent",
            }
        )
    return desk_page(request, "seat_sent.html", "sent", desk, {"rows": waiting(desk) + rows})


def waiting(desk: Desk) -> list[dict[str, Any]]:
    """What was written while the clock stands still, as it stands among what was sent; the newest first."""
    told = [{"party": "", "sign": "queued", "text": "goes out when the clock goes on"}]
    return [
        {
            "letter": letter(one.kind, one.channel or "", None),
            "notice": None,
            "channel": str(one.channel or ""),
            "kind_text": headed(one.kind),
            "at": "",
            "to": list(one.to or prescribed(one.kind))[:8],
            "subject": one.subject,
            "receipt": told,
            "href": "/seat/sent",
        }
        for one in words.newest(desk.waiting)
    ]


async def log(request: Request) -> Response:
    """``GET /seat/log``."""
    desk = desk_of(request)
    fields = [note_field("Note", session_of(request).forms.pop("note", None)).plain()]
    view = {**logged(desk.lines, desk.scenario.start), "duties": duties(desk), "fields": fields}
    return desk_page(request, "seat_log.html", "log", desk, view)


def logged(lines: Sequence[Mapping[str, Any]], start: datetime) -> dict[str, Any]:
    """Acts and notes of a desk, newest first, from its own journal."""

    def at(line: Any) -> str:
        return clock(from_text(line["time"]) - start)

    acts = []
    for line in lines:
        match line["event"]:
            case "sent" | "unsendable":
                left = "" if line["event"] == "sent" else ", which could not be sealed"
                text = f"sent {in_words(line['kind'])} {logical_name(line['ref'])}{left}"
            case "mark":
                about = logical_name(line["ref"]) if line["ref"] else "a message that could not be read"
                text = f"marked {about}" if line["on"] else f"took the mark off {about}"
            case "declared":
                text = f"declared: {line['type']}"
            case "remark":
                text = with_logical_names(line["text"])
            case _:
                continue
        acts.append({"at": at(line), "text": text})
    notes = [{"at": at(line), "text": line["text"]} for line in lines if line["event"] == "note"]
    return {"acts": acts[::-1], "notes": notes[::-1]}


def duties(desk: Desk) -> list[dict[str, Any]]:
    """What somebody waits for: messages that want an answer by a time and have none, and what a duty officer would
    have done by now."""
    done = words.answered(desk)
    here = {one.header.own_ref for one in desk.received if one.header is not None}
    asked = {one.header.own_ref for one in desk.received if one.header is not None and one.header.reply_by}
    found = []
    for one in desk.received:
        header = one.header
        if header is None or header.reply_by is None or one.status is not Outcome.OPENED or header.own_ref in done:
            continue
        left = header.reply_by - desk.now
        overdue = left.total_seconds() < 0
        found.append(
            {
                "text": f"answer {header.sender}: {words.subject(one.content)}",
                "due_at": clock(header.reply_by - desk.scenario.start),
                "left": "overdue" if overdue else f"{format_duration(left)} left",
                "overdue": overdue,
                "href": f"/seat/message/{key_of(logical_name(header.own_ref))}",
            }
        )
    found.sort(key=lambda one: str(one["due_at"]))
    for open_ in desk.left:
        if open_.answers not in asked:
            href = f"/seat/message/{key_of(logical_name(open_.answers))}" if open_.answers in here else "/seat"
            found.append({"text": open_.text, "due_at": "", "left": "now", "overdue": False, "href": href})
    return found


async def ended(request: Request) -> Response:
    """Every page of a seat when the exercise is over: what its desk has done, and nothing to do any more."""
    house, who = house_of(request), session_of(request).who
    glance = house.port.glance()
    view = logged(house.port.own_lines(who), glance.start)
    return house.page("seat_ended.html", shell=shell(request, "ended", None, glance), seat=who.party, view=view)


async def log_text(request: Request) -> Response:
    """``GET /seat/log.txt``."""
    port, who = house_of(request).port, session_of(request).who
    glance = port.glance()
    made = logged(port.own_lines(who), glance.start)
    lines = [
        f"EXERCISE. Log of {who.party}, {glance.title}, run {glance.run}, at {clock(glance.now - glance.start)}",
        "",
    ]
    for title, part in (("Acts", made["acts"]), ("Notes", made["notes"])):
        lines += [title, *(f"{one['at']}  {shown(one['text'])}" for one in part[::-1]), ""]
    if port.live:
        due = duties(port.desk(who))
        lines += ["Open duties", *(f"{one['due_at']}  {shown(one['text'])} ({one['left']})" for one in due)]
    headers = {"content-disposition": f'attachment; filename="log-{who.party}.txt"'}
    return PlainTextResponse("\n".join(lines) + "\n", headers=headers)

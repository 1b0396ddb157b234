"""Report: what the exercise came to; on the page, as one file of HTML, and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from i247sim.console.forms import note_field
from i247sim.console.frames import clock
from i247sim.console.house import house_of, session_of
from i247sim.console.pages.drawers import drawer
from i247sim.console.pages.timeline import expectations
from i247sim.console.pages.waits import WANT_AN_ANSWER
from i247sim.console.pages.words import because, broken_word
from i247sim.console.shell import at_of, instructors_page
from i247sim.exercise.access import Cell, Sign
from i247sim.exercise.conditions import milestones
from i247sim.exercise.durations import format_duration
from i247sim.exercise.picture import Picture, marks
from i247sim.exercise.scenario import NOTICE
from i247sim.exercise.seen import WORDS, totals
from i247sim.exercise.transcript import logical_name
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.times import from_text

_MOST_TIMES = 500


async def show(request: Request) -> Response:
    """``GET /report``."""
    session = session_of(request)
    picture = house_of(request).port.picture(session.who, at_of(request))
    field = note_field("Add a note", session.forms.pop("note", None)).plain()
    return instructors_page(request, "report", {**view(picture), "field": field}, picture, drawer(request, picture))


def view(picture: Picture) -> dict[str, Any]:
    """The page's context; JSON types."""
    cells = picture.cells()
    return {
        "draft": picture.live,
        "as_of": clock(picture.offset) if not picture.live and picture.report is None else None,
        "title": picture.scenario.title,
        "aim": picture.scenario.aim,
        "run": picture.run,
        "scenario": picture.name,
        "seed": picture.seed,
        "from": f"{picture.start:%Y-%m-%d %H:%M:%S}Z ({clock(timedelta())})",
        "until": f"{picture.now:%Y-%m-%d %H:%M:%S}Z ({clock(picture.offset)})",
        "passed": None if picture.report is None else bool(picture.report["passed"]),
        "expectations": expectations(picture),
        "counts": totals(picture.seen.counts),
        "completeness": asdict(picture.completeness()),
        "times": times(picture),
        "disclosures": [
            {"message": cell.message, "party": cell.party, "text": cell.alarm} for cell in cells if cell.alarm
        ],
        "refusals": refusals(cells, picture.rulebook),
        "losses": losses(cells),
        "attacks": attacks(picture),
        "appeals": appeals(picture),
        "milestones": [
            {"says": one.milestone.says, "at": clock(one.reached - picture.start) if one.reached else None}
            for one in milestones(picture.scenario.milestones, picture.sent, picture.seen.ways)
        ],
        "notes": [{"at": clock(time - picture.start), "by": who, "text": text} for time, who, text in picture.notes()],
        "marks": [
            {
                "at": clock(from_text(line["time"]) - picture.start),
                "party": line["party"],
                "message": logical_name(line["ref"]) if line["ref"] else None,
            }
            for line in marks(picture.seen.lines)
        ],
        "faults": [
            {
                "party": one.target,
                "text": broken_word(one.what),
                "since": clock(one.since - picture.start),
                "until": clock(one.until - picture.start) if one.until else None,
            }
            for one in picture.damage
        ],
        "code": None if picture.report is None else picture.code,
        "html_href": "/report.html",
        "json_href": "/report.json",
    }


def refusals(cells: Sequence[Cell], rulebook: Rulebook) -> list[dict[str, Any]]:
    """What was refused, by code and cause, the most frequent first."""
    refused: dict[tuple[Code, str], list[str]] = {}
    for cell in cells:
        if cell.sign is Sign.REFUSED and cell.code:
            refused.setdefault((cell.code, because(rulebook, cell.rules, cell.code)), []).append(cell.message)
    return [
        {"code": str(code), "n": len(named), "sentence": sentence, "messages": list(dict.fromkeys(named))}
        for (code, sentence), named in sorted(refused.items(), key=lambda one: -len(one[1]))
    ]


def losses(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """What was allowed, or may still be, and was not read."""
    return [
        {
            "message": cell.message,
            "party": cell.party,
            "sign": WORDS[cell.sign],
            "code": str(cell.code) if cell.code else None,
            "why": "" if cell.sign in (Sign.QUEUED, Sign.HELD) else cell.sign.replace("-", " "),
        }
        for cell in cells
        if WORDS[cell.sign] in ("lost", "locked", "queued", "held")
    ]


def attacks(picture: Picture) -> list[dict[str, Any]]:
    """What adversaries tried: who met it at which layer after how long, and what got through."""
    return [
        {
            "at": clock(trial.time - picture.start),
            "verb": trial.verb,
            "title": trial.title,
            "target": trial.target,
            "remark": trial.remark,
            "met": [
                {
                    "layer": str(one.layer),
                    "by": one.by,
                    "text": one.text,
                    "times": one.times,
                    "after": one.delay,
                    "after_s": int(one.after.total_seconds()),
                    "after_real_s": None if one.real is None else round(one.real, 3),
                }
                for one in trial.met
            ],
            "through": list(trial.through),
            "fruitless": trial.fruitless,
            "noticed": trial.noticed,
        }
        for trial in picture.trials()
    ]


def appeals(picture: Picture) -> list[dict[str, Any]]:
    """What desks told exercise control: who does not answer, whoever calls; and whether it has written since."""
    still, transcript = picture.unanswered(), picture.transcript() if picture.appeals else None
    return [
        {
            "at": clock(row.time - picture.start),
            "from": row.party,
            "silent": row.silent,
            "asked": str(row.asked),
            "since": clock(row.since - picture.start),
            "open": row in still,
            "never": transcript is not None and transcript.never_asked(row) is not None,
        }
        for row in picture.appeals
    ]


def times(picture: Picture) -> list[dict[str, Any]]:
    """How long it took until the computers of addressees had opened what wants an answer, and until a desk had
    acknowledged or answered it.

    Who took equally long for the same stands in one line (``parties``).
    """
    found: list[dict[str, Any]] = []
    by_reference = {sent.facts["ref"]: sent for sent in picture.sent}
    for sent in picture.sent:
        began = from_text(sent.facts["time"])
        way = picture.seen.ways.get(sent.id or "")
        if sent.facts["kind"] in WANT_AN_ANSWER and way is not None:
            for party, lines in way.acknowledged.items():
                opened = next((time for _, time, outcome, _ in lines if outcome is Outcome.OPENED), None)
                if opened is not None:
                    found.append(_took("opened", sent.name, party, opened - began, opened - picture.start))
        asked = by_reference.get(sent.facts.get("answers", ""))
        if asked is not None and asked.facts["kind"] in WANT_AN_ANSWER and asked.party != sent.party:
            what = _DONE.get(Kind(sent.facts["kind"]), "answered")
            took = began - from_text(asked.facts["time"])
            found.append(_took(what, asked.name, sent.party, took, began - picture.start))
    alike: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in found:
        party = one.pop("party")
        alike.setdefault(tuple(one.values()), {**one, "parties": []})["parties"].append(party)
    return list(alike.values())[:_MOST_TIMES]


_DONE = {Kind.ACK: "acknowledged", Kind.HIT_CONFIRM: "confirmed", Kind.HIT_DENY: "not confirmed"}
"""What an answer does, where it does not simply answer."""


def _took(what: str, message: str, party: str, took: timedelta, at: timedelta) -> dict[str, Any]:
    return {
        "what": what,
        "message": message,
        "party": party,
        "at": clock(at),
        "took_s": int(took.total_seconds()),
        "took": format_duration(took),
    }


async def as_html(request: Request) -> Response:
    """``GET /report.html``: one file that needs nothing else, to keep or to print."""
    house = house_of(request)
    picture = house.port.picture(session_of(request).who, at_of(request))
    answer = house.page("report_file.html", view=view(picture), notice=NOTICE)
    answer.headers["content-disposition"] = f'attachment; filename="report-{picture.run}.html"'
    return answer


async def as_json(request: Request) -> Response:
    """``GET /report.json``."""
    picture = house_of(request).port.picture(session_of(request).who, at_of(request))
    content = {"format": 1, "notice": NOTICE, **view(picture)}
    content.pop("html_href"), content.pop("json_href")
    headers = {"content-disposition": f'attachment; filename="report-{picture.run}.json"'}
    return JSONResponse(content, headers=headers)

"""Why?: ask the rules about any message, also one that nobody has sent; change one thing and compare."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from i247sim.console.forms import Field
from i247sim.console.house import house_of, session_of
from i247sim.console.pages.drawers import drawer, shown_reasons
from i247sim.console.pages.inject import lists
from i247sim.console.pages.rows import foreseen
from i247sim.console.shell import at_of, instructors_page
from i247sim.exercise.access import Sign
from i247sim.exercise.picture import Picture
from i247sim.exercise.reasons import facts_of_draft, foresee, summary
from i247sim.exercise.scenario import GROUPS
from i247sim.exercise.seen import WORDS
from i247sim.exercise.sending import SENDABLE
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.errors import FormatError, InputError
from i247sim.vocabulary.kinds import CHANNEL_OF, Channel, Kind, in_words
from i247sim.vocabulary.messages import (
    Classification,
    Database,
    NoticeRef,
    NoticeType,
    Operation,
    Purpose,
    QuotedRecord,
    Suite,
)
from i247sim.vocabulary.parties import State

_ASKED = ("from", "to", "kind", "channel", "classification", "purpose", "suite", "notice", "quotes", "state")


async def show(request: Request) -> Response:
    """``GET /why``. Parameters that begin with ``b.`` are the second question."""
    picture = house_of(request).port.picture(session_of(request).who, at_of(request))
    params = {name: value[:200] for name, value in request.query_params.items()}
    return instructors_page(request, "why", view(picture, params), picture, drawer(request, picture))


def view(picture: Picture, params: Mapping[str, str]) -> dict[str, Any]:
    """The page's context."""
    asked = {name: params.get(name, "").strip() for name in _ASKED}
    other = {name: params[f"b.{name}"].strip() for name in _ASKED if params.get(f"b.{name}", "").strip()}
    found: dict[str, Any] = {"fields": _fields(picture, params), "answer": None, "error": None, "compare": None}
    if not asked["from"] or not asked["to"]:
        return found
    try:
        found["answer"] = answer(picture, asked)
        changed = {name: value for name, value in other.items() if value != asked[name]}
        if changed:
            found["compare"] = {
                "changed": [f"{name} {value}" for name, value in changed.items()],
                "answer": answer(picture, {**asked, **changed}),
            }
    except (InputError, FormatError, ValueError) as error:
        found["error"] = str(error).splitlines()[0][:300]
    return found


def answer(picture: Picture, asked: Mapping[str, str]) -> dict[str, Any]:
    """What the rules of this moment say. Raises ``InputError`` or ``ValueError``."""
    parties = picture.known
    sender = asked["from"]
    if sender not in parties:
        raise InputError(f"`{sender}` takes no part in this exercise")
    named = tuple(word for word in asked["to"].replace(",", " ").split())
    to = picture.scenario.expand(named, sender)
    unknown = [one for one in to if one not in parties]
    if unknown or not to:
        raise InputError(f"`{', '.join(unknown) or asked['to']}` takes no part in this exercise")
    kind = Kind(asked["kind"]) if asked["kind"] else Kind.INFO_REQUEST
    channel = Channel(asked["channel"]) if asked["channel"] else CHANNEL_OF[kind][0]
    if channel not in CHANNEL_OF[kind]:
        raise InputError(f"`{kind}` does not travel on channel `{channel}`")
    database, operation = None, None
    if channel is Channel.QUERY:
        database, operation = Database.NOMINAL, Operation.QUERY
    draft = Draft(
        kind=kind,
        channel=channel,
        purpose=Purpose(asked["purpose"]) if asked["purpose"] else Purpose.CASE,
        content=Note(subject="?"),
        to=to,
        classification=Classification(asked["classification"] or Classification.OFFICIAL_USE),
        suite=Suite(asked["suite"]) if asked["suite"] else None,
        notice=NoticeRef(type=NoticeType(asked["notice"])) if asked["notice"] else None,
        database=database,
        operation=operation,
        quoted=tuple(_quoted(word) for word in asked["quotes"].replace(",", " ").split()),
    )
    state = picture.seen.state
    world = state.world
    if asked["state"]:
        world = replace(world, states={**world.states, sender: State(asked["state"])})
    facts = facts_of_draft(sender, draft, state, picture.now)
    lines = foresee(picture.rulebook, world, facts, picture.wires)
    whole = lines[0].sign if len({one.sign for one in lines}) == 1 else Sign.NOT_ADDRESSED
    return {
        "outcome": summary(lines),
        "sign": WORDS[whole] if whole is not Sign.NOT_ADDRESSED else None,
        "code": str(lines[0].code) if len(lines) == 1 and lines[0].code else None,
        "lines": [{**foreseen(picture, one), **shown_reasons(one.why)} for one in lines],
    }


def _quoted(word: str) -> QuotedRecord:
    owner, colon, record = word.partition(":")
    if not colon:
        raise InputError(f"`{word}` quotes no record; expected owner and record, like `FR:NOM-000001`")
    return QuotedRecord(owner=owner, record=record)


def _fields(picture: Picture, params: Mapping[str, str]) -> list[dict[str, Any]]:
    known = lists(picture)
    groups = tuple((one, f"all of {one}") for one in GROUPS)
    parties = tuple(known.parties)

    def choice(name: str, title: str, values: Any, help_: str | None = None) -> Field:
        options = tuple((str(one), in_words(one) if isinstance(one, Kind) else str(one)) for one in values)
        return Field(name, title, "choice", params.get(name, ""), options, False, None, help_)

    fields = [
        Field("from", "From", "party", params.get("from", ""), parties, True),
        Field("to", "To", "parties", params.get("to", ""), (*parties, *groups), True),
        choice("kind", "Kind", SENDABLE),
        choice("channel", "Channel", Channel, "Absent: the one that the kind uses."),
        choice("classification", "Classification", Classification),
        choice("purpose", "Purpose", Purpose),
        choice("suite", "Suite", Suite, "Absent: the least that the class requires."),
        choice("notice", "Notice type", NoticeType),
        Field(
            "quotes", "Quotes records", "text", params.get("quotes", ""), help="Owner and record, like FR:NOM-000001."
        ),
        choice("state", "Measure on the sender", State, "As if this measure were in force."),
        choice("b.classification", "Compare with classification", Classification),
        Field("b.to", "Compare with addressees", "parties", params.get("b.to", ""), (*parties, *groups)),
        choice("b.kind", "Compare with kind", SENDABLE),
        choice("b.state", "Compare with a measure on the sender", State),
    ]
    return [one.plain() for one in fields]

"""The seat's forms: answer, forward, new message, notice in four steps, query, restriction. Made from the engine's own
models, so that what a bureau can write, a seat can."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from i247sim.console.forms import Field, Lists, Shape, fields_of, read, with_errors
from i247sim.console.pages import seat_words as words
from i247sim.exercise.picture import Desk, Received
from i247sim.exercise.scenario import GROUPS
from i247sim.exercise.steps import SENDABLE, Send
from i247sim.exercise.transcript import logical_name
from i247sim.secretariat.notices import PURPOSE_OF
from i247sim.secretariat.wellformed import SEARCHED_BY
from i247sim.vocabulary.contents import CONTENTS, Confirmation, Diffusion, Note, Notice, Query
from i247sim.vocabulary.messages import Classification, Database, Kind, NoticeType, Purpose
from i247sim.vocabulary.parties import CONTROL, HUB, SECRETARIAT
from i247sim.vocabulary.statements import Bar

Typed = Mapping[str, Sequence[str]]
STEPS = ("Type", "Person or object", "Legal basis", "Review")
_FIRST = ("type", "subject", "lang")
_THIRD = ("judicial", "text", "extradition_sought", "seeks", "assessment")
_BY_HAND = tuple(
    kind for kind in SENDABLE if CONTENTS[kind] in (Note, Diffusion) and not kind.startswith(("NOTICE_", "DIFFUSION_"))
)
_NEW = (
    "to",
    "kind",
    "purpose",
    "classification",
    "tlp",
    "handling",
    "urgency",
    "urgency_reason",
    "case",
    "reply_within",
    "subject",
    "text",
)
PHRASES = (
    (
        "Received, we look into it",
        "Received",
        "We have received your message and are looking into it. An answer follows.",
    ),
    ("Nothing known", "Nothing known here", "We have checked our files. Nothing is known here about this matter."),
    (
        "Please say more",
        "We need more to answer",
        "Please tell us more: date and place of birth, documents, and the case.",
    ),
)


def lists(desk: Desk) -> Lists:
    """What a desk's fields can suggest: the directory is known to all."""
    known = [
        (id_, entry.name) for id_, entry in desk.directory.entries.items() if id_ not in (HUB, CONTROL, desk.party)
    ]
    return Lists(known, GROUPS)


def values_of(typed: Typed) -> dict[str, Any]:
    """What was typed, one value or several by name."""
    return {name: list(texts) if len(texts) > 1 else texts[-1] for name, texts in typed.items() if texts}


def kept_form(kept: object) -> tuple[Typed, dict[str, str]]:
    """What was typed into a form that did not hold, and its mistakes."""
    return (kept["typed"], kept["errors"]) if isinstance(kept, dict) else ({}, {})


def new_fields(desk: Desk, typed: Typed) -> list[Field]:
    """A new message."""
    shape = Shape(only=_NEW, choices={"kind": [str(one) for one in _BY_HAND]})
    made = fields_of(Send, "", lists(desk), {"kind": str(Kind.INFO_REQUEST), **values_of(typed)}, shape)
    order = {name: place for place, name in enumerate(_NEW)}
    needed = ("to", "kind", "purpose", "subject")
    return sorted((replace(one, required=one.name in needed) for one in made), key=lambda one: order[one.name])


def new_message(desk: Desk, typed: Typed) -> dict[str, Any]:
    """What a new message's form says, as the verb ``send`` takes it."""
    value = read(typed, "", new_fields(desk, typed))
    return {name: one for name, one in value.items() if one not in ("", [])}


def _find(desk: Desk, name: str) -> Received | None:
    return next((one for one in desk.received if one.header and logical_name(one.header.own_ref) == name), None)


def reply_kinds(one: Received) -> tuple[Kind, ...]:
    """How a message can be answered by hand."""
    assert one.header is not None, "only an opened message is answered"
    return tuple(kind for kind in words.REPLIES.get(one.header.kind, (Kind.INFO_REPLY,)) if kind in SENDABLE)


def _reply(desk: Desk, one: Received, typed: Typed) -> list[Field]:
    assert one.header is not None, "only an opened message is answered"
    header = one.header
    kinds = reply_kinds(one)
    subject = words.subject(one.content) or ""
    values = {
        "subject": f"Re: {subject.removeprefix('Re: ')}"[:400],
        "classification": str(header.classification),
        **values_of(typed),
    }
    classes = tuple((str(level), str(level)) for level in Classification)
    return [
        Field(
            "kind",
            "Kind",
            "choice",
            values.get("kind", str(kinds[0])),
            tuple((str(k), words.kind_text(k)) for k in kinds),
            True,
        ),
        Field("classification", "Classification", "choice", values["classification"], classes, True),
        Field("subject", "Subject", "text", values["subject"], required=True),
        Field("text", "Text", "area", values.get("text", "")),
    ]


def reply_fields(desk: Desk, one: Received, kept: object, template: str) -> dict[str, Any]:
    """The form of an answer, with phrases."""
    typed, errors = kept_form(kept)
    if template.isdecimal() and int(template) < len(PHRASES) and not typed:
        _, subject, text = PHRASES[int(template)]
        typed = {"subject": [subject], "text": [text]}
    return {
        "kinds": [{"value": str(kind), "title": words.kind_text(kind)} for kind in reply_kinds(one)],
        "templates": [{"title": title, "subject": subject, "text": text} for title, subject, text in PHRASES],
        "fields": [field.plain() for field in with_errors(_reply(desk, one, typed), errors)],
    }


def reply_message(desk: Desk, name: str, typed: Typed) -> dict[str, Any] | None:
    """An answer as the verb ``send`` takes it; ``None`` if there is no such message on this desk."""
    one = _find(desk, name)
    if one is None or one.header is None:
        return None
    header = one.header
    value = read(typed, "", _reply(desk, one, typed))
    record = words.record_of(one.content)
    value |= {"to": list(words.reply_to(header, one.content)), "purpose": str(header.purpose), "answers": name}
    if header.case_ref:
        value["case"] = header.case_ref
    kind = value.get("kind")
    if kind in list(Kind) and CONTENTS[Kind(kind)] is Confirmation and record:
        value["about"] = record
    quoted = [words.plain(quote) for quote in header.quoted]
    owner = getattr(one.content, "owner", None) or getattr(one.content, "requester", None)
    if not quoted and record and isinstance(owner, str):
        quoted = [{"owner": owner, "record": record}]
    if quoted:
        value["quotes"] = quoted
    return value


def _forward(desk: Desk, one: Received, typed: Typed) -> list[Field]:
    assert one.header is not None, "only an opened message is forwarded"
    values = values_of(typed)
    known = lists(desk)
    subject = f"Fwd: {words.subject(one.content) or ''}"[:400]
    return [
        Field("to", "To", "parties", values.get("to", ""), tuple(known.parties), True),
        Field("subject", "Subject", "text", values.get("subject", subject), required=True),
        Field("text", "Your words before it", "area", values.get("text", "")),
    ]


def forward_fields(desk: Desk, one: Received, kept: object) -> dict[str, Any]:
    """The form that passes a message on."""
    typed, errors = kept_form(kept)
    return {"fields": [field.plain() for field in with_errors(_forward(desk, one, typed), errors)]}


def forward_message(desk: Desk, name: str, typed: Typed) -> dict[str, Any] | None:
    """A message passed on, quoting the records it quotes: their owners' restrictions hold for it too."""
    one = _find(desk, name)
    if one is None or one.header is None:
        return None
    header = one.header
    value = read(typed, "", _forward(desk, one, typed))
    own = value.get("text", "")
    passed = f"Forwarded: {name} of {header.sender}\n{words.subject(one.content) or ''}\n{words.text_of(one.content)}"
    value["text"] = f"{own}\n\n{passed}".strip()
    value |= {"kind": "INFO_REQUEST", "purpose": str(header.purpose), "classification": str(header.classification)}
    if header.quoted:
        value["quotes"] = [words.plain(quote) for quote in header.quoted]
    if header.handling:
        value["handling"] = [str(mark) for mark in header.handling]
    if header.case_ref:
        value["case"] = header.case_ref
    return value


# --- notices


def notice_fields(desk: Desk, typed: Typed, step: int) -> list[Field]:
    """The fields of one of the steps 1 to 3; of the last one, all of them."""
    values = values_of(typed)
    every = tuple(Notice.model_fields)
    only: Sequence[str]
    match step:
        case 1:
            only = _FIRST
        case 2:
            only = tuple(name for name in every if name not in (*_FIRST, *_THIRD, "exercise", "translations"))
        case 3:
            only = _THIRD
        case _:
            only = tuple(name for name in every if name not in ("exercise", "translations"))
    found = fields_of(Notice, "notice.", lists(desk), values, Shape(only=only))
    if step in (1, 4):
        classes = tuple((str(level), str(level)) for level in Classification)
        level = values.get("classification", str(Classification.OFFICIAL_USE))
        found.append(Field("classification", "Classification", "choice", level, classes, True))
        found.append(Field("case", "Case reference", "text", values.get("case", "")))
    return found


def notice_request(desk: Desk, typed: Typed) -> dict[str, Any]:
    """A request for a notice as the verb ``send`` takes it."""
    fields = notice_fields(desk, typed, 4)
    value = read(typed, "", fields)
    value.setdefault("notice", {})
    type_ = value["notice"].get("type")
    purpose = PURPOSE_OF.get(NoticeType(type_), Purpose.CASE) if type_ in list(NoticeType) else Purpose.CASE
    return {**value, "kind": "NOTICE_REQUEST", "purpose": str(purpose)}


def review(desk: Desk, typed: Typed) -> list[list[str]]:
    """What was filled in, to be looked at before it goes."""
    fields = notice_fields(desk, typed, 4)
    return [
        [one.name.removeprefix("notice.").replace(".", " ").replace("_", " "), _said(one.value)]
        for one in fields
        if typed.get(one.name) and one.value not in (None, "", [])
    ]


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# --- databases


def query_fields(desk: Desk, database: str, typed: Typed) -> list[Field]:
    """A question to one database. The purpose is mandatory."""
    values = values_of(typed)
    purposes = tuple((str(one), str(one)) for one in Purpose)
    found = [
        Field("database", "Database", "hidden", database, required=True),
        Field("purpose", "Purpose", "choice", values.get("purpose", ""), (("", ""), *purposes), True),
    ]
    only = (*SEARCHED_BY[Database(database)], "record") if database in DATABASES else ()
    found += fields_of(Query, "query.", lists(desk), values, Shape(only=only))
    return found


def query_message(desk: Desk, typed: Typed) -> dict[str, Any]:
    """A question as the verb ``send`` takes it."""
    database = (typed.get("database") or [""])[-1]
    value = read(typed, "", [one for one in query_fields(desk, database, typed) if one.name != "database"])
    query = {name: one for name, one in value.get("query", {}).items() if one is not False}
    return {"kind": "DB_QUERY", "to": [SECRETARIAT], "query": {"database": database, **query}} | (
        {"purpose": value["purpose"]} if "purpose" in value else {}
    )


DATABASES = tuple(str(one) for one in Database)


# --- restrictions


def bar_fields(desk: Desk, typed: Typed) -> list[Field]:
    """One more line of a restriction."""
    made = fields_of(Bar, "", lists(desk), values_of(typed))
    return [replace(one, title=one.title if one.name == "whom" else f"Only {one.title.lower()}") for one in made]


def bar_value(desk: Desk, typed: Typed) -> dict[str, Any]:
    """The line as the verb ``restrict`` takes it."""
    return read(typed, "", bar_fields(desk, typed))

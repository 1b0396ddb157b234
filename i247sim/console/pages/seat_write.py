"""The seat's forms: answer, forward, new message, notice in four steps, query, restriction. Made from the engine's own
models, so that what a bureau can write, a seat can."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from i247sim.console.asking import Lists
from i247sim.console.forms import Field, Shape, fields_of, kept_form, read, with_errors
from i247sim.console.pages import seat_lists
from i247sim.console.pages import seat_words as words
from i247sim.console.plain import number_of
from i247sim.exercise.drafting import Wrong
from i247sim.exercise.picture import Desk, Received
from i247sim.exercise.scenario import GROUPS
from i247sim.exercise.sending import SENDABLE, Send
from i247sim.exercise.transcript import logical_name
from i247sim.secretariat.notices import PURPOSE_OF
from i247sim.secretariat.wellformed import SEARCHED_BY
from i247sim.vocabulary.contents import CONTENTS, Confirmation, Diffusion, Note, Notice
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.kinds import Kind, headed
from i247sim.vocabulary.messages import Classification, Database, Handling, NoticeType, Purpose
from i247sim.vocabulary.parties import CONTROL, HUB, SECRETARIAT
from i247sim.vocabulary.queries import Query
from i247sim.vocabulary.statements import Bar

Typed = Mapping[str, Sequence[str]]
STEPS = ("Type", "Person or object", "Legal basis", "Review")
_FIRST = ("type", "subject", "lang")
_NEVER = ("exercise", "translations")
_THIRD = ("judicial", "text", "extradition_sought", "seeks", "assessment")
_ABOUT: dict[NoticeType, tuple[str, ...]] = {
    NoticeType.RED: ("person",),
    NoticeType.BLUE: ("person",),
    NoticeType.GREEN: ("person",),
    NoticeType.YELLOW: ("person", "missing"),
    NoticeType.BLACK: ("body",),
    NoticeType.PURPLE: ("modus",),
    NoticeType.ORANGE: (),
    NoticeType.ART: ("artwork",),
    NoticeType.UN_SPECIAL: ("sanction", "person"),
    NoticeType.SILVER: ("person", "assets"),
}
"""Whom or what a notice of each colour is about."""
_BASIS: dict[NoticeType, tuple[str, ...]] = {
    NoticeType.RED: ("judicial", "extradition_sought", "text"),
    NoticeType.BLUE: ("seeks", "text"),
    NoticeType.GREEN: ("assessment", "text"),
    NoticeType.SILVER: ("judicial", "text"),
}
"""What the colour rests on; for all others, words alone. The reviewer says what is missing (``secretariat.review``)."""
_CIRCLE = ("circulation", "until", "public")
_BY_HAND = tuple(
    kind for kind in SENDABLE if CONTENTS[kind] in (Note, Diffusion) and not kind.startswith(("NOTICE_", "DIFFUSION_"))
)
_FIRST_OF_NEW = ("to", "kind", "purpose", "classification", "subject", "text")
_MORE_OF_NEW = ("urgency", "urgency_reason", "reply_within", "case", "tlp", "handling")
_NEW = (*_FIRST_OF_NEW, *_MORE_OF_NEW)
_TITLES = {"tlp": "TLP", "reply_within": "Answer within", "urgency_reason": "Reason of the urgency"}
_HELP = {
    "to": "Ids or groups with commas between, like BR, NO. A diffusion must name IPSG.",
    "kind": None,
    "purpose": None,
    "classification": None,
    "subject": None,
    "text": None,
    "urgency": None,
    "urgency_reason": "With an urgent message, and only then.",
    "reply_within": "Like 30m, 2h or 1d.",
    "case": None,
}
_MARKS = {
    "H0": "H0: may be used by law",
    "H1": "H1: not in court without consent",
    "H2": "H2: not to be passed on without consent",
    "H3": "H3: other limits, as written",
    "review-pending": "under review",
    "may-tell": "is a minor, or was asked and agrees: those who search may be told where",
    "place-withheld": "does not agree: the place is withheld",
}
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


SAYINGS = {
    Kind.HIT_CONFIRM: ("Confirmed: identical, and still valid", "Our data still stand. Please tell us what you do."),
    Kind.HIT_DENY: ("Not confirmed", "This is not whom or what we look for. Please do not act on our record."),
}
"""What is usually said with an answer of a kind."""


def lists(desk: Desk) -> Lists:
    """What a desk's fields can suggest: the directory is known to all."""
    known = [
        (id_, entry.name) for id_, entry in desk.directory.entries.items() if id_ not in (HUB, CONTROL, desk.party)
    ]
    return Lists(known, GROUPS)


def values_of(typed: Typed) -> dict[str, Any]:
    """What was typed, one value or several by name."""
    return {name: list(texts) if len(texts) > 1 else texts[-1] for name, texts in typed.items() if texts}


def new_fields(desk: Desk, typed: Typed) -> list[Field]:
    """A new message."""
    shape = Shape(only=_NEW, choices={"kind": [str(one) for one in _BY_HAND]})
    made = fields_of(Send, "", lists(desk), {"kind": str(Kind.INFO_REQUEST), **values_of(typed)}, shape)
    order = {name: place for place, name in enumerate(_NEW)}
    return sorted(map(_for_hands, made), key=lambda one: order[one.name])


def _for_hands(one: Field) -> Field:
    """A field of the engine's, in a trainee's words. What a choice always has is not called optional."""
    made = replace(
        one,
        required=one.name in ("to", "kind", "purpose", "subject"),
        title=_TITLES.get(one.name, one.title),
        help=_HELP.get(one.name, one.help),
    )
    if one.name == "handling":
        made = replace(made, choices=tuple((value, _MARKS.get(value, title)) for value, title in one.choices))
    return made


def more_of_new(fields: Sequence[Field]) -> tuple[list[Field], list[Field]]:
    """The fields that are always seen, and those that wait behind "More"."""
    return [one for one in fields if one.name in _FIRST_OF_NEW], [one for one in fields if one.name in _MORE_OF_NEW]


def new_message(desk: Desk, typed: Typed) -> dict[str, Any]:
    """What a new message's form says, as the verb ``send`` takes it."""
    value = read(typed, "", new_fields(desk, typed))
    return {name: one for name, one in value.items() if one not in ("", [])}


def received_as(desk: Desk, name: str) -> Received | None:
    """The opened message of this name on this desk."""
    one = _find(desk, name)
    return one if one is not None and one.status is Outcome.OPENED else None


def _find(desk: Desk, name: str) -> Received | None:
    return next((one for one in desk.received if one.header and logical_name(one.header.own_ref) == name), None)


def reply_kinds(desk: Desk, one: Received) -> tuple[Kind, ...]:
    """How a message can be answered by hand."""
    return tuple(kind for kind in words.replies(desk, one) if kind in SENDABLE)


def _reply(desk: Desk, one: Received, typed: Typed) -> list[Field]:
    assert one.header is not None, "only an opened message is answered"
    header = one.header
    kinds = reply_kinds(desk, one)
    subject = words.subject(one.content) or ""
    values = {
        "subject": f"Re: {subject.removeprefix('Re: ')}"[:400],
        "classification": str(header.classification),
        **values_of(typed),
    }
    classes = tuple((str(level), str(level)) for level in Classification)
    if Kind.LOCATED_NOTIFY in kinds:
        marks = ("", *(str(mark) for mark in (Handling.MAY_TELL, Handling.PLACE_WITHHELD)))
        found = [
            Field("place", "Place, if found", "text", values.get("place", "")),
            Field(
                "handling",
                "A missing person found",
                "choice",
                values.get("handling", ""),
                tuple((mark, _MARKS.get(mark, "is not what this is about")) for mark in marks),
            ),
        ]
    else:
        found = []
    return [
        Field(
            "kind",
            "Kind",
            "choice",
            values.get("kind", str(kinds[0])),
            tuple((str(k), headed(k)) for k in kinds),
            True,
        ),
        Field("classification", "Classification", "choice", values["classification"], classes, True),
        Field("subject", "Subject", "text", values["subject"], required=True),
        Field("text", "Text", "area", values.get("text", "")),
        *found,
    ]


def reply_fields(desk: Desk, one: Received, kept: object, template: str, kind: str) -> dict[str, Any]:
    """The form of an answer, with phrases. ``kind``: chosen already, with its own words."""
    assert one.header is not None, "only an opened message is answered"
    typed, errors = kept_form(kept)
    if kind in reply_kinds(desk, one) and not typed:
        subject, text = SAYINGS.get(Kind(kind), ("", ""))
        typed = {"kind": [kind], **({"subject": [subject], "text": [text]} if subject else {})}
    phrase = number_of(template)
    if phrase is not None and phrase < len(PHRASES) and not typed:
        _, subject, text = PHRASES[phrase]
        typed = {"subject": [subject], "text": [text]}
    return {
        "to": [f"{words.name_of(desk, party)} ({party})" for party in words.reply_to(desk, one.header, one.content)],
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
    place, mark = value.pop("place", ""), value.pop("handling", "")
    if value.get("kind") == Kind.LOCATED_NOTIFY:
        value |= ({"place": place} if place else {}) | ({"handling": [mark]} if mark else {})
    value |= {"to": list(words.reply_to(desk, header, one.content)), "purpose": str(header.purpose), "answers": name}
    if header.case_ref:
        value["case"] = header.case_ref
    kind = value.get("kind")
    if kind in list(Kind) and CONTENTS[Kind(kind)] is Confirmation and record:
        value["about"] = record
    quoted = [quote.plain() for quote in header.quoted]
    owner = getattr(one.content, "owner", None) or getattr(one.content, "requester", None)
    if not quoted and record and isinstance(owner, str):
        quoted = [{"owner": owner, "record": record}]
    if quoted:
        value["quotes"] = quoted
    return value


def receipt_message(desk: Desk, name: str) -> dict[str, Any] | None:
    """A word that a person has read a message, as the verb ``send`` takes it."""
    return _word(desk, name, Kind.ACK, "In hand", "A person has read this; an answer follows if one is due.")


def again_message(desk: Desk, name: str) -> dict[str, Any] | None:
    """The sender of a message that could not be read is asked to send it again."""
    text = f"{name} has reached us, and our keys do not open it. Please send it again, sealed to our newest key."
    return _word(desk, name, Kind.INFO_REQUEST, f"Please send {name} again", text)


def _word(desk: Desk, name: str, kind: Kind, subject: str, text: str) -> dict[str, Any] | None:
    one = _find(desk, name)
    if one is None or one.header is None:
        return None
    value = {"to": [one.header.sender], "kind": str(kind), "purpose": str(one.header.purpose), "answers": name}
    case = {"case": one.header.case_ref} if one.header.case_ref else {}
    return {**value, **case, "subject": subject, "text": text}


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
        value["quotes"] = [quote.plain() for quote in header.quoted]
    if header.handling:
        value["handling"] = [str(mark) for mark in header.handling]
    if header.case_ref:
        value["case"] = header.case_ref
    return value


# --- notices


def notice_fields(desk: Desk, typed: Typed, step: int) -> list[Field]:
    """The fields of one of the steps 1 to 3; of the last one, all of them."""
    values = values_of(typed)
    chosen = values.get("notice.type")
    colour = NoticeType(chosen) if chosen in list(NoticeType) else None
    only: Sequence[str]
    match step:
        case 1:
            only = _FIRST
        case 2 if colour is not None:
            only = (*_ABOUT[colour], *_CIRCLE)
        case 3 if colour is not None:
            only = _BASIS.get(colour, ("text",))
        case 2:
            only = tuple(name for name in Notice.model_fields if name not in (*_FIRST, *_THIRD, *_NEVER))
        case 3:
            only = _THIRD
        case _:
            only = tuple(name for name in Notice.model_fields if name not in _NEVER)
    found = [_plainly(one) for one in fields_of(Notice, "notice.", lists(desk), values, Shape(only=only))]
    if step in (1, 4):
        classes = tuple((str(level), str(level)) for level in Classification)
        level = values.get("classification", str(Classification.OFFICIAL_USE))
        found.append(Field("classification", "Classification", "choice", level, classes, True))
        found.append(Field("case", "Case reference", "text", values.get("case", "")))
    return found


def _plainly(one: Field) -> Field:
    """A field of a notice or a query, where the engine's own words are for authors of scenarios."""
    title = {"Lang": "Language", "Until": "Ends on", "Dna": "DNA", "Public": "Extract for the public"}.get(one.title)
    help_ = _LIKE.get(one.name.rpartition(".")[2], one.help)
    return replace(one, title=title or one.title, help=help_)


_LIKE = {
    "lang": "Of subject and text. Nothing chosen: English.",
    **seat_lists.HELP,
    "born": "A year, a month or a day: 1984, 1984-05, 1984-05-17.",
    "circulation": "Parties or groups it is meant for. Nothing chosen: all members.",
    "until": "A date, five years from now at most. Nothing chosen: five years.",
    "public": "",
}


def notice_request(desk: Desk, typed: Typed) -> dict[str, Any]:
    """A request for a notice as the verb ``send`` takes it."""
    fields = notice_fields(desk, typed, 4)
    value = seat_lists.listed(read(typed, "", fields))
    value.setdefault("notice", {})
    type_ = value["notice"].get("type")
    purpose = PURPOSE_OF.get(NoticeType(type_), Purpose.CASE) if type_ in list(NoticeType) else Purpose.CASE
    return {**value, "kind": "NOTICE_REQUEST", "purpose": str(purpose)}


def review(desk: Desk, typed: Typed) -> list[list[str]]:
    """What was filled in, to be looked at before it goes."""
    fields = notice_fields(desk, typed, 4)
    return [
        [one.name.removeprefix("notice.").replace(".", ", ").replace("_", " ").capitalize(), _said(one.value)]
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
    found += [_plainly(one) for one in fields_of(Query, "query.", lists(desk), values, Shape(only=only))]
    return found


def query_message(desk: Desk, typed: Typed) -> dict[str, Any]:
    """A question as the verb ``send`` takes it. Raises ``Wrong`` if it asks for nothing."""
    database = (typed.get("database") or [""])[-1]
    value = read(typed, "", [one for one in query_fields(desk, database, typed) if one.name != "database"])
    query = {name: one for name, one in seat_lists.listed(value.get("query", {})).items() if one is not False}
    if not query:
        raise Wrong([(("form", ""), "nothing to search for: fill in at least one field")])
    return {"kind": "DB_QUERY", "to": [SECRETARIAT], "query": {"database": database, **query}} | (
        {"purpose": value["purpose"]} if "purpose" in value else {}
    )


DATABASES = {str(one): words.database_name(one) for one in Database}
"""Database to its title."""


# --- restrictions


def bar_fields(desk: Desk, typed: Typed) -> list[Field]:
    """One more line of a restriction."""
    made = fields_of(Bar, "", lists(desk), values_of(typed))
    return [replace(one, title=one.title if one.name == "whom" else f"Only {one.title.lower()}") for one in made]


def bar_value(desk: Desk, typed: Typed) -> dict[str, Any]:
    """The line as the verb ``restrict`` takes it."""
    return read(typed, "", bar_fields(desk, typed))

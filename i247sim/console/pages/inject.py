"""Inject: every verb of the engine as a form made from its own model, with what the rules will say before it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from i247sim.console.asking import Lists
from i247sim.console.forms import Field, Shape, errors_by_field, fields_of, missing, read, with_errors
from i247sim.console.frames import letter
from i247sim.console.house import house_of, session_of
from i247sim.console.pages.drawers import drawer
from i247sim.console.pages.rows import foreseen
from i247sim.console.shell import act, at_of, instructors_page
from i247sim.exercise.acts import Theme
from i247sim.exercise.drafting import Wrong, make_step
from i247sim.exercise.expecting import ACCESS, ANSWERED, COUNTED, expecting
from i247sim.exercise.happenings import HAPPENINGS
from i247sim.exercise.injects import Inject, catalogue
from i247sim.exercise.picture import Picture
from i247sim.exercise.reasons import Foreseen, facts_of_draft, foresee, summary
from i247sim.exercise.scenario import GROUPS
from i247sim.exercise.sending import CONTENT_KEYS, SENDABLE, content_keys, prescribed
from i247sim.exercise.shelf import shipped, story
from i247sim.exercise.steps import Step, verbs
from i247sim.exercise.strict_yaml import read_yaml
from i247sim.secretariat.wording import named
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.kinds import CHANNEL_OF, SAYS, Kind, headed, in_words
from i247sim.vocabulary.messages import NoticeType
from i247sim.vocabulary.times import TICK

_MOST_MESSAGES = 60


async def show(request: Request) -> Response:
    """``GET /inject``."""
    house, session = house_of(request), session_of(request)
    picture = house.port.picture(session.who, at_of(request))
    params = request.query_params
    typed: Mapping[str, Sequence[str]] = {name: params.getlist(name) for name in params}
    kept = session.forms.pop("inject", None) if "x-refresh" not in request.headers else session.forms.get("inject")
    prediction, errors = None, dict[str, str]()
    if isinstance(kept, dict):
        typed, errors, prediction = kept["typed"], kept["errors"], kept["prediction"]
    context = view(picture, typed, errors, prediction)
    context |= searched(context["themes"], context["shelf"], params.get("q", "")[:200])
    return instructors_page(request, "inject", context, picture, drawer(request, picture))


def view(
    picture: Picture,
    typed: Mapping[str, Sequence[str]],
    errors: Mapping[str, str],
    prediction: dict[str, Any] | None,
) -> dict[str, Any]:
    """The page's context."""
    wanted = (typed.get("verb") or [""])[-1]
    verb = chosen(wanted)
    kind = kind_of(wanted, typed)
    asked = (typed.get("p.notice.type") or [""])[-1]
    fields = [] if verb is None else with_errors(verb_fields(verb, kind, picture, typed), errors)
    shown = {one.name for one in fields} | {one.name for one in when_fields(picture, typed)}
    shown |= {one.name for one in expect_fields(verb, picture, typed)}
    rest = {name: text for name, text in errors.items() if name not in shown}
    if rest:
        rest = {"": "; ".join(f"{name.removeprefix('p.')}: {text}" if name else text for name, text in rest.items())}
    return {
        "themes": _themes([*_messages(), *(_verb(one) for one in catalogue() if one.verb != "send")]),
        "q": "",
        "verb": None if verb is None else (_message(verb, kind) if kind else _verb(verb)),
        "current": None if verb is None else (_message(verb, kind, asked) if kind else _verb(verb))["href"],
        "fields": [one.plain() for one in fields],
        "when": {
            "fields": [
                one.plain()
                for one in with_errors(when_fields(picture, typed), errors)
                if one.name != "ends" or (verb is not None and verb.inverse)
            ]
        },
        "expect": {"fields": [one.plain() for one in with_errors(expect_fields(verb, picture, typed), errors)]},
        "prediction": prediction,
        "shelf": shelf(picture),
        "errors": rest,
    }


_OF_KIND = {"NOTICE": "notices", "DIFFUSION": "diffusions", "DB": "databases"}
_THEMES = ("messages", *_OF_KIND.values(), *Theme)
"""In the order in which an instructor is likely to want them."""


def _themes(verbs_: Sequence[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """What can be injected, by theme."""
    return [(theme, [one for one in verbs_ if one["theme"] == theme]) for theme in _THEMES]


def searched(
    themes: Sequence[tuple[str, list[dict[str, Any]]]], shelf: Sequence[dict[str, Any]], wanted: str
) -> dict[str, Any]:
    """Of both lists what has all the words of ``wanted`` in its name or its sentence."""
    words = wanted.casefold().split()

    def keeps(one: Mapping[str, Any]) -> bool:
        text = " ".join(str(one.get(key) or "") for key in ("verb", "name", "title", "says", "teaches")).casefold()
        return all(word in text for word in words)

    found = [(theme, [one for one in verbs_ if keeps(one)]) for theme, verbs_ in themes]
    return {"q": wanted, "themes": [pair for pair in found if pair[1]], "shelf": [one for one in shelf if keeps(one)]}


def _verb(one: Inject) -> dict[str, Any]:
    return {
        "verb": one.verb,
        "title": one.title,
        "theme": str(one.theme),
        "says": one.does,
        "teaches": one.teaches,
        "detector": one.detector,
        "inverse": one.inverse,
        "adversary": one.adversary,
        "href": f"/inject?verb={one.verb}",
    }


def chosen(wanted: str) -> Inject | None:
    """The verb that a form is for: ``cut``, or ``send:INFO_REQUEST`` for one kind of message."""
    name = wanted.partition(":")[0]
    return next((one for one in catalogue() if one.verb == name), None)


def kind_of(wanted: str, typed: Mapping[str, Sequence[str]]) -> Kind | None:
    """The kind of message that a form is for; ``None`` for other verbs."""
    name, _, kind = wanted.partition(":")
    if name != "send":
        return None
    kind = kind or (typed.get("p.kind") or [""])[-1]
    return Kind(kind) if kind in SENDABLE else Kind.INFO_REQUEST


def _message(send: Inject, kind: Kind, notice: str = "") -> dict[str, Any]:
    """A kind of message; a request for a notice with the colour of that ``notice``."""
    colour = NoticeType(notice) if kind is Kind.NOTICE_REQUEST and notice in list(NoticeType) else None
    name, purpose = ("", "") if colour is None else named(colour)
    theme = next((theme for start, theme in _OF_KIND.items() if kind.startswith(start)), "messages")
    return {
        **_verb(send),
        "verb": f"send:{kind}",
        "title": f"{name}: request" if name else headed(kind),
        "theme": theme,
        "says": purpose or SAYS[kind],
        "teaches": SAYS[kind],
        "letter": letter(kind, CHANNEL_OF[kind][0], colour),
        "notice": str(colour or ""),
        "channel": str(CHANNEL_OF[kind][0]),
        "href": f"/inject?verb=send:{kind}" + (f"&p.notice.type={colour}" if colour else ""),
    }


def _messages() -> list[dict[str, Any]]:
    """One entry for each kind of message that can be sent, and one for each colour that can be asked for."""
    send = next(one for one in catalogue() if one.verb == "send")
    found = []
    for kind in SENDABLE:
        colours = list(NoticeType) if kind is Kind.NOTICE_REQUEST else [""]
        found += [_message(send, kind, colour) for colour in colours]
    return found


def lists(picture: Picture) -> Lists:
    """What fields can suggest here."""
    parties = picture.known
    labels = {step.label for step in picture.scenario.timeline}
    messages = [
        (
            label if (label := one.facts.get("label")) in labels and label else one.name,
            f"{one.name} {one.facts['kind']} from {one.party}",
        )
        for one in list(picture.sent)[::-1][:_MOST_MESSAGES]
    ]
    return Lists([(id_, parties[id_].name) for id_ in picture.parties()], GROUPS, messages)


def verb_fields(verb: Inject, kind: Kind | None, picture: Picture, typed: Mapping[str, Sequence[str]]) -> list[Field]:
    """The form of one verb; of a message, with the keys that go with its ``kind``."""
    values = {name: list(texts) if len(texts) > 1 else texts[-1] for name, texts in typed.items() if texts}
    without: Sequence[str] = ()
    if kind is not None:
        without = ("kind", *(key for key in CONTENT_KEYS if key not in content_keys(kind)))
        if not str(kind).startswith("NOTICE_"):
            without = (*without, "notice_ref")
    made = fields_of(verbs()[verb.verb], "p.", lists(picture), values, Shape(without=without))
    if kind is None:
        return made
    needed = (content_keys(kind)[0], *(() if prescribed(kind) else ("to",)))
    return [replace(one, required=one.required or one.name.removeprefix("p.") in needed) for one in made]


def when_fields(picture: Picture, typed: Mapping[str, Sequence[str]]) -> list[Field]:
    """When it happens: now, at a time, or after something; and when it ends by itself."""

    def value(name: str, default: str = "") -> str:
        return (typed.get(name) or [default])[-1]

    known = lists(picture)
    return [
        Field(
            "when",
            "When",
            "choice",
            value("when", "now"),
            (("now", "now"), ("at", "at a time"), ("after", "after something has happened")),
            True,
        ),
        Field("at", "At", "text", value("at"), help="On the exercise clock, like T+2h30m."),
        Field(
            "after.what", "After a message was", "choice", value("after.what"), tuple((one, one) for one in HAPPENINGS)
        ),
        Field("after.message", "Which message", "message", value("after.message"), tuple(known.messages)),
        Field("after.party", "By or to", "party", value("after.party"), tuple(known.parties)),
        Field("after.wait", "And then", "duration", value("after.wait")),
        Field(
            "ends", "Ends", "text", value("ends"), help="For faults: a time like T+2h, or how long it lasts, like 20m."
        ),
    ]


def expect_fields(verb: Inject | None, picture: Picture, typed: Mapping[str, Sequence[str]]) -> list[Field]:
    """What should be seen of it, by when: left empty, nothing is expected."""

    def value(name: str) -> str:
        return (typed.get(f"expect.{name}") or [""])[-1]

    known, sends = lists(picture), verb is not None and verb.verb == "send"
    whats = [(name, f"the message {words[0]}") for name, words in ACCESS.items()]
    whats += [(ANSWERED, "the message is answered by"), (COUNTED, "messages are sent, by anybody or by")]
    kinds = tuple((str(kind), in_words(kind)) for kind in Kind)
    codes = tuple((str(code), str(code)) for code in Code)
    which = "Empty: the one that is sent here." if sends else "Which message is meant."
    made = (
        Field("what", "What should be seen", "choice", choices=(("", "nothing in particular"), *whats)),
        Field("party", "Who", "party", choices=tuple(known.parties)),
        Field("message", "Message", "message", choices=tuple(known.messages), help=which),
        Field("kind", "Of which kind", "choice", choices=kinds, help="For answers and for numbers of messages."),
        Field("number", "How many at least", "number", help="For numbers of messages; empty: one."),
        Field(
            "code", "With which reason", "choice", choices=codes, help="For what is refused or locked; may be empty."
        ),
        Field("by", "By when", "text", help="A time like T+2h, or how long after the inject, like 30m."),
        Field(
            "says", "In a sentence", "text", help="As the timeline and the report show it; empty: made from the above."
        ),
    )
    return [replace(one, name=f"expect.{one.name}", value=value(one.name)) for one in made]


def shelf(picture: Picture) -> list[dict[str, Any]]:
    """Injects that stand ready: the scenario's own, then those of the package that it has bureaus enough for."""
    own = picture.scenario.shelf
    bureaus = len(picture.scenario.participants.bureaus)
    packaged = {name: story(name) for name in shipped() if name not in own}
    ready = own | {name: its.shelf[name] for name, its in packaged.items() if len(its.participants.bureaus) <= bureaus}
    return [
        {
            "name": name,
            "title": one.title,
            "teaches": one.teaches,
            "expected": one.expected,
            "act": act("shelf", "Take from the shelf", {"name": name}),
        }
        for name, one in ready.items()
    ]


def order_of(picture: Picture, typed: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What was typed as the arguments of the command ``inject``. Raises ``InputError``."""
    wanted = (typed.get("verb") or [""])[-1]
    verb = chosen(wanted)
    if verb is None:
        raise InputError(f"`{wanted:.40}` is no verb")
    kind = kind_of(wanted, typed)
    fields = verb_fields(verb, kind, picture, typed)
    value = read(typed, "p.", fields)
    if kind is not None:
        value["kind"] = str(kind)
    require(fields, typed)
    for one in fields:
        if one.type == "yaml":
            _parse_yaml(one, value)

    def said(name: str) -> str:
        return (typed.get(name) or [""])[-1].strip()

    order: dict[str, Any] = {"step": {verb.verb: value}, "when": said("when") or "now"}
    if order["when"] == "at":
        order["at"] = said("at")
    elif order["when"] == "after":
        what = {"message": said("after.message")}
        if said("after.what") != "sent":
            what["party"] = said("after.party")
        order["after"] = {said("after.what") or "sent": what}
        if said("after.wait"):
            order["after"]["wait"] = said("after.wait")
    if said("ends"):
        order["ends"] = said("ends")
    if said("expect.what"):
        known = expect_fields(verb, picture, typed)
        order["expect"] = read(typed, "expect.", known)
    return order


def require(fields: Sequence[Field], typed: Mapping[str, Sequence[str]]) -> None:
    """Raise ``Wrong`` that names every field that must be filled in and is not."""
    empty = missing(fields, typed)
    if empty:
        raise Wrong([(("form", name), "this is needed") for name in empty])


def _parse_yaml(one: Field, value: dict[str, Any]) -> None:
    *way, last = one.name.removeprefix("p.").split(".")
    place: Any = value
    for name in way:
        place = place.get(name, {})
    if isinstance(place.get(last), str):
        try:
            place[last] = read_yaml(place[last])
        except InputError as error:
            raise Wrong([((*one.name.removeprefix("p.").split("."),), str(error))]) from error


def errors_of(error: InputError, verb: str) -> dict[str, str]:
    """A mistake by field."""
    if not isinstance(error, Wrong):
        return {"": str(error)}
    found = {}
    verb = verb.partition(":")[0]
    for place, text in error.errors:
        words = [part for part in place if not isinstance(part, int)]
        if words[:1] == ["form"]:
            found[str(words[1])] = text
        elif words[:1] == [verb]:
            found.update(errors_by_field([(tuple(words[1:]), text)], "p."))
        elif words[:1] == ["expect"]:
            found[_EXPECTED.get(str(words[-1]), f"expect.{words[-1]}")] = text
        elif words[:1] == ["after"]:
            found[f"after.{_waited_for(words[1:])}"] = text
        else:
            found[".".join(map(str, words))] = text
    return found


def _waited_for(way: Sequence[object]) -> str:
    """The form's name for what stands at ``way`` below ``after``."""
    if not way:
        return "what"
    return "message" if len(way) == 1 and way[0] in ("sent", "opened", "refused") else str(way[-1])


_EXPECTED = {
    "from": "expect.party",
    "is": "expect.what",
    "within": "expect.by",
    "at_least": "expect.number",
    "expect": "expect.what",
    **dict.fromkeys(("access", "answer", "count"), "expect.what"),
}
"""Keys of a claim that the form calls otherwise."""


def check_expectation(picture: Picture, order: Mapping[str, Any]) -> None:
    """Raise ``Wrong`` if what is expected of the inject cannot be."""
    if "expect" in order:
        at = picture.offset + TICK if order["when"] == "now" else None
        value = {**order["step"], **expecting(order["expect"], order["step"], at, "this-one")}
        make_step(value, picture.scenario, picture.offset + TICK)


def predicted(picture: Picture, order: Mapping[str, Any]) -> tuple[Step, list[Foreseen]]:
    """The step, and for a message what would become of it at each addressee by the rules of this moment.

    Raises ``InputError``.
    """
    step = make_step(order["step"], picture.scenario, picture.offset + TICK)
    if step.send is None:
        return step, []
    draft = picture.scenario.draft(step.send)
    facts = facts_of_draft(step.send.sender, draft, picture.seen.state, picture.now)
    return step, foresee(picture.rulebook, picture.seen.state.world, facts, picture.wires)


def prediction(picture: Picture, order: Mapping[str, Any]) -> dict[str, Any]:
    """A line that says what will happen. Raises ``InputError``."""
    step, lines = predicted(picture, order)
    sender = picture.wires.get(step.actor)
    if step.send is None:
        text = _does(step)
    else:
        text = summary(lines)
        if sender is not None and sender.state not in ("up", "slow"):
            text += f"; it leaves {step.actor} only when its link is whole"
    return {"text": text, "lines": [foreseen(picture, one) for one in lines]}


def _does(step: Step) -> str:
    verb = next(one for one in catalogue() if getattr(step, one.verb, None) is not None)
    undone = f" Undone by `{verb.inverse}`." if verb.inverse else f" Nothing undoes it: {verb.stays_because}."
    return f"{verb.does}{undone}"

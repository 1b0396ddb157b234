"""What a desk shows, in words: messages, envelopes, receipts. From what this party has, and nothing else. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from i247sim.console.frames import clock, key_of, letter
from i247sim.exercise.picture import Desk, Received, Told, Written
from i247sim.exercise.transcript import logical_name
from i247sim.policy.explain import GENERAL
from i247sim.vocabulary.contents import Escalation, FileDecision, NoticePublication, NoticeVerdict, RefugeeStatus
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Channel, Kind, headed
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Database, Header
from i247sim.vocabulary.parties import REVIEWER, SECRETARIAT
from i247sim.vocabulary.queries import HitReport, Query, QueryResult, RecordEntry
from i247sim.vocabulary.record_ids import PREFIX_OF

_SIGNS = {
    Outcome.OPENED: ("read", "can read it"),
    Outcome.DELIVERED: ("read", "has it"),
    Outcome.QUEUED: ("queued", "accepted, on its way"),
    Outcome.HELD: ("held", "held for release"),
    Outcome.REFUSED: ("refused", "refused"),
    Outcome.WITHHELD: ("lost", "withheld"),
    Outcome.EXPIRED: ("lost", "its life was over"),
    Outcome.REJECTED: ("locked", "could not open it"),
}
_LOCKED = {
    Code.KEY: "It was sealed to a key that this bureau no longer has, or that is not its own.",
    Code.SIGN: "Its signature does not hold: nobody can say who wrote it.",
    Code.TIME: "Its life was over when it came.",
    Code.REVIEW: "It rests on no decision of the reviewer that could be checked.",
}
_DATABASES = {
    Database.NOMINAL: "Persons (Nominal)",
    Database.SLTD: "Travel documents (SLTD)",
    Database.SAD: "Other papers (SAD)",
    Database.TDAWN: "Documents of persons in notices (TDAWN)",
    Database.SMV: "Vehicles (SMV)",
    Database.ART: "Works of art",
    Database.DNA: "DNA",
    Database.BORDER: "Border: all at once",
}
"""The others are called by what they hold."""
_HIDDEN = ("exercise", "subject", "text", "fill")


def name_of(desk: Desk, party: str) -> str:
    """A party's name, as the directory has it."""
    entry = desk.directory.entries.get(party)
    return entry.name if entry else party


def database_name(database: Database) -> str:
    """A database as a heading: what it holds, and what it is called: ``Travel documents (SLTD)``."""
    return _DATABASES.get(database) or database.capitalize()


def spaced(word: str) -> str:
    """``very-urgent`` as words."""
    return word.replace("-", " ")


def head(desk: Desk, header: Header, time: datetime) -> dict[str, Any]:
    """What every line about a message shows."""
    notice = str(header.notice.type) if header.notice else None
    return {
        "key": key_of(logical_name(header.own_ref)),
        "name": logical_name(header.own_ref),
        "from": header.sender,
        "from_name": name_of(desk, header.sender),
        "kind": str(header.kind),
        "kind_text": headed(header.kind),
        "letter": letter(header.kind, header.channel, notice),
        "notice": notice,
        "channel": str(header.channel),
        "at": clock(time - desk.scenario.start),
    }


def subject(content: Content | None) -> str | None:
    """The line that names a content."""
    match content:
        case None:
            return None
        case NoticePublication():
            return f"{content.id}: {content.notice.subject}"
        case NoticeVerdict():
            refused = f"refused{' with ' + str(content.code) if content.code else ''}"
            said = "to be published" if content.publish else refused
            return f"Your request {logical_name(content.request)} is {said}"
        case HitReport():
            return f"A hit on record {content.record} of {content.owner}"
        case QueryResult():
            return f"Answer: {str(content.finding).replace('_', ' ').lower()}"
        case Query():
            return f"{'Look up' if content.record else 'Search'} in {database_name(content.database)}"
        case RecordEntry():
            what = content.record or "a record"
            return f"{str(content.operation).capitalize()} {what} in {database_name(content.database)}"
        case RefugeeStatus():
            return "Somebody is protected" if content.granted else "Somebody is no longer protected"
        case FileDecision():
            return f"Decision on {logical_name(content.request)}: {spaced(content.finding)}"
        case Escalation():
            return f"{content.silent} does not answer"
        case _:
            found = getattr(content, "subject", None)
            assert isinstance(found, str), "every other content has a subject"
            return found


def text_of(content: Content | None) -> str:
    """The running text of a content; empty if it has none."""
    match content:
        case NoticePublication():
            return content.notice.text
        case _:
            found = getattr(content, "text", "")
            return found if isinstance(found, str) else ""


_FOLDED = {"Wordings ar": "In Arabic", "Wordings es": "In Spanish", "Wordings fr": "In French"}
_TITLES = {**_FOLDED, "Wordings en": "What this colour means", "Judicial": "Judicial data"}
_NAMES = {"dna": "DNA", "id": "Number", "vin": "VIN", "imo": "IMO", "max_penalty_months": "Maximum penalty, months"}


@dataclass(frozen=True)
class Section:
    """Facts of a content that belong together."""

    title: str
    """Empty for what stands at its head."""
    facts: list[list[str]]
    """(Name, value)."""
    folded: bool = False
    """Whether it is opened on demand: the same in other languages."""


def sections(content: Content | None) -> list[Section]:
    """Everything that a content says besides its subject and text, part by part."""
    if content is None:
        return []
    parts: dict[str, list[list[str]]] = {"": []}
    for way, value in _flat(content.plain(), ()):
        *part, name = way
        title = " ".join(one for one in part if one != "notice").replace("_", " ").capitalize()
        parts.setdefault(title, []).append([_NAMES.get(name, name.replace("_", " ").capitalize()), value])
    made = [Section(_TITLES.get(title, title), facts, title in _FOLDED) for title, facts in parts.items() if facts]
    return sorted(made, key=lambda one: one.folded)


def details(content: Content | None) -> list[list[str]]:
    """The same as one list, each name with the way to it."""
    return [[" ".join(way).replace("_", " "), value] for way, value in _flat(content.plain(), ())] if content else []


def _flat(value: Any, way: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    if way and way[-1] in _HIDDEN:
        return []
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in _flat(one, (*way, key))]
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        several = len(value) > 1
        return [
            pair
            for number, one in enumerate(value, 1)
            for pair in _flat(one, (*way[:-1], f"{way[-1]} {number}" if several else way[-1]))
        ]
    if isinstance(value, list):
        return [(way, ", ".join(map(str, value)))] if value else []
    if isinstance(value, bool):
        return [(way, "yes" if value else "no")]
    return [(way, str(value))] if value != "" else []


def envelope(desk: Desk, header: Header, opened: bool) -> list[str]:
    """The envelope in sentences."""
    start = desk.scenario.start
    words = [f"From {name_of(desk, header.sender)} ({header.sender}), written at {clock(header.created - start)}."]
    if header.on_behalf_of:
        words.append(f"On behalf of {name_of(desk, header.on_behalf_of)} ({header.on_behalf_of}).")
    if header.audience:
        words.append("To all members that may have it.")
    elif header.to:
        words.append(f"To {', '.join(one.party for one in header.to)}.")
    if opened and header.sender != desk.party:
        key = next((one.key for one in header.to or () if one.party == desk.party), None)
        sealed = f", sealed to this bureau's key {key}" if key else ", sealed to this bureau"
        words.append(f"The signature of {name_of(desk, header.sender)} is valid{sealed}.")
    if header.urgency_reason:
        words.append(f"{spaced(header.urgency).capitalize()}: {spaced(header.urgency_reason)}.")
    if header.reply_by:
        words.append(f"An answer is wanted by {clock(header.reply_by - start)}.")
    return words


def locked_why(one: Received) -> str:
    """Why a message cannot be read, as far as this desk may know."""
    return _LOCKED.get(one.code or Code.FORMAT, "What came does not have the form that a message must have.")


def receipt_lines(desk: Desk, one: Written) -> list[dict[str, str]]:
    """What the sender was told of each addressee, the newest word for each."""
    if one.code is not None:
        return [{"party": "", "sign": "refused", "text": f"refused{because(one.code)}"}]
    newest: dict[str, Told] = {line.party: line for line in one.told}
    if not newest and not one.receipted:
        return [{"party": "", "sign": "queued", "text": waiting(desk)}]
    found = []
    for line in newest.values():
        sign, text = _SIGNS[line.outcome]
        at = clock(line.time - desk.scenario.start)
        code = f" ({line.code})" if line.code else ""
        why = (line.code is Code.ADDR and _left_out(one)) or (line.code and GENERAL.get(line.code)) or ""
        found.append({"party": line.party, "sign": sign, "text": f"{text}{code}, {at}", "why": why})
    return found


def _left_out(one: Written) -> str:
    """Whom the rules prescribe and its writer has left out: by that alone it goes to nobody, whoever else was named."""
    header = one.header
    if header is None:
        return ""
    named = {to.party for to in header.to or ()}
    if header.channel in (Channel.DIFFUSION, Channel.QUERY, Channel.RECORD) and SECRETARIAT not in named:
        return (
            f"{SECRETARIAT} is not named: diffusions, queries and records go to the secretariat too, which checks them"
        )
    if header.kind is Kind.NOTICE_REQUEST and not {SECRETARIAT, REVIEWER} <= named:
        return f"a request for a notice names {SECRETARIAT} and {REVIEWER}, and here one of them is not named"
    return ""


def waiting(desk: Desk) -> str:
    """What is said of something that the hub has not receipted."""
    return "on its way" if desk.wire.looks_up else "waits for the link"


def because(code: Code) -> str:
    """A code and, where there is one, the sentence that says it to anybody."""
    return f" ({code})" + (f": {GENERAL[code]}" if code in GENERAL else "")


def answered(desk: Desk) -> frozenset[str]:
    """References of the messages that this desk has answered."""
    return frozenset(one.sent.facts["answers"] for one in desk.written if "answers" in one.sent.facts)


def thread(desk: Desk, reference: str) -> list[dict[str, Any]]:
    """The messages that answer each other around one, oldest first; only those that lie on this desk."""
    links: dict[str, set[str]] = {}
    known: dict[str, dict[str, Any]] = {}
    for one in desk.received:
        if one.header is not None and one.status is Outcome.OPENED:
            known[one.header.own_ref] = _threaded(desk, one.header, one.time, one.content, False)
            _join(links, one.header.own_ref, one.header.your_ref)
    for sent in desk.written:
        if sent.header is not None:
            known[sent.header.own_ref] = _threaded(desk, sent.header, sent.header.created, sent.content, True)
            _join(links, sent.header.own_ref, sent.header.your_ref)
    found, todo = {reference}, [reference]
    while todo:
        for other in links.get(todo.pop(), ()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return sorted((known[one] for one in found if one in known), key=lambda one: one["time"])


def _join(links: dict[str, set[str]], first: str, second: str | None) -> None:
    if second:
        links.setdefault(first, set()).add(second)
        links.setdefault(second, set()).add(first)


def _threaded(desk: Desk, header: Header, time: datetime, content: Content | None, mine: bool) -> dict[str, Any]:
    name = logical_name(header.own_ref)
    at = clock(time - desk.scenario.start)
    return {"key": key_of(name), "name": name, "mine": mine, "at": at, "subject": subject(content), "time": time}


REPLIES: dict[Kind, tuple[Kind, ...]] = {
    Kind.INFO_REQUEST: (Kind.INFO_REPLY,),
    Kind.INFO_REPLY: (Kind.INFO_REQUEST,),
    Kind.HIT_NOTICE: (Kind.HIT_CONFIRM_REQUEST,),
    Kind.HIT_CONFIRM_REQUEST: (Kind.HIT_CONFIRM, Kind.HIT_DENY),
    Kind.HIT_CONFIRM: (Kind.ARREST_NOTIFY, Kind.LOCATED_NOTIFY, Kind.INFO_REPLY),
    Kind.ARREST_NOTIFY: (Kind.DOC_TRANSFER, Kind.INFO_REPLY),
    Kind.LOCATED_NOTIFY: (Kind.INFO_REPLY,),
    Kind.DOC_TRANSFER: (Kind.INFO_REPLY,),
    Kind.CONSENT_REQUEST: (Kind.CONSENT_REPLY,),
    Kind.DIFFUSION: (Kind.INFO_REPLY, Kind.INFO_REQUEST),
    Kind.NOTICE_PUBLISHED: (Kind.INFO_REQUEST,),
    Kind.COMPLIANCE_QUERY: (Kind.COMPLIANCE_REPLY,),
    Kind.REMINDER: (Kind.INFO_REPLY,),
    Kind.THREAT_ALERT: (Kind.ACK, Kind.INFO_REPLY),
}
"""How a message of a kind is answered by hand."""


def replies(desk: Desk, one: Received) -> tuple[Kind, ...]:
    """How a message can be answered by hand."""
    assert one.header is not None, "only an opened message is answered"
    if isinstance(one.content, HitReport) and one.content.owner == desk.party:
        return (Kind.HIT_CONFIRM, Kind.HIT_DENY, Kind.INFO_REQUEST)
    return REPLIES.get(one.header.kind, (Kind.INFO_REPLY,))


def reply_to(desk: Desk, header: Header, content: Content | None) -> tuple[str, ...]:
    """To whom an answer goes: to the sender, or, about a hit or a notice, to the owner, who writes to the querier."""
    owner = getattr(content, "owner", None) or getattr(content, "requester", None)
    if header.sender not in (SECRETARIAT, REVIEWER) or not isinstance(owner, str):
        return (header.sender,)
    querier = getattr(content, "querier", None)
    if owner != desk.party:
        return (owner,)
    return (querier,) if isinstance(querier, str) else (header.sender,)


def record_of(content: Content | None) -> str | None:
    """The record that a content is about."""
    found = getattr(content, "record", None)
    return found if isinstance(found, str) else None


def asks(content: Content | None) -> tuple[str, dict[str, str]] | None:
    """What a database can be asked with the data of a message: the database, and its form's fields."""
    if content is None:
        return None
    found = content.plain()
    found = found.get("notice", found)
    person, entry = found.get("person"), found.get("document")
    if isinstance(person, dict) and person.get("family_name"):
        names = ("family_name", "forename", "born", "sex")
        return str(Database.NOMINAL), {f"query.{name}": str(person[name]) for name in names if name in person}
    if isinstance(entry, dict):
        paper = entry.get("document", entry)
        return str(Database.SLTD), {f"query.document.{name}": str(paper[name]) for name in paper}
    record = record_of(content)
    database = next((one for one, prefix in PREFIX_OF.items() if record and record.startswith(f"{prefix}-")), None)
    return None if database is None or record is None else (str(database), {"query.record": record})


def key(one: Received) -> str:
    """A message of the inbox as it stands in addresses and forms."""
    return key_of(logical_name(one.header.own_ref)) if one.header else f"locked.{one.id[:12]}"


def by_key(desk: Desk, wanted: str) -> Received | None:
    """The message of the inbox that is called ``wanted`` in addresses and forms; of several, the newest."""
    return next((one for one in newest(desk.received) if key(one) == wanted), None)


def newest(rows: Sequence[Any]) -> list[Any]:
    """The other way round."""
    return list(rows)[::-1]

"""Messages as rows: what lists, feeds and drawers of several pages share. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from i247sim.console.frames import key_of, msg, name_of, worst
from i247sim.console.shell import name_of_party
from i247sim.exercise.observe import Sent
from i247sim.exercise.picture import Picture
from i247sim.exercise.reasons import Foreseen
from i247sim.exercise.seen import WORDS


def identity(sent: Sent) -> str:
    """What the fold calls a message: its id, or its name if it never left."""
    return sent.id or sent.name


def signs(picture: Picture, sent: Sent) -> list[str]:
    """Where each addressee stands, in the order of the addressees."""
    standing = picture.seen.standing
    found = []
    for party in sent.facts["to"]:
        sign, _ = standing.get((identity(sent), party), (None, None))
        found.append(WORDS[sign] if sign is not None else "none")
    return found


def code(picture: Picture, sent: Sent, sign: str) -> str | None:
    """The code of the first addressee that stands at ``sign``."""
    standing = picture.seen.standing
    for party in sent.facts["to"]:
        found, reason = standing.get((identity(sent), party), (None, None))
        if found is not None and WORDS[found] == sign and reason is not None:
            return str(reason)
    return None


def message(picture: Picture, sent: Sent) -> dict[str, Any]:
    """One message as in a feed (contract: ``msg``)."""
    sign = worst(signs(picture, sent))
    return msg(sent, picture.seen.logged.get(sent.id or ""), picture.start, sign, code(picture, sent, sign))


def listed(picture: Picture, sent: Sent, href: str, current: bool, held_back: frozenset[str]) -> dict[str, Any]:
    """One message as in the list of messages. ``held_back``: see ``Picture.held_back``."""
    found = signs(picture, sent)
    return {
        **message(picture, sent),
        "label": sent.facts.get("label"),
        "date": sent.facts["time"],
        "signs": [{"sign": sign, "n": number} for sign, number in Counter(found).items()],
        "held": "held" in found,
        "held_back": sent.facts.get("label") in held_back,
        "alarm": False,
        "href": href,
        "current": current,
    }


def foreseen(picture: Picture, one: Foreseen) -> dict[str, Any]:
    """What would become of a message at one addressee."""
    return {
        "party": one.party,
        "name": name_of_party(picture, one.party),
        "sign": WORDS[one.sign],
        "code": str(one.code) if one.code else None,
    }


def newest_first(sent: Iterable[Sent]) -> list[Sent]:
    """Messages, the newest first."""
    return list(sent)[::-1]


def by_key(picture: Picture, key: str) -> Sent | None:
    """The message of a key like ``FR.1``."""
    name = name_of(key)
    return next((one for one in picture.sent if one.name == name), None)


def link(sent: Sent) -> str:
    """Where a message is shown."""
    return f"?open=message:{key_of(sent.name)}"


def named(picture: Picture, references: Sequence[str]) -> list[dict[str, str]]:
    """Keys and names of messages by their logical names."""
    known = {one.name for one in picture.sent}
    return [{"key": key_of(name), "name": name} for name in references if name in known]

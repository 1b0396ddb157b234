"""Topic names, built, parsed and compared in one place.

Two topics per party and nothing else: ``i247/<run>/out/<party>`` (party to hub) and
``i247/<run>/in/<party>`` (hub to party). The wildcards are those of MQTT 3.1.1, section 4.7.
"""

import re
from typing import Literal, NamedTuple

from i247sim.transport.port import Rights
from i247sim.vocabulary.errors import FormatError
from i247sim.vocabulary.parties import HUB, is_party_id

Direction = Literal["out", "in"]

_TOPIC = re.compile(r"i247/([0-9a-f]{12})/(out|in)/([A-Za-z0-9-]+)")


class Address(NamedTuple):
    """What a topic says."""

    run: str
    direction: Direction
    party: str


def out_topic(run: str, party: str) -> str:
    """Where ``party`` publishes and the hub listens."""
    return _topic(run, "out", party)


def in_topic(run: str, party: str) -> str:
    """Where the hub publishes and ``party`` listens."""
    return _topic(run, "in", party)


def every_out(run: str) -> str:
    """The hub's only subscription."""
    return f"i247/{run}/out/+"


def parse(topic: str) -> Address:
    """The inverse of ``out_topic`` and ``in_topic``; ``FormatError`` for everything else."""
    match = _TOPIC.fullmatch(topic)
    if match is None or not is_party_id(match[3]):
        raise FormatError(f"`{topic:.80}` is not a topic like `i247/<run>/out/<party>`")
    return Address(match[1], "out" if match[2] == "out" else "in", match[3])


def rights_for(party: str, run: str) -> Rights:
    """A party writes to its own ``out`` and reads its own ``in``; the hub is the mirror image."""
    if party == HUB:
        return Rights(publish=(f"i247/{run}/in/+",), subscribe=(every_out(run),))
    return Rights(publish=(out_topic(run, party),), subscribe=(in_topic(run, party),))


def standing_rights(party: str) -> Rights:
    """The same rights in whichever run, for a broker that is configured before there is one.

    A run's id is 48 fresh random bits, and everything signed names it; so an open run adds nothing to what a party
    can do but to write to, and read, its own topics of other runs over the same broker.
    """
    if party == HUB:
        return Rights(publish=("i247/+/in/+",), subscribe=("i247/+/out/+",))
    return Rights(publish=(f"i247/+/out/{party}",), subscribe=(f"i247/+/in/{party}",))


def covers(pattern: str, wanted: str) -> bool:
    """Whether every topic that ``wanted`` matches is matched by ``pattern`` too.

    With a plain topic as ``wanted`` this is the ordinary match. ``wanted`` may itself hold wildcards:
    a party with a right to ``a/+`` may subscribe to ``a/b`` and ``a/+``, not to ``a/#`` or ``#``.
    """
    if wanted.startswith("$") and pattern[:1] in ("+", "#"):
        return False  # MQTT 3.1.1, 4.7.2: a leading wildcard does not match `$SYS` and its kind
    allowed, asked = pattern.split("/"), wanted.split("/")
    for place, level in enumerate(allowed):
        if level == "#":
            return True  # also the parent level itself (4.7.1.2)
        if place >= len(asked):
            return False
        other = asked[place]
        if other == "#" or level not in ("+", other):
            return False
    return len(allowed) == len(asked)


def is_filter(topic: str) -> bool:
    """Whether ``topic`` is a well-formed subscription (4.7.1): wildcards fill whole levels, ``#`` comes last."""
    levels = topic.split("/")
    return (
        topic != ""
        and all(level in ("+", "#") or not ("+" in level or "#" in level) for level in levels)
        and "#" not in levels[:-1]
    )


def _topic(run: str, direction: Direction, party: str) -> str:
    topic = f"i247/{run}/{direction}/{party}"
    parse(topic)
    return topic

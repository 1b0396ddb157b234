"""What was broken on purpose, since when and until when: read off exercise control's notes in the journal. Pure.

While an exercise runs, ``broken.Broken`` knows it as well, from the verbs themselves; a finished run has the journal
alone, and an exercise under way is shown by the same words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from i247sim.vocabulary.times import from_text

_LINE: Final = ("cut", "slow", "hold", "partition")
_PACKETS: Final = ("lose", "duplicate", "reorder", "delay")
_MACHINE: Final = ("stop", "cut_power", "fill_disk", "crash")
_BREAKS: Final = frozenset({*_LINE, *_PACKETS, *_MACHINE, "skew", "capture_broker", "capture_hub", "revoke"})
_ENDS: Final[dict[str, tuple[str, ...]]] = {
    "restore": (*_LINE, *_PACKETS),
    "release": ("hold",),
    "repair": ("partition",),
    "bounce": ("crash", "cut_power"),
    "start": _MACHINE,
    "free_disk": ("fill_disk",),
    "free_broker": ("capture_broker",),
    "free_hub": ("capture_hub",),
    # Of one line, machine or clock the newest fault counts, and takes the place of what was there before.
    **dict.fromkeys(_LINE, _LINE),
    **dict.fromkeys(_MACHINE, _MACHINE),
    **{verb: (verb,) for verb in (*_PACKETS, "skew", "capture_broker", "capture_hub", "revoke")},
}
"""Verb to the verbs whose damage is over when it is carried out on the same target."""
_RIGHT: Final = "by 0s"
"""What is noted of a clock that is set right."""


@dataclass(frozen=True)
class Damage:
    """Something that is, or was, broken on purpose."""

    what: str
    """The verb that broke it."""
    target: str
    """What it broke: a party, several with commas between, ``broker``, ``hub``, or the label of a message."""
    since: datetime
    note: str = ""
    left: tuple[str, ...] = ()
    """What of it is still broken, one by one."""
    until: datetime | None = None
    """When all of it was whole again."""


def damage(lines: Iterable[Mapping[str, Any]]) -> list[Damage]:
    """Everything that was broken, in order of time. ``lines``: the journal, or its ``control`` lines alone."""
    found: list[Damage] = []
    for line in lines:
        if line["event"] != "control":
            continue
        down = any(one.until is None and one.target == "hub" and one.what in ("stop", "cut_power") for one in found)
        if line["what"] == "fill_disk" and down:
            continue  # what does not run fills no disk
        what, time, hit = line["what"], from_text(line["time"]), tuple(line["target"].split(", "))
        for number, one in enumerate(found):
            if one.until is None and one.what in _ENDS.get(what, ()):
                left = tuple(target for target in one.left if target not in hit)
                found[number] = replace(one, left=left, until=None if left else time)
        if what in _BREAKS and not (what == "skew" and line.get("note", "").startswith(_RIGHT)):
            found.append(Damage(what, line["target"], time, line.get("note", ""), hit))
    return found

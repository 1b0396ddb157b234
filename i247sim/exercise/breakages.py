"""Whether a timeline mends the links and machines that it breaks, and mends nothing that is whole. Pure.

Where a step waits, nobody knows the order beforehand: such a party, or machine, is left to the rehearsal.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar

from i247sim.exercise.acts import Act
from i247sim.exercise.broken import MACHINES
from i247sim.exercise.durations import format_offset
from i247sim.exercise.faults import Cut, Disturbed, Hold, Partition, Restore, Slow
from i247sim.exercise.injects import key_of
from i247sim.exercise.machines import Crash, CutPower, Start, Stop
from i247sim.exercise.naming import Mistake, Where
from i247sim.exercise.scenario import Scenario

_Verb = TypeVar("_Verb", bound=Act)

_ON_LINKS: tuple[type[Cut | Slow | Restore], ...] = (Cut, Slow, Restore)
_OTHERWISE: tuple[type[Disturbed | Hold], ...] = (Disturbed, Hold)
_ON_MACHINES: tuple[type[Stop | CutPower | Start], ...] = (Stop, CutPower, Start)


def unmended(scenario: Scenario, where: Where) -> Iterator[Mistake]:
    """Each broken link is restored, unless a cut stays; each stop has its start; and the other way round."""
    yield from _links(scenario, where)
    yield from _machines(scenario, where)


def _moves(scenario: Scenario, *verbs: type[_Verb]) -> list[tuple[timedelta, int, _Verb]]:
    """Steps of these verbs as (offset, number, verb) in order of time. Those that wait come last of all."""
    found = [
        (step.at if step.at is not None else timedelta.max, number, step.verb)
        for number, step in enumerate(scenario.timeline)
        if isinstance(step.verb, verbs)
    ]
    return sorted(found, key=lambda move: move[:2])


def _links(scenario: Scenario, where: Where) -> Iterator[Mistake]:
    moves = _moves(scenario, *_ON_LINKS)
    unsure = {verb.party for at, _, verb in moves if at == timedelta.max}
    # Wrong in other ways, which is mended at the end if nobody does: but there is something to restore.
    faulty = {verb.party for _, _, verb in _moves(scenario, *_OTHERWISE)}
    faulty.update(party for _, _, verb in _moves(scenario, Partition) for party in verb.parties)
    down: dict[str, tuple[int, Cut | Slow]] = {}
    for at, number, verb in moves:
        if verb.party in unsure | faulty:
            continue
        place = where.place("timeline", number)
        if isinstance(verb, Cut | Slow):
            if verb.party in down:
                yield (*place, key_of(verb)), f"the link of `{verb.party}` is already broken at {format_offset(at)}"
            down[verb.party] = (number, verb)
        elif down.pop(verb.party, None) is None and not where.partial:
            yield (*place, "restore"), f"the link of `{verb.party}` is neither cut nor slow at {format_offset(at)}"
    if where.partial:
        return
    for number, verb in down.values():
        place = (*where.place("timeline", number), key_of(verb))
        if isinstance(verb, Slow):
            yield place, f"the link of `{verb.party}` is never restored; add a `restore`"
        elif not verb.stays:
            yield place, f"the link of `{verb.party}` is never restored; add a `restore`, or say `stays: yes`"


def _machines(scenario: Scenario, where: Where) -> Iterator[Mistake]:
    moves = _moves(scenario, *_ON_MACHINES)
    crashed = {verb.party for _, _, verb in _moves(scenario, Crash)}
    unsure = {verb.what for at, _, verb in moves if at == timedelta.max}
    down: dict[str, tuple[int, Stop | CutPower]] = {}
    for at, number, verb in moves:
        if verb.what in unsure | crashed:
            continue
        place = where.place("timeline", number)
        if isinstance(verb, Stop | CutPower):
            if verb.what in down:
                word = "already stopped" if isinstance(verb, Stop) else "already down"
                yield (*place, key_of(verb)), f"{_the(verb.what)} is {word} at {format_offset(at)}"
            down[verb.what] = (number, verb)
        elif down.pop(verb.what, None) is None and not where.partial:
            yield (*place, "start"), f"{_the(verb.what)} is not stopped at {format_offset(at)}"
    if where.partial:
        return
    for what, (number, verb) in down.items():
        place = (*where.place("timeline", number), key_of(verb))
        yield place, f"{_the(what)} is never started again; add `start: {{what: {what}}}`"


def _the(what: str) -> str:
    return f"the {what}" if what in MACHINES else f"`{what}`"

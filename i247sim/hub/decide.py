"""Ask the rules about a carried message: the same pure function at arrival, at hand-over and in ``verify``."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from i247sim.hub.state import Carried, HubState
from i247sim.policy.engine import Engine
from i247sim.vocabulary.decisions import Code, Outcome, Verdict

KEY_CURRENT = "hub-key-current"
"""Name of the hub's own check that a stanza was sealed to a current key (stands in ``Verdict.rules``)."""
QUOTA_WINDOW = timedelta(minutes=1)
"""What ``Limits.messages_per_minute`` counts."""
OWN_WINDOW = timedelta(hours=1)
"""What a party's own quota (``PartyEntry.quota``) counts."""
RELEASE_REFUSED = "hub-release-refused"
"""Name of the hub's own rule that what the secretariat does not release stays where it is."""
QUOTA = "hub-quota"
"""Name of the hub's own check of the sender's quota."""


@dataclass(frozen=True)
class Limits:
    """What one sender may do. ``messages_per_minute`` counts simulated time."""

    messages_per_minute: int = 600


def over_quota(state: HubState, sender: str, limits: Limits, now: datetime) -> bool:
    """Whether ``sender`` has sent more than its share, its newest message included: in the last simulated minute, or of
    its own quota in the last hour."""
    entry = state.directory.entries.get(sender)
    own = entry.quota if entry is not None else None
    recent = state.moments.get(sender, deque())
    # What is dropped here is not asked for later: an own quota stands in the first directory and stays.
    while recent and recent[0] <= now - (QUOTA_WINDOW if own is None else OWN_WINDOW):
        recent.popleft()
    return too_many(recent, now, limits, own)


def too_many(times: Collection[datetime], now: datetime, limits: Limits, own: int | None) -> bool:
    """Whether so many messages are over a quota. ``times``: of the newest, the one in question included."""
    if own is not None and len(times) > own and sum(time > now - OWN_WINDOW for time in times) > own:
        return True
    most = limits.messages_per_minute
    return len(times) > most and sum(time > now - QUOTA_WINDOW for time in times) > most


def decide_first(
    engine: Engine, state: HubState, carried: Carried, limits: Limits, now: datetime
) -> dict[str, Verdict]:
    """What is decided when a message has just been carried: quota, then steps 4 to 9 for every addressee."""
    parties = tuple(carried.keys)
    if over_quota(state, carried.header.sender, limits, now):
        return dict.fromkeys(parties, Verdict(Outcome.REFUSED, Code.RATE, (QUOTA,)))
    return decide_pairs(engine, state, carried, parties, now)


def decide_message(engine: Engine, state: HubState, carried: Carried) -> Verdict:
    """Steps 4 to 6: what holds for the message as a whole."""
    return engine.decide_message(state.world, carried.facts)


def decide_addressees(
    engine: Engine, state: HubState, carried: Carried, parties: tuple[str, ...], now: datetime
) -> dict[str, Verdict]:
    """Steps 7 to 9 for each of ``parties``, and whether the key that was sealed to is still current."""
    verdicts = engine.decide_addressees(state.world, carried.facts, parties)
    for party, verdict in verdicts.items():
        key = carried.keys[party]
        if verdict.allowed and (key is None or not state.trust.kem_known(party, key, now)):
            verdicts[party] = Verdict(Outcome.REFUSED, Code.KEY, (KEY_CURRENT,))
    return verdicts


def decide_pairs(
    engine: Engine, state: HubState, carried: Carried, parties: tuple[str, ...], now: datetime
) -> dict[str, Verdict]:
    """The decision for each of ``parties``: that of the whole message, if it is refused or held, else its own."""
    release = state.releases.get(carried.id)
    if release is not None and not release.release:
        return dict.fromkeys(parties, Verdict(Outcome.REFUSED, release.code, (RELEASE_REFUSED,)))
    whole = decide_message(engine, state, carried)
    if not whole.allowed:
        return dict.fromkeys(parties, whole)
    return decide_addressees(engine, state, carried, parties, now)

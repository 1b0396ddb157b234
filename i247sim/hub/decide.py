"""Ask the rules about a carried message: the same pure function at arrival, at hand-over and in ``verify``."""

from datetime import datetime

from i247sim.hub.state import Carried, HubState
from i247sim.policy.engine import Engine
from i247sim.vocabulary.decisions import Code, Outcome, Verdict

KEY_CURRENT = "hub-key-current"
"""Name of the hub's own check that a stanza was sealed to a current key (stands in ``Verdict.rules``)."""
QUOTA = "hub-quota"
"""Name of the hub's own check of the sender's quota."""


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
    whole = decide_message(engine, state, carried)
    if not whole.allowed:
        return dict.fromkeys(parties, whole)
    return decide_addressees(engine, state, carried, parties, now)

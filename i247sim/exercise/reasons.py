"""Why a (message, party) pair stands where it does, and what the rules would say of a message nobody has sent. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from i247sim.exercise.access import Sign
from i247sim.exercise.picture import Picture, Wire
from i247sim.exercise.seen import Logged
from i247sim.hub.state import HubState
from i247sim.policy.engine import Engine
from i247sim.policy.explain import Explanation, explain
from i247sim.policy.facts import MessageFacts, World, facts_of, passed_on
from i247sim.policy.remembering import RememberingEngine
from i247sim.policy.rulebook import Rulebook
from i247sim.security.trust import Trust
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.entries import DecisionEntry, Entry, OpenedEntry
from i247sim.vocabulary.messages import HubPart
from i247sim.vocabulary.parties import CONTROL


@dataclass(frozen=True)
class Foreseen:
    """What would become of a message at one addressee."""

    party: str
    sign: Sign
    code: Code | None
    why: Explanation


_NO_KEY = "0" * 16
_NO_ID = "0" * 32


def facts_of_draft(sender: str, draft: Draft, state: HubState, now: datetime) -> MessageFacts:
    """What the rules would look at, if ``sender`` sent ``draft`` now: as the hub would find it in header and log."""
    header = draft.header(
        run=state.trust.run,
        id_=_NO_ID,
        sender=sender,
        signing_key=_NO_KEY,
        keys=dict.fromkeys(draft.to, _NO_KEY),
        own_ref=f"{sender}-{now.year}-{1:06d}",
        in_reply_to=None,
        created=now,
        padded_size=1,
    )
    audience = draft.members({one: _NO_KEY for one in draft.audience if one not in draft.barred})
    onward = passed_on(header, state.directory)
    answered = state.messages.get(draft.in_reply_to or "")
    received = answered is not None and sender in answered.handed
    standing = state.precedents.standing(header, now, onward, received)
    return facts_of(header, HubPart(counter=1, receipted=0, audience=audience), standing, onward)


def foresee(
    rulebook: Rulebook, world: World, facts: MessageFacts, wires: Mapping[str, Wire], viewer: str = CONTROL
) -> list[Foreseen]:
    """What would become of a message at each addressee, by the rules and links of this moment."""
    engine = _engine(rulebook)
    found = []
    for party in facts.named:
        why = explain(engine, world, facts, party, viewer)
        outcome, code = why.verdict.outcome, why.verdict.code
        wire = wires.get(party) if viewer == CONTROL else None
        if outcome is Outcome.HELD:
            sign = Sign.HELD
        elif outcome is not Outcome.QUEUED:
            sign = Sign.REFUSED
        else:
            sign = Sign.QUEUED if wire and wire.state not in ("up", "slow") else Sign.READ
        found.append(Foreseen(party, sign, code, why))
    return found


def summary(lines: Sequence[Foreseen]) -> str:
    """``4 will read, 1 refused: E-RESTRICT``."""
    words = {Sign.READ: "will read", Sign.QUEUED: "will wait", Sign.HELD: "held", Sign.REFUSED: "refused"}
    parts = []
    for sign, word in words.items():
        chosen = [one for one in lines if one.sign is sign]
        if chosen:
            codes = ", ".join(dict.fromkeys(str(one.code) for one in chosen if one.code))
            parts.append(f"{len(chosen)} {word}{': ' + codes if codes else ''}")
    return ", ".join(parts) or "nobody is addressed"


def why(picture: Picture, logged: Logged, party: str, viewer: str = CONTROL) -> Explanation | None:
    """Why the newest decision on a pair came out as it did, by what was in force then; ``None`` if there was none,
    or if the hub's own checks decided and not the rules."""
    if logged.facts is None:
        return None
    way = picture.seen.ways.get(logged.header.id)
    made = way.decisions.get(party) if way else None
    if not made:
        return None
    index, decision = made[-1]
    engine = _engine(picture.rulebook)
    found = explain(engine, picture.seen.state.world, logged.facts, party, CONTROL)
    if not _same(found, decision):
        # Something has changed since: look at the world as it was then.
        found = explain(engine, _world_before(picture.seen.entries, index, picture), logged.facts, party, CONTROL)
        if not _same(found, decision):
            return None
    if viewer != CONTROL:
        return explain(engine, picture.seen.state.world, logged.facts, party, viewer)
    return found


@lru_cache(maxsize=4)
def _engine(rulebook: Rulebook) -> Engine:
    """One engine for all questions about one rulebook: it keeps the parsed directory."""
    return RememberingEngine(rulebook)


def _same(found: Explanation, decision: DecisionEntry) -> bool:
    verdict = found.verdict
    if decision.outcome is Outcome.WITHHELD:
        return verdict.outcome is Outcome.REFUSED and verdict.rules == decision.rules
    return (verdict.outcome, verdict.rules) == (decision.outcome, decision.rules)


def _world_before(entries: Sequence[Entry], index: int, picture: Picture) -> World:
    opened = entries[0]
    assert isinstance(opened, OpenedEntry), "a log begins with its opening"
    state = HubState(Trust.anchor(picture.seen.state.trust.root, opened.run))
    for entry in entries[:index]:
        state.apply(entry)
    return state.world

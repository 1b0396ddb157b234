"""Who could read what: for every message and party three answers, each from another source.

*Rule*: the decision in the log. *Broker*: whether a copy was handed to the party's topic, and whether the party
acknowledged it. *Key*: whether the party's own keys open what it holds; it is tried. Three combinations are an
alarm. Apart from that, as teaching: would its key open the *full* wire, because the sender had sealed to it?
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from i247sim.exercise.observe import Sent, Way
from i247sim.vocabulary.decisions import Code, Outcome


class Sign(StrEnum):
    """One cell of the access matrix at a glance."""

    SENT = "sent"
    READ = "read"
    STORED = "stored"
    REFUSED = "refused"
    WITHHELD = "withheld"
    REJECTED = "rejected"
    EXPIRED = "expired"
    HELD = "held"
    QUEUED = "queued"
    LOST = "lost"
    NOT_ADDRESSED = "not-addressed"


SIGN_OF: Mapping[Outcome, Sign] = {
    Outcome.OPENED: Sign.READ,
    Outcome.DELIVERED: Sign.STORED,
    Outcome.REFUSED: Sign.REFUSED,
    Outcome.WITHHELD: Sign.WITHHELD,
    Outcome.REJECTED: Sign.REJECTED,
    Outcome.EXPIRED: Sign.EXPIRED,
    Outcome.HELD: Sign.HELD,
    Outcome.QUEUED: Sign.QUEUED,
}
"""What one outcome in the log is at a glance."""


@dataclass(frozen=True)
class Cell:
    """The three answers for one message and one party."""

    message: str
    """Logical name."""
    party: str
    sign: Sign
    code: Code | None = None
    rules: tuple[str, ...] = ()
    decision: int | None = None
    """Log index of the newest decision; ``None``: the party was not named, and nothing was decided for it."""
    handed: int | None = None
    """Log index of the hand-over; ``None``: no copy went to its topic."""
    acknowledged: Outcome | None = None
    opens: bool | None = None
    """Whether its keys open the copy it holds; ``None``: it holds none."""
    exposed: bool = False
    """Whether its key would open the full wire, although it was given none."""
    alarm: str = ""
    """Why this cell is an alarm; empty if it is none."""

    def plain(self) -> dict[str, Any]:
        """For reports: what is neither absent nor empty."""
        return {key: value for key, value in vars(self).items() if value not in (None, False, "", ())}


def cells(
    sent: Iterable[Sent],
    ways: Mapping[str, Way],
    parties: Sequence[str],
    opens: Mapping[tuple[str, str], bool],
    exposed: Iterable[tuple[str, str]],
) -> list[Cell]:
    """One cell per message and party, messages in the order given.

    ``opens``: (party, message id) to whether the copy that it holds opened. ``exposed``: (party, message id) of
    full wires that a party without a copy could open.
    """
    open_wires = set(exposed)
    return [
        _cell(one, ways.get(one.id or "", Way()), party, opens.get((party, one.id or "")), open_wires)
        for one in sent
        for party in parties
    ]


def _cell(sent: Sent, way: Way, party: str, opens: bool | None, exposed: set[tuple[str, str]]) -> Cell:
    if party == sent.party:
        return Cell(sent.name, party, Sign.SENT)
    made = way.decisions.get(party, [])
    acknowledged = way.acknowledged.get(party, [])
    handed = way.handed.get(party)
    index, decision = made[-1] if made else (None, None)
    outcome = decision.outcome if decision else None
    if acknowledged and (index is None or acknowledged[-1][0] > index):
        outcome = acknowledged[-1][2]
    code = acknowledged[-1][3] if outcome is Outcome.REJECTED else (decision.code if decision else None)
    sign = Sign.NOT_ADDRESSED if outcome is None else SIGN_OF[outcome]
    if outcome is None and party in sent.facts["to"]:
        local = sent.facts.get("code")
        code = way.code or (Code(local) if local else None)
        sign = Sign.REFUSED if code else (Sign.LOST if sent.receipted else Sign.QUEUED)
    permitted = any(one.outcome is Outcome.QUEUED for _, one in made)
    alarm = ""
    if opens is not None and not permitted:
        alarm = "holds a copy that no decision allowed"
    elif opens is not None and handed is None:
        # Allowed once, and perhaps withheld since: nobody gave it the copy, as far as the log knows.
        alarm = "holds a copy that was never handed over"
    elif handed is not None and opens is False and not acknowledged:
        # What was acknowledged as opened was open: a key that is deleted later does not make that untrue.
        alarm = "was allowed and handed a copy, and cannot open it"
    return Cell(
        message=sent.name,
        party=party,
        sign=sign,
        code=code,
        rules=decision.rules if decision else (),
        decision=index,
        handed=handed[0] if handed else None,
        acknowledged=acknowledged[-1][2] if acknowledged else None,
        opens=opens,
        exposed=(party, sent.id or "") in exposed and opens is None,
        alarm=alarm,
    )


@dataclass(frozen=True)
class Completeness:
    """(message, addressee) pairs: everything sent is in exactly one of the other numbers, and ``lost`` must be 0."""

    sent: int
    delivered: int
    refused: int
    held: int
    withheld: int
    expired: int
    rejected: int
    queued: int
    lost: int

    @classmethod
    def of(cls, made: Iterable[Cell]) -> "Completeness":
        """Count the addressed cells."""
        counts = dict.fromkeys(Sign, 0)
        for cell in made:
            counts[cell.sign] += 1
        delivered = counts[Sign.READ] + counts[Sign.STORED]
        others = [
            counts[one]
            for one in (
                Sign.REFUSED,
                Sign.HELD,
                Sign.WITHHELD,
                Sign.EXPIRED,
                Sign.REJECTED,
                Sign.QUEUED,
                Sign.LOST,
            )
        ]
        return cls(delivered + sum(others), delivered, *others)

"""How the command line shows an outcome, a code and a time. Every sign has a letter for terminals without it,
and none depends on colour.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from i247sim.exercise.access import Sign
from i247sim.exercise.durations import format_clock
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.times import from_text

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True)
class Look:
    """One sign: in a cell of the matrix, in an event, in the legend."""

    glyph: str
    plain: str
    """The same for a terminal that has only ASCII."""
    verb: str
    """Before the parties: ``read by IPSG, BR``."""
    meaning: str
    style: str

    def mark(self, ascii_only: bool) -> str:
        """The sign for this terminal."""
        return self.plain if ascii_only else self.glyph


LOOKS: dict[Sign, Look] = {
    Sign.SENT: Look("↑", "^", "sent by", "sent it", "bold"),
    Sign.READ: Look("✓", "+", "read by", "read it", "green"),
    Sign.STORED: Look("○", "o", "stored by", "stored it, did not open it", "green"),
    Sign.REFUSED: Look("⊘", "x", "refused to", "refused by the hub", "red"),
    Sign.WITHHELD: Look("⊖", "w", "withheld from", "allowed at first, withheld at hand-over", "red"),
    Sign.REJECTED: Look("✕", "r", "rejected by", "received and rejected by the addressee", "red"),
    Sign.EXPIRED: Look("†", "e", "expired for", "expired before it could be handed over", "yellow"),
    Sign.HELD: Look("‖", "h", "held back from", "held until the secretariat releases it", "yellow"),
    Sign.QUEUED: Look("◷", "q", "waiting for", "accepted, waiting for the addressee", "yellow"),
    Sign.LOST: Look("?", "?", "lost for", "lost: this must never be", "bold red"),
    Sign.NOT_ADDRESSED: Look("·", ".", "not addressed to", "not addressed", "dim"),
}


def sign_of(outcome: Outcome) -> Sign:
    """The sign for where a (message, addressee) pair stands."""
    match outcome:
        case Outcome.OPENED:
            return Sign.READ
        case Outcome.DELIVERED:
            return Sign.STORED
        case _:
            return Sign(outcome.value)


def clocked(text: str, start: datetime) -> str:
    """``text`` with every UTC moment in it as one on the exercise clock that began at ``start``."""
    return _MOMENT.sub(lambda found: format_clock(from_text(found[0]) - start), text)

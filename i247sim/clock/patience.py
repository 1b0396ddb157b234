"""How long, in real time, to wait before something is sent again or asked again. It changes nothing but speed.

Everybody in one process shares one of these. Over a network the usual values; over the memory broker nothing is
ever late, so that what is missing is lost and can be sent again at once (``HURRIED``).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """All in real seconds, but for ``restarts``."""

    first_resend: float = 0.5
    """Without an answer for so long, send again."""
    last_resend: float = 4.0
    """The longest wait between two resends of the same."""
    calm: float = 0.1
    """At most so often does a party answer disorder with a hello or a resend of everything."""
    quiet: float = 0.5
    """How long the hub, asked for quiet, waits for it before it says what is still going on."""
    tick: float = 0.1
    """Without a sign of life for so long, exercise control lets everybody look for what has waited too long."""
    stall: float = 20.0
    """Without any progress for so long, a run is given up."""
    restarts: int = 5
    """How often broker or hub may die without a quiet moment in between."""


USUAL = Patience()
"""For brokers and processes of their own."""
HURRIED = Patience(first_resend=0.01, last_resend=0.02, calm=0.002, quiet=0.02, tick=0.01, stall=5.0, restarts=100)
"""For whole networks in one process, with faults made on purpose."""

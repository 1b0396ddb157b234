"""What one party has seen of the hub's log: every checkpoint that it was shown, by the hub or in a message of others.

A log that its owner can rewrite proves nothing; copies held elsewhere do. Pure: keys come in.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from i247sim.audit.checkpoint import Checkpoint, NoteVerifier, log_name, open_checkpoint
from i247sim.audit.tree import verify_consistency
from i247sim.security.keys import Signer, verify_ed25519
from i247sim.security.trust import Trust
from i247sim.vocabulary.errors import EvidenceError, FormatError, TrustError
from i247sim.vocabulary.parties import HUB

_REMEMBERED = 4096
"""Checkpoints. The oldest are forgotten first."""


@dataclass(frozen=True)
class Alarm:
    """Something that must not be. ``proof``: two signed checkpoints that no honest log can both have."""

    text: str
    proof: tuple[str, ...] = ()


@dataclass
class Witness:
    """One party's memory of the log."""

    newest: str | None = None
    """The newest checkpoint text heard from the hub."""
    checked: tuple[Checkpoint, str] | None = None
    """The newest checkpoint whose consistency with all earlier ones was checked, and its text."""
    alarms: list[Alarm] = field(default_factory=list)
    """Contradictions noticed, for the shell to read off."""
    _heard: dict[str, int] = field(default_factory=dict)
    """Checkpoints that the hub signed, and their sizes; the oldest first."""
    _sizes: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    """Size to root and text of the first checkpoint heard of it."""

    def heard(self, most: int) -> tuple[str, ...]:
        """At most so many of the checkpoints heard, spread over the whole time, by size."""
        texts = sorted(self._heard, key=self._heard.__getitem__)
        step = max(1, -(-len(texts) // most))
        return tuple(texts[::step])

    def hear(self, text: str, source: str, trust: Trust) -> None:
        """Remember what the log was at this size, as ``source`` has it; two signed roots for one size are a fork.

        What the hub did not sign is nothing that the log ever was: it says something about ``source`` alone.
        """
        if text in self._heard:
            return
        try:
            said, text = _opened(text, trust.run, trust.witness(HUB).ed25519)
        except (EvidenceError, FormatError, TrustError) as error:
            self.alarms.append(Alarm(f"`{source}` passed on a checkpoint that the hub did not sign: {error}"))
            return
        self._heard[text] = said.size
        root, known = self._sizes.setdefault(said.size, (said.root, text))
        if root != said.root:
            fork = f"the log was forked: two signed checkpoints of size {said.size}, one of them from `{source}`"
            self.alarms.append(Alarm(fork, (known, text)))
        while len(self._heard) > _REMEMBERED:
            oldest = next(iter(self._heard))
            self._sizes.pop(self._heard.pop(oldest), None)

    def check(self, text: str, old_size: int | None, proof: tuple[str, ...], run: str, hub: Signer) -> str:
        """The checkpoint to cosign, now that the hub shows ``text`` with a ``proof`` (hex) from ``old_size`` on.

        ``hub`` signs the log of ``run``.

        Raises ``EvidenceError``, and remembers an alarm, if it contradicts what was checked before.
        """
        checked = self.checked
        if checked is not None and old_size != checked[0].size:
            # The hub has missed our cosignature: say it again instead of taking a step without a proof.
            return checked[1]
        try:
            shown, _ = _opened(text, run, hub.ed25519)
            if checked is not None:
                old = checked[0]
                verify_consistency(old.size, old.root, shown.size, shown.root, [bytes.fromhex(one) for one in proof])
        except EvidenceError as error:
            seen = () if checked is None else (checked[1], text)
            self.alarms.append(Alarm(f"the log contradicts what it showed before: {error}", seen))
            raise
        self.checked = (shown, text)
        return text


@lru_cache(maxsize=256)
def _opened(text: str, run: str, hub: bytes) -> tuple[Checkpoint, str]:
    """What a checkpoint signed by the key ``hub`` says, and its text: read once for all parties of a process.

    Raises ``FormatError`` or ``EvidenceError``.
    """
    verifier = NoteVerifier(log_name(run), hub, lambda signature, message: verify_ed25519(hub, signature, message))
    return open_checkpoint(text, verifier), text

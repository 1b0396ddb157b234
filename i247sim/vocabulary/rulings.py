"""What a person decides at a desk of the secretariat or the task force: from an instructor's seat, or by a script."""

from dataclasses import dataclass
from enum import StrEnum

from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.messages import NoticeReason


class Word(StrEnum):
    """The words that decide."""

    PUBLISH = "publish"
    """A request for a notice is granted."""
    REFUSE = "refuse"
    """A request for a notice is refused."""
    ASK = "ask"
    """The requester is asked for what is missing or in doubt."""
    CLEAR = "clear"
    """A diffusion was reviewed and complies."""
    CANCEL = "cancel"
    """A diffusion or a published notice is cancelled, and everybody told."""
    RELEASE = "release"
    """What is held (of a supervised bureau, or a Silver diffusion) goes out."""
    STOP = "stop"
    """What is held stays."""
    SUSPEND = "suspend"
    """A published notice is suspended while it is examined."""
    RESUME = "resume"
    ADDENDUM = "addendum"
    """Something is added to a published notice, which stays published."""
    UPHOLD = "uphold"
    """A complaint is founded."""
    DISMISS = "dismiss"
    """A complaint is not."""


REVIEWERS = frozenset({Word.PUBLISH, Word.REFUSE, Word.ASK})
"""The task force's words; all others are the secretariat's."""
ABOUT_NOTICES = frozenset({Word.SUSPEND, Word.RESUME, Word.ADDENDUM})
"""Words about a published notice. ``CANCEL`` is about a notice where one is named."""


@dataclass(frozen=True)
class Ruling:
    """A decision, about one message (by its sender's own reference) or one published notice (by its number)."""

    word: Word
    message: str | None = None
    notice: str | None = None
    code: Code | None = None
    """Why not: ``E-DATA``, ``R-ART2``, ``R-ART3``, ``R-REFUGEE``."""
    reason: NoticeReason | None = None
    text: str = ""
    """What is told to those concerned."""

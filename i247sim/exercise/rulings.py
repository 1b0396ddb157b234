"""The verb of people who decide about notices, diffusions, complaints and what is held; or of a script for them."""

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from i247sim.exercise.acts import Act, Difficulty, Layer, Theme
from i247sim.exercise.naming import MessageRef
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.messages import NoticeId, NoticeReason
from i247sim.vocabulary.parties import REVIEWER, SECRETARIAT
from i247sim.vocabulary.rulings import ABOUT_NOTICES, REVIEWERS, Ruling, Word

_REFUSALS = (Word.REFUSE, Word.STOP, Word.CANCEL)


class Rule(Act):
    """A person at the secretariat or the reviewing task force decides."""

    word: Word
    """What is decided."""
    message: MessageRef | None = None
    """The request, the diffusion, the complaint or the held message that it is about."""
    notice: NoticeId | None = None
    """The published notice that it is about, like `2026/1`."""
    code: Literal[Code.DATA, Code.ART2, Code.ART3, Code.REFUGEE] | None = None
    """Why not; with what refuses, and only then."""
    reason: NoticeReason | None = None
    """Why a published notice changes its state."""
    text: Annotated[str, StringConstraints(max_length=2000)] = ""
    """What is told to those concerned."""

    example = "word: publish, message: FR#1"
    title = "Somebody at the secretariat decides"
    teaches = (
        "Rules find what is missing; whether a request is political, a complaint founded, a notice no longer tenable, "
        "a person decides and answers for. What was flagged waits until somebody does. Have the class decide before "
        "they see what the exercise would have done, and name the article they rest on."
    )
    detector = "The reviewer's signed decision, the secretariat's release or its message to all; everything is logged."
    layer = Layer.SUPERVISION
    theme = Theme.PEOPLE
    difficulty = Difficulty.MEDIUM
    stays_because = "a decision that was told to all is not untold; decide anew, and say so"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.message is None) == (self.notice is None):
            raise ValueError("expected exactly one of `message` and `notice`: what is decided about")
        if self.notice is None and self.word in ABOUT_NOTICES:
            raise ValueError(f"`{self.word}` is about a published notice; expected `notice`, like `2026/1`")
        if self.notice is not None and self.word not in (*ABOUT_NOTICES, Word.CANCEL):
            raise ValueError(f"`{self.word}` is about a message; expected `message`, like the label of a step")
        if self.code is not None and self.word not in _REFUSALS:
            raise ValueError(f"`code` does not go with `{self.word}`; it goes with {', '.join(_REFUSALS)}")
        if self.word is Word.REFUSE and self.code is None:
            raise ValueError("`refuse` needs `code`: E-DATA, R-ART2, R-ART3 or R-REFUGEE")
        return self

    @property
    def party(self) -> str:
        """Who decides."""
        return REVIEWER if self.word in REVIEWERS else SECRETARIAT

    def ruling(self, message: str | None) -> Ruling:
        """The decision. ``message``: its sender's own reference."""
        return Ruling(self.word, message, self.notice, self.code, self.reason, self.text)

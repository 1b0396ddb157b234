"""The base of every sealed content: everything is fictional, and says so."""

from typing import Final, Literal

from i247sim.vocabulary.codec import Word

EXERCISE_MARK: Final = "EXERCISE EXERCISE EXERCISE"


class Content(Word):
    """Base: every content carries the exercise mark."""

    exercise: Literal["EXERCISE EXERCISE EXERCISE"] = EXERCISE_MARK

"""Verbs about the exercise itself: who plays a desk, and what of the plan is left out."""

from typing import Annotated

from pydantic import StringConstraints

from i247sim.exercise.acts import Act, Before, Layer, Theme
from i247sim.vocabulary.parties import PartyId

StepName = Annotated[str, StringConstraints(pattern=r"^(timeline|live)/[1-9][0-9]{0,5}$")]
"""A step by its place: ``timeline/3`` is the third in the file, ``live/2`` the second that was injected."""


class Seat(Act):
    """A person takes the desk of a party in place of its simulated officer, or (`taken: no`) gives it back."""

    party: PartyId
    """Whose desk it is."""
    taken: bool = True
    """Whether a person sits there from now on."""

    title = "A person sits down at a desk"
    teaches = (
        "From this moment nobody answers for the bureau but the person at its desk, with the same rights, keys and "
        "restrictions that the simulated officer had. What the officer had planned is left to the person. Compare "
        "afterwards how long an answer took, and what the person could and could not know."
    )
    detector = "Nobody notices: a desk is a desk. The journal says who sat there and when."
    layer = Layer.LOG
    theme = Theme.PEOPLE
    inverse = "seat"

    def undone(self, before: Before) -> tuple[Act, ...]:
        return (Seat(party=self.party, taken=not self.taken),)


class Skip(Act):
    """Exercise control leaves out a step that is still to come."""

    step: StepName
    """Which: `timeline/3` is the third in the file, `live/2` the second that was injected."""

    example = "step: timeline/3"
    title = "A step is left out"
    says = "{} is left out"
    teaches = (
        "A class goes its own way, and what was planned may no longer make sense. Leaving a step out keeps the "
        "exercise honest: it is recorded, a replay leaves it out too, and expectations about it fail openly."
    )
    detector = "The journal and the list of injects in the run folder."
    layer = Layer.LOG
    theme = Theme.PEOPLE
    stays_because = "what was left out can be injected anew"

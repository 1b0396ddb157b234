"""The procedures that desks follow by themselves, each with a name, its source and one sentence.

A scenario may say that one of them is not heeded (``unheeded``), to show what it is good for. What the hub enforces
are rules (``policy``); these are habits of people, and nobody enforces them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Procedure(StrEnum):
    """What a duty desk, or the command centre, does without being told."""

    ACKNOWLEDGE = "PROC-ACKNOWLEDGE"
    ANSWER = "PROC-ANSWER"
    LANGUAGE = "PROC-LANGUAGE"
    SHARES = "PROC-SHARES"
    REMIND = "PROC-REMIND"
    ESCALATE = "PROC-ESCALATE"
    CALL = "PROC-CALL"
    APPEAL = "PROC-APPEAL"
    REGRADE = "PROC-REGRADE"
    CONFIRM_FIRST = "PROC-CONFIRM-FIRST"
    STILL_VALID = "PROC-STILL-VALID"
    NATIONAL_LAW = "PROC-NATIONAL-LAW"
    TREATY = "PROC-TREATY"
    PAPERS_CLOCK = "PROC-PAPERS-CLOCK"
    WITHDRAW = "PROC-WITHDRAW"
    ASK_FIRST = "PROC-ASK-FIRST"
    CORRECT = "PROC-CORRECT"
    PUBLISH_IN_TIME = "PROC-PUBLISH-IN-TIME"
    ONWARD = "PROC-ONWARD"
    SPOT_CHECK = "PROC-SPOT-CHECK"


@dataclass(frozen=True)
class Habit:
    """What is said of a procedure."""

    cite: str
    """Where it comes from: an article, a custom, or ``exercise rule``."""
    explain: str
    """One sentence for a trainee."""


HABITS: dict[Procedure, Habit] = {
    Procedure.ACKNOWLEDGE: Habit(
        "exercise rule", "An urgent request is acknowledged as soon as a person has read it, before it is answered."
    ),
    Procedure.ANSWER: Habit("RPD Art. 6, 9", "A request is answered in the time that its urgency and the desk allow."),
    Procedure.LANGUAGE: Habit(
        "RPD Art. 76, exercise rule", "A request in a language that the desk does not work in goes back untouched."
    ),
    Procedure.SHARES: Habit("RPD Art. 9, 64", "A desk answers for the purposes that its own law lets it share for."),
    Procedure.REMIND: Habit("exercise rule", "Who gets no answer in time reminds, once."),
    Procedure.ESCALATE: Habit("exercise rule", "After twice the time the command centre is told who is silent."),
    Procedure.CALL: Habit("exercise rule", "The command centre calls a silent desk; its call wakes the officer."),
    Procedure.APPEAL: Habit(
        "exercise rule", "After four times the time whoever runs the exercise is told, by no message of the network."
    ),
    Procedure.REGRADE: Habit(
        "exercise rule", "The command centre sets the priority itself: too many very urgent flags become normal ones."
    ),
    Procedure.CONFIRM_FIRST: Habit("RPD Art. 62, 63", "Nobody acts on a hit before the owner has confirmed it."),
    Procedure.STILL_VALID: Habit(
        "RPD Art. 46, 62, 63", "Before confirming, the owner looks whether its notice or record still stands."
    ),
    Procedure.NATIONAL_LAW: Habit(
        "RPD Art. 87", "What a Red Notice is worth is for the law of each country: its desk acts by its profile."
    ),
    Procedure.TREATY: Habit("RPD Art. 87", "Without an instrument that binds both countries nobody is arrested."),
    Procedure.PAPERS_CLOCK: Habit(
        "European Convention on Extradition, Art. 16, and its like",
        "Who is arrested provisionally is released when the papers have not come in time; a warning comes before.",
    ),
    Procedure.WITHDRAW: Habit("RPD Art. 51, 81", "Whose purpose is met withdraws its notice, or deletes its record."),
    Procedure.ASK_FIRST: Habit(
        "RPD Art. 90, exercise rule",
        "A missing adult who is found is asked first whether those who search may be told where.",
    ),
    Procedure.PUBLISH_IN_TIME: Habit(
        "exercise rule",
        "A warning is published in two hours, a search for a child at risk in one; what is late is left to a person.",
    ),
    Procedure.ONWARD: Habit(
        "exercise rule", "A warning is passed on to the units at home within two hours, unless it says otherwise."
    ),
    Procedure.SPOT_CHECK: Habit(
        "RPD Art. 22, 131", "Of a bureau under spot checks every diffusion is looked at, not only those that say so."
    ),
    Procedure.CORRECT: Habit(
        "RPD Art. 131, exercise rule",
        "What was found wrong is put right within ten days; else the secretariat deletes it, and supervises.",
    ),
}
"""Every procedure, in the order in which they are explained."""

"""What a notice needs before it may be published: every missing thing is listed, not only the first."""

from i247sim.vocabulary.contents import Judicial, Notice, Person
from i247sim.vocabulary.messages import NoticeType

PUBLISHABLE = (NoticeType.RED, NoticeType.ORANGE)
"""For which types the minimum data are known here."""
MIN_PENALTY_MONTHS = 24
"""RPD Art. 83: punishable by at least two years, where the person is wanted for prosecution."""
MIN_SENTENCE_MONTHS = 6
"""RPD Art. 83: at least six months imposed or left, where the person is wanted to serve a sentence."""


def missing_from(notice: Notice) -> tuple[str, ...]:
    """What ``notice`` lacks by the minimum data of its type, in a fixed order; empty if it is complete.

    Red and Orange Notices can be published so far: for every other type that is what is missing.
    """
    match notice.type:
        case NoticeType.RED:
            return _red(notice)
        case NoticeType.ORANGE:
            return _orange(notice)
        case _:
            desks = " and ".join(PUBLISHABLE)
            return (f"a desk for {notice.type} notices (this secretariat publishes {desks} ones)",)


def _red(notice: Notice) -> tuple[str, ...]:
    found: list[str] = []
    if notice.person is None:
        found.append("person")
    else:
        found += _identity(notice.person)
    if notice.judicial is None:
        found.append("judicial data (facts, charge, law, warrant)")
    else:
        found += _judicial(notice.judicial)
    if not notice.extradition_sought:
        found.append("assurance that extradition will be sought (Art. 84)")
    return tuple(found)


def _orange(notice: Notice) -> tuple[str, ...]:
    """Art. 93: the nature of the threat (the subject), and how one knows it and what one does about it."""
    return () if notice.text.strip() else ("text: by what the threat is known, and what to do about it",)


def _identity(person: Person) -> list[str]:
    """Art. 83: set A, names, sex and birth with one more identifier; or set B, a photograph with further data."""
    further = [person.description, person.documents, person.fingerprints, person.dna]
    set_a = person.sex != "U" and any(further)
    set_b = person.photo and any(further)
    if set_a or set_b:
        return []
    return ["identity: sex and one of description, document, fingerprints, DNA; or a photograph and one of them"]


def _judicial(judicial: Judicial) -> list[str]:
    found = [name for name in ("facts", "charge", "law", "warrant") if not getattr(judicial, name).strip()]
    penalty, sentence = judicial.max_penalty_months, judicial.sentence_left_months
    if (penalty or 0) < MIN_PENALTY_MONTHS and (sentence or 0) < MIN_SENTENCE_MONTHS:
        found.append(
            f"threshold: a maximum penalty of {MIN_PENALTY_MONTHS} months or {MIN_SENTENCE_MONTHS} months left to serve"
        )
    return found

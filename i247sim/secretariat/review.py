"""What a notice needs before it may be published, colour by colour: every missing thing is listed, not only the first.

Conditions and minimum data of RPD Arts 82 to 96 and of the Silver pilot, as far as the training model has them. Looks
at what is there and what is not; whether it is *true*, or ought to be asked for, is for people (``screening``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from i247sim.vocabulary.casefacts import Judicial
from i247sim.vocabulary.contents import Diffusion, DiffusionForm, Notice
from i247sim.vocabulary.messages import NoticeType
from i247sim.vocabulary.parties import Role
from i247sim.vocabulary.records import Person, surely_minor

MIN_PENALTY_MONTHS = 24
"""RPD Art. 83: punishable by at least two years, where the person is wanted for prosecution."""
MIN_SENTENCE_MONTHS = 6
"""RPD Art. 83: at least six months imposed or left, where the person is wanted to serve a sentence."""
SILVER_CEILING = 500
"""So many Silver Notices the pilot publishes in all."""

_BUREAUS = (Role.BUREAU, Role.SUB_BUREAU)
_ALL = (*_BUREAUS, Role.INTERNATIONAL)
_OF_INTEREST = ("suspect", "charged", "convicted", "witness", "victim")


@dataclass(frozen=True)
class Colour:
    """What distinguishes a type of notice."""

    readers: tuple[Role, ...]
    """Whom it is published for."""
    public: bool
    """Whether an extract may be shown to the public."""


COLOURS: dict[NoticeType, Colour] = {
    NoticeType.RED: Colour(_ALL, True),  # RPD Art. 82-87
    NoticeType.BLUE: Colour(_ALL, False),  # RPD Art. 88
    NoticeType.GREEN: Colour(_ALL, False),  # RPD Art. 89
    NoticeType.YELLOW: Colour(_BUREAUS, True),  # RPD Art. 90
    NoticeType.BLACK: Colour(_BUREAUS, True),  # RPD Art. 91
    NoticeType.PURPLE: Colour(_ALL, False),  # RPD Art. 92
    NoticeType.ORANGE: Colour(_ALL, True),  # RPD Art. 93
    NoticeType.ART: Colour(_BUREAUS, True),  # RPD Art. 94
    NoticeType.UN_SPECIAL: Colour(_ALL, True),  # RPD Art. 95
    NoticeType.SILVER: Colour(_BUREAUS, False),  # Silver pilot
}
"""Every type of notice there is. Silver is for the pilot's members only: a rule sees to that."""


def missing_from(notice: Notice) -> tuple[str, ...]:
    """Everything that ``notice`` lacks by the conditions of its type, in a fixed order; empty if it is complete."""
    return (*_CONDITIONS[notice.type](notice), *_not_public(notice), *_no_such_day(notice))


def _red(notice: Notice) -> Iterator[str]:
    yield from _wanted(notice)
    if not notice.extradition_sought:
        yield "assurance that extradition will be sought (Art. 84)"


def _wanted(notice: Notice) -> Iterator[str]:
    if notice.person is None:
        yield "person"
    else:
        yield from _identity(notice.person)
    if notice.judicial is None:
        yield "judicial data (facts, charge, law, warrant)"
    else:
        yield from judicial(notice.judicial)


def _blue(notice: Notice) -> Iterator[str]:
    person = notice.person
    if person is None:
        yield "person"
    else:
        if person.status not in _OF_INTEREST:
            yield "person's status in the case: one of " + ", ".join(_OF_INTEREST)
        yield from _identity(person, unknown=True)
    if not notice.seeks:
        yield "seeks: which information about the person is wanted"
    if not notice.text.strip():
        yield "text: enough facts of the case for a useful answer"


def _green(notice: Notice) -> Iterator[str]:
    if notice.person is None:
        yield "person"
    else:
        yield from _identity(notice.person, unknown=True)
    if notice.assessment is None:
        yield "assessment: that a national authority has found the person to be a possible threat, and on which grounds"
    elif not notice.assessment.grounds.strip():
        yield "assessment's grounds: convictions, or other reasonable grounds"


def _yellow(notice: Notice) -> Iterator[str]:
    person, report = notice.person, notice.missing
    if report is None:
        yield "missing: the report that police have taken and recorded"
    if person is None:
        yield "person"
        return
    if not (person.description or person.photo or person.dna or person.fingerprints):
        yield "identity: one of description, photograph, DNA, fingerprints"
    if person.sex == "U":
        yield "person's sex"
    if report is None or report.adult_may_be_sought:
        return
    if not surely_minor(person.born, int(report.recorded_on[:4])):
        yield "missing's adult_may_be_sought: that privacy law does not forbid to look for an adult"


def _black(notice: Notice) -> Iterator[str]:
    body = notice.body
    if body is None:
        yield "body: where and when it was found, and who recorded it"
    elif not (body.photo or body.fingerprints or body.dna):
        yield "identity: one of photograph, fingerprints, DNA of the body"
    if notice.person is not None:
        yield "no person: whoever is identified needs no Black Notice"


def _purple(notice: Notice) -> Iterator[str]:
    modus = notice.modus
    if modus is None:
        yield "modus: crime, method, description, and whether the case is closed or open and serious"
        return
    if modus.widely_known:
        yield "a method that is not widely known"
    if not modus.description.strip():
        yield "modus's description: enough detail to recognise it"
    if modus.case == "open-serious" and not (modus.images or len(modus.description.split()) >= 8):
        yield "images or more detail: an open case must be recognisable for others"


def _orange(notice: Notice) -> Iterator[str]:
    """Art. 93: the nature of the threat (the subject), and how one knows it and what one does about it."""
    if not notice.text.strip():
        yield "text: by what the threat is known, and what to do about it"


def _art(notice: Notice) -> Iterator[str]:
    art = notice.artwork
    if art is None:
        yield "artwork: title, kind, description, where and when it was stolen"
    elif not (art.photo or art.description.strip()):
        yield "identity: a photograph, or a description by which the work is known"


def _special(notice: Notice) -> Iterator[str]:
    listed = notice.sanction
    if listed is None:
        yield "sanction: committee, listing and measures"
        return
    if not listed.measures:
        yield "sanction's measures: assets-freeze, travel-ban or arms-embargo"
    if (notice.person is None) == (listed.entity is None):
        yield "exactly one of person and sanction's entity"


def _silver(notice: Notice | Diffusion) -> Iterator[str]:
    """Silver pilot: the person, the offence behind it, and the assets. Nobody is to be coerced."""
    if notice.person is None:
        yield "person"
    if notice.judicial is None:
        yield "judicial data: the offence behind the assets (facts, charge, law, warrant)"
    else:
        yield from (name for name in ("facts", "charge", "law") if not getattr(notice.judicial, name).strip())
    if not notice.assets:
        yield "assets, each with its link to the person and the offence"


_CONDITIONS = {
    NoticeType.RED: _red,
    NoticeType.BLUE: _blue,
    NoticeType.GREEN: _green,
    NoticeType.YELLOW: _yellow,
    NoticeType.BLACK: _black,
    NoticeType.PURPLE: _purple,
    NoticeType.ORANGE: _orange,
    NoticeType.ART: _art,
    NoticeType.UN_SPECIAL: _special,
    NoticeType.SILVER: _silver,
}


def _not_public(notice: Notice) -> Iterator[str]:
    if notice.public and not COLOURS[notice.type].public:
        yield f"no extract for the public: {notice.type} notices are for police alone"
    elif notice.public and notice.circulation:
        yield "no extract for the public: what is circulated to some is not shown to all"


def _no_such_day(notice: Notice) -> Iterator[str]:
    if notice.until is not None:
        try:
            date.fromisoformat(notice.until)
        except ValueError:
            yield f"until: `{notice.until}` is no day"


def _identity(person: Person, unknown: bool = False) -> Iterator[str]:
    """Art. 83: set A, names, sex and birth with one more identifier; or set B, a photograph with further data.

    ``unknown``: for somebody whose name is not known, photograph, fingerprints or DNA alone will do (Arts 88, 89).
    """
    further = [person.description, person.documents, person.fingerprints, person.dna]
    set_a = person.sex != "U" and any(further)
    set_b = person.photo and any(further)
    set_c = unknown and (person.photo or person.fingerprints or person.dna)
    if not (set_a or set_b or set_c):
        yield "identity: sex and one of description, document, fingerprints, DNA; or a photograph and one of them"


def judicial(given: Judicial) -> Iterator[str]:
    """What the judicial basis of a wanted person lacks: its words, and the threshold of Art. 83."""
    yield from (name for name in ("facts", "charge", "law", "warrant") if not getattr(given, name).strip())
    penalty, sentence = given.max_penalty_months, given.sentence_left_months
    if (penalty or 0) < MIN_PENALTY_MONTHS and (sentence or 0) < MIN_SENTENCE_MONTHS:
        terms = f"{MIN_PENALTY_MONTHS} months or {MIN_SENTENCE_MONTHS} months left to serve"
        yield f"threshold: a maximum penalty of {terms}"


def missing_from_diffusion(content: Diffusion, form: DiffusionForm) -> tuple[str, ...]:
    """What a diffusion lacks of what its form asks for, as far as it gives data in fields (RPD Art. 98).

    A diffusion in words alone cannot be checked by a machine, and lacks nothing here; a Silver one, which is reviewed
    before anybody has it, must have its fields.
    """
    if form is DiffusionForm.ASSETS:
        return tuple(_silver(content))
    if content.person is None and content.judicial is None:
        return ()
    found: list[str] = []
    if form is DiffusionForm.ARREST:
        if content.person is None:
            found.append("person")
        if content.judicial is None:
            found.append("judicial data (facts, charge, law, warrant)")
        else:
            found += judicial(content.judicial)
    if content.person is not None and form in (DiffusionForm.ARREST, DiffusionForm.LOCATE, DiffusionForm.IDENTIFY):
        found += _identity(content.person, unknown=form is DiffusionForm.IDENTIFY)
    return tuple(found)

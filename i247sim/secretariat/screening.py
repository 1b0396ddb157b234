"""Articles 2 and 3 and the refugee rule: marks in a request that a human reviewer must look at.

**A flag decides nothing.** It names a place and a question; a word in a text proves nothing, and a request without
any such word may still break the Constitution. Who is flagged waits for a person (``reviewer``), in an exercise the
instructor's seat or a scripted reviewer.

Sources: Constitution Arts 2 and 3; the usual tests (nature of the offence, status of the person, context, whether the
ordinary-law element is predominant); RPD Art. 83 (excluded offences); the refugee resolution of 2017.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from i247sim.vocabulary.contents import Notice
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.parties import country_of


@dataclass(frozen=True)
class Flag:
    """One thing to look at."""

    code: Code
    """Which rule it may touch: ``R-ART2``, ``R-ART3`` or ``R-REFUGEE``."""
    field: str
    """Where it was found."""
    question: str
    """What the reviewer is to find out. Quotes nothing of the request."""


_SUBJECTS: tuple[tuple[Code, str, str], ...] = (
    (
        Code.ART3,
        "is it what the person says or writes? Ask for the person's own acts; opinion is no ordinary-law crime",
        r"journalis|periodist|صحف|blog|publish|newspaper|opinion|speech|discours|insult\w* (the )?(president|state)"
        r"|defam|offens\w* to the state|propaganda|false (news|information)|leaflet|pamphlet",
    ),
    (
        Code.ART3,
        "is the matter political? Weigh the person's role, the time, and whether ordinary-law crime predominates",
        r"politic|oppositi|dissident|activis|election|élection|elección|minister|parliament|deput(y|é)|senator|unrest"
        r"|public order|protest|demonstration|manifestation|coup|sedition|separatis|treason|سياس|معارض",
    ),
    (
        Code.ART3,
        "is the matter military? Desertion and refusal of service are no ordinary-law crimes",
        r"desert(ion|er|ed)|conscript|refus\w* (of )?(military|service)|mutin|military service|espionage|state secret",
    ),
    (
        Code.ART3,
        "is the matter religious or racial?",
        r"blasphem|apost(asy|ate)|heres|proselyt|religio|sect\b|cult\b|ethnic|racial|ردة|تجديف",
    ),
    (
        Code.ART2,
        "could the person's human rights be at stake: fair trial, torture, the penalty that waits?",
        r"death penalty|capital punishment|peine de mort|pena de muerte|flogg|corporal punishment|in absentia"
        r"|military (court|tribunal)|special (court|tribunal)|confess",
    ),
    (
        Code.ART2,
        "is it an offence of behaviour or culture, a family or private matter (Art. 83)?",
        r"adultery|homosexual|sodomy|same-sex|abortion|prostitut|custody|alimony|bounced che(ck|que)|debt|unpaid",
    ),
    (
        Code.REFUGEE,
        "is the person protected from the country that asks? Ask the desk for refugee files; tell nobody who protects",
        r"refugee|réfugi|refugiad|asylum|asile|asilo|لاجئ|لجوء",
    ),
)
_PATTERNS = tuple((code, question, re.compile(words, re.IGNORECASE)) for code, question, words in _SUBJECTS)


def flags(notice: Notice, requester: str, refugees: Collection[tuple[str, str, str]] = ()) -> tuple[Flag, ...]:
    """Everything in ``notice`` that a person must look at, each question once per field, in a fixed order.

    ``refugees``: (family name, date of birth, country of feared persecution), the names in small letters, of whom the
    secretariat knows to be protected. The flag does not say by whom.
    """
    found = [
        Flag(code, field, question)
        for field, text in _texts(notice)
        for code, question, pattern in _PATTERNS
        if pattern.search(text)
    ]
    person = notice.person
    if person is not None and (person.family_name.casefold(), person.born, country_of(requester)) in set(refugees):
        question = "the files know this person as protected from the country that asks: check identity, then refuse"
        found.append(Flag(Code.REFUGEE, "person", question))
    return tuple(dict.fromkeys(found))


def _texts(notice: Notice) -> Iterator[tuple[str, str]]:
    yield "subject", notice.subject
    yield "text", notice.text
    if notice.judicial is not None:
        for name in ("facts", "charge", "law", "issued_by"):
            yield f"judicial.{name}", getattr(notice.judicial, name)
    if notice.person is not None and notice.person.description:
        yield "person.description", notice.person.description
    if notice.assessment is not None:
        yield "assessment.grounds", notice.assessment.grounds
    if notice.seeks:
        yield "seeks", notice.seeks
    for lang, words in sorted((notice.translations or {}).items()):
        yield f"translations.{lang}", f"{words.subject} {words.text}"


def shown(found: tuple[Flag, ...]) -> str:
    """Flags for a journal: rule and place, and nothing of the text. Empty if there are none."""
    return ", ".join(dict.fromkeys(f"{one.code} in {one.field.replace('.', ' ').replace('_', ' ')}" for one in found))

"""Whether two names, or two dates of birth, may be the same: across spelling, order, script and partial dates.

A name is brought to Latin letters (anyascii), folded (case, hyphens, umlauts, doubled letters) and compared word by
word, as it stands and by its *skeleton*: the consonants as they sound, so that ``Mohammed``, ``Muhamad`` and ``محمد``
are one. Scores are percent. Nothing here decides who somebody is: it says how much two writings resemble each other,
and by what.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz import fuzz

SAME_SOUND = 0.9
"""Likeness of two words with the same skeleton and the same kind of first vowel: spelling alone differs."""
SAME_BONES = 0.85
"""The same skeleton with another first vowel or none: ``Hassan`` and ``Hussein``, or unvowelled Arabic."""
ALIKE = 0.72
"""Two words below this have nothing to do with each other."""
SURE = 0.88
"""Family name and forename each at least so much alike may make a hit."""

_PARTICLES = frozenset(
    [
        "al",
        "el",
        "ul",
        "ad",
        "ar",
        "as",
        "at",
        "bin",
        "ibn",
        "ben",
        "bint",
        "abd",
        "abu",
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "di",
        "la",
        "le",
        "las",
        "los",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "zu",
        "y",
        "e",
    ]
)
"""Words that come and go with the writing: they count for little."""
_ARTICLE = re.compile(r"^(?:al|el)(?=[bcdfghjklmnpqrstvwxyz]{1}.{3})")
_SOUNDS = (
    (re.compile(r"^(?:ye|je|yo(?=v))"), "e"),
    (re.compile(r"^y"), "j"),
    (re.compile(r"tsch|tch|cz|ch(?=[aeiou])"), "c"),
    (re.compile(r"shch|sch|sh|sz|zh|ts|tz|dz"), "s"),
    (re.compile(r"kh|ch"), "h"),
    (re.compile(r"^dj|^dzh"), "j"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck|qu|q"), "k"),
    (re.compile(r"ks|x|z"), "s"),
    (re.compile(r"gh"), "g"),
    (re.compile(r"th"), "t"),
    (re.compile(r"dh"), "d"),
    (re.compile(r"[vw]"), "f"),
    (re.compile(r"c(?=[eiy])"), "s"),
)
"""How letters sound, in the order in which they are replaced."""


@dataclass(frozen=True)
class Likeness:
    """How far two persons' particulars agree. ``score`` is percent; ``fields`` names what agrees, and how."""

    score: int
    fields: tuple[str, ...]
    sure: bool
    """Name and whole birth agree, nothing contradicts: a hit. Else a candidate for a human to look at."""


@lru_cache(maxsize=16384)
def words(name: str) -> tuple[str, ...]:
    """``name`` as small Latin words: ``Müller-Lüdenscheidt`` as ``muller``, ``ludenscheidt``; ``王小明`` as three."""
    latin = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", anyascii(name))
    small = re.sub(r"[^a-z0-9]+", " ", latin.casefold().replace("'", "").replace("`", ""))
    return tuple(re.sub(r"([aou])e", r"\1", word) if len(word) > 3 else word for word in small.split())


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """The consonants of one of ``words`` as they sound; a vowel at the beginning is ``a``."""
    sounds = _ARTICLE.sub("", word)
    for pattern, sound in _SOUNDS:
        sounds = pattern.sub(sound, sounds)
    first = "a" if sounds[:1] in tuple("aeiou") else sounds[:1]
    rest = re.sub(r"[aeiouy]", "", sounds[1:])
    return re.sub(r"(.)\1+", r"\1", first + rest.replace("c", "k"))


@lru_cache(maxsize=65536)
def word_likeness(one: str, other: str) -> float:
    """0 to 1."""
    if one == other:
        return 1.0
    if 1 in (len(one), len(other)):
        return 0.8 if one[0] == other[0] else 0.0
    plain = fuzz.ratio(one, other) / 100
    if len(skeleton(one)) > 1 and skeleton(one) == skeleton(other):
        return max(plain, SAME_SOUND if _first_vowel(one) == _first_vowel(other) else SAME_BONES)
    return plain


def _first_vowel(word: str) -> str:
    """``a``, ``e`` (front) or ``o`` (back); empty, if the script has none."""
    found = re.search(r"[aeiou]+", word.lstrip("yj"))
    if found is None:
        return ""
    return {"a": "a", "e": "e", "i": "e", "o": "o", "u": "o"}[found[0][0]]


@lru_cache(maxsize=65536)
def name_likeness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """0 to 1, for two names as ``words``: the best pairing of their words; words that are left over cost a little."""
    if not one or not other:
        return 0.0
    if len(one) == len(other) == 1:
        return word_likeness(one[0], other[0])
    joined = word_likeness("".join(one), "".join(other))
    few, many = sorted((list(one), list(other)), key=len)
    left, total, weights = list(many), 0.0, 0.0
    for word in sorted(few, key=len, reverse=True):
        best = max(left, key=lambda candidate: word_likeness(word, candidate))
        weight = 0.2 if word in _PARTICLES else 1.0
        total += weight * word_likeness(word, best)
        weights += weight
        left.remove(best)
    extra = sum(0.01 if word in _PARTICLES else 0.05 for word in left)
    return max(joined, total / weights - min(extra, 0.15))


def birth_likeness(asked: str | None, held: str) -> tuple[float, str]:
    """How far two dates of birth agree, 0 to 1, and the words for it; (0, "") if they contradict each other."""
    if asked is None:
        return 0.0, ""
    if asked == held:
        return (1.0, "born") if len(asked) == 10 else (0.8, _partly(asked))
    short = min(len(asked), len(held))
    if short < 10 and asked[:short] == held[:short]:
        return (0.8 if short == 7 else 0.7), _partly(asked[:short])
    if len(asked) == len(held) == 10:
        (year, month, day), (held_year, held_month, held_day) = asked.split("-"), held.split("-")
        if (year, month, day) == (held_year, held_day, held_month):
            return 0.85, "born (day and month transposed)"
        differ = sum(a != b for a, b in zip(asked, held, strict=True))
        if differ == 1:
            return 0.6, "born (one digit differs)"
    return 0.0, ""


def _partly(partial: str) -> str:
    return "born (year)" if len(partial) == 4 else "born (year and month)"


def person_likeness(
    asked: tuple[str | None, str | None, str | None, str | None],
    held: tuple[str, str, str, str],
    aliases: Sequence[str] = (),
) -> Likeness | None:
    """How far a person asked for resembles one held, or ``None`` if not at all.

    Both are (family name, forename, birth, sex); what is not asked is ``None``. Family name and forename may be
    exchanged (Chinese and Hungarian order, forms filled in wrongly), or stand in an alias.
    """
    family, forename, born, sex = asked
    if family is None:
        return None
    first, second = words(family), words(forename or "")
    best = _whole(first, second, words(held[0]), words(held[1]))
    for alias in aliases:
        of_alias = _mixed((*first, *second), words(alias), second)
        if of_alias[0] > best[0]:
            best = (of_alias[0], of_alias[1], ("alias",))
    likeness, each, fields = best
    if likeness < ALIKE or each < ALIKE - 0.1:
        return None
    birth, said = birth_likeness(born, held[2])
    contradicts = born is not None and birth == 0.0
    of_sex = {sex, held[3]} == {"F", "M"}
    if (contradicts and each < SURE) or (of_sex and contradicts):
        return None
    parts = [(0.65, likeness), (0.35, birth if born is not None else 0.6)]
    score = sum(weight * part for weight, part in parts)
    if of_sex:
        score -= 0.15
    matched = (*fields, *((said,) if said else ()))
    sure = forename is not None and each >= SURE and birth == 1.0 and not of_sex
    return Likeness(round(100 * score), matched, sure)


def _whole(
    first: tuple[str, ...], second: tuple[str, ...], held_first: tuple[str, ...], held_second: tuple[str, ...]
) -> tuple[float, float, tuple[str, ...]]:
    """(likeness of the whole name, of its worse part, the fields): the best of straight, exchanged and mixed."""
    if not second:
        straight = name_likeness(first, held_first)
        return straight, straight, ("family_name",)
    found = []
    for fields, one, other, cost in (
        (("family_name", "forename"), held_first, held_second, 0.0),
        (("family_name", "forename", "names exchanged"), held_second, held_first, 0.01),
    ):
        family, given = name_likeness(first, one), name_likeness(second, other)
        found.append((0.55 * family + 0.45 * given - cost, min(family, given), fields))
    likeness, each = _mixed((*first, *second), (*held_first, *held_second), second)
    found.append((likeness, each, ("family_name", "forename", "names mixed")))
    return max(found, key=lambda one: one[0])


def _mixed(one: tuple[str, ...], other: tuple[str, ...], second: tuple[str, ...]) -> tuple[float, float]:
    """All words of a name against all of another, whichever part they stand in; a little less sure."""
    if not second:
        return 0.0, 0.0
    likeness = name_likeness(one, other) - 0.04
    return likeness, likeness


def name_keys(*names: str) -> tuple[int, ...]:
    """Keys (unsigned 32 bits) under which a person with these names is filed: by sound, with one consonant left out.

    Two names that ``person_likeness`` takes for alike share a key in nearly all cases.
    """
    found: dict[int, None] = {}
    for name in names:
        several = words(name)
        for word in (*several, *(("".join(several),) if len(several) > 1 else ())):
            if word not in _PARTICLES:
                for key in _sounds_near(word):
                    found[zlib.crc32(key.encode())] = None
    return tuple(found)


@lru_cache(maxsize=65536)
def _sounds_near(word: str) -> tuple[str, ...]:
    bones = skeleton(word)
    if len(bones) < 3:
        # Too little to go by: the word itself, so that `Li` does not bring everybody with an L.
        return (f"={word}",)
    if len(bones) == 3:
        return (bones,)
    return (bones, *dict.fromkeys(bones[:place] + bones[place + 1 :] for place in range(1, len(bones))))

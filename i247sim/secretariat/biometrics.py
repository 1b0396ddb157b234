"""Matching of synthetic templates and DNA numbers. No real biometry: small vectors and loci, as an exercise needs them.

A machine proposes, people decide: prints and faces give candidates only, a face not even their data.
"""

from i247sim.vocabulary.records import Loci

PRINT_CANDIDATE = 60
"""Percent from which a fingerprint is a candidate for an examiner."""
FACE_CANDIDATE = 75
"""Percent from which a face is a candidate, after a human check."""
FACE_INCONCLUSIVE = 55
"""Percent from which a face is neither a candidate nor none."""
_BY_CHANCE = 85
"""Mean distance of two features drawn evenly from 0 to 255: what two strangers have."""
SURE_LOCI = 10
"""So many common loci, all the same: a DNA hit. With one that differs, or from ``LEAST_COMMON`` on, a candidate."""
LEAST_COMMON = 6


def template_likeness(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Percent: 100 for the same, 0 for two that resemble each other no more than strangers; of another length, 0."""
    if len(one) != len(other):
        return 0
    mean = sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)
    return max(0, round(100 * (1 - mean / _BY_CHANCE)))


def dna_likeness(one: Loci, other: Loci) -> tuple[int, tuple[str, ...], bool] | None:
    """(Percent of common loci that agree, their names in order, whether it is a hit), or ``None`` if it is no match."""
    common = sorted(set(one) & set(other))
    same = tuple(locus for locus in common if sorted(one[locus]) == sorted(other[locus]))
    if len(common) < LEAST_COMMON or len(common) - len(same) > 1:
        return None
    if len(same) < len(common) and len(common) < SURE_LOCI:
        return None
    return round(100 * len(same) / len(common)), same, len(same) == len(common) >= SURE_LOCI

"""Texts of others: as they are shown (what a reader would not see, or would see wrongly, is spelled out), and as
numbers. Pure."""

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls; tabs and line ends are layout
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"  # soft, joining, filling, direction marks
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"  # separators, embeddings, isolates
    "\ud800-\udfff\U000e0000-\U000e0fff]"  # lone surrogates, tags
)

_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED = re.compile(f"({_MARK}{{4}}){_MARK}+")
"""Marks over and under one letter: no script needs five, and a heap of them covers the lines around."""


def number_of(text: str) -> int | None:
    """What a page's own address or hidden field says as a number, 0 to 999,999,999; ``None`` for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def shown(text: str) -> str:
    """``text`` with every character that hides or turns others written as ``‹U+202E›``; of a heap of marks, four."""
    return _STACKED.sub(r"\1‹…›", _HIDDEN.sub(lambda found: f"‹U+{ord(found.group()):04X}›", text))

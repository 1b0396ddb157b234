"""How large a text of rules, and how involved one rule, may be before the Cedar library sees it.

Its parser goes down one level with every sign of an expression, and where the stack ends, the whole process ends
without a word: tried, from about a thousand brackets in one rule on. So signs are counted here, and first.
"""

import re
from typing import Final

MAX_TEXT_BYTES: Final = 64 * 1024
"""One text; the network's longest has a fifth of it."""
MAX_SIGNS: Final = 400
"""Signs of one rule that a parser goes down with; the network's most involved rule has about a hundred."""
_SIGN = re.compile(
    r'"(?:[^"\\]|\\.)*+"'  # a string, and below a comment: what stands in them leads nowhere
    r"|//[^\n]*+"
    r"|(?P<sign>&&|\|\||[-.+*!(\[{<]|\b(?:if|has|like|in|is)\b)"
    r"|(?P<end>;)",
    re.DOTALL,
)


def too_much(text: str) -> str:
    """What is too much about a text of rules or a schema, in words; empty if nothing is. Reads it once."""
    if len(text.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
        return f"a text of more than {MAX_TEXT_BYTES} bytes"
    signs = 0
    for found in _SIGN.finditer(text):
        if found["end"]:
            signs = 0
        elif found["sign"]:
            signs += 1
            if signs > MAX_SIGNS:
                return f"a rule with more than {MAX_SIGNS} brackets, dots and signs"
    return ""

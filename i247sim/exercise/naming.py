"""How a scenario names things: steps by label, messages by label, number or kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.parties import is_party_id

Label = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""The author's own name for a step: small letters, digits and hyphens."""
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=1000)]

_LABEL = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def message_ref(text: str) -> str:
    """``text``, if it has the form of a message's name; raises ``ValueError`` otherwise."""
    if _LABEL.fullmatch(text):
        return text
    sender, mark, number = text.partition("#")
    if mark and is_party_id(sender) and re.fullmatch(r"[1-9][0-9]{0,5}", number):
        return text
    sender, *rest = text.split(":")
    if (
        is_party_id(sender)
        and 1 <= len(rest) <= 2
        and rest[0] in list(Kind)
        and (len(rest) == 1 or re.fullmatch(r"[1-9][0-9]{0,5}", rest[1]))
    ):
        return text
    raise ValueError(
        f"`{text:.60}` names no message: expected the label of a step, `FR#3` (the third message of FR),"
        " `IPSG:NOTICE_PUBLISHED` (the first of that kind) or `IPSG:NOTICE_PUBLISHED:2`"
    )


MessageRef = Annotated[str, AfterValidator(message_ref)]
"""A message by label (``request``), by sender and number (``FR#3``), or by sender and kind
(``IPSG:NOTICE_PUBLISHED``, ``IPSG:NOTICE_PUBLISHED:2``)."""

Place = tuple[str | int, ...]
"""Where something stands in a scenario: keys and positions (from 0) from the top."""
Mistake = tuple[Place, str]
"""Where something is wrong, and what."""


@dataclass(frozen=True)
class Where:
    """Where the items of a scenario's lists stood in the file, when broken ones had to be left out."""

    numbers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    labels: tuple[tuple[int, str], ...] = ()
    """Number in the file and label of the steps that had to be left out."""
    partial: bool = False

    def place(self, section: str, number: int) -> Place:
        """The path of the ``number``-th item that was kept."""
        return (section, self.numbers[section][number] if section in self.numbers else number)

"""``docs/wire.md`` is kept in step with the models and constants."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from i247sim.security import cards, envelope, frames, keys
from i247sim.vocabulary import limits
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.frames import Frame, FrameType
from i247sim.vocabulary.kinds import CHANNEL_OF, Channel
from i247sim.vocabulary.messages import Classification, Database, Header, HubPart, Operation

PAGE = (Path(__file__).parents[2] / "docs" / "wire.md").read_text(encoding="utf-8")


def rows(section: str) -> list[list[str]]:
    """The cells of the first table behind a heading, without its head."""
    text = PAGE.split(f"\n{section}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def names(model: type[Word]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def ticked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize(("section", "model"), [("### 3.1 Header", Header), ("### 3.2 Hub part", HubPart)])
def test_the_table_has_the_fields_of_the_model_in_their_order(section: str, model: type[Word]) -> None:
    assert [ticked(row[0]) for row in rows(section)] == [[name] for name in names(model)]


def test_a_field_that_may_be_absent_says_so() -> None:
    spoken = {ticked(row[0])[0]: row[1] for row in rows("### 3.1 Header")}
    for name, field in Header.model_fields.items():
        absent = field.default is None
        said = re.search("optional|default|or `|; with|exactly when", spoken[field.alias or name])
        assert not absent or said, name


def test_the_table_names_channels_that_exist() -> None:
    for row in rows("### 3.1 Header"):
        spoken = row[3]
        assert spoken.startswith("all") or set(spoken.split(", ")) <= set(Channel), row
    kinds = {row[0]: ticked(row[1]) for row in rows("### 3.1 Header")}
    assert kinds["`channel`"] == list(Channel)
    assert {channel for channels in CHANNEL_OF.values() for channel in channels} == set(Channel)


@pytest.mark.parametrize(
    ("field", "words"), [("database", Database), ("operation", Operation), ("classification", Classification)]
)
def test_a_closed_list_in_the_table_is_whole(field: str, words: type[StrEnum]) -> None:
    said = next(ticked(row[1]) for row in rows("### 3.1 Header") if ticked(row[0]) == [field])
    assert [one for one in said if one not in ("operation", "database")] == list(words)


def test_the_table_of_frames_has_every_type() -> None:
    assert [ticked(row[0])[0] for row in rows("## 4. Clear frame `i247c1`")] == list(FrameType)
    for name in names(Frame):
        assert f'"{name}"' in PAGE


@pytest.mark.parametrize(
    "said",
    [
        f"sized({limits.MAX_HEADER_BYTES})",
        f"sized({limits.MAX_HUB_PART_BYTES})",
        f"sized({limits.MAX_WIRE_BYTES})",
        f"sized({limits.MAX_FRAME_BYTES})",
        f"sized({cards.MAX_CARD_BYTES})",
        f"u8[{envelope.STANZA_BYTES}]",
        f"u8[{keys.ED25519_SIGNATURE_BYTES}]",
        f"u8[{keys.MLDSA_SIGNATURE_BYTES}]",
        f"1 to {limits.MAX_ADDRESSEES}",
        f"at most {frames.MAX_ATTACHED} things",
        f"1 to {cards.MAX_KEM_KEYS} KEM keys",
        "`" + envelope.MAGIC.decode() + "`",
        "`" + frames.MAGIC.decode() + "`",
        "`" + cards.MAGIC.decode() + "`",
    ],
)
def test_sizes_and_names_are_those_of_the_code(said: str) -> None:
    assert said in PAGE

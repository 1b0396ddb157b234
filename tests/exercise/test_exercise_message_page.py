"""The page about messages is kept in step with the models, without rehearsing anything again."""

import re
from pathlib import Path

import pytest
import yaml
from message_page import _NOT_SHOWN, HEAD, SAYS, _contents, content_models

from i247sim.vocabulary import contents
from i247sim.vocabulary.contents import CONTENTS
from i247sim.vocabulary.kinds import CHANNEL_OF, Kind

PAGE = (Path(__file__).parents[2] / "docs" / "messages.md").read_text(encoding="utf-8")
SECTIONS = {part.splitlines()[0]: part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_section_with_its_sentence_channels_and_a_valid_example(kind: Kind) -> None:
    section = SECTIONS[kind]
    model = CONTENTS[kind].__name__
    assert SAYS[kind] in section
    assert f"Channel {', '.join(f'`{channel}`' for channel in CHANNEL_OF[kind])}; content [`{model}`]" in section
    found = re.search(r"^```yaml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    if found is None:
        assert _NOT_SHOWN.format(content=model) in section
    else:
        contents.read(kind, yaml.safe_load(found[1]))


def test_the_tables_of_contents_are_those_of_the_models() -> None:
    assert PAGE.startswith(HEAD)
    assert PAGE.endswith("\n".join(_contents()).rstrip() + "\n")
    assert {model.__name__ for model in content_models()} <= set(SECTIONS)


def test_few_kinds_are_without_an_example() -> None:
    assert PAGE.count("No shipped case holds one") <= 5

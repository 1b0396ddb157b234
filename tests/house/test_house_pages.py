"""The pages say what is there: every link leads somewhere, every command and option exists, and none is kept quiet."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from i247sim.cli.app import app
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.procedures import Procedure

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for folder in (".", "docs", "brokers")
    for path in sorted((ROOT / folder).glob("*.md"))
}
FILES = {
    path.relative_to(ROOT).as_posix()
    for place in ("i247sim", "tests", "docs", "brokers", "scenarios")
    for path in (ROOT / place).rglob("*.*")
} | {path.name for path in ROOT.iterdir()}
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\s+#\s.*")
_EVERYWHERE = {"--help", "-h", "--json"}


def _anchors(text: str) -> set[str]:
    """What a heading can be linked as, by the rule of the usual forges."""
    headings = re.findall(r"^#+ (.*)$", _FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.strip().lower()).replace(" ", "-") for one in headings}


def _leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, one in getattr(command, "commands", {}).items():
        yield from _leaves(one, (*words, name))
    if not hasattr(command, "commands"):
        yield words, command


COMMANDS = dict(_leaves(typer.main.get_command(app)))


def _options(command: Any) -> set[str]:
    return {word for one in command.params for word in one.opts if word.startswith("-")} | _EVERYWHERE


def _written(text: str) -> Iterator[list[str]]:
    """The words of every command that a page shows, in a line of a block or in backticks within a sentence."""
    lines = [line for block in _FENCED.findall(text) for line in block.splitlines()]
    for line in lines + re.findall(r"`([^`\n]+)`", _FENCED.sub("", text)):
        for part in _COMMENT.sub("", line).split("&&"):
            said = part.strip().removeprefix("$ ").split(" > ")[0]
            if said.startswith("i247sim ") and not said.startswith("i247sim simulates"):
                yield shlex.split(said)[1:]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", _FENCED.sub("", PAGES[page])):
        if not link.startswith("https://"):
            name, _, anchor = link.partition("#")
            target = (ROOT / page).parent / name if name else ROOT / page
            assert target.exists(), link
            assert not anchor or anchor in _anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_exists_with_its_options(page: str) -> None:
    for words in _written(PAGES[page]):
        named = next((name for name in COMMANDS if tuple(words[: len(name)]) == name), None)
        assert named is not None or words[0] in {name[0] for name in COMMANDS}, words
        if named is not None:
            # `--surprise easy|medium|hard [--theme …]`: what may be left out stands in brackets.
            given = {word.strip("[]") for word in words if re.match(r"\[?--?[a-z]", word)}
            assert given <= _options(COMMANDS[named]), words


@pytest.mark.parametrize(
    ("name", "option"),
    [(name, option) for name, one in COMMANDS.items() for option in sorted(_options(one) - _EVERYWHERE)],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_no_option_is_kept_quiet(name: tuple[str, ...], option: str) -> None:
    told = (text for page, text in PAGES.items() if page != "CHANGELOG.md")
    assert any(re.search(rf"(?<![\w-]){option}(?![\w-])", text) for text in told)


@pytest.mark.parametrize("page", PAGES)
def test_every_code_and_procedure_of_a_page_exists(page: str) -> None:
    known = {*Code, *Procedure}
    said = set(re.findall(r"`((?:E|R|PROC)-[A-Z0-9][A-Z0-9-]*)`", PAGES[page]))
    assert said <= known


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    """By its path, or by as much of the end of it as the sentence needs."""
    named = re.findall(r"`([\w./-]+\.(?:py|cedar|md|yml|csv|js))(?:::\w+)?`", _FENCED.sub("", PAGES[page]))
    for name in named:
        assert any(f"/{file}".endswith(f"/{name}") for file in FILES) or ((ROOT / page).parent / name).exists(), name

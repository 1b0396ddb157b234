"""The list of attacks is whole, and every test that it names is there and is collected."""

import ast
from functools import cache
from pathlib import Path

import pytest
from lines import SECTIONS, Line

TESTS = Path(__file__).parents[1]
LINES = [
    pytest.param(line, id=f"{section}: {line.attempt[:60]}") for section, lines in SECTIONS.items() for line in lines
]


@cache
def collected(file: str) -> dict[str, bool]:
    """The tests of a file, as pytest collects them, and whether each is skipped whatever happens."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert Path(file).name.startswith("test_")
    return {
        node.name: any("mark.skip" in ast.unparse(one) and "skipif" not in ast.unparse(one) for one in decorators)
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        for decorators in [node.decorator_list]
    }


@pytest.mark.parametrize("line", LINES)
def test_the_tests_that_stand_for_a_line_are_there(line: Line) -> None:
    assert line.tests or line.why, "neither tested nor explained"
    for name in line.tests:
        file, _, test = name.partition("::")
        assert (TESTS / file).is_file(), f"`{file}` is not there"
        assert test in collected(file), f"`{test}` is not in `{file}`"
        assert not collected(file)[test], f"`{test}` is skipped always"


def test_no_line_stands_twice() -> None:
    attempts = [line.attempt for lines in SECTIONS.values() for line in lines]
    assert len(attempts) == len(set(attempts))
    assert len(attempts) >= 80

"""The evidence code: short enough to type, long enough to hold."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i247sim.exercise.evidence_code import codes_match, evidence_code

ROOT = bytes(range(32))
CODE = evidence_code(ROOT, "checkpoint")


def test_the_code_has_five_groups_of_unmistakable_characters() -> None:
    assert re.fullmatch(r"I247(-[0-9A-HJKMNP-TV-Z]{5}){5}", CODE)


def test_the_code_stays_what_it_was() -> None:
    assert CODE == "I247-PRX84-3KGWF-3CQ5V-BFWEF-ZESQK"


@given(st.binary(min_size=32, max_size=32), st.text(max_size=50))
def test_another_root_or_checkpoint_has_another_code(root: bytes, checkpoint: str) -> None:
    code = evidence_code(root, checkpoint)
    assert codes_match(code, code)
    assert not codes_match(code, evidence_code(root, checkpoint + "\n"))
    assert not codes_match(code, evidence_code(bytes([root[0] ^ 1]) + root[1:], checkpoint))


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(CODE.lower(), id="small letters"),
        pytest.param(CODE.replace("-", ""), id="no hyphens"),
        pytest.param(CODE.replace("-", " "), id="blanks"),
        pytest.param(f"  {CODE}\n", id="around it"),
        pytest.param(CODE.removeprefix("I247-"), id="no prefix"),
        pytest.param(CODE.replace("0", "O").replace("1", "l"), id="what it looks like"),
        pytest.param(CODE.replace("I", "1"), id="prefix as it looks"),
    ],
)
def test_people_write_it_in_many_ways(typed: str) -> None:
    assert codes_match(typed, CODE)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="nothing"),
        pytest.param("I247", id="only the prefix"),
        pytest.param(CODE[:-1], id="one short"),
        pytest.param(CODE + "0", id="one more"),
        pytest.param("I247-" + CODE, id="prefix twice"),
        pytest.param(CODE[:5] + ("A" if CODE[5] != "A" else "B") + CODE[6:], id="one wrong"),
        pytest.param(CODE[:12] + CODE[13] + CODE[12] + CODE[14:], id="two swapped"),
    ],
)
def test_what_is_not_the_code_does_not_match(typed: str) -> None:
    assert not codes_match(typed, CODE)

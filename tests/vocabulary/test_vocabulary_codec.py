"""One strict way in, one canonical way out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i247sim.vocabulary.codec import MAX_DEPTH, Word, canonical, decode, decode_json
from i247sim.vocabulary.errors import FormatError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":2}}',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"1" * 19,
        b"[1] []",
        b"",
        b"{",
        b'"\\ud800"',
        b"\xff",
        b"\xef\xbb\xbf1",
        b"{'a':1}",
        b"[1,]",
        b'{"a":1}x',
        b"0x10",
        b'["\x01"]',
    ],
    ids=repr,
)
def test_refuse_what_is_not_strict_json(data: bytes) -> None:
    with pytest.raises(FormatError):
        decode_json(data, 1000)


@given(JSON)
def test_canonical_reads_back_and_has_one_form(value: object) -> None:
    data = canonical(value)
    if _depth(value) <= MAX_DEPTH:
        assert decode_json(data, len(data)) == value
        assert canonical(decode_json(data, len(data))) == data


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_nothing_else(data: bytes) -> None:
    try:
        value = decode_json(data, 1000)
    except FormatError:
        return
    assert json.loads(data) == value


def test_the_size_is_checked_first() -> None:
    with pytest.raises(FormatError, match="more than the limit of 3"):
        decode_json(b"1111", 3)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'], ids=["lists", "objects"])
def test_nesting_is_bounded_before_the_parser_recurses(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    fits = opening * MAX_DEPTH + b"1" + closing * MAX_DEPTH
    decode_json(fits, len(fits))
    for count in (MAX_DEPTH + 1, 100_000):
        deep = opening * count
        with pytest.raises(FormatError, match="nested deeper"):
            decode_json(deep, len(deep))


def test_brackets_in_strings_are_no_nesting() -> None:
    value = ["[{" * 50, '\\"[[[' * 20, "{" * 100]
    assert decode_json(canonical(value), 10_000) == value


@given(st.lists(st.sampled_from([b"[", b"]", b"{", b"}", b'"', b"\\", b"a", b",", b'\\"']), max_size=120))
def test_the_bound_counts_like_a_plain_scan(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    said = ""
    try:
        decode_json(data, len(data) + 1)
    except FormatError as error:
        said = str(error)
    assert ("nested deeper" in said) == (_scan(data) > MAX_DEPTH)


def test_unknown_fields_are_refused_and_absent_ones_left_out() -> None:
    class Sample(Word):
        a: int
        b: str | None = None

    assert canonical(Sample(a=1)) == b'{"a":1}'
    assert decode(Sample, b'{"a":1,"b":"x"}', 100) == Sample(a=1, b="x")
    with pytest.raises(FormatError, match="`c`"):
        decode(Sample, b'{"a":1,"c":2}', 100)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _scan(data: bytes) -> int:
    """The deepest nesting outside of strings, byte by byte; a string that never ends reaches to the end."""
    depth = deepest = 0
    in_string = escaped = False
    for byte in data:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest

"""The loader: YAML without its traps, every mistake at once with its line, nothing but ``Problems`` for any bytes."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from i247sim.exercise import catalogue, strict_yaml
from i247sim.exercise.loader import load, load_step, loads
from i247sim.exercise.strict_yaml import MAX_FILE_BYTES, MAX_PROBLEMS, Problem, Problems
from i247sim.vocabulary.errors import InputError

BAD = Path(__file__).parent / "bad"
GOOD = b"""\
title: A small story
aim: nothing
participants: {bureaus: [FR, NO]}
timeline:
  - at: T+0s
    label: ask
    send: {from: NO, kind: INFO_REQUEST, to: [FR], purpose: case-support, subject: yes}
"""


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_report_exactly_the_mistakes_of_a_bad_file_each_with_its_line(path: Path) -> None:
    """A bad file's head says what is expected: ``# line 7: part of the message``."""
    expected = re.findall(r"^# line (\d+): (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert expected, "the file does not say what is wrong with it"
    with pytest.raises(Problems) as caught:
        load(path)
    found = caught.value.problems
    assert [problem.line for problem in found] == [int(line) for line, _ in expected], str(caught.value)
    for problem, (_, text) in zip(found, expected, strict=True):
        assert text in problem.text
    assert str(caught.value).splitlines()[0].startswith(f"{path}:{found[0].line}: ")


def test_norway_stays_norway() -> None:
    scenario = loads(GOOD)
    assert scenario.participants.bureaus == ("FR", "NO")
    send = scenario.timeline[0].send
    assert send is not None
    assert send.sender == "NO"
    assert send.subject == "yes"


@pytest.mark.parametrize("word", ["NO", "no", "yes", "on", "null", "~", "1_000", "0x1F", "1e3", "2026-03-02", "12:30"])
def test_every_scalar_is_text(word: str) -> None:
    scenario = loads(GOOD.replace(b"subject: yes", f"subject: {word}".encode()))
    send = scenario.timeline[0].send
    assert send is not None
    assert send.subject == word


def test_report_mistakes_of_form_and_of_reference_at_once() -> None:
    text = GOOD.replace(b"bureaus: [FR, NO]", b"bureaus: [FR, NO, XX]").replace(b"aim: nothing", b"aims: nothing")
    text = text.replace(b"to: [FR]", b"to: [DE]") + b"  - {at: 1h, label: ask, cut: {party: SE}}\n"
    with pytest.raises(Problems) as caught:
        loads(text)
    lines = [problem.line for problem in caught.value.problems]
    # aim missing and aims unknown, XX no member, DE not there, the offset, and the label of the broken step.
    assert lines == [1, 2, 3, 7, 8, 8], str(caught.value)


def test_a_broken_step_is_not_reported_again_where_it_is_referred_to() -> None:
    text = GOOD.replace(b"INFO_REQUEST", b"INFO_REQEST") + (
        b"expect:\n  - says: it is read\n    access: {message: ask, party: FR, is: opened}\n"
    )
    with pytest.raises(Problems) as caught:
        loads(text)
    assert [problem.line for problem in caught.value.problems] == [7]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("aim: nothing", "aim: nothing\nseed: 9" + "9" * 5000, "`; expected a smaller number"),
        ("aim: nothing", "aim: nothing\nseed: 9223372036854775808", "expected less than 9223372036854775808"),
        ("aim: nothing", 'aim: ""', "`aim` is ``; expected at least 1 character"),
        ("aim: nothing", "aim: nothing\nstart: noon", "`noon` is not a time like"),
        ("aim: nothing", "aim: nothing\nshelf:\n\tx: y", "indent with blanks: YAML takes no tabs there"),
        ("at: T+0s", "at: T+99999999999999999999d", "expected a duration of at most 366d"),
        (
            "subject: yes",
            "subject: yes, notice_ref: {type: red, id: x}",
            "expected the number of a notice like `2026/1`",
        ),
    ],
    ids=["huge number", "number too large", "empty text", "no time", "tab", "endless duration", "no notice"],
)
def test_a_plain_mistake_is_told_in_plain_words(old: str, new: str, said: str) -> None:
    with pytest.raises(Problems) as caught:
        loads(GOOD.replace(old.encode(), new.encode()))
    assert said in str(caught.value)


def test_say_what_was_meant() -> None:
    with pytest.raises(Problems, match="did you mean `INFO_REQUEST`") as caught:
        loads(GOOD.replace(b"INFO_REQUEST", b"INFO_REQEST"), "mine.yaml")
    assert caught.value.file == "mine.yaml"
    assert str(caught.value).startswith("mine.yaml:7: ")


def test_a_mistake_stays_on_one_line_whatever_the_value_is() -> None:
    with pytest.raises(Problems) as caught:
        loads(GOOD.replace(b"INFO_REQUEST", rb'"a\nmine.yaml:1: all is well\n"'))
    assert len(str(caught.value).splitlines()) == len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "the file is empty"),
        (b"\n# nothing\n", "the file is empty"),
        (b"- a\n- b\n", "not a scenario"),
        (b"words\n", "not a scenario"),
        (b"title: \xff\xfe\n", "not UTF-8"),
        (b"title: a\x00b\n", "a character that no text file has"),
        (b"title: [" * 20_000, "nested deeper"),
        (b"[" * 250_000, "nested deeper"),
        (b"{" * 250_000, "nested deeper"),
        (b"- " * 120_000, "nested deeper"),
        (b"? " * 120_000, "nested deeper"),
        (b"a: [" + b"x," * 120_000 + b"]", "more than 10000 values"),
        (b"\n".join(b"k%d: v" % number for number in range(25_000))[:250_000], "more than 10000 values"),
        (b"x" * (MAX_FILE_BYTES + 1), "larger than the limit"),
        (b"a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n", "an alias (`*c`)"),
        (b"a: !!python/object/apply:os.system [id]\n", "a tag (`tag:yaml.org,2002:python/object/apply:os.system`)"),
        (b"a: !<tag:x> 1\n", "a tag (`tag:x`)"),
        (b"a: ! 1\n", "a tag (`!`)"),
        (b"? [a, b]\n: c\n", "a key that is itself a list"),
        (b"a: 1\na: 2\n", "`a` stands twice"),
    ],
    ids=lambda value: value[:24] if isinstance(value, bytes) else value,
)
def test_refuse_hostile_files(data: bytes, text: str) -> None:
    with pytest.raises(Problems) as caught:
        loads(data)
    assert text in str(caught.value)
    assert len(caught.value.problems) <= MAX_PROBLEMS


def test_a_million_mistakes_are_not_all_told() -> None:
    steps = b"".join(b"  - {at: x, sned: y}\n" for _ in range(1900))
    with pytest.raises(Problems) as caught:
        loads(GOOD + steps)
    assert len(caught.value.problems) == MAX_PROBLEMS


def test_a_named_pipe_a_folder_and_nothing_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for name in ("pipe.yaml", "missing.yaml", "."):
        with pytest.raises(InputError, match="expected a scenario file"):
            load(tmp_path / name)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(Problems):
        loads(data)


@settings(max_examples=150)
@given(
    st.text(alphabet="abNO{}[]:,-#&*!|>'\"%@` \n\\x0U19?~", max_size=30),
    st.integers(min_value=0, max_value=len(GOOD)),
    st.integers(min_value=0, max_value=12),
)
def test_a_damaged_file_is_read_or_refused_in_words(noise: str, at: int, gone: int) -> None:
    found: tuple[Problem, ...] = ()
    try:
        loads(GOOD[:at] + noise.encode() + GOOD[at + gone :])
    except Problems as error:
        found = error.problems
    else:
        return
    assert found
    assert all(problem.line >= 1 for problem in found)


def _read(data: bytes, quick: bool, monkeypatch: pytest.MonkeyPatch) -> object:
    with monkeypatch.context() as patch:
        if not quick:
            patch.setattr(strict_yaml, "_QUICK", None)
        try:
            return strict_yaml.read(data, "text")
        except Problems as error:
            return str(error)


@pytest.mark.parametrize("path", catalogue.files(), ids=lambda path: path.stem)
def test_both_parsers_read_a_scenario_alike_and_put_everything_in_the_same_place(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = path.read_bytes()[:4000]
    assert _read(data, True, monkeypatch) == _read(data, False, monkeypatch)


@pytest.mark.parametrize(
    "value",
    [
        "{a: b? c}",
        "[a? b]",
        "{? a: b}",
        "a\tb",
        "[a,\tb]",
        "a\rb",
        "a\x85b",
        "[a\u2028b]",
        "a: \ufeff b",
        '"\\UFFFFFFFF"',
    ],
    ids=repr,
)
def test_where_the_parsers_disagree_the_one_decides_that_everybody_has(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = f"title:\n  {value}\naim: x\n".encode()
    assert _read(data, True, monkeypatch) == _read(data, False, monkeypatch)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cutt: {party: FR}", "`cutt` is not a key here; did you mean `cut`?"),
        ("cut: {party: ZZ}", "`ZZ` does not take part"),
        ("cut: FR", "`cut` is `FR`; expected keys with values"),
        ("lose: {party: FR, share: 200}", "`lose.share` is `200`; expected at most 50"),
        ("stop: {part: hub}", "`what` is missing in stop; add it"),
        ("slow: {party: FR, by: 5}", "`slow.by` is `5`; expected a duration with units"),
        ("{at: T+9h, cut: {party: FR}}", "`at` is no part of an inject, which comes at once or, with `--in 30m`"),
        ("{after: {sent: {message: ask}}, cut: {party: FR}}", "`after` is no part of an inject"),
        (" ", "expected one verb, such as"),
    ],
    ids=[
        *("verb misspelt", "stranger", "no keys", "beyond the bound", "key missing", "no unit"),
        *("a time of its own", "something to wait for", "nothing"),
    ],
)
def test_what_is_typed_into_a_running_exercise_is_answered_like_a_file(text: str, said: str) -> None:
    with pytest.raises(Problems) as caught:
        load_step(text, loads(GOOD), timedelta(hours=1))
    assert f"inject:1: {said}" in str(caught.value)


def test_a_text_with_a_question_mark_within_braces_is_told_its_cure() -> None:
    with pytest.raises(Problems, match=r"`\?` in quotes"):
        loads(b"title: x\ntimeline:\n  - {at: T+0s, note: Is it yours?, label: x}\n")

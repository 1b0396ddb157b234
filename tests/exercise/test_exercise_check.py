"""Checking a file: mistakes and flaws with their lines, errors apart from warnings; and the starter that has none."""

from pathlib import Path

import pytest

from i247sim.exercise.check import check
from i247sim.exercise.loader import load
from i247sim.exercise.starter import write_starter
from i247sim.vocabulary.errors import InputError

HERE = Path(__file__).parent


def test_mistakes_of_the_file_are_errors_with_their_lines() -> None:
    found = check(HERE / "bad" / "after-itself.yaml")
    assert [problem.line for problem in found.errors] == [12, 15]
    assert found.warnings == ()


def test_flaws_have_the_lines_of_what_they_are_about() -> None:
    path = HERE / "waits.yaml"
    found = check(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    about = [lines[problem.line - 1].strip() for problem in (*found.errors, *found.warnings)]
    assert [text.split(",")[0] for text in about] == [
        "- after: {opened: {message: again",
        "send: {from: SN",
        "- when: {kind: INFO_REQUEST}",
        "send: {from: KE",
        "send: {from: FR",
        "send: {from: MX",
    ]
    assert found.file == str(path)


def test_what_cannot_be_read_is_no_finding() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        check(HERE / "nothing.yaml")


@pytest.mark.parametrize(("name", "file"), [("my-story", "my-story.yaml"), ("my.yaml", "my.yaml"), ("a b", "a b.yaml")])
def test_a_starter_is_written_under_its_name_and_is_sound(
    name: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert write_starter(name) == Path(file)
    found = check(Path(file))
    assert (found.errors, found.warnings) == ((), ())
    assert "#" in Path(file).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ['say "no"', "a: b", "# not a comment", "\\"])
def test_a_starter_is_titled_by_its_name_whatever_that_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(write_starter(name)).title.lower() == name


def test_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_starter("mine")
    (tmp_path / "mine.yaml").write_text("precious")
    with pytest.raises(InputError, match=r"`mine.yaml` is there already"):
        write_starter("mine")
    assert (tmp_path / "mine.yaml").read_text() == "precious"


@pytest.mark.parametrize("name", ["no/such/folder/mine", "a\0b", "x" * 5000])
def test_what_cannot_be_written_is_said(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="cannot be written"):
        write_starter(name)

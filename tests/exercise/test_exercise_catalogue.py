"""The catalogue: shipped scenarios are found by name from anywhere, and one's own by path."""

from pathlib import Path

import pytest

from i247sim.exercise.catalogue import find, folder, shipped
from i247sim.exercise.loader import load
from i247sim.vocabulary.errors import InputError


def test_a_shipped_scenario_is_found_by_name_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find("red-notice") == folder() / "red-notice.yaml"
    assert load(find("red-notice")).title


def test_a_file_of_ones_own_is_found_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("title: mine\n")
    assert find("mine.yaml") == Path("mine.yaml")
    assert find(str(tmp_path / "mine.yaml")) == tmp_path / "mine.yaml"


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("red-notce", "did you mean `red-notice`?"),
        ("scenarios/red_notice.yaml", "did you mean `red-notice`?"),
        (
            "quite another",
            "expected a file or one of red-notice, stolen-passport, trafficking-ring, who-can-read, world-alert",
        ),
        ("", "expected a file or one of"),
        ("a\0b", "expected a file or one of"),
        ("x" * 5000, "expected a file or one of"),
    ],
    ids=["misspelt", "misspelt path", "unknown", "empty", "null character", "long"],
)
def test_a_name_that_is_not_there_is_refused_with_what_is(name: str, cure: str) -> None:
    with pytest.raises(InputError) as caught:
        find(name)
    assert cure in str(caught.value)


def test_every_shipped_scenario_has_title_aim_and_length() -> None:
    found = shipped()
    assert [one.name for one in found] == sorted(one.name for one in found)
    assert {"red-notice", "who-can-read"} <= {one.name for one in found}
    for one in found:
        assert one.title
        assert one.aim
        assert one.lasts.total_seconds() > 0

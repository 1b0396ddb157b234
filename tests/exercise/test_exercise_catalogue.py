"""The catalogue: shipped scenarios are found by name from anywhere, and one's own by path."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from i247sim.exercise.catalogue import DATA, files, find, folder, shipped
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
    assert {"red-notice", "who-can-read"} <= {one.name for one in found}
    for one in found:
        assert one.title
        assert one.aim
        assert one.lasts.total_seconds() > 0


def test_every_family_is_a_folder_and_no_name_stands_twice() -> None:
    found = shipped()
    names = [one.name for one in found]
    assert sorted(names) == sorted(set(names))
    assert [one.path for one in found] == files()
    for one in found:
        assert one.family not in DATA
        assert one.path == folder().joinpath(*[part for part in (one.family, f"{one.name}.yaml") if part])
        assert find(one.name) == one.path
    tour = [one.name for one in found if not one.family]
    assert tour == sorted(tour) == names[: len(tour)]


def test_families_and_data_are_in_the_wheel(tmp_path: Path) -> None:
    """Built from a copy, so that nothing is left behind in the tree; folders without ``__init__.py`` included."""
    source = tmp_path / "source"
    root = Path(__file__).parents[2]
    (source / "i247sim").mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, source / name)
    shutil.copytree(root / "scenarios", source / "scenarios")
    for package in sorted((root / "i247sim").rglob("__init__.py")):
        copy = source / package.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(package, copy)
    (source / "i247sim" / "policy" / "rules").mkdir(exist_ok=True)
    built = tmp_path / "built"
    argv = ["-c", "from setuptools import setup; setup()", "-q", "build", "--build-lib", str(built)]
    subprocess.run([sys.executable, *argv], cwd=source, check=True, capture_output=True)
    expected = sorted(path.relative_to(source / "scenarios") for path in (source / "scenarios").rglob("*.yaml"))
    package = built / "i247sim" / "scenarios"
    assert sorted(path.relative_to(package) for path in package.rglob("*.yaml")) == expected
    assert any(len(path.parts) == 2 for path in expected)

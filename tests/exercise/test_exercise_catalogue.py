"""The catalogue: shipped scenarios are found by name from anywhere, and one's own by path."""

import shutil
import subprocess
import sys
import tomllib
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
            "qqqq",
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


def test_families_and_data_are_packaged_with_their_folders(tmp_path: Path) -> None:
    """Built as `pyproject.toml` says, from a copy; folders of scenarios have no ``__init__.py``."""
    root, source, built = Path(__file__).parents[2], tmp_path / "source", tmp_path / "built"
    said = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    shutil.copytree(root / "scenarios", source / "scenarios")
    settings = {
        "packages": ["i247sim.scenarios"],
        "package_dir": {"i247sim.scenarios": said["package-dir"]["i247sim.scenarios"]},
        "package_data": {name: said["package-data"][name] for name in ("*", "i247sim.scenarios")},
    }
    argv = ["-c", f"from setuptools import setup; setup(name='x', **{settings!r})", "-q", "build", "--build-lib", built]
    subprocess.run([sys.executable, *map(str, argv)], cwd=source, check=True, capture_output=True)
    expected = sorted(path.relative_to(source / "scenarios") for path in (source / "scenarios").rglob("*.yaml"))
    package = built / "i247sim" / "scenarios"
    assert sorted(path.relative_to(package) for path in package.rglob("*.yaml")) == expected
    assert {path.parts[0] for path in expected if len(path.parts) == 2} >= {"arrest", "profiles"}

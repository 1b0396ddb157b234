"""The house is in order: types, style, docstrings, packaging, and nothing in it that does not belong there."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from i247sim.exercise.catalogue import files as scenario_files

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "i247sim"
_NOT_OURS = {"__pycache__", "build", "dist", "runs"}
"""Folders that tools and runs make, like all whose name begins with a dot, but for the next ones."""
_HIDDEN_AND_OURS = {".ci", ".gitignore", ".gitattributes"}

MACHINE = ("/" + "work/", "/" + "tmp/", ".." + "/shared", "/" + "home/", "/" + "Users/")
REGISTRIES = (
    *(f"{host}.org" for host in ("pypi", "files.python" + "hosted", "registry.npmjs", "proxy.golang")),
    "crates" + ".io",
)
SECRETS = {
    "a private key": re.compile("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----"),
    "a cloud access key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "an access token": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|xox[abp]-[A-Za-z0-9-]{20,}|glpat-[\w-]{20})"),
    "a web token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\."),
}
_MAIL = re.compile(r"[\w.+-]+@([\w-]+\.)+[a-z]{2,}")
_URL = re.compile(r"https?://([\w.-]+)")
_RESERVED = ("example", "example.com", "example.org", "example.net", "invalid", "test", "localhost")
"""RFC 2606 and RFC 6761: names that belong to nobody."""


def tool(*argv: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", *argv], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file of the repository that somebody wrote."""
    for path in sorted(folder.iterdir()):
        if _is_ours(path):
            yield from files(path) if path.is_dir() else (path,)


def _is_ours(path: Path) -> bool:
    return not any(
        part in _NOT_OURS or part.endswith(".egg-info") or (part.startswith(".") and part not in _HIDDEN_AND_OURS)
        for part in path.relative_to(ROOT).parts
    )


def texts() -> Iterator[tuple[str, str]]:
    for path in files():
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_types_hold():
    status, said = tool("mypy")
    assert status == 0, said


@pytest.mark.parametrize("argv", [("check", "--no-cache", "."), ("format", "--check", "--no-cache", ".")], ids=" ".join)
def test_style_holds(argv: tuple[str, ...]):
    status, said = tool("ruff", *argv)
    assert status == 0, said


# --- packaging


def settings() -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    return found


def is_packaged(path: Path) -> bool:
    """Whether a data file goes into the wheel with a package above its folder (``templates/*``)."""
    data = settings()["setuptools"]["package-data"]  # type: ignore[index]
    return any(
        fnmatch(path.relative_to(ROOT / package.replace(".", "/")).as_posix(), pattern)
        for package, patterns in data.items()
        if package != "*" and path.is_relative_to(ROOT / package.replace(".", "/"))
        for pattern in patterns
    )


def test_every_package_is_packaged_and_no_other():
    on_disk = {
        ".".join(path.relative_to(ROOT).parts)
        for path in (PACKAGE, *PACKAGE.rglob("*"))
        if path.is_dir() and any(_is_ours(one) and one.is_file() and not is_packaged(one) for one in path.iterdir())
    }
    listed = settings()["setuptools"]["packages"]  # type: ignore[index]
    assert set(listed) == on_disk | {"i247sim.scenarios"}
    assert sorted(listed) == listed


def test_every_data_file_is_packaged():
    patterns = settings()["setuptools"]["package-data"]["*"]  # type: ignore[index]
    data = [path for path in (*files(PACKAGE), *files(ROOT / "scenarios")) if path.suffix != ".py"]
    assert data
    left = [path for path in data if not any(path.match(pattern) for pattern in patterns)]
    assert [path.name for path in left if not is_packaged(path)] == []


# --- words


def documented_ports(trees: dict[str, ast.Module]) -> set[str]:
    """Methods that a port (a ``Protocol``) documents; who implements one need not say it again."""
    return {
        method.name
        for tree in trees.values()
        for port in ast.walk(tree)
        if isinstance(port, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == "Protocol" for b in port.bases)
        for method in port.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(method)
    }


def documented_bases(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Class name to the methods that its bases document: who overrides one need not say it again (``inspect.getdoc``
    finds it there).
    """
    classes: dict[str, list[ast.ClassDef]] = {}
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append(node)

    def said(name: str) -> set[str]:
        methods = [one for node in classes.get(name, ()) for one in node.body]
        found = {one.name for one in methods if isinstance(one, ast.FunctionDef) and ast.get_docstring(one)}
        return found | above(name)

    def above(name: str) -> set[str]:
        bases = {one.id for node in classes.get(name, ()) for one in node.bases if isinstance(one, ast.Name)}
        return set().union(*map(said, bases - {name}))

    return {name: above(name) for name in classes}


def undocumented(
    name: str, node: ast.Module | ast.ClassDef, ports: set[str], bases: dict[str, set[str]]
) -> Iterator[str]:
    if not ast.get_docstring(node):
        yield name
    for child in node.body:
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or child.name.startswith("_"):
            continue
        inner = f"{name}:{child.name}" if isinstance(node, ast.Module) else f"{name}.{child.name}"
        if isinstance(child, ast.ClassDef):
            yield from undocumented(inner, child, ports, bases)
            continue
        said_by_its_port = isinstance(node, ast.ClassDef) and child.name in ports | bases.get(node.name, set())
        if not ast.get_docstring(child) and not said_by_its_port and not _is_setter(child):
            yield inner


def _is_setter(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Its property speaks for it."""
    return any(isinstance(one, ast.Attribute) and one.attr == "setter" for one in function.decorator_list)


def test_everything_public_says_what_it_is():
    trees = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")
    }
    ports, bases = documented_ports(trees), documented_bases(trees)
    assert [one for name, tree in sorted(trees.items()) for one in undocumented(name, tree, ports, bases)] == []


def test_a_missing_docstring_would_be_noticed():
    tree = ast.parse('"""M."""\nclass A:\n    """A."""\n    def b(self): ...\n    def c(self): ...\ndef _d(): ...\n')
    assert list(undocumented("m", tree, {"c"}, {})) == ["m:A.b"]
    assert list(undocumented("m", tree, {"c"}, {"A": {"b"}})) == []


def test_every_scenario_says_that_it_is_an_exercise():
    scenarios = scenario_files()
    assert scenarios
    for path in scenarios:
        assert "fictional" in path.read_text(encoding="utf-8").lower(), path.name


# --- what does not belong here


@pytest.mark.parametrize("word", MACHINE + REGISTRIES)
def test_nothing_names_a_machine_or_a_registry(word: str):
    assert [name for name, text in texts() if word in text] == []


@pytest.mark.parametrize("kind", SECRETS)
def test_there_is_nothing_that_looks_like_a_real_secret(kind: str):
    assert [name for name, text in texts() if SECRETS[kind].search(text)] == []


def test_scenarios_name_no_real_host_and_nobodys_address():
    for path in scenario_files():
        said = str(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))
        hosts = [found[0].rsplit("@", 1)[1] for found in _MAIL.finditer(said)] + _URL.findall(said)
        assert [host for host in hosts if not host.lower().endswith(_RESERVED)] == [], path.name

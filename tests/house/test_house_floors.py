"""The floors of the house (``i247sim/__init__.py``) hold, and the check would notice if they did not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = "import sys; from importlinter.cli import lint_imports_command; sys.argv = ['lint-imports', '--no-cache']; "

TRESPASSES = {
    "Imports go down only": ("vocabulary/times.py", "import i247sim.hub.core"),
    "Within a floor nothing goes round in circles": ("audit/tree.py", "import i247sim.audit.log"),
    "The hub cannot open a body": ("hub/decide.py", "import i247sim.security.sealing"),
    "The hub does not even know what stands in a body": ("hub/core.py", "import i247sim.vocabulary.contents"),
    "Cores do no I/O": ("hub/core.py", "import time"),
    "One library, one place: cryptography": ("node/store.py", "import cryptography"),
    "One library, one place: MQTT": ("transport/port.py", "import aiomqtt"),
    "One library, one place: Cedar": ("exercise/verify.py", "import cedarpy"),
    "One library, one place: YAML": ("exercise/scenario.py", "import yaml"),
    "One library, one place: the terminal": ("exercise/claims.py", "import rich"),
    "One library, one place: the quick JSON parser": ("audit/log.py", "import orjson"),
    "One library, one place: the web": ("exercise/port.py", "import jinja2"),
    "One library, one place: names that resemble": ("bureau/core.py", "import rapidfuzz"),
}
"""Contract (how its name begins) to a file and an import that must break it."""


def lint(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", LINT + "lint_imports_command()"],
        cwd=folder,
        env={"COLUMNS": "200", "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_import_keeps_to_its_floor():
    status, said = lint(ROOT)
    assert status == 0, said


@pytest.fixture(scope="module")
def trespassed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the check says of a copy of the house in which every contract is broken once."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "i247sim", folder / "i247sim", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, line in TRESPASSES.values():
        file = folder / "i247sim" / name
        file.write_text(file.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    status, said = lint(folder)
    assert status == 1
    return said


@pytest.mark.parametrize("contract", TRESPASSES)
def test_a_trespass_is_noticed(trespassed: str, contract: str):
    assert any(line.startswith(contract) and "BROKEN" in line for line in trespassed.splitlines()), trespassed


def test_every_contract_is_put_to_the_test(trespassed: str):
    assert f"Contracts: 0 kept, {len(TRESPASSES)} broken" in trespassed

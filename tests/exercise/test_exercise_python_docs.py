"""The page for engineers is kept in step: its scripts are run as they stand, one after the other, in one folder."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_scripts_of_the_page_work_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = []
    for script in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        exec(compile(script, "docs/python.md", "exec"), {"__name__": "__main__"})
        said.append(capsys.readouterr().out)
    run, left, rehearsed = said
    assert "FR#2 read" in run
    assert "missed: Brazil asks the owner within a quarter of an hour" in run
    assert run.endswith("origin proven: True\n")
    assert "lost=0" in left
    assert "refused with E-RESTRICT" in left
    assert rehearsed == "0 True\n1 True\n2 True\n"
